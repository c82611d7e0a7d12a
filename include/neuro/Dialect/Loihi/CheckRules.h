//===- CheckRules.h - learning rules that act -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_CHECKRULES_H
#define NEURO_DIALECT_LOIHI_CHECKRULES_H

#include "neuro/Dialect/Loihi/Loihi.h"

namespace neuro::loihi {

/// Something in a rule, or declared for one, that has no effect.
struct RuleProblem {
  mlir::Operation *at;
  std::string text, note;
};

/// Those of a core whose operations are valid each by itself. Tables whose data
/// was left out are not looked at.
std::vector<RuleProblem> findRuleProblems(CoreOp core);

} // namespace neuro::loihi

#endif // NEURO_DIALECT_LOIHI_CHECKRULES_H
