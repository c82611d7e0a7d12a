//===- Verify.cpp - checks of docs/spec/binary.md -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyMeaning.h"

#include "Decode.h"

#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Microcode.h"
#include "neuro/Target/TargetModel.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using namespace neuro;
using namespace neuro::runtime;
using neuro::target::TargetModel;

namespace {

constexpr size_t kMaxDiagnostics = 100;
constexpr uint32_t kMaxRules = 32768; // SynapseFormat.rule is a short

std::string str(uint64_t value) { return std::to_string(value); }
std::string str(int64_t value) { return std::to_string(value); }
std::string str(uint32_t value) { return std::to_string(value); }
std::string str(int32_t value) { return std::to_string(value); }

class Verifier {
public:
  Verifier(const uint8_t *data, std::vector<Diagnostic> &diagnostics)
      : data(data), binary(*nrb::GetBinary(data)), diagnostics(diagnostics) {}

  bool run() {
    checkHead();
    if (!failed())
      for (coreIndex = 0; coreIndex < numCores(); ++coreIndex)
        checkCore(*binary.cores()->Get(coreIndex));
    bool inRange = !failed();
    verifyNames(binary, reporter());
    if (inRange) {
      checkChips();
      for (coreIndex = 0; coreIndex < numCores(); ++coreIndex)
        verifyFanout(binary, "core " + str(coreIndex),
                     binary.cores()->Get(coreIndex)->fanout(), reporter());
      verifyPorts(binary, reporter());
    }
    if (problems > kMaxDiagnostics)
      diagnostics.push_back({"", std::nullopt,
                             "and " +
                                 str(uint64_t(problems - kMaxDiagnostics)) +
                                 " more problems"});
    return !failed();
  }

private:
  bool failed() const { return problems != 0; }
  uint32_t numCores() const { return sizeOfVector(binary.cores()); }
  uint32_t numSources() const { return sizeOfVector(binary.sources()); }

  void report(const void *where, std::string message) {
    if (++problems > kMaxDiagnostics)
      return;
    const uint8_t *at = where ? static_cast<const uint8_t *>(where) : data;
    diagnostics.push_back({"", uint64_t(at - data), std::move(message)});
  }

  ReportProblem reporter() {
    return [this](const void *at, std::string message) {
      report(at, std::move(message));
    };
  }

  void checkHead() {
    if (!binary.target())
      report(&binary, "the table 'target' is missing");
    else if (!TargetModel::byName(nameOr(binary.target()->name()), model))
      report(binary.target(), "unknown target " +
                                  quoted(binary.target()->name()) +
                                  "; known are loihi2, loihi2-128, unbounded");
    if (const nrb::Timing *timing = binary.timing()) {
      if (timing->period() == 0)
        report(timing, "timing: the period must be at least 1 step");
      if (timing->period() > 1u << 24 || timing->latency() > 1u << 24)
        report(timing, "timing: period " + str(timing->period()) +
                           " or latency " + str(timing->latency()) +
                           " exceeds 2^24 steps");
    } else {
      report(&binary, "the table 'timing' is missing");
    }
    if (numCores() == 0)
      report(&binary, "the file has no core");
    if (binary.learning_mode() > nrb::LearningMode::MAX)
      report(&binary, "learning mode " + str(uint32_t(binary.learning_mode())) +
                          " is unknown; 0 (strict) and 1 (lava_compat) are");
    if (binary.chips() == 0 || binary.chips() > model.chipsPerSystem)
      report(&binary, "L25: " + str(binary.chips()) + " chips, 1 to " +
                          str(model.chipsPerSystem) + " are possible");
  }

  void checkChips() {
    std::map<uint32_t, uint32_t> used;
    std::set<std::tuple<uint32_t, unsigned, unsigned>> places;
    uint32_t limit =
        std::min(model.coresPerChip, binary.target()->cores_per_chip());
    for (uint32_t i = 0; i < numCores(); ++i) {
      const nrb::Core &core = *binary.cores()->Get(i);
      std::string what = "core " + str(i);
      if (core.chip() >= binary.chips())
        report(&core, what + ": chip " + str(core.chip()) +
                          " does not exist, the system has " +
                          str(binary.chips()));
      if (core.x() >= model.meshColumns || core.y() >= model.meshRows)
        report(&core, what + ": place (" + str(uint32_t(core.x())) + ", " +
                          str(uint32_t(core.y())) + ") is outside the " +
                          str(model.meshColumns) + " x " + str(model.meshRows) +
                          " mesh");
      if (!places.insert({core.chip(), core.x(), core.y()}).second)
        report(&core, what + ": its place is already taken");
      if (++used[core.chip()] == limit + 1)
        report(&core, "L01: chip " + str(core.chip()) + " has more than " +
                          str(limit) + " cores");
    }
  }

