//===- Decode.h - reading synapse words --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_DECODE_H
#define NEURO_LIB_RUNTIME_DECODE_H

#include "neuro/Target/Binary/nrb_generated.h"

#include <string>
#include <vector>

namespace neuro::runtime {

template <typename Vector> uint32_t sizeOfVector(const Vector *vector) {
  return vector ? vector->size() : 0;
}

inline std::string nameOr(const flatbuffers::String *name,
                          const char *fallback = "") {
  return name ? name->str() : std::string(fallback);
}

/// The group of a neuron of a verified core: they are in order of their first.
inline uint32_t groupOfNeuron(const nrb::Core &core, uint64_t neuron) {
  uint32_t low = 0, high = sizeOfVector(core.groups());
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    (core.groups()->Get(middle)->first() <= neuron ? low : high) = middle;
  }
  return low;
}

/// The plastic axons of a verified core, by rule.
inline std::vector<std::vector<uint32_t>> axonsByRule(const nrb::Core &core) {
  std::vector<std::vector<uint32_t>> axons(sizeOfVector(core.rules()));
  for (uint32_t i = 0; i < sizeOfVector(core.axons_in()); ++i) {
    int rule = core.formats()->Get(core.axons_in()->Get(i)->format())->rule();
    if (rule >= 0)
      axons[size_t(rule)].push_back(i);
  }
  return axons;
}

/// Bits [at, at + count) of a run of words, count <= 64.
inline uint64_t extractBits(const flatbuffers::Vector<uint64_t> &words,
                            uint64_t at, unsigned count) {
  if (!count)
    return 0;
  uint32_t word = uint32_t(at / 64);
  unsigned shift = at % 64;
  uint64_t value = words.Get(word) >> shift;
  if (shift + count > 64)
    value |= words.Get(word + 1) << (64 - shift);
  return count == 64 ? value : value & ((uint64_t(1) << count) - 1);
}

/// M8: the distance between two storable weights, as a shift.
inline unsigned weightStepShift(const nrb::SynapseFormat &format) {
  return 8u - format.weight_bits() +
         (format.sign_mode() == nrb::SignMode::mixed);
}

inline int32_t effectiveWeight(const nrb::SynapseFormat &format,
                               uint64_t stored) {
  unsigned bits = format.weight_bits();
  int32_t value = int32_t(stored);
  if (format.sign_mode() == nrb::SignMode::mixed && (stored >> (bits - 1) & 1))
    value -= int32_t(1) << bits;
  value *= int32_t(1) << weightStepShift(format);
  return format.sign_mode() == nrb::SignMode::inhibitory ? -value : value;
}

struct DecodedSynapse {
  uint64_t target; // neuron of the core
  int32_t weight;  // effective
  uint32_t delay;  // of the synapse alone
  uint32_t tag;
};

/// M7: calls `visit(const DecodedSynapse &)` for each synapse of a verified
/// axon.
template <typename Visitor>
void visitSynapses(const nrb::Core &core, const nrb::AxonIn &axon,
                   Visitor visit) {
  if (axon.words() == 0)
    return;
  const nrb::SynapseFormat &format = *core.formats()->Get(axon.format());
  const auto &words = *core.synapse_words();
  bool sparse = format.compression() == nrb::Compression::sparse;
  unsigned indexBits = sparse ? format.idx_bits() : 0;
  uint64_t at = uint64_t(axon.synapse_word()) * 64;
  uint64_t end = at + uint64_t(axon.words()) * 64;
  uint64_t next = axon.base();
  while (at < end) {
    unsigned count = unsigned(extractBits(words, at + 4, 6)) + 1;
    uint64_t bit = at + 10;
    for (unsigned i = 0; i < count; ++i) {
      DecodedSynapse synapse;
      synapse.weight = effectiveWeight(
          format, extractBits(words, bit, format.weight_bits()));
      bit += format.weight_bits();
      synapse.delay = uint32_t(extractBits(words, bit, format.delay_bits()));
      bit += format.delay_bits();
      synapse.tag = uint32_t(extractBits(words, bit, format.tag_bits()));
      bit += format.tag_bits();
      synapse.target =
          sparse ? axon.base() + extractBits(words, bit, indexBits) : next++;
      bit += indexBits;
      visit(static_cast<const DecodedSynapse &>(synapse));
    }
    at = (bit + 63) / 64 * 64;
  }
}

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_DECODE_H
