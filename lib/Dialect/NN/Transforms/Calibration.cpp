//===- Calibration.cpp - how large values become --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Calibration.h"
#include "neuro/Dialect/NN/NN.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

// Positive floats sort as their bits do: the upper 14 are sign, exponent and
// five bits of mantissa, so that a bin is 3 % wide.
static constexpr unsigned kBinShift = 18;
static constexpr size_t kBins = size_t(1) << (31 - kBinShift);

Range::Range(int64_t channels, double percentile)
    : maxima(channels, 0.0f), percentile(percentile) {
  if (percentile < 100)
    histogram.assign(channels * kBins, 0);
}

void Range::add(ArrayRef<float> values) {
  size_t channels = maxima.size();
  for (float value : values)
    finite &= std::fabs(value) <= std::numeric_limits<float>::max();
  if (channels == 1) {
    float largest = maxima[0];
    for (float value : values)
      largest = std::max(largest, std::fabs(value));
    maxima[0] = largest;
  } else {
    for (size_t begin = 0; begin + channels <= values.size(); begin += channels)
      for (size_t c = 0; c < channels; ++c)
        maxima[c] = std::max(maxima[c], std::fabs(values[begin + c]));
  }
  if (histogram.empty())
    return;
  for (size_t i = 0; i < values.size(); ++i)
    ++histogram[(i % channels) * kBins +
                (llvm::bit_cast<uint32_t>(std::fabs(values[i])) >> kBinShift)];
}

double Range::channel(int64_t index) const {
  if (histogram.empty())
    return maxima[index];
  const uint32_t *bins = histogram.data() + index * kBins;
  uint64_t total = 0, seen = 0;
  for (size_t i = 0; i < kBins; ++i)
    total += bins[i];
  double wanted = percentile / 100 * double(total);
  for (size_t i = 0; i < kBins; ++i) {
    seen += bins[i];
    if (double(seen) >= wanted && seen)
      return std::min<double>(
          maxima[index], llvm::bit_cast<float>(uint32_t((i + 1) << kBinShift)));
  }
  return maxima[index];
}

double Range::largest() const {
  double largest = 0;
  for (size_t i = 0; i < maxima.size(); ++i)
    largest = std::max(largest, channel(i));
  return largest;
}

std::vector<double> Range::channels() const {
  std::vector<double> all(maxima.size());
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = channel(i);
  return all;
}

const ValueFacts *Calibration::find(Value value) const {
  auto found = facts.find(value);
  return found == facts.end() ? nullptr : found->second.get();
}

void Calibration::observeLengths(AttentionOp op, const Observation &seen,
                                 ValueFacts &fact) {
  size_t channels = op.getQuery().getType().getShape().back();
  size_t heads = op.getHeads(), size = channels / heads;
  for (size_t which = 0; which < 2; ++which) {
    std::vector<double> &lengths = which ? fact.keyLengths : fact.queryLengths;
    lengths.resize(heads, 0.0);
    ArrayRef<float> values = seen.operands[which];
    for (size_t i = 0; i + size <= values.size(); i += size) {
      double sum = 0;
      for (float value : values.slice(i, size))
        sum += double(value) * value;
      double &longest = lengths[i / size % heads];
      longest = std::max(longest, std::sqrt(sum));
    }
  }
}

void Calibration::observe(const Observation &seen) {
  std::unique_ptr<ValueFacts> &fact = facts[seen.value];
  if (!fact) {
    // Attention holds query, key and value by channel.
    bool perChannel = llvm::any_of(seen.value.getUsers(), [](Operation *user) {
      return isa<AttentionOp>(user);
    });
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(seen.value.getType()).getShape();
    fact = std::make_unique<ValueFacts>(
        perChannel && !shape.empty() ? shape.back() : 1, percentile);
  }
  fact->range.add(seen.result);
  if (isa<BlockArgument>(seen.value)) {
    for (float value : seen.result) {
      fact->unit &= value >= 0 && value <= 1;
      fact->binary &= value == 0 || value == 1;
    }
    return;
  }
  Operation *op = seen.value.getDefiningOp();
  if (auto attention = dyn_cast<AttentionOp>(op)) {
    fact->inner.add({float(seen.largestWeight)});
    if (attention.getScoreLimitAttr())
      observeLengths(attention, seen, *fact);
  }
}
