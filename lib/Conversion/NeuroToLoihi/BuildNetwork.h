//===- BuildNetwork.h - a neuro network as numbers for the mapper ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NEUROTOLOIHI_BUILDNETWORK_H
#define NEURO_LIB_CONVERSION_NEUROTOLOIHI_BUILDNETWORK_H

#include "Select.h"

#include "neuro/Dialect/Neuro/Rules.h"
#include "neuro/Mapping/Network.h"

namespace neuro {

/// A learning rule, and what is emitted for it.
struct LegalRule {
  RuleOp op;
  RuleMeaning meaning;
};

/// A layer of the source model.
struct SourceLayer {
  std::string name, op;
};

/// The network as the mapper sees it, and what it leaves to the emitter.
struct MappableNetwork {
  mapping::Network network;
  std::vector<PopulationOp> populations;
  std::vector<NeuronProgram> programs; // by population
  std::vector<uint32_t> sourceOf;      // by population
  std::vector<SourceLayer> sources;
  std::vector<InputOp> ports;
  std::vector<OutputOp> outputs;
  std::vector<uint32_t> outputPopulations;
  std::vector<LegalRule> rules;
};

/// Expands what has no instruction, selects programs, makes rules legal and
/// lists every synapse. All problems are reported at the ops that have them.
mlir::FailureOr<MappableNetwork> buildNetwork(NetworkOp network);

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NEUROTOLOIHI_BUILDNETWORK_H
