//===- TokenLayout.cpp - which axes of a value are tokens -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/NN/TokenLayout.h"
#include "neuro/Dialect/NN/NN.h"
#include "llvm/ADT/TypeSwitch.h"

#include <functional>
#include <numeric>

using namespace mlir;
using namespace neuro::nn;

static int64_t product(ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

static InFlightDiagnostic mixes(Operation *op, const Twine &how) {
  InFlightDiagnostic diag = mlir::emitError(op->getLoc())
                            << "'" << op->getName()
                            << "' mixes tokens: " << how;
  diag.attachNote() << "the sequence axis becomes time: only causal attention, "
                       "nn.position and nn.select_last may "
                       "use more than the token at hand";
  return diag;
}

SmallVector<int64_t> TokenLayoutAnalysis::partShape(Value value) const {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return SmallVector<int64_t>(shape.drop_front(get(value).leading));
}

int64_t TokenLayoutAnalysis::partSize(Value value) const {
  return product(partShape(value));
}

LogicalResult TokenLayoutAnalysis::seed(func::FuncOp func) {
  if (auto dict = func->getAttrOfType<DictionaryAttr>(kStreamAttr)) {
    auto attr = dict.getAs<IntegerAttr>("tokens");
    if (!attr || attr.getInt() < 1)
      return mlir::emitError(func.getLoc())
             << "'" << kStreamAttr << "' needs 'tokens', a positive integer";
    stream = true;
    tokens = attr.getInt();
    bool bad = false;
    for (BlockArgument arg : func.getArguments()) {
      layouts[arg] = {TokenLayout::PerToken, 0};
      auto type = dyn_cast<RankedTensorType>(arg.getType());
      if (type && type.hasStaticShape())
        continue;
      InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                                << "input " << arg.getArgNumber()
                                << " is not a tensor of fixed shape";
      diag.attachNote() << "actual: " << arg.getType();
      bad = true;
    }
    return failure(bad);
  }
  whole = func.getNumArguments() == 0;
  bool bad = false, first = true;
  for (BlockArgument arg : func.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    auto name =
        func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), kNameAttr);
    std::string what = name ? "input '" + name.str() + "'"
                            : "input " + std::to_string(arg.getArgNumber());
    int64_t axes = type && isa<FloatType>(type.getElementType()) ? 3 : 2;
    if (!type || !type.hasStaticShape() || type.getRank() < axes) {
      InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                                << what << " has no batch and sequence axes";
      diag.attachNote() << "expected: a static shape [batch, tokens"
                        << (axes == 3 ? ", features...]" : "]");
      diag.attachNote() << "  actual: " << arg.getType();
      bad = true;
      continue;
    }
    layouts[arg] = {TokenLayout::PerToken, 2};
    if (first) {
      batch = type.getDimSize(0);
      tokens = type.getDimSize(1);
      first = false;
    } else if (type.getDimSize(0) != batch || type.getDimSize(1) != tokens) {
      InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                                << what
                                << " has another number of sequences or tokens";
      diag.attachNote() << "expected: [" << batch << ", " << tokens
                        << ", ...], as the first input";
      diag.attachNote() << "  actual: " << type;
      bad = true;
    }
  }
  return failure(bad);
}

LogicalResult TokenLayoutAnalysis::visitReshape(Operation *op) {
  auto reshape = cast<ReshapeOp>(op);
  TokenLayout from = get(reshape.getInput());
  if (stream || from.kind == TokenLayout::Unknown ||
      from.kind == TokenLayout::Whole) {
    layouts[reshape.getResult()] = from;
    return success();
  }
  int64_t units = from.kind == TokenLayout::PerToken ? batch * tokens : batch;
  ArrayRef<int64_t> shape = reshape.getResult().getType().getShape();
  // Row-major: tokens stay apart if some leading axes count exactly them.
  unsigned leading = 0;
  while (leading < shape.size() && product(shape.take_front(leading)) != units)
    ++leading;
  if (product(shape.take_front(leading)) != units) {
    layouts[reshape.getResult()] = {};
    InFlightDiagnostic diag =
        mixes(op, "no leading axes of the result count the " + Twine(units) +
                      (from.kind == TokenLayout::PerToken ? " tokens"
                                                          : " sequences"));
    diag.attachNote() << "result: " << reshape.getResult().getType();
    return diag;
  }
  // Sequences of one token: any axis of size one might be the token axis.
  unsigned most = from.kind == TokenLayout::PerToken ? 2 : 1;
  while ((units == 1 || tokens == 1) && leading < most &&
         leading < shape.size() && shape[leading] == 1)
    ++leading;
  layouts[reshape.getResult()] = {from.kind, leading};
  return success();
}

