//===- LearningTest.cpp - the learning engine -----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Simulator.h"

#include <random>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;
using nrb::Dependency;
using nrb::FactorVar;

namespace {

using Values = std::vector<int32_t>;

struct ProductSpec {
  Dependency dependency;
  int mantissa, exponent;
  std::vector<nrb::Factor> factors;
};

nrb::Factor factor(FactorVar var, int constant = 0) {
  return nrb::Factor(var, false, int8_t(constant));
}

uint32_t addRule(NetBuilder &net, const std::vector<ProductSpec> &products,
                 unsigned uK = 0) {
  auto rule = std::make_unique<nrb::RuleT>();
  rule->epoch = 1;
  rule->u_k = uint8_t(uK);
  rule->third_factor = true;
  rule->graded_mode = nrb::GradedTraceMode::overwrite;
  rule->x1 = std::make_unique<nrb::TraceConfigT>();
  rule->x1->tau = 65535;
  auto term = std::make_unique<nrb::RuleTermT>();
  for (const ProductSpec &spec : products) {
    auto product = std::make_unique<nrb::ProductT>();
    product->dependency = spec.dependency;
    product->mantissa = int8_t(spec.mantissa);
    product->exponent = int8_t(spec.exponent);
    product->factors = spec.factors;
    term->products.push_back(std::move(product));
  }
  rule->terms.push_back(std::move(term));
  net.binary.cores[0]->rules.push_back(std::move(rule));
  return uint32_t(net.binary.cores[0]->rules.size() - 1);
}

// dw = -w*y0 + 2*x1*y0. The factor w is 9 bits wide: no hidden shift.
const std::vector<ProductSpec> kKeyRule = {
    {Dependency::y0, -1, 0, {factor(FactorVar::w)}},
    {Dependency::y0, 1, 1, {factor(FactorVar::x1)}}};
// dw = -2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2. w*y3 loses five bits by itself.
const std::vector<ProductSpec> kValueRule = {
    {Dependency::x0, -1, 0, {factor(FactorVar::w), factor(FactorVar::y3)}},
    {Dependency::x0, 1, 1, {factor(FactorVar::y1)}},
    {Dependency::x0, -1, 1, {factor(FactorVar::y2)}}};

Array ints(const std::vector<int64_t> &shape, const Values &values) {
  return Array::of(DType::Int32, shape, values);
}
Array ids(const std::vector<int64_t> &values) {
  return Array::of(DType::Int64, {1, int64_t(values.size())}, values);
}

RunResult run(NetBuilder &net, const NamedArrays &inputs,
              RunOptions options = {}) {
  RunResult results[2];
  auto binary = net.load();
  if (!binary)
    return {};
  Simulator simulator(binary);
  for (int i = 0; i < 2; ++i) {
    options.reference = i == 1;
    std::vector<std::string> errors;
    EXPECT_TRUE(simulator.run(inputs, options, results[i], errors));
    for (const std::string &error : errors)
      ADD_FAILURE() << error;
  }
  EXPECT_TRUE(results[0].stats.total == results[1].stats.total);
  for (size_t i = 0; i < results[0].probes.size(); ++i)
    EXPECT_EQ(results[0].probes[i].second.data,
              results[1].probes[i].second.data);
  for (size_t i = 0; i < results[0].outputs.size(); ++i)
    EXPECT_EQ(results[0].outputs[i].second.data,
              results[1].outputs[i].second.data);
  return std::move(results[0]);
}

// One synapse from port x to one neuron that raises its back-propagating
// spike when port "write" sends 1, and exports y1 = y2 = y3 = 0.
class OneSynapse {
public:
  OneSynapse(const std::vector<ProductSpec> &products, int32_t stored,
             nrb::SignMode sign = nrb::SignMode::mixed, unsigned bits = 8)
      : net(1, 1) {
    net.core();
    net.group(
        0, "post", 1,
        net.program(0, {"rdc r1, d1", "mov bap, r1", "rdc r0, d0", "spike r0"}),
        2, 24);
    net.output("y", 0, 0, 1);
    net.gradedInput("x", 1, 1, 30000, 16);
    net.idInput("write", 2);
    uint32_t rule = addRule(net, products);
    uint32_t plastic = net.format(0, sign, bits, 0, 0, int(rule));
    uint32_t fixed = net.format(0, nrb::SignMode::mixed, 8, -1, 1);
    net.connectInput(0, 0, 0, net.denseAxon(0, plastic, 0, {stored}));
    net.connectInput(1, 1, 0, net.denseAxon(0, fixed, 0, {1}));
  }

