//===- Emit.h - from streams to nn operations -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_EMIT_H
#define NEURO_LIB_CONVERSION_ONNXTONN_EMIT_H

#include "Convert.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace neuro::onnxnn {

/// One output of the graph.
struct Output {
  std::string name;
  int value;
  /// The node that computes it, -1 if none does.
  int node;
};

/// How an output is read from its stream.
struct Reading {
  Stream *stream = nullptr;
  bool last = false;
  Shape shape;
};

/// Checks that everything the outputs need is an nn operation; adds what is not
/// to the converter's report. Empty if there is something in the report.
std::vector<Reading> prepare(Converter &converter,
                             const std::vector<Output> &outputs);

/// Builds the operations at the builder's insertion point, and returns the
/// values of the outputs.
std::vector<mlir::Value> emit(Converter &converter,
                              const std::vector<Reading> &readings,
                              mlir::OpBuilder &builder, mlir::func::FuncOp func,
                              const std::vector<mlir::Location> &nodeLocs);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_EMIT_H
