// RUN: neuro-opt --onnx-dce %s | FileCheck %s

// Whole chains of nodes that no result needs go, with their constants.
// CHECK-LABEL: func.func @main
// CHECK-NEXT:    onnx.node "Split"
// CHECK-NEXT:    onnx.node "Relu"
// CHECK-NEXT:    return
func.func @main(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %c = onnx.constant dense<1.0> : tensor<4xf32>
  %d = onnx.constant dense<2.0> : tensor<4xf32>
  %n = onnx.none
  %s:2 = onnx.node "Split" opset 13 (%x) {axis = 2 : i64} : (tensor<1x2x4xf32>) -> (!onnx.any, !onnx.any)
  %a = onnx.node "Mystery" domain "org.example" opset 1 (%d, %n) : (tensor<4xf32>, none) -> !onnx.any
  %b = onnx.node "Add" opset 13 (%a, %c) : (!onnx.any, tensor<4xf32>) -> !onnx.any
  onnx.node "Nothing" domain "org.example" opset 1 (%b) : (!onnx.any) -> ()
  %y = onnx.node "Relu" opset 13 (%s#0) : (!onnx.any) -> !onnx.any
  %z = onnx.node "Add" opset 13 (%b, %c) : (!onnx.any, tensor<4xf32>) -> !onnx.any
  return %y : !onnx.any
}
