// RUN: neuro-opt --onnx-to-nn --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @layer_norm(
// CHECK-NEXT:    %[[Y:.*]] = nn.layer_norm %{{.*}} {beta = dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>, epsilon = 9.{{.*}}E-6 : f64, gamma = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @layer_norm(%x: tensor<1x3x2xf32>) -> !onnx.any {
  %g = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = onnx.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %y = onnx.node "LayerNormalization" opset 17 (%x, %g, %b) {axis = -1 : i64, epsilon = 1.0e-5 : f32}
      : (tensor<1x3x2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Spelled out, with the square as a product, gamma first, and two means.
// CHECK-LABEL: func.func @spelled(
// CHECK-NEXT:    %[[Y:.*]] = nn.layer_norm %{{.*}} {epsilon = 9.{{.*}}E-6 : f64, gamma = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @spelled(%x: tensor<1x3x2xf32>) -> !onnx.any {
  %g = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = onnx.constant dense<1.0e-5> : tensor<f32>
  %m0 = onnx.node "ReduceMean" opset 13 (%x) {axes = array<i64: -1>} : (tensor<1x3x2xf32>) -> !onnx.any
  %c0 = onnx.node "Sub" opset 13 (%x, %m0) : (tensor<1x3x2xf32>, !onnx.any) -> !onnx.any
  %s = onnx.node "Mul" opset 13 (%c0, %c0) : (!onnx.any, !onnx.any) -> !onnx.any
  %v = onnx.node "ReduceMean" opset 13 (%s) {axes = array<i64: -1>} : (!onnx.any) -> !onnx.any
  %ve = onnx.node "Add" opset 13 (%v, %e) : (!onnx.any, tensor<f32>) -> !onnx.any
  %d = onnx.node "Sqrt" opset 13 (%ve) : (!onnx.any) -> !onnx.any
  %m1 = onnx.node "ReduceMean" opset 13 (%x) {axes = array<i64: 2>, keepdims = 1 : i64} : (tensor<1x3x2xf32>) -> !onnx.any
  %c1 = onnx.node "Sub" opset 13 (%x, %m1) : (tensor<1x3x2xf32>, !onnx.any) -> !onnx.any
  %gc = onnx.node "Mul" opset 13 (%g, %c1) : (tensor<2xf32>, !onnx.any) -> !onnx.any
  %y = onnx.node "Div" opset 13 (%gc, %d) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK-LABEL: func.func @rms_norm(
// CHECK-NEXT:    %[[Y:.*]] = nn.rms_norm %{{.*}} {epsilon = 9.{{.*}}E-7 : f64, gamma = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @rms_norm(%x: tensor<1x3x2xf32>) -> !onnx.any {
  %g = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = onnx.constant dense<1.0e-6> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %s = onnx.node "Pow" opset 13 (%x, %two) : (tensor<1x3x2xf32>, tensor<f32>) -> !onnx.any
  %v = onnx.node "ReduceMean" opset 13 (%s) {axes = array<i64: -1>} : (!onnx.any) -> !onnx.any
  %ve = onnx.node "Add" opset 13 (%v, %e) : (!onnx.any, tensor<f32>) -> !onnx.any
  %d = onnx.node "Sqrt" opset 13 (%ve) : (!onnx.any) -> !onnx.any
  %r = onnx.node "Reciprocal" opset 13 (%d) : (!onnx.any) -> !onnx.any
  %n = onnx.node "Mul" opset 13 (%x, %r) : (tensor<1x3x2xf32>, !onnx.any) -> !onnx.any
  %y = onnx.node "Mul" opset 13 (%n, %g) : (!onnx.any, tensor<2xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK-LABEL: func.func @gelu_erf(
// CHECK-NEXT:    %[[Y:.*]] = nn.activation %{{.*}} {kind = #nn.activation<gelu>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @gelu_erf(%x: tensor<1x3x2xf32>) -> !onnx.any {
  %root = onnx.constant dense<1.41421354> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %d = onnx.node "Div" opset 13 (%x, %root) : (tensor<1x3x2xf32>, tensor<f32>) -> !onnx.any
  %e = onnx.node "Erf" opset 13 (%d) : (!onnx.any) -> !onnx.any
  %a = onnx.node "Add" opset 13 (%e, %one) : (!onnx.any, tensor<f32>) -> !onnx.any
  %h = onnx.node "Mul" opset 13 (%x, %half) : (tensor<1x3x2xf32>, tensor<f32>) -> !onnx.any
  %y = onnx.node "Mul" opset 13 (%h, %a) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A sigmoid with another slope: SiLU of a multiple.
// CHECK-LABEL: func.func @silu(
// CHECK-NEXT:    %[[A:.*]] = nn.affine %{{.*}} {multiplier = dense<2.000000e+00> : tensor<1xf32>}
// CHECK-NEXT:    %[[S:.*]] = nn.activation %[[A]] {kind = #nn.activation<silu>}
// CHECK-NEXT:    %[[Y:.*]] = nn.affine %[[S]] {multiplier = dense<5.000000e-01> : tensor<1xf32>}
// CHECK-NEXT:    return %[[Y]]
func.func @silu(%x: tensor<1x3x2xf32>) -> !onnx.any {
  %two = onnx.constant dense<2.0> : tensor<f32>
  %d = onnx.node "Mul" opset 13 (%x, %two) : (tensor<1x3x2xf32>, tensor<f32>) -> !onnx.any
  %s = onnx.node "Sigmoid" opset 13 (%d) : (!onnx.any) -> !onnx.any
  %y = onnx.node "Mul" opset 13 (%s, %x) : (!onnx.any, tensor<1x3x2xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Without the attribute, epsilon is 1e-12.
// CHECK-LABEL: func.func @microsoft(
// CHECK:         %[[S:.*]] = nn.add
// CHECK-NEXT:    %[[N:.*]] = nn.layer_norm %[[S]] {beta = dense<1.000000e+00> : tensor<2xf32>, epsilon = {{9.99[0-9]+E-13}} : f64, gamma = dense<2.000000e+00> : tensor<2xf32>}
// CHECK-NEXT:    %[[G:.*]] = nn.activation %[[N]] {kind = #nn.activation<gelu_tanh>}
// CHECK-NEXT:    %[[Q:.*]] = nn.linear %[[G]] {bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, weight = dense<1.000000e+00> : tensor<2x2xf32>}
// CHECK-NEXT:    %[[K:.*]] = nn.linear %[[G]] {bias = dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:    %[[V:.*]] = nn.linear %[[G]] {bias = dense<[5.000000e+00, 6.000000e+00]> : tensor<2xf32>
// CHECK-NEXT:    %[[A:.*]] = nn.attention %[[Q]], %[[K]], %[[V]] {heads = 2 : i64, scale = 1.000000e+00 : f64, score = #nn.score<softmax>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[A]]
func.func @microsoft(%ids: tensor<1x3xi64>) -> !onnx.any {
  %table = onnx.constant dense<1.0> : tensor<4x2xf32>
  %g = onnx.constant dense<2.0> : tensor<2xf32>
  %b = onnx.constant dense<1.0> : tensor<2xf32>
  %w = onnx.constant dense<1.0> : tensor<2x6xf32>
  %wb = onnx.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<6xf32>
  %other = onnx.constant dense<3.0> : tensor<4x2xf32>
  %x = onnx.node "Gather" opset 13 (%table, %ids) : (tensor<4x2xf32>, tensor<1x3xi64>) -> !onnx.any
  %z = onnx.node "Gather" opset 13 (%other, %ids) : (tensor<4x2xf32>, tensor<1x3xi64>) -> !onnx.any
  %n = onnx.node "SkipLayerNormalization" domain "com.microsoft" opset 1 (%x, %z, %g, %b)
      : (!onnx.any, !onnx.any, tensor<2xf32>, tensor<2xf32>) -> !onnx.any
  %f = onnx.node "FastGelu" domain "com.microsoft" opset 1 (%n) : (!onnx.any) -> !onnx.any
  %a = onnx.node "Attention" domain "com.microsoft" opset 1 (%f, %w, %wb) {num_heads = 2 : i64, unidirectional = 1 : i64}
      : (!onnx.any, tensor<2x6xf32>, tensor<6xf32>) -> !onnx.any
  return %a : !onnx.any
}
