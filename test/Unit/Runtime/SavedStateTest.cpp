//===- SavedStateTest.cpp - what a saved state may say -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Simulator.h"
#include "neuro/Runtime/State.h"

#include <functional>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

struct SynapseOptions {
  nrb::SignMode sign = nrb::SignMode::mixed;
  unsigned weightBits = 8, delayBits = 0, latency = 0;
  bool compat = false, stochastic = false, holdsX1 = true;
  nrb::RuleTarget target = nrb::RuleTarget::weight;
};

// One plastic synapse of weight 0, delay 1 if there are any, and tag 0.
class StateOfASynapse {
public:
  explicit StateOfASynapse(const SynapseOptions &options) {
    NetBuilder net(1, options.latency);
    net.core();
    net.group(0, "post", 1, net.program(0, {"spike d0"}), 1, 24);
    net.output("y", 0, 0, 0);
    net.gradedInput("x", 1, 1, 127, 8);
    auto rule = std::make_unique<nrb::RuleT>();
    rule->epoch = 1;
    rule->third_factor = true;
    rule->stochastic = options.stochastic;
    rule->x1 = std::make_unique<nrb::TraceConfigT>();
    rule->x1->tau = options.holdsX1 ? 65535 : 0;
    rule->terms.push_back(std::make_unique<nrb::RuleTermT>());
    rule->terms[0]->target = options.target;
    rule->terms[0]->products.push_back(std::make_unique<nrb::ProductT>());
    rule->terms[0]->products[0]->dependency = nrb::Dependency::y0;
    rule->terms[0]->products[0]->mantissa = 1;
    net.binary.cores[0]->rules.push_back(std::move(rule));
    net.format(0, options.sign, options.weightBits, 0, 0, 0, 0,
               options.delayBits);
    SynapseSpec synapse = {0, 0};
    synapse.delay = options.delayBits ? 1 : 0;
    net.connectInput(0, 0, 0, net.axon(0, 0, 0, {synapse}));
    if (options.compat)
      net.binary.learning_mode = nrb::LearningMode::lava_compat;
    binary = net.load();
    RunOptions run;
    run.save = &saved;
    RunResult result;
    std::vector<std::string> errors;
    EXPECT_TRUE(Simulator(binary).run(
        {{"x", Array::of(DType::Float32, {1, 1, 1}, std::vector<float>{1})}},
        run, result, errors));
  }

  // What the reader says about a changed state.
  std::string changed(const std::function<void(EngineState &)> &change) const {
    SavedState copy = saved, read;
    change(copy.sequences.at(0));
    std::vector<uint8_t> bytes = copy.toBytes(*binary);
    std::string error;
    bool ok =
        read.fromBytes(bytes.data(), bytes.size(), "s.nrs", *binary, error);
    EXPECT_EQ(ok, error.empty());
    return error;
  }

private:
  std::shared_ptr<const Binary> binary;
  SavedState saved;
};

#define EXPECT_HAS(text, part)                                                 \
  do {                                                                         \
    std::string found = text;                                                  \
    EXPECT_NE(found.find(part), std::string::npos)                             \
        << "expected \"" << part << "\" in \"" << found << "\"";               \
  } while (false)

// L-6, L-14: exactly the weights that the engine can store are taken.
TEST(SavedState, M16_WeightsAreThoseOfTheSynapseFormat) {
  for (nrb::SignMode sign : {nrb::SignMode::mixed, nrb::SignMode::excitatory,
                             nrb::SignMode::inhibitory})
    for (unsigned bits = 1; bits <= 8; ++bits)
      for (bool compat : {false, true}) {
        SynapseOptions options;
        options.sign = sign;
        options.weightBits = bits;
        options.compat = compat;
        StateOfASynapse state(options);
        bool mixed = sign == nrb::SignMode::mixed;
        int step = compat ? 1 : 1 << (8 - bits + mixed);
        for (int weight = -300; weight <= 300; ++weight) {
          bool inRange = mixed ? weight >= -256 && weight <= 256 - step
                         : sign == nrb::SignMode::excitatory
                             ? weight >= 0 && weight <= 256 - step
                             : weight >= step - 256 && weight <= 0;
          std::string error =
              state.changed([&](EngineState &s) { s.weights.at(0) = weight; });
          EXPECT_EQ(error.empty(), inRange && weight % step == 0)
              << nrb::EnumNameSignMode(sign) << " " << bits << " bits, weight "
              << weight << ": " << error;
        }
      }
  EXPECT_HAS(
      StateOfASynapse({}).changed([](EngineState &s) { s.weights.at(0) = 3; }),
      "corrupted: sequence 0: a weight is one that its synapse format "
      "cannot hold");
}

