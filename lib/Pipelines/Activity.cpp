//===- Activity.cpp - what one sequence makes the chip do -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activity.h"

#include "neuro/Runtime/Simulator.h"
#include "neuro/Support/Npz.h"

#include <algorithm>
#include <random>

using namespace neuro;

/// The first sequence of an array whose axis 0 is the batch.
static Array firstSequence(const Array &array) {
  if (array.shape.empty() || array.shape.front() < 1)
    return array;
  std::vector<int64_t> shape = array.shape;
  shape.front() = 1;
  Array first(array.dtype, std::move(shape));
  std::copy_n(array.data.begin(), first.data.size(), first.data.begin());
  return first;
}

static Array makeNoise(const runtime::PortInfo &port, std::mt19937_64 &random,
                       uint32_t maxTokens) {
  std::vector<int64_t> shape = port.shape;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] < 0)
      shape[axis] = int(axis) == port.timeAxis ? std::max(maxTokens, 1u) : 1;
  Array array(port.dtype, std::move(shape));
  std::uniform_real_distribution<double> real(-1, 1);
  std::uniform_int_distribution<int64_t> id(
      0, std::max<int64_t>(port.width, 1) - 1);
  for (int64_t i = 0, n = array.numElements(); i < n; ++i) {
    if (array.dtype == DType::Float32)
      array.as<float>()[i] = float(real(random));
    else if (array.dtype == DType::Int64)
      array.as<int64_t>()[i] = id(random);
    else if (array.dtype == DType::Int32)
      array.as<int32_t>()[i] = int32_t(id(random));
  }
  return array;
}

static RunCounts countsOf(const runtime::Stats &stats) {
  RunCounts counts;
  counts.tokens = double(stats.tokens);
  counts.steps = double(stats.steps);
  counts.spikes = double(stats.total.spikes);
  counts.synapticOperations = double(stats.total.synapticOperations);
  counts.neuronUpdates = double(stats.total.neuronUpdates);
  counts.activeNeuronUpdates = double(stats.total.activeNeuronUpdates);
  counts.learningUpdates = double(stats.total.learningUpdates);
  counts.overflows =
      double(stats.total.dendriteWraps + stats.total.registerWraps +
             stats.total.saturations + stats.total.learningSaturations +
             stats.inputSaturations);
  for (size_t i = 0; stats.busiest && i < kNumCostProfiles; ++i)
    counts.timeNs[i] = double(stats.busiest->picoseconds[i]) / 1000;
  return counts;
}

static bool sameArrays(const NamedArrays &a, const NamedArrays &b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const auto &x, const auto &y) {
        return x.first == y.first && x.second.data == y.second.data;
      });
}

std::optional<Activity>
neuro::measureActivity(const std::vector<uint8_t> &bytes,
                       const std::string &calibration) {
  std::vector<runtime::Diagnostic> diagnostics;
  std::shared_ptr<const runtime::Binary> binary =
      runtime::Binary::fromBytes(bytes, "binary", diagnostics);
  if (!binary)
    return std::nullopt;
  BinarySummary summary;
  summarizeBinary(bytes.data(), bytes.size(), summary);
  runtime::Simulator simulator(binary);

  Activity activity;
  NamedArrays inputs;
  if (calibration.rfind("random:", 0) == 0) {
    activity.what = "one sequence of noise, simulated";
    std::mt19937_64 random(std::strtoull(calibration.c_str() + 7, nullptr, 10));
    for (const runtime::PortInfo &port : simulator.inputs())
      if (port.kind != "tick")
        inputs.emplace_back(port.name,
                            makeNoise(port, random, summary.maxTokens));
  } else {
    activity.what = "the first calibration sequence, simulated";
    NamedArrays all;
    std::string error;
    NpzRequest request;
    request.wants = [&](const std::string &name) {
      for (const runtime::PortInfo &port : simulator.inputs())
        if (port.name == name)
          return true;
      return false;
    };
    if (!readNpz(calibration, request, all, error))
      return std::nullopt;
    for (auto &[name, array] : all)
      for (const runtime::PortInfo &port : simulator.inputs())
        if (port.name == name)
          inputs.emplace_back(name, firstSequence(array));
  }
  runtime::RunOptions options;
  options.threads = 1;
  options.measureLoad = true;
  runtime::RunResult result;
  std::vector<std::string> errors;
  if (!simulator.run(inputs, options, result, errors))
    return std::nullopt;
  static_cast<RunCounts &>(activity) = countsOf(result.stats);
  // What a loop carries would meet another token; then the outputs differ.
  options.spacing = summary.latency + 1;
  runtime::RunResult spaced;
  if (options.spacing > summary.period &&
      simulator.run(inputs, options, spaced, errors) &&
      sameArrays(result.outputs, spaced.outputs))
    activity.alone = countsOf(spaced.stats);
  return activity;
}
