// Sigma-delta ReLU that fires on its accumulated error
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sigma, act' and delta as in sigma_delta.mlir, and
//   error = error + delta;  fire = |error| >= vth;  if fire: error = 0
//   s = fire ? delta : 0;  residue = delta - s;  act = act'
//   sends fl(s, 6) if fire
neuro.network @sigma_delta_cumulative attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %sigma_delta_cumulative, %factors = neuro.population "sigma_delta_cumulative" (%current) attributes {state = [
      #neuro.field<"sigma", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"act", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"residue", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"error", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %bias = neuro.param "bias" = dense<[0, 640, -1280, 100]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[64, 640, 1000, 6400]> : tensor<4xi32>
    %zero = neuro.const 0
    %one = neuro.const 1

    // sigma += a
    %sigma0 = neuro.read "sigma"
    %sigma1 = neuro.add %sigma0, %a
    neuro.write "sigma", %sigma1
    %sigma = neuro.read "sigma"

    // act' = relu(sigma + bias)
    %sum = neuro.add %sigma, %bias
    %act1 = neuro.max %sum, %zero
    %act = neuro.read "act"

    // delta = act' - act + residue
    %change = neuro.sub %act1, %act
    %residue = neuro.read "residue"
    %delta = neuro.add %change, %residue
    neuro.write "act", %act1

    // error += delta; fire = |error| >= vth; if fire: error = 0
    %error0 = neuro.read "error"
    %error1 = neuro.add %error0, %delta
    %minus = neuro.neg %error1
    %magnitude = neuro.max %error1, %minus
    %silent = neuro.cmp lt %magnitude, %vth
    %error2 = neuro.select %silent, %error1, %zero
    neuro.write "error", %error2

    // s = fire ? delta : 0; residue = delta - s
    %rest = neuro.select %silent, %delta, %zero
    neuro.write "residue", %rest
    %out = neuro.mulshr fl %delta, %one by 6
    neuro.fire %out unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %sigma_delta_cumulative {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
