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

#include "BothEngines.h"

#include "neuro/Runtime/Binary.h"
#include "neuro/Runtime/State.h"

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
  std::vector<uint8_t> bytes =
      runtime::SavedState::seal(data + 1, size - 1, 1, *binary);

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

  fuzz::runBothEngines(runtime::Simulator(binary), &state);
  return 0;
}
