//===- OpenDimensions.h - models whose input sizes are not fixed -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_PIPELINES_OPENDIMENSIONS_H
#define NEURO_LIB_PIPELINES_OPENDIMENSIONS_H

#include "neuro/Import/Import.h"
#include "neuro/Pipelines/Compiler.h"

namespace neuro {

/// The shapes of the arrays in the calibration file; none if there is no file.
/// A file that cannot be read is an error.
std::vector<ShapeBinding>
sampleShapes(const CompileOptions &options,
             std::vector<CompileDiagnostic> &diagnostics);

/// If `diagnostics` say that dimensions are open, adds what else is wrong with
/// the model whatever these dimensions are.
void lookBeyondOpenDimensions(const std::string &path,
                              const ImportOptions &options,
                              std::vector<CompileDiagnostic> &diagnostics);

} // namespace neuro

#endif // NEURO_LIB_PIPELINES_OPENDIMENSIONS_H
