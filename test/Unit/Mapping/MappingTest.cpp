//===- MappingTest.cpp - partition, tables and placement ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Mapping/Tables.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

using namespace neuro::mapping;
using neuro::target::TargetModel;

namespace {

Population population(std::string name, uint32_t neurons) {
  Population result;
  result.name = result.source = std::move(name);
  result.neurons = neurons;
  result.instructions = 10;
  return result;
}

// Random synapses, about `density` of all.
Projection randomProjection(uint32_t sources, uint32_t targets, double density,
                            std::mt19937 &random) {
  Projection projection;
  std::bernoulli_distribution here(density);
  std::uniform_int_distribution<int> weight(1, 255);
  for (uint32_t j = 0; j < targets; ++j) {
    projection.offsets.push_back(projection.pre.size());
    for (uint32_t i = 0; i < sources; ++i)
      if (here(random)) {
        projection.pre.push_back(i);
        projection.weights.push_back(int8_t(weight(random) - 128));
        if (!projection.weights.back())
          projection.weights.back() = 1;
      }
  }
  projection.offsets.push_back(projection.pre.size());
  finishProjection(projection, sources);
  return projection;
}

// Port -> a -> b, and a -> a with delay.
Network randomNetwork(uint32_t inputs, uint32_t a, uint32_t b, double density,
                      unsigned seed) {
  std::mt19937 random(seed);
  Network network;
  network.ports.push_back({"x", inputs});
  network.populations = {population("a", a), population("b", b)};
  network.populations[1].program = 1;
  auto add = [&](bool fromPort, uint32_t source, uint32_t target,
                 uint32_t sources, uint32_t targets, uint8_t dendrite) {
    Projection projection = randomProjection(sources, targets, density, random);
    projection.fromPort = fromPort;
    projection.source = source;
    projection.target = target;
    projection.dendrite = dendrite;
    projection.delay = uint8_t(3 * dendrite);
    network.projections.push_back(std::move(projection));
  };
  add(true, 0, 0, inputs, a, 0);
  add(false, 0, 0, a, a, 1);
  add(false, 0, 1, a, b, 0);
  return network;
}

// From source (port?, index, neuron) to target (population, neuron), with
// dendrite, delay and weight.
using Synapse = std::tuple<bool, uint32_t, uint32_t, uint32_t, uint32_t,
                           unsigned, unsigned, int>;

std::multiset<Synapse> expected(const Network &network) {
  std::multiset<Synapse> result;
  for (const Projection &p : network.projections)
    for (uint32_t j = 0; j + 1 < p.offsets.size(); ++j)
      for (uint64_t s = p.offsets[j]; s < p.offsets[j + 1]; ++s)
        result.insert({p.fromPort, p.source, p.pre[s], p.target, j, p.dendrite,
                       p.delay, p.weights[s]});
  return result;
}

uint64_t readBits(const std::vector<uint64_t> &words, uint64_t at,
                  unsigned bits) {
  uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i)
    value |= (words[(at + i) / 64] >> ((at + i) % 64) & 1) << i;
  return value;
}

