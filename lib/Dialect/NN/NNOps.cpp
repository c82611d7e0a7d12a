//===- NNOps.cpp - verifiers and folders of the nn dialect ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/NN/NN.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"

#include <limits>

using namespace mlir;
using namespace neuro::nn;

//===----------------------------------------------------------------------===//
// What the verifiers share
//===----------------------------------------------------------------------===//

namespace {

/// Prints a shape as 2x3xf32; elements themselves may be megabytes.
std::string typeString(ArrayRef<int64_t> shape, Type element) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << RankedTensorType::get(shape, element);
  return text;
}

std::string listString(ArrayRef<int64_t> list) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(list, os);
  os << ']';
  return text;
}

/// An error with what was expected and what is there.
LogicalResult mismatch(Operation *op, const Twine &what, const Twine &expected,
                       const Twine &actual) {
  InFlightDiagnostic diag = op->emitOpError() << what;
  diag.attachNote() << "expected: " << expected;
  diag.attachNote() << "  actual: " << actual;
  return diag;
}

enum class Element { Float, Byte };

/// A constant must be there with this shape; `attr` null means it is absent.
LogicalResult verifyConstant(Operation *op, StringRef name,
                             std::optional<ElementsAttr> attr,
                             ArrayRef<int64_t> shape,
                             Element element = Element::Float) {
  if (!attr || !*attr)
    return success();
  Type wanted = element == Element::Float
                    ? Type(Float32Type::get(op->getContext()))
                    : Type(IntegerType::get(op->getContext(), 8));
  auto type = dyn_cast<ShapedType>(attr->getType());
  if (type && type.hasRank() && type.getShape() == shape &&
      type.getElementType() == wanted)
    return success();
  std::string actual;
  llvm::raw_string_ostream(actual) << attr->getType();
  return mismatch(op, "'" + name + "' has the wrong type",
                  typeString(shape, wanted), actual);
}

/// Int8 constants and their scales come together.
LogicalResult verifyPair(Operation *op, StringRef first, bool hasFirst,
                         StringRef second, bool hasSecond) {
  if (hasFirst == hasSecond)
    return success();
  return mismatch(op, "the quantised form is incomplete",
                  "both '" + first + "' and '" + second + "'",
                  "only '" + (hasFirst ? first : second) + "'");
}

LogicalResult verifyStatic(Operation *op) {
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults())) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.hasStaticShape())
      continue;
    std::string actual;
    llvm::raw_string_ostream(actual) << type;
    return mismatch(op, "needs static shapes", "no '?' in a type", actual);
  }
  return success();
}

/// The result's shape follows from the operands and the constants.
LogicalResult verifyResult(Operation *op, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getShape() == shape)
    return success();
  return mismatch(op, "has the wrong result type",
                  typeString(shape, type.getElementType()),
                  typeString(type.getShape(), type.getElementType()));
}

LogicalResult verifyRankAtLeast(Operation *op, StringRef what,
                                RankedTensorType type, int64_t rank) {
  if (type.getRank() >= rank)
    return success();
  return mismatch(op, "'" + what + "' has too few axes",
                  "at least " + Twine(rank), Twine(type.getRank()));
}

LogicalResult verifyConstantRank(Operation *op, StringRef name,
                                 ElementsAttr attr, int64_t rank) {
  auto type = dyn_cast<ShapedType>(attr.getType());
  if (type && type.hasStaticShape() && type.getRank() == rank)
    return success();
  std::string actual;
  llvm::raw_string_ostream(actual) << attr.getType();
  return mismatch(op, "'" + name + "' has the wrong rank",
                  Twine(rank) + " axes of fixed size", actual);
}

LogicalResult verifyEpsilon(Operation *op, const APFloat &epsilon) {
  // ONNX has it in float32.
  if (epsilon.isFinite() && !epsilon.isNegative() &&
      epsilon.convertToDouble() <= double(std::numeric_limits<float>::max()))
    return success();
  SmallString<16> actual;
  epsilon.toString(actual);
  return mismatch(op, "'epsilon' is out of range",
                  "0 or a positive number that float32 holds", actual);
}

} // namespace

