//===- Emit.cpp - from streams to nn operations ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Support/Constants.h"
#include <algorithm>
#include <cmath>
#include <set>

using namespace mlir;
using namespace neuro::onnxnn;
namespace nn = neuro::nn;
using NNStream = neuro::onnxnn::Stream;
using NNValue = neuro::onnxnn::Value;

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

/// Whether the view holds, one after the other, the same channels of all tokens
/// (or of the last token of each sequence).
static bool readTokens(Converter &converter, const NNValue &view, bool last,
                       Reading &reading) {
  int64_t tokens = converter.graph.tokens, batch = converter.graph.batch;
  int64_t units = last ? batch : batch * tokens, size = view.size();
  if (size == 0 || size % units)
    return false;
  Rows rows;
  if (!rowsOf(view, size / units, rows) || rows.groups.size() != 1)
    return false;
  for (int64_t i = 0; i < units; ++i)
    if (rows.tokenOf[i] != (last ? i * tokens + tokens - 1 : i))
      return false;
  // The samples are counted along the first axis; between it and the tokens'
  // there may be axes of size 1.
  const Shape &shape = view.viewShape;
  if (shape.empty() || shape[0] != batch)
    return false;
  size_t axis = 1;
  while (!last && axis + 1 < shape.size() && shape[axis] == 1 && tokens != 1)
    ++axis;
  if (!last && (axis >= shape.size() || shape[axis] != tokens))
    return false;
  reading.stream = converter.graph.select(view.stream, rows.groups[0]);
  reading.last = last;
  reading.shape = view.viewShape;
  return true;
}

static std::pair<std::string, std::string> whyNot(const NNStream &s) {
  switch (s.kind) {
  case StreamKind::Function:
    if (s.function == Function::Sigmoid)
      return {"a sigmoid that does not multiply its own argument",
              "SiLU: x * Sigmoid(x)"};
    if (s.function == Function::Tanh)
      return {"a tanh that is not part of a GELU", "GELU, ReLU or SiLU"};
    return {"an error function that is not part of a GELU",
            "0.5 * x * (1 + Erf(x / sqrt(2)))"};
  case StreamKind::Center:
  case StreamKind::Statistic:
    return {"a mean of the features that is not part of a layer or RMS norm",
            "layer norm or RMS norm over all features of a token"};
  case StreamKind::Scores:
  case StreamKind::Weights:
    return {"attention scores that do not become softmax(q k^T) v or "
            "relu(q k^T) v",
            "softmax(scale * q k^T + causal mask) v"};
  case StreamKind::Ids:
    return {"token ids are used as numbers",
            "ids only as indices of an embedding"};
  default:
    return {"", ""};
  }
}

static void collect(NNStream *s, std::map<int64_t, NNStream *> &reached) {
  std::vector<NNStream *> work{s};
  while (!work.empty()) {
    NNStream *next = work.back();
    work.pop_back();
    if (!reached.try_emplace(next->number, next).second)
      continue;
    work.insert(work.end(), next->operands.begin(), next->operands.end());
  }
}

/// Whether s is computed element by element from what is made up after a
/// report.
static bool comesFromGuess(const NNStream &s) {
  static const StreamKind elementwise[] = {
      StreamKind::Affine, StreamKind::Polynomial, StreamKind::Mul,
      StreamKind::Add,    StreamKind::Activation, StreamKind::Function,
  };
  std::set<const NNStream *> seen;
  std::vector<const NNStream *> work{&s};
  while (!work.empty()) {
    const NNStream *next = work.back();
    work.pop_back();
    if (next->kind == StreamKind::Opaque)
      return true;
    if (seen.insert(next).second &&
        std::find(std::begin(elementwise), std::end(elementwise), next->kind) !=
            std::end(elementwise))
      work.insert(work.end(), next->operands.begin(), next->operands.end());
  }
  return false;
}

