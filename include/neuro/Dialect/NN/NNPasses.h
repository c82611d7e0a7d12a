//===- NNPasses.h - passes of the nn dialect -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_NNPASSES_H
#define NEURO_DIALECT_NN_NNPASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Support/Array.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace neuro::nn {

struct QuantiseOptions {
  /// FILE.npz, or random:SEED.
  std::string calibration;
  double margin = 1.05;
  double percentile = 100.0;
  /// FILE.json, "-" for a table on stderr, or empty.
  std::string report;
  unsigned threads = 2;
};

/// How far one op's result is from its floating-point value.
struct LayerError {
  std::string layer; // ONNX node
  std::string op;    // nn operation
  double scale = 0;
  int64_t limit = 0;
  unsigned bits = 0;
  double largest = 0;       // in floating point
  double sqnr = 0;          // dB; infinite without error, NaN against zeros
  double maxError = 0;      // absolute
  double relativeError = 0; // root of error energy over signal energy
  double limited = 0;       // fraction of values that had to be limited

  // What a warning is made of.
  double rms = 0; // in floating point
  int64_t numLimited = 0, count = 0;
};

/// Below this a layer is worth a warning: an error of a tenth.
inline constexpr double kPoorSqnr = 20;

struct OutputError {
  std::string name;
  double sqnr = 0, maxError = 0;
  /// How often the largest element of the last axis is the same one.
  double sameLargest = 0;
};

/// The chip ran on calibration data, and every value that it holds was that of
/// the quantised model.
struct ChipEquality {
  std::string extent; // sample, all
  int64_t sequences = 0, tokens = 0;
  int64_t layers = 0, values = 0;
};

struct QuantisationReport {
  std::string calibration;
  /// Without it the report speaks of the quantised model only.
  std::optional<ChipEquality> chip;
  int64_t sequences = 0, tokens = 0;
  std::vector<LayerError> layers;
  std::vector<OutputError> outputs;
  std::vector<std::string> warnings;
  /// One a layer; they are emitted at the layer.
  std::vector<std::string> layerWarnings;

  void print(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
};

/// The pass nn-quantise as a function, for drivers: reads the calibration that
/// `options` names, writes the report that it names, and fills `report` if
/// given.
mlir::LogicalResult quantise(mlir::func::FuncOp func,
                             const QuantiseOptions &options,
                             QuantisationReport *report = nullptr);
/// Reads the calibration that `options` names, or makes it.
mlir::LogicalResult readCalibration(mlir::func::FuncOp func,
                                    const QuantiseOptions &options,
                                    NamedArrays &arrays);
/// The same with the calibration sequences at hand.
mlir::LogicalResult quantise(mlir::func::FuncOp func,
                             const NamedArrays &calibration,
                             const QuantiseOptions &options,
                             QuantisationReport *report = nullptr);

/// The pass nn-to-stream as a function.
mlir::LogicalResult convertToStream(mlir::func::FuncOp func);
/// The pass nn-fold-affine as a function; how many ops were folded.
unsigned foldAffine(mlir::func::FuncOp func);

#define GEN_PASS_DECL
#include "neuro/Dialect/NN/NNPasses.h.inc"
#define GEN_PASS_REGISTRATION
#include "neuro/Dialect/NN/NNPasses.h.inc"

inline void registerNNPasses() { registerNNPassesPasses(); }

} // namespace neuro::nn

#endif // NEURO_DIALECT_NN_NNPASSES_H
