//===- Plan.cpp - flat tables of a binary for the fast engine -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "Decode.h"
#include "GeneralLearning.h"

#include "neuro/Runtime/Engine.h"
#include "neuro/Target/Microcode.h"

#include <algorithm>

using namespace neuro;
using namespace neuro::runtime;
using namespace neuro::target;

namespace {

template <typename T> AlignedBuffer<T> toAligned(std::vector<T> &list) {
  AlignedBuffer<T> buffer(list.size() + kBlock);
  if (!list.empty())
    std::memcpy(buffer.data(), list.data(), list.size() * sizeof(T));
  std::vector<T>().swap(list);
  return buffer;
}

} // namespace

Plan::Plan(const nrb::Binary &binary) {
  for (const nrb::Core *core : *binary.cores())
    addGroups(*core);

  axonPieces.push_back(0);
  for (uint32_t i = 0; i < sizeOfVector(binary.cores()); ++i) {
    const nrb::Core &core = *binary.cores()->Get(i);
    uint32_t firstRule = uint32_t(rules.size());
    for (uint32_t j = 0; j < sizeOfVector(core.rules()); ++j)
      addRule(binary, *core.rules()->Get(j));
    firstAxon.push_back(uint32_t(axonPieces.size() - 1));
    for (uint32_t j = 0; j < sizeOfVector(core.axons_in()); ++j) {
      addAxon(core, i, *core.axons_in()->Get(j), firstRule);
      axonPieces.push_back(uint32_t(axons.size()));
    }
  }
  for (const PlanAxon &axon : axons)
    maxDelay = std::max(maxDelay, axon.delay);

  // Padding lanes of a group have no axons.
  neuronFanout.index.assign(numNeurons + 1, 0);
  for (uint32_t i = 0; i < sizeOfVector(binary.cores()); ++i) {
    const nrb::Core &core = *binary.cores()->Get(i);
    for (uint32_t j = 0; j < sizeOfVector(core.groups()); ++j) {
      const PlanGroup &group = groups[firstGroup[i] + j];
      for (uint32_t k = 0; k < group.stride; ++k) {
        neuronFanout.index[group.first + k] =
            uint32_t(neuronFanout.axons.size());
        if (k >= group.count)
          continue;
        uint32_t neuron = group.firstInCore + k;
        for (uint32_t m = core.fanout_index()->Get(neuron);
             m < core.fanout_index()->Get(neuron + 1); ++m)
          addFanout(neuronFanout, *core.fanout()->Get(m));
      }
    }
  }
  neuronFanout.index[numNeurons] = uint32_t(neuronFanout.axons.size());

  for (uint32_t i = 0; i < sizeOfVector(binary.inputs()); ++i) {
    const nrb::InputPort &port = *binary.inputs()->Get(i);
    portFanout.emplace_back();
    PlanFanout &fanout = portFanout.back();
    fanout.index.push_back(0);
    for (uint32_t j = 0; j < port.width(); ++j) {
      for (uint32_t m = port.fanout_index()->Get(j);
           m < port.fanout_index()->Get(j + 1); ++m)
        addFanout(fanout, *port.fanout()->Get(m));
      fanout.index.push_back(uint32_t(fanout.axons.size()));
    }
  }
  addRows();

  weights = toAligned(weightList);
  index = toAligned(indexList);
  plasticWeights = toAligned(plasticList);
  initialState = toAligned(stateList);
  parameterValues = toAligned(parameterList);
}

