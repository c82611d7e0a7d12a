//===- MachineTest.cpp - rules of the machine, by hand --------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One test for each rule of docs/spec/machine.md that no other file tests,
// with values that the rule gives without a computer.
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Simulator.h"
#include "neuro/Runtime/State.h"

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

using Values = std::vector<int32_t>;
constexpr auto kMixed = nrb::SignMode::mixed;

// Port x of one element and one group that sends what d0 holds, in every step.
class Echo {
public:
  explicit Echo(uint32_t count,
                const std::vector<std::string> &program = {"rdc r0, d0",
                                                           "spike r0"},
                const std::vector<Values> &parameters = {})
      : net(1, 0) {
    net.core();
    net.group(0, "echo", count, net.program(0, program), 1, 24, parameters);
    net.output("y", 0, 0, 0);
    net.gradedInput("x", 1, 1, 30000, 16);
  }

  // What the neurons sent: one row per step. The host sends x[t] in step t.
  Values run(const Values &x) {
    Simulator simulator(net.load());
    RunResult results[2];
    for (int i = 0; i < 2; ++i) {
      RunOptions options;
      options.reference = i == 1;
      std::vector<std::string> errors;
      EXPECT_TRUE(simulator.run(
          {{"x", Array::of(DType::Int32, {1, int64_t(x.size()), 1}, x)}},
          options, results[i], errors));
      for (const std::string &error : errors)
        ADD_FAILURE() << error;
    }
    EXPECT_TRUE(results[0].stats.groups == results[1].stats.groups);
    Values values;
    for (size_t i = 0; i < results[0].outputs.size(); ++i) {
      const Array &y = results[0].outputs[i].second;
      EXPECT_EQ(y.data, results[1].outputs[i].second.data);
      for (int64_t j = 0; j < y.numElements(); ++j)
        values.push_back(int32_t(y.asDouble(j)));
    }
    counters = results[0].stats.total;
    return values;
  }

  NetBuilder net;
  GroupCounters counters;
};

TEST(Machine, M1_NeuronsAreNumberedThroughTheGroups) {
  Echo echo(2);
  echo.net.group(0, "more", 2, 0, 1, 24);
  echo.net.output("z", 0, 1, 0);
  // Neurons 1 and 2: the last of one group, the first of the next.
  uint32_t format = echo.net.format(0, kMixed, 8, -1, 0);
  echo.net.connectInput(0, 0, 0, echo.net.denseAxon(0, format, 1, {3, 4}));
  EXPECT_EQ(echo.run({10, 0}), (Values{0, 0, 0, 30, 0, 0, 40, 0}));
}

TEST(Machine, M2_ParametersAreOfTheGroupOrOfEachNeuron) {
  Echo echo(3, {"add r0, p0, p1", "spike r0"}, {{10}, {1, 2, 3}});
  EXPECT_EQ(echo.run({0}), (Values{11, 12, 13}));
  EXPECT_EQ(echo.counters.neuronUpdates, 3u);
}

TEST(Machine, M3_SpikeArrivesInTheNextStepPlusDelay) {
  for (unsigned delay : {0u, 1u, 4u, 62u}) {
    Echo echo(1);
    uint32_t format = echo.net.format(0, kMixed, 8, -1, 0);
    echo.net.connectInput(0, 0, 0,
                          echo.net.denseAxon(0, format, 0, {1}, delay));
    Values x(70, 0), expected(70, 0);
    x[2] = 9;
    expected[2 + 1 + delay] = 9;
    EXPECT_EQ(echo.run(x), expected) << delay;
  }
}

TEST(Machine, M3_NeuronsOfOneStepSeeTheSpikesOfTheStepBefore) {
  // A ring of two neurons hands one spike back and forth.
  Echo echo(2, {"rdc r0, d0", "eq r0, p0", "skp_c 1", "spike r0"}, {{0}});
  uint32_t format = echo.net.format(0, kMixed, 8, -1, 0);
  uint32_t first = echo.net.denseAxon(0, format, 0, {1});
  uint32_t second = echo.net.denseAxon(0, format, 1, {1});
  echo.net.connectInput(0, 0, 0, first);
  echo.net.connect(0, 0, 0, second);
  echo.net.connect(0, 1, 0, first);
  EXPECT_EQ(echo.run({5, 0, 0, 0}), (Values{0, 0, 5, 0, 0, 5, 5, 0}));
}

TEST(Machine, M4_DelaysOfAxonAndSynapseAdd) {
  Echo echo(2);
  uint32_t format = echo.net.format(0, kMixed, 8, -1, 0, -1, 0, 3);
  echo.net.connectInput(0, 0, 0,
                        echo.net.axon(0, format, 0, {{0, 1, 0}, {0, 1, 2}}, 1));
  EXPECT_EQ(echo.run({7, 0, 0, 0, 0, 0}),
            (Values{0, 0, 0, 0, 7, 0, 0, 0, 0, 7, 0, 0}));
}

