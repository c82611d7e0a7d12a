//===- Rewrites.cpp - passes on ONNX nodes --------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionConversion.h"
#include "mlir/IR/BuiltinOps.h"
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "neuro/Support/Constants.h"

namespace neuro::onnx {
#define GEN_PASS_DEF_ONNXDCE
#define GEN_PASS_DEF_ONNXFOLD
#define GEN_PASS_DEF_ONNXINFERSHAPES
#include "neuro/Conversion/ONNXToNN/ONNXToNNPasses.h.inc"
} // namespace neuro::onnx

using namespace mlir;
using namespace neuro::onnxnn;
using neuro::onnx::ONNXDialect;
using NNValue = neuro::onnxnn::Value;

static Type elementType(DType type, MLIRContext *context) {
  Builder builder(context);
  switch (type) {
  case DType::Float:
    return builder.getF32Type();
  case DType::Double:
    return builder.getF64Type();
  case DType::Float16:
    return builder.getF16Type();
  case DType::BFloat16:
    return builder.getBF16Type();
  default:
    return IntegerType::get(context, unsigned(bitsOf(type)),
                            isUnsigned(type) ? IntegerType::Unsigned
                                             : IntegerType::Signless);
  }
}

/// As readTensor, the other way.
static ElementsAttr writeTensor(const Tensor &tensor, MLIRContext *context) {
  auto make = [&](auto values) -> ElementsAttr {
    return neuro::makeConstant(context, values, tensor.shape);
  };
  if (tensor.type == DType::Float)
    return make(*tensor.floats);
  if (tensor.type == DType::Double)
    return make(*tensor.doubles);
  if (tensor.type == DType::Bool) {
    SmallVector<bool> values(tensor.ints->begin(), tensor.ints->end());
    return neuro::makeConstant<bool>(context, ArrayRef<bool>(values),
                                     tensor.shape);
  }
  auto type =
      RankedTensorType::get(tensor.shape, elementType(tensor.type, context));
  if (!tensor.isFloat()) {
    unsigned width = unsigned(bitsOf(tensor.type));
    SmallVector<APInt> values;
    for (int64_t value : *tensor.ints)
      values.push_back(APInt(64, uint64_t(value)).trunc(width));
    return DenseElementsAttr::get(type, values);
  }
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type.getElementType()).getFloatSemantics();
  SmallVector<APFloat> values;
  for (float value : *tensor.floats) {
    bool lossy = false;
    values.emplace_back(value);
    values.back().convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  }
  return DenseElementsAttr::get(type, values);
}

/// What follows from the guessed shape of another value is not known.
static bool isFolded(const NNValue &value) {
  return value.kind == NNValue::Constant && value.guess == Guess::None;
}

/// The function's results become what its terminator returns.
static void updateResults(func::FuncOp func) {
  SmallVector<Type> types;
  for (mlir::Value value :
       func.getBody().front().getTerminator()->getOperands())
    types.push_back(value.getType());
  func.setFunctionType(FunctionType::get(
      func.getContext(), func.getFunctionType().getInputs(), types));
}

/// Puts constants where nodes compute them; says of the others why not.
static void fold(FunctionConversion &function) {
  Converter &converter = function.converter;
  converter.run();
  for (auto [node, op] : llvm::zip(converter.nodes, function.nodeOps)) {
    OpBuilder builder(op);
    bool isConstant = false;
    for (auto [number, result] : llvm::zip(node.outputs, op.getOutputs())) {
      if (number < 0 || !isFolded(converter.values[number]))
        continue;
      isConstant = true;
      ElementsAttr value =
          writeTensor(converter.values[number].constant, op.getContext());
      result.replaceAllUsesWith(neuro::onnx::ConstantOp::create(
          builder, op.getLoc(), value.getShapedType(), value));
    }
    // Results are used by later operations only, or not at all.
    if (isConstant && op.use_empty())
      op.erase();
  }
  updateResults(function.func);
  for (const Unsupported &entry : converter.report)
    for (int node : entry.nodes)
      emitRemark(function.nodeLocs[node]) << entry.op << ": " << entry.reason;
}

/// The element type of what the network computes or of a constant; none where
/// the file's own is not followed.
static Type elementTypeOf(const NNValue &value, MLIRContext *context) {
  if (value.kind == NNValue::View)
    return value.isIds() ? Type() : Type(Float32Type::get(context));
  return elementType(value.constant.type, context);
}

/// Gives results the types that follow from the inputs'.
static void inferShapes(FunctionConversion &function) {
  Converter &converter = function.converter;
  converter.run();
  for (auto [node, op] : llvm::zip(converter.nodes, function.nodeOps))
    for (auto [number, result] : llvm::zip(node.outputs, op.getOutputs())) {
      if (number < 0)
        continue;
      const NNValue &value = converter.values[number];
      if (value.kind == NNValue::Unknown || value.guess != Guess::None)
        continue;
      Type element = elementTypeOf(value, op.getContext());
      if (!element)
        continue;
      auto declared = dyn_cast<RankedTensorType>(result.getType());
      if (!declared || !declared.hasStaticShape())
        result.setType(RankedTensorType::get(value.shape(), element));
      else if (declared.getShape() != llvm::ArrayRef<int64_t>(value.shape()))
        emitWarning(op.getLoc())
            << node.op << ": the file declares the result to be "
            << text(Shape(declared.getShape().begin(),
                          declared.getShape().end()))
            << ", but the node gives " << text(value.shape());
    }
  updateResults(function.func);
}

/// Calls f for every function that has a body and can be read.
template <typename F> static LogicalResult eachFunction(ModuleOp module, F f) {
  for (func::FuncOp func : module.getOps<func::FuncOp>()) {
    if (func.isExternal())
      continue;
    FunctionConversion function(func);
    if (failed(function.read()))
      return failure();
    f(function);
  }
  return success();
}

namespace {
struct ONNXFoldPass : public neuro::onnx::impl::ONNXFoldBase<ONNXFoldPass> {
  using ONNXFoldBase::ONNXFoldBase;

  void runOnOperation() override {
    if (failed(eachFunction(getOperation(), fold)))
      signalPassFailure();
  }
};

struct ONNXInferShapesPass
    : public neuro::onnx::impl::ONNXInferShapesBase<ONNXInferShapesPass> {
  using ONNXInferShapesBase::ONNXInferShapesBase;

  void runOnOperation() override {
    if (failed(eachFunction(getOperation(), inferShapes)))
      signalPassFailure();
  }
};

struct ONNXDCEPass : public neuro::onnx::impl::ONNXDCEBase<ONNXDCEPass> {
  using ONNXDCEBase::ONNXDCEBase;

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>())
      for (Block &block : func.getBody())
        // Users come after what they use, so one way back is enough.
        for (Operation &op :
             llvm::make_early_inc_range(llvm::reverse(block.getOperations())))
          if (isa<ONNXDialect>(op.getDialect()) && op.use_empty()) {
            op.erase();
            ++numErased;
          }
  }
};
} // namespace
