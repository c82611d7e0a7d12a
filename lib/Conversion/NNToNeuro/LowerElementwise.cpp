//===- LowerElementwise.cpp - activations, sums and products as populations -===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include <cmath>

using namespace mlir;
using namespace neuro;

static double evaluate(nn::ActivationKind kind, double x) {
  switch (kind) {
  case nn::ActivationKind::relu:
    return std::max(x, 0.0);
  case nn::ActivationKind::gelu:
    return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
  case nn::ActivationKind::gelu_tanh:
    return 0.5 * x *
           (1.0 +
            std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
  case nn::ActivationKind::silu:
    return x / (1.0 + std::exp(-x));
  }
  return 0.0;
}

// Monomial coefficients, in v = u / reach, of the interpolation of `f` through
// the Chebyshev points of [0, 1].
static std::vector<double> interpolate(unsigned degree,
                                       llvm::function_ref<double(double)> f) {
  unsigned n = degree + 1;
  std::vector<long double> chebyshev(n, 0.0L);
  for (unsigned k = 0; k < n; ++k) {
    long double angle = M_PIl * (k + 0.5L) / n;
    double value = f(static_cast<double>((std::cos(angle) + 1.0L) / 2.0L));
    for (unsigned j = 0; j < n; ++j)
      chebyshev[j] += (j ? 2.0L : 1.0L) / n * value * std::cos(j * angle);
  }
  // T_j(2 v - 1) by the three-term recurrence.
  std::vector<long double> result(n, 0.0L), before(n, 0.0L), current(n, 0.0L);
  before[0] = 1.0L;
  current[0] = -1.0L;
  if (n > 1)
    current[1] = 2.0L;
  for (unsigned j = 0; j < n; ++j) {
    const std::vector<long double> &t = j == 0 ? before : current;
    for (unsigned i = 0; i < n; ++i)
      result[i] += chebyshev[j] * t[i];
    if (j == 0)
      continue;
    std::vector<long double> next(n, 0.0L);
    for (unsigned i = 0; i < n; ++i) {
      next[i] += -2.0L * current[i] - before[i];
      if (i + 1 < n)
        next[i + 1] += 4.0L * current[i];
    }
    before = std::move(current);
    current = std::move(next);
  }
  return {result.begin(), result.end()};
}

void neuro::lowerActivation(NetworkBuilder &network, nn::ActivationOp op) {
  Location loc = op.getLoc();
  nn::QuantAttr quant = *op.getQuant();
  int64_t count = featureCount(op.getResult());
  Feed feed = network.feed(op.getInput());
  SmallVector<Value> dendrites = {network.project(loc, feed, count)};
  bool biased = feed.units.hasBias();
  if (biased)
    dendrites.push_back(network.gate(loc, count));
  // A pending linear layer is held, inside the neuron, in its own integers.
  double scale = feed.source.scale;
  int64_t limit = feed.source.limit;
  bool pending = !feed.isPlain();
  if (pending) {
    auto held = op.getInput().getDefiningOp()->getAttrOfType<nn::QuantAttr>(
        nn::kResultQuantAttr);
    scale = held.getScale();
    limit = held.getLimit();
  }
  auto population = network.population(
      loc, layerName(op), count, payloadBits(quant.getLimit()), dendrites,
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value y;
        if (op.getKind() == nn::ActivationKind::relu) {
          // One rescaling does both.
          y = m.rescale(d[0], feed.units, quant.getScale());
          if (biased)
            y = m.gated(d[1], y);
          y = m.min(m.max(y, m.constant(0)), m.constant(quant.getLimit()),
                    /*count=*/true);
        } else {
          Value x = d[0];
          if (pending)
            x = m.rescale(x, feed.units, scale);
          if (biased)
            x = m.gated(d[1], x);
          if (pending)
            x = m.clip(x, limit);
          // f(x) = max(x, 0) - |x| h(|x|): h falls smoothly from 1/2, and its
          // error weighs less the smaller x is.
          bool isSilu = op.getKind() == nn::ActivationKind::silu;
          double reach = std::min(isSilu ? 12.0 : 4.5, scale * double(limit));
          Value positive = m.max(x, m.constant(0));
          Value magnitude = m.sub(m.shl(positive, 1), x);
          Units toReach;
          toReach.unit = {scale};
          Value v = m.min(m.rescale(magnitude, toReach, reach / (1 << 14)),
                          m.constant(1 << 14));
          auto coefficients = interpolate(isSilu ? 11 : 9, [&](double t) {
            double u = std::max(t * reach, 1e-6);
            return 1.0 - evaluate(op.getKind(), u) / u;
          });
          Value h = m.polynomial(v, coefficients, 20);
          Value finer = m.sub(m.shl(positive, 4), m.mulShr(magnitude, h, 16));
          Units ofFiner;
          ofFiner.unit = {scale / 16.0};
          y = m.clip(m.rescale(finer, ofFiner, quant.getScale()),
                     quant.getLimit());
        }
        m.fireUnlessZero(y);
      });
  network.setStream(op.getResult(), {population.getSpikes(), quant.getScale(),
                                     quant.getLimit(), 0, feed.channels});
}

