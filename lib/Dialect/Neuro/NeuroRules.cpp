//===- NeuroRules.cpp - learning rules of which every part acts -----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "neuro/Learning/Meaning.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace neuro;
using learning::Target;
using learning::Variable;

//===----------------------------------------------------------------------===//
// The rule by itself
//===----------------------------------------------------------------------===//

// What to do about a variable without a source; empty if it has one, or if that
// depends on the population.
static StringRef missingSource(Variable variable, bool overwrite,
                               bool thirdFactor) {
  switch (variable) {
  case Variable::X1:
    return overwrite ? ""
                     : "say 'overwrite = true', so that a graded pre spike "
                       "sets it to half its payload, or read x0; a trace that "
                       "decays can only be said in loihi";
  case Variable::X2:
    return "a second pre-synaptic trace can only be said in loihi";
  case Variable::Y1:
  case Variable::Y2:
  case Variable::Y3:
    return thirdFactor ? ""
                       : "say 'third_factor = true' and let the post "
                         "population export it, or read y0; a post-synaptic "
                         "trace that decays can only be said in loihi";
  case Variable::T:
    return "tags can only be said in loihi";
  default:
    return "";
  }
}

static void findProblems(const learning::Rule &rule, bool overwrite,
                         bool thirdFactor, std::vector<std::string> &problems) {
  bool post = false;
  for (const learning::Reading &reading : learning::listReadings(rule)) {
    post |=
        reading.variable >= Variable::Y0 && reading.variable <= Variable::Y3;
    StringRef remedy = missingSource(reading.variable, overwrite, thirdFactor);
    if (!remedy.empty())
      problems.push_back(reading.str() +
                         ", which has no source and is always "
                         "0; " +
                         remedy.str());
  }
  if (overwrite && !learning::reads(rule, Variable::X1))
    problems.push_back("'overwrite = true' has no effect, for no product reads "
                       "x1; say 'overwrite = false'");
  if (thirdFactor && !post)
    problems.push_back("'third_factor = true' has no effect, for no product "
                       "reads y0, y1, y2 or y3; say 'third_factor = false'");
  if (learning::changes(rule, Target::Tag))
    problems.push_back("the term for dt has no tag to change; tags can only be "
                       "said in loihi");
  if (!learning::changes(rule, Target::Weight)) {
    problems.push_back("no term for dw: weights begin at 0 and stay 0, so that "
                       "the synapses do nothing");
    return;
  }
  learning::RuleSetting setting = learning::RuleSetting::usual();
  std::vector<std::string> idle = learning::findIdleParts(rule, setting);
  problems.insert(problems.end(), idle.begin(), idle.end());
  setting.ranges[unsigned(Variable::W)] = {0, 0};
  if (problems.empty() && !learning::canChange(rule, Target::Weight, setting))
    problems.push_back("weights begin at 0, and there dw is always 0; add a "
                       "product without w");
}

LogicalResult RuleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringRef text, bool overwrite,
                               bool third_factor) {
  std::vector<std::string> errors;
  std::optional<learning::Rule> rule = learning::parseRule(text.str(), errors),
                                legal;
  if (rule)
    legal = learning::legaliseRule(*rule, errors);
  if (legal)
    findProblems(*legal, overwrite, third_factor, errors);
  for (const std::string &error : errors)
    emitError() << "learning rule \"" << text << "\": " << error;
  return success(errors.empty());
}

//===----------------------------------------------------------------------===//
// The rule and the population
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
  void checkReading(PlasticOp plastic, PopulationOp post,
                    const learning::Rule &rule,
                    const learning::Reading &reading);
  void checkExports(PopulationOp population);

  NetworkOp network;
  // By population: whether some rule reads the export.
  llvm::DenseMap<Operation *, std::array<bool, 4>> read;
  bool ok = true;
};

} // namespace

static std::optional<ExportKind> exportOf(Variable variable) {
  switch (variable) {
  case Variable::Y0:
    return ExportKind::y0;
  case Variable::Y1:
    return ExportKind::y1;
  case Variable::Y2:
    return ExportKind::y2;
  case Variable::Y3:
    return ExportKind::y3;
  default:
    return std::nullopt;
  }
}

static bool isConstantZero(Value value) {
  auto constant = value.getDefiningOp<ConstOp>();
  return constant && constant.getValue() == 0;
}

void LearningVerifier::checkReading(PlasticOp plastic, PopulationOp post,
                                    const learning::Rule &rule,
                                    const learning::Reading &reading) {
  auto complain = [&](const Twine &why, const Twine &remedy) {
    auto diag = plastic.emitOpError()
                << "rule \"" << plastic.getRule().getText()
                << "\": " << reading.str() << ", " << why;
    diag.attachNote(post.getLoc()) << remedy;
    ok = false;
  };
  std::string name = post.getName().str();
  if (reading.variable == Variable::D && !plastic.getDelay() &&
      !learning::changes(rule, Target::Delay))
    complain("but the synapses have no delay and no term changes it",
             "give neuro.plastic a 'delay', add a term for dd, or leave d out");
  std::optional<ExportKind> kind = exportOf(reading.variable);
  if (!kind)
    return;
  if (!plastic.getRule().getThirdFactor()) {
    if (post.getBody().getOps<FireOp>().empty())
      complain("the post neuron's spike, but population '" + name +
                   "' never fires",
               "let its model fire, or say 'third_factor = true' and export "
               "y0");
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

void LearningVerifier::checkPlastic(PlasticOp plastic) {
  auto post = plastic.getFactors().getDefiningOp<PopulationOp>();
  std::vector<std::string> ignored; // RuleAttr has reported them
  std::optional<learning::Rule> rule =
      learning::parseRule(plastic.getRule().getText(), ignored);
  if (!post || !rule)
    return;
  for (const learning::Reading &reading : learning::listReadings(*rule))
    checkReading(plastic, post, *rule, reading);
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
        << " in the rule, with 'third_factor = true', of a neuro.plastic that "
           "feeds this population";
    ok = false;
  }
}

LogicalResult neuro::detail::verifyLearning(NetworkOp network) {
  return LearningVerifier(network).run();
}
