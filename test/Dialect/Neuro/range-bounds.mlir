// RUN: neuro-opt %s --neuro-range-analysis --split-input-file | FileCheck %s

// One id at a time: the largest weight counts, not the sum. Of a graded input
// all elements may be large at once, each with its sign.
// CHECK-LABEL: neuro.network @ports
// CHECK: neuro.population "ids"{{.*}}neuro.dendrite_bounds = array<i64: 9>
// CHECK: neuro.population "values"{{.*}}neuro.dendrite_bounds = array<i64: 1600>
neuro.network @ports {
  %i = neuro.input "i" kind = <one_hot> {shape = array<i64: 1, 6>, time_axis = 1 : i64, limit = 1 : i64} : !neuro.spikes<3, 8>
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, limit = 100 : i64} : !neuro.spikes<3, 8>
  %c = neuro.project %i weights(dense<[[3, 4, -9]]> : tensor<1x3xi8>) : !neuro.spikes<3, 8> -> !neuro.current<1>
  %d = neuro.project %x weights(dense<[[3, 4, -9]]> : tensor<1x3xi8>) : !neuro.spikes<3, 8> -> !neuro.current<1>
  %a, %fa = neuro.population "ids" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %b, %fb = neuro.population "values" (%d) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}

// -----

// Rounded down -7 / 4 is -2, towards zero -1.
// CHECK-LABEL: neuro.network @rounding
// CHECK: neuro.population "down"{{.*}}neuro.dendrite_bounds = array<i64: 7>
// CHECK: neuro.population "zero"{{.*}}neuro.dendrite_bounds = array<i64: 7>
// CHECK: neuro.population "sums"{{.*}}neuro.dendrite_bounds = array<i64: 200, 100>
neuro.network @rounding {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, limit = 7 : i64} : !neuro.spikes<1, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<1, 8> -> !neuro.current<1>
  %a, %fa = neuro.population "down" (%c) {
  ^bb0(%d0: i32):
    %one = neuro.const 1
    %0 = neuro.mulshr fl %d0, %one by 2
    neuro.fire %0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %b, %fb = neuro.population "zero" (%c) {
  ^bb0(%d0: i32):
    %one = neuro.const 1
    %0 = neuro.mulshr tz %d0, %one by 2
    neuro.fire %0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %d = neuro.project %a weights(#neuro.one_to_one<100>) : !neuro.spikes<1, 16> -> !neuro.current<1>
  %e = neuro.project %b weights(#neuro.one_to_one<100>) : !neuro.spikes<1, 16> -> !neuro.current<1>
  %s, %fs = neuro.population "sums" (%d, %e) {
  ^bb0(%d0: i32, %d1: i32):
    neuro.fire %d0
  } : (!neuro.current<1>, !neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}

// -----

// A plastic weight may reach -128. Where a rule moves delays, spikes of 63
// steps can meet in one.
// CHECK-LABEL: neuro.network @delays
// CHECK: neuro.population "weights"{{.*}}neuro.dendrite_bounds = array<i64: 1280>
// CHECK: neuro.population "delays"{{.*}}neuro.dendrite_bounds = array<i64: 80640>
neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.rule @learn2 {
  neuro.factor y1
  neuro.update w "x0*y1"
  neuro.update d "x0*y1"
}
neuro.network @delays {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 5 : i64} : !neuro.spikes<2, 8>
  %c = neuro.plastic %x, %fa rule(@learn) : !neuro.spikes<2, 8>, !neuro.factors<1> -> !neuro.current<1>
  %d = neuro.plastic %x, %fb rule(@learn2) : !neuro.spikes<2, 8>, !neuro.factors<1> -> !neuro.current<1>
  %a, %fa = neuro.population "weights" (%c) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %b, %fb = neuro.population "delays" (%d) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}
