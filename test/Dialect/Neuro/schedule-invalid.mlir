// RUN: neuro-opt %s --neuro-schedule --split-input-file --verify-diagnostics

// expected-note @below {{mark the projection that reaches a later token with 'feedback'}}
neuro.network @cycle {
  // expected-note @below {{'y' hears 'y' at least 1 step(s) after its phase}}
  %c = neuro.project %y weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-error @below {{'neuro.population' op 'y' has no phase: it waits, in the same token, for its own spikes}}
  %y, %f = neuro.population "y" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}

// -----

// Two ways from x to b whose written delays do not agree: by a it takes 2 steps
// at least, but b is to hear x after 1.
// expected-note @below {{leave out what need not be fixed, so that the scheduler can choose it}}
neuro.network @delays {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  // expected-note @below {{'a' hears 'x' at least 1 step(s) after its phase}}
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-error @below {{'a' has no phase: what is written on this cycle cannot be met with a token every 1 step(s)}}
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  // expected-note @below {{'b' hears 'a' at least 1 step(s) after its phase}}
  %1 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-note @below {{'b' hears 'x' exactly 1 step(s) after its phase (its delay is written)}}
  %2 = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %3 = neuro.sum %1, %2 : !neuro.current<2>
  %b, %fb = neuro.population "b" (%3) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}

// -----

// A loop of two steps with a period of one.
// expected-note @below {{leave out what need not be fixed, so that the scheduler can choose it}}
neuro.network @period attributes {period = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-note @below {{'a' hears 'b' at least 1 step(s) after its phase, at the next token}}
  %1 = neuro.project %b weights(#neuro.one_to_one<1>) {feedback} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %2 = neuro.sum %0, %1 : !neuro.current<2>
  // expected-error @below {{what is written on this cycle cannot be met with a token every 1 step(s), only every 2}}
  %a, %fa = neuro.population "a" (%2) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  // expected-note @below {{'b' hears 'a' at least 1 step(s) after its phase}}
  %3 = neuro.project %a weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %b, %fb = neuro.population "b" (%3) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}

// -----

// expected-error @below {{period 1 is written, but tokens need at least 2 steps each; leave it out}}
neuro.network @events attributes {period = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) {arrive = 1 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}

// -----

// expected-error @below {{latency 5 is written, but the last output comes after 1 steps; leave it out}}
neuro.network @latency attributes {latency = 5 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %a, %fa = neuro.population "a" (%0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
  neuro.output "y" %a {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 8>
}

// -----

// expected-note @below {{leave out what need not be fixed}}
neuro.network @phase {
  // expected-note @below {{'x' has its phase written}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 3 : i64} : !neuro.spikes<2, 8>
  // expected-note @below {{'a' hears 'x' at least 1 step(s) after its phase}}
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-error @below {{'a' has no phase: what is written on this cycle cannot be met}}
  // expected-note @below {{'a' has its phase written}}
  %a, %fa = neuro.population "a" (%0) attributes {phase = 2 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}

// -----

// A neuron that acts by itself needs a field to count in.
neuro.network @counts {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // expected-error @below {{'p' acts by itself and must do so once per token, but has no state field left to count the 1 steps of a token; use fewer than 8 fields, or let it do nothing in steps without input}}
  %y, %f = neuro.population "p" (%c) attributes {state = [#neuro.field<"s0", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s1", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s2", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s3", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s4", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s5", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s6", bits = 8, signed = true, saturate = true, init = [0]>, #neuro.field<"s7", bits = 8, signed = true, saturate = true, init = [0]>]} {
  ^bb0(%d0: i32):
    %one = neuro.const 1
    %v = neuro.read "s0"
    %more = neuro.add %v, %one
    neuro.write "s0", %more
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 8>, !neuro.factors<2>
}
