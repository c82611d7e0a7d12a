//===- RandomTest.cpp - both engines on random binaries -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "../../../lib/Runtime/Decode.h"
#include "../../../lib/Runtime/Kernels.h"
#include "neuro/Runtime/Engine.h"

#include <random>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

class RandomNet {
public:
  explicit RandomNet(uint64_t seed) : random(seed) {}

  NetBuilder build();
  SequenceInput input(const nrb::Binary &binary);

private:
  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }
  bool chance(double p) { return std::bernoulli_distribution(p)(random); }

  std::vector<uint32_t> program(const target::ProgramLimits &limits);
  target::Instruction instruction(unsigned pc, unsigned length,
                                  const target::ProgramLimits &limits);
  std::unique_ptr<nrb::RuleTermT> term(nrb::RuleTarget target, bool general);
  std::unique_ptr<nrb::RuleT> rule();
  void axons(NetBuilder &net, uint32_t core);

  std::mt19937_64 random;
  std::vector<uint32_t> neurons; // per core
  std::vector<std::vector<int>> exponents;
};

target::Instruction
RandomNet::instruction(unsigned pc, unsigned length,
                       const target::ProgramLimits &limits) {
  using namespace target;
  auto source = [&]() -> uint8_t {
    switch (pick(0, 9)) {
    case 0:
    case 1:
    case 2:
      return uint8_t(pick(0, 5));
    case 3:
    case 4:
      return uint8_t(kState + pick(0, int64_t(limits.stateFields)));
    case 5:
    case 6:
      return uint8_t(kDendrite + pick(0, int64_t(limits.dendrites) - 1));
    case 7:
      return uint8_t(chance(0.1) ? pick(kRandom, kThird) : int64_t(kAxonId));
    default:
      return uint8_t(kParameter + pick(0, int64_t(limits.parameters)));
    }
  };
  Instruction inst;
  inst.op = Opcode(pick(0, kNumOpcodes - 1));
  if (inst.op == Opcode::PROBE && !chance(0.1))
    inst.op = Opcode::MUL_SHR;
  OpcodeInfo info = getOpcodeInfo(inst.op);
  if (inst.op == Opcode::SHL || inst.op == Opcode::MUL_SHR)
    inst.mode = uint8_t(pick(0, 3));
  if (inst.op == Opcode::ADD || inst.op == Opcode::NEG ||
      inst.op == Opcode::MIN)
    inst.mode = uint8_t(pick(0, 1) * kModeAlternate);
  if (info.hasDst)
    inst.dst = uint8_t(chance(0.15)  ? pick(kDestY1, kDestBackSpike)
                       : chance(0.3) ? kState + pick(0, 2)
                                     : pick(0, 5));
  if (info.hasA)
    inst.a = source();
  if (inst.op == Opcode::RMW || inst.op == Opcode::RDC)
    inst.a = uint8_t(kState + pick(0, inst.op == Opcode::RMW ? 2 : 11));
  bool byRegister = inst.op == Opcode::SHL && (inst.mode & kModeFloor);
  if (info.hasB || byRegister)
    inst.b = source();
  if (inst.op == Opcode::SHL && !byRegister)
    inst.imm = uint8_t(pick(0, 31));
  if (inst.op == Opcode::MUL_SHR)
    inst.imm = uint8_t(chance(0.5) ? pick(0, 47) : pick(8, 24));
  if (inst.op == Opcode::SKP_C)
    inst.imm = uint8_t(pick(0, std::min<int64_t>(length - pc - 1, 9)));
  if (inst.op == Opcode::JMP_C)
    inst.imm = uint8_t(pick(pc + 1, length));
  return inst;
}

