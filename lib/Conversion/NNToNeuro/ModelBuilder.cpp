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

bool Units::hasBias() const {
  return std::any_of(bias.begin(), bias.end(),
                     [](double b) { return b != 0.0; });
}

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

// The largest right shift for which every multiplier stays below 2^30.
static unsigned chooseShift(double largest) {
  if (largest <= 0.0)
    return 0;
  int shift = 30 - static_cast<int>(std::ceil(std::log2(largest)));
  return static_cast<unsigned>(std::clamp(shift, 0, 47));
}

Value ModelBuilder::rescale(Value a, const Units &units, double scale,
                            unsigned fraction, bool round, StringRef name) {
  double step = std::ldexp(scale, -static_cast<int>(fraction));
  size_t n = std::max(units.unit.size(), units.bias.size());
  auto unit = [&](size_t i) {
    return units.unit[units.unit.size() == 1 ? 0 : i];
  };
  auto bias = [&](size_t i) {
    return units.bias.empty() ? 0.0
                              : units.bias[units.bias.size() == 1 ? 0 : i];
  };
  double largest = 0.0;
  for (size_t i = 0; i < n; ++i)
    largest = std::max(largest, std::abs(unit(i)) / step);
  unsigned amount = chooseShift(largest);
  std::vector<int64_t> multiplier(n), before(n), after(n);
  // The offset (bias and half a step) goes in front of the multiplication,
  // where it is finest; where a channel's unit is too small, behind it.
  bool late = false;
  for (size_t i = 0; i < n; ++i) {
    multiplier[i] = std::llround(std::ldexp(unit(i) / step, amount));
    double wanted = bias(i) / step + (round ? 0.5 : 0.0);
    double offset = multiplier[i] ? std::ldexp(wanted, amount) / multiplier[i]
                                  : (bias(i) != 0.0 ? INFINITY : 0.0);
    if (std::abs(offset) > double(1 << 28))
      late = true;
    else
      before[i] = std::llround(offset);
    after[i] = std::llround(bias(i) / step);
  }
  std::string prefix = name.empty() ? "" : name.str() + ".";
  Value m = param(prefix + "multiplier", multiplier);
  if (!late) {
    if (!std::all_of(before.begin(), before.end(),
                     [](int64_t v) { return v == 0; }))
      a = add(a, param(prefix + "offset", before));
    return mulShr(a, m, amount);
  }
  Value product = mulShr(a, m, amount > 4 ? amount - 4 : 0);
  if (amount > 4)
    product = round ? roundShr(product, 4) : mulShr(product, 1, 4);
  return add(product, param(prefix + "offset", after));
}

Value ModelBuilder::log2(Value a) {
  Value result = constant(0);
  for (unsigned bits : {16u, 8u, 4u, 2u, 1u}) {
    Value small = less(a, constant(int64_t(1) << bits));
    a = select(small, a, mulShr(a, 1, bits));
    result = select(small, result, add(result, bits));
  }
  return result;
}

Value ModelBuilder::exp2(Value x, unsigned top) {
  // 2^f on [0, 1) in Q12, by a cubic through the Chebyshev points.
  static constexpr double kCoefficients[] = {0.99989669, 0.69639055, 0.22451634,
                                             0.0790857};
  Value exponent = add(mulShr(x, 1, 8), top);
  Value fraction = shl(bitAnd(x, constant(255)), 6);
  Value mantissa = polynomial(fraction, kCoefficients, 12);
  mantissa = min(mantissa, constant(8191));
  Value amount = min(max(exponent, constant(0)), constant(18));
  Value value = mulShr(shift(mantissa, amount), 1, 12);
  return select(less(exponent, constant(0)), constant(0), value);
}

// Shifts `a` left, by multiples of `unit` bits, until it is at least
// 2^(24 - unit); `shifted` becomes the number of bits. The amount is chosen
// before the shift, so that no result that is thrown away wraps.
static Value normalise(ModelBuilder &m, Value a, unsigned unit,
                       Value &shifted) {
  for (unsigned bits = 16; bits >= unit; bits /= 2) {
    Value amount = m.select(m.less(a, m.constant(int64_t(1) << (24 - bits))),
                            m.constant(bits), m.constant(0));
    a = m.shift(a, amount);
    shifted = shifted ? m.add(shifted, amount) : amount;
  }
  return a;
}

Value ModelBuilder::reciprocal(Value a, unsigned k) {
  Value steps;
  Value x = normalise(*this, a, 1, steps); // x in [2^23, 2^24): Q24 of [1/2, 1)
  // y ~ 1/x in Q20; a line through both ends, then Newton: y += y(1 - xy).
  Value y = sub(constant(std::llround(2.9142 * (1 << 20))),
                mulShr(x, constant(2 << 20), 24));
  for (int i = 0; i < 3; ++i) {
    Value rest = sub(constant(1 << 20), mulShr(x, y, 24));
    y = add(y, mulShr(y, rest, 20));
  }
  // 2^k / a = y * 2^(k - 20 - 24 + steps).
  int amount = 44 - static_cast<int>(k);
  // Up to 9 bits to the left keep the precision of small quotients; what then
  // leaves 2^22 is limited anyway.
  Value left = min(steps, constant(9));
  Value wide = shift(y, left);
  Value remaining = add(sub(constant(amount), steps), left);
  for (unsigned bits : {16u, 8u, 4u, 2u, 1u}) {
    Value small = less(remaining, constant(bits));
    wide = select(small, wide, mulShr(wide, 1, bits));
    remaining = select(small, remaining, sub(remaining, constant(bits)));
  }
  return max(min(wide, constant(1 << 22), true), constant(0));
}

Value ModelBuilder::inverseSqrt(Value a) {
  Value steps;
  Value x = normalise(*this, a, 2, steps); // Q24 of [1/4, 1)
  // y ~ 1/sqrt(x) in Q18, then Newton: y += y (1 - x y^2) / 2.
  Value y = sub(constant(std::llround(2.13 * (1 << 18))),
                mulShr(x, constant(std::llround(1.21 * (1 << 18))), 24));
  for (int i = 0; i < 3; ++i) {
    Value square = mulShr(y, y, 18);
    Value rest = sub(constant(1 << 18), mulShr(x, square, 24));
    y = add(y, mulShr(y, rest, 19));
  }
  // 2^22 / sqrt(a) = y * 2^(22 - 18 - 12 + steps).
  Value root = roundShr(shift(y, mulShr(steps, 1, 1)), 8);
  return max(min(root, constant(1 << 22)), constant(0));
}

Value ModelBuilder::polynomial(Value v, ArrayRef<double> coefficients,
                               unsigned fraction) {
  auto fixed = [&](double c) { return std::llround(std::ldexp(c, fraction)); };
  Value result = constant(fixed(coefficients.back()));
  for (double c : llvm::reverse(coefficients.drop_back()))
    result = add(mulShr(result, v, 14), fixed(c));
  return result;
}
