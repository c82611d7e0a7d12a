//===- ReferenceEngine.cpp - the specification, executed plainly ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written for reading: every rule of docs/spec/machine.md stands where it
// applies, nothing is skipped, tables are read from the file. Learning is in
// ReferenceLearning.cpp.
//
//===----------------------------------------------------------------------===//

#include "Decode.h"
#include "Philox.h"
#include "ReferenceLearning.h"

#include "neuro/Runtime/Engine.h"
#include "neuro/Runtime/State.h"
#include "neuro/Target/Microcode.h"

#include <algorithm>
#include <array>
#include <map>

using namespace neuro;
using namespace neuro::runtime;
using namespace neuro::target;

namespace {

int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return std::min(std::max(value, low), high);
}

int64_t wrapSigned(int64_t value, unsigned bits) {
  uint64_t low = uint64_t(value) << (64 - bits);
  return int64_t(low) >> (64 - bits);
}

struct Synapse {
  uint32_t group;  // global
  uint32_t neuron; // within the group
  int32_t weight;
  uint32_t delay;
};

struct Axon {
  const nrb::SynapseFormat *format;
  uint32_t delay;
  std::vector<Synapse> synapses;             // of a static axon
  reference::PlasticAxon *plastic = nullptr; // or of one with a rule
};

struct Neuron {
  std::vector<int32_t> state;
  std::vector<int64_t> sums;      // of this step, exact
  std::vector<int32_t> dendrites; // after M9
  std::vector<int32_t> found;     // the same before the program runs
  bool fired = false;
  int32_t payload = 0;
};

struct Group {
  const nrb::Group *table;
  std::vector<Instruction> code;
  std::vector<int8_t> exponents; // per dendrite
  std::vector<Neuron> neurons;
  bool mayIdle = true; // reads neither rand nor time, does not probe
  bool quiet = false;  // with zero dendrites and this state: does nothing
};

struct Delivery {
  uint32_t core, axon;
  int32_t payload;
};

class ReferenceEngine : public Engine {
public:
  explicit ReferenceEngine(const nrb::Binary &binary);

  void readSpikes(uint32_t group, int32_t *payload,
                  uint8_t *fired) const override;
  void readState(uint32_t group, unsigned field,
                 int32_t *values) const override;
  void readDendrites(uint32_t group, unsigned dendrite,
                     int32_t *values) const override;
  void readSynapses(uint32_t core, uint32_t axon, SynapseVariable variable,
                    std::vector<int32_t> &values) const override;
  void readPreTraces(uint32_t core, uint32_t axon,
                     int32_t *values) const override;
  void readPostTraces(uint32_t core, uint32_t rule, uint32_t group,
                      uint32_t neuron, int32_t *values) const override;

protected:
  void reset() override;
  void saveState(EngineState &saved, uint32_t step) const override;
  void loadState(const EngineState &saved) override;
  void runStep(uint32_t step) override;
  void sendHost(uint32_t port, uint32_t neuron, int32_t payload,
                uint32_t step) override;
  int32_t sentPayload(uint32_t core, uint32_t neuron) const override;

private:
  void send(const nrb::AxonOut &out, int32_t payload, uint32_t step);
  void deliver(uint32_t step);
  void arrive(reference::PlasticAxon &axon, int32_t payload, uint32_t step);
  void finishDendrites(uint32_t group);
  void updateGroup(uint32_t group, uint32_t step);
  void runProgram(uint32_t group, uint32_t neuron, uint32_t step);
  void writeDest(uint32_t group, uint32_t lane, int32_t *registers,
                 unsigned dest, int64_t value);
  void writeState(uint32_t group, Neuron &neuron, unsigned field,
                  int64_t value);

