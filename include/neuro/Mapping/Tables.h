//===- Tables.h - synapse words, axons and fan-out of cores -----*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_MAPPING_TABLES_H
#define NEURO_MAPPING_TABLES_H

#include "neuro/Mapping/Partition.h"

namespace neuro::mapping {

/// A synapse format of a core; all have mixed signs and exponent -1.
struct Format {
  uint8_t weightBits = 8;
  uint8_t indexBits = 0; // 0: dense
  uint8_t delayBits = 0;
  uint8_t tagBits = 0;
  uint8_t dendrite = 0;
  int32_t rule = -1;

  bool operator==(const Format &o) const {
    return weightBits == o.weightBits && indexBits == o.indexBits &&
           delayBits == o.delayBits && tagBits == o.tagBits &&
           dendrite == o.dendrite && rule == o.rule;
  }
};

struct InputAxon {
  uint32_t word = 0, words = 0, base = 0;
  uint8_t format = 0, delay = 0;
};

struct AxonRef {
  uint32_t core = 0, axon = 0;
};

/// Source i sends to targets[index[i]..index[i + 1]].
struct Fanout {
  std::vector<uint32_t> index;
  std::vector<AxonRef> targets;
};

struct CoreTables {
  std::vector<Format> formats;
  std::vector<InputAxon> axons;
  std::vector<uint64_t> words;
  Fanout fanout; // by neuron of the core
};

struct Tables {
  std::vector<CoreTables> cores;
  std::vector<Fanout> ports; // by port, then by virtual neuron
};

/// One input axon per source neuron, projection, chunk and delay; more where a
/// source reaches further than kMaxAxonSpan targets. Each is dense or sparse,
/// whichever takes fewer words.
Tables buildTables(const Network &network, const Partition &partition);

/// Where a core lies.
struct Place {
  uint32_t chip = 0, x = 0, y = 0;
};

enum class Placement { Linear, Reverse, Scatter };

/// Renumbers the cores (plans and tables) and gives each its place on the
/// chips. What the network computes does not depend on it.
std::vector<Place> place(Placement placement, uint64_t seed,
                         const target::TargetModel &model, Partition &partition,
                         Tables &tables);

} // namespace neuro::mapping

#endif // NEURO_MAPPING_TABLES_H
