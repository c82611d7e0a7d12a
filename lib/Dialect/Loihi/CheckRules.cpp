//===- CheckRules.cpp - learning rules that act ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/CheckRules.h"

#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Learning/Meaning.h"
#include "neuro/Target/Microcode.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"

#include <bitset>

using namespace mlir;
using namespace neuro;
using namespace neuro::loihi;
using learning::Target;
using learning::Variable;

namespace {

// What a program gives to the learning engine, by Variable Y0 to Y3.
struct Exports {
  std::array<bool, 4> written = {};
  bool fires = false;
};

struct UsedRule {
  RuleOp op;
  learning::Rule rule;
  SmallVector<FormatOp> formats;
  // Groups with a neuron that a synapse of the rule reaches.
  llvm::SmallSetVector<Operation *, 4> groups;
};

class RuleChecker {
public:
  explicit RuleChecker(CoreOp core) : core(core) {}

  std::vector<RuleProblem> run();

private:
  void collect();
  void collectReach();
  void reachAxon(ArrayRef<uint64_t> words, const uint32_t *axon,
                 FormatOp format, UsedRule &rule);
  void checkDeclared(UsedRule &rule);
  void checkX1(UsedRule &rule);
  void checkReading(UsedRule &rule, const learning::Reading &reading);
  void checkPost(UsedRule &rule, const learning::Reading &reading);
  void checkFormats(UsedRule &rule, const learning::Reading &reading);
  void checkTags(UsedRule &rule);
  void checkIdle(UsedRule &rule);
  void checkExports();

  void add(Operation *at, const Twine &text, const Twine &note) {
    problems.push_back({at, text.str(), note.str()});
  }
  void add(UsedRule &rule, const Twine &text, const Twine &note) {
    add(rule.op, "rule '" + rule.op.getTerms() + "': " + text, note);
  }

  CoreOp core;
  bool lava = false;       // lava_compat
  bool reachKnown = false; // no table was left out
  SmallVector<FormatOp> formats;
  SmallVector<GroupOp> groups;
  llvm::MapVector<Operation *, UsedRule> rules;
  llvm::DenseMap<Operation *, Exports> exports; // by program
  uint64_t budget = uint64_t(1) << 22;          // blocks and sparse synapses
  std::vector<RuleProblem> problems;
};

} // namespace

static Exports exportsOf(ProgramOp program) {
  Exports result;
  for (InstOp op : program.getBody().getOps<InstOp>()) {
    std::string error;
    std::optional<target::Instruction> inst =
        target::parseInstruction(op.getText(), error);
    if (!inst)
      continue;
    result.fires |= inst->op == target::Opcode::SPIKE;
    if (!target::getOpcodeInfo(inst->op).hasDst)
      continue;
    if (inst->dst == target::kDestBackSpike)
      result.written[0] = true;
    if (inst->dst >= target::kDestY1 && inst->dst <= target::kDestY3)
      result.written[1 + inst->dst - target::kDestY1] = true;
  }
  return result;
}

static bool isPost(Variable variable) {
  return variable >= Variable::Y0 && variable <= Variable::Y3;
}

// The index in Exports::written.
static unsigned exportIndex(Variable variable) {
  return unsigned(variable) - unsigned(Variable::Y0);
}

static bool rises(std::optional<TraceAttr> trace) {
  return trace && (trace->getImpulse() || trace->getFraction());
}

void RuleChecker::collect() {
  if (auto system = dyn_cast<SystemOp>(core->getParentOp()))
    lava = system.getLearningMode() == LearningMode::lava_compat;
  for (Operation &op : core.getBody().front()) {
    if (auto rule = dyn_cast<RuleOp>(op)) {
      std::vector<std::string> errors;
      if (auto parsed = learning::parseExactRule(rule.getTerms(), errors))
        rules[rule] = {rule, *parsed, {}, {}};
    } else if (auto format = dyn_cast<FormatOp>(op)) {
      formats.push_back(format);
    } else if (auto group = dyn_cast<GroupOp>(op)) {
      groups.push_back(group);
    } else if (auto program = dyn_cast<ProgramOp>(op)) {
      exports[program] = exportsOf(program);
    }
  }
  for (FormatOp format : formats)
    if (format.getRule())
      if (auto at = rules.find(format.getRule().getDefiningOp());
          at != rules.end())
        at->second.formats.push_back(format);
}

