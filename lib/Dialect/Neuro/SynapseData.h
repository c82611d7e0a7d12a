//===- SynapseData.h - what kinds of connectivity share -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NEURO_SYNAPSEDATA_H
#define NEURO_LIB_DIALECT_NEURO_SYNAPSEDATA_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include "llvm/ADT/Twine.h"

namespace neuro::detail {

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// The integers of a constant where they are: nothing is copied or expanded.
class Numbers {
public:
  explicit Numbers(mlir::ElementsAttr attr);

  /// Whether the data is there, and as long as the type says.
  bool areThere() const { return count >= 0; }
  int64_t size() const { return count; }
  int64_t operator[](int64_t index) const;

private:
  const char *data = nullptr;
  int64_t count = -1;
  unsigned bytes = 1;
  bool splat = false;
};

/// Weights of all pairs, one row a target.
class Matrix {
public:
  explicit Matrix(mlir::ElementsAttr weights) : weights(weights) {}

  mlir::LogicalResult verify(SynapseShape shape, EmitError emitError) const;
  bool isReadable() const { return Numbers(weights).areThere(); }
  void visit(int64_t source, SynapseShape shape,
             llvm::function_ref<void(const Synapse &)> visit) const;

private:
  mlir::ElementsAttr weights;
};

/// "weights do not fit the populations", and why.
mlir::LogicalResult misfit(EmitError emitError, SynapseShape shape,
                           const llvm::Twine &expected);

/// Checks element type and rank of what an attribute is made of.
mlir::LogicalResult verifyTensor(EmitError emitError, llvm::StringRef what,
                                 mlir::ElementsAttr attr, unsigned bits,
                                 int64_t rank);

mlir::LogicalResult verifyWeight(EmitError emitError, int64_t weight);

/// `inputs` synapses of one weight.
inline RowSums uniformRow(int64_t inputs, int64_t weight) {
  RowSums row;
  if (inputs)
    row.add(weight);
  row.inputs = inputs;
  row.positive *= inputs;
  row.negative *= inputs;
  return row;
}

} // namespace neuro::detail

#endif // NEURO_LIB_DIALECT_NEURO_SYNAPSEDATA_H
