//===- FastEngine.cpp - event-driven, across neurons ----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FastEngine.h"

#include "Philox.h"

#include "neuro/Target/Binary/nrb_generated.h"
#include "neuro/Target/Microcode.h"

#include <algorithm>
#include <cstdlib>

using namespace neuro;
using namespace neuro::runtime;
using namespace neuro::target;

namespace {

// Slices of `scratch`, in units of kLanes.
enum Scratch : unsigned {
  kRegistersAt = 0,
  kFlagAt = 16,
  kMaskAt,
  kResumeAt,
  kResultAt,
  kRandomAAt,
  kRandomBAt,
  kOnesAt,
  kZerosAt,
  kTimeAt,
  kIdAt,
  kScratchEnd,
};

} // namespace

FastEngine::FastEngine(const nrb::Binary &binary,
                       std::shared_ptr<const Plan> sharedPlan,
                       const KernelTable &kernels, unsigned chunk)
    : Engine(binary), shared(std::move(sharedPlan)), plan(*shared),
      kernels(kernels), chunk(chunk), general(GeneralLearning::create(binary)) {
  uint32_t slots = 1;
  while (slots < plan.maxDelay + 2)
    slots *= 2;
  ring.resize(slots);
  ringMask = slots - 1;
  sums = AlignedBuffer<int32_t>(plan.accumulatorSize);
  bounds.resize(plan.accumulators.size());
  touched.resize(plan.accumulators.size());
  nonzero.resize(plan.groups.size());
  state = AlignedBuffer<int32_t>(plan.initialState.size());
  payloads = AlignedBuffer<int32_t>(plan.numNeurons);
  fired = AlignedBuffer<int32_t>(plan.numNeurons);
  for (AlignedBuffer<int32_t> &values : exported)
    values = AlignedBuffer<int32_t>(plan.numNeurons);
  quiet.resize(plan.groups.size());
  sent.resize(plan.groups.size());
  exporting.resize(plan.groups.size());
  plasticWeights = AlignedBuffer<int16_t>(plan.plasticWeights.size());
  plastic.resize(plan.plasticAxons.size());
  if (!plan.plasticDelays.empty())
    pending.resize(kDelaySlots);
  groupOf.resize(plan.numNeurons);
  for (uint32_t i = 0; i < plan.groups.size(); ++i)
    std::fill_n(groupOf.begin() + plan.groups[i].first, plan.groups[i].stride,
                i);

  scratch = AlignedBuffer<int32_t>(kScratchEnd * kLanes);
  auto slice = [&](unsigned at) { return scratch.data() + at * kLanes; };
  context.registers = slice(kRegistersAt);
  context.flag = slice(kFlagAt);
  context.mask = slice(kMaskAt);
  context.resume = slice(kResumeAt);
  context.result = slice(kResultAt);
  context.randomA = slice(kRandomAAt);
  context.randomB = slice(kRandomBAt);
  std::fill_n(slice(kOnesAt), kLanes, -1);
  context.ones = slice(kOnesAt);
  context.source[kThird] = slice(kZerosAt);
  context.source[kTime] = slice(kTimeAt);
  context.source[kAxonId] = slice(kIdAt);
  context.owner = this;
  context.fillRandom = fillRandom;
}

void FastEngine::reset() {
  if (general)
    general->reset();
  for (std::vector<Event> &events : ring)
    events.clear();
  std::memcpy(state.data(), plan.initialState.data(),
              state.size() * sizeof(int32_t));
  std::memcpy(plasticWeights.data(), plan.plasticWeights.data(),
              plasticWeights.size() * sizeof(int16_t));
  plasticDelays = plan.plasticDelays;
  for (std::vector<Pending> &slot : pending)
    slot.clear();
  plastic.assign(plastic.size(), PlasticState());
  std::fill(quiet.begin(), quiet.end(), 0);
  std::fill(sent.begin(), sent.end(), 1);
  std::fill(exporting.begin(), exporting.end(), 1);
}