// Reads the tables as the machine does (M7, M8).
std::multiset<Synapse> decoded(const Partition &partition,
                               const Tables &tables) {
  std::multiset<Synapse> result;
  auto hop = [&](bool port, uint32_t index, uint32_t neuron, AxonRef to) {
    const CoreTables &core = tables.cores[to.core];
    const InputAxon &axon = core.axons[to.axon];
    const Format &format = core.formats[axon.format];
    uint64_t at = axon.word * 64ull, end = (axon.word + axon.words) * 64ull;
    uint32_t next = axon.base;
    while (at < end) {
      EXPECT_EQ(readBits(core.words, at, 4), axon.format);
      unsigned count = unsigned(readBits(core.words, at + 4, 6)) + 1;
      uint64_t bit = at + 10;
      for (unsigned n = 0; n < count; ++n) {
        int weight = int(readBits(core.words, bit, format.weightBits));
        bit += format.weightBits;
        if (weight >> (format.weightBits - 1))
          weight -= 1 << format.weightBits;
        weight *= 1 << (8 - format.weightBits);
        uint32_t target = next++;
        if (format.indexBits) {
          target =
              axon.base + uint32_t(readBits(core.words, bit, format.indexBits));
          bit += format.indexBits;
        }
        if (!weight)
          continue;
        for (const Chunk &chunk : partition.cores[to.core].chunks)
          if (target >= chunk.coreFirst &&
              target < chunk.coreFirst + chunk.count)
            result.insert({port, index, neuron, chunk.population,
                           chunk.first + target - chunk.coreFirst,
                           format.dendrite, axon.delay, weight});
      }
      at = (bit + 63) / 64 * 64;
    }
    EXPECT_EQ(at, end);
  };
  for (uint32_t p = 0; p < tables.ports.size(); ++p)
    for (uint32_t i = 0; i + 1 < tables.ports[p].index.size(); ++i)
      for (uint32_t k = tables.ports[p].index[i];
           k < tables.ports[p].index[i + 1]; ++k)
        hop(true, p, i, tables.ports[p].targets[k]);
  for (uint32_t c = 0; c < tables.cores.size(); ++c)
    for (const Chunk &chunk : partition.cores[c].chunks)
      for (uint32_t j = 0; j < chunk.count; ++j) {
        const Fanout &fanout = tables.cores[c].fanout;
        for (uint32_t k = fanout.index[chunk.coreFirst + j];
             k < fanout.index[chunk.coreFirst + j + 1]; ++k)
          hop(false, chunk.population, chunk.first + j, fanout.targets[k]);
      }
  return result;
}

void expectWithinLimits(const Partition &partition, const Tables &tables,
                        const TargetModel &model) {
  for (size_t c = 0; c < partition.cores.size(); ++c) {
    const Usage &usage = partition.cores[c].usage;
    const CoreTables &core = tables.cores[c];
    EXPECT_EQ(usage.synapseBytes, 8 * core.words.size()) << "core " << c;
    EXPECT_EQ(usage.inputAxons, core.axons.size()) << "core " << c;
    EXPECT_EQ(usage.outputAxons, core.fanout.targets.size()) << "core " << c;
    EXPECT_GE(usage.formats, core.formats.size()) << "core " << c;
    EXPECT_LE(usage.neurons, model.neuronsPerCore);
    EXPECT_LE(usage.synapseBytes, model.synapseBytesPerCore);
    EXPECT_LE(usage.totalBytes(model), model.totalBytesPerCore);
    EXPECT_LE(usage.inputAxons, model.inputAxonsPerCore);
    EXPECT_LE(usage.outputAxons, model.outputAxonsPerCore);
    EXPECT_LE(usage.formats, model.formatsPerCore);
    EXPECT_EQ(core.fanout.index.size(), usage.neurons + 1);
  }
}

TEST(MappingTest, BlockWords) {
  EXPECT_EQ(blockWords(0, 8), 0u);
  EXPECT_EQ(blockWords(6, 8), 1u);
  EXPECT_EQ(blockWords(7, 8), 2u);
  EXPECT_EQ(blockWords(64, 8), 9u);
  EXPECT_EQ(blockWords(65, 8), 10u);
}

TEST(MappingTest, WeightBitsAreExact) {
  auto bits = [](std::vector<int8_t> weights) {
    Projection projection;
    projection.offsets = {0, weights.size()};
    for (uint32_t i = 0; i < weights.size(); ++i)
      projection.pre.push_back(i);
    projection.weights = std::move(weights);
    finishProjection(projection, 8);
    return unsigned(projection.weightBits);
  };
  EXPECT_EQ(bits({1}), 8u);
  EXPECT_EQ(bits({2, -4}), 7u);
  EXPECT_EQ(bits({64, -64, -128}), 2u);
  EXPECT_EQ(bits({-128}), 1u);
}

