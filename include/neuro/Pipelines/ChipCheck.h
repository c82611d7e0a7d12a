//===- ChipCheck.h - the chip against its quantised model ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs calibration sequences through the quantised evaluator and, as a binary,
// through the simulator, and compares every value that the chip holds as
// integers: all elements of all tokens, and the outputs. One more sequence is
// made so that values are limited, which they are not on calibration data.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_CHIPCHECK_H
#define NEURO_PIPELINES_CHIPCHECK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "neuro/Dialect/Neuro/Neuro.h"
#include "neuro/Pipelines/CompileOptions.h"
#include "neuro/Support/Array.h"

#include <string>
#include <vector>

namespace neuro {

/// Where the chip holds the result of an operation of the quantised function.
struct HeldValue {
  int64_t operation = 0;  // number in the body of the function
  std::string population; // the name of its groups in the binary
  int64_t count = 0;      // neurons
  int64_t step = 0;       // within the token, in which they send it
  int64_t channels = 0;   // above 1: numbered by pixel, then channel
};

/// From a network that has its phases; by operation.
std::vector<HeldValue> findHeldValues(NetworkOp network);

struct ChipCheckOptions {
  VerifyMode mode = VerifyMode::Sample;
  /// The work of VerifyMode::Sample, about as many synapses visited. Not in
  /// seconds: the same tokens are compared on every machine.
  double budget = 4e8;
  /// Sequences are shared out to so many threads.
  unsigned threads = 2;
};

/// A layer in which something wrapped on the chip.
struct ChipWraps {
  std::string layer;
  uint64_t dendrites = 0, registers = 0, weights = 0;
};

struct ChipCheckResult {
  VerifyMode mode = VerifyMode::Off;
  // Compared, and of how many; no tokens: a sample was not possible.
  int64_t sequences = 0, tokens = 0;
  int64_t allSequences = 0, allTokens = 0;
  int64_t layers = 0, values = 0, differences = 0;
  std::vector<ChipWraps> wraps;

  /// For the progress line: what was compared, and whether it is equal.
  std::string str() const;
};

/// `model` is the quantised function that `binary` was compiled from. Emits an
/// error for each layer that differs though what it reads does not.
mlir::LogicalResult
checkChip(mlir::func::FuncOp model, llvm::ArrayRef<HeldValue> held,
          const std::vector<uint8_t> &binary, const NamedArrays &calibration,
          const ChipCheckOptions &options, ChipCheckResult &result);

} // namespace neuro

#endif // NEURO_PIPELINES_CHIPCHECK_H
