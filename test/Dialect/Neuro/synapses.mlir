// Every kind of connectivity, as projections and as plastic synapses.
// RUN: neuro-opt %s --verify-roundtrip | FileCheck %s

neuro.rule @grow {
  neuro.update w "2*x0*y0"
}

// CHECK-LABEL: neuro.network @kinds
neuro.network @kinds {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // CHECK: #neuro.sparse<offsets = dense<[0, 2, 2, 3, 3]> : tensor<5xi64>, targets = dense<[4, 0, 1]> : tensor<3xi32>, weights = dense<[5, -7, 1]> : tensor<3xi8>>
  %a = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 2, 2, 3, 3]> : tensor<5xi64>, targets = dense<[4, 0, 1]> : tensor<3xi32>, weights = dense<[5, -7, 1]> : tensor<3xi8>>) : !neuro.spikes<4, 8> -> !neuro.current<5>
  // CHECK: delays = dense<[0, 62, 3]> : tensor<3xi8>>
  %b = neuro.project %x weights(#neuro.sparse<offsets = dense<[0, 2, 2, 3, 3]> : tensor<5xi64>, targets = dense<[4, 0, 1]> : tensor<3xi32>, weights = dense<1> : tensor<3xi8>, delays = dense<[0, 62, 3]> : tensor<3xi8>>) : !neuro.spikes<4, 8> -> !neuro.current<5>
  // CHECK: #neuro.per_block<2, dense<{{.*}}> : tensor<3x2xi8>>
  %c = neuro.project %x weights(#neuro.per_block<2, dense<[[1, 0], [2, -3], [4, 5]]> : tensor<3x2xi8>>) : !neuro.spikes<4, 8> -> !neuro.current<6>
  // CHECK: #neuro.permutation<dense<[2, 0, 3, 1]> : tensor<4xi32>, -3>
  %d = neuro.project %x weights(#neuro.permutation<dense<[2, 0, 3, 1]> : tensor<4xi32>, -3>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  // CHECK: pads = [0, 0, 0, 0], dilations = [1, 1], groups = 2>
  %e = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<2x1x1x2xi8>, input = [2, 1, 2], output = [2, 1, 1], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], groups = 2>) : !neuro.spikes<4, 8> -> !neuro.current<2>
  // CHECK: #neuro.conv1d<kernel = dense<1> : tensor<3x1x2xi8>, input = [1, 4], output = [3, 2], stride = 1, pads = [0, 0], dilation = 2>
  %f = neuro.project %x weights(#neuro.conv1d<kernel = dense<1> : tensor<3x1x2xi8>, input = [1, 4], output = [3, 2], stride = 1, pads = [0, 0], dilation = 2>) : !neuro.spikes<4, 8> -> !neuro.current<6>
}

// CHECK-LABEL: neuro.network @plastic
neuro.network @plastic {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 0>
  // CHECK: neuro.plastic %x, %y_factors rule(@grow) synapses(#neuro.one_to_one<3>) :
  %s = neuro.plastic %x, %f rule(@grow) synapses(#neuro.one_to_one<3>) : !neuro.spikes<4, 0>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "y" (%s) {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 16>, !neuro.factors<4>
}
