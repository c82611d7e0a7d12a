//===- NNToNeuroPasses.td - tensor operations to populations -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_NNTONEURO_PASSES
#define NEURO_CONVERSION_NNTONEURO_PASSES

include "mlir/Pass/PassBase.td"

def NNToNeuroPass : Pass<"nn-to-neuro", "::mlir::ModuleOp"> {
  let summary = "Turn a quantised stream function into an event-driven network";
  let description = [{
    Every function in quantised stream form becomes a `neuro.network`. Linear layers and convolutions become projections;
    nonlinear operations become neuron models in fixed point; attention becomes plastic synapses with a two-factor rule for keys
    and a three-factor rule for values. A linear layer whose only user is a sum, an activation or an attention needs no
    population of its own.

    ```mlir
    func.func @main(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64,
                                       nn.quant = #nn.quant<scale = 1.0, limit = 127>})
        -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64})
        attributes {nn.stream = {tokens = 3 : i64}} {
      %y = nn.activation %x {kind = #nn.activation<relu>, quant = #nn.quant<scale = 1.0, limit = 127>} : tensor<2xf32>
      return %y : tensor<2xf32>
    }
    ```
  }];
  let dependentDialects = ["::neuro::NeuroDialect"];
}

#endif // NEURO_CONVERSION_NNTONEURO_PASSES
