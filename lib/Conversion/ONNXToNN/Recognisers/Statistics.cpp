//===- Statistics.cpp - norms that are spelled out ------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include <algorithm>
#include <cmath>

using namespace neuro::onnxnn;

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

Value neuro::onnxnn::statisticWithConstant(NodeContext &c, const Value &x,
                                           const Tensor &constant,
                                           bool multiplies) {
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

/// x * (mean square)^-1/2: a norm; x - mean: its first step.
Value neuro::onnxnn::withStatistic(NodeContext &c, const Value &x,
                                   const Value &single, bool multiplies) {
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
