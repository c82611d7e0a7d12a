//===- CompilerBinding.cpp - the compiler in Python -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

#include "neuro-c/Compiler.h"

#include <new>

namespace py = pybind11;

namespace {
struct DestroyCompilation {
  void operator()(NeuroCompilation *object) const {
    neuroCompilationDestroy(object);
  }
};
struct DestroyEvaluation {
  void operator()(NeuroEvaluation *object) const {
    neuroEvaluationDestroy(object);
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
                           py::object progress) {
  std::vector<const char *> words = pointers(arguments);
  Callback callback(std::move(progress));
  std::unique_ptr<NeuroCompilation, DestroyCompilation> compilation;
  {
    py::gil_scoped_release unlocked;
    auto report = [](const char *phase, double seconds, const char *note,
                     void *user) {
      static_cast<Callback *>(user)->call(phase, seconds, note);
    };
    compilation.reset(
        neuroCompile(words.size(), words.data(), report, &callback));
  }
  callback.rethrow();
  if (!compilation)
    throw std::bad_alloc();
  return neuroCompilationGetJson(compilation.get());
}

static py::tuple evaluate(const std::vector<std::string> &arguments,
                          const py::dict &inputs, bool quantised,
                          py::object progress) {
  std::vector<const char *> words = pointers(arguments);
  InputArrays arrays(inputs);
  Callback callback(std::move(progress));
  std::unique_ptr<NeuroEvaluation, DestroyEvaluation> evaluation;
  {
    py::gil_scoped_release unlocked;
    auto report = [](int64_t done, int64_t all, void *user) {
      static_cast<Callback *>(user)->call(done, all);
    };
    evaluation.reset(neuroEvaluate(words.size(), words.data(), arrays.size(),
                                   arrays.data(), quantised, report,
                                   &callback));
  }
  callback.rethrow();
  if (!evaluation)
    throw std::bad_alloc();
  py::dict outputs;
  for (size_t i = 0; i < neuroEvaluationGetNumOutputs(evaluation.get()); ++i) {
    NeuroArray array = neuroEvaluationGetOutput(evaluation.get(), i);
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
