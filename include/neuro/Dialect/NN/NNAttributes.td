//===- NNAttributes.td - attributes of the nn dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_ATTRIBUTES
#define NEURO_DIALECT_NN_ATTRIBUTES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "neuro/Dialect/NN/NNDialect.td"

def NN_ActivationKind : I32EnumAttr<"ActivationKind", "an activation function", [
    I32EnumAttrCase<"relu", 0>,
    I32EnumAttrCase<"gelu", 1>,
    I32EnumAttrCase<"gelu_tanh", 2>,
    I32EnumAttrCase<"silu", 3>]> {
  let cppNamespace = "::neuro::nn";
  let genSpecializedAttr = 0;
}
def NN_ActivationKindAttr
    : EnumAttr<NN_Dialect, NN_ActivationKind, "activation"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_ScoreKind : I32EnumAttr<"ScoreKind", "how attention turns scores into weights", [
    I32EnumAttrCase<"softmax", 0>,
    I32EnumAttrCase<"relu", 1>]> {
  let cppNamespace = "::neuro::nn";
  let genSpecializedAttr = 0;
}
def NN_ScoreKindAttr : EnumAttr<NN_Dialect, NN_ScoreKind, "score"> {
  let assemblyFormat = "`<` $value `>`";
}

// A double in a box: LLVM neither hashes nor parses a bare one.
def NN_Scale : AttrOrTypeParameter<"::neuro::nn::detail::Scale", "a scale", "double"> {
  let parser = "::neuro::nn::detail::parseScale($_parser)";
}

def NN_QuantAttr : AttrDef<NN_Dialect, "Quant"> {
  let mnemonic = "quant";
  let summary = "how a value is held in integers";
  let description = [{
    The real value is `scale * q` with an integer `q` in `[-limit, limit]`;
    larger values are limited, and the chip counts how often.

    ```mlir
    #nn.quant<scale = 3.906250e-03, limit = 511>
    ```
  }];
  let parameters = (ins NN_Scale:$scale, "int64_t":$limit);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // NEURO_DIALECT_NN_ATTRIBUTES
