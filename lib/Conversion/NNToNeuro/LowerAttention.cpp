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

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace neuro;

namespace {

// Keys are held as k + 64, so that the unsigned trace can carry their sign; the
// static synapses of weight -64 take the offset back out of every score.
constexpr int64_t kKeyOffset = 64;
constexpr int64_t kKeyLimit = 63;
constexpr int64_t kValueLimit = 127;
// "One" for y3: the learning engine narrows w * y3 by 5 bits.
constexpr int64_t kWriteEnable = 32;
// Scores travel as Q8 octaves plus this, so that a score of 0 is still a spike.
constexpr int64_t kScoreOffset = 1 << 20;
constexpr int64_t kScoreLimit = 1 << 19;
// Attention weights: 1.0 is 4096.
constexpr unsigned kWeightBits = 12;

class AttentionLowering {
public:
  AttentionLowering(NetworkBuilder &network, nn::AttentionOp op)
      : network(network), op(op), loc(op.getLoc()), name(layerName(op)),
        heads(op.getHeads()), width(featureCount(op.getResult())),
        slots(*op.getSlots()) {}

  void run();

private:
  Stream lowerKeysAndQueries();
  Stream lowerScores(Stream keys);
  Stream lowerSoftmax(Stream scores);
  void lowerValues(Stream weights);

  /// From slot s to slot s of every head.
  Attribute perHead();

  PopulationOp population(StringRef suffix, int64_t count, unsigned bits,
                          ArrayRef<Value> dendrites,
                          NetworkBuilder::Model model) {
    return network.population(loc, name + suffix.str(), count, bits, dendrites,
                              model);
  }

  Value plastic(Stream source, int64_t count, StringRef rule, bool overwrite) {
    MLIRContext *context = network.getBuilder().getContext();
    return PlasticOp::create(
        network.getBuilder(), loc, CurrentType::get(context, count),
        source.spikes, /*factors=*/source.spikes,
        RuleAttr::get(context, rule, overwrite, /*third_factor=*/true), heads);
  }
  static void teach(Value plastic, PopulationOp target) {
    plastic.getDefiningOp<PlasticOp>().getFactorsMutable().assign(
        target.getFactors());
  }

  NetworkBuilder &network;
  nn::AttentionOp op;
  Location loc;
  std::string name;
  int64_t heads, width, slots;
};

} // namespace

Attribute AttentionLowering::perHead() {
  std::vector<int8_t> weights(heads * slots * slots, 0);
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t s = 0; s < slots; ++s)
      weights[(h * slots + s) * slots + s] = 1;
  auto type = RankedTensorType::get({heads * slots, slots},
                                    network.getBuilder().getI8Type());
  return DenseElementsAttr::get(type, ArrayRef<int8_t>(weights));
}

Stream AttentionLowering::lowerKeysAndQueries() {
  Feed key = network.rowMajorFeed(op.getKey()),
       query = network.rowMajorFeed(op.getQuery());
  std::vector<double> keyScale = doubles(*op.getKeyScale());
  nn::QuantAttr queryQuant = *op.getQueryQuant();
  // Both in the steps of their own channel: the key's scale goes over to the
  // query, so that every product has the same.
  Units keyUnits, queryUnits;
  for (int64_t i = 0; i < width; ++i) {
    auto at = [i](const std::vector<double> &v) {
      return v.empty() ? 0.0 : v[v.size() == 1 ? 0 : i];
    };
    keyUnits.unit.resize(width);
    queryUnits.unit.resize(width);
    keyUnits.bias.resize(width);
    queryUnits.bias.resize(width);
    keyUnits.unit[i] = at(key.units.unit) / keyScale[i];
    keyUnits.bias[i] = at(key.units.bias) / keyScale[i];
    queryUnits.unit[i] = at(query.units.unit) * keyScale[i];
    queryUnits.bias[i] = at(query.units.bias) * keyScale[i];
  }
  bool biased = queryUnits.hasBias();
  SmallVector<Value> dendrites = {network.project(loc, key, width, 0),
                                  network.project(loc, query, width, 1),
                                  network.gate(loc, width, 0)};
  if (biased)
    dendrites.push_back(network.gate(loc, width, 1));
  auto made =
      population(".key_query", width, 16, dendrites,
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   // What is not of this event is dropped before it could be
                   // limited.
                   Value k = m.rescale(d[0], keyUnits, 1.0, 0, true, "key");
                   k = m.clip(m.gated(d[2], k), kKeyLimit);
                   // The trace keeps half of the payload.
                   k = m.shl(m.add(k, kKeyOffset), 1);
                   Value q = m.rescale(d[1], queryUnits, queryQuant.getScale(),
                                       0, true, "query");
                   if (biased)
                     q = m.gated(d[3], q);
                   q = m.clip(q, queryQuant.getLimit());
                   m.fireUnlessZero(m.select(m.eq(d[2], 0), q, k));
                 });
  return {
      made.getSpikes(), 1.0,
      std::max<int64_t>(2 * (kKeyLimit + kKeyOffset), queryQuant.getLimit()),
      0};
}