  // Weight after each token.
  Values weights(const Values &x, const std::vector<int64_t> &write) {
    RunOptions options;
    options.probes = {{"post", ProbeKind::Weights}};
    RunResult result = run(
        net, {{"x", ints({1, int64_t(x.size()), 1}, x)}, {"write", ids(write)}},
        options);
    counters = result.stats.total;
    const Array *array = findArray(result.probes, "post.d0.weights");
    Values list;
    for (int64_t i = 0; array && i < array->numElements(); ++i)
      list.push_back(int32_t(array->asInteger(i)));
    return list;
  }

  NetBuilder net;
  GroupCounters counters;
};

TEST(Learning, L4_OverwriteStoresHalfThePayloadRoundedToEven) {
  OneSynapse one(kKeyRule, 0);
  EXPECT_EQ(one.weights({1, 2, 3, 4, 5, 6, 7}, {1, 1, 1, 1, 1, 1, 1}),
            (Values{0, 2, 4, 4, 4, 6, 8}));
  EXPECT_EQ(one.counters.learningSaturations, 0u);
  EXPECT_EQ(one.counters.learningUpdates, 7u);
}

TEST(Learning, L4_TraceEndsAt127) {
  OneSynapse one(kKeyRule, 0);
  EXPECT_EQ(
      one.weights({253, 254, 255, 256, 30000, -4, 3}, {1, 1, 1, 1, 1, 1, 1}),
      (Values{252, 254, 254, 254, 254, 0, 4}));
  // 255, 256, 30000 and -4 do not fit; 3 clears the mark.
  EXPECT_EQ(one.counters.learningSaturations, 4u);
}

TEST(Learning, L4_TraceOfASilentAxonIsHeld) {
  OneSynapse one(kKeyRule, 0);
  // 0 is not sent: the trace of the token before is written again.
  EXPECT_EQ(one.weights({10, 20, 0, 0}, {1, 0, 0, 1}),
            (Values{10, 10, 10, 20}));
  EXPECT_EQ(one.counters.learningUpdates, 2u);
}

TEST(Learning, L5_EraseComesFirst) {
  OneSynapse one(kKeyRule, 127);
  EXPECT_EQ(one.weights({254}, {1}), (Values{254}));
  EXPECT_EQ(one.counters.learningSaturations, 0u);
  // The other order saturates the accumulator on the way.
  OneSynapse wrong({kKeyRule[1], kKeyRule[0]}, 127);
  EXPECT_EQ(wrong.weights({254}, {1}), (Values{0}));
  EXPECT_EQ(wrong.counters.learningSaturations, 1u);
}

TEST(Learning, L5_ProductsLoseBitsToTheirWidth) {
  // x1 * x1: 7 + 7 + 4 - 15 = 3 bits.
  OneSynapse square(
      {{Dependency::y0, 1, 0, {factor(FactorVar::x1), factor(FactorVar::x1)}}},
      0, nrb::SignMode::excitatory);
  EXPECT_EQ(square.weights({40}, {1}), (Values{20 * 20 / 8}));
  // A constant is 8 bits wide, and is added to a factor before its limit.
  OneSynapse sum({{Dependency::y0, 1, 0, {factor(FactorVar::x1, 100)}}}, 0,
                 nrb::SignMode::excitatory);
  EXPECT_EQ(sum.weights({40}, {1}), (Values{120}));
  EXPECT_EQ(sum.weights({60}, {1}), (Values{127}));
}

TEST(Learning, L6_StorageStepAndRange) {
  // Six bits, mixed: step 8.
  OneSynapse coarse(kKeyRule, 0, nrb::SignMode::mixed, 6);
  EXPECT_EQ(coarse.weights({30, 33, 300}, {1, 1, 1}), (Values{24, 32, 248}));
  // Excitatory weights end at 0 and 255.
  OneSynapse positive({{Dependency::y0, -1, 0, {factor(FactorVar::x1)}}}, 10,
                      nrb::SignMode::excitatory);
  EXPECT_EQ(positive.weights({8, 200}, {1, 1}), (Values{6, 0}));
  EXPECT_EQ(positive.counters.learningSaturations, 1u);
  OneSynapse negative({{Dependency::y0, -1, 0, {factor(FactorVar::x1)}}}, 10,
                      nrb::SignMode::inhibitory);
  EXPECT_EQ(negative.weights({8, 254, 254}, {1, 1, 1}),
            (Values{-14, -141, -255}));
}

TEST(Learning, L1_PeriodicFactor) {
  OneSynapse one({{Dependency::u, -1, -1, {factor(FactorVar::w)}}}, 64);
  one.net.binary.cores[0]->rules[0]->u_k = 1;
  // Epochs are counted from 1: every second step halves 128. Token 0 ends
  // with step 1.
  EXPECT_EQ(one.weights({0, 0, 0, 0}, {0, 0, 0, 0}), (Values{64, 64, 32, 32}));
}

TEST(Learning, L7_SwitchedOffOrWithoutDependencyNothingChanges) {
  OneSynapse one(kKeyRule, 50);
  EXPECT_EQ(one.weights({100, 100}, {0, 0}), (Values{100, 100}));
  EXPECT_EQ(one.counters.learningUpdates, 0u);
  RunOptions options;
  options.learning = false;
  options.probes = {{"post", ProbeKind::Weights}};
  RunResult result = run(
      one.net, {{"x", ints({1, 1, 1}, {20})}, {"write", ids({1})}}, options);
  EXPECT_EQ(result.probes[0].second.asInteger(0), 100);
  EXPECT_EQ(result.stats.total.learningUpdates, 0u);
}

// L-15: one synapse with delays, from port x to a neuron that sends what its
// dendrite holds. A spike of step t reaches the axon in step t + 1.
class DelayedSynapse {
public:
  DelayedSynapse(nrb::RuleTarget target,
                 const std::vector<ProductSpec> &products, int32_t stored,
                 uint32_t delay, unsigned delayBits = 3)
      : net(1, 0) {
    net.core();
    net.group(0, "post", 1, net.program(0, {"rdc r0, d0", "spike r0"}), 1, 24);
    net.output("y", 0, 0, 0);
    net.gradedInput("x", 1, 1, 30000, 16);
    uint32_t rule = addRule(net, products);
    net.binary.cores[0]->rules[rule]->terms[0]->target = target;
    uint32_t format =
        net.format(0, nrb::SignMode::mixed, 8, 0, 0, int(rule), 0, delayBits);
    net.connectInput(0, 0, 0, net.axon(0, format, 0, {{0, stored, delay}}));
  }

