// RUN: neuro-opt %s --neuro-schedule | FileCheck %s

// Two events of a token arrive one step apart: the next token comes two steps
// later, not in the step of the second event.
// CHECK-LABEL: neuro.network @arrive attributes
// CHECK-SAME: period = 2 : i64
neuro.network @arrive {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %1 = neuro.project %x weights(#neuro.one_to_one<1>) {arrive = 1 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "y" (%0, %1) {
  ^bb0(%d0: i32, %d1: i32):
    %s = neuro.add %d0, %d1
    neuro.fire %s
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
}
