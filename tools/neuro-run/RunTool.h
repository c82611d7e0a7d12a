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

/// Exit codes: 0 done, 1 something in a file or an array is wrong, 2 the
/// command line is.
class RunTool {
public:
  /// An exit code when there is nothing more to do.
  std::optional<int> parse(int argc, char **argv);
  int execute();

private:
  bool load();
  bool readInputs(NamedArrays &inputs);
  bool isInput(const std::string &name) const;
  bool readInput(const std::string &argument, NamedArrays &inputs);
  bool compare(const NamedArrays &outputs);
  bool write(const runtime::RunResult &result);
  bool writeArrays(const std::string &path, const NamedArrays &arrays,
                   const char *option);
  bool report(const std::vector<std::string> &errors);
  bool fail(const std::string &message);
  void setProgress();

  std::string model, output, probeOutput, statsJson, expected;
  std::string saveState, loadState;
  std::vector<std::string> inputs, probes;
  std::string engine = "fast";
  double tolerance = -1;
  bool list = false, json = false, stats = false, noLearning = false;
  bool golden = false, progress = false, quiet = false;
  runtime::RunOptions options;
  std::unique_ptr<runtime::Simulator> simulator;
};

} // namespace neuro

#endif // NEURO_TOOLS_RUN_RUNTOOL_H
