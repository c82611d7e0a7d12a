//===- ToolMain.cpp - what the mains of our tools share -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/ToolMain.h"

#include "neuro/Support/Failures.h"
#include "neuro/Support/File.h"
#include "neuro/Support/FileSet.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <vector>

using namespace neuro;
using llvm::StringRef;

static void onFatalError(void *, const char *reason, bool) {
  // Removes the outputs that are half written.
  llvm::sys::RunInterruptHandlers();
  StringRef text(reason);
  std::string message;
  if (text.consume_front("IO failure on output stream: "))
    message = "cannot write the output: " + text.str();
  else if (text.starts_with("pthread_create failed"))
    message = "cannot start a thread: memory or threads are at their limit "
              "(ulimit -v, ulimit -u)";
  else
    message = text.str();
  failWith(message.c_str());
}

static void onBadAlloc(void *, const char *, bool) { failOutOfMemory(); }

void neuro::installToolHandlers(const char *tool) {
  installFailureHandlers(tool);
  // InitLLVM sends here what operator new cannot get.
  llvm::install_bad_alloc_error_handler(onBadAlloc);
  llvm::install_fatal_error_handler(onFatalError);
}

bool neuro::checkToolFiles(const char *tool, int argc,
                           const char *const *argv) {
  FileRoles roles;
  std::vector<std::string> problems;
  auto addInput = [&](StringRef argument) {
    // A value of an option counts, too: --input=FILE.
    StringRef path = argument;
    if (argument.starts_with("-"))
      path = argument.split('=').second;
    std::string error;
    if (path.empty() || path == "-" || !llvm::sys::fs::exists(path) ||
        llvm::sys::fs::is_directory(path))
      return;
    if (!checkInputFile(path.str(), error))
      problems.push_back(error);
    roles.reads("an input", path.str());
  };
  for (int i = 1; i < argc; ++i) {
    StringRef argument(argv[i]);
    StringRef output;
    if ((argument == "-o" || argument == "--o") && i + 1 < argc)
      output = argv[++i];
    else if (!argument.consume_front("-o=") && !argument.consume_front("--o="))
      addInput(argument);
    else
      output = argument;
    if (output != "-")
      roles.writes("-o", output.str());
  }
  for (const std::string &conflict : roles.conflicts())
    problems.push_back(conflict);
  for (const std::string &problem : problems)
    llvm::errs() << tool << ": error: " << problem << "\n";
  return problems.empty();
}

bool neuro::flushToolOutput(std::string &error) {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return true;
  error =
      "cannot write to the standard output: " + llvm::outs().error().message();
  llvm::outs().clear_error();
  return false;
}
