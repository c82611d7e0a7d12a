// RUN: neuro-opt %s --neuro-to-loihi | FileCheck %s

// A format has as many delay bits as the delay needs, and every synapse holds
// the delay: behind 4 bits of format, 6 of count and 8 of weight.
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 1 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 2 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 3 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 4 tag 0 index 0 dendrite 0 rule
// CHECK: loihi.format mixed dense weight 8 exp -1 delay 6 tag 0 index 0 dendrite 0 rule
// CHECK-NOT: loihi.format
// CHECK: loihi.synapses dense<[0, 262145, 524290, 786434, 1048579, 1835011, 2097156, 16252933]> : tensor<8xi64>
neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.network @delays attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %c0 = neuro.plastic %x, %f0 rule(@learn) {delay = 0 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y0, %f0 = neuro.population "p0" (%c0) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c1 = neuro.plastic %x, %f1 rule(@learn) {delay = 1 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y1, %f1 = neuro.population "p1" (%c1) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c2 = neuro.plastic %x, %f2 rule(@learn) {delay = 2 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y2, %f2 = neuro.population "p2" (%c2) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c3 = neuro.plastic %x, %f3 rule(@learn) {delay = 3 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y3, %f3 = neuro.population "p3" (%c3) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c4 = neuro.plastic %x, %f4 rule(@learn) {delay = 4 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y4, %f4 = neuro.population "p4" (%c4) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c7 = neuro.plastic %x, %f7 rule(@learn) {delay = 7 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y7, %f7 = neuro.population "p7" (%c7) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c8 = neuro.plastic %x, %f8 rule(@learn) {delay = 8 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y8, %f8 = neuro.population "p8" (%c8) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  %c62 = neuro.plastic %x, %f62 rule(@learn) {delay = 62 : i64} : !neuro.spikes<1, 8>, !neuro.factors<1> -> !neuro.current<1>
  %y62, %f62 = neuro.population "p62" (%c62) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  neuro.output "y" %y0 {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<1, 16>
}
