//===- Map.cpp - shapes, and what moves elements --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Map.h"
#include <algorithm>

using namespace neuro::onnxnn;

int64_t neuro::onnxnn::elements(const Shape &shape) {
  // A zero anywhere makes the tensor empty, whatever the other sizes are.
  for (int64_t dim : shape)
    if (dim <= 0)
      return 0;
  int64_t count = 1;
  for (int64_t dim : shape) {
    if (dim > kMaxElements / count)
      return kMaxElements + 1;
    count *= dim;
  }
  return count;
}

bool neuro::onnxnn::isReasonable(const Shape &shape) {
  double product = 1;
  for (int64_t dim : shape)
    product *= double(std::max<int64_t>(dim, 1));
  return product <= 0x1p40;
}

std::string neuro::onnxnn::text(const Shape &shape) {
  if (shape.empty())
    return "scalar";
  std::string result;
  for (size_t i = 0; i < shape.size(); ++i)
    result += (i ? "x" : "") + std::to_string(shape[i]);
  return result;
}

int64_t neuro::onnxnn::normalAxis(int64_t axis, int64_t rank) {
  if (axis < 0)
    axis += rank;
  return axis >= 0 && axis < rank ? axis : -1;
}

bool neuro::onnxnn::broadcast(const Shape &a, const Shape &b, Shape &result) {
  size_t rank = std::max(a.size(), b.size());
  Shape joined(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return false;
    joined[rank - 1 - i] = x == 1 ? y : x;
  }
  result = std::move(joined);
  return true;
}

Map Map::reshape(Shape shape) {
  int64_t size = elements(shape);
  return {std::move(shape), IndexMap::identity(size)};
}

Map Map::from(Shape shape, Index index) {
  return {std::move(shape), IndexMap::raw(std::move(index))};
}

static Shape rowMajor(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Map neuro::onnxnn::transposeMap(const Shape &shape,
                                const std::vector<int64_t> &perm) {
  Shape strides = rowMajor(shape), outShape, outStrides;
  for (int64_t axis : perm) {
    outShape.push_back(shape[axis]);
    outStrides.push_back(strides[axis]);
  }
  return {outShape, IndexMap::strided(outShape, outStrides)};
}

Map neuro::onnxnn::sliceMap(const Shape &shape, const Shape &starts,
                            const Shape &steps, const Shape &sizes) {
  Shape strides = rowMajor(shape);
  int64_t start = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    start += starts[axis] * strides[axis];
    strides[axis] *= steps[axis];
  }
  return {sizes, IndexMap::strided(sizes, strides, start)};
}

Map neuro::onnxnn::expandMap(const Shape &shape, const Shape &target) {
  Shape own = rowMajor(shape), strides(target.size(), 0);
  size_t offset = target.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != 1)
      strides[offset + axis] = own[axis];
  return {target, IndexMap::strided(target, strides)};
}

Map neuro::onnxnn::tileMap(const Shape &shape,
                           const std::vector<int64_t> &repeats) {
  // As an expansion with an axis for each repetition, merged afterwards.
  Shape split, target, result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    split.insert(split.end(), {1, shape[axis]});
    target.insert(target.end(), {repeats[axis], shape[axis]});
    result.push_back(repeats[axis] * shape[axis]);
  }
  Map map = expandMap(split, target);
  map.shape = result;
  return map;
}

Map neuro::onnxnn::gatherMap(const Shape &shape, const Shape &indicesShape,
                             const Index &indices, int64_t axis) {
  Shape result(shape.begin(), shape.begin() + axis);
  result.insert(result.end(), indicesShape.begin(), indicesShape.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  Index steps;
  steps.reserve(indices.size());
  for (int64_t at : indices) {
    at += at < 0 ? shape[axis] : 0;
    steps.push_back(at * inner);
  }
  if (elements(result) == 0)
    return {result, IndexMap::identity(0)};
  IndexMap blocks = IndexMap::strided({outer}, {shape[axis] * inner});
  IndexMap along = IndexMap::nested(blocks, IndexMap::of(std::move(steps)));
  return {result, IndexMap::nested(along, IndexMap::identity(inner))};
}
