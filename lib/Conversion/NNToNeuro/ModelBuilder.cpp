//===- ModelBuilder.cpp - fixed-point neuron models -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelBuilder.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace neuro;

// Newton's iterations, floored, end at most 2 above and 1 below.
static constexpr int kAbove = 2, kDoubt = 3;

Value ModelBuilder::constant(int64_t value) {
  Value &cached = constants[value];
  if (!cached) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(builder.getInsertionBlock());
    cached = ConstOp::create(builder, loc, builder.getI32Type(),
                             static_cast<uint32_t>(value));
  }
  return cached;
}

Value ModelBuilder::param(StringRef name, ArrayRef<int64_t> values) {
  if (llvm::all_equal(values))
    return constant(values.front());
  std::vector<int32_t> data(values.begin(), values.end());
  auto type = RankedTensorType::get({static_cast<int64_t>(data.size())},
                                    builder.getI32Type());
  return ParamOp::create(builder, loc, builder.getI32Type(), name,
                         DenseElementsAttr::get(type, ArrayRef<int32_t>(data)));
}

Value ModelBuilder::add(Value a, Value b) {
  return AddOp::create(builder, loc, builder.getI32Type(), a, b);
}
Value ModelBuilder::sub(Value a, Value b) {
  return SubOp::create(builder, loc, builder.getI32Type(), a, b);
}
Value ModelBuilder::min(Value a, Value b, bool count) {
  return MinOp::create(builder, loc, builder.getI32Type(), a, b, count);
}
Value ModelBuilder::max(Value a, Value b, bool count) {
  return MaxOp::create(builder, loc, builder.getI32Type(), a, b, count);
}
Value ModelBuilder::shl(Value a, unsigned amount) {
  return amount ? ShlOp::create(builder, loc, builder.getI32Type(), a, amount)
                      .getResult()
                : a;
}
Value ModelBuilder::shift(Value a, Value amount) {
  return ShiftOp::create(builder, loc, builder.getI32Type(), a, amount);
}
Value ModelBuilder::bitAnd(Value a, Value b) {
  return AndOp::create(builder, loc, builder.getI32Type(), a, b);
}
Value ModelBuilder::mulShr(Value a, Value b, unsigned amount) {
  return MulShrOp::create(builder, loc, builder.getI32Type(), Rounding::fl, a,
                          b, amount);
}
Value ModelBuilder::roundShr(Value a, unsigned amount) {
  if (!amount)
    return a;
  return mulShr(add(a, int64_t(1) << (amount - 1)), 1, amount);
}
Value ModelBuilder::eq(Value a, int64_t b) {
  return CmpOp::create(builder, loc, builder.getI1Type(), Comparison::eq, a,
                       constant(b));
}
Value ModelBuilder::less(Value a, Value b) {
  return CmpOp::create(builder, loc, builder.getI1Type(), Comparison::lt, a, b);
}
Value ModelBuilder::select(Value condition, Value a, Value b) {
  return SelectOp::create(builder, loc, builder.getI32Type(), condition, a, b);
}
Value ModelBuilder::read(StringRef field) {
  return ReadOp::create(builder, loc, builder.getI32Type(), field);
}
void ModelBuilder::write(StringRef field, Value value) {
  WriteOp::create(builder, loc, field, value);
}
void ModelBuilder::fireUnlessZero(Value payload) {
  fireUnless(payload, eq(payload, 0));
}
void ModelBuilder::fireUnless(Value payload, Value silent) {
  FireOp::create(builder, loc, payload, silent);
}
void ModelBuilder::exportFactor(ExportKind kind, Value value) {
  ExportOp::create(builder, loc, kind, value);
}

Value ModelBuilder::clip(Value a, int64_t limit) {
  return max(min(a, constant(limit), /*count=*/true), constant(-limit),
             /*count=*/true);
}

Value ModelBuilder::gated(Value gate, Value a) {
  return select(eq(gate, 0), constant(0), a);
}

Value ModelBuilder::lowBits(Value a, unsigned bits) {
  return bitAnd(a, constant((int64_t(1) << bits) - 1));
}

Value ModelBuilder::rescale(Value a, const nn::Rescale &rescale,
                            StringRef name) {
  std::string prefix = name.empty() ? "" : name.str() + ".";
  if (rescale.inputLimit)
    a = clip(a, rescale.inputLimit);
  Value multiplier = param(prefix + "multiplier", rescale.multiplier);
  auto withOffset = [&](Value value) {
    if (llvm::all_of(rescale.offset, [](int64_t v) { return v == 0; }))
      return value;
    return add(value, param(prefix + "offset", rescale.offset));
  };
  if (!rescale.late)
    return mulShr(withOffset(a), multiplier, rescale.amount);
  Value product = mulShr(a, multiplier, rescale.amount - nn::kLateBits);
  return shr(withOffset(product), nn::kLateBits);
}

Value ModelBuilder::polynomial(Value v, const nn::Polynomial &polynomial) {
  ArrayRef<int64_t> coefficients = polynomial.coefficients;
  Value result = constant(coefficients.back());
  for (int64_t c : llvm::reverse(coefficients.drop_back()))
    result = add(mulShr(result, v, 14), c);
  return result;
}

