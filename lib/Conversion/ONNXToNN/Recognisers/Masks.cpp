//===- Masks.cpp - what is done to the scores of pairs of tokens ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recognisers/Masks.h"
#include "Convert.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace neuro::onnxnn;

/// What is masked out may weigh 2^-16 of a row in all, which is less than the
/// weights of softmax resolve: so far a masked score must lie below the others.
static double maskDepth(int64_t tokens) {
  return std::log(65536.0 * double(tokens));
}
/// Softmax does not notice a number that is added to all scores of a row, but
/// in f32 the scores lose digits to one larger than this.
static constexpr double kLargestShift = 1024;

/// False if one pair is given several numbers.
static bool readPairs(const Tensor &constant, const IndexMap &chosen,
                      const IndexMap &places, PairNumbers &out) {
  AlignedAxes both = align({&chosen, &places});
  both.dropZeros();
  bool unique = true;
  both.each([&](const int64_t *at) {
    int64_t pair = at[1];
    float value = float(constant.at(at[0])), &known = out.values[pair];
    bool same = known == value || (std::isnan(known) && std::isnan(value));
    unique = unique && (!out.present[pair] || same);
    known = value;
    out.present[pair] = true;
  });
  return unique;
}

static const void *dataOf(const Tensor &tensor) {
  return tensor.isFloat() ? static_cast<const void *>(tensor.floats.get())
                          : tensor.ints.get();
}

std::shared_ptr<const PairNumbers>
MaskBook::numbers(const Value &scores, const Tensor &constant, int64_t tokens) {
  int64_t pairs = tokens * tokens;
  IndexMap chosen = expandMap(constant.shape, scores.viewShape).index,
           places = placesOf(scores.index, pairs);
  std::vector<Known> &entries = known[dataOf(constant)];
  for (const Known &entry : entries)
    if (entry.constant.type == constant.type && entry.chosen == chosen &&
        entry.places == places)
      return entry.numbers;
  auto found = std::make_shared<PairNumbers>();
  found->values.assign(pairs, 0.0f);
  found->present.assign(pairs, false);
  bool unique = readPairs(constant, chosen, places, *found);
  entries.push_back(
      {constant, chosen, places, unique ? std::move(found) : nullptr});
  return entries.back().numbers;
}

static std::shared_ptr<Mask> copyOf(const Mask *mask, size_t pairs) {
  if (mask)
    return std::make_shared<Mask>(*mask);
  auto result = std::make_shared<Mask>();
  result->factor.assign(pairs, 1.0f);
  result->offset.assign(pairs, 0.0f);
  return result;
}

std::shared_ptr<const Mask>
MaskBook::changed(std::shared_ptr<const Mask> mask,
                  const std::shared_ptr<const PairNumbers> &by,
                  bool multiplies) {
  std::shared_ptr<const Mask> &known = made[{mask, by, nullptr, multiplies}];
  if (known)
    return known;
  size_t pairs = by->values.size();
  std::shared_ptr<Mask> result = copyOf(mask.get(), pairs);
  for (size_t i = 0; i < pairs; ++i) {
    if (!by->present[i])
      continue;
    if (!multiplies) {
      result->offset[i] += by->values[i];
      continue;
    }
    result->factor[i] *= by->values[i];
    result->offset[i] *= by->values[i];
  }
  return known = result;
}

std::shared_ptr<const Mask>
MaskBook::replaced(std::shared_ptr<const Mask> mask,
                   const std::shared_ptr<const PairNumbers> &choice,
                   const std::shared_ptr<const PairNumbers> &put,
                   bool scoresWhereTrue) {
  std::shared_ptr<const Mask> &known =
      made[{mask, choice, put, scoresWhereTrue}];
  if (known)
    return known;
  size_t pairs = choice->values.size();
  std::shared_ptr<Mask> result = copyOf(mask.get(), pairs);
  for (size_t i = 0; i < pairs; ++i) {
    if (!choice->present[i] || (choice->values[i] != 0) == scoresWhereTrue)
      continue;
    result->factor[i] = 0;
    result->offset[i] = put->values[i];
  }
  return known = result;
}

//===----------------------------------------------------------------------===//
// Masked scores as weights
//===----------------------------------------------------------------------===//

static std::string numberText(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.9g", value);
  return buffer;
}

static std::string pairText(int64_t pair, int64_t tokens) {
  return "token " + std::to_string(pair / tokens) + " and token " +
         std::to_string(pair % tokens);
}

/// Why the numbers of a mask cannot be a mask; "" if they can.
static std::string checkMask(const Mask &mask, int64_t tokens) {
  for (size_t i = 0; i < mask.offset.size(); ++i) {
    float offset = mask.offset[i], factor = mask.factor[i];
    bool isNaN = std::isnan(offset) || std::isnan(factor);
    if (!isNaN && !(std::isinf(offset) && offset > 0) && !std::isinf(factor))
      continue;
    std::string between = " between " + pairText(int64_t(i), tokens);
    return isNaN ? "the mask is NaN (not a number)" + between +
                       ", as minus infinity times zero is; softmax makes NaN "
                       "of the whole row"
                 : "the mask is plus infinity" + between;
  }
  return "";
}

