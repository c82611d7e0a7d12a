// CUBA leaky integrate-and-fire, reset at fixed times
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   if t % interval == offset: u = v = 0
// then as lif.mlir. 0 <= offset < interval; reciprocal = ceil(2^30 / interval).
//
// x is a multiple of n if and only if floor(x * ceil(2^30 / n) / 2^30) * n == x; exact while t + n < 2^30.
neuro.network @lif_reset attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %lif_reset, %factors = neuro.population "lif_reset" (%current) attributes {state = [
      #neuro.field<"u", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %du = neuro.param "du" = dense<[409, 1023, 2047, 4095]> : tensor<4xi32>
    %dv = neuro.param "dv" = dense<[128, 0, 512, 2048]> : tensor<4xi32>
    %bias_mant = neuro.param "bias_mant" = dense<[0, 40, -10, 100]> : tensor<4xi32>
    %bias_exp = neuro.param "bias_exp" = dense<[0, 6, 3, 2]> : tensor<4xi32>
    %vth = neuro.param "vth" = dense<[20, 100, 50, 200]> : tensor<4xi32>
    %interval = neuro.param "interval" = dense<[10, 7, 64, 100]> : tensor<4xi32>
    %offset = neuro.param "offset" = dense<[0, 3, 63, 50]> : tensor<4xi32>
    %reciprocal = neuro.param "reciprocal" = dense<[107374183, 153391690, 16777216, 10737419]> : tensor<4xi32>
    %one = neuro.const 1
    %zero = neuro.const 0
    %unit = neuro.const 4096
    %most = neuro.const 8388607
    %least = neuro.const -8388607

    // if t % interval == offset: u = v = 0
    %t = neuro.time
    %ahead = neuro.sub %interval, %offset
    %x = neuro.add %t, %ahead
    %q = neuro.mulshr fl %x, %reciprocal by 30
    %multiple = neuro.mulshr fl %q, %interval by 0
    %now = neuro.cmp eq %multiple, %x

    // u = wrap24(tz(u * (4096 - (du + 1)), 12) + (a << 6))
    %du1 = neuro.add %du, %one
    %ku = neuro.sub %unit, %du1
    %u_before = neuro.read "u"
    %u0 = neuro.select %now, %zero, %u_before
    %u1 = neuro.mulshr tz %u0, %ku by 12
    %a6 = neuro.shl %a by 6
    %u2 = neuro.add %u1, %a6
    neuro.write "u", %u2
    %u = neuro.read "u"

    // v = clip(tz(v * (4096 - dv), 12) + u + (bias_mant << bias_exp))
    %kv = neuro.sub %unit, %dv
    %v_before = neuro.read "v"
    %v0 = neuro.select %now, %zero, %v_before
    %v1 = neuro.mulshr tz %v0, %kv by 12
    %v2 = neuro.add %v1, %u
    %bias = neuro.shift %bias_mant, %bias_exp
    %v3 = neuro.add %v2, %bias
    %v4 = neuro.min %v3, %most
    %v5 = neuro.max %v4, %least

    // s = v > vth << 6; if s: v = 0
    %vth6 = neuro.shl %vth by 6
    %silent = neuro.cmp ge %vth6, %v5
    %v6 = neuro.select %silent, %v5, %zero
    neuro.write "v", %v6
    neuro.fire %one unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
  neuro.output "out" %lif_reset {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
}
