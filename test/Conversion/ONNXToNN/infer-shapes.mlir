// RUN: neuro-opt --onnx-infer-shapes %s 2>%t.err | FileCheck %s
// RUN: FileCheck --check-prefix=WARNING %s < %t.err

// Types that follow from the inputs'; what the file declares stays, and a
// declaration that is wrong is said. What follows from a node that is not known
// keeps its type.
// WARNING-NOT: warning
// WARNING: warning: Relu: the file declares the result to be 1x3x5, but the node gives 1x3x4
// WARNING-NOT: warning

// CHECK-LABEL: func.func @main(
// CHECK-SAME:    -> (tensor<1x3x4xf32>, tensor<1x4x3xf32>, !onnx.any, tensor<1x3x5xf32>, tensor<1x3x2xf32>)
func.func @main(%x: tensor<1x3x4xf32>, %ids: tensor<1x3xi64>) -> (!onnx.any, !onnx.any, !onnx.any, tensor<1x3x5xf32>, !onnx.any) {
  %table = onnx.constant dense<0.5> : tensor<7x2xf32>
  %w = onnx.constant dense<0.5> : tensor<4x4xf32>
  // CHECK: onnx.node "MatMul" {{.*}} -> tensor<1x3x4xf32>
  %0 = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x3x4xf32>, tensor<4x4xf32>) -> !onnx.any
  // CHECK: onnx.node "Transpose" {{.*}} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
  %1 = onnx.node "Transpose" opset 13 (%0) {perm = array<i64: 0, 2, 1>} : (!onnx.any) -> !onnx.any
  // CHECK: onnx.node "Shape" {{.*}} -> tensor<3xi64>
  %2 = onnx.node "Shape" opset 13 (%1) : (!onnx.any) -> !onnx.any
  // CHECK: onnx.node "Cast" {{.*}} : (tensor<3xi64>) -> tensor<3xf16>
  %3 = onnx.node "Cast" opset 13 (%2) {to = 10 : i64} : (!onnx.any) -> !onnx.any
  // CHECK: onnx.node "Mystery" {{.*}} -> tensor<1x3x4xf32>
  %4 = onnx.node "Mystery" domain "org.example" opset 1 (%x, %3) : (tensor<1x3x4xf32>, !onnx.any) -> tensor<1x3x4xf32>
  // CHECK: onnx.node "Relu" {{.*}} -> !onnx.any
  %5 = onnx.node "Relu" opset 13 (%4) : (tensor<1x3x4xf32>) -> !onnx.any
  // CHECK: onnx.node "Relu" {{.*}} -> tensor<1x3x5xf32>
  %6 = onnx.node "Relu" opset 13 (%x) : (tensor<1x3x4xf32>) -> tensor<1x3x5xf32>
  // CHECK: onnx.node "Cast" {{.*}} -> !onnx.any
  %7 = onnx.node "Cast" opset 13 (%ids) {to = 6 : i64} : (tensor<1x3xi64>) -> !onnx.any
  // CHECK: onnx.node "Gather" {{.*}} -> tensor<1x3x2xf32>
  %8 = onnx.node "Gather" opset 13 (%table, %7) : (tensor<7x2xf32>, !onnx.any) -> !onnx.any
  return %0, %1, %5, %6, %8 : !onnx.any, !onnx.any, !onnx.any, tensor<1x3x5xf32>, !onnx.any
}
