// RUN: neuro-translate --evaluate --split-input-file %s

func.func @linear() {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, -4.0]]> : tensor<2x2xf32>
  %y = nn.linear %x {weight = dense<[[1.0, 0.5], [2.0, -1.0], [0.0, 1.0]]> : tensor<3x2xf32>,
                     bias = dense<[0.0, 1.0, -1.0]> : tensor<3xf32>} : tensor<2x2xf32> -> tensor<2x3xf32>
  %e = arith.constant dense<[[2.0, 1.0, 1.0], [1.0, 11.0, -5.0]]> : tensor<2x3xf32>
  check.expect_eq %y, %e : tensor<2x3xf32>
  return
}

// -----

func.func @linear_without_bias() {
  %x = arith.constant dense<[3.0, -4.0]> : tensor<2xf32>
  %y = nn.linear %x {weight = dense<[[1.0, 0.5]]> : tensor<1x2xf32>} : tensor<2xf32> -> tensor<1xf32>
  %e = arith.constant dense<1.0> : tensor<1xf32>
  check.expect_eq %y, %e : tensor<1xf32>
  return
}

// -----

// Padding on one side only, a stride, two channels.
func.func @conv2d() {
  %x = arith.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
                             [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]> : tensor<2x3x3xf32>
  %y = nn.conv2d %x {weight = dense<[[[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 2.0]]]]> : tensor<1x2x2x2xf32>,
                     bias = dense<0.5> : tensor<1xf32>,
                     strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 0, 1>} : tensor<2x3x3xf32> -> tensor<1x2x3xf32>
  // Row 0 reads rows -1 and 0; row 1 reads rows 1 and 2; column 2 reads columns 2 and 3 (zero).
  %e = arith.constant dense<[[[2.5, 3.5, 0.5], [12.5, 18.5, 6.5]]]> : tensor<1x2x3xf32>
  check.expect_eq %y, %e : tensor<1x2x3xf32>
  return
}

// -----

func.func @norms() {
  %x = arith.constant dense<[[1.0, 3.0], [5.0, 5.0]]> : tensor<2x2xf32>
  %a = nn.layer_norm %x {gamma = dense<[2.0, 4.0]> : tensor<2xf32>, beta = dense<[0.0, 1.0]> : tensor<2xf32>,
                         epsilon = 0.0 : f64} : tensor<2x2xf32>
  %ea = arith.constant dense<[[-2.0, 5.0], [0.0, 1.0]]> : tensor<2x2xf32>
  check.expect_eq %a, %ea : tensor<2x2xf32>
  %z = arith.constant dense<[[3.0, 4.0], [0.0, 0.0]]> : tensor<2x2xf32>
  %b = nn.rms_norm %z {gamma = dense<1.0> : tensor<2xf32>, epsilon = 0.0 : f64} : tensor<2x2xf32>
  %eb = arith.constant dense<[[0.84852814, 1.1313709], [0.0, 0.0]]> : tensor<2x2xf32>
  check.expect_close %b, %eb {tolerance = 1.0e-6 : f64} : tensor<2x2xf32>
  return
}

// -----

