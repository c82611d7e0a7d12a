//===- Masks.h - what is done to the scores of pairs of tokens -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mask has a number for each pair of tokens, query times tokens + key. The
// layers of a model mostly share one, so that what has been worked out once is
// kept: the work is that of the different masks, not of the layers.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_MASKS_H
#define NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_MASKS_H

#include "Constants/Tensor.h"
#include <limits>
#include <map>
#include <tuple>

namespace neuro::onnxnn {

struct Value;

/// What a constant says of each pair; of a pair that is not `present` nothing.
struct PairNumbers {
  std::vector<float> values;
  std::vector<bool> present;
};

/// A score becomes score * factor + offset.
struct Mask {
  std::vector<float> factor, offset;
};

using Keep = std::vector<bool>;

/// What softmax or ReLU makes of masked scores.
struct AppliedMask {
  /// The pairs that are not masked out.
  std::shared_ptr<const Keep> keep;
  /// Of the scores that are kept.
  double factor = 1;
  /// How large scores may become until masked ones are no longer so.
  double scoreLimit = std::numeric_limits<double>::infinity();
  /// What is wrong with the mask, if anything, and what would do.
  std::string reason, nearest;
};

/// The window of a causal mask (0: all tokens before); -1: another mask, with
/// the reason.
struct CausalWindow {
  int64_t window = -1;
  std::string reason;
};

class MaskBook {
public:
  /// The numbers of a constant that broadcasts to the scores; nothing if heads
  /// or sequences differ.
  std::shared_ptr<const PairNumbers>
  numbers(const Value &scores, const Tensor &constant, int64_t tokens);
  /// Without a mask before, `mask` is none.
  std::shared_ptr<const Mask>
  changed(std::shared_ptr<const Mask> mask,
          const std::shared_ptr<const PairNumbers> &by, bool multiplies);
  /// `put` instead of the scores where choice is (not) zero.
  std::shared_ptr<const Mask>
  replaced(std::shared_ptr<const Mask> mask,
           const std::shared_ptr<const PairNumbers> &choice,
           const std::shared_ptr<const PairNumbers> &put, bool scoresWhereTrue);
  const AppliedMask &applied(const std::shared_ptr<const Mask> &mask,
                             int64_t tokens, bool relu);
  const CausalWindow &window(const std::shared_ptr<const Keep> &keep,
                             int64_t tokens);

private:
  /// The numbers that one constant gives through different maps.
  struct Known {
    Tensor constant;
    IndexMap chosen, places;
    std::shared_ptr<const PairNumbers> numbers;
  };
  std::map<const void *, std::vector<Known>> known;
  // What a key points to is kept by its entry.
  using Part = std::shared_ptr<const void>;
  std::map<std::tuple<Part, Part, Part, bool>, std::shared_ptr<const Mask>>
      made;
  std::map<std::pair<Part, bool>, AppliedMask> weights;
  std::map<Part, CausalWindow> windows;
};

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_RECOGNISERS_MASKS_H