  // The dendrite after each step, for what the host sends in each step.
  Values dendrite(const Values &x) {
    RunResult result =
        run(net, {{"x", ints({1, int64_t(x.size()), 1}, x)}}, {});
    counters = result.stats.total;
    Values list;
    for (size_t i = 0; !result.outputs.empty() && i < x.size(); ++i)
      list.push_back(int32_t(result.outputs[0].second.asDouble(int64_t(i))));
    return list;
  }

  NetBuilder net;
  GroupCounters counters;
};

// dd = x0: every spike makes the delay of the next ones longer by 1.
const std::vector<ProductSpec> kSlower = {{Dependency::x0, 1, 0, {}}};

TEST(Learning, L15_LearnedDelaysActOnLaterSpikes) {
  DelayedSynapse one(nrb::RuleTarget::delay, kSlower, 5, 0);
  // Arrivals in steps 1, 2, 3 with delays 0, 1, 2.
  EXPECT_EQ(one.dendrite({1, 2, 3, 0, 0, 0, 0}),
            (Values{0, 10, 0, 20, 0, 30, 0}));
  EXPECT_EQ(one.counters.synapticOperations, 3u);
  EXPECT_EQ(one.counters.learningUpdates, 3u);
  EXPECT_EQ(one.counters.learningSaturations, 0u);
}

TEST(Learning, L15_DelaysEndAtTheirRange) {
  // Two bits hold 0..3: the fourth and fifth update are limited.
  DelayedSynapse up(nrb::RuleTarget::delay, kSlower, 5, 0, 2);
  EXPECT_EQ(up.dendrite({1, 1, 1, 1, 1, 1, 0, 0, 0, 0}),
            (Values{0, 10, 0, 10, 0, 10, 0, 10, 10, 10}));
  EXPECT_EQ(up.counters.learningSaturations, 3u);
  // Six bits end at 62.
  DelayedSynapse far(nrb::RuleTarget::delay, kSlower, 5, 62, 6);
  Values x(66, 0), expected(66, 0);
  x[0] = x[1] = 1;
  expected[63] = expected[64] = 10;
  EXPECT_EQ(far.dendrite(x), expected);
  EXPECT_EQ(far.counters.learningSaturations, 2u);
  // Below 0 nothing goes.
  DelayedSynapse down(nrb::RuleTarget::delay, {{Dependency::x0, -1, 0, {}}}, 5,
                      1);
  EXPECT_EQ(down.dendrite({1, 1, 1, 0, 0}), (Values{0, 0, 20, 10, 0}));
  EXPECT_EQ(down.counters.learningSaturations, 2u);
}

TEST(Learning, L15_WhatIsUnderWayKeepsItsWeight) {
  // dw = 2 * x0 with a fixed delay of 2: each spike carries the weight that it
  // met at the synapse.
  DelayedSynapse one(nrb::RuleTarget::weight, {{Dependency::x0, 2, 0, {}}}, 5,
                     2);
  EXPECT_EQ(one.dendrite({1, 1, 1, 0, 0, 0}), (Values{0, 0, 0, 10, 12, 14}));
}

TEST(Learning, L15_SeveralSpikesMeetInOneStep) {
  // dd = -x0 from 3: spikes of steps 0 and 1 arrive in step 4 both.
  DelayedSynapse one(nrb::RuleTarget::delay, {{Dependency::x0, -1, 0, {}}}, 5,
                     3);
  EXPECT_EQ(one.dendrite({1, 2, 0, 0, 0, 0}), (Values{0, 0, 0, 0, 30, 0}));
  EXPECT_EQ(one.counters.synapticOperations, 2u);
}

TEST(Learning, ProbesShowDendritesSynapsesAndTraces) {
  // Traces and delays of a general rule, then of a simple one.
  for (nrb::RuleTarget target :
       {nrb::RuleTarget::delay, nrb::RuleTarget::weight}) {
    DelayedSynapse one(target, {{Dependency::x0, 2, 0, {}}}, 5, 1);
    RunOptions options;
    options.probes = {parseProbe("post:dendrites"), parseProbe("post:synapses"),
                      parseProbe("post:traces")};
    RunResult result =
        run(one.net, {{"x", ints({1, 5, 1}, {7, 0, 9, 0, 0})}}, options);
    auto values = [&](const std::string &name) {
      Values list;
      const Array *array = findArray(result.probes, name);
      for (int64_t i = 0; array && i < array->numElements(); ++i)
        list.push_back(int32_t(array->asInteger(i)));
      return list;
    };
    bool delays = target == nrb::RuleTarget::delay;
    // Spikes reach the axon in steps 1 and 3; half of 7 and 9 is 4.
    EXPECT_EQ(values("post.d0.x1"), (Values{0, 4, 4, 4, 4}));
    EXPECT_EQ(values("post.d0.x2"), (Values{0, 0, 0, 0, 0}));
    EXPECT_EQ(values("post.d0.y1"), (Values{0, 0, 0, 0, 0}));
    EXPECT_EQ(values("post.d0.w"), delays ? (Values{10, 10, 10, 10, 10})
                                          : (Values{10, 12, 12, 14, 14}));
    EXPECT_EQ(values("post.d0.d"),
              delays ? (Values{1, 3, 3, 5, 5}) : (Values{1, 1, 1, 1, 1}));
    EXPECT_EQ(values("post.d0.t"), (Values{0, 0, 0, 0, 0}));
    EXPECT_EQ(values("post.d0.dendrite"),
              delays ? (Values{0, 0, 70, 0, 0}) : (Values{0, 0, 70, 0, 108}));
  }
}

TEST(Learning, M16_SavesWhatDelayedSynapsesHaveUnderWay) {
  const Values x = {3, 1, 2, 4, 0, 1, 0, 0, 0, 0};
  for (nrb::RuleTarget target :
       {nrb::RuleTarget::delay, nrb::RuleTarget::weight}) {
    DelayedSynapse one(target, kSlower, 5, 2);
    Values whole = one.dendrite(x);
    Simulator simulator(one.net.load());
    for (int64_t cut = 1; cut < int64_t(x.size()); ++cut)
      for (bool firstReference : {false, true}) {
        Values parts;
        auto part = [&](int64_t begin, int64_t end, RunOptions options) {
          RunResult result;
          std::vector<std::string> errors;
          Values some(x.begin() + begin, x.begin() + end);
          EXPECT_TRUE(simulator.run({{"x", ints({1, end - begin, 1}, some)}},
                                    options, result, errors));
          for (int64_t i = 0; i < end - begin; ++i)
            parts.push_back(int32_t(result.outputs[0].second.asDouble(i)));
        };
        SavedState saved;
        RunOptions first, second;
        first.reference = firstReference;
        second.reference = !firstReference;
        first.save = &saved;
        second.resume = &saved;
        part(0, cut, first);
        EXPECT_EQ(saved.sequences.size(), 1u);
        part(cut, int64_t(x.size()), second);
        EXPECT_EQ(parts, whole) << "cut at " << cut;
      }
  }
}

TEST(Learning, L14_DelaysOfLavaDoNotAct) {
  DelayedSynapse one(nrb::RuleTarget::delay, kSlower, 5, 1);
  one.net.binary.learning_mode = nrb::LearningMode::lava_compat;
  EXPECT_EQ(one.dendrite({1, 1, 1, 0, 0, 0}), (Values{0, 0, 10, 10, 10, 0}));
  EXPECT_EQ(one.counters.learningUpdates, 3u);
}

TEST(Learning, L2_SignIsThatOfTheSum) {
  // dw = 8 * y0 * sgn(w - 20), from 16 and from 24; 16 - 20 < 0.
  nrb::Factor sign(FactorVar::w, true, -20);
  OneSynapse below({{Dependency::y0, 4, 1, {sign}}}, 8);
  EXPECT_EQ(below.weights({0}, {1}), (Values{8}));
  OneSynapse above({{Dependency::y0, 4, 1, {sign}}}, 12);
  EXPECT_EQ(above.weights({0}, {1}), (Values{32}));
  OneSynapse equal({{Dependency::y0, 4, 1, {sign}}}, 10);
  EXPECT_EQ(equal.weights({0}, {1}), (Values{20}));
}

//===----------------------------------------------------------------------===//
// Third factors, epochs, traces, tags
//===----------------------------------------------------------------------===//

// A synapse whose neuron runs a program of the test; its weights are 0..255.
class ProgrammedSynapse : public OneSynapse {
public:
  ProgrammedSynapse(const std::vector<ProductSpec> &products,
                    const std::vector<std::string> &program)
      : OneSynapse(products, 0, nrb::SignMode::excitatory) {
    nrb::CoreT &core = *net.binary.cores[0];
    net.program(0, program);
    core.groups[0]->program = 1;
    core.groups[0]->parameters.push_back(std::make_unique<nrb::ParameterT>());
    core.groups[0]->parameters[0]->values = {0};
  }
  nrb::RuleT &rule() { return *net.binary.cores[0]->rules[0]; }

