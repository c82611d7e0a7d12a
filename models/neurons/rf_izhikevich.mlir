// Resonate-and-fire with a threshold and a reset (Izhikevich)
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// re' and im' as in resonate_fire.mlir, and
//   s = im' >= vth;  if s: re = 0, im = vth - 1
neuro.network @rf_izhikevich attributes {timing = #neuro.timing<step>} {
  %re = neuro.input "re" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %im = neuro.input "im" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current_re = neuro.project %re weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %current_im = neuro.project %im weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %rf_izhikevich, %factors = neuro.population "rf_izhikevich" (%current_re, %current_im) attributes {state = [
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

    // s = im' >= vth; if s: re = 0, im = vth - 1
    %top = neuro.sub %vth, %one
    %silent = neuro.cmp lt %im4, %vth
    %re5 = neuro.select %silent, %re4, %zero
    neuro.write "re", %re5
    %im5 = neuro.select %silent, %im4, %top
    neuro.write "im", %im5
    neuro.fire %one unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %rf_izhikevich {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
