//===- GeneralLearning.cpp - every learning rule, synapse by synapse ------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralLearning.h"

#include "Decode.h"
#include "Philox.h"

#include <algorithm>
#include <cmath>

using namespace neuro;
using namespace neuro::runtime;

namespace {

int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return std::min(std::max(value, low), high);
}

// L-4: half of a payload, rounded half to even.
int64_t halfOf(int64_t payload) {
  int64_t half = payload >> 1;
  return half + ((payload & 1) && (half & 1));
}

// L-10: draws of the engine lie above those of programs (M14).
constexpr uint32_t kTraceDraw = 1u << 16, kSynapseDraw = 1u << 17;
constexpr uint32_t kPortPopulation = 1u << 31;
constexpr int32_t kMaxDelay = 62; // L11

} // namespace

bool neuro::runtime::isGeneralRule(const nrb::Binary &binary,
                                   const nrb::Rule &rule) {
  auto moves = [](const nrb::TraceConfig *trace) {
    return trace && (trace->impulse_fraction() ||
                     (trace->tau() != 0 && trace->tau() != 65535));
  };
  bool general =
      binary.learning_mode() != nrb::LearningMode::strict ||
      rule.epoch() != 1 || !rule.third_factor() || rule.stochastic() ||
      rule.graded_mode() == nrb::GradedTraceMode::add_wrap_impulse_x2 ||
      sizeOfVector(rule.terms()) != 1;
  for (const nrb::TraceConfig *trace :
       {rule.x1(), rule.x2(), rule.y1(), rule.y2(), rule.y3()})
    general |= moves(trace);
  for (uint32_t i = 0; i < sizeOfVector(rule.terms()); ++i) {
    const nrb::RuleTerm &term = *rule.terms()->Get(i);
    general |= term.target() != nrb::RuleTarget::weight;
    for (const nrb::Product *product : *term.products())
      for (uint32_t j = 0; j < sizeOfVector(product->factors()); ++j)
        general |= product->factors()->Get(j)->var() == nrb::FactorVar::d ||
                   product->factors()->Get(j)->var() == nrb::FactorVar::t;
  }
  return general;
}

std::unique_ptr<GeneralLearning>
GeneralLearning::create(const nrb::Binary &binary) {
  std::unique_ptr<GeneralLearning> result(new GeneralLearning(binary));
  if (result->instances.empty())
    return nullptr;
  return result;
}

