//===- Verify.h - checks of whole networks -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NEURO_VERIFY_H
#define NEURO_LIB_DIALECT_NEURO_VERIFY_H

#include "neuro/Dialect/Neuro/Neuro.h"

namespace neuro::detail {

/// Every factor that a rule reads is exported by the population that the
/// synapses feed, and every export is read.
mlir::LogicalResult verifyLearning(NetworkOp network);

} // namespace neuro::detail

#endif // NEURO_LIB_DIALECT_NEURO_VERIFY_H
