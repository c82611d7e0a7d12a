// RUN: neuro-opt %s --split-input-file --neuro-schedule --neuro-to-loihi | FileCheck %s

// All that the learning engine has can be said.
// CHECK-LABEL: loihi.system @tagged_synapses
// CHECK: loihi.rule "tagged" "dw = {{.*}}; dt = {{.*}}; dd = {{.*}}" {epoch = 4 : i64, stochastic, text = "dw = 2^-2*t*y0*y1 + 2*u3*x2; dt = x1*y0 - 2^-3*u3*t; dd = x0*y0", u_k = 3 : i64, x1 = #loihi.trace<impulse = 16, fraction = 128, tau = 10>, x2 = #loihi.trace<impulse = 1, fraction = 0, tau = 65535>, y1 = #loihi.trace<impulse = 16, fraction = 0, tau = 0>}
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 6 tag 4 index 0 dendrite 0 rule
// 11 is the tag: 10 bits of header, 8 of the weight, 6 of the delay.
// CHECK: loihi.synapses dense<184549376> : tensor<1xi64>
neuro.rule @tagged attributes {epoch = 4 : i64, rounding = #neuro.learning_rounding<stochastic>} {
  neuro.trace x1 {impulse = 16.5 : f64, tau = 10 : i64}
  neuro.trace x2 {impulse = 1.0 : f64}
  neuro.trace y1 {impulse = 16.0 : f64, tau = 0 : i64}
  neuro.update w "2^-2*t*y0*y1 + 2*u3*x2"
  neuro.update t "x1*y0 - 2^-3*u3*t"
  neuro.update d "x0*y0"
}
neuro.network @tagged_synapses {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<1, 8>
  %s = neuro.plastic %x, %f rule(@tagged) {tag_bits = 4 : i64, tag = 11 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
}

// -----

// Rules that are used twice are emitted once; those of nobody are not.
// CHECK-LABEL: loihi.system @shared
// CHECK: loihi.rule "pair"
// CHECK-NOT: loihi.rule
// CHECK-NOT: neuro.rule
neuro.rule @unused {
  neuro.update w "2*x0"
}
neuro.rule @pair {
  neuro.trace x1 {impulse = 16.0 : f64, tau = 10 : i64}
  neuro.trace y1 {impulse = 16.0 : f64, tau = 10 : i64}
  neuro.update w "2^-2*x1*y0 - 2^-2*y1*x0"
}
neuro.network @shared {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<1, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<1, 8> -> !neuro.current<1>
  %s = neuro.plastic %x, %f rule(@pair) : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %t = neuro.plastic %x, %g rule(@pair) : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %cs = neuro.sum %c, %s : !neuro.current<1>
  %ct = neuro.sum %c, %t : !neuro.current<1>
  %y, %f = neuro.population "p" (%cs) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  %z, %g = neuro.population "q" (%ct) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
  neuro.output "z" %z {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
}

// -----

// CHECK-LABEL: loihi.system @lava
// CHECK-SAME: learning_mode = #loihi<learning_mode lava_compat>
neuro.rule @learn attributes {mode = #neuro.learning<lava_compat>} {
  neuro.update w "2*x0*y0"
}
neuro.network @lava {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<1, 8>
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
}

// -----

// CHECK-LABEL: loihi.system @graded
// CHECK: graded_mode = #loihi<graded_mode add_wrap_impulse_x2>
// CHECK-SAME: x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 9>, x2 = #loihi.trace<impulse = 3, fraction = 0, tau = 65535>
neuro.rule @learn {
  neuro.trace x1 {tau = 9 : i64, mode = #neuro.graded<add_wrap_impulse_x2>}
  neuro.trace x2 {impulse = 3.0 : f64}
  neuro.update w "2*x2*y0"
}
neuro.network @graded {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<1, 8>
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 8>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 9, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 8>
}
