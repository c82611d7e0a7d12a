//===- FixedPointTest.cpp - the integer functions against real ones -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bounds that docs/spec/quantised.md states, over whole input ranges.
//
//===----------------------------------------------------------------------===//

#include "FixedPoint.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace neuro;
using namespace neuro::nn;

namespace {

TEST(FixedPoint, Exp2IsWithinOneStep) {
  for (unsigned fraction : {0u, 3u, 8u, 12u})
    for (unsigned top : {14u, 15u})
      for (int64_t x = -(int64_t(20) << fraction); x <= 0; ++x) {
        double exact = std::exp2(std::ldexp(double(x), -int(fraction)) + top);
        ASSERT_LE(std::abs(double(fixed::exp2(x, fraction, top)) - exact),
                  0.5 + exact * 0x1p-13)
            << x << " of " << fraction << " to " << top;
      }
  EXPECT_EQ(fixed::exp2(0, 12, 15), 1 << 15);
  EXPECT_EQ(fixed::exp2(-(int64_t(1) << 22), 0, 15), 0);
}

TEST(FixedPoint, Log2IsWithinOneStep) {
  for (unsigned fraction : {0u, 8u, 12u})
    for (int64_t a = 1 << 14; a < 1 << 23; a += 7) {
      double exact = std::ldexp(std::log2(double(a)) - 14, int(fraction));
      ASSERT_LE(std::abs(double(fixed::log2(a, fraction, 14)) - exact), 1.0)
          << a;
    }
  EXPECT_EQ(fixed::log2(1 << 14, 12, 14), 0);
}

TEST(FixedPoint, ReciprocalIsBelowAndWithinTwoSteps) {
  for (unsigned levels : {14u, 15u})
    for (int64_t a = int64_t(1) << levels; a < 1 << 23; ++a) {
      double exact = std::ldexp(1.0, int(22 + levels)) / double(a);
      double made = double(fixed::reciprocal(a, levels));
      ASSERT_LE(made, exact) << a;
      ASSERT_GE(made, exact - 2.0) << a;
    }
}

TEST(FixedPoint, InverseRootIsWithinOneStep) {
  for (int64_t x = 1 << 22; x < 1 << 24; ++x) {
    double exact = std::ldexp(1.0 / std::sqrt(std::ldexp(double(x), -24)), 17);
    ASSERT_LE(std::abs(double(fixed::inverseRoot(x)) - exact), 1.0) << x;
  }
}

// Shares of a softmax, of every kind of row: one large score, all alike,
// random ones.
TEST(FixedPoint, SharesAreWithinTheirBound) {
  std::mt19937_64 random(1);
  for (int64_t count : {1, 2, 5, 64, 255, 256})
    for (double spread : {0.0, 0.1, 2.0, 12.0, 300.0}) {
      unsigned levels = count * 32768 <= (1 << 23) - 1 ? 15 : 14;
      std::normal_distribution<double> normal(0, spread + 1e-9);
      std::vector<int64_t> z(count), power(count);
      int64_t largest = INT64_MIN, sum = 0;
      for (int64_t &v : z) {
        v = std::llround(normal(random) * 4096);
        largest = std::max(largest, v);
      }
      double exact = 0;
      for (int64_t i = 0; i < count; ++i) {
        sum += power[i] = fixed::exp2(z[i] - largest, 12, levels);
        exact += std::exp2(double(z[i] - largest) / 4096);
      }
      int64_t reciprocal = fixed::reciprocal(sum, levels), total = 0;
      for (int64_t i = 0; i < count; ++i) {
        int64_t share = fixed::share(power[i], reciprocal, levels);
        double wanted =
            32768 * std::exp2(double(z[i] - largest) / 4096) / exact;
        EXPECT_LE(std::abs(double(share) - wanted), 1.0 + wanted * 0x1p-11)
            << count << " slots, spread " << spread;
        total += share;
      }
      // What the dendrite of the values is sized for.
      EXPECT_LE(total, 32768 + count);
    }
}

TEST(FixedPoint, ActivationsAreWithinTwoSteps) {
  mlir::MLIRContext context;
  context.loadDialect<NNDialect>();
  struct Case {
    ActivationKind kind;
    double (*f)(double);
  };
  Case cases[] = {
      {ActivationKind::gelu,
       [](double x) { return 0.5 * x * (1 + std::erf(x * M_SQRT1_2)); }},
      {ActivationKind::gelu_tanh,
       [](double x) {
         return 0.5 * x *
                (1 +
                 std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
       }},
      {ActivationKind::silu, [](double x) { return x / (1 + std::exp(-x)); }}};
  for (const Case &c : cases)
    for (double largest : {0.5, 4.0, 30.0}) {
      // The step of the result is a step of 12 bits, as a linear layer reads.
      double scale = largest / 32767, step = largest / 2047;
      auto plan = ActivationPlan::make(c.kind, scale, 32767,
                                       QuantAttr::get(&context, step, 2047));
      for (int64_t x = -32767; x <= 32767; ++x)
        ASSERT_LE(std::abs(double(fixed::activation(plan, x)) -
                           c.f(double(x) * scale) / step),
                  2.0)
            << stringifyActivationKind(c.kind).str() << " at " << x << " of "
            << largest;
    }
}

TEST(Rescale, RoundsHalfUpWhateverTheRatio) {
  std::mt19937_64 random(2);
  for (double ratio : {1e-6, 0.003, 0.2, 1.0, 1.5, 2.0, 77.0})
    for (double bias : {0.0, 0.3, -5.25, 1000.0}) {
      Units units;
      units.unit = {ratio};
      units.bias = {bias};
      Rescale by = Rescale::make(units, 1.0);
      for (int i = 0; i < 2000; ++i) {
        int64_t a = int64_t(random() % (1 << 24)) - (1 << 23);
        double exact = ratio * double(a) + bias;
        if (std::abs(exact) > 1e6)
          continue;
        ASSERT_LE(std::abs(double(fixed::rescale(by, a)) - exact), 0.57)
            << a << " * " << ratio << " + " << bias;
      }
    }
  // One to one is the identity.
  Rescale same = Rescale::make(Units(), 1.0);
  for (int64_t a : {-3, -1, 0, 1, 2, 7})
    EXPECT_EQ(fixed::rescale(same, a), a);
}

TEST(Rescale, WhatLeavesThirtyTwoBitsIsLimited) {
  Units units;
  units.unit = {1e9};
  Rescale by = Rescale::make(units, 1e-3);
  EXPECT_GT(fixed::rescale(by, 1), 1 << 23);
  EXPECT_EQ(fixed::rescale(by, 1 << 22), fixed::rescale(by, 1));
  EXPECT_LT(fixed::rescale(by, -(1 << 22)), -(1 << 23));
  EXPECT_LT(fixed::rescale(by, 1 << 22), int64_t(1) << 31);
}

} // namespace
