// Resonate-and-fire that sends its amplitude at a zero crossing
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   re' = clip(fl(cos * re, 15) - fl(sin * im, 15) + (a_re << 6), +-(2^23 - 1))
//   im' = clip(fl(sin * re, 15) + fl(cos * im, 15) + (a_im << 6), +-(2^23 - 1))
//   sends re' if im' >= 0 and im < 0 and re' > vth
neuro.network @rf_zero attributes {timing = #neuro.timing<step>} {
  %re = neuro.input "re" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %im = neuro.input "im" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current_re = neuro.project %re weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %current_im = neuro.project %im weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %rf_zero, %factors = neuro.population "rf_zero" (%current_re, %current_im) attributes {state = [
      #neuro.field<"re", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"im", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a_re: i32, %a_im: i32):
    %cos = neuro.param "cos" = dense<[30853, 25184, 32477, 20853]> : tensor<4xi32>
    %sin = neuro.param "sin" = dense<[10025, 18298, 4103, 20853]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[6400, 12800, 640, 6400]> : tensor<4xi32>
    %zero = neuro.const 0
    %most = neuro.const 8388607
    %least = neuro.const -8388607

    // re' = clip(c * re - s * im + (a_re << 6)), im' = clip(s * re + c * im + (a_im << 6))
    %re0 = neuro.read "re"
    %im0 = neuro.read "im"
    %rr = neuro.mulshr fl %cos, %re0 by 15
    %ii = neuro.mulshr fl %sin, %im0 by 15
    %ri = neuro.mulshr fl %sin, %re0 by 15
    %ir = neuro.mulshr fl %cos, %im0 by 15
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

    // sends re' if im' >= 0 and im < 0 and re' > vth
    %was_below = neuro.cmp lt %im0, %zero
    %s0 = neuro.select %was_below, %re4, %least
    %is_below = neuro.cmp lt %im4, %zero
    %s1 = neuro.select %is_below, %least, %s0
    neuro.write "re", %re4
    neuro.write "im", %im4
    %silent = neuro.cmp ge %vth, %s1
    neuro.fire %re4 unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %rf_zero {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
