//===- LowerNorm.cpp - layer and root-mean-square norms as populations ----===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// centre -> squares -> root -> result. Sums over the features travel through
// synapses: one neuron collects, and speaks to all. Sums that would leave a
// dendrite are collected in parts, and squares digit by digit.
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "neuro/Support/Constants.h"

using namespace mlir;
using namespace neuro;

namespace {

class NormLowering {
public:
  NormLowering(NetworkBuilder &network, Operation *op)
      : network(network), op(op), loc(op->getLoc()), name(layerName(op)),
        plan(nn::NormPlan::make(op)), count(featureCount(op->getResult(0))),
        input(network.rowMajor(op->getOperand(0))) {}

  void run();

private:
  Stream lowerMean();
  Stream lowerCenter();
  Stream lowerRoot(Stream centered);

  PopulationOp population(StringRef suffix, int64_t neurons, unsigned bits,
                          ArrayRef<Value> dendrites,
                          NetworkBuilder::Model model) {
    return network.population(loc, name + suffix.str(), neurons, bits,
                              dendrites, model);
  }
  /// Sums of the input over the parts of every row.
  Value sumParts();

  NetworkBuilder &network;
  Operation *op;
  Location loc;
  std::string name;
  nn::NormPlan plan;
  int64_t count;
  Stream input;
};

} // namespace

Value NormLowering::sumParts() {
  int64_t sums = plan.rows * plan.parts;
  if (plan.size % plan.parts == 0)
    return network.blocks(loc, input, sums, 1, sums);
  std::vector<int8_t> weights(sums * count, 0);
  for (int64_t i = 0; i < count; ++i) {
    int64_t row = i / plan.size, part = i % plan.size / plan.partSize;
    weights[(row * plan.parts + part) * count + i] = 1;
  }
  return network.project(loc, input,
                         makeConstant<int8_t>(network.getBuilder().getContext(),
                                              weights, {sums, count}, "parts"),
                         sums);
}

// The sum over a row or, of a row in parts, the mean.
Stream NormLowering::lowerMean() {
  int64_t sums = plan.rows * plan.parts;
  Value parts = sumParts();
  if (plan.parts == 1) {
    auto sum = population(
        ".sum", sums, 24, {parts},
        [&](ModelBuilder &m, ArrayRef<Value> d) { m.fireUnlessZero(d[0]); });
    return {sum.getSpikes(), 1.0, 1, 0};
  }
  auto part = [&](StringRef suffix, bool high) {
    auto made = population(
        suffix, sums, 24, {parts}, [&](ModelBuilder &m, ArrayRef<Value> d) {
          m.fireUnlessZero(high ? m.shr(d[0], nn::kPartBits)
                                : m.lowBits(d[0], nn::kPartBits));
        });
    return network.blocks(loc, {made.getSpikes(), 1.0, 1, 0}, plan.rows, 1,
                          plan.rows);
  };
  Value high = part(".sum.high", true);
  Value low = part(".sum.low", false);
  auto mean = population(".mean", plan.rows, 24, {high, low},
                         [&](ModelBuilder &m, ArrayRef<Value> d) {
                           Value sum = m.add(m.shl(d[0], nn::kPartBits), d[1]);
                           m.fireUnlessZero(m.rescale(sum, plan.mean));
                         });
  return {mean.getSpikes(), 1.0, 1, 0};
}

Stream NormLowering::lowerCenter() {
  if (!plan.subtractsMean)
    return input;
  Stream mean = lowerMean();
  int64_t limit = plan.center.getLimit();
  auto center = population(".center", count, payloadBits(limit),
                           {network.oneToOne(loc, input),
                            network.blocks(loc, mean, plan.rows, 1, count)},
                           [&](ModelBuilder &m, ArrayRef<Value> d) {
                             Value mean = plan.parts == 1
                                              ? m.rescale(d[1], plan.mean)
                                              : d[1];
                             Value c = m.sub(m.shl(d[0], plan.finer), mean);
                             m.fireUnlessZero(m.clip(c, limit));
                           });
  return {center.getSpikes(), plan.center.getScale(), limit, 0};
}

Stream NormLowering::lowerRoot(Stream centered) {
  SmallVector<Value> sums;
  for (unsigned d = 0; d < plan.ownDigits; ++d) {
    unsigned digit = plan.firstDigit + d;
    auto square = population(
        ".square", count, payloadBits((int64_t(1) << plan.digitBits) - 1),
        {network.oneToOne(loc, centered)},
        [&](ModelBuilder &m, ArrayRef<Value> dendrites) {
          Value c = dendrites[0];
          // The lowest digit is that of the lowest digit's square.
          Value value = digit == 0 ? m.lowBits(c, plan.digitBits) : Value();
          value = digit == 0 ? m.mulShr(value, value, 0)
                             : m.mulShr(c, c, digit * plan.digitBits);
          m.fireUnlessZero(m.lowBits(value, plan.digitBits));
        });
    sums.push_back(network.blocks(loc, {square.getSpikes(), 1.0, 1, 0},
                                  plan.rows, 1, plan.rows));
  }
  bool gated = plan.firstDigit > 0;
  if (gated)
    sums.push_back(network.gate(loc, plan.rows));
  auto root =
      population(".inverse_root", plan.rows, 24, sums,
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   SmallVector<Value> digits(d.take_front(plan.ownDigits));
                   Value any = gated ? d.back() : digits.front();
                   if (!gated)
                     for (Value digit : ArrayRef<Value>(digits).drop_front())
                       any = m.add(any, digit);
                   digits.resize(plan.epsilon.size(), m.constant(0));
                   m.fireUnless(m.packedRoot(digits, plan), m.eq(any, 0));
                 });
  // A mantissa of at most 2, and an exponent.
  root.setPayloadSumLimit(int64_t(2) << (nn::kRootBits + nn::kExponentBits));
  return {root.getSpikes(), 1.0, 1, 0};
}

void NormLowering::run() {
  Stream centered = lowerCenter();
  Stream root = lowerRoot(centered);
  nn::QuantAttr quant = nn::gridOf(op->getResult(0));
  bool biased = plan.hasBias;
  SmallVector<Value> dendrites = {
      network.oneToOne(loc, centered),
      network.blocks(loc, root, plan.rows, 1, count)};
  if (biased)
    dendrites.push_back(network.gate(loc, count));
  auto output = population("", count, payloadBits(quant.getLimit()), dendrites,
                           [&](ModelBuilder &m, ArrayRef<Value> d) {
                             Value up = m.lowBits(d[1], nn::kExponentBits);
                             Value z = m.mulShr(m.shift(d[0], up),
                                                m.shr(d[1], nn::kExponentBits),
                                                plan.resultShift);
                             Value y = m.rescale(z, plan.result);
                             if (biased)
                               y = m.gated(d[2], y);
                             m.fireUnlessZero(m.clip(y, quant.getLimit()));
                           });
  network.setStream(op->getResult(0), {output.getSpikes(), quant.getScale(),
                                       quant.getLimit(), 0});
}

void neuro::lowerNorm(NetworkBuilder &network, Operation *op) {
  NormLowering(network, op).run();
}
