//===- NormOps.cpp - means and norms --------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

/// Whether the channels are all channels of a token, each once.
static bool isWhole(const Index &channels, int64_t features) {
  if (int64_t(channels.size()) != features)
    return false;
  std::vector<bool> seen(features, false);
  for (int64_t channel : channels) {
    if (seen[channel])
      return false;
    seen[channel] = true;
  }
  return true;
}

static const char *kNormNearest = "layer norm or RMS norm over all features of "
                                  "a token, as an operator or spelled out";

Value neuro::onnxnn::reduceView(NodeContext &c, const Value &x,
                                std::vector<int64_t> axes, bool keepDims,
                                const std::string &op) {
  if (x.isIds() || x.is(StreamKind::Scores) || x.is(StreamKind::Weights) ||
      x.is(StreamKind::Statistic) || op == "Max" || op == "Min" ||
      op == "Prod") {
    c.unsupported("it reduces something other than features by a sum or mean",
                  kNormNearest);
    return {};
  }
  int64_t rank = int64_t(x.viewShape.size()), width = 1;
  Shape rest, result;
  std::vector<int64_t> perm;
  for (int64_t i = 0; i < rank; ++i) {
    bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (reduced)
      width *= x.viewShape[i];
    else
      perm.push_back(i);
    if (!reduced || keepDims)
      result.push_back(reduced ? 1 : x.viewShape[i]);
  }
  perm.insert(perm.end(), axes.begin(), axes.end());
  Value view = std::is_sorted(perm.begin(), perm.end())
                   ? x
                   : moved(x, transposeMap(x.viewShape, perm));
  Rows rows;
  if (width == 0 || !rowsOf(view, width, rows)) {
    c.unsupported("it averages or sums over several tokens",
                  "attention is the only way tokens may meet");
    return {};
  }
  int64_t features = x.stream->features;
  std::vector<double> p;
  Stream *base = c.graph.polynomial(x.stream, p);
  if (rows.groups.size() != 1 || !isWhole(rows.groups[0], features)) {
    // The mean of each plane of an image is a linear map.
    bool planes = rank == 4 && axes == std::vector<int64_t>{2, 3};
    if (!planes || (op != "Mean" && op != "Sum")) {
      c.unsupported("it reduces " + std::to_string(width) + " of the " +
                        std::to_string(features) + " features of a token",
                    kNormNearest);
      return {};
    }
    int64_t groups = int64_t(rows.groups.size());
    std::vector<float> weight(groups * features, 0.0f);
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t channel : rows.groups[g])
        weight[g * features + channel] += op == "Mean" ? 1.0f / width : 1.0f;
    Stream *s =
        c.graph.linear(x.stream, std::move(weight), groups, {}, {c.number});
    return Value::view(s, result, rows.index(1));
  }
  double n = op == "Mean" ? 1 : double(features);
  bool squares = op == "SumSquare" || op == "L2";
  bool valid = squares ? p.size() == 2 && p[0] == 0
                       : p.size() == 2 || (p.size() == 3 && p[1] == 0);
  if (!valid) {
    c.unsupported("it averages something other than features or their squares",
                  kNormNearest);
    return {};
  }
  std::vector<int> nodes{c.number};
  if (base != x.stream)
    nodes = joined(nodes, x.stream->nodes);
  if (base->kind == StreamKind::Center)
    nodes = joined(nodes, base->nodes);
  Stream *s = c.graph.create(StreamKind::Statistic, {base}, 1, nodes);
  s->square = squares || p.size() == 3;
  s->inner = n * (squares ? p[1] * p[1] : p.back());
  s->constant = squares ? 0 : n * p[0];
  s->power = op == "L2" ? 0.5 : 1;
  return Value::view(s, result, IndexMap::of(rows.tokenOf));
}

