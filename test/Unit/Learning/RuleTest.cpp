//===- RuleTest.cpp - learning rules: parse, print, legalise --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Learning/Rule.h"
#include "neuro/Learning/Meaning.h"

#include <gtest/gtest.h>

using namespace neuro::learning;

namespace {

Rule parsed(const char *text) {
  std::vector<std::string> errors;
  std::optional<Rule> rule = parseRule(text, errors);
  for (const std::string &error : errors)
    ADD_FAILURE() << text << ": " << error;
  return rule ? *rule : Rule();
}

std::vector<std::string> problems(const char *text) {
  std::vector<std::string> errors;
  EXPECT_FALSE(parseRule(text, errors)) << text;
  return errors;
}

std::string legal(const char *text) {
  std::vector<std::string> errors;
  std::optional<Rule> rule = legaliseRule(parsed(text), errors);
  for (const std::string &error : errors)
    ADD_FAILURE() << text << ": " << error;
  return rule ? printRule(*rule) : "";
}

TEST(RuleTest, CanonicalText) {
  EXPECT_EQ(
      printRule(parsed("dw = 2^-1*x0*y1 - x1*y0*(w+4)*sgn(w+3) + "
                       "u2*x2*(5); dt=-3*2^2*y0*y3; dd = x0 * ( 4 + d )")),
      "dw = 2^-1*x0*y1 - y0*x1*(w+4)*sgn(w+3) + 5*u2*x2; "
      "dt = -3*2^2*y0*y3; dd = x0*(d+4)");
  EXPECT_EQ(printRule(parsed("dw=x0*y0*u0")), "dw = u0*x0*y0");
  EXPECT_EQ(printRule(parsed("dw=y0*x0*y1")), "dw = y0*x0*y1");
}

TEST(RuleTest, PrintsWhatItParses) {
  for (const char *text :
       {"dw = -x0*y0*w + 2*x0*x1", "dw = 7*2^8*u9*(w-128)*sgn(w-3)",
        "dw = -8*2^-7*x0; dd = x0*d; dt = y0*(127)", "dt = u3*x1*(-1)"}) {
    std::vector<std::string> errors;
    std::optional<Rule> rule = parseExactRule(text, errors);
    ASSERT_TRUE(rule) << (errors.empty() ? "" : errors[0]);
    EXPECT_EQ(printRule(*rule), text);
    std::optional<Rule> again = parseExactRule(printRule(*rule), errors);
    ASSERT_TRUE(again);
    EXPECT_TRUE(*again == *rule);
  }
}

TEST(RuleTest, ReadsTheRulesOfLava) {
  // The applier's rule of Lava's own tests, with spaces and without.
  const char *canonical =
      "dw = -2^-1*x0*y1 + 2^1*y0*x1*w + u0*x2 + u0*sgn(w+4)";
  EXPECT_EQ(printRule(parsed("dw = x0*(-1)*2^-1*y1 + y0*1*2^1*x1*w + u0*x2 + "
                             "u0*sgn(w+4)")),
            canonical);
  EXPECT_EQ(printRule(parsed("dw=x0*(-1)*2^-1*y1+y0*1*2^1*x1*w+u0*x2+"
                             "u0*sgn(w+4)")),
            canonical);
  // A negated variable negates the product.
  EXPECT_EQ(printRule(parsed("dw = x0*(4-w)")), "dw = -x0*(w-4)");
  EXPECT_EQ(printRule(parsed("dw = -x0*(-w)")), "dw = x0*w");
  // STDP and reward-modulated STDP.
  EXPECT_EQ(printRule(parsed("dw = 2^-2 * x0 * y1 + 2^-1 * x1 * y0")),
            "dw = 2^-2*x0*y1 + 2^-1*y0*x1");
  EXPECT_EQ(printRule(parsed("dt = -2 * x0 * y1 + 4 * y0 * x1 - u0 * t * 2^-1; "
                             "dw = u0 * t * y2")),
            "dt = -2*x0*y1 + 4*y0*x1 - 2^-1*u0*t; dw = u0*t*y2");
}

TEST(RuleTest, NormalisesLikeLava) {
  Rule rule = parsed("dw = 12*x0*x1 - 8*2^8*x0*x2 + 24*2^-9*x0");
  ASSERT_FALSE(rule.terms.empty());
  const std::vector<Product> &products = rule.terms[0].products;
  ASSERT_EQ(products.size(), 3u);
  EXPECT_EQ(products[0].mantissa, 6);
  EXPECT_EQ(products[0].exponent, 1);
  EXPECT_EQ(products[1].mantissa, -8);
  EXPECT_EQ(products[1].exponent, 8);
  EXPECT_EQ(products[2].mantissa, 6);
  EXPECT_EQ(products[2].exponent, -7);
}

TEST(RuleTest, TypographicCharactersAreNamed) {
  EXPECT_EQ(problems("dw = x0*y1 \u2212 y0; dt = x0*q"),
            (std::vector<std::string>{
                "column 12: '\u2212' (U+2212) is not ASCII; use ASCII '-'",
                "column 26: unknown variable 'q'; expected x0, x1, x2, y0, "
                "y1, y2, y3, w, d, t, u0..u9 or sgn(...)"}));
  EXPECT_EQ(problems("dw = \u2013x0\u00d7y1")[1],
            "column 9: '\u00d7' (U+00D7) is not ASCII; use ASCII '*'");
  EXPECT_EQ(problems("dw\u00a0= x0")[0],
            "column 3: '\u00a0' (U+00A0) is not ASCII; use ASCII ' '");
  EXPECT_EQ(problems("dw = \u03b7*x0"),
            (std::vector<std::string>{"column 6: '\u03b7' (U+03B7) is not "
                                      "ASCII; a rule is written in ASCII"}));
  for (const char *bad : {"dw = \xe2\x88", "dw = \xff*x0", "dw = \xc0\x80"})
    EXPECT_NE(problems(bad)[0].find("is not UTF-8"), std::string::npos) << bad;
  EXPECT_EQ(problems("dw = x0 \x01 y0")[0],
            "column 9: expected '+', '-', '*' or ';', got the byte 0x01");
  EXPECT_EQ(errorOffset("a \u2212 b", "column 5: there"), 6u);
  EXPECT_EQ(errorOffset("ab", "column 99: beyond"), 2u);
  EXPECT_EQ(errorOffset("ab", "no place"), 0u);
}

TEST(RuleTest, ProblemsNameTheirColumns) {
  EXPECT_EQ(problems("dw = x1*y1")[0].substr(0, 38),
            "column 6: product has no dependency: m");
  EXPECT_EQ(problems("dw = x1 + y0*z9"),
            (std::vector<std::string>{
                "column 6: product has no dependency: multiply it by y0 "
                "(update when the post neuron fires) or x0 (when the pre "
                "neuron fires)",
                "column 14: unknown variable 'z9'; expected x0, x1, x2, y0, "
                "y1, y2, y3, w, d, t, u0..u9 or sgn(...)"}));
  EXPECT_EQ(problems("dw = u1*x1 + u2*x2"),
            (std::vector<std::string>{
                "column 14: u2 beside u1: a rule has a single k (L20)"}));
  EXPECT_EQ(problems("dw = 9*x0*x1"),
            (std::vector<std::string>{
                "column 6: dw, product '9*x0*x1': mantissa 9 is outside -8..7 "
                "(L17); round the scale to m*2^e with such an m"}));
  EXPECT_EQ(problems("dw = x0*2^12*y1").size(), 1u);
  EXPECT_EQ(problems("dw = x0; dw = y0").size(), 1u);
  EXPECT_EQ(problems("dx = x0; dw = y0*(w+200)").size(), 2u);
  for (const char *text : {"dw = x0*(sgn(w)+3)", "dw = x0*(3+sgn(w))"})
    EXPECT_EQ(problems(text)[0],
              "column 9: the learning engine takes the sign of a sum, it adds "
              "nothing to a sign: write 'sgn(w+4)', not '(sgn(w)+4)'");
  EXPECT_EQ(parsed("dw = x0*sgn(3+w)"), parsed("dw = x0*(sgn(w+3))"));
  EXPECT_EQ(problems("dw = u10*w; dt = x0*sgn(-w)").size(), 2u);
  for (const char *text :
       {"", ";", "dw", "dw =", "dw = x0*", "dw = (w", "dw = 3^2*x0",
        "dw = x0 y0", "dw = x0*99999999999999999999", "dw = sgn w*x0",
        "dw = x0*sgn(4)", "dw = x0*sgn(sgn(w))", "dw = x0*sgn(w",
        "dw = x0*sgn(w+200)"})
    EXPECT_FALSE(problems(text).empty()) << text;
}

TEST(RuleTest, TooManyProducts) {
  std::string text = "dw = x0";
  for (int i = 0; i < 16; ++i)
    text += " + x0*y1";
  EXPECT_EQ(problems(text.c_str())[0],
            "L21: dw has 17 products, at most 16 fit");
}

TEST(RuleTest, CompensatesTheNarrowingShift) {
  // 7 + 7 + 4 - 15 = 3 bits; 9 + 7 + 4 - 15 = 5 bits.
  EXPECT_EQ(legal("dw = y0*x1*y1"), "dw = 2^3*y0*x1*y1");
  EXPECT_EQ(legal("dw = -2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2"),
            "dw = -x0*w*y3 + 2*x0*y1 - 2*x0*y2");
  EXPECT_EQ(legal("dw = -w*y0 + 2*x1*y0"), "dw = -y0*w + 2*y0*x1");
}

TEST(RuleTest, ErasesFirst) {
  EXPECT_EQ(legal("dw = 2*x1*y0 - w*y0"), "dw = -y0*w + 2*y0*x1");
  EXPECT_EQ(legal("dt = y0*x1 - t*y0 + u0*w"), "dt = -y0*t + y0*x1 + u0*w");
}

// What adds to its own variable, or only reads its sign, stays where it is.
TEST(RuleTest, OnlyErasingProductsMove) {
  EXPECT_EQ(legal("dw = x1*y0 + w*y0"), "dw = y0*x1 + y0*w");
  EXPECT_EQ(legal("dd = x1*y0 + d*y0"), "dd = y0*x1 + y0*d");
  EXPECT_EQ(legal("dt = x1*y0 + t*y0"), "dt = y0*x1 + y0*t");
  EXPECT_EQ(legal("dw = x1*y0 - sgn(w)*y0"), "dw = y0*x1 - y0*sgn(w)");
  EXPECT_EQ(legal("dw = x1*y0 - t*y0"), "dw = y0*x1 - y0*t");
  EXPECT_EQ(legal("dw = x1*y0 + w*y0 - w*x0 + y0*y1 - w*y0"),
            "dw = -x0*w - y0*w + y0*x1 + y0*w + y0*y1");
}

// 7 + 7 + 4 - 15 = 3 bits on top of 2^6: the mantissa takes one of them.
TEST(RuleTest, MantissaReachesBothEnds) {
  EXPECT_EQ(legal("dw = -4*2^6*y0*x1*y1"), "dw = -8*2^8*y0*x1*y1");
  EXPECT_EQ(legal("dw = 3*2^6*y0*x1*y1"), "dw = 6*2^8*y0*x1*y1");
  for (const char *text :
       {"dw = 4*2^6*y0*x1*y1", "dw = -5*2^6*y0*x1*y1", "dw = -4*2^7*y0*x1*y1"})
    EXPECT_EQ(problems(text).size(), 1u) << text;
}

TEST(RuleTest, TooMuchShift) {
  // 9 + 7 + 7 + 4 - 15 = 12 bits: more than the exponent and mantissa hold.
  std::vector<std::string> errors = problems("dw = x0*w*x1*y1");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find("exponent 10, at most 8"), std::string::npos);
}