TEST(SavedState, M16_TracesAreThoseThatTheRuleHolds) {
  StateOfASynapse holds({});
  EXPECT_EQ(holds.changed([](EngineState &s) { s.traces.at(0).x1 = 127; }), "");
  EXPECT_HAS(holds.changed([](EngineState &s) { s.traces.at(0).x1 = 128; }),
             "a trace is out of its range");
  EXPECT_HAS(holds.changed([](EngineState &s) { s.traces.at(0).x2 = 1; }),
             "a trace that its rule does not hold is not 0");
  EXPECT_HAS(
      holds.changed([](EngineState &s) { s.traces.at(0).x2Limited = true; }),
      "a trace that its rule does not hold is not 0");
  SynapseOptions options;
  options.holdsX1 = false;
  EXPECT_HAS(StateOfASynapse(options).changed(
                 [](EngineState &s) { s.traces.at(0).x1 = 1; }),
             "a trace that its rule does not hold is not 0");
  // Of a rule whose traces lie elsewhere.
  options.holdsX1 = true;
  options.stochastic = true;
  StateOfASynapse general(options);
  EXPECT_HAS(general.changed([](EngineState &s) { s.traces.at(0).x1 = 1; }),
             "a trace that its rule does not hold is not 0");
  auto x1 = [](int32_t value) {
    return [=](EngineState &s) { s.rules.at(0).pres.at(0).x[0] = value; };
  };
  EXPECT_EQ(general.changed(x1(127)), "");
  EXPECT_HAS(general.changed(x1(128)), "a trace is out of its range");
  EXPECT_HAS(general.changed(x1(-1)), "a trace is out of its range");
}

TEST(SavedState, M16_SpikesAreThoseOfTheirSenders) {
  StateOfASynapse state({});
  auto spike = [](int32_t payload) {
    return [=](EngineState &s) { s.spikes = {{0, 0, 0, payload}}; };
  };
  EXPECT_EQ(state.changed(spike(1 << 23)), "");
  EXPECT_EQ(state.changed(spike(-(1 << 23))), "");
  EXPECT_HAS(state.changed(spike((1 << 23) + 1)), "more than 24 bits");
  EXPECT_HAS(state.changed(spike(INT32_MIN)), "more than 24 bits");
  // A port of latency 3 sends for the token before until step 3.
  SynapseOptions options;
  options.latency = 3;
  StateOfASynapse late(options);
  auto host = [](uint32_t step, int32_t payload) {
    return [=](EngineState &s) { s.hostSpikes = {{step, 0, 0, payload}}; };
  };
  EXPECT_EQ(late.changed(host(3, 127)), "");
  EXPECT_EQ(late.changed(host(3, -127)), "");
  EXPECT_HAS(late.changed(host(4, 1)), "belongs to no token that has begun");
  EXPECT_HAS(late.changed(host(UINT32_MAX, 1)),
             "belongs to no token that has begun");
  EXPECT_HAS(late.changed(host(0, 1)), "comes from nowhere");
  EXPECT_HAS(late.changed(host(3, 128)), "exceeds the limit of its port");
  EXPECT_HAS(late.changed(host(3, INT32_MIN)), "exceeds the limit of its port");
}

TEST(SavedState, M16_DelaysAndTagsAreThoseOfTheFileUnlessTheyAreLearned) {
  auto delay = [](int32_t value) {
    return
        [=](EngineState &s) { s.rules.at(0).pres.at(0).delays.at(0) = value; };
  };
  auto tag = [](int32_t value) {
    return [=](EngineState &s) { s.rules.at(0).pres.at(0).tags.at(0) = value; };
  };
  SynapseOptions options;
  options.stochastic = true;
  options.delayBits = 3;
  for (nrb::RuleTarget target :
       {nrb::RuleTarget::weight, nrb::RuleTarget::delay,
        nrb::RuleTarget::tag}) {
    options.target = target;
    StateOfASynapse state(options);
    EXPECT_EQ(state.changed(delay(1)), "");
    EXPECT_EQ(state.changed(tag(0)), "");
    EXPECT_EQ(state.changed(delay(7)).empty(),
              target == nrb::RuleTarget::delay);
    EXPECT_EQ(state.changed(tag(-257)).empty(), target == nrb::RuleTarget::tag);
    EXPECT_EQ(state.changed(tag(255)).empty(), target == nrb::RuleTarget::tag);
    EXPECT_HAS(state.changed(delay(8)),
               "a delay is one that its synapse cannot have");
    EXPECT_HAS(state.changed(delay(-1)),
               "a delay is one that its synapse cannot have");
    EXPECT_HAS(state.changed(tag(256)),
               "a tag is one that its synapse cannot have");
    EXPECT_HAS(state.changed(tag(-258)),
               "a tag is one that its synapse cannot have");
  }
}

} // namespace
