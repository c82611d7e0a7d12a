//===- NeuroModelRanges.cpp - bounds of the values of neuron models -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/ModelArithmetic.h"
#include "neuro/Support/Constants.h"

#include "mlir/Interfaces/Utils/InferIntRangeCommon.h"

using namespace mlir;
using namespace neuro;

using Ranges = ArrayRef<ConstantIntRanges>;

static ConstantIntRanges between(int64_t low, int64_t high) {
  return ConstantIntRanges::fromSigned(APInt(32, low, /*isSigned=*/true),
                                       APInt(32, high, /*isSigned=*/true));
}

static ConstantIntRanges anything() { return between(INT32_MIN, INT32_MAX); }

static int64_t low(const ConstantIntRanges &range) {
  return range.smin().getSExtValue();
}
static int64_t high(const ConstantIntRanges &range) {
  return range.smax().getSExtValue();
}

// Exact results from `low` to `high` in a register: where both ends wrap alike,
// so does everything between.
static ConstantIntRanges wrapped(int64_t low, int64_t high) {
  constexpr int64_t half = int64_t(1) << 31;
  int64_t wraps = (low + half) >> 32;
  if (wraps != (high + half) >> 32)
    return anything();
  int64_t offset = wraps * 2 * half;
  return between(low - offset, high - offset);
}

// Of a result that is monotone in each operand.
static ConstantIntRanges
atCorners(const ConstantIntRanges &a, const ConstantIntRanges &b,
          function_ref<int64_t(int64_t, int64_t)> compute) {
  int64_t corners[] = {compute(low(a), low(b)), compute(low(a), high(b)),
                       compute(high(a), low(b)), compute(high(a), high(b))};
  return wrapped(*std::min_element(corners, corners + 4),
                 *std::max_element(corners, corners + 4));
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

void ConstOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  int32_t value = int32_t(getValue());
  set(getResult(), between(value, value));
}

void FlagOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  set(getResult(), ConstantIntRanges::constant(APInt(1, getValue())));
}

void ParamOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  std::optional<std::vector<int32_t>> values =
      readConstant<int32_t>(getValues());
  if (!values || values->empty())
    return set(getResult(), anything());
  auto [least, most] = std::minmax_element(values->begin(), values->end());
  set(getResult(), between(*least, *most));
}

void ReadOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  ConstantIntRanges range = anything();
  if (auto population = dyn_cast<PopulationOp>((*this)->getParentOp()))
    if (auto state = population.getState())
      for (auto field : state->getAsRange<FieldAttr>())
        if (field.getName() == getField()) {
          int64_t span = int64_t(1) << field.getBits();
          range = field.getIsSigned() ? between(-span / 2, span / 2 - 1)
                                      : between(0, span - 1);
        }
  set(getResult(), range);
}

void TimeOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  set(getResult(), between(0, INT32_MAX));
}

void IdOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  int64_t most = INT32_MAX;
  if (auto population = dyn_cast<PopulationOp>((*this)->getParentOp()))
    most = std::min(most, population.getCount() - 1);
  set(getResult(), between(0, most));
}

void RandomOp::inferResultRanges(Ranges, SetIntRangeFn set) {
  set(getResult(), between(0, (int64_t(1) << 24) - 1));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

void NegOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), wrapped(-high(args[0]), -low(args[0])));
}

void AddOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(),
      wrapped(low(args[0]) + low(args[1]), high(args[0]) + high(args[1])));
}

void SubOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(),
      wrapped(low(args[0]) - high(args[1]), high(args[0]) - low(args[1])));
}

void MinOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), between(std::min(low(args[0]), low(args[1])),
                           std::min(high(args[0]), high(args[1]))));
}

void MaxOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), between(std::max(low(args[0]), low(args[1])),
                           std::max(high(args[0]), high(args[1]))));
}

void AndOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  ConstantIntRanges bits = intrange::inferAnd(args);
  // A number that is not negative bounds the result, whatever the other is.
  int64_t least = low(bits), most = high(bits);
  for (const ConstantIntRanges &arg : args)
    if (low(arg) >= 0) {
      least = std::max<int64_t>(least, 0);
      most = std::min(most, high(arg));
    }
  set(getResult(), between(least, most));
}

void OrOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), intrange::inferOr(args));
}

void ShlOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), wrapped(model::shiftLeft(low(args[0]), getAmount()),
                           model::shiftLeft(high(args[0]), getAmount())));
}

void ShiftOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  set(getResult(), atCorners(args[0], args[1], model::shiftLeft));
}

void MulShrOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  auto shifted = [&](int64_t a, int64_t b) {
    return model::shiftRight(a * b, getAmount(), getRounding());
  };
  if (getLhs() != getRhs())
    return set(getResult(), atCorners(args[0], args[1], shifted));
  int64_t a = low(args[0]), b = high(args[0]);
  int64_t least = a <= 0 && b >= 0 ? 0 : std::min(shifted(a, a), shifted(b, b));
  set(getResult(), wrapped(least, std::max(shifted(a, a), shifted(b, b))));
}

void CmpOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  intrange::CmpPredicate predicate = intrange::CmpPredicate::slt;
  if (getPredicate() == Comparison::ge)
    predicate = intrange::CmpPredicate::sge;
  else if (getPredicate() == Comparison::eq)
    predicate = intrange::CmpPredicate::eq;
  std::optional<bool> known =
      getLhs() == getRhs()
          ? model::compare(getPredicate(), 0, 0)
          : intrange::evaluatePred(predicate, args[0], args[1]);
  set(getResult(), known ? ConstantIntRanges::constant(APInt(1, *known))
                         : ConstantIntRanges::maxRange(1));
}

void SelectOp::inferResultRanges(Ranges args, SetIntRangeFn set) {
  if (std::optional<APInt> known = args[0].getConstantValue())
    return set(getResult(), known->isOne() ? args[1] : args[2]);
  set(getResult(), args[1].rangeUnion(args[2]));
}
