//===- QuantisedPlans.cpp - numbers in the definitions of functions -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/NN/Quantised.h"

#include "neuro/Support/Constants.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

/// The largest sum that a dendrite holds.
static constexpr int64_t kDendrite = (int64_t(1) << 23) - 1;

//===----------------------------------------------------------------------===//
// Polynomials
//===----------------------------------------------------------------------===//

Polynomial Polynomial::make(unsigned degree, unsigned fraction,
                            llvm::function_ref<double(double)> f) {
  unsigned n = degree + 1;
  std::vector<long double> chebyshev(n, 0.0L);
  for (unsigned k = 0; k < n; ++k) {
    long double angle = M_PIl * (k + 0.5L) / n;
    double value = f(static_cast<double>((std::cos(angle) + 1.0L) / 2.0L));
    for (unsigned j = 0; j < n; ++j)
      chebyshev[j] += (j ? 2.0L : 1.0L) / n * value * std::cos(j * angle);
  }
  // T_j(2 v - 1) by the three-term recurrence.
  std::vector<long double> sum(n, 0.0L), before(n, 0.0L), current(n, 0.0L);
  before[0] = 1.0L;
  current[0] = -1.0L;
  if (n > 1)
    current[1] = 2.0L;
  for (unsigned j = 0; j < n; ++j) {
    const std::vector<long double> &t = j == 0 ? before : current;
    for (unsigned i = 0; i < n; ++i)
      sum[i] += chebyshev[j] * t[i];
    if (j == 0)
      continue;
    std::vector<long double> next(n, 0.0L);
    for (unsigned i = 0; i < n; ++i) {
      next[i] += -2.0L * current[i] - before[i];
      if (i + 1 < n)
        next[i + 1] += 4.0L * current[i];
    }
    before = std::move(current);
    current = std::move(next);
  }
  // Horner's rule stays within a register of 32 bits, with room for what the
  // floors add up to.
  double largest = 0.0;
  for (unsigned step = 0; step <= 1024; ++step) {
    long double value = 0.0L;
    for (unsigned i = n; i-- > 0;) {
      value = value * step / 1024.0L + sum[i];
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
  }
  while (fraction > 0 &&
         std::ldexp(largest * 1.001, int(fraction)) + n >= double(1u << 31))
    --fraction;
  Polynomial result;
  result.fraction = fraction;
  for (long double c : sum)
    result.coefficients.push_back(
        std::llround(std::ldexp(static_cast<double>(c), int(fraction))));
  return result;
}

const Polynomial &neuro::nn::exp2Polynomial() {
  static const Polynomial polynomial =
      Polynomial::make(4, 20, [](double f) { return std::exp2(f); });
  return polynomial;
}

const Polynomial &neuro::nn::log2Polynomial() {
  static const Polynomial polynomial =
      Polynomial::make(7, 20, [](double f) { return std::log2(1.0 + f); });
  return polynomial;
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

static double evaluate(ActivationKind kind, double x) {
  switch (kind) {
  case ActivationKind::relu:
    return std::max(x, 0.0);
  case ActivationKind::gelu:
    return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
  case ActivationKind::gelu_tanh:
    return 0.5 * x *
           (1.0 +
            std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
  case ActivationKind::silu:
    return x / (1.0 + std::exp(-x));
  }
  return 0.0;
}

ActivationPlan ActivationPlan::make(ActivationKind kind, double scale,
                                    int64_t limit, QuantAttr result) {
  ActivationPlan plan;
  bool isSilu = kind == ActivationKind::silu;
  double reach = std::min(isSilu ? 12.0 : 4.5, scale * double(limit));
  Units units;
  units.unit = {scale};
  plan.toReach = Rescale::make(units, reach / (1 << 14), 0, true, limit);
  // h falls smoothly from 1/2, and its error weighs less the smaller x is.
  plan.h = Polynomial::make(isSilu ? 11 : 9, 20, [&](double t) {
    double u = std::max(t * reach, 1e-6);
    return 1.0 - evaluate(kind, u) / u;
  });
  units.unit = {scale / 16.0};
  plan.toResult = Rescale::make(units, result.getScale(), 0, true, limit * 16);
  return plan;
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

/// The even E for which floor(s / 2^E) is in [2^22, 2^24).
static int64_t evenExponent(double s) {
  int64_t lead = std::ilogb(std::max(s, 1.0));
  return llvm::divideFloorSigned(lead - 22, 2) * 2;
}

// Of even width, so that the root of their base is a power of two.
unsigned neuro::nn::squareDigitBits(int64_t size) {
  unsigned most = std::min(llvm::Log2_64(kDendrite / size + 1), 14u);
  return std::max(most & ~1u, 2u);
}

/// How epsilon, in squared steps of the centre, joins the digits of the sum.
static void placeEpsilon(NormPlan &plan, double epsilon, unsigned ownDigits) {
  unsigned digits;
  double shifted;
  for (plan.firstDigit = 0;; ++plan.firstDigit) {
    plan.ownDigits =
        ownDigits > plan.firstDigit ? ownDigits - plan.firstDigit : 0;
    digits = std::max(plan.ownDigits, 2u);
    shifted = std::ldexp(epsilon, -int(plan.digitBits * plan.firstDigit));
    if (shifted < std::ldexp(1.0, int(plan.digitBits * (digits - 1) + 22)))
      break;
  }
  int64_t rest = std::llround(shifted);
  for (unsigned d = 0; d + 1 < digits; ++d) {
    plan.epsilon.push_back(rest & ((int64_t(1) << plan.digitBits) - 1));
    rest >>= plan.digitBits;
  }
  plan.epsilon.push_back(rest);
}

NormPlan NormPlan::make(Operation *op) {
  NormPlan plan;
  auto layerNorm = dyn_cast<LayerNormOp>(op);
  auto rmsNorm = dyn_cast<RMSNormOp>(op);
  plan.subtractsMean = bool(layerNorm);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  plan.size = type.getShape().back();
  plan.rows = type.getNumElements() / plan.size;
  plan.center =
      layerNorm ? *layerNorm.getCenterQuant() : *rmsNorm.getCenterQuant();
  double epsilon = (layerNorm ? layerNorm.getEpsilon() : rmsNorm.getEpsilon())
                       .convertToDouble();
  QuantAttr input = gridOf(op->getOperand(0));
  int64_t n = plan.size;

  // The mean.
  double ratio = input.getScale() / plan.center.getScale();
  plan.finer = unsigned(std::max(0L, std::lround(std::log2(ratio))));
  plan.parts =
      llvm::divideCeil(n, std::max<int64_t>(kDendrite / input.getLimit(), 1));
  plan.partSize = llvm::divideCeil(n, plan.parts);
  plan.parts = llvm::divideCeil(n, plan.partSize);
  plan.mean =
      Rescale::make(Units(), double(n), plan.finer, true, n * input.getLimit());

  plan.digitBits = squareDigitBits(n);
  double limit = double(plan.center.getLimit());
  unsigned squareBits = unsigned(std::ilogb(limit * limit)) + 1;
  unsigned ownDigits = unsigned(llvm::divideCeil(squareBits, plan.digitBits));
  double step = plan.center.getScale();
  // Beyond the bound every result is 0 either way (see `extra` below).
  double inSteps =
      std::min(epsilon * double(n) / (step * step), std::ldexp(1.0, 400));
  placeEpsilon(plan, inSteps, ownDigits);

  // The range of the sum, in steps of the first digit.
  int unit = int(plan.digitBits * plan.firstDigit);
  double least = std::max(1.0, std::ldexp(inSteps, -unit));
  double largest = std::ldexp(limit * limit * double(n), -unit) + least;
  // Where epsilon rules, c / sqrt(sum) is small, and has finer steps.
  int extra = std::clamp(
      int(std::floor(std::log2(std::max(1.0, std::sqrt(inSteps) / limit)))), 0,
      200);
  plan.resultBits = unsigned(22 + extra);
  int64_t base = 12 + int64_t(kRootBits) + unit / 2 - int64_t(plan.resultBits);
  plan.mostExponent = std::max(evenExponent(largest) / 2 + 1, -base);
  plan.resultShift = unsigned(base + plan.mostExponent);

  Units units;
  units.unit.clear();
  auto spread = [&](ElementsAttr attr, std::vector<double> &into,
                    double factor) {
    std::vector<float> values = getFloats(attr);
    for (int64_t r = 0; r < plan.rows; ++r)
      for (int64_t i = 0; i < n; ++i)
        into.push_back(values[values.size() == 1 ? 0 : i] * factor);
  };
  spread(layerNorm ? layerNorm.getGamma() : rmsNorm.getGamma(), units.unit,
         std::ldexp(std::sqrt(double(n)), -int(plan.resultBits)));
  if (layerNorm && layerNorm.getBeta())
    spread(*layerNorm.getBeta(), units.bias, 1.0);
  plan.hasBias = units.hasBias();
  plan.result = Rescale::make(units, gridOf(op->getResult(0)).getScale());
  return plan;
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// So that so many exponentials add up within a dendrite.
static unsigned levelsFor(int64_t count) {
  return std::min(15u, unsigned(llvm::Log2_64(kDendrite / count)));
}

int64_t neuro::nn::slotsOf(AttentionOp op) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  return op.getSlots().value_or(shape.size() > 1 ? shape[shape.size() - 2] : 1);
}

SoftmaxPlan SoftmaxPlan::make(AttentionOp op) {
  SoftmaxPlan plan;
  plan.slots = slotsOf(op);
  plan.groups = llvm::divideCeil(plan.slots, kSlotsPerGroup);
  plan.groupSize = llvm::divideCeil(plan.slots, plan.groups);
  plan.levels = levelsFor(plan.groupSize);
  plan.groupLevels = levelsFor(plan.groups);

  // Scores are in octaves, because the exponential is one of base 2. The
  // group's score adds at most 8 octaves to the largest one.
  int64_t width = op.getQuery().getType().getShape().back() / op.getHeads();
  QuantAttr query = *op.getQueryQuant();
  double octaves =
      op.getScale().convertToDouble() * query.getScale() / std::log(2.0);
  double products =
      double(kKeyLimit) * double(query.getLimit()) * double(width);
  double reach = std::abs(octaves) * products;
  plan.scoreLimit = int64_t(1) << 21;
  while (plan.fraction > 0 &&
         std::ldexp(reach, int(plan.fraction)) + 1.0 > double(plan.scoreLimit))
    --plan.fraction;
  Units units;
  units.unit = {octaves};
  plan.score =
      Rescale::make(units, 1.0, plan.fraction, true,
                    std::min<int64_t>(int64_t(products), int64_t(1) << 23));
  return plan;
}

Rescale neuro::nn::reluScore(AttentionOp op) {
  Units units;
  units.unit = {op.getScale().convertToDouble() *
                op.getQueryQuant()->getScale()};
  return Rescale::make(units, op.getWeightQuant()->getScale());
}

std::string neuro::nn::whyNotInIntegers(Operation *op) {
  if (auto attention = dyn_cast<AttentionOp>(op);
      attention && attention.getScore() == ScoreKind::softmax) {
    int64_t most = kSlotsPerGroup * kSlotsPerGroup;
    if (slotsOf(attention) > most)
      return "has " + std::to_string(slotsOf(attention)) +
             " key-value slots; softmax is exact for at most " +
             std::to_string(most);
  }
  if (auto mul = dyn_cast<MulOp>(op)) {
    QuantAttr lhs = gridOf(mul.getLhs()), rhs = gridOf(mul.getRhs());
    if (lhs && rhs && lhs.getLimit() * rhs.getLimit() > int64_t(1) << 30)
      return "has factors of up to " + std::to_string(lhs.getLimit()) +
             " and " + std::to_string(rhs.getLimit()) +
             " steps; their product must be at most 2^30";
  }
  if (isa<LayerNormOp, RMSNormOp>(op)) {
    QuantAttr center = op->getAttrOfType<QuantAttr>("center_quant");
    int64_t size =
        cast<RankedTensorType>(op->getResult(0).getType()).getShape().back();
    unsigned bits = squareDigitBits(std::max<int64_t>(size, 1));
    if (center && center.getLimit() >= int64_t(1) << std::min(2 * bits, 22u))
      return "has a centre of up to " + std::to_string(center.getLimit()) +
             " steps; the squares of " + std::to_string(size) +
             " elements add up for at most " +
             std::to_string((int64_t(1) << std::min(2 * bits, 22u)) - 1);
  }
  return "";
}
