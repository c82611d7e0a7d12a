//===- Dot.h - a module as a picture ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_DOT_H
#define NEURO_PIPELINES_DOT_H

namespace mlir {
class Operation;
} // namespace mlir

namespace llvm {
class raw_ostream;
struct LogicalResult;
} // namespace llvm

namespace neuro {

/// Writes the graph of a module of any level in Graphviz's language: the ops of
/// a function (onnx, nn), populations and projections (neuro), or cores and the
/// axons between them (loihi). Fails, with a diagnostic, when there is none.
llvm::LogicalResult writeDot(mlir::Operation *module, llvm::raw_ostream &os);

} // namespace neuro

#endif // NEURO_PIPELINES_DOT_H
