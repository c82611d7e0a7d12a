//===- Quantised.cpp - where the integers are, and rescaling --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/NN/Quantised.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

//===----------------------------------------------------------------------===//
// Where the integers are
//===----------------------------------------------------------------------===//

int64_t neuro::nn::channelsOf(Value value) {
  return llvm::TypeSwitch<Operation *, int64_t>(value.getDefiningOp())
      .Case([](Conv2dOp op) {
        ArrayRef<int64_t> shape = op.getType().getShape().take_back(3);
        return shape[1] * shape[2] > 1 ? shape[0] : 0;
      })
      .Case([](ActivationOp op) { return channelsOf(op.getInput()); })
      .Case([](ReshapeOp op) { return channelsOf(op.getInput()); })
      .Case<AddOp, MulOp>([](auto op) -> int64_t {
        int64_t channels = channelsOf(op.getLhs());
        return channels == channelsOf(op.getRhs()) ? channels : 0;
      })
      .Default([](Operation *) { return 0; });
}

bool neuro::nn::isFused(Value value) {
  if (!isa_and_nonnull<LinearOp, Conv2dOp, EmbeddingOp, PositionOp, AffineOp>(
          value.getDefiningOp()) ||
      !value.hasOneUse())
    return false;
  Operation *user = *value.getUsers().begin();
  if (!isa<AddOp, MulOp, ActivationOp, AttentionOp, AffineOp>(user))
    return false;
  // A reader that numbers its neurons otherwise needs a population between.
  if (channelsOf(value) <= 1 || isa<ActivationOp>(user))
    return true;
  return isa<AddOp, MulOp>(user) &&
         channelsOf(user->getOperand(0)) == channelsOf(user->getOperand(1));
}

QuantAttr neuro::nn::gridOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto func =
        dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
    return func ? func.getArgAttrOfType<QuantAttr>(argument.getArgNumber(),
                                                   kQuantAttr)
                : QuantAttr();
  }
  Operation *op = value.getDefiningOp();
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return gridOf(reshape.getInput());
  return op->getAttrOfType<QuantAttr>(kResultQuantAttr);
}

//===----------------------------------------------------------------------===//
// Rescaling
//===----------------------------------------------------------------------===//

bool Units::hasBias() const {
  return llvm::any_of(bias, [](double b) { return b != 0.0; });
}

static std::vector<double> doubles(std::optional<ElementsAttr> elements) {
  std::vector<double> values;
  if (elements && *elements)
    for (float v : getFloats(*elements))
      values.push_back(v);
  return values;
}

static double scaleOf(Value value) {
  QuantAttr grid = gridOf(value);
  return grid ? double(grid.getScale()) : 1.0;
}

/// `scales` and `biases` by channel, each for `inner` elements, `outer` times.
static Units perChannel(ElementsAttr scales, std::optional<ElementsAttr> biases,
                        double source, int64_t outer, int64_t inner) {
  Units units;
  units.unit.clear();
  std::vector<double> scale = doubles(scales), bias = doubles(biases);
  for (int64_t o = 0; o < outer; ++o)
    for (size_t c = 0; c < scale.size(); ++c)
      for (int64_t i = 0; i < inner; ++i) {
        units.unit.push_back(scale[c] * source);
        if (!bias.empty())
          units.bias.push_back(bias[c]);
      }
  return units;
}

static int64_t countOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// One entry per element.
static void spread(std::vector<double> &values, int64_t count, double filler) {
  if (values.empty())
    values = {filler};
  std::vector<double> all(count);
  for (int64_t i = 0; i < count; ++i)
    all[i] = values[i % values.size()];
  values = std::move(all);
}

