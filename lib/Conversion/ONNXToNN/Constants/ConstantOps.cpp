//===- ConstantOps.cpp - operators that give constants --------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"

using namespace neuro::onnxnn;

static void shapeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  int64_t rank = int64_t(shape.size());
  int64_t start = 0, end = rank;
  if (c.node.opset >= 15) {
    start = c.attr("start", int64_t(0));
    end = c.attr("end", rank);
  }
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
    c.ignoreAttr(name);
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
  const Tensor *value = c.attrTensor("value");
  if (!value)
    return c.set(Tensor::make(*dims->ints, std::vector<float>(count, 0.0f)));
  if (value->size() != 1)
    return c.invalid("'value' must be one number");
  c.set(apply({*dims->ints, IndexMap::strided({count}, {0})}, *value));
}

static void eyeLikeOp(NodeContext &c) {
  const Shape &shape = c.in(0).shape();
  if (shape.size() != 2)
    return c.invalid("the input must have two axes");
  DType type = DType::Float;
  if (const Tensor *like = c.constant(0))
    type = like->type;
  else if (c.in(0).isIds())
    type = DType::Int64;
  if (c.hasAttr("dtype")) {
    int64_t number = c.attr("dtype", int64_t(0));
    if (!typeOfNumber(number))
      return c.unsupported("attribute 'dtype' = " + std::to_string(number),
                           "a type of numbers");
    type = *typeOfNumber(number);
  }
  int64_t k = c.attr("k", int64_t(0));
  std::vector<float> values(elements(shape), 0.0f);
  for (int64_t row = 0; row < shape[0]; ++row)
    if (k >= -row && k < shape[1] - row)
      values[row * shape[1] + row + k] = 1;
  c.set(cast(Tensor::make(shape, std::move(values)), type));
}

void neuro::onnxnn::addConstantOps(OperatorTable &t) {
  t.onOp("Shape", {1, 13, 15, 19, 21, 23}, 1, shapeOp, "folded");
  t.onOp("Size", {1, 13, 19, 21, 23}, 1, sizeOp, "folded");
  t.onOp("Constant", {1, 9, 11, 12, 13, 19, 21, 23}, 0, constantOp,
         "numbers and dense tensors of numbers");
  t.onOp("ConstantOfShape", {9, 20, 21, 23}, 1, constantOfShape, "folded");
  t.onOp("EyeLike", {9, 22}, 1, eyeLikeOp, "folded");
  t.never("Range", "the range depends on the input's values",
          "constant start, limit and delta");
  t.never("Trilu", "only constants may be cut to a triangle",
          "Where with a constant mask");
  t.never("CumSum", "only constants may be summed up along an axis",
          "attention is the only way tokens may meet");
}
