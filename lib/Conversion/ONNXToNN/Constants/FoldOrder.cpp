//===- FoldOrder.cpp - ranges, sorting and searching, on constants --------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace neuro::onnxnn;

static void rangeFold(NodeContext &c) {
  const Tensor &start = c.tensor(0), &limit = c.tensor(1), &delta = c.tensor(2);
  if (start.size() != 1 || limit.size() != 1 || delta.size() != 1)
    return c.invalid("start, limit and delta must be single numbers");
  if (start.type != limit.type || start.type != delta.type)
    return c.invalid("start, limit and delta differ in element type");
  if (start.type == DType::Bool)
    return wrongType(c, start.type);
  // The difference of integers is exact, also where a double is not.
  double span = start.isFloat()
                    ? limit.at(0) - start.at(0)
                    : double((__int128)limit.intAt(0) - start.intAt(0));
  double steps = delta.at(0) == 0 ? -1 : std::ceil(span / delta.at(0));
  if (delta.at(0) == 0 || !(steps <= double(kMaxElements)))
    return c.invalid("the range has no end or too many elements");
  int64_t count = steps < 0 ? 0 : int64_t(steps);
  if (start.isFloat()) {
    Tensor empty = Tensor::make({0}, std::vector<double>(), start.type);
    return c.set(edited(empty, {count}, [&](auto &values) {
      using T = std::decay_t<decltype(values[0])>;
      for (int64_t i = 0; i < count; ++i)
        values.push_back(T(start.at(0)) + T(i) * T(delta.at(0)));
    }));
  }
  std::vector<int64_t> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = int64_t(uint64_t(start.intAt(0)) +
                        uint64_t(i) * uint64_t(delta.intAt(0)));
  c.set(Tensor::make({count}, std::move(values), start.type));
}

static void nonZeroFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  if (x.shape.empty())
    x.shape = {1};
  std::vector<int64_t> found;
  for (int64_t i = 0; i < x.size(); ++i)
    if (x.isFloat() ? x.at(i) != 0 : x.intAt(i) != 0)
      found.push_back(i);
  int64_t rank = int64_t(x.shape.size()), count = int64_t(found.size());
  std::vector<int64_t> out(rank * count);
  for (int64_t axis = rank, stride = 1; axis-- > 0; stride *= x.shape[axis])
    for (int64_t i = 0; i < count; ++i)
      out[axis * count + i] = found[i] / stride % x.shape[axis];
  c.set(Tensor::make({rank, count}, std::move(out)));
}

/// Less in the order of sorting: numbers, then NaN.
static bool isLess(const Tensor &x, int64_t i, int64_t k) {
  if (x.isFloat()) {
    double a = x.at(i), b = x.at(k);
    return a < b || (std::isnan(b) && !std::isnan(a));
  }
  return x.type == DType::UInt64 ? uint64_t(x.intAt(i)) < uint64_t(x.intAt(k))
                                 : x.intAt(i) < x.intAt(k);
}

static void topKFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  int64_t axis = axisOf(c, "axis", -1, int64_t(x.shape.size())), k = 0;
  bool largest = true;
  if (axis < 0)
    return;
  if (c.node.opset < 10) {
    k = c.attr("k", int64_t(-1));
  } else {
    if (!c.has(1) || c.tensor(1).size() != 1 || c.tensor(1).isFloat())
      return c.invalid("'k' is not one integer");
    k = c.tensor(1).intAt(0);
  }
  if (c.node.opset >= 11) {
    largest = c.attr("largest", int64_t(1)) != 0;
    if (!c.attr("sorted", int64_t(1)))
      return c.unsupported("attribute 'sorted' = 0 leaves the order open",
                           "sorted = 1");
  }
  int64_t size = x.shape[axis];
  if (k < 0 || k > size || x.type == DType::Bool)
    return c.invalid("'k' = " + std::to_string(k) + " of an axis of " +
                     std::to_string(size));
  if (x.isFloat())
    for (float v : *x.floats)
      if (std::isnan(v))
        return c.unsupported("the order of a NaN is not defined");
  if (!c.work(double(x.size()) * 32))
    return;
  Shape shape = x.shape;
  shape[axis] = k;
  int64_t inner = product(x.shape, axis + 1, x.shape.size());
  int64_t outer = product(x.shape, 0, axis);
  Index index(elements(shape));
  std::vector<int64_t> places(elements(shape)), order(size);
  for (int64_t row = 0; row < outer * inner && k > 0; ++row) {
    int64_t base = row / inner * size * inner + row % inner;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return largest ? isLess(x, base + b * inner, base + a * inner)
                     : isLess(x, base + a * inner, base + b * inner);
    });
    for (int64_t i = 0; i < k; ++i) {
      int64_t at = row / inner * k * inner + i * inner + row % inner;
      index[at] = base + order[i] * inner;
      places[at] = order[i];
    }
  }
  c.set(0, Value::of(apply(Map::from(shape, std::move(index)), x)));
  c.set(1, Value::of(Tensor::make(shape, std::move(places))));
}