// The engine's accumulator is limited after each product: only what erases may
// move to the front.
TEST(RuleTest, OnlyErasingProductsComeFirst) {
  EXPECT_EQ(legal("dw = 2*x0*y1 + x0*w"), "dw = 2*x0*y1 + x0*w");
  EXPECT_EQ(legal("dw = 2*x0*y1 - x0*w"), "dw = -x0*w + 2*x0*y1");
  EXPECT_EQ(legal("dw = 2*x0*y1 - x0*sgn(w)"), "dw = 2*x0*y1 - x0*sgn(w)");
  EXPECT_EQ(legal("dw = 2*x0*y1 - x0*d"), "dw = 2*x0*y1 - x0*d");
  EXPECT_EQ(legal("dw = x0*w + 2*x0*y1 - y0*w + 2*x0*y2 - x0*w"),
            "dw = -y0*w - x0*w + x0*w + 2*x0*y1 + 2*x0*y2");
  EXPECT_EQ(legal("dd = 2*x0*y1 + x0*d - y0*d"), "dd = -y0*d + 2*x0*y1 + x0*d");
  EXPECT_EQ(legal("dt = 2*x0*y1 + x0*t - x0*w"), "dt = 2*x0*y1 + x0*t - x0*w");
}

TEST(MeaningTest, ReadingsHaveTheirColumn) {
  std::vector<std::string> found;
  for (const Reading &reading :
       listReadings(parsed("dw = 2*x1*y0 - (w+4)*x0; dt = u0*sgn(y3)*y0")))
    found.push_back(reading.str());
  EXPECT_EQ(found, (std::vector<std::string>{
                       "column 11: dw reads 'y0'", "column 8: dw reads 'x1'",
                       "column 22: dw reads 'x0'", "column 17: dw reads 'w'",
                       "column 38: dt reads 'y3'"}));
}

