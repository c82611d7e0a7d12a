//===- NNDialect.td - the nn dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_DIALECT
#define NEURO_DIALECT_NN_DIALECT

include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::neuro::nn";
  let summary = "What a network computes, before it becomes neurons";
  let description = [{
    A small set of tensor operations that a decoder-only transformer is made
    of. It has three forms. In the *tensor form* values are
    `tensor<BxTx...xf32>` as in the ONNX file. In the *stream form* the batch
    and sequence axes are gone: a value is what one token carries, and the
    sequence axis has become time. In the *quantised form* each op also says,
    in its `quant` attribute, by which scale and limit its result is held in
    integers, and linear layers carry int8 weights.
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [];
}

#endif // NEURO_DIALECT_NN_DIALECT
