//===- RunTool.h - what neuro-run does --------------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TOOLS_RUN_RUNTOOL_H
#define NEURO_TOOLS_RUN_RUNTOOL_H

#include "neuro/Runtime/Simulator.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace neuro {

/// Exit codes: 0 done, 1 something in a file or an array is wrong, or values
/// were limited and --strict is given, 2 the command line is wrong.
class RunTool {
public:
  /// An exit code when there is nothing more to do.
  std::optional<int> parse(int argc, char **argv);
  int execute();
  /// The exit code after `code`: what was printed may not have arrived.
  int finish(int code);

private:
  bool load();
  bool readInputs(NamedArrays &inputs);
  bool readInput(const std::string &argument, NamedArrays &inputs);
  bool compare(const NamedArrays &outputs);
  bool checkFiles();
  bool write(const runtime::RunResult &result,
             const runtime::SavedState &state);
  bool warn(const runtime::RunResult &result);
  bool report(const std::vector<std::string> &errors);
  bool fail(const std::string &message);
  void setProgress();

  std::string model, output, probeOutput, statsJson, expected;
  std::string saveState, loadState;
  std::vector<std::string> inputs, probes;
  std::string engine = "fast";
  double tolerance = -1;
  bool list = false, json = false, stats = false, noLearning = false;
  bool golden = false, progress = false, quiet = false, strict = false;
  runtime::RunOptions options;
  std::unique_ptr<runtime::Simulator> simulator;
};

} // namespace neuro

#endif // NEURO_TOOLS_RUN_RUNTOOL_H
