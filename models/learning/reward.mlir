// Reward-modulated plasticity with a tag
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   dt = 2^-2 x1 y0 - 2^-2 y1 x0 - 2^-3 t;  dw = 2^-4 t y3;  y1 of the post neuron by its own program
//
// The tag t of a synapse remembers, and forgets within about eight steps, what pairs of spikes would have done to it. Only a reward, y3, that comes in
// time turns it into a change of the weight. All of the post side is exported here: one rule takes y1, y2, y3 from traces or from the neuron's program.
neuro.rule @reward {
  neuro.trace x1 {impulse = 64.0 : f64, tau = 10 : i64}
  neuro.factor y0
  neuro.factor y1
  neuro.factor y3
  neuro.update t "2^-2*x1*y0 - 2^-2*y1*x0 - 2^-3*u0*t"
  neuro.update w "2^-4*u0*t*y3"
}
neuro.network @rewarded attributes {timing = #neuro.timing<step>} {
  %pre = neuro.input "pre" kind = <graded> {shape = array<i64: 1, 1000, 6>, time_axis = 1 : i64} : !neuro.spikes<6, 0>
  %teacher = neuro.input "teacher" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64} : !neuro.spikes<4, 0>
  %reward = neuro.input "reward" kind = <graded> {shape = array<i64: 1, 1000, 1>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<1, 8>
  %learned = neuro.plastic %pre, %factors rule(@reward) {tag_bits = 4 : i64} : !neuro.spikes<6, 0>, !neuro.factors<4> -> !neuro.current<4>
  %told = neuro.project %teacher weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 0> -> !neuro.current<4>
  %to_all = neuro.project %reward weights(#neuro.blocks<1, 1>) : !neuro.spikes<1, 8> -> !neuro.current<4>
  %post, %factors = neuro.population "post" (%told, %learned, %to_all) attributes
      {state = [#neuro.field<"trace", bits = 8, signed = false, saturate = true, init = [0]>]} {
  ^bb0(%now: i32, %current: i32, %praise: i32):
    %zero = neuro.const 0
    %keep = neuro.const 58982
    %impulse = neuro.const 64
    %before = neuro.read "trace"
    %less = neuro.mulshr fl %before, %keep by 16
    %silent = neuro.cmp eq %now, %zero
    %more = neuro.select %silent, %zero, %impulse
    %trace = neuro.add %less, %more
    %most = neuro.const 127
    %limited = neuro.min %trace, %most
    neuro.write "trace", %limited
    neuro.export y0, %now
    neuro.export y1, %limited
    neuro.export y3, %praise
    neuro.fire %current unless %silent
  } : (!neuro.current<4>, !neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "current" %post {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}