GeneralLearning::GeneralLearning(const nrb::Binary &binary)
    : binary(binary),
      compat(binary.learning_mode() == nrb::LearningMode::lava_compat) {
  // L-10: the smallest sender of an axon.
  std::map<std::pair<uint32_t, uint32_t>, std::pair<uint32_t, uint32_t>>
      senders;
  auto addSender = [&](const nrb::AxonOut &out, uint32_t population,
                       uint32_t neuron) {
    std::pair<uint32_t, uint32_t> sender(population, neuron);
    auto [entry, isNew] = senders.insert({{out.core(), out.axon()}, sender});
    if (!isNew)
      entry->second = std::min(entry->second, sender);
  };
  uint32_t firstGroup = 0;
  bool any = false;
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->rules()); ++i)
      any |= isGeneralRule(binary, *core->rules()->Get(i));
  if (!any)
    return;
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t i = 0; i < sizeOfVector(core->groups()); ++i) {
      const nrb::Group &group = *core->groups()->Get(i);
      for (uint32_t j = 0; j < group.count(); ++j)
        for (uint32_t k = core->fanout_index()->Get(group.first() + j);
             k < core->fanout_index()->Get(group.first() + j + 1); ++k)
          addSender(*core->fanout()->Get(k), group.source(),
                    group.source_first() + j);
    }
  for (uint32_t i = 0; i < sizeOfVector(binary.inputs()); ++i) {
    const nrb::InputPort &port = *binary.inputs()->Get(i);
    for (uint32_t j = 0; j < port.width(); ++j)
      for (uint32_t k = port.fanout_index()->Get(j);
           k < port.fanout_index()->Get(j + 1); ++k)
        addSender(*port.fanout()->Get(k), kPortPopulation + i, j);
  }
  for (uint32_t c = 0; c < binary.cores()->size(); ++c) {
    const nrb::Core &core = *binary.cores()->Get(c);
    std::vector<std::vector<uint32_t>> axonsOfRule = axonsByRule(core);
    for (uint32_t r = 0; r < sizeOfVector(core.rules()); ++r) {
      const nrb::Rule &rule = *core.rules()->Get(r);
      if (!isGeneralRule(binary, rule))
        continue;
      Instance instance;
      instance.rule = &rule;
      instance.core = c;
      instance.number = r;
      const nrb::TraceConfig *configs[5] = {rule.x1(), rule.x2(), rule.y1(),
                                            rule.y2(), rule.y3()};
      for (unsigned i = 0; i < 5; ++i) {
        Trace &trace = instance.traces[i];
        if (configs[i]) {
          trace.impulse = configs[i]->impulse();
          trace.fraction = configs[i]->impulse_fraction();
          trace.tau = configs[i]->tau();
        }
        if (i >= 2 && rule.third_factor())
          trace.tau = 65535;
        if (trace.tau)
          trace.factor =
              uint32_t(std::lround(65536 * std::exp(-1.0 / trace.tau)));
      }
      std::map<std::pair<uint32_t, uint32_t>, uint32_t> posts;
      for (uint32_t a : axonsOfRule[r]) {
        const nrb::AxonIn &table = *core.axons_in()->Get(a);
        const nrb::SynapseFormat &format = *core.formats()->Get(table.format());
        Axon axon = {};
        axon.core = c;
        axon.axon = a;
        axon.dendrite = format.dendrite();
        axon.sign = format.sign_mode();
        axon.stepShift = weightStepShift(format);
        axon.maxDelay =
            compat ? 255 : std::min((1 << format.delay_bits()) - 1, kMaxDelay);
        auto sender = senders.find({c, a});
        if (sender != senders.end())
          std::tie(axon.population, axon.neuron) = sender->second;
        visitSynapses(core, table, [&](const DecodedSynapse &synapse) {
          uint32_t group = groupOfNeuron(core, synapse.target);
          const nrb::Group &target = *core.groups()->Get(group);
          uint32_t lane = uint32_t(synapse.target - target.first());
          auto [entry, isNew] = posts.insert(
              {{firstGroup + group, lane}, uint32_t(instance.posts.size())});
          if (isNew) {
            Neuron neuron = {};
            neuron.group = firstGroup + group;
            neuron.neuron = lane;
            neuron.population = target.source();
            neuron.identity = target.source_first() + lane;
            for (std::vector<int32_t> &history : neuron.history)
              history.resize(rule.epoch() + 1u);
            instance.posts.push_back(std::move(neuron));
          }
          int32_t delay = int32_t(synapse.delay), tag = int32_t(synapse.tag);
          axon.synapses.push_back(
              {firstGroup + group, entry->second, delay, delay, tag, tag});
        });
        for (std::vector<int32_t> &history : axon.history)
          history.resize(rule.epoch() + 1u);
        places[{c, a}] = {uint32_t(instances.size()),
                          uint32_t(instance.axons.size())};
        instance.axons.push_back(std::move(axon));
      }
      for (const auto &[key, index] : posts)
        postPlaces[{c, r, key.first, key.second}] = {uint32_t(instances.size()),
                                                     index};
      instances.push_back(std::move(instance));
    }
    firstGroup += sizeOfVector(core.groups());
  }
}

void GeneralLearning::drawTraceRandoms(Instance &instance, unsigned side) {
  instance.decayRandom[side] = instance.streams[2 * side].uniform();
  instance.impulseRandom[side] =
      int32_t(instance.streams[2 * side + 1].below128());
}

