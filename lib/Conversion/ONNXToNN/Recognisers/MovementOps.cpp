//===- MovementOps.cpp - operators that only move elements ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>

using namespace neuro::onnxnn;

static void identityOp(NodeContext &c) { c.set(c.in(0)); }

static void dropoutOp(NodeContext &c) {
  // Inference removes it. Before opset 7 an attribute says that it is one, and
  // from 12 on an input.
  bool training = c.node.opset < 7 && c.attr("is_test", int64_t(0)) == 0;
  if (c.node.opset >= 12 && c.has(2)) {
    auto mode = c.scalar(2);
    if (!mode)
      return c.unsupported("input 2, training_mode, is not one constant",
                           "a constant training_mode false");
    training = *mode != 0;
  }
  c.ignoreInput(1); // the ratio
  if (training)
    return c.unsupported(
        c.node.opset < 7
            ? "attribute 'is_test' is 0: it is in training mode, and drops "
              "values by chance"
            : "input 2, training_mode, is true: it drops values by chance",
        "export the model after model.eval()");
  if (c.node.outputs.size() > 1)
    c.set(1, Value::of(Tensor::make(c.in(0).shape(),
                                    std::vector<int64_t>(c.in(0).size(), 1),
                                    DType::Bool)));
  c.set(0, c.in(0));
}

static void reshapeOp(NodeContext &c) {
  std::vector<int64_t> target;
  if (!c.integers("shape", 1, 5, target))
    return c.unsupported("the new shape depends on the input's values");
  const Shape &shape = c.in(0).shape();
  bool allowZero = c.node.opset >= 14 && c.attr("allowzero", int64_t(0)) != 0;
  int64_t known = 1, open = -1;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !allowZero) {
      if (i >= shape.size())
        return c.invalid("0 copies an axis that the input does not have");
      target[i] = shape[i];
    }
    if (target[i] == -1) {
      if (open >= 0)
        return c.invalid("two axes of the new shape are left open");
      open = int64_t(i);
    } else if (target[i] < 0 ||
               (target[i] > 0 && known > kMaxElements / target[i])) {
      return c.invalid("the new shape " + text(target) + " is impossible");
    } else {
      known *= target[i];
    }
  }
  int64_t size = c.in(0).size();
  if (open >= 0) {
    if (known == 0 || size % known)
      return c.invalid("shape " + text(shape) + " cannot become " +
                       text(target));
    target[open] = size / known;
  }
  if (elements(target) != size)
    return c.invalid("shape " + text(shape) + " cannot become " + text(target) +
                     ", which has another number of elements");
  c.set(moved(c.in(0), Map::reshape(target)));
}

static void flattenOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size()), axis = c.attr("axis", int64_t(1));
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank)
    return c.invalid("the axis is out of range");
  Shape target{1, 1};
  for (int64_t i = 0; i < rank; ++i)
    target[i >= axis] *= shape[i];
  c.set(moved(c.in(0), Map::reshape(target)));
}

static void squeezeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  std::vector<int64_t> axes;
  bool given = c.integers("axes", 1, 13, axes);
  if (!given && c.has(1))
    return c.unsupported("the axes depend on the input's values");
  std::vector<bool> drop(shape.size(), false);
  for (int64_t axis : axes) {
    axis = normalAxis(axis, int64_t(shape.size()));
    if (axis < 0 || shape[axis] != 1)
      return c.invalid(
          "an axis of " + text(shape) +
          " cannot be removed: it is out of range or not of size 1");
    drop[axis] = true;
  }
  Shape target;
  for (size_t i = 0; i < shape.size(); ++i)
    if (given ? !drop[i] : shape[i] != 1)
      target.push_back(shape[i]);
  c.set(moved(c.in(0), Map::reshape(target)));
}

static void unsqueezeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  std::vector<int64_t> axes;
  if (!c.integers("axes", 1, 13, axes))
    return c.unsupported("the axes depend on the input's values");
  int64_t rank = int64_t(shape.size() + axes.size());
  std::vector<bool> added(rank, false);
  for (int64_t axis : axes) {
    axis = normalAxis(axis, rank);
    if (axis < 0 || added[axis])
      return c.invalid("an axis is out of range or given twice");
    added[axis] = true;
  }
  Shape target;
  size_t next = 0;
  for (int64_t i = 0; i < rank; ++i)
    target.push_back(added[i] ? 1 : shape[next++]);
  c.set(moved(c.in(0), Map::reshape(target)));
}

