//===- ReferenceLearning.h - the learning engine, executed plainly -*- C++ -*-//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/spec/learning.md for the reference engine, written from the text alone:
// nothing is shared with what the fast engine runs but the random generators.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_REFERENCELEARNING_H
#define NEURO_LIB_RUNTIME_REFERENCELEARNING_H

#include "NumpyRandom.h"

#include "neuro/Runtime/Engine.h"
#include "neuro/Target/Binary/nrb_generated.h"

#include <array>
#include <map>
#include <vector>

namespace neuro::runtime::reference {

/// A synapse of the learning engine.
struct PlasticSynapse {
  uint32_t group, neuron; // the post neuron; groups count through all cores
  int32_t weight, delay, tag;
};

/// What a post neuron did in a step.
struct Activity {
  int32_t y[3] = {0, 0, 0};
  bool y0 = false, fired = false;
};

/// Traces of one side: x1 x2, or y1 y2 y3.
struct Side {
  std::array<int32_t, 3> value = {};
  std::array<bool, 3> limited = {}; // the marks of L-4
  unsigned time = 0;                // L-8: of the last spike in the epoch
  std::vector<std::array<int32_t, 3>> history; // after times 1, 2, ...
};

/// An input axon with a rule.
struct PlasticAxon {
  uint32_t core, number;
  const nrb::SynapseFormat *format;
  uint32_t population = 0, neuron = 0; // the sender of L-10
  std::vector<PlasticSynapse> synapses, initial;
  Side pre;
  // Of this step, set by whoever delivers.
  bool spiked = false;
  int64_t payload = 0;
};

/// A post neuron as one rule sees it.
struct Post {
  uint32_t population, identity;
  Side side;
  Activity before; // the step before
};

/// A rule of a core.
struct PlasticRule {
  const nrb::Rule *table;
  uint32_t core, number;
  std::vector<PlasticAxon *> axons;
  std::map<std::pair<uint32_t, uint32_t>, Post> posts; // by group, neuron
  // L-14.
  NumpyRandom decayStream[2], impulseStream[2], variableStream;
  double decayRandom[2] = {0, 0}, variableRandom = 0;
  int32_t impulseRandom[2] = {0, 0};
};

class Learning {
public:
  explicit Learning(const nrb::Binary &binary);

  void reset();
  /// Called after the programs have run. `activity` holds what the neurons of
  /// each group did. Without `on`, traces evolve and no synapse changes.
  void step(uint32_t step, bool on,
            const std::vector<std::vector<Activity>> &activity,
            std::vector<GroupCounters> &counters);

  /// Null for an axon without a rule.
  PlasticAxon *find(uint32_t core, uint32_t axon);
  const PlasticAxon *find(uint32_t core, uint32_t axon) const;
  const Post &post(uint32_t core, uint32_t rule, uint32_t group,
                   uint32_t neuron) const;
  /// L-15: the delay that acts on a spike that arrives now. `synapse` is the
  /// index within the axon.
  uint32_t actingDelay(const PlasticAxon &axon, size_t synapse) const;

  /// `step` is the next one to run.
  void save(EngineState &state, uint32_t step) const;
  void load(const EngineState &state);

private:
  struct Variables {
    int64_t w, d, t;
  };
  struct Sum {
    int64_t acc;
    bool visited, limited;
  };

  void tracesOfPre(const nrb::Rule &rule, PlasticAxon &axon, uint32_t step);
  void tracesOfPost(const nrb::Rule &rule, Post &post, const Activity &now,
                    uint32_t step);
  void decay(Side &side, unsigned index, const nrb::TraceConfig *config,
             uint32_t step, uint32_t population, uint32_t neuron,
             unsigned number) const;
  int64_t impulse(const nrb::TraceConfig *config, uint32_t step,
                  uint32_t population, uint32_t neuron, unsigned number) const;
  Sum accumulate(const nrb::RuleTerm &term, const nrb::Rule &rule,
                 const PlasticAxon &axon, const Side &post,
                 const Variables &old, bool u) const;
  void update(PlasticRule &rule, uint32_t step, bool u,
              std::vector<GroupCounters> &counters);
  int64_t round(const PlasticRule &rule, const PlasticAxon &axon,
                const Post &post, nrb::RuleTarget target, int64_t acc,
                uint32_t step) const;
  int64_t keep(const PlasticAxon &axon, nrb::RuleTarget target,
               int64_t value) const;

  void lavaStep(PlasticRule &rule, uint32_t step, bool on,
                const std::vector<std::vector<Activity>> &activity,
                std::vector<GroupCounters> &counters);
  void lavaReceive(const nrb::Rule &rule, PlasticAxon &axon, unsigned k);
  void lavaDraw(PlasticRule &rule);
  void lavaHistory(const PlasticRule &rule, Side &side, unsigned which,
                   std::vector<const nrb::TraceConfig *> configs, bool holds);

  const nrb::Binary &binary;
  bool lava;
  std::map<std::pair<uint32_t, uint32_t>, PlasticAxon> axons;
  std::vector<PlasticRule> rules; // by core, number
};

} // namespace neuro::runtime::reference

#endif // NEURO_LIB_RUNTIME_REFERENCELEARNING_H