  void checkCore(const nrb::Core &core) {
    where = "core " + str(coreIndex) + ": ";
    size_t atStart = problems;
    auto limit = [&](const char *id, uint64_t have, uint64_t most,
                     const char *what) {
      if (have > most)
        report(&core, std::string(id) + ": " + where + str(have) + " " + what +
                          ", at most " + str(most) + " fit");
    };
    limit("L24", sizeOfVector(core.programs()), model.programsPerCore,
          "programs");
    limit("L22", sizeOfVector(core.formats()), model.formatsPerCore,
          "synapse formats");
    if (sizeOfVector(core.rules()) > kMaxRules)
      report(&core, where + str(sizeOfVector(core.rules())) +
                        " rules, formats can name " + str(kMaxRules));
    limit("L06", sizeOfVector(core.axons_in()), model.inputAxonsPerCore,
          "input axons");
    limit("L07", sizeOfVector(core.fanout()), model.outputAxonsPerCore,
          "output axons");
    uint64_t synapseBytes = uint64_t(sizeOfVector(core.synapse_words())) *
                            model.bytesPerSynapseWord;
    limit("L04", synapseBytes, model.synapseBytesPerCore, "synapse bytes");

    uint64_t neurons = checkGroups(core);
    limit("L02", neurons, model.neuronsPerCore, "neurons");
    verifyFanoutIndex("core " + str(coreIndex), core.fanout_index(),
                      core.fanout(), neurons, &core, reporter());
    verifyRules(core, where, model, reporter());
    checkFormats(core);
    checkPrograms(core);
    if (problems != atStart)
      return;
    checkAxons(core, neurons);

    if (problems != atStart)
      return;
    uint64_t total = target::bytesOf(contentsOf(core), model);
    limit("L05", total, model.totalBytesPerCore, "bytes in all");
  }

  uint64_t stateBytes(const nrb::Group &group) const {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < sizeOfVector(group.state()); ++i)
      bits += group.state()->Get(i)->bits();
    return target::stateWords(bits) * model.bytesPerStateWord;
  }

  // M1, M2. Returns the number of neurons.
  uint64_t checkGroups(const nrb::Core &core) {
    uint64_t next = 0;
    for (uint32_t i = 0; i < sizeOfVector(core.groups()); ++i) {
      const nrb::Group &group = *core.groups()->Get(i);
      std::string what =
          where + "group " + str(i) + " " + quoted(group.name()) + ": ";
      if (group.count() == 0)
        report(&group, what + "has no neurons");
      if (group.first() != next)
        report(&group, what + "starts at neuron " + str(group.first()) +
                           ", expected " + str(next) +
                           " (groups are contiguous)");
      next = uint64_t(group.first()) + group.count();
      if (group.program() >= sizeOfVector(core.programs()))
        report(&group, what + "program " + str(uint32_t(group.program())) +
                           " does not exist, the core has " +
                           str(sizeOfVector(core.programs())));
      if (group.dendrites() > target::kNumDendrites)
        report(&group, what + str(uint32_t(group.dendrites())) +
                           " dendrites, at most 4 exist");
      unsigned payload = group.payload_bits();
      if (payload % 8 || payload > model.maxPayloadBits)
        report(&group, "L12: " + what + "payload of " + str(payload) +
                           " bits; 0, 8, 16 and 24 are possible");
      if (group.source() >= numSources())
        report(&group, what + "source " + str(group.source()) +
                           " does not exist, the file has " +
                           str(numSources()));
      checkParameters(group, what);
      checkState(group, what);
    }
    return next;
  }

  void checkParameters(const nrb::Group &group, const std::string &what) {
    uint32_t count = sizeOfVector(group.parameters());
    if (count > target::kNumParameters)
      report(group.parameters(),
             what + str(count) + " parameters, at most 32 exist");
    for (uint32_t i = 0; i < count; ++i) {
      const nrb::Parameter &parameter = *group.parameters()->Get(i);
      if (!broadcasts(parameter.values(), group.count()))
        report(&parameter, what + "parameter " + str(i) + " " +
                               quoted(parameter.name()) + " has " +
                               str(sizeOfVector(parameter.values())) +
                               " values, expected 1 or " + str(group.count()));
    }
  }

