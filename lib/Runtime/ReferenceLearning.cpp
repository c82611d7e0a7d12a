//===- ReferenceLearning.cpp - the learning engine, executed plainly ------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceLearning.h"

#include "Decode.h"
#include "GeneralLearning.h" // isGeneralRule
#include "Philox.h"

#include <algorithm>
#include <cmath>

using namespace neuro;
using namespace neuro::runtime;
using namespace neuro::runtime::reference;

namespace {

constexpr unsigned kHeld = 65535; // a tau

int64_t limit(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

// L-4: half of a payload; a tie goes to the even neighbour.
int64_t halfToEven(int64_t payload) {
  int64_t below = payload >= 0 ? payload / 2 : -((1 - payload) / 2);
  bool tie = payload % 2 != 0;
  return tie && below % 2 != 0 ? below + 1 : below;
}

int64_t signOf(int64_t value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

// L-2.
unsigned widthOf(const nrb::Factor &factor) {
  if (factor.sgn())
    return 1;
  switch (factor.var()) {
  case nrb::FactorVar::x0:
  case nrb::FactorVar::y0:
    return 1;
  case nrb::FactorVar::w:
  case nrb::FactorVar::d:
  case nrb::FactorVar::t:
    return 9;
  case nrb::FactorVar::constant:
    return 8;
  default:
    return 7;
  }
}

const nrb::TraceConfig *configOf(const nrb::Rule &rule, unsigned number) {
  const nrb::TraceConfig *configs[] = {rule.x1(), rule.x2(), rule.y1(),
                                       rule.y2(), rule.y3()};
  return configs[number];
}

} // namespace

Learning::Learning(const nrb::Binary &binary)
    : binary(binary),
      lava(binary.learning_mode() == nrb::LearningMode::lava_compat) {
  uint32_t firstGroup = 0;
  for (uint32_t c = 0; c < binary.cores()->size(); ++c) {
    const nrb::Core &core = *binary.cores()->Get(c);
    std::vector<std::vector<uint32_t>> axonsOfRule = axonsByRule(core);
    for (uint32_t r = 0; r < sizeOfVector(core.rules()); ++r) {
      PlasticRule rule;
      rule.table = core.rules()->Get(r);
      rule.core = c;
      rule.number = r;
      for (uint32_t a : axonsOfRule[r]) {
        const nrb::AxonIn &entry = *core.axons_in()->Get(a);
        const nrb::SynapseFormat &format = *core.formats()->Get(entry.format());
        PlasticAxon &axon = axons[{c, a}];
        axon.core = c;
        axon.number = a;
        axon.format = &format;
        visitSynapses(core, entry, [&](const DecodedSynapse &synapse) {
          uint32_t g = groupOfNeuron(core, synapse.target);
          const nrb::Group &group = *core.groups()->Get(g);
          uint32_t lane = uint32_t(synapse.target - group.first());
          axon.initial.push_back({firstGroup + g, lane, synapse.weight,
                                  int32_t(synapse.delay),
                                  int32_t(synapse.tag)});
          Post &post = rule.posts[{firstGroup + g, lane}];
          post.population = group.source();
          post.identity = group.source_first() + lane;
        });
        rule.axons.push_back(&axon);
      }
      rules.push_back(std::move(rule));
    }
    firstGroup += sizeOfVector(core.groups());
  }

  // L-10: of several senders the smallest.
  std::map<std::pair<uint32_t, uint32_t>,
           std::vector<std::pair<uint32_t, uint32_t>>>
      senders;
  for (uint32_t p = 0; p < sizeOfVector(binary.inputs()); ++p) {
    const nrb::InputPort &port = *binary.inputs()->Get(p);
    for (uint32_t i = 0; i < port.width(); ++i)
      for (uint32_t k = port.fanout_index()->Get(i);
           k < port.fanout_index()->Get(i + 1); ++k)
        senders[{port.fanout()->Get(k)->core(), port.fanout()->Get(k)->axon()}]
            .push_back({0x80000000u + p, i});
  }
  for (const nrb::Core *core : *binary.cores())
    for (uint32_t g = 0; g < sizeOfVector(core->groups()); ++g) {
      const nrb::Group &group = *core->groups()->Get(g);
      for (uint32_t i = 0; i < group.count(); ++i)
        for (uint32_t k = core->fanout_index()->Get(group.first() + i);
             k < core->fanout_index()->Get(group.first() + i + 1); ++k)
          senders[{core->fanout()->Get(k)->core(),
                   core->fanout()->Get(k)->axon()}]
              .push_back({group.source(), group.source_first() + i});
    }
  for (auto &[place, axon] : axons) {
    auto found = senders.find(place);
    if (found != senders.end())
      std::tie(axon.population, axon.neuron) =
          *std::min_element(found->second.begin(), found->second.end());
  }
}

// M6.
void Learning::reset() {
  for (auto &entry : axons) {
    PlasticAxon &axon = entry.second;
    axon.synapses = axon.initial;
    axon.pre = Side();
    axon.spiked = false;
    axon.payload = 0;
  }
  for (PlasticRule &rule : rules) {
    for (auto &entry : rule.posts) {
      entry.second.side = Side();
      entry.second.before = Activity();
    }
    if (!lava)
      continue;
    // L-14: each stream draws once.
    uint64_t seed = binary.seed();
    for (unsigned side = 0; side < 2; ++side) {
      rule.decayStream[side] = NumpyRandom(seed + 2 * side);
      rule.impulseStream[side] = NumpyRandom(seed + 2 * side + 1);
    }
    rule.variableStream = NumpyRandom(2);
    lavaDraw(rule);
    rule.variableRandom = rule.variableStream.uniform();
  }
}

PlasticAxon *Learning::find(uint32_t core, uint32_t axon) {
  auto found = axons.find({core, axon});
  return found == axons.end() ? nullptr : &found->second;
}

const PlasticAxon *Learning::find(uint32_t core, uint32_t axon) const {
  return const_cast<Learning *>(this)->find(core, axon);
}

const Post &Learning::post(uint32_t core, uint32_t number, uint32_t group,
                           uint32_t neuron) const {
  size_t index = 0;
  while (rules[index].core != core || rules[index].number != number)
    ++index;
  return rules[index].posts.at({group, neuron});
}

uint32_t Learning::actingDelay(const PlasticAxon &axon, size_t synapse) const {
  return uint32_t((lava ? axon.initial : axon.synapses)[synapse].delay);
}

void Learning::step(uint32_t step, bool on,
                    const std::vector<std::vector<Activity>> &activity,
                    std::vector<GroupCounters> &counters) {
  for (PlasticRule &rule : rules) {
    if (lava) {
      lavaStep(rule, step, on, activity, counters);
    } else {
      for (PlasticAxon *axon : rule.axons)
        tracesOfPre(*rule.table, *axon, step);
      for (auto &[place, post] : rule.posts)
        tracesOfPost(*rule.table, post, activity[place.first][place.second],
                     step);
      // L-8: updates happen at the end of the epoch's last step. L-1: u_k
      // counts epochs, this one included.
      unsigned epoch = rule.table->epoch();
      if (on && (step + 1) % epoch == 0)
        update(rule, step,
               (step + 1) / epoch % (uint64_t(1) << rule.table->u_k()) == 0,
               counters);
    }
    for (auto &[place, post] : rule.posts)
      post.before = activity[place.first][place.second];
  }
}

// L-9: a trace decays, with the lost bits rounded at random (L-10).
void Learning::decay(Side &side, unsigned index, const nrb::TraceConfig *config,
                     uint32_t step, uint32_t population, uint32_t neuron,
                     unsigned number) const {
  unsigned tau = config ? config->tau() : 0; // L-2
  if (tau == kHeld)
    return;
  if (tau == 0) {
    side.value[index] = 0;
    side.limited[index] = false;
    return;
  }
  int64_t factor = std::llround(65536 * std::exp(-1.0 / tau));
  int64_t product = side.value[index] * factor;
  uint32_t random =
      philox(binary.seed(), step, population, neuron, (1u << 16) + 2 * number);
  bool up = random % 65536 < product % 65536;
  side.value[index] = int32_t(product / 65536 + up);
}

// L-9.
int64_t Learning::impulse(const nrb::TraceConfig *config, uint32_t step,
                          uint32_t population, uint32_t neuron,
                          unsigned number) const {
  if (!config)
    return 0;
  uint32_t random = philox(binary.seed(), step, population, neuron,
                           (1u << 16) + 2 * number + 1);
  return config->impulse() + (random % 256 < config->impulse_fraction());
}

// L-4, L-9, L-11.
void Learning::tracesOfPre(const nrb::Rule &rule, PlasticAxon &axon,
                           uint32_t step) {
  Side &side = axon.pre;
  unsigned k = 1 + step % rule.epoch();
  if (k == 1) {
    side.time = 0;
    side.history.clear();
  }
  for (unsigned i = 0; i < 2; ++i)
    decay(side, i, configOf(rule, i), step, axon.population, axon.neuron, i);
  if (axon.spiked) {
    auto impulseOf = [&](unsigned i) {
      return impulse(configOf(rule, i), step, axon.population, axon.neuron, i);
    };
    int64_t half = halfToEven(axon.payload), x1 = side.value[0];
    bool counts = true;
    switch (rule.graded_mode()) {
    case nrb::GradedTraceMode::impulse:
      x1 += impulseOf(0);
      break;
    case nrb::GradedTraceMode::overwrite:
      x1 = half;
      side.limited[0] = false;
      break;
    case nrb::GradedTraceMode::add_saturate:
      x1 += half;
      break;
    case nrb::GradedTraceMode::add_wrap_impulse_x2:
      x1 += half;
      counts = x1 > 127;
      if (counts)
        x1 -= 127;
      break;
    }
    side.value[0] = int32_t(limit(x1, 0, 127));
    if (side.value[0] != x1)
      side.limited[0] = true;
    side.time = counts ? k : 0;
    if (counts) {
      int64_t x2 = side.value[1] + impulseOf(1);
      side.value[1] = int32_t(limit(x2, 0, 127));
      if (side.value[1] != x2)
        side.limited[1] = true;
    }
  }
  side.history.push_back(side.value);
}

// L-3, L-12. `population`, `identity` name the neuron in L-10.
void Learning::tracesOfPost(const nrb::Rule &rule, Post &post,
                            const Activity &now, uint32_t step) {
  Side &side = post.side;
  unsigned k = 1 + step % rule.epoch();
  if (k == 1) {
    side.time = 0;
    side.history.clear();
  }
  bool y0;
  if (rule.third_factor()) {
    for (unsigned i = 0; i < 3; ++i)
      side.value[i] = now.y[i];
    y0 = now.y0;
  } else {
    y0 = post.before.fired;
    for (unsigned i = 0; i < 3; ++i) {
      const nrb::TraceConfig *config = configOf(rule, 2 + i);
      decay(side, i, config, step, post.population, post.identity, 2 + i);
      if (y0)
        side.value[i] =
            int32_t(limit(side.value[i] + impulse(config, step, post.population,
                                                  post.identity, 2 + i),
                          0, 127));
    }
  }
  if (y0)
    side.time = k;
  side.history.push_back(side.value);
}

// L-5: the sum of a term, with 7 fractional bits.
Learning::Sum Learning::accumulate(const nrb::RuleTerm &term,
                                   const nrb::Rule &rule,
                                   const PlasticAxon &axon, const Side &post,
                                   const Variables &old, bool u) const {
  const Side &pre = axon.pre;
  int64_t lowest = lava ? -32769 : -32768, highest = 32767;
  int64_t start = term.target() == nrb::RuleTarget::weight  ? old.w
                  : term.target() == nrb::RuleTarget::delay ? old.d
                                                            : old.t;
  Sum sum = {start * 128, false, false};
  for (const nrb::Product *product : *term.products()) {
    // L-8: whether the product counts, and the time at which it reads traces.
    unsigned time = product->dependency() == nrb::Dependency::x0   ? pre.time
                    : product->dependency() == nrb::Dependency::y0 ? post.time
                    : u ? rule.epoch()
                        : 0;
    if (time == 0)
      continue;
    sum.visited = true;
    const std::array<int32_t, 3> &x = pre.history[time - 1];
    const std::array<int32_t, 3> &y = post.history[time - 1];
    int64_t m = 1;
    unsigned width = 0;
    bool hasMark = false, restIsNonzero = true;
    for (uint32_t i = 0; i < sizeOfVector(product->factors()); ++i) {
      const nrb::Factor &factor = *product->factors()->Get(i);
      const int64_t values[] = {pre.time != 0, x[0],  x[1], post.time != 0,
                                y[0],          y[1],  y[2], old.w,
                                old.d,         old.t, 0};
      int64_t value = values[unsigned(factor.var())] + factor.constant();
      if (factor.sgn())
        value = signOf(value);
      int64_t reach = int64_t(1) << widthOf(factor);
      value = limit(value, -reach, reach - 1);
      m *= value;
      width += widthOf(factor);
      // L-4: whether a limited trace makes a difference.
      bool mark = (factor.var() == nrb::FactorVar::x1 && pre.limited[0]) ||
                  (factor.var() == nrb::FactorVar::x2 && pre.limited[1]);
      hasMark = hasMark || mark;
      restIsNonzero = restIsNonzero && (mark || value != 0);
    }
    if (hasMark && restIsNonzero)
      sum.limited = true;
    m *= product->mantissa();
    if (width + 4 > 15)
      m >>= width + 4 - 15;
    m *= int64_t(1) << (product->exponent() + 7);
    int64_t kept = limit(m, lowest, highest);
    int64_t total = limit(sum.acc + kept, lowest, highest);
    if (kept != m || total != sum.acc + kept)
      sum.limited = true;
    sum.acc = total;
  }
  return sum;
}

// L-6, L-13, L-14: without the fractional bits, in units of the variable.
int64_t Learning::round(const PlasticRule &rule, const PlasticAxon &axon,
                        const Post &post, nrb::RuleTarget target, int64_t acc,
                        uint32_t step) const {
  auto floorDivide = [](int64_t value, int64_t by) {
    return value >= 0 ? value / by : -((by - 1 - value) / by);
  };
  if (lava) {
    int64_t whole = floorDivide(acc, 128);
    return whole + (rule.variableRandom < double(acc - whole * 128) / 128);
  }
  // The storage step of a weight (M8); delays and tags are whole numbers.
  int64_t grain =
      target == nrb::RuleTarget::weight
          ? int64_t(1) << (8 - axon.format->weight_bits() +
                           (axon.format->sign_mode() == nrb::SignMode::mixed))
          : 1;
  int64_t unit = 128 * grain, whole = floorDivide(acc, unit);
  if (rule.table->stochastic()) {
    uint32_t draw =
        philox(binary.seed(), (1u << 17) + uint32_t(target), axon.population,
               axon.neuron, axon.format->dendrite());
    uint32_t random =
        philox(binary.seed(), step, post.population, post.identity, draw);
    whole += int64_t(random) % unit < acc - whole * unit;
  }
  return whole * grain;
}

// L-6, L-13, L-14, L-15: the range of a variable.
int64_t Learning::keep(const PlasticAxon &axon, nrb::RuleTarget target,
                       int64_t value) const {
  const nrb::SynapseFormat &format = *axon.format;
  if (target == nrb::RuleTarget::tag)
    return limit(value, lava ? -257 : -256, 255);
  if (target == nrb::RuleTarget::delay) {
    int64_t longest = (int64_t(1) << format.delay_bits()) - 1;
    return limit(value, 0, lava ? 255 : limit(longest, 0, 62));
  }
  int64_t top = 255;
  if (!lava)
    top = 256 - (int64_t(1) << (8 - format.weight_bits() +
                                (format.sign_mode() == nrb::SignMode::mixed)));
  switch (format.sign_mode()) {
  case nrb::SignMode::excitatory:
    return limit(value, 0, top);
  case nrb::SignMode::inhibitory:
    return limit(value, -top, 0);
  default:
    return limit(value, -256, top);
  }
}

void Learning::update(PlasticRule &rule, uint32_t step, bool u,
                      std::vector<GroupCounters> &counters) {
  for (PlasticAxon *axon : rule.axons)
    for (PlasticSynapse &synapse : axon->synapses) {
      const Post &post = rule.posts.at({synapse.group, synapse.neuron});
      const Variables old = {synapse.weight, synapse.delay, synapse.tag};
      bool visited = false, limited = false;
      for (const nrb::RuleTerm *term : *rule.table->terms()) {
        Sum sum = accumulate(*term, *rule.table, *axon, post.side, old, u);
        if (!sum.visited)
          continue;
        visited = true;
        int64_t rounded =
            round(rule, *axon, post, term->target(), sum.acc, step);
        int64_t kept = keep(*axon, term->target(), rounded);
        limited = limited || sum.limited || kept != rounded;
        int32_t *variables[] = {&synapse.weight, &synapse.delay, &synapse.tag};
        *variables[unsigned(term->target())] = int32_t(kept);
      }
      counters[synapse.group].learningUpdates += visited;
      counters[synapse.group].learningSaturations += limited;
    }
}

//===----------------------------------------------------------------------===//
// L-14
//===----------------------------------------------------------------------===//

void Learning::lavaDraw(PlasticRule &rule) {
  for (unsigned side = 0; side < 2; ++side) {
    rule.decayRandom[side] = rule.decayStream[side].uniform();
    rule.impulseRandom[side] = int32_t(rule.impulseStream[side].below128());
  }
}

namespace {

int32_t lavaImpulse(int64_t trace, const nrb::TraceConfig *config,
                    int32_t random) {
  if (config)
    trace += config->impulse() + (random < config->impulse_fraction());
  return int32_t(limit(trace, 0, 127));
}

} // namespace

// Point 1.
void Learning::lavaReceive(const nrb::Rule &rule, PlasticAxon &axon,
                           unsigned k) {
  Side &side = axon.pre;
  bool again = side.time > 0;
  int64_t half = halfToEven(axon.payload);
  auto mod256 = [](int64_t value) {
    return int32_t((value % 256 + 256) % 256);
  };
  int32_t sum = mod256(side.value[0] + half);
  switch (rule.graded_mode()) {
  case nrb::GradedTraceMode::impulse:
    if (again)
      side.value[0] = lavaImpulse(side.value[0], rule.x1(), 0);
    break;
  case nrb::GradedTraceMode::overwrite:
    side.value[0] = mod256(half);
    break;
  case nrb::GradedTraceMode::add_saturate:
    side.value[0] = std::min(sum, 127);
    break;
  case nrb::GradedTraceMode::add_wrap_impulse_x2:
    side.value[0] = sum > 127 ? sum - 127 : sum;
    if (sum <= 127)
      return;
    break;
  }
  if (again)
    side.value[1] = lavaImpulse(side.value[1], rule.x2(), 0);
  side.time = k;
}

// Point 3: `history[k - 1]` becomes h[k]. Traces that `holds` keeps do not
// become h[T].
void Learning::lavaHistory(const PlasticRule &rule, Side &side, unsigned which,
                           std::vector<const nrb::TraceConfig *> configs,
                           bool holds) {
  std::array<int32_t, 3> h = side.value;
  side.history.clear();
  for (unsigned k = 1; k <= rule.table->epoch(); ++k) {
    for (unsigned i = 0; i < configs.size(); ++i) {
      unsigned tau = holds ? kHeld : configs[i] ? configs[i]->tau() : 0;
      if (tau == 0) {
        h[i] = 0;
      } else {
        double exact = std::exp(-1.0 / tau) * h[i];
        h[i] = int32_t(std::floor(exact)) +
               (rule.decayRandom[which] < exact - std::floor(exact));
      }
      if (side.time == k)
        h[i] = lavaImpulse(h[i], configs[i], rule.impulseRandom[which]);
    }
    side.history.push_back(h);
  }
  if (!holds)
    side.value = h;
}

void Learning::lavaStep(PlasticRule &rule, uint32_t step, bool on,
                        const std::vector<std::vector<Activity>> &activity,
                        std::vector<GroupCounters> &counters) {
  if (step == 0)
    return;
  const nrb::Rule &table = *rule.table;
  unsigned epoch = table.epoch(), k = 1 + (step - 1) % epoch;
  // 1.
  for (PlasticAxon *axon : rule.axons)
    if (axon->spiked && axon->payload != 0)
      lavaReceive(table, *axon, k);
  // 2.
  lavaDraw(rule);
  for (auto &entry : rule.posts) {
    Post &post = entry.second;
    if (table.third_factor()) {
      for (unsigned i = 0; i < 3; ++i)
        post.side.value[i] = post.before.y[i];
      if (post.before.y0)
        post.side.time = k;
    } else if (post.before.fired) {
      if (post.side.time > 0)
        for (unsigned i = 0; i < 3; ++i)
          post.side.value[i] =
              lavaImpulse(post.side.value[i], configOf(table, 2 + i),
                          rule.impulseRandom[1]);
      post.side.time = k;
    }
  }
  lavaDraw(rule);
  if (k != epoch)
    return;
  // 3.
  rule.variableRandom = rule.variableStream.uniform();
  for (PlasticAxon *axon : rule.axons)
    lavaHistory(rule, axon->pre, 0, {table.x1(), table.x2()}, false);
  for (auto &entry : rule.posts)
    lavaHistory(rule, entry.second.side, 1,
                {table.y1(), table.y2(), table.y3()}, table.third_factor());
  // 4.
  if (on)
    update(rule, step, step / epoch % (uint64_t(1) << table.u_k()) == 0,
           counters);
  for (PlasticAxon *axon : rule.axons)
    axon->pre.time = 0;
  for (auto &entry : rule.posts)
    entry.second.side.time = 0;
}

//===----------------------------------------------------------------------===//
// M16
//===----------------------------------------------------------------------===//

namespace {

// The times of an epoch that the next step goes on with.
uint32_t timesPassed(const PlasticRule &rule, uint32_t step) {
  return step % rule.table->epoch();
}

bool holds(const nrb::TraceConfig *config) {
  return config && config->tau() == kHeld;
}

// The columns of `side.history`, filled up to a whole epoch.
void saveHistory(const Side &side, uint32_t passed, uint32_t epoch,
                 std::vector<int32_t> *columns, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    columns[i].assign(epoch, 0);
    for (uint32_t k = 0; k < passed; ++k)
      columns[i][k] = side.history[k][i];
  }
}

void loadHistory(Side &side, uint32_t passed,
                 const std::vector<int32_t> *columns, unsigned count) {
  side.history.assign(passed, {});
  for (unsigned i = 0; i < count; ++i)
    for (uint32_t k = 0; k < passed; ++k)
      side.history[k][i] = columns[i][k];
}

} // namespace

void Learning::save(EngineState &state, uint32_t step) const {
  for (const auto &[place, axon] : axons) {
    for (const PlasticSynapse &synapse : axon.synapses)
      state.weights.push_back(synapse.weight);
    const nrb::Core &core = *binary.cores()->Get(place.first);
    const nrb::Rule &rule = *core.rules()->Get(uint32_t(axon.format->rule()));
    EngineState::Traces traces;
    // A trace that is not held is cleared before anybody reads it.
    if (!isGeneralRule(binary, rule) && holds(rule.x1())) {
      traces.x1 = uint8_t(axon.pre.value[0]);
      traces.x1Limited = axon.pre.limited[0];
    }
    if (!isGeneralRule(binary, rule) && holds(rule.x2())) {
      traces.x2 = uint8_t(axon.pre.value[1]);
      traces.x2Limited = axon.pre.limited[1];
    }
    state.traces.push_back(traces);
  }
  for (const PlasticRule &rule : rules) {
    if (!isGeneralRule(binary, *rule.table))
      continue;
    uint32_t epoch = rule.table->epoch();
    uint32_t passed = lava ? 0 : timesPassed(rule, step);
    // Spikes of an epoch that is over do not count.
    auto timeOf = [&](const Side &side) {
      return uint8_t(lava || passed ? side.time : 0);
    };
    RuleState saved = {};
    for (const PlasticAxon *axon : rule.axons) {
      RuleState::Pre pre = {};
      for (unsigned i = 0; i < 2; ++i) {
        pre.x[i] = axon->pre.value[i];
        pre.limited[i] = axon->pre.limited[i];
      }
      pre.time = timeOf(axon->pre);
      saveHistory(axon->pre, passed, epoch, pre.history, 2);
      for (const PlasticSynapse &synapse : axon->synapses) {
        pre.tags.push_back(synapse.tag);
        pre.delays.push_back(synapse.delay);
      }
      saved.pres.push_back(std::move(pre));
    }
    for (const auto &entry : rule.posts) {
      const Post &from = entry.second;
      RuleState::Post post = {};
      for (unsigned i = 0; i < 3; ++i) {
        post.y[i] = from.side.value[i];
        post.lastY[i] = from.before.y[i];
      }
      post.time = timeOf(from.side);
      saveHistory(from.side, passed, epoch, post.history, 3);
      post.lastY0 = from.before.y0;
      post.lastFired = from.before.fired;
      saved.posts.push_back(std::move(post));
    }
    if (lava) {
      for (unsigned side = 0; side < 2; ++side) {
        saved.streams[2 * side] = rule.decayStream[side].save();
        saved.streams[2 * side + 1] = rule.impulseStream[side].save();
        saved.decayRandom[side] = rule.decayRandom[side];
        saved.impulseRandom[side] = rule.impulseRandom[side];
      }
      saved.streams[4] = rule.variableStream.save();
      saved.variableRandom = rule.variableRandom;
    }
    state.rules.push_back(std::move(saved));
  }
}

void Learning::load(const EngineState &state) {
  auto weight = state.weights.begin();
  auto traces = state.traces.begin();
  for (auto &entry : axons) {
    PlasticAxon &axon = entry.second;
    for (PlasticSynapse &synapse : axon.synapses)
      synapse.weight = *weight++;
    axon.pre.value = {traces->x1, traces->x2, 0};
    axon.pre.limited = {traces->x1Limited, traces->x2Limited, false};
    ++traces;
  }
  auto saved = state.rules.begin();
  for (PlasticRule &rule : rules) {
    if (!isGeneralRule(binary, *rule.table))
      continue;
    uint32_t passed = lava ? 0 : timesPassed(rule, state.step);
    auto pre = saved->pres.begin();
    for (PlasticAxon *axon : rule.axons) {
      axon->pre.value = {pre->x[0], pre->x[1], 0};
      axon->pre.limited = {pre->limited[0], pre->limited[1], false};
      axon->pre.time = pre->time;
      loadHistory(axon->pre, passed, pre->history, 2);
      for (size_t i = 0; i < axon->synapses.size(); ++i) {
        axon->synapses[i].tag = pre->tags[i];
        axon->synapses[i].delay = pre->delays[i];
      }
      ++pre;
    }
    auto post = saved->posts.begin();
    for (auto &entry : rule.posts) {
      Post &to = entry.second;
      for (unsigned i = 0; i < 3; ++i) {
        to.side.value[i] = post->y[i];
        to.before.y[i] = post->lastY[i];
      }
      to.side.time = post->time;
      loadHistory(to.side, passed, post->history, 3);
      to.before.y0 = post->lastY0;
      to.before.fired = post->lastFired;
      ++post;
    }
    if (lava) {
      for (unsigned side = 0; side < 2; ++side) {
        rule.decayStream[side] = NumpyRandom(saved->streams[2 * side]);
        rule.impulseStream[side] = NumpyRandom(saved->streams[2 * side + 1]);
        rule.decayRandom[side] = saved->decayRandom[side];
        rule.impulseRandom[side] = saved->impulseRandom[side];
      }
      rule.variableStream = NumpyRandom(saved->streams[4]);
      rule.variableRandom = saved->variableRandom;
    }
    ++saved;
  }
}
