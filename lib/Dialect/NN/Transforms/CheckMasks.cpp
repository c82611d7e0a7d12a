//===- CheckMasks.cpp - masks against the scores of the calibration -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mask of -1000 is one only as long as the scores beside it are small. Two
// bounds on them: one that nothing on the chip can exceed, since queries and
// keys are limited channel by channel, and a smaller one from the lengths of
// the queries and keys that were seen.
//
//===----------------------------------------------------------------------===//

#include "Calibration.h"
#include "QuantisationReport.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>
#include <cstdio>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

static std::string shortNumber(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.4g", value);
  return buffer;
}

/// No score on the chip is larger: of each head, the sum over its channels of
/// the largest query times the largest key that the integers hold.
static double chipBound(AttentionOp op, const Calibration &calibration,
                        double margin) {
  int64_t channels = op.getQuery().getType().getShape().back();
  int64_t size = channels / int64_t(op.getHeads());
  const ValueFacts *query = calibration.find(op.getQuery()),
                   *key = calibration.find(op.getKey());
  if (!query || !key)
    return 0;
  std::vector<double> q = query->range.channels(), k = key->range.channels();
  double largest = 0;
  for (int64_t i = 0; i < channels; ++i)
    largest = std::max(largest, q[i] * k[i]);
  return std::fabs(op.getScale().convertToDouble()) * largest * double(size) *
         margin * margin;
}

/// No pair of a query and a key like those seen has a larger score.
static double seenBound(AttentionOp op, const ValueFacts &facts) {
  double largest = 0;
  for (size_t h = 0; h < facts.queryLengths.size(); ++h)
    largest = std::max(largest, facts.queryLengths[h] * facts.keyLengths[h]);
  return std::fabs(op.getScale().convertToDouble()) * largest;
}

LogicalResult
neuro::nn::checkMasks(func::FuncOp func, const Calibration &calibration,
                      double margin,
                      llvm::function_ref<void(const std::string &)> warn) {
  bool bad = false;
  func.walk([&](AttentionOp op) {
    FloatAttr limit = op.getScoreLimitAttr();
    if (!limit)
      return;
    const ValueFacts *facts = calibration.find(op.getResult());
    double allowed = limit.getValueAsDouble();
    if (!facts || chipBound(op, calibration, margin) <= allowed)
      return;
    double seen = seenBound(op, *facts);
    if (seen * margin * margin <= allowed) {
      warn("the mask of '" + layerName(op) +
           "' leaves nothing out unless scores stay below " +
           shortNumber(allowed) + "; on the calibration data they reach " +
           shortNumber(seen) +
           " at most: use -inf in the mask if others may be larger");
      return;
    }
    InFlightDiagnostic diag =
        op.emitError() << "the mask of '" << layerName(op)
                       << "' is not far enough below the scores: beside "
                          "scores of this size it can be told from minus "
                          "infinity";
    diag.attachNote() << "expected: scores up to " << shortNumber(allowed);
    diag.attachNote() << "  actual: up to " << shortNumber(seen)
                      << " on the calibration data";
    diag.attachNote() << "use -inf, or a mask larger than twice the scores";
    bad = true;
  });
  return failure(bad);
}
