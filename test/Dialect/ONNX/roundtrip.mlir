// RUN: neuro-opt --verify-roundtrip %s | FileCheck %s

// CHECK-LABEL: func.func @nodes(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8xf32> {onnx.name = "x"}) -> !onnx.any
// CHECK-SAME:    attributes {onnx.opsets = {ai.onnx = 13 : i64}}
func.func @nodes(%x: tensor<1x8xf32> {onnx.name = "x"}) -> !onnx.any
    attributes {onnx.opsets = {ai.onnx = 13 : i64}} {
  // CHECK: %[[W:.*]] = onnx.constant dense<5.000000e-01> : tensor<4x8xf32>
  %w = onnx.constant dense<0.5> : tensor<4x8xf32>
  // CHECK: %[[N:.*]] = onnx.none
  %n = onnx.none
  // CHECK: %[[Y:.*]] = onnx.node "Gemm" opset 13 (%[[X]], %[[W]], %[[N]]) {transB = 1 : i64} : (tensor<1x8xf32>, tensor<4x8xf32>, none) -> !onnx.any
  %y = onnx.node "Gemm" opset 13 (%x, %w, %n) {transB = 1 : i64}
      : (tensor<1x8xf32>, tensor<4x8xf32>, none) -> !onnx.any
  // CHECK: %[[Z:.*]]:2 = onnx.node "Foo" domain "org.example" opset 1 (%[[Y]]) : (!onnx.any) -> (!onnx.any, none)
  %z:2 = onnx.node "Foo" domain "org.example" opset 1 (%y) : (!onnx.any) -> (!onnx.any, none)
  // CHECK: onnx.node "Relu" opset 13 (%[[Z]]#0) : (!onnx.any) -> !onnx.any
  %r = onnx.node "Relu" opset 13 (%z#0) {} : (!onnx.any) -> !onnx.any
  return %r : !onnx.any
}
