//===- CompilerBinding.cpp - the compiler in Python -------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

#include "neuro-c/Compiler.h"
#include <exception>
#include <memory>

namespace py = pybind11;

namespace {

/// A Python function that is called from C, without the lock and without
/// letting an exception through: the first one is raised afterwards.
struct Callback {
  py::function function;
  std::exception_ptr raised;

  template <typename... Args> void call(Args... args) {
    py::gil_scoped_acquire lock;
    if (raised)
      return;
    try {
      function(args...);
    } catch (...) {
      raised = std::current_exception();
    }
  }
};

} // namespace

static std::vector<const char *>
pointers(const std::vector<std::string> &words) {
  std::vector<const char *> out;
  for (const std::string &word : words)
    out.push_back(word.c_str());
  return out;
}

static std::string compile(const std::vector<std::string> &arguments,
                           py::function progress) {
  std::vector<const char *> words = pointers(arguments);
  Callback callback{std::move(progress), nullptr};
  std::unique_ptr<NeuroCompilation, decltype(&neuroCompilationDestroy)>
      compilation(nullptr, neuroCompilationDestroy);
  {
    py::gil_scoped_release unlocked;
    compilation.reset(neuroCompile(
        words.size(), words.data(),
        [](const char *phase, double seconds, const char *note, void *user) {
          static_cast<Callback *>(user)->call(phase, seconds, note);
        },
        &callback));
  }
  if (callback.raised)
    std::rethrow_exception(callback.raised);
  return neuroCompilationGetJson(compilation.get());
}

static py::array toNumpy(const NeuroHostArray &array) {
  std::vector<py::ssize_t> shape(array.shape, array.shape + array.rank);
  py::array out(py::dtype(array.dtype), shape);
  std::memcpy(out.mutable_data(), array.data, array.bytes);
  return out;
}

static py::tuple evaluate(const std::vector<std::string> &arguments,
                          const py::dict &inputs, bool quantised,
                          py::function progress) {
  std::vector<const char *> words = pointers(arguments);
  // Keeps what the C structs point to.
  std::vector<std::string> names, types;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<py::array> arrays;
  for (auto [key, value] : inputs) {
    names.push_back(py::str(key));
    arrays.push_back(py::array::ensure(value, py::array::c_style));
    types.push_back(py::str(arrays.back().dtype().attr("name")));
    shapes.emplace_back(arrays.back().shape(),
                        arrays.back().shape() + arrays.back().ndim());
  }
  std::vector<NeuroHostArray> structs;
  for (size_t i = 0; i < arrays.size(); ++i)
    structs.push_back({names[i].c_str(), types[i].c_str(), shapes[i].size(),
                       shapes[i].data(), arrays[i].data(),
                       size_t(arrays[i].nbytes())});
  Callback callback{std::move(progress), nullptr};
  std::unique_ptr<NeuroEvaluation, decltype(&neuroEvaluationDestroy)>
      evaluation(nullptr, neuroEvaluationDestroy);
  {
    py::gil_scoped_release unlocked;
    evaluation.reset(neuroEvaluate(
        words.size(), words.data(), structs.size(), structs.data(), quantised,
        [](int64_t done, int64_t all, void *user) {
          static_cast<Callback *>(user)->call(done, all);
        },
        &callback));
  }
  if (callback.raised)
    std::rethrow_exception(callback.raised);
  py::dict outputs;
  for (size_t i = 0; i < neuroEvaluationGetNumOutputs(evaluation.get()); ++i) {
    NeuroHostArray array = neuroEvaluationGetOutput(evaluation.get(), i);
    outputs[array.name] = toNumpy(array);
  }
  return py::make_tuple(std::string(neuroEvaluationGetJson(evaluation.get())),
                        outputs);
}

void bindCompiler(py::module_ &module) {
  module.def(
      "compile", &compile, py::arg("arguments"), py::arg("progress"),
      "Compiles with the words of neuro-compile's command line; returns JSON.");
  module.def("evaluate", &evaluate, py::arg("arguments"), py::arg("inputs"),
             py::arg("quantised"), py::arg("progress"),
             "Evaluates a model on the host; returns (JSON, dict of arrays).");
  module.def("supported_operators", &neuroGetSupportedOperators,
             "One line per ONNX operator.");
  module.def("version", &neuroGetCompilerVersion,
             "Name and version of the compiler.");
}
