//===- LoihiCoreOps.cpp - what one core holds -----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "neuro/Dialect/Loihi/CheckRules.h"
#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Learning/Rule.h"
#include "neuro/Target/Microcode.h"
#include "neuro/Target/TargetModel.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::loihi;
using namespace neuro::loihi::detail;

//===----------------------------------------------------------------------===//
// Names in dumps
//===----------------------------------------------------------------------===//

void ProgramOp::getAsmResultNames(OpAsmSetValueNameFn setNameFn) {
  setNameFn(getProgram(), getName());
}

void RuleOp::getAsmResultNames(OpAsmSetValueNameFn setNameFn) {
  setNameFn(getRule(), getName());
}

void FormatOp::getAsmResultNames(OpAsmSetValueNameFn setNameFn) {
  setNameFn(getFormat(), "format");
}

//===----------------------------------------------------------------------===//
// Programs and rules
//===----------------------------------------------------------------------===//

LogicalResult InstOp::verify() {
  std::string error;
  std::optional<target::Instruction> inst =
      target::parseInstruction(getText(), error);
  if (!inst)
    return emitOpError() << error;
  std::string canonical = target::toString(*inst);
  if (canonical != getText())
    return emitOpError() << "must be written '" << canonical << "', got '"
                         << getText() << "'";
  return success();
}

static bool changesDelays(RuleOp rule) {
  std::vector<std::string> errors;
  std::optional<learning::Rule> parsed =
      learning::parseExactRule(rule.getTerms(), errors);
  return parsed && llvm::any_of(parsed->terms, [](const learning::Term &term) {
           return term.target == learning::Target::Delay;
         });
}

