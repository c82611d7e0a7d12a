// RUN: not neuro-opt %s --neuro-to-loihi --split-input-file 2>&1 | FileCheck %s
// RUN: neuro-opt %s --neuro-to-loihi=target=unbounded --split-input-file | FileCheck %s --check-prefix=UNBOUNDED
// UNBOUNDED-COUNT-2: loihi.core @core_0

// Every broken limit is an error of its own that names the resource, demand,
// capacity, who asks and what to do; the cores are listed once.

// CHECK: error: the network does not fit target 'loihi2': L06: input axons of a core that holds neuron 0 of 'fc' alone: 5000 needed, 4096 available; asked for by 'x' (5000); give the layer fewer inputs, for example by pooling before it
// CHECK: note: core 0: 2 neurons, 40000 synapse bytes, 80004 bytes in all, 5000 input axons, 0 output axons, 1 programs, 1 formats
neuro.network @fan_in attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<2>
  %y, %f = neuro.population "fc" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
}

// -----

// The two layers ask for more input axons than one neuron's core has.
// CHECK: error: the network does not fit target 'loihi2': L06: {{.*}} neuron 0 of 'fc' alone: 6000 needed, 4096 available; asked for by 'conv1' (4000), 'conv2' (2000);
neuro.network @two_layers attributes {period = 1 : i64, latency = 2 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %c1 = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<2000>
  %y1, %f1 = neuro.population "a" (%c1) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2000>) -> !neuro.spikes<2000, 16>, !neuro.factors<2000> loc("conv2")
  %c2 = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<4000>
  %y2, %f2 = neuro.population "b" (%c2) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4000>) -> !neuro.spikes<4000, 16>, !neuro.factors<4000> loc("conv1")
  %d1 = neuro.project %y1 weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<2000, 16> -> !neuro.current<2>
  %d2 = neuro.project %y2 weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<4000, 16> -> !neuro.current<2>
  %s = neuro.sum %d1, %d2 : !neuro.current<2>
  %y, %f = neuro.population "fc" (%s) attributes {phase = 2 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
}
