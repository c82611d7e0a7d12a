//===- Engine.cpp - drives one sequence -----------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Engine.h"

#include "Decode.h"

using namespace neuro;
using namespace neuro::runtime;

GroupCounters &GroupCounters::operator+=(const GroupCounters &other) {
  spikes += other.spikes;
  synapticOperations += other.synapticOperations;
  neuronUpdates += other.neuronUpdates;
  activeNeuronUpdates += other.activeNeuronUpdates;
  learningUpdates += other.learningUpdates;
  dendriteWraps += other.dendriteWraps;
  registerWraps += other.registerWraps;
  saturations += other.saturations;
  learningSaturations += other.learningSaturations;
  return *this;
}

bool GroupCounters::operator==(const GroupCounters &other) const {
  return spikes == other.spikes &&
         synapticOperations == other.synapticOperations &&
         neuronUpdates == other.neuronUpdates &&
         activeNeuronUpdates == other.activeNeuronUpdates &&
         learningUpdates == other.learningUpdates &&
         dendriteWraps == other.dendriteWraps &&
         registerWraps == other.registerWraps &&
         saturations == other.saturations &&
         learningSaturations == other.learningSaturations;
}

Engine::Engine(const nrb::Binary &binary) : binary(binary) {
  size_t groups = 0;
  for (uint32_t i = 0; i < sizeOfVector(binary.cores()); ++i)
    groups += sizeOfVector(binary.cores()->Get(i)->groups());
  groupCounters.resize(groups);
}

Engine::~Engine() = default;

void Engine::runSequence(const SequenceInput &input,
                         std::vector<std::vector<int32_t>> &outputs,
                         const StepObserver &observer) {
  const nrb::Timing &timing = *binary.timing();
  uint32_t numInputs = sizeOfVector(binary.inputs());
  uint32_t numOutputs = sizeOfVector(binary.outputs());
  outputs.assign(numOutputs, {});
  traceEntries.clear();
  reset();
  if (input.tokens == 0)
    return;

  uint32_t steps = (input.tokens - 1) * timing.period() + timing.latency() + 1;
  // M5: which token a port with this offset handles in this step, or -1.
  auto tokenAt = [&](uint32_t step, uint32_t offset) -> int64_t {
    if (step < offset || (step - offset) % timing.period() != 0)
      return -1;
    uint32_t token = (step - offset) / timing.period();
    return token < input.tokens ? int64_t(token) : -1;
  };
  for (uint32_t step = 0; step < steps; ++step) {
    runStep(step);
    for (uint32_t i = 0; i < numInputs; ++i) {
      const nrb::InputPort &port = *binary.inputs()->Get(i);
      int64_t token = tokenAt(step, port.offset());
      if (token < 0)
        continue;
      auto send = [&](uint32_t neuron, int32_t payload) {
        ++numHostSpikes;
        sendHost(i, neuron, port.payload_bits() ? payload : 1, step);
      };
      const std::vector<int32_t> &values = input.ports[i];
      if (port.kind() == nrb::InputKind::tick) {
        send(0, 1);
      } else if (port.kind() == nrb::InputKind::one_hot) {
        send(uint32_t(values[size_t(token)]), 1);
      } else {
        const int32_t *row = &values[size_t(token) * port.width()];
        for (uint32_t j = 0; j < port.width(); ++j)
          if (row[j])
            send(j, row[j]);
      }
    }
    for (uint32_t i = 0; i < numOutputs; ++i) {
      const nrb::OutputPort &port = *binary.outputs()->Get(i);
      int64_t token = tokenAt(step, port.offset());
      if (token < 0 || (port.time_axis() < 0 && token + 1 != input.tokens))
        continue;
      for (const nrb::NeuronRef *ref : *port.elements())
        outputs[i].push_back(sentPayload(ref->core(), ref->neuron()));
    }
    ++numSteps;
    if (observer)
      observer(step);
  }
}