Stream AttentionLowering::lowerScores(Stream keys) {
  int64_t count = heads * slots;
  bool softmax = op.getScore() == nn::ScoreKind::softmax;
  Value memory = plastic(keys, count, "dw = -w*y0 + 2*x1*y0",
                         /*overwrite=*/true);
  Value offset = network.blocks(loc, keys, heads, -kKeyOffset, count);
  Value write = network.project(loc, network.ring(slots), perHead(), count, 0);
  Value mask =
      network.project(loc, network.validSlots(slots), perHead(), count, 1);
  double scale =
      op.getScale().convertToDouble() * op.getQueryQuant()->getScale();
  auto made =
      population(".score", count, softmax ? 24 : 16,
                 {network.sum(loc, {memory, offset}), write, mask},
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   m.exportFactor(ExportKind::y0, d[1]);
                   Units units;
                   units.unit = {scale};
                   // What the keys add while they are written is dropped.
                   Value read = m.gated(d[2], d[0]);
                   if (softmax) {
                     Value z = m.rescale(read, units, std::log(2.0) / 256.0);
                     z = m.add(m.clip(z, kScoreLimit), kScoreOffset);
                     m.fireUnless(z, m.eq(d[2], 0));
                     return;
                   }
                   nn::QuantAttr quant = *op.getWeightQuant();
                   Value a = m.max(m.rescale(read, units, quant.getScale()),
                                   m.constant(0));
                   a = m.min(a, m.constant(quant.getLimit()), /*count=*/true);
                   m.fireUnlessZero(a);
                 });
  teach(memory, made);
  // Written at offset 0, heard and sent at offset 1.
  return {made.getSpikes(), 1.0, kScoreOffset + kScoreLimit, 1};
}

// softmax(z)[s] = 2^(z[s] - bound) / sum. The bound is found in rounds: every
// slot sends 2^level, level being its score in steps above a base; the leading
// bit of the sum tells the largest level up to log2(slots), so each round is
// finer than the last until one octave is left.
Stream AttentionLowering::lowerSoftmax(Stream scores) {
  int64_t count = heads * slots;
  unsigned spread = llvm::Log2_64_Ceil(slots);
  unsigned levels = std::min(18u, 22 - spread);
  double octave = 256.0;
  // |score| in Q8 octaves, at most.
  double reach = double(kKeyLimit) * double(op.getQueryQuant()->getLimit()) *
                 double(width / heads) * op.getScale().convertToDouble() *
                 op.getQueryQuant()->getScale() / std::log(2.0) * octave;
  reach = std::min(reach + 1.0, double(kScoreLimit));

  std::optional<Stream> bound;
  double range = 2.0 * reach;
  int64_t step = 0;
  while (true) {
    int64_t next = std::max<int64_t>(static_cast<int64_t>(octave),
                                     std::ceil(range / levels));
    if (bound && (next >= step || step == static_cast<int64_t>(octave)))
      break;
    step = next;
    SmallVector<Value> dendrites = {network.oneToOne(loc, scores)};
    if (bound)
      dendrites.push_back(network.blocks(loc, *bound, heads, 1, count));
    bool first = !bound;
    // The top of this round's range, where it is fixed.
    int64_t top = kScoreOffset + static_cast<int64_t>(std::ceil(reach));
    auto level =
        population(".level", count, 24, dendrites,
                   [&](ModelBuilder &m, ArrayRef<Value> d) {
                     Value below = first ? m.sub(d[0], m.constant(top))
                                         : m.sub(d[0], d[1]);
                     Value l = m.mulShr(m.add(below, int64_t(levels) * step),
                                        std::llround(65536.0 / step), 16);
                     l = m.min(m.max(l, m.constant(0)), m.constant(levels));
                     m.fireUnless(m.shift(m.constant(1), l), m.eq(d[0], 0));
                   });
    Stream level2{level.getSpikes(), 1.0, int64_t(1) << levels, 0};
    SmallVector<Value> sums = {network.blocks(loc, level2, heads, 1, heads)};
    if (!first)
      sums.push_back(network.oneToOne(loc, *bound));
    auto made = population(
        ".bound", heads, 24, sums, [&](ModelBuilder &m, ArrayRef<Value> d) {
          Value lead = m.log2(m.max(d[0], m.constant(1)));
          Value up = m.mulShr(m.add(lead, 1 - int64_t(levels)), step, 0);
          Value b = first ? m.add(up, top) : m.add(up, d[1]);
          m.fireUnless(b, m.eq(d[0], 0));
        });
    bound = Stream{made.getSpikes(), 1.0, (1 << 23) - 1, 0};
    range = double(step) * (spread + 1);
  }

  // 2^(z - bound), at most 2^levels each.
  auto power = population(".exp", count, 24,
                          {network.oneToOne(loc, scores),
                           network.blocks(loc, *bound, heads, 1, count)},
                          [&](ModelBuilder &m, ArrayRef<Value> d) {
                            Value x = m.min(m.sub(d[0], d[1]), m.constant(0));
                            Value e = m.exp2(x, levels);
                            m.fireUnlessZero(m.gated(d[0], e));
                          });
  Stream powers{power.getSpikes(), 1.0, int64_t(1) << levels, 0};

  // The largest is at least 2^(levels - loss), so 2^k / sum fits 22 bits.
  unsigned loss =
      static_cast<unsigned>(std::ceil(double(step) * (spread + 2) / octave)) +
      1;
  unsigned k = 22 + (levels > loss ? levels - loss : 0);
  auto norm = population(
      ".normaliser", heads, 24, {network.blocks(loc, powers, heads, 1, heads)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        // Idle, some value whose reciprocal is small.
        Value idle = m.eq(d[0], 0);
        Value r = m.reciprocal(m.select(idle, m.constant(1 << 22), d[0]), k);
        m.fireUnless(r, idle);
      });
  Stream reciprocal{norm.getSpikes(), 1.0, 1 << 22, 0};

  Value write = network.project(loc, network.ring(slots), perHead(), count, 0);
  auto made =
      population(".weight", count, 16,
                 {network.oneToOne(loc, powers, 1),
                  network.blocks(loc, reciprocal, heads, 1, count, 1), write},
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   Value p =
                       m.roundShr(m.mulShr(d[0], d[1], k - kWeightBits - 1), 1);
                   p = m.min(p, m.constant(1 << kWeightBits), /*count=*/true);
                   m.fireUnlessZero(m.add(p, d[2]));
                 });
  // The reciprocal is good to 2^-9, and every weight is rounded.
  made.setPayloadSumLimit((int64_t(1) << kWeightBits) * 513 / 512 + slots);
  return {made.getSpikes(), std::ldexp(1.0, -int(kWeightBits)),
          1 << kWeightBits, 0};
}

