//===- MicrocodeTest.cpp - every instruction, and the LIF neuron ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Engine.h"
#include "neuro/Runtime/Simulator.h"

#include <random>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

struct Outcome {
  std::vector<int32_t> spikes; // payloads, per neuron
  std::vector<uint8_t> fired;
  std::vector<std::vector<int32_t>> state;
  GroupCounters counters;
};

// Runs a program once on neurons with these parameters, on both engines.
Outcome runOnce(const std::vector<std::string> &code,
                const std::vector<std::vector<int32_t>> &parameters,
                const std::vector<StateSpec> &state = {},
                unsigned payloadBits = 24) {
  NetBuilder net;
  net.core();
  uint32_t count = 1;
  for (const auto &values : parameters)
    count = std::max(count, uint32_t(values.size()));
  net.group(0, "g", count, net.program(0, code), 0, payloadBits, parameters,
            state);
  net.output("y", 0, 0, 0);
  auto binary = net.load();
  Outcome outcomes[2];
  if (!binary)
    return outcomes[0];
  const nrb::Binary &root = binary->root();
  std::unique_ptr<Engine> engines[2] = {makeFastEngine(root, makePlan(root)),
                                        makeReferenceEngine(root)};
  for (int i = 0; i < 2; ++i) {
    SequenceInput input;
    input.tokens = 1;
    std::vector<std::vector<int32_t>> outputs;
    engines[i]->runSequence(input, outputs);
    Outcome &outcome = outcomes[i];
    outcome.spikes.resize(count);
    outcome.fired.resize(count);
    engines[i]->readSpikes(0, outcome.spikes.data(), outcome.fired.data());
    for (unsigned j = 0; j < state.size(); ++j) {
      outcome.state.emplace_back(count);
      engines[i]->readState(0, j, outcome.state.back().data());
    }
    outcome.counters = engines[i]->counters()[0];
  }
  EXPECT_EQ(outcomes[0].spikes, outcomes[1].spikes);
  EXPECT_EQ(outcomes[0].fired, outcomes[1].fired);
  EXPECT_EQ(outcomes[0].state, outcomes[1].state);
  EXPECT_TRUE(outcomes[0].counters == outcomes[1].counters);
  return outcomes[0];
}

// The 32-bit result of an instruction into r0, seen through a 24-bit payload
// from two halves.
std::vector<int32_t> compute(const std::vector<std::string> &code,
                             const std::vector<int32_t> &a,
                             const std::vector<int32_t> &b,
                             GroupCounters *counters = nullptr) {
  std::vector<std::string> low = code, high = code;
  low.insert(low.end(), {"and r0, r0, p2", "spike r0"});
  high.insert(high.end(), {"mul_shr.fl r0, r0, p3, 16", "spike r0"});
  Outcome lower = runOnce(low, {a, b, {0xffff}, {1}});
  Outcome upper = runOnce(high, {a, b, {0xffff}, {1}});
  if (counters)
    *counters = lower.counters;
  std::vector<int32_t> result;
  for (size_t i = 0; i < lower.spikes.size(); ++i)
    result.push_back(
        int32_t(uint32_t(upper.spikes[i]) << 16 | uint32_t(lower.spikes[i])));
  return result;
}

using Values = std::vector<int32_t>;
constexpr int32_t kMax = INT32_MAX, kMin = INT32_MIN;

TEST(Instruction, M11_AddWrapsOrSaturates) {
  Values a = {1, kMax, kMin, kMin, -5}, b = {2, 1, -1, kMin, 7};
  GroupCounters counters;
  EXPECT_EQ(compute({"add r0, p0, p1"}, a, b, &counters),
            (Values{3, kMin, kMax, 0, 2}));
  EXPECT_EQ(counters.registerWraps, 3u);
  EXPECT_EQ(counters.saturations, 0u);
  EXPECT_EQ(compute({"add.sat r0, p0, p1"}, a, b, &counters),
            (Values{3, kMax, kMin, kMin, 2}));
  EXPECT_EQ(counters.registerWraps, 0u);
  EXPECT_EQ(counters.saturations, 3u);
}

