//===- ModelRanges.h - bounds of the values of one neuron model -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_ANALYSIS_MODELRANGES_H
#define NEURO_ANALYSIS_MODELRANGES_H

#include "neuro/Analysis/Ranges.h"

#include "mlir/Analysis/DataFlowFramework.h"

namespace neuro {

/// MLIR's integer ranges of the values of a population's model.
class ModelRanges {
public:
  /// `dendrites` bounds what arrives, before the accumulators wrap; one that is
  /// not bounded may hold any 24 bits.
  ModelRanges(PopulationOp population, llvm::ArrayRef<Interval> dendrites = {});

  /// Of a value of 32 bits.
  Interval of(mlir::Value value) const;

  /// What a neuron may send, 0 for nothing.
  Interval payload() const;

private:
  PopulationOp population;
  mlir::DataFlowSolver solver;
};

} // namespace neuro

#endif // NEURO_ANALYSIS_MODELRANGES_H
