//===- neuro-compile.cpp - ONNX model to chip binary ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Compiler.h"
#include "neuro/Pipelines/ToolMain.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

using namespace neuro;

static int complain(const std::vector<std::string> &errors, bool json) {
  for (const std::string &error : errors) {
    CompileDiagnostic diagnostic;
    diagnostic.message = error;
    llvm::errs() << (json ? diagnostic.json() : diagnostic.str()) << "\n";
  }
  return 2;
}

/// Prints to the standard output; the exit code.
static int print(const std::string &text, bool json) {
  std::string error;
  llvm::outs() << text;
  if (flushToolOutput(error))
    return 0;
  complain({error}, json);
  return 1;
}

int main(int argc, char **argv) {
  installToolHandlers("neuro-compile");
  llvm::InitLLVM init(argc, argv);
  llvm::setBugReportMsg("neuro-compile stopped unexpectedly: this is our "
                        "fault. Please report it with the model, this command "
                        "line, and the files of --dump-phases=DIR:\n");
  std::vector<std::string> arguments(argv + 1, argv + argc), errors;
  CompileOptions options;
  if (!parseCompileOptions(arguments, options, errors))
    return complain(errors, options.jsonDiagnostics);
  if (options.help || options.version || options.supportedOps)
    return print(options.help      ? getCompileHelp()
                 : options.version ? getVersion() + "\n"
                                   : getSupportedOperators(),
                 options.jsonDiagnostics);

  auto progress = [&](const PhaseRecord &phase) {
    if (!options.quiet)
      llvm::errs() << llvm::format("neuro-compile: %-9s %7.2f s   ",
                                   phase.name.c_str(), phase.seconds)
                   << phase.note << "\n";
  };
  CompileResult result = compile(options, progress);
  if (result.ok)
    writeResults(options, result);
  for (const CompileDiagnostic &diagnostic : result.diagnostics)
    llvm::errs() << (options.jsonDiagnostics ? diagnostic.json()
                                             : diagnostic.str())
                 << "\n";
  if (!result.ok)
    return 1;
  if (options.compileTo != Phase::NRB &&
      (options.output.empty() || options.output == "-"))
    return print(result.text, options.jsonDiagnostics);
  return 0;
}
