//===- NeuroPasses.td - passes on networks ---------------*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_PASSES
#define NEURO_DIALECT_NEURO_PASSES

include "mlir/Pass/PassBase.td"

def NeuroSchedulePass : Pass<"neuro-schedule", "::neuro::NetworkOp"> {
  let summary = "Give every population its phase and every projection its delay";
  let description = [{
    Each population gets the earliest step, within the token, in which all it needs can have arrived; plastic synapses need exactly one step. Projections
    get the delay that makes operands meet. Delays beyond 62 steps go through relay populations, which are shared. Sets the network's `period`
    and `latency`. Pipelined: the next token follows as soon as no two events of one population meet and every loop is closed in time, that is, on every cycle
    the steps are at most the period times the number of `feedback` edges. Fall-through: after the last token has left. Both modes compute the
    same where models do nothing in steps without input. Delays, phases, period and latency that are written already are constraints; what cannot be met is an
    error that lists the cycle. In a network with `timing = #neuro.timing<step>` every delay that is not written is 0, and nothing is inserted.

    ```mlir
    neuro.network @main {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 3, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
      %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
      %y, %f = neuro.population "y" (%c) {
      ^bb0(%d0: i32):
        neuro.fire %d0
      } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
      neuro.output "y" %y {shape = array<i64: 1, 3, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
    }
    ```
  }];
  let options = [
    Option<"fallThrough", "fall-through", "bool", "false", "next token only after the previous one has left">,
  ];
}

def NeuroRangeAnalysisPass : Pass<"neuro-range-analysis", "::neuro::NetworkOp"> {
  let summary = "Prove that no dendritic accumulator can wrap, or say which may";
  let description = [{
    Bounds every payload by interval arithmetic through the neuron models, and every dendritic sum by the payloads and the weights. The result
    is written to each population as `neuro.dendrite_bounds` (largest magnitude, per dendrite); those that exceed the 24-bit accumulator are named in a remark,
    or in an error with `strict`.

    ```mlir
    neuro.network @main {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 3, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
      %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
      %y, %f = neuro.population "y" (%c) {
      ^bb0(%d0: i32):
        neuro.fire %d0
      } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
    }
    ```
  }];
  let options = [
    Option<"strict", "strict", "bool", "false", "fail when an accumulator may wrap">,
  ];
}

#endif // NEURO_DIALECT_NEURO_PASSES