// M7: which neurons the blocks of an axon reach.
void RuleChecker::reachAxon(ArrayRef<uint64_t> words, const uint32_t *axon,
                            FormatOp format, UsedRule &rule) {
  auto bits = [&](uint64_t at, unsigned width) {
    uint64_t value = words[at / 64] >> (at % 64);
    if (at % 64 + width > 64)
      value |= words[at / 64 + 1] << (64 - at % 64);
    return value & ((uint64_t(1) << width) - 1);
  };
  auto reach = [&](uint64_t first, uint64_t count) {
    for (GroupOp group : groups)
      if (first < group.getFirst() + group.getCount() &&
          first + count > group.getFirst())
        rule.groups.insert(group);
  };
  bool sparse = format.getCompression() == Compression::sparse;
  unsigned index = sparse ? unsigned(format.getIdxBits()) : 0;
  uint64_t payload =
      format.getWeightBits() + format.getDelayBits() + format.getTagBits();
  uint64_t at = uint64_t(axon[0]) * 64, end = at + uint64_t(axon[1]) * 64;
  uint64_t next = axon[2];
  while (at + 10 <= end && end <= words.size() * 64 && index < 32 &&
         payload < 64 && budget) {
    --budget;
    uint64_t count = bits(at + 4, 6) + 1;
    uint64_t size = 10 + count * (payload + index);
    if (at + size > end)
      return;
    if (!sparse)
      reach(next, count);
    for (uint64_t i = 0; sparse && i < count; ++i)
      reach(axon[2] +
                (index ? bits(at + 10 + i * (payload + index) + payload, index)
                       : 0),
            1);
    next += count;
    at += (size + 63) / 64 * 64;
  }
}

void RuleChecker::collectReach() {
  AxonsOp axons;
  SynapsesOp synapses;
  for (Operation &op : core.getBody().front()) {
    if (auto table = dyn_cast<AxonsOp>(op))
      axons = table;
    if (auto table = dyn_cast<SynapsesOp>(op))
      synapses = table;
  }
  if (!axons || !synapses || rules.empty()) {
    reachKnown = true;
    return;
  }
  FailureOr<std::vector<uint32_t>> table =
      readTable<uint32_t>(axons.getTable());
  FailureOr<std::vector<uint64_t>> words =
      readTable<uint64_t>(synapses.getWords());
  if (failed(table) || failed(words))
    return;
  for (size_t row = 0; row * 5 + 4 < table->size(); ++row) {
    const uint32_t *axon = &(*table)[row * 5];
    if (axon[3] >= formats.size() || !formats[axon[3]].getRule())
      continue;
    FormatOp format = formats[axon[3]];
    auto rule = rules.find(format.getRule().getDefiningOp());
    if (rule != rules.end())
      reachAxon(*words, axon, format, rule->second);
  }
  reachKnown = budget > 0;
}

//===----------------------------------------------------------------------===//
// What is read, and what sets it
//===----------------------------------------------------------------------===//

static const char *const kNoSource = ", which has no source and is always 0";

void RuleChecker::checkX1(UsedRule &rule) {
  RuleOp op = rule.op;
  GradedMode mode = op.getGradedMode();
  bool spills = mode == GradedMode::add_wrap_impulse_x2;
  bool read = learning::reads(rule.rule, Variable::X1);
  bool used = read || (spills && (learning::reads(rule.rule, Variable::X2) ||
                                  learning::reads(rule.rule, Variable::X0)));
  std::string word = stringifyGradedMode(mode).str();
  if (!used && mode != GradedMode::impulse)
    add(rule, "graded mode '" + word + "' has no effect: no product reads x1",
        "leave graded_mode out, or read x1");
  if (!used && op.getX1())
    add(rule, "trace x1 has no effect: no product reads it",
        "leave it out, or read x1");
  // Lava adds the impulse in every mode (L-14).
  if (mode != GradedMode::impulse && rises(op.getX1()) && !lava)
    add(rule,
        "x1 has two sources: graded mode '" + word +
            "' sets it from the payload, and its impulse is never added",
        "give the trace impulse = 0 and fraction = 0, or leave graded_mode "
        "out");
}

