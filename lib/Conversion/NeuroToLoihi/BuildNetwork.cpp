//===- BuildNetwork.cpp - a neuro network as numbers for the mapper -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuildNetwork.h"

#include "neuro/Support/Locations.h"

#include "neuro/Support/Constants.h"
#include "neuro/Target/TargetModel.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace neuro;

namespace {

class NetworkReader {
public:
  explicit NetworkReader(NetworkOp op) : op(op) {}

  FailureOr<MappableNetwork> run();

private:
  bool checkSizes();
  void addPorts();
  void addPopulations();
  void addOutputs();
  void addDendrites(uint32_t population);
  void collectLeaves(Value current, SmallVectorImpl<Operation *> &leaves);
  bool findSource(Operation *user, Value spikes, mapping::Projection &out);
  void addProject(ProjectOp project, uint32_t population, unsigned dendrite);
  void addPlastic(PlasticOp plastic, uint32_t population, unsigned dendrite);
  int32_t ruleIndex(PlasticOp plastic);
  uint32_t sourceIndex(Location loc, StringRef fallback);
  bool addSynapses(Operation *op, SynapsesAttrInterface synapses,
                   SynapseShape shape, mapping::Projection &out);

  NetworkOp op;
  MappableNetwork result;
  llvm::DenseMap<Value, uint32_t> populationOf, portOf;
  llvm::StringMap<uint32_t> sourceNumbers;
  std::map<std::vector<uint32_t>, uint32_t> programNumbers;
  bool ok = true;
};

// More than any system holds; keeps the lists below from exhausting memory.
constexpr int64_t kMaxNeurons = int64_t(1) << 26;
constexpr int64_t kMaxSynapses = int64_t(1) << 31;

uint32_t countOf(Value spikes) {
  return uint32_t(cast<SpikesType>(spikes.getType()).getCount());
}

} // namespace

uint32_t NetworkReader::sourceIndex(Location loc, StringRef fallback) {
  StringRef name = nodeNameIn(loc);
  if (name.empty())
    name = fallback;
  auto [entry, isNew] =
      sourceNumbers.try_emplace(name, uint32_t(result.sources.size()));
  if (isNew)
    result.sources.push_back({name.str(), operationIn(loc).str()});
  return entry->second;
}

bool NetworkReader::checkSizes() {
  auto check = [&](Operation *at, const char *what, int64_t count,
                   int64_t limit) {
    if (count <= limit)
      return;
    at->emitOpError() << "has " << count << " " << what << ", at most " << limit
                      << " can be mapped";
    ok = false;
  };
  // Counts are below 2^26 when they are multiplied.
  for (Operation &item : op.getBody().front())
    for (Value value : item.getResults())
      if (auto spikes = dyn_cast<SpikesType>(value.getType()))
        check(&item, "neurons", spikes.getCount(), kMaxNeurons);
  if (!ok)
    return false;
  for (Operation &item : op.getBody().front()) {
    int64_t synapses = 0;
    if (auto plastic = dyn_cast<PlasticOp>(item))
      synapses = plastic.getConnectivity().countSynapses(plastic.getShape());
    else if (auto project = dyn_cast<ProjectOp>(item))
      synapses = project.getWeights().countSynapses(project.getShape());
    check(&item, "synapses", synapses, kMaxSynapses);
  }
  return ok;
}

void NetworkReader::addPorts() {
  for (InputOp port : op.getBody().getOps<InputOp>()) {
    if (!port.getPhase()) {
      port.emitOpError() << "'" << port.getName()
                         << "' has no phase; run neuro-schedule first";
      ok = false;
    }
    portOf[port.getSpikes()] = uint32_t(result.ports.size());
    result.ports.push_back(port);
    result.network.ports.push_back(
        {port.getName().str(), countOf(port.getSpikes())});
  }
}

