//===- Load.cpp - the busiest core of every step --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Load.h"

#include <algorithm>
#include <cmath>

using namespace neuro;
using namespace neuro::runtime;

// Whole picoseconds: sums do not depend on their order.
static uint64_t toPs(double ns) { return uint64_t(std::llround(ns * 1000)); }

StepPrices::StepPrices(const CostProfile &profile)
    : synapse(toPs(profile.synapseNs)),
      instruction(toPs(profile.activeNeuronNs / kProfileInstructions)),
      idleUpdate(toPs(profile.idleNeuronNs)), spike(toPs(profile.spikeNs)),
      learningUpdate(toPs(profile.learningNs)),
      barrier(toPs(profile.barrierNs)) {}

uint64_t StepPrices::timeOf(const CoreLoad &load) const {
  return load.synapticOperations * synapse + load.instructions * instruction +
         load.idleUpdates * idleUpdate + load.spikes * spike +
         load.learningUpdates * learningUpdate;
}

BusiestCore &BusiestCore::operator+=(const BusiestCore &other) {
  synapticOperations += other.synapticOperations;
  instructions += other.instructions;
  spikes += other.spikes;
  learningUpdates += other.learningUpdates;
  for (size_t i = 0; i < kNumCostProfiles; ++i)
    picoseconds[i] += other.picoseconds[i];
  return *this;
}

LoadMeter::LoadMeter(std::vector<Group> groupList, size_t cores)
    : prices(std::begin(kCostProfiles), std::end(kCostProfiles)),
      groups(std::move(groupList)), before(groups.size()), loads(cores) {}

void LoadMeter::afterStep(const std::vector<GroupCounters> &counters) {
  std::fill(loads.begin(), loads.end(), CoreLoad());
  for (size_t i = 0; i < groups.size(); ++i) {
    const GroupCounters &now = counters[i];
    GroupCounters &old = before[i];
    CoreLoad &load = loads[groups[i].core];
    uint64_t active = now.activeNeuronUpdates - old.activeNeuronUpdates;
    load.idleUpdates += now.neuronUpdates - old.neuronUpdates - active;
    load.instructions += active * groups[i].instructions;
    load.synapticOperations += now.synapticOperations - old.synapticOperations;
    load.spikes += now.spikes - old.spikes;
    load.learningUpdates += now.learningUpdates - old.learningUpdates;
    old = now;
  }
  BusiestCore step;
  for (const CoreLoad &load : loads) {
    auto raise = [](uint64_t &most, uint64_t value) {
      most = std::max(most, value);
    };
    raise(step.synapticOperations, load.synapticOperations);
    raise(step.instructions, load.instructions);
    raise(step.spikes, load.spikes);
    raise(step.learningUpdates, load.learningUpdates);
    for (size_t i = 0; i < kNumCostProfiles; ++i)
      raise(step.picoseconds[i], prices[i].timeOf(load));
  }
  for (size_t i = 0; i < kNumCostProfiles; ++i)
    step.picoseconds[i] += prices[i].barrier;
  total += step;
}