void GeneralLearning::reset() {
  for (Instance &instance : instances) {
    for (Axon &axon : instance.axons) {
      axon.x[0] = axon.x[1] = 0;
      axon.limited[0] = axon.limited[1] = false;
      axon.time = 0;
      for (std::vector<int32_t> &history : axon.history)
        std::fill(history.begin(), history.end(), 0);
      for (Synapse &synapse : axon.synapses) {
        synapse.delay = synapse.initialDelay;
        synapse.tag = synapse.initialTag;
      }
    }
    for (Neuron &post : instance.posts) {
      std::fill_n(post.y, 3, 0);
      post.time = 0;
      post.last = {{0, 0, 0}, false, false};
      for (std::vector<int32_t> &history : post.history)
        std::fill(history.begin(), history.end(), 0);
    }
    if (!compat)
      continue;
    // L-14.
    for (unsigned i = 0; i < 4; ++i)
      instance.streams[i] = NumpyRandom(binary.seed() + i);
    instance.streams[4] = NumpyRandom(2);
    drawTraceRandoms(instance, 0);
    drawTraceRandoms(instance, 1);
    instance.weightRandom = instance.streams[4].uniform();
  }
}

void GeneralLearning::runStep(Host &host, uint32_t step, bool learning,
                              std::vector<GroupCounters> &counters) {
  for (Instance &instance : instances) {
    unsigned epoch = instance.rule->epoch();
    uint64_t period = uint64_t(1) << instance.rule->u_k();
    // L-8; the steps of Lava are numbered from 1 (L-14).
    if (!compat) {
      unsigned k = 1 + step % epoch;
      strictTraces(instance, host, step, k);
      if (k == epoch) {
        if (learning)
          learn(instance, host, step, (step / epoch + 1) % period == 0,
                counters);
        for (Axon &axon : instance.axons)
          axon.time = 0;
        for (Neuron &post : instance.posts)
          post.time = 0;
      }
    } else if (step > 0) {
      unsigned k = 1 + (step - 1) % epoch;
      compatSpikes(instance, host, k);
      if (k == epoch) {
        instance.weightRandom = instance.streams[4].uniform();
        compatHistories(instance);
        if (learning)
          learn(instance, host, step, step / epoch % period == 0, counters);
        for (Axon &axon : instance.axons)
          axon.time = 0;
        for (Neuron &post : instance.posts)
          post.time = 0;
      }
    }
    for (Neuron &post : instance.posts)
      post.last = host.post(post.group, post.neuron);
  }
}

// L-9 and L-10.
int32_t GeneralLearning::decay(const Trace &trace, int32_t value, uint32_t step,
                               uint32_t population, uint32_t neuron,
                               unsigned which) const {
  if (trace.tau == 65535)
    return value;
  uint32_t product = uint32_t(value) * trace.factor;
  int32_t result = int32_t(product >> 16);
  uint32_t lost = product & 0xffff;
  if (lost &&
      (philox(binary.seed(), step, population, neuron, kTraceDraw + 2 * which) &
       0xffff) < lost)
    ++result;
  return result;
}

int32_t GeneralLearning::impulse(const Trace &trace, uint32_t step,
                                 uint32_t population, uint32_t neuron,
                                 unsigned which) const {
  bool up =
      trace.fraction && int32_t(philox(binary.seed(), step, population, neuron,
                                       kTraceDraw + 2 * which + 1) &
                                0xff) < trace.fraction;
  return trace.impulse + up;
}

