//===- Gate.h - neurons that act once per token -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NEURO_TRANSFORMS_GATE_H
#define NEURO_LIB_DIALECT_NEURO_TRANSFORMS_GATE_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include <set>

namespace neuro {

/// True when the model certainly does nothing in a step in which nothing
/// arrives: it keeps its state, sends nothing and exports nothing but 0.
bool isSilentAtRest(PopulationOp population);

/// Lets the model act only in the steps `phase + offset + n * period`; in all
/// others it keeps its state, sends nothing and exports 0. Fails, with an
/// error, if there is no state field left to count in.
mlir::LogicalResult gate(PopulationOp population, int64_t phase, int64_t period,
                         const std::set<int64_t> &offsets);

} // namespace neuro

#endif // NEURO_LIB_DIALECT_NEURO_TRANSFORMS_GATE_H
