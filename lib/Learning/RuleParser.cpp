//===- RuleParser.cpp - text to learning rule -----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Learning/Rule.h"

#include <cstdio>
#include <cstdlib>

using namespace neuro::learning;

namespace {

/// One character of UTF-8 at `pos`, which is moved behind it; a byte that is
/// not UTF-8 stands for itself, with 0x110000 added.
uint32_t nextCharacter(std::string_view text, size_t &pos) {
  auto at = [&](size_t i) { return uint32_t(uint8_t(text[i])); };
  uint32_t first = at(pos);
  size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : 0;
  uint32_t value = more ? first & (0x3f >> more) : first;
  bool valid = first < 0x80 || (more && first < 0xf5);
  for (size_t i = 1; i <= more && valid; ++i) {
    valid = pos + i < text.size() && (at(pos + i) & 0xc0) == 0x80;
    if (valid)
      value = value << 6 | (at(pos + i) & 0x3f);
  }
  pos += valid ? more + 1 : 1;
  return valid ? value : 0x110000 + first;
}

/// What is meant by a character that typesetting has made of an ASCII one; 0
/// if that is not known.
char asciiFor(uint32_t character) {
  struct Typeset {
    uint32_t first, last;
    char ascii;
  };
  static constexpr Typeset known[] = {
      {0x2010, 0x2015, '-'}, {0x2212, 0x2212, '-'}, {0xfe63, 0xfe63, '-'},
      {0xff0d, 0xff0d, '-'}, {0xff0b, 0xff0b, '+'}, {0xd7, 0xd7, '*'},
      {0xb7, 0xb7, '*'},     {0x2217, 0x2217, '*'}, {0x2219, 0x2219, '*'},
      {0x22c5, 0x22c5, '*'}, {0x2a2f, 0x2a2f, '*'}, {0xff0a, 0xff0a, '*'},
      {0xa0, 0xa0, ' '},     {0x2000, 0x200b, ' '}, {0x202f, 0x202f, ' '},
      {0x205f, 0x205f, ' '}, {0x3000, 0x3000, ' '}, {0xfeff, 0xfeff, ' '},
      {0x2c6, 0x2c6, '^'},   {0xff3e, 0xff3e, '^'}, {0xff08, 0xff08, '('},
      {0xff09, 0xff09, ')'}, {0xff1d, 0xff1d, '='}, {0x37e, 0x37e, ';'},
      {0xff1b, 0xff1b, ';'}};
  for (const Typeset &entry : known)
    if (character >= entry.first && character <= entry.last)
      return entry.ascii;
  return 0;
}

/// The text with one byte for each character, so that a position is a column.
/// What is not ASCII is an error; `usable` is false if it is not known what it
/// stands for.
std::string toAscii(std::string_view text, std::vector<std::string> &errors,
                    bool &usable) {
  constexpr size_t kMostErrors = 8;
  std::string clean;
  size_t pos = 0, found = 0;
  usable = true;
  while (pos < text.size()) {
    size_t start = pos;
    uint32_t character = nextCharacter(text, pos);
    if (character < 0x80) {
      clean += char(character);
      continue;
    }
    char ascii = asciiFor(character), code[32];
    usable &= ascii != 0;
    clean += ascii ? ascii : '?';
    if (++found > kMostErrors)
      continue;
    bool isByte = character >= 0x110000;
    std::snprintf(code, sizeof(code), isByte ? "0x%02X" : "U+%04X",
                  unsigned(isByte ? character - 0x110000 : character));
    std::string what =
        isByte ? std::string("the byte ") + code + " is not UTF-8"
               : "'" + std::string(text.substr(start, pos - start)) + "' (" +
                     code + ") is not ASCII";
    errors.push_back("column " + std::to_string(clean.size()) + ": " + what +
                     (ascii ? std::string("; use ASCII '") + ascii + "'"
                            : std::string("; a rule is written in ASCII")));
  }
  return clean;
}

// Scales beyond this are refused while they still fit in 64 bits.
constexpr int64_t kMaxLiteral = 1 << 20;

class Parser {
public:
  /// `exact`: what printRule writes, where `(5)` is a factor. Otherwise the
  /// syntax of Lava, where it is a part of the scale and `(4-w)` negates it.
  Parser(std::string_view written, std::vector<std::string> &errors, bool exact)
      : before(errors.size()), ascii(toAscii(written, errors, usable)),
        text(ascii), errors(errors), exact(exact) {}