void GeneralLearning::strictTraces(Instance &instance, Host &host,
                                   uint32_t step, unsigned k) {
  const nrb::Rule &rule = *instance.rule;
  for (Axon &axon : instance.axons) {
    for (unsigned i = 0; i < 2; ++i) {
      const Trace &trace = instance.traces[i];
      axon.x[i] =
          decay(trace, axon.x[i], step, axon.population, axon.neuron, i);
      axon.limited[i] &= trace.tau != 0;
    }
    int64_t payload = 0;
    if (host.received(axon.core, axon.axon, payload)) {
      auto add = [&](unsigned i, int64_t value) {
        int64_t kept = clamp(axon.x[i] + value, 0, 127);
        axon.limited[i] |= kept != axon.x[i] + value;
        axon.x[i] = int32_t(kept);
      };
      auto addImpulse = [&](unsigned i) {
        add(i,
            impulse(instance.traces[i], step, axon.population, axon.neuron, i));
      };
      axon.time = uint8_t(k);
      switch (rule.graded_mode()) {
      case nrb::GradedTraceMode::overwrite:
        axon.x[0] = 0;
        axon.limited[0] = false;
        add(0, halfOf(payload));
        addImpulse(1);
        break;
      case nrb::GradedTraceMode::add_saturate:
        add(0, halfOf(payload));
        addImpulse(1);
        break;
      case nrb::GradedTraceMode::add_wrap_impulse_x2: {
        // L-11: the spike counts only when x1 overflows.
        int64_t sum = axon.x[0] + halfOf(payload);
        axon.x[0] = 0;
        add(0, sum > 127 ? sum - 127 : sum);
        if (sum > 127)
          addImpulse(1);
        else
          axon.time = 0;
        break;
      }
      default:
        addImpulse(0);
        addImpulse(1);
        break;
      }
    }
    for (unsigned i = 0; i < 2; ++i)
      axon.history[i][k] = axon.x[i];
  }
  for (Neuron &post : instance.posts) {
    if (rule.third_factor()) {
      Post now = host.post(post.group, post.neuron);
      std::copy_n(now.y, 3, post.y);
      if (now.y0)
        post.time = uint8_t(k);
    } else {
      for (unsigned i = 0; i < 3; ++i) {
        const Trace &trace = instance.traces[2 + i];
        post.y[i] = decay(trace, post.y[i], step, post.population,
                          post.identity, 2 + i);
        if (post.last.fired)
          post.y[i] =
              int32_t(clamp(post.y[i] + impulse(trace, step, post.population,
                                                post.identity, 2 + i),
                            0, 127));
      }
      if (post.last.fired)
        post.time = uint8_t(k);
    }
    for (unsigned i = 0; i < 3; ++i)
      post.history[i][k] = post.y[i];
  }
}

// L-14: what Lava does in its spiking phase.
void GeneralLearning::compatSpikes(Instance &instance, Host &host, unsigned k) {
  const nrb::Rule &rule = *instance.rule;
  auto add = [](int32_t value, const Trace &trace, int32_t random) {
    return int32_t(
        clamp(value + trace.impulse + (random < trace.fraction), 0, 127));
  };
  for (Axon &axon : instance.axons) {
    int64_t payload = 0;
    if (!host.received(axon.core, axon.axon, payload) || payload == 0)
      continue;
    bool again = axon.time != 0, counts = true, impulse2 = again;
    uint8_t half = uint8_t(halfOf(payload));
    uint8_t sum = uint8_t(axon.x[0] + half);
    switch (rule.graded_mode()) {
    case nrb::GradedTraceMode::overwrite:
      axon.x[0] = half;
      break;
    case nrb::GradedTraceMode::add_saturate:
      axon.x[0] = std::min<int32_t>(sum, 127);
      break;
    case nrb::GradedTraceMode::add_wrap_impulse_x2:
      counts = sum > 127;
      impulse2 = again && counts;
      axon.x[0] = counts ? sum - 127 : sum;
      break;
    default:
      if (again)
        axon.x[0] = add(axon.x[0], instance.traces[0], 0);
      break;
    }
    if (impulse2)
      axon.x[1] = add(axon.x[1], instance.traces[1], 0);
    if (counts)
      axon.time = uint8_t(k);
  }
  drawTraceRandoms(instance, 0);
  drawTraceRandoms(instance, 1);
  for (Neuron &post : instance.posts) {
    if (rule.third_factor()) {
      std::copy_n(post.last.y, 3, post.y);
      if (post.last.y0)
        post.time = uint8_t(k);
    } else if (post.last.fired) {
      for (unsigned i = 0; post.time && i < 3; ++i)
        post.y[i] =
            add(post.y[i], instance.traces[2 + i], instance.impulseRandom[1]);
      post.time = uint8_t(k);
    }
  }
  drawTraceRandoms(instance, 0);
  drawTraceRandoms(instance, 1);
}

