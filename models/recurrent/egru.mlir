// A layer of event-based gated recurrent units (EGRU)
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   r = s(Wr x + Rr y'),  u = s(Wu x + Ru y'),  z = h(Wz x + Rz (r y' / 256))
//   c <- (u z + (256 - u) c) / 256 - y';  y = c if c >= 300, else nothing is sent
//
// after Subramoney et al. 2022; y' is what was sent for the token before, s(a) = clip(a / 16 + 128, 0..256) and h(a) = clip(a, +-2048) stand for the sigmoid and
// the hyperbolic tangent; divisions round down. A cell that does not reach its threshold is silent, and costs its targets nothing.
//
// The way from y through the reset gate and back takes two steps, so that tokens enter every two steps. The cells leak, but once per token.
neuro.network @egru {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 1000, 3>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<3, 8>
  %wr = neuro.project %x weights(dense<[[9, -4, 7], [3, 8, -6], [-5, 2, 9], [6, 6, -1]]> : tensor<4x3xi8>) : !neuro.spikes<3, 8> -> !neuro.current<4>
  %wu = neuro.project %x weights(dense<[[-3, 5, 8], [7, -8, 4], [6, 1, -9], [-2, 9, 3]]> : tensor<4x3xi8>) : !neuro.spikes<3, 8> -> !neuro.current<4>
  %wz = neuro.project %x weights(dense<[[12, 3, -7], [-9, 14, 5], [8, -6, 11], [4, 10, -13]]> : tensor<4x3xi8>) : !neuro.spikes<3, 8> -> !neuro.current<4>
  %rr = neuro.project %y weights(dense<[[1, -2, 0, 3], [2, 1, -1, 0], [0, 3, 2, -2], [-1, 0, 1, 2]]> : tensor<4x4xi8>) {feedback} : !neuro.spikes<4, 16> -> !neuro.current<4>
  %ru = neuro.project %y weights(dense<[[-1, 2, 1, 0], [3, -2, 0, 1], [1, 0, -3, 2], [0, 1, 2, -1]]> : tensor<4x4xi8>) {feedback} : !neuro.spikes<4, 16> -> !neuro.current<4>
  %own = neuro.project %y weights(#neuro.one_to_one<1>) {feedback} : !neuro.spikes<4, 16> -> !neuro.current<4>
  %ar = neuro.sum %wr, %rr : !neuro.current<4>
  %kept, %kept_factors = neuro.population "reset" (%ar, %own) {
  ^bb0(%a: i32, %before: i32):
    %half = neuro.const 128
    %one = neuro.const 256
    %unit = neuro.const 1
    %zero = neuro.const 0
    %slope = neuro.mulshr fl %a, %unit by 4
    %moved = neuro.add %slope, %half
    %below = neuro.min %moved, %one
    %r = neuro.max %below, %zero
    %left = neuro.mulshr fl %r, %before by 8
    %silent = neuro.cmp eq %left, %zero
    neuro.fire %left unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  %rz = neuro.project %kept weights(dense<[[2, -1, 1, 0], [0, 2, -2, 1], [1, 0, 2, -1], [-2, 1, 0, 3]]> : tensor<4x4xi8>) : !neuro.spikes<4, 16> -> !neuro.current<4>
  %au = neuro.sum %wu, %ru : !neuro.current<4>
  %az = neuro.sum %wz, %rz : !neuro.current<4>
  %y, %y_factors = neuro.population "cells" (%au, %az) attributes {state = [
      #neuro.field<"c", bits = 24, signed = true, saturate = true, init = [0]>,
      #neuro.field<"y", bits = 24, signed = true, saturate = true, init = [0]>]} {
  ^bb0(%a: i32, %b: i32):
    %half = neuro.const 128
    %one = neuro.const 256
    %unit = neuro.const 1
    %zero = neuro.const 0
    %most = neuro.const 2048
    %least = neuro.const -2048
    %threshold = neuro.const 300
    %slope = neuro.mulshr fl %a, %unit by 4
    %moved = neuro.add %slope, %half
    %below = neuro.min %moved, %one
    %u = neuro.max %below, %zero
    %rest = neuro.sub %one, %u
    %low = neuro.min %b, %most
    %z = neuro.max %low, %least
    %c0 = neuro.read "c"
    %before = neuro.read "y"
    %new = neuro.mulshr fl %u, %z by 0
    %old = neuro.mulshr fl %rest, %c0 by 0
    %both = neuro.add %new, %old
    %mixed = neuro.mulshr fl %both, %unit by 8
    %c = neuro.sub %mixed, %before
    %silent = neuro.cmp lt %c, %threshold
    %sent = neuro.select %silent, %zero, %c
    neuro.write "c", %c
    neuro.write "y", %sent
    neuro.fire %c unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}
