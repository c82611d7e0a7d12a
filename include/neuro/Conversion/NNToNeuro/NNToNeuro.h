//===- NNToNeuro.h - tensor operations to populations ----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_NNTONEURO_NNTONEURO_H
#define NEURO_CONVERSION_NNTONEURO_NNTONEURO_H

#include "mlir/Pass/Pass.h"

namespace neuro {

#define GEN_PASS_DECL
#include "neuro/Conversion/NNToNeuro/NNToNeuroPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "neuro/Conversion/NNToNeuro/NNToNeuroPasses.h.inc"

} // namespace neuro

#endif // NEURO_CONVERSION_NNTONEURO_NNTONEURO_H
