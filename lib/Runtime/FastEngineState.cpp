//===- FastEngineState.cpp - what the fast engine shows and saves ---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decode.h"
#include "FastEngine.h"

#include "neuro/Runtime/State.h"

#include <algorithm>
#include <array>
#include <map>

using namespace neuro;
using namespace neuro::runtime;

void FastEngine::saveState(EngineState &saved, uint32_t step) const {
  for (uint32_t i = 0; i < plan.groups.size(); ++i) {
    const PlanGroup &group = plan.groups[i];
    for (unsigned field = 0; field < group.numState; ++field) {
      const int32_t *from =
          state.data() + group.state + uint64_t(field) * group.stride;
      saved.fields.insert(saved.fields.end(), from, from + group.count);
    }
    saved.quiet.push_back(quiet[i] != 0);
  }
  for (const PlasticSynapse &synapse : plan.plasticSynapses)
    saved.weights.push_back(plasticWeights[synapse.weight]);
  for (uint32_t i = 0; i < plastic.size(); ++i) {
    const PlanRule &rule = plan.rules[plan.plasticAxons[i].rule];
    const PlasticState &pre = plastic[i];
    EngineState::Traces traces;
    if (rule.hold1) {
      traces.x1 = pre.x1;
      traces.x1Limited = pre.x1Limited;
    }
    if (rule.hold2) {
      traces.x2 = pre.x2;
      traces.x2Limited = pre.x2Limited;
    }
    saved.traces.push_back(traces);
  }
  // A spike is under way as long as the last piece of its axon waits for it.
  std::vector<EngineState::Spike> lastPiece(plan.axons.size());
  for (uint32_t core = 0; core < plan.firstAxon.size(); ++core) {
    uint32_t count = sizeOfVector(binary.cores()->Get(core)->axons_in());
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t axon = plan.firstAxon[core] + i;
      for (uint32_t j = plan.axonPieces[axon]; j < plan.axonPieces[axon + 1];
           ++j)
        lastPiece[j] = {j + 1 == plan.axonPieces[axon + 1], core, i, 0};
    }
  }
  for (uint32_t ahead = 0; ahead <= ringMask; ++ahead)
    for (const Event &event : ring[(step + ahead) & ringMask]) {
      EngineState::Spike spike = lastPiece[event.axon];
      if (!spike.sent)
        continue;
      spike.sent = step + ahead - 1 - plan.axons[event.axon].delay;
      spike.payload = event.payload;
      saved.spikes.push_back(spike);
    }
  std::sort(saved.spikes.begin(), saved.spikes.end());
  if (general)
    saved.rules = general->save(step);
  std::map<std::array<uint32_t, 4>, EngineState::Pending> awaited;
  for (uint32_t ahead = 0; ahead < pending.size(); ++ahead)
    for (const Pending &entry : pending[(step + ahead) % kDelaySlots]) {
      const PlanAccumulator &accumulator = plan.accumulators[entry.accumulator];
      uint32_t dendrite =
          entry.accumulator - plan.groups[accumulator.group].accumulators;
      uint32_t neuron = entry.position - accumulator.offset;
      EngineState::Pending &sum =
          awaited[{step + ahead, accumulator.group, dendrite, neuron}];
      sum = {step + ahead,
             accumulator.group,
             dendrite,
             neuron,
             sum.synapses + entry.synapses,
             sum.sum + entry.sum};
    }
  for (const auto &entry : awaited)
    saved.pending.push_back(entry.second);
}