LogicalResult RuleOp::verify() {
  std::vector<std::string> errors;
  std::optional<learning::Rule> rule =
      learning::parseExactRule(getTerms(), errors);
  for (const std::string &error : errors)
    emitOpError() << "rule '" << getTerms() << "': " << error;
  if (!rule)
    return failure();
  LogicalResult ok = success();
  bool periodic = false;
  for (const learning::Term &term : rule->terms)
    for (const learning::Product &product : term.products)
      periodic |= product.dependency == learning::Dependency::U;
  if (periodic && rule->k != getUK())
    ok = emitOpError() << "the terms use u" << rule->k << ", but 'u_k' is "
                       << getUK();
  if (failed(verifyRange(*this, "'u_k'", getUK(), 0, learning::kMaxK)))
    ok = failure();
  int64_t limit = target::TargetModel().maxEpoch;
  if (failed(verifyRange(*this, "'epoch' (L18)", getEpoch(), 1, limit)))
    ok = failure();
  return ok;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

LogicalResult ParamOp::verify() {
  return verifyTable(*this, "the values", getValues(), 32);
}

LogicalResult StateOp::verify() {
  if (getBits() != 8 && getBits() != 16 && getBits() != 24)
    return emitOpError() << "'bits' must be 8, 16 or 24, got " << getBits();
  return verifyTable(*this, "'init'", getInit(), 32);
}

// One value for all neurons, or one for each.
static LogicalResult verifyPerNeuron(Operation *op, ElementsAttr values,
                                     int64_t count) {
  int64_t rows = getRows(values);
  if (rows == 1 || rows == count)
    return success();
  return op->emitOpError() << "must have 1 value or one for each of the "
                           << count << " neurons, got " << rows;
}

LogicalResult GroupOp::verifyRegions() {
  LogicalResult ok = success();
  auto check = [&](LogicalResult result) {
    if (failed(result))
      ok = failure();
  };
  target::ProgramLimits limits;
  limits.dendrites = unsigned(getDendrites());
  for (Operation &op : getBody().front()) {
    if (auto param = dyn_cast<ParamOp>(op)) {
      ++limits.parameters;
      check(verifyPerNeuron(param, param.getValues(), getCount()));
    } else if (auto state = dyn_cast<StateOp>(op)) {
      ++limits.stateFields;
      check(verifyPerNeuron(state, state.getInit(), getCount()));
    } else {
      ok = op.emitOpError() << "is not part of a loihi.group";
    }
  }
  check(verifyRange(*this, "'count'", getCount(), 1, kMaxNeurons));
  check(verifyRange(*this, "'dendrites'", getDendrites(), 0,
                    target::kNumDendrites));
  check(verifyRange(*this, "number of parameters", limits.parameters, 0,
                    target::kNumParameters));
  check(verifyRange(*this, "number of state fields", limits.stateFields, 0,
                    target::kNumState));
  int64_t payload = getPayloadBits();
  if (payload != 0 && payload != 8 && payload != 16 && payload != 24)
    ok = emitOpError() << "payload (L12) must be 0, 8, 16 or 24 bits, got "
                       << payload;
  auto program = getProgram().getDefiningOp<ProgramOp>();
  if (!program || program->getBlock() != (*this)->getBlock())
    return emitOpError() << "must name a program of its own core";
  if (!getSource().getDefiningOp<SourceOp>())
    return emitOpError() << "must name a source of the system";

  std::vector<uint32_t> code;
  for (InstOp inst : program.getBody().getOps<InstOp>()) {
    std::string error;
    if (std::optional<target::Instruction> parsed =
            target::parseInstruction(inst.getText(), error))
      code.push_back(target::encode(*parsed));
    else
      // Groups are verified before the programs of their core.
      return inst.emitOpError() << error;
  }
  for (const std::string &problem : target::verifyProgram(code, limits))
    ok = emitOpError() << "program '" << program.getName() << "': " << problem;
  return ok;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

LogicalResult AxonsOp::verify() {
  return verifyTable(*this, "the table", getTable(), 32, 5);
}

LogicalResult SynapsesOp::verify() {
  return verifyTable(*this, "the words", getWords(), 64);
}

LogicalResult FanoutOp::verify() {
  if (getRows(getIndex()) == 0)
    return emitOpError() << "'index' must have an entry for each neuron and "
                            "one more, got none";
  return verifyFanout(*this, getIndex(), getTo(), getRows(getIndex()) - 1);
}

//===----------------------------------------------------------------------===//
// CoreOp
//===----------------------------------------------------------------------===//

// Every row must point into the synapse words, the formats and the neurons.
static LogicalResult verifyAxons(AxonsOp axons, int64_t words, int64_t formats,
                                 int64_t neurons) {
  FailureOr<std::vector<uint32_t>> table =
      readTable<uint32_t>(axons.getTable());
  if (failed(table))
    return success();
  const char *const columns[] = {"synapse word", "words", "target", "format",
                                 "delay"};
  LogicalResult ok = success();
  for (size_t row = 0; row * 5 < table->size(); ++row) {
    const uint32_t *entry = &(*table)[row * 5];
    auto check = [&](unsigned column, int64_t value, int64_t limit) {
      if (value > limit)
        ok = axons.emitOpError()
             << "row " << row << ": " << columns[column] << " must be at most "
             << limit << ", got " << value;
    };
    check(1, int64_t(entry[0]) + entry[1], words);
    check(2, entry[2], neurons - 1);
    check(3, entry[3], formats - 1);
    check(4, entry[4], target::TargetModel().maxDelay);
  }
  return ok;
}

LogicalResult CoreOp::verifyRegions() {
  int64_t neurons = 0, formats = 0, words = 0;
  unsigned axonTables = 0, wordTables = 0, fanouts = 0;
  AxonsOp axons;
  FanoutOp fanout;
  LogicalResult ok = success();
  auto single = [&](Operation &op, unsigned &count) {
    if (++count == 2)
      ok = op.emitOpError() << "is there twice in one core";
  };
  for (Operation &op : getBody().front()) {
    if (auto group = dyn_cast<GroupOp>(op)) {
      if (int64_t(group.getFirst()) != neurons)
        ok = group.emitOpError() << "must start at neuron " << neurons
                                 << " (M1), got " << group.getFirst();
      neurons = group.getFirst() + group.getCount();
    } else if (auto format = dyn_cast<FormatOp>(op)) {
      ++formats;
      if (format.getRule() &&
          format.getRule().getParentBlock() != format->getBlock())
        ok = format.emitOpError() << "must name a rule of its own core";
      RuleOp rule = format.getRule() ? format.getRule().getDefiningOp<RuleOp>()
                                     : RuleOp();
      if (rule && !format.getDelayBits() && changesDelays(rule)) {
        InFlightDiagnostic error =
            format.emitOpError()
            << "needs 1 to 6 delay bits for a rule that changes delays (L-15), "
               "got 0";
        error.attachNote(rule.getLoc()) << "the rule";
        ok = failure();
      }
    } else if (auto table = dyn_cast<AxonsOp>(op)) {
      axons = table;
      single(op, axonTables);
    } else if (auto synapses = dyn_cast<SynapsesOp>(op)) {
      words = getRows(synapses.getWords());
      single(op, wordTables);
    } else if (auto table = dyn_cast<FanoutOp>(op)) {
      fanout = table;
      single(op, fanouts);
    } else if (!isa<ProgramOp, RuleOp>(op)) {
      ok = op.emitOpError() << "is not part of a loihi.core";
    }
  }
  if (neurons > kMaxNeurons)
    ok = emitOpError() << "has " << neurons << " neurons, at most "
                       << kMaxNeurons << " can be numbered";
  if (axons && failed(verifyAxons(axons, words, formats, neurons)))
    ok = failure();
  if (fanout && getRows(fanout.getIndex()) != neurons + 1)
    ok = fanout.emitOpError()
         << "'index' must have " << neurons + 1
         << " entries, one more than the neurons of the core, got "
         << getRows(fanout.getIndex());
  auto system = dyn_cast<SystemOp>((*this)->getParentOp());
  if (succeeded(ok) && system && !system.getUnchecked())
    for (const RuleProblem &problem : findRuleProblems(*this)) {
      auto diag = problem.at->emitOpError() << problem.text;
      diag.attachNote(problem.at->getLoc()) << problem.note;
      ok = failure();
    }
  return ok;
}