TEST(MappingTest, TablesHoldTheNetwork) {
  TargetModel model;
  for (double density : {1.0, 0.3, 0.02})
    for (unsigned seed = 0; seed < 4; ++seed) {
      Network network = randomNetwork(40, 300, 150, density, seed);
      Partition result = partition(network, {model, 0});
      EXPECT_TRUE(result.violations.empty());
      Tables tables = buildTables(network, result);
      expectWithinLimits(result, tables, model);
      EXPECT_EQ(decoded(result, tables), expected(network));
    }
}

// Small cores, so that every limit cuts somewhere.
TEST(MappingTest, EveryLimitCuts) {
  struct Case {
    const char *name;
    uint32_t TargetModel::*limit;
    uint32_t value;
  };
  const Case cases[] = {
      {"neurons", &TargetModel::neuronsPerCore, 50},
      {"synapses", &TargetModel::synapseBytesPerCore, 6000},
      {"bytes", &TargetModel::totalBytesPerCore, 9000},
      {"input axons", &TargetModel::inputAxonsPerCore, 500},
      {"output axons", &TargetModel::outputAxonsPerCore, 500},
      {"programs", &TargetModel::programsPerCore, 1},
      {"formats", &TargetModel::formatsPerCore, 4},
  };
  Network network = randomNetwork(40, 300, 150, 0.3, 1);
  size_t whole = partition(network, {TargetModel(), 0}).cores.size();
  EXPECT_EQ(whole, 1u);
  for (const Case &test : cases) {
    TargetModel model;
    model.*test.limit = test.value;
    Partition result = partition(network, {model, 0});
    for (const Violation &violation : result.violations)
      ADD_FAILURE() << test.name << ": " << violation.str();
    EXPECT_GT(result.cores.size(), whole) << test.name;
    Tables tables = buildTables(network, result);
    expectWithinLimits(result, tables, model);
    EXPECT_EQ(decoded(result, tables), expected(network)) << test.name;
  }
}

TEST(MappingTest, AllLimitsThatOneNeuronBreaksAreReported) {
  TargetModel model;
  model.inputAxonsPerCore = 20;
  model.synapseBytesPerCore = 100;
  model.stateBytesPerNeuron = 4;
  Network network = randomNetwork(40, 10, 10, 1.0, 1);
  network.populations[1].stateBytes = 8;
  Partition result = partition(network, {model, 0});
  std::map<std::string, unsigned> ids;
  for (const Violation &violation : result.violations) {
    ++ids[violation.id];
    EXPECT_GT(violation.demand, violation.capacity) << violation.str();
    EXPECT_FALSE(violation.askers.empty());
    EXPECT_FALSE(violation.remedy.empty());
  }
  EXPECT_EQ(ids, (std::map<std::string, unsigned>{
                     {"L03", 1}, {"L04", 1}, {"L06", 1}}));
}

TEST(MappingTest, FarTargetsTakeSeveralAxons) {
  std::mt19937 random(3);
  Network network;
  network.ports.push_back({"x", 2});
  network.populations.push_back(population("a", 8000));
  network.projections.push_back(randomProjection(2, 8000, 0.01, random));
  network.projections[0].fromPort = true;
  Partition result = partition(network, {TargetModel(), 0});
  ASSERT_TRUE(result.violations.empty());
  ASSERT_EQ(result.cores.size(), 1u);
  Tables tables = buildTables(network, result);
  EXPECT_EQ(tables.cores[0].axons.size(), 4u);
  expectWithinLimits(result, tables, TargetModel());
  EXPECT_EQ(decoded(result, tables), expected(network));
}

// Twelve index bits reach 4,096 targets, the first one included.
TEST(MappingTest, AxonSpanEndsAt4096) {
  for (uint32_t last : {4095u, 4096u}) {
    Network network;
    network.ports.push_back({"x", 1});
    network.populations.push_back(population("a", 5000));
    Projection projection;
    projection.offsets.push_back(0);
    for (uint32_t j = 0; j < 5000; ++j) {
      if (j == 0 || j == last) {
        projection.pre.push_back(0);
        projection.weights.push_back(1);
      }
      projection.offsets.push_back(projection.pre.size());
    }
    finishProjection(projection, 1);
    EXPECT_EQ(projection.indexBits, last == 4095 ? 12 : 6);
    projection.fromPort = true;
    network.projections.push_back(std::move(projection));
    Partition result = partition(network, {TargetModel(), 0});
    ASSERT_EQ(result.cores.size(), 1u);
    Tables tables = buildTables(network, result);
    EXPECT_EQ(tables.cores[0].axons.size(), last == 4095 ? 1u : 2u);
    expectWithinLimits(result, tables, TargetModel());
    EXPECT_EQ(decoded(result, tables), expected(network));
  }
}