  std::vector<Group> groups;
  std::vector<uint32_t> firstGroup;     // of a core
  std::vector<std::vector<Axon>> axons; // [core][axon]
  // Spikes under way, by the step of their delivery. Synaptic delays: the
  // synapses with delay k of an axon are visited k steps later.
  std::map<uint32_t, std::vector<Delivery>> inFlight;
  // L-15: what plastic synapses add later, by step, group, dendrite, neuron.
  std::map<std::array<uint32_t, 4>, EngineState::Pending> pending;
  reference::Learning plasticity;
  // What the neurons of each group exported in this step.
  std::vector<std::vector<reference::Activity>> activity;
  bool changed = false;
  bool acted = false;
};

ReferenceEngine::ReferenceEngine(const nrb::Binary &binary)
    : Engine(binary), plasticity(binary) {
  for (const nrb::Core *core : *binary.cores()) {
    firstGroup.push_back(uint32_t(groups.size()));
    for (uint32_t i = 0; i < sizeOfVector(core->groups()); ++i) {
      Group group;
      group.table = core->groups()->Get(i);
      const auto *code = core->programs()->Get(group.table->program())->code();
      for (uint32_t j = 0; j < sizeOfVector(code); ++j) {
        Instruction inst = *decode(code->Get(j));
        OpcodeInfo info = getOpcodeInfo(inst.op);
        bool usesB =
            info.hasB || (inst.op == Opcode::SHL && (inst.mode & kModeFloor));
        auto volatileOperand = [](unsigned operand) {
          return operand == kRandom || operand == kTime;
        };
        if ((info.hasA && volatileOperand(inst.a)) ||
            (usesB && volatileOperand(inst.b)) || inst.op == Opcode::PROBE)
          group.mayIdle = false;
        group.code.push_back(inst);
      }
      group.exponents.resize(group.table->dendrites());
      group.neurons.resize(group.table->count());
      groups.push_back(std::move(group));
    }
    axons.emplace_back(sizeOfVector(core->axons_in()));
    for (uint32_t i = 0; i < axons.back().size(); ++i) {
      Axon &axon = axons.back()[i];
      const nrb::AxonIn &table = *core->axons_in()->Get(i);
      axon.format = core->formats()->Get(table.format());
      axon.plastic = plasticity.find(uint32_t(axons.size() - 1), i);
      axon.delay = table.delay();
      visitSynapses(*core, table, [&](const DecodedSynapse &synapse) {
        uint32_t group = groupOfNeuron(*core, synapse.target);
        uint32_t global = firstGroup.back() + group;
        groups[global].exponents[axon.format->dendrite()] =
            axon.format->weight_exp();
        if (!axon.plastic)
          axon.synapses.push_back(
              {global,
               uint32_t(synapse.target - core->groups()->Get(group)->first()),
               synapse.weight, synapse.delay});
      });
    }
  }
}

// M6.
void ReferenceEngine::reset() {
  plasticity.reset();
  activity.clear();
  inFlight.clear();
  pending.clear();
  for (Group &group : groups) {
    group.quiet = false;
    for (uint32_t i = 0; i < group.neurons.size(); ++i) {
      Neuron &neuron = group.neurons[i];
      neuron = Neuron();
      for (uint32_t j = 0; j < sizeOfVector(group.table->state()); ++j) {
        const auto &init = *group.table->state()->Get(j)->init();
        neuron.state.push_back(init.Get(init.size() == 1 ? 0 : i));
      }
      neuron.sums.resize(group.table->dendrites());
      neuron.dendrites.resize(group.table->dendrites());
    }
    activity.emplace_back(group.neurons.size());
  }
}

void ReferenceEngine::saveState(EngineState &saved, uint32_t step) const {
  for (const Group &group : groups) {
    for (unsigned field = 0; field < sizeOfVector(group.table->state());
         ++field)
      for (const Neuron &neuron : group.neurons)
        saved.fields.push_back(neuron.state[field]);
    saved.quiet.push_back(group.quiet);
  }
  plasticity.save(saved, step);
  for (const auto &[arrival, deliveries] : inFlight)
    for (const Delivery &delivery : deliveries) {
      const Axon &axon = axons[delivery.core][delivery.axon];
      // A plastic synapse has taken its spike when it arrived (L-15).
      bool awaited =
          axon.plastic && !axon.plastic->synapses.empty() && arrival >= step;
      for (const Synapse &synapse : axon.synapses)
        awaited |= arrival + synapse.delay >= step;
      if (awaited)
        saved.spikes.push_back({arrival - 1 - axon.delay, delivery.core,
                                delivery.axon, delivery.payload});
    }
  std::sort(saved.spikes.begin(), saved.spikes.end());
  for (const auto &entry : pending)
    saved.pending.push_back(entry.second);
}