  std::optional<Rule> run() {
    if (!usable)
      return std::nullopt;
    skipSpace();
    while (pos < text.size()) {
      // After a mistake go on at the next statement, to report its own.
      if (!parseStatement())
        while (pos < text.size() && text[pos] != ';')
          ++pos;
      skipSpace();
      if (pos < text.size() && text[pos] == ';')
        ++pos;
      else if (pos < text.size()) {
        error(pos, "expected '+', '-', '*' or ';'" + got());
        while (pos < text.size() && text[pos] != ';')
          ++pos;
      }
      skipSpace();
    }
    if (rule.terms.empty() && errors.size() == before)
      error(0, "empty rule; expected for example 'dw = x1*y0'");
    if (errors.size() != before)
      return std::nullopt;
    return std::move(rule);
  }

private:
  void error(size_t at, const std::string &message) {
    errors.push_back("column " + std::to_string(at + 1) + ": " + message);
  }

  void skipSpace() {
    while (pos < text.size() && (text[pos] == ' ' || text[pos] == '\t' ||
                                 text[pos] == '\n' || text[pos] == '\r'))
      ++pos;
  }

  bool consume(char c) {
    skipSpace();
    if (pos >= text.size() || text[pos] != c)
      return false;
    ++pos;
    return true;
  }

  bool expect(char c) {
    if (consume(c))
      return true;
    error(pos, std::string("expected '") + c + "'" + got());
    return false;
  }

  std::string got() const {
    if (pos >= text.size())
      return ", got the end of the rule";
    if (text[pos] >= ' ' && text[pos] < 127)
      return ", got '" + std::string(1, text[pos]) + "'";
    char code[32];
    std::snprintf(code, sizeof(code), ", got the byte 0x%02X",
                  unsigned(uint8_t(text[pos])));
    return code;
  }

  static bool isDigit(char c) { return c >= '0' && c <= '9'; }
  static bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  std::string_view identifier() {
    skipSpace();
    size_t start = pos;
    while (pos < text.size() &&
           (isLetter(text[pos]) || isDigit(text[pos]) || text[pos] == '_'))
      ++pos;
    return text.substr(start, pos - start);
  }

  bool number(int64_t &value) {
    skipSpace();
    size_t start = pos;
    value = 0;
    bool tooBig = false;
    while (pos < text.size() && isDigit(text[pos])) {
      value = value * 10 + (text[pos] - '0');
      if (value > kMaxLiteral) {
        value = kMaxLiteral;
        tooBig = true;
      }
      ++pos;
    }
    if (start == pos) {
      error(pos, "expected a number" + got());
      return false;
    }
    if (tooBig)
      error(start, "number is too large for a learning rule");
    return !tooBig;
  }

  bool signedNumber(int64_t &value) {
    bool negative = consume('-');
    if (!negative)
      consume('+');
    if (!number(value))
      return false;
    if (negative)
      value = -value;
    return true;
  }

  bool parseStatement() {
    skipSpace();
    size_t start = pos;
    std::string_view name = identifier();
    Term term;
    if (name == "dw")
      term.target = Target::Weight;
    else if (name == "dd")
      term.target = Target::Delay;
    else if (name == "dt")
      term.target = Target::Tag;
    else {
      error(start,
            "expected 'dw', 'dd' or 'dt'" +
                (name.empty() ? got() : ", got '" + std::string(name) + "'"));
      return false;
    }
    for (const Term &other : rule.terms)
      if (other.target == term.target)
        error(start, "'" + std::string(name) +
                         "' is given twice; add the products to the first one");
    if (!expect('='))
      return false;
    bool negative = consume('-');
    if (!negative)
      consume('+');
    while (true) {
      if (!parseProduct(term, negative))
        return false;
      if (consume('+'))
        negative = false;
      else if (consume('-'))
        negative = true;
      else
        break;
    }
    rule.terms.push_back(std::move(term));
    return true;
  }

  bool parseProduct(Term &term, bool negative) {
    skipSpace();
    size_t start = pos;
    Product product;
    product.column = unsigned(start) + 1;
    if (negative)
      product.mantissa = -1;
    hasDependency = hasU = false;
    do {
      if (!parseFactor(product))
        return false;
    } while (consume('*'));
    if (!hasDependency)
      error(start, missingDependency(product));
    term.products.push_back(std::move(product));
    return true;
  }

