// RUN: neuro-opt --onnx-to-nn --split-input-file %s | FileCheck %s

// One head of width 1 and three tokens; the mask says who attends to whom.

// CHECK-LABEL: func.func @causal(
// CHECK-NEXT:    %[[Q:.*]] = nn.linear %[[X:.*]] {weight = dense<2.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    %[[K:.*]] = nn.linear %[[X]] {weight = dense<3.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    %[[V:.*]] = nn.linear %[[X]] {weight = dense<5.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    %[[A:.*]] = nn.attention %[[Q]], %[[K]], %[[V]] {heads = 1 : i64, scale = 5.000000e-01 : f64, score = #nn.score<softmax>} : tensor<1x3x1xf32>
// CHECK-NEXT:    return %[[A]]
func.func @causal(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %wq = onnx.constant dense<2.0> : tensor<1x1xf32>
  %wk = onnx.constant dense<3.0> : tensor<1x1xf32>
  %wv = onnx.constant dense<5.0> : tensor<1x1xf32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %mask = onnx.constant dense<[[true, false, false], [true, true, false], [true, true, true]]> : tensor<3x3xi1>
  %low = onnx.constant dense<-1.0e9> : tensor<f32>
  %q = onnx.node "MatMul" opset 13 (%x, %wq) : (tensor<1x3x1xf32>, tensor<1x1xf32>) -> !onnx.any
  %k = onnx.node "MatMul" opset 13 (%x, %wk) : (tensor<1x3x1xf32>, tensor<1x1xf32>) -> !onnx.any
  %v = onnx.node "MatMul" opset 13 (%x, %wv) : (tensor<1x3x1xf32>, tensor<1x1xf32>) -> !onnx.any
  %kt = onnx.node "Transpose" opset 13 (%k) {perm = array<i64: 0, 2, 1>} : (!onnx.any) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%q, %kt) : (!onnx.any, !onnx.any) -> !onnx.any
  %c = onnx.node "Mul" opset 13 (%s, %half) : (!onnx.any, tensor<f32>) -> !onnx.any
  %m = onnx.node "Where" opset 13 (%mask, %c, %low) : (tensor<3x3xi1>, !onnx.any, tensor<f32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %v) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// What is not from a linear layer gets one; a band of two is a window; the scale
// is on query and key, so that it counts twice.
// CHECK-LABEL: func.func @window(
// CHECK-NEXT:    %[[Q:.*]] = nn.linear %[[X:.*]] {weight = dense<1.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    %[[K:.*]] = nn.linear %[[X]] {weight = dense<1.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    %[[V:.*]] = nn.linear %[[X]] {weight = dense<1.000000e+00> : tensor<1x1xf32>}
// CHECK-NEXT:    nn.attention %[[Q]], %[[K]], %[[V]] {heads = 1 : i64, scale = 2.500000e-01 : f64, score = #nn.score<softmax>, window = 2 : i64}
func.func @window(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %half = onnx.constant dense<0.5> : tensor<f32>
  %mask = onnx.constant dense<[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0xFF800000, 0.0, 0.0]]> : tensor<3x3xf32>
  %q = onnx.node "Mul" opset 13 (%x, %half) : (tensor<1x3x1xf32>, tensor<f32>) -> !onnx.any
  %kt = onnx.node "Transpose" opset 13 (%q) {perm = array<i64: 0, 2, 1>} : (!onnx.any) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%q, %kt) : (!onnx.any, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK-LABEL: func.func @relu(
// CHECK:         nn.attention {{.*}} {heads = 1 : i64, scale = 5.000000e-01 : f64, score = #nn.score<relu>}
func.func @relu(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %half = onnx.constant dense<0.5> : tensor<f32>
  %mask = onnx.constant dense<[[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %r = onnx.node "Relu" opset 13 (%s) : (!onnx.any) -> !onnx.any
  %m = onnx.node "Mul" opset 13 (%r, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %h = onnx.node "Mul" opset 13 (%m, %half) : (!onnx.any, tensor<f32>) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%h, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// The operator of opset 23, with fewer heads of keys and values than of queries.
// CHECK-LABEL: func.func @operator(
// CHECK-NEXT:    %[[Q:.*]] = nn.linear %[[X:.*]] {weight = dense<{{.*}}> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[K:.*]] = nn.linear %[[X]] {weight = dense<7.000000e+00> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[V:.*]] = nn.linear %[[X]] {weight = dense<5.000000e+00> : tensor<2x1xf32>}
// CHECK-NEXT:    %[[A:.*]] = nn.attention %[[Q]], %[[K]], %[[V]] {heads = 2 : i64, scale = 1.000000e+00 : f64, score = #nn.score<softmax>} : tensor<1x3x2xf32>
// CHECK-NEXT:    return %[[A]]
func.func @operator(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %wq = onnx.constant dense<[[2.0, 3.0]]> : tensor<1x2xf32>
  %wk = onnx.constant dense<7.0> : tensor<1x1xf32>
  %wv = onnx.constant dense<5.0> : tensor<1x1xf32>
  %q = onnx.node "MatMul" opset 23 (%x, %wq) : (tensor<1x3x1xf32>, tensor<1x2xf32>) -> !onnx.any
  %k = onnx.node "MatMul" opset 23 (%x, %wk) : (tensor<1x3x1xf32>, tensor<1x1xf32>) -> !onnx.any
  %v = onnx.node "MatMul" opset 23 (%x, %wv) : (tensor<1x3x1xf32>, tensor<1x1xf32>) -> !onnx.any
  %y = onnx.node "Attention" opset 23 (%q, %k, %v) {is_causal = 1 : i64, q_num_heads = 2 : i64, kv_num_heads = 1 : i64}
      : (!onnx.any, !onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}