void ReferenceEngine::loadState(const EngineState &saved) {
  plasticity.load(saved);
  for (const EngineState::Pending &entry : saved.pending)
    pending[{entry.step, entry.group, entry.dendrite, entry.neuron}] = entry;
  const int32_t *field = saved.fields.data();
  for (uint32_t i = 0; i < groups.size(); ++i) {
    for (unsigned j = 0; j < sizeOfVector(groups[i].table->state()); ++j)
      for (Neuron &neuron : groups[i].neurons)
        neuron.state[j] = *field++;
    groups[i].quiet = saved.quiet[i];
  }
  for (const EngineState::Spike &spike : saved.spikes)
    inFlight[spike.sent + 1 + axons[spike.core][spike.axon].delay].push_back(
        {spike.core, spike.axon, spike.payload});
}

void ReferenceEngine::send(const nrb::AxonOut &out, int32_t payload,
                           uint32_t step) {
  inFlight[step + 1 + axons[out.core()][out.axon()].delay].push_back(
      {out.core(), out.axon(), payload});
}

void ReferenceEngine::sendHost(uint32_t port, uint32_t neuron, int32_t payload,
                               uint32_t step) {
  const nrb::InputPort &table = *binary.inputs()->Get(port);
  for (uint32_t i = table.fanout_index()->Get(neuron);
       i < table.fanout_index()->Get(neuron + 1); ++i)
    send(*table.fanout()->Get(i), payload, step);
}

// M3: deliver -> accumulate -> run every program -> learn.
void ReferenceEngine::runStep(uint32_t step) {
  deliver(step);
  for (uint32_t group = 0; group < groups.size(); ++group)
    finishDendrites(group);
  for (uint32_t group = 0; group < groups.size(); ++group)
    updateGroup(group, step);
  for (uint32_t core = 0; core < axons.size(); ++core) {
    const nrb::Core &table = *binary.cores()->Get(core);
    for (uint32_t i = 0; i < sizeOfVector(table.groups()); ++i) {
      Group &group = groups[firstGroup[core] + i];
      for (uint32_t j = 0; j < group.neurons.size(); ++j) {
        if (!group.neurons[j].fired)
          continue;
        uint32_t neuron = group.table->first() + j;
        for (uint32_t k = table.fanout_index()->Get(neuron);
             k < table.fanout_index()->Get(neuron + 1); ++k)
          send(*table.fanout()->Get(k), group.neurons[j].payload, step);
      }
    }
  }
  plasticity.step(step, learning, activity, groupCounters);
}

void ReferenceEngine::deliver(uint32_t step) {
  for (std::vector<Axon> &core : axons)
    for (Axon &axon : core)
      if (axon.plastic) {
        axon.plastic->spiked = false;
        axon.plastic->payload = 0;
      }
  // M10.
  for (Group &group : groups)
    for (Neuron &neuron : group.neurons)
      std::fill(neuron.sums.begin(), neuron.sums.end(), 0);
  // M4: synapses have delays below 64 that add to those of their axon.
  for (uint32_t late = 0; late < 64 && late <= step; ++late) {
    auto found = inFlight.find(step - late);
    if (found == inFlight.end())
      continue;
    for (const Delivery &delivery : found->second) {
      Axon &axon = axons[delivery.core][delivery.axon];
      if (axon.plastic) {
        if (late == 0)
          arrive(*axon.plastic, delivery.payload, step);
        continue;
      }
      for (const Synapse &synapse : axon.synapses)
        if (synapse.delay == late) {
          groups[synapse.group]
              .neurons[synapse.neuron]
              .sums[axon.format->dendrite()] +=
              int64_t(synapse.weight) * delivery.payload;
          if (synapse.weight)
            ++groupCounters[synapse.group].synapticOperations;
        }
    }
  }
  while (!pending.empty() && pending.begin()->first[0] == step) {
    const EngineState::Pending &sum = pending.begin()->second;
    groups[sum.group].neurons[sum.neuron].sums[sum.dendrite] += sum.sum;
    groupCounters[sum.group].synapticOperations += sum.synapses;
    pending.erase(pending.begin());
  }
  if (step >= 63)
    inFlight.erase(inFlight.begin(), inFlight.upper_bound(step - 63));
}

