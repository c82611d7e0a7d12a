//===- Rule.h - learning rules as text and as a tree -----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum-of-products learning rule in Lava's syntax, for example
// `dw = 2^-1*x0*y1 - x1*y0*(w+4) + u2*sgn(w); dt = x1*y0`. The meaning of
// every part is fixed by docs/spec/learning.md. Free of MLIR and of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LEARNING_RULE_H
#define NEURO_LEARNING_RULE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neuro::learning {

// The numbers of these enumerations are those of nrb.fbs.
enum class Target : uint8_t { Weight = 0, Delay = 1, Tag = 2 };
enum class Dependency : uint8_t { X0 = 0, Y0 = 1, U = 2 };
enum class Variable : uint8_t {
  X0 = 0,
  X1,
  X2,
  Y0,
  Y1,
  Y2,
  Y3,
  W,
  D,
  T,
  Constant,
};

/// `var + constant`, or the sign of it. With `Constant` only the
/// constant counts.
struct Factor {
  Variable var = Variable::Constant;
  bool sgn = false;
  int32_t constant = 0;
  /// Where it starts in the text, from 1; 0 if it came from no text.
  unsigned column = 0;

  bool operator==(const Factor &o) const {
    return var == o.var && sgn == o.sgn && constant == o.constant;
  }
};

/// dependency * mantissa * 2^exponent * factors.
struct Product {
  Dependency dependency = Dependency::X0;
  int64_t mantissa = 1;
  int32_t exponent = 0;
  std::vector<Factor> factors;
  /// Where the product and its dependency start in the text, from 1; 0 if it
  /// came from no text.
  unsigned column = 0, dependencyColumn = 0;

  bool operator==(const Product &o) const {
    return dependency == o.dependency && mantissa == o.mantissa &&
           exponent == o.exponent && factors == o.factors;
  }
};

struct Term {
  Target target = Target::Weight;
  std::vector<Product> products;

  bool operator==(const Term &o) const {
    return target == o.target && products == o.products;
  }
};

struct Rule {
  std::vector<Term> terms;
  /// The k of the periodic factor u_k; 0 when there is none.
  unsigned k = 0;

  bool operator==(const Rule &o) const { return terms == o.terms && k == o.k; }
};

inline constexpr int32_t kMinMantissa = -8, kMaxMantissa = 7;
inline constexpr int32_t kMinExponent = -7, kMaxExponent = 8;
inline constexpr int32_t kMinConstant = -128, kMaxConstant = 127;
inline constexpr unsigned kMaxK = 9;
inline constexpr unsigned kMaxProducts = 16;

/// Parses a rule in ideal arithmetic, in the syntax of Lava: a constant in
/// parentheses is part of the scale. Normalises every scale as Lava does
/// (an even mantissa outside -7..7 is halved while the exponent allows).
/// Returns empty and fills `errors` with everything that is wrong, also when
/// legaliseRule would refuse the rule; each begins with "column N: ", where N
/// counts characters (not bytes) from 1.
std::optional<Rule> parseRule(std::string_view text,
                              std::vector<std::string> &errors);

/// Where the character of an error of parseRule begins in `text`, in bytes.
size_t errorOffset(std::string_view text, const std::string &error);

/// Parses a rule in the arithmetic of the learning engine and keeps mantissas
/// and exponents as written: printRule and parseExactRule are inverse.
std::optional<Rule> parseExactRule(std::string_view text,
                                   std::vector<std::string> &errors);

/// The canonical text.
std::string printRule(const Rule &rule);

/// Bits that a factor adds to the narrowing shift of the learning engine.
unsigned factorWidth(const Factor &factor);

/// The right shift that the engine applies to this product.
unsigned narrowingShift(const Product &product);

/// Checks scales, constants and counts against the learning engine (L17, L20,
/// L21), whatever the rule was made from.
void checkRule(const Rule &rule, std::vector<std::string> &errors);

/// From ideal arithmetic to the engine's: compensates the narrowing shift of
/// every product and puts erasing products (negative, in the variable itself)
/// first, so that the limited accumulator keeps what is written after them.
std::optional<Rule> legaliseRule(const Rule &rule,
                                 std::vector<std::string> &errors);

} // namespace neuro::learning

#endif // NEURO_LEARNING_RULE_H
