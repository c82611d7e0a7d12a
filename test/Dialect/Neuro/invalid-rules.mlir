// RUN: neuro-opt %s --split-input-file --verify-diagnostics

// What the rule says by itself.
// expected-note @below {{give the rule 'neuro.trace x1 {impulse = 16.0 : f64, tau = 10 : i64}', or leave the product out}}
// expected-note @below {{give the rule 'neuro.trace x2 }}
// expected-note @below {{give the rule 'neuro.trace y1 {impulse = 16.0 : f64, tau = 10 : i64}' or 'neuro.factor y1', or leave}}
neuro.rule @sources {
  // expected-error @below {{column 3: dw reads 'x1', which has no source and is always 0}}
  // expected-error @below {{column 13: dw reads 'x2', which has no source}}
  // expected-error @below {{column 23: dw reads 'y1', which has no source}}
  neuro.update w "2*x1*y0 + 2*x2*y0 - 2*y1*x0"
}

// -----

neuro.rule @flag {
  neuro.factor y1
  // expected-error @below {{column 13: dw reads 'y0', the post neuron's spike, but with other factors y0 is what the model exports; say 'neuro.factor y0'}}
  neuro.update w "2*x0*y1 + 2*y0"
}

// -----

neuro.rule @unread {
  // expected-error @below {{has no effect: no product reads x1; leave it out}}
  neuro.trace x1 {impulse = 16.0 : f64}
  // expected-error @below {{has no effect: no product reads y2; leave it out}}
  neuro.factor y2
  // expected-error @below {{has no effect: no product reads y3; leave it out}}
  // expected-error @below {{y3 is a trace of the post side, but the rule has factors}}
  neuro.trace y3 {impulse = 16.0 : f64}
  neuro.update w "2*x0"
}

// -----

neuro.rule @silent_trace {
  // expected-error @below {{x1 never rises, so that it is always 0; give it an 'impulse', or a 'mode' for payloads}}
  neuro.trace x1 {tau = 10 : i64}
  // expected-error @below {{y1 never rises, so that it is always 0; give it an 'impulse'}}
  neuro.trace y1
  neuro.update w "2*x1*y0 - 2*y1*x0"
}

// -----

