// Product of two inputs
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   v = fl(in1 * in2, 7);  sends v if |v| > vth
//
// The exponent, here 7, is a constant of the program. The inputs have 16 bits, so that the product fits.
neuro.network @product attributes {timing = #neuro.timing<step>} {
  %in1 = neuro.input "in1" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 32767 : i64} : !neuro.spikes<4, 16>
  %in2 = neuro.input "in2" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 32767 : i64} : !neuro.spikes<4, 16>
  %current_in1 = neuro.project %in1 weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 16> -> !neuro.current<4>
  %current_in2 = neuro.project %in2 weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 16> -> !neuro.current<4>
  %product, %factors = neuro.population "product" (%current_in1, %current_in2) {
  ^bb0(%a_in1: i32, %a_in2: i32):
    %vth = neuro.param "vth" = dense<[0, 10, 1000, 100000]> : tensor<4xi32>
    %v = neuro.mulshr fl %a_in1, %a_in2 by 7
    %minus = neuro.neg %v
    %magnitude = neuro.max %v, %minus
    %silent = neuro.cmp ge %vth, %magnitude
    neuro.fire %v unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %product {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
