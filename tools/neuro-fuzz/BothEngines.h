//===- BothEngines.h - run what was accepted, and compare ------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TOOLS_FUZZ_BOTHENGINES_H
#define NEURO_TOOLS_FUZZ_BOTHENGINES_H

#include "neuro/Runtime/Simulator.h"

#include <cstdlib>

namespace neuro::fuzz {

/// Runs one sequence of two tokens on the fast and on the readable engine, from
/// `resume` or from reset. Aborts, which is what the fuzzer looks for, unless
/// both run and agree or both refuse. Inputs that would take long are left out.
inline void runBothEngines(const runtime::Simulator &simulator,
                           const runtime::SavedState *resume = nullptr) {
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
        return;
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
  options.resume = resume;
  runtime::RunResult fast, reference;
  std::vector<std::string> errors;
  bool ran = simulator.run(inputs, options, fast, errors);
  options.reference = true;
  if (simulator.run(inputs, options, reference, errors) != ran)
    abort();
  for (size_t i = 0; ran && i < fast.outputs.size(); ++i)
    if (fast.outputs[i].second.data != reference.outputs[i].second.data)
      abort();
}

} // namespace neuro::fuzz

#endif // NEURO_TOOLS_FUZZ_BOTHENGINES_H
