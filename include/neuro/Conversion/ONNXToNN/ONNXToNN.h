//===- ONNXToNN.h - from ONNX nodes to what they compute -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_ONNXTONN_ONNXTONN_H
#define NEURO_CONVERSION_ONNXTONN_ONNXTONN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "neuro/Dialect/NN/NN.h"
#include <string>
#include <vector>

namespace neuro::onnx {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "neuro/Conversion/ONNXToNN/ONNXToNNPasses.h.inc"

/// Registers `onnx-to-nn`, and the passes on ONNX nodes: `onnx-dce`,
/// `onnx-fold`, `onnx-infer-shapes`.
inline void registerPasses() {
  registerONNXToNNPass();
  registerONNXDCEPass();
  registerONNXFoldPass();
  registerONNXInferShapesPass();
}

/// An operator that the compiler accepts.
struct SupportedOp {
  std::string domain, name;
  /// The versions whose meaning is known; between them the lower one holds.
  std::vector<int64_t> versions;
  /// What of it is accepted; may be empty.
  std::string limits;
};

/// Generated from the table that the conversion uses, sorted.
std::vector<SupportedOp> supportedOps();

} // namespace neuro::onnx

#endif // NEURO_CONVERSION_ONNXTONN_ONNXTONN_H