TEST(Instruction, NegWrapsOrSaturates) {
  Values a = {5, -7, 0, kMin, kMax};
  EXPECT_EQ(compute({"neg r0, p0"}, a, {0}), (Values{-5, 7, 0, kMin, -kMax}));
  EXPECT_EQ(compute({"neg.sat r0, p0"}, a, {0}),
            (Values{-5, 7, 0, kMax, -kMax}));
}

TEST(Instruction, ShlByImmediateAndByValue) {
  Values a = {1, -1, 0x40000000, kMin, 3}, b = {4, 31, 1, -5, 99};
  GroupCounters counters;
  EXPECT_EQ(compute({"shl r0, p0, 1"}, a, b, &counters),
            (Values{2, -2, kMin, 0, 6}));
  EXPECT_EQ(counters.registerWraps, 2u);
  EXPECT_EQ(compute({"shl.sat r0, p0, 1"}, a, b),
            (Values{2, -2, kMax, kMin, 6}));
  EXPECT_EQ(compute({"shl.r r0, p0, p1"}, a, b),
            (Values{16, kMin, kMin, kMin, kMin}));
}

TEST(Instruction, MulShrRoundsBothWays) {
  Values a = {7, -7, -8, kMin, kMax}, b = {1, 1, 1, kMin, kMax};
  EXPECT_EQ(compute({"mul_shr.fl r0, p0, p1, 1"}, {7, -7, -8}, {1}),
            (Values{3, -4, -4}));
  EXPECT_EQ(compute({"mul_shr.tz r0, p0, p1, 1"}, {7, -7, -8}, {1}),
            (Values{3, -3, -4}));
  EXPECT_EQ(
      compute({"mul_shr.tz r0, p0, p1, 47"}, {kMin, kMax, -1}, {kMax, kMax, 1}),
      (Values{-32767, 32767, 0}));
  EXPECT_EQ(
      compute({"mul_shr.fl r0, p0, p1, 47"}, {kMin, kMax, -1}, {kMax, kMax, 1}),
      (Values{-32768, 32767, -1}));
  GroupCounters counters;
  EXPECT_EQ(compute({"mul_shr.fl r0, p0, p1, 0"}, a, b, &counters),
            (Values{7, -7, -8, 0, 1}));
  EXPECT_EQ(counters.registerWraps, 2u);
  EXPECT_EQ(compute({"mul_shr.fl.sat r0, p0, p1, 0"}, a, b),
            (Values{7, -7, -8, kMax, kMax}));
}

TEST(Instruction, MinCounts) {
  GroupCounters counters;
  EXPECT_EQ(compute({"min r0, p0, p1"}, {3, 5, -1}, {4, 2, -1}, &counters),
            (Values{3, 2, -1}));
  EXPECT_EQ(counters.saturations, 0u);
  compute({"min.count r0, p0, p1"}, {3, 5, -1}, {4, 2, -1}, &counters);
  EXPECT_EQ(counters.saturations, 1u);
}

TEST(Instruction, BitsAndSelection) {
  EXPECT_EQ(compute({"and r0, p0, p1"}, {12, -1}, {10, 77}), (Values{8, 77}));
  EXPECT_EQ(compute({"or r0, p0, p1"}, {12, -1}, {10, 77}), (Values{14, -1}));
  for (auto [op, expected] :
       {std::pair("lt", Values{1, 2, -9}), std::pair("ge", Values{2, 2, 4}),
        std::pair("eq", Values{2, 2, -9})})
    EXPECT_EQ(compute({std::string(op) + " p0, p1", "sel r0, p0, p1"},
                      {1, 2, 4}, {2, 2, -9}),
              expected[0] == 1   ? (Values{1, 2, -9})
              : expected[2] == 4 ? (Values{2, 2, 4})
                                 : (Values{2, 2, -9}))
        << op;
}

