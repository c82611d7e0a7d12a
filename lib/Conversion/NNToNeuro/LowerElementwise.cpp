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

void neuro::lowerActivation(NetworkBuilder &network, nn::ActivationOp op) {
  Location loc = op.getLoc();
  nn::QuantAttr quant = *op.getQuant();
  int64_t count = featureCount(op.getResult());
  Feed feed = network.feed(op.getInput());
  SmallVector<Value> dendrites = {network.project(loc, feed, count)};
  bool biased = feed.units.hasBias();
  if (biased)
    dendrites.push_back(network.gate(loc, count));
  // A fused layer is held, inside the neuron, in its own integers.
  bool fused = nn::isFused(op.getInput());
  nn::QuantAttr held = nn::gridOf(op.getInput());
  auto population = network.population(
      loc, layerName(op), count, payloadBits(quant.getLimit()), dendrites,
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        auto gate = [&](Value v) { return biased ? m.gated(d[1], v) : v; };
        if (op.getKind() == nn::ActivationKind::relu) {
          // One rescaling does both.
          Value y = gate(
              m.rescale(d[0], nn::Rescale::make(feed.units, quant.getScale())));
          y = m.min(m.max(y, m.constant(0)), m.constant(quant.getLimit()),
                    /*count=*/true);
          return m.fireUnlessZero(y);
        }
        Value x = d[0];
        if (fused)
          x = m.clip(gate(m.rescale(
                         x, nn::Rescale::make(feed.units, held.getScale()))),
                     held.getLimit());
        auto plan = nn::ActivationPlan::make(op.getKind(), held.getScale(),
                                             held.getLimit(), quant);
        Value positive = m.max(x, m.constant(0));
        Value magnitude = m.sub(m.shl(positive, 1), x);
        Value v =
            m.min(m.rescale(magnitude, plan.toReach), m.constant(1 << 14));
        Value h = m.polynomial(v, plan.h);
        Value finer = m.sub(m.shl(positive, 4),
                            m.mulShr(magnitude, h, plan.h.fraction - 4));
        m.fireUnlessZero(
            m.clip(m.rescale(finer, plan.toResult), quant.getLimit()));
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
        auto term = [&](unsigned i) {
          return m.rescale(d[i],
                           nn::Rescale::make(feeds[i]->units, scale, 4, false),
                           i ? "rhs" : "lhs");
        };
        Value lhs = term(0);
        return gate(m.roundShr(m.add(lhs, term(1)), 4));
      });
}

void neuro::lowerMul(NetworkBuilder &network, nn::MulOp op) {
  lowerBinary(
      network, op,
      [&](ModelBuilder &m, ArrayRef<Value> d, ArrayRef<const Feed *> feeds,
          llvm::function_ref<Value(Value)> gate) {
        Value factor[2];
        nn::Units product;
        int64_t bound = 1;
        for (int i = 0; i < 2; ++i) {
          Value operand = op->getOperand(i);
          nn::QuantAttr held = nn::gridOf(operand);
          factor[i] = d[i];
          if (nn::isFused(operand)) {
            Value exact = m.rescale(
                d[i], nn::Rescale::make(feeds[i]->units, held.getScale()),
                i ? "rhs" : "lhs");
            factor[i] = m.clip(gate(exact), held.getLimit());
          }
          product.unit[0] *= held.getScale();
          bound *= held.getLimit();
        }
        // 16 x 16 bits fit the register.
        return m.rescale(m.mulShr(factor[0], factor[1], 0),
                         nn::Rescale::make(product, op.getQuant()->getScale(),
                                           0, true, bound));
      });
}
