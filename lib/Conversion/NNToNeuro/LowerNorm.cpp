//===- LowerNorm.cpp - layer and root-mean-square norms as populations ----===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// center -> square -> inverse root -> output. Sums over the features travel
// through synapses: one neuron collects, and speaks to all.
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace neuro;

void neuro::lowerNorm(NetworkBuilder &network, Operation *op,
                      ElementsAttr gammaAttr, ElementsAttr betaAttr,
                      double epsilon, nn::QuantAttr center,
                      nn::QuantAttr quant) {
  Location loc = op->getLoc();
  std::string name = layerName(op);
  int64_t n = featureCount(op->getResult(0));
  Stream input = network.rowMajor(op->getOperand(0));
  bool subtractsMean = isa<nn::LayerNormOp>(op);
  unsigned finer = static_cast<unsigned>(
      std::max(0L, std::lround(std::log2(input.scale / center.getScale()))));
  double centerScale = std::ldexp(input.scale, -static_cast<int>(finer));
  int64_t limit = center.getLimit();

  // The centred value, in units of centerScale.
  Stream centered = input;
  if (subtractsMean) {
    auto mean = network.population(
        loc, name + ".sum", 1, 24, {network.blocks(loc, input, 1, 1, 1)},
        [&](ModelBuilder &m, ArrayRef<Value> d) { m.fireUnlessZero(d[0]); });
    Stream total{mean.getSpikes(), input.scale, (1 << 23) - 1, 0};
    // mean * 2^finer = total * multiplier / 2^amount.
    double factor = std::ldexp(1.0 / n, finer);
    unsigned amount =
        std::min(47, 29 - static_cast<int>(std::ceil(std::log2(factor))));
    int64_t multiplier = std::llround(std::ldexp(factor, amount));
    auto op = network.population(
        loc, name + ".center", n, payloadBits(limit),
        {network.oneToOne(loc, input), network.blocks(loc, total, 1, 1, n)},
        [&](ModelBuilder &m, ArrayRef<Value> d) {
          Value mean = m.mulShr(d[1], multiplier, amount);
          m.fireUnlessZero(m.clip(m.sub(m.shl(d[0], finer), mean), limit));
        });
    centered = {op.getSpikes(), centerScale, limit, 0};
    finer = 0;
  }

  auto centre = [&](ModelBuilder &m, Value x) {
    return finer ? m.clip(m.shl(x, finer), limit) : x;
  };
  // Squares are narrowed so that their sum cannot leave the accumulator.
  double largest = double(n) * double(limit) * double(limit);
  unsigned narrow = static_cast<unsigned>(
      std::max(0.0, std::ceil(std::log2(largest / double((1 << 23) - n)))));
  auto squares = network.population(
      loc, name + ".square", n, 24, {network.oneToOne(loc, centered)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value c = centre(m, d[0]);
        Value square = narrow ? m.roundShr(m.mulShr(c, c, narrow - 1), 1)
                              : m.mulShr(c, c, 0);
        m.fireUnlessZero(square);
      });

  double squareUnit = std::ldexp(centerScale * centerScale, narrow);
  int64_t floor =
      std::llround(std::clamp(epsilon * n / squareUnit, 0.0, double(1 << 23)));
  Stream squared{squares.getSpikes(), squareUnit, (1 << 23) / n, 0};
  auto root =
      network.population(loc, name + ".inverse_root", 1, 24,
                         {network.blocks(loc, squared, 1, 1, 1)},
                         [&](ModelBuilder &m, ArrayRef<Value> d) {
                           Value sum = m.max(m.add(d[0], floor), m.constant(1));
                           m.fireUnless(m.inverseSqrt(sum), m.eq(d[0], 0));
                         });
  Stream inverse{root.getSpikes(), 1.0, 1 << 22, 0};

  // z = c / sqrt(sum of squares), in steps of 2^-(22 - amount).
  unsigned amount = static_cast<unsigned>(
      std::max(0, 22 + static_cast<int>(llvm::divideCeil(narrow, 2)) - 26));
  Units units;
  double step =
      std::ldexp(std::sqrt(double(n)) * std::pow(2.0, -0.5 * double(narrow)),
                 static_cast<int>(amount) - 22);
  units.unit = doubles(gammaAttr);
  for (double &g : units.unit)
    g *= step;
  units.bias = doubles(betaAttr);
  bool biased = units.hasBias();
  SmallVector<Value> dendrites = {network.oneToOne(loc, centered),
                                  network.blocks(loc, inverse, 1, 1, n)};
  if (biased)
    dendrites.push_back(network.gate(loc, n));
  auto output =
      network.population(loc, name, n, payloadBits(quant.getLimit()), dendrites,
                         [&](ModelBuilder &m, ArrayRef<Value> d) {
                           Value z = m.mulShr(centre(m, d[0]), d[1], amount);
                           Value y = m.rescale(z, units, quant.getScale());
                           if (biased)
                             y = m.gated(d[2], y);
                           m.fireUnlessZero(m.clip(y, quant.getLimit()));
                         });
  network.setStream(op->getResult(0), {output.getSpikes(), quant.getScale(),
                                       quant.getLimit(), 0});
}