Value ModelBuilder::exp2(Value x, unsigned fraction, unsigned top) {
  Value whole = add(shr(x, fraction), top + 1);
  Value part = shl(lowBits(x, fraction), 14 - fraction);
  Value mantissa = roundShr(polynomial(part, nn::exp2Polynomial()), 7);
  Value amount = max(whole, constant(0));
  Value value = roundShr(shift(mantissa, amount), 14);
  return select(less(whole, constant(0)), constant(0), value);
}

// Shifts `a` left, by multiples of `unit` bits, until it is at least
// 2^(top - unit). The amount is chosen before the shift, so that no result that
// is thrown away wraps.
Value ModelBuilder::normalise(Value a, unsigned top, unsigned unit,
                              Value &shifted) {
  for (unsigned bits = 16; bits >= unit; bits /= 2) {
    Value amount = select(less(a, constant(int64_t(1) << (top - bits))),
                          constant(bits), constant(0));
    a = shift(a, amount);
    shifted = shifted ? add(shifted, amount) : amount;
  }
  return a;
}

Value ModelBuilder::log2(Value a, unsigned fraction, unsigned levels) {
  Value steps;
  Value x = normalise(a, 24, 1, steps);
  Value part = shr(sub(x, constant(1 << 23)), 9);
  Value mantissa =
      roundShr(polynomial(part, nn::log2Polynomial()), 20 - fraction);
  Value whole = sub(constant(23 - int64_t(levels)), steps);
  return add(shl(whole, fraction), mantissa);
}

Value ModelBuilder::reciprocal(Value a, unsigned levels) {
  Value steps;
  Value x = normalise(a, 24, 1, steps); // Q24 of [1/2, 1)
  // y ~ 1/x in Q20; a line through both ends, then Newton: y += y (1 - x y).
  Value y = sub(constant(std::llround(2.9142 * (1 << 20))),
                mulShr(x, constant(2 << 20), 24));
  for (int i = 0; i < 3; ++i) {
    Value rest = sub(constant(1 << 20), mulShr(x, y, 24));
    y = add(y, mulShr(y, rest, 20));
  }
  // The largest y with x y < 2^44, from below.
  y = sub(y, constant(kAbove));
  for (int i = 0; i < kDoubt; ++i) {
    Value next = add(y, 1);
    y = select(less(mulShr(next, x, 20), constant(1 << 24)), next, y);
  }
  return shr(shift(y, steps), 22 - levels);
}

Value ModelBuilder::packedRoot(ArrayRef<Value> digits,
                               const nn::NormPlan &plan) {
  unsigned bits = plan.digitBits;
  SmallVector<Value> sums;
  Value carry;
  for (auto [d, digit] : llvm::enumerate(digits)) {
    Value sum = add(digit, plan.epsilon[d]);
    if (carry)
      sum = add(sum, carry);
    bool isTop = d + 1 == digits.size();
    carry = isTop ? Value() : shr(sum, bits);
    sums.push_back(isTop ? sum : lowBits(sum, bits));
  }
  // As many digits as fit 30 bits; of the next one, what fits beside them.
  Value value = sums.back(), next = constant(0), done = constant(0);
  Value exponent = constant(int64_t(bits) * (sums.size() - 1));
  for (Value sum : llvm::reverse(ArrayRef<Value>(sums).drop_back())) {
    Value fits = less(value, constant(int64_t(1) << (30 - bits)));
    next = select(fits, constant(0), select(eq(done, 0), sum, next));
    done = select(fits, constant(0), constant(1));
    value = add(shift(value, select(fits, constant(bits), constant(0))),
                select(fits, sum, constant(0)));
    exponent = sub(exponent, select(fits, constant(bits), constant(0)));
  }
  Value steps;
  Value x = normalise(max(value, constant(1)), 30, 2, steps);
  x = shr(add(x, shr(shift(next, steps), bits)), 6); // Q24 of [1/4, 1)
  exponent = add(sub(exponent, steps), 6);

  // y ~ 1/sqrt(x) in Q17, by Newton: y += y (1 - x y^2) / 2.
  Value y = sub(constant(std::llround(2.13 * (1 << 17))),
                mulShr(x, constant(std::llround(1.21 * (1 << 17))), 24));
  for (int i = 0; i < 3; ++i) {
    Value square = mulShr(y, y, 17);
    Value rest = sub(constant(1 << 17), mulShr(x, square, 24));
    y = add(y, mulShr(y, rest, 18));
  }
  // The largest one whose square is not too large, from below.
  y = sub(y, constant(kAbove));
  for (int i = 0; i < kDoubt; ++i) {
    Value more = add(y, 1);
    Value product = mulShr(mulShr(more, more, 12), x, 16);
    y = select(less(product, constant(1 << 30)), more, y);
  }
  Value up = sub(constant(plan.mostExponent), shr(exponent, 1));
  return add(shl(y, nn::kExponentBits), up);
}
