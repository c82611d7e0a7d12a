// Izhikevich neuron
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// v and u in mV with 12 fractional bits, a and b with 16, c and d with 12; one step is 0.5 ms; an input of 64 is a current of 1.
//   x = fl(v * v, 16)
//   I = fl(x * 41943, 16) + 5 * v + (140 << 12) - u + (a_in << 6)      41943 = 0.04 * 2^20
//   v' = sat24(v + fl(I, 1))
//   u' = sat24(u + fl(a * (fl(b * v, 16) - u), 17))
//   s = v + fl(I, 1) >= 30 << 12;  if s: v' = c, u' = sat24(u' + d)
//
// Our choice of the integer form of dv/dt = 0.04 v^2 + 5 v + 140 - u + I, du/dt = a (b v - u) (Izhikevich 2003), by Euler's rule.
// The four neurons are regular spiking, intrinsically bursting, chattering and fast spiking.
neuro.network @izhikevich attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %izhikevich, %factors = neuro.population "izhikevich" (%current) attributes {state = [
      #neuro.field<"v", bits = 24, signed = true, saturate = true, init = [-266240]>,
      #neuro.field<"u", bits = 24, signed = true, saturate = true, init = [-53248]>]} {
  ^bb0(%a_in: i32):
    %a = neuro.param "a" = dense<[1311, 1311, 1311, 6554]> : tensor<4xi32>
    %b = neuro.param "b" = dense<[13107, 13107, 13107, 13107]> : tensor<4xi32>
    %c = neuro.param "c" = dense<[-266240, -225280, -204800, -266240]> : tensor<4xi32>
    %d = neuro.param "d" = dense<[32768, 16384, 8192, 8192]> : tensor<4xi32>
    %one = neuro.const 1
    %five = neuro.const 5
    %square = neuro.const 41943
    %rest = neuro.const 573440
    %peak = neuro.const 122880

    // I = 0.04 v^2 + 5 v + 140 - u + a_in
    %v = neuro.read "v"
    %u = neuro.read "u"
    %x = neuro.mulshr fl %v, %v by 16
    %i0 = neuro.mulshr fl %x, %square by 16
    %i1 = neuro.mulshr fl %v, %five by 0
    %i2 = neuro.add %i0, %i1
    %i3 = neuro.add %i2, %rest
    %i4 = neuro.sub %i3, %u
    %in6 = neuro.shl %a_in by 6
    %i = neuro.add %i4, %in6
    %half = neuro.mulshr fl %i, %one by 1
    %v1 = neuro.add %v, %half

    // u += a * (b * v - u) / 2
    %bv = neuro.mulshr fl %b, %v by 16
    %away = neuro.sub %bv, %u
    %du = neuro.mulshr fl %a, %away by 17
    %u1 = neuro.add %u, %du

    // s = v >= 30 mV; if s: v = c, u += d
    %u2 = neuro.add %u1, %d
    %silent = neuro.cmp lt %v1, %peak
    %u3 = neuro.select %silent, %u1, %u2
    neuro.write "u", %u3
    %v2 = neuro.select %silent, %v1, %c
    neuro.write "v", %v2
    neuro.fire %one unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %izhikevich {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
