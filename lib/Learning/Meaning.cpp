//===- Meaning.cpp - which parts of a learning rule act -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Learning/Meaning.h"

#include <algorithm>

using namespace neuro::learning;

namespace {

// The engine's accumulator (L-5).
constexpr int64_t kMaxSum = (1 << 15) - 1, kMinSum = -(1 << 15);
constexpr unsigned kFractionBits = 7;

struct Interval {
  int64_t low, high;
  bool isZero() const { return low == 0 && high == 0; }
};

Interval multiply(Interval a, Interval b) {
  auto [low, high] = std::minmax(
      {a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
  return {low, high};
}

Interval limit(Interval a, int64_t low, int64_t high) {
  return {std::clamp(a.low, low, high), std::clamp(a.high, low, high)};
}

Interval valueOf(const Factor &factor, const RuleSetting &setting) {
  Interval value{factor.constant, factor.constant};
  if (factor.var != Variable::Constant) {
    const ValueRange &range = setting.ranges[unsigned(factor.var)];
    value.low += range.low;
    value.high += range.high;
  }
  if (factor.sgn)
    return limit(value, -1, 1);
  int64_t most = int64_t(1) << factorWidth(factor);
  return limit(value, -most, most - 1);
}

// What the product adds when its dependency holds (L-5), in 128ths.
Interval valueOf(const Product &product, const RuleSetting &setting) {
  // No engine takes more factors; nothing is said about them.
  constexpr size_t mostFactors = 6;
  if (product.factors.size() > mostFactors)
    return {kMinSum, kMaxSum};
  Interval m{1, 1};
  for (const Factor &factor : product.factors)
    m = multiply(m, valueOf(factor, setting));
  m = multiply(m, {product.mantissa, product.mantissa});
  unsigned right = std::min(narrowingShift(product), 62u);
  m = {m.low >> right, m.high >> right};
  unsigned left =
      unsigned(std::clamp(product.exponent + int32_t(kFractionBits), 0, 31));
  m = limit(m, -(int64_t(1) << 31), int64_t(1) << 31);
  return limit(multiply(m, {int64_t(1) << left, int64_t(1) << left}), kMinSum,
               kMaxSum);
}

bool canBeSet(const Product &product, const RuleSetting &setting) {
  if (product.dependency == Dependency::U)
    return true;
  Variable flag =
      product.dependency == Dependency::X0 ? Variable::X0 : Variable::Y0;
  return setting.ranges[unsigned(flag)].high > 0;
}

Interval sumOf(const Term &term, const RuleSetting &setting) {
  Interval sum{0, 0};
  for (const Product &product : term.products) {
    if (!canBeSet(product, setting))
      continue;
    Interval value = valueOf(product, setting);
    sum.low += std::min<int64_t>(value.low, 0);
    sum.high += std::max<int64_t>(value.high, 0);
  }
  return sum;
}

bool changesNothing(Interval sum, Target target, const RuleSetting &setting) {
  if (setting.stochastic)
    return sum.isZero();
  int64_t step = int64_t(1)
                 << (kFractionBits + setting.stepBits[unsigned(target)]);
  return sum.low >= 0 && sum.high < step;
}

std::string at(unsigned column) {
  return column ? "column " + std::to_string(column) + ": " : "";
}

// Equal but for their scale.
bool sameFactors(const Product &a, const Product &b) {
  return a.dependency == b.dependency && a.factors.size() == b.factors.size() &&
         std::is_permutation(a.factors.begin(), a.factors.end(),
                             b.factors.begin());
}

// Scales in units of 2^-64 would not fit; exponents are -7..8 here.
int64_t scaleOf(const Product &product) {
  int32_t exponent = std::clamp(product.exponent + 32, 0, 48);
  return std::clamp<int64_t>(product.mantissa, -8, 8) *
         (int64_t(1) << exponent);
}

void findCancelling(const Term &term, std::vector<std::string> &problems) {
  std::vector<bool> seen(term.products.size());
  for (size_t i = 0; i < term.products.size(); ++i) {
    if (seen[i] || term.products[i].mantissa == 0)
      continue;
    int64_t scale = 0;
    size_t count = 0, last = i;
    for (size_t j = i; j < term.products.size(); ++j)
      if (sameFactors(term.products[i], term.products[j])) {
        seen[j] = true;
        scale += scaleOf(term.products[j]);
        ++count;
        last = j;
      }
    if (count > 1 && scale == 0)
      problems.push_back(at(term.products[last].column) + "this product of " +
                         nameOf(term.target) +
                         " cancels those with the same factors before it; "
                         "leave all of them out");
  }
}

} // namespace

const char *neuro::learning::nameOf(Variable variable) {
  static const char *const names[] = {"x0", "x1", "x2", "y0", "y1",      "y2",
                                      "y3", "w",  "d",  "t",  "constant"};
  return names[unsigned(variable)];
}

const char *neuro::learning::nameOf(Target target) {
  static const char *const names[] = {"dw", "dd", "dt"};
  return names[unsigned(target)];
}

std::string Reading::str() const {
  return at(column) + nameOf(target) + " reads '" + nameOf(variable) + "'";
}

std::vector<Reading> neuro::learning::listReadings(const Rule &rule) {
  std::vector<Reading> readings;
  auto add = [&](Variable variable, Target target, unsigned column) {
    for (const Reading &known : readings)
      if (known.variable == variable)
        return;
    readings.push_back({variable, target, column});
  };
  for (const Term &term : rule.terms)
    for (const Product &product : term.products) {
      if (product.dependency != Dependency::U)
        add(product.dependency == Dependency::X0 ? Variable::X0 : Variable::Y0,
            term.target, product.dependencyColumn);
      for (const Factor &factor : product.factors)
        if (factor.var != Variable::Constant)
          add(factor.var, term.target, factor.column);
    }
  return readings;
}

bool neuro::learning::reads(const Rule &rule, Variable variable) {
  std::vector<Reading> readings = listReadings(rule);
  return std::any_of(
      readings.begin(), readings.end(),
      [&](const Reading &reading) { return reading.variable == variable; });
}

bool neuro::learning::changes(const Rule &rule, Target target) {
  return std::any_of(rule.terms.begin(), rule.terms.end(),
                     [&](const Term &term) { return term.target == target; });
}

bool neuro::learning::readsOutside(const Rule &rule, Target target,
                                   Variable variable) {
  return std::any_of(
      rule.terms.begin(), rule.terms.end(), [&](const Term &term) {
        return term.target != target && reads(Rule{{term}, 0}, variable);
      });
}

RuleSetting RuleSetting::usual(bool lavaCompat, bool stochastic) {
  RuleSetting setting;
  setting.ranges = {{{0, 1},
                     {0, 127},
                     {0, 127},
                     {0, 1},
                     {0, 127},
                     {0, 127},
                     {0, 127},
                     {-256, lavaCompat ? 255 : 254},
                     {0, lavaCompat ? 255 : 62},
                     {-256, 255}}};
  setting.stepBits = {lavaCompat ? 0u : 1u, 0, 0};
  setting.stochastic = lavaCompat || stochastic;
  return setting;
}

std::vector<std::string>
neuro::learning::findIdleParts(const Rule &rule, const RuleSetting &setting) {
  std::vector<std::string> problems;
  for (const Term &term : rule.terms)
    for (std::string &problem : findIdleParts(term, setting))
      problems.push_back(std::move(problem));
  return problems;
}

std::vector<std::string>
neuro::learning::findIdleParts(const Term &term, const RuleSetting &setting) {
  std::vector<std::string> problems;
  for (const Product &product : term.products)
    if (!canBeSet(product, setting) || valueOf(product, setting).isZero())
      problems.push_back(at(product.column) + "this product of " +
                         nameOf(term.target) +
                         " is always 0; leave it out, or use factors and a "
                         "scale that reach 1");
  findCancelling(term, problems);
  Interval sum = sumOf(term, setting);
  if (!problems.empty() || !changesNothing(sum, term.target, setting))
    return problems;
  unsigned step = 1u << setting.stepBits[unsigned(term.target)];
  problems.push_back(
      (term.products.empty() ? "" : at(term.products.front().column)) +
      nameOf(term.target) + " never reaches " + std::to_string(step) +
      ", the smallest change that is kept: it adds at most " +
      std::to_string(sum.high) +
      "/128 at a time and what is less is rounded "
      "away; use a larger scale");
  return problems;
}

bool neuro::learning::canChange(const Rule &rule, Target target,
                                const RuleSetting &setting) {
  for (const Term &term : rule.terms)
    if (term.target == target)
      return !changesNothing(sumOf(term, setting), target, setting);
  return false;
}

// `-w` under its dependency, exactly.
static bool erases(const Product &product) {
  return product.factors.size() == 1 && narrowingShift(product) == 0 &&
         product.factors[0] == Factor{Variable::W, false, 0, 0} &&
         product.mantissa < 0 && scaleOf(product) == -(int64_t(1) << 32);
}

ValueRange neuro::learning::weightRange(const Rule &rule,
                                        const RuleSetting &setting,
                                        ValueRange start) {
  ValueRange all = setting.ranges[unsigned(Variable::W)];
  ValueRange result = start;
  for (const Term &term : rule.terms) {
    if (term.target != Target::Weight)
      continue;
    // Each set of dependencies that may hold together.
    for (unsigned holds = 1; holds < 8; ++holds) {
      Interval sum{0, 0};
      unsigned erasing = 0, others = 0;
      for (const Product &product : term.products) {
        if (!(holds >> unsigned(product.dependency) & 1))
          continue;
        if (erases(product)) {
          ++erasing;
          continue;
        }
        ++others;
        Interval value = valueOf(product, setting);
        sum = {sum.low + value.low, sum.high + value.high};
      }
      if (!erasing && !others)
        continue;
      if (erasing != 1)
        return all;
      constexpr int64_t one = 1 << kFractionBits;
      result.low =
          std::min<int64_t>(result.low, sum.low >= 0 ? sum.low / one : all.low);
      result.high = std::max<int64_t>(result.high, (sum.high + one - 1) / one);
    }
  }
  return {std::max(result.low, all.low), std::min(result.high, all.high)};
}
