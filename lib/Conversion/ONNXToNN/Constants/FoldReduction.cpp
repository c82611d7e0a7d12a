//===- FoldReduction.cpp - operators along axes, on constants -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The axes concerned are moved to the end, so that what an operator looks at is
// a row of neighbours.
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace neuro::onnxnn;

bool neuro::onnxnn::readAxes(NodeContext &c, int64_t rank,
                             std::vector<int64_t> &axes, bool &nothing) {
  int64_t since = c.node.op == "ReduceSum" ? 13 : 18;
  bool given = c.integers("axes", 1, since, axes);
  if (!given && c.node.opset >= since && c.has(1)) {
    c.unsupported("the axes depend on the input's values, or are no integers",
                  "constant axes");
    return false;
  }
  given = given && !axes.empty();
  nothing = c.node.opset >= since &&
            c.attr("noop_with_empty_axes", int64_t(0)) != 0 && !given;
  if (!given && !nothing) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (int64_t &axis : axes)
    if ((axis = normalAxis(axis, rank)) < 0) {
      c.invalid("an axis is out of range");
      return false;
    }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return true;
}

/// The tensor with `axes` moved to the end, and the shape of the result.
static Tensor rowsLast(const Tensor &x, const std::vector<int64_t> &axes,
                       bool keepDims, Shape &result, int64_t &width) {
  std::vector<int64_t> perm;
  width = 1;
  for (int64_t i = 0; i < int64_t(x.shape.size()); ++i) {
    bool reduced = std::binary_search(axes.begin(), axes.end(), i);
    if (reduced)
      width *= x.shape[i];
    else
      perm.push_back(i);
    if (!reduced || keepDims)
      result.push_back(reduced ? 1 : x.shape[i]);
  }
  perm.insert(perm.end(), axes.begin(), axes.end());
  return apply(transposeMap(x.shape, perm), x);
}

/// The result for one row of floats.
static double reduceRow(const std::string &op, const double *row, int64_t n) {
  double result = op == "Prod" ? 1.0 : 0.0;
  if (op == "Max" || op == "Min") {
    bool largest = op == "Max";
    result = largest ? -std::numeric_limits<double>::infinity()
                     : std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < n; ++i) {
      if (std::isnan(row[i]))
        return row[i];
      result = largest ? std::max(result, row[i]) : std::min(result, row[i]);
    }
    return result;
  }
  if (op == "LogSumExp") {
    double top = reduceRow("Max", row, n);
    for (int64_t i = 0; i < n; ++i)
      result += std::exp(row[i] - (std::isfinite(top) ? top : 0));
    return std::log(result) + (std::isfinite(top) ? top : 0);
  }
  for (int64_t i = 0; i < n; ++i) {
    double v = row[i];
    if (op == "Prod")
      result *= v;
    else
      result += op == "SumSquare" || op == "L2" ? v * v
                : op == "L1"                    ? std::fabs(v)
                                                : v;
  }
  return op == "Mean"     ? result / double(n)
         : op == "L2"     ? std::sqrt(result)
         : op == "LogSum" ? std::log(result)
                          : result;
}

/// In the type's own numbers, which T holds. Nothing for a sum or product that
/// a double does not hold exactly: there ONNX
/// Runtime rounds, and ONNX lets it wrap.
template <typename T>
static std::optional<int64_t> reduceInts(const std::string &op, DType type,
                                         const int64_t *row, int64_t n) {
  if (op == "Max" || op == "Min") {
    T result = n ? T(row[0]) : T(0);
    for (int64_t i = 1; i < n; ++i)
      result = op == "Max" ? std::max(result, T(row[i]))
                           : std::min(result, T(row[i]));
    return int64_t(result);
  }
  // The exponentials are integers too: 1 for the largest, 0 for all others.
  if (op == "LogSumExp" && n) {
    T top = T(*reduceInts<T>("Max", type, row, n));
    int64_t count = std::count(row, row + n, int64_t(top));
    return int64_t(top + T(std::log(double(count))));
  }
  std::vector<double> floats(n);
  double largest = op == "Prod" ? 1 : 0;
  for (int64_t i = 0; i < n; ++i) {
    floats[i] = double(T(row[i]));
    double size = std::fabs(floats[i]);
    largest = op == "Prod"                      ? std::max(largest * size, size)
              : op == "SumSquare" || op == "L2" ? largest + size * size
                                                : largest + size;
  }
  if (largest > 0x1p53)
    return std::nullopt;
  return truncated(reduceRow(op, floats.data(), n), type);
}

