//===- ElementwiseOps.cpp - elementwise operators -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include "Elementwise.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

static Tensor number(double value) {
  return Tensor::make({}, std::vector<float>{float(value)});
}

static void arithmetic(NodeContext &c) {
  const std::string &op = c.node.op;
  const Tensor *a = c.constant(0), *b = c.constant(1);
  const Value &x = c.in(0), &y = c.in(1);
  if (op == "Add")
    return c.set(b   ? withConstant(c, x, *b, false)
                 : a ? withConstant(c, y, *a, false)
                     : add(c, x, y));
  if (op == "Mul")
    return c.set(b   ? withConstant(c, x, *b, true)
                 : a ? withConstant(c, y, *a, true)
                     : multiply(c, x, y));
  if (op == "Sub") {
    if (b) {
      if (!b->isFloat())
        return c.invalid(std::string("a constant of type ") + nameOf(b->type) +
                         " is subtracted");
      return c.set(
          withConstant(c, x, mapFloats(*b, [](auto v) { return -v; }), false));
    }
    Value minus = withConstant(c, y, number(-1), true);
    if (c.reported())
      return;
    return c.set(a ? withConstant(c, minus, *a, false) : add(c, x, minus));
  }
  if (b) {
    if (x.isIds())
      return c.unsupported(kIdsReason, kIdsNearest);
    if (!b->isFloat())
      return c.invalid(std::string("it divides by a constant of type ") +
                       nameOf(b->type));
    return c.set(withConstant(
        c, x, mapFloats(*b, [](auto v) { return decltype(v)(1) / v; }), true));
  }
  if (!y.is(StreamKind::Statistic))
    return c.unsupported("it divides by a value that the network computes",
                         "division by a constant, or a layer or RMS norm");
  Value inverse = statisticPower(c, y, -1);
  if (c.reported())
    return;
  c.set(a ? withConstant(c, inverse, *a, true) : multiply(c, x, inverse));
}

static void powOp(NodeContext &c) {
  auto exponent = c.scalar(1);
  if (!exponent || c.in(0).kind != Value::View)
    return c.unsupported("the exponent is not one constant number");
  // The exponent may have more axes.
  Shape shape;
  broadcast(c.in(0).shape(), c.in(1).shape(), shape);
  Value x = expanded(c.in(0), shape);
  if (x.isIds())
    return c.unsupported(kIdsReason, kIdsNearest);
  if (*exponent == 1)
    return c.set(x);
  if (x.is(StreamKind::Statistic))
    return c.set(statisticPower(c, x, *exponent));
  if (isScores(x) || (*exponent != 2 && *exponent != 3))
    return c.unsupported("a power of " + std::to_string(*exponent),
                         "squares and cubes");
  Value square = multiply(c, x, x);
  if (c.reported())
    return;
  c.set(*exponent == 2 ? square : multiply(c, square, x));
}

static void sqrtOp(NodeContext &c) {
  if (!c.in(0).is(StreamKind::Statistic))
    return c.unsupported(
        c.node.op == "Sqrt" ? "a square root of something other than a mean "
                              "square of the features"
                            : "it divides by a value that the network computes",
        "layer norm or RMS norm over all features of a token");
  c.set(statisticPower(c, c.in(0), c.node.op == "Sqrt" ? 0.5 : -1));
}

static void unaryOp(NodeContext &c) {
  const Value &x = c.in(0);
  const std::string &op = c.node.op;
  if (op == "IsNaN" && !x.isIds()) {
    // Guards a softmax of rows that are masked everywhere; causal rows never
    // are. All layers share the zeros, which are as many as scores.
    auto [it, isNew] = c.converter.zeros.try_emplace(x.size());
    if (isNew)
      it->second = Tensor::make(x.viewShape, std::vector<int64_t>(x.size(), 0),
                                DType::Bool);
    return c.set(apply(Map::reshape(x.viewShape), it->second));
  }
  if (op == "Neg")
    return c.set(withConstant(c, x, number(-1), true));
  if (x.isIds() || x.is(StreamKind::Statistic) || x.is(StreamKind::Weights))
    return c.unsupported("it is applied to token ids, means or attention "
                         "weights");
  if (op == "Relu")
    return c.set(
        x.is(StreamKind::Scores)
            ? attentionWeights(c, x, true)
            : Value::view(c.graph.activation(x.stream, ActivationKind::Relu,
                                             {c.number}),
                          x.viewShape, x.index));
  if (x.is(StreamKind::Scores))
    return c.unsupported("attention scores become weights by a function other "
                         "than softmax and ReLU",
                         "softmax over the keys, or ReLU");
  if (op == "Erf" || op == "Tanh" || op == "Sigmoid") {
    std::vector<double> p;
    Stream *base = c.graph.polynomial(x.stream, p);
    Stream *s =
        c.graph.create(StreamKind::Function, {base}, base->features,
                       base == x.stream ? std::vector<int>{c.number}
                                        : joined({c.number}, x.stream->nodes));
    s->featureShape = base->featureShape;
    s->coefficients = std::move(p);
    s->function = op == "Erf"    ? Function::Erf
                  : op == "Tanh" ? Function::Tanh
                                 : Function::Sigmoid;
    return c.setLike(x, s);
  }
  c.unsupported("the function is not one that neurons are given here",
                "ReLU, GELU or SiLU");
}

