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

#include "BothEngines.h"

#include "neuro/Runtime/Binary.h"
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
  fuzz::runBothEngines(simulator);
  return 0;
}