static void reduceFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  std::string op = c.node.op.substr(6);
  std::vector<int64_t> axes;
  bool nothing = false;
  bool keepDims = c.attr("keepdims", int64_t(1)) != 0;
  if (x.type == DType::Bool && op != "Max" && op != "Min")
    return wrongType(c, x.type);
  if (!readAxes(c, int64_t(x.shape.size()), axes, nothing))
    return;
  Shape shape;
  int64_t width = 1;
  Tensor rows = rowsLast(x, axes, keepDims, shape, width);
  int64_t count = elements(shape);
  if (width == 0 && count && (op == "Max" || op == "Min" || op == "Mean") &&
      !(x.isFloat() && op != "Mean"))
    return c.invalid("there is no " + op + " of no elements of " +
                     nameOf(x.type));
  if (x.isFloat()) {
    std::vector<double> out(count), row(width);
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < width; ++k)
        row[k] = rows.at(i * width + k);
      out[i] = reduceRow(op, row.data(), width);
    }
    return c.set(Tensor::make(shape, std::move(out), x.type));
  }
  std::vector<int64_t> out(count);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t *row = rows.ints->data() + i * width;
    std::optional<int64_t> result;
    if (x.type == DType::UInt64)
      result = reduceInts<uint64_t>(op, x.type, row, width);
    else
      result = reduceInts<int64_t>(op, x.type, row, width);
    if (!result || wrapped(*result, x.type) != *result)
      return c.unsupported("the result does not fit " +
                               std::string(nameOf(x.type)),
                           "numbers whose result its type holds");
    out[i] = *result;
  }
  c.set(Tensor::make(shape, std::move(out), x.type));
}

/// ArgMax and ArgMin.
static void argFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  int64_t axis = axisOf(c, "axis", 0, int64_t(x.shape.size()));
  bool keepDims = c.attr("keepdims", int64_t(1)) != 0;
  bool last = c.node.opset >= 12 && c.attr("select_last_index", int64_t(0));
  if (axis < 0)
    return;
  if (x.type == DType::Bool)
    return wrongType(c, x.type);
  Shape shape;
  int64_t width = 1;
  Tensor rows = rowsLast(x, {axis}, keepDims, shape, width);
  int64_t count = elements(shape);
  if (width == 0 && count)
    return c.invalid("the axis has no elements");
  bool largest = c.node.op == "ArgMax";
  std::vector<int64_t> out(count, 0);
  auto less = [&](int64_t i, int64_t k) {
    return x.isFloat() ? rows.at(i) < rows.at(k)
           : x.type == DType::UInt64
               ? uint64_t(rows.intAt(i)) < uint64_t(rows.intAt(k))
               : rows.intAt(i) < rows.intAt(k);
  };
  for (int64_t i = 0; i < count; ++i)
    for (int64_t k = 1; k < width; ++k) {
      int64_t best = i * width + out[i], next = i * width + k;
      bool better = largest ? less(best, next) : less(next, best);
      bool worse = largest ? less(next, best) : less(best, next);
      if (better || (last && !worse))
        out[i] = k;
    }
  c.set(Tensor::make(shape, std::move(out)));
}

