//===- FuzzArrays.cpp - hostile .npy and .npz files -------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Npz.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  neuro::Array array;
  if (!neuro::parseNpy(data, size, array, error) && error.empty())
    abort();
  error.clear();
  neuro::NamedArrays arrays;
  if (!neuro::parseNpz(data, size, arrays, error) && error.empty())
    abort();
  return 0;
}
