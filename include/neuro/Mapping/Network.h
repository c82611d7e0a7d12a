//===- Network.h - what is mapped onto cores --------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Populations, host ports and the synapses between them, as numbers. Free of
// MLIR and of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_MAPPING_NETWORK_H
#define NEURO_MAPPING_NETWORK_H

#include <cstdint>
#include <string>
#include <vector>

namespace neuro::mapping {

struct Population {
  std::string name;
  /// The layer of the source model that messages speak of.
  std::string source;
  uint32_t neurons = 0;
  /// Populations with the same number share a program within a core.
  uint32_t program = 0;
  uint32_t instructions = 0;
  /// Packed state, in bytes per neuron.
  uint32_t stateBytes = 0;
  /// Parameters with one value per neuron, and with one value for all.
  uint32_t neuronParameters = 0, sharedParameters = 0;
};

/// Virtual neurons of the host.
struct Port {
  std::string name;
  uint32_t width = 0;
};

/// Synapses into one dendrite of one population. `pre` and `weights` list them
/// by target neuron: those of neuron j are offsets[j]..offsets[j + 1], with
/// rising `pre`. Weights are in -128..127; the dendrite gets weight * payload.
struct Projection {
  bool fromPort = false;
  uint32_t source = 0; // population or port
  uint32_t target = 0; // population
  uint8_t dendrite = 0;
  uint8_t delay = 0;
  /// The learning rule that writes the weights; -1 for static ones.
  int32_t rule = -1;
  std::vector<uint64_t> offsets;
  std::vector<uint32_t> pre;
  std::vector<int8_t> weights;
  /// Of a plastic projection: bits of a synaptic delay, and the delay with
  /// which every synapse begins.
  uint8_t delayBits = 0, synapseDelay = 0;
  /// Likewise of its tags.
  uint8_t tagBits = 0, synapseTag = 0;

  // Filled by finishProjection.
  uint8_t weightBits = 8;
  uint8_t indexBits = 6;
  /// No target is left out between the first and the last of any source.
  bool contiguous = false;
};

/// What tells two formats with the same index bits, dendrite and rule apart.
inline int payloadBits(const Projection &projection) {
  return projection.weightBits + 16 * projection.delayBits +
         256 * projection.tagBits;
}

struct Network {
  std::vector<Population> populations;
  std::vector<Port> ports;
  std::vector<Projection> projections;
  /// How many products each learning rule has.
  std::vector<uint32_t> products;
};

/// The largest distance from an axon's base to a sparse target, plus one.
inline constexpr uint32_t kMaxAxonSpan = 4096;

/// Chooses the number of weight bits and index bits that hold every synapse of
/// the projection exactly.
void finishProjection(Projection &projection, uint32_t sourceNeurons);

/// Gives up the savings of finishProjection for every population whose inputs
/// would need more than `limit` formats: all weights take 8 bits then, and all
/// indices as many as the longest.
void limitFormats(Network &network, uint32_t limit);

/// 64-bit words of `count` synapses of `bits` bits each (M7).
uint64_t blockWords(uint64_t count, unsigned bits);

} // namespace neuro::mapping

#endif // NEURO_MAPPING_NETWORK_H
