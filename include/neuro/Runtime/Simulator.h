//===- Simulator.h - runs batches of sequences on a binary --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arrays in, arrays out: checks and encodes what the host feeds, spreads the
// sequences of a batch over threads, decodes the outputs, collects probes and
// statistics. Results do not depend on the number of threads or on probes.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_SIMULATOR_H
#define NEURO_RUNTIME_SIMULATOR_H

#include "neuro/Runtime/Binary.h"
#include "neuro/Runtime/Engine.h"
#include "neuro/Runtime/Load.h"
#include "neuro/Runtime/State.h"
#include "neuro/Support/Array.h"
#include "neuro/Support/Npz.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace neuro::runtime {

struct PortInfo {
  std::string name;
  std::string kind; // graded, one_hot, tick; output
  DType dtype = DType::Float32;
  std::vector<int64_t> shape; // -1: free (batch and time)
  int timeAxis = -1;
  uint32_t width = 0; // virtual neurons, or elements per token
  double scale = 1;
};

struct GroupInfo {
  std::string name;
  uint32_t core, index; // in the core
  uint32_t count, source, sourceFirst;
  unsigned dendrites;
  std::vector<std::string> stateFields;
  unsigned worstCase = 0; // instructions of an update at most, one a cycle
  bool plastic = false;   // some synapse that reaches it has a learning rule
};

struct SourceInfo {
  std::string name, op;
};

enum class ProbeKind {
  Spikes,
  State,
  Weights,
  Trace, // what PROBE appended
  Dendrites,
  Synapses,
  Traces // of the learning engine
};

/// `name` is that of a group or of a source; a source stands for its groups.
struct Probe {
  std::string name;
  ProbeKind kind = ProbeKind::Spikes;
};

/// Parses "NAME" or
/// "NAME:spikes|state|weights|trace|dendrites|synapses|traces".
Probe parseProbe(const std::string &text);

struct RunOptions {
  bool reference = false; // the slow engine
  bool learning = true;
  unsigned threads = 0; // 0: one per processor
  uint32_t tokens = 0;  // for a model without arrays to feed
  std::vector<Probe> probes;
  /// Also fill Stats::busiest.
  bool measureLoad = false;
  /// Steps between two tokens if not those of the file. For measurements only:
  /// what a loop carries then meets another token.
  uint32_t spacing = 0;
  /// Go on from here: the inputs are the tokens that follow, one state per
  /// sequence of the batch.
  const SavedState *resume = nullptr;
  /// Receives the state behind the last token.
  SavedState *save = nullptr;
  /// Called after each step of a sequence, by the thread that runs it; steps
  /// count from where the run begins.
  std::function<void(const Engine &engine, uint64_t sequence, uint32_t step)>
      observer;
  /// Called from worker threads, one at a time.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

struct Stats {
  uint64_t sequences = 0, tokens = 0, steps = 0;
  uint32_t period = 0, latency = 0;
  uint64_t hostSpikes = 0;
  /// Elements limited to what a payload, or the type of an output, holds (M5):
  /// in all, and by port in file order.
  uint64_t inputSaturations = 0, outputSaturations = 0;
  std::vector<uint64_t> saturationsOfInput, saturationsOfOutput;
  double seconds = 0;
  std::string engine;
  unsigned threads = 0;
  std::vector<GroupCounters> groups; // in file order
  GroupCounters total;
  std::optional<BusiestCore> busiest; // if asked for

  double tokensPerSecond() const;
  double synapticOperationsPerSecond() const;
};

struct RunResult {
  NamedArrays outputs;
  /// NAME.spikes (int32 payloads) and NAME.fired (bool): batch x step x neuron;
  /// NAME.state.FIELD: likewise, int32, after the step;
  /// NAME.dK.weights: int16, batch x token x post x pre, after the token;
  /// NAME.trace: int64 rows (sequence, step, neuron, value);
  /// NAME.dK.dendrite: int32, batch x step x neuron, what the program found;
  /// NAME.dK.w, .d, .t: int16, batch x step x post x pre, after the step;
  /// NAME.dK.x1, .x2: uint8, batch x step x pre, after the step;
  /// NAME.dK.y1, .y2, .y3: uint8, batch x step x post, likewise.
  NamedArrays probes;
  Stats stats;
};

class Simulator {
public:
  explicit Simulator(std::shared_ptr<const Binary> binary);
  ~Simulator();

  const Binary &getBinary() const { return *binary; }
  const std::vector<PortInfo> &inputs() const { return inputInfos; }
  const std::vector<PortInfo> &outputs() const { return outputInfos; }
  const std::vector<GroupInfo> &groups() const { return groupInfos; }
  const std::vector<SourceInfo> &sources() const { return sourceInfos; }

  /// Runs a batch. On failure returns false and adds every problem found.
  bool run(const NamedArrays &inputs, const RunOptions &options,
           RunResult &result, std::vector<std::string> &errors) const;

  /// What to read of an .npz: the inputs, if type and shape fit. Lives as long
  /// as this object.
  NpzRequest makeRequest() const;

  bool hasGolden() const;
  /// Runs the golden inputs of the file and compares: one line per output that
  /// differs goes to `errors`.
  bool checkGolden(const RunOptions &options,
                   std::vector<std::string> &errors) const;

  /// One line on everything that was limited or wrapped: how much, where, and
  /// what to do. Empty when nothing was.
  std::string describeClipping(const Stats &stats) const;
  std::string statsToText(const Stats &stats) const;
  std::string statsToJson(const Stats &stats) const;
  /// Ports, sources and groups, for people.
  std::string describe() const;
  /// The same as JSON.
  std::string describeAsJson() const;

private:
  struct Batch;
  const PortInfo *findInput(const std::string &name) const;
  bool checkInputs(const NamedArrays &arrays, const RunOptions &options,
                   Batch &batch, std::vector<std::string> &errors) const;
  // Both count in `saturations`, by port, what they limit.
  void encode(const Batch &batch, int64_t sequence, SequenceInput &input,
              std::vector<uint64_t> &saturations) const;
  void decode(const std::vector<std::vector<int32_t>> &payloads,
              int64_t sequence, NamedArrays &outputs,
              std::vector<uint64_t> &saturations) const;

  std::shared_ptr<const Binary> binary;
  std::shared_ptr<const Plan> plan;
  std::vector<PortInfo> inputInfos, outputInfos;
  std::vector<GroupInfo> groupInfos;
  std::vector<SourceInfo> sourceInfos;
};

/// Largest absolute difference; negative when shapes or types do not match
/// (`why` says so).
double maxAbsDifference(const Array &a, const Array &b, std::string &why);

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_SIMULATOR_H