static void geluOp(NodeContext &c) {
  const Value &x = c.in(0);
  if (x.kind != Value::View || x.isIds() || isScores(x) ||
      x.is(StreamKind::Statistic))
    return c.unsupported("it is not applied to features");
  bool tanh = c.node.op == "FastGelu";
  if (c.node.domain.empty()) {
    std::string how = c.attr("approximate", "none");
    if (how != "none" && how != "tanh")
      return c.unsupported("attribute 'approximate' = \"" + how +
                               "\" is neither none nor tanh",
                           "none or tanh");
    tanh = how == "tanh";
  }
  Value biased = x;
  if (c.node.op != "Gelu" && c.has(1)) {
    const Tensor *bias = c.constant(1);
    if (!bias)
      return c.unsupported("its bias is not constant");
    biased = withConstant(c, x, *bias, false);
    if (c.reported())
      return;
  }
  c.setLike(biased, c.graph.activation(biased.stream,
                                       tanh ? ActivationKind::GeluTanh
                                            : ActivationKind::Gelu,
                                       {c.number}));
}

static void whereOp(NodeContext &c) {
  const Tensor *condition = c.constant(0), *a = c.constant(1),
               *b = c.constant(2);
  if (!condition)
    return c.unsupported("the condition depends on the input's values, as a "
                         "padding mask does",
                         "a constant causal mask");
  Shape shape;
  if (!broadcast(c.in(1).shape(), c.in(2).shape(), shape) ||
      !broadcast(shape, condition->shape, shape))
    return c.invalid("the shapes do not broadcast");
  if (elements(shape) > kMaxElements)
    return c.unsupported("the result has too many elements");
  const Value &x = c.in(1), &y = c.in(2);
  if ((a && !a->isFloat()) || (b && !b->isFloat()))
    return c.invalid("a constant that is no float meets floats");
  int64_t yes = condition->nonZeros();
  if (yes == condition->size() || yes == 0)
    return c.set(expanded(yes ? x : y, shape));
  if ((b && isScores(x)) || (a && isScores(y)))
    return c.set(maskScores(c, expanded(b ? x : y, shape), *condition,
                            b ? *b : *a, b != nullptr));
  if (x.isIds() || y.isIds())
    return c.unsupported(kIdsReason, kIdsNearest);
  // Chosen by constants: x where true and y elsewhere, as a sum of both.
  Tensor one = number(1), zero = number(0);
  Tensor left = where(*condition, one, zero, condition->shape);
  Tensor right = where(*condition, zero, one, condition->shape);
  if (b || a) {
    Value kept =
        withConstant(c, expanded(b ? x : y, shape), b ? left : right, true);
    if (!c.reported())
      c.set(withConstant(
          c, kept,
          b ? where(*condition, zero, cast(*b, DType::Float), shape)
            : where(*condition, cast(*a, DType::Float), zero, shape),
          false));
    return;
  }
  Value first = withConstant(c, expanded(x, shape), left, true);
  if (c.reported())
    return;
  Value second = withConstant(c, expanded(y, shape), right, true);
  if (!c.reported())
    c.set(add(c, first, second));
}

/// Clip, Min and Max: constants, and what is a ReLU.
static void limitOp(NodeContext &c) {
  const std::string &op = c.node.op;
  auto bound = [&](const char *name, size_t input) -> std::optional<double> {
    if (c.node.opset >= 11)
      return c.scalar(input);
    if (c.hasAttr(name))
      return c.attr(name, 0.0);
    return std::nullopt;
  };
  Value x = c.in(0);
  std::optional<double> low, high;
  if (op == "Clip") {
    low = bound("min", 1);
    high = bound("max", 2);
    if ((c.has(1) && !low) || (c.has(2) && !high))
      return c.unsupported("the bounds are not constant numbers");
  } else if (op == "Max" && c.inputCount() == 2) {
    low = c.scalar(1) ? c.scalar(1) : c.scalar(0);
    // The number may have more axes.
    Shape shape;
    x = c.constant(1) ? c.in(0) : c.in(1);
    if (low && broadcast(c.in(0).shape(), c.in(1).shape(), shape))
      x = expanded(x, shape);
  }
  if (high && *high >= 3e38)
    high.reset();
  // The smallest number there is, as a guard against minus infinity.
  if (op != "Min" && !high && (low ? *low <= -3e38 : op == "Clip"))
    return c.set(x);
  if (op == "Min" || high || !low || *low != 0 || x.kind != Value::View ||
      x.isIds() || isScores(x) || x.is(StreamKind::Statistic))
    return c.unsupported("it limits a value other than to zero from below",
                         "ReLU");
  c.setLike(x, c.graph.activation(x.stream, ActivationKind::Relu, {c.number}));
}

