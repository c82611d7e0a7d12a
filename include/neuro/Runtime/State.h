//===- State.h - what a simulation remembers --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A checkpoint (docs/spec/machine.md, section 7). It belongs to a binary, not
// to an engine: what one engine saved, the other resumes.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_STATE_H
#define NEURO_RUNTIME_STATE_H

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace neuro::runtime {

class Binary;

/// A stream of NumPy's PCG64.
struct RandomStream {
  uint64_t state[2], increment[2]; // high word, low word
  uint32_t half;
  bool hasHalf;
};

/// A rule of a core with epochs, decay, post-synaptic traces, tags, delays or
/// the mode lava_compat.
struct RuleState {
  /// An axon of the rule, in order of the file.
  struct Pre {
    int32_t x[2];
    bool limited[2]; // L-4
    uint8_t time;    // tx of L-8, 0: none
    /// x after time k of the epoch, at k - 1; `epoch` entries.
    std::vector<int32_t> history[2];
    std::vector<int32_t> tags, delays; // of each synapse
  };
  /// A post neuron, in order of group and neuron.
  struct Post {
    int32_t y[3];
    uint8_t time; // ty
    std::vector<int32_t> history[3];
    /// What it exported and whether it spiked in the step before.
    int32_t lastY[3];
    bool lastY0, lastFired;
  };
  std::vector<Pre> pres;
  std::vector<Post> posts;
  /// L-14: streams and the last values drawn: decay and impulses of x, of y,
  /// synaptic variables. Only in lava_compat.
  RandomStream streams[5];
  double decayRandom[2] = {0, 0}, variableRandom = 0;
  int32_t impulseRandom[2] = {0, 0};
};

/// One sequence between two steps.
struct EngineState {
  /// The next step to run; a multiple of the period.
  uint32_t step = 0;

  /// State fields: by group, field, neuron.
  std::vector<int32_t> fields;
  /// Per group: provably idle while its dendrites are 0.
  std::vector<uint8_t> quiet;
  /// Plastic weights: by core, axon, synapse.
  std::vector<int32_t> weights;

  /// The pre-synaptic side of a plastic axon: by core, axon.
  struct Traces {
    uint8_t x1 = 0, x2 = 0;
    bool x1Limited = false, x2Limited = false;
  };
  std::vector<Traces> traces;
  /// Rules with more to remember (isGeneralRule): by core, rule.
  std::vector<RuleState> rules;
  /// What plastic synapses with delays have added to later steps.
  struct Pending {
    uint32_t step, group, dendrite, neuron;
    uint32_t synapses; // how many have contributed
    int64_t sum;       // before M9
    bool operator<(const Pending &other) const {
      return std::tie(step, group, dendrite, neuron) <
             std::tie(other.step, other.group, other.dendrite, other.neuron);
    }
  };
  std::vector<Pending> pending; // sorted, one entry for each place and step

  /// A spike sent in step `sent` that some synapse has still to receive.
  struct Spike {
    uint32_t sent, core, axon;
    int32_t payload;
    bool operator<(const Spike &other) const {
      return std::tie(sent, core, axon, payload) <
             std::tie(other.sent, other.core, other.axon, other.payload);
    }
  };
  std::vector<Spike> spikes; // sorted

  /// What the host sends in step `step` for a token that has begun.
  struct HostSpike {
    uint32_t step, port, neuron;
    int32_t payload;
    bool operator<(const HostSpike &other) const {
      return std::tie(step, port, neuron, payload) <
             std::tie(other.step, other.port, other.neuron, other.payload);
    }
  };
  std::vector<HostSpike> hostSpikes; // sorted
};

/// The sequences of a batch.
struct SavedState {
  std::vector<EngineState> sequences;

  /// Writes a file that only this binary takes back.
  bool write(const std::string &path, const Binary &binary,
             std::string &error) const;
  bool read(const std::string &path, const Binary &binary, std::string &error);

  /// The same without a file; `name` stands in messages for it.
  std::vector<uint8_t> toBytes(const Binary &binary) const;
  bool fromBytes(const uint8_t *data, size_t size, const std::string &name,
                 const Binary &binary, std::string &error);

  /// The bytes of a file around those of its sequences, which may be anything:
  /// for tests of the reader.
  static std::vector<uint8_t> seal(const uint8_t *body, size_t size,
                                   uint64_t numSequences, const Binary &binary);
};

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_STATE_H
