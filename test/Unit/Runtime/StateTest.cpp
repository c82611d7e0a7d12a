//===- StateTest.cpp - what a saved state may hold ------------------------===//
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

Array ints(std::vector<int64_t> shape, const std::vector<int32_t> &values) {
  return Array::of(DType::Int32, std::move(shape), values);
}

// Two tokens of two steps each. Behind them spikes are under way, because of a
// delay of 9, and the host has some to send, because of an offset of 3.
class Saved {
public:
  Saved() : net(2, 12) {
    net.core();
    net.group(0, "post", 2,
              net.program(0, {"rdc r0, d0", "rmw r1, s0, r0", "spike r1"}), 1,
              16, {}, {{"v", 16, true, false, {0}}});
    net.output("y", 0, 0, 2);
    net.gradedInput("x", 2, 1, 127, 8);
    net.gradedInput("late", 1, 1, 127, 8, 3);
    auto rule = std::make_unique<nrb::RuleT>();
    rule->name = "key";
    rule->epoch = 1;
    rule->third_factor = true;
    rule->x1 = std::make_unique<nrb::TraceConfigT>();
    rule->x1->tau = 65535;
    rule->x1->impulse = 50;
    rule->terms.push_back(std::make_unique<nrb::RuleTermT>());
    rule->terms[0]->products.push_back(std::make_unique<nrb::ProductT>());
    rule->terms[0]->products[0]->mantissa = 1;
    net.binary.cores[0]->rules.push_back(std::move(rule));
    net.format(0, nrb::SignMode::mixed, 8, 0, 0);
    net.format(0, nrb::SignMode::mixed, 8, 0, 0, 0);
    net.connectInput(0, 0, 0, net.denseAxon(0, 0, 0, {3, 4}, 9));
    net.connectInput(1, 0, 0, net.denseAxon(0, 1, 0, {1, 2}));
    binary = net.load();
    Simulator simulator(binary);
    RunOptions options;
    options.save = &state;
    RunResult result;
    std::vector<std::string> errors;
    EXPECT_TRUE(simulator.run({{"x", ints({1, 2, 2}, {5, 6, 7, 8})},
                               {"late", ints({1, 2, 1}, {9, 10})}},
                              options, result, errors));
    EXPECT_EQ(state.sequences.size(), 1u);
  }

  /// What the reader says about the state; "" when it takes it.
  std::string problem() const {
    std::vector<uint8_t> bytes = state.toBytes(*binary);
    SavedState back;
    std::string error;
    bool ok = back.fromBytes(bytes.data(), bytes.size(), "s", *binary, error);
    EXPECT_EQ(ok, error.empty());
    return error;
  }

  EngineState &first() { return state.sequences[0]; }

  NetBuilder net;
  std::shared_ptr<const Binary> binary;
  SavedState state;
};

TEST(State, M16_TakesWhatWasSaved) {
  Saved saved;
  EXPECT_EQ(saved.first().step, 4u);
  EXPECT_FALSE(saved.first().spikes.empty());
  EXPECT_FALSE(saved.first().hostSpikes.empty());
  EXPECT_EQ(saved.first().weights.size(), 2u);
  EXPECT_EQ(saved.problem(), "");
  saved.first().spikes.back().sent = 3; // the last step before
  saved.first().traces[0].x1 = 127;
  saved.first().weights = {-256, 254};
  saved.first().fields = {-32768, 32767};
  EXPECT_EQ(saved.problem(), "");
}

TEST(State, M16_RefusesWhatNoRunLeaves) {
  struct Case {
    const char *message;
    void (*change)(EngineState &);
  };
  const Case cases[] = {
      {"the step is not one between two tokens",
       [](EngineState &s) { s.step = 5; }},
      {"a spike under way goes nowhere",
       [](EngineState &s) { s.spikes.back().sent = s.step; }},
      {"a spike under way goes nowhere",
       [](EngineState &s) { s.spikes.back().core = 1; }},
      {"a spike under way goes nowhere",
       [](EngineState &s) { s.spikes.back().axon = 2; }},
      {"a spike of the host comes from nowhere",
       [](EngineState &s) { s.hostSpikes.front().step = s.step - 1; }},
      {"a spike of the host comes from nowhere",
       [](EngineState &s) { s.hostSpikes.front().port = 2; }},
      {"a spike of the host comes from nowhere",
       [](EngineState &s) { s.hostSpikes.front().neuron = 1; }},
      {"a weight is one that its synapse format cannot hold",
       [](EngineState &s) { s.weights[1] = 256; }},
      {"a weight is one that its synapse format cannot hold",
       [](EngineState &s) { s.weights[1] = -257; }},
      {"a trace is out of its range",
       [](EngineState &s) { s.traces[0].x1 = 128; }},
      {"a trace is out of its range",
       [](EngineState &s) { s.traces[0].x2 = 128; }},
      {"a state field is out of its range",
       [](EngineState &s) { s.fields[1] = 32768; }},
      {"a state field is out of its range",
       [](EngineState &s) { s.fields[0] = -32769; }},
  };
  for (const Case &test : cases) {
    Saved saved;
    test.change(saved.first());
    EXPECT_NE(saved.problem().find(test.message), std::string::npos)
        << "expected \"" << test.message << "\", got \"" << saved.problem()
        << "\"";
  }
}

} // namespace
