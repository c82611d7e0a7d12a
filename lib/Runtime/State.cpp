//===- State.cpp - writes and reads checkpoints ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/State.h"

#include "Decode.h"
#include "GeneralLearning.h"

#include "neuro/Runtime/Binary.h"
#include "neuro/Support/File.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace neuro;
using namespace neuro::runtime;

namespace {

constexpr char kMagic[4] = {'N', 'R', 'S', '1'};
constexpr uint32_t kStateVersion = 2;
constexpr size_t kHeaderSize = 32;

// FNV-1a: guards against mistakes, not against malice.
uint64_t hashOf(const uint8_t *data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; ++i)
    hash = (hash ^ data[i]) * 0x100000001b3u;
  return hash;
}

class Writer {
public:
  static constexpr bool kReads = false;

  std::vector<uint8_t> bytes;

  void number(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      bytes.push_back(uint8_t(value >> 8 * i));
  }
};

class Reader {
public:
  static constexpr bool kReads = true;

  Reader(const uint8_t *data, size_t size) : at(data), left(size) {}

  uint64_t number(unsigned size) {
    if (left < size) {
      overrun = true;
      return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value |= uint64_t(at[i]) << 8 * i;
    at += size;
    left -= size;
    return value;
  }
  bool has(uint64_t count, unsigned size) {
    overrun |= count > left / size;
    return !overrun;
  }
  bool done() const { return !overrun && left == 0; }

private:
  const uint8_t *at;
  size_t left;
  bool overrun = false;
};

void number(Writer &out, uint64_t value, unsigned size) {
  out.number(value, size);
}
template <typename T> void number(Reader &in, T &value, unsigned size) {
  uint64_t read = in.number(size);
  // Signed values of four bytes keep their sign.
  value = size == 4 ? T(int32_t(uint32_t(read))) : T(read);
}

// Both directions. The vectors have their sizes already.
template <typename Stream, typename State>
void ruleState(Stream &stream, State &state) {
  auto numbers = [&](auto &values, unsigned size) {
    for (auto &value : values)
      number(stream, value, size);
  };
  auto real = [&](auto &value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    number(stream, bits, 8);
    if constexpr (Stream::kReads)
      std::memcpy(&value, &bits, sizeof(bits));
  };
  for (auto &pre : state.pres) {
    numbers(pre.x, 4);
    numbers(pre.limited, 1);
    number(stream, pre.time, 1);
    for (auto &history : pre.history)
      numbers(history, 4);
    numbers(pre.tags, 4);
    numbers(pre.delays, 4);
  }
  for (auto &post : state.posts) {
    numbers(post.y, 4);
    number(stream, post.time, 1);
    for (auto &history : post.history)
      numbers(history, 4);
    numbers(post.lastY, 4);
    number(stream, post.lastY0, 1);
    number(stream, post.lastFired, 1);
  }
  for (auto &random : state.streams) {
    numbers(random.state, 8);
    numbers(random.increment, 8);
    number(stream, random.half, 4);
    number(stream, random.hasHalf, 1);
  }
  for (unsigned i = 0; i < 2; ++i)
    real(state.decayRandom[i]);
  real(state.variableRandom);
  numbers(state.impulseRandom, 4);
}

void writeSequence(Writer &out, const EngineState &state) {
  out.number(state.step, 4);
  for (int32_t value : state.fields)
    out.number(uint32_t(value), 4);
  for (uint8_t value : state.quiet)
    out.number(value, 1);
  for (int32_t value : state.weights)
    out.number(uint16_t(value), 2);
  for (const EngineState::Traces &trace : state.traces) {
    out.number(trace.x1, 1);
    out.number(trace.x2, 1);
    out.number(trace.x1Limited | trace.x2Limited << 1, 1);
  }
  for (const RuleState &rule : state.rules)
    ruleState(out, rule);
  out.number(state.pending.size(), 8);
  for (const EngineState::Pending &pending : state.pending) {
    out.number(pending.step, 4);
    out.number(pending.group, 4);
    out.number(pending.dendrite, 4);
    out.number(pending.neuron, 4);
    out.number(pending.synapses, 4);
    out.number(uint64_t(pending.sum), 8);
  }
  out.number(state.spikes.size(), 8);
  for (const EngineState::Spike &spike : state.spikes) {
    out.number(spike.sent, 4);
    out.number(spike.core, 4);
    out.number(spike.axon, 4);
    out.number(uint32_t(spike.payload), 4);
  }
  out.number(state.hostSpikes.size(), 8);
  for (const EngineState::HostSpike &spike : state.hostSpikes) {
    out.number(spike.step, 4);
    out.number(spike.port, 4);
    out.number(spike.neuron, 4);
    out.number(uint32_t(spike.payload), 4);
  }
}

// Returns what is wrong, or null.
const char *readPending(Reader &in, const nrb::Binary &binary,
                        EngineState &state) {
  std::vector<const nrb::Group *> groups;
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->groups()); ++i)
      groups.push_back(core->groups()->Get(i));
  uint64_t count = in.number(8);
  if (!in.has(count, 28))
    return "it ends too early";
  for (uint64_t i = 0; i < count; ++i) {
    EngineState::Pending pending;
    pending.step = uint32_t(in.number(4));
    pending.group = uint32_t(in.number(4));
    pending.dendrite = uint32_t(in.number(4));
    pending.neuron = uint32_t(in.number(4));
    pending.synapses = uint32_t(in.number(4));
    pending.sum = int64_t(in.number(8));
    // Weights have 9 bits, payloads fewer than 33 with their sign; 2^52 is out
    // of reach.
    bool fits = pending.step >= state.step && pending.step < state.step + 62 &&
                pending.group < groups.size() &&
                pending.dendrite < groups[pending.group]->dendrites() &&
                pending.neuron < groups[pending.group]->count() &&
                pending.synapses > 0 &&
                std::llabs(pending.sum / 2) < int64_t(1) << 51;
    if (!fits || (i && !(state.pending.back() < pending)))
      return "a dendrite cannot await this sum";
    state.pending.push_back(pending);
  }
  return nullptr;
}