// L-15: a plastic synapse looks at its weight and delay when a spike arrives.
void ReferenceEngine::arrive(reference::PlasticAxon &axon, int32_t payload,
                             uint32_t step) {
  axon.spiked = true;
  axon.payload += payload;
  uint32_t dendrite = axon.format->dendrite();
  for (size_t i = 0; i < axon.synapses.size(); ++i) {
    const reference::PlasticSynapse &synapse = axon.synapses[i];
    uint32_t at = step + plasticity.actingDelay(axon, i);
    EngineState::Pending &sum =
        pending[{at, synapse.group, dendrite, synapse.neuron}];
    sum = {at,
           synapse.group,
           dendrite,
           synapse.neuron,
           sum.synapses + 1,
           sum.sum + int64_t(synapse.weight) * payload};
  }
}

// M9: the exact sum is scaled, then wrapped.
void ReferenceEngine::finishDendrites(uint32_t index) {
  Group &group = groups[index];
  for (Neuron &neuron : group.neurons)
    for (unsigned d = 0; d < neuron.sums.size(); ++d) {
      int exponent = group.exponents[d];
      int64_t scaled = exponent >= 0 ? neuron.sums[d] * (int64_t(1) << exponent)
                                     : neuron.sums[d] >> -exponent;
      int64_t wrapped = wrapSigned(scaled, 24);
      if (wrapped != scaled)
        ++groupCounters[index].dendriteWraps;
      neuron.dendrites[d] = int32_t(wrapped);
    }
  for (Neuron &neuron : group.neurons)
    neuron.found = neuron.dendrites;
}

void ReferenceEngine::updateGroup(uint32_t index, uint32_t step) {
  Group &group = groups[index];
  GroupCounters &counters = groupCounters[index];
  bool silent = true;
  for (Neuron &neuron : group.neurons)
    for (int32_t value : neuron.dendrites)
      silent = silent && value == 0;
  counters.neuronUpdates += group.neurons.size();
  if (!(group.mayIdle && silent && group.quiet))
    counters.activeNeuronUpdates += group.neurons.size();

  uint64_t events = counters.saturations + counters.registerWraps;
  changed = acted = false;
  for (uint32_t i = 0; i < group.neurons.size(); ++i)
    runProgram(index, i, step);
  bool noEvents = events == counters.saturations + counters.registerWraps;
  if (changed)
    group.quiet = false;
  else if (silent)
    group.quiet = !acted && noEvents;
}

void ReferenceEngine::writeState(uint32_t index, Neuron &neuron, unsigned field,
                                 int64_t value) {
  const nrb::StateField &table = *groups[index].table->state()->Get(field);
  unsigned bits = table.bits();
  int64_t low = table.is_signed() ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = (int64_t(1) << (table.is_signed() ? bits - 1 : bits)) - 1;
  int64_t stored;
  if (table.overflow() == nrb::OverflowRule::saturate) {
    stored = clamp(value, low, high);
    groupCounters[index].saturations += stored != value;
  } else {
    stored = table.is_signed() ? wrapSigned(value, bits)
                               : value & ((int64_t(1) << bits) - 1);
    groupCounters[index].registerWraps += stored != value;
  }
  changed = changed || stored != neuron.state[field];
  neuron.state[field] = int32_t(stored);
}

