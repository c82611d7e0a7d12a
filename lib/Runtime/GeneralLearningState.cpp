//===- GeneralLearningState.cpp - what the learning engine shows and saves ===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decode.h"
#include "GeneralLearning.h"

#include <algorithm>

using namespace neuro;
using namespace neuro::runtime;

const char *GeneralLearning::check(const std::vector<RuleState> &states) const {
  auto isTrace = [&](int32_t value) {
    return value >= 0 && value <= (compat ? 255 : 127);
  };
  auto changes = [](const nrb::Rule &rule, nrb::RuleTarget target) {
    for (uint32_t i = 0; i < sizeOfVector(rule.terms()); ++i)
      if (rule.terms()->Get(i)->target() == target)
        return true;
    return false;
  };
  auto isUnit = [](double value) { return value >= 0 && value < 1; };
  bool traces = true, times = true, delays = true, tags = true, random = true;
  for (size_t number = 0; number < instances.size(); ++number) {
    const Instance &instance = instances[number];
    const RuleState &state = states[number];
    bool newDelays = changes(*instance.rule, nrb::RuleTarget::delay);
    bool newTags = changes(*instance.rule, nrb::RuleTarget::tag);
    for (size_t a = 0; a < instance.axons.size(); ++a) {
      const RuleState::Pre &pre = state.pres[a];
      const std::vector<Synapse> &synapses = instance.axons[a].synapses;
      times &= pre.time <= instance.rule->epoch();
      for (unsigned i = 0; i < 2; ++i) {
        traces &= isTrace(pre.x[i]);
        for (int32_t value : pre.history[i])
          traces &= isTrace(value);
      }
      for (size_t i = 0; i < synapses.size(); ++i) {
        int32_t delay = pre.delays[i], tag = pre.tags[i];
        delays &= newDelays ? delay >= 0 && delay <= instance.axons[a].maxDelay
                            : delay == synapses[i].initialDelay;
        tags &=
            newTags ? tag >= -257 && tag <= 255 : tag == synapses[i].initialTag;
      }
    }
    for (const RuleState::Post &post : state.posts) {
      times &= post.time <= instance.rule->epoch();
      for (unsigned i = 0; i < 3; ++i) {
        traces &= isTrace(post.y[i]) && isTrace(post.lastY[i]);
        for (int32_t value : post.history[i])
          traces &= isTrace(value);
      }
    }
    for (unsigned i = 0; i < 2; ++i)
      random &= isUnit(state.decayRandom[i]) && state.impulseRandom[i] >= 0 &&
                state.impulseRandom[i] < 128;
    random &= isUnit(state.variableRandom);
  }
  return !traces   ? "a trace is out of its range"
         : !times  ? "a spike lies outside its epoch"
         : !delays ? "a delay is one that its synapse cannot have"
         : !tags   ? "a tag is one that its synapse cannot have"
         : !random ? "a random number is out of its range"
                   : nullptr;
}

std::vector<RuleState> GeneralLearning::save(uint32_t step) const {
  std::vector<RuleState> states;
  for (const Instance &instance : instances) {
    RuleState state = {};
    // What the epoch has not reached yet is 0; L-14 rebuilds its histories.
    uint32_t passed = compat ? 0 : step % instance.rule->epoch();
    auto copyHistory = [&](const std::vector<int32_t> &from,
                           std::vector<int32_t> &to) {
      to.assign(from.begin() + 1, from.end());
      std::fill(to.begin() + passed, to.end(), 0);
    };
    for (const Axon &axon : instance.axons) {
      RuleState::Pre pre = {};
      for (unsigned i = 0; i < 2; ++i) {
        pre.x[i] = axon.x[i];
        pre.limited[i] = axon.limited[i];
        copyHistory(axon.history[i], pre.history[i]);
      }
      pre.time = axon.time;
      for (const Synapse &synapse : axon.synapses) {
        pre.tags.push_back(synapse.tag);
        pre.delays.push_back(synapse.delay);
      }
      state.pres.push_back(std::move(pre));
    }
    state.posts.resize(instance.posts.size());
    size_t next = 0;
    for (const Neuron *neuron : inOrder(instance)) {
      RuleState::Post &post = state.posts[next++];
      for (unsigned i = 0; i < 3; ++i) {
        post.y[i] = neuron->y[i];
        post.lastY[i] = neuron->last.y[i];
        copyHistory(neuron->history[i], post.history[i]);
      }
      post.time = neuron->time;
      post.lastY0 = neuron->last.y0;
      post.lastFired = neuron->last.fired;
    }
    if (compat)
      for (unsigned i = 0; i < 5; ++i)
        state.streams[i] = instance.streams[i].save();
    for (unsigned i = 0; i < 2; ++i) {
      state.decayRandom[i] = instance.decayRandom[i];
      state.impulseRandom[i] = instance.impulseRandom[i];
    }
    state.variableRandom = instance.weightRandom;
    states.push_back(std::move(state));
  }
  return states;
}

