// RUN: neuro-opt --nn-fold-affine %s | FileCheck %s

// CHECK-LABEL: func.func @before_linear
// CHECK-NEXT: nn.linear %arg0 {bias = dense<8.000000e+00> : tensor<1xf32>, weight = dense<{{\[}}[1.000000e+00, 6.000000e+00]]> : tensor<1x2xf32>}
func.func @before_linear(%x: tensor<1x6x2xf32>) -> tensor<1x6x1xf32> {
  %a = nn.affine %x {multiplier = dense<[2.0, 3.0]> : tensor<2xf32>, offset = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<1x6x2xf32>
  %y = nn.linear %a {weight = dense<[[0.5, 2.0]]> : tensor<1x2xf32>, bias = dense<3.5> : tensor<1xf32>} : tensor<1x6x2xf32> -> tensor<1x6x1xf32>
  return %y : tensor<1x6x1xf32>
}

// CHECK-LABEL: func.func @after_linear
// CHECK-NEXT: nn.linear %arg0 {bias = dense<[1.000000e+00, 0.000000e+00]> : tensor<2xf32>, weight = dense<{{\[}}[2.000000e+00], [3.000000e+00]]> : tensor<2x1xf32>}
// CHECK-NEXT: return
func.func @after_linear(%x: tensor<1x6x1xf32>) -> tensor<1x6x2xf32> {
  %y = nn.linear %x {weight = dense<1.0> : tensor<2x1xf32>} : tensor<1x6x1xf32> -> tensor<1x6x2xf32>
  %a = nn.affine %y {multiplier = dense<[2.0, 3.0]> : tensor<2xf32>, offset = dense<[1.0, 0.0]> : tensor<2xf32>} : tensor<1x6x2xf32>
  return %a : tensor<1x6x2xf32>
}

// The linear result is used twice: nothing after it may change it.
// CHECK-LABEL: func.func @shared
// CHECK: nn.affine
func.func @shared(%x: tensor<1x6x1xf32>) -> (tensor<1x6x1xf32>, tensor<1x6x1xf32>) {
  %y = nn.linear %x {weight = dense<1.0> : tensor<1x1xf32>} : tensor<1x6x1xf32> -> tensor<1x6x1xf32>
  %a = nn.affine %y {multiplier = dense<2.0> : tensor<f32>} : tensor<1x6x1xf32>
  return %y, %a : tensor<1x6x1xf32>, tensor<1x6x1xf32>
}

// CHECK-LABEL: func.func @norms
// CHECK-NEXT: nn.layer_norm %arg0 {beta = dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>, epsilon = {{.*}}, gamma = dense<2.000000e+00> : tensor<2xf32>}
// CHECK-NEXT: nn.rms_norm %{{.*}} {epsilon = {{.*}}, gamma = dense<4.000000e+00> : tensor<2xf32>}
// CHECK-NEXT: return
func.func @norms(%x: tensor<1x6x2xf32>) -> tensor<1x6x2xf32> {
  %n = nn.layer_norm %x {gamma = dense<1.0> : tensor<2xf32>, beta = dense<1.0> : tensor<2xf32>, epsilon = 1.0e-5 : f64} : tensor<1x6x2xf32>
  %a = nn.affine %n {multiplier = dense<2.0> : tensor<1xf32>, offset = dense<[1.0, 2.0]> : tensor<2xf32>} : tensor<1x6x2xf32>
  %r = nn.rms_norm %a {gamma = dense<2.0> : tensor<2xf32>, epsilon = 1.0e-5 : f64} : tensor<1x6x2xf32>
  %b = nn.affine %r {multiplier = dense<2.0> : tensor<2xf32>} : tensor<1x6x2xf32>
  return %b : tensor<1x6x2xf32>
}

// CHECK-LABEL: func.func @table
// CHECK-NEXT: nn.embedding %arg0 {table = dense<{{\[}}[3.000000e+00, 5.000000e+00]]> : tensor<1x2xf32>}
func.func @table(%ids: tensor<1x6xi64>) -> tensor<1x6x2xf32> {
  %e = nn.embedding %ids {table = dense<[[1.0, 2.0]]> : tensor<1x2xf32>} : tensor<1x6xi64> -> tensor<1x6x2xf32>
  %a = nn.affine %e {multiplier = dense<2.0> : tensor<f32>, offset = dense<1.0> : tensor<f32>} : tensor<1x6x2xf32>
  return %a : tensor<1x6x2xf32>
}

// What is padded stays zero, so an offset before a padded convolution stays; a
// factor does not.
// CHECK-LABEL: func.func @conv
// CHECK: nn.affine %arg0 {offset
// CHECK-NEXT: nn.conv2d {{.*}} weight = dense<5.000000e-01> : tensor<1x1x2x2xf32>
// CHECK-NEXT: nn.conv2d {{.*}} weight = dense<2.000000e+00> : tensor<1x1x2x2xf32>
// CHECK-NEXT: return
func.func @conv(%x: tensor<6x1x3x3xf32>) -> tensor<6x1x3x3xf32> {
  %a = nn.affine %x {offset = dense<1.0> : tensor<f32>} : tensor<6x1x3x3xf32>
  %c = nn.conv2d %a {weight = dense<1.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>} : tensor<6x1x3x3xf32> -> tensor<6x1x3x3xf32>
  %b = nn.affine %c {multiplier = dense<0.5> : tensor<f32>} : tensor<6x1x3x3xf32>
  %d = nn.conv2d %b {weight = dense<2.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>, bias = dense<0.0> : tensor<1xf32>} : tensor<6x1x3x3xf32> -> tensor<6x1x3x3xf32>
  return %d : tensor<6x1x3x3xf32>
}
