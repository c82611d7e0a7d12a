// RUN: neuro-opt %s --neuro-range-analysis --verify-diagnostics | FileCheck %s

// CHECK-LABEL: neuro.network @bounds
neuro.network @bounds {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 100 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(dense<[[3, -4], [1, 1]]> : tensor<2x2xi8>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // The declared width does not bind: 3 * 100 + 4 * 100.
  // CHECK: neuro.population "a"{{.*}}neuro.dendrite_bounds = array<i64: 700>
  %a, %fa = neuro.population "a" (%c) {
  ^bb0(%d0: i32):
    %limit = neuro.const 50
    %zero = neuro.const 0
    %0 = neuro.min %d0, %limit
    %1 = neuro.max %0, %zero
    neuro.fire %1
  } : (!neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  %d = neuro.project %a weights(#neuro.blocks<1, 127>) : !neuro.spikes<2, 24> -> !neuro.current<1>
  // CHECK: neuro.population "b"{{.*}}neuro.dendrite_bounds = array<i64: 12700>
  %b, %fb = neuro.population "b" (%d) {
  ^bb0(%d0: i32):
    %thousand = neuro.const 1000
    %0 = neuro.mulshr fl %d0, %thousand by 0
    neuro.fire %0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 24>, !neuro.factors<1>
  %e = neuro.project %b weights(#neuro.blocks<1, 2>) : !neuro.spikes<1, 24> -> !neuro.current<1>
  // expected-remark @below {{dendrite #0 of population 'c' may wrap: its sum may reach 16777214}}
  // expected-note @below {{the accumulator holds 24 bits (up to 8388607); the chip counts wraps as dendrite_wraps}}
  %g, %fg = neuro.population "c" (%e) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 24>, !neuro.factors<1>
}
