//===- ExpandModels.h - models in the operations of the chip ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NEUROTOLOIHI_EXPANDMODELS_H
#define NEURO_LIB_CONVERSION_NEUROTOLOIHI_EXPANDMODELS_H

#include "neuro/Dialect/Neuro/Neuro.h"

namespace neuro {

/// Replaces what has no instruction of its own: differences and maxima.
void expandModel(PopulationOp population);

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NEUROTOLOIHI_EXPANDMODELS_H
