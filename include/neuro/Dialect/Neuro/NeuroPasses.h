//===- NeuroPasses.h - passes on networks ----------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_NEUROPASSES_H
#define NEURO_DIALECT_NEURO_NEUROPASSES_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include "mlir/Pass/Pass.h"

namespace neuro {

/// Canonicalizer and CSE on the models of a network's populations.
void addModelSimplification(mlir::OpPassManager &networks);

#define GEN_PASS_DECL
#include "neuro/Dialect/Neuro/NeuroPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "neuro/Dialect/Neuro/NeuroPasses.h.inc"

} // namespace neuro

#endif // NEURO_DIALECT_NEURO_NEUROPASSES_H