static void reduceOp(NodeContext &c) {
  std::vector<int64_t> axes;
  bool nothing = false;
  bool keepDims = c.attr("keepdims", int64_t(1)) != 0;
  if (!readAxes(c, int64_t(c.in(0).shape().size()), axes, nothing))
    return;
  if (nothing && (c.node.op == "ReduceMean" || c.node.op == "ReduceSum"))
    return c.set(c.in(0));
  if (nothing)
    return c.unsupported("attribute 'noop_with_empty_axes' = 1: it squares "
                         "each element",
                         "Mul, or axes");
  c.set(reduceView(c, c.in(0), axes, keepDims, c.node.op.substr(6)));
}

/// The norm itself, without gamma and beta.
static Value normalised(NodeContext &c, const Value &x, int64_t axis,
                        bool centered, double epsilon) {
  int64_t rank = int64_t(x.shape().size());
  axis = normalAxis(axis, rank);
  if (axis < 0 || x.kind != Value::View || x.isIds() ||
      x.is(StreamKind::Scores) || x.is(StreamKind::Weights) ||
      x.is(StreamKind::Statistic)) {
    c.unsupported("it is not applied to features", kNormNearest);
    return {};
  }
  int64_t width = 1;
  for (int64_t i = axis; i < rank; ++i)
    width *= x.viewShape[i];
  Rows rows;
  if (width == 0 || !rowsOf(x, width, rows)) {
    c.unsupported("it normalises over several tokens", kNormNearest);
    return {};
  }
  int64_t features = x.stream->features;
  if (rows.groups.size() != 1 || !isWhole(rows.groups[0], features)) {
    c.unsupported("it normalises " + std::to_string(width) + " of the " +
                      std::to_string(features) + " features of a token",
                  kNormNearest);
    return {};
  }
  Stream *s =
      c.graph.create(centered ? StreamKind::LayerNorm : StreamKind::RMSNorm,
                     {x.stream}, features, {c.number});
  s->featureShape = x.stream->featureShape;
  s->epsilon = epsilon;
  return Value::view(s, x.viewShape, x.index);
}

/// gamma and beta, which must be constant.
static Value scaledAndShifted(NodeContext &c, Value x, size_t gamma,
                              size_t beta) {
  for (size_t input : {gamma, beta}) {
    if (!c.has(input) || c.reported())
      continue;
    const Tensor *constant = c.constant(input);
    if (!constant) {
      c.unsupported("gamma and beta are not constant");
      return {};
    }
    Shape shape;
    if (!broadcast(x.viewShape, constant->shape, shape) ||
        shape != x.viewShape) {
      c.invalid(std::string(input == gamma ? "gamma " : "beta ") +
                text(constant->shape) + " does not fit " + text(x.viewShape));
      return {};
    }
    x = withConstant(c, x, *constant, input == gamma);
  }
  return x;
}

static void normOp(NodeContext &c) {
  bool centered = c.node.op == "LayerNormalization";
  double epsilon = c.attr("epsilon", 1e-5);
  Value x =
      normalised(c, c.in(0), c.attr("axis", int64_t(-1)), centered, epsilon);
  if (!c.reported())
    c.set(scaledAndShifted(c, x, 1, centered ? 2 : c.inputCount()));
}

static void skipNormOp(NodeContext &c) {
  bool centered = c.node.op == "SkipLayerNormalization";
  if (c.in(0).kind != Value::View || c.in(1).kind != Value::View)
    return c.unsupported("it adds a constant");
  Value sum = add(c, c.in(0), c.in(1));
  if (!c.reported() && sum.viewShape != c.in(0).viewShape)
    return c.invalid("the skip input " + text(c.in(1).viewShape) +
                     " is larger than the input " + text(c.in(0).viewShape));
  size_t bias = centered ? 4 : 3;
  if (!c.reported() && c.has(bias)) {
    const Tensor *constant = c.constant(bias);
    if (!constant)
      return c.unsupported("its bias is not constant");
    sum = withConstant(c, sum, *constant, false);
  }
  if (c.reported())
    return;
  Value x = normalised(c, sum, -1, centered, c.attr("epsilon", 1e-12));
  if (!c.reported())
    x = scaledAndShifted(c, x, 2, centered ? 3 : c.inputCount());
  c.set(3, sum);
  c.set(0, x);
}

