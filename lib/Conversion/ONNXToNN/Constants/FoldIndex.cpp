//===- FoldIndex.cpp - operators that place elements, on constants --------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most of them choose, for each element of the result, one of a pool: the
// input's elements and a few others.
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

static Shape stridesOf(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// Calls f(flat, at) for each position of a shape, in order.
template <typename F> static void forEach(const Shape &shape, F f) {
  Shape at(shape.size(), 0);
  for (int64_t flat = 0, size = elements(shape); flat < size; ++flat) {
    f(flat, at);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis])
        break;
      at[axis] = 0;
    }
  }
}

static bool indexInto(NodeContext &c, int64_t &at, int64_t size) {
  int64_t given = at;
  at += at < 0 ? size : 0;
  if (at >= 0 && at < size)
    return true;
  c.invalid("index " + std::to_string(given) + " is out of range for size " +
            std::to_string(size));
  return false;
}

//===----------------------------------------------------------------------===//
// Gather and scatter
//===----------------------------------------------------------------------===//

static bool areIndices(NodeContext &c, const Tensor &indices) {
  if (indices.type == DType::Int64 || indices.type == DType::Int32)
    return true;
  wrongType(c, indices.type);
  return false;
}

static void gatherElementsFold(NodeContext &c) {
  const Tensor &data = c.tensor(0), &indices = c.tensor(1);
  int64_t rank = int64_t(data.shape.size());
  int64_t axis = axisOf(c, "axis", 0, rank);
  if (axis < 0 || !areIndices(c, indices))
    return;
  if (int64_t(indices.shape.size()) != rank)
    return c.invalid("indices and data differ in rank");
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis && indices.shape[i] > data.shape[i])
      return c.invalid("the indices are larger than the data");
  Shape strides = stridesOf(data.shape);
  Index index(indices.size());
  bool good = true;
  forEach(indices.shape, [&](int64_t flat, const Shape &at) {
    int64_t from = indices.intAt(flat);
    good = good && indexInto(c, from, data.shape[axis]);
    for (int64_t i = 0; i < rank; ++i)
      index[flat] += strides[i] * (i == axis ? from : at[i]);
  });
  if (good)
    c.set(apply(Map::from(indices.shape, std::move(index)), data));
}

/// Where the tuples in the last axis of `indices` point to in `shape`, from
/// axis `first` on; the tuple i belongs to the batch i / perBatch.
static bool tupleStarts(NodeContext &c, const Shape &shape,
                        const Tensor &indices, int64_t first, int64_t perBatch,
                        Index &starts) {
  int64_t depth = indices.shape.back();
  int64_t inner = product(shape, first + depth, shape.size());
  starts.assign(depth ? indices.size() / depth
                      : product(indices.shape, 0, indices.shape.size() - 1),
                0);
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t start = perBatch ? int64_t(i) / perBatch : 0;
    for (int64_t k = 0; k < depth; ++k) {
      int64_t at = indices.intAt(int64_t(i) * depth + k);
      if (!indexInto(c, at, shape[first + k]))
        return false;
      start = start * shape[first + k] + at;
    }
    starts[i] = start * inner;
  }
  return true;
}

static void gatherNDFold(NodeContext &c) {
  const Tensor &data = c.tensor(0), &indices = c.tensor(1);
  int64_t batch = c.node.opset < 12 ? 0 : c.attr("batch_dims", int64_t(0));
  int64_t rank = int64_t(data.shape.size()),
          rankI = int64_t(indices.shape.size());
  if (!areIndices(c, indices))
    return;
  if (rank < 1 || rankI < 1 || batch < 0 || batch >= std::min(rank, rankI) ||
      indices.shape.back() < 1 || indices.shape.back() > rank - batch ||
      !std::equal(data.shape.begin(), data.shape.begin() + batch,
                  indices.shape.begin()))
    return c.invalid("the indices do not fit the data");
  Index starts, index;
  int64_t perBatch = product(indices.shape, batch, rankI - 1);
  if (!tupleStarts(c, data.shape, indices, batch, perBatch, starts))
    return;
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.insert(shape.end(), data.shape.begin() + batch + indices.shape.back(),
               data.shape.end());
  int64_t inner = product(data.shape, batch + indices.shape.back(), rank);
  if (elements(shape) > kMaxElements)
    return c.unsupported("the result has too many elements: " + text(shape));
  for (int64_t start : starts)
    for (int64_t n = 0; n < inner; ++n)
      index.push_back(start + n);
  c.set(apply(Map::from(shape, std::move(index)), data));
}