void Plan::addGroups(const nrb::Core &core) {
  uint32_t firstProgram = uint32_t(programs.size());
  for (uint32_t i = 0; i < sizeOfVector(core.programs()); ++i)
    addProgram(*core.programs()->Get(i));
  firstGroup.push_back(uint32_t(groups.size()));
  for (uint32_t i = 0; i < sizeOfVector(core.groups()); ++i) {
    const nrb::Group &table = *core.groups()->Get(i);
    PlanGroup group = {};
    group.program = firstProgram + table.program();
    group.count = table.count();
    group.stride = padded(table.count());
    group.first = numNeurons;
    group.firstInCore = table.first();
    numNeurons += group.stride;
    group.source = table.source();
    group.sourceFirst = table.source_first();
    group.payloadBits = table.payload_bits();
    group.numState = sizeOfVector(table.state());
    group.state = stateList.size();
    for (unsigned j = 0; j < group.numState; ++j) {
      const nrb::StateField &field = *table.state()->Get(j);
      StateRule &rule = group.rules[j];
      rule.bits = field.bits();
      rule.isSigned = field.is_signed();
      rule.saturates = field.overflow() == nrb::OverflowRule::saturate;
      rule.low = field.is_signed() ? -(1 << (field.bits() - 1)) : 0;
      rule.high = (1 << (field.bits() - (field.is_signed() ? 1 : 0))) - 1;
      for (uint32_t k = 0; k < group.stride; ++k)
        stateList.push_back(
            k >= group.count
                ? 0
                : field.init()->Get(field.init()->size() == 1 ? 0 : k));
    }
    group.numParameters = sizeOfVector(table.parameters());
    for (unsigned j = 0; j < group.numParameters; ++j)
      group.parameters[j].values =
          addParameter(table, j, group.parameters[j].uniform);
    group.numDendrites = table.dendrites();
    group.accumulators = uint32_t(accumulators.size());
    for (unsigned j = 0; j < group.numDendrites; ++j) {
      accumulators.push_back(
          {uint32_t(groups.size()), accumulatorSize, group.stride});
      accumulatorSize += group.stride;
    }
    groups.push_back(group);
  }
}

uint32_t Plan::addProgram(const nrb::Program &table) {
  PlanProgram program;
  for (uint32_t i = 0; i < sizeOfVector(table.code()); ++i) {
    Instruction inst = *decode(table.code()->Get(i));
    PlanInstruction planned = {uint8_t(inst.op), inst.mode, inst.dst, inst.a,
                               inst.b,           inst.imm,  0};
    if (inst.op == Opcode::SKP_C || inst.op == Opcode::JMP_C) {
      program.branches = true;
      planned.target =
          uint16_t(inst.op == Opcode::SKP_C ? i + 1 + inst.imm
                                            : inst.imm + 128u * inst.b);
    } else {
      // Unused operand fields are 0, which names a register.
      for (unsigned operand : {inst.a, inst.b}) {
        program.usesId |= operand == kAxonId;
        program.mayIdle &= operand != kRandom && operand != kTime;
      }
    }
    program.mayIdle &= inst.op != Opcode::PROBE;
    program.spikes |= inst.op == Opcode::SPIKE;
    program.exports |= getOpcodeInfo(inst.op).hasDst && inst.dst >= kDestY1;
    program.code.push_back(planned);
  }
  programs.push_back(std::move(program));
  return uint32_t(programs.size() - 1);
}

uint64_t Plan::addParameter(const nrb::Group &group, unsigned which,
                            bool &uniform) {
  const auto &values = *group.parameters()->Get(which)->values();
  uniform = true;
  for (int32_t value : values)
    uniform &= value == values.Get(0);
  uint64_t at = parameterList.size();
  if (uniform) {
    // One chunk of copies serves every group with this value.
    auto [entry, isNew] = uniformValues.insert({values.Get(0), at});
    if (isNew)
      parameterList.insert(parameterList.end(), kLanes, values.Get(0));
    return entry->second;
  }
  for (int32_t value : values)
    parameterList.push_back(value);
  parameterList.resize((parameterList.size() + kBlock - 1) / kBlock * kBlock);
  return at;
}

