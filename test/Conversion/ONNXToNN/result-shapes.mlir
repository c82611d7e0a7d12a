// RUN: neuro-opt --onnx-to-nn --split-input-file %s | FileCheck %s

// A constant of higher rank than the activation gives the result its rank.
// CHECK-LABEL: func.func @products(
// CHECK-SAME:    -> (tensor<1x1x3x2xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}}, tensor<1x1x1x3x2xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}})
func.func @products(%x: tensor<1x3x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %c = onnx.constant dense<[[[[2.0, 3.0]]]]> : tensor<1x1x1x2xf32>
  %five = onnx.constant dense<[[[[[2.0, 3.0]]]]]> : tensor<1x1x1x1x2xf32>
  %t = onnx.constant dense<[[[[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]]]> : tensor<1x1x3x2xf32>
  %0 = onnx.node "Mul" opset 13 (%x, %c) : (tensor<1x3x2xf32>, tensor<1x1x1x2xf32>) -> !onnx.any
  %1 = onnx.node "Sub" opset 13 (%c, %x) : (tensor<1x1x1x2xf32>, tensor<1x3x2xf32>) -> !onnx.any
  %2 = onnx.node "Div" opset 13 (%x, %five) : (tensor<1x3x2xf32>, tensor<1x1x1x1x2xf32>) -> !onnx.any
  %3 = onnx.node "Add" opset 13 (%t, %x) : (tensor<1x1x3x2xf32>, tensor<1x3x2xf32>) -> !onnx.any
  %4 = onnx.node "Sum" opset 13 (%x, %t) : (tensor<1x3x2xf32>, tensor<1x1x3x2xf32>) -> !onnx.any
  return %0, %1, %2, %3, %4 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// CHECK-LABEL: func.func @others(
// CHECK-SAME:    -> (tensor<1x1x3x4xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}}, tensor<1x1x3x2xf32> {{.*}}, tensor<1x3xf32> {{.*}})
func.func @others(%x: tensor<1x3x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %w = onnx.constant dense<1.0> : tensor<1x1x2x4xf32>
  %v = onnx.constant dense<1.0> : tensor<2xf32>
  %two = onnx.constant dense<2.0> : tensor<1x1x1x1xf32>
  %zero = onnx.constant dense<0.0> : tensor<1x1x1x1xf32>
  %m = onnx.constant dense<[[[[true, false]]]]> : tensor<1x1x1x2xi1>
  %0 = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x3x2xf32>, tensor<1x1x2x4xf32>) -> !onnx.any
  %1 = onnx.node "Pow" opset 13 (%x, %two) : (tensor<1x3x2xf32>, tensor<1x1x1x1xf32>) -> !onnx.any
  %2 = onnx.node "Max" opset 13 (%zero, %x) : (tensor<1x1x1x1xf32>, tensor<1x3x2xf32>) -> !onnx.any
  %3 = onnx.node "Where" opset 13 (%m, %x, %zero) : (tensor<1x1x1x2xi1>, tensor<1x3x2xf32>, tensor<1x1x1x1xf32>) -> !onnx.any
  %4 = onnx.node "MatMul" opset 13 (%x, %v) : (tensor<1x3x2xf32>, tensor<2xf32>) -> !onnx.any
  return %0, %1, %2, %3, %4 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// Axes of size 1 between batch and tokens.
// CHECK-LABEL: func.func @batches(
// CHECK-SAME:    -> (tensor<2x1x3x2xf32> {{.*}}, tensor<2x1x2xf32> {{.*}})
func.func @batches(%x: tensor<2x3x2xf32>) -> (!onnx.any, !onnx.any) {
  %one = onnx.constant dense<1> : tensor<1xi64>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %0 = onnx.node "Unsqueeze" opset 13 (%x, %one) : (tensor<2x3x2xf32>, tensor<1xi64>) -> !onnx.any
  %1 = onnx.node "Gather" opset 13 (%x, %last) {axis = 1 : i64} : (tensor<2x3x2xf32>, tensor<1xi64>) -> !onnx.any
  return %0, %1 : !onnx.any, !onnx.any
}