/// How large scores may become until what is masked out weighs something.
static double limitOf(const Mask &mask, const Keep &keep,
                      const std::vector<double> &shift, double factor,
                      int64_t tokens, bool relu) {
  double limit = std::numeric_limits<double>::infinity();
  double depth = maskDepth(tokens);
  for (int64_t i = 0; i < tokens * tokens; ++i) {
    if (keep[i] || std::isinf(mask.offset[i]))
      continue;
    // Both the masked score and the largest of the row may be against it.
    double below = shift[i / tokens] - mask.offset[i],
           reach = std::fabs(double(mask.factor[i]) / factor);
    limit = std::min(limit, relu ? (reach > 0 ? below / reach : limit)
                                 : std::max(0.0, below - depth) / (1 + reach));
  }
  return limit;
}

/// Finds out which scores are masked out: with softmax, those that lie so far
/// below the rest of their row that they weigh nothing. Returns what is wrong,
/// if anything.
static std::string applyMask(const Mask &mask, int64_t tokens, bool relu,
                             Keep &keep, AppliedMask &result) {
  const std::vector<float> &factors = mask.factor, &offsets = mask.offset;
  double depth = maskDepth(tokens);
  std::vector<double> shift(tokens, 0.0);
  int64_t first = -1;
  for (int64_t t = 0; t < tokens; ++t) {
    auto row = offsets.begin() + t * tokens;
    if (!relu)
      shift[t] = *std::max_element(row, row + tokens);
    for (int64_t i = t * tokens; i < (t + 1) * tokens; ++i) {
      double below = double(offsets[i]) - shift[t];
      keep[i] = !(std::isinf(offsets[i]) || below <= -depth ||
                  (relu && factors[i] == 0 && offsets[i] <= 0));
      if (!keep[i])
        continue;
      first = first < 0 ? i : first;
      if (factors[i] != factors[first] || (!relu && below != 0) ||
          (relu && offsets[i] != 0))
        return below != 0
                   ? "the scores are changed differently from token to token "
                     "other than by masking out, as relative position biases "
                     "do: " +
                         numberText(offsets[i]) + " is added between " +
                         pairText(i, tokens) +
                         ", which can be told from minus infinity"
                   : "the scores are multiplied differently from token to "
                     "token";
    }
    if (std::fabs(shift[t]) > kLargestShift && !std::isinf(shift[t]))
      return numberText(shift[t]) + " is added to all scores of token " +
             std::to_string(t) + ", beside which they lose their digits";
  }
  if (first < 0 || factors[first] == 0)
    return "every score is masked out";
  result.factor = factors[first];
  result.scoreLimit = limitOf(mask, keep, shift, result.factor, tokens, relu);
  return relu && result.factor < 0 ? "ReLU of negated scores" : "";
}

const AppliedMask &MaskBook::applied(const std::shared_ptr<const Mask> &mask,
                                     int64_t tokens, bool relu) {
  auto [it, isNew] = weights.try_emplace({mask, relu && mask});
  AppliedMask &result = it->second;
  if (!isNew)
    return result;
  auto keep = std::make_shared<Keep>(tokens * tokens, true);
  if (mask) {
    result.reason = checkMask(*mask, tokens);
    if (!result.reason.empty())
      result.nearest = "0 or -inf in the mask";
    else
      result.reason = applyMask(*mask, tokens, relu, *keep, result);
  }
  result.keep = keep;
  return result;
}

//===----------------------------------------------------------------------===//
// Causal masks
//===----------------------------------------------------------------------===//

static CausalWindow causalWindow(const Keep &keep, int64_t tokens) {
  int64_t window = 0;
  while (window < tokens && keep[tokens * tokens - 1 - window])
    ++window;
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t s = 0; s < tokens; ++s) {
      bool wanted = s <= t && s > t - window;
      if (keep[t * tokens + s] == wanted)
        continue;
      std::string pair =
          "token " + std::to_string(t) +
          (wanted ? " does not attend to token " : " attends to token ") +
          std::to_string(s);
      return {-1, (s > t ? "the attention is not causal: "
                         : "the mask is neither causal nor a sliding "
                           "window: ") +
                      pair};
    }
  return {window == tokens ? 0 : window, ""};
}

const CausalWindow &MaskBook::window(const std::shared_ptr<const Keep> &keep,
                                     int64_t tokens) {
  auto [it, isNew] = windows.try_emplace(keep);
  if (isNew)
    it->second = causalWindow(*keep, tokens);
  return it->second;
}