  // M2, M11.
  void checkState(const nrb::Group &group, const std::string &what) {
    uint32_t count = sizeOfVector(group.state());
    if (count > target::kNumState)
      report(group.state(),
             what + str(count) + " state fields, at most 8 exist");
    if (stateBytes(group) > model.stateBytesPerNeuron)
      report(&group, "L03: " + what + str(stateBytes(group)) +
                         " state bytes per neuron, at most " +
                         str(model.stateBytesPerNeuron) + " fit");
    for (uint32_t i = 0; i < count; ++i) {
      const nrb::StateField &field = *group.state()->Get(i);
      std::string name =
          what + "state field " + str(i) + " " + quoted(field.name()) + ": ";
      unsigned bits = field.bits();
      if (bits != 8 && bits != 16 && bits != 24) {
        report(&field, name + str(bits) + " bits; 8, 16 and 24 are possible");
        continue;
      }
      if (field.overflow() > nrb::OverflowRule::MAX)
        report(&field, name + "unknown overflow rule");
      if (!broadcasts(field.init(), group.count())) {
        report(&field, name + "has " + str(sizeOfVector(field.init())) +
                           " initial values, expected 1 or " +
                           str(group.count()));
        continue;
      }
      int32_t low = field.is_signed() ? -(1 << (bits - 1)) : 0;
      int32_t high = (1 << (field.is_signed() ? bits - 1 : bits)) - 1;
      for (uint32_t j = 0; j < field.init()->size(); ++j) {
        int32_t value = field.init()->Get(j);
        if (value < low || value > high) {
          report(&field, name + "initial value " + str(value) + " (#" + str(j) +
                             ") is outside " + str(low) + ".." + str(high));
          break;
        }
      }
    }
  }

  // B5.
  void checkPrograms(const nrb::Core &core) {
    std::vector<std::vector<uint32_t>> codes;
    for (uint32_t i = 0; i < sizeOfVector(core.programs()); ++i) {
      const auto *code = core.programs()->Get(i)->code();
      codes.emplace_back();
      if (code)
        codes.back().assign(code->begin(), code->end());
    }
    auto check = [&](uint32_t index, const target::ProgramLimits &limits,
                     const std::string &user) {
      const nrb::Program &program = *core.programs()->Get(index);
      for (const std::string &problem :
           target::verifyProgram(codes[index], limits))
        report(&program, where + "program " + str(index) + " " +
                             quoted(program.name()) + user + ": " + problem);
    };
    std::vector<bool> used(codes.size());
    std::set<std::tuple<uint32_t, unsigned, unsigned, unsigned>> done;
    for (uint32_t i = 0; i < sizeOfVector(core.groups()); ++i) {
      const nrb::Group &group = *core.groups()->Get(i);
      if (group.program() >= codes.size())
        continue;
      used[group.program()] = true;
      target::ProgramLimits limits{sizeOfVector(group.state()),
                                   group.dendrites(),
                                   sizeOfVector(group.parameters())};
      if (done.insert({group.program(), limits.stateFields, limits.dendrites,
                       limits.parameters})
              .second)
        check(group.program(), limits,
              " of group " + str(i) + " " + quoted(group.name()));
    }
    for (uint32_t i = 0; i < codes.size(); ++i)
      if (!used[i])
        check(
            i,
            {target::kNumState, target::kNumDendrites, target::kNumParameters},
            "");
  }

