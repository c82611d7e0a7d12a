//===- SimulatorBinding.cpp - the simulator in Python -----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

#include "neuro/Runtime/Simulator.h"
#include <cstring>
#include <exception>
#include <memory>

namespace py = pybind11;
using namespace neuro;

static py::array toNumpy(const Array &array) {
  std::vector<py::ssize_t> shape(array.shape.begin(), array.shape.end());
  py::array out(py::dtype(nameOf(array.dtype)), shape);
  std::memcpy(out.mutable_data(), array.data.data(), array.data.size());
  return out;
}

static py::dict toDict(const NamedArrays &arrays) {
  py::dict out;
  for (const auto &[name, array] : arrays)
    out[py::str(name)] = toNumpy(array);
  return out;
}

/// Adds to `errors` when an array has elements that no port takes.
static NamedArrays fromDict(const py::dict &arrays, std::vector<std::string> &errors) {
  NamedArrays out;
  for (auto [key, value] : arrays) {
    py::array array = py::array::ensure(value, py::array::c_style);
    std::string name = py::str(key), type = py::str(array.dtype().attr("name"));
    bool known = false;
    for (unsigned i = 0; i < kNumDTypes && !known; ++i) {
      if (type != nameOf(DType(i)))
        continue;
      known = true;
      out.emplace_back(name, Array(DType(i), {array.shape(), array.shape() + array.ndim()}));
      std::memcpy(out.back().second.data.data(), array.data(), array.nbytes());
    }
    if (!known)
      errors.push_back("input '" + name + "': elements of type " + type + " are not supported");
  }
  return out;
}

/// (simulator or None, list of errors)
static py::tuple load(const py::bytes &data, const std::string &name) {
  std::string_view view = data;
  std::vector<runtime::Diagnostic> diagnostics;
  std::shared_ptr<const runtime::Binary> binary = runtime::Binary::fromBytes(
      std::vector<uint8_t>(view.begin(), view.end()), name, diagnostics);
  std::vector<std::string> errors;
  for (const runtime::Diagnostic &diagnostic : diagnostics)
    errors.push_back(diagnostic.str());
  py::object simulator = py::none();
  if (binary)
    simulator = py::cast(std::make_unique<runtime::Simulator>(binary));
  return py::make_tuple(simulator, errors);
}

/// (errors, outputs, probes, statistics as JSON)
static py::tuple run(const runtime::Simulator &simulator, const py::dict &inputs, bool learning, bool reference,
                     unsigned threads, unsigned tokens, const std::vector<std::string> &probes, py::object progress) {
  std::vector<std::string> errors;
  NamedArrays arrays = fromDict(inputs, errors);
  runtime::RunOptions options;
  options.learning = learning;
  options.reference = reference;
  options.threads = threads;
  options.tokens = tokens;
  for (const std::string &probe : probes)
    options.probes.push_back(runtime::parseProbe(probe));
  // The first exception of the callback is raised after the run.
  std::exception_ptr raised;
  if (!progress.is_none())
    options.progress = [&](uint64_t done, uint64_t total) {
      py::gil_scoped_acquire lock;
      if (raised)
        return;
      try {
        progress(done, total);
      } catch (...) {
        raised = std::current_exception();
      }
    };
  runtime::RunResult result;
  bool ok = errors.empty();
  if (ok) {
    py::gil_scoped_release unlocked;
    ok = simulator.run(arrays, options, result, errors);
  }
  if (raised)
    std::rethrow_exception(raised);
  if (!ok)
    return py::make_tuple(errors, py::dict(), py::dict(), "");
  return py::make_tuple(errors, toDict(result.outputs), toDict(result.probes), simulator.statsToJson(result.stats));
}

void bindSimulator(py::module_ &module) {
  py::class_<runtime::Simulator>(module, "Simulator")
      .def("run", &run, py::arg("inputs"), py::arg("learning"), py::arg("reference"), py::arg("threads"),
           py::arg("tokens"), py::arg("probes"), py::arg("progress"))
      .def("describe", &runtime::Simulator::describeAsJson);
  module.def("load", &load, py::arg("data"), py::arg("name"));
}