// L05: every part, one by one.
TEST(MappingTest, BytesOfACore) {
  Network network = randomNetwork(40, 300, 150, 0.3, 1);
  network.populations[0].stateBytes = 8;
  network.populations[0].neuronParameters = 2;
  network.populations[0].sharedParameters = 3;
  network.populations[1].neuronParameters = 1;
  TargetModel model;
  Partition result = partition(network, {model, 0});
  ASSERT_EQ(result.cores.size(), 1u);
  Tables tables = buildTables(network, result);
  const CoreTables &core = tables.cores[0];
  uint64_t bytes = 8 * core.words.size() +
                   model.bytesPerInputAxon * core.axons.size() +
                   model.bytesPerOutputAxon * core.fanout.targets.size() +
                   model.bytesPerInstruction * (10 + 10) + // two programs
                   300 * 8 + 4 * (300 * 2 + 3) + 4 * 150;
  EXPECT_EQ(result.cores[0].usage.totalBytes(model), bytes);
  model.totalBytesPerCore = uint32_t(bytes);
  EXPECT_EQ(partition(network, {model, 0}).cores.size(), 1u);
  --model.totalBytesPerCore;
  EXPECT_GT(partition(network, {model, 0}).cores.size(), 1u);
}

// L05: rules, products and traces, which cost a plastic projection.
TEST(MappingTest, L05_BytesOfLearning) {
  TargetModel model;
  Network network;
  network.ports.push_back({"x", 10});
  network.populations.push_back(population("a", 30));
  network.products = {9, 3};
  // Rule 1 twice, from the same port: 20 axons, 30 neurons reached.
  for (uint8_t dendrite : {0, 1}) {
    Projection projection;
    for (uint32_t j = 0; j < 30; ++j) {
      projection.offsets.push_back(projection.pre.size());
      for (uint32_t i = 0; i < 10; ++i)
        projection.pre.push_back(i);
    }
    projection.offsets.push_back(projection.pre.size());
    projection.weights.assign(projection.pre.size(), 0);
    projection.fromPort = true;
    projection.dendrite = dendrite;
    projection.rule = 1;
    finishProjection(projection, 10);
    network.projections.push_back(std::move(projection));
  }
  Partition result = partition(network, {model, 0});
  ASSERT_EQ(result.cores.size(), 1u);
  const Usage &usage = result.cores[0].usage;
  EXPECT_EQ(usage.rules, 1u);
  EXPECT_EQ(usage.products, 3u);
  EXPECT_EQ(usage.plasticAxons, 20u);
  EXPECT_EQ(usage.postTraces, 30u);
  // 30 weights of 8 bits and 10 bits before them are 4 words.
  EXPECT_EQ(usage.totalBytes(model),
            20u * 4 * 8 + 20 * 8 + 10 * 4 + 16 + 3 * 16 + 20 * 4 + 30 * 4);
  // Two rules reach every neuron: two pairs each.
  network.projections[1].rule = 0;
  const Partition two = partition(network, {model, 0});
  EXPECT_EQ(two.cores[0].usage.rules, 2u);
  EXPECT_EQ(two.cores[0].usage.products, 12u);
  EXPECT_EQ(two.cores[0].usage.postTraces, 60u);
  EXPECT_EQ(two.cores[0].usage.totalBytes(model),
            usage.totalBytes(model) + 16 + 9 * 16 + 30 * 4);
}

