//===- KernelsAVX512.cpp - inner loops for x86-64-v4 ----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define NEURO_KERNELS avx512
#define NEURO_KERNELS_NAME "x86-64-v4"
#include "Kernels.inc"
