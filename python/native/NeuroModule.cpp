//===- NeuroModule.cpp - the native Python module ---------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

PYBIND11_MODULE(_neuro, module) {
  module.doc() = "Native part of the package neuro; use the package instead.";
  bindCompiler(module);
  bindSimulator(module);
}
