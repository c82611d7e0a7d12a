//===- LowerAttention.cpp - attention as plastic synapses and learning rules -===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys and values live in plastic synapses. Appending a token is one learning
// update: the key rule is two-factor, the value rule three-factor (see
// docs/attention-as-plasticity.md). Nothing else writes those weights.
//
// Two events per token and population: at offset 0 the write (key, value,
// slot), at offset 1 the read (query, attention weights).
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "neuro/Support/Constants.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace neuro;

namespace {

// Keys are held as k + 64, so that the unsigned trace can carry their sign; the
// static synapses of weight -64 take the offset back out of every score.
constexpr int64_t kKeyOffset = 64;
// "One" for y3: the learning engine narrows w * y3 by 5 bits.
constexpr int64_t kWriteEnable = 32;
// Inputs of a neuron of the tree that finds the largest score.
constexpr int64_t kTreeArity = 4;

/// Scores of `blocks` competitions between `size` neurons each, positive where
/// the neuron takes part, and in steps of 2^-fraction octaves.
struct Competition {
  Stream scores;
  int64_t blocks, size;
  unsigned fraction, levels;
};

class AttentionLowering {
public:
  AttentionLowering(NetworkBuilder &network, nn::AttentionOp op)
      : network(network), op(op), loc(op.getLoc()), name(layerName(op)),
        heads(op.getHeads()), width(featureCount(op.getResult())),
        slots(*op.getSlots()) {
    if (op.getScore() != nn::ScoreKind::softmax)
      return;
    softmax = nn::SoftmaxPlan::make(op);
    slots = softmax->groups * softmax->groupSize;
  }

  void run();

private:
  Stream lowerKeysAndQueries();
  Stream lowerScores(Stream keys);

  /// What one competition gives: its largest score, its sum, its shares.
  struct Shares {
    Stream largest, sum, powers, reciprocal;
  };
  Stream lowerLargest(Competition c);
  Shares lowerShares(Competition c);
  Value roundedShare(ModelBuilder &m, Value power, Value reciprocal,
                     unsigned levels);

  Stream lowerSoftmaxWeights(const Shares &shares);
  Stream lowerReluWeights(Stream scores);
  void lowerValues(Stream weights);
  void lowerGroupedValues(Stream weights, const Shares &shares);
  PopulationOp
  lowerMemory(StringRef suffix, Stream weights, int64_t count, unsigned bits,
              Value value,
              llvm::function_ref<Value(ModelBuilder &, Value)> hold,
              llvm::function_ref<Value(ModelBuilder &, Value)> send);
  nn::Rescale outputRescale(double weightScale);

  /// From slot s of the ring to slot s of every head.
  Value perHead(Stream ring, int64_t arrive);

  PopulationOp population(StringRef suffix, int64_t count, unsigned bits,
                          ArrayRef<Value> dendrites,
                          NetworkBuilder::Model model) {
    return network.population(loc, name + suffix.str(), count, bits, dendrites,
                              model);
  }

  Value plastic(Stream source, int64_t count, int64_t blocks, RuleOp rule) {
    MLIRContext *context = network.getBuilder().getContext();
    return PlasticOp::create(
        network.getBuilder(), loc, CurrentType::get(context, count),
        source.spikes, /*factors=*/source.spikes, rule.getSymName(), blocks);
  }
  static void teach(Value plastic, PopulationOp target) {
    plastic.getDefiningOp<PlasticOp>().getFactorsMutable().assign(
        target.getFactors());
  }

  NetworkBuilder &network;
  nn::AttentionOp op;
  Location loc;
  std::string name;
  // The slots of a head, rounded up to whole groups.
  int64_t heads, width, slots;
  std::optional<nn::SoftmaxPlan> softmax;
};

} // namespace

Value AttentionLowering::perHead(Stream ring, int64_t arrive) {
  MLIRContext *context = network.getBuilder().getContext();
  return network.project(loc, ring, RepeatAttr::get(context, 1, slots, 1),
                         heads * slots, arrive);
}

