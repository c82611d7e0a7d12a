//===- InitAll.h - registers every dialect, pass and translation ---*- C++
//-*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only registration header: tools include this one and nothing else.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_INITALL_H
#define NEURO_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace neuro {

/// Adds our dialects and the upstream ones that they use (func, arith,
/// builtin).
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers our passes, the phases' pipelines, and `canonicalize` and `cse`.
void registerAllPasses();

/// Registers what `neuro-translate` offers.
void registerAllTranslations();

} // namespace neuro

#endif // NEURO_INITALL_H
