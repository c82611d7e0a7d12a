//===- Evaluator.h - runs nn functions --------------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference for what an nn function computes: in floating point, in tensor
// form or in stream form; or in the integers of the quantised form
// (docs/spec/quantised.md), which the chip must reach. Sequences are
// independent of each other; an array may hold any number of them, of any
// length up to the exported one.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_EVALUATOR_EVALUATOR_H
#define NEURO_EVALUATOR_EVALUATOR_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Support/Array.h"
#include "neuro/Support/Npz.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace neuro {

enum class EvaluationMode { Float, Quantised };

/// An input or output of the function.
struct EvaluatorPort {
  std::string name;
  /// Token ids rather than numbers; then ids are below `idBound`, if that is
  /// not 0.
  bool isIds = false;
  int64_t idBound = 0;
  /// What one token carries.
  std::vector<int64_t> tokenShape;
  /// Outputs: only the last token's is given, so that there is no token axis.
  bool lastTokenOnly = false;

  /// "[sequences, tokens up to 6, 28, 28] of float32", for messages.
  std::string describe(int64_t tokens) const;
};

/// What an observer sees: one value for some of the sequences.
struct Observation {
  /// An op's result, or an argument of the function.
  mlir::Value value;
  /// Parts (of tokens, or of sequences) one after the other.
  llvm::ArrayRef<float> result;
  /// Mode Quantised: the integers that a population sends for it, and their
  /// grid; empty if the value is fused with its reader.
  llvm::ArrayRef<int32_t> integers;
  nn::QuantAttr grid;
  int64_t parts = 0;
  /// Mode Float only.
  llvm::ArrayRef<llvm::ArrayRef<float>> operands;
  /// EvaluateOptions::compare only: the same value in floating point.
  llvm::ArrayRef<float> reference;
  /// Values that had to be limited, in the result and inside the op.
  int64_t limited = 0;
  /// Relu attention: its largest weight.
  double largestWeight = 0;
};

struct EvaluateOptions {
  EvaluationMode mode = EvaluationMode::Float;
  /// Sequences are shared out to so many threads; the results do not depend on
  /// it.
  unsigned threads = 2;
  /// Called for every argument and result, by one thread at a time.
  std::function<void(const Observation &)> observer;
  /// With mode Quantised: run in floating point too, for `reference`.
  bool compare = false;
};

using EmitErrorFn = llvm::function_ref<mlir::InFlightDiagnostic()>;

class Evaluator {
public:
  /// Emits an error for each op that cannot be run and returns null. The
  /// function must outlive the evaluator and must not change meanwhile.
  static std::unique_ptr<Evaluator> create(mlir::func::FuncOp func);
  ~Evaluator();

  llvm::ArrayRef<EvaluatorPort> inputs() const;
  llvm::ArrayRef<EvaluatorPort> outputs() const;
  /// The longest sequence.
  int64_t maxTokens() const;

  /// Checks `arrays` against the inputs and emits an error for each problem.
  /// Arrays that are no inputs are ignored.
  mlir::LogicalResult check(const NamedArrays &arrays,
                            EmitErrorFn emitError) const;

  /// What to read of an .npz: the inputs, if type and shape fit. Lives as long
  /// as this object.
  NpzRequest makeRequest() const;

  /// Runs all sequences: inputs [sequences, tokens, ...] by name. Arrays of one
  /// sequence may leave out the first axis.
  mlir::LogicalResult run(const NamedArrays &arrays,
                          const EvaluateOptions &options, NamedArrays &results,
                          EmitErrorFn emitError) const;

private:
  struct Impl;
  explicit Evaluator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// The function that is run: `main`, or the only one. Emits an error if there
/// is none.
mlir::func::FuncOp findMain(mlir::ModuleOp module);

/// Reads inputs from one .npz file, runs the module's main function and writes
/// its outputs to another.
mlir::LogicalResult evaluateNpz(mlir::ModuleOp module,
                                const std::string &inputPath,
                                const std::string &outputPath,
                                EvaluationMode mode, unsigned threads = 2);

/// `arrays` with the inputs that random tests and calibration by
/// `random:SEED` use: numbers from a normal distribution, ids evenly.
NamedArrays makeRandomInputs(const Evaluator &evaluator, int64_t sequences,
                             uint64_t seed);

/// Runs a function of constants and check ops. Emits an error for each check
/// that does not hold.
mlir::LogicalResult evaluateChecks(mlir::func::FuncOp func,
                                   EvaluationMode mode);

/// neuro-translate --evaluate, --nn-evaluate.
void registerEvaluateTranslations();

} // namespace neuro

#endif // NEURO_EVALUATOR_EVALUATOR_H