static void transposeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size());
  std::vector<int64_t> perm;
  if (const std::vector<int64_t> *given = c.attrInts("perm"))
    perm = *given;
  else
    for (int64_t i = rank; i-- > 0;)
      perm.push_back(i);
  std::vector<bool> seen(rank, false);
  bool valid = int64_t(perm.size()) == rank;
  for (int64_t &axis : perm) {
    axis = normalAxis(axis, rank);
    valid = valid && axis >= 0 && !seen[axis];
    if (valid)
      seen[axis] = true;
  }
  if (!valid)
    return c.invalid("'perm' is not a permutation of the axes");
  // Axes of size one may change places freely.
  std::vector<int64_t> real;
  Shape target;
  for (int64_t axis : perm) {
    target.push_back(shape[axis]);
    if (shape[axis] != 1)
      real.push_back(axis);
  }
  if (std::is_sorted(real.begin(), real.end()))
    return c.set(moved(c.in(0), Map::reshape(target)));
  c.set(moved(c.in(0), transposeMap(shape, perm)));
}

static void sliceOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size());
  std::vector<int64_t> starts, ends, axes, steps;
  if (!c.integers("starts", 1, 10, starts) || !c.integers("ends", 2, 10, ends))
    return c.unsupported("the bounds depend on the input's values");
  if (!c.integers("axes", 3, 10, axes)) {
    if (c.has(3))
      return c.unsupported("the axes depend on the input's values");
    for (size_t i = 0; i < starts.size(); ++i)
      axes.push_back(int64_t(i));
  }
  if (c.node.opset < 10 || !c.integers("steps", 4, 10, steps)) {
    if (c.has(4))
      return c.unsupported("the steps depend on the input's values");
    steps.assign(starts.size(), 1);
  }
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size())
    return c.invalid("starts, ends, axes and steps differ in length");
  Shape first(rank, 0), by(rank, 1), sizes = shape;
  std::vector<bool> seen(rank, false);
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t axis = normalAxis(axes[i], rank);
    if (axis < 0 || steps[i] == 0)
      return c.invalid("an axis is out of range or a step is 0");
    if (seen[axis])
      return c.invalid("axis " + std::to_string(axis) + " is given twice");
    seen[axis] = true;
    // Longer steps than the axis are all the same.
    steps[i] = std::clamp<int64_t>(steps[i], -kMaxElements, kMaxElements);
    int64_t dim = shape[axis], start = starts[i], end = ends[i];
    start += start < 0 ? dim : 0;
    // As in ONNX Runtime, the largest numbers mean all that is left.
    if (steps[i] < 0 && (end == INT32_MAX || end == INT64_MAX))
      end = -1;
    else
      end += end < 0 ? dim : 0;
    if (dim == 0) {
      start = sizes[axis] = 0;
    } else if (steps[i] > 0) {
      start = std::clamp<int64_t>(start, 0, dim);
      end = std::clamp<int64_t>(end, 0, dim);
      sizes[axis] = end > start ? (end - start - 1) / steps[i] + 1 : 0;
    } else {
      start = std::clamp<int64_t>(start, 0, dim - 1);
      end = std::clamp<int64_t>(end, -1, dim - 1);
      sizes[axis] = start > end ? (start - end - 1) / -steps[i] + 1 : 0;
    }
    first[axis] = start;
    by[axis] = sizes[axis] > 1 ? steps[i] : 1;
  }
  if (sizes == shape && by == Shape(rank, 1))
    return c.set(c.in(0));
  if (elements(sizes) == 0)
    return c.set(moved(c.in(0), Map::from(sizes, {})));
  c.set(moved(c.in(0), sliceMap(shape, first, by, sizes)));
}