//===----------------------------------------------------------------------===//
// linear, conv2d
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 1)) ||
      failed(verifyConstantRank(*this, "weight", getWeight(), 2)))
    return failure();
  int64_t outputs = getWeight().getShapedType().getDimSize(0),
          inputs = type.getShape().back();
  SmallVector<int64_t> result(type.getShape());
  result.back() = outputs;
  if (failed(verifyConstant(*this, "weight", getWeight(), {outputs, inputs})) ||
      failed(verifyConstant(*this, "bias", getBias(), {outputs})) ||
      failed(verifyConstant(*this, "weight_q", getWeightQ(), {outputs, inputs},
                            Element::Byte)) ||
      failed(
          verifyConstant(*this, "weight_scale", getWeightScale(), {outputs})) ||
      failed(verifyPair(*this, "weight_q", getWeightQ().has_value(),
                        "weight_scale", getWeightScale().has_value())))
    return failure();
  return verifyResult(*this, result);
}

LogicalResult Conv2dOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 3)) ||
      failed(verifyConstantRank(*this, "weight", getWeight(), 4)))
    return failure();
  ArrayRef<int64_t> weight = getWeight().getShapedType().getShape(),
                    strides = getStrides(), pads = getPads();
  if (strides.size() != 2 ||
      llvm::any_of(strides, [](int64_t s) { return s < 1; }))
    return mismatch(*this, "'strides' is invalid", "two positive numbers",
                    listString(strides));
  if (pads.size() != 4 || llvm::any_of(pads, [](int64_t p) { return p < 0; }))
    return mismatch(*this, "'pads' is invalid",
                    "four numbers [top, left, bottom, right], none negative",
                    listString(pads));
  ArrayRef<int64_t> image = type.getShape().take_back(3);
  SmallVector<int64_t> filter{weight[0], image[0], weight[2], weight[3]};
  if (failed(verifyConstant(*this, "weight", getWeight(), filter)) ||
      failed(verifyConstant(*this, "bias", getBias(), {weight[0]})) ||
      failed(verifyConstant(*this, "weight_q", getWeightQ(), filter,
                            Element::Byte)) ||
      failed(verifyConstant(*this, "weight_scale", getWeightScale(),
                            {weight[0]})) ||
      failed(verifyPair(*this, "weight_q", getWeightQ().has_value(),
                        "weight_scale", getWeightScale().has_value())))
    return failure();
  int64_t rows = image[1] + pads[0] + pads[2] - weight[2],
          columns = image[2] + pads[1] + pads[3] - weight[3];
  if (rows < 0 || columns < 0)
    return mismatch(*this, "the filter is larger than the padded image",
                    "at most " + Twine(rows + weight[2]) + "x" +
                        Twine(columns + weight[3]),
                    Twine(weight[2]) + "x" + Twine(weight[3]));
  SmallVector<int64_t> result(type.getShape().drop_back(3));
  result.append({weight[0], rows / strides[0] + 1, columns / strides[1] + 1});
  return verifyResult(*this, result);
}

//===----------------------------------------------------------------------===//
// layer_norm, rms_norm, affine
//===----------------------------------------------------------------------===//

LogicalResult LayerNormOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 1)))
    return failure();
  int64_t size = type.getShape().back();
  if (failed(verifyConstant(*this, "gamma", getGamma(), {size})) ||
      failed(verifyConstant(*this, "beta", getBeta(), {size})))
    return failure();
  return verifyEpsilon(*this, getEpsilon());
}

LogicalResult RMSNormOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 1)) ||
      failed(
          verifyConstant(*this, "gamma", getGamma(), {type.getShape().back()})))
    return failure();
  return verifyEpsilon(*this, getEpsilon());
}

