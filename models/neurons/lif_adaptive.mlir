// CUBA leaky integrate-and-fire with an adaptive threshold
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// u and v as in lif.mlir, and
//   b = tz(b * (4096 - db), 12)
//   s = v > (vth << 6) + b;  if s: v = 0, b = min(b + (step << 6), 2^23 - 1)
//
// Our choice: the integer form of the adaptive threshold B = b0 + b of Bellec et al. (NeurIPS 2018), with the reset to 0 of the other
// models. A spike raises the threshold from the next step on.
neuro.network @lif_adaptive attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %lif_adaptive, %factors = neuro.population "lif_adaptive" (%current) attributes {state = [
      #neuro.field<"u", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"b", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %du = neuro.param "du" = dense<[409, 1023, 2047, 4095]> : tensor<4xi32>
    %dv = neuro.param "dv" = dense<[128, 0, 512, 2048]> : tensor<4xi32>
    %bias_mant = neuro.param "bias_mant" = dense<[0, 40, -10, 100]> : tensor<4xi32>
    %bias_exp = neuro.param "bias_exp" = dense<[0, 6, 3, 2]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[20, 100, 50, 200]> : tensor<4xi32>
    %db = neuro.param "db" = dense<[40, 100, 8, 400]> : tensor<4xi32>
    %step = neuro.param "step" = dense<[10, 50, 5, 200]> : tensor<4xi32>
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

    // b = tz(b * (4096 - db), 12)
    %kb = neuro.sub %unit, %db
    %b0 = neuro.read "b"
    %b1 = neuro.mulshr tz %b0, %kb by 12

    // s = v > (vth << 6) + b; if s: v = 0, b = min(b + (step << 6), 2^23 - 1)
    %vth6 = neuro.shl %vth by 6
    %threshold = neuro.add %vth6, %b1
    %step6 = neuro.shl %step by 6
    %b2 = neuro.add %b1, %step6
    %b3 = neuro.min %b2, %most
    %silent = neuro.cmp ge %threshold, %v5
    %b4 = neuro.select %silent, %b1, %b3
    neuro.write "b", %b4
    %v6 = neuro.select %silent, %v5, %zero
    neuro.write "v", %v6
    neuro.fire %one unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %lif_adaptive {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
