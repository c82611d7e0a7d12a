//===- Partition.cpp - which core holds which neurons ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Mapping/Partition.h"

#include "ChunkCost.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

using namespace neuro::mapping;
using neuro::target::TargetModel;

//===----------------------------------------------------------------------===//
// ChunkCost
//===----------------------------------------------------------------------===//

uint64_t neuro::mapping::axonWords(const Projection &projection, uint64_t span,
                                   uint64_t count, bool &sparse) {
  uint64_t dense = blockWords(
      span, projection.weightBits + projection.delayBits + projection.tagBits);
  sparse = false;
  if (projection.rule >= 0 || count == span)
    return dense;
  uint64_t listed =
      blockWords(count, projection.weightBits + projection.indexBits);
  sparse = listed < dense;
  return sparse ? listed : dense;
}

uint32_t neuro::mapping::sourceNeurons(const Network &network,
                                       const Projection &projection) {
  return projection.fromPort ? network.ports[projection.source].width
                             : network.populations[projection.source].neurons;
}

std::vector<std::vector<uint32_t>>
neuro::mapping::incoming(const Network &network) {
  std::vector<std::vector<uint32_t>> lists(network.populations.size());
  for (uint32_t i = 0; i < network.projections.size(); ++i)
    lists[network.projections[i].target].push_back(i);
  return lists;
}

ChunkCost::ChunkCost(const Network &network,
                     const std::vector<uint32_t> &incoming) {
  for (uint32_t i : incoming) {
    const Projection &projection = network.projections[i];
    inputs.push_back(
        {&projection, std::vector<Axon>(sourceNeurons(network, projection))});
  }
}

void ChunkCost::start() {
  ++run;
  words = axons = synapses = plasticAxons = postTraces = 0;
}