// What a plastic weight can be (L-6, L-14).
struct WeightRange {
  int32_t low, high, step;

  WeightRange(const nrb::SynapseFormat &format, bool compat) {
    step = compat ? 1 : 1 << weightStepShift(format);
    low = format.sign_mode() == nrb::SignMode::mixed
              ? -256
              : (format.sign_mode() == nrb::SignMode::inhibitory ? step - 256
                                                                 : 0);
    high = format.sign_mode() == nrb::SignMode::inhibitory ? 0 : 256 - step;
  }
  bool holds(int32_t weight) const {
    return weight >= low && weight <= high && weight % step == 0;
  }
};

// The weights and pre-synaptic traces of plastic axons. Returns what is wrong,
// or null.
const char *readPlastic(Reader &in, const nrb::Binary &binary,
                        EngineState &state) {
  bool compat = binary.learning_mode() == nrb::LearningMode::lava_compat;
  std::vector<const nrb::Rule *> ruleOf; // of each plastic axon
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->axons_in()); ++i) {
      const nrb::AxonIn &axon = *core->axons_in()->Get(i);
      const nrb::SynapseFormat &format = *core->formats()->Get(axon.format());
      if (format.rule() < 0)
        continue;
      ruleOf.push_back(core->rules()->Get(uint32_t(format.rule())));
      WeightRange range(format, compat);
      size_t count = 0;
      visitSynapses(*core, axon, [&](const DecodedSynapse &) { ++count; });
      if (!in.has(count, 2))
        return "it ends too early";
      for (; count; --count) {
        int32_t weight = int16_t(in.number(2));
        if (!range.holds(weight))
          return "a weight is one that its synapse format cannot hold";
        state.weights.push_back(weight);
      }
    }
  if (!in.has(ruleOf.size(), 3))
    return "it ends too early";
  for (const nrb::Rule *rule : ruleOf) {
    EngineState::Traces trace;
    trace.x1 = uint8_t(in.number(1));
    trace.x2 = uint8_t(in.number(1));
    unsigned marks = unsigned(in.number(1));
    if (trace.x1 > 127 || trace.x2 > 127 || marks > 3)
      return "a trace is out of its range";
    trace.x1Limited = marks & 1;
    trace.x2Limited = marks & 2;
    // Other rules clear theirs before the next step, or keep them elsewhere.
    auto holds = [&](const nrb::TraceConfig *config) {
      return config && config->tau() == 65535 && !isGeneralRule(binary, *rule);
    };
    if ((!holds(rule->x1()) && (trace.x1 || trace.x1Limited)) ||
        (!holds(rule->x2()) && (trace.x2 || trace.x2Limited)))
      return "a trace that its rule does not hold is not 0";
    state.traces.push_back(trace);
  }
  return nullptr;
}

