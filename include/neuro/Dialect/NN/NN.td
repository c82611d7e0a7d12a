//===- NN.td - the nn dialect: umbrella -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN
#define NEURO_DIALECT_NN

include "neuro/Dialect/NN/NNDialect.td"
include "neuro/Dialect/NN/NNAttributes.td"
include "neuro/Dialect/NN/NNOps.td"

#endif // NEURO_DIALECT_NN