std::vector<uint32_t> RandomNet::program(const target::ProgramLimits &limits) {
  using namespace target;
  std::string error;
  uint32_t nothing = encode(*parseInstruction("mov r15, id", error));
  std::vector<uint32_t> code(size_t(pick(3, 40)), nothing);
  for (unsigned pc = 0; pc < code.size(); ++pc)
    for (unsigned attempt = 0; attempt < 20; ++attempt) {
      code[pc] = encode(instruction(pc, unsigned(code.size()), limits));
      if (verifyProgram(code, limits).empty())
        break;
      code[pc] = nothing;
    }
  return code;
}

std::unique_ptr<nrb::RuleTermT> RandomNet::term(nrb::RuleTarget target,
                                                bool general) {
  auto term = std::make_unique<nrb::RuleTermT>();
  term->target = target;
  for (int64_t i = 0, count = pick(1, 4); i < count; ++i) {
    auto product = std::make_unique<nrb::ProductT>();
    product->dependency = nrb::Dependency(chance(0.1)   ? 2
                                          : chance(0.5) ? 0
                                                        : 1);
    product->mantissa = int8_t(pick(-8, 7));
    product->exponent = int8_t(pick(-7, chance(0.2) ? 8 : 1));
    for (int64_t j = 0, factors = pick(0, 3); j < factors; ++j)
      product->factors.emplace_back(
          nrb::FactorVar(chance(0.2) ? 10 : pick(0, general ? 9 : 7)),
          chance(0.1), int8_t(chance(0.3) ? pick(-128, 127) : 0));
    term->products.push_back(std::move(product));
  }
  return term;
}

// Of the form that the fast engine is fast for, or of the general one.
std::unique_ptr<nrb::RuleT> RandomNet::rule() {
  auto rule = std::make_unique<nrb::RuleT>();
  bool general = chance(0.5);
  rule->epoch = uint8_t(general ? pick(1, 5) : 1);
  rule->third_factor = !general || chance(0.5);
  rule->stochastic = general && chance(0.5);
  rule->u_k = uint8_t(pick(0, 2));
  rule->graded_mode = nrb::GradedTraceMode(pick(0, general ? 3 : 2));
  std::vector<std::unique_ptr<nrb::TraceConfigT> *> traces = {&rule->x1,
                                                              &rule->x2};
  if (general)
    traces.insert(traces.end(), {&rule->y1, &rule->y2, &rule->y3});
  for (auto *trace : traces) {
    *trace = std::make_unique<nrb::TraceConfigT>();
    (*trace)->impulse = uint8_t(pick(0, 127));
    (*trace)->impulse_fraction = uint8_t(general ? pick(0, 255) : 0);
    (*trace)->tau = uint16_t(general && chance(0.5) ? pick(1, 40)
                             : chance(0.6)          ? 65535
                                                    : 0);
  }
  if (!general || chance(0.8))
    rule->terms.push_back(term(nrb::RuleTarget::weight, general));
  if (general && chance(0.4))
    rule->terms.push_back(term(nrb::RuleTarget::delay, general));
  if (rule->terms.empty() || (general && chance(0.4)))
    rule->terms.push_back(term(nrb::RuleTarget::tag, general));
  return rule;
}

