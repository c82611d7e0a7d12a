//===- Combine.cpp - sums and products of computed values -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

bool neuro::onnxnn::sameIndex(const Value &a, const Value &b) {
  if (a.viewShape != b.viewShape || a.stream->features != b.stream->features)
    return false;
  return a.index == b.index;
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