void RuleChecker::checkDeclared(UsedRule &rule) {
  RuleOp op = rule.op;
  checkX1(rule);
  if (op.getX2() && !learning::reads(rule.rule, Variable::X2))
    add(rule, "trace x2 has no effect: no product reads it",
        "leave it out, or read x2");
  bool post = learning::reads(rule.rule, Variable::Y0);
  for (auto [variable, trace] : {std::pair(Variable::Y1, op.getY1()),
                                 std::pair(Variable::Y2, op.getY2()),
                                 std::pair(Variable::Y3, op.getY3())}) {
    post |= learning::reads(rule.rule, variable);
    if (!trace)
      continue;
    std::string name = learning::nameOf(variable);
    if (op.getThirdFactor())
      add(rule,
          "trace " + name + " has no effect: with third_factor, " + name +
              " is what the post neuron exports in each step",
          "leave it out, or third_factor");
    else if (!learning::reads(rule.rule, variable))
      add(rule, "trace " + name + " has no effect: no product reads it",
          "leave it out, or read " + name);
  }
  if (op.getThirdFactor() && !post)
    add(rule, "third_factor has no effect: no product reads y0, y1, y2 or y3",
        "leave it out");
  bool periodic = false;
  for (const learning::Term &term : rule.rule.terms)
    for (const learning::Product &product : term.products)
      periodic |= product.dependency == learning::Dependency::U;
  if (op.getUK() && !periodic)
    add(rule,
        "'u_k' has no effect: no product has the factor u" + Twine(op.getUK()),
        "leave it out");
  if (op.getStochastic() && lava)
    add(rule, "'stochastic' has no effect: lava_compat always rounds at random",
        "leave it out");
  if (rule.formats.empty())
    add(rule, "no synapse learns by it: no format of the core names it",
        "write 'rule %name' behind a loihi.format");
}

void RuleChecker::checkPost(UsedRule &rule, const learning::Reading &reading) {
  std::string name = learning::nameOf(reading.variable);
  bool flag = reading.variable == Variable::Y0;
  if (!rule.op.getThirdFactor() && !flag) {
    std::optional<TraceAttr> trace =
        reading.variable == Variable::Y1   ? rule.op.getY1()
        : reading.variable == Variable::Y2 ? rule.op.getY2()
                                           : rule.op.getY3();
    if (!rises(trace))
      add(rule, reading.str() + kNoSource,
          "give it " + name +
              " = #loihi.trace with an impulse, or say "
              "third_factor and let the post neurons' program write " +
              name);
    return;
  }
  if (!reachKnown)
    return;
  for (Operation *op : rule.groups) {
    auto group = cast<GroupOp>(op);
    const Exports &has = exports[group.getProgram().getDefiningOp()];
    bool set = rule.op.getThirdFactor()
                   ? has.written[exportIndex(reading.variable)]
                   : has.fires;
    if (set)
      continue;
    std::string target = flag ? "bap" : name;
    if (rule.op.getThirdFactor())
      add(rule,
          reading.str() + ", which the program of group '" + group.getName() +
              "' never writes",
          "write '" + target + "' in it");
    else
      add(rule,
          reading.str() + ", but the program of group '" + group.getName() +
              "' never fires",
          "fire, or say third_factor and write 'bap'");
  }
}

void RuleChecker::checkFormats(UsedRule &rule,
                               const learning::Reading &reading) {
  bool tag = reading.variable == Variable::T;
  for (FormatOp format : rule.formats)
    if ((tag ? format.getTagBits() : format.getDelayBits()) == 0)
      add(format,
          "needs " + Twine(tag ? "tag" : "delay") +
              " bits for its rule: " + reading.str() + kNoSource,
          tag ? "give it 'tag' 1 to 4" : "give it 'delay' 1 to 6");
}