void FastEngine::sendHost(uint32_t port, uint32_t neuron, int32_t payload,
                          uint32_t step) {
  const PlanFanout &fanout = plan.portFanout[port];
  for (uint32_t i = fanout.index[neuron]; i < fanout.index[neuron + 1]; ++i)
    send(fanout.axons[i], payload, step);
}

void FastEngine::runStep(uint32_t step) {
  deliver(step);
  finishAccumulators();
  if (keepDendrites)
    keptDendrites.assign(sums.data(), sums.data() + sums.size());
  currentStep = step;
  context.probe = tracing ? probe : nullptr;
  std::fill_n(scratch.data() + kTimeAt * kLanes, kLanes, int32_t(step));
  size_t traceBegin = traceEntries.size();
  for (uint32_t i = 0; i < plan.groups.size(); ++i)
    runGroup(i, step);
  std::stable_sort(
      traceEntries.begin() + ptrdiff_t(traceBegin), traceEntries.end(),
      [](const TraceEntry &a, const TraceEntry &b) {
        return std::tie(a.group, a.neuron) < std::tie(b.group, b.neuron);
      });
  clearAccumulators();
  for (uint32_t axon : spiked)
    updateTraces(axon, step);
  if (learning && !plan.plasticAxons.empty())
    learn(step);
  if (general)
    general->runStep(*this, step, learning, groupCounters);
  for (uint32_t axon : spiked) {
    plastic[axon].x0 = false;
    plastic[axon].received = 0;
    plastic[axon].spikes = 0;
  }
  spiked.clear();
}

// Notes that the axon's accumulators will change by no more than
// maxWeight * magnitude.
void FastEngine::announce(const PlanAxon &axon, uint64_t magnitude) {
  const PlanSegment *segment = &plan.segments[axon.segments];
  for (uint32_t i = 0; i < axon.numSegments; ++i, ++segment)
    announce(segment->accumulator, segment->maxWeight * magnitude);
}

void FastEngine::announce(uint32_t accumulator, uint64_t magnitude) {
  bounds[accumulator] += magnitude;
  if (!touched[accumulator]) {
    touched[accumulator] = 1;
    touchedList.push_back(accumulator);
  }
}

// L-15: weight and delay are those at the start of the step.
void FastEngine::deliverDelayed(uint32_t step) {
  for (uint32_t axon : spiked) {
    const PlasticAxon &table = plan.plasticAxons[axon];
    if (!table.delayed)
      continue;
    const PlasticState &pre = plastic[axon];
    for (uint32_t i = table.synapses; i < table.synapses + table.numSynapses;
         ++i) {
      const PlasticSynapse &synapse = plan.plasticSynapses[i];
      const PlanGroup &group = plan.groups[groupOf[synapse.post]];
      uint32_t id = group.accumulators + table.dendrite;
      pending[(step + plasticDelays[i]) % kDelaySlots].push_back(
          {id, plan.accumulators[id].offset + synapse.post - group.first,
           pre.spikes, plasticWeights[synapse.weight] * pre.received});
    }
  }
  for (const Pending &entry : pending[step % kDelaySlots]) {
    groupCounters[plan.accumulators[entry.accumulator].group]
        .synapticOperations += entry.synapses;
    if (entry.sum)
      announce(entry.accumulator, uint64_t(std::llabs(entry.sum)));
  }
}

void FastEngine::accumulate(const PlanAxon &axon, const int16_t *weights,
                            int64_t payload) {
  const PlanSegment *segment = &plan.segments[axon.segments];
  for (uint32_t i = 0; i < axon.numSegments; ++i, ++segment) {
    const int16_t *from = weights + segment->weights;
    const uint32_t *index = plan.index.data() + segment->index;
    if (bounds[segment->accumulator] <= uint64_t(INT32_MAX)) {
      int32_t narrow = int32_t(payload);
      switch (segment->kind) {
      case SegmentKind::Dense:
        kernels.dense32(sums.data() + segment->start, from, segment->count,
                        narrow);
        break;
      case SegmentKind::Blocks:
        kernels.blocks32(sums.data(), index, from, segment->count, narrow);
        break;
      case SegmentKind::Sparse:
        kernels.sparse32(sums.data(), index, from, segment->count, narrow);
        break;
      }
      continue;
    }
    switch (segment->kind) {
    case SegmentKind::Dense:
      kernels.dense64(wideSums.data() + segment->start, from, segment->count,
                      payload);
      break;
    case SegmentKind::Blocks:
      kernels.blocks64(wideSums.data(), index, from, segment->count, payload);
      break;
    case SegmentKind::Sparse:
      kernels.sparse64(wideSums.data(), index, from, segment->count, payload);
      break;
    }
  }
}