LogicalResult AffineOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 1)))
    return failure();
  for (auto [name, attr] : {std::pair<StringRef, std::optional<ElementsAttr>>{
                                "multiplier", getMultiplier()},
                            std::pair<StringRef, std::optional<ElementsAttr>>{
                                "offset", getOffset()}}) {
    // One value for all channels is written as a scalar or as one element.
    if (attr && attr->getElementType().isF32() &&
        attr->getShapedType().getRank() <= 1 && attr->getNumElements() == 1)
      continue;
    if (failed(verifyConstant(*this, name, attr, {type.getShape().back()})))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// embedding, position
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  if (failed(verifyStatic(*this)) ||
      failed(verifyConstantRank(*this, "table", getTable(), 2)))
    return failure();
  SmallVector<int64_t> table(getTable().getShapedType().getShape());
  if (failed(verifyConstant(*this, "table", getTable(), table)) ||
      failed(verifyConstant(*this, "table_q", getTableQ(), table,
                            Element::Byte)) ||
      failed(
          verifyConstant(*this, "table_scale", getTableScale(), {table[1]})) ||
      failed(verifyPair(*this, "table_q", getTableQ().has_value(),
                        "table_scale", getTableScale().has_value())))
    return failure();
  if (table[0] < 1)
    return mismatch(*this, "'table' is empty", "at least one row", "none");
  SmallVector<int64_t> result(
      cast<RankedTensorType>(getIds().getType()).getShape());
  result.push_back(table[1]);
  return verifyResult(*this, result);
}

LogicalResult PositionOp::verify() {
  RankedTensorType type = getResult().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "result", type, 1)) ||
      failed(verifyConstantRank(*this, "table", getTable(), 2)))
    return failure();
  SmallVector<int64_t> table(getTable().getShapedType().getShape());
  if (failed(verifyConstant(*this, "table", getTable(),
                            {table[0], type.getShape().back()})) ||
      failed(verifyConstant(*this, "table_q", getTableQ(), table,
                            Element::Byte)) ||
      failed(
          verifyConstant(*this, "table_scale", getTableScale(), {table[1]})) ||
      failed(verifyPair(*this, "table_q", getTableQ().has_value(),
                        "table_scale", getTableScale().has_value())))
    return failure();
  if (type.getRank() >= 2 && type.getDimSize(type.getRank() - 2) > table[0])
    return mismatch(*this, "'table' has too few rows",
                    "at least " + Twine(type.getDimSize(type.getRank() - 2)) +
                        ", one for each token",
                    Twine(table[0]));
  return success();
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

LogicalResult AttentionOp::verify() {
  RankedTensorType type = getQuery().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "query", type, 1)))
    return failure();
  int64_t channels = type.getShape().back(), heads = getHeads(),
          window = getWindow();
  if (heads < 1 || channels % heads)
    return mismatch(*this, "'heads' does not divide the channels",
                    "a divisor of " + Twine(channels), Twine(heads));
  if (!getScale().isFinite()) {
    SmallString<16> actual;
    getScale().toString(actual);
    return mismatch(*this, "'scale' is out of range", "a finite number",
                    actual);
  }
  if (window < 0)
    return mismatch(*this, "'window' is out of range",
                    "0 (all tokens) or a positive number", Twine(window));
  if (int64_t slots = getSlots().value_or(1); slots < 1)
    return mismatch(*this, "'slots' is out of range", "a positive number",
                    Twine(slots));
  if (std::optional<APFloat> limit = getScoreLimit();
      limit && !(limit->convertToDouble() >= 0))
    return mismatch(*this, "'score_limit' is out of range",
                    "a number of 0 or more",
                    Twine(int64_t(limit->convertToDouble())));
  if (failed(verifyConstant(*this, "key_scale", getKeyScale(), {channels})))
    return failure();
  return verifyConstant(*this, "value_scale", getValueScale(), {channels});
}

//===----------------------------------------------------------------------===//
// reshape, select_last
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType from = getInput().getType(), to = getResult().getType();
  if (failed(verifyStatic(*this)))
    return failure();
  if (from.getNumElements() == to.getNumElements())
    return success();
  return mismatch(*this, "changes the number of elements",
                  Twine(from.getNumElements()), Twine(to.getNumElements()));
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getResult().getType())
    return getInput();
  // Only the last of a chain of reshapes matters.
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    if (inner.getInput().getType() == getResult().getType())
      return inner.getInput();
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

LogicalResult SelectLastOp::verify() {
  RankedTensorType type = getInput().getType();
  if (failed(verifyStatic(*this)) ||
      failed(verifyRankAtLeast(*this, "input", type, 2)))
    return failure();
  SmallVector<int64_t> result{type.getDimSize(0)};
  llvm::append_range(result, type.getShape().drop_front(2));
  return verifyResult(*this, result);
}

#define GET_OP_CLASSES
#include "neuro/Dialect/NN/NNOps.cpp.inc"
