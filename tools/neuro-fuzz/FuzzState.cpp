//===- FuzzState.cpp - saved states from anybody --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte chooses a golden binary, the rest is what follows the header
// of a state of one sequence. What is accepted both engines must resume, and
// agree.
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Binary.h"
#include "neuro/Runtime/Simulator.h"

#include <cstdlib>
#include <cstring>

using namespace neuro;

static std::shared_ptr<const runtime::Binary> load(const char *name) {
  std::vector<runtime::Diagnostic> diagnostics;
  std::shared_ptr<const runtime::Binary> binary = runtime::Binary::load(
      std::string(NEURO_GOLDEN_FILES) + name + ".nrb", diagnostics);
  if (!binary)
    abort();
  return binary;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::shared_ptr<const runtime::Binary> binaries[] = {
      load("random"), load("strict"), load("lava_compat")};
  if (size == 0)
    return 0;
  const std::shared_ptr<const runtime::Binary> &binary = binaries[*data % 3];
  ++data;
  --size;

  std::vector<uint8_t> bytes;
  auto number = [&](uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i)
      bytes.push_back(uint8_t(value >> 8 * i));
  };
  uint64_t checksum = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; ++i)
    checksum = (checksum ^ data[i]) * 0x100000001b3u;
  bytes.assign({'N', 'R', 'S', '1'});
  number(2, 4);
  number(binary->hash(), 8);
  number(checksum, 8);
  number(1, 8);
  bytes.insert(bytes.end(), data, data + size);

  runtime::SavedState state;
  std::string error;
  if (!state.fromBytes(bytes.data(), bytes.size(), "fuzz.nrs", *binary,
                       error)) {
    if (error.empty())
      abort();
    return 0;
  }
  std::vector<uint8_t> written = state.toBytes(*binary);
  if (!state.fromBytes(written.data(), written.size(), "again.nrs", *binary,
                       error) ||
      state.toBytes(*binary) != written)
    abort();

  runtime::Simulator simulator(binary);
  NamedArrays inputs;
  for (const runtime::PortInfo &port : simulator.inputs()) {
    if (port.kind == "tick")
      continue;
    std::vector<int64_t> shape = port.shape;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (shape[axis] < 0)
        shape[axis] = static_cast<int>(axis) == port.timeAxis ? 2 : 1;
    inputs.emplace_back(port.name, Array(port.dtype, shape));
  }
  runtime::RunOptions options;
  options.threads = 1;
  options.tokens = 2;
  options.resume = &state;
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
