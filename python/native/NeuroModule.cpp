//===- NeuroModule.cpp - the native Python module -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

#include <cstring>

namespace py = pybind11;

// In the order of NeuroDType.
static const char *const kTypeNames[] = {
    "bool",   "int8",   "int16",  "int32",   "int64",   "uint8",
    "uint16", "uint32", "uint64", "float16", "float32", "float64"};

InputArrays::InputArrays(const py::dict &inputs) {
  for (auto [key, value] : inputs) {
    names.push_back(py::str(key));
    arrays.push_back(py::array::ensure(value, py::array::c_style));
    if (!arrays.back())
      throw py::type_error("input '" + names.back() + "' is not an array");
    shapes.emplace_back(arrays.back().shape(),
                        arrays.back().shape() + arrays.back().ndim());
  }
  for (size_t i = 0; i < arrays.size(); ++i) {
    std::string type = py::str(arrays[i].dtype().attr("name"));
    unsigned index = 0;
    while (index < std::size(kTypeNames) && type != kTypeNames[index])
      ++index;
    if (index == std::size(kTypeNames))
      throw py::type_error("input '" + names[i] + "': elements of type " +
                           type + " are not supported");
    structs.push_back({names[i].c_str(), NeuroDType(index), shapes[i].size(),
                       shapes[i].data(), arrays[i].data()});
  }
}

py::array toNumpy(const NeuroArray &array) {
  std::vector<py::ssize_t> shape(array.shape, array.shape + array.rank);
  py::array out(py::dtype(kTypeNames[array.dtype]), shape);
  if (out.nbytes())
    std::memcpy(out.mutable_data(), array.data, out.nbytes());
  return out;
}

PYBIND11_MODULE(_neuro, module) {
  module.doc() = "Native part of the package neuro; use the package instead.";
  bindCompiler(module);
  bindSimulator(module);
}