void RandomNet::axons(NetBuilder &net, uint32_t core) {
  nrb::CoreT &table = *net.binary.cores[core];
  uint32_t count = neurons[core];
  for (int64_t i = 0, rules = pick(1, 3); i < rules; ++i)
    table.rules.push_back(rule());
  for (int64_t i = 0, formats = pick(3, 10); i < formats; ++i) {
    unsigned dendrite = unsigned(pick(0, 1));
    bool plastic = chance(0.4), delays = chance(0.3);
    int rule = plastic ? int(pick(0, int64_t(table.rules.size()) - 1)) : -1;
    if (plastic) // L-15
      for (const auto &term : table.rules[size_t(rule)]->terms)
        delays |= term->target == nrb::RuleTarget::delay;
    net.format(core, nrb::SignMode(pick(1, 3)), unsigned(pick(1, 8)),
               exponents[core][dendrite], dendrite, rule,
               chance(0.5) ? unsigned(pick(10, 13)) : 0,
               delays ? unsigned(pick(1, 6)) : 0);
    table.formats.back()->tag_bits = uint8_t(chance(0.3) ? pick(1, 4) : 0);
  }
  for (int64_t i = 0, axons = pick(5, 60); i < axons; ++i) {
    uint32_t index = uint32_t(pick(0, int64_t(table.formats.size()) - 1));
    const nrb::SynapseFormatT &format = *table.formats[index];
    uint32_t base = uint32_t(pick(0, count - 1));
    std::vector<SynapseSpec> synapses;
    double density = chance(0.5) ? 1 : chance(0.5) ? 0.5 : 0.05;
    uint32_t length = uint32_t(pick(0, count - base));
    for (uint32_t j = 0; j < length; ++j)
      if (!format.idx_bits || chance(density))
        synapses.push_back(
            {j, int32_t(pick(0, (1 << format.weight_bits) - 1)),
             uint32_t(pick(0, std::min((1 << format.delay_bits) - 1, 62))),
             uint32_t(pick(0, (1 << format.tag_bits) - 1))});
    net.axon(core, index, base, synapses,
             format.rule >= 0 || chance(0.6) ? 0 : unsigned(pick(0, 62)));
  }
}

NetBuilder RandomNet::build() {
  uint32_t period = uint32_t(pick(1, 5));
  NetBuilder net(period, period + uint32_t(pick(0, 70)));
  net.binary.seed = random();
  if (chance(0.3))
    net.binary.learning_mode = nrb::LearningMode::lava_compat;
  uint32_t cores = uint32_t(pick(1, 3));
  for (uint32_t core = 0; core < cores; ++core) {
    net.core();
    exponents.push_back({int(pick(-8, 7)), int(pick(-3, 2))});
    neurons.push_back(0);
    for (int64_t i = 0, groups = pick(1, 5); i < groups; ++i) {
      target::ProgramLimits limits = {unsigned(pick(0, 3)), 2,
                                      unsigned(pick(1, 4))};
      auto code = std::make_unique<nrb::ProgramT>();
      code->code = program(limits);
      net.binary.cores[core]->programs.push_back(std::move(code));
      uint32_t count = uint32_t(chance(0.1) ? pick(250, 600) : pick(1, 40));
      std::vector<std::vector<int32_t>> parameters;
      for (unsigned j = 0; j < limits.parameters; ++j) {
        parameters.emplace_back(chance(0.5) ? 1 : count);
        for (int32_t &value : parameters.back())
          value = int32_t(chance(0.2) ? pick(INT32_MIN, INT32_MAX)
                                      : pick(-300, 5000));
      }
      std::vector<StateSpec> state;
      for (unsigned j = 0; j < limits.stateFields; ++j) {
        StateSpec spec;
        spec.bits = unsigned(pick(1, 3) * 8);
        spec.isSigned = chance(0.6);
        spec.saturates = chance(0.5);
        spec.init.assign(chance(0.5) ? 1 : count, 0);
        for (int32_t &value : spec.init)
          value = int32_t(pick(spec.isSigned ? -128 : 0, 127));
        state.push_back(spec);
      }
      uint32_t group =
          net.group(core, "g" + std::to_string(i), count, uint32_t(i), 2,
                    unsigned(pick(0, 3) * 8), parameters, state);
      net.binary.cores[core]->groups[group]->source_first =
          uint32_t(pick(0, 1000));
      neurons[core] += count;
    }
    axons(net, core);
  }
  auto randomAxon = [&] {
    uint32_t core = uint32_t(pick(0, cores - 1));
    return std::pair(
        core, uint32_t(pick(
                  0, int64_t(net.binary.cores[core]->axons_in.size()) - 1)));
  };
  for (uint32_t core = 0; core < cores; ++core) {
    for (uint32_t i = 0; i < neurons[core]; ++i)
      for (int64_t j = pick(0, 2); j > 0; --j) {
        auto [toCore, axon] = randomAxon();
        net.connect(core, i, toCore, axon);
      }
    net.output("out" + std::to_string(core), core, 0,
               uint32_t(pick(0, net.binary.timing->latency)), 1, chance(0.3));
  }
  uint32_t width = uint32_t(pick(1, 30));
  net.gradedInput("x", width, 0.5, chance(0.5) ? 127 : 8000000, 24,
                  uint32_t(pick(0, period)));
  net.binary.inputs[0]->limit = chance(0.5) ? 127 : 8000000;
  net.idInput("id", width);
  net.tick(uint32_t(pick(0, period)));
  for (uint32_t port = 0; port < 3; ++port)
    for (uint32_t i = 0; i < (port == 2 ? 1 : width); ++i)
      for (int64_t j = pick(0, 3); j > 0; --j) {
        auto [toCore, axon] = randomAxon();
        net.connectInput(port, i, toCore, axon);
      }
  return net;
}

