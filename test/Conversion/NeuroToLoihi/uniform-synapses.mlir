// RUN: neuro-opt %s --neuro-to-loihi --split-input-file | FileCheck %s

// Synapses said in short are those of the matrix before them.

// CHECK-LABEL: loihi.system @shift_matrix
// CHECK: loihi.axons dense<[[SHIFT_A:.*]]>
// CHECK: loihi.synapses dense<[[SHIFT_S:.*]]>
neuro.network @shift_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %a = neuro.project %x weights(dense<[[0, 0, 7], [7, 0, 0], [0, 7, 0]]> : tensor<3x3xi8>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK-LABEL: loihi.system @shift
// CHECK: loihi.axons dense<[[SHIFT_A]]>
// CHECK: loihi.synapses dense<[[SHIFT_S]]>
neuro.network @shift attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %a = neuro.project %x weights(#neuro.shift<1, 7>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK-LABEL: loihi.system @shift_back_matrix
// CHECK: loihi.axons dense<[[SHIFT_BACK_A:.*]]>
// CHECK: loihi.synapses dense<[[SHIFT_BACK_S:.*]]>
neuro.network @shift_back_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %a = neuro.project %x weights(dense<[[0, 7, 0], [0, 0, 7], [7, 0, 0]]> : tensor<3x3xi8>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK-LABEL: loihi.system @shift_back
// CHECK: loihi.axons dense<[[SHIFT_BACK_A]]>
// CHECK: loihi.synapses dense<[[SHIFT_BACK_S]]>
neuro.network @shift_back attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %a = neuro.project %x weights(#neuro.shift<-1, 7>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK-LABEL: loihi.system @repeat_matrix
// CHECK: loihi.axons dense<[[REPEAT_A:.*]]>
// CHECK: loihi.synapses dense<[[REPEAT_S:.*]]>
neuro.network @repeat_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %a = neuro.project %x weights(dense<[[3, 0], [0, 3], [3, 0], [0, 3], [3, 0], [0, 3]]> : tensor<6x2xi8>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<6>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<6>) -> !neuro.spikes<6, 16>, !neuro.factors<6>
  neuro.output "y" %y {shape = array<i64: 1, 6, 6>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<6, 16>
}

// -----

// CHECK-LABEL: loihi.system @repeat
// CHECK: loihi.axons dense<[[REPEAT_A]]>
// CHECK: loihi.synapses dense<[[REPEAT_S]]>
neuro.network @repeat attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %a = neuro.project %x weights(#neuro.repeat<blocks = 1, period = 2, weight = 3>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<6>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<6>) -> !neuro.spikes<6, 16>, !neuro.factors<6>
  neuro.output "y" %y {shape = array<i64: 1, 6, 6>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<6, 16>
}

// -----

// CHECK-LABEL: loihi.system @repeat_rest_matrix
// CHECK: loihi.axons dense<[[REPEAT_REST_A:.*]]>
// CHECK: loihi.synapses dense<[[REPEAT_REST_S:.*]]>
neuro.network @repeat_rest_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %a = neuro.project %x weights(dense<[[3, 0], [0, 3], [0, 0], [3, 0], [0, 3]]> : tensor<5x2xi8>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<5>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<5>) -> !neuro.spikes<5, 16>, !neuro.factors<5>
  neuro.output "y" %y {shape = array<i64: 1, 6, 5>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<5, 16>
}

// -----

// CHECK-LABEL: loihi.system @repeat_rest
// CHECK: loihi.axons dense<[[REPEAT_REST_A]]>
// CHECK: loihi.synapses dense<[[REPEAT_REST_S]]>
neuro.network @repeat_rest attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %a = neuro.project %x weights(#neuro.repeat<blocks = 1, period = 3, weight = 3>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<5>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<5>) -> !neuro.spikes<5, 16>, !neuro.factors<5>
  neuro.output "y" %y {shape = array<i64: 1, 6, 5>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<5, 16>
}

// -----

// CHECK-LABEL: loihi.system @fold_matrix
// CHECK: loihi.axons dense<[[FOLD_A:.*]]>
// CHECK: loihi.synapses dense<[[FOLD_S:.*]]>
neuro.network @fold_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 8>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<8, 8>
  %a = neuro.project %x weights(dense<[[-3, 0, -3, 0, 0, 0, 0, 0], [0, -3, 0, -3, 0, 0, 0, 0], [0, 0, 0, 0, -3, 0, -3, 0], [0, 0, 0, 0, 0, -3, 0, -3]]> : tensor<4x8xi8>) {delay = 0 : i64} : !neuro.spikes<8, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

// CHECK-LABEL: loihi.system @fold
// CHECK: loihi.axons dense<[[FOLD_A]]>
// CHECK: loihi.synapses dense<[[FOLD_S]]>
neuro.network @fold attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 8>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<8, 8>
  %a = neuro.project %x weights(#neuro.repeat<blocks = 2, period = 2, weight = -3>) {delay = 0 : i64} : !neuro.spikes<8, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

// CHECK-LABEL: loihi.system @stride_matrix
// CHECK: loihi.axons dense<[[STRIDE_A:.*]]>
// CHECK: loihi.synapses dense<[[STRIDE_S:.*]]>
neuro.network @stride_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 10>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<10, 8>
  %a = neuro.project %x weights(dense<[[5, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 5, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 5]]> : tensor<4x10xi8>) {delay = 0 : i64} : !neuro.spikes<10, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

// CHECK-LABEL: loihi.system @stride
// CHECK: loihi.axons dense<[[STRIDE_A]]>
// CHECK: loihi.synapses dense<[[STRIDE_S]]>
neuro.network @stride attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 10>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<10, 8>
  %a = neuro.project %x weights(#neuro.stride<blocks = 2, step = 4, offset = 0, weight = 5>) {delay = 0 : i64} : !neuro.spikes<10, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

// CHECK-LABEL: loihi.system @stride_offset_matrix
// CHECK: loihi.axons dense<[[STRIDE_OFFSET_A:.*]]>
// CHECK: loihi.synapses dense<[[STRIDE_OFFSET_S:.*]]>
neuro.network @stride_offset_matrix attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 10>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<10, 8>
  %a = neuro.project %x weights(dense<[[0, 0, 5, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 5, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]> : tensor<4x10xi8>) {delay = 0 : i64} : !neuro.spikes<10, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}

// -----

// CHECK-LABEL: loihi.system @stride_offset
// CHECK: loihi.axons dense<[[STRIDE_OFFSET_A]]>
// CHECK: loihi.synapses dense<[[STRIDE_OFFSET_S]]>
neuro.network @stride_offset attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 10>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<10, 8>
  %a = neuro.project %x weights(#neuro.stride<blocks = 2, step = 4, offset = 2, weight = 5>) {delay = 0 : i64} : !neuro.spikes<10, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 16>
}
