//===- Ranges.h - bounds of payloads and dendritic sums --------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_ANALYSIS_RANGES_H
#define NEURO_ANALYSIS_RANGES_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include "llvm/ADT/DenseMap.h"

namespace neuro {

/// Values from low to high, both included.
struct Interval {
  int64_t low = 0, high = 0;

  int64_t magnitude() const { return std::max(-low, high); }
};

/// Bounds every payload and every dendritic sum of a network. Feedback is
/// cut by the declared payload width, so the analysis always ends.
class RangeAnalysis {
public:
  explicit RangeAnalysis(NetworkOp network);

  /// What may arrive at dendrite `index`, before the accumulator wraps.
  Interval dendrite(PopulationOp population, unsigned index) const;

private:
  Interval currentOf(mlir::Value current) const;
  Interval runModel(PopulationOp population) const;

  llvm::DenseMap<mlir::Value, Interval> payloads;
  llvm::DenseMap<mlir::Value, Interval> currents;
};

} // namespace neuro

#endif // NEURO_ANALYSIS_RANGES_H
