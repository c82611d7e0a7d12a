//===- Tensor.h - constants and index maps of the converter -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A small evaluator over float, integer and boolean tensors. Whatever only
// moves elements (reshape, transpose, slice, ...) is a Map, which is applied in
// the same way to constants and to what is known about other values.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_TENSOR_H
#define NEURO_LIB_CONVERSION_ONNXTONN_TENSOR_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace neuro::onnxnn {

using Shape = std::vector<int64_t>;
using Index = std::vector<int64_t>;

enum class DType { Float, Int64, Int32, Bool };

/// Larger tensors are refused: they are mistakes or attacks.
inline constexpr int64_t kMaxElements = int64_t(1) << 26;

/// The product; more than kMaxElements gives kMaxElements + 1.
int64_t elements(const Shape &shape);
std::string text(const Shape &shape);
/// An axis counted from the end becomes one from the start; -1 if outside.
int64_t normalAxis(int64_t axis, int64_t rank);

struct Tensor {
  DType type = DType::Float;
  Shape shape;
  std::shared_ptr<const std::vector<float>> floats; // Float
  std::shared_ptr<const std::vector<int64_t>> ints; // every other type

  static Tensor make(Shape shape, std::vector<float> values);
  static Tensor make(Shape shape, std::vector<int64_t> values,
                     DType type = DType::Int64);
  bool isFloat() const { return type == DType::Float; }
  int64_t size() const {
    return isFloat() ? int64_t(floats->size()) : int64_t(ints->size());
  }
  double at(int64_t i) const {
    return isFloat() ? double((*floats)[i]) : double((*ints)[i]);
  }
  int64_t intAt(int64_t i) const {
    return isFloat() ? int64_t((*floats)[i]) : (*ints)[i];
  }
};

/// Element i of the result is element index[i] of the source; without an
/// index, element i.
struct Map {
  Shape shape;
  std::shared_ptr<const Index> index;

  static Map reshape(Shape shape) { return {std::move(shape), nullptr}; }
  static Map from(Shape shape, Index index);
};

Tensor apply(const Map &map, const Tensor &tensor);

/// Maps of a source of `shape`; the arguments must be valid.
Map transposeMap(const Shape &shape, const std::vector<int64_t> &perm);
Map gatherMap(const Shape &shape, const Tensor &indices, int64_t axis);
Map expandMap(const Shape &shape, const Shape &target);
Map tileMap(const Shape &shape, const std::vector<int64_t> &repeats);
/// starts, steps and sizes for every axis.
Map sliceMap(const Shape &shape, const Shape &starts, const Shape &steps,
             const Shape &sizes);

/// The shape both broadcast to; false if they do not fit together.
bool broadcast(const Shape &a, const Shape &b, Shape &result);

/// Elementwise on constants; false: no such operator, or no result (division
/// of an integer by zero), with the reason in `error`.
bool evaluateUnary(const std::string &op, const Tensor &x, Tensor &result);
bool evaluateBinary(const std::string &op, const Tensor &a, const Tensor &b,
                    Tensor &result, std::string &error);
Tensor cast(const Tensor &x, DType type);
Tensor where(const Tensor &condition, const Tensor &a, const Tensor &b,
             const Shape &shape);
/// Reduces `axes` (sorted, all valid); op is Sum, Mean, Prod, Max, Min,
/// SumSquare or L2.
Tensor reduce(const std::string &op, const Tensor &x,
              const std::vector<int64_t> &axes, bool keepDims);
Tensor concat(const std::vector<Tensor> &parts, int64_t axis);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_TENSOR_H
