// Sigma-delta ReLU, corrected: sender and receiver stay equal
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   sigma = wrap24(sigma + a)
//   act' = max(sigma + bias, 0)
//   delta = act' - act;  fire = |delta| >= vth
//   out = fl(fire ? delta : 0, 6);  act = act + (out << 6)
//   sends out if fire
//
// act is what a receiver that adds up the messages knows: nothing is lost to rounding.
neuro.network @sigma_delta_corrected attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %sigma_delta_corrected, %factors = neuro.population "sigma_delta_corrected" (%current) attributes {state = [
      #neuro.field<"sigma", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"act", bits = 24, signed = true, saturate = false, init = [0]>]} {
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

    // out = |delta| >= vth ? fl(delta, 6) : 0; act += out << 6
    %delta = neuro.sub %act1, %act
    %minus = neuro.neg %delta
    %magnitude = neuro.max %delta, %minus
    %out = neuro.mulshr fl %delta, %one by 6
    %sent = neuro.shl %out by 6
    %act2 = neuro.add %act, %sent
    %silent = neuro.cmp lt %magnitude, %vth
    %act3 = neuro.select %silent, %act, %act2
    neuro.write "act", %act3
    neuro.fire %out unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %sigma_delta_corrected {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
