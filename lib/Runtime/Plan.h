//===- Plan.h - flat tables of a binary for the fast engine --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cores disappear here: groups, accumulators, axons and neurons are numbered
// through the whole system. Immutable, shared by all threads.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_PLAN_H
#define NEURO_LIB_RUNTIME_PLAN_H

#include "Kernels.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <vector>

namespace neuro::nrb {
struct Binary;
struct Core;
struct Group;
struct Program;
struct Rule;
struct AxonIn;
struct AxonOut;
} // namespace neuro::nrb

namespace neuro::runtime {

/// Zeroed, aligned to a cache line.
template <typename T> class AlignedBuffer {
public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t count) : count(count) {
    size_t bytes = (count * sizeof(T) + 63) / 64 * 64 + 64;
    values = static_cast<T *>(::operator new(bytes, std::align_val_t(64)));
    std::memset(static_cast<void *>(values), 0, bytes);
  }
  AlignedBuffer(AlignedBuffer &&other) noexcept
      : values(other.values), count(other.count) {
    other.values = nullptr;
    other.count = 0;
  }
  AlignedBuffer &operator=(AlignedBuffer &&other) noexcept {
    std::swap(values, other.values);
    std::swap(count, other.count);
    return *this;
  }
  AlignedBuffer(const AlignedBuffer &) = delete;
  AlignedBuffer &operator=(const AlignedBuffer &) = delete;
  ~AlignedBuffer() { ::operator delete(values, std::align_val_t(64)); }

  T *data() { return values; }
  const T *data() const { return values; }
  size_t size() const { return count; }
  T &operator[](size_t i) { return values[i]; }
  const T &operator[](size_t i) const { return values[i]; }

private:
  T *values = nullptr;
  size_t count = 0;
};

inline uint32_t padded(uint32_t count) {
  return (count + kBlock - 1) / kBlock * kBlock;
}

struct PlanProgram {
  std::vector<PlanInstruction> code;
  bool branches = false;
  bool spikes = false;
  bool exports = false;
  bool usesId = false;
  bool mayIdle = true; // reads neither rand nor time, does not probe
};

struct PlanGroup {
  uint32_t program;
  uint32_t count, stride; // stride: padded count
  uint32_t first;         // position in all arrays over neurons
  uint32_t firstInCore;
  uint32_t source, sourceFirst;
  unsigned numState, numDendrites, numParameters;
  StateRule rules[8];
  uint64_t state;        // field f begins at state + f * stride
  uint32_t accumulators; // the first of numDendrites
  struct {
    uint64_t values;
    bool uniform;
  } parameters[32];
  unsigned payloadBits;
};

/// One dendrite of one group.
struct PlanAccumulator {
  uint32_t group;
  uint32_t offset, stride;
  int exponent = 0;
};

enum class SegmentKind : uint8_t { Dense, Blocks, Sparse };

/// The part of an axon that reaches one accumulator.
struct PlanSegment {
  uint32_t accumulator;
  SegmentKind kind;
  uint32_t synapses; // that count as synaptic operations
  uint32_t count;    // blocks, or synapses when sparse
  uint32_t start;    // dense: position in the accumulators
  uint64_t weights;  // into the static or the plastic weights
  uint64_t index;    // blocks and sparse
  uint32_t maxWeight;
};

struct PlanAxon {
  uint32_t segments, numSegments;
  uint32_t delay;
  int32_t plastic = -1; // index of its PlasticAxon
};

struct PlasticPost {
  uint32_t group, synapses;
};

struct PlasticAxon {
  uint32_t axon, rule;
  uint32_t synapses, numSynapses; // into Plan::plasticSynapses
  uint32_t posts, numPosts;
  int32_t low, high;
  uint8_t stepShift;
  uint8_t dendrite;
  bool delayed; // L-15: its synapses have delays
};