void AttentionLowering::lowerValues(Stream weights) {
  nn::QuantAttr quant = *op.getQuant();
  Feed value = network.rowMajorFeed(op.getValue());
  std::vector<double> valueScale = doubles(*op.getValueScale());
  Units valueUnits = value.units, outputUnits;
  valueUnits.unit.resize(width, value.units.unit.front());
  outputUnits.unit.resize(width);
  for (int64_t j = 0; j < width; ++j) {
    valueUnits.unit[j] /= valueScale[j];
    if (!valueUnits.bias.empty())
      valueUnits.bias[j] /= valueScale[j];
    outputUnits.unit[j] = weights.scale * valueScale[j];
  }
  Value memory =
      plastic(weights, width, "dw = -2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2",
              /*overwrite=*/false);
  auto made = population(
      "", width, payloadBits(quant.getLimit()),
      {memory, network.project(loc, value, width, 0),
       network.gate(loc, width, 0), network.gate(loc, width, 1)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value v = m.rescale(d[1], valueUnits, 1.0, 0, true, "value");
        v = m.clip(m.gated(d[2], v), kValueLimit);
        Value zero = m.constant(0);
        m.exportFactor(ExportKind::y1, m.max(v, zero));
        m.exportFactor(ExportKind::y2, m.max(m.sub(zero, v), zero));
        m.exportFactor(ExportKind::y3, m.gated(d[2], m.constant(kWriteEnable)));
        // What the slot's write spike adds here is dropped by the read gate.
        Value o = m.rescale(m.gated(d[3], d[0]), outputUnits, quant.getScale(),
                            0, true, "output");
        m.fireUnlessZero(m.clip(o, quant.getLimit()));
      });
  teach(memory, made);
  network.setStream(op.getResult(),
                    {made.getSpikes(), quant.getScale(), quant.getLimit(), 1});
}

void AttentionLowering::run() {
  Stream keys = lowerKeysAndQueries();
  Stream scores = lowerScores(keys);
  if (op.getScore() == nn::ScoreKind::softmax) {
    lowerValues(lowerSoftmax(scores));
    return;
  }
  nn::QuantAttr quant = *op.getWeightQuant();
  int64_t count = heads * slots;
  Value write = network.project(loc, network.ring(slots), perHead(), count, 0);
  auto made = population(".weight", count, 16,
                         {network.oneToOne(loc, scores, 1), write},
                         [&](ModelBuilder &m, ArrayRef<Value> d) {
                           m.fireUnlessZero(m.add(d[0], d[1]));
                         });
  lowerValues({made.getSpikes(), quant.getScale(), quant.getLimit(), 0});
}

void neuro::lowerAttention(NetworkBuilder &network, nn::AttentionOp op) {
  AttentionLowering(network, op).run();
}
