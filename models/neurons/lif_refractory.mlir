// CUBA leaky integrate-and-fire with a refractory period
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As lif.mlir, and
//   if ref > 0: v = 0
//   s = v > vth << 6;  if s: v = 0, ref = refract
//   ref = max(ref - 1, 0)
//
// A neuron is held at 0 for refract - 1 steps after its spike.
neuro.network @lif_refractory attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %lif_refractory, %factors = neuro.population "lif_refractory" (%current) attributes {state = [
      #neuro.field<"u", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"ref", bits = 8, signed = false, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %du = neuro.param "du" = dense<[409, 1023, 2047, 4095]> : tensor<4xi32>
    %dv = neuro.param "dv" = dense<[128, 0, 512, 2048]> : tensor<4xi32>
    %bias_mant = neuro.param "bias_mant" = dense<[0, 40, -10, 100]> : tensor<4xi32>
    %bias_exp = neuro.param "bias_exp" = dense<[0, 6, 3, 2]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[20, 100, 50, 200]> : tensor<4xi32>
    %refract = neuro.param "refract" = dense<[1, 2, 10, 63]> : tensor<4xi32>
    %one = neuro.const 1
    %zero = neuro.const 0
    %unit = neuro.const 4096
    %most = neuro.const 8388607
    %least = neuro.const -8388607

    // u = wrap24(tz(u * (4096 - (du + 1)), 12) + (a << 6))
    %du1 = neuro.add %du, %one
    %ku = neuro.sub %unit, %du1
    %u0 = neuro.read "u"
    %u1 = neuro.mulshr tz %u0, %ku by 12
    %a6 = neuro.shl %a by 6
    %u2 = neuro.add %u1, %a6
    neuro.write "u", %u2
    %u = neuro.read "u"

    // v = clip(tz(v * (4096 - dv), 12) + u + (bias_mant << bias_exp))
    %kv = neuro.sub %unit, %dv
    %v0 = neuro.read "v"
    %v1 = neuro.mulshr tz %v0, %kv by 12
    %v2 = neuro.add %v1, %u
    %bias = neuro.shift %bias_mant, %bias_exp
    %v3 = neuro.add %v2, %bias
    %v4 = neuro.min %v3, %most
    %v5 = neuro.max %v4, %least

    // if ref > 0: v = 0
    %ref0 = neuro.read "ref"
    %waits = neuro.cmp lt %zero, %ref0
    %v6 = neuro.select %waits, %zero, %v5

    // s = v > vth << 6; if s: v = 0, ref = refract
    %vth6 = neuro.shl %vth by 6
    %silent = neuro.cmp ge %vth6, %v6
    %v7 = neuro.select %silent, %v6, %zero
    neuro.write "v", %v7
    %ref1 = neuro.select %silent, %ref0, %refract
    neuro.fire %one unless %silent

    // ref = max(ref - 1, 0)
    %ref2 = neuro.sub %ref1, %one
    %ref3 = neuro.max %ref2, %zero
    neuro.write "ref", %ref3
  } : (!neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %lif_refractory {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