neuro.rule @two_sources {
  // expected-error @below {{x1 has two sources: its mode 'overwrite' sets it from the payload, and its impulse is never added}}
  neuro.trace x1 {impulse = 1.0 : f64, mode = #neuro.graded<overwrite>}
  neuro.update w "2*x1*y0"
}

// -----

neuro.rule @impulse {
  // expected-error @below {{x1 has an impulse of 1.280000e+02; a trace holds 0..127}}
  neuro.trace x1 {impulse = 128.0 : f64}
  neuro.update w "2*x1*y0"
}

// -----

neuro.rule @fraction {
  // expected-error @below {{x2 has an impulse of 1.000000e-01; its fraction must be in 256ths, nearest is 1.015625e-01}}
  // expected-error @below {{x2 has a tau of 65535 steps; it must be 0..65534, or left out for a trace that holds}}
  neuro.trace x2 {impulse = 0.1 : f64, tau = 65535 : i64}
  neuro.update w "2*x2*y0"
}

// -----

neuro.rule @mode {
  // expected-error @below {{y1 has the mode 'overwrite', but payloads act on x1 alone}}
  neuro.trace y1 {mode = #neuro.graded<overwrite>}
  neuro.update w "2*y1*x0"
}

// -----

// expected-error @below {{'neuro.rule' op epoch must be 1..63 steps, got 64}}
neuro.rule @epoch attributes {epoch = 64 : i64} {
  neuro.update w "2*x0"
}

// -----

// expected-error @below {{'rounding' has no effect: lava_compat always rounds at random; leave it out}}
neuro.rule @lava_rounding attributes {rounding = #neuro.learning_rounding<stochastic>, mode = #neuro.learning<lava_compat>} {
  neuro.update w "2*x0"
}

// -----

neuro.rule @twice {
  // expected-note @below {{the first is here}}
  neuro.factor y1
  // expected-error @below {{stands a second time in rule 'twice'}}
  neuro.factor y1
  // expected-note @below {{the first is here}}
  neuro.update w "2*x0*y1"
  // expected-error @below {{stands a second time in rule 'twice'; join the sums of products}}
  neuro.update w "2*x0*y1"
}

// -----

// expected-error @below {{'neuro.rule' op changes nothing; give it a neuro.update}}
neuro.rule @nothing {
}

// -----

neuro.rule @other_op {
  // expected-error @below {{cannot stand in a neuro.rule, which holds neuro.trace, neuro.factor and neuro.update}}
  %tick = neuro.input "tick" kind = <tick> {shape = array<i64>, time_axis = -1 : i64} : !neuro.spikes<1, 8>
  neuro.update w "2*x0"
}

// -----

// expected-error @below {{has the factors u1 and u2; one rule has one period}}
neuro.rule @periods {
  neuro.update w "2*u1*t"
  neuro.update t "u2"
}

// -----

neuro.rule @unread_tag {
  // expected-error @below {{has no effect: no product for w or d reads t; read it there, or leave the update out}}
  neuro.update t "x0*t + x0"
  neuro.update w "2*x0"
}

// -----

neuro.rule @lava_delay attributes {mode = #neuro.learning<lava_compat>} {
  // expected-error @below {{has no effect: in lava_compat a learned delay does not act; read d elsewhere, or leave the update out}}
  neuro.update d "x0"
  neuro.update w "2*x0"
}

// -----

neuro.rule @zero {
  neuro.factor y1
  neuro.factor y2
  // expected-error @below {{column 1: this product of dw is always 0; leave it out, or use factors and a scale that reach 1}}
  // expected-error @below {{column 11: this product of dw is always 0}}
  neuro.update w "0*x0*y1 + 2*x0*y1*(2-2) + 2*x0*y2"
}

// -----

neuro.rule @cancel {
  neuro.factor y1
  neuro.factor y2
  // expected-error @below {{column 21: this product of dw cancels those with the same factors before it; leave all of them out}}
  neuro.update w "2*x0*y1 + 2*y2*x0 - 2*y1*x0"
}

// -----

neuro.rule @small_delay {
  neuro.update w "2*x0*y0"
  // expected-error @below {{dd never reaches 1, the smallest change that is kept: it adds at most 64/128 at a time}}
  neuro.update d "2^-1*x0"
}

// -----

neuro.rule @generic {
  // expected-error @below {{'neuro.update' op w "2*z0": column 3: }}
  "neuro.update"() <{variable = #neuro.updated<w>, terms = "2*z0"}> : () -> ()
}

// -----

// What the rule says of the synapses.
neuro.network @no_rule {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{names the rule 'nobody', which does not exist; write 'neuro.rule @nobody {...}' beside the network}}
  %s = neuro.plastic %x, %f rule(@nobody) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

// Weights with mixed signs are kept in steps of two.
neuro.rule @learn {
  neuro.update w "x0*y0"
}
neuro.network @small {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{rule 'learn': column 1: dw never reaches 2, the smallest change that is kept: it adds at most 128/128 at a time and what is less is rounded away; use a larger scale}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.trace y1 {impulse = 16.0 : f64}
  neuro.update w "-2^-5*w*y1*x0"
}
neuro.network @decay {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights begin at 0, and there the change of w is always 0; add a product without w}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update d "x0*y0"
}
neuro.network @delays_only {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{no update of w: weights begin at 0 and stay 0, so that the synapses do nothing}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*t"
  neuro.update t "x0*y0"
}
neuro.network @tag_without_bits {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{rule 'learn': column 6: dw reads 't', but the synapses have no tag}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{give neuro.plastic 'tag_bits' of 1..4, or leave t out}}
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*y0"
}
neuro.network @bits_without_tag {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{no product reads t, so that 'tag_bits' has no effect; leave it out}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) {tag_bits = 4 : i64} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*t"
}
neuro.network @tag_range {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{tag 4 does not fit 2 tag_bits}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) {tag_bits = 2 : i64, tag = 4 : i64} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*y0"
}
neuro.rule @lava attributes {mode = #neuro.learning<lava_compat>} {
  neuro.update w "2*x0*y0"
}
neuro.network @modes {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-note @below {{rule 'learn' has mode strict}}
  %s0 = neuro.plastic %x, %f0 rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y0, %f0 = neuro.population "p0" (%s0) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
  // expected-error @below {{rule 'lava': mode lava_compat, but the whole network learns in one}}
  %s1 = neuro.plastic %x, %f1 rule(@lava) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y1, %f1 = neuro.population "p1" (%s1) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*t"
}
neuro.network @tag_bits {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{tag_bits must be 0..4, got 9}}
  %s = neuro.plastic %x, %f rule(@learn) {tag_bits = 9 : i64} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

// What the rule says of the population.
neuro.rule @learn {
  neuro.factor y2
  neuro.factor y3
  neuro.update w "2*x0*y3 - 2*x0*y2"
}
neuro.network @exports {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{rule 'learn': column 6: dw reads 'y3', which population 'p' does not export, so that it is always 0}}
  // expected-error @below {{column 16: dw reads 'y2', which population 'p' exports as the constant 0}}
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{add 'neuro.export y3, %value' to its model}}
  // expected-note @below {{export a value that changes, or leave the product out}}
  // expected-note @below {{leave it out, or read y0 as a neuro.factor in the rule of a neuro.plastic that feeds this population}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    neuro.export y2, %zero
    // expected-error @below {{has no effect: no learning rule reads y0 of population 'p'}}
    neuro.export y0, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "2*x0*y1"
}
neuro.network @twice {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    // expected-note @below {{the first is here}}
    neuro.export y1, %d0
    // expected-error @below {{gives y1 a second time in one model; only one can count}}
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.update w "2*x0*y0"
}
neuro.network @silent {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{column 6: dw reads 'y0', the post neuron's spike, but population 'p' never fires}}
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{let its model fire, or make it a factor that the model exports}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.probe %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "2*x0*y1*d + 2*x0*y1"
}
neuro.network @delays {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{column 9: dw reads 'd', but the synapses have no delay and no update changes it}}
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{give neuro.plastic a 'delay', or the rule an update of d, or leave d out}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "2*x0*y1"
}
neuro.network @other {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{also feeds population 'q', but takes the factors of 'p'}}
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
  // expected-note @below {{give it a neuro.plastic with its own factors}}
  %z, %g = neuro.population "q" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}
