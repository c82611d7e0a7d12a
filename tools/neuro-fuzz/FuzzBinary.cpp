//===- FuzzBinary.cpp - hostile chip binaries -------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// What the loader lets through, both engines must run, and agree.
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Binary.h"
#include "neuro/Runtime/Simulator.h"
#include "neuro/Target/Binary/nrb_generated.h"

#include <cstdlib>

using namespace neuro;

// Runs that would take long say nothing about safety.
static bool isSmall(const runtime::Simulator &simulator) {
  uint64_t neurons = 0;
  for (const runtime::GroupInfo &group : simulator.groups())
    neurons += group.count;
  return neurons < 4096;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<runtime::Diagnostic> diagnostics;
  std::shared_ptr<const runtime::Binary> binary = runtime::Binary::fromBytes(
      std::vector<uint8_t>(data, data + size), "fuzz.nrb", diagnostics);
  if (!binary) {
    if (diagnostics.empty())
      abort();
    return 0;
  }
  const nrb::Timing *timing = binary->root().timing();
  if (timing->period() > 64 || timing->latency() > 256)
    return 0;
  runtime::Simulator simulator(binary);
  if (!isSmall(simulator))
    return 0;
  NamedArrays inputs;
  for (const runtime::PortInfo &port : simulator.inputs()) {
    if (port.kind == "tick")
      continue;
    std::vector<int64_t> shape;
    uint64_t elements = 1;
    for (size_t axis = 0; axis < port.shape.size(); ++axis) {
      int64_t extent = port.shape[axis];
      if (extent < 0)
        extent = static_cast<int>(axis) == port.timeAxis ? 2 : 1;
      shape.push_back(extent);
      elements *= static_cast<uint64_t>(extent);
      if (elements > (1u << 16))
        return 0;
    }
    Array array(port.dtype, shape);
    // Some input, the same every time.
    for (size_t i = 0; i < array.data.size(); i += 4)
      array.data[i] = static_cast<uint8_t>(i / 4 % 3);
    inputs.emplace_back(port.name, std::move(array));
  }
  runtime::RunOptions options;
  options.threads = 1;
  options.tokens = 2;
  runtime::RunResult fast, reference;
  std::vector<std::string> errors;
  bool ran = simulator.run(inputs, options, fast, errors);
  options.reference = true;
  if (simulator.run(inputs, options, reference, errors) != ran)
    abort();
  for (size_t i = 0; ran && i < fast.outputs.size(); ++i)
    if (fast.outputs[i].second.data != reference.outputs[i].second.data)
      abort();
  return 0;
}
