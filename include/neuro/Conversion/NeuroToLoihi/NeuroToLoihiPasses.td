//===- NeuroToLoihiPasses.td - a network onto cores -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_NEUROTOLOIHI_PASSES
#define NEURO_CONVERSION_NEUROTOLOIHI_PASSES

include "mlir/Pass/PassBase.td"

def NeuroToLoihiPass : Pass<"neuro-to-loihi", "::mlir::ModuleOp"> {
  let summary = "Map a scheduled network onto the cores of a chip";
  let description = [{
    Every population's model becomes a program of microcode; populations are cut into groups of neurons over as many
    cores as the limits L01..L27 of the target ask for; projections become synapse words, input axons and fan-out
    tables; learning rules are made legal for the learning engine. Every limit that the network breaks is reported,
    with who asks for it; nothing is left out.

    ```mlir
    neuro.network @main attributes {period = 1 : i64, latency = 1 : i64} {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64,
          scale = 0.5 : f64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
      %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
      %y, %f = neuro.population "copy" (%c) attributes {phase = 1 : i64} {
      ^bb0(%d0: i32):
        neuro.fire %d0
      } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
      neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"loihi2\"",
           "The chip: loihi2 (120 cores), loihi2-128, or unbounded (one endless core).">,
    Option<"placement", "placement", "std::string", "\"linear\"",
           "Where the cores lie: linear, reverse, or scatter:SEED. Results do not depend on it.">,
    Option<"chips", "chips", "unsigned", "0", "The most chips that may be used; 0 for as many as a system can have.">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the random numbers of the machine.">
  ];
  let dependentDialects = ["::neuro::loihi::LoihiDialect"];
}

#endif // NEURO_CONVERSION_NEUROTOLOIHI_PASSES
