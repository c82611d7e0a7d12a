// RUN: neuro-opt %s --neuro-to-loihi --split-input-file | FileCheck %s

// Sums flatten into one dendrite; dense or sparse per axon, whichever is
// smaller; fewer weight bits where the low ones are 0; delays on the axons.
// CHECK-LABEL: loihi.system @formats
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
// CHECK: loihi.format mixed dense weight 2 exp -1 delay 0 tag 0 index 0 dendrite 0
// CHECK: loihi.format mixed dense weight 1 exp -1 delay 0 tag 0 index 0 dendrite 1
// CHECK: loihi.axons dense
// CHECK-SAME{LITERAL}: [[0, 1, 0, 0, 0], [1, 1, 0, 1, 3], [2, 1, 0, 2, 62]]
// CHECK: loihi.input "x" graded width 1 offset 2 index dense<[0, 3]>
neuro.network @formats attributes {period = 1 : i64, latency = 3 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, limit = 127 : i64, phase = 2 : i64} : !neuro.spikes<1, 8>
  %a = neuro.project %x weights(dense<[[1], [-128], [127]]> : tensor<3x1xi8>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<3>
  %b = neuro.project %x weights(#neuro.blocks<1, -64>) {delay = 3 : i64} : !neuro.spikes<1, 8> -> !neuro.current<3>
  %s = neuro.sum %a, %b : !neuro.current<3>
  %t = neuro.sum %s : !neuro.current<3>
  %c = neuro.project %x weights(#neuro.blocks<1, -128>) {delay = 62 : i64} : !neuro.spikes<1, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%t, %c) attributes {phase = 3 : i64} {
  ^bb0(%d0: i32, %d1: i32):
    %r = neuro.add %d0, %d1
    neuro.fire %r
  } : (!neuro.current<3>, !neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<3, 16>
}

// -----

// A convolution reaches distant rows: sparse, and the index bits hold the
// distance from the axon's base.
// CHECK-LABEL: loihi.system @sparse
// CHECK: loihi.format mixed sparse weight 8 exp -1 delay 0 tag 0 index 7 dendrite 0
// CHECK-NOT: loihi.format
neuro.network @sparse attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 400>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<400, 8>
  %a = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<2x1x3x3xi8>, input = [1, 20, 20], output = [2, 20, 20], strides = [1, 1], pads = [1, 1, 1, 1]>) {delay = 0 : i64} : !neuro.spikes<400, 8> -> !neuro.current<800>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<800>) -> !neuro.spikes<800, 16>, !neuro.factors<800>
  neuro.output "y" %y {shape = array<i64: 1, 6, 800>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<800, 16>
}

// -----

// Plastic synapses: dense blocks of zeros, the rule made legal, no trace where
// none is read. Products that erase come first, others keep their order.
// CHECK-LABEL: loihi.system @plastic
// CHECK: [[R:%[a-z0-9_]+]] = loihi.rule "learn" "dw = -x0*w*y3 + 2*x0*y1 - 2*x0*y2" {text = "dw = 2*x0*y1 - 2^-5*x0*w*y3 - 2*x0*y2", third_factor}
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule [[R]]
// CHECK: loihi.axons dense
// CHECK-SAME{LITERAL}: [[0, 1, 0, 0, 0], [1, 1, 0, 0, 0], [2, 1, 2, 0, 0], [3, 1, 2, 0, 0]]
// CHECK: loihi.synapses dense<16> : tensor<4xi64>
neuro.rule @learn {
  neuro.factor y1
  neuro.factor y2
  neuro.factor y3
  neuro.update w "2*x0*y1 - 2^-5*x0*w*y3 - 2*x0*y2"
}
neuro.network @plastic attributes {period = 2 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<4, 8>
  %s = neuro.plastic %x, %f rule(@learn) {blocks = 2 : i64} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.export y2, %d0
    neuro.export y3, %d0
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<4, 16>
}

// -----

// Fixed delays take the bits that they need: weight 0, delay 5. The trace of an
// overwriting rule is held.
// CHECK-LABEL: loihi.system @delayed
// CHECK: loihi.rule "learn" "dw = 2*y0*x1"
// CHECK-SAME: graded_mode = #loihi<graded_mode overwrite>, text = "dw = 2*x1*y0", third_factor, x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 65535>
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 3 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.synapses dense<1310720> : tensor<1xi64>
neuro.rule @learn {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y0
  neuro.update w "2*x1*y0"
}
neuro.network @delayed attributes {period = 2 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %s = neuro.plastic %x, %f rule(@learn) {delay = 5 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y, %f = neuro.population "p" (%s) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y0, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<1, 16>
}

// -----

// Names of the source model's nodes come from locations, and populations of
// one node share its entry.
// CHECK-LABEL: loihi.system @names
// CHECK: [[S:%[a-z0-9_]+]] = loihi.source "fc1"
// CHECK-NOT: loihi.source
// CHECK: loihi.group "p" {{%[a-z0-9_]+}}, [[S]] first 0
// CHECK: loihi.group "q" {{%[a-z0-9_]+}}, [[S]] first 1
// CHECK: loihi.output "y" [[S]] offset 4 from dense<[{{\[}}0, 1]]>
// CHECK-SAME: time_axis = -1
// CHECK-SAME: zero = array<f64: 1.000000e+00>
neuro.network @names attributes {period = 2 : i64, latency = 4 : i64, max_tokens = 6 : i64} {
  %x = neuro.input "id" kind = <one_hot> {shape = array<i64: 1, 6>, time_axis = 1 : i64, element_type = i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %a = neuro.project %x weights(dense<1> : tensor<1x3xi8>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<1>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1> loc("fc1")
  %b = neuro.project %y weights(dense<1> : tensor<1x1xi8>) {delay = 0 : i64} : !neuro.spikes<1, 16> -> !neuro.current<1>
  %z, %g = neuro.population "q" (%b) attributes {phase = 3 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1> loc(fused["fc1", "relu"])
  neuro.output "y" %z {shape = array<i64: 1, 1>, time_axis = -1 : i64, scale = array<f64: 0.5>, zero = array<f64: 1.0>, emit = 1 : i64} : !neuro.spikes<1, 16>
}
