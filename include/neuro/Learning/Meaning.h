//===- Meaning.h - which parts of a learning rule act -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A variable that nothing sets is 0, and a change below the storage step is
// rounded away: such a rule runs and never changes a weight. Free of MLIR and
// of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LEARNING_MEANING_H
#define NEURO_LEARNING_MEANING_H

#include "neuro/Learning/Rule.h"

#include <array>

namespace neuro::learning {

inline constexpr unsigned kNumVariables = 10; // without Constant

const char *nameOf(Variable variable);
const char *nameOf(Target target);

/// Where a variable is read first, as a dependency or as a factor.
struct Reading {
  Variable variable;
  Target target;
  unsigned column; // 0 if the rule came from no text
  /// "column 12: dw reads 'y1'".
  std::string str() const;
};
/// One for each variable that the rule reads, product by product, the
/// dependency first.
std::vector<Reading> listReadings(const Rule &rule);
bool reads(const Rule &rule, Variable variable);
bool changes(const Rule &rule, Target target);
/// Whether a term for something else than `target` reads the variable: a change
/// of a tag that nobody reads does nothing.
bool readsOutside(const Rule &rule, Target target, Variable variable);

struct ValueRange {
  int32_t low = 0, high = 0;
};

/// Where a rule is used.
struct RuleSetting {
  /// What each variable can hold; 0..0 if nothing sets it.
  std::array<ValueRange, kNumVariables> ranges;
  /// By target: changes by less than 2^stepBits are rounded away.
  std::array<unsigned, 3> stepBits = {0, 0, 0};
  bool stochastic = false; // then they are not

  /// Everything has a source; weights are mixed and have 8 bits. In
  /// lava_compat (L-14) every result is rounded at random, and weights and
  /// delays have a wider range.
  static RuleSetting usual(bool lavaCompat = false, bool stochastic = false);
};

/// Products that are always 0, products that cancel each other, and terms that
/// never change their variable, each as a sentence with its column. `rule` is
/// in the engine's arithmetic.
std::vector<std::string> findIdleParts(const Rule &rule,
                                       const RuleSetting &setting);
std::vector<std::string> findIdleParts(const Term &term,
                                       const RuleSetting &setting);

/// True when the term for `target` can change its variable at all.
bool canChange(const Rule &rule, Target target, const RuleSetting &setting);

/// What a weight that begins within `start` can become. A rule that takes the
/// old weight away whenever it adds, `-w*y0 + 2*x1*y0`, keeps it within what it
/// adds; of any other, all of `setting` is said.
ValueRange weightRange(const Rule &rule, const RuleSetting &setting,
                       ValueRange start);

} // namespace neuro::learning

#endif // NEURO_LEARNING_MEANING_H
