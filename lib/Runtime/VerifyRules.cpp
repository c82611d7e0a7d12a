//===- VerifyRules.cpp - checks of learning rules -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyMeaning.h"

#include "Decode.h"

#include "neuro/Target/TargetModel.h"

#include <set>

using namespace neuro;
using namespace neuro::runtime;
using neuro::target::TargetModel;

namespace {

constexpr unsigned kMaxFactors = 6;

class RuleVerifier {
public:
  RuleVerifier(const nrb::Core &core, const std::string &where,
               const TargetModel &model, const ReportProblem &report)
      : core(core), where(where), model(model), report(report) {}

  void run() {
    for (uint32_t i = 0; i < sizeOfVector(core.rules()); ++i) {
      const nrb::Rule &rule = *core.rules()->Get(i);
      std::string what = where + "rule " + std::to_string(i) + " " +
                         quoted(rule.name()) + ": ";
      if (rule.epoch() < 1 || rule.epoch() > model.maxEpoch)
        report(&rule, "L18: " + what + "epoch of " +
                          std::to_string(unsigned(rule.epoch())) +
                          " steps, 1 to " + std::to_string(model.maxEpoch) +
                          " are possible");
      if (rule.u_k() > 31)
        report(&rule, what + "u_k " + std::to_string(unsigned(rule.u_k())) +
                          " exceeds 31");
      if (rule.graded_mode() > nrb::GradedTraceMode::MAX)
        report(&rule, what + "graded trace mode " +
                          std::to_string(unsigned(rule.graded_mode())) +
                          " is unknown");
      checkTrace(rule.x1(), what + "trace x1");
      checkTrace(rule.x2(), what + "trace x2");
      checkTrace(rule.y1(), what + "trace y1");
      checkTrace(rule.y2(), what + "trace y2");
      checkTrace(rule.y3(), what + "trace y3");
      uint32_t terms = sizeOfVector(rule.terms());
      if (terms == 0)
        report(&rule, what + "has no term");
      std::set<nrb::RuleTarget> targets;
      for (uint32_t j = 0; j < terms; ++j) {
        const nrb::RuleTerm &term = *rule.terms()->Get(j);
        std::string name = what + "term " + std::to_string(j) + ", ";
        if (term.target() > nrb::RuleTarget::MAX)
          report(&term, name + "target " +
                            std::to_string(unsigned(term.target())) +
                            " is unknown");
        else if (!targets.insert(term.target()).second)
          report(&term, name + "an earlier term has the same target");
        checkTerm(term, name);
      }
    }
  }

private:
  void checkTrace(const nrb::TraceConfig *trace, const std::string &what) {
    if (!trace)
      return;
    if (trace->impulse() > model.maxImpulse)
      report(trace, "L19: " + what + ": impulse " +
                        std::to_string(unsigned(trace->impulse())) +
                        " exceeds " + std::to_string(model.maxImpulse));
  }

  // L-1.
  void checkTerm(const nrb::RuleTerm &term, const std::string &what) {
    uint32_t count = sizeOfVector(term.products());
    if (count == 0)
      report(&term, what + "has no product");
    if (count > model.productsPerVariable)
      report(&term,
             "L21: " + what + std::to_string(count) + " products, at most " +
                 std::to_string(model.productsPerVariable) + " are possible");
    for (uint32_t i = 0; i < count; ++i) {
      const nrb::Product &product = *term.products()->Get(i);
      std::string name = what + "product " + std::to_string(i) + ": ";
      if (product.dependency() > nrb::Dependency::MAX)
        report(&product, "L20: " + name +
                             "no dependency; every product "
                             "needs x0, y0 or u");
      if (product.mantissa() < -8 || product.mantissa() > 7 ||
          product.exponent() < -7 || product.exponent() > 8)
        report(&product, "L17: " + name + "scale " +
                             std::to_string(int(product.mantissa())) + " * 2^" +
                             std::to_string(int(product.exponent())) +
                             "; the mantissa is -8..7, the exponent -7..8");
      uint32_t factors = sizeOfVector(product.factors());
      if (factors > kMaxFactors)
        report(&product, name + std::to_string(factors) + " factors, at most " +
                             std::to_string(kMaxFactors) + " are possible");
      for (uint32_t j = 0; j < factors; ++j) {
        const nrb::Factor *factor = product.factors()->Get(j);
        if (factor->var() > nrb::FactorVar::MAX)
          report(factor, name + "factor " + std::to_string(j) + " is unknown");
      }
    }
  }

  const nrb::Core &core;
  const std::string &where;
  const TargetModel &model;
  const ReportProblem &report;
};

} // namespace

void neuro::runtime::verifyRules(const nrb::Core &core,
                                 const std::string &where,
                                 const TargetModel &model,
                                 const ReportProblem &report) {
  RuleVerifier(core, where, model, report).run();
}

bool neuro::runtime::changesDelays(const nrb::Rule &rule) {
  for (uint32_t i = 0; i < sizeOfVector(rule.terms()); ++i)
    if (rule.terms()->Get(i)->target() == nrb::RuleTarget::delay)
      return true;
  return false;
}