/// Whether s is a function that multiplies something, and either is made up
/// after a report: then it may be part of an activation.
static bool mayBelongToGate(const NNStream &s,
                            const std::map<int64_t, NNStream *> &reached) {
  if (s.kind != StreamKind::Function)
    return false;
  auto isFunction = [&](const NNStream *operand) {
    while (operand->kind == StreamKind::Affine && operand->scalar)
      operand = operand->operands[0];
    return operand == &s;
  };
  for (auto &[number, user] : reached)
    if (user->kind == StreamKind::Mul &&
        llvm::any_of(user->operands, isFunction) && comesFromGuess(*user))
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Folding of scales and offsets
//===----------------------------------------------------------------------===//

static float entry(const std::vector<float> &values, int64_t i, float none) {
  return values.empty() ? none : values.size() == 1 ? values[0] : values[i];
}

/// An affine map that is the same for all pixels of a plane, as one number per
/// plane.
static bool perPlane(std::vector<float> &values, int64_t planes,
                     int64_t features) {
  if (values.size() <= 1)
    return true;
  int64_t area = features / planes;
  std::vector<float> result;
  for (int64_t plane = 0; plane < planes; ++plane) {
    result.push_back(values[plane * area]);
    for (int64_t i = 1; i < area; ++i)
      if (values[plane * area + i] != result.back())
        return false;
  }
  values = std::move(result);
  return true;
}

/// Turns an affine map of an operation that nothing else uses into that
/// operation with other constants.
static void foldAffine(StreamGraph &graph, NNStream *a) {
  NNStream *p = a->operands[0];
  std::vector<float> m = a->multiplier, o = a->offset;
  NNStream folded = *p;
  switch (p->kind) {
  case StreamKind::Affine: {
    size_t size =
        std::max({p->multiplier.size(), p->offset.size(), m.size(), o.size()});
    folded.multiplier.assign(size, 1);
    folded.offset.assign(size, 0);
    for (size_t i = 0; i < size; ++i) {
      folded.multiplier[i] = entry(p->multiplier, i, 1) * entry(m, i, 1);
      folded.offset[i] =
          entry(p->offset, i, 0) * entry(m, i, 1) + entry(o, i, 0);
    }
    if (p->multiplier.empty() && m.empty())
      folded.multiplier.clear();
    if (p->offset.empty() && o.empty())
      folded.offset.clear();
    break;
  }
  case StreamKind::Linear:
    folded = *graph.asLinear(a);
    break;
  case StreamKind::Conv: {
    int64_t planes = p->weightShape[0];
    if (!perPlane(m, planes, p->features) || !perPlane(o, planes, p->features))
      return;
    std::vector<float> weight = *p->weight;
    int64_t each = int64_t(weight.size()) / planes;
    if (!o.empty())
      folded.bias.resize(planes, 0.0f);
    for (int64_t plane = 0; plane < planes; ++plane) {
      for (int64_t i = 0; i < each; ++i)
        weight[plane * each + i] *= entry(m, plane, 1);
      if (!folded.bias.empty())
        folded.bias[plane] =
            folded.bias[plane] * entry(m, plane, 1) + entry(o, plane, 0);
    }
    folded.weight = std::make_shared<std::vector<float>>(std::move(weight));
    break;
  }
  case StreamKind::RMSNorm:
    if (!o.empty())
      return;
    [[fallthrough]];
  case StreamKind::LayerNorm:
    folded.gamma.resize(p->features, 1.0f);
    if (!o.empty())
      folded.beta.resize(p->features, 0.0f);
    for (int64_t i = 0; i < p->features; ++i) {
      folded.gamma[i] *= entry(m, i, 1);
      if (!folded.beta.empty())
        folded.beta[i] = folded.beta[i] * entry(m, i, 1) + entry(o, i, 0);
    }
    break;
  case StreamKind::Embedding:
  case StreamKind::Position: {
    std::vector<float> table = *p->weight;
    for (size_t i = 0; i < table.size(); ++i)
      table[i] = table[i] * entry(m, int64_t(i) % p->features, 1) +
                 entry(o, int64_t(i) % p->features, 0);
    folded.weight = std::make_shared<std::vector<float>>(std::move(table));
    break;
  }
  default:
    return;
  }
  folded.nodes = joined(p->nodes, a->nodes);
  folded.number = a->number;
  *a = std::move(folded);
}

std::vector<Reading>
neuro::onnxnn::prepare(Converter &converter,
                       const std::vector<Output> &outputs) {
  std::vector<Reading> readings;
  std::map<int64_t, NNStream *> reached;
  for (const Output &output : outputs) {
    const NNValue &value = converter.values[output.value];
    Reading reading;
    if (value.kind == NNValue::Unknown) {
      if (converter.report.empty() && converter.problems.empty())
        converter.problems.push_back("output '" + output.name +
                                     "' is not computed by any node that is "
                                     "supported");
      continue;
    }
    if (value.kind == NNValue::Constant) {
      converter.problems.push_back("output '" + output.name +
                                   "' does not depend on any input");
      continue;
    }
    bool read = isOperation(*value.stream) && !value.isIds();
    // With one token, [batch, features] is the last token's result.
    bool oneToken = converter.graph.tokens == 1 &&
                    (value.viewShape.size() < 3 || value.viewShape[1] != 1);
    bool fits = read && (readTokens(converter, value, oneToken, reading) ||
                         readTokens(converter, value, !oneToken, reading));
    if (value.guess != Guess::None) {
      collect(value.stream, reached);
      continue;
    }
    if (read && !fits) {
      converter.problems.push_back(
          "output '" + output.name + "' of shape " + text(value.viewShape) +
          " is neither one result for each token, [" +
          std::to_string(converter.graph.batch) + ", " +
          std::to_string(converter.graph.tokens) +
          ", features...], nor one of the last token, [" +
          std::to_string(converter.graph.batch) +
          ", features...]: keep the batch axis in front");
      continue;
    }
    collect(fits ? reading.stream : value.stream, reached);
    readings.push_back(reading);
  }
  std::set<NNStream *> numbers;
  for (auto &[number, user] : reached)
    if (user->kind != StreamKind::Embedding)
      for (NNStream *operand : user->operands)
        if (operand->kind == StreamKind::Ids)
          numbers.insert(operand);
  for (auto &[number, s] : reached) {
    if (isOperation(*s) && !numbers.count(s))
      continue;
    if (s->kind == StreamKind::Opaque || s->isAnything)
      continue;
    if (mayBelongToGate(*s, reached))
      continue;
    auto [reason, nearest] = whyNot(*s);
    if (s->nodes.empty())
      converter.problems.push_back(reason);
    else
      converter.unsupported(s->nodes[0], reason, nearest);
  }
  if (!converter.report.empty() || !converter.problems.empty())
    return {};

  std::map<NNStream *, int> uses;
  auto count = [&] {
    uses.clear();
    reached.clear();
    for (const Reading &reading : readings) {
      collect(reading.stream, reached);
      ++uses[reading.stream];
    }
    for (auto &[number, s] : reached)
      for (NNStream *operand : s->operands)
        ++uses[operand];
  };
  count();
  for (auto &[number, s] : reached)
    while (s->kind == StreamKind::Affine && uses[s->operands[0]] == 1) {
      NNStream *before = s->operands[0];
      foldAffine(converter.graph, s);
      if (s->kind == StreamKind::Affine && s->operands[0] == before)
        break;
    }
  return readings;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

namespace {

class Emitter {
public:
  Emitter(Converter &converter, OpBuilder &builder, func::FuncOp func,
          const std::vector<Location> &nodeLocs)
      : converter(converter), builder(builder), func(func), nodeLocs(nodeLocs) {
  }

  void emitStream(NNStream &s);
  mlir::Value read(const Reading &reading);

private:
  Shape tokenShape(const Shape &features) const {
    Shape shape{converter.graph.batch, converter.graph.tokens};
    shape.insert(shape.end(), features.begin(), features.end());
    return shape;
  }
  RankedTensorType type(const Shape &shape) {
    return RankedTensorType::get(shape, builder.getF32Type());
  }
  Location location(const NNStream &s) {
    llvm::SmallVector<Location> locs;
    for (int node : s.nodes)
      locs.push_back(nodeLocs[node]);
    return locs.empty() ? func.getLoc()
                        : FusedLoc::get(builder.getContext(), locs);
  }
  /// The stream's value as [batch, tokens, features...].
  mlir::Value get(NNStream *s, const Shape &features);
  ElementsAttr constant(const std::vector<float> &values, const Shape &shape,
                        llvm::StringRef name) {
    return neuro::makeConstant<float>(builder.getContext(), values, shape,
                                      name);
  }
  /// Large weights are not copied: the attribute shares them.
  ElementsAttr weight(const NNStream &s, llvm::StringRef name);
  ElementsAttr vector(const std::vector<float> &values, llvm::StringRef name) {
    return values.empty() ? ElementsAttr()
                          : constant(values, {int64_t(values.size())}, name);
  }
  mlir::Value affine(Location loc, mlir::Value x, double m, double a);
  mlir::Value polynomial(NNStream &s, Location loc);
  mlir::Value norm(NNStream &s, Location loc);
  mlir::Value attention(NNStream &s, Location loc);

  Converter &converter;
  OpBuilder &builder;
  func::FuncOp func;
  const std::vector<Location> &nodeLocs;
  std::map<NNStream *, std::map<Shape, mlir::Value>> values;
};

} // namespace

ElementsAttr Emitter::weight(const NNStream &s, llvm::StringRef name) {
  const std::vector<float> &values = *s.weight;
  if (values.size() <= neuro::kMaxInlineElements)
    return constant(values, s.weightShape, name);
  auto release = [shared = s.weight](void *, size_t, size_t) {};
  llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                             values.size() * sizeof(float));
  return DenseResourceElementsAttr::get(
      type(s.weightShape), name,
      AsmResourceBlob(bytes, alignof(float), std::move(release),
                      /*dataIsMutable=*/false));
}

mlir::Value Emitter::get(NNStream *s, const Shape &features) {
  auto &shapes = values[s];
  mlir::Value &known = shapes[features];
  if (known)
    return known;
  mlir::Value source;
  for (auto &[shape, value] : shapes)
    if (value && (!source || value.getDefiningOp<nn::ReshapeOp>() == nullptr))
      source = value;
  known = nn::ReshapeOp::create(builder, location(*s),
                                type(tokenShape(features)), source);
  return known;
}

mlir::Value Emitter::affine(Location loc, mlir::Value x, double m, double a) {
  if (m == 1 && a == 0)
    return x;
  return nn::AffineOp::create(
      builder, loc, x.getType(), x,
      m == 1 ? ElementsAttr() : constant({float(m)}, {1}, "multiplier"),
      a == 0 ? ElementsAttr() : constant({float(a)}, {1}, "offset"),
      nn::QuantAttr());
}

/// c0 + x (c1 + x (c2 + x c3))
mlir::Value Emitter::polynomial(NNStream &s, Location loc) {
  mlir::Value x = get(s.operands[0], s.featureShape);
  const std::vector<double> &c = s.coefficients;
  size_t top = c.size() - 1;
  mlir::Value y = affine(loc, x, c[top], c[top - 1]);
  for (size_t i = top - 1; i > 0; --i) {
    y = nn::MulOp::create(builder, loc, x.getType(), y, x, nn::QuantAttr());
    y = affine(loc, y, 1, c[i - 1]);
  }
  return y;
}

mlir::Value Emitter::norm(NNStream &s, Location loc) {
  nn::QuantAttr noQuant;
  Shape flat{s.features};
  mlir::Value x = get(s.operands[0], {s.operands[0]->features});
  if (s.gamma.empty())
    s.gamma.assign(s.features, 1.0f);
  auto epsilon = builder.getF64FloatAttr(s.epsilon);
  if (s.kind == StreamKind::LayerNorm)
    return nn::LayerNormOp::create(
        builder, loc, type(tokenShape(flat)), x, vector(s.gamma, "gamma"),
        vector(s.beta, "beta"), epsilon, noQuant, noQuant);
  return nn::RMSNormOp::create(builder, loc, type(tokenShape(flat)), x,
                               vector(s.gamma, "gamma"), epsilon, noQuant,
                               noQuant);
}

mlir::Value Emitter::attention(NNStream &s, Location loc) {
  nn::QuantAttr noQuant;
  ElementsAttr none;
  Shape flat{s.features};
  auto operand = [&](int i) { return get(s.operands[i], flat); };
  return nn::AttentionOp::create(
      builder, loc, type(tokenShape(flat)), operand(0), operand(1), operand(2),
      builder.getI64IntegerAttr(s.heads), builder.getF64FloatAttr(s.scale),
      nn::ScoreKindAttr::get(builder.getContext(),
                             s.relu ? nn::ScoreKind::relu
                                    : nn::ScoreKind::softmax),
      builder.getI64IntegerAttr(s.window), IntegerAttr(), noQuant, none, none,
      noQuant, noQuant,
      std::isfinite(s.scoreLimit) ? builder.getF64FloatAttr(s.scoreLimit)
                                  : FloatAttr());
}

void Emitter::emitStream(NNStream &s) {
  Location loc = location(s);
  nn::QuantAttr noQuant;
  ElementsAttr none;
  Shape features = s.featureShape, flat{s.features};
  mlir::Value result;
  auto flatInput = [&] {
    return get(s.operands[0], {s.operands[0]->features});
  };
  switch (s.kind) {
  case StreamKind::Input:
  case StreamKind::Ids:
    result = func.getArgument(s.argument);
    break;
  case StreamKind::Linear:
    features = flat;
    result = nn::LinearOp::create(builder, loc, type(tokenShape(flat)),
                                  flatInput(), weight(s, "weight"),
                                  vector(s.bias, "bias"), none, none, noQuant);
    break;
  case StreamKind::Conv:
    result = nn::Conv2dOp::create(
        builder, loc, type(tokenShape(features)), get(s.operands[0], s.image),
        weight(s, "weight"), vector(s.bias, "bias"),
        builder.getDenseI64ArrayAttr(s.strides),
        builder.getDenseI64ArrayAttr(s.pads), none, none, noQuant);
    break;
  case StreamKind::LayerNorm:
  case StreamKind::RMSNorm:
    features = flat;
    result = norm(s, loc);
    break;
  case StreamKind::Activation: {
    nn::ActivationKind kind =
        s.activation == ActivationKind::Relu   ? nn::ActivationKind::relu
        : s.activation == ActivationKind::Gelu ? nn::ActivationKind::gelu
        : s.activation == ActivationKind::GeluTanh
            ? nn::ActivationKind::gelu_tanh
            : nn::ActivationKind::silu;
    result = nn::ActivationOp::create(
        builder, loc, type(tokenShape(features)), get(s.operands[0], features),
        nn::ActivationKindAttr::get(builder.getContext(), kind), noQuant);
    break;
  }
  case StreamKind::Embedding:
    features = flat;
    result = nn::EmbeddingOp::create(builder, loc, type(tokenShape(flat)),
                                     get(s.operands[0], {}), weight(s, "table"),
                                     none, none, noQuant);
    break;
  case StreamKind::Position:
    features = flat;
    result = nn::PositionOp::create(builder, loc, type(tokenShape(flat)),
                                    weight(s, "table"), none, none, noQuant);
    break;
  case StreamKind::Attention:
    features = flat;
    result = attention(s, loc);
    break;
  case StreamKind::Add:
    result = nn::AddOp::create(builder, loc, type(tokenShape(features)),
                               get(s.operands[0], features),
                               get(s.operands[1], features), noQuant);
    break;
  case StreamKind::Mul:
    result = nn::MulOp::create(builder, loc, type(tokenShape(features)),
                               get(s.operands[0], features),
                               get(s.operands[1], features), noQuant);
    break;
  case StreamKind::Affine:
    if (s.multiplier.size() > 1 || s.offset.size() > 1)
      features = flat;
    result = nn::AffineOp::create(builder, loc, type(tokenShape(features)),
                                  get(s.operands[0], features),
                                  vector(s.multiplier, "multiplier"),
                                  vector(s.offset, "offset"), noQuant);
    break;
  case StreamKind::Polynomial:
    result = polynomial(s, loc);
    break;
  default:
    return;
  }
  s.featureShape = features;
  values[&s][features] = result;
}

mlir::Value Emitter::read(const Reading &reading) {
  NNStream &s = *reading.stream;
  Location loc = location(s);
  mlir::Value value;
  if (reading.last) {
    mlir::Value whole = get(&s, {s.features});
    value = nn::SelectLastOp::create(
        builder, loc, type({converter.graph.batch, s.features}), whole);
  } else {
    value = get(&s, s.featureShape);
  }
  RankedTensorType wanted = type(reading.shape);
  if (value.getType() == wanted)
    return value;
  return nn::ReshapeOp::create(builder, loc, wanted, value);
}

std::vector<mlir::Value>
neuro::onnxnn::emit(Converter &converter, const std::vector<Reading> &readings,
                    OpBuilder &builder, func::FuncOp func,
                    const std::vector<Location> &nodeLocs) {
  std::map<int64_t, NNStream *> reached;
  for (const Reading &reading : readings)
    collect(reading.stream, reached);
  Emitter emitter(converter, builder, func, nodeLocs);
  for (auto &[number, s] : reached)
    emitter.emitStream(*s);
  std::vector<mlir::Value> results;
  for (const Reading &reading : readings)
    results.push_back(emitter.read(reading));
  return results;
}
