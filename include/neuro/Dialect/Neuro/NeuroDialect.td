//===- NeuroDialect.td - the neuro dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_DIALECT
#define NEURO_DIALECT_NEURO_DIALECT

include "mlir/IR/OpBase.td"

def Neuro_Dialect : Dialect {
  let name = "neuro";
  let cppNamespace = "::neuro";
  let summary = "An event-driven network in integers, without a chip";
  let description = [{
    Populations of neurons, each with a neuron model written in fixed-point
    operations; projections between them, with static weights or with plastic
    ones that a learning rule writes; ports to the host. The network is a graph
    region, so feedback is an ordinary use of an SSA value. There is no tensor
    operation and no floating-point number here, except the scales at the
    ports. Steps, delays and rounding are those of the machine (docs/spec/machine.md);
    cores, axons and registers are not yet decided.
  }];
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

#endif // NEURO_DIALECT_NEURO_DIALECT
