//===- CompileOptions.h - what a compilation is asked to do ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The options of neuro-compile as a struct, and their command-line form. The
// Python package passes the same words, so both have the same names, checks
// and messages. Free of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_COMPILEOPTIONS_H
#define NEURO_PIPELINES_COMPILEOPTIONS_H

#include "neuro/Pipelines/Phases.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace neuro {

/// How much of the calibration data runs on the simulated chip, to be compared
/// with the quantised model before the binary is written.
enum class VerifyMode {
  Off,
  Sample, // one sequence, and no more of it than a bounded work
  All
};

/// "off", "sample", "all".
const char *getVerifyModeName(VerifyMode mode);

struct CompileOptions {
  std::string input;
  std::string output;
  Phase compileTo = Phase::NRB;
  /// Extents of an input's dimensions, by ONNX input name.
  std::vector<std::pair<std::string, std::vector<int64_t>>> shapes;
  /// An .npz, or "random:SEED".
  std::string calibration;
  double calibrationMargin = 1.05;
  /// Of the magnitudes seen, taken as the largest; 100 is the maximum.
  double calibrationPercentile = 100.0;
  std::string target = "loihi2";
  bool fallThrough = false;
  std::string placement = "linear";
  uint64_t seed = 0;
  /// The most chips that may be used; 0 for as many as a system can have.
  unsigned chips = 0;
  /// Where it is not said: Sample, if there is a binary.
  std::optional<VerifyMode> verify;
  std::string report;
  std::string quantReport;
  std::string mapReport;
  std::string unsupportedReport;
  std::string dumpPhases;
  bool printWeights = false;
  bool jsonDiagnostics = false;
  bool quiet = false;
  bool help = false;
  bool version = false;
  bool supportedOps = false;
};

/// Fills `options` from `arguments` (without the program's name). Every problem
/// goes to `errors`; returns true when there is none. Files are not looked at.
bool parseCompileOptions(llvm::ArrayRef<std::string> arguments,
                         CompileOptions &options,
                         std::vector<std::string> &errors);

/// The text of --help.
std::string getCompileHelp();

} // namespace neuro

#endif // NEURO_PIPELINES_COMPILEOPTIONS_H
