//===- Rule.cpp - learning rules as text and as a tree --------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Learning/Rule.h"

#include <algorithm>
#include <cstdlib>

using namespace neuro::learning;

namespace {

const char *const kVariableNames[] = {"x0", "x1", "x2", "y0", "y1", "y2",
                                      "y3", "w",  "d",  "t",  ""};

std::string printFactor(const Factor &factor) {
  if (factor.var == Variable::Constant)
    return "(" + std::to_string(factor.constant) + ")";
  std::string text = kVariableNames[unsigned(factor.var)];
  if (factor.constant)
    text += (factor.constant > 0 ? "+" : "") + std::to_string(factor.constant);
  if (factor.sgn)
    return "sgn(" + text + ")";
  return factor.constant ? "(" + text + ")" : text;
}

std::string printProduct(const Product &product, unsigned k) {
  std::string text;
  int64_t magnitude = std::llabs(product.mantissa);
  if (magnitude != 1)
    text += std::to_string(magnitude) + "*";
  if (product.exponent)
    text += "2^" + std::to_string(product.exponent) + "*";
  switch (product.dependency) {
  case Dependency::X0:
    text += "x0";
    break;
  case Dependency::Y0:
    text += "y0";
    break;
  case Dependency::U:
    text += "u" + std::to_string(k);
    break;
  }
  for (const Factor &factor : product.factors)
    text += "*" + printFactor(factor);
  return text;
}

const char *targetName(Target target) {
  switch (target) {
  case Target::Weight:
    return "dw";
  case Target::Delay:
    return "dd";
  case Target::Tag:
    return "dt";
  }
  return "dw";
}

std::string where(const Term &term, const Product &product, unsigned k) {
  std::string text;
  if (product.column)
    text = "column " + std::to_string(product.column) + ": ";
  return text + targetName(term.target) + ", product '" +
         printProduct(product, k) + "': ";
}

// A negative product in the very variable that the term changes.
bool erases(const Term &term, const Product &product) {
  static constexpr Variable own[] = {Variable::W, Variable::D, Variable::T};
  Variable variable = own[unsigned(term.target)];
  return product.mantissa < 0 &&
         std::any_of(product.factors.begin(), product.factors.end(),
                     [&](const Factor &factor) {
                       return factor.var == variable && !factor.sgn;
                     });
}

} // namespace

std::string neuro::learning::printRule(const Rule &rule) {
  std::string text;
  for (const Term &term : rule.terms) {
    if (!text.empty())
      text += "; ";
    text += targetName(term.target);
    text += " =";
    bool first = true;
    for (const Product &product : term.products) {
      bool negative = product.mantissa < 0;
      if (first)
        text += negative ? " -" : " ";
      else
        text += negative ? " - " : " + ";
      text += printProduct(product, rule.k);
      first = false;
    }
  }
  return text;
}

unsigned neuro::learning::factorWidth(const Factor &factor) {
  if (factor.sgn)
    return 1;
  switch (factor.var) {
  case Variable::X0:
  case Variable::Y0:
    return 1;
  case Variable::W:
  case Variable::D:
  case Variable::T:
    return 9;
  case Variable::Constant:
    return 8;
  default:
    return 7;
  }
}

unsigned neuro::learning::narrowingShift(const Product &product) {
  unsigned width = 0;
  for (const Factor &factor : product.factors)
    width += factorWidth(factor);
  return width + 4 > 15 ? width + 4 - 15 : 0;
}

void neuro::learning::checkRule(const Rule &rule,
                                std::vector<std::string> &errors) {
  if (rule.k > kMaxK)
    errors.push_back("L20: u" + std::to_string(rule.k) +
                     " is not one of u0..u" + std::to_string(kMaxK));
  for (const Term &term : rule.terms) {
    if (term.products.size() > kMaxProducts)
      errors.push_back(std::string("L21: ") + targetName(term.target) +
                       " has " + std::to_string(term.products.size()) +
                       " products, at most " + std::to_string(kMaxProducts) +
                       " fit");
    for (const Product &product : term.products) {
      if (product.mantissa < kMinMantissa || product.mantissa > kMaxMantissa)
        errors.push_back(where(term, product, rule.k) + "mantissa " +
                         std::to_string(product.mantissa) + " is outside " +
                         std::to_string(kMinMantissa) + ".." +
                         std::to_string(kMaxMantissa) +
                         " (L17); round the scale to m*2^e with such an m");
      if (product.exponent < kMinExponent || product.exponent > kMaxExponent)
        errors.push_back(where(term, product, rule.k) + "exponent " +
                         std::to_string(product.exponent) + " is outside " +
                         std::to_string(kMinExponent) + ".." +
                         std::to_string(kMaxExponent) + " (L17)");
      for (const Factor &factor : product.factors)
        if (factor.constant < kMinConstant || factor.constant > kMaxConstant)
          errors.push_back(where(term, product, rule.k) + "constant " +
                           std::to_string(factor.constant) + " is outside " +
                           std::to_string(kMinConstant) + ".." +
                           std::to_string(kMaxConstant));
    }
  }
}

std::optional<Rule>
neuro::learning::legaliseRule(const Rule &rule,
                              std::vector<std::string> &errors) {
  size_t before = errors.size();
  Rule legal = rule;
  for (Term &term : legal.terms) {
    for (Product &product : term.products) {
      Product ideal = product;
      product.exponent += int32_t(narrowingShift(product));
      // The mantissa has room where the exponent has none.
      while (product.exponent > kMaxExponent &&
             product.mantissa * 2 >= kMinMantissa &&
             product.mantissa * 2 <= kMaxMantissa && product.mantissa) {
        product.mantissa *= 2;
        --product.exponent;
      }
      if (product.exponent > kMaxExponent)
        errors.push_back(where(term, ideal, rule.k) +
                         "the learning engine shifts it right "
                         "by " +
                         std::to_string(narrowingShift(ideal)) +
                         " bits; undoing that needs exponent " +
                         std::to_string(product.exponent) + ", at most " +
                         std::to_string(kMaxExponent) +
                         " fits (L17); use fewer factors or a smaller scale");
    }
    std::stable_partition(
        term.products.begin(), term.products.end(),
        [&](const Product &product) { return erases(term, product); });
  }
  if (errors.size() == before)
    checkRule(legal, errors);
  if (errors.size() != before)
    return std::nullopt;
  return legal;
}