void ChunkCost::add(uint32_t neuron,
                    std::vector<std::vector<uint32_t>> *fanout) {
  rules.clear();
  for (Input &input : inputs) {
    const Projection &projection = *input.projection;
    uint64_t end = projection.offsets[neuron + 1];
    if (projection.rule >= 0 && projection.offsets[neuron] != end &&
        std::find(rules.begin(), rules.end(), projection.rule) == rules.end()) {
      rules.push_back(projection.rule);
      ++postTraces;
    }
    for (uint64_t s = projection.offsets[neuron]; s < end; ++s) {
      Axon &axon = input.axons[projection.pre[s]];
      if (axon.run != run || neuron - axon.base >= kMaxAxonSpan) {
        axon = {run, neuron, 0, 0};
        ++axons;
        plasticAxons += projection.rule >= 0;
        if (fanout && !projection.fromPort)
          ++(*fanout)[projection.source][projection.pre[s]];
      }
      ++axon.count;
      ++synapses;
      bool sparse;
      uint64_t now =
          axonWords(projection, neuron - axon.base + 1, axon.count, sparse);
      words += now - axon.words;
      axon.words = now;
    }
  }
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

neuro::target::CoreContents Usage::contents(const TargetModel &model) const {
  neuro::target::CoreContents contents;
  contents.synapseWords = synapseBytes / model.bytesPerSynapseWord;
  contents.inputAxons = inputAxons;
  contents.outputAxons = outputAxons;
  contents.instructions = instructions;
  contents.stateWords = stateBytes / model.bytesPerStateWord;
  contents.parameters = parameters;
  contents.rules = rules;
  contents.products = products;
  contents.preTraces = plasticAxons;
  contents.postTraces = postTraces;
  return contents;
}

namespace {

struct Limit {
  const char *id;
  const char *resource;
  uint64_t (*demand)(const Usage &, const TargetModel &);
  uint32_t TargetModel::*capacity;
  const char *remedy;
};

const Limit kLimits[] = {
    {"L02", "neurons",
     [](const Usage &u, const TargetModel &) { return u.neurons; },
     &TargetModel::neuronsPerCore, "use a smaller layer"},
    {"L04", "bytes of synapse memory",
     [](const Usage &u, const TargetModel &) { return u.synapseBytes; },
     &TargetModel::synapseBytesPerCore,
     "give the layer fewer inputs, or make its weights sparse"},
    {"L05", "bytes of memory",
     [](const Usage &u, const TargetModel &m) { return u.totalBytes(m); },
     &TargetModel::totalBytesPerCore,
     "give the layer fewer inputs, or make its weights sparse"},
    {"L06", "input axons",
     [](const Usage &u, const TargetModel &) { return u.inputAxons; },
     &TargetModel::inputAxonsPerCore,
     "give the layer fewer inputs, for example by pooling before it"},
    {"L07", "output axons",
     [](const Usage &u, const TargetModel &) { return u.outputAxons; },
     &TargetModel::outputAxonsPerCore,
     "let the layer feed fewer layers, or smaller ones"},
    {"L22", "synapse formats",
     [](const Usage &u, const TargetModel &) { return u.formats; },
     &TargetModel::formatsPerCore, "sum fewer projections in one layer"},
    {"L24", "programs",
     [](const Usage &u, const TargetModel &) { return u.programs; },
     &TargetModel::programsPerCore, "use fewer kinds of neurons"},
};
constexpr size_t kNumLimits = sizeof(kLimits) / sizeof(kLimits[0]);
using LimitMask = uint32_t;

// Which limits a core with this usage breaks.
LimitMask broken(const Usage &usage, const TargetModel &model) {
  LimitMask mask = 0;
  for (size_t i = 0; i < kNumLimits; ++i)
    if (kLimits[i].demand(usage, model) > model.*kLimits[i].capacity)
      mask |= 1u << i;
  return mask;
}

using FormatKey = std::array<int32_t, 4>;

struct OpenCore {
  CorePlan plan;
  std::set<FormatKey> formats;
  std::set<uint32_t> programs;
  std::set<int32_t> rules;
};

class Packer {
public:
  Packer(const Network &network, const TargetModel &model,
         const std::vector<std::vector<uint32_t>> &fanout)
      : network(network), model(model), fanout(fanout),
        inputs(incoming(network)) {}

  Partition run() {
    for (uint32_t p = 0; p < network.populations.size(); ++p)
      pack(p);
    Partition result;
    result.violations = std::move(violations);
    for (OpenCore &core : cores)
      result.cores.push_back(std::move(core.plan));
    return result;
  }

private:
  // The usage of `core` after neurons first..first + count - 1 have joined it.
  // `cost` covers just these; `sent` are their output axons.
  Usage with(const OpenCore &core, uint32_t p, uint64_t count,
             const ChunkCost &cost, uint64_t sent) const {
    const Population &population = network.populations[p];
    Usage usage = core.plan.usage;
    usage.neurons += count;
    usage.synapses += cost.synapses;
    usage.synapseBytes += model.bytesPerSynapseWord * cost.words;
    usage.inputAxons += cost.axons;
    usage.plasticAxons += cost.plasticAxons;
    usage.postTraces += cost.postTraces;
    usage.outputAxons += sent;
    usage.stateBytes += count * population.stateBytes;
    usage.parameters +=
        population.sharedParameters + count * population.neuronParameters;
    if (!core.programs.count(population.program)) {
      ++usage.programs;
      usage.instructions += population.instructions;
    }
    for (const FormatKey &key : formats)
      usage.formats += !core.formats.count(key);
    for (int32_t rule : rules)
      if (!core.rules.count(rule)) {
        ++usage.rules;
        usage.products += network.products[size_t(rule)];
      }
    return usage;
  }

  uint64_t sentBy(uint32_t p, uint32_t neuron) const {
    return fanout[p].empty() ? 0 : fanout[p][neuron];
  }

  void join(OpenCore &core, uint32_t p, uint32_t first, uint32_t count,
            const Usage &usage) {
    Chunk chunk;
    chunk.population = p;
    chunk.first = first;
    chunk.count = count;
    chunk.coreFirst = uint32_t(core.plan.usage.neurons);
    core.plan.chunks.push_back(chunk);
    core.plan.usage = usage;
    core.formats.insert(formats.begin(), formats.end());
    core.rules.insert(rules.begin(), rules.end());
    core.programs.insert(network.populations[p].program);
  }

  void pack(uint32_t p) {
    const Population &population = network.populations[p];
    formats.clear();
    rules.clear();
    for (uint32_t i : inputs[p]) {
      const Projection &projection = network.projections[i];
      if (projection.rule >= 0)
        rules.insert(projection.rule);
      formats.insert(
          {payloadBits(projection), 0, projection.dendrite, projection.rule});
      if (!projection.contiguous && projection.rule < 0)
        formats.insert({projection.weightBits, projection.indexBits,
                        projection.dendrite, -1});
    }
    if (population.stateBytes > model.stateBytesPerNeuron)
      violations.push_back(
          {"L03",
           "bytes of state of a neuron of '" + population.name + "'",
           population.stateBytes,
           model.stateBytesPerNeuron,
           {{population.source, population.stateBytes}},
           "use fewer state fields"});

    ChunkCost cost(network, inputs[p]);
    cost.start();
    uint64_t sent = 0;
    for (uint32_t j = 0; j < population.neurons; ++j) {
      cost.add(j);
      sent += sentBy(p, j);
    }
    for (OpenCore &core : cores) {
      Usage usage = with(core, p, population.neurons, cost, sent);
      if (broken(usage, model))
        continue;
      join(core, p, 0, population.neurons, usage);
      return;
    }
    OpenCore fresh;
    Usage usage = with(fresh, p, population.neurons, cost, sent);
    if (!broken(usage, model)) {
      join(fresh, p, 0, population.neurons, usage);
      cores.push_back(std::move(fresh));
      return;
    }
    split(p, cost);
  }

  void split(uint32_t p, ChunkCost &cost) {
    const Population &population = network.populations[p];
    LimitMask given = 0; // limits that a single neuron breaks
    uint32_t first = 0;
    while (first < population.neurons) {
      OpenCore core;
      Usage usage;
      uint32_t end = first;
      uint64_t sent = 0;
      cost.start();
      while (end < population.neurons) {
        cost.add(end);
        sent += sentBy(p, end);
        Usage next = with(core, p, end + 1 - first, cost, sent);
        LimitMask mask = broken(next, model) & ~given;
        if (mask && end != first)
          break;
        if (mask) {
          report(p, end, next, mask);
          given |= mask;
        }
        usage = next;
        ++end;
      }
      join(core, p, first, end - first, usage);
      cores.push_back(std::move(core));
      first = end;
    }
  }

  // A core of its own does not hold this neuron.
  void report(uint32_t p, uint32_t neuron, const Usage &usage, LimitMask mask) {
    const Population &population = network.populations[p];
    for (size_t i = 0; i < kNumLimits; ++i) {
      if (!(mask >> i & 1))
        continue;
      const Limit &limit = kLimits[i];
      Violation violation;
      violation.id = limit.id;
      violation.resource =
          std::string(limit.resource) + " of a core that holds neuron " +
          std::to_string(neuron) + " of '" + population.name + "' alone";
      violation.demand = limit.demand(usage, model);
      violation.capacity = model.*limit.capacity;
      violation.askers = askers(p, neuron);
      violation.remedy = limit.remedy;
      violations.push_back(std::move(violation));
    }
  }

  // The layers that feed one neuron, by synapses.
  std::vector<std::pair<std::string, uint64_t>> askers(uint32_t p,
                                                       uint32_t neuron) {
    std::map<std::string, uint64_t> amounts;
    for (uint32_t i : inputs[p]) {
      const Projection &projection = network.projections[i];
      const std::string &name =
          projection.fromPort ? network.ports[projection.source].name
                              : network.populations[projection.source].source;
      amounts[name] +=
          projection.offsets[neuron + 1] - projection.offsets[neuron];
    }
    std::vector<std::pair<std::string, uint64_t>> list(amounts.begin(),
                                                       amounts.end());
    std::stable_sort(list.begin(), list.end(),
                     [](auto &a, auto &b) { return a.second > b.second; });
    return list;
  }

  const Network &network;
  const TargetModel &model;
  const std::vector<std::vector<uint32_t>> &fanout;
  std::vector<std::vector<uint32_t>> inputs;
  std::vector<OpenCore> cores;
  std::vector<Violation> violations;
  // Of the population at hand.
  std::set<FormatKey> formats;
  std::set<int32_t> rules;
};

// Output axons of every neuron in this partition, by population.
std::vector<std::vector<uint32_t>> countFanout(const Network &network,
                                               const Partition &result) {
  std::vector<std::vector<uint32_t>> fanout;
  for (const Population &population : network.populations)
    fanout.emplace_back(population.neurons);
  std::vector<std::vector<Chunk>> chunks(network.populations.size());
  for (const CorePlan &core : result.cores)
    for (const Chunk &chunk : core.chunks)
      chunks[chunk.population].push_back(chunk);
  std::vector<std::vector<uint32_t>> inputs = incoming(network);
  for (uint32_t p = 0; p < chunks.size(); ++p) {
    ChunkCost cost(network, inputs[p]);
    for (const Chunk &chunk : chunks[p]) {
      cost.start();
      for (uint32_t j = 0; j < chunk.count; ++j)
        cost.add(chunk.first + j, &fanout);
    }
  }
  return fanout;
}

// Which source names have neurons on how many cores.
std::vector<std::pair<std::string, uint64_t>>
coresBySource(const Network &network, const Partition &result) {
  std::map<std::string, uint64_t> amounts;
  for (const CorePlan &core : result.cores) {
    std::set<std::string> names;
    for (const Chunk &chunk : core.chunks)
      names.insert(network.populations[chunk.population].source);
    for (const std::string &name : names)
      ++amounts[name];
  }
  std::vector<std::pair<std::string, uint64_t>> list(amounts.begin(),
                                                     amounts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](auto &a, auto &b) { return a.second > b.second; });
  return list;
}

} // namespace

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

