//===- FastEngine.h - event-driven, across neurons --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_FASTENGINE_H
#define NEURO_LIB_RUNTIME_FASTENGINE_H

#include "GeneralLearning.h"
#include "Plan.h"

#include "neuro/Runtime/Engine.h"

namespace neuro::runtime {

struct Event {
  uint32_t axon;
  int32_t payload;
};

// L-15: what delayed plastic synapses add to a dendrite.
struct Pending {
  uint32_t accumulator, position; // position in the accumulators
  uint32_t synapses;              // visited
  int64_t sum;
};
// A group that a saved state calls idle: its next update is run all the same,
// for nobody has looked yet whether it acts.
constexpr uint8_t kClaimedQuiet = 2;
constexpr uint32_t kDelaySlots = 64; // more than the longest delay

struct PlasticState {
  int64_t received = 0; // in this step
  uint32_t spikes = 0;
  bool x0 = false;
  uint8_t x1 = 0, x2 = 0;
  bool x1Limited = false, x2Limited = false;
  // Unless held, a trace counts in the step that set it only.
  uint32_t traceStep = UINT32_MAX;
};

class FastEngine : public Engine, GeneralLearning::Host {
public:
  FastEngine(const nrb::Binary &binary, std::shared_ptr<const Plan> shared,
             const KernelTable &kernels, unsigned chunk);

  void readSpikes(uint32_t group, int32_t *payload,
                  uint8_t *fired) const override;
  void readState(uint32_t group, unsigned field,
                 int32_t *values) const override;
  void readDendrites(uint32_t group, unsigned dendrite,
                     int32_t *values) const override;
  void readSynapses(uint32_t core, uint32_t axon, SynapseVariable variable,
                    std::vector<int32_t> &values) const override;
  void readPreTraces(uint32_t core, uint32_t axon,
                     int32_t *values) const override;
  void readPostTraces(uint32_t core, uint32_t rule, uint32_t group,
                      uint32_t neuron, int32_t *values) const override;

protected:
  void reset() override;
  void saveState(EngineState &saved, uint32_t step) const override;
  void loadState(const EngineState &saved) override;
  void runStep(uint32_t step) override;
  void sendHost(uint32_t port, uint32_t neuron, int32_t payload,
                uint32_t step) override;
  int32_t sentPayload(uint32_t core, uint32_t neuron) const override {
    return payloads[plan.neuronPosition(core, neuron)];
  }

private:
  void send(uint32_t axon, int32_t payload, uint32_t step) {
    ring[(step + 1 + plan.axons[axon].delay) & ringMask].push_back(
        {axon, payload});
  }
  void deliver(uint32_t step);
  void deliverDelayed(uint32_t step);
  void announce(const PlanAxon &axon, uint64_t magnitude);
  void announce(uint32_t accumulator, uint64_t magnitude);
  void accumulate(const PlanAxon &axon, const int16_t *weights,
                  int64_t payload);
  void finishAccumulators();
  void clearAccumulators();
  void runGroup(uint32_t group, uint32_t step);
  void setSources(const PlanGroup &group, uint32_t begin);
  void learn(uint32_t step);
  void updateTraces(uint32_t axon, uint32_t step);
  void learnAxon(uint32_t axon, uint32_t step, bool u);
  void updateSynapse(const PlasticSynapse &synapse, uint32_t group,
                     uint32_t step, bool u);
  uint32_t plasticAxon(uint32_t core, uint32_t axon) const {
    uint32_t piece = plan.axonPieces[plan.firstAxon[core] + axon];
    return uint32_t(plan.axons[piece].plastic);
  }
  bool received(uint32_t core, uint32_t axon, int64_t &payload) const override {
    const PlasticState &pre = plastic[plasticAxon(core, axon)];
    payload = pre.received;
    return pre.x0;
  }
  GeneralLearning::Post post(uint32_t group, uint32_t neuron) const override {
    uint32_t at = plan.groups[group].first + neuron;
    return {{exported[0][at], exported[1][at], exported[2][at]},
            exported[3][at] != 0,
            fired[at] != 0};
  }
  const PlasticSynapse &synapseOf(uint32_t core, uint32_t axon,
                                  uint32_t synapse) const {
    uint32_t first = plan.plasticAxons[plasticAxon(core, axon)].synapses;
    return plan.plasticSynapses[first + synapse];
  }
  int32_t weight(uint32_t core, uint32_t axon,
                 uint32_t synapse) const override {
    return plasticWeights[synapseOf(core, axon, synapse).weight];
  }
  void setWeight(uint32_t core, uint32_t axon, uint32_t synapse,
                 int32_t value) override {
    plasticWeights[synapseOf(core, axon, synapse).weight] = int16_t(value);
  }
  void setDelay(uint32_t core, uint32_t axon, uint32_t synapse,
                uint32_t value) override {
    const PlasticAxon &table = plan.plasticAxons[plasticAxon(core, axon)];
    if (table.delayed)
      plasticDelays[table.synapses + synapse] = uint8_t(value);
  }
  static void fillRandom(void *self, unsigned draw, int32_t *values);
  static void probe(void *self, const int32_t *values, const int32_t *mask);

  std::shared_ptr<const Plan> shared;
  const Plan &plan;
  const KernelTable &kernels;
  unsigned chunk; // neurons that a kernel runs over at a time

  std::vector<std::vector<Event>> ring;
  uint32_t ringMask;
  AlignedBuffer<int32_t> sums; // then the dendrites
  AlignedBuffer<int64_t> wideSums;
  std::vector<int32_t> keptDendrites; // like `sums`, for probes
  std::vector<uint64_t> bounds;       // of |sum|, per accumulator
  std::vector<uint8_t> touched;
  std::vector<uint32_t> touchedList;
  std::vector<uint8_t> nonzero; // per group: some dendrite is not 0

  AlignedBuffer<int32_t> state;
  AlignedBuffer<int32_t> payloads, fired; // of this step, per neuron
  AlignedBuffer<int32_t> exported[4];
  std::vector<uint8_t> quiet, sent, exporting;

  AlignedBuffer<int16_t> plasticWeights;
  std::vector<uint8_t> plasticDelays;
  std::vector<std::vector<Pending>> pending; // by step modulo kDelaySlots
  std::vector<PlasticState> plastic;
  std::vector<uint32_t> spiked;  // plastic axons of this step
  std::vector<uint32_t> groupOf; // of a neuron position
  std::unique_ptr<GeneralLearning> general;

  ChunkContext context = {};
  AlignedBuffer<int32_t> scratch;
  // The chunk under way, for the callbacks.
  uint32_t currentGroup = 0, currentBegin = 0, currentStep = 0;
};

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_FASTENGINE_H
