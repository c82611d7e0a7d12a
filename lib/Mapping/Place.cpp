//===- Place.cpp - where the cores lie ------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Mapping/Tables.h"

#include <algorithm>
#include <numeric>

using namespace neuro::mapping;

namespace {

// SplitMix64: the same numbers on every machine.
uint64_t nextRandom(uint64_t &state) {
  state += 0x9e3779b97f4a7c15ull;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

} // namespace

std::vector<Place> neuro::mapping::place(Placement placement, uint64_t seed,
                                         const target::TargetModel &model,

                                         Partition &partition, Tables &tables) {
  uint32_t count = uint32_t(partition.cores.size());
  uint32_t perChip = model.coresPerChip;
  uint32_t chips = (count + perChip - 1) / perChip;
  // Slots of the chips in order; slot[i] is where core i goes.
  std::vector<uint32_t> slots(size_t(chips) * perChip);
  std::iota(slots.begin(), slots.end(), 0);
  if (placement == Placement::Reverse)
    std::reverse(slots.begin(), slots.begin() + count);
  if (placement == Placement::Scatter)
    for (size_t i = slots.size(); i > 1; --i)
      std::swap(slots[i - 1], slots[nextRandom(seed) % i]);
  slots.resize(count);

  // Cores are numbered by slot.
  std::vector<uint32_t> order(count), number(count);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return slots[a] < slots[b]; });
  for (uint32_t i = 0; i < count; ++i)
    number[order[i]] = i;

  std::vector<CorePlan> plans;
  std::vector<CoreTables> cores;
  std::vector<Place> places;
  for (uint32_t old : order) {
    plans.push_back(std::move(partition.cores[old]));
    cores.push_back(std::move(tables.cores[old]));
    uint32_t slot = slots[old];
    uint32_t onChip = slot % perChip;
    places.push_back({slot / perChip, onChip % model.meshColumns,
                      onChip / model.meshColumns});
  }
  partition.cores = std::move(plans);
  tables.cores = std::move(cores);
  auto renumber = [&](Fanout &fanout) {
    for (AxonRef &target : fanout.targets)
      target.core = number[target.core];
  };
  for (CoreTables &core : tables.cores)
    renumber(core.fanout);
  for (Fanout &port : tables.ports)
    renumber(port);
  return places;
}
