//===- LoadTest.cpp - the busiest core of every step ----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Simulator.h"

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

// Three neurons on one core; the first one sends to two neurons on another.
NetBuilder makeTwoCores() {
  NetBuilder net(/*period=*/1, /*latency=*/2);
  for (uint32_t core = 0; core < 2; ++core) {
    net.core();
    net.format(core, nrb::SignMode::mixed, 8, -1, 0);
    uint32_t program =
        net.program(core, {"rdc r0, d0", "eq r0, p0", "skp_c 1", "spike r0"});
    net.group(core, core ? "second" : "first", core ? 2 : 3, program, 1, 24,
              {{0}});
  }
  net.gradedInput("x", 1, 1, 127, 8);
  net.connectInput(0, 0, 0, net.denseAxon(0, 0, 0, {2, 2, 2}));
  net.connect(0, 0, 1, net.denseAxon(1, 0, 0, {2, 2}));
  net.output("y", 1, 0, 2, 1);
  return net;
}

RunResult runTwoCores(const std::vector<float> &x, RunOptions options) {
  NetBuilder net = makeTwoCores();
  Simulator simulator(net.load());
  NamedArrays inputs = {
      {"x", Array::of(DType::Float32, {1, int64_t(x.size()), 1}, x)}};
  options.measureLoad = true;
  RunResult result;
  std::vector<std::string> errors;
  EXPECT_TRUE(simulator.run(inputs, options, result, errors));
  return result;
}

// Nothing has arrived, so that nobody is known to be idle: 12 instructions of 3
// neurons against 8 of 2. Then the first core has 3 synapses, 3 neurons and 3
// spikes against 2 idle neurons; then the second one 2, 2 and 2 against 3 idle.
TEST(LoadTest, TheBusiestCoreDiffersFromStepToStep) {
  for (bool reference : {false, true}) {
    RunOptions options;
    options.reference = reference;
    RunResult result = runTwoCores({5}, options);
    ASSERT_EQ(result.stats.steps, 3u);
    const BusiestCore &busiest = *result.stats.busiest;
    EXPECT_EQ(busiest.synapticOperations, 0u + 3 + 2);
    EXPECT_EQ(busiest.instructions, 12u + 12 + 8);
    EXPECT_EQ(busiest.spikes, 0u + 3 + 2);
    EXPECT_EQ(busiest.learningUpdates, 0u);
    // l1-davies18: synapse 3.5 ns, instruction 8.4 / 12 ns, idle 5.3, spike
    // 2.1, barrier 465.
    EXPECT_EQ(busiest.picoseconds[0],
              (12u * 700) + (3 * 3500 + 12 * 700 + 3 * 2100) +
                  (2 * 3500 + 8 * 700 + 2 * 2100) + 3 * 465000);
  }
}

TEST(LoadTest, IdleNeuronsCount) {
  CoreLoad load;
  load.idleUpdates = 10;
  load.learningUpdates = 4;
  EXPECT_EQ(StepPrices(kCostProfiles[0]).timeOf(load), 10u * 5300 + 4 * 6100);
}

// One token at a time: every token pays for the steps of all stages.
TEST(LoadTest, SpacedTokensTakeAllSteps) {
  RunResult pipelined = runTwoCores({5, 6, 7}, {});
  RunOptions options;
  options.spacing = 3;
  RunResult spaced = runTwoCores({5, 6, 7}, options);
  EXPECT_EQ(pipelined.stats.steps, 5u);
  EXPECT_EQ(spaced.stats.steps, 9u);
  EXPECT_EQ(pipelined.outputs[0].second.data, spaced.outputs[0].second.data);
  EXPECT_EQ(spaced.stats.busiest->synapticOperations, 3u * (3 + 2));
  // Both stages work at once, and the first has more to do.
  EXPECT_EQ(pipelined.stats.busiest->synapticOperations, 3u * 3 + 2);
}

TEST(LoadTest, NotMeasuredUnlessAsked) {
  NetBuilder net = makeTwoCores();
  Simulator simulator(net.load());
  RunResult result;
  std::vector<std::string> errors;
  ASSERT_TRUE(simulator.run(
      {{"x", Array::of(DType::Float32, {1, 1, 1}, std::vector<float>{5})}}, {},
      result, errors));
  EXPECT_FALSE(result.stats.busiest);
}

} // namespace
