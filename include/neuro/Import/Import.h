//===- Import.h - from an ONNX file to the onnx dialect -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_IMPORT_IMPORT_H
#define NEURO_IMPORT_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <functional>
#include <string>
#include <vector>

namespace neuro {

/// The shape of one graph input, where the file leaves dimensions open.
struct ShapeBinding {
  std::string name;
  std::vector<int64_t> dims;
};

struct ImportOptions {
  std::vector<ShapeBinding> shapes;
  /// Shapes of example inputs, [sequences, ...], asked for if the file and
  /// `shapes` leave dimensions open, which are then taken from them.
  std::function<std::vector<ShapeBinding>()> samples;
  /// Told of every file of external data that was read.
  std::function<void(const std::string &path)> readsFile;
  /// If not 0, the size of dimensions that are still open, so that the rest of
  /// a model can be looked at.
  int64_t guess = 0;
};

/// How the error begins that says which dimensions are left open.
inline constexpr const char *kOpenDimensions =
    "the model leaves dimensions open";

/// Reads `NAME=1x6x784`. On failure `error` says what is wrong.
std::optional<ShapeBinding> parseShapeBinding(llvm::StringRef text,
                                              std::string &error);

/// Reads a binary or text ONNX file. Every problem is reported through the
/// context's diagnostics; the result is null if there was one.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path,
                                             const ImportOptions &options,
                                             mlir::MLIRContext *context);

/// The same from memory. The buffer's identifier is the path that external
/// data is relative to.
mlir::OwningOpRef<mlir::ModuleOp> importOnnxBuffer(llvm::MemoryBufferRef buffer,
                                                   const ImportOptions &options,
                                                   mlir::MLIRContext *context);

/// Registers `--import-onnx` with its option `--shape`.
void registerImportTranslation();

} // namespace neuro

#endif // NEURO_IMPORT_IMPORT_H
