//===- NeuroRules.cpp - learning rules of which every part acts -----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "neuro/Dialect/Neuro/Rules.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace neuro;
using learning::Target;
using learning::Variable;

//===----------------------------------------------------------------------===//
// From operations to a rule
//===----------------------------------------------------------------------===//

// What stands before the terms of an update in Lava's syntax.
static std::string prefixOf(Updated variable) {
  return "d" + stringifyUpdated(variable).str() + " = ";
}

// "column 12: ..." of a text with a prefix, for the text without it.
static std::string withoutPrefix(StringRef error, size_t prefix) {
  StringRef rest = error;
  unsigned column = 0;
  if (!rest.consume_front("column ") || rest.consumeInteger(10, column))
    return error.str();
  column = column > prefix ? column - unsigned(prefix) : 1;
  return "column " + std::to_string(column) + rest.str();
}

// The one term of an update; columns are those of its own text.
static std::optional<learning::Rule>
parseTerms(Updated variable, StringRef text, std::vector<std::string> &errors) {
  std::string prefix = prefixOf(variable);
  std::vector<std::string> found;
  std::optional<learning::Rule> rule =
      learning::parseRule(prefix + text.str(), found);
  for (const std::string &error : found)
    errors.push_back(withoutPrefix(error, prefix.size()));
  if (!rule)
    return std::nullopt;
  if (rule->terms.size() != 1) {
    errors.push_back("has ';', but an update changes one variable; write a "
                     "neuro.update for each");
    return std::nullopt;
  }
  auto shift = [&](unsigned &column) {
    column = column > prefix.size() ? column - unsigned(prefix.size()) : 0;
  };
  for (learning::Product &product : rule->terms.front().products) {
    shift(product.column);
    shift(product.dependencyColumn);
    for (learning::Factor &factor : product.factors)
      shift(factor.column);
  }
  return rule;
}

LogicalResult neuro::detail::checkRuleTerms(
    Updated variable, StringRef text,
    function_ref<void(size_t offset, const std::string &error)> report) {
  std::vector<std::string> errors;
  (void)parseTerms(variable, text, errors);
  for (const std::string &error : errors)
    report(learning::errorOffset(text, error), error);
  return success(errors.empty());
}

std::optional<RuleMeaning> neuro::readRule(RuleOp rule,
                                           std::vector<std::string> &errors) {
  RuleMeaning meaning;
  learning::Rule ideal;
  for (Operation &op : rule.getBody().front()) {
    if (auto trace = dyn_cast<TraceOp>(op))
      meaning.traces[unsigned(trace.getTrace())] = trace;
    if (auto factor = dyn_cast<FactorOp>(op))
      meaning.factors[unsigned(factor.getKind())] = factor;
    auto update = dyn_cast<UpdateOp>(op);
    if (!update)
      continue;
    meaning.updates[unsigned(update.getVariable())] = update;
    meaning.text += (meaning.text.empty() ? "" : "; ") +
                    prefixOf(update.getVariable()) + update.getTerms().str();
    std::optional<learning::Rule> term =
        parseTerms(update.getVariable(), update.getTerms(), errors);
    if (!term)
      continue;
    if (ideal.k && term->k && ideal.k != term->k)
      errors.push_back("has the factors u" + std::to_string(ideal.k) +
                       " and u" + std::to_string(term->k) +
                       "; one rule has one period");
    ideal.k = std::max(ideal.k, term->k);
    ideal.terms.push_back(term->terms.front());
  }
  if (!errors.empty())
    return std::nullopt;
  std::optional<learning::Rule> legal = learning::legaliseRule(ideal, errors);
  if (!legal)
    return std::nullopt;
  meaning.legal = std::move(*legal);
  return meaning;
}

learning::RuleSetting neuro::settingOf(RuleOp rule) {
  return learning::RuleSetting::usual(
      rule.getMode() == LearningMode::lava_compat,
      rule.getRounding() == LearningRounding::stochastic);
}

RuleOp PlasticOp::lookupRule() {
  return SymbolTable::lookupNearestSymbolFrom<RuleOp>(*this, getRuleAttr());
}

//===----------------------------------------------------------------------===//
// The parts of a rule
//===----------------------------------------------------------------------===//

