//===- NeuroToLoihi.h - a network onto cores --------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_NEUROTOLOIHI_NEUROTOLOIHI_H
#define NEURO_CONVERSION_NEUROTOLOIHI_NEUROTOLOIHI_H

#include "mlir/Pass/Pass.h"

namespace neuro {

#define GEN_PASS_DECL
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihiPasses.h.inc"

#define GEN_PASS_REGISTRATION
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihiPasses.h.inc"

} // namespace neuro

#endif // NEURO_CONVERSION_NEUROTOLOIHI_NEUROTOLOIHI_H
