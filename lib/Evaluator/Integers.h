//===- Integers.h - the quantised form as steps of the evaluator -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_EVALUATOR_INTEGERS_H
#define NEURO_LIB_EVALUATOR_INTEGERS_H

#include "Program.h"

namespace neuro::evaluator {

/// What keeps an op from being run in integers; empty if nothing does.
std::string whyNotInteger(mlir::Operation *op);

/// The op in integers. Buffers hold whole numbers below 2^24, which floating
/// point adds and multiplies exactly: the integers of a value's grid or, of a
/// fused value, its accumulator. `kind` and `size` are those of the result.
std::function<void(StepRun &)>
compileIntegers(mlir::Operation *op, nn::TokenLayout::Kind kind, int64_t size);

} // namespace neuro::evaluator

#endif // NEURO_LIB_EVALUATOR_INTEGERS_H
