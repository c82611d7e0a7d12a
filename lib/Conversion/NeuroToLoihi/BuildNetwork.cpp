//===- BuildNetwork.cpp - a neuro network as numbers for the mapper -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuildNetwork.h"
#include "ExpandModels.h"

#include "neuro/Support/Locations.h"

#include "neuro/Support/Constants.h"
#include "neuro/Target/TargetModel.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace neuro;

namespace {

// Synapses by source neuron, as the weights are read.
struct SynapseList {
  std::vector<uint64_t> starts; // by source neuron
  std::vector<uint32_t> posts;
  std::vector<int8_t> weights;
};

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
  const SynapseList &synapsesOf(ProjectOp project);

  NetworkOp op;
  MappableNetwork result;
  llvm::DenseMap<Value, uint32_t> populationOf, portOf;
  llvm::DenseMap<Operation *, SynapseList> synapses;
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
  auto neurons = [](Value value) {
    return cast<SpikesType>(value.getType()).getCount();
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
    if (auto plastic = dyn_cast<PlasticOp>(item)) {
      synapses = neurons(plastic.getSource()) *
                 plastic.getCurrent().getType().getCount() /
                 plastic.getBlocks();
    } else if (auto project = dyn_cast<ProjectOp>(item)) {
      int64_t sources = neurons(project.getSource());
      int64_t targets = project.getCurrent().getType().getCount();
      Attribute weights = project.getWeights();
      if (isa<OneToOneAttr, ShiftAttr, StrideAttr>(weights)) {
        synapses = sources;
      } else if (auto repeat = dyn_cast<RepeatAttr>(weights)) {
        synapses = sources * llvm::divideCeil(targets / repeat.getBlocks(),
                                              repeat.getPeriod());
      } else if (auto blocks = dyn_cast<BlocksAttr>(weights)) {
        synapses = sources * targets / blocks.getCount();
      } else if (auto conv = dyn_cast<Conv2dAttr>(weights)) {
        synapses = targets * (conv.getKernel().getNumElements() /
                              conv.getOutput().front());
      } else {
        synapses = sources * targets;
      }
    }
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

const SynapseList &NetworkReader::synapsesOf(ProjectOp project) {
  auto [entry, isNew] = synapses.try_emplace(project);
  SynapseList &list = entry->second;
  if (!isNew)
    return list;
  SynapseReader reader(project);
  uint32_t sources = countOf(project.getSource());
  for (uint32_t i = 0; i < sources; ++i) {
    list.starts.push_back(list.posts.size());
    reader.forEach(i, [&](int64_t post, int64_t weight) {
      if (!weight)
        return;
      list.posts.push_back(uint32_t(post));
      list.weights.push_back(int8_t(weight));
    });
  }
  list.starts.push_back(list.posts.size());
  return list;
}

void NetworkReader::addProject(ProjectOp project, uint32_t population,
                               unsigned dendrite) {
  mapping::Projection out;
  if (!findSource(project, project.getSource(), out))
    return;
  auto elements = dyn_cast<ElementsAttr>(project.getWeights());
  if (auto conv = dyn_cast<Conv2dAttr>(project.getWeights()))
    elements = conv.getKernel();
  if (elements && !isReadable(elements)) {
    project.emitOpError() << "has weights without data; print the module with "
                             "all its resources";
    ok = false;
    return;
  }
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

  // From source-major to target-major order.
  const SynapseList &list = synapsesOf(project);
  uint32_t targets = result.network.populations[population].neurons;
  out.offsets.assign(size_t(targets) + 1, 0);
  for (uint32_t post : list.posts)
    ++out.offsets[post + 1];
  for (uint32_t j = 0; j < targets; ++j)
    out.offsets[j + 1] += out.offsets[j];
  std::vector<uint64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  out.pre.resize(list.posts.size());
  out.weights.resize(list.posts.size());
  uint32_t sources = countOf(project.getSource());
  for (uint32_t i = 0; i < sources; ++i)
    for (uint64_t s = list.starts[i]; s < list.starts[i + 1]; ++s) {
      uint64_t at = next[list.posts[s]]++;
      out.pre[at] = i;
      out.weights[at] = list.weights[s];
    }
  mapping::finishProjection(out, sources);
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
  uint32_t sources = countOf(plastic.getSource());
  uint32_t targets = result.network.populations[population].neurons;
  uint32_t blocks = uint32_t(plastic.getBlocks());
  uint32_t perBlock = sources / blocks, targetsPerBlock = targets / blocks;
  for (uint32_t j = 0; j < targets; ++j) {
    out.offsets.push_back(out.pre.size());
    uint32_t block = j / targetsPerBlock;
    for (uint32_t i = 0; i < perBlock; ++i)
      out.pre.push_back(block * perBlock + i);
  }
  out.offsets.push_back(out.pre.size());
  out.weights.assign(out.pre.size(), 0);
  mapping::finishProjection(out, sources);
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
  for (auto population : network.getBody().getOps<PopulationOp>())
    expandModel(population);
  return NetworkReader(network).run();
}