/// Puts update i at targets[i], by the attribute 'reduction'.
static void scatter(NodeContext &c, const Tensor &data, const Tensor &updates,
                    const Index &targets, int64_t reductionSince) {
  std::string how =
      c.node.opset < reductionSince ? "none" : c.attr("reduction", "none");
  if (how != "none" && how != "add" && how != "mul" && how != "max" &&
      how != "min")
    return c.unsupported("attribute 'reduction' = \"" + how + "\" is unknown",
                         "none, add, mul, min or max");
  if (data.type != updates.type)
    return c.invalid("data and updates differ in element type");
  c.set(edited(data, data.shape, [&](auto &values) {
    using T = std::decay_t<decltype(values[0])>;
    constexpr bool isFloat = std::is_floating_point_v<T>;
    for (size_t i = 0; i < targets.size(); ++i) {
      T update;
      if constexpr (isFloat)
        update = T(updates.at(int64_t(i)));
      else
        update = (*updates.ints)[i];
      T &old = values[targets[i]];
      bool isLess = old < update;
      if (data.type == DType::UInt64)
        isLess = uint64_t(old) < uint64_t(update);
      if (how == "none") {
        old = update;
      } else if (how == "max" || how == "min") {
        old = isLess == (how == "max") ? update : old;
      } else if constexpr (isFloat) {
        old = how == "add" ? old + update : old * update;
        if (std::is_same_v<T, float>)
          old = T(rounded(float(old), data.type));
      } else {
        old = T(how == "add" ? uint64_t(old) + uint64_t(update)
                             : uint64_t(old) * uint64_t(update));
      }
    }
  }));
}

static void scatterElementsFold(NodeContext &c) {
  const Tensor &data = c.tensor(0), &indices = c.tensor(1),
               &updates = c.tensor(2);
  int64_t rank = int64_t(data.shape.size());
  int64_t axis = axisOf(c, "axis", 0, rank);
  if (axis < 0 || !areIndices(c, indices))
    return;
  if (int64_t(indices.shape.size()) != rank || updates.shape != indices.shape)
    return c.invalid("the indices do not fit data and updates");
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis && indices.shape[i] > data.shape[i])
      return c.invalid("the indices are larger than the data");
  Shape strides = stridesOf(data.shape);
  Index targets(indices.size());
  bool good = true;
  forEach(indices.shape, [&](int64_t flat, const Shape &at) {
    int64_t to = indices.intAt(flat);
    good = good && indexInto(c, to, data.shape[axis]);
    for (int64_t i = 0; i < rank; ++i)
      targets[flat] += strides[i] * (i == axis ? to : at[i]);
  });
  if (good)
    scatter(c, data, updates, targets, 16);
}

static void scatterNDFold(NodeContext &c) {
  const Tensor &data = c.tensor(0), &indices = c.tensor(1),
               &updates = c.tensor(2);
  int64_t rank = int64_t(data.shape.size());
  if (!areIndices(c, indices))
    return;
  int64_t depth = indices.shape.empty() ? 0 : indices.shape.back();
  if (depth < 1 || depth > rank)
    return c.invalid("the indices do not fit the data");
  Shape wanted(indices.shape.begin(), indices.shape.end() - 1);
  wanted.insert(wanted.end(), data.shape.begin() + depth, data.shape.end());
  if (updates.shape != wanted)
    return c.invalid("the updates are " + text(updates.shape) + ", not " +
                     text(wanted));
  Index starts, targets;
  if (!tupleStarts(c, data.shape, indices, 0, 0, starts))
    return;
  int64_t inner = product(data.shape, depth, rank);
  for (int64_t start : starts)
    for (int64_t n = 0; n < inner; ++n)
      targets.push_back(start + n);
  scatter(c, data, updates, targets, 16);
}

//===----------------------------------------------------------------------===//
// Padding and rearrangement
//===----------------------------------------------------------------------===//

/// Pads for each axis, begins and then ends; false after a report.
static bool readPads(NodeContext &c, int64_t rank, Shape &pads) {
  std::vector<int64_t> given, axes;
  if (!c.integers("pads", 1, 11, given)) {
    c.invalid("the pads are not integers");
    return false;
  }
  if (c.node.opset >= 18 && c.has(3))
    c.integers("axes", 3, 18, axes);
  else
    for (int64_t i = 0; i < rank; ++i)
      axes.push_back(i);
  pads.assign(2 * rank, 0);
  bool good = given.size() == 2 * axes.size();
  std::vector<bool> seen(rank, false);
  for (size_t i = 0; i < axes.size() && good; ++i) {
    int64_t axis = normalAxis(axes[i], rank);
    good = axis >= 0 && !seen[axis];
    for (int side = 0; side < 2 && good; ++side) {
      int64_t pad = given[i + side * axes.size()];
      good = pad >= -kMaxElements && pad <= kMaxElements;
      pads[axis + side * rank] = pad;
    }
    if (good)
      seen[axis] = true;
  }
  if (!good)
    c.invalid("the pads " + text(given) + " do not fit " +
              std::to_string(rank) + " axes");
  return good;
}

