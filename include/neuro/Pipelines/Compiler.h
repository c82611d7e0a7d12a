//===- Compiler.h - ONNX file to binary ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The driver behind neuro-compile and the Python package. Free of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_COMPILER_H
#define NEURO_PIPELINES_COMPILER_H

#include "neuro/Pipelines/CompileOptions.h"
#include "neuro/Pipelines/Report.h"
#include "neuro/Support/Array.h"
#include <functional>

namespace neuro {

/// A message with its place: an ONNX node, a file, or nothing.
struct CompileDiagnostic {
  enum class Severity { Error, Warning, Remark };
  Severity severity = Severity::Error;
  std::string message;
  std::string where;
  std::vector<std::string> notes;

  /// "error: node 'conv1': message", then a line per note.
  std::string str() const;
  /// One JSON object on one line.
  std::string json() const;
};

using ProgressFn = std::function<void(const PhaseRecord &)>;

struct CompileResult {
  bool ok = false;
  std::vector<CompileDiagnostic> diagnostics;
  std::vector<PhaseRecord> phases;
  /// The IR of the last phase, unless that is the binary.
  std::string text;
  std::vector<uint8_t> binary;
  BinarySummary summary;
  std::string quantJson, mapJson, reportHtml;

  void addError(std::string message, std::string where = "");
};

/// Compiles in memory; writes no file except those of --dump-phases.
/// `progress` is called after each phase.
CompileResult compile(const CompileOptions &options,
                      const ProgressFn &progress = {});

/// Writes what `options` asks for: all files, or none. Problems are added to
/// the result, which is then not ok.
void writeResults(const CompileOptions &options, CompileResult &result);

struct EvaluateResult {
  bool ok = false;
  std::vector<CompileDiagnostic> diagnostics;
  NamedArrays outputs;
};

/// Runs a model on the host: in floating point, or rounded to the integers that
/// the chip would hold. `progress(done, all)` counts sequences.
EvaluateResult
evaluate(const CompileOptions &options, const NamedArrays &inputs,
         bool quantised,
         const std::function<void(int64_t, int64_t)> &progress = {});

/// One line per ONNX operator that can be compiled.
std::string getSupportedOperators();

/// "neuro-mlir 1.0.0".
std::string getVersion();

} // namespace neuro

#endif // NEURO_PIPELINES_COMPILER_H
