// RUN: neuro-opt %s --split-input-file --verify-diagnostics

neuro.network @bits {
  // expected-error @below {{payload width must be 0, 8, 16 or 24 bits (L12), got 12}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 12>
}

// -----

neuro.network @empty {
  // expected-error @below {{a population must have at least one neuron, got 0}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<0, 8>
}

// -----

neuro.network @tick {
  // expected-error @below {{of kind tick must have 1 neuron, got 2}}
  %x = neuro.input "x" kind = <tick> {shape = array<i64>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
}

// -----

neuro.network @limit {
  // expected-error @below {{limit 128 does not fit the 8-bit payload}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64, limit = 128 : i64} : !neuro.spikes<2, 8>
}

// -----

neuro.network @limit_low {
  // expected-error @below {{limit must be at least 1, got 0}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64, limit = 0 : i64} : !neuro.spikes<2, 8>
}

// -----

neuro.network @scale {
  // expected-error @below {{scale must be positive}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64, scale = 0.0 : f64} : !neuro.spikes<2, 8>
}

// -----

neuro.network @axis {
  // expected-error @below {{time_axis 2 is outside the shape of 2 dimensions}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = 2 : i64} : !neuro.spikes<2, 8>
}

// -----

neuro.network @output {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{shape holds 3 elements per token, but the population has 4 neurons}}
  neuro.output "y" %x {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<4, 8>
}

// -----

neuro.network @output {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{needs one scale or one per neuron (4), got 2}}
  neuro.output "z" %x {shape = array<i64: 1, 4>, time_axis = -1 : i64, scale = array<f64: 0.5, 0.5>} : !neuro.spikes<4, 8>
}

// -----