Partition neuro::mapping::partition(const Network &network,
                                    const PartitionOptions &options) {
  const TargetModel &model = options.model;
  std::vector<std::vector<uint32_t>> fanout(network.populations.size());
  Partition result;
  // How far a neuron sends depends on how its targets were cut: cut, count,
  // and cut again where a core sends too much.
  constexpr unsigned kRounds = 16;
  for (unsigned round = 0; round < kRounds; ++round) {
    result = Packer(network, model, fanout).run();
    std::vector<std::vector<uint32_t>> now = countFanout(network, result);
    bool exceeded = false, grown = false;
    for (CorePlan &core : result.cores) {
      core.usage.outputAxons = 0;
      for (const Chunk &chunk : core.chunks)
        for (uint32_t j = 0; j < chunk.count; ++j)
          core.usage.outputAxons += now[chunk.population][chunk.first + j];
      LimitMask mask = broken(core.usage, model);
      exceeded |= mask != 0;
    }
    if (!exceeded)
      break;
    for (size_t p = 0; p < now.size(); ++p) {
      fanout[p].resize(now[p].size());
      for (size_t j = 0; j < now[p].size(); ++j)
        if (now[p][j] > fanout[p][j]) {
          fanout[p][j] = now[p][j];
          grown = true;
        }
    }
    if (!grown)
      break;
  }

  // What a single neuron asks for has been reported; here is what packing
  // could not settle.
  if (result.violations.empty())
    for (size_t c = 0; c < result.cores.size(); ++c) {
      LimitMask mask = broken(result.cores[c].usage, model);
      for (size_t i = 0; i < kNumLimits; ++i)
        if (mask >> i & 1) {
          Violation violation;
          violation.id = kLimits[i].id;
          violation.resource = std::string(kLimits[i].resource) + " of core " +
                               std::to_string(c);
          violation.demand = kLimits[i].demand(result.cores[c].usage, model);
          violation.capacity = model.*kLimits[i].capacity;
          for (const Chunk &chunk : result.cores[c].chunks)
            violation.askers.emplace_back(
                network.populations[chunk.population].source, chunk.count);
          violation.remedy = kLimits[i].remedy;
          result.violations.push_back(std::move(violation));
        }
    }

  uint64_t chips = options.maxChips
                       ? std::min(options.maxChips, model.chipsPerSystem)
                       : model.chipsPerSystem;
  uint64_t capacity = chips * model.coresPerChip;
  if (result.cores.size() > capacity) {
    Violation violation;
    bool chosen = chips < model.chipsPerSystem;
    violation.id = chosen ? "L01" : "L25";
    violation.resource =
        "cores of " + std::to_string(chips) + (chips == 1 ? " chip" : " chips");
    violation.demand = result.cores.size();
    violation.capacity = capacity;
    violation.askers = coresBySource(network, result);
    uint64_t need =
        (result.cores.size() + model.coresPerChip - 1) / model.coresPerChip;
    violation.remedy = chosen && need <= model.chipsPerSystem
                           ? "allow " + std::to_string(need) +
                                 " chips (--chips=" + std::to_string(need) + ")"
                           : "use a smaller model";
    result.violations.push_back(std::move(violation));
  }
  return result;
}

