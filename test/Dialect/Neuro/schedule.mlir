// RUN: neuro-opt %s --neuro-schedule | FileCheck %s
// RUN: neuro-opt %s --neuro-schedule="fall-through=true" | FileCheck %s --check-prefix=FALL
// Scheduling twice changes nothing.
// RUN: neuro-opt %s --neuro-schedule --neuro-schedule | FileCheck %s

// Two paths of different length meet: the short one is delayed.
// CHECK-LABEL: neuro.network @meet attributes {latency = 2 : i64, period = 1 : i64}
// FALL-LABEL: neuro.network @meet attributes {latency = 2 : i64, period = 3 : i64}
// CHECK: neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64}
// CHECK: neuro.population "a"{{.*}}phase = 1
// CHECK: neuro.project %a weights(#neuro.one_to_one<1>) {delay = 0 : i64}
// CHECK: neuro.project %x weights(#neuro.one_to_one<1>) {delay = 1 : i64}
// CHECK: neuro.population "b"{{.*}}phase = 2
neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.network @meet {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %1 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %2 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %3 = neuro.sum %1, %2 : !neuro.current<2>
  %b, %fb = neuro.population "b" (%3) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %b {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}

// Two events per token need a period of two; plastic synapses are exactly one
// step long, so their source is moved back to its target.
// CHECK-LABEL: neuro.network @events attributes {latency = 4 : i64, period = 2 : i64}
// CHECK: neuro.population "late"{{.*}}phase = 1
// CHECK: neuro.project %x {{.*}}delay = 0
// CHECK: neuro.population "pre"{{.*}}phase = 1
// CHECK: neuro.plastic
// CHECK: neuro.project %late {{.*}}arrive = 1 : i64, delay = 1 : i64
// CHECK: neuro.population "post"{{.*}}phase = 2
neuro.network @events {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %l, %fl = neuro.population "late" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %1 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %p, %fp = neuro.population "pre" (%1) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %2 = neuro.plastic %p, %fq rule(@learn) : !neuro.spikes<2, 8>, !neuro.factors<2> -> !neuro.current<2>
  %3 = neuro.project %l weights(#neuro.one_to_one<1>) {arrive = 1 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %q, %fq = neuro.population "post" (%2, %3) {
  ^bb0(%d0: i32, %d1: i32):
    neuro.export y1, %d1
    neuro.fire %d0
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %4 = neuro.project %q weights(#neuro.one_to_one<1>) {emit = 1 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %r, %fr = neuro.population "read" (%4) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %r {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}

// A loop of three steps, closed in time for the next token: a token enters
// every third step. With fall-through the value waits in the axon.
// CHECK-LABEL: neuro.network @loop attributes {latency = 2 : i64, period = 3 : i64}
// FALL-LABEL: neuro.network @loop attributes {latency = 2 : i64, period = 3 : i64}
// CHECK: neuro.project %c {{.*}} {delay = 0 : i64, feedback}
// CHECK: neuro.population "a"{{.*}}phase = 1
// CHECK: neuro.population "b"{{.*}}phase = 2
// CHECK: neuro.population "c"{{.*}}phase = 3
neuro.network @loop {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %1 = neuro.project %c weights(#neuro.one_to_one<1>) {feedback} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %2 = neuro.sum %0, %1 : !neuro.current<2>
  %a, %fa = neuro.population "a" (%2) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %3 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %b, %fb = neuro.population "b" (%3) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %4 = neuro.project %b weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %c, %fc = neuro.population "c" (%4) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %b {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}

// A delay that is written is kept, and what follows moves.
// CHECK-LABEL: neuro.network @written attributes {latency = 7 : i64, period = 1 : i64}
// CHECK: neuro.project %x {{.*}} {delay = 5 : i64}
// CHECK: neuro.population "a"{{.*}}phase = 6
// CHECK: neuro.project %x {{.*}} {delay = 6 : i64}
neuro.network @written {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 5 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %1 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %2 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %3 = neuro.sum %1, %2 : !neuro.current<2>
  %b, %fb = neuro.population "b" (%3) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %b {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}

// One current for two populations of different phases becomes two.
// CHECK-LABEL: neuro.network @shared
// CHECK: [[FIRST:%.*]] = neuro.project %x {{.*}} {delay = 0 : i64}
// CHECK-NEXT: [[SECOND:%.*]] = neuro.project %x {{.*}} {delay = 1 : i64}
// CHECK: neuro.population "a"([[FIRST]])
// CHECK: neuro.population "b"([[SECOND]],
neuro.network @shared {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  %1 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %b, %fb = neuro.population "b" (%0, %1) {
  ^bb0(%d0: i32, %d1: i32):
    %s = neuro.add %d0, %d1
    neuro.fire %s
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %b {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}
