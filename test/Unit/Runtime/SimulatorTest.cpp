//===- SimulatorTest.cpp - arrays in, arrays out -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro-c/Runtime.h"
#include "neuro/Runtime/Simulator.h"

#include <cfloat>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

// y = 2 x + (id as a value) over 3 elements; the state sums what arrived.
NetBuilder makeNet(uint32_t maxTokens = 4) {
  NetBuilder net(1, 1, maxTokens);
  net.core();
  net.source("second");
  net.group(0, "sum", 3,
            net.program(0, {"rdc r0, d0", "rmw r1, s0, r0", "probe r0",
                            "eq r0, p0", "skp_c 1", "spike r0"}),
            1, 24, {{0}}, {{"total", 24, true, false, {0}}});
  net.output("y", 0, 0, 1, 0.5);
  net.binary.outputs[0]->zero = {0, 0, 100};
  net.output("last", 0, 0, 1, 1, true);
  net.gradedInput("x", 3, 0.5, 127, 8);
  net.idInput("id", 4);
  net.format(0, nrb::SignMode::mixed, 8, -1, 0);
  net.format(0, nrb::SignMode::mixed, 8, -1, 0, -1, 4);
  for (uint32_t i = 0; i < 3; ++i)
    net.connectInput(0, i, 0, net.axon(0, 1, 0, {{i, 1}}));
  for (int32_t i = 0; i < 4; ++i)
    net.connectInput(1, uint32_t(i), 0, net.denseAxon(0, 0, 0, {i, i, i}));
  return net;
}

Array floats(const std::vector<int64_t> &shape, const std::vector<float> &v) {
  return Array::of(DType::Float32, shape, v);
}
Array ids(const std::vector<int64_t> &shape, const std::vector<int64_t> &v) {
  return Array::of(DType::Int64, shape, v);
}
NamedArrays goodInputs() {
  return {{"x", floats({2, 2, 3}, {1, 2, 3, 4, 5, 6, -1, 0, .75f, .25f, 0, 0})},
          {"id", ids({2, 2}, {0, 1, 2, 3})}};
}

std::string errorsOf(const NamedArrays &inputs, RunOptions options = {}) {
  NetBuilder net = makeNet();
  Simulator simulator(net.load());
  RunResult result;
  std::vector<std::string> errors;
  bool ok = simulator.run(inputs, options, result, errors);
  EXPECT_EQ(ok, errors.empty());
  std::string all;
  for (const std::string &error : errors)
    all += error + "\n";
  return all;
}

#define EXPECT_HAS(text, part)                                                 \
  do {                                                                         \
    std::string found = text;                                                  \
    EXPECT_NE(found.find(part), std::string::npos)                             \
        << "expected \"" << part << "\" in\n"                                  \
        << found;                                                              \
  } while (false)

RunResult run(NetBuilder &net, const NamedArrays &inputs,
              const RunOptions &options = {}) {
  Simulator simulator(net.load());
  RunResult result;
  std::vector<std::string> errors;
  EXPECT_TRUE(simulator.run(inputs, options, result, errors));
  for (const std::string &error : errors)
    ADD_FAILURE() << error;
  return result;
}

TEST(Simulator, M5_ComputesWithScalesAndZeroPoints) {
  NetBuilder net = makeNet();
  RunResult result = run(net, goodInputs());
  ASSERT_EQ(result.outputs.size(), 2u);
  const Array &y = *findArray(result.outputs, "y");
  EXPECT_EQ(y.dtype, DType::Float32);
  ASSERT_EQ(y.shape, (std::vector<int64_t>{2, 2, 3}));
  // 0.75 / 0.5 = 1.5 and 0.25 / 0.5 = 0.5 round to even.
  std::vector<float> expected = {1, 2, 103, 4.5, 5.5, 106.5,
                                 0, 1, 102, 1.5, 1.5, 101.5};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(y.as<float>()[i], expected[i]) << i;
  const Array &last = *findArray(result.outputs, "last");
  ASSERT_EQ(last.shape, (std::vector<int64_t>{2, 3}));
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(last.as<float>()[i], 2 * expected[3 + i] - (i == 2 ? 200 : 0));
  EXPECT_EQ(result.stats.steps, 2u * 3);
  EXPECT_EQ(result.stats.tokens, 4u);
  EXPECT_EQ(result.stats.hostSpikes, 4u + 6 + 2);
  EXPECT_EQ(result.stats.inputSaturations, 0u);
}

