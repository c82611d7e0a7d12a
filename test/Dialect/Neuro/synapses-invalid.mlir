// What is wrong with connectivity, at the operation that uses it.
// RUN: neuro-opt %s --split-input-file --verify-diagnostics

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse target 4 of synapse 1 does not exist}}
  // expected-note @below {{source 1 must reach neurons 0..3}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[0, 4]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse target -1 of synapse 0 does not exist}}
  // expected-note @below {{source 0 must reach neurons 0..3}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[-1, 2]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse target 2 is repeated for source 0}}
  // expected-note @below {{synapses 0 and 2 connect the same neurons; make one of them, with the sum of their weights}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 3, 4]> : tensor<3xi64>, targets = dense<[2, 0, 2, 2]> : tensor<4xi32>, weights = dense<[1, 1, 1, 1]> : tensor<4xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse delay 63 of synapse 0 is out of range}}
  // expected-note @below {{a synapse waits 0..62 steps (L11)}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[0, 1]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>, delays = dense<[63, 62]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse delay -1 of synapse 1 is out of range}}
  // expected-note @below {{a synapse waits 0..62 steps (L11)}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[0, 1]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>, delays = dense<[0, -1]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse offsets must not fall, but entry 2 is 1 after 2}}
  // expected-note @below {{entry i is where the synapses of source i begin}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 2, 1]> : tensor<3xi64>, targets = dense<[0]> : tensor<1xi32>, weights = dense<[1]> : tensor<1xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse offsets must start at 0, got 1}}
  // expected-note @below {{the synapses of source 0 come first}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[1, 1, 1]> : tensor<3xi64>, targets = dense<[0]> : tensor<1xi32>, weights = dense<[1]> : tensor<1xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse offsets must end at 2, got 1}}
  // expected-note @below {{that many entries targets has}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 1]> : tensor<3xi64>, targets = dense<[0, 2]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse offsets must have 3 entries, got 4}}
  // expected-note @below {{one more than the source neurons}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 1, 1]> : tensor<4xi64>, targets = dense<[0]> : tensor<1xi32>, weights = dense<[1]> : tensor<1xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-note @below {{one for each entry of targets}}
  // expected-error @below {{sparse weights must have 1 entries, got 2}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 1]> : tensor<3xi64>, targets = dense<[0]> : tensor<1xi32>, weights = dense<[1, 2]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-note @below {{one for each entry of targets}}
  // expected-error @below {{sparse delays must have 1 entries, got 2}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 1, 1]> : tensor<3xi64>, targets = dense<[0]> : tensor<1xi32>, weights = dense<[1]> : tensor<1xi8>, delays = dense<[1, 2]> : tensor<2xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse offsets must be a tensor of i64 with 1 dimension, got 'tensor<3xi32>'}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<0> : tensor<3xi32>, targets = dense<[]> : tensor<0xi32>, weights = dense<[]> : tensor<0xi8>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{sparse weights must be a tensor of i8 with 1 dimension, got 'tensor<0xi16>'}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<0> : tensor<3xi64>, targets = dense<[]> : tensor<0xi32>, weights = dense<[]> : tensor<0xi16>>) : !neuro.spikes<2, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 1>, time_axis = -1 : i64} : !neuro.spikes<1, 8>
  // expected-error @below {{sparse target 9 of synapse 0 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 1 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 2 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 3 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 4 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 5 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 6 does not exist}}
  // expected-error @below {{sparse target 9 of synapse 7 does not exist}}
  // expected-note @below {{source 0 must reach neurons 0..3}}
  // expected-error @below {{has 15 more problems in its list of synapses}}
  %c = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 12]> : tensor<2xi64>, targets = dense<[9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]> : tensor<12xi32>, weights = dense<[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]> : tensor<12xi8>>) : !neuro.spikes<1, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 3>, time_axis = -1 : i64} : !neuro.spikes<3, 8>
  // expected-error @below {{permutation target 0 is repeated for source 2}}
  // expected-note @below {{each target comes once}}
  %c = neuro.project %x weights(#neuro.permutation<dense<[0, 2, 0]> : tensor<3xi32>, 1>) : !neuro.spikes<3, 8> -> !neuro.current<3>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 3>, time_axis = -1 : i64} : !neuro.spikes<3, 8>
  // expected-error @below {{permutation target 3 of source 1 does not exist}}
  // expected-note @below {{targets are 0..2}}
  %c = neuro.project %x weights(#neuro.permutation<dense<[0, 3, 1]> : tensor<3xi32>, 1>) : !neuro.spikes<3, 8> -> !neuro.current<3>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 3>, time_axis = -1 : i64} : !neuro.spikes<3, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: 2 source and target neurons}}
  // expected-note @below {{actual: 3 source and 3 target neurons}}
  %c = neuro.project %x weights(#neuro.permutation<dense<[0, 1]> : tensor<2xi32>, 1>) : !neuro.spikes<3, 8> -> !neuro.current<3>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{weight 128 must be in -128..127 (L08)}}
  %c = neuro.project %x weights(#neuro.permutation<dense<[0, 1]> : tensor<2xi32>, 128>) : !neuro.spikes<2, 8> -> !neuro.current<2>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 8>
  // expected-error @below {{permutation targets must be a tensor of i32 with 1 dimension, got 'tensor<2xi64>'}}
  %c = neuro.project %x weights(#neuro.permutation<dense<[0, 1]> : tensor<2xi64>, 1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: weights [target, source] of 2x2}}
  // expected-note @below {{actual: 2 source and 2 target neurons}}
  %c = neuro.project %x weights(#neuro.per_block<2, dense<1> : tensor<2x3xi8>>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: both divisible into 3 blocks}}
  // expected-note @below {{actual: 4 source and 4 target neurons}}
  %c = neuro.project %x weights(#neuro.per_block<3, dense<1> : tensor<2x3xi8>>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{weights must be of type i8, got 'i16'}}
  %c = neuro.project %x weights(#neuro.per_block<2, dense<1> : tensor<2x2xi16>>) : !neuro.spikes<4, 8> -> !neuro.current<4>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 64>, time_axis = -1 : i64} : !neuro.spikes<64, 8>
  // expected-error @below {{kernel 'tensor<4x2x3x3xi8>' does not fit 4 input and 4 output channels in 4 groups}}
  %c = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<4x2x3x3xi8>, input = [4, 4, 4], output = [4, 2, 2], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], groups = 4>) : !neuro.spikes<64, 8> -> !neuro.current<16>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 64>, time_axis = -1 : i64} : !neuro.spikes<64, 8>
  // expected-error @below {{output height must be 0, got 2}}
  %c = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [4, 4, 4], output = [4, 2, 2], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [2, 1], groups = 4>) : !neuro.spikes<64, 8> -> !neuro.current<16>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 64>, time_axis = -1 : i64} : !neuro.spikes<64, 8>
  // expected-error @below {{dilations must be positive, got 0}}
  %c = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [4, 4, 4], output = [4, 2, 2], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [0, 1], groups = 4>) : !neuro.spikes<64, 8> -> !neuro.current<16>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 64>, time_axis = -1 : i64} : !neuro.spikes<64, 8>
  // expected-error @below {{groups must divide 4 input and 4 output channels, got 3}}
  %c = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [4, 4, 4], output = [4, 2, 2], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], groups = 3>) : !neuro.spikes<64, 8> -> !neuro.current<16>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 5>, time_axis = -1 : i64} : !neuro.spikes<5, 8>
  // expected-error @below {{weights do not fit the populations}}
  // expected-note @below {{expected: 4 source and 8 target neurons}}
  // expected-note @below {{actual: 5 source and 8 target neurons}}
  %c = neuro.project %x weights(#neuro.conv1d<kernel = dense<1> : tensor<4x1x3xi8>, input = [1, 4], output = [4, 2], stride = 1, pads = [0, 0]>) : !neuro.spikes<5, 8> -> !neuro.current<8>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 9>, time_axis = -1 : i64} : !neuro.spikes<9, 8>
  // expected-error @below {{output length must be 7, got 2}}
  %c = neuro.project %x weights(#neuro.conv1d<kernel = dense<1> : tensor<4x1x3xi8>, input = [1, 9], output = [4, 2], stride = 1, pads = [0, 0]>) : !neuro.spikes<9, 8> -> !neuro.current<8>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{needs 2 input and 2 output dimensions and 2 pads}}
  %c = neuro.project %x weights(#neuro.conv1d<kernel = dense<1> : tensor<4x1x3xi8>, input = [1, 4, 1], output = [4, 2], stride = 1, pads = [0, 0]>) : !neuro.spikes<4, 8> -> !neuro.current<8>
}

// -----

neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{kernel must be a tensor of i8 with 3 dimensions, got 'tensor<4x1x3x1xi8>'}}
  %c = neuro.project %x weights(#neuro.conv1d<kernel = dense<1> : tensor<4x1x3x1xi8>, input = [1, 4], output = [4, 2], stride = 1, pads = [0, 0]>) : !neuro.spikes<4, 8> -> !neuro.current<8>
}

// -----

neuro.rule @grow {
  neuro.update w "2*x0*y0"
}
neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 0>
  // expected-error @below {{has 'synapses' and 2 blocks; the synapses say who reaches whom}}
  %s = neuro.plastic %x, %f rule(@grow) synapses(#neuro.one_to_one<1>) {blocks = 2 : i64} : !neuro.spikes<2, 0>, !neuro.factors<2> -> !neuro.current<2>
  %y, %f = neuro.population "y" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
}

// -----

neuro.rule @grow {
  neuro.update w "2*x0*y0"
}
neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 0>
  // expected-error @below {{has 'delay' 3 and synapses with delays of their own; leave 'delay' out}}
  %s = neuro.plastic %x, %f rule(@grow) synapses(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[0, 1]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>, delays = dense<[0, 1]> : tensor<2xi8>>) {delay = 3 : i64} : !neuro.spikes<2, 0>, !neuro.factors<2> -> !neuro.current<2>
  %y, %f = neuro.population "y" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
}

// -----

neuro.rule @grow {
  neuro.update w "2*x0*y0"
}
neuro.network @main {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 2>, time_axis = -1 : i64} : !neuro.spikes<2, 0>
  // expected-error @below {{sparse target 2 of synapse 1 does not exist}}
  // expected-note @below {{source 1 must reach neurons 0..1}}
  %s = neuro.plastic %x, %f rule(@grow) synapses(#neuro.sparse<offsets = dense<[0, 1, 2]> : tensor<3xi64>, targets = dense<[0, 2]> : tensor<2xi32>, weights = dense<[1, 1]> : tensor<2xi8>>) {} : !neuro.spikes<2, 0>, !neuro.factors<2> -> !neuro.current<2>
  %y, %f = neuro.population "y" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
}