static void splitOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size());
  int64_t axis = normalAxis(c.attr("axis", int64_t(0)), rank);
  if (axis < 0)
    return c.invalid("the axis is out of range");
  int64_t parts = int64_t(c.node.outputs.size());
  std::vector<int64_t> sizes;
  if (!c.integers("split", 1, 13, sizes)) {
    if (c.has(1))
      return c.unsupported("the sizes depend on the input's values");
    int64_t asked = c.node.opset < 18 ? parts : c.attr("num_outputs", parts);
    if (asked != parts)
      return c.invalid("attribute 'num_outputs' is " + std::to_string(asked) +
                       ", but there are " + std::to_string(parts) + " outputs");
    if (c.node.opset < 18 && shape[axis] % std::max<int64_t>(parts, 1))
      return c.invalid("axis " + std::to_string(axis) + " of " + text(shape) +
                       " does not divide into " + std::to_string(parts) +
                       " equal parts");
    int64_t each = (shape[axis] + parts - 1) / std::max<int64_t>(parts, 1);
    for (int64_t left = shape[axis]; int64_t(sizes.size()) < parts;
         left -= each)
      sizes.push_back(std::clamp<int64_t>(left, 0, each));
  }
  int64_t sum = 0;
  for (int64_t size : sizes)
    sum = size < 0 || size > shape[axis] ? -shape[axis] - 1 : sum + size;
  if (int64_t(sizes.size()) != parts || sum != shape[axis])
    return c.invalid("the sizes " + text(sizes) + " do not add up to axis " +
                     std::to_string(axis) + " of " + text(shape));
  Shape first(rank, 0), part = shape;
  for (int64_t i = 0; i < parts; ++i) {
    part[axis] = sizes[i];
    c.set(i, moved(c.in(0), sliceMap(shape, first, Shape(rank, 1), part)));
    first[axis] += sizes[i];
  }
}

static void embeddingOp(NodeContext &c, const Value &ids, const Tensor &table) {
  if (table.shape.empty() || table.shape.size() > 2 || !table.isFloat())
    return c.unsupported("token ids select rows of a table of shape " +
                             text(table.shape),
                         "a table of floats [vocabulary, width]");
  int64_t width = table.shape.size() == 2 ? table.shape[1] : 1;
  Stream *s =
      c.graph.create(StreamKind::Embedding, {ids.stream}, width, {c.number});
  s->weight = table.floats;
  s->weightShape = {table.shape[0], width};
  Shape shape = ids.viewShape;
  shape.insert(shape.end(), table.shape.begin() + 1, table.shape.end());
  c.set(Value::view(
      s, shape,
      IndexMap::nested(ids.index.scaled(width), IndexMap::identity(width))));
}

/// The rows of a unit matrix, selected by token ids.
static void oneHotOp(NodeContext &c) {
  auto depth = c.scalar(1);
  const Tensor *values = c.constant(2);
  const Value &ids = c.in(0);
  int64_t rank = int64_t(ids.shape().size()) + 1;
  if (!ids.isIds() || !depth || !values || values->size() != 2)
    return c.unsupported("it is not applied to token ids, or depth and values "
                         "are not constant",
                         "OneHot of token ids, or an embedding");
  if (normalAxis(c.attr("axis", int64_t(-1)), rank) != rank - 1)
    return c.unsupported("the new axis is not the last one", "axis -1");
  int64_t size = int64_t(*depth);
  if (size < 1 || size > 16384)
    return c.unsupported("the depth is " + std::to_string(size),
                         "a depth of 1 to 16384");
  std::vector<float> table(size * size, float(values->at(0)));
  for (int64_t i = 0; i < size; ++i)
    table[i * size + i] = float(values->at(1));
  embeddingOp(c, ids, Tensor::make({size, size}, std::move(table)));
}

static void gatherOp(NodeContext &c) {
  const Value &data = c.in(0), &indices = c.in(1);
  int64_t rank = int64_t(data.shape().size());
  int64_t axis = normalAxis(c.attr("axis", int64_t(0)), rank);
  if (axis < 0)
    return c.invalid("the axis is out of range");
  if (indices.kind == Value::View) {
    if (indices.isIds() && data.kind == Value::Constant && axis == 0)
      return embeddingOp(c, indices, data.constant);
    return c.unsupported(
        indices.isIds() ? "token ids select something other than rows of a "
                          "constant table"
                        : "the indices are computed by the network",
        "an embedding: Gather of a constant table by the token ids, axis 0");
  }
  for (int64_t i = 0; i < indices.constant.size(); ++i) {
    int64_t at = indices.constant.intAt(i);
    if (at < -data.shape()[axis] || at >= data.shape()[axis])
      return c.invalid("index " + std::to_string(at) +
                       " is out of range for axis " + std::to_string(axis) +
                       " of " + text(data.shape()));
  }
  int64_t inner = data.size() / std::max<int64_t>(data.shape()[axis], 1);
  if (indices.constant.size() > kMaxElements / std::max<int64_t>(inner, 1))
    return c.unsupported("the result has too many elements");
  c.set(moved(data, gatherMap(data.shape(), indices.constant, axis)));
}