void FastEngine::deliver(uint32_t step) {
  std::vector<Event> &events = ring[step & ringMask];
  auto magnitude = [](int64_t payload) {
    return uint64_t(payload < 0 ? -payload : payload);
  };
  for (const Event &event : events) {
    const PlanAxon &axon = plan.axons[event.axon];
    const PlanSegment *segment = &plan.segments[axon.segments];
    bool later =
        axon.plastic >= 0 && plan.plasticAxons[size_t(axon.plastic)].delayed;
    for (uint32_t i = 0; !later && i < axon.numSegments; ++i)
      groupCounters[plan.accumulators[segment[i].accumulator].group]
          .synapticOperations += segment[i].synapses;
    if (axon.plastic >= 0) {
      PlasticState &pre = plastic[size_t(axon.plastic)];
      if (!pre.x0) {
        pre.x0 = true;
        spiked.push_back(uint32_t(axon.plastic));
      }
      pre.received += event.payload;
      ++pre.spikes;
    } else if (event.payload) {
      announce(axon, magnitude(event.payload));
    }
  }
  auto speaksNow = [&](uint32_t axon) {
    return plastic[axon].received && !plan.plasticAxons[axon].delayed;
  };
  for (uint32_t axon : spiked)
    if (speaksNow(axon))
      announce(plan.axons[plan.plasticAxons[axon].axon],
               magnitude(plastic[axon].received));
  if (!pending.empty())
    deliverDelayed(step);
  // Where 32 bits may not hold the exact sum, 64 do.
  if (wideSums.size() == 0)
    for (uint32_t accumulator : touchedList)
      if (bounds[accumulator] > uint64_t(INT32_MAX)) {
        wideSums = AlignedBuffer<int64_t>(plan.accumulatorSize);
        break;
      }
  for (const Event &event : events) {
    const PlanAxon &axon = plan.axons[event.axon];
    if (event.payload && axon.plastic < 0)
      accumulate(axon, plan.weights.data(), event.payload);
  }
  for (uint32_t axon : spiked)
    if (speaksNow(axon))
      accumulate(plan.axons[plan.plasticAxons[axon].axon],
                 plasticWeights.data(), plastic[axon].received);
  if (!pending.empty()) {
    std::vector<Pending> &slot = pending[step % kDelaySlots];
    for (const Pending &entry : slot)
      if (bounds[entry.accumulator] <= uint64_t(INT32_MAX))
        sums[entry.position] += int32_t(entry.sum);
      else
        wideSums[entry.position] += entry.sum;
    slot.clear();
  }
  events.clear();
}

void FastEngine::finishAccumulators() {
  for (uint32_t id : touchedList) {
    const PlanAccumulator &accumulator = plan.accumulators[id];
    uint64_t &wraps = groupCounters[accumulator.group].dendriteWraps;
    int32_t *values = sums.data() + accumulator.offset;
    bool any;
    if (bounds[id] <= uint64_t(INT32_MAX)) {
      any = kernels.finish32(values, accumulator.stride, accumulator.exponent,
                             wraps);
    } else {
      int64_t *wide = wideSums.data() + accumulator.offset;
      any = kernels.finish64(wide, values, accumulator.stride,
                             accumulator.exponent, wraps);
      std::memset(wide, 0, accumulator.stride * sizeof(int64_t));
    }
    if (any)
      nonzero[accumulator.group] = 1;
  }
}