  // Which flag the author most likely meant.
  static std::string missingDependency(const Product &product) {
    bool pre = false, post = false;
    for (const Factor &factor : product.factors) {
      pre |= factor.var == Variable::X1 || factor.var == Variable::X2;
      post |= factor.var == Variable::Y1 || factor.var == Variable::Y2 ||
              factor.var == Variable::Y3;
    }
    std::string text = "product has no dependency: multiply it by ";
    if (pre && !post)
      return text + "y0 (update when the post neuron fires) or x0 (when the "
                    "pre neuron fires)";
    if (post && !pre)
      return text + "x0 (update when the pre neuron fires) or y0 (when the "
                    "post neuron fires)";
    return text + "x0, y0 or u0 (update when the pre neuron fires, when the "
                  "post neuron fires, or in every epoch)";
  }

  bool parseFactor(Product &product) {
    skipSpace();
    size_t start = pos;
    if (pos < text.size() && isDigit(text[pos]))
      return parseScale(product);
    Factor factor;
    factor.column = unsigned(start) + 1;
    if (consume('(')) {
      bool negated = false;
      if (!parseSum(factor, start, negated) || !expect(')'))
        return false;
      if (!exact && factor.var == Variable::Constant)
        return scaleBy(product, factor.constant, start);
      if (negated)
        product.mantissa = -product.mantissa;
      product.factors.push_back(factor);
      return true;
    }
    std::string_view name = identifier();
    if (name.empty()) {
      error(pos, "expected a factor" + got());
      return false;
    }
    if (name == "sgn") {
      if (!parseSign(factor))
        return false;
      product.factors.push_back(factor);
      return true;
    }
    if (name[0] == 'u' && name.size() > 1 && isDigit(name[1]))
      return parsePeriodic(product, name, start);
    if (!variable(name, factor.var, start))
      return false;
    bool flag = factor.var == Variable::X0 || factor.var == Variable::Y0;
    if (flag && !hasDependency) {
      hasDependency = true;
      product.dependency =
          factor.var == Variable::X0 ? Dependency::X0 : Dependency::Y0;
      product.dependencyColumn = factor.column;
      return true;
    }
    product.factors.push_back(factor);
    return true;
  }

  bool parsePeriodic(Product &product, std::string_view name, size_t start) {
    unsigned k = 0;
    for (char c : name.substr(1))
      k = isDigit(c) && k <= kMaxK ? k * 10 + unsigned(c - '0') : kMaxK + 1;
    if (k > kMaxK) {
      error(start, "'" + std::string(name) + "' is not one of u0..u" +
                       std::to_string(kMaxK));
      return false;
    }
    if (hasU) {
      error(start, "a second periodic factor in one product");
      return false;
    }
    if (seenK && k != rule.k)
      error(start, "u" + std::to_string(k) + " beside u" +
                       std::to_string(rule.k) +
                       ": a rule has a single k (L20)");
    if (!seenK)
      rule.k = k;
    seenK = hasU = true;
    // A flag can be a factor, the periodic factor cannot.
    if (hasDependency) {
      Factor factor;
      factor.var =
          product.dependency == Dependency::X0 ? Variable::X0 : Variable::Y0;
      factor.column = product.dependencyColumn;
      product.factors.insert(product.factors.begin(), factor);
    }
    hasDependency = true;
    product.dependency = Dependency::U;
    return true;
  }

  bool parseScale(Product &product) {
    size_t start = pos;
    int64_t value;
    if (!number(value))
      return false;
    if (consume('^')) {
      int64_t exponent;
      bool parens = consume('(');
      if (!signedNumber(exponent) || (parens && !expect(')')))
        return false;
      if (value != 2) {
        error(start, "only powers of 2 are scales of a learning rule");
        return false;
      }
      if (std::llabs(exponent) > 64) {
        error(start, "exponent " + std::to_string(exponent) +
                         " is out of range (L17)");
        return false;
      }
      product.exponent += int32_t(exponent);
      return true;
    }
    return scaleBy(product, value, start);
  }

  bool scaleBy(Product &product, int64_t value, size_t start) {
    product.mantissa *= value;
    if (std::llabs(product.mantissa) > kMaxLiteral) {
      error(start, "scale is too large for a learning rule (L17)");
      return false;
    }
    return true;
  }

  // What follows `sgn`: a sum with a variable, in parentheses.
  bool parseSign(Factor &factor) {
    if (!expect('('))
      return false;
    skipSpace();
    size_t at = pos;
    bool negated = false;
    inSign = true;
    bool ok = parseSum(factor, at, negated);
    inSign = false;
    if (!ok || !expect(')'))
      return false;
    if (factor.var == Variable::Constant) {
      error(at, "sgn takes a variable, got a constant");
      return false;
    }
    factor.sgn = true;
    return true;
  }