LogicalResult UpdateOp::verify() {
  return neuro::detail::checkRuleTerms(
      getVariable(), getTerms(), [&](size_t, const std::string &error) {
        emitOpError() << stringifyUpdated(getVariable()) << " \"" << getTerms()
                      << "\": " << error;
      });
}

LogicalResult TraceOp::verify() {
  LogicalResult ok = success();
  double impulse = getImpulse().convertToDouble();
  if (!(impulse >= 0.0 && impulse < 128.0)) {
    emitOpError() << stringifyTraceName(getTrace()) << " has an impulse of "
                  << impulse << "; a trace holds 0..127";
    ok = failure();
  } else if (impulse * 256.0 != double(int64_t(impulse * 256.0))) {
    emitOpError() << stringifyTraceName(getTrace()) << " has an impulse of "
                  << impulse << "; its fraction must be in 256ths, nearest is "
                  << double(std::llround(impulse * 256.0)) / 256.0;
    ok = failure();
  }
  if (getTau() && (*getTau() < 0 || *getTau() > 65534)) {
    emitOpError()
        << stringifyTraceName(getTrace()) << " has a tau of " << *getTau()
        << " steps; it must be 0..65534, or left out for a trace that "
           "holds";
    ok = failure();
  }
  if (getMode() != GradedMode::impulse && getTrace() != TraceName::x1) {
    emitOpError() << stringifyTraceName(getTrace()) << " has the mode '"
                  << stringifyGradedMode(getMode())
                  << "', but payloads act on x1 alone";
    ok = failure();
  }
  return ok;
}

static bool rises(TraceOp trace) {
  return trace && trace.getImpulse().convertToDouble() > 0.0;
}

//===----------------------------------------------------------------------===//
// The rule by itself
//===----------------------------------------------------------------------===//

namespace {

class RuleVerifier {
public:
  explicit RuleVerifier(RuleOp rule) : rule(rule) {}

  LogicalResult run();

private:
  void checkParts();
  void checkSources();
  void checkTraces();
  void checkFactors();
  void checkIdle();

  bool reads(Variable variable) const {
    return learning::reads(meaning.legal, variable);
  }
  bool lava() { return rule.getMode() == LearningMode::lava_compat; }
  InFlightDiagnostic complain(Operation *op) {
    ok = false;
    return op->emitOpError();
  }

  RuleOp rule;
  RuleMeaning meaning;
  bool ok = true;
};

} // namespace

static Variable variableOf(ExportKind kind) {
  static_assert(unsigned(ExportKind::y3) == 3);
  return Variable(unsigned(Variable::Y0) + unsigned(kind));
}

static std::optional<ExportKind> exportOf(Variable variable) {
  if (variable < Variable::Y0 || variable > Variable::Y3)
    return std::nullopt;
  return ExportKind(unsigned(variable) - unsigned(Variable::Y0));
}

// By TraceName.
static constexpr Variable kTraceVariables[] = {
    Variable::X1, Variable::X2, Variable::Y1, Variable::Y2, Variable::Y3};

static Variable variableOf(TraceName trace) {
  return kTraceVariables[unsigned(trace)];
}

static std::optional<TraceName> traceOf(Variable variable) {
  const Variable *at = llvm::find(kTraceVariables, variable);
  if (at == std::end(kTraceVariables))
    return std::nullopt;
  return TraceName(at - kTraceVariables);
}

// Nothing is declared twice, and nothing else stands in a rule.
void RuleVerifier::checkParts() {
  llvm::MapVector<Attribute, Operation *> first;
  for (Operation &op : rule.getBody().front()) {
    Attribute name;
    if (auto trace = dyn_cast<TraceOp>(op))
      name = trace.getTraceAttr();
    else if (auto factor = dyn_cast<FactorOp>(op))
      name = factor.getKindAttr();
    else if (auto update = dyn_cast<UpdateOp>(op))
      name = update.getVariableAttr();
    if (!name) {
      complain(&op) << "cannot stand in a neuro.rule, which holds neuro.trace, "
                       "neuro.factor and neuro.update";
      continue;
    }
    auto [known, isNew] = first.insert({name, &op});
    if (isNew)
      continue;
    auto diag = complain(&op)
                << "stands a second time in rule '" << rule.getSymName() << "'"
                << (isa<UpdateOp>(op) ? "; join the sums of products" : "");
    diag.attachNote(known->second->getLoc()) << "the first is here";
  }
  if (rule.getEpoch() < 1 || rule.getEpoch() > 63)
    complain(rule) << "epoch must be 1..63 steps, got " << rule.getEpoch();
  if (lava() && rule.getRounding() == LearningRounding::stochastic)
    complain(rule) << "'rounding' has no effect: lava_compat always rounds at "
                      "random; leave it out";
}