void FastEngine::clearAccumulators() {
  for (uint32_t id : touchedList) {
    const PlanAccumulator &accumulator = plan.accumulators[id];
    if (nonzero[accumulator.group])
      std::memset(sums.data() + accumulator.offset, 0,
                  accumulator.stride * sizeof(int32_t));
    bounds[id] = 0;
    touched[id] = 0;
  }
  for (uint32_t id : touchedList)
    nonzero[plan.accumulators[id].group] = 0;
  touchedList.clear();
}

void FastEngine::fillRandom(void *self, unsigned draw, int32_t *values) {
  FastEngine &engine = *static_cast<FastEngine *>(self);
  const PlanGroup &group = engine.plan.groups[engine.currentGroup];
  uint32_t neuron = group.sourceFirst + engine.currentBegin;
  for (uint32_t i = 0; i < engine.context.lanes; ++i)
    values[i] = randomOperand(engine.binary.seed(), engine.currentStep,
                              group.source, neuron + i, draw);
}

void FastEngine::probe(void *self, const int32_t *values, const int32_t *mask) {
  FastEngine &engine = *static_cast<FastEngine *>(self);
  for (uint32_t i = 0; i < engine.context.lanes; ++i)
    if (mask[i])
      engine.traceEntries.push_back({engine.currentStep, engine.currentGroup,
                                     engine.currentBegin + i, values[i]});
}

void FastEngine::setSources(const PlanGroup &group, uint32_t begin) {
  for (unsigned i = 0; i < group.numState; ++i) {
    context.state[i] =
        state.data() + group.state + uint64_t(i) * group.stride + begin;
    context.source[kState + i] = context.state[i];
  }
  for (unsigned i = 0; i < group.numDendrites; ++i) {
    context.dendrites[i] =
        sums.data() + plan.accumulators[group.accumulators + i].offset + begin;
    context.source[kDendrite + i] = context.dendrites[i];
  }
  for (unsigned i = 0; i < group.numParameters; ++i)
    context.source[kParameter + i] = plan.parameterValues.data() +
                                     group.parameters[i].values +
                                     (group.parameters[i].uniform ? 0 : begin);
}

void FastEngine::runGroup(uint32_t index, uint32_t step) {
  const PlanGroup &group = plan.groups[index];
  const PlanProgram &program = plan.programs[group.program];
  GroupCounters &counters = groupCounters[index];
  counters.neuronUpdates += group.count;
  size_t bytes = group.stride * sizeof(int32_t);
  if (sent[index]) {
    std::memset(payloads.data() + group.first, 0, bytes);
    std::memset(fired.data() + group.first, 0, bytes);
    sent[index] = 0;
  }
  if (exporting[index]) {
    for (AlignedBuffer<int32_t> &values : exported)
      std::memset(values.data() + group.first, 0, bytes);
    exporting[index] = 0;
  }
  bool idle = program.mayIdle && quiet[index] && !nonzero[index];
  if (idle && quiet[index] != kClaimedQuiet)
    return;
  if (!idle)
    counters.activeNeuronUpdates += group.count;

  context.code = program.code.data();
  context.length = unsigned(program.code.size());
  context.branches = program.branches;
  std::copy_n(group.rules, 8, context.rules);
  context.binaryPayload = group.payloadBits == 0;
  if (group.payloadBits) {
    context.payloadLow = -(1 << (group.payloadBits - 1));
    context.payloadHigh = (1 << (group.payloadBits - 1)) - 1;
  }
  context.registerWraps = context.saturations = context.spikes = 0;
  context.changed = context.exported = false;
  currentGroup = index;
  for (uint32_t begin = 0; begin < group.count; begin += chunk) {
    context.lanes = std::min(chunk, group.count - begin);
    currentBegin = begin;
    setSources(group, begin);
    uint32_t position = group.first + begin;
    context.payload = payloads.data() + position;
    context.fired = fired.data() + position;
    for (unsigned i = 0; i < 4; ++i)
      context.exports[i] = exported[i].data() + position;
    if (program.usesId)
      for (uint32_t i = 0; i < context.lanes; ++i)
        scratch[kIdAt * kLanes + i] = int32_t(group.sourceFirst + begin + i);
    uint64_t before = context.spikes;
    kernels.runProgram(context);
    if (context.spikes == before)
      continue;
    for (uint32_t i = 0; i < context.lanes; ++i)
      if (context.fired[i])
        for (uint32_t j = plan.neuronFanout.index[position + i];
             j < plan.neuronFanout.index[position + i + 1]; ++j)
          send(plan.neuronFanout.axons[j], context.payload[i], step);
  }
  counters.spikes += context.spikes;
  counters.saturations += context.saturations;
  counters.registerWraps += context.registerWraps;
  sent[index] = context.spikes != 0;
  exporting[index] = context.exported;
  if (context.changed)
    quiet[index] = 0;
  else if (!nonzero[index])
    quiet[index] = !context.spikes && !context.exported &&
                   !context.saturations && !context.registerWraps;
}

