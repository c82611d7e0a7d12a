//===- Diagnostics.h - MLIR's diagnostics as plain data ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_PIPELINES_DIAGNOSTICS_H
#define NEURO_LIB_PIPELINES_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "neuro/Pipelines/Compiler.h"

namespace neuro {

/// "node 'conv1'", "file.mlir:3:4", or "".
std::string describeLocation(mlir::Location loc);

/// Keeps every diagnostic of a context while it lives.
class DiagnosticCollector {
public:
  DiagnosticCollector(mlir::MLIRContext *context,
                      std::vector<CompileDiagnostic> &out);

private:
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace neuro

#endif // NEURO_LIB_PIPELINES_DIAGNOSTICS_H
