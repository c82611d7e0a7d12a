//===- CheckDialect.td - the check dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_CHECK_DIALECT
#define NEURO_DIALECT_CHECK_DIALECT

include "mlir/IR/OpBase.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::neuro::check";
  let summary = "Tests that check themselves";
  let description = [{
    Expectations inside a function of constants, which
    `neuro-translate --evaluate` runs. When all hold it prints nothing.
  }];
}

#endif // NEURO_DIALECT_CHECK_DIALECT
