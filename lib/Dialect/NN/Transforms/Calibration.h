//===- Calibration.h - how large values become -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NN_TRANSFORMS_CALIBRATION_H
#define NEURO_LIB_DIALECT_NN_TRANSFORMS_CALIBRATION_H

#include "neuro/Dialect/NN/NN.h"
#include "neuro/Evaluator/Evaluator.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace neuro::nn {

/// Magnitudes seen in one or more channels: their maxima, or a percentile.
class Range {
public:
  Range(int64_t channels, double percentile);
  /// Values whose channel is their position modulo the number of channels.
  void add(llvm::ArrayRef<float> values);
  double channel(int64_t index) const;
  /// Over all channels.
  double largest() const;
  std::vector<double> channels() const;
  bool isFinite() const { return finite; }

private:
  std::vector<float> maxima;
  double percentile;
  bool finite = true;
  // Counts of magnitudes by exponent and five bits of mantissa, if a percentile
  // is wanted; each channel's one after the other.
  std::vector<uint32_t> histogram;
};

/// What calibration learns of one value.
struct ValueFacts {
  Range range;
  /// Inputs: all in [0, 1], and nothing between.
  bool unit = true, binary = true;
  /// Attention: of its weights.
  Range inner;
  /// Attention with a score limit: of each head, the largest length of a query
  /// and of a key.
  std::vector<double> queryLengths, keyLengths;
  ValueFacts(int64_t channels, double percentile)
      : range(channels, percentile), inner(1, percentile) {}
};

class Calibration {
public:
  explicit Calibration(double percentile) : percentile(percentile) {}
  /// An observer for the evaluator.
  void observe(const Observation &seen);
  const ValueFacts *find(mlir::Value value) const;

private:
  void observeLengths(AttentionOp op, const Observation &seen,
                      ValueFacts &fact);

  double percentile;
  llvm::DenseMap<mlir::Value, std::unique_ptr<ValueFacts>> facts;
};

/// Holds the scores that the calibration has seen against what the masks of the
/// model allow (score_limit). Fails if something masked would be seen;
/// `warn` takes what only data larger than the calibration's could make seen.
mlir::LogicalResult
checkMasks(mlir::func::FuncOp func, const Calibration &calibration,
           double margin, llvm::function_ref<void(const std::string &)> warn);

} // namespace neuro::nn

#endif // NEURO_LIB_DIALECT_NN_TRANSFORMS_CALIBRATION_H
