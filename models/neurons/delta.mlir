// Delta encoder: sends how much its input has changed
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   x = a << 6
//   delta = x - act + residue;  fire = |delta| >= vth
//   s = fire ? delta : 0;  residue = delta - s;  act = x
//   sends fl(s, 6) if fire
//
// vth is in units of the state: 64 for a change of the input by 1.
neuro.network @delta attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %delta, %factors = neuro.population "delta" (%current) attributes {state = [
      #neuro.field<"act", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"residue", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %vth = neuro.param "vth" = dense<[64, 640, 100, 6400]> : tensor<4xi32>
    %zero = neuro.const 0
    %one = neuro.const 1

    // delta = x - act + residue
    %x = neuro.shl %a by 6
    %act = neuro.read "act"
    %change = neuro.sub %x, %act
    %residue = neuro.read "residue"
    %delta = neuro.add %change, %residue
    neuro.write "act", %x

    // s = |delta| >= vth ? delta : 0; residue = delta - s
    %minus = neuro.neg %delta
    %magnitude = neuro.max %delta, %minus
    %silent = neuro.cmp lt %magnitude, %vth
    %rest = neuro.select %silent, %delta, %zero
    neuro.write "residue", %rest
    %out = neuro.mulshr fl %delta, %one by 6
    neuro.fire %out unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %delta {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
