//===- Elementwise.h - what elementwise recognisers share -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_ELEMENTWISE_H
#define NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_ELEMENTWISE_H

#include "Convert.h"
#include <cmath>

namespace neuro::onnxnn {

inline constexpr const char *kIdsReason =
    "token ids are used as numbers, so that the result depends on the input's "
    "values";
inline constexpr const char *kIdsNearest =
    "ids only as indices of an embedding; masks and positions constant";

inline bool isScores(const Value &x) {
  return x.is(StreamKind::Scores) || x.is(StreamKind::Weights);
}

/// Reports the node, and gives the unknown value.
inline Value refused(NodeContext &c, const std::string &reason,
                     const std::string &nearest = "") {
  c.unsupported(reason, nearest);
  return {};
}

inline bool close(double a, double b) {
  return std::fabs(a - b) <= 1e-5 * std::max(1e-12, std::fabs(b));
}

/// The mean of the features, plus or times a number.
Value statisticWithConstant(NodeContext &c, const Value &x,
                            const Tensor &constant, bool multiplies);
/// x * (mean square)^-1/2: a norm; x - mean: its first step.
Value withStatistic(NodeContext &c, const Value &x, const Value &single,
                    bool multiplies);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_ELEMENTWISE_H
