//===- ToStream.cpp - the sequence axis becomes time ----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Dialect/NN/TokenLayout.h"

using namespace mlir;
using namespace neuro::nn;

namespace neuro::nn {
#define GEN_PASS_DEF_NNTOSTREAM
#include "neuro/Dialect/NN/NNPasses.h.inc"
} // namespace neuro::nn

namespace {

/// Where time is in the ONNX shape of a value: -1 at the last token only.
FailureOr<int64_t> timeAxis(func::FuncOp func, Value value,
                            const TokenLayoutAnalysis &layouts,
                            unsigned index) {
  TokenLayout layout = layouts.get(value);
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  bool hasBatch = !shape.empty() && shape[0] == layouts.getBatch();
  if (layout.kind == TokenLayout::PerSequence && hasBatch)
    return -1;
  // Only axes of size 1 may stand between batch and tokens.
  if (layout.kind == TokenLayout::PerToken && hasBatch && layout.leading >= 2 &&
      shape[layout.leading - 1] == layouts.getTokens() &&
      llvm::all_of(shape.slice(1, layout.leading - 2),
                   [](int64_t size) { return size == 1; }))
    return int64_t(layout.leading) - 1;
  InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                            << "result " << index << " has no "
                            << (hasBatch ? "sequence" : "batch") << " axis";
  diag.attachNote() << "expected: [" << layouts.getBatch() << ", "
                    << layouts.getTokens() << ", ...], or ["
                    << layouts.getBatch() << ", ...] of the last tokens";
  diag.attachNote() << "  actual: " << value.getType();
  return diag;
}

void setPortAttrs(Builder &builder, RankedTensorType type, int64_t time,
                  bool hasShape,
                  llvm::function_ref<void(StringRef, Attribute)> set) {
  if (!hasShape)
    set(kShapeAttr, builder.getDenseI64ArrayAttr(type.getShape()));
  set(kTimeAxisAttr, builder.getI64IntegerAttr(time));
  set(kElementTypeAttr, TypeAttr::get(type.getElementType()));
}

RankedTensorType partType(Value value, const TokenLayoutAnalysis &layouts) {
  return RankedTensorType::get(
      layouts.partShape(value),
      cast<RankedTensorType>(value.getType()).getElementType());
}

struct ToStreamPass : neuro::nn::impl::NNToStreamBase<ToStreamPass> {
  void runOnOperation() override {
    if (failed(convertToStream(getOperation())))
      signalPassFailure();
  }
};

} // namespace

LogicalResult neuro::nn::convertToStream(func::FuncOp func) {
  if (func->hasAttr(kStreamAttr))
    return success(succeeded(TokenLayoutAnalysis::compute(func)));
  if (func.getNumArguments() == 0) {
    InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                              << "function '" << func.getName()
                              << "' has no inputs";
    diag.attachNote() << "the stream form needs tokens: at least one input "
                         "[batch, tokens, ...]";
    return diag;
  }
  FailureOr<TokenLayoutAnalysis> layouts = TokenLayoutAnalysis::compute(func);
  if (failed(layouts))
    return failure();

  // Decide everything before anything is changed.
  Builder builder(func.getContext());
  Block &block = func.getBody().front();
  Operation *terminator = block.getTerminator();
  SmallVector<int64_t> times;
  bool bad = false;
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    FailureOr<int64_t> time = timeAxis(func, value, *layouts, i);
    bad |= failed(time);
    times.push_back(succeeded(time) ? *time : 0);
  }
  for (Operation &op : block)
    if (&op != terminator && op.getNumResults() == 1 &&
        layouts->get(op.getResult(0)).kind == TokenLayout::Whole) {
      mlir::emitError(op.getLoc())
          << "'" << op.getName()
          << "' belongs to no token: it cannot be in the stream form";
      bad = true;
    }
  if (bad)
    return failure();

  for (auto [i, value] : llvm::enumerate(terminator->getOperands()))
    setPortAttrs(builder, cast<RankedTensorType>(value.getType()), times[i],
                 bool(func.getResultAttr(i, kShapeAttr)),
                 [&, i = i](StringRef name, Attribute attr) {
                   func.setResultAttr(i, name, attr);
                 });
  for (BlockArgument arg : func.getArguments())
    setPortAttrs(builder, cast<RankedTensorType>(arg.getType()), 1,
                 bool(func.getArgAttr(arg.getArgNumber(), kShapeAttr)),
                 [&](StringRef name, Attribute attr) {
                   func.setArgAttr(arg.getArgNumber(), name, attr);
                 });

  // The analysis speaks of the old types, so all new ones come first.
  SmallVector<std::pair<Value, Type>> types;
  for (BlockArgument arg : func.getArguments())
    types.emplace_back(arg, partType(arg, *layouts));
  for (Operation &op : block)
    for (Value result : op.getResults())
      types.emplace_back(result, partType(result, *layouts));
  for (auto [value, type] : types)
    value.setType(type);
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto attention = dyn_cast<AttentionOp>(op)) {
      int64_t tokens = layouts->getTokens(), window = attention.getWindow();
      attention.setSlots(window > 0 ? std::min(window, tokens) : tokens);
    } else if (isa<SelectLastOp>(op) ||
               (isa<ReshapeOp>(op) &&
                op.getOperand(0).getType() == op.getResult(0).getType())) {
      op.getResult(0).replaceAllUsesWith(op.getOperand(0));
      op.erase();
    }
  }
  func.setFunctionType(builder.getFunctionType(block.getArgumentTypes(),
                                               terminator->getOperandTypes()));
  func->setAttr(
      kStreamAttr,
      builder.getDictionaryAttr({
          builder.getNamedAttr("tokens",
                               builder.getI64IntegerAttr(layouts->getTokens())),
          builder.getNamedAttr("batch_axis", builder.getI64IntegerAttr(0)),
          builder.getNamedAttr("time_axis", builder.getI64IntegerAttr(1)),
      }));
  return success();
}
