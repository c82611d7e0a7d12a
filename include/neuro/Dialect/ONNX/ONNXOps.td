//===- ONNXOps.td - operations of the onnx dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_ONNX_OPS
#define NEURO_DIALECT_ONNX_OPS

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "neuro/Dialect/ONNX/ONNXDialect.td"
include "neuro/Dialect/ONNX/ONNXTypes.td"
include "neuro/Dialect/StrictOps.td"

class ONNX_Op<string mnemonic, list<Trait> traits = []>
    : Op<ONNX_Dialect, mnemonic, !listconcat([KnownAttributesOnly, BoundedTensors], traits)>;

def ONNX_Value : AnyTypeOf<[AnyTensor, ONNX_AnyType, NoneType]>;

def ONNX_NodeOp : ONNX_Op<"node"> {
  let summary = "any ONNX node";
  let description = [{
    The operator `op_type` of `domain` (empty: `ai.onnx`), as defined by
    version `opset` of that domain. `attrs` holds the node's attributes:
    INT as i64, FLOAT as f32, STRING as string, TENSOR as elements, lists as
    arrays; a subgraph is kept as a string that says what it was. An operand
    that the node leaves out is `onnx.none`.

    ```mlir
    %y = onnx.node "Gemm" opset 13 (%x, %w) {transB = 1 : i64}
        : (tensor<1x8xf32>, tensor<4x8xf32>) -> !onnx.any
    ```
  }];
  let arguments = (ins StrAttr:$op_type, DefaultValuedStrAttr<StrAttr, "">:$domain,
      ConfinedAttr<I64Attr, [IntNonNegative]>:$opset, DictionaryAttr:$attrs,
      Variadic<ONNX_Value>:$inputs);
  let results = (outs Variadic<ONNX_Value>:$outputs);
  let assemblyFormat = [{
    $op_type (`domain` $domain^)? `opset` $opset ` ` `(` $inputs `)` `` custom<NodeAttrs>($attrs)
    attr-dict `:` functional-type($inputs, $outputs)
  }];
}

def ONNX_ConstantOp : ONNX_Op<"constant", [Pure,
    TypesMatchWith<"result type is the value's type", "value", "result", "$_self">]> {
  let summary = "an initializer, or the value of a Constant node";
  let description = [{
    Its location carries the initializer's name. Large values are blobs.

    ```mlir
    %w = onnx.constant dense<0.5> : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "attr-dict $value";
}

def ONNX_NoneOp : ONNX_Op<"none", [Pure]> {
  let summary = "an operand that a node leaves out";
  let description = [{
    ONNX writes it as an empty name.

    ```mlir
    %n = onnx.none
    ```
  }];
  let results = (outs NoneType:$result);
  let assemblyFormat = "attr-dict";
  let builders = [OpBuilder<(ins), [{ $_state.addTypes($_builder.getNoneType()); }]>];
}

#endif // NEURO_DIALECT_ONNX_OPS
