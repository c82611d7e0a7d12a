//===- Engine.h - what executes a binary --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The base class drives one sequence: it sends the host's spikes, steps, and
// reads the outputs. Two engines implement the step: FastEngine and the plain
// ReferenceEngine. Groups are numbered through all cores in file order.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_ENGINE_H
#define NEURO_RUNTIME_ENGINE_H

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace neuro::nrb {
struct Binary;
struct InputPort;
} // namespace neuro::nrb

namespace neuro::runtime {

struct EngineState;

/// docs/spec/machine.md, section 5, for one group.
struct GroupCounters {
  uint64_t spikes = 0;
  uint64_t synapticOperations = 0;
  uint64_t neuronUpdates = 0;
  uint64_t activeNeuronUpdates = 0;
  uint64_t learningUpdates = 0;
  uint64_t dendriteWraps = 0;
  uint64_t registerWraps = 0;
  uint64_t saturations = 0;
  uint64_t learningSaturations = 0;

  GroupCounters &operator+=(const GroupCounters &other);
  bool operator==(const GroupCounters &other) const;
};

/// What PROBE appended.
struct TraceEntry {
  uint32_t step, group, neuron; // neuron within the group
  int32_t value;
  bool operator==(const TraceEntry &other) const {
    return step == other.step && group == other.group &&
           neuron == other.neuron && value == other.value;
  }
};

enum class SynapseVariable : uint8_t { Weight, Delay, Tag };

/// One sequence as the host sends it.
struct SequenceInput {
  uint32_t tokens = 0;
  uint32_t spacing = 0; // steps between tokens; 0: the file's period
  /// Per input port. Graded: tokens x width payloads, 0 is silent. One-hot:
  /// one id per token. Tick: nothing.
  std::vector<std::vector<int32_t>> ports;
};

class Engine {
public:
  explicit Engine(const nrb::Binary &binary);
  virtual ~Engine();

  /// Called after every step.
  using StepObserver = std::function<void(uint32_t step)>;

  /// Runs a sequence from reset, or goes on with the next tokens from `resume`.
  /// outputs[port] receives one row of payloads per token read. The observer
  /// counts steps from where the run begins. `save` receives the state before
  /// the step in which a further token would begin.
  void runSequence(const SequenceInput &input,
                   std::vector<std::vector<int32_t>> &outputs,
                   const StepObserver &observer = {},
                   const EngineState *resume = nullptr,
                   EngineState *save = nullptr);

  void setLearning(bool on) { learning = on; }
  void setTrace(bool on) { tracing = on; }
  /// readDendrites() needs this.
  void setKeepDendrites(bool on) { keepDendrites = on; }

  // Valid after a step. Sizes are those of the group, or the axon's synapses.
  virtual void readSpikes(uint32_t group, int32_t *payload,
                          uint8_t *fired) const = 0;
  virtual void readState(uint32_t group, unsigned field,
                         int32_t *values) const = 0;
  /// What the program found: before it cleared anything (M9).
  virtual void readDendrites(uint32_t group, unsigned dendrite,
                             int32_t *values) const = 0;
  /// Of an axon, in order of its synapses.
  virtual void readSynapses(uint32_t core, uint32_t axon,
                            SynapseVariable variable,
                            std::vector<int32_t> &values) const = 0;
  /// Traces of a plastic axon: x1, x2.
  virtual void readPreTraces(uint32_t core, uint32_t axon,
                             int32_t *values) const = 0;
  /// y1, y2, y3 of a neuron that an axon with this rule of the core reaches.
  virtual void readPostTraces(uint32_t core, uint32_t rule, uint32_t group,
                              uint32_t neuron, int32_t *values) const = 0;

  /// Since construction.
  const std::vector<GroupCounters> &counters() const { return groupCounters; }
  uint64_t steps() const { return numSteps; }
  uint64_t hostSpikes() const { return numHostSpikes; }
  /// Of the last sequence, in order of step, group, neuron.
  const std::vector<TraceEntry> &trace() const { return traceEntries; }

protected:
  virtual void reset() = 0;
  /// Between two steps. All of `state` but its step; it fits the binary.
  virtual void saveState(EngineState &state, uint32_t step) const = 0;
  /// After reset().
  virtual void loadState(const EngineState &state) = 0;
  /// Deliver, accumulate, run the programs, learn.
  virtual void runStep(uint32_t step) = 0;
  virtual void sendHost(uint32_t port, uint32_t neuron, int32_t payload,
                        uint32_t step) = 0;
  /// What the neuron sent in this step, 0 if nothing.
  virtual int32_t sentPayload(uint32_t core, uint32_t neuron) const = 0;

  const nrb::Binary &binary;
  bool learning = true, tracing = false, keepDendrites = false;
  std::vector<GroupCounters> groupCounters;
  std::vector<TraceEntry> traceEntries;
  uint64_t numSteps = 0, numHostSpikes = 0;
};

/// Immutable tables of a verified binary, shared by fast engines.
class Plan;
std::shared_ptr<const Plan> makePlan(const nrb::Binary &binary);

std::unique_ptr<Engine> makeFastEngine(const nrb::Binary &binary,
                                       std::shared_ptr<const Plan> plan);
/// The same with given inner loops (lib/Runtime/Kernels.h), which run over
/// `chunk` neurons at a time: a multiple of 16, at most 256.
struct KernelTable;
std::unique_ptr<Engine> makeFastEngine(const nrb::Binary &binary,
                                       std::shared_ptr<const Plan> plan,
                                       const KernelTable &kernels,
                                       unsigned chunk);
/// Step by step straight from the specification; slow.
std::unique_ptr<Engine> makeReferenceEngine(const nrb::Binary &binary);

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_ENGINE_H
