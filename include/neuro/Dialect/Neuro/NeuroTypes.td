//===- NeuroTypes.td - types of the neuro dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_TYPES
#define NEURO_DIALECT_NEURO_TYPES

include "mlir/IR/AttrTypeBase.td"
include "neuro/Dialect/Neuro/NeuroDialect.td"

class Neuro_Type<string name, string typeMnemonic> : TypeDef<Neuro_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Neuro_SpikesType : Neuro_Type<"Spikes", "spikes"> {
  let summary = "what a population sends";
  let description = [{
    `count` neurons, each sending at most one spike per step, with a signed
    payload of `bits` bits; 0 bits means binary spikes.

    ```mlir
    !neuro.spikes<64, 16>
    ```
  }];
  let parameters = (ins "int64_t":$count, "unsigned":$bits);
  let assemblyFormat = "`<` $count `,` $bits `>`";
  let genVerifyDecl = 1;
}

def Neuro_CurrentType : Neuro_Type<"Current", "current"> {
  let summary = "what arrives at the dendrites of a population";
  let description = [{
    The weighted sums for `count` neurons in one step, as 24-bit integers.

    ```mlir
    !neuro.current<64>
    ```
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
}

def Neuro_FactorsType : Neuro_Type<"Factors", "factors"> {
  let summary = "what a population exports to the learning engine";
  let description = [{
    Per neuron and step the third factors y1, y2, y3 (7 bits) and the
    back-propagating spike y0.

    ```mlir
    !neuro.factors<64>
    ```
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
}

#endif // NEURO_DIALECT_NEURO_TYPES