void NetworkReader::addPopulations() {
  for (PopulationOp op : op.getBody().getOps<PopulationOp>()) {
    populationOf[op.getSpikes()] = uint32_t(result.populations.size());
    result.populations.push_back(op);
  }
  for (PopulationOp op : result.populations) {
    mapping::Population &out = result.network.populations.emplace_back();
    out.name = op.getName().str();
    uint32_t source = sourceIndex(op.getLoc(), op.getName());
    result.sourceOf.push_back(source);
    out.source = result.sources[source].name;
    out.neurons = uint32_t(op.getCount());
    if (op.getDendrites().size() > 4) {
      op.emitOpError() << "'" << op.getName() << "' has "
                       << op.getDendrites().size()
                       << " dendrites, a neuron has 4";
      ok = false;
    }
    unsigned bits = 0;
    if (ArrayAttr state = op.getStateAttr())
      for (Attribute field : state)
        bits += cast<FieldAttr>(field).getBits();
    out.stateBytes = uint32_t(target::stateWords(bits) *
                              target::TargetModel().bytesPerStateWord);
    FailureOr<NeuronProgram> program = selectProgram(op);
    if (failed(program)) {
      ok = false;
      result.programs.emplace_back();
      continue;
    }
    for (const ProgramParameter &parameter : program->parameters)
      ++(parameter.values.size() == 1 ? out.sharedParameters
                                      : out.neuronParameters);
    out.instructions = uint32_t(program->code.size());
    out.program =
        programNumbers
            .try_emplace(program->code, uint32_t(programNumbers.size()))
            .first->second;
    result.programs.push_back(std::move(*program));
  }
}

void NetworkReader::addOutputs() {
  for (OutputOp output : op.getBody().getOps<OutputOp>()) {
    auto at = populationOf.find(output.getSpikes());
    if (at == populationOf.end()) {
      output.emitOpError() << "'" << output.getName()
                           << "' must read a population, not an input";
      ok = false;
      continue;
    }
    if (!result.populations[at->second].getPhase()) {
      result.populations[at->second].emitOpError()
          << "'" << result.populations[at->second].getName()
          << "' has no phase; run neuro-schedule first";
      ok = false;
    }
    result.outputs.push_back(output);
    result.outputPopulations.push_back(at->second);
  }
}

void NetworkReader::collectLeaves(Value current,
                                  SmallVectorImpl<Operation *> &leaves) {
  // The network's verifier has bounded the tree.
  auto visit = [&](auto &&visit, Value value) -> void {
    Operation *def = value.getDefiningOp();
    auto sum = dyn_cast_or_null<SumOp>(def);
    if (!sum) {
      leaves.push_back(def);
      return;
    }
    for (Value part : sum.getCurrents())
      visit(visit, part);
  };
  visit(visit, current);
}

bool NetworkReader::findSource(Operation *user, Value spikes,
                               mapping::Projection &out) {
  if (auto at = populationOf.find(spikes); at != populationOf.end()) {
    out.source = at->second;
    return true;
  }
  if (auto at = portOf.find(spikes); at != portOf.end()) {
    out.fromPort = true;
    out.source = at->second;
    return true;
  }
  user->emitOpError() << "has a source outside the network";
  return ok = false;
}

// From source-major to target-major order, in two visits: the lists are never
// there twice.
bool NetworkReader::addSynapses(Operation *op, SynapsesAttrInterface synapses,
                                SynapseShape shape, mapping::Projection &out) {
  if (!synapses.isReadable()) {
    auto diag = op->emitOpError() << "has weights without data; print the "
                                     "module with all its resources";
    diag.attachNote() << "a resource of the attribute is missing, elided or "
                         "not as long as its type says";
    return ok = false;
  }
  // A learned weight of 0 is a synapse, a static one is none.
  auto isThere = [&](const Synapse &synapse) {
    return out.rule >= 0 || synapse.weight;
  };
  out.offsets.assign(size_t(shape.targets) + 1, 0);
  int64_t soonest = kMaxSynapseDelay, latest = 0;
  for (int64_t i = 0; i < shape.sources; ++i)
    synapses.visit(i, shape, [&](const Synapse &synapse) {
      if (!isThere(synapse))
        return;
      ++out.offsets[size_t(synapse.target) + 1];
      soonest = std::min(soonest, synapse.delay);
      latest = std::max(latest, synapse.delay);
    });
  for (size_t j = 0; j < size_t(shape.targets); ++j)
    out.offsets[j + 1] += out.offsets[j];
  // What all synapses wait, the axon waits (a plastic one cannot).
  int64_t shared = 0;
  if (out.rule < 0) {
    shared =
        latest ? std::min<int64_t>(soonest, kMaxSynapseDelay - out.delay) : 0;
    out.delay = uint8_t(out.delay + shared);
  }
  while ((int64_t(1) << out.delayBits) <= latest - shared)
    ++out.delayBits;
  size_t count = out.offsets.back();
  out.pre.resize(count);
  out.weights.resize(count);
  if (latest > shared)
    out.delays.resize(count);
  // offsets[j] moves from the first to the end of the synapses of target j.
  for (int64_t i = 0; i < shape.sources; ++i)
    synapses.visit(i, shape, [&](const Synapse &synapse) {
      if (!isThere(synapse))
        return;
      uint64_t at = out.offsets[size_t(synapse.target)]++;
      out.pre[at] = uint32_t(i);
      out.weights[at] = int8_t(synapse.weight);
      if (latest > shared)
        out.delays[at] = uint8_t(synapse.delay - shared);
    });
  out.offsets.pop_back();
  out.offsets.insert(out.offsets.begin(), 0);
  mapping::finishProjection(out, uint32_t(shape.sources));
  return true;
}

