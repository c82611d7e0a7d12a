//===- FixedPoint.h - functions of the quantised form, in integers -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/spec/quantised.md, in 64-bit integers, by division and square root where
// a neuron program iterates.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_EVALUATOR_FIXEDPOINT_H
#define NEURO_LIB_EVALUATOR_FIXEDPOINT_H

#include "neuro/Dialect/NN/Quantised.h"

namespace neuro::fixed {

/// a / 2^amount, rounded half up.
inline int64_t roundShift(int64_t a, unsigned amount) {
  return amount ? (a + (int64_t(1) << (amount - 1))) >> amount : a;
}

/// `element` is the index of the multiplier, where there is more than one.
int64_t rescale(const nn::Rescale &by, int64_t a, size_t element = 0);

/// Limits to [-limit, limit] and counts what changes.
inline int64_t clip(int64_t a, int64_t limit, int64_t &limited) {
  if (a >= -limit && a <= limit)
    return a;
  ++limited;
  return a < 0 ? -limit : limit;
}

int64_t polynomial(const nn::Polynomial &polynomial, int64_t v);
/// 2^(x / 2^fraction + top), x <= 0.
int64_t exp2(int64_t x, unsigned fraction, unsigned top);
/// log2(a / 2^levels) in steps of 2^-fraction.
int64_t log2(int64_t a, unsigned fraction, unsigned levels);
/// 2^(22 + levels) / a.
int64_t reciprocal(int64_t a, unsigned levels);
/// power / sum in steps of 2^-15, by the reciprocal of the sum.
int64_t share(int64_t power, int64_t reciprocal, unsigned levels);

/// 1 / sqrt(x / 2^24) in Q17, for 2^22 <= x < 2^24.
int64_t inverseRoot(int64_t x);

/// One row of a norm; `y` gets its integers, `bias` and all, before they are
/// limited. `first` is the row's first element.
void normaliseRow(const nn::NormPlan &plan, const float *x, int64_t first,
                  int64_t *y, int64_t &limited);

/// gelu, gelu_tanh, silu.
int64_t activation(const nn::ActivationPlan &plan, int64_t x);

} // namespace neuro::fixed

#endif // NEURO_LIB_EVALUATOR_FIXEDPOINT_H