std::string Violation::str() const {
  std::string text = id + ": " + resource + ": " + std::to_string(demand) +
                     " needed, " + std::to_string(capacity) + " available";
  constexpr size_t kShown = 3;
  for (size_t i = 0; i < askers.size() && i < kShown; ++i)
    text += (i ? ", '" : "; asked for by '") + askers[i].first + "' (" +
            std::to_string(askers[i].second) + ")";
  if (askers.size() > kShown)
    text += " and " + std::to_string(askers.size() - kShown) + " more";
  return text + "; " + remedy;
}

std::vector<std::string>
neuro::mapping::describeCores(const Partition &partition,
                              const TargetModel &model, size_t limit) {
  std::vector<std::string> lines;
  for (size_t c = 0; c < partition.cores.size(); ++c) {
    if (c == limit) {
      lines.push_back("and " + std::to_string(partition.cores.size() - limit) +
                      " more cores");
      break;
    }
    const Usage &usage = partition.cores[c].usage;
    lines.push_back("core " + std::to_string(c) + ": " +
                    std::to_string(usage.neurons) + " neurons, " +
                    std::to_string(usage.synapseBytes) + " synapse bytes, " +
                    std::to_string(usage.totalBytes(model)) +
                    " bytes in all, " + std::to_string(usage.inputAxons) +
                    " input axons, " + std::to_string(usage.outputAxons) +
                    " output axons, " + std::to_string(usage.programs) +
                    " programs, " + std::to_string(usage.formats) + " formats");
  }
  return lines;
}
