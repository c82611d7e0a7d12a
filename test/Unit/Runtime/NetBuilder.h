//===- NetBuilder.h - small binaries for the tests --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TEST_UNIT_RUNTIME_NETBUILDER_H
#define NEURO_TEST_UNIT_RUNTIME_NETBUILDER_H

#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Binary/nrb_generated.h"
#include "neuro/Target/Microcode.h"

#include "gtest/gtest.h"

namespace neuro::test {

struct SynapseSpec {
  uint32_t index; // behind the axon's base; ignored when dense
  int32_t stored;
  uint32_t delay = 0;
  uint32_t tag = 0;
};

struct StateSpec {
  std::string name;
  unsigned bits = 24;
  bool isSigned = true;
  bool saturates = false;
  std::vector<int32_t> init = {0};
};

/// Assembles a binary; indices are those of the file.
class NetBuilder {
public:
  explicit NetBuilder(uint32_t period = 1, uint32_t latency = 0,
                      uint32_t maxTokens = 0) {
    binary.version = std::make_unique<nrb::Version>(1, 0, 0);
    binary.producer = "test";
    binary.target = std::make_unique<nrb::TargetT>();
    binary.target->name = "loihi2";
    binary.target->cores_per_chip = 120;
    binary.target->mesh_columns = 16;
    binary.target->mesh_rows = 8;
    binary.timing = std::make_unique<nrb::TimingT>();
    binary.timing->period = period;
    binary.timing->latency = latency;
    binary.timing->max_tokens = maxTokens;
    binary.chips = 1;
    source("layer");
  }

  nrb::BinaryT binary;

  uint32_t source(const std::string &name) {
    binary.sources.push_back(std::make_unique<nrb::SourceT>());
    binary.sources.back()->name = name;
    binary.sources.back()->op = "test";
    return uint32_t(binary.sources.size() - 1);
  }

  uint32_t core() {
    auto core = std::make_unique<nrb::CoreT>();
    core->x = uint8_t(binary.cores.size() % 16);
    core->y = uint8_t(binary.cores.size() / 16);
    binary.cores.push_back(std::move(core));
    fanout.emplace_back();
    return uint32_t(binary.cores.size() - 1);
  }

  uint32_t program(uint32_t core, const std::vector<std::string> &lines) {
    auto program = std::make_unique<nrb::ProgramT>();
    for (const std::string &line : lines) {
      std::string error;
      auto inst = target::parseInstruction(line, error);
      EXPECT_TRUE(inst.has_value()) << line << ": " << error;
      if (inst)
        program->code.push_back(target::encode(*inst));
    }
    binary.cores[core]->programs.push_back(std::move(program));
    return uint32_t(binary.cores[core]->programs.size() - 1);
  }

  uint32_t group(uint32_t core, const std::string &name, uint32_t count,
                 uint32_t program, unsigned dendrites, unsigned payloadBits,
                 const std::vector<std::vector<int32_t>> &parameters = {},
                 const std::vector<StateSpec> &state = {}) {
    auto group = std::make_unique<nrb::GroupT>();
    group->name = name;
    group->first = uint32_t(fanout[core].size());
    group->count = count;
    group->program = uint16_t(program);
    group->dendrites = uint8_t(dendrites);
    group->payload_bits = uint8_t(payloadBits);
    for (const std::vector<int32_t> &values : parameters) {
      group->parameters.push_back(std::make_unique<nrb::ParameterT>());
      group->parameters.back()->values = values;
    }
    for (const StateSpec &spec : state) {
      auto field = std::make_unique<nrb::StateFieldT>();
      field->name = spec.name;
      field->bits = uint8_t(spec.bits);
      field->is_signed = spec.isSigned;
      field->overflow = spec.saturates ? nrb::OverflowRule::saturate
                                       : nrb::OverflowRule::wrap;
      field->init = spec.init;
      group->state.push_back(std::move(field));
    }
    fanout[core].resize(fanout[core].size() + count);
    binary.cores[core]->groups.push_back(std::move(group));
    return uint32_t(binary.cores[core]->groups.size() - 1);
  }

  /// First neuron of a group.
  uint32_t first(uint32_t core, uint32_t group) const {
    return binary.cores[core]->groups[group]->first;
  }

  uint32_t format(uint32_t core, nrb::SignMode sign, unsigned weightBits,
                  int exponent, unsigned dendrite, int rule = -1,
                  unsigned indexBits = 0, unsigned delayBits = 0) {
    auto format = std::make_unique<nrb::SynapseFormatT>();
    format->sign_mode = sign;
    format->weight_bits = uint8_t(weightBits);
    format->weight_exp = int8_t(exponent);
    format->idx_bits = uint8_t(indexBits);
    format->delay_bits = uint8_t(delayBits);
    format->compression =
        indexBits ? nrb::Compression::sparse : nrb::Compression::dense;
    format->dendrite = uint8_t(dendrite);
    format->rule = int16_t(rule);
    binary.cores[core]->formats.push_back(std::move(format));
    return uint32_t(binary.cores[core]->formats.size() - 1);
  }