void Plan::addRule(const nrb::Binary &binary, const nrb::Rule &table) {
  PlanRule rule = {};
  if (isGeneralRule(binary, table)) {
    // Without dependencies it is left to GeneralLearning.
    rules.push_back(std::move(rule));
    return;
  }
  for (const nrb::Product *product : *table.terms()->Get(0)->products()) {
    PlanProduct planned;
    planned.dependency = uint8_t(product->dependency());
    planned.mantissa = product->mantissa();
    planned.shiftLeft = uint8_t(product->exponent() + 7);
    unsigned width = 0;
    bool needsExport = false;
    for (uint32_t i = 0; i < sizeOfVector(product->factors()); ++i) {
      const nrb::Factor &factor = *product->factors()->Get(i);
      unsigned bits = 7;
      switch (factor.var()) {
      case nrb::FactorVar::x0:
      case nrb::FactorVar::y0:
        bits = 1;
        break;
      case nrb::FactorVar::w:
        bits = 9;
        break;
      case nrb::FactorVar::constant:
        bits = 8;
        break;
      default:
        break;
      }
      if (factor.sgn())
        bits = 1;
      width += bits;
      bool post = factor.var() == nrb::FactorVar::y0 ||
                  factor.var() == nrb::FactorVar::y1 ||
                  factor.var() == nrb::FactorVar::y2 ||
                  factor.var() == nrb::FactorVar::y3;
      needsExport |= post && factor.constant() == 0;
      planned.factors.push_back({uint8_t(factor.var()), factor.sgn(),
                                 factor.constant(), -(1 << bits),
                                 (1 << bits) - 1});
    }
    planned.shiftRight = uint8_t(width + 4 > 15 ? width + 4 - 15 : 0);
    switch (product->dependency()) {
    case nrb::Dependency::x0:
      rule.hasX0 = true;
      rule.x0NeedsExport &= needsExport;
      break;
    case nrb::Dependency::y0:
      rule.hasY0 = true;
      break;
    case nrb::Dependency::u:
      rule.hasU = true;
      break;
    }
    rule.products.push_back(std::move(planned));
  }
  rule.uPeriod = uint64_t(1) << table.u_k();
  rule.gradedMode = uint8_t(table.graded_mode());
  auto impulse = [](const nrb::TraceConfig *trace) {
    return trace ? trace->impulse() : uint8_t(0);
  };
  auto hold = [](const nrb::TraceConfig *trace) {
    return trace && trace->tau() == 65535;
  };
  rule.impulse1 = impulse(table.x1());
  rule.impulse2 = impulse(table.x2());
  rule.hold1 = hold(table.x1());
  rule.hold2 = hold(table.x2());
  rules.push_back(std::move(rule));
}

void Plan::addAxon(const nrb::Core &core, uint32_t coreIndex,
                   const nrb::AxonIn &axon, uint32_t firstRule) {
  const nrb::SynapseFormat &format = *core.formats()->Get(axon.format());
  std::vector<Synapse> synapses;
  uint32_t group = 0;
  visitSynapses(core, axon, [&](const DecodedSynapse &decoded) {
    const nrb::Group *table = core.groups()->Get(group);
    if (decoded.target < table->first() ||
        decoded.target >= uint64_t(table->first()) + table->count()) {
      group = groupOfNeuron(core, decoded.target);
      table = core.groups()->Get(group);
    }
    uint32_t accumulator =
        groups[firstGroup[coreIndex] + group].accumulators + format.dendrite();
    accumulators[accumulator].exponent = format.weight_exp();
    synapses.push_back({accumulator, uint32_t(decoded.target - table->first()),
                        decoded.weight, decoded.delay,
                        uint32_t(synapses.size())});
  });
  if (format.rule() >= 0) {
    addPlasticAxon(core, axon, synapses, firstRule + uint32_t(format.rule()));
    return;
  }
  std::stable_sort(synapses.begin(), synapses.end(),
                   [](const Synapse &a, const Synapse &b) {
                     return std::tie(a.delay, a.accumulator, a.lane) <
                            std::tie(b.delay, b.accumulator, b.lane);
                   });
  // An axon without synapses still exists: what reaches it is counted nowhere.
  for (size_t begin = 0; begin < synapses.size();) {
    size_t end = begin;
    PlanAxon piece = {uint32_t(segments.size()), 0,
                      axon.delay() + synapses[begin].delay};
    while (end < synapses.size() &&
           synapses[end].delay == synapses[begin].delay) {
      size_t from = end;
      while (end < synapses.size() &&
             synapses[end].delay == synapses[from].delay &&
             synapses[end].accumulator == synapses[from].accumulator)
        ++end;
      addStaticSegment(synapses, from, end);
    }
    piece.numSegments = uint32_t(segments.size()) - piece.segments;
    axons.push_back(piece);
    begin = end;
  }
}

