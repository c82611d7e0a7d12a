//===- ElementwiseOps.cpp - elementwise operators -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

static Tensor number(double value) {
  return Tensor::make({}, std::vector<float>{float(value)});
}

bool neuro::onnxnn::sameIndex(const Value &a, const Value &b) {
  if (a.viewShape != b.viewShape || a.stream->features != b.stream->features)
    return false;
  return a.index == b.index;
}

static bool isScores(const Value &x) {
  return x.is(StreamKind::Scores) || x.is(StreamKind::Weights);
}

static Value refused(NodeContext &c, const std::string &reason,
                     const std::string &nearest = "") {
  c.unsupported(reason, nearest);
  return {};
}

static const char *kIdsReason = "token ids are used as numbers, so that the "
                                "result depends on the input's values";
static const char *kIdsNearest =
    "ids only as indices of an embedding; masks and positions constant";

/// A copy of the statistic with other parameters.
static Value restated(NodeContext &c, const Value &x,
                      const std::function<void(Stream &)> &change) {
  Stream *s = c.graph.create(StreamKind::Statistic, x.stream->operands, 1,
                             joined(x.stream->nodes, {c.number}));
  s->square = x.stream->square;
  s->inner = x.stream->inner;
  s->constant = x.stream->constant;
  s->power = x.stream->power;
  s->outer = x.stream->outer;
  s->isAnything = x.stream->isAnything;
  change(*s);
  return Value::view(s, x.viewShape, x.index);
}

Value neuro::onnxnn::statisticPower(NodeContext &c, const Value &x,
                                    double power) {
  if (x.stream->outer <= 0)
    return refused(c, "a root of a negative statistic");
  return restated(c, x, [&](Stream &s) {
    s.power *= power;
    s.outer = std::pow(s.outer, power);
  });
}

static Value statisticWithConstant(NodeContext &c, const Value &x,
                                   const Tensor &constant, bool multiplies) {
  if (constant.size() != 1)
    return refused(c, "a mean of the features is combined with a vector",
                   "layer norm or RMS norm, spelled out");
  double k = constant.at(0);
  if (multiplies)
    return restated(c, x, [&](Stream &s) {
      if (s.power == 1) {
        s.inner *= k;
        s.constant *= k;
      } else {
        s.outer *= k;
      }
    });
  if (x.stream->power != 1)
    return refused(c,
                   "a number is added to the root of a mean square: epsilon "
                   "belongs under the root",
                   "x / sqrt(mean(x^2) + epsilon)");
  return restated(c, x, [&](Stream &s) { s.constant += k / s.outer; });
}

/// The number that each of `count` places is given, `places` being those of the
/// elements; false if one place is given several. The rest is `none`.
static bool numbersAt(const Tensor &constant, const IndexMap &chosen,
                      const IndexMap &places, int64_t count, float none,
                      std::vector<float> &numbers) {
  numbers.assign(count, none);
  std::vector<bool> seen(count, false);
  AlignedAxes both = align({&chosen, &places});
  both.dropZeros();
  bool unique = true;
  both.each([&](const int64_t *at) {
    float value = float(constant.at(at[0]));
    unique = unique && !(seen[at[1]] && numbers[at[1]] != value);
    seen[at[1]] = true;
    numbers[at[1]] = value;
  });
  return unique;
}

