// RUN: neuro-opt %s --neuro-schedule | FileCheck %s
// RUN: neuro-opt %s --neuro-schedule --neuro-schedule | FileCheck %s

// One that leaks acts in the steps of its tokens; the first begins in step 1.
// CHECK: neuro.population "leaks"({{.*}}) attributes {gated, phase = 1 : i64, state = [{{.*}}, #neuro.field<"turn_", bits = 8, signed = true, saturate = false, init = [-1]>]}
// CHECK: [[TURN:%.*]] = neuro.read "turn_"
// CHECK: neuro.write "turn_"
// CHECK: neuro.mulshr
// CHECK: [[OLD:%.*]] = neuro.read "turn"
// CHECK-NEXT: [[NEW:%.*]] = neuro.select %{{.*}}, %{{.*}}, [[OLD]]
// CHECK-NEXT: neuro.write "turn", [[NEW]]
// CHECK: neuro.fire %{{.*}} unless
// CHECK-NOT: "turn_"

// What keeps its state without input, and what has none, is left alone.
// CHECK: neuro.population "adds"
// CHECK-NOT: gated
// CHECK: neuro.population "maps"
// CHECK-NOT: gated
// CHECK: neuro.output
neuro.network @gate {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "leaks" (%c) attributes {state = [#neuro.field<"turn", bits = 16, signed = true, saturate = true, init = [5]>]} {
  ^bb0(%d0: i32):
    %keep = neuro.const 200
    %old = neuro.read "turn"
    %less = neuro.mulshr fl %old, %keep by 8
    %new = neuro.add %less, %d0
    neuro.write "turn", %new
    neuro.fire %new
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  %z, %g = neuro.population "adds" (%c) attributes {state = [#neuro.field<"sum", bits = 16, signed = true, saturate = true, init = [0]>]} {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    %old = neuro.read "sum"
    %new = neuro.add %old, %d0
    neuro.write "sum", %new
    %silent = neuro.cmp eq %d0, %zero
    neuro.fire %new unless %silent
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  %w, %h = neuro.population "maps" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
  neuro.output "z" %z {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
  neuro.output "w" %w {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}