Stream AttentionLowering::lowerKeysAndQueries() {
  Feed key = network.rowMajorFeed(op.getKey()),
       query = network.rowMajorFeed(op.getQuery());
  nn::QuantAttr queryQuant = *op.getQueryQuant();
  nn::Units keyUnits = nn::keyUnits(op), queryUnits = nn::queryUnits(op);
  bool biased = queryUnits.hasBias();
  int64_t sent = std::max<int64_t>(2 * (nn::kKeyLimit + kKeyOffset),
                                   queryQuant.getLimit());
  SmallVector<Value> dendrites = {network.project(loc, key, width, 0),
                                  network.project(loc, query, width, 1),
                                  network.gate(loc, width, 0)};
  if (biased)
    dendrites.push_back(network.gate(loc, width, 1));
  auto made = population(
      ".key_query", width, payloadBits(sent), dendrites,
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        // What is not of this event is dropped before it could be limited.
        Value k = m.rescale(d[0], nn::Rescale::make(keyUnits, 1.0), "key");
        k = m.clip(m.gated(d[2], k), nn::kKeyLimit);
        // The trace keeps half of the payload.
        k = m.shl(m.add(k, kKeyOffset), 1);
        Value q = m.rescale(
            d[1], nn::Rescale::make(queryUnits, queryQuant.getScale()),
            "query");
        if (biased)
          q = m.gated(d[3], q);
        q = m.clip(q, queryQuant.getLimit());
        m.fireUnlessZero(m.select(m.eq(d[2], 0), q, k));
      });
  return {made.getSpikes(), 1.0, sent, 0};
}

Stream AttentionLowering::lowerScores(Stream keys) {
  int64_t count = heads * slots;
  Value memory = plastic(keys, count, heads,
                         network.rule("remember_key", /*overwrite=*/true,
                                      {ExportKind::y0}, "-w*y0 + 2*x1*y0"));
  Value offset = network.blocks(loc, keys, heads, -kKeyOffset, count);
  int64_t ringSize = *op.getSlots();
  Value write = perHead(network.ring(ringSize), 0);
  Value mask = perHead(network.validSlots(ringSize), 1);
  auto made = population(
      ".score", count, softmax ? 24 : 16,
      {network.sum(loc, {memory, offset}), write, mask},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        m.exportFactor(ExportKind::y0, d[1]);
        // What the keys add while they are written is dropped.
        Value read = m.gated(d[2], d[0]);
        if (softmax) {
          Value z =
              m.clip(m.rescale(read, softmax->score), softmax->scoreLimit);
          // A score of 0 is a spike too.
          m.fireUnless(m.add(z, softmax->scoreLimit + 1), m.eq(d[2], 0));
          return;
        }
        nn::QuantAttr quant = *op.getWeightQuant();
        Value a = m.max(m.rescale(read, nn::reluScore(op)), m.constant(0));
        a = m.min(a, m.constant(quant.getLimit()), /*count=*/true);
        m.fireUnlessZero(a);
      });
  teach(memory, made);
  // Written at offset 0, heard and sent at offset 1.
  return {made.getSpikes(), 1.0, 1, 1};
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

// The largest score of every competition, by a tree: a maximum is no sum, but a
// neuron compares what its dendrites hold.
Stream AttentionLowering::lowerLargest(Competition c) {
  MLIRContext *context = network.getBuilder().getContext();
  while (c.size > 1) {
    int64_t size = llvm::divideCeil(c.size, kTreeArity);
    SmallVector<Value> dendrites;
    for (int64_t i = 0; i < std::min(c.size, kTreeArity); ++i)
      dendrites.push_back(network.project(
          loc, c.scores, StrideAttr::get(context, c.blocks, kTreeArity, i, 1),
          c.blocks * size));
    auto made = population(".largest", c.blocks * size, 24, dendrites,
                           [&](ModelBuilder &m, ArrayRef<Value> d) {
                             Value largest = d[0];
                             for (Value other : d.drop_front())
                               largest = m.max(largest, other);
                             m.fireUnlessZero(largest);
                           });
    c.scores = {made.getSpikes(), 1.0, 1, 0};
    c.size = size;
  }
  return c.scores;
}

AttentionLowering::Shares AttentionLowering::lowerShares(Competition c) {
  int64_t count = c.blocks * c.size;
  Shares shares;
  shares.largest = lowerLargest(c);
  auto power = population(
      ".exp", count, payloadBits(int64_t(1) << c.levels),
      {network.oneToOne(loc, c.scores),
       network.blocks(loc, shares.largest, c.blocks, 1, count)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value x = m.min(m.sub(d[0], d[1]), m.constant(0));
        m.fireUnlessZero(m.gated(d[0], m.exp2(x, c.fraction, c.levels)));
      });
  power.setPayloadSumLimit(c.size << c.levels);
  shares.powers = {power.getSpikes(), 1.0, 1, 0};
  auto normaliser =
      population(".normaliser", c.blocks, 24,
                 {network.blocks(loc, shares.powers, c.blocks, 1, c.blocks)},
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   // Idle, some value whose reciprocal exists.
                   Value idle = m.eq(d[0], 0);
                   Value sum = m.select(idle, m.constant(1 << 22), d[0]);
                   m.fireUnless(m.reciprocal(sum, c.levels), idle);
                 });
  normaliser.setPayloadSumLimit(int64_t(1) << 22);
  shares.reciprocal = {normaliser.getSpikes(), 1.0, 1, 0};
  return shares;
}

