// Spike-timing-dependent plasticity of pairs
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   dw = 2^-2 x1 y0 - 2^-2 y1 x0;  x1, y1 <- 64 more at a spike, and fall by exp(-1/tau) in each step
//
// A post spike after a pre spike strengthens the synapse, one before it weakens it, the more the closer. The neurons spike when they are told to, so
// that the timing is the experimenter's: what the learned synapses bring goes to a dendrite of its own, and to the output.
neuro.rule @stdp {
  neuro.trace x1 {impulse = 64.0 : f64, tau = 10 : i64}
  neuro.trace y1 {impulse = 64.0 : f64, tau = 10 : i64}
  neuro.update w "2^-2*x1*y0 - 2^-2*y1*x0"
}
neuro.network @pairs attributes {timing = #neuro.timing<step>} {
  %pre = neuro.input "pre" kind = <graded> {shape = array<i64: 1, 1000, 6>, time_axis = 1 : i64} : !neuro.spikes<6, 0>
  %teacher = neuro.input "teacher" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64} : !neuro.spikes<4, 0>
  %learned = neuro.plastic %pre, %factors rule(@stdp) : !neuro.spikes<6, 0>, !neuro.factors<4> -> !neuro.current<4>
  %told = neuro.project %teacher weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 0> -> !neuro.current<4>
  %post, %factors = neuro.population "post" (%told, %learned) {
  ^bb0(%now: i32, %current: i32):
    %zero = neuro.const 0
    %silent = neuro.cmp eq %now, %zero
    neuro.fire %current unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "current" %post {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}