void RuleChecker::checkReading(UsedRule &rule,
                               const learning::Reading &reading) {
  switch (reading.variable) {
  case Variable::X1:
    if (rule.op.getGradedMode() == GradedMode::impulse &&
        !rises(rule.op.getX1()))
      add(rule, reading.str() + kNoSource,
          "give it x1 = #loihi.trace with an impulse, or a graded_mode");
    break;
  case Variable::X2:
    if (!rises(rule.op.getX2()))
      add(rule, reading.str() + kNoSource,
          "give it x2 = #loihi.trace with an impulse");
    break;
  case Variable::T:
  case Variable::D:
    checkFormats(rule, reading);
    break;
  default:
    if (isPost(reading.variable))
      checkPost(rule, reading);
  }
}

// A change that nothing reads.
void RuleChecker::checkTags(UsedRule &rule) {
  bool tags = learning::changes(rule.rule, Target::Tag);
  bool delays = learning::changes(rule.rule, Target::Delay);
  if (tags && !learning::readsOutside(rule.rule, Target::Tag, Variable::T))
    add(rule, "dt has no effect: no product of dw or dd reads t",
        "read t there, or leave dt out");
  // Else the reading has been reported.
  if (tags && !learning::reads(rule.rule, Variable::T))
    for (FormatOp format : rule.formats)
      if (format.getTagBits() == 0)
        add(format, "needs tag bits for its rule: dt changes tags",
            "give it 'tag' 1 to 4");
  if (delays && lava &&
      !learning::readsOutside(rule.rule, Target::Delay, Variable::D))
    add(rule, "dd has no effect: in lava_compat a learned delay does not act",
        "read d in dw or dt, or leave dd out");
}

void RuleChecker::checkIdle(UsedRule &rule) {
  learning::RuleSetting setting =
      learning::RuleSetting::usual(lava, rule.op.getStochastic());
  // Of any sign mode.
  setting.ranges[unsigned(Variable::W)] = {-256, 255};
  unsigned steps = rule.formats.empty() ? 0 : 63;
  for (FormatOp format : rule.formats) {
    int64_t step = 8 - int64_t(format.getWeightBits()) +
                   (format.getSignMode() == SignMode::mixed);
    steps = std::min(steps, unsigned(std::clamp<int64_t>(step, 0, 9)));
  }
  setting.stepBits = {lava ? 0 : steps, 0, 0};
  for (const std::string &part : learning::findIdleParts(rule.rule, setting))
    add(rule, part, "a rule of which a part never acts is not what was meant");
}

void RuleChecker::checkExports() {
  if (!reachKnown)
    return;
  static const char *const names[] = {"bap", "y1", "y2", "y3"};
  for (GroupOp group : groups) {
    auto program = group.getProgram().getDefiningOp<ProgramOp>();
    const Exports &has = exports[program];
    for (unsigned i = 0; i < 4; ++i) {
      if (!has.written[i])
        continue;
      auto variable = Variable(unsigned(Variable::Y0) + i);
      bool read = false;
      for (auto &[op, rule] : rules)
        read |= rule.op.getThirdFactor() && rule.groups.contains(group) &&
                learning::reads(rule.rule, variable);
      if (!read)
        add(group,
            "program '" + program.getName() + "' writes " + names[i] +
                ", which no rule of the group's synapses reads",
            "leave it out, or read " + Twine(learning::nameOf(variable)) +
                " in a rule with third_factor");
    }
  }
}

std::vector<RuleProblem> RuleChecker::run() {
  collect();
  collectReach();
  for (auto &[op, rule] : rules) {
    checkDeclared(rule);
    for (const learning::Reading &reading : learning::listReadings(rule.rule))
      checkReading(rule, reading);
    checkTags(rule);
    checkIdle(rule);
  }
  checkExports();
  return std::move(problems);
}

std::vector<RuleProblem> neuro::loihi::findRuleProblems(CoreOp core) {
  return RuleChecker(core).run();
}
