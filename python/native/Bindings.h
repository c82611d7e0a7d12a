//===- Bindings.h - parts of the native Python module -----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PYTHON_BINDINGS_H
#define NEURO_PYTHON_BINDINGS_H

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

void bindCompiler(pybind11::module_ &module);
void bindSimulator(pybind11::module_ &module);

#endif // NEURO_PYTHON_BINDINGS_H
