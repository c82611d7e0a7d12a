// RUN: neuro-opt --onnx-to-nn --split-input-file %s 2>%t.err | FileCheck %s
// RUN: FileCheck --check-prefix=REMARK %s < %t.err

// Values without elements are no obstacle, wherever they come from.

// CHECK-LABEL: func.func @concat(
// CHECK-NOT:     nn.add
// CHECK:         nn.linear %{{.*}} {weight = dense<2.000000e+00> : tensor<2x4xf32>}
func.func @concat(%x: tensor<1x3x4xf32>) -> !onnx.any {
  %none = onnx.constant dense<> : tensor<1x3x0xf32>
  %from = onnx.constant dense<2> : tensor<1xi64>
  %axis = onnx.constant dense<2> : tensor<1xi64>
  %w = onnx.constant dense<2.0> : tensor<4x2xf32>
  %to_nothing = onnx.constant dense<> : tensor<4x0xf32>
  %slice = onnx.node "Slice" opset 13 (%x, %from, %from, %axis) : (tensor<1x3x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  %product = onnx.node "MatMul" opset 13 (%x, %to_nothing) : (tensor<1x3x4xf32>, tensor<4x0xf32>) -> !onnx.any
  %relu = onnx.node "Relu" opset 13 (%product) : (!onnx.any) -> !onnx.any
  %softmax = onnx.node "Softmax" opset 13 (%slice) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "Concat" opset 13 (%none, %x, %slice, %softmax, %relu) {axis = 2 : i64} : (tensor<1x3x0xf32>, tensor<1x3x4xf32>, !onnx.any, !onnx.any, !onnx.any) -> !onnx.any
  %z = onnx.node "MatMul" opset 13 (%y, %w) : (!onnx.any, tensor<4x2xf32>) -> !onnx.any
  return %z : !onnx.any
}

// -----

// CHECK-LABEL: func.func @parts(
// CHECK-NEXT:    nn.activation
// CHECK-NEXT:    return
func.func @parts(%x: tensor<1x3x4xf32>) -> !onnx.any {
  %sizes = onnx.constant dense<[0, 4]> : tensor<2xi64>
  %nothing = onnx.constant dense<> : tensor<0xi64>
  %parts:2 = onnx.node "Split" opset 13 (%x, %sizes) {axis = 2 : i64} : (tensor<1x3x4xf32>, tensor<2xi64>) -> (!onnx.any, !onnx.any)
  %gathered = onnx.node "Gather" opset 13 (%x, %nothing) {axis = 1 : i64} : (tensor<1x3x4xf32>, tensor<0xi64>) -> !onnx.any
  %more = onnx.node "Add" opset 13 (%parts#0, %parts#0) : (!onnx.any, !onnx.any) -> !onnx.any
  %joined = onnx.node "Concat" opset 13 (%gathered, %parts#1) {axis = 1 : i64} : (!onnx.any, !onnx.any) -> !onnx.any
  %again = onnx.node "Concat" opset 13 (%more, %joined) {axis = 2 : i64} : (!onnx.any, !onnx.any) -> !onnx.any
  %y = onnx.node "Relu" opset 13 (%again) : (!onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A cache of no tokens, as an input of its own.
// REMARK: remark: no result depends on the values of input 'past': left out; arrays of that name may still be given
// CHECK-LABEL: func.func @past(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x3x4xf32>
// CHECK-NOT:     past
func.func @past(%past: tensor<1x0x4xf32> {onnx.name = "past"}, %x: tensor<1x3x4xf32> {onnx.name = "x"}) -> !onnx.any {
  %all = onnx.node "Concat" opset 13 (%past, %x) {axis = 1 : i64} : (tensor<1x0x4xf32>, tensor<1x3x4xf32>) -> !onnx.any
  %y = onnx.node "Relu" opset 13 (%all) : (!onnx.any) -> !onnx.any
  return %y : !onnx.any
}
