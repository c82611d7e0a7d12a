//===- CheckOps.td - operations of the check dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_CHECK_OPS
#define NEURO_DIALECT_CHECK_OPS

include "neuro/Dialect/Check/CheckDialect.td"
include "neuro/Dialect/StrictOps.td"

class Check_Op<string mnemonic, list<Trait> traits = []>
    : Op<Check_Dialect, mnemonic, !listconcat([KnownAttributesOnly, BoundedTensors], traits)>;

def Check_Tensor : RankedTensorOf<[F32, I64, I32]>;

def Check_ExpectEqOp : Check_Op<"expect_eq", [SameTypeOperands]> {
  let summary = "two values are the same, element by element";
  let description = [{
    Numbers are compared as numbers: 0.0 equals -0.0.

    ```mlir
    check.expect_eq %actual, %expected : tensor<2xf32>
    ```
  }];
  let arguments = (ins Check_Tensor:$actual, Check_Tensor:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
}

def Check_ExpectCloseOp : Check_Op<"expect_close", [SameTypeOperands]> {
  let summary = "two values differ by little";
  let description = [{
    `|actual - expected| <= tolerance + relative * |expected|` for every element.

    ```mlir
    check.expect_close %actual, %expected {tolerance = 1.0e-5 : f64} : tensor<2xf32>
    ```
  }];
  let arguments = (ins Check_Tensor:$actual, Check_Tensor:$expected,
                   F64Attr:$tolerance, DefaultValuedAttr<F64Attr, "0.0">:$relative);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
  let hasVerifier = 1;
}

#endif // NEURO_DIALECT_CHECK_OPS
