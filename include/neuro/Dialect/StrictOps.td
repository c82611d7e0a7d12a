//===- StrictOps.td - operations that refuse unknown attributes -*- tablegen -*-//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_STRICTOPS
#define NEURO_DIALECT_STRICTOPS

include "mlir/IR/OpBase.td"

// Their C++ classes are in neuro/Dialect/StrictOps.h.
def KnownAttributesOnly : NativeOpTrait<"KnownAttributesOnly"> {
  let cppNamespace = "::neuro";
}

def BoundedTensors : NativeOpTrait<"BoundedTensors"> {
  let cppNamespace = "::neuro";
}

#endif // NEURO_DIALECT_STRICTOPS
