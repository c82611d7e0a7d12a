//===- Synapses.h - what every kind of connectivity answers ----*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_SYNAPSES_H
#define NEURO_DIALECT_NEURO_SYNAPSES_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Diagnostics.h"

#include <optional>

namespace neuro {

/// How many neurons synapses connect.
struct SynapseShape {
  int64_t sources = 0, targets = 0;
};

/// One synapse of a source.
struct Synapse {
  int64_t target = 0;
  int64_t weight = 0;
  /// Steps beyond those of the projection.
  int64_t delay = 0;
};

/// What meets in one target: the number of synapses, the sums of the positive
/// and of the negative weights, and the extremes of both (0 if there is none).
struct RowSums {
  int64_t inputs = 0;
  int64_t positive = 0, negative = 0;
  int64_t highest = 0, lowest = 0;

  void add(int64_t weight) {
    ++inputs;
    (weight > 0 ? positive : negative) += weight;
    highest = std::max(highest, weight);
    lowest = std::min(lowest, weight);
  }
  bool operator==(const RowSums &o) const {
    return inputs == o.inputs && positive == o.positive &&
           negative == o.negative && highest == o.highest && lowest == o.lowest;
  }
};

/// The longest delay of a synapse, and the weights that it can have (L11, L08).
inline constexpr int64_t kMaxSynapseDelay = 62;
inline constexpr int64_t kMinWeight = -128, kMaxWeight = 127;

class SynapsesAttrInterface;

namespace detail {
/// SynapsesAttrInterface::visitRows by visiting every synapse.
void visitRows(mlir::Attribute synapses, SynapseShape shape,
               llvm::function_ref<void(const RowSums &)> visit);
} // namespace detail

} // namespace neuro

#include "neuro/Dialect/Neuro/SynapsesInterface.h.inc"

#endif // NEURO_DIALECT_NEURO_SYNAPSES_H
