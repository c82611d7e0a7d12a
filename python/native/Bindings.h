//===- Bindings.h - parts of the native Python module -----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PYTHON_BINDINGS_H
#define NEURO_PYTHON_BINDINGS_H

#include "neuro-c/Runtime.h"
#include <exception>
#include <memory>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

/// Arrays of a Python dict as C structs, and what these point to.
class InputArrays {
public:
  /// Raises TypeError for elements that no array may have.
  explicit InputArrays(const pybind11::dict &inputs);
  const NeuroArray *data() const { return structs.data(); }
  size_t size() const { return structs.size(); }

private:
  std::vector<std::string> names;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<pybind11::array> arrays;
  std::vector<NeuroArray> structs;
};

/// A copy.
pybind11::array toNumpy(const NeuroArray &array);

/// A Python function that is called from C, without the lock and without
/// letting an exception through: the first one is raised afterwards.
class Callback {
public:
  explicit Callback(pybind11::object function)
      : function(std::move(function)) {}

  template <typename... Args> void call(Args... args) {
    pybind11::gil_scoped_acquire lock;
    if (raised || function.is_none())
      return;
    try {
      function(args...);
    } catch (...) {
      raised = std::current_exception();
    }
  }
  void rethrow() const {
    if (raised)
      std::rethrow_exception(raised);
  }

private:
  pybind11::object function;
  std::exception_ptr raised;
};

void bindCompiler(pybind11::module_ &module);
void bindSimulator(pybind11::module_ &module);

#endif // NEURO_PYTHON_BINDINGS_H