struct PlasticSynapse {
  uint32_t weight; // into the plastic weights
  uint32_t post;   // position in all arrays over neurons
  uint32_t axon;   // PlasticAxon
};

struct PlanFactor {
  uint8_t var;
  bool sign;
  int8_t constant;
  int32_t low, high;
};

struct PlanProduct {
  uint8_t dependency;
  int8_t mantissa;
  uint8_t shiftRight, shiftLeft;
  std::vector<PlanFactor> factors;
};

struct PlanRule {
  std::vector<PlanProduct> products;
  bool hasX0 = false, hasY0 = false, hasU = false;
  /// Every product on x0 is 0 when the post neuron exported nothing.
  bool x0NeedsExport = true;
  uint64_t uPeriod = 1;
  uint8_t gradedMode;
  uint8_t impulse1, impulse2;
  bool hold1, hold2;
  std::vector<uint32_t> axons; // of this rule (PlasticAxon)
};

/// Axons of neurons or of the elements of a port.
struct PlanFanout {
  std::vector<uint32_t> index;
  std::vector<uint32_t> axons;
};

class Plan {
public:
  explicit Plan(const nrb::Binary &binary);

  std::vector<PlanProgram> programs;
  std::vector<PlanGroup> groups;
  std::vector<PlanAccumulator> accumulators;
  std::vector<PlanAxon> axons;
  std::vector<PlanSegment> segments;
  std::vector<PlasticAxon> plasticAxons;
  std::vector<PlasticPost> plasticPosts;
  std::vector<PlasticSynapse> plasticSynapses;
  std::vector<PlanRule> rules;
  PlanFanout neuronFanout;
  std::vector<PlanFanout> portFanout;

  AlignedBuffer<int16_t> weights;
  AlignedBuffer<uint32_t> index;
  AlignedBuffer<int16_t> plasticWeights; // initial
  /// Initial delays of plastic synapses; empty when none has any.
  std::vector<uint8_t> plasticDelays;
  AlignedBuffer<int32_t> initialState;
  AlignedBuffer<int32_t> parameterValues;

  // Synapses whose rule depends on y0, by post neuron.
  std::vector<uint32_t> rowIndex, rowSynapses;

  uint32_t numNeurons = 0; // padded groups
  uint32_t accumulatorSize = 0;
  uint32_t maxDelay = 0;
  std::vector<uint32_t> firstGroup; // of a core
  std::vector<uint32_t> firstAxon;  // of a core: into axonPieces
  // A file's axon with synaptic delays becomes several: [begin, end).
  std::vector<uint32_t> axonPieces;

  /// Position of a core's neuron in the arrays over neurons.
  uint32_t neuronPosition(uint32_t core, uint32_t neuron) const;

private:
  struct Synapse {
    uint32_t accumulator, lane;
    int32_t weight;
    uint32_t delay;
    uint32_t order;
  };

  void addGroups(const nrb::Core &core);
  uint32_t addProgram(const nrb::Program &program);
  uint64_t addParameter(const nrb::Group &group, unsigned which, bool &uniform);
  void addRule(const nrb::Binary &binary, const nrb::Rule &rule);
  void addAxon(const nrb::Core &core, uint32_t coreIndex,
               const nrb::AxonIn &axon, uint32_t firstRule);
  void addStaticSegment(const std::vector<Synapse> &synapses, size_t begin,
                        size_t end);
  void addPlasticAxon(const nrb::Core &core, const nrb::AxonIn &axon,
                      const std::vector<Synapse> &synapses, uint32_t rule);
  void addFanout(PlanFanout &fanout, const nrb::AxonOut &out) const;
  void addRows();

  // Grown while building, then copied into the aligned buffers.
  std::vector<int16_t> weightList, plasticList;
  std::vector<uint32_t> indexList;
  std::vector<int32_t> stateList, parameterList;
  std::map<int32_t, uint64_t> uniformValues;
};

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_PLAN_H
