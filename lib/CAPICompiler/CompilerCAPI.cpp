//===- CompilerCAPI.cpp - C interface to the compiler ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro-c/Compiler.h"

#include "neuro/Pipelines/Compiler.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <cstring>
#include <exception>
#include <memory>
#include <new>

using namespace neuro;

static_assert(unsigned(NEURO_FLOAT64) == unsigned(DType::Float64),
              "the C enum mirrors DType");

struct NeuroCompilation {
  CompileResult result;
  std::string json;
};

struct NeuroEvaluation {
  EvaluateResult result;
  std::string json;
};

/// JSON made by us, as a value; null when empty.
static llvm::json::Value parsed(const std::string &text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return nullptr;
}

static llvm::json::Object
describe(bool ok, const std::vector<CompileDiagnostic> &diagnostics) {
  llvm::json::Array list;
  for (const CompileDiagnostic &diagnostic : diagnostics)
    list.push_back(parsed(diagnostic.json()));
  return llvm::json::Object{{"ok", ok}, {"diagnostics", std::move(list)}};
}

static std::string toText(llvm::json::Object object) {
  return llvm::formatv("{0}", llvm::json::Value(std::move(object))).str();
}

/// Parses the words into options; on failure the errors are diagnostics.
static bool parse(size_t count, const char *const *arguments,
                  CompileOptions &options,
                  std::vector<CompileDiagnostic> &diagnostics) {
  std::vector<std::string> words, errors;
  for (size_t i = 0; arguments && i < count; ++i)
    words.push_back(arguments[i] ? arguments[i] : "");
  if (parseCompileOptions(words, options, errors))
    return true;
  for (std::string &error : errors) {
    diagnostics.emplace_back();
    diagnostics.back().message = std::move(error);
  }
  return false;
}

static constexpr const char *kOutOfMemory =
    "{\"ok\":false,\"diagnostics\":[{\"severity\":\"error\",\"message\":"
    "\"out of memory\"}]}";