void RuleVerifier::checkSources() {
  for (const learning::Reading &reading :
       learning::listReadings(meaning.legal)) {
    UpdateOp update = meaning.updates[unsigned(reading.target)];
    std::string name = learning::nameOf(reading.variable);
    std::optional<ExportKind> factor = exportOf(reading.variable);
    if (reading.variable == Variable::Y0 && meaning.hasFactors() &&
        !meaning.factors[unsigned(ExportKind::y0)]) {
      complain(update) << reading.str()
                       << ", the post neuron's spike, but with other factors "
                          "y0 is what the model exports"
                       << "; say 'neuro.factor y0'";
      continue;
    }
    std::optional<TraceName> trace = traceOf(reading.variable);
    if (!trace || meaning.traces[unsigned(*trace)] ||
        (factor && meaning.factors[unsigned(*factor)]))
      continue;
    auto diag = complain(update)
                << reading.str() << ", which has no source and is always 0";
    diag.attachNote(rule.getLoc())
        << "give the rule 'neuro.trace " << name
        << " {impulse = 16.0 : f64, tau "
        << "= 10 : i64}'" << (factor ? " or 'neuro.factor " + name + "'" : "")
        << ", or leave the product out";
  }
}

void RuleVerifier::checkTraces() {
  GradedMode mode = meaning.gradedMode();
  bool wraps = mode == GradedMode::add_wrap_impulse_x2;
  for (TraceOp trace : meaning.traces) {
    if (!trace)
      continue;
    StringRef name = stringifyTraceName(trace.getTrace());
    bool first = trace.getTrace() == TraceName::x1;
    bool used =
        reads(variableOf(trace.getTrace())) ||
        (first && wraps && (reads(Variable::X2) || reads(Variable::X0)));
    if (!used)
      complain(trace) << "has no effect: no product reads " << name
                      << "; leave it out";
    bool graded = first && mode != GradedMode::impulse;
    if (!rises(trace) && !graded)
      complain(trace) << name
                      << " never rises, so that it is always 0; give it an "
                         "'impulse'"
                      << (first ? ", or a 'mode' for payloads" : "");
    // Lava adds the impulse in every mode (L-14).
    if (rises(trace) && graded && !lava())
      complain(trace) << name << " has two sources: its mode '"
                      << stringifyGradedMode(mode)
                      << "' sets it from the payload, and its impulse is never "
                         "added; leave one of them out";
    if (trace.getTrace() >= TraceName::y1 && meaning.hasFactors())
      complain(trace) << name
                      << " is a trace of the post side, but the rule has "
                         "factors; the engine takes all of y1, y2, y3 from the "
                         "one or from the other";
  }
}

void RuleVerifier::checkFactors() {
  for (auto [kind, factor] : llvm::enumerate(meaning.factors))
    if (factor && !reads(variableOf(ExportKind(kind))))
      complain(factor) << "has no effect: no product reads "
                       << stringifyExportKind(ExportKind(kind))
                       << "; leave it out";
}

void RuleVerifier::checkIdle() {
  learning::RuleSetting setting = settingOf(rule);
  // How fine weights are kept is the synapses' matter.
  setting.stepBits[unsigned(Target::Weight)] = 0;
  for (const learning::Term &term : meaning.legal.terms)
    for (const std::string &part : learning::findIdleParts(term, setting))
      complain(meaning.updates[unsigned(term.target)]) << part;
  if (meaning.changes(Target::Tag) &&
      !learning::readsOutside(meaning.legal, Target::Tag, Variable::T))
    complain(meaning.updates[unsigned(Target::Tag)])
        << "has no effect: no product for w or d reads t; read it there, or "
           "leave the update out";
  if (meaning.changes(Target::Delay) && lava() &&
      !learning::readsOutside(meaning.legal, Target::Delay, Variable::D))
    complain(meaning.updates[unsigned(Target::Delay)])
        << "has no effect: in lava_compat a learned delay does not act; read d "
           "elsewhere, or leave the update out";
}