  // M8, and L-13, L-15 for the bits of tags and delays.
  void checkFormats(const nrb::Core &core) {
    for (uint32_t i = 0; i < sizeOfVector(core.formats()); ++i) {
      const nrb::SynapseFormat &format = *core.formats()->Get(i);
      std::string what = where + "format " + str(i) + ": ";
      if (format.sign_mode() < nrb::SignMode::mixed ||
          format.sign_mode() > nrb::SignMode::inhibitory)
        report(&format, "L10: " + what + "sign mode " +
                            str(uint32_t(format.sign_mode())) +
                            " is not mixed, excitatory or inhibitory");
      unsigned bits = format.weight_bits();
      if (bits < 1 || bits > model.maxWeightBits)
        report(&format, "L08: " + what + str(bits) + " weight bits, 1 to " +
                            str(model.maxWeightBits) + " are possible");
      if (format.weight_exp() < model.minWeightExp ||
          format.weight_exp() > model.maxWeightExp)
        report(&format, "L09: " + what + "weight exponent " +
                            str(int32_t(format.weight_exp())) + " is outside " +
                            str(model.minWeightExp) + ".." +
                            str(model.maxWeightExp));
      bool sparse = format.compression() == nrb::Compression::sparse;
      if (!sparse && format.compression() != nrb::Compression::dense)
        report(&format, what + "unknown compression " +
                            str(uint32_t(format.compression())));
      if (sparse ? format.idx_bits() < 1 || format.idx_bits() > 32
                 : format.idx_bits() != 0)
        report(&format, what + str(uint32_t(format.idx_bits())) +
                            " index bits; a sparse format has 1 to 32, a "
                            "dense one 0");
      if (format.delay_bits() > 6)
        report(&format, "L11: " + what + str(uint32_t(format.delay_bits())) +
                            " delay bits, at most 6 are possible");
      if (format.tag_bits() > 4)
        report(&format, what + str(uint32_t(format.tag_bits())) +
                            " tag bits, at most 4 are possible");
      if (format.dendrite() >= target::kNumDendrites)
        report(&format, what + "dendrite " + str(uint32_t(format.dendrite())) +
                            " does not exist");
      if (format.rule() < -1 ||
          format.rule() >= int32_t(sizeOfVector(core.rules())))
        report(&format, what + "rule " + str(int32_t(format.rule())) +
                            " does not exist, the core has " +
                            str(sizeOfVector(core.rules())));
      else if (format.rule() >= 0 && !format.delay_bits() &&
               changesDelays(*core.rules()->Get(uint32_t(format.rule()))))
        report(&format, "L-15: " + what + "its rule " +
                            str(int32_t(format.rule())) +
                            " changes delays, it has no delay bits; give it "
                            "1 to 6");
    }
  }

  struct AxonTargets {
    std::map<std::pair<uint32_t, unsigned>, int> exponents;
    std::vector<uint32_t> groupOf;
  };

  void checkAxons(const nrb::Core &core, uint64_t neurons) {
    AxonTargets targets;
    targets.groupOf.resize(neurons);
    for (uint32_t i = 0; i < sizeOfVector(core.groups()); ++i)
      for (uint32_t j = 0; j < core.groups()->Get(i)->count(); ++j)
        targets.groupOf[core.groups()->Get(i)->first() + j] = i;
    // Plastic words belong to one axon (M7).
    std::vector<uint8_t> owner(sizeOfVector(core.synapse_words()));
    for (uint32_t i = 0; i < sizeOfVector(core.axons_in()); ++i) {
      const nrb::AxonIn &axon = *core.axons_in()->Get(i);
      std::string what = where + "input axon " + str(i) + ": ";
      uint64_t words = sizeOfVector(core.synapse_words());
      if (uint64_t(axon.synapse_word()) + axon.words() > words) {
        report(&axon, what + "words " + str(axon.synapse_word()) + " + " +
                          str(axon.words()) + " are outside the " + str(words) +
                          " words of the core");
        continue;
      }
      if (axon.delay() > model.maxDelay)
        report(&axon, "L11: " + what + "delay " + str(uint32_t(axon.delay())) +
                          " exceeds " + str(model.maxDelay));
      if (axon.format() >= sizeOfVector(core.formats())) {
        report(&axon, what + "format " + str(uint32_t(axon.format())) +
                          " does not exist, the core has " +
                          str(sizeOfVector(core.formats())));
        continue;
      }
      bool plastic = core.formats()->Get(axon.format())->rule() >= 0;
      if (plastic && axon.delay()) // M4
        report(&axon, what +
                          "an axon with a learning rule cannot have a "
                          "delay, it has " +
                          str(uint32_t(axon.delay())));
      for (uint32_t j = 0; j < axon.words(); ++j) {
        uint8_t &mark = owner[axon.synapse_word() + j];
        if (mark == 2 || (plastic && mark == 1)) {
          report(&axon, what + "shares plastic synapse words with another "
                               "axon");
          break;
        }
        mark = plastic ? 2 : 1;
      }
      checkBlocks(core, axon, what, targets);
    }
  }