TEST(Simulator, TimeMayBeAnyAxisBehindTheBatch) {
  NetBuilder net = makeNet();
  net.binary.inputs[0]->shape = {1, 3, 1};
  net.binary.inputs[0]->time_axis = 2;
  net.binary.outputs[0]->shape = {1, 3, 1};
  net.binary.outputs[0]->time_axis = 2;
  RunResult result = run(net, {{"x", floats({1, 3, 2}, {1, 4, 2, 5, 3, 6})},
                               {"id", ids({1, 2}, {0, 1})}});
  const Array &y = result.outputs[0].second;
  ASSERT_EQ(y.shape, (std::vector<int64_t>{1, 3, 2}));
  std::vector<float> expected = {1, 4.5, 2, 5.5, 103, 106.5};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(y.as<float>()[i], expected[i]) << i;
}

TEST(Simulator, M5_LimitsAndCountsOutputsThatDoNotFitTheirType) {
  struct Case {
    nrb::ElementType type;
    double scale, zero;
    std::vector<double> values;
    uint64_t count;
  };
  // The payloads are 1, 2, 3.
  constexpr double int64Max = 9223372036854775807.0;
  const Case cases[] = {
      {nrb::ElementType::float32, 2e38, 0, {2e38f, FLT_MAX, FLT_MAX}, 2},
      {nrb::ElementType::float32, -2e38, 0, {-2e38f, -FLT_MAX, -FLT_MAX}, 2},
      {nrb::ElementType::float32, 1.1e38, 1e37, {1.2e38f, 2.3e38f, 3.4e38f}, 0},
      {nrb::ElementType::int32, 1e9, 0, {1e9, 2e9, 2147483647.0}, 1},
      {nrb::ElementType::int32,
       -1e9,
       -1e9,
       {-2e9, -2147483648.0, -2147483648.0},
       2},
      {nrb::ElementType::int32,
       1,
       2147483645.4,
       {2147483646.0, 2147483647.0, 2147483647.0},
       1},
      {nrb::ElementType::int64, 3e18, 0, {3e18, 6e18, 9e18}, 0},
      {nrb::ElementType::int64, 5e18, 0, {5e18, int64Max, int64Max}, 2},
      {nrb::ElementType::int64, -5e18, 0, {-5e18, -int64Max, -int64Max}, 2},
  };
  for (const Case &test : cases) {
    NetBuilder net = makeNet();
    net.binary.outputs.resize(1);
    nrb::OutputPortT &port = *net.binary.outputs[0];
    port.element_type = test.type;
    port.scale = {test.scale};
    port.zero = {test.zero};
    RunResult result = run(net, {{"x", floats({1, 1, 3}, {0.5, 1, 1.5})},
                                 {"id", ids({1, 1}, {0})}});
    const Array &y = *findArray(result.outputs, "y");
    for (int64_t i = 0; i < 3; ++i)
      EXPECT_EQ(y.asDouble(i), test.values[size_t(i)])
          << nrb::EnumNameElementType(test.type) << " " << test.scale << " "
          << i;
    EXPECT_EQ(result.stats.outputSaturations, test.count) << test.scale;
    EXPECT_EQ(result.stats.saturationsOfOutput,
              std::vector<uint64_t>{test.count});
    EXPECT_EQ(result.stats.inputSaturations, 0u);
  }
}

TEST(Simulator, M5_CountsInputSaturations) {
  NetBuilder net = makeNet();
  RunResult result = run(net, {{"x", floats({1, 1, 3}, {63.5, 64, -1000})},
                               {"id", ids({1, 1}, {0})}});
  EXPECT_EQ(result.stats.inputSaturations, 2u);
  EXPECT_EQ(result.stats.saturationsOfInput, (std::vector<uint64_t>{2, 0}));
  EXPECT_EQ(result.outputs[0].second.asDouble(1), 63.5);
  EXPECT_EQ(result.outputs[0].second.asDouble(2), 100 - 63.5);
}

