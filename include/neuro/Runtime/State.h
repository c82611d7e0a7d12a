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
  /// What GeneralLearning keeps.
  std::vector<uint8_t> learning;

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
};

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_STATE_H
