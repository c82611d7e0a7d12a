//===- Ranges.cpp - bounds of payloads and dendritic sums -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Analysis/Ranges.h"

#include "neuro/Analysis/ModelRanges.h"
#include "neuro/Dialect/Neuro/Rules.h"

using namespace mlir;
using namespace neuro;

// Bounds saturate here, far above every register.
static constexpr int64_t kHuge = int64_t(1) << 48;

static int64_t limited(__int128 value) {
  return value > kHuge ? kHuge : value < -kHuge ? -kHuge : int64_t(value);
}

static Interval hull(Interval a, Interval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

static Interval plus(Interval a, Interval b) {
  return {limited(__int128(a.low) + b.low), limited(__int128(a.high) + b.high)};
}

static Interval times(Interval a, Interval b) {
  __int128 products[] = {__int128(a.low) * b.low, __int128(a.low) * b.high,
                         __int128(a.high) * b.low, __int128(a.high) * b.high};
  return {limited(*std::min_element(products, products + 4)),
          limited(*std::max_element(products, products + 4))};
}

static Interval scaled(Interval a, int64_t weight) {
  return times(a, {weight, weight});
}

static Interval widthOf(Value spikes) {
  unsigned bits = cast<SpikesType>(spikes.getType()).getBits();
  if (bits == 0)
    return {0, 1};
  int64_t half = int64_t(1) << (bits - 1);
  return {-half, half - 1};
}

static int64_t countOf(Value value) {
  if (auto spikes = dyn_cast<SpikesType>(value.getType()))
    return spikes.getCount();
  return cast<CurrentType>(value.getType()).getCount();
}

// Weights in units of the neuro level that a plastic synapse may take.
static Interval plasticWeight(PlasticOp plastic) {
  RuleOp rule = plastic.lookupRule();
  std::vector<std::string> ignored; // the verifier has reported them
  std::optional<RuleMeaning> meaning =
      rule ? readRule(rule, ignored) : std::nullopt;
  if (!meaning)
    return {-128, 127};
  learning::ValueRange range =
      learning::weightRange(meaning->legal, settingOf(rule), {0, 0});
  return {range.low >> 1, (range.high + 1) >> 1};
}

// How many spikes of one source neuron can meet in a step: with learned delays
// those of every step that a delay reaches back to.
static int64_t meetingSpikes(PlasticOp plastic) {
  RuleOp rule = plastic.lookupRule();
  if (!rule)
    return 1;
  for (UpdateOp update : rule.getBody().front().getOps<UpdateOp>())
    if (update.getVariable() == Updated::d)
      return 63;
  return 1;
}

static Interval projected(ProjectOp project, Interval payload) {
  int64_t pre = countOf(project.getSource()),
          post = countOf(project.getCurrent());
  // A silent neuron contributes nothing.
  payload = hull(payload, {0, 0});
  if (auto one = dyn_cast<OneToOneAttr>(project.getWeights()))
    return scaled(payload, one.getWeight());
  auto source = project.getSource().getDefiningOp<PopulationOp>();
  // `inputs` neurons, of one weight, meet in a dendrite.
  auto together = [&](int64_t inputs, int64_t weight) -> Interval {
    if (source && source.getPayloadSumLimit()) {
      int64_t total = std::abs(weight) * *source.getPayloadSumLimit();
      return {-total, total};
    }
    return scaled(payload, weight * inputs);
  };
  if (auto blocks = dyn_cast<BlocksAttr>(project.getWeights()))
    return together(pre / blocks.getCount(), blocks.getWeight());
  if (auto repeat = dyn_cast<RepeatAttr>(project.getWeights()))
    return together(
        llvm::divideCeil(pre / repeat.getBlocks(), repeat.getPeriod()),
        repeat.getWeight());
  std::vector<int64_t> positive(post, 0), negative(post, 0);
  SynapseReader synapses(project);
  bool oneHot = false;
  if (auto input = project.getSource().getDefiningOp<InputOp>())
    oneHot = input.getKind() == PortKind::one_hot;
  for (int64_t i = 0; i < pre; ++i)
    synapses.forEach(i, [&](int64_t j, int64_t w) {
      int64_t &sum = w > 0 ? positive[j] : negative[j];
      sum = oneHot ? (w > 0 ? std::max(sum, w) : std::min(sum, w)) : sum + w;
    });
  Interval result;
  for (int64_t j = 0; j < post; ++j)
    result = hull(result, plus(scaled(payload, positive[j]),
                               scaled(payload, negative[j])));
  return result;
}

RangeAnalysis::RangeAnalysis(NetworkOp network) {
  // Payloads shrink from their declared width; a few rounds reach populations
  // that stand before their sources in the text.
  Block &body = network.getBody().front();
  for (Operation &op : body) {
    if (auto population = dyn_cast<PopulationOp>(op))
      payloads[population.getSpikes()] = widthOf(population.getSpikes());
    if (auto input = dyn_cast<InputOp>(op))
      payloads[input.getSpikes()] =
          input.getKind() == PortKind::graded
              ? Interval{-input.getLimit(), input.getLimit()}
              : Interval{0, 1};
  }
  for (int round = 0; round < 2; ++round)
    for (Operation &op : body) {
      if (auto project = dyn_cast<ProjectOp>(op))
        currents[project.getCurrent()] =
            projected(project, payloads.lookup(project.getSource()));
      if (auto population = dyn_cast<PopulationOp>(op)) {
        Interval width = widthOf(population.getSpikes());
        Interval sent = runModel(population);
        payloads[population.getSpikes()] = {
            std::clamp(sent.low, width.low, width.high),
            std::clamp(sent.high, width.low, width.high)};
      }
    }
}

Interval RangeAnalysis::dendrite(PopulationOp population,
                                 unsigned index) const {
  return currentOf(population.getDendrites()[index]);
}

Interval RangeAnalysis::currentOf(Value current) const {
  Operation *op = current.getDefiningOp();
  if (isa_and_nonnull<ProjectOp>(op))
    return currents.lookup(current);
  if (auto plastic = dyn_cast_or_null<PlasticOp>(op)) {
    int64_t inputs = countOf(plastic.getSource()) / plastic.getBlocks();
    Interval weight = plasticWeight(plastic);
    auto source = plastic.getSource().getDefiningOp<PopulationOp>();
    if (source && source.getPayloadSumLimit()) {
      int64_t total = weight.magnitude() * *source.getPayloadSumLimit() *
                      meetingSpikes(plastic);
      return {-total, total};
    }
    Interval payload = hull(payloads.lookup(plastic.getSource()), {0, 0});
    return scaled(times(payload, weight), inputs * meetingSpikes(plastic));
  }
  auto sum = dyn_cast_or_null<SumOp>(op);
  if (!sum)
    return {-kHuge, kHuge};
  // Static synapses that run beside plastic ones, from the same source in the
  // same blocks, shift the weight and do not add to its span.
  Interval result;
  llvm::SmallPtrSet<Operation *, 4> absorbed;
  for (Value value : sum.getCurrents()) {
    auto plastic = value.getDefiningOp<PlasticOp>();
    if (!plastic)
      continue;
    Interval weight = plasticWeight(plastic);
    if (plastic.getDelay() || meetingSpikes(plastic) > 1)
      continue;
    for (Value other : sum.getCurrents()) {
      auto project = other.getDefiningOp<ProjectOp>();
      auto blocks =
          project ? dyn_cast<BlocksAttr>(project.getWeights()) : BlocksAttr();
      if (!blocks || project.getSource() != plastic.getSource() ||
          blocks.getCount() != plastic.getBlocks() ||
          !absorbed.insert(project).second)
        continue;
      weight = plus(weight, {blocks.getWeight(), blocks.getWeight()});
    }
    int64_t inputs = countOf(plastic.getSource()) / plastic.getBlocks();
    Interval payload = hull(payloads.lookup(plastic.getSource()), {0, 0});
    result = plus(result, scaled(times(payload, weight), inputs));
    absorbed.insert(plastic);
  }
  for (Value value : sum.getCurrents())
    if (!absorbed.contains(value.getDefiningOp()))
      result = plus(result, currentOf(value));
  return result;
}

Interval RangeAnalysis::runModel(PopulationOp population) const {
  SmallVector<Interval> dendrites;
  for (unsigned i = 0; i < population.getDendrites().size(); ++i)
    dendrites.push_back(dendrite(population, i));
  return ModelRanges(population, dendrites).payload();
}