/// What a library function may throw becomes an error of the object. Null only
/// when there is no memory even for that.
template <typename Object, typename F> static Object *guarded(F fill) {
  std::unique_ptr<Object> object(new (std::nothrow) Object());
  if (!object)
    return nullptr;
  std::string what;
  try {
    fill(*object);
    return object.release();
  } catch (const std::bad_alloc &) {
  } catch (const std::exception &error) {
    what = error.what();
  }
  object->result = {};
  try {
    CompileDiagnostic diagnostic;
    diagnostic.message = what;
    object->json =
        what.empty() ? kOutOfMemory : toText(describe(false, {diagnostic}));
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
  return object.release();
}

static void fillCompilation(NeuroCompilation &compilation, size_t count,
                            const char *const *arguments,
                            NeuroPhaseCallback progress, void *user) {
  CompileResult &result = compilation.result;
  CompileOptions options;
  if (parse(count, arguments, options, result.diagnostics)) {
    result = compile(options, [&](const PhaseRecord &phase) {
      if (progress)
        progress(phase.name.c_str(), phase.seconds, phase.note.c_str(), user);
    });
    if (result.ok)
      writeResults(options, result);
  }
  llvm::json::Object object = describe(result.ok, result.diagnostics);
  llvm::json::Array phases;
  for (const PhaseRecord &phase : result.phases)
    phases.push_back(llvm::json::Object{{"name", phase.name},
                                        {"seconds", phase.seconds},
                                        {"note", phase.note}});
  object["phases"] = std::move(phases);
  object["summary"] = parsed(result.mapJson);
  object["quantisation"] = parsed(result.quantJson);
  compilation.json = toText(std::move(object));
}

NeuroCompilation *neuroCompile(size_t count, const char *const *arguments,
                               NeuroPhaseCallback progress, void *user) {
  return guarded<NeuroCompilation>([&](NeuroCompilation &compilation) {
    fillCompilation(compilation, count, arguments, progress, user);
  });
}

int neuroCompilationIsOk(const NeuroCompilation *compilation) {
  return compilation && compilation->result.ok;
}

const char *neuroCompilationGetJson(const NeuroCompilation *compilation) {
  return compilation ? compilation->json.c_str() : "";
}

void neuroCompilationDestroy(NeuroCompilation *compilation) {
  delete compilation;
}

static bool readArray(const NeuroArray &input, NamedArrays &arrays,
                      std::vector<CompileDiagnostic> &diagnostics) {
  std::string name = input.name ? input.name : "";
  std::vector<int64_t> shape;
  // A caller in C may have put any number there.
  unsigned dtype = 0;
  static_assert(sizeof(dtype) == sizeof(input.dtype), "an enum of C is an int");
  std::memcpy(&dtype, &input.dtype, sizeof(dtype));
  bool valid = dtype < kNumDTypes && (input.shape || !input.rank);
  if (valid)
    shape.assign(input.shape, input.shape + input.rank);
  for (int64_t extent : shape)
    valid &= extent >= 0;
  Array header;
  uint64_t bytes = 0;
  if (valid) {
    header.dtype = static_cast<DType>(dtype);
    header.shape = shape;
    valid = header.countBytes(bytes) && (!bytes || input.data);
  }
  if (!valid) {
    diagnostics.emplace_back();
    diagnostics.back().message = "input '" + name + "': not an array";
    return false;
  }
  Array array(static_cast<DType>(dtype), std::move(shape));
  if (!array.data.empty())
    std::memcpy(array.data.data(), input.data, array.data.size());
  arrays.emplace_back(std::move(name), std::move(array));
  return true;
}

static void fillEvaluation(NeuroEvaluation &evaluation, size_t count,
                           const char *const *arguments, size_t inputCount,
                           const NeuroArray *inputs, int quantised,
                           NeuroCountCallback progress, void *user) {
  EvaluateResult &result = evaluation.result;
  std::vector<const char *> words = {"--compile-to=nn"};
  if (arguments)
    words.insert(words.end(), arguments, arguments + count);
  CompileOptions options;
  NamedArrays arrays;
  bool ok = parse(words.size(), words.data(), options, result.diagnostics);
  for (size_t i = 0; inputs && i < inputCount; ++i)
    ok &= readArray(inputs[i], arrays, result.diagnostics);
  if (quantised && options.calibration.empty()) {
    result.diagnostics.emplace_back();
    result.diagnostics.back().message =
        "quantised evaluation needs a calibration";
    ok = false;
  }
  if (ok)
    result =
        evaluate(options, arrays, quantised, [&](int64_t done, int64_t all) {
          if (progress)
            progress(done, all, user);
        });
  evaluation.json = toText(describe(result.ok, result.diagnostics));
}

NeuroEvaluation *neuroEvaluate(size_t count, const char *const *arguments,
                               size_t inputCount, const NeuroArray *inputs,
                               int quantised, NeuroCountCallback progress,
                               void *user) {
  return guarded<NeuroEvaluation>([&](NeuroEvaluation &evaluation) {
    fillEvaluation(evaluation, count, arguments, inputCount, inputs, quantised,
                   progress, user);
  });
}

int neuroEvaluationIsOk(const NeuroEvaluation *evaluation) {
  return evaluation && evaluation->result.ok;
}

const char *neuroEvaluationGetJson(const NeuroEvaluation *evaluation) {
  return evaluation ? evaluation->json.c_str() : "";
}

size_t neuroEvaluationGetNumOutputs(const NeuroEvaluation *evaluation) {
  return evaluation ? evaluation->result.outputs.size() : 0;
}

NeuroArray neuroEvaluationGetOutput(const NeuroEvaluation *evaluation,
                                    size_t index) {
  if (index >= neuroEvaluationGetNumOutputs(evaluation))
    return {};
  const auto &[name, array] = evaluation->result.outputs[index];
  return {name.c_str(), NeuroDType(array.dtype), array.shape.size(),
          array.shape.data(), array.data.data()};
}

void neuroEvaluationDestroy(NeuroEvaluation *evaluation) { delete evaluation; }

const char *neuroGetSupportedOperators(void) {
  static const std::string text = getSupportedOperators();
  return text.c_str();
}

const char *neuroGetCompilerVersion(void) {
  static const std::string text = getVersion();
  return text.c_str();
}