// Returns what is wrong, or null.
const char *readSequence(Reader &in, const nrb::Binary &binary,
                         GeneralLearning *general, EngineState &state) {
  state.step = uint32_t(in.number(4));
  if (state.step % binary.timing()->period() || state.step > INT32_MAX)
    return "the step is not one between two tokens";
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->groups()); ++i) {
      const nrb::Group &group = *core->groups()->Get(i);
      for (uint32_t j = 0; j < sizeOfVector(group.state()); ++j) {
        const nrb::StateField &field = *group.state()->Get(j);
        int32_t low = field.is_signed() ? -(1 << (field.bits() - 1)) : 0;
        int32_t high = (1 << (field.bits() - (field.is_signed() ? 1 : 0))) - 1;
        if (!in.has(group.count(), 4))
          return "it ends too early";
        for (uint32_t k = 0; k < group.count(); ++k) {
          int32_t value = int32_t(uint32_t(in.number(4)));
          if (value < low || value > high)
            return "a state field is out of its range";
          state.fields.push_back(value);
        }
      }
    }
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->groups()); ++i)
      state.quiet.push_back(in.number(1) != 0);
  if (const char *what = readPlastic(in, binary, state))
    return what;
  if (general) {
    // An untouched state has the sizes.
    state.rules = general->save(0);
    for (RuleState &rule : state.rules)
      ruleState(in, rule);
    if (const char *what = general->check(state.rules))
      return what;
  }
  if (const char *what = readPending(in, binary, state))
    return what;
  uint64_t spikes = in.number(8);
  if (!in.has(spikes, 16))
    return "it ends too early";
  for (uint64_t i = 0; i < spikes; ++i) {
    EngineState::Spike spike;
    spike.sent = uint32_t(in.number(4));
    spike.core = uint32_t(in.number(4));
    spike.axon = uint32_t(in.number(4));
    spike.payload = int32_t(uint32_t(in.number(4)));
    if (spike.sent >= state.step || spike.core >= binary.cores()->size() ||
        spike.axon >= sizeOfVector(binary.cores()->Get(spike.core)->axons_in()))
      return "a spike under way goes nowhere";
    if (std::llabs(spike.payload) > int64_t(1) << 23)
      return "a spike under way has a payload of more than 24 bits";
    state.spikes.push_back(spike);
  }
  uint64_t hostSpikes = in.number(8);
  if (!in.has(hostSpikes, 16))
    return "it ends too early";
  for (uint64_t i = 0; i < hostSpikes; ++i) {
    EngineState::HostSpike spike;
    spike.step = uint32_t(in.number(4));
    spike.port = uint32_t(in.number(4));
    spike.neuron = uint32_t(in.number(4));
    spike.payload = int32_t(uint32_t(in.number(4)));
    if (spike.step < state.step ||
        (i && spike.step < state.hostSpikes.back().step) ||
        spike.port >= sizeOfVector(binary.inputs()) ||
        spike.neuron >= binary.inputs()->Get(spike.port)->width())
      return "a spike of the host comes from nowhere";
    const nrb::Timing &timing = *binary.timing();
    if (uint64_t(spike.step) + timing.period() >
        uint64_t(state.step) + timing.latency())
      return "a spike of the host belongs to no token that has begun";
    int64_t limit = binary.inputs()->Get(spike.port)->limit();
    if (std::llabs(spike.payload) > std::max<int64_t>(limit, 1))
      return "a spike of the host exceeds the limit of its port";
    state.hostSpikes.push_back(spike);
  }
  return nullptr;
}

} // namespace

