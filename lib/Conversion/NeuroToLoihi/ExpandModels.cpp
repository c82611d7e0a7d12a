//===- ExpandModels.cpp - models in the operations of the chip ------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpandModels.h"

#include "neuro/Analysis/ModelRanges.h"
#include "neuro/Support/Constants.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace neuro;

// Minus a value; of a number or a parameter another one.
static Value negative(IRRewriter &rewriter, Location loc, Value value) {
  auto param = value.getDefiningOp<ParamOp>();
  if (param)
    if (auto values = readConstant<int32_t>(param.getValues());
        values && !llvm::is_contained(*values, INT32_MIN)) {
      for (int32_t &number : *values)
        number = -number;
      return ParamOp::create(rewriter, loc, value.getType(),
                             "-" + param.getName().str(),
                             makeConstant(rewriter.getContext(), *values,
                                          {int64_t(values->size())}, "param"));
    }
  return rewriter.createOrFold<NegOp>(loc, value.getType(), value);
}

static void expandSub(IRRewriter &rewriter, SubOp op) {
  Value minus = negative(rewriter, op.getLoc(), op.getRhs());
  rewriter.replaceOpWithNewOp<AddOp>(op, op.getType(), op.getLhs(), minus);
}

// The larger by a comparison, or, counted, as minus the smaller of the
// negatives. The smallest number has no negative: where it may occur, an extra
// minimum counts.
static void expandMax(IRRewriter &rewriter, MaxOp op, bool negatable) {
  Location loc = op.getLoc();
  Type type = op.getType();
  Value lhs = op.getLhs(), rhs = op.getRhs();
  if (op.getCount() && negatable) {
    Value a = negative(rewriter, loc, lhs), b = negative(rewriter, loc, rhs);
    Value smaller = MinOp::create(rewriter, loc, type, a, b, /*count=*/true);
    rewriter.replaceOpWithNewOp<NegOp>(op, type, smaller);
    return;
  }
  if (op.getCount())
    MinOp::create(rewriter, loc, type, rhs, lhs, /*count=*/true);
  Value less = CmpOp::create(rewriter, loc, rewriter.getI1Type(),
                             Comparison::lt, lhs, rhs);
  rewriter.replaceOpWithNewOp<SelectOp>(op, type, less, rhs, lhs);
}

// The maxima whose operands are never the smallest number. The ranges are
// those of the model as it stands: a new value may lie where an erased one did.
static llvm::DenseSet<Operation *> findNegatable(PopulationOp population) {
  llvm::DenseSet<Operation *> negatable;
  auto maxima = population.getBody().getOps<MaxOp>();
  if (maxima.empty())
    return negatable;
  ModelRanges ranges(population);
  for (MaxOp max : maxima)
    if (llvm::all_of(max->getOperands(), [&](Value value) {
          return ranges.of(value).low > INT32_MIN;
        }))
      negatable.insert(max);
  return negatable;
}

void neuro::expandModel(PopulationOp population) {
  IRRewriter rewriter(population.getContext());
  llvm::DenseSet<Operation *> negatable = findNegatable(population);
  for (Operation &op :
       llvm::make_early_inc_range(population.getBody().front())) {
    rewriter.setInsertionPoint(&op);
    if (auto sub = dyn_cast<SubOp>(op))
      expandSub(rewriter, sub);
    else if (auto max = dyn_cast<MaxOp>(op))
      expandMax(rewriter, max, negatable.contains(max));
  }
}