// A learned weight of 0 is a synapse too.
TEST(MappingTest, PlasticAxonsAreDense) {
  std::mt19937 random(6);
  Network network;
  network.ports.push_back({"x", 40});
  network.populations.push_back(population("a", 200));
  Projection projection = randomProjection(40, 200, 0.1, random);
  projection.rule = 0;
  network.products = {2};
  finishProjection(projection, 40);
  EXPECT_EQ(projection.weightBits, 8u);
  projection.fromPort = true;
  network.projections.push_back(std::move(projection));
  Partition result = partition(network, {TargetModel(), 0});
  Tables tables = buildTables(network, result);
  for (const Format &format : tables.cores[0].formats)
    EXPECT_EQ(format.indexBits, 0u);
  expectWithinLimits(result, tables, TargetModel());
  EXPECT_EQ(decoded(result, tables), expected(network));
}

TEST(MappingTest, TooManyFormatsForOnePopulation) {
  std::mt19937 random(4);
  Network network;
  network.ports.push_back({"x", 40});
  network.populations.push_back(population("a", 200));
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (uint8_t dendrite = 0; dendrite < 4; ++dendrite) {
      Projection projection = randomProjection(40, 200, 0.05, random);
      for (int8_t &weight : projection.weights)
        weight = int8_t(1 << (8 - bits));
      finishProjection(projection, 40);
      EXPECT_EQ(projection.weightBits, bits);
      projection.fromPort = true;
      projection.dendrite = dendrite;
      network.projections.push_back(std::move(projection));
    }
  TargetModel model;
  Partition result = partition(network, {model, 0});
  ASSERT_EQ(result.violations.size(), 1u);
  EXPECT_EQ(result.violations[0].id, "L22");

  limitFormats(network, model.formatsPerCore);
  result = partition(network, {model, 0});
  EXPECT_TRUE(result.violations.empty());
  Tables tables = buildTables(network, result);
  expectWithinLimits(result, tables, model);
  EXPECT_EQ(decoded(result, tables), expected(network));
}

TEST(MappingTest, PlacementOnlyRenumbers) {
  TargetModel model;
  model.neuronsPerCore = 7;
  model.coresPerChip = 40;
  Network network = randomNetwork(40, 300, 150, 0.1, 5);
  std::vector<std::vector<Place>> all;
  for (Placement how :
       {Placement::Linear, Placement::Reverse, Placement::Scatter}) {
    Partition result = partition(network, {model, 0});
    Tables tables = buildTables(network, result);
    std::vector<Place> places = place(how, 9, model, result, tables);
    EXPECT_EQ(decoded(result, tables), expected(network));
    std::set<std::tuple<uint32_t, uint32_t, uint32_t>> taken;
    for (const Place &at : places) {
      EXPECT_TRUE(taken.insert({at.chip, at.x, at.y}).second);
      EXPECT_LT(at.chip, 2u);
      EXPECT_LT(at.x, model.meshColumns);
      EXPECT_LT(at.y, model.meshRows);
    }
    EXPECT_EQ(places.size(), result.cores.size());
  }
}

// Cores that fill a chip exactly stay on it.
TEST(MappingTest, AFullChipIsOneChip) {
  TargetModel model;
  model.neuronsPerCore = 7;
  Network network = randomNetwork(40, 300, 150, 0.1, 5);
  model.coresPerChip = uint32_t(partition(network, {model, 0}).cores.size());
  for (Placement how :
       {Placement::Linear, Placement::Reverse, Placement::Scatter}) {
    Partition result = partition(network, {model, 0});
    Tables tables = buildTables(network, result);
    for (const Place &at : place(how, 9, model, result, tables))
      EXPECT_EQ(at.chip, 0u);
  }
}

TEST(MappingTest, SameNetworkSameCores) {
  Network network = randomNetwork(40, 300, 150, 0.3, 2);
  TargetModel model;
  model.synapseBytesPerCore = 6000;
  Partition one = partition(network, {model, 0});
  Partition two = partition(network, {model, 0});
  EXPECT_EQ(describeCores(one, model, 100), describeCores(two, model, 100));
}

} // namespace
