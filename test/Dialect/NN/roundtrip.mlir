// RUN: neuro-opt --verify-roundtrip %s | FileCheck %s

// CHECK-LABEL: func.func @tensor_form
func.func @tensor_form(%x: tensor<1x6x784xf32>, %ids: tensor<1x6xi64>) -> tensor<1x8xf32> {
  // CHECK: nn.reshape %{{.*}} : tensor<1x6x784xf32> -> tensor<6x1x28x28xf32>
  %image = nn.reshape %x : tensor<1x6x784xf32> -> tensor<6x1x28x28xf32>
  // CHECK: nn.conv2d %{{.*}} {bias = {{.*}}, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 14, 14>
  %c = nn.conv2d %image {weight = dense<0.1> : tensor<2x1x3x3xf32>, bias = dense<0.0> : tensor<2xf32>,
                         strides = array<i64: 14, 14>, pads = array<i64: 1, 1, 1, 1>}
      : tensor<6x1x28x28xf32> -> tensor<6x2x2x2xf32>
  // CHECK: nn.activation %{{.*}} {kind = #nn.activation<gelu_tanh>}
  %r = nn.activation %c {kind = #nn.activation<gelu_tanh>} : tensor<6x2x2x2xf32>
  %f = nn.reshape %r : tensor<6x2x2x2xf32> -> tensor<1x6x8xf32>
  // CHECK: nn.embedding
  %e = nn.embedding %ids {table = dense<0.5> : tensor<21x8xf32>} : tensor<1x6xi64> -> tensor<1x6x8xf32>
  // CHECK: nn.position {table
  %p = nn.position {table = dense<0.5> : tensor<6x8xf32>} : tensor<1x6x8xf32>
  // CHECK: nn.add
  %s = nn.add %e, %p : tensor<1x6x8xf32>
  // CHECK: nn.mul
  %m = nn.mul %s, %f : tensor<1x6x8xf32>
  // CHECK: nn.layer_norm %{{.*}} {beta = {{.*}} epsilon = 1.000000e-05 : f64, gamma
  %n = nn.layer_norm %m {gamma = dense<1.0> : tensor<8xf32>, beta = dense<0.0> : tensor<8xf32>, epsilon = 1.0e-5 : f64}
      : tensor<1x6x8xf32>
  // CHECK: nn.rms_norm
  %n2 = nn.rms_norm %n {gamma = dense<1.0> : tensor<8xf32>, epsilon = 1.0e-5 : f64} : tensor<1x6x8xf32>
  // CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} {heads = 4 : i64, scale = 2.500000e-01 : f64, score = #nn.score<relu>, window = 3 : i64}
  %a = nn.attention %n, %n2, %n {heads = 4 : i64, scale = 2.5e-1 : f64, score = #nn.score<relu>, window = 3 : i64}
      : tensor<1x6x8xf32>
  // CHECK: nn.affine %{{.*}} {multiplier = dense<2.000000e+00> : tensor<f32>}
  %b = nn.affine %a {multiplier = dense<2.0> : tensor<f32>} : tensor<1x6x8xf32>
  // CHECK: nn.linear
  %y = nn.linear %b {weight = dense<0.5> : tensor<8x8xf32>} : tensor<1x6x8xf32> -> tensor<1x6x8xf32>
  // CHECK: nn.select_last %{{.*}} : tensor<1x6x8xf32> -> tensor<1x8xf32>
  %last = nn.select_last %y : tensor<1x6x8xf32> -> tensor<1x8xf32>
  return %last : tensor<1x8xf32>
}

// Scales keep every bit.
// CHECK-LABEL: func.func @quantised_form
// CHECK-SAME: nn.quant = #nn.quant<scale = 1.000000e-01, limit = 127>
func.func @quantised_form(%x: tensor<2xf32> {nn.quant = #nn.quant<scale = 0.1, limit = 127>}) -> tensor<2xf32> {
  // CHECK: quant = #nn.quant<scale = 0.0033333333333333335, limit = 2047>
  // CHECK-SAME: weight_q = dense<{{.*}}> : tensor<2x2xi8>
  %y = nn.linear %x {weight = dense<[[1.0, 0.5], [0.25, 1.0]]> : tensor<2x2xf32>,
                     weight_q = dense<[[127, 64], [32, 127]]> : tensor<2x2xi8>,
                     weight_scale = dense<0.007874016> : tensor<2xf32>,
                     quant = #nn.quant<scale = 0.0033333333333333335, limit = 2047>} : tensor<2xf32> -> tensor<2xf32>
  // CHECK: slots = 6 : i64, value_scale
  %a = nn.attention %y, %y, %y {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<softmax>, slots = 6 : i64,
      key_scale = dense<0.5> : tensor<2xf32>, value_scale = dense<0.5> : tensor<2xf32>,
      query_quant = #nn.quant<scale = 1.0, limit = 2047>, quant = #nn.quant<scale = 1.0, limit = 3>} : tensor<2xf32>
  return %a : tensor<2xf32>
}