  // A probed array, one value a step, the first of step 1: what the host sends
  // for token 0 arrives then.
  Values probed(const std::string &probe, const std::string &array,
                const Values &x, bool reference = false) {
    RunOptions options;
    options.reference = reference;
    options.probes = {parseProbe("post:" + probe)};
    RunResult result = run(net,
                           {{"x", ints({1, int64_t(x.size()), 1}, x)},
                            {"write", ids(std::vector<int64_t>(x.size(), 0))}},
                           options);
    counters = result.stats.total;
    const Array *found = findArray(result.probes, "post.d0." + array);
    Values list;
    for (int64_t i = 1; found && i < found->numElements(); ++i)
      list.push_back(int32_t(found->asInteger(i)));
    return list;
  }
};

const std::vector<std::string> kSilent = {"rdc r0, d0"};

TEST(Learning, M12_ExportsSaturateAndVanish) {
  // dw = y0 * y1, both exported only in the steps in which d1 is not 0.
  ProgrammedSynapse one({{Dependency::y0, 1, 0, {factor(FactorVar::y1)}}},
                        {"rdc r1, d1", "eq r1, p0", "skp_c 3", "shl r2, r1, 10",
                         "mov y1, r2", "mov bap, r2", "rdc r0, d0"});
  EXPECT_EQ(one.weights({0, 0, 0}, {1, 0, 1}), (Values{127, 127, 254}));
  EXPECT_EQ(one.counters.saturations, 2u);
  EXPECT_EQ(one.counters.learningUpdates, 2u);
}

TEST(Learning, L3_ThirdFactorsAreThoseOfTheStep) {
  // dw = 4 * x0 * y1.
  ProgrammedSynapse one({{Dependency::x0, 4, 0, {factor(FactorVar::y1)}}},
                        {"rdc r1, d1", "mov y1, r1", "rdc r0, d0"});
  EXPECT_EQ(one.weights({1, 1, 0, 1}, {1, 0, 1, 1}), (Values{4, 4, 4, 8}));
}

TEST(Learning, L8_TracesAreReadAtTheTimeOfTheDependency) {
  // Epochs of 2 steps; the tokens arrive in step 1, which ends an epoch, and
  // in steps 2 and 3, which are one. x1 is 10, 20, 30.
  auto weights = [](Dependency dependency) {
    ProgrammedSynapse one({{dependency, 1, 0, {factor(FactorVar::x1)}}},
                          {"rdc r1, d1", "mov bap, r1", "rdc r0, d0"});
    one.rule().epoch = 2;
    return one.weights({20, 40, 60}, {0, 1, 0});
  };
  EXPECT_EQ(weights(Dependency::y0), (Values{0, 0, 20}));   // as after step 2
  EXPECT_EQ(weights(Dependency::u), (Values{10, 10, 40}));  // at the end
  EXPECT_EQ(weights(Dependency::x0), (Values{10, 10, 40})); // the last spike
}

TEST(Learning, L9_TracesDecayThenTakeImpulses) {
  auto trace = [](unsigned tau, unsigned impulse) {
    ProgrammedSynapse one({{Dependency::u, 1, 0, {factor(FactorVar::x1)}}},
                          kSilent);
    one.rule().epoch = 63; // a rule of epoch 1 is another path
    one.rule().graded_mode = nrb::GradedTraceMode::impulse;
    one.rule().x1->tau = uint16_t(tau);
    one.rule().x1->impulse = uint8_t(impulse);
    return one.probed("traces", "x1", {1, 0, 0, 1, 0});
  };
  EXPECT_EQ(trace(65535, 100), (Values{100, 100, 100, 127, 127}));
  EXPECT_EQ(trace(0, 100), (Values{100, 0, 0, 100, 0}));
  // 100 * e^(-1/10) = 90.48; below 1 nothing but rounding up keeps it alive.
  Values decaying = trace(10, 100);
  EXPECT_EQ(decaying[0], 100);
  EXPECT_TRUE(decaying[1] == 90 || decaying[1] == 91) << decaying[1];
  EXPECT_TRUE(decaying[2] >= 81 && decaying[2] <= 83) << decaying[2];
  EXPECT_EQ(decaying[3], 127);
  // A multiple of 2^16 leaves no fraction: 0 stays 0.
  EXPECT_EQ(trace(10, 0), (Values{0, 0, 0, 0, 0}));
}

// 100 * e^(-1/10) is 90 and 31660 / 2^16. In step 2 the low 16 bits of the draw
// are 31660 with the first seed, 31659 with the second.
TEST(Learning, L10_DrawsBelowTheLostBitsRoundUp) {
  for (bool reference : {false, true}) {
    auto trace = [&](uint64_t seed) {
      ProgrammedSynapse one({{Dependency::u, 1, 0, {factor(FactorVar::x1)}}},
                            kSilent);
      one.net.binary.seed = seed;
      one.rule().graded_mode = nrb::GradedTraceMode::impulse;
      one.rule().x1->tau = 10;
      one.rule().x1->impulse = 100;
      return one.probed("traces", "x1", {1, 0}, reference);
    };
    EXPECT_EQ(trace(48625), (Values{100, 90}));
    EXPECT_EQ(trace(66408), (Values{100, 91}));
  }
}

TEST(Learning, L11_WrappingTraceSpeaksOnlyWhenItOverflows) {
  ProgrammedSynapse one({{Dependency::x0, 2, 0, {}}}, kSilent);
  one.rule().graded_mode = nrb::GradedTraceMode::add_wrap_impulse_x2;
  one.rule().x2 = std::make_unique<nrb::TraceConfigT>();
  one.rule().x2->tau = 65535;
  one.rule().x2->impulse = 30;
  const Values x = {100, 100, 100, 0, 208};
  EXPECT_EQ(one.probed("traces", "x1", x), (Values{50, 100, 23, 23, 127}));
  EXPECT_EQ(one.probed("traces", "x2", x), (Values{0, 0, 30, 30, 30}));
  EXPECT_EQ(one.probed("synapses", "w", x), (Values{0, 0, 2, 2, 2}));
  EXPECT_EQ(one.counters.learningSaturations, 0u);
}

TEST(Learning, L12_OwnSpikesCountInTheNextStep) {
  ProgrammedSynapse one(
      {{Dependency::y0, 2, 0, {}},
       {Dependency::y0, 1, 0, {factor(FactorVar::y1)}}},
      {"rdc r1, d1", "rdc r0, d0", "eq r1, p0", "skp_c 1", "spike r1"});
  one.rule().third_factor = false;
  one.rule().y1 = std::make_unique<nrb::TraceConfigT>();
  one.rule().y1->tau = 65535;
  one.rule().y1->impulse = 40;
  // Sent in steps 1 and 2, seen in steps 2 and 3 with y1 = 40 and 80.
  EXPECT_EQ(one.weights({0, 0, 0, 0}, {1, 1, 0, 0}), (Values{0, 42, 124, 124}));
}

TEST(Learning, L13_TagsAreWholeNumbersOfNineBits) {
  // dt = 224 * x0; dw = 0 keeps the weight.
  ProgrammedSynapse one({{Dependency::x0, 7, 5, {}}}, kSilent);
  one.rule().terms[0]->target = nrb::RuleTarget::tag;
  EXPECT_EQ(one.probed("synapses", "t", {1, 0, 1, 1}),
            (Values{224, 224, 255, 255}));
  EXPECT_EQ(one.counters.learningSaturations, 2u);
  EXPECT_EQ(one.probed("synapses", "w", {1, 0, 1, 1}), (Values{0, 0, 0, 0}));
  one.rule().terms[0]->products[0]->mantissa = -7;
  EXPECT_EQ(one.probed("synapses", "t", {1, 1, 0, 1}),
            (Values{-224, -256, -256, -256}));
}

//===----------------------------------------------------------------------===//
// Attention over a ring of slots
//===----------------------------------------------------------------------===//

constexpr int kSlots = 16, kWidth = 8;

// Three steps per token: write, score, read. Scores are not normalised. A slot
// is silent while its row is written, and when its score is 0: its spike would
// be a write signal for the next token.
NetBuilder makeRing(bool twoCores) {
  NetBuilder net(3, 3);
  uint32_t slotCore = net.core();
  uint32_t slots = net.group(
      slotCore, "slots", kSlots,
      net.program(slotCore,
                  {"rdc r0, d0", "rdc r1, d1", "mov bap, r1", "eq d2, p0",
                   "sel r0, r0, p0", "eq r0, p0", "skp_c 1", "spike r0"}),
      3, 24, {{0}});
  uint32_t valueCore = twoCores ? net.core() : slotCore;
  uint32_t values = net.group(
      valueCore, "values", kWidth,
      net.program(valueCore,
                  {"rdc r1, d1", "neg r2, r1", "lt r1, p0", "sel r3, p0, r1",
                   "sel r4, r2, p0", "mul_shr.fl y1, r3, p1, 1",
                   "mul_shr.fl y2, r4, p1, 1", "rdc r5, d2", "mov y3, r5",
                   "rdc r0, d0", "spike r0"}),
      3, 24, {{0}, {1}});
  net.output("o", valueCore, values, 3);
  uint32_t k = net.gradedInput("k", kWidth, 1, 30000, 16);
  uint32_t q = net.gradedInput("q", kWidth, 1, 30000, 16, 1);
  uint32_t v = net.gradedInput("v", kWidth, 1, 30000, 16);
  uint32_t slot = net.idInput("slot", kSlots);
  uint32_t tick = net.tick();

  uint32_t firstSlot = net.first(slotCore, slots);
  uint32_t firstValue = net.first(valueCore, values);
  // Rules of a core stand together with its formats.
  auto ruleOn = [&](uint32_t core, const std::vector<ProductSpec> &products) {
    addRule(net, products);
    if (core != 0) {
      net.binary.cores[core]->rules.push_back(
          std::move(net.binary.cores[0]->rules.back()));
      net.binary.cores[0]->rules.pop_back();
    }
    return int(net.binary.cores[core]->rules.size() - 1);
  };
  int keyRule = ruleOn(slotCore, kKeyRule);
  int valueRule = ruleOn(valueCore, kValueRule);
  auto mixed = nrb::SignMode::mixed;
  uint32_t keyFormat = net.format(slotCore, mixed, 8, -6, 0, keyRule);
  uint32_t writeFormat = net.format(slotCore, mixed, 8, -1, 1, -1, 8);
  uint32_t phaseFormat = net.format(slotCore, mixed, 8, -1, 2);
  uint32_t valueFormat = net.format(valueCore, mixed, 8, -8, 0, valueRule);
  uint32_t payloadFormat = net.format(valueCore, mixed, 8, -1, 1, -1, 8);
  uint32_t enableFormat = net.format(valueCore, mixed, 8, -1, 2);
  for (uint32_t i = 0; i < kWidth; ++i) {
    uint32_t axon =
        net.denseAxon(slotCore, keyFormat, firstSlot, Values(kSlots, 0));
    net.connectInput(k, i, slotCore, axon);
    net.connectInput(q, i, slotCore, axon);
    net.connectInput(v, i, valueCore,
                     net.axon(valueCore, payloadFormat, firstValue, {{i, 1}}));
  }
  for (uint32_t i = 0; i < kSlots; ++i) {
    net.connectInput(slot, i, slotCore,
                     net.axon(slotCore, writeFormat, firstSlot, {{i, 1}}));
    uint32_t axon =
        net.denseAxon(valueCore, valueFormat, firstValue, Values(kWidth, 0));
    net.connectInput(slot, i, valueCore, axon);
    net.connect(slotCore, firstSlot + i, valueCore, axon);
  }
  net.connectInput(
      tick, 0, slotCore,
      net.denseAxon(slotCore, phaseFormat, firstSlot, Values(kSlots, 1)));
  net.connectInput(
      tick, 0, valueCore,
      net.denseAxon(valueCore, enableFormat, firstValue, Values(kWidth, 32)));
  return net;
}

struct RingModel {
  int32_t keys[kSlots][kWidth] = {}, values[kSlots][kWidth] = {};

