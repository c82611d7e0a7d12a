//===- KernelsAVX2.cpp - inner loops for x86-64-v3 ------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define NEURO_KERNELS avx2
#define NEURO_KERNELS_NAME "x86-64-v3"
#include "Kernels.inc"
