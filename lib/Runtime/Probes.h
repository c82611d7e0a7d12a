//===- Probes.h - collects what probes ask for --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_PROBES_H
#define NEURO_LIB_RUNTIME_PROBES_H

#include "neuro/Runtime/Simulator.h"

#include <string>
#include <vector>

namespace neuro::runtime {

/// Arrays for all sequences; each sequence writes its own part.
class ProbeRecorder {
public:
  ProbeRecorder(const nrb::Binary &binary, const std::vector<GroupInfo> &groups,
                const std::vector<SourceInfo> &sources);

  /// Resolves names and allocates; adds to `errors` what does not work.
  void setUp(const std::vector<Probe> &probes, uint64_t batch, uint32_t tokens,
             std::vector<std::string> &errors);
  bool wantsTrace() const { return anyTrace; }
  bool wantsDendrites() const { return anyDendrites; }
  bool empty() const { return recordings.empty(); }

  void afterStep(const Engine &engine, uint64_t sequence, uint32_t step);
  void afterSequence(const Engine &engine, uint64_t sequence);
  /// Moves the arrays out.
  void finish(NamedArrays &arrays);

private:
  // Where the synapses of one axon lie in the matrix.
  struct AxonPlace {
    uint32_t core, axon;
    int64_t column;
    std::vector<int64_t> position; // of each synapse, -1: elsewhere
  };
  // A post neuron of a rule.
  struct PostPlace {
    uint32_t core, rule, group, neuron;
    int64_t row;
  };
  struct Recording {
    ProbeKind kind;
    std::string name;
    std::vector<uint32_t> groups;
    std::vector<unsigned> fields; // per group
    unsigned dendrite = 0;
    Array array, second;
    uint64_t perSample = 0;
    SynapseVariable variable = SynapseVariable::Weight;
    std::vector<AxonPlace> axons;
    unsigned trace = 0; // 0, 1: x1, x2; 2..4: y1..y3
    std::vector<PostPlace> posts;
    std::vector<std::vector<int64_t>> rows; // of PROBE, per sequence
  };
  // The plastic axons that reach one dendrite of some groups.
  struct Matrix {
    int64_t rows = 0, columns = 0;
    std::vector<AxonPlace> axons;
    std::vector<PostPlace> posts;
  };

  void addPopulation(const std::string &name, ProbeKind kind,
                     const std::vector<uint32_t> &members,
                     std::vector<std::string> &errors);
  bool addSynapses(const std::string &name, ProbeKind kind,
                   const std::vector<uint32_t> &members,
                   std::vector<std::string> &errors);
  Matrix findMatrix(const std::vector<uint32_t> &members, unsigned dendrite);
  void sample(const Engine &engine, Recording &recording, uint64_t at);
  bool allocate(Recording &recording, std::vector<int64_t> shape, DType type,
                std::vector<std::string> &errors);
  void collectSenders();

  const nrb::Binary &binary;
  const std::vector<GroupInfo> &groups;
  const std::vector<SourceInfo> &sources;
  std::vector<Recording> recordings;
  uint64_t batch = 0;
  uint32_t tokens = 0, steps = 0;
  bool anyTrace = false, anyDendrites = false;
  // Per core and axon: what orders its column. Empty until needed.
  struct Sender {
    uint64_t kind = 2, population = 0, index = 0;
    bool operator<(const Sender &other) const;
  };
  std::vector<std::vector<Sender>> senders;
};

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_PROBES_H