  void write(int slot, const int32_t *k, const int32_t *v) {
    for (int i = 0; i < kWidth; ++i) {
      int32_t half = k[i] / 2 + ((k[i] & 3) == 3); // half to even
      keys[slot][i] = 2 * std::min(half, 127);
      values[slot][i] = 2 * (v[i] / 2);
    }
  }
  Values read(const int32_t *q) const {
    Values out;
    int64_t scores[kSlots] = {};
    for (int s = 0; s < kSlots; ++s) {
      for (int i = 0; i < kWidth; ++i)
        scores[s] += keys[s][i] * q[i];
      scores[s] >>= 6;
    }
    for (int j = 0; j < kWidth; ++j) {
      int64_t sum = 0;
      for (int s = 0; s < kSlots; ++s)
        sum += values[s][j] * scores[s];
      out.push_back(int32_t(sum >> 8));
    }
    return out;
  }
};

struct RingInputs {
  static constexpr int kTokens = 60;
  Values k, q, v;
  std::vector<int64_t> slot;

  explicit RingInputs(unsigned seed) {
    std::mt19937 random(seed);
    auto pick = [&](int low, int high) {
      return std::uniform_int_distribution<int>(low, high)(random);
    };
    for (int t = 0; t < kTokens; ++t) {
      for (int i = 0; i < kWidth; ++i) {
        k.push_back(pick(1, 253));
        q.push_back(pick(-300, 300));
        v.push_back(pick(-254, 254));
      }
      slot.push_back(t % kSlots);
    }
  }
  NamedArrays arrays() const {
    return {{"k", ints({1, kTokens, kWidth}, k)},
            {"q", ints({1, kTokens, kWidth}, q)},
            {"v", ints({1, kTokens, kWidth}, v)},
            {"slot", ids(slot)}};
  }
};

void checkRing(bool twoCores) {
  NetBuilder net = makeRing(twoCores);
  RingInputs inputs(3);
  RunOptions options;
  options.probes = {{"slots", ProbeKind::Weights},
                    {"values", ProbeKind::Weights}};
  RunResult result = run(net, inputs.arrays(), options);
  const Array *keys = findArray(result.probes, "slots.d0.weights");
  const Array *values = findArray(result.probes, "values.d0.weights");
  ASSERT_TRUE(keys && values);
  ASSERT_EQ(keys->shape,
            (std::vector<int64_t>{1, RingInputs::kTokens, kSlots, kWidth}));
  ASSERT_EQ(values->shape,
            (std::vector<int64_t>{1, RingInputs::kTokens, kWidth, kSlots}));
  RingModel model;
  int64_t at = 0;
  for (int t = 0; t < RingInputs::kTokens; ++t) {
    model.write(t % kSlots, &inputs.k[t * kWidth], &inputs.v[t * kWidth]);
    Values expected = model.read(&inputs.q[t * kWidth]);
    for (int j = 0; j < kWidth; ++j)
      ASSERT_EQ(result.outputs[0].second.asDouble(t * kWidth + j), expected[j])
          << "token " << t;
    // The read phases of this token left everything as it was written.
    for (int s = 0; s < kSlots; ++s)
      for (int i = 0; i < kWidth; ++i, ++at) {
        ASSERT_EQ(keys->asInteger(at), model.keys[s][i]) << "token " << t;
        ASSERT_EQ(values->asInteger((t * kWidth + i) * kSlots + s),
                  model.values[s][i])
            << "token " << t;
      }
  }
  EXPECT_EQ(result.stats.total.learningSaturations, 0u);
}

TEST(Ring, OverwritesPastItsLengthOnOneCore) { checkRing(false); }
TEST(Ring, OverwritesPastItsLengthOnTwoCores) { checkRing(true); }

TEST(Ring, M6_ResetsBetweenSequencesAndForgetsWithoutLearning) {
  NetBuilder net = makeRing(false);
  RingInputs inputs(5);
  NamedArrays single = inputs.arrays(), twice = single;
  for (auto &entry : twice) {
    entry.second.shape[0] = 2;
    std::vector<uint8_t> copy = entry.second.data;
    entry.second.data.insert(entry.second.data.end(), copy.begin(), copy.end());
  }
  Array one = run(net, single).outputs[0].second;
  Array two = run(net, twice).outputs[0].second;
  ASSERT_EQ(two.data.size(), 2 * one.data.size());
  EXPECT_TRUE(std::equal(one.data.begin(), one.data.end(), two.data.begin()));
  EXPECT_TRUE(std::equal(one.data.begin(), one.data.end(),
                         two.data.begin() + one.data.size()));
  RunOptions options;
  options.learning = false;
  Array none = run(net, single, options).outputs[0].second;
  for (int64_t i = 0; i < none.numElements(); ++i)
    ASSERT_EQ(none.asDouble(i), 0);
}

} // namespace
