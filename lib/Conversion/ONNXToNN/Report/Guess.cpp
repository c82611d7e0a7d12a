//===- Guess.cpp - going on after a node that cannot be converted ---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A report names every node that cannot be converted, and none that only
// suffers from an earlier one. So the result of a node that has been reported
// gets the shape it probably has, and stands for whatever may have that shape:
// features in some layout, scores, a statistic. A later node is reported only
// if it could not be converted with any of them.
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>

using namespace neuro::onnxnn;

static bool isOneOf(const std::string &op,
                    std::initializer_list<const char *> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

/// Operators whose result has the shape that their operands broadcast to.
static bool isElementwise(const std::string &op) {
  return isOneOf(op,
                 {"Add",         "Sub",        "Mul",       "Div",
                  "Pow",         "Where",      "Max",       "Min",
                  "Sum",         "Mean",       "Mod",       "PRelu",
                  "Sqrt",        "Reciprocal", "Clip",      "Exp",
                  "Log",         "Abs",        "LeakyRelu", "Elu",
                  "Selu",        "Celu",       "Softplus",  "Softsign",
                  "HardSigmoid", "HardSwish",  "Mish",      "QuickGelu",
                  "Relu",        "Sigmoid",    "Tanh",      "Erf",
                  "Neg",         "Gelu",       "FastGelu",  "BiasGelu",
                  "Sin",         "Cos",        "Floor",     "Ceil",
                  "Round",       "Sign",       "Shrink",    "ThresholdedRelu",
                  "Tan",         "Asin",       "Acos",      "Atan",
                  "Sinh",        "Cosh",       "Asinh",     "Acosh",
                  "Atanh",       "Swish"});
}

/// Others whose first result has the shape of their first operand.
static bool keepsFirstShape(const std::string &op) {
  return isOneOf(op, {"Softmax",
                      "LogSoftmax",
                      "Hardmax",
                      "CumSum",
                      "Trilu",
                      "Dropout",
                      "Cast",
                      "CastLike",
                      "Identity",
                      "LayerNormalization",
                      "RMSNormalization",
                      "SimplifiedLayerNormalization",
                      "SkipLayerNormalization",
                      "SkipSimplifiedLayerNormalization",
                      "BatchNormalization",
                      "InstanceNormalization",
                      "GroupNormalization",
                      "LpNormalization",
                      "MeanVarianceNormalization",
                      "LRN",
                      "ReverseSequence",
                      "ScatterND",
                      "ScatterElements",
                      "MultiHeadAttention",
                      "GroupQueryAttention",
                      "RotaryEmbedding"});
}

static bool isScoreKind(const Value &x) {
  return x.is(StreamKind::Scores) || x.is(StreamKind::Weights);
}

//===----------------------------------------------------------------------===//
// What a value of a shape may be
//===----------------------------------------------------------------------===//

/// Features of tokens, where `axis` counts the tokens of a sequence.
static std::optional<IndexMap> tokensAlong(const StreamGraph &graph,
                                           const Shape &shape, size_t axis) {
  if (axis == 0 || shape[axis] != graph.tokens ||
      (shape[0] != graph.batch && graph.batch != 1))
    return std::nullopt;
  bool hasBatch = shape[0] == graph.batch;
  int64_t features = elements(shape) / (graph.batch * graph.tokens), step = 1;
  Shape strides(shape.size(), 0);
  for (size_t i = shape.size(); i-- > 0;) {
    if (i == axis) {
      strides[i] = features;
    } else if (i == 0 && hasBatch) {
      strides[i] = features * graph.tokens;
    } else {
      strides[i] = step;
      step *= shape[i];
    }
  }
  return IndexMap::strided(shape, strides);
}

static Value opaque(Converter &converter, int node, const Shape &shape,
                    int64_t features, IndexMap index) {
  Stream *s = converter.graph.create(StreamKind::Opaque, {}, features, {node});
  return Value::view(s, shape, std::move(index));
}

static Value anyScores(Converter &converter, int node, const Shape &shape,
                       StreamKind kind) {
  StreamGraph &graph = converter.graph;
  int64_t pairs = graph.tokens * graph.tokens;
  int64_t heads = std::max<int64_t>(elements(shape) / (graph.batch * pairs), 1);
  auto side = [&] {
    return graph.create(StreamKind::Opaque, {}, heads, {node});
  };
  Stream *s = graph.create(kind, {side(), side()}, heads * pairs, {node});
  s->isAnything = true;
  s->heads = heads;
  if (kind == StreamKind::Weights)
    s->keep = converter.masks.applied(nullptr, graph.tokens, false).keep;
  return Value::view(s, shape);
}

std::vector<Value> Converter::possible(const Value &value, int node) {
  std::vector<Value> result;
  if (value.stream)
    result.push_back(value);
  if (value.kind == Value::Constant)
    return {value};
  if (value.kind != Value::View || value.isIds())
    return result;
  const Shape &shape = value.viewShape;
  int64_t units = graph.batch * graph.tokens, size = value.size();
  auto add = [&](Value other) {
    for (const Value &known : result)
      if (known.stream->kind == other.stream->kind &&
          known.stream->isAnything == other.stream->isAnything &&
          known.index == other.index &&
          known.stream->features == other.stream->features)
        return;
    result.push_back(std::move(other));
  };
  bool isSquare = shape.size() > 2 && graph.tokens > 1 &&
                  shape.back() == graph.tokens &&
                  shape[shape.size() - 2] == graph.tokens &&
                  size % (units * graph.tokens) == 0;
  if (value.guess == Guess::Shape && (isSquare || value.maybeScores))
    for (StreamKind kind : {StreamKind::Scores, StreamKind::Weights})
      add(anyScores(*this, node, shape, kind));
  if (value.guess == Guess::Shape && size % units == 0) {
    for (size_t axis = 1; axis < shape.size(); ++axis)
      if (auto index = tokensAlong(graph, shape, axis))
        add(opaque(*this, node, shape, size / units, *index));
    add(opaque(*this, node, shape, size / units, IndexMap::identity(size)));
  }
  if (size == units) {
    Stream *s = graph.create(StreamKind::Statistic, {}, 1, {node});
    s->isAnything = true;
    add(Value::view(s, shape));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The shape of a result
//===----------------------------------------------------------------------===//

static std::optional<Shape> shapeOf(const Converter &converter,
                                    const Node &node, size_t input) {
  if (input >= node.inputs.size() || node.inputs[input] < 0)
    return std::nullopt;
  const Value &value = converter.values[node.inputs[input]];
  if (value.kind == Value::Unknown)
    return std::nullopt;
  return value.shape();
}

static std::vector<int64_t> intsOf(const Node &node, const char *name,
                                   std::vector<int64_t> otherwise) {
  auto it = node.attributes.find(name);
  return it != node.attributes.end() && it->second.kind == Attribute::Ints &&
                 it->second.ints.size() == otherwise.size()
             ? it->second.ints
             : otherwise;
}

/// Of convolutions and pooling over two axes.
static std::optional<Shape> filteredShape(const Converter &converter,
                                          const Node &node) {
  auto x = shapeOf(converter, node, 0);
  if (!x || x->size() != 4)
    return std::nullopt;
  auto weight = shapeOf(converter, node, 1);
  bool isConv = node.op == "Conv";
  if (isOneOf(node.op, {"GlobalAveragePool", "GlobalMaxPool"}))
    return Shape{(*x)[0], (*x)[1], 1, 1};
  std::vector<int64_t> kernel =
      intsOf(node, "kernel_shape",
             isConv && weight && weight->size() == 4
                 ? std::vector<int64_t>{(*weight)[2], (*weight)[3]}
                 : std::vector<int64_t>{0, 0});
  std::vector<int64_t> strides = intsOf(node, "strides", {1, 1}),
                       dilations = intsOf(node, "dilations", {1, 1}),
                       pads = intsOf(node, "pads", {0, 0, 0, 0});
  if (node.attributes.count("auto_pad") || node.attributes.count("ceil_mode") ||
      (isConv && !weight))
    return std::nullopt;
  Shape result{(*x)[0], isConv ? (*weight)[0] : (*x)[1]};
  for (int i = 0; i < 2; ++i) {
    for (int64_t value : {kernel[i], strides[i], dilations[i]})
      if (value < 1 || value > 65536)
        return std::nullopt;
    int64_t room = (*x)[i + 2] + pads[i] + pads[i + 2] -
                   ((kernel[i] - 1) * dilations[i] + 1);
    if (pads[i] < 0 || pads[i + 2] < 0 || room < 0)
      return std::nullopt;
    result.push_back(room / strides[i] + 1);
  }
  return result;
}

static std::optional<Shape> productShape(const Converter &converter,
                                         const Node &node) {
  auto a = shapeOf(converter, node, 0), b = shapeOf(converter, node, 1);
  if (!a || !b || a->size() < 2 || b->size() < 2)
    return std::nullopt;
  Shape batchA(a->begin(), a->end() - 2), batchB(b->begin(), b->end() - 2);
  Shape result;
  if (!broadcast(batchA, batchB, result))
    return std::nullopt;
  result.push_back((*a)[a->size() - 2]);
  result.push_back(b->back());
  return result;
}

/// Of ArgMax and the Reduce operators.
static std::optional<Shape> reducedShape(const Converter &converter,
                                         const Node &node) {
  auto x = shapeOf(converter, node, 0);
  if (!x)
    return std::nullopt;
  std::vector<int64_t> axes;
  auto attribute = [&](const char *name) -> const Attribute * {
    auto it = node.attributes.find(name);
    return it == node.attributes.end() ? nullptr : &it->second;
  };
  if (const Attribute *axis = attribute("axis"))
    axes = {axis->i};
  else if (const Attribute *list = attribute("axes"))
    axes = list->ints;
  else if (node.inputs.size() > 1 && node.inputs[1] >= 0 &&
           converter.values[node.inputs[1]].kind == Value::Constant &&
           !converter.values[node.inputs[1]].constant.isFloat())
    axes = *converter.values[node.inputs[1]].constant.ints;
  else
    return std::nullopt;
  const Attribute *keep = attribute("keepdims");
  std::vector<bool> reduced(x->size(), false);
  for (int64_t axis : axes) {
    axis = normalAxis(axis, int64_t(x->size()));
    if (axis < 0)
      return std::nullopt;
    reduced[axis] = true;
  }
  Shape result;
  for (size_t i = 0; i < x->size(); ++i)
    if (!reduced[i])
      result.push_back((*x)[i]);
    else if (!keep || keep->i)
      result.push_back(1);
  return result;
}

/// Of what says its shape by constants, whatever its input is.
static std::optional<Shape> statedShape(const Converter &converter,
                                        const Node &node) {
  if (node.op != "Reshape" || node.inputs.size() < 2 || node.inputs[1] < 0)
    return std::nullopt;
  const Value &target = converter.values[node.inputs[1]];
  if (target.kind != Value::Constant || target.constant.isFloat())
    return std::nullopt;
  for (int64_t dim : *target.constant.ints)
    if (dim <= 0)
      return std::nullopt;
  return *target.constant.ints;
}

/// Of layers whose weights say how many features each token gets.
static std::optional<Shape> featuresShape(const Converter &converter,
                                          const Node &node) {
  bool isNorm = isOneOf(node.op, {"LayerNormalization", "RMSNormalization",
                                  "SimplifiedLayerNormalization"});
  // Inputs that do not fit say nothing of batch and tokens.
  if (!converter.problems.empty() || (!isNorm && node.op != "MatMul") ||
      node.inputs.size() < 2 || node.inputs[1] < 0 || node.inputs[0] < 0 ||
      converter.values[node.inputs[0]].kind != Value::Unknown ||
      converter.values[node.inputs[0]].maybeConstant)
    return std::nullopt;
  const Value &weight = converter.values[node.inputs[1]];
  if (weight.kind != Value::Constant || !weight.constant.isFloat() ||
      weight.shape().size() != (isNorm ? 1 : 2))
    return std::nullopt;
  return Shape{converter.graph.batch, converter.graph.tokens,
               weight.shape().back()};
}

static std::optional<Shape> inferredShape(const Converter &converter,
                                          const Node &node) {
  if (keepsFirstShape(node.op))
    return shapeOf(converter, node, 0);
  if (isOneOf(node.op, {"MatMul", "Gemm"}))
    return productShape(converter, node);
  if (isOneOf(node.op, {"Conv", "MaxPool", "AveragePool", "LpPool",
                        "GlobalAveragePool", "GlobalMaxPool"}))
    return filteredShape(converter, node);
  if (node.op.rfind("Reduce", 0) == 0 || isOneOf(node.op, {"ArgMax", "ArgMin"}))
    return reducedShape(converter, node);
  return statedShape(converter, node);
}

//===----------------------------------------------------------------------===//
// Results of nodes that have been reported
//===----------------------------------------------------------------------===//

/// The operand that the result is most like: the largest view.
static const Value *largestView(const Converter &converter, const Node &node) {
  const Value *like = nullptr;
  for (int input : node.inputs) {
    if (input < 0)
      continue;
    const Value &value = converter.values[input];
    if (value.kind == Value::View && (!like || value.size() > like->size()))
      like = &value;
  }
  return like;
}

static bool isProductOfFeatures(const Converter &converter, const Node &node) {
  if (node.op != "MatMul" || node.inputs.size() != 2)
    return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
    return input >= 0 && converter.values[input].kind == Value::View &&
           !isScoreKind(converter.values[input]);
  });
}

/// Whether an operand of which nothing is known may give the result a shape
/// that `like` does not have.
static bool mayBeLarger(const Converter &converter, const Node &node,
                        const Value &like) {
  return like.is(StreamKind::Statistic) &&
         std::any_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
           return input >= 0 && converter.values[input].kind == Value::Unknown;
         });
}

