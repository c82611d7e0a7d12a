//===- Neuro.h - the neuro dialect -----------------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_NEURO_H
#define NEURO_DIALECT_NEURO_NEURO_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "neuro/Dialect/StrictOps.h"

#include "neuro/Dialect/Neuro/NeuroDialect.h.inc"

#include "neuro/Dialect/Neuro/NeuroEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "neuro/Dialect/Neuro/NeuroTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/Neuro/NeuroAttrs.h.inc"

namespace neuro {

/// What an operation of a neuron model touches beside its results.
#define NEURO_RESOURCE(Name, text)                                             \
  struct Name : public mlir::SideEffects::Resource::Base<Name> {               \
    llvm::StringRef getName() final { return text; }                           \
  }
NEURO_RESOURCE(StateResource, "state fields");
NEURO_RESOURCE(SpikeResource, "spikes");
NEURO_RESOURCE(ExportResource, "exports");
NEURO_RESOURCE(TraceResource, "probes");
NEURO_RESOURCE(RandomResource, "random numbers");
NEURO_RESOURCE(CounterResource, "counters");
#undef NEURO_RESOURCE

} // namespace neuro

#define GET_OP_CLASSES
#include "neuro/Dialect/Neuro/NeuroOps.h.inc"

namespace neuro {

/// A reader of one projection's weights that is cheap to ask many times. Takes
/// any form of weights that `neuro.project` does; the op has been verified.
/// `forEach` calls `visit` for every nonzero synapse of neuron `pre`, in
/// increasing order of `post`.
class SynapseReader {
public:
  explicit SynapseReader(ProjectOp project);

  void
  forEach(int64_t pre,
          llvm::function_ref<void(int64_t post, int64_t weight)> visit) const;

private:
  mlir::Attribute weights;
  int64_t preCount, postCount;
  std::vector<int8_t> dense; // [post, pre] or the convolution's kernel
  std::vector<int64_t> kernelShape;
};

} // namespace neuro

#endif // NEURO_DIALECT_NEURO_NEURO_H