void NetworkReader::addProject(ProjectOp project, uint32_t population,
                               unsigned dendrite) {
  mapping::Projection out;
  if (!findSource(project, project.getSource(), out))
    return;
  if (!project.getDelay()) {
    project.emitOpError() << "has no delay; run neuro-schedule first";
    ok = false;
    return;
  }
  int64_t delay = project.getDelay().value_or(0);
  int64_t limit = target::TargetModel().maxDelay;
  if (delay < 0 || delay > limit) {
    project.emitOpError() << "delay (L11) must be 0.." << limit << ", got "
                          << delay;
    ok = false;
    return;
  }
  out.target = population;
  out.dendrite = uint8_t(dendrite);
  out.delay = uint8_t(delay);
  if (addSynapses(project, project.getWeights(), project.getShape(), out))
    result.network.projections.push_back(std::move(out));
}

int32_t NetworkReader::ruleIndex(PlasticOp plastic) {
  RuleOp rule = plastic.lookupRule();
  for (auto [i, known] : llvm::enumerate(result.rules))
    if (known.op == rule)
      return int32_t(i);
  std::vector<std::string> errors;
  std::optional<RuleMeaning> meaning = readRule(rule, errors);
  for (const std::string &error : errors)
    plastic.emitOpError() << "rule '" << plastic.getRule() << "': " << error;
  if (!meaning) {
    ok = false;
    return -1;
  }
  uint32_t products = 0;
  for (const learning::Term &term : meaning->legal.terms)
    products += uint32_t(term.products.size());
  result.network.products.push_back(products);
  result.rules.push_back({rule, std::move(*meaning)});
  return int32_t(result.rules.size()) - 1;
}

void NetworkReader::addPlastic(PlasticOp plastic, uint32_t population,
                               unsigned dendrite) {
  mapping::Projection out;
  if (!findSource(plastic, plastic.getSource(), out))
    return;
  out.rule = ruleIndex(plastic);
  if (out.rule < 0)
    return;
  out.target = population;
  out.dendrite = uint8_t(dendrite);
  // Learned delays take all that the format has; fixed ones what they need.
  out.synapseDelay = uint8_t(plastic.getDelay());
  while ((1u << out.delayBits) <= out.synapseDelay)
    ++out.delayBits;
  if (result.rules[size_t(out.rule)].meaning.changes(learning::Target::Delay))
    out.delayBits = 6;
  out.tagBits = uint8_t(plastic.getTagBits());
  out.synapseTag = uint8_t(plastic.getTag());
  if (addSynapses(plastic, plastic.getConnectivity(), plastic.getShape(), out))
    result.network.projections.push_back(std::move(out));
}

void NetworkReader::addDendrites(uint32_t population) {
  for (auto [dendrite, current] :
       llvm::enumerate(result.populations[population].getDendrites())) {
    SmallVector<Operation *> leaves;
    collectLeaves(current, leaves);
    for (Operation *leaf : leaves) {
      if (auto project = dyn_cast_or_null<ProjectOp>(leaf))
        addProject(project, population, unsigned(dendrite));
      else if (auto plastic = dyn_cast_or_null<PlasticOp>(leaf))
        addPlastic(plastic, population, unsigned(dendrite));
    }
  }
}

FailureOr<MappableNetwork> NetworkReader::run() {
  if (!checkSizes())
    return failure();
  if (!op.getPeriod() || !op.getLatency()) {
    // Without the op's text: it is the whole network.
    emitError(op.getLoc())
        << "'neuro.network' op has no period or latency; run neuro-schedule "
           "first";
    ok = false;
  }
  addPorts();
  addPopulations();
  addOutputs();
  for (uint32_t p = 0; p < result.populations.size(); ++p)
    addDendrites(p);
  if (!ok)
    return failure();
  return std::move(result);
}

FailureOr<MappableNetwork> neuro::buildNetwork(NetworkOp network) {
  return NetworkReader(network).run();
}
