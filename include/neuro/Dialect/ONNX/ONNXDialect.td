//===- ONNXDialect.td - the onnx dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_ONNX_DIALECT
#define NEURO_DIALECT_ONNX_DIALECT

include "mlir/IR/OpBase.td"

def ONNX_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::neuro::onnx";
  let summary = "What an ONNX file says, unchanged";
  let description = [{
    One generic operation for every ONNX operator, so that import never fails
    on an operator nobody has heard of; what operators mean is known to the
    pass `onnx-to-nn`. The name of a node is its location. Graph inputs are the
    arguments of `func.func @main`, with their ONNX names in `onnx.name`.
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = [{
    /// The ONNX name of a function's argument or result (argument attribute).
    static constexpr llvm::StringLiteral kNameAttr = "onnx.name";
    /// The opset of each domain (function attribute, a dictionary).
    static constexpr llvm::StringLiteral kOpsetsAttr = "onnx.opsets";
  }];
}

#endif // NEURO_DIALECT_ONNX_DIALECT
