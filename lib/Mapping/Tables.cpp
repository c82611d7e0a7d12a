//===- Tables.cpp - synapse words, axons and fan-out of cores -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Mapping/Tables.h"

#include "ChunkCost.h"

#include <algorithm>

using namespace neuro::mapping;

namespace {

// Appends fields to 64-bit words from the least significant end (M7).
class BitWriter {
public:
  explicit BitWriter(std::vector<uint64_t> &words) : words(words) {}

  void put(uint64_t value, unsigned bits) {
    if (!bits)
      return;
    value &= (uint64_t(1) << bits) - 1;
    if (used == 64 || words.empty()) {
      words.push_back(0);
      used = 0;
    }
    words.back() |= value << used;
    if (used + bits > 64) {
      words.push_back(value >> (64 - used));
      used = used + bits - 64;
    } else {
      used += bits;
    }
  }

  // The next field starts a word.
  void align() { used = 64; }

private:
  std::vector<uint64_t> &words;
  unsigned used = 64;
};

struct Synapse {
  uint32_t target; // within the core
  int8_t weight;
};

struct Hop {
  uint32_t source; // neuron of the population, or of the port
  AxonRef axon;
};

class Builder {
public:
  Builder(const Network &network, const Partition &partition)
      : network(network), partition(partition), inputs(incoming(network)) {}

  Tables run() {
    tables.cores.resize(partition.cores.size());
    populationHops.resize(network.populations.size());
    portHops.resize(network.ports.size());
    for (core = 0; core < partition.cores.size(); ++core)
      for (const Chunk &chunk : partition.cores[core].chunks)
        for (uint32_t i : inputs[chunk.population])
          addProjection(network.projections[i], chunk);
    for (auto &hops : populationHops)
      sortBySource(hops);
    for (auto &hops : portHops)
      sortBySource(hops);
    for (core = 0; core < partition.cores.size(); ++core)
      buildFanout();
    for (uint32_t i = 0; i < network.ports.size(); ++i) {
      Fanout &fanout = tables.ports.emplace_back();
      append(fanout, portHops[i], 0, network.ports[i].width);
      fanout.index.push_back(uint32_t(fanout.targets.size()));
    }
    return std::move(tables);
  }

private:
  static void sortBySource(std::vector<Hop> &hops) {
    std::stable_sort(hops.begin(), hops.end(), [](const Hop &a, const Hop &b) {
      return a.source < b.source;
    });
  }

  // The targets of sources first..first + count - 1, without the end mark.
  static void append(Fanout &fanout, const std::vector<Hop> &hops,
                     uint32_t first, uint32_t count) {
    auto at = std::lower_bound(
        hops.begin(), hops.end(), first,
        [](const Hop &hop, uint32_t source) { return hop.source < source; });
    for (uint32_t i = first; i < first + count; ++i) {
      fanout.index.push_back(uint32_t(fanout.targets.size()));
      for (; at != hops.end() && at->source == i; ++at)
        fanout.targets.push_back(at->axon);
    }
  }

  void buildFanout() {
    Fanout &fanout = tables.cores[core].fanout;
    for (const Chunk &chunk : partition.cores[core].chunks)
      append(fanout, populationHops[chunk.population], chunk.first,
             chunk.count);
    fanout.index.push_back(uint32_t(fanout.targets.size()));
  }

  // The synapses of `projection` into the chunk, axon by axon.
  void addProjection(const Projection &projection, const Chunk &chunk) {
    uint32_t sources = sourceNeurons(network, projection);
    uint64_t begin = projection.offsets[chunk.first];
    uint64_t end = projection.offsets[chunk.first + chunk.count];
    std::vector<uint64_t> starts(size_t(sources) + 1);
    for (uint64_t s = begin; s < end; ++s)
      ++starts[projection.pre[s] + 1];
    for (uint32_t i = 0; i < sources; ++i)
      starts[i + 1] += starts[i];
    std::vector<Synapse> synapses(end - begin);
    std::vector<uint64_t> next(starts.begin(), starts.end() - 1);
    for (uint32_t j = 0; j < chunk.count; ++j)
      for (uint64_t s = projection.offsets[chunk.first + j];
           s < projection.offsets[chunk.first + j + 1]; ++s)
        synapses[next[projection.pre[s]]++] = {chunk.coreFirst + j,
                                               projection.weights[s]};
    for (uint32_t i = 0; i < sources; ++i) {
      const Synapse *at = synapses.data() + starts[i];
      const Synapse *last = synapses.data() + starts[i + 1];
      while (at != last) {
        const Synapse *stop = at;
        while (stop != last && stop->target - at->target < kMaxAxonSpan)
          ++stop;
        addAxon(projection, i, at, stop);
        at = stop;
      }
    }
  }

  uint8_t formatIndex(const Format &format) {
    std::vector<Format> &formats = tables.cores[core].formats;
    auto at = std::find(formats.begin(), formats.end(), format);
    if (at == formats.end())
      at = formats.insert(at, format);
    return uint8_t(at - formats.begin());
  }

  void addAxon(const Projection &projection, uint32_t source,
               const Synapse *begin, const Synapse *end) {
    CoreTables &out = tables.cores[core];
    uint64_t count = uint64_t(end - begin);
    uint64_t span = end[-1].target - begin->target + 1;
    bool sparse;
    axonWords(projection, span, count, sparse);
    Format format;
    format.weightBits = projection.weightBits;
    format.indexBits = sparse ? projection.indexBits : 0;
    format.delayBits = projection.delayBits;
    format.tagBits = projection.tagBits;
    format.dendrite = projection.dendrite;
    format.rule = projection.rule;

    InputAxon axon;
    axon.word = uint32_t(out.words.size());
    axon.base = begin->target;
    axon.format = formatIndex(format);
    axon.delay = projection.delay;
    unsigned shift = 8 - projection.weightBits;
    BitWriter writer(out.words);
    uint64_t entries = sparse ? count : span;
    const Synapse *at = begin;
    for (uint64_t n = 0; n < entries; ++n) {
      if (n % 64 == 0) {
        writer.align();
        writer.put(axon.format, 4);
        writer.put(std::min<uint64_t>(64, entries - n) - 1, 6);
      }
      // A dense axon holds a 0 for every target that it leaves out.
      bool here = sparse || at->target == begin->target + n;
      writer.put(here ? uint64_t(int64_t(at->weight >> shift)) : 0,
                 projection.weightBits);
      writer.put(here ? projection.synapseDelay : 0, projection.delayBits);
      writer.put(here ? projection.synapseTag : 0, projection.tagBits);
      if (sparse)
        writer.put(at->target - begin->target, projection.indexBits);
      at += here;
    }
    axon.words = uint32_t(out.words.size()) - axon.word;
    auto &hops = projection.fromPort ? portHops[projection.source]
                                     : populationHops[projection.source];
    hops.push_back({source, {core, uint32_t(out.axons.size())}});
    out.axons.push_back(axon);
  }

  const Network &network;
  const Partition &partition;
  std::vector<std::vector<uint32_t>> inputs;
  std::vector<std::vector<Hop>> populationHops, portHops;
  Tables tables;
  uint32_t core = 0;
};

} // namespace

Tables neuro::mapping::buildTables(const Network &network,
                                   const Partition &partition) {
  return Builder(network, partition).run();
}
