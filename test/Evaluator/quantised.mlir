// RUN: neuro-translate --evaluate --mode=quantised --split-input-file %s
// In floating point the same functions give something else.
// RUN: not neuro-translate --evaluate --mode=float --split-input-file %s 2>&1 | FileCheck %s

// The integer weights count, not the others; the result is rounded half up, then limited.
// CHECK: error: 'check.expect_eq' does not hold: 2 of 2 elements differ
func.func @linear() {
  %x = arith.constant {quant = #nn.quant<scale = 0.5, limit = 100>} dense<[1.5, -0.5]> : tensor<2xf32>
  %y = nn.linear %x {weight = dense<9.0> : tensor<2x2xf32>, bias = dense<0.125> : tensor<2xf32>,
                     weight_q = dense<[[2, 3], [100, 0]]> : tensor<2x2xi8>, weight_scale = dense<[0.5, 1.0]> : tensor<2xf32>,
                     quant = #nn.quant<scale = 0.25, limit = 40>} : tensor<2xf32> -> tensor<2xf32>
  // 1.5 - 0.75 + 0.125 = 3.5 steps; 150.125 is out of range.
  %e = arith.constant dense<[1.0, 10.0]> : tensor<2xf32>
  check.expect_eq %y, %e : tensor<2xf32>
  return
}

// -----

// Inputs are rounded half to even and limited, as the host does.
// CHECK: error: 'check.expect_eq' does not hold: 3 of 4 elements differ
func.func @input() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 3>} dense<[0.5, 1.5, -9.0, 2.0]> : tensor<4xf32>
  %e = arith.constant dense<[0.0, 2.0, -3.0, 2.0]> : tensor<4xf32>
  check.expect_eq %x, %e : tensor<4xf32>
  return
}

// -----