void ReferenceEngine::writeDest(uint32_t index, uint32_t lane,
                                int32_t *registers, unsigned dest,
                                int64_t value) {
  reference::Activity &exports = activity[index][lane];
  if (dest < kState) {
    registers[dest] = int32_t(value);
  } else if (dest < kDestY1) {
    writeState(index, groups[index].neurons[lane], dest - kState, value);
  } else if (dest < kDestBackSpike) { // M12
    int64_t limited = clamp(value, 0, 127);
    groupCounters[index].saturations += limited != value;
    exports.y[dest - kDestY1] = int32_t(limited);
    acted = acted || limited != 0;
  } else {
    exports.y0 = value != 0;
    acted = acted || value != 0;
  }
}

void ReferenceEngine::runProgram(uint32_t index, uint32_t lane, uint32_t step) {
  Group &group = groups[index];
  Neuron &neuron = group.neurons[lane];
  GroupCounters &counters = groupCounters[index];
  int32_t registers[kNumRegisters] = {};
  bool flag = false;
  neuron.fired = false;
  neuron.payload = 0;
  activity[index][lane] = reference::Activity();
  uint32_t identity = group.table->source_first() + lane;

  for (uint32_t pc = 0; pc < group.code.size();) {
    const Instruction &inst = group.code[pc];
    auto read = [&](unsigned operand, unsigned slot) -> int64_t {
      if (operand < kState)
        return registers[operand];
      if (operand < kDendrite)
        return neuron.state[operand - kState];
      if (operand < kRandom)
        return neuron.dendrites[operand - kDendrite];
      if (operand == kRandom)
        return randomOperand(binary.seed(), step, group.table->source(),
                             identity, 2 * pc + slot);
      if (operand == kTime)
        return int32_t(step);
      if (operand == kAxonId)
        return int32_t(identity);
      if (operand == kThird)
        return 0;
      const auto &values =
          *group.table->parameters()->Get(operand - kParameter)->values();
      return values.Get(values.size() == 1 ? 0 : lane);
    };
    auto a = [&] { return read(inst.a, 0); };
    auto b = [&] { return read(inst.b, 1); };
    auto write = [&](int64_t value) {
      writeDest(index, lane, registers, inst.dst, value);
    };
    // M11: results of arithmetic are 32 bits wide.
    auto narrow = [&](int64_t value) {
      if (inst.mode & kModeAlternate) {
        int64_t limited = clamp(value, INT32_MIN, INT32_MAX);
        counters.saturations += limited != value;
        return limited;
      }
      int64_t wrapped = wrapSigned(value, 32);
      counters.registerWraps += wrapped != value;
      return wrapped;
    };
    uint32_t next = pc + 1;
    switch (inst.op) {
    case Opcode::RMW:
      writeState(index, neuron, inst.a - kState, a() + b());
      write(a());
      break;
    case Opcode::RDC: {
      int64_t value = a();
      write(value);
      if (inst.a < kDendrite)
        writeState(index, neuron, inst.a - kState, 0);
      else
        neuron.dendrites[inst.a - kDendrite] = 0;
      break;
    }
    case Opcode::MOV:
      write(a());
      break;
    case Opcode::SEL:
      write(flag ? a() : b());
      break;
    case Opcode::AND:
      write(a() & b());
      break;
    case Opcode::OR:
      write(a() | b());
      break;
    case Opcode::SHL: {
      int64_t amount =
          inst.mode & kModeFloor ? clamp(b(), 0, 31) : int64_t(inst.imm);
      write(narrow(a() * (int64_t(1) << amount)));
      break;
    }
    case Opcode::ADD:
      write(narrow(a() + b()));
      break;
    case Opcode::NEG:
      write(narrow(-a()));
      break;
    case Opcode::MIN:
      if ((inst.mode & kModeAlternate) && b() < a())
        ++counters.saturations;
      write(std::min(a(), b()));
      break;
    case Opcode::MUL_SHR: {
      int64_t product = a() * b();
      int64_t divisor = int64_t(1) << inst.imm;
      write(narrow(inst.mode & kModeFloor ? product >> inst.imm
                                          : product / divisor));
      break;
    }
    case Opcode::LT:
      flag = a() < b();
      break;
    case Opcode::GE:
      flag = a() >= b();
      break;
    case Opcode::EQ:
      flag = a() == b();
      break;
    case Opcode::SKP_C:
      if (flag)
        next = pc + 1 + inst.imm;
      break;
    case Opcode::JMP_C:
      if (flag)
        next = inst.imm + 128u * inst.b;
      break;
    case Opcode::SPIKE: {
      unsigned bits = group.table->payload_bits();
      neuron.fired = acted = true;
      activity[index][lane].fired = true;
      neuron.payload = 1;
      if (bits) {
        int64_t limited = clamp(a(), -(int64_t(1) << (bits - 1)),
                                (int64_t(1) << (bits - 1)) - 1);
        counters.saturations += limited != a();
        neuron.payload = int32_t(limited);
      }
      ++counters.spikes;
      break;
    }
    case Opcode::PROBE:
      if (tracing)
        traceEntries.push_back({step, index, lane, int32_t(a())});
      break;
    }
    pc = next;
  }
}

