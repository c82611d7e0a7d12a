// RUN: not neuro-opt %s --neuro-to-loihi=chips=1 2>&1 | FileCheck %s
// RUN: neuro-opt %s --neuro-to-loihi | FileCheck %s --check-prefix=FITS

// 500000 neurons with an input axon each need 123 cores of 4096 axons.
// CHECK: error: the network does not fit target 'loihi2': L01: cores of 1 chip: 123 needed, 120 available; asked for by 'p' (123); allow 2 chips (--chips=2)
// CHECK: note: core 0: 4096 neurons,
// CHECK: note: and 107 more cores

// FITS: loihi.system @main target "loihi2" attributes {chips = 2
// FITS: loihi.core @core_119 chip 0 at 7, 7
// FITS: loihi.core @core_120 chip 1 at 0, 0
neuro.network @main attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 500000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<500000, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<500000, 8> -> !neuro.current<500000>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<500000>) -> !neuro.spikes<500000, 16>, !neuro.factors<500000>
  neuro.output "y" %y {shape = array<i64: 1, 6, 500000>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<500000, 16>
}