TEST(Simulator, RefusesBadArrays) {
  EXPECT_EQ(errorsOf(goodInputs()), "");
  NamedArrays inputs = goodInputs();
  inputs.pop_back();
  EXPECT_HAS(errorsOf(inputs), "input 'id': missing; expected int64 [?, ?]");
  inputs = goodInputs();
  inputs[0].first = "z";
  EXPECT_HAS(errorsOf(inputs),
             "input 'z': the model has no such input; it has 'x', 'id'");
  EXPECT_HAS(errorsOf(inputs), "input 'x': missing");
  inputs = goodInputs();
  inputs.push_back(inputs[0]);
  EXPECT_HAS(errorsOf(inputs), "input 'x' is given twice");
  inputs = goodInputs();
  inputs[0].second.shape = {2, 3, 2};
  EXPECT_HAS(errorsOf(inputs),
             "input 'x': shape [2, 3, 2] does not match [?, ?, 3]");
  inputs[0].second.shape = {12};
  EXPECT_HAS(errorsOf(inputs), "shape [12] does not match");
  inputs = goodInputs();
  inputs[1].second.shape = {4, 1};
  EXPECT_HAS(errorsOf(inputs),
             "input 'id': has 4 sequences of 1 tokens, input 'x' has 2 of 2");
  inputs = {{"x", floats({1, 5, 3}, std::vector<float>(15))},
            {"id", ids({1, 5}, {0, 0, 0, 0, 0})}};
  EXPECT_HAS(errorsOf(inputs), "a sequence of 5 tokens exceeds the 4");
  inputs = {{"x", floats({1, 0, 3}, {})}, {"id", ids({1, 0}, {})}};
  EXPECT_HAS(errorsOf(inputs), "input 'x': the sequence is empty");
}

TEST(Simulator, RefusesBadElements) {
  NamedArrays inputs = goodInputs();
  inputs[0].second.as<float>()[7] = std::numeric_limits<float>::infinity();
  inputs[0].second.as<float>()[3] = std::nanf("");
  EXPECT_HAS(errorsOf(inputs), "input 'x': a value is not finite at [0, 1, 0]");
  EXPECT_HAS(errorsOf(inputs), "input 'x': a value is not finite at [1, 0, 1]");
  inputs = goodInputs();
  inputs[1].second.as<int64_t>()[2] = 4;
  inputs[1].second.as<int64_t>()[1] = -1;
  EXPECT_HAS(errorsOf(inputs),
             "input 'id': sequence 1, position 0: id 4 is outside 0..3");
  EXPECT_HAS(errorsOf(inputs),
             "input 'id': sequence 0, position 1: id -1 is outside 0..3");
  inputs[1].second = floats({2, 2}, {0, 1, 2, 3});
  EXPECT_HAS(errorsOf(inputs), "input 'id': float32 is not an integer type");
  inputs = goodInputs();
  inputs[0].second =
      Array::of(DType::Float64, {1, 1, 3}, std::vector<double>{0.5, 0.1, 2});
  inputs[1].second = ids({1, 1}, {0});
  EXPECT_HAS(errorsOf(inputs),
             "input 'x': float64 holds a value that float32 cannot; convert "
             "with .astype(\"float32\") at [0, 0, 1]");
  std::vector<int64_t> many(20, 7);
  inputs = {{"x", floats({5, 4, 3}, std::vector<float>(60))},
            {"id", ids({5, 4}, many)}};
  EXPECT_HAS(errorsOf(inputs), "and 10 more elements like these");
}

TEST(Simulator, ConvertsWithoutLoss) {
  NetBuilder net = makeNet();
  Array reference =
      run(net, {{"x", floats({1, 1, 3}, {1, 2, 3})}, {"id", ids({1, 1}, {2})}})
          .outputs[0]
          .second;
  for (const Array &x :
       {Array::of(DType::Float64, {1, 1, 3}, std::vector<double>{1, 2, 3}),
        Array::of(DType::UInt8, {1, 1, 3}, std::vector<uint8_t>{1, 2, 3}),
        Array::of(DType::Int64, {1, 1, 3}, std::vector<int64_t>{1, 2, 3}),
        Array::of(DType::Float16, {1, 1, 3},
                  std::vector<uint16_t>{0x3c00, 0x4000, 0x4200})})
    EXPECT_EQ(run(net, {{"x", x},
                        {"id", Array::of(DType::UInt16, {1, 1},
                                         std::vector<uint16_t>{2})}})
                  .outputs[0]
                  .second.data,
              reference.data)
        << nameOf(x.dtype);
}

