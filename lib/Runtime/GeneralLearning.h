//===- GeneralLearning.h - every learning rule, synapse by synapse -*- C++ -*-//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rules that an engine does not handle itself: longer epochs, decaying and
// post-synaptic traces, tags, learned delays, random rounding, the mode
// lava_compat (docs/spec/learning.md, L-8 to L-15).
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_GENERALLEARNING_H
#define NEURO_LIB_RUNTIME_GENERALLEARNING_H

#include "NumpyRandom.h"

#include "neuro/Runtime/Engine.h"
#include "neuro/Runtime/State.h"
#include "neuro/Target/Binary/nrb_generated.h"

#include <array>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

namespace neuro::runtime {

/// Whether a rule needs GeneralLearning.
bool isGeneralRule(const nrb::Binary &binary, const nrb::Rule &rule);

class GeneralLearning {
public:
  struct Post {
    int32_t y[3];
    bool y0, fired;
  };
  /// What the engine knows and keeps. Axons are those of the file.
  class Host {
  public:
    virtual ~Host() = default;
    /// Whether the axon received spikes in this step, and their sum.
    virtual bool received(uint32_t core, uint32_t axon,
                          int64_t &payload) const = 0;
    /// What a neuron did in this step. `group` counts through all cores.
    virtual Post post(uint32_t group, uint32_t neuron) const = 0;
    virtual int32_t weight(uint32_t core, uint32_t axon,
                           uint32_t synapse) const = 0;
    virtual void setWeight(uint32_t core, uint32_t axon, uint32_t synapse,
                           int32_t value) = 0;
    /// L-15: the delay that acts on the spikes of the next steps.
    virtual void setDelay(uint32_t core, uint32_t axon, uint32_t synapse,
                          uint32_t value) = 0;
  };

  /// Null when every rule is simple.
  static std::unique_ptr<GeneralLearning> create(const nrb::Binary &binary);

  void reset();
  void runStep(Host &host, uint32_t step, bool learning,
               std::vector<GroupCounters> &counters);

  /// `step`: the next one to run.
  std::vector<RuleState> save(uint32_t step) const;
  /// What these states, of the sizes that save() gives, cannot be; or null.
  const char *check(const std::vector<RuleState> &states) const;
  /// After reset(). The states fit the binary.
  void load(const std::vector<RuleState> &states, Host &host);

  // For probes. Null or false when no general rule has this axon or neuron.
  /// What the rule holds beside the weight.
  struct SynapseView {
    int32_t delay, tag;
  };
  bool readSynapses(uint32_t core, uint32_t axon,
                    std::vector<SynapseView> &values) const;
  const int32_t *preTraces(uint32_t core, uint32_t axon) const;
  const int32_t *postTraces(uint32_t core, uint32_t rule, uint32_t group,
                            uint32_t neuron) const;

private:
  struct Synapse {
    uint32_t group, post; // post: index into Instance::posts
    int32_t delay, initialDelay;
    int32_t tag, initialTag;
  };
  struct Axon {
    uint32_t core, axon, dendrite;
    uint32_t population = 0, neuron = 0; // of the sender
    nrb::SignMode sign;
    unsigned stepShift;
    int32_t maxDelay; // L-15
    std::vector<Synapse> synapses;
    int32_t x[2] = {0, 0};
    bool limited[2] = {false, false};
    uint8_t time = 0; // of the last spike in the epoch, 0: none
    std::vector<int32_t> history[2];
  };
  struct Neuron {
    uint32_t group, neuron;
    uint32_t population, identity;
    int32_t y[3] = {0, 0, 0};
    uint8_t time = 0;
    std::vector<int32_t> history[3];
    Post last = {{0, 0, 0}, false, false}; // of the previous step
  };
  struct Trace {
    int32_t impulse = 0, fraction = 0;
    uint32_t tau = 0;
    uint32_t factor = 0; // 2^16 e^(-1/tau)
  };
  /// A rule of a core.
  struct Instance {
    const nrb::Rule *rule;
    uint32_t core, number;
    Trace traces[5];
    std::vector<Axon> axons;
    std::vector<Neuron> posts;
    // lava_compat: decay and impulses of x, then of y; weights.
    NumpyRandom streams[5];
    double decayRandom[2] = {0, 0}, weightRandom = 0;
    int32_t impulseRandom[2] = {0, 0};
  };

  explicit GeneralLearning(const nrb::Binary &binary);
  void strictTraces(Instance &instance, Host &host, uint32_t step, unsigned k);
  void compatSpikes(Instance &instance, Host &host, unsigned k);
  void compatHistories(Instance &instance);
  void learn(Instance &instance, Host &host, uint32_t step, bool u,
             std::vector<GroupCounters> &counters);
  static std::vector<const Neuron *> inOrder(const Instance &instance);
  void drawTraceRandoms(Instance &instance, unsigned side);
  bool learnSynapse(const Instance &instance, Axon &axon, Synapse &synapse,
                    const std::array<uint32_t, 3> &draws, uint32_t step, bool u,
                    int32_t &weight, bool &limited) const;
  int64_t evaluate(const nrb::Product &product, const Axon &axon,
                   const Neuron &post, unsigned time,
                   const std::array<int32_t, 3> &variables,
                   bool &limited) const;
  int32_t decay(const Trace &trace, int32_t value, uint32_t step,
                uint32_t population, uint32_t neuron, unsigned which) const;
  int32_t impulse(const Trace &trace, uint32_t step, uint32_t population,
                  uint32_t neuron, unsigned which) const;

  const nrb::Binary &binary;
  bool compat;
  std::vector<Instance> instances;
  /// Core, axon -> instance, its axon.
  std::map<std::pair<uint32_t, uint32_t>, std::pair<uint32_t, uint32_t>> places;
  /// Core, rule, group, neuron -> instance, its post neuron.
  std::map<std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>,
           std::pair<uint32_t, uint32_t>>
      postPlaces;
};

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_GENERALLEARNING_H
