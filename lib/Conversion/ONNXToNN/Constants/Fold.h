//===- Fold.h - what the folders share -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A folder computes an operator whose inputs are all constants, as ONNX Runtime
// does on a CPU: in the arithmetic of the element type, and rounded to it once.
// What ONNX leaves undefined (division by zero of integers) is refused.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_FOLD_H
#define NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_FOLD_H

#include "Convert.h"
#include <type_traits>

namespace neuro::onnxnn {

/// Reports that the operator is not defined for the type.
void wrongType(NodeContext &c, DType type);
/// Makes two operands one type: equal ones stay, floats become the wider one;
/// false, after a report, if they do not fit.
bool sameType(NodeContext &c, Tensor &a, Tensor &b);
/// The shape of the result of a broadcasting operator; false, after a report,
/// if there is none.
bool commonShape(NodeContext &c, const Shape &a, const Shape &b, Shape &shape);
/// An axis attribute, counted from the start; -1, after a report, if outside.
int64_t axisOf(NodeContext &c, const char *name, int64_t otherwise,
               int64_t rank);
/// The axes that a Reduce operator reduces, sorted; `nothing`: it leaves its
/// input as it is. False after a report.
bool readAxes(NodeContext &c, int64_t rank, std::vector<int64_t> &axes,
              bool &nothing);
int64_t product(const Shape &shape, size_t first, size_t last);
Tensor broadcastTo(const Tensor &x, const Shape &shape);
/// The tensor of the same type with one element.
Tensor scalarOf(DType type, double value);

/// f on each pair of elements of two tensors of one type and shape, as float,
/// double, int64_t or uint64_t. A result that f gives as bool makes a Bool.
template <typename F> Tensor mapPairs(const Tensor &a, const Tensor &b, F f) {
  auto each = [&](const auto &x, const auto &y, auto sample) {
    using T = decltype(sample);
    using R = decltype(f(sample, sample));
    if constexpr (std::is_same_v<R, bool>) {
      std::vector<int64_t> out(x.size());
      for (size_t i = 0; i < x.size(); ++i)
        out[i] = f(T(x[i]), T(y[i]));
      return Tensor::make(a.shape, std::move(out), DType::Bool);
    } else {
      std::decay_t<decltype(x)> out(x.size());
      for (size_t i = 0; i < x.size(); ++i)
        out[i] = f(T(x[i]), T(y[i]));
      return Tensor::make(a.shape, std::move(out), a.type);
    }
  };
  if (a.type == DType::Double)
    return each(*a.doubles, *b.doubles, double());
  if (a.isFloat())
    return each(*a.floats, *b.floats, float());
  if (a.type == DType::UInt64)
    return each(*a.ints, *b.ints, uint64_t());
  return each(*a.ints, *b.ints, int64_t());
}

/// Calls f with a copy of the elements (vector of double, float or int64_t),
/// and makes a tensor of what it leaves there.
template <typename F> Tensor edited(const Tensor &x, Shape shape, F f) {
  auto run = [&](auto values) {
    f(values);
    return Tensor::make(std::move(shape), std::move(values), x.type);
  };
  if (x.type == DType::Double)
    return run(*x.doubles);
  if (x.isFloat())
    return run(*x.floats);
  return run(*x.ints);
}

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_FOLD_H