Value neuro::onnxnn::withConstant(NodeContext &c, const Value &x,
                                  const Tensor &constant, bool multiplies) {
  if (x.isIds())
    return refused(c, kIdsReason, kIdsNearest);
  if (!constant.isFloat()) {
    c.invalid(std::string("a constant of type ") + nameOf(constant.type) +
              " meets floats");
    return {};
  }
  Shape shape;
  if (!broadcast(x.shape(), constant.shape, shape)) {
    c.invalid("shapes " + text(x.shape()) + " and " + text(constant.shape) +
              " do not broadcast");
    return {};
  }
  if (elements(shape) > kMaxElements)
    return refused(c, "the result has too many elements");
  Value wide = expanded(x, shape);
  if (isScores(x))
    return scoresWithConstant(c, wide, constant, multiplies);
  if (x.is(StreamKind::Statistic))
    return statisticWithConstant(c, wide, constant, multiplies);
  Stream *s = x.stream;
  if (constant.size() == 1) {
    double k = constant.at(0);
    s = c.graph.affineScalar(s, multiplies ? k : 1, multiplies ? 0 : k,
                             c.number);
    return Value::view(s, shape, wide.index);
  }
  IndexMap chosen = expandMap(constant.shape, shape).index;
  int64_t features = s->features, tokens = c.graph.tokens;
  float none = multiplies ? 1.0f : 0.0f;
  std::vector<float> channel, table;
  if (numbersAt(constant, chosen, wide.channels(), features, none, channel)) {
    s = multiplies ? c.graph.affine(s, std::move(channel), {}, c.number)
                   : c.graph.affine(s, {}, std::move(channel), c.number);
    return Value::view(s, shape, wide.index);
  }
  bool perElement =
      !numbersAt(constant, chosen, placesOf(wide.index, tokens * features),
                 tokens * features, none, table);
  if (perElement)
    return refused(c, multiplies
                          ? "it multiplies each sequence of the batch, or one "
                            "channel several times, by different constants"
                          : "it adds different constants to each sequence of "
                            "the batch, or several to one channel");
  if (multiplies)
    return refused(c,
                   "it multiplies by a constant that changes from token to "
                   "token, as rotary position embedding does",
                   "positions added to the token embedding; factors that are "
                   "the same for all tokens");
  Stream *position = c.graph.position(std::move(table), features, {c.number});
  position->featureShape = s->featureShape;
  Stream *sum =
      c.graph.create(StreamKind::Add, {s, position}, features, {c.number});
  sum->featureShape = s->featureShape;
  return Value::view(sum, shape, wide.index);
}

static bool close(double a, double b) {
  return std::fabs(a - b) <= 1e-5 * std::max(1e-12, std::fabs(b));
}

/// x * (mean square)^-1/2: a norm; x - mean: its first step.
static Value withStatistic(NodeContext &c, const Value &x, const Value &single,
                           bool multiplies) {
  const Stream &m = *single.stream;
  std::vector<double> p;
  Stream *base = c.graph.polynomial(x.stream, p);
  const char *nearest = "layer norm or RMS norm over all features of a token, "
                        "as an operator or spelled out";
  // After a report either may be what belongs to the other.
  if (m.isAnything ||
      (base->kind == StreamKind::Opaque && base != m.operands[0]))
    return Value::view(
        c.graph.create(StreamKind::Opaque, {}, x.stream->features, {c.number}),
        x.viewShape, x.index);
  // The statistic has one channel, so that its elements are tokens.
  if (x.tokens() != single.index)
    return refused(c, "a mean of one token's features meets another token",
                   nearest);
  std::vector<int> nodes =
      joined({c.number},
             base == x.stream ? m.nodes : joined(m.nodes, x.stream->nodes));
  if (!multiplies) {
    if (m.square || m.power != 1 || m.operands[0] != base || p.size() != 2 ||
        !close(-m.outer * m.inner, p[1]) || !close(-m.outer * m.constant, p[0]))
      return refused(c,
                     "a mean of the features is added to something other "
                     "than what it is the mean of",
                     nearest);
    Stream *center = c.graph.center(base, nodes);
    Stream *s = c.graph.fromPolynomial(center, {0, p[1]}, {c.number});
    return Value::view(s, x.viewShape, x.index);
  }
  // gamma may already be in x: (gamma x) * (mean square)^-1/2.
  std::vector<float> gamma;
  if (base != m.operands[0] && base->kind == StreamKind::Affine &&
      base->offset.empty() && p.size() == 2 && p[0] == 0 && p[1] == 1) {
    std::vector<double> q;
    Stream *under = c.graph.polynomial(base->operands[0], q);
    if (under == m.operands[0]) {
      gamma = base->multiplier;
      nodes = joined(nodes, base->nodes);
      base = under;
      p = q;
    }
  }
  if (!m.square || m.power != -0.5 || m.operands[0] != base || p.size() != 2 ||
      p[0] != 0 || m.inner <= 0)
    return refused(c,
                   "a mean of the features multiplies something other than "
                   "what a norm would",
                   nearest);
  bool centered = base->kind == StreamKind::Center;
  Stream *operand = centered ? base->operands[0] : base;
  if (centered)
    nodes = joined(nodes, base->nodes);
  Stream *norm =
      c.graph.create(centered ? StreamKind::LayerNorm : StreamKind::RMSNorm,
                     {operand}, operand->features, nodes);
  norm->featureShape = operand->featureShape;
  norm->epsilon = m.constant / m.inner;
  double factor = p[1] * m.outer / std::sqrt(m.inner);
  if (!close(factor, 1))
    norm = c.graph.affineScalar(norm, factor, 0, c.number);
  if (!gamma.empty())
    norm = c.graph.affine(norm, std::move(gamma), {}, c.number);
  return Value::view(norm, x.viewShape, x.index);
}

