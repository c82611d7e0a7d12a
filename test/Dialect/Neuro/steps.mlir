// RUN: neuro-opt %s --neuro-schedule | FileCheck %s
// RUN: neuro-opt %s --neuro-schedule --neuro-schedule | FileCheck %s
// RUN: neuro-opt %s --verify-roundtrip | FileCheck %s --check-prefix=TRIP
// RUN: not neuro-opt %s --neuro-schedule="fall-through=true" 2>&1 | FileCheck %s --check-prefix=FALL

// Delays are those that are written, or 0; a loop needs no mark; nothing is inserted.
// TRIP: neuro.network @loop attributes {timing = #neuro.timing<step>}
// FALL: error: 'neuro.network' op counts steps, so that no token leaves before the next enters; leave the option fall-through out
// CHECK-LABEL: neuro.network @loop attributes {latency = 0 : i64, period = 1 : i64, timing = #neuro.timing<step>}
// CHECK: neuro.input "x" {{.*}}phase = 0 : i64
// CHECK-NEXT: neuro.project %x {{.*}}{delay = 5 : i64}
// CHECK-NEXT: neuro.project %y {{.*}}{delay = 0 : i64}
// CHECK-NEXT: neuro.project %x {{.*}}{delay = 0 : i64}
// CHECK-NEXT: neuro.sum
// CHECK-NEXT: neuro.population "y"{{.*}}phase = 0 : i64
// CHECK: neuro.population "z"{{.*}}phase = 0 : i64
// CHECK-NOT: neuro.population
neuro.network @loop attributes {timing = #neuro.timing<step>} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 5 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %r = neuro.project %y weights(#neuro.one_to_one<-1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %e = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %s = neuro.sum %c, %r : !neuro.current<2>
  %y, %f = neuro.population "y" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %z, %g = neuro.population "z" (%e) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 9, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
  neuro.output "z" %z {shape = array<i64: 1, 9, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}