// One scale per output channel of a convolution, one per column of a table.
// CHECK: error: 'check.expect_eq' does not hold
func.func @scales() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 100>} dense<2.0> : tensor<1x1x1xf32>
  %y = nn.conv2d %x {weight = dense<9.0> : tensor<2x1x1x1xf32>, weight_q = dense<[[[[3]]], [[[-4]]]]> : tensor<2x1x1x1xi8>,
                     weight_scale = dense<[0.5, 0.25]> : tensor<2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>,
                     quant = #nn.quant<scale = 0.5, limit = 100>}
      : tensor<1x1x1xf32> -> tensor<2x1x1xf32>
  %ey = arith.constant dense<[[[3.0]], [[-2.0]]]> : tensor<2x1x1xf32>
  check.expect_eq %y, %ey : tensor<2x1x1xf32>
  %ids = arith.constant dense<1> : tensor<1xi64>
  %t = nn.embedding %ids {table = dense<9.0> : tensor<2x2xf32>, table_q = dense<[[1, 2], [3, 4]]> : tensor<2x2xi8>,
                          table_scale = dense<[0.5, 0.25]> : tensor<2xf32>, quant = #nn.quant<scale = 0.5, limit = 100>}
      : tensor<1xi64> -> tensor<1x2xf32>
  %et = arith.constant dense<[[1.5, 1.0]]> : tensor<1x2xf32>
  check.expect_eq %t, %et : tensor<1x2xf32>
  return
}

// -----

// A layer that one addition reads is never rounded by itself: 0.25 + 0.25 is one step of the sum, where each alone would be none.
// CHECK: error: 'check.expect_eq' does not hold
func.func @fused() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 9>} dense<1.0> : tensor<1xf32>
  %a = nn.linear %x {weight = dense<9.0> : tensor<1x1xf32>, weight_q = dense<1> : tensor<1x1xi8>, weight_scale = dense<0.25> : tensor<1xf32>,
                     quant = #nn.quant<scale = 0.5, limit = 9>} : tensor<1xf32> -> tensor<1xf32>
  %b = nn.linear %x {weight = dense<9.0> : tensor<1x1xf32>, weight_q = dense<1> : tensor<1x1xi8>, weight_scale = dense<0.25> : tensor<1xf32>,
                     quant = #nn.quant<scale = 0.5, limit = 9>} : tensor<1xf32> -> tensor<1xf32>
  %y = nn.add %a, %b {quant = #nn.quant<scale = 0.5, limit = 9>} : tensor<1xf32>
  %e = arith.constant dense<0.5> : tensor<1xf32>
  check.expect_eq %y, %e : tensor<1xf32>
  return
}

// -----

// A factor behind a layer counts for the layer's bias too: (1.5 * 2 + 1) * 2 + 0.5.
// CHECK: error: 'check.expect_eq' does not hold
func.func @affine() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 9>} dense<2.0> : tensor<1xf32>
  %a = nn.linear %x {weight = dense<9.0> : tensor<1x1xf32>, bias = dense<1.0> : tensor<1xf32>, weight_q = dense<3> : tensor<1x1xi8>, weight_scale = dense<0.5> : tensor<1xf32>,
                     quant = #nn.quant<scale = 0.5, limit = 99>} : tensor<1xf32> -> tensor<1xf32>
  %y = nn.affine %a {multiplier = dense<2.0> : tensor<1xf32>, offset = dense<0.5> : tensor<1xf32>, quant = #nn.quant<scale = 0.5, limit = 99>} : tensor<1xf32>
  %e = arith.constant dense<8.5> : tensor<1xf32>
  check.expect_eq %y, %e : tensor<1xf32>
  return
}

// -----

// A ReLU behind a layer scales every channel by its own factor.
// CHECK: error: 'check.expect_eq' does not hold
func.func @relu() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 9>} dense<1.0> : tensor<2x1xf32>
  %a = nn.linear %x {weight = dense<9.0> : tensor<3x1xf32>, weight_q = dense<[[2], [2], [-2]]> : tensor<3x1xi8>, weight_scale = dense<[0.5, 1.5, 0.5]> : tensor<3xf32>,
                     quant = #nn.quant<scale = 0.5, limit = 99>} : tensor<2x1xf32> -> tensor<2x3xf32>
  %y = nn.activation %a {kind = #nn.activation<relu>, quant = #nn.quant<scale = 0.5, limit = 99>} : tensor<2x3xf32>
  %e = arith.constant dense<[[1.0, 3.0, 0.0], [1.0, 3.0, 0.0]]> : tensor<2x3xf32>
  check.expect_eq %y, %e : tensor<2x3xf32>
  return
}

// -----

// A product limits fused factors to their own grid first: 8 becomes 2.
// CHECK: error: 'check.expect_eq' does not hold
func.func @mul() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 9>} dense<8.0> : tensor<1xf32>
  %a = nn.linear %x {weight = dense<1.0> : tensor<1x1xf32>, weight_q = dense<1> : tensor<1x1xi8>, weight_scale = dense<1.0> : tensor<1xf32>,
                     quant = #nn.quant<scale = 0.5, limit = 4>} : tensor<1xf32> -> tensor<1xf32>
  %y = nn.mul %a, %x {quant = #nn.quant<scale = 1.0, limit = 100>} : tensor<1xf32>
  %e = arith.constant dense<16.0> : tensor<1xf32>
  check.expect_eq %y, %e : tensor<1xf32>
  return
}

// -----

// The centre has two bits more than the input, and is limited: 3 and -3 quarters. Epsilon is 27 / 16 of a squared unit, the mean of squares 9 / 16:
// 0.75 / sqrt(2.25) * 2 = 1.
// CHECK: error: 'check.expect_eq' does not hold
func.func @center() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 9>} dense<[5.0, 3.0]> : tensor<2xf32>
  %y = nn.layer_norm %x {gamma = dense<2.0> : tensor<2xf32>, epsilon = 1.6875 : f64, center_quant = #nn.quant<scale = 0.25, limit = 3>,
                         quant = #nn.quant<scale = 0.0625, limit = 100>} : tensor<2xf32>
  %e = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  check.expect_eq %y, %e : tensor<2xf32>
  return
}

// -----

// A norm does not depend on the size of its input: 1 of 1,000,000 steps, or all.
// CHECK: error: 'check.expect_eq' does not hold
func.func @sizes() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 1000000>} dense<[[1.0, -1.0], [2000000.0, -2000000.0], [0.0, 0.0]]> : tensor<3x2xf32>
  %y = nn.rms_norm %x {gamma = dense<1.0> : tensor<2xf32>, epsilon = 0.0 : f64, center_quant = #nn.quant<scale = 1.0, limit = 1000000>,
                       quant = #nn.quant<scale = 0.0009765625, limit = 2000>} : tensor<3x2xf32>
  %e = arith.constant dense<[[1.0, -1.0], [1.0, -1.0], [0.0, 0.0]]> : tensor<3x2xf32>
  check.expect_eq %y, %e : tensor<3x2xf32>
  %z = nn.rms_norm %x {gamma = dense<1.0> : tensor<2xf32>, epsilon = 1.0 : f64, center_quant = #nn.quant<scale = 1.0, limit = 1000000>,
                       quant = #nn.quant<scale = 0.0009765625, limit = 2000>} : tensor<3x2xf32>
  %ez = arith.constant dense<[[0.70703125, -0.70703125], [1.0, -1.0], [0.0, 0.0]]> : tensor<3x2xf32>
  check.expect_eq %z, %ez : tensor<3x2xf32>
  return
}

// -----

// Keys in [-63, 63], values in [-127, 127], weights in 1/32768.
// CHECK: error: 'check.expect_eq' does not hold
func.func @softmax() {
  %q = arith.constant {quant = #nn.quant<scale = 0.1, limit = 100>} dense<[[[1.0], [1.1]]]> : tensor<1x2x1xf32>
  %k = arith.constant {quant = #nn.quant<scale = 0.1, limit = 100>} dense<[[[0.1], [0.7]]]> : tensor<1x2x1xf32>
  %v = arith.constant {quant = #nn.quant<scale = 1.0, limit = 200>} dense<[[[0.2], [200.0]]]> : tensor<1x2x1xf32>
  // Query: 1.1 * 0.5 / 0.25 is 2. Keys: 0 and 1. Scores: 0 and 0.25 * 2, which
  // times 2 log 2 is log 2; weights 10923 / 32768 and 21845 / 32768.
  %y = nn.attention %q, %k, %v {heads = 1 : i64, scale = 1.3862943611 : f64, score = #nn.score<softmax>,
      query_quant = #nn.quant<scale = 0.25, limit = 2047>, key_scale = dense<0.5> : tensor<1xf32>,
      value_scale = dense<1.0> : tensor<1xf32>, quant = #nn.quant<scale = 0.0625, limit = 2047>} : tensor<1x2x1xf32>
  %e = arith.constant dense<[[[0.0], [84.6875]]]> : tensor<1x2x1xf32>
  check.expect_eq %y, %e : tensor<1x2x1xf32>
  return
}

// -----

// Weights of relu attention have their own scale and limit.
// CHECK: error: 'check.expect_eq' does not hold
func.func @relu() {
  %q = arith.constant {quant = #nn.quant<scale = 1.0, limit = 100>} dense<[[[1.0], [9.0]]]> : tensor<1x2x1xf32>
  %k = arith.constant {quant = #nn.quant<scale = 1.0, limit = 100>} dense<[[[-3.0], [1.0]]]> : tensor<1x2x1xf32>
  %v = arith.constant {quant = #nn.quant<scale = 1.0, limit = 100>} dense<[[[7.0], [10.0]]]> : tensor<1x2x1xf32>
  %y = nn.attention %q, %k, %v {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<relu>,
      query_quant = #nn.quant<scale = 1.0, limit = 2047>, key_scale = dense<1.0> : tensor<1xf32>,
      value_scale = dense<1.0> : tensor<1xf32>, weight_quant = #nn.quant<scale = 2.0, limit = 3>,
      quant = #nn.quant<scale = 1.0, limit = 100>} : tensor<1x2x1xf32>
  // 9 is 4.5 steps: 3 at most, which are 6.
  %e = arith.constant dense<[[[0.0], [60.0]]]> : tensor<1x2x1xf32>
  check.expect_eq %y, %e : tensor<1x2x1xf32>
  return
}

// -----

// What feeds attention only is rounded by attention, not by its own scale.
// CHECK: error: 'check.expect_eq' does not hold
func.func @projections() {
  %x = arith.constant {quant = #nn.quant<scale = 1.0, limit = 100>} dense<[[[1.0]]]> : tensor<1x1x1xf32>
  %v = nn.linear %x {weight = dense<0.3> : tensor<1x1xf32>, weight_q = dense<100> : tensor<1x1xi8>, weight_scale = dense<0.003> : tensor<1xf32>,
                     quant = #nn.quant<scale = 1.0, limit = 1>} : tensor<1x1x1xf32> -> tensor<1x1x1xf32>
  %y = nn.attention %x, %x, %v {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<softmax>,
      query_quant = #nn.quant<scale = 1.0, limit = 2047>, key_scale = dense<1.0> : tensor<1xf32>,
      value_scale = dense<0.25> : tensor<1xf32>, quant = #nn.quant<scale = 0.0625, limit = 2047>} : tensor<1x1x1xf32>
  %e = arith.constant dense<[[[0.25]]]> : tensor<1x1x1xf32>
  check.expect_eq %y, %e : tensor<1x1x1xf32>
  return
}