/// x * (p f(x) + q): GELU or SiLU.
static bool gated(NodeContext &c, const Value &x, const Value &gate,
                  Value &result) {
  std::vector<double> g, u;
  Stream *f = c.graph.polynomial(gate.stream, g);
  if (f->kind != StreamKind::Function || g.size() != 2)
    return false;
  Stream *base = c.graph.polynomial(x.stream, u);
  const std::vector<double> &a = f->coefficients;
  if (base != f->operands[0] || u.size() != 2 || u[0] != 0 || a[0] != 0 ||
      !sameIndex(x, gate))
    return false;
  std::vector<int> nodes = f->nodes;
  if (gate.stream != f)
    nodes = joined(nodes, gate.stream->nodes);
  if (x.stream != base)
    nodes = joined(nodes, x.stream->nodes);
  nodes = joined(nodes, {c.number});
  double factor = u[1] * g[1], slope = 1;
  ActivationKind kind;
  if (f->function == Function::Sigmoid) {
    if (a.size() != 2 || g[0] != 0)
      return false;
    kind = ActivationKind::Silu;
    slope = a[1];
  } else if (f->function == Function::Erf) {
    // x (1 + erf(x / sqrt 2)) = 2 gelu(x)
    if (a.size() != 2 || !close(g[0], g[1]))
      return false;
    kind = ActivationKind::Gelu;
    slope = a[1] * std::sqrt(2.0);
    factor *= 2;
  } else {
    const double k = std::sqrt(2.0 / 3.14159265358979323846);
    if (a.size() != 4 || a[2] != 0 || !close(g[0], g[1]) ||
        std::fabs(a[1] - k) > 1e-3 || std::fabs(a[3] - k * 0.044715) > 1e-3)
      return false;
    kind = ActivationKind::GeluTanh;
    factor *= 2;
  }
  if (slope == 0)
    return false;
  // f32 constants of files are a little off.
  if (std::fabs(slope - 1) < 1e-5)
    slope = 1;
  factor /= slope;
  if (std::fabs(factor - 1) < 1e-5)
    factor = 1;
  Stream *s = base;
  if (slope != 1)
    s = c.graph.affineScalar(s, slope, 0, c.number);
  s = c.graph.activation(s, kind, nodes);
  s = c.graph.affineScalar(s, factor, 0, c.number);
  result = Value::view(s, x.viewShape, x.index);
  return true;
}

/// As pairChannels, element by element.
static bool densePairs(const AlignedAxes &axes, Index &left, Index &right,
                       IndexMap &index) {
  std::map<int64_t, int64_t> seen;
  Index tokenOf, turn;
  bool alike = true;
  axes.each([&](const int64_t *at) {
    int64_t k = seen[at[0]]++;
    tokenOf.push_back(at[0]);
    turn.push_back(k);
    if (k == int64_t(left.size())) {
      left.push_back(at[1]);
      right.push_back(at[2]);
    }
    alike = alike && left[k] == at[1] && right[k] == at[2];
  });
  for (size_t i = 0; i < turn.size(); ++i)
    turn[i] += tokenOf[i] * int64_t(left.size());
  index = IndexMap::of(std::move(turn));
  return alike;
}

/// The pairs of channels that meet in every token, and which of them each
/// element is; false if tokens differ in that.
static bool pairChannels(const IndexMap &tokens, const IndexMap &a,
                         const IndexMap &b, Index &left, Index &right,
                         IndexMap &index) {
  AlignedAxes all = align({&tokens, &a, &b}), perToken = all;
  perToken.axes.clear();
  std::vector<bool> seen;
  int64_t pairs = 1;
  for (const auto &axis : all.axes) {
    bool moves = !axis[0].isZero();
    if (moves && (!axis[1].isZero() || !axis[2].isZero()))
      return densePairs(all, left, right, index);
    if (moves)
      continue;
    perToken.axes.push_back(axis);
    pairs *= axis[0].size;
  }
  // Every token must occur once for each pair.
  AlignedAxes onlyTokens = all;
  bool once = true;
  onlyTokens.dropZeros();
  onlyTokens.axes.erase(
      std::remove_if(onlyTokens.axes.begin(), onlyTokens.axes.end(),
                     [](const auto &axis) { return axis[0].isZero(); }),
      onlyTokens.axes.end());
  onlyTokens.each([&](const int64_t *at) {
    seen.resize(std::max(seen.size(), size_t(at[0]) + 1), false);
    once = once && !seen[at[0]];
    seen[at[0]] = true;
  });
  if (!once)
    return densePairs(all, left, right, index);
  perToken.each([&](const int64_t *at) {
    left.push_back(at[1]);
    right.push_back(at[2]);
  });
  // In each token the pairs are counted in the order of the elements.
  std::vector<MapAxis> axes;
  int64_t turn = pairs;
  for (const auto &axis : all.axes) {
    IndexMap scaled = IndexMap::of(0, {axis[0]}).scaled(pairs);
    if (axis[0].isZero())
      axes.push_back({axis[0].size, turn /= axis[0].size, nullptr});
    else
      axes.insert(axes.end(), scaled.axes().begin(), scaled.axes().end());
  }
  index = IndexMap::of(all.offsets[0] * pairs, std::move(axes));
  return true;
}