static Value sumOfConstants(NodeContext &c, Tensor a, Tensor b) {
  Shape shape;
  if (!sameType(c, a, b) || !commonShape(c, a.shape, b.shape, shape))
    return {};
  return Value::of(mapPairs(broadcastTo(a, shape), broadcastTo(b, shape),
                            [](auto u, auto v) { return decltype(u)(u + v); }));
}

static void sumOp(NodeContext &c) {
  Value sum = c.in(0);
  for (size_t i = 1; i < c.inputCount() && !c.reported(); ++i) {
    const Value &next = c.in(i);
    if (sum.kind == Value::Constant && next.kind == Value::Constant) {
      sum = sumOfConstants(c, sum.constant, next.constant);
    } else if (next.kind == Value::Constant) {
      sum = withConstant(c, sum, next.constant, false);
    } else if (sum.kind == Value::Constant) {
      sum = withConstant(c, next, sum.constant, false);
    } else {
      sum = add(c, sum, next);
    }
  }
  c.set(sum);
}

void neuro::onnxnn::addElementwiseOps(OperatorTable &t) {
  t.onOp("Add", {7, 13, 14}, 2, arithmetic,
         "residual sums, biases, positions, causal masks");
  t.onOp("Sub", {7, 13, 14}, 2, arithmetic, "as Add; the mean in a layer norm");
  t.onOp("Mul", {7, 13, 14}, 2, arithmetic,
         "gates, factors per channel, parts of norms and activations");
  t.onOp("Div", {7, 13, 14}, 2, arithmetic, "by constants; in norms");
  t.onOp("Pow", {7, 12, 13, 15}, 2, powOp, "squares, cubes; powers of means");
  for (const char *op : {"Sqrt", "Reciprocal"})
    t.onOp(op, {6, 13}, 1, sqrtOp, "constants; in norms");
  t.onOp("Erf", {9, 13}, 1, unaryOp, "constants; in GELU");
  t.onOp("Tanh", {6, 13}, 1, unaryOp, "constants; in GELU");
  t.onOp("Sigmoid", {6, 13}, 1, unaryOp, "constants; in SiLU");
  t.onOp("Relu", {6, 13, 14}, 1, unaryOp, "features; attention scores");
  t.onOp("Neg", {6, 13}, 1, unaryOp, "constants; features");
  t.onOp("IsNaN", {9, 13, 20}, 1, unaryOp, "folded");
  for (const char *op : {"Equal", "Greater", "Less", "GreaterOrEqual",
                         "LessOrEqual", "And", "Or", "Xor", "Not"})
    t.never(op,
            "the condition depends on the input's values, as a padding mask "
            "does",
            "a constant causal mask");
  for (const char *op :
       {"Abs",   "Exp",   "Log",   "Floor", "Ceil",   "Round", "Sin",
        "Cos",   "Tan",   "Asin",  "Acos",  "Atan",   "Sinh",  "Cosh",
        "Asinh", "Acosh", "Atanh", "Sign",  "Shrink", "Mod"})
    t.never(op, "the function is not one that neurons are given here",
            "ReLU, GELU or SiLU");
  t.onOp("Where", {9, 16}, 3, whereOp, "constant condition");
  t.onOp("Clip", {6, 11, 12, 13}, 1, limitOp, "as ReLU");
  t.onOp("Max", {8, 12, 13}, kAllInputs, limitOp, "constants; as ReLU");
  t.onOp("Min", {8, 12, 13}, kAllInputs, limitOp, "constants");
  t.onOp("Sum", {8, 13}, kAllInputs, sumOp, "as Add");
  t.onOp("Gelu", {20}, 1, geluOp, "erf and tanh forms");
  t.onOp("Gelu", {1}, 1, geluOp, "erf form", "com.microsoft");
  t.onOp("FastGelu", {1}, 1, geluOp, "constant bias", "com.microsoft");
  t.onOp("BiasGelu", {1}, 1, geluOp, "constant bias", "com.microsoft");
  const char *activations = "ReLU, GELU or SiLU";
  for (const char *op :
       {"LeakyRelu", "Elu", "Selu", "Celu", "PRelu", "Softplus", "Softsign",
        "HardSigmoid", "HardSwish", "Mish", "ThresholdedRelu"})
    t.never(op, "this activation function has no neuron program here",
            activations);
  t.never("QuickGelu", "this activation function has no neuron program here",
          "x * Sigmoid(1.702 x), spelled out", "com.microsoft");
}
