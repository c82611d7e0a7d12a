//===- ModelArithmetic.h - what model operations compute ------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exact results of 32-bit operands, before they are put into a register, where
// they wrap (M11). Folders, parameters and ranges all ask these.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_MODELARITHMETIC_H
#define NEURO_DIALECT_NEURO_MODELARITHMETIC_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include <algorithm>

namespace neuro::model {

/// The amount of a computed shift is limited to 0..31.
inline int64_t shiftLeft(int64_t value, int64_t amount) {
  return value * (int64_t(1) << std::clamp<int64_t>(amount, 0, 31));
}

/// A product of two registers fits 64 bits, and so does its negative.
inline int64_t shiftRight(int64_t product, unsigned amount, Rounding rounding) {
  if (rounding == Rounding::tz && product < 0)
    return -(-product >> amount);
  return product >> amount;
}

inline bool compare(Comparison predicate, int64_t a, int64_t b) {
  switch (predicate) {
  case Comparison::lt:
    return a < b;
  case Comparison::ge:
    return a >= b;
  case Comparison::eq:
    return a == b;
  }
  return false;
}

inline bool fitsRegister(int64_t value) { return value == int32_t(value); }

} // namespace neuro::model

#endif // NEURO_DIALECT_NEURO_MODELARITHMETIC_H