/// For each position along an axis the one it comes from, -1: the pad value.
static bool padAxis(NodeContext &c, const std::string &mode, int64_t size,
                    int64_t before, int64_t after, Index &from) {
  // Negative pads cut first.
  int64_t first = std::max<int64_t>(0, -before);
  int64_t kept = size - first - std::max<int64_t>(0, -after);
  before = std::max<int64_t>(0, before);
  after = std::max<int64_t>(0, after);
  if (kept < 0) {
    c.invalid("more is cut than there is");
    return false;
  }
  bool pads = before || after;
  bool reach =
      mode == "constant" || !pads ||
      (kept > 0 && (mode != "reflect" ||
                    std::max(before, after) < std::max<int64_t>(kept, 1)));
  if (!reach) {
    c.unsupported("it pads an axis of " + std::to_string(kept) + " by " +
                      std::to_string(std::max(before, after)) + " in mode " +
                      mode,
                  "pads that are smaller than the axis");
    return false;
  }
  if (before + kept + after > kMaxElements) {
    c.unsupported("the result has too many elements");
    return false;
  }
  for (int64_t i = -before; i < kept + after; ++i) {
    int64_t at = i;
    if (i < 0 || i >= kept)
      at = mode == "constant" ? -1 - first
           : mode == "edge"   ? std::clamp<int64_t>(i, 0, kept - 1)
           : mode == "wrap"   ? ((i % kept) + kept) % kept
           : i < 0            ? -i
                              : 2 * (kept - 1) - i;
    from.push_back(at + first);
  }
  return true;
}

static void padFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  std::string mode = c.attr("mode", "constant");
  int64_t rank = int64_t(x.shape.size());
  Tensor value = scalarOf(x.type, 0);
  if (c.node.opset < 11)
    value = scalarOf(x.type, c.attr("value", 0.0));
  else if (c.has(2))
    value = c.tensor(2);
  if (mode != "constant" && mode != "reflect" && mode != "edge" &&
      (mode != "wrap" || c.node.opset < 19))
    return c.unsupported("attribute 'mode' = \"" + mode + "\" is unknown",
                         "constant, reflect or edge");
  if (value.size() != 1 || value.type != x.type)
    return c.invalid("the pad value is not one number of the input's type");
  Shape pads, shape;
  if (!readPads(c, rank, pads))
    return;
  std::vector<Index> from(rank);
  for (int64_t i = 0; i < rank; ++i) {
    if (!padAxis(c, mode, x.shape[i], pads[i], pads[rank + i], from[i]))
      return;
    shape.push_back(int64_t(from[i].size()));
  }
  if (elements(shape) > kMaxElements)
    return c.unsupported("the result has too many elements: " + text(shape));
  Shape strides = stridesOf(x.shape);
  Index index(elements(shape));
  forEach(shape, [&](int64_t flat, const Shape &at) {
    bool inside = true;
    for (int64_t i = 0; i < rank; ++i) {
      int64_t source = from[i][at[i]];
      inside &= source >= 0;
      index[flat] += strides[i] * source;
    }
    if (!inside)
      index[flat] = x.size();
  });
  c.set(apply(Map::from(shape, std::move(index)), pooled({x, value})));
}

/// DepthToSpace and SpaceToDepth.
static void blocksFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  int64_t block = c.attr("blocksize", int64_t(0));
  bool toSpace = c.node.op == "DepthToSpace";
  std::string mode =
      toSpace && c.node.opset >= 11 ? c.attr("mode", "DCR") : "DCR";
  if (x.shape.size() != 4 || (mode != "DCR" && mode != "CRD") || block < 1 ||
      block > 65536)
    return c.invalid("it needs four axes, a 'blocksize' and a known 'mode'");
  int64_t n = x.shape[0], depth = x.shape[1], h = x.shape[2], w = x.shape[3];
  if (toSpace ? depth % (block * block) : h % block || w % block)
    return c.invalid("'blocksize' = " + std::to_string(block) +
                     " does not divide " + text(x.shape));
  Shape split, result;
  std::vector<int64_t> perm;
  if (toSpace) {
    int64_t channels = depth / (block * block);
    bool crd = mode == "CRD";
    split = crd ? Shape{n, channels, block, block, h, w}
                : Shape{n, block, block, channels, h, w};
    perm = crd ? Shape{0, 1, 4, 2, 5, 3} : Shape{0, 3, 4, 1, 5, 2};
    result = {n, channels, h * block, w * block};
  } else {
    split = {n, depth, h / block, block, w / block, block};
    perm = {0, 3, 5, 1, 2, 4};
    result = {n, depth * block * block, h / block, w / block};
  }
  x.shape = split;
  Tensor y = apply(transposeMap(split, perm), x);
  y.shape = result;
  c.set(y);
}