TEST(Instruction, M14_SpecialOperands) {
  Outcome outcome = runOnce(
      {"add r0, id, time", "add r0, r0, third", "spike r0"}, {{0, 0, 0}});
  EXPECT_EQ(outcome.spikes, (Values{0, 1, 2}));
  outcome = runOnce({"spike rand"}, {std::vector<int32_t>(300, 0)}, {}, 24);
  // 24 bits, saturated to a signed payload: half of them at the top.
  EXPECT_GT(outcome.counters.saturations, 100u);
  EXPECT_LT(outcome.counters.saturations, 200u);
}

TEST(Instruction, M13_BranchesPerNeuron) {
  // Three ways through one program.
  Outcome outcome = runOnce(
      {"mov r0, p0", "eq p0, p1", "jmp_c 5", "add r0, r0, p2", "skp_c 0",
       "lt p0, p1", "skp_c 2", "add r0, r0, p2", "add r0, r0, p2", "spike r0"},
      {{5, 6, 7}, {6}, {100}});
  EXPECT_EQ(outcome.spikes, (Values{105, 206, 307}));
}

TEST(Instruction, SpikeSaturatesToThePayload) {
  Outcome outcome = runOnce({"spike p0"}, {{127, 128, -128, -129, 0}}, {}, 8);
  EXPECT_EQ(outcome.spikes, (Values{127, 127, -128, -128, 0}));
  EXPECT_EQ(outcome.fired, (std::vector<uint8_t>(5, 1)));
  EXPECT_EQ(outcome.counters.saturations, 2u);
  EXPECT_EQ(outcome.counters.spikes, 5u);
  EXPECT_EQ(runOnce({"spike p0"}, {{17, 0}}, {}, 0).spikes, (Values{1, 1}));
}

TEST(State, M11_WrapsOrSaturatesByItsRule) {
  Values in = {127, 128, -129, 300, -1};
  auto store = [&](bool isSigned, bool saturates) {
    return runOnce({"mov s0, p0"}, {in}, {{"v", 8, isSigned, saturates, {0}}});
  };
  EXPECT_EQ(store(true, false).state[0], (Values{127, -128, 127, 44, -1}));
  EXPECT_EQ(store(true, false).counters.registerWraps, 3u);
  EXPECT_EQ(store(true, true).state[0], (Values{127, 127, -128, 127, -1}));
  EXPECT_EQ(store(true, true).counters.saturations, 3u);
  EXPECT_EQ(store(false, false).state[0], (Values{127, 128, 127, 44, 255}));
  EXPECT_EQ(store(false, true).state[0], (Values{127, 128, 0, 255, 0}));
}

TEST(State, ReadModifyWriteAndReadClear) {
  Outcome outcome =
      runOnce({"rmw r0, s0, p0", "rdc r1, s0", "add r0, r0, r1", "spike r0"},
              {{1, 27, 28}}, {{"v", 8, true, true, {100}}});
  EXPECT_EQ(outcome.spikes, (Values{202, 254, 254}));
  EXPECT_EQ(outcome.state[0], (Values{0, 0, 0}));
  EXPECT_EQ(outcome.counters.saturations, 1u);
}

//===----------------------------------------------------------------------===//
// The twelve-instruction LIF neuron
//===----------------------------------------------------------------------===//

const std::vector<std::string> kLif = {
    "rdc r0, d0",
    "shl r0, r0, 6",
    "mul_shr.tz r1, s0, p0, 12", // du' = 4096 - (du + 1)
    "add r1, r1, r0",
    "mov s0, r1",
    "mul_shr.tz r2, s1, p1, 12", // dv' = 4096 - dv
    "add r2, r2, s0",
    "add r2, r2, p2", // bias
    "ge p3, r2",      // vth << 6; no spike
    "sel s1, r2, p4", // 0 after a spike
    "skp_c 1",
    "spike r0",
};