SequenceInput RandomNet::input(const nrb::Binary &binary) {
  SequenceInput input;
  input.tokens = uint32_t(pick(1, 8));
  input.ports.resize(3);
  int32_t limit = binary.inputs()->Get(0)->limit();
  uint32_t width = binary.inputs()->Get(0)->width();
  for (uint32_t i = 0; i < input.tokens * width; ++i)
    input.ports[0].push_back(chance(0.3) ? 0 : int32_t(pick(-limit, limit)));
  for (uint32_t i = 0; i < input.tokens; ++i)
    input.ports[1].push_back(int32_t(pick(0, width - 1)));
  return input;
}

// Everything both engines show after a step, as one list of numbers.
std::vector<int64_t> snapshot(const nrb::Binary &binary, const Engine &engine) {
  std::vector<int64_t> all;
  uint32_t group = 0;
  for (uint32_t core = 0; core < binary.cores()->size(); ++core) {
    const nrb::Core &table = *binary.cores()->Get(core);
    uint32_t firstGroup = group;
    for (uint32_t i = 0; i < table.groups()->size(); ++i, ++group) {
      uint32_t count = table.groups()->Get(i)->count();
      std::vector<int32_t> values(count);
      std::vector<uint8_t> fired(count);
      engine.readSpikes(group, values.data(), fired.data());
      all.insert(all.end(), values.begin(), values.end());
      all.insert(all.end(), fired.begin(), fired.end());
      for (unsigned j = 0; j < table.groups()->Get(i)->dendrites(); ++j) {
        engine.readDendrites(group, j, values.data());
        all.insert(all.end(), values.begin(), values.end());
      }
      const auto *state = table.groups()->Get(i)->state();
      for (uint32_t j = 0; state && j < state->size(); ++j) {
        engine.readState(group, j, values.data());
        all.insert(all.end(), values.begin(), values.end());
      }
    }
    for (uint32_t i = 0; i < table.axons_in()->size(); ++i) {
      std::vector<int32_t> values;
      for (SynapseVariable variable :
           {SynapseVariable::Weight, SynapseVariable::Delay,
            SynapseVariable::Tag}) {
        engine.readSynapses(core, i, variable, values);
        all.insert(all.end(), values.begin(), values.end());
      }
      const nrb::AxonIn &axon = *table.axons_in()->Get(i);
      int rule = table.formats()->Get(axon.format())->rule();
      if (rule < 0)
        continue;
      values.assign(2, 0);
      engine.readPreTraces(core, i, values.data());
      all.insert(all.end(), values.begin(), values.end());
      visitSynapses(table, axon, [&](const DecodedSynapse &synapse) {
        uint32_t index = 0;
        while (synapse.target >= table.groups()->Get(index)->first() +
                                     table.groups()->Get(index)->count())
          ++index;
        values.assign(3, 0);
        engine.readPostTraces(core, uint32_t(rule), firstGroup + index,
                              uint32_t(synapse.target) -
                                  table.groups()->Get(index)->first(),
                              values.data());
        all.insert(all.end(), values.begin(), values.end());
      });
    }
  }
  return all;
}