void FastEngine::loadState(const EngineState &saved) {
  if (general)
    general->load(saved.rules, *this);
  for (const EngineState::Pending &entry : saved.pending) {
    uint32_t id = plan.groups[entry.group].accumulators + entry.dendrite;
    if (!pending.empty())
      pending[entry.step % kDelaySlots].push_back(
          {id, plan.accumulators[id].offset + entry.neuron, entry.synapses,
           entry.sum});
  }
  const int32_t *field = saved.fields.data();
  for (uint32_t i = 0; i < plan.groups.size(); ++i) {
    const PlanGroup &group = plan.groups[i];
    for (unsigned j = 0; j < group.numState; ++j, field += group.count)
      std::copy_n(field, group.count,
                  state.data() + group.state + uint64_t(j) * group.stride);
    quiet[i] = saved.quiet[i] ? kClaimedQuiet : 0;
  }
  for (uint32_t i = 0; i < plan.plasticSynapses.size(); ++i)
    plasticWeights[plan.plasticSynapses[i].weight] = int16_t(saved.weights[i]);
  for (uint32_t i = 0; i < plastic.size(); ++i) {
    plastic[i].x1 = saved.traces[i].x1;
    plastic[i].x2 = saved.traces[i].x2;
    plastic[i].x1Limited = saved.traces[i].x1Limited;
    plastic[i].x2Limited = saved.traces[i].x2Limited;
  }
  for (const EngineState::Spike &spike : saved.spikes) {
    uint32_t axon = plan.firstAxon[spike.core] + spike.axon;
    for (uint32_t i = plan.axonPieces[axon]; i < plan.axonPieces[axon + 1];
         ++i) {
      uint64_t arrival = uint64_t(spike.sent) + 1 + plan.axons[i].delay;
      if (arrival >= saved.step && arrival - saved.step <= ringMask)
        ring[arrival & ringMask].push_back({i, spike.payload});
    }
  }
}

void FastEngine::readSpikes(uint32_t index, int32_t *payload,
                            uint8_t *flags) const {
  const PlanGroup &group = plan.groups[index];
  for (uint32_t i = 0; i < group.count; ++i) {
    payload[i] = payloads[group.first + i];
    flags[i] = fired[group.first + i] != 0;
  }
}

void FastEngine::readState(uint32_t index, unsigned field,
                           int32_t *values) const {
  const PlanGroup &group = plan.groups[index];
  std::memcpy(values,
              state.data() + group.state + uint64_t(field) * group.stride,
              group.count * sizeof(int32_t));
}

void FastEngine::readDendrites(uint32_t index, unsigned dendrite,
                               int32_t *values) const {
  const PlanGroup &group = plan.groups[index];
  const PlanAccumulator &accumulator =
      plan.accumulators[group.accumulators + dendrite];
  std::copy_n(keptDendrites.begin() + accumulator.offset, group.count, values);
}

void FastEngine::readSynapses(uint32_t core, uint32_t axon,
                              SynapseVariable variable,
                              std::vector<int32_t> &values) const {
  values.clear();
  const nrb::Core &table = *binary.cores()->Get(core);
  const nrb::AxonIn &in = *table.axons_in()->Get(axon);
  bool isPlastic = table.formats()->Get(in.format())->rule() >= 0;
  std::vector<GeneralLearning::SynapseView> views;
  if (isPlastic && variable == SynapseVariable::Weight) {
    const PlasticAxon &plasticTable =
        plan.plasticAxons[plasticAxon(core, axon)];
    for (uint32_t i = 0; i < plasticTable.numSynapses; ++i)
      values.push_back(
          plasticWeights[plan.plasticSynapses[plasticTable.synapses + i]
                             .weight]);
  } else if (general && general->readSynapses(core, axon, views)) {
    for (const GeneralLearning::SynapseView &view : views)
      values.push_back(variable == SynapseVariable::Delay ? view.delay
                                                          : view.tag);
  } else {
    // What no rule changes is in the file.
    visitSynapses(table, in, [&](const DecodedSynapse &synapse) {
      values.push_back(variable == SynapseVariable::Weight ? synapse.weight
                       : variable == SynapseVariable::Delay
                           ? int32_t(synapse.delay)
                           : int32_t(synapse.tag));
    });
  }
}

void FastEngine::readPreTraces(uint32_t core, uint32_t axon,
                               int32_t *values) const {
  if (const int32_t *x = general ? general->preTraces(core, axon) : nullptr) {
    std::copy_n(x, 2, values);
    return;
  }
  uint32_t index = plasticAxon(core, axon);
  const PlanRule &rule = plan.rules[plan.plasticAxons[index].rule];
  const PlasticState &pre = plastic[index];
  bool fresh = pre.traceStep == currentStep;
  values[0] = rule.hold1 || fresh ? pre.x1 : 0;
  values[1] = rule.hold2 || fresh ? pre.x2 : 0;
}

void FastEngine::readPostTraces(uint32_t core, uint32_t rule, uint32_t group,
                                uint32_t neuron, int32_t *values) const {
  const int32_t *y =
      general ? general->postTraces(core, rule, group, neuron) : nullptr;
  uint32_t position = plan.groups[group].first + neuron;
  for (unsigned i = 0; i < 3; ++i)
    values[i] = y ? y[i] : exported[i][position];
}
