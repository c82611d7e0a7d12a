//===- ONNX.td - the onnx dialect: umbrella -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_ONNX
#define NEURO_DIALECT_ONNX

include "neuro/Dialect/ONNX/ONNXDialect.td"
include "neuro/Dialect/ONNX/ONNXTypes.td"
include "neuro/Dialect/ONNX/ONNXOps.td"

#endif // NEURO_DIALECT_ONNX
