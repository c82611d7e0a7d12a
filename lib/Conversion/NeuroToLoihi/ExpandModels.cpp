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
static void expandMax(IRRewriter &rewriter, MaxOp op,
                      const ModelRanges &ranges) {
  Location loc = op.getLoc();
  Type type = op.getType();
  Value lhs = op.getLhs(), rhs = op.getRhs();
  bool negatable =
      ranges.of(lhs).low > INT32_MIN && ranges.of(rhs).low > INT32_MIN;
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

void neuro::expandModel(PopulationOp population) {
  IRRewriter rewriter(population.getContext());
  std::optional<ModelRanges> ranges;
  if (!population.getBody().getOps<MaxOp>().empty())
    ranges.emplace(population);
  for (Operation &op :
       llvm::make_early_inc_range(population.getBody().front())) {
    rewriter.setInsertionPoint(&op);
    if (auto sub = dyn_cast<SubOp>(op))
      expandSub(rewriter, sub);
    else if (auto max = dyn_cast<MaxOp>(op))
      expandMax(rewriter, max, *ranges);
  }
}
