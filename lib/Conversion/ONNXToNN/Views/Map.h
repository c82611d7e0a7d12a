//===- Map.h - shapes, and what moves elements -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_MAP_H
#define NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_MAP_H

#include "IndexMap.h"

namespace neuro::onnxnn {

/// Larger tensors are refused: they are mistakes or attacks.
inline constexpr int64_t kMaxElements = int64_t(1) << 26;

/// The product; more than kMaxElements gives kMaxElements + 1.
int64_t elements(const Shape &shape);
std::string text(const Shape &shape);
/// An axis counted from the end becomes one from the start; -1 if outside.
int64_t normalAxis(int64_t axis, int64_t rank);

/// Whether the sizes can be multiplied without care, empty ones aside.
bool isReasonable(const Shape &shape);
/// The shape both broadcast to; false if they do not fit together.
bool broadcast(const Shape &a, const Shape &b, Shape &result);

/// A tensor of the shape: element i is element index.at(i) of the source.
struct Map {
  Shape shape;
  IndexMap index;

  static Map reshape(Shape shape);
  /// Any choice of elements, without a look for strides in it.
  static Map from(Shape shape, Index index);
};

/// Maps of a source of `shape`; the arguments must be valid.
Map transposeMap(const Shape &shape, const std::vector<int64_t> &perm);
/// The indices count from the start, or from the end if negative.
Map gatherMap(const Shape &shape, const Shape &indicesShape,
              const Index &indices, int64_t axis);
Map expandMap(const Shape &shape, const Shape &target);
Map tileMap(const Shape &shape, const std::vector<int64_t> &repeats);
/// starts, steps and sizes for every axis.
Map sliceMap(const Shape &shape, const Shape &starts, const Shape &steps,
             const Shape &sizes);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_MAP_H
