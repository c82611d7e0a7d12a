// RUN: neuro-opt %s --split-input-file --verify-diagnostics

// What the rule says by itself. Pair STDP, of which neuro cannot say the traces:
// expected-error @below {{learning rule "dw = 2^-2*x1*y0 - 2^-2*y1*x0": column 11: dw reads 'x1', which has no source and is always 0; say 'overwrite = true', so that a graded pre spike sets it}}
// expected-error @below {{column 24: dw reads 'y1', which has no source and is always 0; say 'third_factor = true' and let the post population export it}}
#stdp = #neuro.rule<"dw = 2^-2*x1*y0 - 2^-2*y1*x0", overwrite = false, third_factor = false>

// -----

// expected-error @below {{column 8: dw reads 'x2', which has no source and is always 0; a second pre-synaptic trace can only be said in loihi}}
// expected-error @below {{column 21: dw reads 't', which has no source and is always 0; tags can only be said in loihi}}
// expected-error @below {{column 30: dw reads 'y2', which has no source}}
// expected-error @below {{column 40: dw reads 'y3', which has no source}}
#traces = #neuro.rule<"dw = 2*x2*y0 + 2*y0*t + 2*x0*y2 + 2*x0*y3", overwrite = false, third_factor = false>

// -----

// expected-error @below {{the term for dt has no tag to change; tags can only be said in loihi}}
#tag = #neuro.rule<"dw = 2*x0*y1; dt = x0*y1", overwrite = false, third_factor = true>

// -----

// expected-error @below {{'overwrite = true' has no effect, for no product reads x1; say 'overwrite = false'}}
#overwrite = #neuro.rule<"dw = 2*x0*y1", overwrite = true, third_factor = true>

// -----

// expected-error @below {{'third_factor = true' has no effect, for no product reads y0, y1, y2 or y3; say 'third_factor = false'}}
#factor = #neuro.rule<"dw = 2*x0*x1", overwrite = true, third_factor = true>

// -----

// expected-error @below {{no term for dw: weights begin at 0 and stay 0, so that the synapses do nothing}}
#delay = #neuro.rule<"dd = x0*y0", overwrite = false, third_factor = true>

// -----

// expected-error @below {{column 6: this product of dw is always 0; leave it out, or use factors and a scale that reach 1}}
// expected-error @below {{column 16: this product of dw is always 0}}
#zero = #neuro.rule<"dw = 0*x0*y1 + 2*x0*y1*(2-2) + 2*x0*y2", overwrite = false, third_factor = true>

// -----

// expected-error @below {{column 26: this product of dw cancels those with the same factors before it; leave all of them out}}
#cancel = #neuro.rule<"dw = 2*x0*y1 + 2*y2*x0 - 2*y1*x0", overwrite = false, third_factor = true>

// -----

// Weights are kept in steps of two.
// expected-error @below {{column 6: dw never reaches 2, the smallest change that is kept: it adds at most 128/128 at a time and what is less is rounded away; use a larger scale}}
#small = #neuro.rule<"dw = x0*y0", overwrite = false, third_factor = true>

// -----

// expected-error @below {{dd never reaches 1, the smallest change that is kept: it adds at most 64/128 at a time}}
#small_delay = #neuro.rule<"dw = 2*x0*y0; dd = 2^-1*x0", overwrite = false, third_factor = true>

// -----

// expected-error @below {{weights begin at 0, and there dw is always 0; add a product without w}}
#decay = #neuro.rule<"dw = -2^-5*w*y1*x0", overwrite = false, third_factor = true>

// -----

// What the rule says of the population.
neuro.network @exports {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{rule "dw = 2*x0*y3 - 2*x0*y2": column 11: dw reads 'y3', which population 'p' does not export, so that it is always 0}}
  // expected-error @below {{column 21: dw reads 'y2', which population 'p' exports as the constant 0}}
  %s = neuro.plastic %x, %f rule(#neuro.rule<"dw = 2*x0*y3 - 2*x0*y2", overwrite = false, third_factor = true>) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{add 'neuro.export y3, %value' to its model}}
  // expected-note @below {{export a value that changes, or leave the product out}}
  // expected-note @below {{leave it out, or read y0 in the rule, with 'third_factor = true', of a neuro.plastic that feeds this population}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    neuro.export y2, %zero
    // expected-error @below {{has no effect: no learning rule reads y0 of population 'p'}}
    neuro.export y0, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @twice {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %s = neuro.plastic %x, %f rule(#neuro.rule<"dw = 2*x0*y1", overwrite = false, third_factor = true>) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    // expected-note @below {{the first is here}}
    neuro.export y1, %d0
    // expected-error @below {{gives y1 a second time in one model; only one can count}}
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @silent {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{column 11: dw reads 'y0', the post neuron's spike, but population 'p' never fires}}
  %s = neuro.plastic %x, %f rule(#neuro.rule<"dw = 2*x0*y0", overwrite = false, third_factor = false>) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{let its model fire, or say 'third_factor = true' and export y0}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.probe %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @delays {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{column 14: dw reads 'd', but the synapses have no delay and no term changes it}}
  %s = neuro.plastic %x, %f rule(#neuro.rule<"dw = 2*x0*y1*d + 2*x0*y1", overwrite = false, third_factor = true>) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  // expected-note @below {{give neuro.plastic a 'delay', add a term for dd, or leave d out}}
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @other {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{also feeds population 'q', but takes the factors of 'p'}}
  %s = neuro.plastic %x, %f rule(#neuro.rule<"dw = 2*x0*y1", overwrite = false, third_factor = true>) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
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
