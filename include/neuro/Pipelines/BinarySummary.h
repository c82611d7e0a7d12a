//===- BinarySummary.h - what a binary holds, in numbers ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Read-only figures about a verified .nrb, for reports. Free of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_BINARYSUMMARY_H
#define NEURO_PIPELINES_BINARYSUMMARY_H

#include <cstdint>
#include <string>
#include <vector>

namespace neuro {

struct CoreSummary {
  uint32_t chip = 0, x = 0, y = 0;
  uint64_t neurons = 0, programs = 0, instructions = 0, axonsIn = 0,
           axonsOut = 0;
  uint64_t synapses = 0, plasticSynapses = 0;
  uint64_t synapseBytes = 0;
  /// All memory of the core, counted as the target model charges it (L05).
  uint64_t totalBytes = 0;
  std::vector<std::string> sources;
};

struct SourceSummary {
  std::string name, op;
  uint64_t neurons = 0, synapses = 0, plasticSynapses = 0, cores = 0;
};

struct RuleSummary {
  std::string name, text, encoded;
  uint64_t cores = 0, synapses = 0;
};

struct PortSummary {
  std::string name, kind, type;
  std::vector<int64_t> shape;
  int timeAxis = -1;
  uint64_t neurons = 0;
  double scale = 1;
  uint64_t limit = 0, offset = 0;
};

struct BinarySummary {
  std::string producer, target, version, schemaHash;
  uint32_t chips = 0, coresPerChip = 0, meshColumns = 0, meshRows = 0;
  uint32_t period = 0, latency = 0, maxTokens = 0;
  bool fallThrough = false;
  uint64_t bytes = 0, neurons = 0, synapses = 0, plasticSynapses = 0;
  std::vector<CoreSummary> cores;
  std::vector<SourceSummary> sources;
  std::vector<RuleSummary> rules;
  std::vector<PortSummary> inputs, outputs;

  /// Steps that a sequence of `tokens` takes (machine.md, M5).
  uint64_t stepsFor(uint64_t tokens) const {
    return tokens == 0 ? 0 : (tokens - 1) * period + latency + 1;
  }
};

/// Summarises a verified binary; false when `data` is not one.
bool summarizeBinary(const uint8_t *data, size_t size, BinarySummary &summary);

/// The summary as one JSON object.
std::string toJson(const BinarySummary &summary);

} // namespace neuro

#endif // NEURO_PIPELINES_BINARYSUMMARY_H
