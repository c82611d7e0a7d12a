// A synapse that learns its delay
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   dw = -w*x0 + 2*y2*x0;  dd = y0;  the detector exports y2 = 50, and y0 = 1 when "late" arrives and "early" does not
//
// Two spikes come a few steps apart. Each time the detector misses the first one when the second arrives, the delay of the first one's synapse
// grows by a step, until both meet and the detector fires.
neuro.rule @learn {
  neuro.factor y0
  neuro.factor y2
  neuro.update w "-w*x0 + 2*y2*x0"
  neuro.update d "y0"
}
neuro.network @learned_delay {
  %early = neuro.input "early" kind = <graded> {shape = array<i64: 1, 1000, 1>, time_axis = 1 : i64, limit = 1 : i64} : !neuro.spikes<1, 8>
  %late = neuro.input "late" kind = <graded> {shape = array<i64: 1, 1000, 1>, time_axis = 1 : i64, limit = 1 : i64} : !neuro.spikes<1, 8>
  %first = neuro.plastic %early, %factors rule(@learn) : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %second = neuro.project %late weights(#neuro.one_to_one<1>) : !neuro.spikes<1, 8> -> !neuro.current<1>
  %detector, %factors = neuro.population "detector" (%first, %second) {
  ^bb0(%a: i32, %b: i32):
    %zero = neuro.const 0
    %strength = neuro.const 50
    %absent = neuro.cmp ge %zero, %a
    %missed = neuro.select %absent, %b, %zero
    %met = neuro.select %absent, %zero, %b
    %silent = neuro.cmp ge %zero, %met
    neuro.export y2, %strength
    neuro.export y0, %missed
    neuro.fire %met unless %silent
  } : (!neuro.current<1>, !neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  neuro.output "met" %detector {shape = array<i64: 1, 1000, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
}