static void expandOp(NodeContext &c) {
  std::vector<int64_t> target;
  if (!c.integers("shape", 1, 0, target))
    return c.unsupported("the shape depends on the input's values");
  Shape shape;
  for (int64_t dim : target)
    if (dim < 0)
      return c.invalid("a dimension is negative");
  if (!broadcast(c.in(0).shape(), target, shape))
    return c.invalid("shape " + text(c.in(0).shape()) + " does not expand to " +
                     text(target));
  if (elements(shape) > kMaxElements)
    return c.unsupported("the result has too many elements");
  c.set(expanded(c.in(0), shape));
}

static void tileOp(NodeContext &c) {
  std::vector<int64_t> repeats;
  const Shape &shape = c.in(0).shape();
  if (!c.integers("repeats", 1, 0, repeats))
    return c.unsupported("the repeats depend on the input's values");
  if (repeats.size() != shape.size())
    return c.invalid("there must be one repeat for each axis");
  int64_t size = c.in(0).size();
  for (int64_t repeat : repeats) {
    if (repeat < 0)
      return c.invalid("a repeat is negative");
    if (repeat && size > kMaxElements / repeat)
      return c.unsupported("the result has too many elements");
    size *= repeat;
  }
  c.set(moved(c.in(0), tileMap(shape, repeats)));
}

/// The parts' index maps are joined like data. With several streams, each part
/// becomes its own range of channels of a sum of padded linear layers.
static Value joinViews(NodeContext &c, const std::vector<const Value *> &parts,
                       bool oneStream, const Shape &total, int64_t axis) {
  std::vector<IndexMap> indices;
  std::vector<Stream *> streams;
  std::vector<int64_t> firsts;
  int64_t features = 0;
  if (!oneStream)
    for (const Value *part : parts) {
      auto known = std::find(streams.begin(), streams.end(), part->stream);
      if (known == streams.end()) {
        streams.push_back(part->stream);
        firsts.push_back(features);
        features += part->stream->features;
      }
    }
  for (const Value *part : parts) {
    const Value &value = *part;
    if (oneStream) {
      indices.push_back(value.index);
      continue;
    }
    auto known = std::find(streams.begin(), streams.end(), value.stream);
    int64_t own = value.stream->features,
            first = firsts[known - streams.begin()];
    indices.push_back(IndexMap::strided({c.graph.batch * c.graph.tokens, own},
                                        {features, 1}, first)
                          .after(value.index));
  }
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= total[i];
  IndexMap index = IndexMap::concat(indices, outer);
  if (oneStream)
    return Value::view(parts[0]->stream, total, index);
  Stream *sum = nullptr;
  for (size_t i = 0; i < streams.size(); ++i) {
    int64_t width = streams[i]->features;
    std::vector<float> weight(features * width, 0.0f);
    for (int64_t k = 0; k < width; ++k)
      weight[(firsts[i] + k) * width + k] = 1.0f;
    Stream *part =
        c.graph.linear(streams[i], std::move(weight), features, {}, {c.number});
    sum =
        sum ? c.graph.create(StreamKind::Add, {sum, part}, features, {c.number})
            : part;
  }
  return Value::view(sum, total, index);
}