Units neuro::nn::accumulatorUnits(Value value) {
  Units units;
  int64_t count = countOf(value);
  llvm::TypeSwitch<Operation *>(value.getDefiningOp())
      .Case([&](LinearOp op) {
        int64_t width = op.getWeight().getShapedType().getDimSize(0);
        units = perChannel(*op.getWeightScale(), op.getBias(),
                           scaleOf(op.getInput()), count / width, 1);
      })
      .Case([&](Conv2dOp op) {
        int64_t channels = op.getWeight().getShapedType().getDimSize(0);
        units = perChannel(*op.getWeightScale(), op.getBias(),
                           scaleOf(op.getInput()), 1, count / channels);
      })
      .Case<EmbeddingOp, PositionOp>([&](auto op) {
        units = perChannel(*op.getTableScale(), std::nullopt, 1.0, 1, 1);
      })
      .Case([&](AffineOp op) {
        units = unitsOf(op.getInput());
        std::vector<double> multiplier = doubles(op.getMultiplier()),
                            offset = doubles(op.getOffset());
        spread(multiplier, count, 1.0);
        spread(offset, count, 0.0);
        spread(units.unit, count, 1.0);
        spread(units.bias, count, 0.0);
        for (int64_t i = 0; i < count; ++i) {
          units.unit[i] *= multiplier[i];
          units.bias[i] = units.bias[i] * multiplier[i] + offset[i];
        }
      })
      .Default([&](Operation *) { units.unit = {scaleOf(value)}; });
  return units;
}

Units neuro::nn::unitsOf(Value value) {
  if (isFused(value))
    return accumulatorUnits(value);
  Units units;
  units.unit = {scaleOf(value)};
  return units;
}

/// The units of `value`, in steps that differ by channel.
static Units inSteps(Value value, ArrayRef<double> steps) {
  Units units = unitsOf(value);
  spread(units.unit, steps.size(), 1.0);
  spread(units.bias, steps.size(), 0.0);
  for (size_t i = 0; i < steps.size(); ++i) {
    units.unit[i] /= steps[i];
    units.bias[i] /= steps[i];
  }
  return units;
}

Units neuro::nn::keyUnits(AttentionOp op) {
  return inSteps(op.getKey(), doubles(op.getKeyScale()));
}

Units neuro::nn::valueUnits(AttentionOp op) {
  return inSteps(op.getValue(), doubles(op.getValueScale()));
}

Units neuro::nn::queryUnits(AttentionOp op) {
  // The key's scale goes over to the query, so that all products have one.
  std::vector<double> steps = doubles(op.getKeyScale());
  for (double &step : steps)
    step = 1.0 / step;
  return inSteps(op.getQuery(), steps);
}

/// Steps of the result that one of the input may make, for an early offset.
static constexpr double kFine = 1.0 / 64;

Rescale Rescale::make(const Units &units, double scale, unsigned fraction,
                      bool round, int64_t bound) {
  // What leaves these is far outside of every grid.
  constexpr double kLargest = double(1 << 25);
  Rescale result;
  double step = std::ldexp(scale, -static_cast<int>(fraction));
  size_t n = std::max(units.unit.size(), units.bias.size());
  double largest = 0.0;
  bool hasBias = units.hasBias();
  for (size_t i = 0; i < n; ++i)
    largest = std::max(largest, std::abs(units.unitAt(i)) / step);
  // The largest right shift for which every multiplier stays below 2^30.
  if (largest > 0.0)
    result.amount = unsigned(std::clamp(
        30 - static_cast<int>(std::ceil(std::log2(largest))), 4, 47));
  if (largest * double(bound) > kLargest)
    result.inputLimit = std::max<int64_t>(1, int64_t(kLargest / largest));
  // In front of the product the offset (bias and half a step) is a whole number
  // of the input's steps: fine enough where many of them make one of the
  // result.
  result.late = (round || hasBias) && largest > kFine;
  result.multiplier.resize(n);
  result.offset.assign(n, 0);
  for (size_t i = 0; i < n; ++i) {
    double multiplier =
        std::clamp(std::ldexp(units.unitAt(i) / step, int(result.amount)),
                   -0x1p30, 0x1p30);
    result.multiplier[i] = std::llround(multiplier);
    double bias = std::clamp(units.biasAt(i) / step, -kLargest, kLargest);
    double wanted = bias + (round ? 0.5 : 0.0);
    double before = result.multiplier[i]
                        ? std::ldexp(wanted, int(result.amount)) /
                              double(result.multiplier[i])
                        : (bias != 0.0 ? INFINITY : 0.0);
    result.late |= std::abs(before) > double(1 << 28);
    if (!result.late)
      result.offset[i] = std::llround(before);
  }
  for (size_t i = 0; result.late && i < n; ++i) {
    double bias = std::clamp(units.biasAt(i) / step, -kLargest, kLargest);
    result.offset[i] =
        std::llround(std::ldexp(bias + (round ? 0.5 : 0.0), kLateBits));
  }
  return result;
}
