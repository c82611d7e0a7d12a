// RUN: neuro-opt --onnx-to-nn --mlir-print-debuginfo %s | FileCheck %s

// A layer is named by its nodes, the main one first.
// CHECK:     nn.linear {{.*}} loc([[LINEAR:#.*]])
// CHECK:     nn.layer_norm {{.*}} loc([[NORM:#.*]])
// CHECK:     nn.activation {{.*}} loc([[GELU:#.*]])
// CHECK-DAG: [[MATMUL:#.*]] = loc("dense/MatMul")
// CHECK-DAG: [[BIAS:#.*]] = loc("dense/Add")
// CHECK-DAG: [[DIV:#.*]] = loc("norm/Div")
// CHECK-DAG: [[ERF:#.*]] = loc("gelu/Erf")
// CHECK-DAG: [[LINEAR]] = loc(fused[[[MATMUL]], [[BIAS]]])
// CHECK-DAG: [[NORM]] = loc(fused[[[DIV]], #{{.*}}, #{{.*}}, #{{.*}}, #{{.*}}, #{{.*}}, #{{.*}}])
// CHECK-DAG: [[GELU]] = loc(fused[[[ERF]], #{{.*}}, #{{.*}}, #{{.*}}, #{{.*}}])
func.func @main(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %w = onnx.constant dense<1.0> : tensor<4x2xf32>
  %b = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = onnx.constant dense<1.0e-5> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %root = onnx.constant dense<1.41421354> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x2x4xf32>, tensor<4x2xf32>) -> !onnx.any loc("dense/MatMul")
  %1 = onnx.node "Add" opset 13 (%b, %0) : (tensor<2xf32>, !onnx.any) -> !onnx.any loc("dense/Add")
  %2 = onnx.node "ReduceMean" opset 13 (%1) {axes = array<i64: -1>} : (!onnx.any) -> !onnx.any loc("norm/ReduceMean")
  %3 = onnx.node "Sub" opset 13 (%1, %2) : (!onnx.any, !onnx.any) -> !onnx.any loc("norm/Sub")
  %4 = onnx.node "Pow" opset 13 (%3, %two) : (!onnx.any, tensor<f32>) -> !onnx.any loc("norm/Pow")
  %5 = onnx.node "ReduceMean" opset 13 (%4) {axes = array<i64: -1>} : (!onnx.any) -> !onnx.any loc("norm/ReduceMean_1")
  %6 = onnx.node "Add" opset 13 (%5, %e) : (!onnx.any, tensor<f32>) -> !onnx.any loc("norm/Add")
  %7 = onnx.node "Sqrt" opset 13 (%6) : (!onnx.any) -> !onnx.any loc("norm/Sqrt")
  %8 = onnx.node "Div" opset 13 (%3, %7) : (!onnx.any, !onnx.any) -> !onnx.any loc("norm/Div")
  %9 = onnx.node "Div" opset 13 (%8, %root) : (!onnx.any, tensor<f32>) -> !onnx.any loc("gelu/Div")
  %10 = onnx.node "Erf" opset 13 (%9) : (!onnx.any) -> !onnx.any loc("gelu/Erf")
  %11 = onnx.node "Add" opset 13 (%10, %one) : (!onnx.any, tensor<f32>) -> !onnx.any loc("gelu/Add")
  %12 = onnx.node "Mul" opset 13 (%8, %11) : (!onnx.any, !onnx.any) -> !onnx.any loc("gelu/Mul")
  %13 = onnx.node "Mul" opset 13 (%12, %half) : (!onnx.any, tensor<f32>) -> !onnx.any loc("gelu/Mul_1")
  return %13 : !onnx.any
}