static void concatOp(NodeContext &c) {
  int64_t rank = int64_t(c.in(0).shape().size());
  if (c.node.opset >= 4 && !c.hasAttr("axis"))
    return c.invalid("attribute 'axis' is missing");
  int64_t axis = normalAxis(c.attr("axis", int64_t(1)), rank);
  if (axis < 0)
    return c.invalid("the axis is out of range");
  // Parts without elements add nothing, whatever they are.
  std::vector<Tensor> constants;
  std::vector<const Value *> parts;
  Stream *common = nullptr;
  bool views = true, oneStream = true, tokenwise = true;
  Shape total = c.in(0).shape();
  total[axis] = 0;
  for (size_t i = 0; i < c.inputCount(); ++i) {
    const Value &value = c.in(i);
    Shape shape = value.shape();
    if (int64_t(shape.size()) != rank)
      return c.invalid("the parts differ in rank");
    total[axis] += shape[axis];
    shape[axis] = total[axis];
    if (shape != total)
      return c.invalid("the parts differ in more than axis " +
                       std::to_string(axis));
    if (value.size() == 0)
      continue;
    parts.push_back(&value);
    if (const Tensor *tensor = c.constant(i)) {
      if (!constants.empty() && constants[0].type != tensor->type)
        return c.invalid("the parts differ in element type");
      constants.push_back(*tensor);
      views = false;
      continue;
    }
    common = common ? common : value.stream;
    oneStream &= common == value.stream;
    tokenwise &= (isOperation(*value.stream) && !value.isIds()) ||
                 value.stream->kind == StreamKind::Opaque;
  }
  if (elements(total) > kMaxElements)
    return c.unsupported("the result has too many elements");
  if (parts.empty())
    return c.set(moved(c.in(0), Map::from(total, {})));
  if (parts.size() == 1)
    return c.set(*parts[0]);
  if (constants.size() == parts.size())
    return c.set(concat(constants, axis));
  if (!views || !tokenwise)
    return c.unsupported("it joins values of the network with constants or "
                         "with past values",
                         "a Concat of features of the same token");
  c.set(joinViews(c, parts, oneStream, total, axis));
}

static void castOp(NodeContext &c) {
  int64_t to = c.attr("to", int64_t(0));
  std::optional<DType> type = typeOfNumber(to);
  if (!type)
    return c.unsupported("a cast to element type number " + std::to_string(to),
                         "a cast between float types");
  if (c.in(0).isIds() ? *type == DType::Int64 || *type == DType::Int32
                      : isFloating(*type))
    return c.set(c.in(0));
  if (c.in(0).isIds() && !isFloating(*type))
    return c.unsupported(std::string("token ids become ") + nameOf(*type),
                         "ids of 32 or 64 bits");
  c.unsupported(isFloating(*type) ? "token ids are used as numbers"
                                  : "computed numbers are turned into integers",
                "ids only as indices of an embedding, floats everywhere else");
}

static void castLikeOp(NodeContext &c) {
  const Tensor *like = c.constant(1);
  DType type = like              ? like->type
               : c.in(1).isIds() ? DType::Int64
                                 : DType::Float;
  if (const Tensor *x = c.constant(0))
    return c.set(cast(*x, type));
  if (c.in(0).isIds() ? type == DType::Int64 || type == DType::Int32
                      : isFloating(type))
    return c.set(c.in(0));
  c.unsupported("token ids are used as numbers, or numbers as ids");
}

void neuro::onnxnn::addMovementOps(OperatorTable &t) {
  const char *free = "absorbed";
  t.onOp("Identity", {1, 13, 14, 16, 19, 21, 23}, 1, identityOp, free);
  t.onOp("Dropout", {1, 6, 7, 10, 12, 13, 22}, 1, dropoutOp,
         "removed (inference)");
  t.onOp("Reshape", {1, 5, 13, 14, 19, 21, 23}, 1, reshapeOp, free);
  t.onOp("Flatten", {1, 9, 11, 13, 21, 23}, 1, flattenOp, free);
  t.onOp("Squeeze", {1, 11, 13, 21, 23}, 1, squeezeOp, free);
  t.onOp("Unsqueeze", {1, 11, 13, 21, 23}, 1, unsqueezeOp, free);
  t.onOp("Transpose", {1, 13, 21, 23}, 1, transposeOp, free);
  t.onOp("Slice", {1, 10, 11, 13}, 1, sliceOp, "absorbed; constant bounds");
  t.onOp("Split", {1, 2, 11, 13, 18}, 1, splitOp, "absorbed; constant sizes");
  t.onOp("Gather", {1, 11, 13}, 2, gatherOp,
         "constant indices, or rows of a constant table by token ids");
  t.onOp("OneHot", {9, 11}, 3, oneHotOp, "of token ids");
  t.onOp("Expand", {8, 13}, 2, expandOp, "absorbed; constant shape");
  t.onOp("Tile", {6, 13}, 2, tileOp, "absorbed; constant repeats");
  t.onOp("Concat", {1, 4, 11, 13}, kAllInputs, concatOp,
         "constants, or features of the same token");
  t.onOp("Cast", {6, 9, 13, 19, 21, 23}, 1, castOp,
         "constants; between float types");
  t.onOp("CastLike", {15, 19, 21, 23}, 2, castLikeOp,
         "constants; between float types");
}
