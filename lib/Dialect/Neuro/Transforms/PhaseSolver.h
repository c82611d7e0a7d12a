//===- PhaseSolver.h - earliest phases for a period -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NEURO_TRANSFORMS_PHASESOLVER_H
#define NEURO_LIB_DIALECT_NEURO_TRANSFORMS_PHASESOLVER_H

#include "mlir/IR/Operation.h"

#include <deque>
#include <optional>
#include <vector>

namespace neuro {

/// Difference constraints between phases, solved by longest paths.
class PhaseSolver {
public:
  /// phase(target) >= phase(source) + latency - period * distance; equal where
  /// `exact`.
  struct Edge {
    unsigned source, target;
    int64_t latency, distance;
    bool exact;
    mlir::Operation *op;
  };

  /// One constraint on a cycle: along an edge, against an exact one, or a phase
  /// (then `edge` is null and one end is -1, the beginning of the token).
  struct Step {
    int64_t from, to;
    int64_t latency, distance;
    const Edge *edge;
    bool fixed;
    bool isPhase() const { return !edge; }
  };

  unsigned addNode(std::optional<int64_t> fixedPhase);
  /// One that no constraint is about.
  unsigned addPlaced(int64_t phase);
  void addEdge(const Edge &edge);

  /// Finds the earliest phases. If there are none, returns a cycle of
  /// constraints that asks for more steps than `period` allows.
  llvm::SmallVector<Step> solve(int64_t period);

  int64_t phase(unsigned node) const { return phases[node + 1]; }

private:
  llvm::SmallVector<Step> cycleThrough(size_t node) const;
  std::optional<size_t> findCycle() const;

  // Node 0 is the beginning of the token.
  std::vector<int64_t> phases = {0};
  std::vector<const Step *> reasons = {nullptr};
  std::deque<Edge> edges;
  std::deque<Step> steps;
};

} // namespace neuro

#endif // NEURO_LIB_DIALECT_NEURO_TRANSFORMS_PHASESOLVER_H