TEST(Simulator, Probes) {
  NetBuilder net = makeNet();
  RunOptions options;
  options.probes = {parseProbe("sum"), parseProbe("sum:state"),
                    parseProbe("layer:trace")};
  RunResult plain = run(net, goodInputs());
  RunResult result = run(net, goodInputs(), options);
  EXPECT_EQ(plain.outputs[0].second.data, result.outputs[0].second.data);
  const Array *spikes = findArray(result.probes, "sum.spikes");
  const Array *fired = findArray(result.probes, "sum.fired");
  const Array *total = findArray(result.probes, "sum.state.total");
  const Array *trace = findArray(result.probes, "sum.trace");
  ASSERT_TRUE(spikes && fired && total && trace);
  ASSERT_EQ(spikes->shape, (std::vector<int64_t>{2, 3, 3}));
  EXPECT_EQ(fired->dtype, DType::Bool);
  // Sequence 0: nothing in step 0, then 2 4 6, then 9 11 13.
  std::vector<int64_t> values, sums, flags;
  for (int64_t i = 0; i < 9; ++i) {
    values.push_back(spikes->asInteger(i));
    sums.push_back(total->asInteger(i));
    flags.push_back(fired->asInteger(i));
  }
  EXPECT_EQ(values, (std::vector<int64_t>{0, 0, 0, 2, 4, 6, 9, 11, 13}));
  EXPECT_EQ(sums, (std::vector<int64_t>{0, 0, 0, 2, 4, 6, 11, 15, 19}));
  EXPECT_EQ(flags, (std::vector<int64_t>{0, 0, 0, 1, 1, 1, 1, 1, 1}));
  ASSERT_EQ(trace->shape, (std::vector<int64_t>{18, 4}));
  for (int64_t i = 0; i < 18; ++i) {
    EXPECT_EQ(trace->asInteger(4 * i), i / 9);
    EXPECT_EQ(trace->asInteger(4 * i + 1), i / 3 % 3);
    EXPECT_EQ(trace->asInteger(4 * i + 2), i % 3);
    EXPECT_EQ(trace->asInteger(4 * i + 3), spikes->asInteger(i));
  }
  options.probes = {parseProbe("sun"), parseProbe("sum:weights")};
  EXPECT_HAS(errorsOf(goodInputs(), options),
             "probe 'sun': no group or source has this name");
  options.probes = {parseProbe("sum:weights")};
  EXPECT_HAS(errorsOf(goodInputs(), options),
             "probe 'sum': no plastic synapse reaches it");
}

// Neurons are numbered through the population, on whichever core they lie.
TEST(Simulator, TracesOfAPopulationOnTwoCores) {
  NetBuilder net(1, 0);
  for (uint32_t core = 0; core < 2; ++core) {
    net.core();
    net.group(core, "p", 3 + core, net.program(core, {"probe id", "spike id"}),
              0, 16);
  }
  net.binary.cores[1]->groups[0]->source_first = 3;
  net.output("y", 0, 0, 0);
  net.tick();
  RunOptions options;
  options.tokens = 1;
  options.probes = {parseProbe("p:trace"), parseProbe("p:spikes")};
  RunResult result = run(net, {}, options);
  const Array *trace = findArray(result.probes, "p.trace");
  const Array *spikes = findArray(result.probes, "p.spikes");
  ASSERT_TRUE(trace && spikes);
  ASSERT_EQ(trace->shape, (std::vector<int64_t>{7, 4}));
  for (int64_t i = 0; i < 7; ++i) {
    EXPECT_EQ(trace->asInteger(4 * i + 2), i);
    EXPECT_EQ(trace->asInteger(4 * i + 3), i);
    EXPECT_EQ(spikes->asInteger(i), i);
  }
}