static void triluFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  bool upper = c.attr("upper", int64_t(1)) != 0;
  int64_t rank = int64_t(x.shape.size());
  if (rank < 2)
    return c.invalid("the input has fewer than two axes");
  if (c.has(1) && (c.tensor(1).size() != 1 || c.tensor(1).isFloat()))
    return c.invalid("the diagonal is not one integer");
  double k = c.has(1) ? c.tensor(1).at(0) : 0;
  int64_t rows = x.shape[rank - 2], columns = x.shape[rank - 1];
  Index index(x.size());
  for (int64_t i = 0; i < x.size(); ++i) {
    double offset = double(i % columns - i / columns % rows);
    index[i] = (upper ? offset >= k : offset <= k) ? i : x.size();
  }
  c.set(apply(Map::from(x.shape, std::move(index)),
              pooled({x, scalarOf(x.type, 0)})));
}

static void reverseSequenceFold(NodeContext &c) {
  const Tensor &x = c.tensor(0), &lengths = c.tensor(1);
  int64_t time = c.attr("time_axis", int64_t(0));
  int64_t batch = c.attr("batch_axis", int64_t(1));
  if (x.shape.size() < 2 || (time != 0 && time != 1) || batch != 1 - time ||
      lengths.type != DType::Int64 || lengths.shape != Shape{x.shape[batch]})
    return c.invalid("the axes or sequence lengths do not fit");
  for (int64_t length : *lengths.ints)
    if (length < 0 || length > x.shape[time])
      return c.invalid("a sequence length is out of range");
  Shape strides = stridesOf(x.shape);
  Index index(x.size());
  forEach(x.shape, [&](int64_t flat, const Shape &at) {
    int64_t length = lengths.intAt(at[batch]), t = at[time];
    index[flat] =
        flat + (t < length ? (length - 1 - 2 * t) * strides[time] : 0);
  });
  c.set(apply(Map::from(x.shape, std::move(index)), x));
}

static void compressFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  const Tensor &condition = c.tensor(1);
  int64_t axis = 0;
  if (!c.hasAttr("axis"))
    x.shape = {x.size()};
  else
    axis = axisOf(c, "axis", 0, int64_t(x.shape.size()));
  if (axis < 0)
    return;
  if (condition.type != DType::Bool || condition.shape.size() != 1)
    return c.invalid("the condition is not a list of booleans");
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < std::min(condition.size(), x.shape[axis]); ++i)
    if (condition.intAt(i))
      chosen.push_back(i);
  Shape count{int64_t(chosen.size())};
  c.set(apply(gatherMap(x.shape, Tensor::make(count, std::move(chosen)), axis),
              x));
}

static void oneHotFold(NodeContext &c) {
  const Tensor &indices = c.tensor(0), &depthTensor = c.tensor(1),
               &values = c.tensor(2);
  int64_t rank = int64_t(indices.shape.size()) + 1;
  int64_t axis = axisOf(c, "axis", -1, rank);
  if (axis < 0)
    return;
  int64_t depth = depthTensor.size() == 1 ? depthTensor.intAt(0) : 0;
  if (depth < 1 || values.shape != Shape{2})
    return c.invalid("the depth is not one positive number, or the values are "
                     "not two");
  Shape shape = indices.shape;
  shape.insert(shape.begin() + axis, depth);
  if (elements(shape) > kMaxElements)
    return c.unsupported("the result has too many elements: " + text(shape));
  int64_t inner = product(indices.shape, axis, indices.shape.size());
  Index index(elements(shape), 0);
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t at = indices.intAt(i);
    at += at < 0 ? depth : 0;
    if (at >= 0 && at < depth)
      index[(i / inner * depth + at) * inner + i % inner] = 1;
  }
  c.set(apply(Map::from(shape, std::move(index)), values));
}

void neuro::onnxnn::addIndexFolds(OperatorTable &t) {
  t.onFold("GatherElements", {11, 13}, 2, gatherElementsFold);
  t.onFold("GatherND", {11, 12, 13}, 2, gatherNDFold);
  t.onFold("ScatterElements", {11, 13, 16, 18}, 3, scatterElementsFold);
  t.onFold("ScatterND", {11, 13, 16, 18}, 3, scatterNDFold);
  t.onFold("Pad", {2, 11, 13, 18, 19, 21, 23}, 1, padFold);
  t.onFold("DepthToSpace", {1, 11, 13}, 1, blocksFold);
  t.onFold("SpaceToDepth", {1, 13}, 1, blocksFold);
  t.onFold("Trilu", {14}, 1, triluFold);
  t.onFold("ReverseSequence", {10}, 2, reverseSequenceFold);
  t.onFold("Compress", {9, 11}, 2, compressFold);
  t.onFold("OneHot", {9, 11}, 3, oneHotFold);
}
