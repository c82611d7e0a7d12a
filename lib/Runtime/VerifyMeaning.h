//===- VerifyMeaning.h - the second half of loading -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_VERIFYMEANING_H
#define NEURO_LIB_RUNTIME_VERIFYMEANING_H

#include "neuro/Runtime/Binary.h"

namespace neuro::runtime {

/// B4 and B5, for data that has passed B1 to B3.
bool verifyMeaning(const uint8_t *data, std::vector<Diagnostic> &diagnostics);

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_VERIFYMEANING_H