// L-4.
void FastEngine::updateTraces(uint32_t axon, uint32_t step) {
  const PlanRule &rule = plan.rules[plan.plasticAxons[axon].rule];
  PlasticState &pre = plastic[axon];
  if (!rule.hold1) {
    pre.x1 = 0;
    pre.x1Limited = false;
  }
  if (!rule.hold2) {
    pre.x2 = 0;
    pre.x2Limited = false;
  }
  pre.traceStep = step;
  int64_t half = pre.received >> 1;
  if ((pre.received & 1) && (half & 1))
    ++half;
  int64_t next;
  if (rule.gradedMode == uint8_t(nrb::GradedTraceMode::overwrite)) {
    next = half;
    pre.x1Limited = false;
  } else if (rule.gradedMode == uint8_t(nrb::GradedTraceMode::add_saturate)) {
    next = pre.x1 + half;
  } else {
    next = pre.x1 + rule.impulse1;
  }
  pre.x1Limited |= next < 0 || next > 127;
  pre.x1 = uint8_t(std::min<int64_t>(std::max<int64_t>(next, 0), 127));
  int next2 = pre.x2 + rule.impulse2;
  pre.x2Limited |= next2 > 127;
  pre.x2 = uint8_t(std::min(next2, 127));
}

// L-7: only synapses with a nonzero dependency are visited.
void FastEngine::learn(uint32_t step) {
  for (const PlanRule &rule : plan.rules)
    if (rule.hasU && (step + 1) % rule.uPeriod == 0)
      for (uint32_t axon : rule.axons)
        learnAxon(axon, step, true);
  auto uStep = [&](const PlanRule &rule) {
    return rule.hasU && (step + 1) % rule.uPeriod == 0;
  };
  for (uint32_t axon : spiked) {
    const PlanRule &rule = plan.rules[plan.plasticAxons[axon].rule];
    if (rule.hasX0 && !uStep(rule))
      learnAxon(axon, step, false);
  }
  for (uint32_t i = 0; i < plan.groups.size(); ++i) {
    if (!exporting[i])
      continue;
    const PlanGroup &group = plan.groups[i];
    for (uint32_t post = group.first; post < group.first + group.count;
         ++post) {
      if (!exported[3][post])
        continue;
      for (uint32_t j = plan.rowIndex[post]; j < plan.rowIndex[post + 1]; ++j) {
        const PlasticSynapse &synapse =
            plan.plasticSynapses[plan.rowSynapses[j]];
        const PlanRule &rule = plan.rules[plan.plasticAxons[synapse.axon].rule];
        if (uStep(rule) || (rule.hasX0 && plastic[synapse.axon].x0))
          continue;
        ++groupCounters[i].learningUpdates;
        updateSynapse(synapse, i, step, false);
      }
    }
  }
}

