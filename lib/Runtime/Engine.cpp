//===- Engine.cpp - drives one sequence -----------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Engine.h"
#include "neuro/Runtime/State.h"

#include "Decode.h"

#include <algorithm>

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
                         const StepObserver &observer,
                         const EngineState *resume, EngineState *save) {
  const nrb::Timing &timing = *binary.timing();
  uint32_t period = input.spacing ? input.spacing : timing.period();
  uint32_t numInputs = sizeOfVector(binary.inputs());
  uint32_t numOutputs = sizeOfVector(binary.outputs());
  outputs.assign(numOutputs, {});
  traceEntries.clear();
  reset();
  uint32_t first = resume ? resume->step : 0;
  if (resume)
    loadState(*resume);
  uint32_t boundary = input.tokens * period;
  size_t nextHostSpike = 0; // of those that an earlier run left to send
  auto sendPort = [&](uint32_t index, uint32_t token, auto send) {
    const nrb::InputPort &port = *binary.inputs()->Get(index);
    const std::vector<int32_t> &values = input.ports[index];
    if (port.kind() == nrb::InputKind::tick) {
      send(0, 1);
    } else if (port.kind() == nrb::InputKind::one_hot) {
      send(uint32_t(values[token]), 1);
    } else {
      const int32_t *row = &values[size_t(token) * port.width()];
      for (uint32_t j = 0; j < port.width(); ++j)
        if (row[j])
          send(j, port.payload_bits() ? row[j] : 1);
    }
  };
  auto saveAt = [&](uint32_t relative) {
    if (!save || relative != boundary)
      return;
    *save = EngineState();
    save->step = first + relative;
    saveState(*save, save->step);
    if (resume)
      save->hostSpikes.assign(resume->hostSpikes.begin() +
                                  ptrdiff_t(nextHostSpike),
                              resume->hostSpikes.end());
    for (uint32_t i = 0; i < numInputs; ++i) {
      uint32_t offset = binary.inputs()->Get(i)->offset();
      for (uint32_t token = input.tokens;
           token-- && token * period + offset >= boundary;)
        sendPort(i, token, [&](uint32_t neuron, int32_t payload) {
          save->hostSpikes.push_back(
              {first + token * period + offset, i, neuron, payload});
        });
    }
    std::sort(save->hostSpikes.begin(), save->hostSpikes.end());
  };
  saveAt(0);
  if (input.tokens == 0)
    return;

  uint32_t steps = (input.tokens - 1) * period + timing.latency() + 1;
  // M5: which token a port with this offset handles in this step, or -1.
  auto tokenAt = [&](uint32_t step, uint32_t offset) -> int64_t {
    if (step < offset || (step - offset) % period != 0)
      return -1;
    uint32_t token = (step - offset) / period;
    return token < input.tokens ? int64_t(token) : -1;
  };
  // After the boundary a run goes on only to read what is still under way.
  uint32_t end = save ? std::max(steps, boundary) : steps;
  for (uint32_t relative = 0; relative < end; ++relative) {
    uint32_t step = first + relative;
    if (relative)
      saveAt(relative);
    runStep(step);
    for (uint32_t i = 0; i < numInputs; ++i) {
      const nrb::InputPort &port = *binary.inputs()->Get(i);
      int64_t token = tokenAt(relative, port.offset());
      if (token >= 0)
        sendPort(i, uint32_t(token), [&](uint32_t neuron, int32_t payload) {
          ++numHostSpikes;
          sendHost(i, neuron, payload, step);
        });
    }
    for (; resume && nextHostSpike < resume->hostSpikes.size() &&
           resume->hostSpikes[nextHostSpike].step == step;
         ++nextHostSpike) {
      const EngineState::HostSpike &spike = resume->hostSpikes[nextHostSpike];
      ++numHostSpikes;
      sendHost(spike.port, spike.neuron, spike.payload, step);
    }
    for (uint32_t i = 0; i < numOutputs; ++i) {
      const nrb::OutputPort &port = *binary.outputs()->Get(i);
      int64_t token = tokenAt(relative, port.offset());
      if (token < 0 || (port.time_axis() < 0 && token + 1 != input.tokens))
        continue;
      for (const nrb::NeuronRef *ref : *port.elements())
        outputs[i].push_back(sentPayload(ref->core(), ref->neuron()));
    }
    ++numSteps;
    if (observer && relative < steps)
      observer(relative);
  }
  if (end == boundary)
    saveAt(boundary);
}