// Formula 5.1 of the hardware model, u wrapped to 24 bits.
struct LifModel {
  int64_t u = 0, v = 0;
  bool step(int64_t input, int64_t du, int64_t dv, int64_t bias, int64_t vth) {
    auto decay = [](int64_t x, int64_t factor) { return x * factor / 4096; };
    int64_t sum = decay(u, 4096 - (du + 1)) + input * 64;
    u = int64_t(uint64_t(sum) << 40) >> 40;
    int64_t next = decay(v, 4096 - dv) + u + bias;
    bool spike = next > vth * 64;
    v = std::min<int64_t>(std::max<int64_t>(next, -(1 << 23)), (1 << 23) - 1);
    if (spike)
      v = 0;
    return spike;
  }
};

// One neuron whose dendrite receives 2 * weight of every token.
class LifNet {
public:
  LifNet(int du, int dv, int bias, int vth) : net(1, 1) {
    net.core();
    net.group(0, "lif", 1, net.program(0, kLif), 1, 0,
              {{4096 - (du + 1)}, {4096 - dv}, {bias}, {vth * 64}, {0}},
              {{"u", 24, true, false, {0}}, {"v", 24, true, true, {0}}});
    net.output("s", 0, 0, 1);
    net.gradedInput("x", 1, 1, 4000000, 24);
    net.format(0, nrb::SignMode::mixed, 8, -1, 0);
    net.connectInput(0, 0, 0, net.denseAxon(0, 0, 0, {1}));
  }

  struct Trace {
    Values u, v, spikes;
  };
  Trace run(const Values &input) {
    auto binary = net.load();
    Trace trace;
    auto engine = makeFastEngine(binary->root(), makePlan(binary->root()));
    SequenceInput sequence;
    sequence.tokens = uint32_t(input.size());
    sequence.ports = {input};
    std::vector<std::vector<int32_t>> outputs;
    engine->runSequence(sequence, outputs, [&](uint32_t step) {
      if (step == 0)
        return; // the first input arrives in step 1
      int32_t u, v;
      engine->readState(0, 0, &u);
      engine->readState(0, 1, &v);
      trace.u.push_back(u);
      trace.v.push_back(v);
    });
    trace.spikes = outputs[0];
    return trace;
  }

private:
  NetBuilder net;
};

TEST(Lif, MatchesThePublishedValues) {
  // The first step, before any input, is a step of the neuron too: no bias,
  // so nothing happens in it.
  LifNet::Trace current =
      LifNet(2047, 0, 0, 131071).run({128, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(current.u, (Values{8192, 4096, 2048, 1024, 512, 256, 128, 64}));
  LifNet::Trace voltage =
      LifNet(0, 2048, 0, 131071).run({128, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(voltage.v,
            (Values{8192, 12286, 14331, 15351, 15859, 16111, 16235, 16295}));
  // Bias 2 << 6, threshold 8: a spike in every fifth step.
  LifNet::Trace bias = LifNet(0, 0, 128, 8).run(Values(10, 0));
  EXPECT_EQ(bias.spikes, (Values{0, 0, 0, 1, 0, 0, 0, 0, 1, 0}));
  // 4095 << 5.
  EXPECT_EQ(LifNet(0, 0, 4095 << 5, 131071).run({0}).v[0], 2 * 131040);
}

TEST(Lif, MatchesTheFormulaOnRandomSteps) {
  std::mt19937 random(7);
  auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  for (int round = 0; round < 60; ++round) {
    int du = pick(0, 4095), dv = pick(0, 4095), vth = pick(0, 131071);
    int bias = pick(-4096, 4095) * (1 << pick(0, 7));
    Values input(1000);
    for (int32_t &value : input)
      value = pick(0, 9) ? pick(-30000, 30000) : pick(-2000000, 2000000);
    LifNet::Trace trace = LifNet(du, dv, bias, vth).run(input);
    LifModel model;
    model.step(0, du, dv, bias, vth);
    for (size_t i = 0; i < input.size(); ++i) {
      bool spike = model.step(input[i], du, dv, bias, vth);
      ASSERT_EQ(trace.u[i], model.u) << "step " << i;
      ASSERT_EQ(trace.v[i], model.v) << "step " << i;
      ASSERT_EQ(trace.spikes[i], int32_t(spike)) << "step " << i;
    }
  }
}

} // namespace