LogicalResult RuleVerifier::run() {
  checkParts();
  if (!ok)
    return failure();
  std::vector<std::string> errors;
  std::optional<RuleMeaning> read = readRule(rule, errors);
  // What is wrong with one update alone, it has said itself.
  if (!read) {
    for (const std::string &error : errors)
      complain(rule) << error;
    return failure();
  }
  meaning = std::move(*read);
  if (meaning.legal.terms.empty())
    complain(rule) << "changes nothing; give it a neuro.update";
  checkSources();
  checkTraces();
  checkFactors();
  if (ok)
    checkIdle();
  return success(ok);
}

LogicalResult RuleOp::verifyRegions() { return RuleVerifier(*this).run(); }

//===----------------------------------------------------------------------===//
// The rule, its synapses and the population
//===----------------------------------------------------------------------===//

namespace {

class LearningVerifier {
public:
  explicit LearningVerifier(NetworkOp network) : network(network) {}

  LogicalResult run() {
    for (auto plastic : network.getBody().front().getOps<PlasticOp>())
      checkPlastic(plastic);
    for (auto population : network.getBody().front().getOps<PopulationOp>())
      checkExports(population);
    return success(ok);
  }

private:
  void checkPlastic(PlasticOp plastic);
  void checkSynapses(PlasticOp plastic, RuleOp rule,
                     const RuleMeaning &meaning);
  void checkReading(PlasticOp plastic, PopulationOp post,
                    const RuleMeaning &meaning,
                    const learning::Reading &reading);
  void checkTargets(PlasticOp plastic, PopulationOp post);
  void checkExports(PopulationOp population);

  NetworkOp network;
  PlasticOp firstOfMode;
  // By population: whether some rule reads the export.
  llvm::DenseMap<Operation *, std::array<bool, 4>> read;
  bool ok = true;
};

} // namespace

static bool isConstantZero(Value value) {
  auto constant = value.getDefiningOp<ConstOp>();
  return constant && constant.getValue() == 0;
}

void LearningVerifier::checkReading(PlasticOp plastic, PopulationOp post,
                                    const RuleMeaning &meaning,
                                    const learning::Reading &reading) {
  auto complain = [&](const Twine &why, const Twine &remedy) {
    auto diag = plastic.emitOpError() << "rule '" << plastic.getRule()
                                      << "': " << reading.str() << ", " << why;
    diag.attachNote(post.getLoc()) << remedy;
    ok = false;
  };
  std::string name = post.getName().str();
  if (reading.variable == Variable::D && !plastic.getDelay() &&
      !meaning.changes(Target::Delay))
    complain("but the synapses have no delay and no update changes it",
             "give neuro.plastic a 'delay', or the rule an update of d, or "
             "leave d out");
  if (reading.variable == Variable::T && !plastic.getTagBits())
    complain("but the synapses have no tag",
             "give neuro.plastic 'tag_bits' of 1..4, or leave t out");
  std::optional<ExportKind> kind = exportOf(reading.variable);
  if (!kind)
    return;
  if (!meaning.factors[unsigned(*kind)]) {
    if (post.getBody().getOps<FireOp>().empty())
      complain(reading.variable == Variable::Y0
                   ? "the post neuron's spike, but population '" + name +
                         "' never fires"
                   : "a trace of spikes of population '" + name +
                         "', which never fires",
               "let its model fire, or make it a factor that the model "
               "exports");
    return;
  }
  read[post][unsigned(*kind)] = true;
  std::string word = stringifyExportKind(*kind).str();
  for (auto exported : post.getBody().getOps<ExportOp>())
    if (exported.getKind() == *kind) {
      if (isConstantZero(exported.getValue()))
        complain("which population '" + name + "' exports as the constant 0",
                 "export a value that changes, or leave the product out");
      return;
    }
  complain("which population '" + name +
               "' does not export, so that it is "
               "always 0",
           "add 'neuro.export " + word + ", %value' to its model");
}

