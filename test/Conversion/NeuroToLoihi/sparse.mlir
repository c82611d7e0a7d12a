// Synapses with delays of their own, static and plastic, and the two ways of an axon.
// RUN: neuro-opt %s --neuro-schedule --neuro-to-loihi --split-input-file --verify-diagnostics | FileCheck %s

// Sources 0 and 1 reach few of 200 targets, at delays 0..5: 3 bits and an index. Source 2 reaches neighbours: dense.
// CHECK-LABEL: loihi.system @sparse
// CHECK-DAG: loihi.format mixed sparse weight 8 exp -1 delay 3 tag 0 index 8 dendrite 0
// CHECK-DAG: loihi.format mixed dense weight 8 exp -1 delay 3 tag 0 index 0 dendrite 0
// CHECK: loihi.axons dense<{{.*}}[0, 1, 1, 0, 2], [1, 1, 0, 0, 2], [2, 1, 7, 1, 2]]> : tensor<3x5xi32>
neuro.network @sparse attributes {timing = #neuro.timing<step>} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 3>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<3, 8>
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 2, 4, 6]> : tensor<4xi64>, targets = dense<[150, 1, 0, 199, 7, 8]> : tensor<6xi32>, weights = dense<[1, -2, 3, 4, 5, 6]> : tensor<6xi8>, delays = dense<[0, 5, 1, 2, 3, 4]> : tensor<6xi8>>) {delay = 2 : i64} : !neuro.spikes<3, 8> -> !neuro.current<200>
  %y, %f = neuro.population "y" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<200>) -> !neuro.spikes<200, 16>, !neuro.factors<200>
  neuro.output "y" %y {shape = array<i64: 1, 9, 200>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<200, 16>
}

// -----

neuro.rule @grow {
  neuro.update w "2*x0*y0"
}

// A plastic axon fills no gap.
// CHECK-LABEL: loihi.system @plastic
// CHECK: loihi.format mixed sparse weight 8 exp -1 delay 6 tag 0 index 6 dendrite 0 rule
// CHECK-NOT: loihi.format mixed dense
neuro.network @plastic attributes {timing = #neuro.timing<step>} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 2>, time_axis = 1 : i64} : !neuro.spikes<2, 0>
  %c = neuro.plastic %x, %f rule(@grow) synapses(#neuro.sparse<offsets = dense<[0, 2, 4]> : tensor<3xi64>, targets = dense<[0, 2, 1, 3]> : tensor<4xi32>, weights = dense<3> : tensor<4xi8>, delays = dense<[0, 62, 1, 2]> : tensor<4xi8>>) : !neuro.spikes<2, 0>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "y" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 9, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

neuro.network @missing attributes {timing = #neuro.timing<step>} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 2>, time_axis = 1 : i64} : !neuro.spikes<2, 0>
  // expected-error @below {{has weights without data; print the module with all its resources}}
  // expected-note @below {{a resource of the attribute is missing, elided or not as long as its type says}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 50, 100]> : tensor<3xi64>, targets = dense_resource<missing> : tensor<100xi32>, weights = dense<1> : tensor<100xi8>>) : !neuro.spikes<2, 0> -> !neuro.current<100>
  %y, %f = neuro.population "y" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<100>) -> !neuro.spikes<100, 16>, !neuro.factors<100>
}
