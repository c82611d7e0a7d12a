//===- ChunkCost.h - memory of a growing run of neurons -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_MAPPING_CHUNKCOST_H
#define NEURO_LIB_MAPPING_CHUNKCOST_H

#include "neuro/Mapping/Network.h"

namespace neuro::mapping {

/// The synapse words and input axons that a run of neurons of one population
/// needs, kept up to date while the run grows.
class ChunkCost {
public:
  /// `incoming`: the projections into the population.
  ChunkCost(const Network &network, const std::vector<uint32_t> &incoming);

  /// Begins an empty run.
  void start();

  /// Adds the next neuron. With `fanout` (by population, then neuron) every
  /// new axon is counted at its source.
  void add(uint32_t neuron,
           std::vector<std::vector<uint32_t>> *fanout = nullptr);

  uint64_t words = 0, axons = 0, synapses = 0;
  // Axons with a rule, and pairs of a rule and a neuron.
  uint64_t plasticAxons = 0, postTraces = 0;

private:
  struct Axon {
    uint32_t run = 0; // valid if it is the run at hand
    uint32_t base = 0, count = 0;
    uint64_t words = 0;
  };
  struct Input {
    const Projection *projection;
    std::vector<Axon> axons; // by source neuron
  };
  std::vector<Input> inputs;
  uint32_t run = 0;
  std::vector<int32_t> rules; // that reach the neuron at hand
};

/// The projections into each population, by population.
std::vector<std::vector<uint32_t>> incoming(const Network &network);

/// Words of an axon whose `count` synapses lie within `span` targets.
uint64_t axonWords(const Projection &projection, uint64_t span, uint64_t count,
                   bool &sparse);

uint32_t sourceNeurons(const Network &network, const Projection &projection);

} // namespace neuro::mapping

#endif // NEURO_LIB_MAPPING_CHUNKCOST_H
