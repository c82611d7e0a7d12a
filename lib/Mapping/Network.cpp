//===- Network.cpp - what is mapped onto cores ----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Mapping/Network.h"

#include "ChunkCost.h"

#include <algorithm>
#include <set>
#include <tuple>

using namespace neuro::mapping;

uint64_t neuro::mapping::blockWords(uint64_t count, unsigned bits) {
  constexpr uint64_t block = 64, header = 10;
  auto words = [&](uint64_t n) { return (n * bits + header + 63) / 64; };
  uint64_t rest = count % block;
  return count / block * words(block) + (rest ? words(rest) : 0);
}

namespace {

// The part of one source's synapses that one axon can hold.
struct Segment {
  uint32_t base = 0, last = 0, count = 0;
};

} // namespace

void neuro::mapping::finishProjection(Projection &projection,
                                      uint32_t sourceNeurons) {
  // Effective weights are stored << (9 - bits) in units of half a weight: low
  // bits that are 0 in every weight need not be stored.
  unsigned used = 0;
  for (int8_t weight : projection.weights)
    used |= uint8_t(weight);
  projection.weightBits = 8;
  if (projection.rule < 0)
    while (projection.weightBits > 1 && !(used & 1)) {
      used >>= 1;
      --projection.weightBits;
      if (!used)
        break;
    }

  std::vector<Segment> segments(sourceNeurons);
  projection.contiguous = true;
  uint32_t span = 1;
  auto close = [&](const Segment &segment) {
    uint32_t length = segment.last - segment.base + 1;
    span = std::max(span, length);
    if (segment.count != length)
      projection.contiguous = false;
  };
  for (uint32_t j = 0; j + 1 < projection.offsets.size(); ++j)
    for (uint64_t s = projection.offsets[j]; s < projection.offsets[j + 1];
         ++s) {
      Segment &segment = segments[projection.pre[s]];
      if (segment.count && j - segment.base >= kMaxAxonSpan) {
        close(segment);
        segment = Segment();
      }
      if (!segment.count)
        segment.base = j;
      segment.last = j;
      ++segment.count;
    }
  for (const Segment &segment : segments)
    if (segment.count)
      close(segment);
  // 6..12 bits are the sizes that the chip's formats can hold.
  projection.indexBits = 6;
  while ((1u << projection.indexBits) < span)
    ++projection.indexBits;
}

void neuro::mapping::limitFormats(Network &network, uint32_t limit) {
  for (const std::vector<uint32_t> &inputs : incoming(network)) {
    std::set<std::tuple<int, unsigned, unsigned, int32_t>> formats;
    unsigned longest = 0;
    for (uint32_t i : inputs) {
      const Projection &projection = network.projections[i];
      longest = std::max<unsigned>(longest, projection.indexBits);
      formats.insert(
          {payloadBits(projection), 0, projection.dendrite, projection.rule});
      if (!projection.contiguous && projection.rule < 0)
        formats.insert({projection.weightBits, projection.indexBits,
                        projection.dendrite, -1});
    }
    if (formats.size() <= limit)
      continue;
    for (uint32_t i : inputs) {
      Projection &projection = network.projections[i];
      if (projection.rule < 0) {
        projection.weightBits = 8;
        projection.indexBits = uint8_t(longest);
      }
    }
  }
}
