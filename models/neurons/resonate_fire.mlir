// Resonate-and-fire
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   re' = clip(tz(cos * re, 12) - tz(sin * im, 12) + (a_re << 6), +-(2^23 - 1))
//   im' = clip(tz(sin * re, 12) + tz(cos * im, 12) + (a_im << 6), +-(2^23 - 1))
//   s = re' >= vth and im' >= 0 and im < 0
//
// cos and sin carry the decay, and have 12 fractional bits. Here: periods of 20, 10, 50 and 8 steps.
neuro.network @resonate_fire attributes {timing = #neuro.timing<step>} {
  %re = neuro.input "re" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %im = neuro.input "im" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current_re = neuro.project %re weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %current_im = neuro.project %im weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %resonate_fire, %factors = neuro.population "resonate_fire" (%current_re, %current_im) attributes {state = [
      #neuro.field<"re", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"im", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a_re: i32, %a_im: i32):
    %cos = neuro.param "cos" = dense<[3857, 3148, 4060, 2607]> : tensor<4xi32>
    %sin = neuro.param "sin" = dense<[1253, 2287, 513, 2607]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[6400, 12800, 640, 6400]> : tensor<4xi32>
    %one = neuro.const 1
    %zero = neuro.const 0
    %most = neuro.const 8388607
    %least = neuro.const -8388607

    // re' = clip(c * re - s * im + (a_re << 6)), im' = clip(s * re + c * im + (a_im << 6))
    %re0 = neuro.read "re"
    %im0 = neuro.read "im"
    %rr = neuro.mulshr tz %cos, %re0 by 12
    %ii = neuro.mulshr tz %sin, %im0 by 12
    %ri = neuro.mulshr tz %sin, %re0 by 12
    %ir = neuro.mulshr tz %cos, %im0 by 12
    %re1 = neuro.sub %rr, %ii
    %re6 = neuro.shl %a_re by 6
    %re2 = neuro.add %re1, %re6
    %re3 = neuro.min %re2, %most
    %re4 = neuro.max %re3, %least
    %im1 = neuro.add %ri, %ir
    %im6 = neuro.shl %a_im by 6
    %im2 = neuro.add %im1, %im6
    %im3 = neuro.min %im2, %most
    %im4 = neuro.max %im3, %least

    // s = re' >= vth and im' >= 0 and im < 0
    %was_below = neuro.cmp lt %im0, %zero
    %s0 = neuro.select %was_below, %re4, %least
    %is_below = neuro.cmp lt %im4, %zero
    %s1 = neuro.select %is_below, %least, %s0
    neuro.write "re", %re4
    neuro.write "im", %im4
    %silent = neuro.cmp lt %s1, %vth
    neuro.fire %one unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %resonate_fire {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