/// A value in the layout of `like`.
static Value inLayoutOf(Converter &converter, const Value &like, int number) {
  const Node &node = converter.nodes[number];
  const Stream &s = *like.stream;
  if (like.isIds())
    return like;
  if (!isScoreKind(like) && !like.is(StreamKind::Statistic))
    return opaque(converter, number, like.viewShape, s.features, like.index);
  bool weighs = isScoreKind(like) && isOneOf(node.op, {"Softmax", "Relu"});
  Stream *result = converter.graph.create(weighs ? StreamKind::Weights : s.kind,
                                          s.operands, s.features, {number});
  result->isAnything = true;
  result->heads = s.heads;
  if (result->kind == StreamKind::Weights)
    result->keep =
        converter.masks.applied(nullptr, converter.graph.tokens, false).keep;
  return Value::view(result, like.viewShape, like.index);
}

Value Converter::guessed(int number, size_t output) {
  const Node &node = nodes[number];
  bool isFirst = output == 0;
  if (isFirst && (isElementwise(node.op) || keepsFirstShape(node.op)))
    if (const Value *like = isElementwise(node.op) ? largestView(*this, node)
                            : node.inputs.empty() || node.inputs[0] < 0
                                ? nullptr
                                : &values[node.inputs[0]];
        like && like->kind == Value::View && !mayBeLarger(*this, node, *like)) {
      Value result = inLayoutOf(*this, *like, number);
      bool sure = like->guess != Guess::Shape;
      for (int input : node.inputs)
        sure = sure && (input < 0 || values[input].kind != Value::Unknown);
      result.guess = sure ? Guess::Layout : Guess::Shape;
      result.maybeScores = like->maybeScores;
      result.isShapeLikely = like->isShapeLikely;
      return result;
    }
  std::optional<Shape> shape;
  if (output < node.declared.size())
    shape = node.declared[output];
  bool isLikely = false;
  if (!shape && isFirst) {
    shape = featuresShape(*this, node);
    isLikely = shape.has_value();
    if (!shape)
      shape = inferredShape(*this, node);
    for (int input : node.inputs)
      isLikely = isLikely || (input >= 0 && values[input].isShapeLikely);
  }
  if (!shape || shape->size() > 64 || !isReasonable(*shape) ||
      elements(*shape) == 0 || elements(*shape) > kMaxElements)
    return {};
  Value result;
  result.kind = Value::View;
  result.viewShape = *shape;
  result.guess = Guess::Shape;
  result.maybeScores = isFirst && isProductOfFeatures(*this, node);
  std::vector<Value> choices = possible(result, number);
  if (choices.empty())
    return {};
  choices[0].guess = Guess::Shape;
  choices[0].maybeScores = result.maybeScores;
  choices[0].isShapeLikely = isLikely;
  return choices[0];
}

