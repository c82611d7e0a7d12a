// Diagonal state space model (S4D)
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two features of four complex modes each. Coefficients have 15 fractional bits, the state has 6 more than x.
//   re' = clip(fl(a_re * re, 15) - fl(a_im * im, 15) + fl(b_re * x, 9), +-(2^23 - 1))
//   im' = clip(fl(a_im * re, 15) + fl(a_re * im, 15) + fl(b_im * x, 9), +-(2^23 - 1))
//   y = fl(c_re * re', 20) - fl(c_im * im', 20)                           of one mode: 2 Re(c h')
//   out = sum over the modes of y, + fl(D * x, 15)                         one step later
//
// Our choice of the integer form of h' = A h + B x, out = 2 Re(C h') + D x. Here: A and B of S4D-Lin with steps of 0.02 and 0.1.
neuro.network @s4d attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 2>, time_axis = 1 : i64, limit = 32767 : i64} : !neuro.spikes<2, 16>
  %spread = neuro.project %in weights(#neuro.blocks<2, 1>) : !neuro.spikes<2, 16> -> !neuro.current<8>
  %s4d, %s4d_factors = neuro.population "s4d" (%spread) attributes {state = [
      #neuro.field<"re", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"im", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%x: i32):
    %a_re = neuro.param "a_re" = dense<[32442, 32378, 32186, 31867, 31170, 29644, 25217, 18321]> : tensor<8xi32>
    %a_im = neuro.param "a_im" = dense<[0, 2037, 4066, 6079, 0, 9632, 18321, 25217]> : tensor<8xi32>
    %b_re = neuro.param "b_re" = dense<[652, 652, 650, 648, 3196, 3145, 2993, 2749]> : tensor<8xi32>
    %b_im = neuro.param "b_im" = dense<[0, 20, 41, 61, 0, 494, 964, 1387]> : tensor<8xi32>
    %c_re = neuro.param "c_re" = dense<[-4192, -3704, -15237, 18218, 16988, 6468, -27297, 8297]> : tensor<8xi32>
    %c_im = neuro.param "c_im" = dense<[8379, -5162, -3495, 6949, 4078, 3036, 14012, 8173]> : tensor<8xi32>
    %most = neuro.const 8388607
    %least = neuro.const -8388607

    // h' = clip(a h + b x)
    %re0 = neuro.read "re"
    %im0 = neuro.read "im"
    %rr = neuro.mulshr fl %a_re, %re0 by 15
    %ii = neuro.mulshr fl %a_im, %im0 by 15
    %xr = neuro.mulshr fl %b_re, %x by 9
    %re1 = neuro.sub %rr, %ii
    %re2 = neuro.add %re1, %xr
    %re3 = neuro.min %re2, %most
    %re4 = neuro.max %re3, %least
    %ri = neuro.mulshr fl %a_im, %re0 by 15
    %ir = neuro.mulshr fl %a_re, %im0 by 15
    %xi = neuro.mulshr fl %b_im, %x by 9
    %im1 = neuro.add %ri, %ir
    %im2 = neuro.add %im1, %xi
    %im3 = neuro.min %im2, %most
    %im4 = neuro.max %im3, %least
    neuro.write "re", %re4
    neuro.write "im", %im4

    // sends y = 2 Re(c h')
    %cr = neuro.mulshr fl %c_re, %re4 by 20
    %ci = neuro.mulshr fl %c_im, %im4 by 20
    %y = neuro.sub %cr, %ci
    %zero = neuro.const 0
    %silent = neuro.cmp eq %y, %zero
    neuro.fire %y unless %silent
  } : (!neuro.current<8>) -> !neuro.spikes<8, 24>, !neuro.factors<8>

  %modes = neuro.project %s4d weights(#neuro.blocks<2, 1>) : !neuro.spikes<8, 24> -> !neuro.current<2>
  %direct = neuro.project %in weights(#neuro.one_to_one<1>) {delay = 1 : i64} : !neuro.spikes<2, 16> -> !neuro.current<2>
  %readout, %readout_factors = neuro.population "readout" (%modes, %direct) {
  ^bb0(%sum: i32, %x: i32):
    %D = neuro.param "D" = dense<[16384, -8192]> : tensor<2xi32>
    %dx = neuro.mulshr fl %D, %x by 15
    %out = neuro.add %sum, %dx
    %zero = neuro.const 0
    %silent = neuro.cmp eq %out, %zero
    neuro.fire %out unless %silent
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "out" %readout {shape = array<i64: 1, 1000, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 24>
}