  // `var`, `var + c`, `c + var`, `var - c`, or a constant alone; or, not
  // inside of a sign, a sign alone. `negated`: the factor is minus what was
  // written.
  bool parseSum(Factor &factor, size_t start, bool &negated) {
    bool haveVariable = false, haveConstant = false;
    int64_t constant = 0;
    bool negative = consume('-');
    if (!negative)
      consume('+');
    while (true) {
      skipSpace();
      size_t at = pos;
      if (pos < text.size() && isDigit(text[pos])) {
        int64_t value;
        if (!number(value))
          return false;
        constant += negative ? -value : value;
        haveConstant = true;
      } else {
        std::string_view name = identifier();
        if (name.empty()) {
          error(pos, "expected a variable or a number" + got());
          return false;
        }
        if (haveVariable) {
          error(at, "a second variable in one factor; write two products");
          return false;
        }
        if (negative && (exact || inSign)) {
          error(at, "a variable cannot be negated inside a factor; move the "
                    "sign to the front of the product");
          return false;
        }
        negated = negative;
        factor.column = unsigned(at) + 1;
        if (name == "sgn" && !inSign ? !parseSign(factor)
                                     : !variable(name, factor.var, at))
          return false;
        haveVariable = true;
      }
      if (consume('+'))
        negative = false;
      else if (consume('-'))
        negative = true;
      else
        break;
    }
    if (negated)
      constant = -constant;
    if (constant < kMinConstant || constant > kMaxConstant) {
      error(start, "constant " + std::to_string(constant) + " is outside " +
                       std::to_string(kMinConstant) + ".." +
                       std::to_string(kMaxConstant));
      return false;
    }
    if (factor.sgn) {
      if (!haveConstant)
        return true;
      error(start, "the learning engine takes the sign of a sum, it adds "
                   "nothing to a sign: write 'sgn(w+4)', not '(sgn(w)+4)'");
      return false;
    }
    if (!haveVariable)
      factor.var = Variable::Constant;
    factor.constant = int32_t(constant);
    return true;
  }

  bool variable(std::string_view name, Variable &var, size_t at) {
    static constexpr std::string_view names[] = {"x0", "x1", "x2", "y0", "y1",
                                                 "y2", "y3", "w",  "d",  "t"};
    for (unsigned i = 0; i < 10; ++i)
      if (name == names[i]) {
        var = Variable(i);
        return true;
      }
    error(at, "unknown variable '" + std::string(name) +
                  "'; expected x0, x1, x2, y0, y1, y2, y3, w, d, t, u0..u" +
                  std::to_string(kMaxK) + " or sgn(...)");
    return false;
  }

  size_t before;
  bool usable = true;
  std::string ascii;
  std::string_view text;
  std::vector<std::string> &errors;
  size_t pos = 0;
  Rule rule;
  bool exact, inSign = false;
  bool seenK = false;
  bool hasDependency = false, hasU = false;
};

} // namespace

size_t neuro::learning::errorOffset(std::string_view text,
                                    const std::string &error) {
  unsigned long column = 1;
  if (std::sscanf(error.c_str(), "column %lu:", &column) != 1)
    return 0;
  size_t pos = 0;
  while (column-- > 1 && pos < text.size())
    nextCharacter(text, pos);
  return pos;
}

std::optional<Rule>
neuro::learning::parseExactRule(std::string_view text,
                                std::vector<std::string> &errors) {
  size_t before = errors.size();
  std::optional<Rule> rule = Parser(text, errors, /*exact=*/true).run();
  if (rule)
    checkRule(*rule, errors);
  if (errors.size() != before)
    return std::nullopt;
  return rule;
}

std::optional<Rule>
neuro::learning::parseRule(std::string_view text,
                           std::vector<std::string> &errors) {
  std::optional<Rule> rule = Parser(text, errors, /*exact=*/false).run();
  if (!rule)
    return std::nullopt;
  for (Term &term : rule->terms)
    for (Product &product : term.products) {
      auto tooBig = [&] { return std::llabs(product.mantissa) > kMaxMantissa; };
      while ((tooBig() || product.exponent < kMinExponent) &&
             product.mantissa && product.mantissa % 2 == 0 &&
             product.exponent < kMaxExponent) {
        product.mantissa /= 2;
        ++product.exponent;
      }
    }
  // What the engine cannot be made to compute is wrong already here.
  if (!legaliseRule(*rule, errors))
    return std::nullopt;
  return rule;
}
