// Graded ReLU: sends what is above a threshold
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   v = a;  sends v if v > vth
neuro.network @graded_relu attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %graded_relu, %factors = neuro.population "graded_relu" (%current) {
  ^bb0(%a: i32):
    %vth = neuro.param "vth" = dense<[0, 10, 1000, 100000]> : tensor<4xi32>
    %silent = neuro.cmp ge %vth, %a
    neuro.fire %a unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %graded_relu {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