void LearningVerifier::checkSynapses(PlasticOp plastic, RuleOp rule,
                                     const RuleMeaning &meaning) {
  auto complain = [&](const Twine &what) -> InFlightDiagnostic {
    ok = false;
    return plastic.emitOpError()
           << "rule '" << plastic.getRule() << "': " << what;
  };
  learning::RuleSetting setting = settingOf(rule);
  if (!meaning.changes(Target::Weight)) {
    complain("no update of w: weights begin at 0 and stay 0, so that the "
             "synapses do nothing");
    return;
  }
  std::vector<std::string> idle =
      learning::findIdleParts(meaning.legal, setting);
  for (const std::string &part : idle)
    complain(part);
  setting.ranges[unsigned(Variable::W)] = {0, 0};
  if (idle.empty() &&
      !learning::canChange(meaning.legal, Target::Weight, setting))
    complain("weights begin at 0, and there the change of w is always 0; add a "
             "product without w");
  bool tags = meaning.changes(Target::Tag) ||
              learning::reads(meaning.legal, Variable::T);
  if (!tags && plastic.getTagBits())
    complain("no product reads t, so that 'tag_bits' has no effect; leave it "
             "out");
  if (!plastic.getTagBits() && meaning.changes(Target::Tag) &&
      !learning::reads(meaning.legal, Variable::T))
    complain("changes t, but the synapses have no tag; give neuro.plastic "
             "'tag_bits' of 1..4");
  if (!firstOfMode) {
    firstOfMode = plastic;
  } else if (RuleOp first = firstOfMode.lookupRule();
             first.getMode() != rule.getMode()) {
    complain("mode " + stringifyLearningMode(rule.getMode()) +
             ", but the whole network learns in one")
            .attachNote(firstOfMode.getLoc())
        << "rule '" << firstOfMode.getRule() << "' has mode "
        << stringifyLearningMode(first.getMode());
  }
}

void LearningVerifier::checkTargets(PlasticOp plastic, PopulationOp post) {
  SmallVector<Operation *> open(plastic.getCurrent().getUsers());
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!open.empty()) {
    Operation *user = open.pop_back_val();
    if (!seen.insert(user).second)
      continue;
    auto other = dyn_cast<PopulationOp>(user);
    if (!other) {
      open.append(user->user_begin(), user->user_end());
    } else if (other != post) {
      auto diag = plastic.emitOpError()
                  << "also feeds population '" << other.getName()
                  << "', but takes the factors of '" << post.getName() << "'";
      diag.attachNote(other.getLoc())
          << "give it a neuro.plastic with its own factors";
      ok = false;
    }
  }
}

void LearningVerifier::checkPlastic(PlasticOp plastic) {
  auto post = plastic.getFactors().getDefiningOp<PopulationOp>();
  RuleOp rule = plastic.lookupRule();
  if (!rule) {
    plastic.emitOpError() << "names the rule '" << plastic.getRule()
                          << "', which does not exist; write 'neuro.rule @"
                          << plastic.getRule() << " {...}' beside the network";
    ok = false;
  }
  if (!post || !rule)
    return;
  std::vector<std::string> ignored; // the rule has reported them
  std::optional<RuleMeaning> meaning = readRule(rule, ignored);
  if (!meaning)
    return;
  checkSynapses(plastic, rule, *meaning);
  for (const learning::Reading &reading :
       learning::listReadings(meaning->legal))
    checkReading(plastic, post, *meaning, reading);
  checkTargets(plastic, post);
}

void LearningVerifier::checkExports(PopulationOp population) {
  std::array<ExportOp, 4> first;
  for (auto exported : population.getBody().getOps<ExportOp>()) {
    unsigned kind = unsigned(exported.getKind());
    StringRef word = stringifyExportKind(exported.getKind());
    if (first[kind]) {
      auto diag = exported.emitOpError()
                  << "gives " << word
                  << " a second time in one model; only one can count";
      diag.attachNote(first[kind].getLoc()) << "the first is here";
      ok = false;
      continue;
    }
    first[kind] = exported;
    auto at = read.find(population);
    if (at != read.end() && at->second[kind])
      continue;
    auto diag = exported.emitOpError()
                << "has no effect: no learning rule reads " << word
                << " of population '" << population.getName() << "'";
    diag.attachNote(population.getLoc())
        << "leave it out, or read " << word
        << " as a neuro.factor in the rule of a neuro.plastic that feeds this "
           "population";
    ok = false;
  }
}

// Rules are looked up beside the network.
LogicalResult NetworkOp::verifySymbolUses(SymbolTableCollection &) {
  return LearningVerifier(*this).run();
}
