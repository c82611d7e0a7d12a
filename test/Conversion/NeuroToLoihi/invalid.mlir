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
    %k0 = neuro.const 3
    %a0 = neuro.mulshr fl %v, %k0 by 1
    %k1 = neuro.const 4
    %a1 = neuro.mulshr fl %v, %k1 by 1
    %k2 = neuro.const 5
    %a2 = neuro.mulshr fl %v, %k2 by 1
    %k3 = neuro.const 6
    %a3 = neuro.mulshr fl %v, %k3 by 1
    %k4 = neuro.const 7
    %a4 = neuro.mulshr fl %v, %k4 by 1
    %k5 = neuro.const 8
    %a5 = neuro.mulshr fl %v, %k5 by 1
    %k6 = neuro.const 9
    %a6 = neuro.mulshr fl %v, %k6 by 1
    %k7 = neuro.const 10
    %a7 = neuro.mulshr fl %v, %k7 by 1
    %k8 = neuro.const 11
    %a8 = neuro.mulshr fl %v, %k8 by 1
    %k9 = neuro.const 12
    %a9 = neuro.mulshr fl %v, %k9 by 1
    %k10 = neuro.const 13
    %a10 = neuro.mulshr fl %v, %k10 by 1
    %k11 = neuro.const 14
    %a11 = neuro.mulshr fl %v, %k11 by 1
    %k12 = neuro.const 15
    %a12 = neuro.mulshr fl %v, %k12 by 1
    %k13 = neuro.const 16
    %a13 = neuro.mulshr fl %v, %k13 by 1
    %k14 = neuro.const 17
    %a14 = neuro.mulshr fl %v, %k14 by 1
    %k15 = neuro.const 18
    %a15 = neuro.mulshr fl %v, %k15 by 1
    %k16 = neuro.const 19
    %a16 = neuro.mulshr fl %v, %k16 by 1
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

// -----

neuro.network @parameters attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<1>
  // expected-error @below {{'p' needs 33 parameters, a group has 32; use fewer different constants, or two populations}}
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64} {
  ^bb0(%v0: i32):
    %c0 = neuro.const 100
    %v1 = neuro.add %v0, %c0
    %c1 = neuro.const 101
    %v2 = neuro.add %v1, %c1
    %c2 = neuro.const 102
    %v3 = neuro.add %v2, %c2
    %c3 = neuro.const 103
    %v4 = neuro.add %v3, %c3
    %c4 = neuro.const 104
    %v5 = neuro.add %v4, %c4
    %c5 = neuro.const 105
    %v6 = neuro.add %v5, %c5
    %c6 = neuro.const 106
    %v7 = neuro.add %v6, %c6
    %c7 = neuro.const 107
    %v8 = neuro.add %v7, %c7
    %c8 = neuro.const 108
    %v9 = neuro.add %v8, %c8
    %c9 = neuro.const 109
    %v10 = neuro.add %v9, %c9
    %c10 = neuro.const 110
    %v11 = neuro.add %v10, %c10
    %c11 = neuro.const 111
    %v12 = neuro.add %v11, %c11
    %c12 = neuro.const 112
    %v13 = neuro.add %v12, %c12
    %c13 = neuro.const 113
    %v14 = neuro.add %v13, %c13
    %c14 = neuro.const 114
    %v15 = neuro.add %v14, %c14
    %c15 = neuro.const 115
    %v16 = neuro.add %v15, %c15
    %c16 = neuro.const 116
    %v17 = neuro.add %v16, %c16
    %c17 = neuro.const 117
    %v18 = neuro.add %v17, %c17
    %c18 = neuro.const 118
    %v19 = neuro.add %v18, %c18
    %c19 = neuro.const 119
    %v20 = neuro.add %v19, %c19
    %c20 = neuro.const 120
    %v21 = neuro.add %v20, %c20
    %c21 = neuro.const 121
    %v22 = neuro.add %v21, %c21
    %c22 = neuro.const 122
    %v23 = neuro.add %v22, %c22
    %c23 = neuro.const 123
    %v24 = neuro.add %v23, %c23
    %c24 = neuro.const 124
    %v25 = neuro.add %v24, %c24
    %c25 = neuro.const 125
    %v26 = neuro.add %v25, %c25
    %c26 = neuro.const 126
    %v27 = neuro.add %v26, %c26
    %c27 = neuro.const 127
    %v28 = neuro.add %v27, %c27
    %c28 = neuro.const 128
    %v29 = neuro.add %v28, %c28
    %c29 = neuro.const 129
    %v30 = neuro.add %v29, %c29
    %c30 = neuro.const 130
    %v31 = neuro.add %v30, %c30
    %c31 = neuro.const 131
    %v32 = neuro.add %v31, %c31
    %c32 = neuro.const 132
    %v33 = neuro.add %v32, %c32
    neuro.fire %v33
  } : (!neuro.current<1>) -> !neuro.spikes<1, 16>, !neuro.factors<1>
}
