//===- Verify.h - checks that several files share -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NEURO_VERIFY_H
#define NEURO_LIB_DIALECT_NEURO_VERIFY_H

#include "neuro/Dialect/Neuro/Neuro.h"

namespace neuro::detail {

/// Reports what is wrong with the terms of an update, and where in the text.
mlir::LogicalResult checkRuleTerms(
    Updated variable, llvm::StringRef text,
    llvm::function_ref<void(size_t offset, const std::string &error)> report);

} // namespace neuro::detail

#endif // NEURO_LIB_DIALECT_NEURO_VERIFY_H