neuro.network @output {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{needs one zero or one per neuron (4), got 3}}
  neuro.output "z" %x {shape = array<i64: 1, 4>, time_axis = -1 : i64, scale = array<f64: 0.5>, zero = array<f64: 0.0, 1.0, 2.0>} : !neuro.spikes<4, 8>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: weights [target, source] of 3x4}}
  // expected-note @below {{actual: 4 source and 3 target neurons}}
  %a = neuro.project %x weights(dense<1> : tensor<2x4xi8>) : !neuro.spikes<4, 8> -> !neuro.current<3>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: as many target as source neurons}}
  // expected-note @below {{actual: 4 source and 3 target neurons}}
  %b = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<3>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: both divisible into 2 blocks}}
  // expected-note @below {{actual: 4 source and 3 target neurons}}
  %c = neuro.project %x weights(#neuro.blocks<2, 1>) : !neuro.spikes<4, 8> -> !neuro.current<3>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weight 300 must be in -128..127 (L08)}}
  %d = neuro.project %x weights(#neuro.one_to_one<300>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weight 128 must be in -128..127 (L08)}}
  %d = neuro.project %x weights(#neuro.one_to_one<128>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weight -129 must be in -128..127 (L08)}}
  %d = neuro.project %x weights(#neuro.blocks<2, -129>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{delay must be 0..62 steps (L11), got 63}}
  %e = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 63 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights must be of type i8, got 'i32'}}
  %f = neuro.project %x weights(dense<1> : tensor<4x4xi32>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights must be a tensor of i8, #neuro.one_to_one, #neuro.blocks, #neuro.shift, #neuro.repeat, #neuro.stride or #neuro.conv2d}}
  %g = neuro.project %x weights("none") : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

// expected-error @below {{output height must be 2, got 3}}
#conv = #neuro.conv2d<kernel = dense<1> : tensor<1x1x1x1xi8>, input = [1, 2, 2], output = [1, 3, 2], strides = [1, 1], pads = [0, 0, 0, 0]>

// -----

// expected-error @below {{kernel 'tensor<1x2x1x1xi8>' does not fit 1 input and 1 output channels}}
#conv = #neuro.conv2d<kernel = dense<1> : tensor<1x2x1x1xi8>, input = [1, 2, 2], output = [1, 2, 2], strides = [1, 1], pads = [0, 0, 0, 0]>

// -----

neuro.rule @rule {
  // expected-error @below {{w "x1*y1": column 1: }}
  neuro.update w "x1*y1"
}

// -----

neuro.rule @minus {
  neuro.update w
// expected-error @below {{w "x0*y1 − y0": column 7: '−' (U+2212) is not ASCII; use ASCII '-'}}
  "x0*y1 − y0"
}

// -----

neuro.rule @two_in_one {
  // expected-error @below {{w "x0; dt = x0": has ';', but an update changes one variable; write a neuro.update for each}}
  neuro.update w "x0; dt = x0"
}

// -----

// expected-error @below {{initial value 300 of state field 'v' must be in 0..255}}
#field = #neuro.field<"v", bits = 8, signed = false, saturate = true, init = [300]>

// -----

// expected-error @below {{state field 'v' must have 8, 16 or 24 bits, got 9}}
#field = #neuro.field<"v", bits = 9, signed = false, saturate = true, init = [0]>

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.network @plastic {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  // expected-error @below {{must feed the population 'p' whose factors it takes}}
  %s = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.network @delay {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{delay must be 0..62 steps (L11), got 63}}
  %s = neuro.plastic %x, %f rule(@learn) {delay = 63 : i64} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.rule @learn {
  neuro.factor y1
  neuro.update w "x0*y1"
}
neuro.network @blocks {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{neither 4 source nor 6 target neurons may leave a rest when divided into 4 blocks}}
  %s = neuro.plastic %x, %f rule(@learn) {blocks = 4 : i64} : !neuro.spikes<4, 8>, !neuro.factors<6> -> !neuro.current<6>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
  } : (!neuro.current<6>) -> !neuro.spikes<6, 8>, !neuro.factors<6>
}

// -----

neuro.network @populations {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  // expected-error @below {{dendrite #0 carries 4 currents for 5 neurons}}
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<5, 8>, !neuro.factors<5>
}

// -----

neuro.network @models {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
    // expected-error @below {{names the state field 'v', which population 'p' does not have}}
    %v = neuro.read "v"
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @models {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
    // expected-error @below {{needs one value or one per neuron (4), got 2}}
    %b = neuro.param "b" = dense<[1, 2]> : tensor<2xi32>
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @models {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
    neuro.fire %d0
    // expected-error @below {{is the second neuro.fire of its model; a neuron sends at most one spike per step (M13)}}
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @names {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
  // expected-error @below {{repeats the population name 'p'; every population needs its own}}
  %z, %g = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @holds {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  // expected-error @below {{value, emit and channels must not be negative, got -1, 0 and 0}}
  %y, %f = neuro.population "p" (%c) attributes {holds = #neuro.holds<value = -1, emit = 0, channels = 0>} {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @channels {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  // expected-error @below {{holds a value of 3 channels, which do not divide its 4 neurons}}
  %y, %f = neuro.population "p" (%c) attributes {holds = #neuro.holds<value = 0, emit = 0, channels = 3>} {
  ^bb0(%d0: i32):
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

neuro.network @cycle {
  %a = neuro.sum %c, %c : !neuro.current<4>
  // expected-error @below {{is a term of itself}}
  %b = neuro.sum %d : !neuro.current<4>
  %d = neuro.sum %b : !neuro.current<4>
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %e = neuro.sum %a, %b : !neuro.current<4>
}

// -----

// Each sum doubles the terms: 2^17.
neuro.network @doubled {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %0 = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %1 = neuro.sum %0, %0 : !neuro.current<4>
  %2 = neuro.sum %1, %1 : !neuro.current<4>
  %3 = neuro.sum %2, %2 : !neuro.current<4>
  %4 = neuro.sum %3, %3 : !neuro.current<4>
  %5 = neuro.sum %4, %4 : !neuro.current<4>
  %6 = neuro.sum %5, %5 : !neuro.current<4>
  %7 = neuro.sum %6, %6 : !neuro.current<4>
  %8 = neuro.sum %7, %7 : !neuro.current<4>
  %9 = neuro.sum %8, %8 : !neuro.current<4>
  %10 = neuro.sum %9, %9 : !neuro.current<4>
  %11 = neuro.sum %10, %10 : !neuro.current<4>
  %12 = neuro.sum %11, %11 : !neuro.current<4>
  %13 = neuro.sum %12, %12 : !neuro.current<4>
  %14 = neuro.sum %13, %13 : !neuro.current<4>
  %15 = neuro.sum %14, %14 : !neuro.current<4>
  %16 = neuro.sum %15, %15 : !neuro.current<4>
  // expected-error @below {{stands for 131072 terms in 17 levels of sums, at most 65536 in 256 are possible}}
  %17 = neuro.sum %16, %16 : !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{shift by 5 goes more than once around 4 neurons}}
  %a = neuro.project %x weights(#neuro.shift<5, 1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: as many target as source neurons}}
  // expected-note @below {{actual: 4 source and 3 target neurons}}
  %b = neuro.project %x weights(#neuro.shift<1, 1>) : !neuro.spikes<4, 8> -> !neuro.current<3>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{period 0 must be positive}}
  %c = neuro.project %x weights(#neuro.repeat<blocks = 1, period = 0, weight = 1>) : !neuro.spikes<4, 8> -> !neuro.current<8>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: both divisible into 3 blocks}}
  // expected-note @below {{actual: 4 source and 9 target neurons}}
  %d = neuro.project %x weights(#neuro.repeat<blocks = 3, period = 1, weight = 1>) : !neuro.spikes<4, 8> -> !neuro.current<9>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{step 0 must be positive and offset 1 not negative}}
  %e = neuro.project %x weights(#neuro.stride<blocks = 2, step = 0, offset = 1, weight = 1>) : !neuro.spikes<4, 8> -> !neuro.current<2>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{step 1 must be positive and offset -1 not negative}}
  %f = neuro.project %x weights(#neuro.stride<blocks = 2, step = 1, offset = -1, weight = 1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: both divisible into 0 blocks}}
  // expected-note @below {{actual: 4 source and 2 target neurons}}
  %g = neuro.project %x weights(#neuro.stride<blocks = 0, step = 1, offset = 0, weight = 1>) : !neuro.spikes<4, 8> -> !neuro.current<2>
}

// -----

neuro.network @weights {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weight 200 must be in -128..127 (L08)}}
  %h = neuro.project %x weights(#neuro.stride<blocks = 1, step = 2, offset = 0, weight = 200>) : !neuro.spikes<4, 8> -> !neuro.current<2>
}

// -----

neuro.network @offsets {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{emit must be 0..1023 steps after the phase, got -1}}
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {emit = -1 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @offsets {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{arrive must be 0..1023 steps after the phase, got 1024}}
  %d = neuro.project %x weights(#neuro.one_to_one<1>) {arrive = 1024 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @output_offset {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{emit must be 0..1023 steps after the phase, got 5000}}
  neuro.output "y" %x {shape = array<i64: 1, 4>, time_axis = -1 : i64, scale = array<f64: 1.0>, emit = 5000 : i64} : !neuro.spikes<4, 8>
}

// -----

// expected-error @below {{'neuro.network' op counts steps: its period is 1 and its latency 0, got 2 and 0}}
neuro.network @period attributes {timing = #neuro.timing<step>, period = 2 : i64} {
}

// -----

// expected-note @below {{leave it out and write the 'delay' that is meant, or leave out 'timing = #neuro.timing<step>'}}
neuro.network @steps attributes {timing = #neuro.timing<step>} {
  // expected-error @below {{'neuro.input' op has 'phase' in a network that counts steps, where it has no meaning}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64, phase = 1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{'neuro.project' op has 'emit' in a network that counts steps}}
  // expected-error @below {{'neuro.project' op has 'arrive' in a network that counts steps}}
  // expected-error @below {{'neuro.project' op has 'feedback' in a network that counts steps}}
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {emit = 1 : i64, arrive = 2 : i64, feedback} : !neuro.spikes<4, 8> -> !neuro.current<4>
  // expected-error @below {{'neuro.population' op has 'phase' in a network that counts steps}}
  // expected-error @below {{'neuro.population' op has 'gated' in a network that counts steps}}
  %y, %f = neuro.population "p" (%c) attributes {gated, phase = 3 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
  // expected-error @below {{'neuro.output' op has 'emit' in a network that counts steps}}
  neuro.output "y" %y {shape = array<i64: 1, 4>, time_axis = -1 : i64, scale = array<f64: 1.0>, emit = 1 : i64} : !neuro.spikes<4, 8>
}