TEST(Machine, M7_FieldsOfASynapseWord) {
  Echo echo(3);
  // Format 0, 2 synapses: 8 bits of weight, 2 of delay, 3 of index.
  uint32_t format = echo.net.format(0, kMixed, 8, -1, 0, -1, 3, 2);
  uint32_t axon = echo.net.axon(0, format, 1, {{0, 0}, {1, 0}});
  echo.net.binary.cores[0]->synapse_words = {
      uint64_t(format) | 1 << 4 | 0x85ull << 10 | 2ull << 18 | 0ull << 20 |
      0x11ull << 23 | 0ull << 31 | 1ull << 33};
  echo.net.connectInput(0, 0, 0, axon);
  // 0x85 is -123; it waits for two steps.
  EXPECT_EQ(echo.run({1, 0, 0, 0}),
            (Values{0, 0, 0, 0, 0, 17, 0, 0, 0, 0, -123, 0}));
}

TEST(Machine, M7_BlocksOf64) {
  // 70 dense targets from neuron 2 on: two blocks.
  Echo echo(72);
  Values stored, expected(72, 0);
  for (int32_t i = 0; i < 70; ++i)
    stored.push_back(i - 35);
  uint32_t format = echo.net.format(0, kMixed, 7, -2, 0);
  echo.net.connectInput(0, 0, 0, echo.net.denseAxon(0, format, 2, stored));
  expected.insert(expected.end(), 2, 0);
  expected.insert(expected.end(), stored.begin(), stored.end());
  EXPECT_EQ(echo.run({1, 0}), expected);
  // One weight is 0.
  EXPECT_EQ(echo.counters.synapticOperations, 69u);
}

// Two axons that bring `stored` each.
Values arrives(int32_t stored, int exponent, int32_t payload,
               GroupCounters &counters, unsigned axons = 2) {
  Echo echo(1);
  uint32_t format = echo.net.format(0, kMixed, 8, exponent, 0);
  for (unsigned i = 0; i < axons; ++i)
    echo.net.connectInput(0, 0, 0, echo.net.denseAxon(0, format, 0, {stored}));
  Values values = echo.run({payload, 0});
  counters = echo.counters;
  return values;
}

TEST(Machine, M9_TheSumIsScaledNotItsParts) {
  GroupCounters counters;
  // A stored 1 weighs 2: each part alone would be 2 >> 2 = 0.
  EXPECT_EQ(arrives(1, -2, 1, counters), (Values{0, 1}));
  EXPECT_EQ(arrives(1, -2, 1, counters, 1), (Values{0, 0}));
  // Right shifts floor: -6 >> 2.
  EXPECT_EQ(arrives(-1, -2, 3, counters, 1), (Values{0, -2}));
  EXPECT_EQ(arrives(3, 7, 1, counters, 1), (Values{0, 6 << 7}));
  EXPECT_EQ(counters.dendriteWraps, 0u);
}

TEST(Machine, M9_DendritesWrapAt24Bits) {
  GroupCounters counters;
  // 2 * 30000 * 254 = 15,240,000, less 2^24; the payload saturates nothing.
  EXPECT_EQ(arrives(127, 0, 30000, counters),
            (Values{0, 15240000 - (1 << 24)}));
  EXPECT_EQ(counters.dendriteWraps, 1u);
  EXPECT_EQ(arrives(127, 0, 30000, counters, 1), (Values{0, 7620000}));
  EXPECT_EQ(counters.dendriteWraps, 0u);
}

TEST(Machine, M10_WhatAProgramDoesNotReadIsLost) {
  // Reads its dendrite from step 2 on.
  Echo echo(1, {"lt time, p0", "skp_c 2", "rdc r0, d0", "spike r0"}, {{2}});
  uint32_t format = echo.net.format(0, kMixed, 8, -1, 0);
  echo.net.connectInput(0, 0, 0, echo.net.denseAxon(0, format, 0, {1}));
  EXPECT_EQ(echo.run({5, 7, 0, 0}), (Values{0, 0, 7, 0}));
}

TEST(Machine, M16_AGroupIsNotIdleBecauseAStateSaysSo) {
  // Sends 3 in every step; the state claims that it does nothing.
  Echo echo(1, {"spike p0"}, {{3}});
  Simulator simulator(echo.net.load());
  auto run = [&](RunOptions options) {
    RunResult result;
    std::vector<std::string> errors;
    EXPECT_TRUE(
        simulator.run({{"x", Array::of(DType::Int32, {1, 2, 1}, Values{0, 0})}},
                      options, result, errors));
    return std::vector<double>{result.outputs[0].second.asDouble(0),
                               result.outputs[0].second.asDouble(1)};
  };
  SavedState saved;
  RunOptions first;
  first.save = &saved;
  run(first);
  ASSERT_EQ(saved.sequences.size(), 1u);
  EXPECT_FALSE(saved.sequences[0].quiet[0]);
  saved.sequences[0].quiet[0] = true;
  for (bool reference : {false, true}) {
    RunOptions second;
    second.resume = &saved;
    second.reference = reference;
    EXPECT_EQ(run(second), (std::vector<double>{3, 3})) << reference;
  }
}

} // namespace
