//===- Positions.cpp - factors, offsets and positions ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include <algorithm>

using namespace neuro::onnxnn;

/// The number that each of `count` places is given, `places` being those of the
/// elements; false if one place is given several. The rest is `none`.
static bool numbersAt(const Tensor &constant, const IndexMap &chosen,
                      const IndexMap &places, int64_t count, float none,
                      std::vector<float> &numbers) {
  numbers.assign(count, none);
  std::vector<bool> seen(count, false);
  AlignedAxes both = align({&chosen, &places});
  both.dropZeros();
  bool unique = true;
  both.each([&](const int64_t *at) {
    float value = float(constant.at(at[0]));
    unique = unique && !(seen[at[1]] && numbers[at[1]] != value);
    seen[at[1]] = true;
    numbers[at[1]] = value;
  });
  return unique;
}

Value neuro::onnxnn::withConstant(NodeContext &c, const Value &x,
                                  const Tensor &constant, bool multiplies) {
  if (x.isIds())
    return refused(c, kIdsReason, kIdsNearest);
  if (!constant.isFloat()) {
    c.invalid(std::string("a constant of type ") + nameOf(constant.type) +
              " meets floats");
    return {};
  }
  Shape shape;
  if (!broadcast(x.shape(), constant.shape, shape)) {
    c.invalid("shapes " + text(x.shape()) + " and " + text(constant.shape) +
              " do not broadcast");
    return {};
  }
  if (elements(shape) > kMaxElements)
    return refused(c, "the result has too many elements");
  Value wide = expanded(x, shape);
  if (isScores(x))
    return scoresWithConstant(c, wide, constant, multiplies);
  if (x.is(StreamKind::Statistic))
    return statisticWithConstant(c, wide, constant, multiplies);
  Stream *s = x.stream;
  if (constant.size() == 1) {
    double k = constant.at(0);
    s = c.graph.affineScalar(s, multiplies ? k : 1, multiplies ? 0 : k,
                             c.number);
    return Value::view(s, shape, wide.index);
  }
  IndexMap chosen = expandMap(constant.shape, shape).index;
  int64_t features = s->features, tokens = c.graph.tokens;
  float none = multiplies ? 1.0f : 0.0f;
  std::vector<float> channel, table;
  if (numbersAt(constant, chosen, wide.channels(), features, none, channel)) {
    s = multiplies ? c.graph.affine(s, std::move(channel), {}, c.number)
                   : c.graph.affine(s, {}, std::move(channel), c.number);
    return Value::view(s, shape, wide.index);
  }
  bool perElement =
      !numbersAt(constant, chosen, placesOf(wide.index, tokens * features),
                 tokens * features, none, table);
  if (perElement)
    return refused(c, multiplies
                          ? "it multiplies each sequence of the batch, or one "
                            "channel several times, by different constants"
                          : "it adds different constants to each sequence of "
                            "the batch, or several to one channel");
  if (multiplies)
    return refused(c,
                   "it multiplies by a constant that changes from token to "
                   "token, as rotary position embedding does",
                   "positions added to the token embedding; factors that are "
                   "the same for all tokens");
  Stream *position = c.graph.position(std::move(table), features, {c.number});
  position->featureShape = s->featureShape;
  Stream *sum =
      c.graph.create(StreamKind::Add, {s, position}, features, {c.number});
  sum->featureShape = s->featureShape;
  return Value::view(sum, shape, wide.index);
}
