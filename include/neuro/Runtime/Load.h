//===- Load.h - the busiest core of every step -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step ends when the core with the most to do has done it, and which one that
// is changes from step to step. So a run takes the sum over its steps of the
// busiest core's time.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_LOAD_H
#define NEURO_RUNTIME_LOAD_H

#include "neuro/Runtime/CostProfiles.h"
#include "neuro/Runtime/Engine.h"

#include <array>
#include <cstdint>
#include <vector>

namespace neuro::runtime {

/// Work of one core in one step.
struct CoreLoad {
  uint64_t synapticOperations = 0, idleUpdates = 0, spikes = 0,
           learningUpdates = 0;
  /// Of the active updates, each charged with its program's longest path.
  uint64_t instructions = 0;
};

/// The times of a profile, in picoseconds.
struct StepPrices {
  StepPrices(const CostProfile &profile);
  /// Of one core's step, without the barrier.
  uint64_t timeOf(const CoreLoad &load) const;

  uint64_t synapse, instruction, idleUpdate, spike, learningUpdate, barrier;
};

/// Sums over steps of the largest value of any core.
struct BusiestCore {
  uint64_t synapticOperations = 0, instructions = 0, spikes = 0,
           learningUpdates = 0;
  /// By profile, barriers included.
  std::array<uint64_t, kNumCostProfiles> picoseconds = {};

  BusiestCore &operator+=(const BusiestCore &other);
};

/// Watches the counters of an engine.
class LoadMeter {
public:
  struct Group {
    uint32_t core;
    unsigned instructions; // of an update, at most
  };
  LoadMeter(std::vector<Group> groups, size_t cores);

  /// Before a sequence: what was counted until now is not its work.
  void begin(const std::vector<GroupCounters> &counters) { before = counters; }
  void afterStep(const std::vector<GroupCounters> &counters);

  const BusiestCore &sums() const { return total; }

private:
  std::vector<StepPrices> prices; // by profile
  std::vector<Group> groups;
  std::vector<GroupCounters> before;
  std::vector<CoreLoad> loads;
  BusiestCore total;
};

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_LOAD_H