void Converter::goOn(int number) {
  const Node &node = nodes[number];
  std::vector<Value> results;
  for (size_t i = 0; i < node.outputs.size(); ++i)
    results.push_back(guessed(number, i));
  bool isConstant = mayBeConstant(node) || isOneOf(node.op, {"Shape", "Size"});
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] < 0)
      continue;
    Value &value = values[node.outputs[i]];
    // What follows from constants is no stream.
    value = isConstant ? Value() : std::move(results[i]);
    value.maybeConstant = isConstant;
    excused[node.outputs[i]] = true;
  }
}

bool Converter::mayBeConstant(const Node &node) const {
  return !node.inputs.empty() &&
         std::all_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
           return input < 0 || values[input].kind == Value::Constant ||
                  values[input].maybeConstant;
         });
}

bool Converter::isGuess(const Node &node) const {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](int input) {
    return input >= 0 && values[input].guess != Guess::None;
  });
}

void Converter::visitGuessed(int number, const OperatorEntry &entry,
                             bool isFold) {
  // More are not worth the time: then the node is not looked at.
  constexpr size_t kMostTries = 32;
  const Node &node = nodes[number];
  std::vector<int> inputs;
  std::vector<std::vector<Value>> choices;
  std::vector<Value> before;
  bool sure = true, isShapeLikely = false;
  size_t tries = 1;
  for (int input : node.inputs)
    if (input >= 0 && values[input].guess != Guess::None &&
        std::find(inputs.begin(), inputs.end(), input) == inputs.end()) {
      inputs.push_back(input);
      before.push_back(values[input]);
      sure = sure && values[input].guess == Guess::Layout;
      isShapeLikely |= values[input].isShapeLikely;
      choices.push_back(possible(values[input], number));
      tries = std::min(tries * choices.back().size(), 2 * kMostTries);
    }
  NodeContext report(*this, number);
  std::optional<NodeContext> first;
  bool done = false;
  for (size_t turn = 0; turn < tries && tries <= kMostTries && !done; ++turn) {
    size_t rest = turn;
    for (size_t i = 0; i < inputs.size(); ++i) {
      values[inputs[i]] = choices[i][rest % choices[i].size()];
      rest /= choices[i].size();
    }
    NodeContext context(*this, number, /*trial=*/true);
    runHandler(context, entry, isFold);
    done = !context.reported();
    if (done)
      break;
    clearOutputs(node);
    if (!first)
      first.emplace(context);
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    values[inputs[i]] = std::move(before[i]);
  if (!done) {
    if (first && !(isShapeLikely && first->isMalformed()))
      report.report(*first);
    return goOn(number);
  }
  for (int output : node.outputs) {
    if (output < 0)
      continue;
    Value &value = values[output];
    if (value.kind != Value::Unknown)
      value.guess = sure ? Guess::Layout : Guess::Shape;
    value.isShapeLikely = isShapeLikely;
    excused[output] = true;
  }
}