int32_t ReferenceEngine::sentPayload(uint32_t core, uint32_t neuron) const {
  uint32_t group = firstGroup[core];
  while (neuron >= groups[group].table->first() + groups[group].table->count())
    ++group;
  return groups[group].neurons[neuron - groups[group].table->first()].payload;
}

void ReferenceEngine::readSpikes(uint32_t group, int32_t *payload,
                                 uint8_t *fired) const {
  for (const Neuron &neuron : groups[group].neurons) {
    *payload++ = neuron.payload;
    *fired++ = neuron.fired;
  }
}

void ReferenceEngine::readState(uint32_t group, unsigned field,
                                int32_t *values) const {
  for (const Neuron &neuron : groups[group].neurons)
    *values++ = neuron.state[field];
}

void ReferenceEngine::readDendrites(uint32_t group, unsigned dendrite,
                                    int32_t *values) const {
  for (const Neuron &neuron : groups[group].neurons)
    *values++ = neuron.found[dendrite];
}

void ReferenceEngine::readSynapses(uint32_t core, uint32_t axon,
                                   SynapseVariable variable,
                                   std::vector<int32_t> &values) const {
  values.clear();
  const auto pick = [&](int32_t weight, int32_t delay, int32_t tag) {
    values.push_back(variable == SynapseVariable::Weight  ? weight
                     : variable == SynapseVariable::Delay ? delay
                                                          : tag);
  };
  if (const reference::PlasticAxon *plastic = plasticity.find(core, axon)) {
    for (const reference::PlasticSynapse &synapse : plastic->synapses)
      pick(synapse.weight, synapse.delay, synapse.tag);
    return;
  }
  const nrb::Core &table = *binary.cores()->Get(core);
  visitSynapses(
      table, *table.axons_in()->Get(axon), [&](const DecodedSynapse &synapse) {
        pick(synapse.weight, int32_t(synapse.delay), int32_t(synapse.tag));
      });
}

void ReferenceEngine::readPreTraces(uint32_t core, uint32_t axon,
                                    int32_t *values) const {
  std::copy_n(plasticity.find(core, axon)->pre.value.begin(), 2, values);
}

void ReferenceEngine::readPostTraces(uint32_t core, uint32_t rule,
                                     uint32_t group, uint32_t neuron,
                                     int32_t *values) const {
  const reference::Post &post = plasticity.post(core, rule, group, neuron);
  std::copy_n(post.side.value.begin(), 3, values);
}

} // namespace

std::unique_ptr<Engine>
neuro::runtime::makeReferenceEngine(const nrb::Binary &binary) {
  return std::make_unique<ReferenceEngine>(binary);
}
