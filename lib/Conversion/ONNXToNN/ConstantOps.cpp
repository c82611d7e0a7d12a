//===- ConstantOps.cpp - operators that give constants --------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <cmath>

using namespace neuro::onnxnn;

static void shapeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size());
  int64_t start = c.attr("start", int64_t(0)), end = c.attr("end", rank);
  start =
      std::min(std::max(start < 0 ? start + rank : start, int64_t(0)), rank);
  end = std::min(std::max(end < 0 ? end + rank : end, start), rank);
  std::vector<int64_t> dims(shape.begin() + start, shape.begin() + end);
  int64_t count = int64_t(dims.size());
  c.set(Tensor::make({count}, std::move(dims)));
}

static void sizeOp(NodeContext &c) {
  c.set(Tensor::make({}, std::vector<int64_t>{c.in(0).size()}));
}

static void constantOp(NodeContext &c) {
  for (const char *name :
       {"value", "value_float", "value_int", "value_floats", "value_ints"}) {
    auto it = c.node.attributes.find(name);
    if (it == c.node.attributes.end())
      continue;
    const Attribute &a = it->second;
    switch (a.kind) {
    case Attribute::Constant:
      return c.set(a.tensor);
    case Attribute::Float:
      return c.set(Tensor::make({}, std::vector<float>{float(a.f)}));
    case Attribute::Int:
      return c.set(Tensor::make({}, std::vector<int64_t>{a.i}));
    case Attribute::Floats:
      return c.set(Tensor::make({int64_t(a.floats.size())}, a.floats));
    case Attribute::Ints:
      return c.set(Tensor::make({int64_t(a.ints.size())}, a.ints));
    default:
      break;
    }
  }
  c.unsupported("its value is neither numbers nor a dense tensor of numbers");
}

static void constantOfShape(NodeContext &c) {
  const Tensor *dims = c.constant(0);
  if (!dims || dims->isFloat())
    return c.unsupported("the shape depends on the input's values");
  for (int64_t dim : *dims->ints)
    if (dim < 0)
      return c.invalid("a dimension is negative");
  int64_t count = elements(*dims->ints);
  if (count > kMaxElements)
    return c.unsupported("the tensor has too many elements: " +
                         text(*dims->ints));
  auto it = c.node.attributes.find("value");
  if (it == c.node.attributes.end())
    return c.set(Tensor::make(*dims->ints, std::vector<float>(count, 0.0f)));
  const Tensor &value = it->second.tensor;
  if (it->second.kind != Attribute::Constant || value.size() != 1)
    return c.invalid("'value' must be one number");
  if (value.isFloat())
    return c.set(Tensor::make(*dims->ints,
                              std::vector<float>(count, float(value.at(0)))));
  c.set(Tensor::make(*dims->ints, std::vector<int64_t>(count, value.intAt(0)),
                     value.type));
}

static void rangeOp(NodeContext &c) {
  const Tensor *start = c.constant(0), *limit = c.constant(1),
               *delta = c.constant(2);
  if (!start || !limit || !delta)
    return c.unsupported("the range depends on the input's values");
  if (start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return c.invalid("start, limit and delta must be single numbers");
  double a = start->at(0), d = delta->at(0);
  double steps = d == 0 ? -1 : std::ceil((limit->at(0) - a) / d);
  if (!(d != 0) || !(steps <= double(kMaxElements)))
    return c.invalid("the range has no end or too many elements");
  int64_t count = std::max<int64_t>(0, int64_t(steps));
  if (start->isFloat()) {
    std::vector<float> values(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = float(a + double(i) * d);
    return c.set(Tensor::make({count}, std::move(values)));
  }
  std::vector<int64_t> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = start->intAt(0) + i * delta->intAt(0);
  c.set(Tensor::make({count}, std::move(values), start->type));
}

static void triluOp(NodeContext &c) {
  const Tensor *x = c.constant(0);
  if (!x)
    return c.unsupported("only constants may be cut to a triangle");
  int64_t rank = int64_t(x->shape.size());
  if (rank < 2)
    return c.invalid("the input has fewer than two axes");
  double k = c.has(1) ? c.scalar(1).value_or(0) : 0;
  if (c.has(1) && !c.scalar(1))
    return c.unsupported("the diagonal depends on the input's values");
  bool upper = c.attr("upper", int64_t(1)) != 0;
  int64_t rows = x->shape[rank - 2], columns = x->shape[rank - 1];
  auto kept = [&](int64_t i) {
    int64_t row = i / columns % rows, column = i % columns;
    return upper ? double(column - row) >= k : double(column - row) <= k;
  };
  if (x->isFloat()) {
    std::vector<float> values(*x->floats);
    for (size_t i = 0; i < values.size(); ++i)
      if (!kept(int64_t(i)))
        values[i] = 0;
    return c.set(Tensor::make(x->shape, std::move(values)));
  }
  std::vector<int64_t> values(*x->ints);
  for (size_t i = 0; i < values.size(); ++i)
    if (!kept(int64_t(i)))
      values[i] = 0;
  c.set(Tensor::make(x->shape, std::move(values), x->type));
}

static void cumSumOp(NodeContext &c) {
  const Tensor *x = c.constant(0);
  auto axisValue = c.scalar(1);
  if (!x || !axisValue)
    return c.unsupported("only constants may be summed up along an axis");
  int64_t axis = normalAxis(int64_t(*axisValue), int64_t(x->shape.size()));
  if (axis < 0)
    return c.invalid("the axis is out of range");
  if (c.attr("exclusive", int64_t(0)) || c.attr("reverse", int64_t(0)))
    return c.unsupported("'exclusive' and 'reverse' are not supported");
  int64_t inner = 1;
  for (size_t i = axis + 1; i < x->shape.size(); ++i)
    inner *= x->shape[i];
  Tensor result = *x;
  int64_t size = x->shape[axis];
  auto sum = [&](auto values) {
    for (int64_t i = 0; i < int64_t(values.size()); ++i)
      if (i / inner % size)
        values[i] += values[i - inner];
    return values;
  };
  if (x->isFloat())
    return c.set(Tensor::make(x->shape, sum(*x->floats)));
  c.set(Tensor::make(x->shape, sum(*x->ints), x->type));
}

static void eyeLikeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  if (shape.size() != 2)
    return c.invalid("the input must have two axes");
  int64_t k = c.attr("k", int64_t(0));
  std::vector<float> values(elements(shape), 0.0f);
  for (int64_t row = 0; row < shape[0]; ++row)
    if (row + k >= 0 && row + k < shape[1])
      values[row * shape[1] + row + k] = 1;
  int64_t type = c.attr("dtype", int64_t(1));
  Tensor result = Tensor::make(shape, std::move(values));
  c.set(type == 1 ? result
                  : cast(result, type == 9 ? DType::Bool : DType::Int64));
}

void neuro::onnxnn::addConstantOps(OperatorTable &t) {
  t.onOp("Shape", {1, 13, 15}, 1, shapeOp, "folded");
  t.onOp("Size", {1, 13}, 1, sizeOp, "folded");
  t.onOp("Constant", {1, 9, 11, 12, 13}, 0, constantOp,
         "numbers and dense tensors of numbers");
  t.onOp("ConstantOfShape", {9}, 1, constantOfShape, "folded");
  t.onOp("Range", {11}, 3, rangeOp, "folded");
  t.onOp("Trilu", {14}, 1, triluOp, "folded, of constants");
  t.onOp("CumSum", {11, 14}, 2, cumSumOp, "folded, of constants");
  t.onOp("EyeLike", {9}, 1, eyeLikeOp, "folded");
}
