// Inverse square root
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x and y have 12 fractional bits: y is about 2^18 / sqrt(x).
//   y = 2^(17 - j) with 4^j <= x < 4^(j + 1)
//   five times: y = fl(y * (3 * 2^20 - fl(x * y * y, 16)), 21)
//   sends y; nothing if a <= 0
//
// Our choice of Lava's scheme of a table indexed by the leading zeros and five Newton steps; the product x * y * y has 20 fractional bits.
neuro.network @inverse_sqrt attributes {timing = #neuro.timing<step>} {
  %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, limit = 8388607 : i64} : !neuro.spikes<4, 24>
  %current = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 24> -> !neuro.current<4>
  %inverse_sqrt, %factors = neuro.population "inverse_sqrt" (%current) {
  ^bb0(%a: i32):
    %zero = neuro.const 0
    %x_one = neuro.const 1
    %x = neuro.max %a, %x_one

    // y = 2^(17 - j) with 4^j <= x < 4^(j + 1)
    %y0 = neuro.const 131072
    %x1 = neuro.const 4
    %y1 = neuro.const 65536
    %under1 = neuro.cmp lt %x, %x1
    %g1 = neuro.select %under1, %y0, %y1
    %x2 = neuro.const 16
    %y2 = neuro.const 32768
    %under2 = neuro.cmp lt %x, %x2
    %g2 = neuro.select %under2, %g1, %y2
    %x3 = neuro.const 64
    %y3 = neuro.const 16384
    %under3 = neuro.cmp lt %x, %x3
    %g3 = neuro.select %under3, %g2, %y3
    %x4 = neuro.const 256
    %y4 = neuro.const 8192
    %under4 = neuro.cmp lt %x, %x4
    %g4 = neuro.select %under4, %g3, %y4
    %x5 = neuro.const 1024
    %y5 = neuro.const 4096
    %under5 = neuro.cmp lt %x, %x5
    %g5 = neuro.select %under5, %g4, %y5
    %x6 = neuro.const 4096
    %y6 = neuro.const 2048
    %under6 = neuro.cmp lt %x, %x6
    %g6 = neuro.select %under6, %g5, %y6
    %x7 = neuro.const 16384
    %y7 = neuro.const 1024
    %under7 = neuro.cmp lt %x, %x7
    %g7 = neuro.select %under7, %g6, %y7
    %x8 = neuro.const 65536
    %y8 = neuro.const 512
    %under8 = neuro.cmp lt %x, %x8
    %g8 = neuro.select %under8, %g7, %y8
    %x9 = neuro.const 262144
    %y9 = neuro.const 256
    %under9 = neuro.cmp lt %x, %x9
    %g9 = neuro.select %under9, %g8, %y9
    %x10 = neuro.const 1048576
    %y10 = neuro.const 128
    %under10 = neuro.cmp lt %x, %x10
    %g10 = neuro.select %under10, %g9, %y10
    %x11 = neuro.const 4194304
    %y11 = neuro.const 64
    %under11 = neuro.cmp lt %x, %x11
    %g11 = neuro.select %under11, %g10, %y11

    // y = fl(y * (3 * 2^20 - fl(x * y * y, 16)), 21)
    %three = neuro.const 3145728
    %xy1 = neuro.mulshr fl %x, %g11 by 0
    %xyy1 = neuro.mulshr fl %xy1, %g11 by 16
    %f1 = neuro.sub %three, %xyy1
    %n1 = neuro.mulshr fl %g11, %f1 by 21
    %xy2 = neuro.mulshr fl %x, %n1 by 0
    %xyy2 = neuro.mulshr fl %xy2, %n1 by 16
    %f2 = neuro.sub %three, %xyy2
    %n2 = neuro.mulshr fl %n1, %f2 by 21
    %xy3 = neuro.mulshr fl %x, %n2 by 0
    %xyy3 = neuro.mulshr fl %xy3, %n2 by 16
    %f3 = neuro.sub %three, %xyy3
    %n3 = neuro.mulshr fl %n2, %f3 by 21
    %xy4 = neuro.mulshr fl %x, %n3 by 0
    %xyy4 = neuro.mulshr fl %xy4, %n3 by 16
    %f4 = neuro.sub %three, %xyy4
    %n4 = neuro.mulshr fl %n3, %f4 by 21
    %xy5 = neuro.mulshr fl %x, %n4 by 0
    %xyy5 = neuro.mulshr fl %xy5, %n4 by 16
    %f5 = neuro.sub %three, %xyy5
    %n5 = neuro.mulshr fl %n4, %f5 by 21

    %silent = neuro.cmp ge %zero, %a
    neuro.fire %n5 unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "out" %inverse_sqrt {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}