  // M7.
  void checkBlocks(const nrb::Core &core, const nrb::AxonIn &axon,
                   const std::string &what, AxonTargets &targets) {
    if (axon.words() == 0)
      return;
    const nrb::SynapseFormat &format = *core.formats()->Get(axon.format());
    const auto &words = *core.synapse_words();
    bool sparse = format.compression() == nrb::Compression::sparse;
    unsigned perSynapse = format.weight_bits() + format.delay_bits() +
                          format.tag_bits() + (sparse ? format.idx_bits() : 0);
    uint64_t at = axon.synapse_word(), end = at + axon.words();
    uint64_t next = axon.base();
    int64_t lastIndex = -1;
    for (unsigned block = 0; at < end; ++block) {
      std::string place = what + "block " + str(block) + ": ";
      const uint64_t *word =
          reinterpret_cast<const uint64_t *>(words.Data()) + at;
      unsigned id = unsigned(extractBits(words, at * 64, 4));
      unsigned count = unsigned(extractBits(words, at * 64 + 4, 6)) + 1;
      uint64_t bits = 10 + uint64_t(count) * perSynapse;
      uint64_t used = (bits + 63) / 64;
      if (id != (axon.format() & 15u)) {
        report(word, place + "format " + str(id) +
                         " in the word, the axon has format " +
                         str(uint32_t(axon.format())));
        return;
      }
      if (used > end - at) {
        report(word, place + str(count) + " synapses need " + str(used) +
                         " words, the axon has " + str(end - at) + " left");
        return;
      }
      unsigned padding = unsigned(used * 64 - bits);
      if (padding && extractBits(words, at * 64 + bits, padding)) {
        report(word, place + "padding bits are not 0");
        return;
      }
      for (unsigned i = 0; i < count; ++i) {
        uint64_t bit = at * 64 + 10 + uint64_t(i) * perSynapse;
        uint64_t delay =
            extractBits(words, bit + format.weight_bits(), format.delay_bits());
        if (delay > model.maxDelay) {
          report(word, "L11: " + place + "delay " + str(delay) +
                           " of synapse " + str(i) + " exceeds " +
                           str(model.maxDelay));
          return;
        }
        uint64_t target = next++;
        if (sparse) {
          int64_t index = int64_t(extractBits(
              words, bit + perSynapse - format.idx_bits(), format.idx_bits()));
          if (index <= lastIndex) {
            report(word, place + "index " + str(index) + " of synapse " +
                             str(i) + " does not increase");
            return;
          }
          lastIndex = index;
          target = axon.base() + uint64_t(index);
        }
        if (!checkTarget(core, format, target, targets, word, place))
          return;
      }
      at += used;
    }
  }

  bool checkTarget(const nrb::Core &core, const nrb::SynapseFormat &format,
                   uint64_t target, AxonTargets &targets, const uint64_t *word,
                   const std::string &place) {
    if (target >= targets.groupOf.size()) {
      report(word, place + "target neuron " + str(target) +
                       " does not exist, the core has " +
                       str(uint64_t(targets.groupOf.size())));
      return false;
    }
    uint32_t index = targets.groupOf[target];
    const nrb::Group &group = *core.groups()->Get(index);
    unsigned dendrite = format.dendrite();
    if (dendrite >= group.dendrites()) {
      report(word, place + "reaches dendrite " + str(dendrite) + " of group " +
                       str(index) + " " + quoted(group.name()) +
                       ", which has " + str(uint32_t(group.dendrites())));
      return false;
    }
    // M9: one exponent for one dendrite.
    auto [entry, isNew] =
        targets.exponents.insert({{index, dendrite}, format.weight_exp()});
    if (!isNew && entry->second != format.weight_exp()) {
      report(word, place + "reaches dendrite " + str(dendrite) + " of group " +
                       str(index) + " " + quoted(group.name()) +
                       " with exponent " + str(int32_t(format.weight_exp())) +
                       ", another axon with " + str(entry->second));
      return false;
    }
    return true;
  }

  const uint8_t *data;
  const nrb::Binary &binary;
  std::vector<Diagnostic> &diagnostics;
  size_t problems = 0; // also those beyond kMaxDiagnostics
  TargetModel model;
  std::string where;
  uint32_t coreIndex = 0;
};

} // namespace

bool neuro::runtime::verifyMeaning(const uint8_t *data,
                                   std::vector<Diagnostic> &diagnostics) {
  return Verifier(data, diagnostics).run();
}