void Plan::addStaticSegment(const std::vector<Synapse> &synapses, size_t begin,
                            size_t end) {
  const PlanAccumulator &accumulator =
      accumulators[synapses[begin].accumulator];
  PlanSegment segment = {};
  segment.accumulator = synapses[begin].accumulator;
  segment.weights = weightList.size();
  size_t numBlocks = 0;
  uint32_t last = UINT32_MAX;
  for (size_t i = begin; i < end; ++i) {
    segment.maxWeight =
        std::max(segment.maxWeight, uint32_t(std::abs(synapses[i].weight)));
    segment.synapses += synapses[i].weight != 0;
    if (synapses[i].lane / kBlock != last) {
      last = synapses[i].lane / kBlock;
      ++numBlocks;
    }
  }
  uint32_t firstBlock = synapses[begin].lane / kBlock;
  if (numBlocks == last - firstBlock + 1)
    segment.kind = SegmentKind::Dense;
  else if (numBlocks * 2 <= end - begin)
    // A block costs about as much as two scattered synapses.
    segment.kind = SegmentKind::Blocks;
  else
    segment.kind = SegmentKind::Sparse;

  if (segment.kind == SegmentKind::Sparse) {
    segment.count = uint32_t(end - begin);
    segment.index = indexList.size();
    for (size_t i = begin; i < end; ++i) {
      indexList.push_back(accumulator.offset + synapses[i].lane);
      weightList.push_back(int16_t(synapses[i].weight));
    }
  } else {
    segment.count = uint32_t(numBlocks);
    segment.start = accumulator.offset + firstBlock * kBlock;
    segment.index = indexList.size();
    last = UINT32_MAX;
    for (size_t i = begin; i < end; ++i) {
      uint32_t block = synapses[i].lane / kBlock;
      if (block != last) {
        last = block;
        if (segment.kind == SegmentKind::Blocks)
          indexList.push_back(accumulator.offset + block * kBlock);
        weightList.resize(weightList.size() + kBlock);
      }
      weightList[weightList.size() - kBlock + synapses[i].lane % kBlock] =
          int16_t(synapses[i].weight);
    }
  }
  // The next segment begins at an aligned address.
  weightList.resize((weightList.size() + kBlock - 1) / kBlock * kBlock);
  segments.push_back(segment);
}