void FastEngine::learnAxon(uint32_t axon, uint32_t step, bool u) {
  const PlasticAxon &table = plan.plasticAxons[axon];
  const PlanRule &rule = plan.rules[table.rule];
  bool anyExport = false;
  for (uint32_t i = 0; i < table.numPosts; ++i) {
    const PlasticPost &post = plan.plasticPosts[table.posts + i];
    groupCounters[post.group].learningUpdates += post.synapses;
    anyExport |= exporting[post.group] != 0;
  }
  bool needsExport = rule.x0NeedsExport && !u;
  if (needsExport && !anyExport)
    return;
  for (uint32_t i = 0; i < table.numSynapses; ++i) {
    const PlasticSynapse &synapse = plan.plasticSynapses[table.synapses + i];
    uint32_t post = synapse.post;
    if (needsExport && !(exported[0][post] | exported[1][post] |
                         exported[2][post] | exported[3][post]))
      continue;
    updateSynapse(synapse, groupOf[post], step, u);
  }
}

// L-5 and L-6.
void FastEngine::updateSynapse(const PlasticSynapse &synapse, uint32_t group,
                               uint32_t step, bool u) {
  const PlasticAxon &axon = plan.plasticAxons[synapse.axon];
  const PlanRule &rule = plan.rules[axon.rule];
  const PlasticState &pre = plastic[synapse.axon];
  bool fresh = pre.traceStep == step;
  bool has1 = rule.hold1 || fresh, has2 = rule.hold2 || fresh;
  int16_t &weight = plasticWeights[synapse.weight];
  int32_t variables[16] = {};
  variables[unsigned(nrb::FactorVar::x0)] = pre.x0;
  variables[unsigned(nrb::FactorVar::x1)] = has1 ? pre.x1 : 0;
  variables[unsigned(nrb::FactorVar::x2)] = has2 ? pre.x2 : 0;
  variables[unsigned(nrb::FactorVar::y0)] = exported[3][synapse.post];
  variables[unsigned(nrb::FactorVar::y1)] = exported[0][synapse.post];
  variables[unsigned(nrb::FactorVar::y2)] = exported[1][synapse.post];
  variables[unsigned(nrb::FactorVar::y3)] = exported[2][synapse.post];
  variables[unsigned(nrb::FactorVar::w)] = weight;
  int32_t dependencies[3] = {pre.x0, exported[3][synapse.post], u};

  bool limited = false;
  int64_t acc = int64_t(weight) * 128;
  for (const PlanProduct &product : rule.products) {
    int64_t m = dependencies[product.dependency];
    if (!m)
      continue;
    bool usesLimited = false, othersCount = true;
    for (const PlanFactor &factor : product.factors) {
      int32_t value = variables[factor.var];
      value += factor.constant;
      if (factor.sign)
        value = (value > 0) - (value < 0);
      value = std::min(std::max(value, factor.low), factor.high);
      m *= value;
      bool marked =
          (factor.var == uint8_t(nrb::FactorVar::x1) && has1 &&
           pre.x1Limited) ||
          (factor.var == uint8_t(nrb::FactorVar::x2) && has2 && pre.x2Limited);
      usesLimited |= marked;
      othersCount &= marked || value != 0;
    }
    limited |= usesLimited && othersCount;
    m = (m * product.mantissa >> product.shiftRight) *
        (int64_t(1) << product.shiftLeft);
    int64_t kept = std::min<int64_t>(std::max<int64_t>(m, -32768), 32767);
    int64_t sum =
        std::min<int64_t>(std::max<int64_t>(acc + kept, -32768), 32767);
    limited |= kept != m || sum != acc + kept;
    acc = sum;
  }
  int32_t next = int32_t(acc >> 7 >> axon.stepShift) * (1 << axon.stepShift);
  int32_t stored = std::min(std::max(next, axon.low), axon.high);
  groupCounters[group].learningSaturations += limited || stored != next;
  weight = int16_t(stored);
}

std::unique_ptr<Engine>
neuro::runtime::makeFastEngine(const nrb::Binary &binary,
                               std::shared_ptr<const Plan> plan) {
  return makeFastEngine(binary, std::move(plan), getKernelTable(0), kLanes);
}

std::unique_ptr<Engine>
neuro::runtime::makeFastEngine(const nrb::Binary &binary,
                               std::shared_ptr<const Plan> plan,
                               const KernelTable &kernels, unsigned chunk) {
  return std::make_unique<FastEngine>(binary, std::move(plan), kernels, chunk);
}
