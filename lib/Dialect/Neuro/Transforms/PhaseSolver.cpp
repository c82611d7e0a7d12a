//===- PhaseSolver.cpp - earliest phases for a period ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PhaseSolver.h"

#include <algorithm>

using namespace neuro;

unsigned PhaseSolver::addNode(std::optional<int64_t> fixedPhase) {
  unsigned node = addPlaced(0);
  steps.push_back(
      {-1, node, fixedPhase.value_or(0), 0, nullptr, fixedPhase.has_value()});
  if (fixedPhase)
    steps.push_back({node, -1, -*fixedPhase, 0, nullptr, true});
  return node;
}

unsigned PhaseSolver::addPlaced(int64_t phase) {
  phases.push_back(phase);
  reasons.push_back(nullptr);
  return unsigned(phases.size()) - 2;
}

void PhaseSolver::addEdge(const Edge &edge) {
  edges.push_back(edge);
  const Edge *kept = &edges.back();
  steps.push_back(
      {edge.source, edge.target, edge.latency, edge.distance, kept, false});
  if (edge.exact)
    steps.push_back(
        {edge.target, edge.source, -edge.latency, -edge.distance, kept, false});
}

llvm::SmallVector<PhaseSolver::Step>
PhaseSolver::cycleThrough(size_t node) const {
  llvm::SmallVector<Step> cycle;
  size_t at = node;
  do {
    cycle.push_back(*reasons[at]);
    at = size_t(reasons[at]->from + 1);
  } while (at != node);
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

// A node on a cycle of reasons, which asks for more than it was moved by.
std::optional<size_t> PhaseSolver::findCycle() const {
  // The walk in which a node was first seen.
  std::vector<size_t> walk(phases.size(), SIZE_MAX);
  for (size_t start = 0; start < phases.size(); ++start) {
    size_t at = start;
    while (walk[at] == SIZE_MAX) {
      walk[at] = start;
      if (!reasons[at])
        break;
      at = size_t(reasons[at]->from + 1);
      if (walk[at] == start)
        return at;
    }
  }
  return std::nullopt;
}

llvm::SmallVector<PhaseSolver::Step> PhaseSolver::solve(int64_t period) {
  std::fill(phases.begin(), phases.end(), 0);
  std::fill(reasons.begin(), reasons.end(), nullptr);
  for (bool moved = true; moved;) {
    moved = false;
    for (const Step &step : steps) {
      int64_t wanted =
          phases[size_t(step.from + 1)] + step.latency - period * step.distance;
      int64_t &phase = phases[size_t(step.to + 1)];
      if (phase >= wanted)
        continue;
      phase = wanted;
      reasons[size_t(step.to + 1)] = &step;
      moved = true;
    }
    if (moved)
      if (std::optional<size_t> node = findCycle())
        return cycleThrough(*node);
  }
  return {};
}
