//===- ONNXTypes.td - types of the onnx dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_ONNX_TYPES
#define NEURO_DIALECT_ONNX_TYPES

include "mlir/IR/AttrTypeBase.td"
include "neuro/Dialect/ONNX/ONNXDialect.td"

def ONNX_AnyType : TypeDef<ONNX_Dialect, "Any"> {
  let mnemonic = "any";
  let summary = "a value whose type the file does not say";
  let description = [{
    Most ONNX files give types only of graph inputs and outputs. Shapes of
    everything between are worked out by `onnx-to-nn`.

    ```mlir
    !onnx.any
    ```
  }];
}

#endif // NEURO_DIALECT_ONNX_TYPES
