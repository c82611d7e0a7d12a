//===- Rules.h - what a neuro.rule means -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_RULES_H
#define NEURO_DIALECT_NEURO_RULES_H

#include "neuro/Dialect/Neuro/Neuro.h"
#include "neuro/Learning/Meaning.h"

#include <array>

namespace neuro {

/// A rule that has been verified, in the forms that its users need.
struct RuleMeaning {
  /// As written, `dw = ...; dt = ...`.
  std::string text;
  /// In the engine's arithmetic, with columns within the update that a product
  /// stands in.
  learning::Rule legal;
  /// By learning::Target; null where the rule leaves the variable alone.
  std::array<UpdateOp, 3> updates;
  /// By TraceName and by ExportKind.
  std::array<TraceOp, 5> traces;
  std::array<FactorOp, 4> factors;

  bool hasFactors() const {
    return llvm::any_of(factors, [](FactorOp factor) { return bool(factor); });
  }
  bool changes(learning::Target target) const {
    return bool(updates[unsigned(target)]);
  }
  /// How graded spikes act on x1.
  GradedMode gradedMode() const {
    TraceOp x1 = traces[unsigned(TraceName::x1)];
    return x1 ? TraceOp(x1).getMode() : GradedMode::impulse;
  }
};

/// Empty, and `errors` filled, when the updates together are no rule.
std::optional<RuleMeaning> readRule(RuleOp rule,
                                    std::vector<std::string> &errors);

/// What the variables of the rule hold and which changes it keeps, in synapses
/// that have tags and delays.
learning::RuleSetting settingOf(RuleOp rule);

} // namespace neuro

#endif // NEURO_DIALECT_NEURO_RULES_H