void GeneralLearning::compatHistories(Instance &instance) {
  const nrb::Rule &rule = *instance.rule;
  auto evolve = [&](int32_t start, std::vector<int32_t> &history,
                    const Trace &trace, unsigned side, unsigned time) {
    history[0] = start;
    for (unsigned k = 1; k <= rule.epoch(); ++k) {
      history[k] = 0;
      if (trace.tau) {
        double exact = std::exp(-1.0 / trace.tau) * history[k - 1];
        double whole = std::floor(exact);
        history[k] =
            int32_t(whole) + (instance.decayRandom[side] < exact - whole);
      }
      if (k == time)
        history[k] =
            int32_t(clamp(history[k] + trace.impulse +
                              (instance.impulseRandom[side] < trace.fraction),
                          0, 127));
    }
  };
  for (Axon &axon : instance.axons)
    for (unsigned i = 0; i < 2; ++i) {
      evolve(axon.x[i], axon.history[i], instance.traces[i], 0, axon.time);
      axon.x[i] = axon.history[i][rule.epoch()];
    }
  for (Neuron &post : instance.posts)
    for (unsigned i = 0; i < 3; ++i) {
      evolve(post.y[i], post.history[i], instance.traces[2 + i], 1, post.time);
      if (!rule.third_factor())
        post.y[i] = post.history[i][rule.epoch()];
    }
}

// One product of L-5, before it is added.
int64_t GeneralLearning::evaluate(const nrb::Product &product, const Axon &axon,
                                  const Neuron &post, unsigned time,
                                  const std::array<int32_t, 3> &variables,
                                  bool &limited) const {
  int64_t m = 1;
  unsigned width = 0;
  bool usesLimited = false, othersCount = true;
  for (uint32_t i = 0; i < sizeOfVector(product.factors()); ++i) {
    const nrb::Factor &factor = *product.factors()->Get(i);
    int64_t value = 0;
    unsigned bits = 7;
    bool marked = false;
    switch (factor.var()) {
    case nrb::FactorVar::x0:
      value = axon.time != 0;
      bits = 1;
      break;
    case nrb::FactorVar::y0:
      value = post.time != 0;
      bits = 1;
      break;
    case nrb::FactorVar::x1:
      value = axon.history[0][time];
      marked = axon.limited[0];
      break;
    case nrb::FactorVar::x2:
      value = axon.history[1][time];
      marked = axon.limited[1];
      break;
    case nrb::FactorVar::y1:
      value = post.history[0][time];
      break;
    case nrb::FactorVar::y2:
      value = post.history[1][time];
      break;
    case nrb::FactorVar::y3:
      value = post.history[2][time];
      break;
    case nrb::FactorVar::w:
      value = variables[0];
      bits = 9;
      break;
    case nrb::FactorVar::d:
      value = variables[1];
      bits = 9;
      break;
    case nrb::FactorVar::t:
      value = variables[2];
      bits = 9;
      break;
    default: // a constant
      bits = 8;
      break;
    }
    value += factor.constant();
    if (factor.sgn()) {
      value = (value > 0) - (value < 0);
      bits = 1;
    }
    value = clamp(value, -(int64_t(1) << bits), (int64_t(1) << bits) - 1);
    m *= value;
    usesLimited |= marked;
    othersCount &= marked || value != 0;
    width += bits;
  }
  limited |= usesLimited && othersCount;
  m *= product.mantissa();
  m >>= width + 4 > 15 ? width + 4 - 15 : 0;
  return m * (int64_t(1) << (product.exponent() + 7));
}