static void uniqueFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  bool sorted = c.attr("sorted", int64_t(1)) != 0;
  int64_t axis = 0;
  if (c.hasAttr("axis"))
    axis = axisOf(c, "axis", 0, int64_t(x.shape.size()));
  else
    x.shape = {x.size()};
  if (axis < 0)
    return;
  if (x.isFloat())
    for (float v : *x.floats)
      if (std::isnan(v))
        return c.unsupported("the order of a NaN is not defined");
  if (!c.work(double(x.size()) * 64))
    return;
  // Slices along the axis, each a row.
  std::vector<int64_t> perm{axis};
  for (int64_t i = 0; i < int64_t(x.shape.size()); ++i)
    if (i != axis)
      perm.push_back(i);
  Tensor rows = apply(transposeMap(x.shape, perm), x);
  int64_t count = x.shape[axis], width = count ? x.size() / count : 0;
  auto less = [&](int64_t a, int64_t b) {
    for (int64_t i = 0; i < width; ++i) {
      if (isLess(rows, a * width + i, b * width + i))
        return true;
      if (isLess(rows, b * width + i, a * width + i))
        return false;
    }
    return false;
  };
  std::vector<int64_t> order(count), firsts, counts, inverse(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), less);
  for (int64_t i = 0; i < count; ++i) {
    if (i == 0 || less(order[i - 1], order[i])) {
      firsts.push_back(order[i]);
      counts.push_back(0);
    }
    ++counts.back();
    inverse[order[i]] = int64_t(firsts.size()) - 1;
  }
  if (!sorted) {
    std::vector<int64_t> turn(firsts.size()), place(firsts.size());
    std::iota(turn.begin(), turn.end(), 0);
    std::sort(turn.begin(), turn.end(),
              [&](int64_t a, int64_t b) { return firsts[a] < firsts[b]; });
    std::vector<int64_t> oldFirsts = firsts, oldCounts = counts;
    for (size_t i = 0; i < turn.size(); ++i) {
      firsts[i] = oldFirsts[turn[i]];
      counts[i] = oldCounts[turn[i]];
      place[turn[i]] = int64_t(i);
    }
    for (int64_t &entry : inverse)
      entry = place[entry];
  }
  Shape found{int64_t(firsts.size())};
  Tensor chosen = Tensor::make(found, firsts);
  c.set(0, Value::of(apply(gatherMap(x.shape, chosen, axis), x)));
  c.set(1, Value::of(chosen));
  c.set(2, Value::of(Tensor::make({count}, std::move(inverse))));
  c.set(3, Value::of(Tensor::make(found, std::move(counts))));
}

void neuro::onnxnn::addOrderFolds(OperatorTable &t) {
  t.onFold("Range", {11}, 3, rangeFold);
  t.onFold("NonZero", {9, 13}, 1, nonZeroFold);
  t.onFold("TopK", {1, 10, 11}, 1, topKFold);
  t.onFold("Unique", {11}, 1, uniqueFold);
}