TEST(Simulator, ThreadsAndProgressChangeNothing) {
  NetBuilder net = makeNet();
  std::vector<float> x(40 * 4 * 3);
  std::vector<int64_t> id(40 * 4);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(int(i * 7 % 31) - 15);
  for (size_t i = 0; i < id.size(); ++i)
    id[i] = int64_t(i * 5 % 4);
  NamedArrays inputs = {{"x", floats({40, 4, 3}, x)}, {"id", ids({40, 4}, id)}};
  RunOptions options;
  options.threads = 1;
  options.probes = {parseProbe("sum"), parseProbe("sum:trace")};
  RunResult one = run(net, inputs, options);
  uint64_t calls = 0, last = 0;
  options.progress = [&](uint64_t done, uint64_t total) {
    ++calls;
    EXPECT_GT(done, last);
    last = done;
    EXPECT_EQ(total, 40u);
  };
  for (unsigned threads : {2u, 7u}) {
    last = 0;
    options.threads = threads;
    RunResult many = run(net, inputs, options);
    EXPECT_EQ(many.stats.threads, threads);
    for (size_t i = 0; i < one.outputs.size(); ++i)
      EXPECT_EQ(one.outputs[i].second.data, many.outputs[i].second.data);
    for (size_t i = 0; i < one.probes.size(); ++i)
      EXPECT_EQ(one.probes[i].second.data, many.probes[i].second.data);
    EXPECT_TRUE(one.stats.groups == many.stats.groups);
  }
  EXPECT_EQ(calls, 80u);
}

TEST(Simulator, GoldenArrays) {
  NetBuilder net = makeNet();
  auto add = [](auto &list, const std::string &name, const Array &array,
                nrb::ElementType type) {
    list.push_back(std::make_unique<nrb::GoldenArrayT>());
    list.back()->name = name;
    list.back()->shape = array.shape;
    list.back()->data = array.data;
    list.back()->element_type = type;
  };
  RunResult result = run(net, goodInputs());
  add(net.binary.golden_inputs, "x", goodInputs()[0].second,
      nrb::ElementType::float32);
  add(net.binary.golden_inputs, "id", goodInputs()[1].second,
      nrb::ElementType::int64);
  Array y = result.outputs[0].second;
  add(net.binary.golden_outputs, "y", y, nrb::ElementType::float32);
  std::vector<std::string> errors;
  EXPECT_TRUE(Simulator(net.load()).checkGolden({}, errors));
  y.as<float>()[4] += 0.25f;
  net.binary.golden_outputs[0]->data = y.data;
  EXPECT_FALSE(Simulator(net.load()).checkGolden({}, errors));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_HAS(errors[0], "golden output 'y': differs");
  EXPECT_HAS(errors[0], "0.25");
}

TEST(Simulator, StatisticsAsJson) {
  NetBuilder net = makeNet();
  Simulator simulator(net.load());
  RunResult result;
  std::vector<std::string> errors;
  ASSERT_TRUE(simulator.run(goodInputs(), {}, result, errors));
  auto json = nlohmann::json::parse(simulator.statsToJson(result.stats),
                                    nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["sequences"], 2);
  EXPECT_EQ(json["timesteps_per_token"], 1);
  EXPECT_EQ(json["total"]["neuron_updates"], 18);
  // The weights of id 0 are 0.
  EXPECT_EQ(json["total"]["synaptic_operations"], 8 + 3 * 3);
  EXPECT_EQ(json["sources"][0]["name"], "layer");
  EXPECT_EQ(json["sources"][0]["spikes"], json["total"]["spikes"]);
  EXPECT_EQ(json["groups"][0]["name"], "sum");
  EXPECT_HAS(simulator.statsToText(result.stats), "synaptic operations");
  EXPECT_EQ(json["warnings"].size(), 0u);
  EXPECT_EQ(simulator.describeClipping(result.stats), "");
  Stats &stats = result.stats;
  stats.groups[0].registerWraps = 1;
  EXPECT_HAS(simulator.describeClipping(stats),
             "1 value was outside the range that the chip holds (layer "
             "'layer': 1 wrapped), so that results may be wrong; compile with "
             "calibration data that covers such inputs, or with a larger "
             "--calibration-margin");
  stats.groups[0].dendriteWraps = 2;
  stats.groups[0].saturations = 3;
  stats.groups[0].learningSaturations = 4;
  stats.saturationsOfInput = {0, 5};
  stats.saturationsOfOutput = {30, 0};
  EXPECT_HAS(simulator.describeClipping(stats),
             "45 values were outside the range that the chip holds (output "
             "'y': 30 limited; layer 'layer': 7 limited, 3 wrapped; input "
             "'id': 5 limited)");
  EXPECT_HAS(simulator.describe(),
             "sum: 3 neurons on core 0, state total, at most 6 cycles");
  auto about =
      nlohmann::json::parse(simulator.describeAsJson(), nullptr, false);
  EXPECT_EQ(about["inputs"][0]["name"], "x");
  EXPECT_EQ(about["max_tokens"], 4);
  EXPECT_EQ(about["groups"][0]["worst_case_cycles"], 6);
}

