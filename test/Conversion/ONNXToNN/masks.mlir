// RUN: neuro-opt --onnx-to-nn --split-input-file %s | FileCheck %s

// A mask counts as minus infinity if what it leaves out weighs less than 2^-16 of
// a row in all: scores up to 'score_limit' keep it so. For three tokens a masked
// score must be ln(3 * 2^16) = 12.19 below the others.

// The masked score and the largest may both be against it: (1000 - 12.19) / 2.
// CHECK-LABEL: func.func @added(
// CHECK: nn.attention {{.*}}score_limit = 493.905{{[0-9]*}} : f64
func.func @added(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -1.0e3, -1.0e3], [0.0, 0.0, -1.0e3], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK-LABEL: func.func @hundred(
// CHECK: nn.attention {{.*}}score_limit = 43.905{{[0-9]*}} : f64
func.func @hundred(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -1.0e2, -1.0e2], [0.0, 0.0, -1.0e2], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// The mask replaces the score: 1000 - 12.19.
// CHECK-LABEL: func.func @replaced(
// CHECK: nn.attention {{.*}}score_limit = 987.811{{[0-9]*}} : f64
func.func @replaced(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[true, false, false], [true, true, false], [true, true, true]]> : tensor<3x3xi1>
  %low = onnx.constant dense<-1.0e3> : tensor<f32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Where" opset 13 (%mask, %s, %low) : (tensor<3x3xi1>, !onnx.any, tensor<f32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Before the scale the mask is scaled too: (-9984 * -0.25 - 12.19) / 2.
// CHECK-LABEL: func.func @before_scale(
// CHECK: nn.attention {{.*}}scale = 2.500000e-01 : f64, {{.*}}score_limit = 1241.905{{[0-9]*}} : f64
func.func @before_scale(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %quarter = onnx.constant dense<0.25> : tensor<f32>
  %mask = onnx.constant dense<[[0.0, -9.984e3, -9.984e3], [0.0, 0.0, -9.984e3], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %n = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %m = onnx.node "Mul" opset 13 (%n, %quarter) : (!onnx.any, tensor<f32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A number added to a whole row is not noticed.
// CHECK-LABEL: func.func @shifted(
// CHECK: nn.attention {{.*}}score_limit = 43.905{{[0-9]*}} : f64
func.func @shifted(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[5.0, -95.0, -95.0], [0.0, 0.0, -2.0e2], [-3.0, -3.0, -3.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// Nothing in f32 comes near these.
// CHECK-LABEL: func.func @far(
// CHECK-NOT: score_limit
func.func @far(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -1.0e9, -1.0e9], [0.0, 0.0, -1.0e9], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// CHECK-LABEL: func.func @infinite(
// CHECK-NOT: score_limit
func.func @infinite(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A guard at the smallest number changes nothing.
// CHECK-LABEL: func.func @guarded(
// CHECK: nn.attention {{.*}}{heads = 1 : i64, scale = 1.000000e+00 : f64, score = #nn.score<softmax>}
func.func @guarded(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, 0xFF800000], [0.0, 0.0]]> : tensor<2x2xf32>
  %least = onnx.constant dense<0xFF7FFFFF> : tensor<f32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x2x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x2x1xf32>, !onnx.any) -> !onnx.any
  %n = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<2x2xf32>) -> !onnx.any
  %m = onnx.node "Max" opset 13 (%n, %least) : (!onnx.any, tensor<f32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x2x1xf32>) -> !onnx.any
  return %y : !onnx.any
}