void Plan::addPlasticAxon(const nrb::Core &core, const nrb::AxonIn &axon,
                          const std::vector<Synapse> &synapses, uint32_t rule) {
  const nrb::SynapseFormat &format = *core.formats()->Get(axon.format());
  PlasticAxon plastic = {};
  plastic.axon = uint32_t(axons.size());
  plastic.rule = rule;
  plastic.synapses = uint32_t(plasticSynapses.size());
  plastic.numSynapses = uint32_t(synapses.size());
  plastic.stepShift = uint8_t(weightStepShift(format));
  plastic.dendrite = format.dendrite();
  plastic.delayed = format.delay_bits() != 0;
  if (plastic.delayed) {
    plasticDelays.resize(plasticSynapses.size());
    for (const Synapse &synapse : synapses)
      plasticDelays.push_back(uint8_t(synapse.delay));
  }
  int32_t top = 256 - (1 << plastic.stepShift);
  switch (format.sign_mode()) {
  case nrb::SignMode::excitatory:
    plastic.low = 0;
    plastic.high = top;
    break;
  case nrb::SignMode::inhibitory:
    plastic.low = -top;
    plastic.high = 0;
    break;
  default:
    plastic.low = -256;
    plastic.high = top;
    break;
  }
  PlanAxon planned = {uint32_t(segments.size()), 0, 0,
                      int32_t(plasticAxons.size())};
  plastic.posts = uint32_t(plasticPosts.size());
  for (size_t begin = 0; begin < synapses.size();) {
    size_t end = begin;
    while (end < synapses.size() &&
           synapses[end].accumulator == synapses[begin].accumulator)
      ++end;
    const PlanAccumulator &accumulator =
        accumulators[synapses[begin].accumulator];
    const PlanGroup &group = groups[accumulator.group];
    PlanSegment segment = {};
    segment.accumulator = synapses[begin].accumulator;
    segment.synapses = uint32_t(end - begin);
    segment.maxWeight = 256;
    segment.weights = plasticList.size();
    uint32_t firstBlock = synapses[begin].lane / kBlock;
    uint32_t lastBlock = synapses[end - 1].lane / kBlock;
    uint64_t row = uint64_t(lastBlock - firstBlock + 1) * kBlock;
    bool dense = row <= 4 * uint64_t(end - begin) + kBlock;
    if (dense) {
      segment.kind = SegmentKind::Dense;
      segment.count = lastBlock - firstBlock + 1;
      segment.start = accumulator.offset + firstBlock * kBlock;
      plasticList.resize(plasticList.size() + row);
    } else {
      segment.kind = SegmentKind::Sparse;
      segment.count = segment.synapses;
      segment.index = indexList.size();
      plasticList.resize((plasticList.size() + segment.count + kBlock - 1) /
                         kBlock * kBlock);
    }
    for (size_t i = begin; i < end; ++i) {
      uint64_t at =
          segment.weights +
          (dense ? synapses[i].lane - firstBlock * kBlock : i - begin);
      plasticList[at] = int16_t(synapses[i].weight);
      if (!dense)
        indexList.push_back(accumulator.offset + synapses[i].lane);
      plasticSynapses.push_back({uint32_t(at), group.first + synapses[i].lane,
                                 uint32_t(plasticAxons.size())});
    }
    plasticPosts.push_back({accumulator.group, segment.synapses});
    segments.push_back(segment);
    begin = end;
  }
  plastic.numPosts = uint32_t(plasticPosts.size()) - plastic.posts;
  planned.numSegments = uint32_t(segments.size()) - planned.segments;
  rules[rule].axons.push_back(uint32_t(plasticAxons.size()));
  axons.push_back(planned);
  plasticAxons.push_back(plastic);
}

void Plan::addFanout(PlanFanout &fanout, const nrb::AxonOut &out) const {
  uint32_t axon = firstAxon[out.core()] + out.axon();
  for (uint32_t i = axonPieces[axon]; i < axonPieces[axon + 1]; ++i)
    fanout.axons.push_back(i);
}

void Plan::addRows() {
  rowIndex.assign(numNeurons + 1, 0);
  auto hasRow = [&](const PlasticSynapse &synapse) {
    return rules[plasticAxons[synapse.axon].rule].hasY0;
  };
  for (const PlasticSynapse &synapse : plasticSynapses)
    if (hasRow(synapse))
      ++rowIndex[synapse.post + 1];
  for (uint32_t i = 0; i < numNeurons; ++i)
    rowIndex[i + 1] += rowIndex[i];
  rowSynapses.resize(rowIndex[numNeurons]);
  std::vector<uint32_t> next(rowIndex.begin(), rowIndex.end());
  for (uint32_t i = 0; i < plasticSynapses.size(); ++i)
    if (hasRow(plasticSynapses[i]))
      rowSynapses[next[plasticSynapses[i].post]++] = i;
}

uint32_t Plan::neuronPosition(uint32_t core, uint32_t neuron) const {
  uint32_t low = firstGroup[core];
  uint32_t high = core + 1 < firstGroup.size() ? firstGroup[core + 1]
                                               : uint32_t(groups.size());
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    (groups[middle].firstInCore <= neuron ? low : high) = middle;
  }
  return groups[low].first + neuron - groups[low].firstInCore;
}

std::shared_ptr<const Plan>
neuro::runtime::makePlan(const nrb::Binary &binary) {
  return std::make_shared<Plan>(binary);
}