/// The two streams channel by channel, after selecting what meets.
static Value together(NodeContext &c, StreamKind kind, const Value &a,
                      const Value &b) {
  if (sameIndex(a, b)) {
    Stream *s = c.graph.create(kind, {a.stream, b.stream}, a.stream->features,
                               {c.number});
    s->featureShape = a.stream->featureShape;
    return Value::view(s, a.viewShape, a.index);
  }
  IndexMap tokens = a.tokens();
  if (b.tokens() != tokens)
    return refused(c, "it combines different tokens",
                   "attention is the only way tokens may meet");
  Index left, right;
  IndexMap index;
  if (!pairChannels(tokens, a.channels(), b.channels(), left, right, index))
    return refused(c, "it combines other channels in each token");
  int64_t width = int64_t(left.size());
  Stream *s = c.graph.create(
      kind, {c.graph.select(a.stream, left), c.graph.select(b.stream, right)},
      width, {c.number});
  return Value::view(s, a.viewShape, index);
}

static Value combine(NodeContext &c, const Value &first, const Value &second,
                     bool multiplies) {
  if (first.isIds() || second.isIds())
    return refused(c, kIdsReason, kIdsNearest);
  Shape shape;
  if (!broadcast(first.shape(), second.shape(), shape)) {
    c.invalid("shapes " + text(first.shape()) + " and " + text(second.shape()) +
              " do not broadcast");
    return {};
  }
  if (elements(shape) > kMaxElements)
    return refused(c, "the result has too many elements");
  Value a = expanded(first, shape), b = expanded(second, shape);
  if (isScores(a) || isScores(b))
    return refused(c,
                   "attention scores are combined with something that is not "
                   "constant",
                   "a constant factor and a constant causal mask");
  bool single = a.is(StreamKind::Statistic);
  if (single && b.is(StreamKind::Statistic))
    return refused(c, "two means are combined, as in mean(x^2) - mean(x)^2",
                   "the mean of (x - mean)^2");
  if (single || b.is(StreamKind::Statistic))
    return withStatistic(c, single ? b : a, single ? a : b, multiplies);
  Value result;
  if (multiplies && (gated(c, a, b, result) || gated(c, b, a, result)))
    return result;
  std::vector<double> p, q, r;
  Stream *base = c.graph.polynomial(a.stream, p);
  if (base == c.graph.polynomial(b.stream, q) && sameIndex(a, b) &&
      base->kind != StreamKind::Function) {
    r.assign(
        multiplies ? p.size() + q.size() - 1 : std::max(p.size(), q.size()), 0);
    for (size_t i = 0; i < p.size(); ++i)
      for (size_t k = 0; multiplies && k < q.size(); ++k)
        r[i + k] += p[i] * q[k];
    for (size_t i = 0; !multiplies && i < r.size(); ++i)
      r[i] = (i < p.size() ? p[i] : 0) + (i < q.size() ? q[i] : 0);
    if (r.size() <= 4) {
      std::vector<int> nodes{c.number};
      for (Stream *s : {a.stream, b.stream})
        if (s != base)
          nodes = joined(nodes, s->nodes);
      return Value::view(c.graph.fromPolynomial(base, r, nodes), shape,
                         a.index);
    }
  }
  return together(c, multiplies ? StreamKind::Mul : StreamKind::Add, a, b);
}

Value neuro::onnxnn::multiply(NodeContext &c, const Value &a, const Value &b) {
  return combine(c, a, b, true);
}
Value neuro::onnxnn::add(NodeContext &c, const Value &a, const Value &b) {
  return combine(c, a, b, false);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

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