std::vector<uint8_t> SavedState::toBytes(const Binary &binary) const {
  Writer body;
  for (const EngineState &state : sequences)
    writeSequence(body, state);
  return seal(body.bytes.data(), body.bytes.size(), sequences.size(), binary);
}

std::vector<uint8_t> SavedState::seal(const uint8_t *body, size_t size,
                                      uint64_t numSequences,
                                      const Binary &binary) {
  Writer out;
  out.bytes.assign(kMagic, kMagic + 4);
  out.number(kStateVersion, 4);
  out.number(binary.hash(), 8);
  out.number(hashOf(body, size), 8);
  out.number(numSequences, 8);
  out.bytes.insert(out.bytes.end(), body, body + size);
  return std::move(out.bytes);
}

bool SavedState::write(const std::string &path, const Binary &binary,
                       std::string &error) const {
  std::vector<uint8_t> bytes = toBytes(binary);
  return writeFileAtomically(path, bytes.data(), bytes.size(), error);
}

bool SavedState::read(const std::string &path, const Binary &binary,
                      std::string &error) {
  sequences.clear();
  std::vector<uint8_t> bytes;
  return readFile(path, bytes, error) &&
         fromBytes(bytes.data(), bytes.size(), path, binary, error);
}

bool SavedState::fromBytes(const uint8_t *data, size_t size,
                           const std::string &name, const Binary &binary,
                           std::string &error) {
  sequences.clear();
  auto fail = [&](const std::string &what) {
    error = "'" + name + "': " + what;
    sequences.clear();
    return false;
  };
  if (size < 4 || std::memcmp(data, kMagic, 4) != 0)
    return fail("not a saved state (no magic NRS1); give what neuro-run "
                "--save-state wrote");
  if (size < kHeaderSize)
    return fail("truncated: " + std::to_string(size) +
                " bytes, the header alone has " + std::to_string(kHeaderSize));
  Reader header(data + 4, kHeaderSize - 4);
  uint64_t version = header.number(4), owner = header.number(8),
           checksum = header.number(8), count = header.number(8);
  if (version != kStateVersion)
    return fail("saved state of version " + std::to_string(version) +
                ", this program reads " + std::to_string(kStateVersion) +
                "; run again from the start");
  if (owner != binary.hash())
    return fail("the state of another binary than '" + binary.name() +
                "'; load it with the one that it was saved with");
  if (checksum != hashOf(data + kHeaderSize, size - kHeaderSize))
    return fail("corrupted or truncated: the checksum does not match");
  Reader body(data + kHeaderSize, size - kHeaderSize);
  if (!body.has(count, 4))
    return fail("corrupted: it cannot hold " + std::to_string(count) +
                " sequences");
  std::unique_ptr<GeneralLearning> general =
      GeneralLearning::create(binary.root());
  for (uint64_t i = 0; i < count; ++i) {
    sequences.emplace_back();
    if (const char *what =
            readSequence(body, binary.root(), general.get(), sequences.back()))
      return fail("corrupted: sequence " + std::to_string(i) + ": " + what);
  }
  if (!body.done())
    return fail("corrupted: it has not the length of " + std::to_string(count) +
                " sequences");
  return true;
}

uint64_t Binary::hash() const { return hashOf(bytes.data(), bytes.size()); }
