//===- FoldAffine.cpp - nn.affine becomes part of its neighbours ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

namespace neuro::nn {
#define GEN_PASS_DEF_NNFOLDAFFINE
#include "neuro/Dialect/NN/NNPasses.h.inc"
} // namespace neuro::nn

namespace {

using Floats = std::vector<float>;

/// `y = x * multiplier + offset`, spread over `width` channels.
struct Affine {
  Floats multiplier, offset;
  bool hasOffset = false, perChannel = false;

  static std::optional<Affine> read(AffineOp op, int64_t width) {
    Affine affine;
    affine.multiplier.assign(width, 1.0f);
    affine.offset.assign(width, 0.0f);
    for (auto [attr, into] : {std::pair{op.getMultiplier(), &affine.multiplier},
                              {op.getOffset(), &affine.offset}}) {
      if (!attr)
        continue;
      Floats values = getFloats(*attr);
      if (values.empty() ||
          (values.size() != 1 && int64_t(values.size()) != width))
        return std::nullopt;
      affine.perChannel |= values.size() > 1;
      affine.hasOffset |= into == &affine.offset;
      for (int64_t i = 0; i < width; ++i)
        (*into)[i] = values[values.size() == 1 ? 0 : i];
    }
    return affine;
  }
};

void setFloats(Operation *op, StringRef name, const Floats &values,
               ArrayRef<int64_t> shape) {
  op->setAttr(name, makeConstant<float>(op->getContext(), values, shape, name));
}

std::optional<Floats> floatsOf(Operation *op, StringRef name) {
  auto attr = op->getAttrOfType<ElementsAttr>(name);
  // Huge splats stay what they are.
  if (!attr || attr.getNumElements() > (int64_t(1) << 30))
    return std::nullopt;
  Floats values = getFloats(attr);
  if (int64_t(values.size()) != attr.getNumElements())
    return std::nullopt;
  return values;
}

ArrayRef<int64_t> shapeOf(Operation *op, StringRef name) {
  return op->getAttrOfType<ElementsAttr>(name).getShapedType().getShape();
}

/// Rows of `weight` and `bias` (which may not be there yet) by one affine each.
bool scaleRows(Operation *op, StringRef weightName, StringRef biasName,
               const Affine &affine) {
  std::optional<Floats> weight = floatsOf(op, weightName);
  if (!weight)
    return false;
  SmallVector<int64_t> shape(shapeOf(op, weightName));
  size_t rows = shape[0], inner = rows ? weight->size() / rows : 0;
  bool hadBias = op->hasAttr(biasName);
  Floats bias =
      hadBias ? floatsOf(op, biasName).value_or(Floats()) : Floats(rows, 0.0f);
  if (bias.size() != rows || affine.multiplier.size() < rows)
    return false;
  for (size_t r = 0; r < rows; ++r) {
    for (size_t i = 0; i < inner; ++i)
      (*weight)[r * inner + i] *= affine.multiplier[r];
    bias[r] = bias[r] * affine.multiplier[r] + affine.offset[r];
  }
  setFloats(op, weightName, *weight, shape);
  if (hadBias || affine.hasOffset)
    setFloats(op, biasName, bias, {int64_t(rows)});
  return true;
}

bool scaleColumns(Operation *op, StringRef tableName, const Affine &affine) {
  std::optional<Floats> table = floatsOf(op, tableName);
  if (!table)
    return false;
  size_t width = affine.multiplier.size();
  for (size_t i = 0; i < table->size(); ++i)
    (*table)[i] =
        (*table)[i] * affine.multiplier[i % width] + affine.offset[i % width];
  setFloats(op, tableName, *table,
            SmallVector<int64_t>(shapeOf(op, tableName)));
  return true;
}

bool isQuantised(Operation *op) {
  return op->hasAttr("weight_q") || op->hasAttr("table_q") ||
         op->hasAttr(kResultQuantAttr);
}

/// The op before it takes the affine over.
bool foldIntoProducer(AffineOp op) {
  Operation *producer = op.getInput().getDefiningOp();
  if (!producer || !op.getInput().hasOneUse() || isQuantised(producer) ||
      isQuantised(op))
    return false;
  int64_t width = op.getInput().getType().getShape().back();
  if (auto conv = dyn_cast<Conv2dOp>(producer)) {
    // The last axis of an image is x, not the channel.
    std::optional<Affine> affine =
        Affine::read(op, conv.getWeight().getShapedType().getDimSize(0));
    return affine && !affine->perChannel &&
           scaleRows(producer, "weight", "bias", *affine);
  }
  std::optional<Affine> affine = Affine::read(op, width);
  if (!affine)
    return false;
  return TypeSwitch<Operation *, bool>(producer)
      .Case([&](LinearOp) {
        return scaleRows(producer, "weight", "bias", *affine);
      })
      .Case([&](LayerNormOp) {
        return scaleRows(producer, "gamma", "beta", *affine);
      })
      .Case([&](RMSNormOp) {
        return !affine->hasOffset && scaleColumns(producer, "gamma", *affine);
      })
      .Case<EmbeddingOp, PositionOp>(
          [&](auto) { return scaleColumns(producer, "table", *affine); })
      .Default(false);
}

/// Whether an op after it can take the affine over; if `apply`, does so.
bool foldIntoUser(AffineOp op, Operation *user, bool apply) {
  if (isQuantised(user))
    return false;
  if (auto linear = dyn_cast<LinearOp>(user)) {
    std::optional<Affine> affine =
        Affine::read(op, op.getInput().getType().getShape().back());
    std::optional<Floats> weight = floatsOf(linear, "weight");
    if (!affine || !weight)
      return false;
    if (!apply)
      return true;
    size_t outputs = shapeOf(linear, "weight")[0],
           inputs = affine->multiplier.size();
    Floats bias = floatsOf(linear, "bias").value_or(Floats(outputs, 0.0f));
    for (size_t o = 0; o < outputs; ++o) {
      double sum = bias[o];
      for (size_t i = 0; i < inputs; ++i) {
        float &w = (*weight)[o * inputs + i];
        sum += double(w) * affine->offset[i];
        w *= affine->multiplier[i];
      }
      bias[o] = float(sum);
    }
    setFloats(linear, "weight", *weight, {int64_t(outputs), int64_t(inputs)});
    if (linear.getBias() || affine->hasOffset)
      setFloats(linear, "bias", bias, {int64_t(outputs)});
    return true;
  }
  if (auto conv = dyn_cast<Conv2dOp>(user)) {
    // Padding stays zero, so an offset is exact only where nothing is padded.
    std::optional<Affine> affine = Affine::read(op, 1);
    std::optional<Floats> weight = floatsOf(conv, "weight");
    bool padded =
        llvm::any_of(conv.getPads(), [](int64_t pad) { return pad != 0; });
    if (!affine || !weight || affine->perChannel ||
        (affine->hasOffset && padded))
      return false;
    if (!apply)
      return true;
    SmallVector<int64_t> shape(shapeOf(conv, "weight"));
    size_t outputs = shape[0], inner = outputs ? weight->size() / outputs : 0;
    Floats bias = floatsOf(conv, "bias").value_or(Floats(outputs, 0.0f));
    for (size_t o = 0; o < outputs; ++o) {
      double sum = bias[o];
      for (size_t i = 0; i < inner; ++i) {
        sum += double((*weight)[o * inner + i]) * affine->offset[0];
        (*weight)[o * inner + i] *= affine->multiplier[0];
      }
      bias[o] = float(sum);
    }
    setFloats(conv, "weight", *weight, shape);
    if (conv.getBias() || affine->hasOffset)
      setFloats(conv, "bias", bias, {int64_t(outputs)});
    return true;
  }
  return false;
}

bool foldIntoUsers(AffineOp op) {
  if (isQuantised(op) || op->use_empty())
    return false;
  SmallVector<Operation *> users(op->getUsers());
  if (!llvm::all_of(users, [&](Operation *user) {
        return foldIntoUser(op, user, false);
      }))
    return false;
  for (Operation *user : users)
    foldIntoUser(op, user, true);
  return true;
}

struct FoldAffinePass : neuro::nn::impl::NNFoldAffineBase<FoldAffinePass> {
  void runOnOperation() override { foldAffine(getOperation()); }
};

} // namespace

unsigned neuro::nn::foldAffine(func::FuncOp func) {
  unsigned folded = 0;
  SmallVector<AffineOp> ops;
  func.walk([&](AffineOp op) { ops.push_back(op); });
  for (AffineOp op : ops)
    if (foldIntoProducer(op) || foldIntoUsers(op)) {
      op.getResult().replaceAllUsesWith(op.getInput());
      op.erase();
      ++folded;
    }
  return folded;
}