// All terms of one synapse (L-5, L-6, L-13 to L-15). False when no product has
// a nonzero dependency.
bool GeneralLearning::learnSynapse(const Instance &instance, Axon &axon,
                                   Synapse &synapse,
                                   const std::array<uint32_t, 3> &draws,
                                   uint32_t step, bool u, int32_t &weight,
                                   bool &limited) const {
  const nrb::Rule &rule = *instance.rule;
  const Neuron &post = instance.posts[synapse.post];
  int64_t lowest = compat ? -32769 : -32768;
  // In the order of RuleTarget. Every term reads the old ones.
  const std::array<int32_t, 3> old = {weight, synapse.delay, synapse.tag};
  std::array<int32_t, 3> next = old;
  bool visited = false;
  for (const nrb::RuleTerm *term : *rule.terms()) {
    unsigned target = unsigned(term->target());
    bool isWeight = term->target() == nrb::RuleTarget::weight;
    int64_t acc = int64_t(old[target]) * 128;
    for (const nrb::Product *product : *term->products()) {
      bool dependency = u;
      unsigned time = rule.epoch();
      if (product->dependency() == nrb::Dependency::x0) {
        time = axon.time;
        dependency = time != 0;
      } else if (product->dependency() == nrb::Dependency::y0) {
        time = post.time;
        dependency = time != 0;
      }
      if (!dependency)
        continue;
      visited = true;
      int64_t m = evaluate(*product, axon, post, time, old, limited);
      int64_t kept = clamp(m, lowest, 32767);
      int64_t sum = clamp(acc + kept, lowest, 32767);
      limited |= kept != m || sum != acc + kept;
      acc = sum;
    }
    unsigned shift = 7 + (compat || !isWeight ? 0 : axon.stepShift);
    int64_t lost = acc & ((int64_t(1) << shift) - 1);
    int64_t value = acc >> shift;
    if (compat) {
      value += instance.weightRandom < double(lost) / 128;
    } else if (rule.stochastic() && lost) {
      uint32_t random = philox(binary.seed(), step, post.population,
                               post.identity, draws[target]);
      value += int64_t(random & ((1u << shift) - 1)) < lost;
    }
    value *= int64_t(1) << (shift - 7);
    int64_t low = 0, high = axon.maxDelay;
    if (isWeight) {
      int64_t top = compat ? 255 : 256 - (int64_t(1) << axon.stepShift);
      low = axon.sign == nrb::SignMode::mixed        ? -256
            : axon.sign == nrb::SignMode::excitatory ? 0
                                                     : -top;
      high = axon.sign == nrb::SignMode::inhibitory ? 0 : top;
    } else if (term->target() == nrb::RuleTarget::tag) {
      low = compat ? -257 : -256;
      high = 255;
    }
    int64_t stored = clamp(value, low, high);
    limited |= stored != value;
    next[target] = int32_t(stored);
  }
  weight = next[0];
  synapse.delay = next[1];
  synapse.tag = next[2];
  return visited;
}

void GeneralLearning::learn(Instance &instance, Host &host, uint32_t step,
                            bool u, std::vector<GroupCounters> &counters) {
  for (Axon &axon : instance.axons) {
    // L-10.
    std::array<uint32_t, 3> draws;
    for (unsigned z = 0; z < 3; ++z)
      draws[z] = philox(binary.seed(), kSynapseDraw + z, axon.population,
                        axon.neuron, axon.dendrite);
    for (uint32_t s = 0; s < axon.synapses.size(); ++s) {
      Synapse &synapse = axon.synapses[s];
      int32_t weight = host.weight(axon.core, axon.axon, s);
      int32_t delay = synapse.delay;
      bool limited = false;
      if (!learnSynapse(instance, axon, synapse, draws, step, u, weight,
                        limited))
        continue;
      ++counters[synapse.group].learningUpdates;
      counters[synapse.group].learningSaturations += limited;
      host.setWeight(axon.core, axon.axon, s, weight);
      // L-14: a delay that Lava has learned does not act.
      if (!compat && synapse.delay != delay)
        host.setDelay(axon.core, axon.axon, s, uint32_t(synapse.delay));
    }
  }
}
