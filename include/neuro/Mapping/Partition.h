//===- Partition.h - which core holds which neurons -------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_MAPPING_PARTITION_H
#define NEURO_MAPPING_PARTITION_H

#include "neuro/Mapping/Network.h"
#include "neuro/Target/TargetModel.h"

#include <utility>

namespace neuro::mapping {

/// A run of neurons of one population on one core.
struct Chunk {
  uint32_t population = 0;
  uint32_t first = 0;
  uint32_t count = 0;
  /// The core's number of its first neuron.
  uint32_t coreFirst = 0;
};

/// What a core holds, against the limits of the target.
struct Usage {
  uint64_t neurons = 0;
  uint64_t synapses = 0;
  uint64_t synapseBytes = 0;
  uint64_t inputAxons = 0;
  uint64_t outputAxons = 0;
  uint64_t stateBytes = 0;
  uint64_t parameters = 0; // values
  uint64_t programs = 0;
  uint64_t instructions = 0;
  uint64_t formats = 0;
  uint64_t rules = 0;
  uint64_t products = 0;
  uint64_t plasticAxons = 0; // of the input axons
  uint64_t postTraces = 0;   // pairs of a rule and a neuron

  /// What L05 counts.
  target::CoreContents contents(const target::TargetModel &model) const;
  uint64_t totalBytes(const target::TargetModel &model) const {
    return bytesOf(contents(model), model);
  }
};

struct CorePlan {
  std::vector<Chunk> chunks;
  Usage usage;
};

/// A limit that the network breaks.
struct Violation {
  std::string id;       // L01..L27
  std::string resource; // what runs out
  uint64_t demand = 0, capacity = 0;
  /// Who asks, by source name, the largest first.
  std::vector<std::pair<std::string, uint64_t>> askers;
  std::string remedy;

  /// One sentence for an error message.
  std::string str() const;
};

struct PartitionOptions {
  target::TargetModel model;
  /// 0 for as many as the system can have.
  uint32_t maxChips = 0;
};

struct Partition {
  std::vector<CorePlan> cores;
  std::vector<Violation> violations;
};

/// Fills cores in the order of the populations: each goes to the first core
/// that has room for all of it, or else is cut, neuron by neuron, over fresh
/// ones. The result depends on the network and the target alone.
Partition partition(const Network &network, const PartitionOptions &options);

/// The cores as lines of a table, at most `limit` of them, for messages.
std::vector<std::string> describeCores(const Partition &partition,
                                       const target::TargetModel &model,
                                       size_t limit);

} // namespace neuro::mapping

#endif // NEURO_MAPPING_PARTITION_H