LogicalResult TokenLayoutAnalysis::visit(Operation *op) {
  if (isa<ReshapeOp>(op))
    return visitReshape(op);
  if (op->getNumResults() == 0)
    return success();
  auto constant = op->hasTrait<OpTrait::ConstantLike>();
  if (op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()) ||
      !(constant || isa_and_present<NNDialect>(op->getDialect())))
    return mlir::emitError(op->getLoc())
           << "'" << op->getName() << "' is not an operation of the nn dialect";
  Value result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  TokenLayout layout;
  if (op->getNumOperands() == 0) {
    // A position row belongs to each token; another constant to none.
    if (isa<PositionOp>(op) && !whole)
      layout = stream ? TokenLayout{TokenLayout::PerToken, 0}
                      : TokenLayout{TokenLayout::PerToken, 2};
    else
      layout.kind = TokenLayout::Whole;
    if (!stream && !whole && isa<PositionOp>(op) &&
        (type.getRank() != 3 || type.getDimSize(0) != batch ||
         type.getDimSize(1) != tokens)) {
      layouts[result] = {};
      return mixes(op, "the result must be [batch, tokens, features]");
    }
    if (auto position = dyn_cast<PositionOp>(op); position && stream) {
      int64_t rows = position.getTable().getShapedType().getDimSize(0);
      if (rows < tokens) {
        InFlightDiagnostic diag = mlir::emitError(op->getLoc())
                                  << "'nn.position' has too few rows";
        diag.attachNote() << "expected: at least " << tokens
                          << ", one for each token";
        diag.attachNote() << "  actual: " << rows;
        return diag;
      }
    }
    layouts[result] = layout;
    return success();
  }
  layout = get(op->getOperand(0));
  for (Value operand : op->getOperands()) {
    TokenLayout other = get(operand);
    if (other.kind == TokenLayout::Unknown ||
        layout.kind == TokenLayout::Unknown)
      return success();
    if (other.kind != layout.kind || other.leading != layout.leading) {
      return mixes(op,
                   "its operands do not have the same batch and sequence axes");
    }
  }
  if (layout.kind == TokenLayout::Whole) {
    layouts[result] = layout;
    return success();
  }

  // How many features axes the op works on.
  int64_t features =
      TypeSwitch<Operation *, int64_t>(op)
          .Case<LinearOp, LayerNormOp, RMSNormOp, AttentionOp>(
              [](auto) { return 1; })
          .Case<AffineOp>([](AffineOp affine) {
            auto perChannel = [](std::optional<ElementsAttr> attr) {
              return attr && attr->size() > 1;
            };
            return perChannel(affine.getMultiplier()) ||
                           perChannel(affine.getOffset())
                       ? 1
                       : 0;
          })
          .Case<Conv2dOp>([](auto) { return 3; })
          .Default([](auto) { return 0; });
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  if (input.getRank() - layout.leading < features) {
    // With sequences of one token a reshape may have given it an axis too many.
    if (!stream && tokens == 1 && input.getRank() >= features) {
      layout.leading = input.getRank() - features;
      for (Value value = op->getOperand(0); value;) {
        layouts[value] = layout;
        Operation *producer = value.getDefiningOp();
        value = producer && isa<ActivationOp, AffineOp>(producer)
                    ? producer->getOperand(0)
                    : Value();
      }
    } else {
      InFlightDiagnostic diag =
          mixes(op, "it works on the last " + Twine(features) +
                        " axes, which are not all features");
      diag.attachNote() << "input: " << input << ", of which the first "
                        << layout.leading << " count tokens";
      return diag;
    }
  }
  if (isa<AttentionOp>(op) && !stream) {
    if (layout.kind != TokenLayout::PerToken || input.getRank() < 2 ||
        input.getDimSize(input.getRank() - 2) != tokens ||
        product(input.getShape().drop_back(2)) != batch) {
      InFlightDiagnostic diag =
          mixes(op, "its operands must be [batch, tokens, channels]");
      diag.attachNote() << "actual: " << input;
      return diag;
    }
  }
  if (auto select = dyn_cast<SelectLastOp>(op)) {
    if (stream)
      return mlir::emitError(op->getLoc())
             << "'nn.select_last' belongs to the tensor form; "
                "in the stream form the output says "
                "'"
             << kTimeAxisAttr << " = -1'";
    if (layout.kind != TokenLayout::PerToken || layout.leading != 2) {
      InFlightDiagnostic diag =
          mixes(op, "its operand must be [batch, tokens, features...]");
      diag.attachNote() << "actual: " << input;
      return diag;
    }
    layout = {TokenLayout::PerSequence, 1};
  }
  layouts[result] = layout;
  return success();
}

FailureOr<TokenLayoutAnalysis> TokenLayoutAnalysis::compute(func::FuncOp func) {
  TokenLayoutAnalysis analysis;
  if (func.getBody().empty())
    return mlir::emitError(func.getLoc())
           << "function '" << func.getName() << "' has no body";
  if (failed(analysis.seed(func)))
    return failure();
  bool bad = false;
  for (Operation &op : func.getBody().front())
    bad |= failed(analysis.visit(&op));
  if (bad)
    return failure();
  return analysis;
}