/// Rows along one axis: f(row, size) changes each in place.
template <typename F>
static Tensor alongAxis(const Tensor &x, int64_t axis, F f) {
  std::vector<int64_t> perm, back(x.shape.size());
  for (int64_t i = 0; i < int64_t(x.shape.size()); ++i)
    if (i != axis)
      perm.push_back(i);
  perm.push_back(axis);
  for (size_t i = 0; i < perm.size(); ++i)
    back[perm[i]] = int64_t(i);
  Tensor rows = apply(transposeMap(x.shape, perm), x);
  int64_t width = x.shape[axis];
  Tensor changed = edited(rows, rows.shape, [&](auto &values) {
    for (size_t i = 0; i < values.size(); i += size_t(width))
      f(values.data() + i, width);
  });
  return apply(transposeMap(rows.shape, back), changed);
}

template <typename T>
static void softmaxRow(const std::string &op, T *row, int64_t n) {
  int64_t top = 0;
  double sum = 0;
  for (int64_t i = 1; i < n; ++i)
    top = row[i] > row[top] ? i : top;
  double high = double(row[top]);
  for (int64_t i = 0; i < n; ++i)
    sum += std::exp(double(row[i]) - high);
  for (int64_t i = 0; i < n; ++i) {
    double v = double(row[i]) - high;
    row[i] = T(op == "Hardmax"   ? double(i == top)
               : op == "Softmax" ? std::exp(v) / sum
                                 : v - std::log(sum));
  }
}

/// Softmax, LogSoftmax and Hardmax.
static void softmaxFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  bool flat = c.node.opset < 13; // all axes from `axis` on are one
  int64_t rank = int64_t(x.shape.size());
  int64_t axis = axisOf(c, "axis", flat ? 1 : -1, rank);
  if (axis < 0)
    return;
  if (!x.isFloat())
    return wrongType(c, x.type);
  Shape shape = x.shape;
  if (flat) {
    x.shape = {product(shape, 0, axis), product(shape, axis, shape.size())};
    axis = 1;
  }
  if (x.size() == 0)
    return c.set(c.tensor(0));
  Tensor y = alongAxis(
      x, axis, [&](auto *row, int64_t n) { softmaxRow(c.node.op, row, n); });
  y.shape = shape;
  c.set(y);
}

static void cumSumFold(NodeContext &c) {
  const Tensor &x = c.tensor(0), &where = c.tensor(1);
  bool exclusive = c.attr("exclusive", int64_t(0)) != 0;
  bool reverse = c.attr("reverse", int64_t(0)) != 0;
  if (x.type == DType::Bool)
    return wrongType(c, x.type);
  if (where.size() != 1 || where.isFloat())
    return c.invalid("the axis is not one integer");
  int64_t axis = normalAxis(where.intAt(0), int64_t(x.shape.size()));
  if (axis < 0)
    return c.invalid("the axis is out of range");
  if (x.size() == 0)
    return c.set(x);
  c.set(alongAxis(x, axis, [&](auto *row, int64_t n) {
    using T = std::decay_t<decltype(*row)>;
    T sum = 0;
    for (int64_t k = 0; k < n; ++k) {
      T &entry = row[reverse ? n - 1 - k : k];
      T before = sum;
      if constexpr (std::is_same_v<T, float>)
        sum = rounded(sum + entry, x.type);
      else if constexpr (std::is_floating_point_v<T>)
        sum += entry;
      else
        sum = T(uint64_t(sum) + uint64_t(entry));
      entry = exclusive ? before : sum;
    }
  }));
}

void neuro::onnxnn::addReductionFolds(OperatorTable &t) {
  for (const char *op :
       {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean",
        "ReduceProd", "ReduceSumSquare"})
    t.onFold(op, {1, 11, 13, 18}, 1, reduceFold);
  t.onFold("ReduceSum", {1, 11, 13}, 1, reduceFold);
  for (const char *op : {"ReduceMax", "ReduceMin"})
    t.onFold(op, {1, 11, 12, 13, 18, 20}, 1, reduceFold);
  for (const char *op : {"ArgMax", "ArgMin"})
    t.onFold(op, {1, 11, 12, 13}, 1, argFold);
  for (const char *op : {"Softmax", "LogSoftmax", "Hardmax"})
    t.onFold(op, {1, 11, 13}, 1, softmaxFold);
  t.onFold("CumSum", {11, 14}, 2, cumSumFold);
}
