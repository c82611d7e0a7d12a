//===- Loihi.td - the loihi dialect: umbrella -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI
#define NEURO_DIALECT_LOIHI

include "neuro/Dialect/Loihi/LoihiDialect.td"
include "neuro/Dialect/Loihi/LoihiTypes.td"
include "neuro/Dialect/Loihi/LoihiAttributes.td"
include "neuro/Dialect/Loihi/LoihiOps.td"
include "neuro/Dialect/Loihi/LoihiCoreOps.td"

#endif // NEURO_DIALECT_LOIHI