// power / sum in steps of 2^-15.
Value AttentionLowering::roundedShare(ModelBuilder &m, Value power,
                                      Value reciprocal, unsigned levels) {
  unsigned amount = 22 + levels - nn::kWeightBits;
  return m.roundShr(m.mulShr(power, reciprocal, amount - 1), 1);
}

Stream AttentionLowering::lowerSoftmaxWeights(const Shares &shares) {
  int64_t count = heads * slots, blocks = heads * softmax->groups;
  Value write = perHead(network.ring(*op.getSlots()), 0);
  auto made = population(
      ".weight", count, 24,
      {network.oneToOne(loc, shares.powers, 1),
       network.blocks(loc, shares.reciprocal, blocks, 1, count, 1), write},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        m.fireUnlessZero(
            m.add(roundedShare(m, d[0], d[1], softmax->levels), d[2]));
      });
  // Every share is rounded, and the written slot adds 1.
  made.setPayloadSumLimit((int64_t(1) << nn::kWeightBits) + softmax->groupSize +
                          1);
  return {made.getSpikes(), std::ldexp(1.0, -int(nn::kWeightBits)),
          int64_t(1) << nn::kWeightBits, 0};
}

Stream AttentionLowering::lowerReluWeights(Stream scores) {
  nn::QuantAttr quant = *op.getWeightQuant();
  int64_t count = heads * slots;
  Value write = perHead(network.ring(slots), 0);
  auto made = population(".weight", count, 16,
                         {network.oneToOne(loc, scores, 1), write},
                         [&](ModelBuilder &m, ArrayRef<Value> d) {
                           m.fireUnlessZero(m.add(d[0], d[1]));
                         });
  return {made.getSpikes(), quant.getScale(), quant.getLimit(), 0};
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

nn::Rescale AttentionLowering::outputRescale(double weightScale) {
  nn::Units units;
  units.unit.clear();
  for (float scale : getFloats(*op.getValueScale()))
    units.unit.push_back(weightScale * scale);
  return nn::Rescale::make(units, op.getQuant()->getScale());
}

// The neurons whose plastic synapses hold values. `hold` gives the value to be
// written, `send` the payload for what is read.
PopulationOp AttentionLowering::lowerMemory(
    StringRef suffix, Stream weights, int64_t count, unsigned bits, Value value,
    llvm::function_ref<Value(ModelBuilder &, Value)> hold,
    llvm::function_ref<Value(ModelBuilder &, Value)> send) {
  int64_t blocks = heads * (softmax ? softmax->groups : 1);
  Value memory =
      plastic(weights, count, blocks,
              network.rule("remember_value", /*overwrite=*/false,
                           {ExportKind::y1, ExportKind::y2, ExportKind::y3},
                           "-2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2"));
  auto made = population(
      suffix, count, bits,
      {memory, value, network.gate(loc, count, 0), network.gate(loc, count, 1)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value v = m.gated(d[2], hold(m, d[1]));
        Value zero = m.constant(0);
        m.exportFactor(ExportKind::y1, m.max(v, zero));
        m.exportFactor(ExportKind::y2, m.max(m.sub(zero, v), zero));
        m.exportFactor(ExportKind::y3, m.gated(d[2], m.constant(kWriteEnable)));
        // What the slot's write spike adds here is dropped by the read gate.
        m.fireUnlessZero(send(m, m.gated(d[3], d[0])));
      });
  teach(memory, made);
  return made;
}

void AttentionLowering::lowerValues(Stream weights) {
  nn::QuantAttr quant = *op.getQuant();
  Feed value = network.rowMajorFeed(op.getValue());
  nn::Rescale valueRescale = nn::Rescale::make(nn::valueUnits(op), 1.0);
  nn::Rescale output = outputRescale(weights.scale);
  auto made = lowerMemory(
      "", weights, width, payloadBits(quant.getLimit()),
      network.project(loc, value, width, 0),
      [&](ModelBuilder &m, Value d) {
        return m.clip(m.rescale(d, valueRescale, "value"), nn::kValueLimit);
      },
      [&](ModelBuilder &m, Value d) {
        return m.clip(m.rescale(d, output, "output"), quant.getLimit());
      });
  network.setStream(op.getResult(),
                    {made.getSpikes(), quant.getScale(), quant.getLimit(), 1});
}

// Every group of slots has sums of its own; what they give is added up by the
// groups' shares, which are a softmax over the groups.
void AttentionLowering::lowerGroupedValues(Stream weights,
                                           const Shares &shares) {
  MLIRContext *context = network.getBuilder().getContext();
  nn::QuantAttr quant = *op.getQuant();
  int64_t groups = softmax->groups, blocks = heads * groups;
  int64_t channels = width / heads, count = width * groups;

  Feed feed = network.rowMajorFeed(op.getValue());
  nn::Rescale valueRescale = nn::Rescale::make(nn::valueUnits(op), 1.0);
  auto value = population(
      ".value", width, 8,
      {network.project(loc, feed, width, 0), network.gate(loc, width, 0)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value v = m.gated(d[1], m.rescale(d[0], valueRescale));
        m.fireUnlessZero(m.clip(v, nn::kValueLimit));
      });
  auto held = [](ModelBuilder &, Value d) { return d; };
  auto partial = lowerMemory(
      ".partial", weights, count, 24,
      network.project(loc, {value.getSpikes(), 1.0, nn::kValueLimit, 0},
                      RepeatAttr::get(context, heads, channels, 1), count, 0),
      held, held);

  auto score =
      population(".group_score", blocks, 24,
                 {network.blocks(loc, shares.powers, blocks, 1, blocks),
                  network.oneToOne(loc, shares.largest)},
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   Value idle = m.eq(d[0], 0);
                   Value sum = m.select(idle, m.constant(1 << 22), d[0]);
                   Value z = m.log2(sum, softmax->fraction, softmax->levels);
                   m.fireUnless(m.add(z, d[1]), idle);
                 });
  Shares outer = lowerShares({{score.getSpikes(), 1.0, 1, 0},
                              heads,
                              groups,
                              softmax->fraction,
                              softmax->groupLevels});
  auto weight = population(
      ".group_weight", blocks, 24,
      {network.oneToOne(loc, outer.powers),
       network.blocks(loc, outer.reciprocal, heads, 1, blocks)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        m.fireUnlessZero(roundedShare(m, d[0], d[1], softmax->groupLevels));
      });
  auto mixed = population(
      ".mix", count, 24,
      {network.oneToOne(loc, {partial.getSpikes(), 1.0, 1, 1}),
       network.blocks(loc, {weight.getSpikes(), 1.0, 1, 0}, blocks, 1, count)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        m.fireUnlessZero(
            m.roundShr(m.mulShr(d[0], d[1], nn::kWeightBits - 1), 1));
      });
  // Shares of groups sum to 1, but for their rounding.
  mixed.setPayloadSumLimit(
      (((int64_t(1) << nn::kWeightBits) + softmax->groupSize) *
           ((int64_t(1) << nn::kWeightBits) + groups) >>
       nn::kWeightBits) *
          nn::kValueLimit +
      groups);
  nn::Rescale output = outputRescale(std::ldexp(1.0, -int(nn::kWeightBits)));
  auto made = population(
      "", width, payloadBits(quant.getLimit()),
      {network.project(loc, {mixed.getSpikes(), 1.0, 1, 0},
                       RepeatAttr::get(context, heads, channels, 1), width)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        m.fireUnlessZero(m.clip(m.rescale(d[0], output), quant.getLimit()));
      });
  network.setStream(op.getResult(),
                    {made.getSpikes(), quant.getScale(), quant.getLimit(), 0});
}

void AttentionLowering::run() {
  Stream scores = lowerScores(lowerKeysAndQueries());
  if (!softmax)
    return lowerValues(lowerReluWeights(scores));
  Shares shares =
      lowerShares({scores, heads * softmax->groups, softmax->groupSize,
                   softmax->fraction, softmax->levels});
  Stream weights = lowerSoftmaxWeights(shares);
  if (softmax->groups == 1)
    return lowerValues(weights);
  lowerGroupedValues(weights, shares);
}

void neuro::lowerAttention(NetworkBuilder &network, nn::AttentionOp op) {
  AttentionLowering(network, op).run();
}
