//===- undocumented.td - faults for the lint to find -----*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "mlir/IR/OpBase.td"
include "mlir/Pass/PassBase.td"

def Bad_Dialect : Dialect { let name = "bad"; let cppNamespace = "::bad"; let summary = "s"; }
class Bad_Op<string mnemonic> : Op<Bad_Dialect, mnemonic>;

def Bad_Silent : Bad_Op<"silent">;
def Bad_Plain : Bad_Op<"plain"> { let summary = "s"; let description = "d"; }
def Bad_Good : Bad_Op<"good"> {
  let summary = "s";
  let description = [{
    ```mlir
    bad.good
    ```
  }];
}
def Bad_Pass : Pass<"bad-pass"> {
  let summary = "s";
  let options = [Option<"x", "x", "bool", "false", "">];
}