struct Activity {
  GroupCounters total;
};

void compare(uint64_t seed, Activity &activity) {
  RandomNet random(seed);
  NetBuilder net = random.build();
  auto binary = net.load();
  ASSERT_TRUE(binary) << "seed " << seed;
  const nrb::Binary &root = binary->root();
  const KernelTable &kernels = getKernelTable(seed % numKernelTables());
  const unsigned chunks[] = {16, 48, 112, kLanes};
  unsigned chunk = chunks[seed / numKernelTables() % 4];
  auto fast = makeFastEngine(root, makePlan(root), kernels, chunk);
  auto reference = makeReferenceEngine(root);
  for (int sequence = 0; sequence < 3; ++sequence) {
    SequenceInput input = random.input(root);
    std::vector<std::vector<int64_t>> expected;
    std::vector<std::vector<int32_t>> outputs, expectedOutputs;
    for (Engine *engine : {fast.get(), reference.get()}) {
      engine->setTrace(true);
      engine->setKeepDendrites(true);
      engine->setLearning(sequence != 2);
    }
    reference->runSequence(input, expectedOutputs, [&](uint32_t) {
      expected.push_back(snapshot(root, *reference));
    });
    size_t step = 0;
    bool same = true;
    fast->runSequence(input, outputs, [&](uint32_t) {
      if (same && snapshot(root, *fast) != expected[step]) {
        same = false;
        ADD_FAILURE() << "seed " << seed << ", sequence " << sequence
                      << ": the engines differ after step " << step;
      }
      ++step;
    });
    ASSERT_TRUE(same);
    ASSERT_EQ(step, expected.size());
    ASSERT_EQ(outputs, expectedOutputs) << "seed " << seed;
    ASSERT_EQ(fast->trace() == reference->trace(), true) << "seed " << seed;
  }
  for (size_t i = 0; i < fast->counters().size(); ++i) {
    const GroupCounters &a = fast->counters()[i];
    const GroupCounters &b = reference->counters()[i];
    activity.total += b;
    EXPECT_EQ(a.spikes, b.spikes) << "seed " << seed;
    EXPECT_EQ(a.synapticOperations, b.synapticOperations) << "seed " << seed;
    EXPECT_EQ(a.neuronUpdates, b.neuronUpdates) << "seed " << seed;
    EXPECT_EQ(a.activeNeuronUpdates, b.activeNeuronUpdates) << "seed " << seed;
    EXPECT_EQ(a.learningUpdates, b.learningUpdates) << "seed " << seed;
    EXPECT_EQ(a.dendriteWraps, b.dendriteWraps) << "seed " << seed;
    EXPECT_EQ(a.registerWraps, b.registerWraps) << "seed " << seed;
    EXPECT_EQ(a.saturations, b.saturations) << "seed " << seed;
    EXPECT_EQ(a.learningSaturations, b.learningSaturations) << "seed " << seed;
  }
}

TEST(RandomBinaries, BothEnginesAgreeOnEverything) {
  Activity activity;
  for (uint64_t seed = 0; seed < 100 && !HasFatalFailure(); ++seed)
    compare(seed, activity);
  // The nets did something in every respect.
  EXPECT_GT(activity.total.spikes, 10000u);
  EXPECT_GT(activity.total.learningUpdates, 10000u);
  EXPECT_GT(activity.total.learningSaturations, 1000u);
  EXPECT_GT(activity.total.dendriteWraps, 1000u);
  EXPECT_GT(activity.total.registerWraps, 1000u);
  EXPECT_GT(activity.total.saturations, 1000u);
  EXPECT_LT(activity.total.activeNeuronUpdates + 1000,
            activity.total.neuronUpdates);
}

} // namespace
