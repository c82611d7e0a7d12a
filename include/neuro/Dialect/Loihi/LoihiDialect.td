//===- LoihiDialect.td - the loihi dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_DIALECT
#define NEURO_DIALECT_LOIHI_DIALECT

include "mlir/IR/OpBase.td"

def Loihi_Dialect : Dialect {
  let name = "loihi";
  let cppNamespace = "::neuro::loihi";
  let summary = "A chip binary, one op per table of the file";
  let description = [{
    The last level: every op, operand and attribute stands for one field of
    `nrb.fbs`, and nothing is decided after it. Writing a file encodes these ops;
    reading a file rebuilds them, and writing them again gives the same bytes.

    Where the file refers by index, the ops refer by value, and the index is the
    position of the defining op among its kind in its block. Large tables (axons,
    synapse words, fan-out) are elements attributes of the file's integers.
    The chip is a model of public facts; nothing here loads on Intel silicon.
  }];
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

#endif // NEURO_DIALECT_LOIHI_DIALECT
