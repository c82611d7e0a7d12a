// RUN: neuro-opt --onnx-to-nn --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @matmul_add(
// CHECK-SAME:    %[[X:.*]]: tensor<1x2x3xf32> {nn.name = "x"}) -> (tensor<1x2x2xf32> {nn.name = "y"})
// CHECK-NEXT:    %[[Y:.*]] = nn.linear %[[X]] {bias = dense<[5.000000e-01, -5.000000e-01]> : tensor<2xf32>, weight = dense<{{\[\[}}1.000000e+00, 3.000000e+00, 5.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>}
// CHECK-NEXT:    return %[[Y]]
func.func @matmul_add(%x: tensor<1x2x3xf32> {onnx.name = "x"}) -> (!onnx.any {onnx.name = "y"}) {
  %w = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %b = onnx.constant dense<[0.5, -0.5]> : tensor<2xf32>
  %h = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x2x3xf32>, tensor<3x2xf32>) -> !onnx.any
  %y = onnx.node "Add" opset 13 (%b, %h) : (tensor<2xf32>, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Batch and tokens are merged and split again; alpha and beta are multiplied in.
// CHECK-LABEL: func.func @gemm(
// CHECK-NEXT:    %[[Y:.*]] = nn.linear %{{.*}} {bias = dense<[1.000000e+00, -1.000000e+00]> : tensor<2xf32>, weight = dense<{{\[\[}}2.000000e+00, 4.000000e+00, 6.000000e+00], [8.000000e+00, 1.000000e+01, 1.200000e+01]]> : tensor<2x3xf32>} : tensor<1x2x3xf32> -> tensor<1x2x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @gemm(%x: tensor<1x2x3xf32>) -> !onnx.any {
  %w = onnx.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %b = onnx.constant dense<[0.5, -0.5]> : tensor<2xf32>
  %flat = onnx.constant dense<[-1, 3]> : tensor<2xi64>
  %shape = onnx.node "Shape" opset 13 (%x) : (tensor<1x2x3xf32>) -> !onnx.any
  %start = onnx.constant dense<0> : tensor<1xi64>
  %end = onnx.constant dense<2> : tensor<1xi64>
  %lead = onnx.node "Slice" opset 13 (%shape, %start, %end) : (!onnx.any, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  %rest = onnx.constant dense<-1> : tensor<1xi64>
  %back = onnx.node "Concat" opset 13 (%lead, %rest) {axis = 0 : i64} : (!onnx.any, tensor<1xi64>) -> !onnx.any
  %a = onnx.node "Reshape" opset 13 (%x, %flat) : (tensor<1x2x3xf32>, tensor<2xi64>) -> !onnx.any
  %h = onnx.node "Gemm" opset 13 (%a, %w, %b) {transB = 1 : i64, alpha = 2.0 : f32, beta = 2.0 : f32}
      : (!onnx.any, tensor<2x3xf32>, tensor<2xf32>) -> !onnx.any
  %y = onnx.node "Reshape" opset 13 (%h, %back) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A part of the outputs is a part of the weight.
// CHECK-LABEL: func.func @split(
// CHECK-NEXT:    %[[B:.*]] = nn.linear %{{.*}} {weight = dense<[{{\[}}2.000000e+00], [3.000000e+00]]> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[A:.*]] = nn.linear %{{.*}} {weight = dense<[{{\[}}0.000000e+00], [1.000000e+00]]> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[Y:.*]] = nn.mul %[[B]], %[[A]]
// CHECK-NEXT:    return %[[Y]]
func.func @split(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %w = onnx.constant dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>
  %h = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x2x1xf32>, tensor<1x4xf32>) -> !onnx.any
  %p:2 = onnx.node "Split" opset 13 (%h) {axis = -1 : i64} : (!onnx.any) -> (!onnx.any, !onnx.any)
  %y = onnx.node "Mul" opset 13 (%p#1, %p#0) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Normalisation with fixed statistics joins the convolution before it.
// CHECK-LABEL: func.func @conv(
// CHECK-NEXT:    %[[R:.*]] = nn.reshape %{{.*}} : tensor<1x2x4xf32> -> tensor<1x2x1x2x2xf32>
// CHECK-NEXT:    %[[C:.*]] = nn.conv2d %[[R]] {bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>, weight = dense<{{.*}}3.000000e+00{{.*}}8.000000e+00{{.*}}> : tensor<2x1x1x1xf32>} : tensor<1x2x1x2x2xf32> -> tensor<1x2x2x1x1xf32>
// CHECK-NEXT:    %[[A:.*]] = nn.activation %[[C]] {kind = #nn.activation<relu>} : tensor<1x2x2x1x1xf32>
// CHECK-NEXT:    %[[Y:.*]] = nn.reshape %[[A]] : tensor<1x2x2x1x1xf32> -> tensor<1x2x2xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @conv(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %w = onnx.constant dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %scale = onnx.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %bias = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = onnx.constant dense<0.0> : tensor<2xf32>
  %variance = onnx.constant dense<1.0> : tensor<2xf32>
  %image = onnx.constant dense<[-1, 1, 2, 2]> : tensor<4xi64>
  %back = onnx.constant dense<[1, 2, 2]> : tensor<3xi64>
  %i = onnx.node "Reshape" opset 13 (%x, %image) : (tensor<1x2x4xf32>, tensor<4xi64>) -> !onnx.any
  %c = onnx.node "Conv" opset 13 (%i, %w) {strides = array<i64: 2, 2>} : (!onnx.any, tensor<2x1x1x1xf32>) -> !onnx.any
  %n = onnx.node "BatchNormalization" opset 13 (%c, %scale, %bias, %mean, %variance) {epsilon = 0.0 : f32}
      : (!onnx.any, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any
  %a = onnx.node "Relu" opset 13 (%n) : (!onnx.any) -> !onnx.any
  %y = onnx.node "Reshape" opset 13 (%a, %back) : (!onnx.any, tensor<3xi64>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK-LABEL: func.func @embedding(
// CHECK-SAME:    %[[I:.*]]: tensor<1x3xi64>
// CHECK-NEXT:    %[[E:.*]] = nn.embedding %[[I]] {table = dense<{{\[\[}}2.000000e+00, 4.000000e+00], [6.000000e+00, 8.000000e+00]]> : tensor<2x2xf32>}
// CHECK-NEXT:    %[[P:.*]] = nn.position {table = dense<{{\[\[}}0.000000e+00, 1.000000e+00], [2.000000e+00, 3.000000e+00], [4.000000e+00, 5.000000e+00]]> : tensor<3x2xf32>} : tensor<1x3x2xf32>
// CHECK-NEXT:    %[[S:.*]] = nn.add %[[E]], %[[P]]
// CHECK-NEXT:    %[[L:.*]] = nn.select_last %[[S]] : tensor<1x3x2xf32> -> tensor<1x2xf32>
// CHECK-NEXT:    return %[[L]]
func.func @embedding(%ids: tensor<1x3xi64>) -> !onnx.any {
  %table = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %positions = onnx.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]> : tensor<4x2xf32>
  %zero = onnx.constant dense<0> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %shape = onnx.node "Shape" opset 13 (%ids) : (tensor<1x3xi64>) -> !onnx.any
  %t = onnx.node "Gather" opset 13 (%shape, %one) : (!onnx.any, tensor<i64>) -> !onnx.any
  %range = onnx.node "Range" opset 13 (%zero, %t, %one) : (tensor<i64>, !onnx.any, tensor<i64>) -> !onnx.any
  %p = onnx.node "Gather" opset 13 (%positions, %range) : (tensor<4x2xf32>, !onnx.any) -> !onnx.any
  %e = onnx.node "Gather" opset 13 (%table, %ids) : (tensor<2x2xf32>, tensor<1x3xi64>) -> !onnx.any
  %scaled = onnx.node "Mul" opset 13 (%e, %two) : (!onnx.any, tensor<f32>) -> !onnx.any
  %sum = onnx.node "Add" opset 13 (%scaled, %p) : (!onnx.any, !onnx.any) -> !onnx.any
  %last = onnx.constant dense<-1> : tensor<i64>
  %y = onnx.node "Gather" opset 13 (%sum, %last) {axis = 1 : i64} : (!onnx.any, tensor<i64>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Scales and offsets: into the layer before if nothing else uses it, else by
// themselves.
// CHECK-LABEL: func.func @affine(
// CHECK-NEXT:    %[[H:.*]] = nn.linear %{{.*}} {bias = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, weight = dense<{{\[\[}}2.000000e+00], [4.000000e+00]]> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[A:.*]] = nn.affine %[[H]] {multiplier = dense<3.000000e+00> : tensor<1xf32>}
// CHECK-NEXT:    %[[R:.*]] = nn.activation %[[A]] {kind = #nn.activation<relu>}
// CHECK-NEXT:    %[[Y:.*]] = nn.add %[[H]], %[[R]]
// CHECK-NEXT:    return %[[Y]]
func.func @affine(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %w = onnx.constant dense<[[1.0, 1.0]]> : tensor<1x2xf32>
  %m = onnx.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %b = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %third = onnx.constant dense<3.0> : tensor<f32>
  %0 = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x2x1xf32>, tensor<1x2xf32>) -> !onnx.any
  %1 = onnx.node "Mul" opset 13 (%0, %m) : (!onnx.any, tensor<2xf32>) -> !onnx.any
  %2 = onnx.node "Add" opset 13 (%1, %b) : (!onnx.any, tensor<2xf32>) -> !onnx.any
  %3 = onnx.node "Mul" opset 13 (%2, %third) : (!onnx.any, tensor<f32>) -> !onnx.any
  %4 = onnx.node "Relu" opset 13 (%3) : (!onnx.any) -> !onnx.any
  %5 = onnx.node "Add" opset 13 (%2, %4) : (!onnx.any, !onnx.any) -> !onnx.any
  return %5 : !onnx.any
}

// -----

// A module without onnx operations stays as it is.
// CHECK-LABEL: func.func @done(
// CHECK-NEXT:    nn.activation
func.func @done(%x: tensor<1x2x4xf32>) -> tensor<1x2x4xf32> {
  %y = nn.activation %x {kind = #nn.activation<silu>} : tensor<1x2x4xf32>
  return %y : tensor<1x2x4xf32>
}

// -----

// Token ids as unit vectors; a mask that is put together in place.
// CHECK-LABEL: func.func @one_hot(
// CHECK-NEXT:    %[[E:.*]] = nn.embedding %{{.*}} {table = dense<{{\[\[}}1.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00]]> : tensor<2x2xf32>}
// CHECK-NEXT:    %[[A:.*]] = nn.affine %[[E]] {multiplier = dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>}
func.func @one_hot(%ids: tensor<1x3xi64>) -> (!onnx.any, !onnx.any) {
  %depth = onnx.constant dense<2> : tensor<i64>
  %values = onnx.constant dense<[0, 1]> : tensor<2xi64>
  %ones = onnx.constant dense<4.0> : tensor<2xf32>
  %zero = onnx.constant dense<0> : tensor<1x1xi64>
  %three = onnx.constant dense<3.0> : tensor<1xf32>
  %m = onnx.node "ScatterND" opset 13 (%ones, %zero, %three) : (tensor<2xf32>, tensor<1x1xi64>, tensor<1xf32>) -> !onnx.any
  %0 = onnx.node "OneHot" opset 13 (%ids, %depth, %values) : (tensor<1x3xi64>, tensor<i64>, tensor<2xi64>) -> !onnx.any
  %1 = onnx.node "Cast" opset 13 (%0) {to = 1 : i64} : (!onnx.any) -> !onnx.any
  %2 = onnx.node "Mul" opset 13 (%1, %m) : (!onnx.any, !onnx.any) -> !onnx.any
  return %1, %2 : !onnx.any, !onnx.any
}