void GeneralLearning::load(const std::vector<RuleState> &states, Host &host) {
  for (size_t number = 0; number < instances.size(); ++number) {
    Instance &instance = instances[number];
    const RuleState &state = states[number];
    auto copyHistory = [](const std::vector<int32_t> &from,
                          std::vector<int32_t> &to) {
      std::copy(from.begin(), from.end(), to.begin() + 1);
    };
    for (size_t a = 0; a < instance.axons.size(); ++a) {
      Axon &axon = instance.axons[a];
      const RuleState::Pre &pre = state.pres[a];
      for (unsigned i = 0; i < 2; ++i) {
        axon.x[i] = pre.x[i];
        axon.limited[i] = pre.limited[i];
        copyHistory(pre.history[i], axon.history[i]);
      }
      axon.time = pre.time;
      for (uint32_t s = 0; s < axon.synapses.size(); ++s) {
        axon.synapses[s].tag = pre.tags[s];
        axon.synapses[s].delay = pre.delays[s];
        if (!compat)
          host.setDelay(axon.core, axon.axon, s, uint32_t(pre.delays[s]));
      }
    }
    size_t next = 0;
    for (const Neuron *place : inOrder(instance)) {
      Neuron &neuron = instance.posts[size_t(place - instance.posts.data())];
      const RuleState::Post &post = state.posts[next++];
      for (unsigned i = 0; i < 3; ++i) {
        neuron.y[i] = post.y[i];
        neuron.last.y[i] = post.lastY[i];
        copyHistory(post.history[i], neuron.history[i]);
      }
      neuron.time = post.time;
      neuron.last.y0 = post.lastY0;
      neuron.last.fired = post.lastFired;
    }
    if (compat)
      for (unsigned i = 0; i < 5; ++i)
        instance.streams[i] = NumpyRandom(state.streams[i]);
    for (unsigned i = 0; i < 2; ++i) {
      instance.decayRandom[i] = state.decayRandom[i];
      instance.impulseRandom[i] = state.impulseRandom[i];
    }
    instance.weightRandom = state.variableRandom;
  }
}

// The post neurons by group and neuron.
std::vector<const GeneralLearning::Neuron *>
GeneralLearning::inOrder(const Instance &instance) {
  std::vector<const Neuron *> neurons;
  for (const Neuron &neuron : instance.posts)
    neurons.push_back(&neuron);
  std::sort(
      neurons.begin(), neurons.end(), [](const Neuron *a, const Neuron *b) {
        return std::tie(a->group, a->neuron) < std::tie(b->group, b->neuron);
      });
  return neurons;
}

bool GeneralLearning::readSynapses(uint32_t core, uint32_t axon,
                                   std::vector<SynapseView> &values) const {
  auto found = places.find({core, axon});
  if (found == places.end())
    return false;
  auto [instance, index] = found->second;
  values.clear();
  for (const Synapse &synapse : instances[instance].axons[index].synapses)
    values.push_back({synapse.delay, synapse.tag});
  return true;
}

const int32_t *GeneralLearning::preTraces(uint32_t core, uint32_t axon) const {
  auto found = places.find({core, axon});
  if (found == places.end())
    return nullptr;
  auto [instance, index] = found->second;
  return instances[instance].axons[index].x;
}

const int32_t *GeneralLearning::postTraces(uint32_t core, uint32_t rule,
                                           uint32_t group,
                                           uint32_t neuron) const {
  auto found = postPlaces.find({core, rule, group, neuron});
  if (found == postPlaces.end())
    return nullptr;
  auto [instance, index] = found->second;
  return instances[instance].posts[index].y;
}
