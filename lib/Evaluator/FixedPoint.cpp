//===- FixedPoint.cpp - functions of the quantised form, in integers ------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FixedPoint.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace neuro;
using namespace neuro::nn;

int64_t neuro::fixed::rescale(const Rescale &by, int64_t a, size_t element) {
  size_t i = by.multiplier.size() == 1 ? 0 : element;
  if (by.inputLimit)
    a = std::min(std::max(a, -by.inputLimit), by.inputLimit);
  if (!by.late)
    return ((a + by.offset[i]) * by.multiplier[i]) >> by.amount;
  int64_t product = (a * by.multiplier[i]) >> (by.amount - kLateBits);
  return (product + by.offset[i]) >> kLateBits;
}

int64_t neuro::fixed::polynomial(const Polynomial &polynomial, int64_t v) {
  int64_t sum = 0;
  for (size_t i = polynomial.coefficients.size(); i-- > 0;)
    sum = ((sum * v) >> 14) + polynomial.coefficients[i];
  return sum;
}

int64_t neuro::fixed::exp2(int64_t x, unsigned fraction, unsigned top) {
  int64_t whole = (x >> fraction) + int64_t(top) + 1;
  if (whole < 0)
    return 0;
  int64_t part = (x & ((int64_t(1) << fraction) - 1)) << (14 - fraction);
  int64_t mantissa = roundShift(polynomial(exp2Polynomial(), part), 7);
  return roundShift(mantissa << whole, 14);
}

int64_t neuro::fixed::log2(int64_t a, unsigned fraction, unsigned levels) {
  int64_t lead = llvm::Log2_64(a);
  int64_t part = ((a << (23 - lead)) - (int64_t(1) << 23)) >> 9;
  int64_t mantissa =
      roundShift(polynomial(log2Polynomial(), part), 20 - fraction);
  return ((lead - int64_t(levels)) << fraction) + mantissa;
}

int64_t neuro::fixed::reciprocal(int64_t a, unsigned levels) {
  unsigned steps = 23 - llvm::Log2_64(a);
  int64_t y = ((int64_t(1) << 44) - 1) / (a << steps);
  return (y << steps) >> (22 - levels);
}

int64_t neuro::fixed::share(int64_t power, int64_t reciprocal,
                            unsigned levels) {
  unsigned amount = 22 + levels - kWeightBits;
  return roundShift((power * reciprocal) >> (amount - 1), 1);
}

int64_t neuro::fixed::inverseRoot(int64_t x) {
  auto fits = [x](int64_t y) {
    return ((((y * y) >> 12) * x) >> 16) < (int64_t(1) << 30);
  };
  auto y = int64_t(std::sqrt(std::ldexp(1.0, 58) / double(x)));
  while (fits(y + 1))
    ++y;
  while (!fits(y))
    --y;
  return y;
}

int64_t neuro::fixed::activation(const ActivationPlan &plan, int64_t x) {
  int64_t positive = std::max<int64_t>(x, 0), magnitude = std::abs(x);
  int64_t v = std::min<int64_t>(rescale(plan.toReach, magnitude), 1 << 14);
  int64_t h = polynomial(plan.h, v);
  return rescale(plan.toResult,
                 16 * positive - ((magnitude * h) >> (plan.h.fraction - 4)));
}

void neuro::fixed::normaliseRow(const NormPlan &plan, const float *x,
                                int64_t first, int64_t *y, int64_t &limited) {
  int64_t total = 0;
  if (plan.subtractsMean) {
    for (int64_t i = 0; i < plan.size; ++i)
      total += int64_t(x[i]);
    total = rescale(plan.mean, total);
  }
  // No digit is lost between those that are added up: their sum is the sum of
  // squares, each floored to the first digit.
  unsigned unit = plan.digitBits * plan.firstDigit;
  uint64_t sum = 0;
  for (int64_t i = 0; i < plan.size; ++i) {
    int64_t c = int64_t(x[i]);
    if (plan.subtractsMean)
      c = clip((c << plan.finer) - total, plan.center.getLimit(), limited);
    y[i] = c;
    if (plan.ownDigits)
      sum += uint64_t(c * c) >> unit;
  }
  for (size_t d = plan.epsilon.size(); d-- > 0;)
    sum += uint64_t(plan.epsilon[d]) << (plan.digitBits * d);
  sum = std::max<uint64_t>(sum, 1);
  // sum = root * 2^exponent with an even exponent.
  int64_t exponent =
      llvm::divideFloorSigned(int64_t(llvm::Log2_64(sum)) - 22, 2) * 2;
  auto root = int64_t(exponent < 0 ? sum << -exponent : sum >> exponent);
  int64_t mantissa = inverseRoot(root);
  unsigned up = unsigned(plan.mostExponent - exponent / 2);
  for (int64_t i = 0; i < plan.size; ++i) {
    int64_t z = ((y[i] << up) * mantissa) >> plan.resultShift;
    y[i] = rescale(plan.result, z, size_t(first + i));
  }
}
