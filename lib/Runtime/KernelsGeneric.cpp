//===- KernelsGeneric.cpp - inner loops for generic -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define NEURO_KERNELS generic
#define NEURO_KERNELS_NAME "generic"
#include "Kernels.inc"