// Bounds are those of L-5, exactly at the storage step.
TEST(MeaningTest, ChangesBelowTheStepAreIdle) {
  auto idle = [](const char *text, unsigned step, bool stochastic = false) {
    std::vector<std::string> errors;
    RuleSetting setting = RuleSetting::usual();
    setting.stepBits[0] = step;
    setting.stochastic = stochastic;
    return findIdleParts(*legaliseRule(parsed(text), errors), setting).size();
  };
  EXPECT_EQ(idle("dw = x0", 0), 0u);
  EXPECT_EQ(idle("dw = x0", 1), 1u);
  EXPECT_EQ(idle("dw = x0 + y0", 1), 0u);
  EXPECT_EQ(idle("dw = 2*x0", 1), 0u);
  EXPECT_EQ(idle("dw = 2^-1*x0", 0), 1u);
  EXPECT_EQ(idle("dw = 2^-1*x0", 0, /*stochastic=*/true), 0u);
  // What is negative is rounded down, to the next step.
  EXPECT_EQ(idle("dw = -2^-7*x0", 1), 0u);
  EXPECT_EQ(idle("dw = 0*x0 + 2*y0", 1), 1u);
  EXPECT_EQ(idle("dw = 2*x0*y1 - 2*x0*y1", 1), 1u);
  EXPECT_EQ(idle("dw = 2*x0*y1 - x0*y1 - x0*y1", 1), 1u);
  EXPECT_EQ(idle("dw = 2*x0*y1 - 2*y0*y1", 1), 0u);
}

} // namespace
