//===- NNCanonicalize.cpp - canonicalisation of the nn dialect ------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "neuro/Dialect/NN/NN.h"

using namespace mlir;
using namespace neuro::nn;

namespace {

/// Softmax does not see what is added to all scores of a query alike: q (k + c)
/// is q k + q c. A constant added to every key costs the keys their integers,
/// and does nothing.
struct DropKeyOffset : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getScore() != ScoreKind::softmax)
      return rewriter.notifyMatchFailure(op, "the scores are not normalised");
    if (op.getScoreLimitAttr())
      return rewriter.notifyMatchFailure(op, "a limit holds for the scores");
    Operation *key = op.getKey().getDefiningOp();
    if (!key || key->hasAttr(kResultQuantAttr))
      return rewriter.notifyMatchFailure(op, "the keys are given");
    StringRef offset = isa<LinearOp>(key)      ? "bias"
                       : isa<LayerNormOp>(key) ? "beta"
                       : isa<AffineOp>(key)    ? "offset"
                                               : "";
    if (offset.empty() || !key->hasAttr(offset))
      return rewriter.notifyMatchFailure(op, "the keys have no offset");
    rewriter.setInsertionPoint(key);
    Operation *bare = rewriter.clone(*key);
    bare->removeAttr(offset);
    rewriter.modifyOpInPlace(
        op, [&] { op.getKeyMutable().assign(bare->getResult(0)); });
    return success();
  }
};

} // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<DropKeyOffset>(context);
}