TEST(CInterface, RunsAndReportsErrors) {
  NetBuilder net = makeNet();
  std::vector<uint8_t> bytes = net.bytes();
  NeuroSimulator *simulator =
      neuroSimulatorLoadBytes(bytes.data(), bytes.size(), "test.nrb");
  ASSERT_TRUE(neuroSimulatorIsOk(simulator));
  EXPECT_STREQ(neuroSimulatorGetErrors(simulator), "");
  EXPECT_HAS(neuroSimulatorGetJson(simulator), "\"sum\"");
  NamedArrays arrays = goodInputs();
  std::vector<NeuroArray> inputs;
  for (const auto &entry : arrays)
    inputs.push_back({entry.first.c_str(), NeuroDType(entry.second.dtype),
                      entry.second.shape.size(), entry.second.shape.data(),
                      entry.second.data.data()});
  const char *probes[] = {"sum:state"};
  NeuroRunOptions options = {};
  options.probes = probes;
  options.num_probes = 1;
  NeuroRun *result =
      neuroSimulatorRun(simulator, inputs.data(), inputs.size(), &options);
  ASSERT_TRUE(neuroRunIsOk(result)) << neuroRunGetErrors(result);
  ASSERT_EQ(neuroRunGetNumOutputs(result), 2u);
  NeuroArray y = neuroRunGetOutput(result, 0);
  EXPECT_STREQ(y.name, "y");
  EXPECT_EQ(y.dtype, NEURO_FLOAT32);
  EXPECT_EQ(y.rank, 3u);
  EXPECT_EQ(static_cast<const float *>(y.data)[3], 4.5f);
  ASSERT_EQ(neuroRunGetNumProbes(result), 1u);
  EXPECT_STREQ(neuroRunGetProbe(result, 0).name, "sum.state.total");
  EXPECT_EQ(neuroRunGetProbe(result, 5).data, nullptr);
  EXPECT_HAS(neuroRunGetStatsJson(result), "\"synaptic_operations\"");
  neuroRunDestroy(result);

  result = neuroSimulatorRun(simulator, nullptr, 0, nullptr);
  EXPECT_FALSE(neuroRunIsOk(result));
  EXPECT_HAS(neuroRunGetErrors(result), "input 'x': missing");
  neuroRunDestroy(result);
  inputs[0].data = nullptr;
  result = neuroSimulatorRun(simulator, inputs.data(), 2, nullptr);
  EXPECT_HAS(neuroRunGetErrors(result), "input 'x': not a valid array");
  neuroRunDestroy(result);
  neuroSimulatorDestroy(simulator);

  simulator = neuroSimulatorLoad("/nonexistent.nrb");
  EXPECT_FALSE(neuroSimulatorIsOk(simulator));
  EXPECT_HAS(neuroSimulatorGetErrors(simulator), "/nonexistent.nrb");
  result = neuroSimulatorRun(simulator, nullptr, 0, nullptr);
  EXPECT_FALSE(neuroRunIsOk(result));
  neuroRunDestroy(result);
  neuroSimulatorDestroy(simulator);
  EXPECT_STREQ(neuroRuntimeGetFormatVersion(), "1.0.0");
}

} // namespace
