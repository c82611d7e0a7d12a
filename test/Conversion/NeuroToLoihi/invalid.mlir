// RUN: neuro-opt %s --neuro-to-loihi --split-input-file --verify-diagnostics

// expected-error @below {{has no period or latency; run neuro-schedule first}}
neuro.network @unscheduled {
  // expected-error @below {{'x' has no phase; run neuro-schedule first}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64} : !neuro.spikes<1, 8>
  // expected-error @below {{has no delay; run neuro-schedule first}}
  %a = neuro.project %x weights(dense<1> : tensor<1x1xi8>) : !neuro.spikes<1, 8> -> !neuro.current<1>
  // expected-error @below {{'p' has no phase; run neuro-schedule first}}
  %y, %f = neuro.population "p" (%a) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
  neuro.output "y" %y {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<1, 16>
}

// -----

neuro.network @registers attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<1>
  // expected-error @below {{'p' needs 17 values at once, a neuron program has 16 registers; keep some in state fields, or use two populations}}
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64} {
  ^bb0(%v: i32):
    %a0 = neuro.neg %v
    %a1 = neuro.neg %v
    %a2 = neuro.neg %v
    %a3 = neuro.neg %v
    %a4 = neuro.neg %v
    %a5 = neuro.neg %v
    %a6 = neuro.neg %v
    %a7 = neuro.neg %v
    %a8 = neuro.neg %v
    %a9 = neuro.neg %v
    %a10 = neuro.neg %v
    %a11 = neuro.neg %v
    %a12 = neuro.neg %v
    %a13 = neuro.neg %v
    %a14 = neuro.neg %v
    %a15 = neuro.neg %v
    %a16 = neuro.neg %v
    %s0 = neuro.add %a0, %a1
    %s1 = neuro.add %s0, %a2
    %s2 = neuro.add %s1, %a3
    %s3 = neuro.add %s2, %a4
    %s4 = neuro.add %s3, %a5
    %s5 = neuro.add %s4, %a6
    %s6 = neuro.add %s5, %a7
    %s7 = neuro.add %s6, %a8
    %s8 = neuro.add %s7, %a9
    %s9 = neuro.add %s8, %a10
    %s10 = neuro.add %s9, %a11
    %s11 = neuro.add %s10, %a12
    %s12 = neuro.add %s11, %a13
    %s13 = neuro.add %s12, %a14
    %s14 = neuro.add %s13, %a15
    %s15 = neuro.add %s14, %a16
    neuro.fire %s15
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}

// -----

neuro.network @cycle attributes {period = 1 : i64, latency = 1 : i64} {
  // expected-error @below {{is a term of itself}}
  %a = neuro.sum %b : !neuro.current<1>
  %b = neuro.sum %a : !neuro.current<1>
  %y, %f = neuro.population "p" (%a) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}

// -----

neuro.network @passthrough attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  // expected-error @below {{'y' must read a population, not an input}}
  neuro.output "y" %x {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<1, 8>
}

// -----

neuro.network @neurons attributes {period = 1 : i64, latency = 1 : i64} {
  // expected-error @below {{has 70000000 neurons, at most 67108864 can be mapped}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 70000000>, time_axis = 1 : i64, phase = 0 : i64} : !neuro.spikes<70000000, 8>
}

// -----

neuro.network @synapses attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1000000>, time_axis = 1 : i64, phase = 0 : i64} : !neuro.spikes<1000000, 8>
  // expected-error @below {{has 1000000000000 synapses, at most 2147483648 can be mapped}}
  %a = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<1000000, 8> -> !neuro.current<1000000>
}