// Both operands in their own dendrites; `combine` makes the result of them and
// drops, by `gate`, what biases add in idle steps.
template <typename Op>
static void
lowerBinary(NetworkBuilder &network, Op op,
            llvm::function_ref<Value(ModelBuilder &, ArrayRef<Value>,
                                     ArrayRef<const Feed *>,
                                     llvm::function_ref<Value(Value)>)>
                combine) {
  Location loc = op.getLoc();
  nn::QuantAttr quant = *op.getQuant();
  int64_t count = featureCount(op.getResult());
  Feed lhs = network.feed(op.getLhs()), rhs = network.feed(op.getRhs());
  if (lhs.channels != rhs.channels) {
    lhs = network.rowMajorFeed(op.getLhs());
    rhs = network.rowMajorFeed(op.getRhs());
  }
  SmallVector<Value> dendrites = {network.project(loc, lhs, count),
                                  network.project(loc, rhs, count)};
  bool biased = lhs.units.hasBias() || rhs.units.hasBias();
  if (biased)
    dendrites.push_back(network.gate(loc, count));
  auto population = network.population(
      loc, layerName(op), count, payloadBits(quant.getLimit()), dendrites,
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        auto gate = [&](Value v) { return biased ? m.gated(d[2], v) : v; };
        Value y = combine(m, d, {&lhs, &rhs}, gate);
        m.fireUnlessZero(m.clip(y, quant.getLimit()));
      });
  network.setStream(op.getResult(), {population.getSpikes(), quant.getScale(),
                                     quant.getLimit(), 0, lhs.channels});
}

void neuro::lowerAdd(NetworkBuilder &network, nn::AddOp op) {
  double scale = op.getQuant()->getScale();
  lowerBinary(
      network, op,
      [&](ModelBuilder &m, ArrayRef<Value> d, ArrayRef<const Feed *> feeds,
          llvm::function_ref<Value(Value)> gate) {
        Value a = m.rescale(d[0], feeds[0]->units, scale, 4, false, "lhs");
        Value b = m.rescale(d[1], feeds[1]->units, scale, 4, false, "rhs");
        return gate(m.roundShr(m.add(a, b), 4));
      });
}

void neuro::lowerMul(NetworkBuilder &network, nn::MulOp op) {
  Value operands[2] = {op.getLhs(), op.getRhs()};
  lowerBinary(
      network, op,
      [&](ModelBuilder &m, ArrayRef<Value> d, ArrayRef<const Feed *> feeds,
          llvm::function_ref<Value(Value)> gate) {
        Value factor[2];
        Units product;
        product.unit = {1.0};
        for (int i = 0; i < 2; ++i) {
          factor[i] = d[i];
          double scale = feeds[i]->source.scale;
          if (!feeds[i]->isPlain()) {
            auto held =
                operands[i].getDefiningOp()->getAttrOfType<nn::QuantAttr>(
                    nn::kResultQuantAttr);
            scale = held.getScale();
            Value exact = m.rescale(d[i], feeds[i]->units, scale, 0, true,
                                    i ? "rhs" : "lhs");
            factor[i] = m.clip(gate(exact), held.getLimit());
          }
          product.unit[0] *= scale;
        }
        // 16 x 16 bits fit the register.
        return m.rescale(m.mulShr(factor[0], factor[1], 0), product,
                         op.getQuant()->getScale());
      });
}
