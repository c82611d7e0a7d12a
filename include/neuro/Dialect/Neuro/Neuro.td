//===- Neuro.td - the neuro dialect: umbrella -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO
#define NEURO_DIALECT_NEURO

include "neuro/Dialect/Neuro/NeuroDialect.td"
include "neuro/Dialect/Neuro/NeuroTypes.td"
include "neuro/Dialect/Neuro/NeuroAttributes.td"
include "neuro/Dialect/Neuro/NeuroOps.td"
include "neuro/Dialect/Neuro/NeuroModelOps.td"
include "neuro/Dialect/Neuro/NeuroRuleOps.td"

#endif // NEURO_DIALECT_NEURO
