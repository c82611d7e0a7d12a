//===- OpenDimensions.cpp - models whose input sizes are not fixed --------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpenDimensions.h"

#include "Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/Pipelines.h"
#include "neuro/Support/Npz.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

#include <set>

using namespace mlir;
using namespace neuro;

using Severity = CompileDiagnostic::Severity;

std::vector<ShapeBinding>
neuro::sampleShapes(const CompileOptions &options,
                    std::vector<CompileDiagnostic> &diagnostics) {
  std::vector<ShapeBinding> shapes;
  if (options.calibration.empty() ||
      StringRef(options.calibration).starts_with("random:"))
    return shapes;
  // The headers will do.
  NpzRequest request;
  request.fits = [](const std::string &, const Array &) { return false; };
  NamedArrays arrays;
  CompileDiagnostic problem;
  if (!readNpz(options.calibration, request, arrays, problem.message)) {
    problem.message = "cannot read the calibration data: " + problem.message;
    diagnostics.push_back(std::move(problem));
    return shapes;
  }
  for (auto &[name, array] : arrays)
    shapes.push_back({name, array.shape});
  return shapes;
}

namespace {

/// What a compilation up to the level of nn complains about, line by line.
struct Findings {
  std::vector<CompileDiagnostic> errors;
  std::vector<std::string> notes;
};

} // namespace

/// A cache of earlier tokens is no input, whatever its size: the size is left
/// out of what is said of it.
static std::string withoutSize(std::string note, int64_t guess) {
  if (note.find("as a key-value cache") == std::string::npos)
    return note;
  std::string size = std::to_string(guess);
  for (size_t at = 0; at < note.size();) {
    size_t end = at;
    while (end < note.size() && llvm::isDigit(note[end]))
      ++end;
    if (note.compare(at, end - at, size) == 0 && end > at &&
        (at == 0 || note[at - 1] == 'x' || note[at - 1] == ' ')) {
      note.replace(at, end - at, "?");
      end = at + 1;
    }
    at = std::max(end, at + 1);
  }
  return note;
}

static Findings tryWith(const std::string &path, ImportOptions options,
                        int64_t guess) {
  Findings found;
  std::vector<CompileDiagnostic> all;
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  DiagnosticCollector collector(&context, all);
  options.guess = guess;
  options.samples = {};
  if (OwningOpRef<ModuleOp> module = importOnnx(path, options, &context)) {
    PassManager manager(&context, ModuleOp::getOperationName());
    buildNNPipeline(manager, PipelineOptions());
    (void)manager.run(*module);
  }
  for (CompileDiagnostic &entry : all) {
    if (entry.severity != Severity::Error)
      continue;
    for (const std::string &note : entry.notes)
      found.notes.push_back(withoutSize(note, guess));
    found.errors.push_back(std::move(entry));
  }
  return found;
}

/// Two sizes are tried: what is said of both does not come from the size.
void neuro::lookBeyondOpenDimensions(
    const std::string &path, const ImportOptions &options,
    std::vector<CompileDiagnostic> &diagnostics) {
  constexpr int64_t kGuesses[] = {11, 13};
  bool open = llvm::any_of(diagnostics, [](const CompileDiagnostic &entry) {
    return StringRef(entry.message).starts_with(kOpenDimensions);
  });
  if (!open)
    return;
  Findings first = tryWith(path, options, kGuesses[0]),
           second = tryWith(path, options, kGuesses[1]);
  std::set<std::string> known, notes(second.notes.begin(), second.notes.end());
  for (const CompileDiagnostic &entry : diagnostics)
    known.insert(entry.message);
  CompileDiagnostic besides;
  besides.message = "whatever its open dimensions are, the model cannot be "
                    "compiled";
  for (const std::string &note : first.notes)
    if (notes.count(note))
      besides.notes.push_back(note);
  for (CompileDiagnostic &entry : first.errors) {
    bool both =
        llvm::any_of(second.errors, [&](const CompileDiagnostic &other) {
          return other.message == entry.message && other.notes == entry.notes;
        });
    if (both && entry.notes.empty() && known.insert(entry.message).second)
      diagnostics.push_back(std::move(entry));
  }
  if (besides.notes.empty())
    return;
  besides.where = path;
  diagnostics.push_back(std::move(besides));
}