func.func @activations() {
  %x = arith.constant dense<[-1.0, 0.0, 2.0]> : tensor<3xf32>
  %relu = nn.activation %x {kind = #nn.activation<relu>} : tensor<3xf32>
  %erelu = arith.constant dense<[0.0, 0.0, 2.0]> : tensor<3xf32>
  check.expect_eq %relu, %erelu : tensor<3xf32>
  %gelu = nn.activation %x {kind = #nn.activation<gelu>} : tensor<3xf32>
  %egelu = arith.constant dense<[-0.15865525, 0.0, 1.9544997]> : tensor<3xf32>
  check.expect_close %gelu, %egelu {tolerance = 1.0e-6 : f64} : tensor<3xf32>
  %tanh = nn.activation %x {kind = #nn.activation<gelu_tanh>} : tensor<3xf32>
  %etanh = arith.constant dense<[-0.15880801, 0.0, 1.9545977]> : tensor<3xf32>
  check.expect_close %tanh, %etanh {tolerance = 1.0e-6 : f64} : tensor<3xf32>
  %silu = nn.activation %x {kind = #nn.activation<silu>} : tensor<3xf32>
  %esilu = arith.constant dense<[-0.26894143, 0.0, 1.7615942]> : tensor<3xf32>
  check.expect_close %silu, %esilu {tolerance = 1.0e-6 : f64} : tensor<3xf32>
  return
}

// -----

func.func @tables() {
  %ids = arith.constant dense<[[2, 0]]> : tensor<1x2xi64>
  %a = nn.embedding %ids {table = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>}
      : tensor<1x2xi64> -> tensor<1x2x2xf32>
  %ea = arith.constant dense<[[[5.0, 6.0], [1.0, 2.0]]]> : tensor<1x2x2xf32>
  check.expect_eq %a, %ea : tensor<1x2x2xf32>
  %b = nn.position {table = dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>} : tensor<2x2x2xf32>
  %eb = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]]> : tensor<2x2x2xf32>
  check.expect_eq %b, %eb : tensor<2x2x2xf32>
  return
}

// -----

// One head; the first token sees itself only, so that its output is its value.
func.func @softmax_attention() {
  %q = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]]> : tensor<1x3x2xf32>
  %k = arith.constant dense<[[[0.0, 0.0], [0.0, 0.6931472], [1.0, 0.0]]]> : tensor<1x3x2xf32>
  %v = arith.constant dense<[[[3.0, 0.0], [0.0, 6.0], [1.0, 1.0]]]> : tensor<1x3x2xf32>
  %y = nn.attention %q, %k, %v {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<softmax>} : tensor<1x3x2xf32>
  %e = arith.constant dense<[[[3.0, 0.0], [1.0, 4.0], [1.1065070, 1.4260281]]]> : tensor<1x3x2xf32>
  check.expect_close %y, %e {tolerance = 1.0e-5 : f64} : tensor<1x3x2xf32>
  return
}

// -----

// Two heads of one channel; a window of two forgets the first token at the third.
func.func @relu_attention_with_window() {
  %q = arith.constant dense<[[[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]]]> : tensor<1x3x2xf32>
  %k = arith.constant dense<[[[1.0, 1.0], [2.0, -2.0], [-1.0, -3.0]]]> : tensor<1x3x2xf32>
  %v = arith.constant dense<[[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]> : tensor<1x3x2xf32>
  %y = nn.attention %q, %k, %v {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>, window = 2 : i64}
      : tensor<1x3x2xf32>
  %e = arith.constant dense<[[[0.5, 0.0], [2.5, 20.0], [2.0, 65.0]]]> : tensor<1x3x2xf32>
  check.expect_close %y, %e {tolerance = 1.0e-6 : f64} : tensor<1x3x2xf32>
  return
}

// -----

func.func @elementwise() {
  %a = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %b = arith.constant dense<[[3.0, -4.0]]> : tensor<1x2xf32>
  %sum = nn.add %a, %b : tensor<1x2xf32>
  %esum = arith.constant dense<[[4.0, -2.0]]> : tensor<1x2xf32>
  check.expect_eq %sum, %esum : tensor<1x2xf32>
  %product = nn.mul %a, %b : tensor<1x2xf32>
  %eproduct = arith.constant dense<[[3.0, -8.0]]> : tensor<1x2xf32>
  check.expect_eq %product, %eproduct : tensor<1x2xf32>
  %affine = nn.affine %a {multiplier = dense<2.0> : tensor<1xf32>, offset = dense<[0.0, 1.0]> : tensor<2xf32>}
      : tensor<1x2xf32>
  %eaffine = arith.constant dense<[[2.0, 5.0]]> : tensor<1x2xf32>
  check.expect_eq %affine, %eaffine : tensor<1x2xf32>
  return
}

// -----

func.func @shapes() {
  %x = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]> : tensor<2x2x2xf32>
  %r = nn.reshape %x : tensor<2x2x2xf32> -> tensor<4x2xf32>
  %er = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  check.expect_eq %r, %er : tensor<4x2xf32>
  %l = nn.select_last %x : tensor<2x2x2xf32> -> tensor<2x2xf32>
  %el = arith.constant dense<[[3.0, 4.0], [7.0, 8.0]]> : tensor<2x2xf32>
  check.expect_eq %l, %el : tensor<2x2xf32>
  return
}
