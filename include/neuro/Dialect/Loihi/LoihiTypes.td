//===- LoihiTypes.td - handles of the loihi dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_TYPES
#define NEURO_DIALECT_LOIHI_TYPES

include "mlir/IR/AttrTypeBase.td"
include "neuro/Dialect/Loihi/LoihiDialect.td"

class Loihi_Handle<string name, string typeMnemonic, string what> : TypeDef<Loihi_Dialect, name> {
  let mnemonic = typeMnemonic;
  let summary = "a reference to " # what;
  let description = "Stands for the index of " # what # " in the file.";
}

def Loihi_SourceType : Loihi_Handle<"Source", "source", "a layer of the source model">;
def Loihi_ProgramType : Loihi_Handle<"Program", "program", "a program of a core">;
def Loihi_RuleType : Loihi_Handle<"Rule", "rule", "a learning rule of a core">;
def Loihi_FormatType : Loihi_Handle<"Format", "format", "a synapse format of a core">;

#endif // NEURO_DIALECT_LOIHI_TYPES