static void batchNormOp(NodeContext &c) {
  const Value &x = c.in(0);
  const Tensor *scale = c.constant(1), *bias = c.constant(2),
               *mean = c.constant(3), *variance = c.constant(4);
  if (x.kind != Value::View || !scale || !bias || !mean || !variance)
    return c.unsupported("its statistics are not constant");
  bool training =
      c.node.opset >= 14 && c.attr("training_mode", int64_t(0)) != 0;
  std::string sign = "attribute 'training_mode' is 1";
  // Before opset 14 the results tell.
  for (size_t i = 1; i < c.node.outputs.size() && c.node.opset < 14; ++i)
    if (c.node.outputs[i] >= 0) {
      training = true;
      sign = "output " + std::to_string(i) + ", a statistic, is asked for";
    }
  if (training)
    return c.unsupported(sign + ": it is in training mode, which normalises "
                                "by the statistics of the batch",
                         "export the model after model.eval()");
  if (x.viewShape.size() < 2)
    return c.invalid("the input has no channel axis");
  int64_t channels = x.viewShape[1];
  for (const Tensor *t : {scale, bias, mean, variance})
    if (t->size() != channels)
      return c.invalid("its statistics do not have one number per channel");
  double epsilon = c.attr("epsilon", 1e-5);
  std::vector<float> factor(channels), offset(channels);
  for (int64_t i = 0; i < channels; ++i) {
    double f = scale->at(i) / std::sqrt(variance->at(i) + epsilon);
    factor[i] = float(f);
    offset[i] = float(bias->at(i) - mean->at(i) * f);
  }
  Shape shape(x.viewShape.size() - 1, 1);
  shape[0] = channels;
  Value result = withConstant(c, x, Tensor::make(shape, factor), true);
  if (!c.reported())
    c.set(withConstant(c, result, Tensor::make(shape, offset), false));
}

void neuro::onnxnn::addNormOps(OperatorTable &t) {
  for (const char *op : {"ReduceMean", "ReduceSumSquare", "ReduceL2"})
    t.onOp(op, {1, 11, 13, 18}, 1, reduceOp, "constants; in norms");
  t.onOp("ReduceSum", {1, 11, 13}, 1, reduceOp, "constants; in norms");
  for (const char *op : {"ReduceL1", "ReduceLogSum", "ReduceLogSumExp",
                         "ReduceProd", "ReduceMax", "ReduceMin"})
    t.never(op, "it reduces something other than features by a sum or mean",
            kNormNearest);
  // ONNX Runtime writes it into older opsets too.
  t.onOp("LayerNormalization", {1, 17}, 1, normOp,
         "over all features of a token");
  t.onOp("RMSNormalization", {1, 23}, 1, normOp,
         "over all features of a token");
  t.onOp("SimplifiedLayerNormalization", {1}, 1, normOp,
         "over all features of a token");
  t.onOp("SimplifiedLayerNormalization", {1}, 1, normOp,
         "over all features of a token", "com.microsoft");
  t.onOp("SkipLayerNormalization", {1}, 3, skipNormOp,
         "constant gamma and beta", "com.microsoft");
  t.onOp("SkipSimplifiedLayerNormalization", {1}, 3, skipNormOp,
         "constant gamma", "com.microsoft");
  t.onOp("BatchNormalization", {7, 9, 14, 15}, 5, batchNormOp,
         "inference; folded into the convolution before it");
  for (const char *op : {"InstanceNormalization", "GroupNormalization",
                         "LpNormalization", "MeanVarianceNormalization", "LRN"})
    t.never(op, "this normalisation is not supported", kNormNearest);
}