  uint32_t axon(uint32_t core, uint32_t formatIndex, uint32_t base,
                const std::vector<SynapseSpec> &synapses, unsigned delay = 0) {
    nrb::CoreT &table = *binary.cores[core];
    const nrb::SynapseFormatT &format = *table.formats[formatIndex];
    uint32_t begin = uint32_t(table.synapse_words.size());
    for (size_t block = 0; block < synapses.size(); block += 64) {
      size_t count = std::min<size_t>(64, synapses.size() - block);
      unsigned used = 64;
      auto append = [&](uint64_t value, unsigned bits) {
        for (unsigned i = 0; i < bits; ++i, ++used) {
          if (used == 64) {
            table.synapse_words.push_back(0);
            used = 0;
          }
          table.synapse_words.back() |= (value >> i & 1) << used;
        }
      };
      append(formatIndex & 15, 4);
      append(count - 1, 6);
      for (size_t i = block; i < block + count; ++i) {
        append(uint64_t(int64_t(synapses[i].stored)), format.weight_bits);
        append(synapses[i].delay, format.delay_bits);
        append(synapses[i].tag, format.tag_bits);
        append(synapses[i].index, format.idx_bits);
      }
    }
    table.axons_in.emplace_back(begin,
                                uint32_t(table.synapse_words.size()) - begin,
                                base, uint8_t(formatIndex), uint8_t(delay));
    return uint32_t(table.axons_in.size() - 1);
  }

  /// A dense axon with these stored weights.
  uint32_t denseAxon(uint32_t core, uint32_t format, uint32_t base,
                     const std::vector<int32_t> &stored, unsigned delay = 0) {
    std::vector<SynapseSpec> synapses;
    for (int32_t value : stored)
      synapses.push_back({0, value});
    return axon(core, format, base, synapses, delay);
  }

  void connect(uint32_t core, uint32_t neuron, uint32_t toCore,
               uint32_t toAxon) {
    fanout[core][neuron].emplace_back(toCore, toAxon);
  }

  /// Shape [batch, time, width].
  uint32_t gradedInput(const std::string &name, uint32_t width, double scale,
                       int32_t limit, unsigned payloadBits,
                       uint32_t offset = 0) {
    uint32_t index = input(name, nrb::InputKind::graded, width, offset);
    nrb::InputPortT &port = *binary.inputs[index];
    port.shape = {1, 1, int64_t(width)};
    port.time_axis = 1;
    port.scale = scale;
    port.limit = limit;
    port.payload_bits = uint8_t(payloadBits);
    return index;
  }
  uint32_t idInput(const std::string &name, uint32_t width,
                   uint32_t offset = 0) {
    uint32_t index = input(name, nrb::InputKind::one_hot, width, offset);
    binary.inputs[index]->element_type = nrb::ElementType::int64;
    binary.inputs[index]->shape = {1, 1};
    binary.inputs[index]->time_axis = 1;
    return index;
  }
  uint32_t tick(uint32_t offset = 0) {
    uint32_t index = input("tick", nrb::InputKind::tick, 1, offset);
    binary.inputs[index]->time_axis = -1;
    return index;
  }
  void connectInput(uint32_t port, uint32_t neuron, uint32_t toCore,
                    uint32_t toAxon) {
    inputFanout[port][neuron].emplace_back(toCore, toAxon);
  }

  /// Reads a whole group; [batch, time, width], or [batch, width] when only
  /// the last token is read.
  void output(const std::string &name, uint32_t core, uint32_t group,
              uint32_t offset, double scale = 1, bool lastOnly = false) {
    auto port = std::make_unique<nrb::OutputPortT>();
    const nrb::GroupT &table = *binary.cores[core]->groups[group];
    port->name = name;
    port->shape = {1, 1, int64_t(table.count)};
    port->time_axis = 1;
    if (lastOnly) {
      port->shape = {1, int64_t(table.count)};
      port->time_axis = -1;
    }
    port->offset = offset;
    port->scale = {scale};
    for (uint32_t i = 0; i < table.count; ++i)
      port->elements.emplace_back(core, table.first + i);
    binary.outputs.push_back(std::move(port));
  }

  std::vector<uint8_t> bytes() {
    for (size_t i = 0; i < fanout.size(); ++i)
      flatten(fanout[i], binary.cores[i]->fanout_index,
              binary.cores[i]->fanout);
    for (size_t i = 0; i < inputFanout.size(); ++i)
      flatten(inputFanout[i], binary.inputs[i]->fanout_index,
              binary.inputs[i]->fanout);
    return pack();
  }
  /// The tables as they are.
  std::vector<uint8_t> pack() const {
    flatbuffers::FlatBufferBuilder builder;
    nrb::FinishBinaryBuffer(builder, nrb::Binary::Pack(builder, &binary));
    return std::vector<uint8_t>(builder.GetBufferPointer(),
                                builder.GetBufferPointer() + builder.GetSize());
  }

  /// Fails the test when the binary is not valid.
  std::shared_ptr<const runtime::Binary> load() {
    std::vector<runtime::Diagnostic> diagnostics;
    auto loaded = runtime::Binary::fromBytes(bytes(), "test.nrb", diagnostics);
    for (const runtime::Diagnostic &diagnostic : diagnostics)
      ADD_FAILURE() << diagnostic.str();
    return loaded;
  }

private:
  using Fanout = std::vector<std::vector<nrb::AxonOut>>; // per neuron

  uint32_t input(const std::string &name, nrb::InputKind kind, uint32_t width,
                 uint32_t offset) {
    auto port = std::make_unique<nrb::InputPortT>();
    port->name = name;
    port->kind = kind;
    port->width = width;
    port->offset = offset;
    binary.inputs.push_back(std::move(port));
    inputFanout.emplace_back(width);
    return uint32_t(binary.inputs.size() - 1);
  }

  static void flatten(const Fanout &from, std::vector<uint32_t> &index,
                      std::vector<nrb::AxonOut> &to) {
    index = {0};
    to.clear();
    for (const auto &entries : from) {
      to.insert(to.end(), entries.begin(), entries.end());
      index.push_back(uint32_t(to.size()));
    }
  }

  std::vector<Fanout> fanout, inputFanout;
};

} // namespace neuro::test

#endif // NEURO_TEST_UNIT_RUNTIME_NETBUILDER_H
