// RUN: neuro-opt --onnx-to-nn %s | FileCheck %s

// Attributes that are at their default, or have no effect in inference.
// CHECK-LABEL: func.func @harmless(
// CHECK-NOT: onnx.node
func.func @harmless(%x: tensor<1x2x2xf32>) -> !onnx.any {
  %v = onnx.constant dense<2.0> : tensor<2xf32>
  %ratio = onnx.constant dense<0.5> : tensor<f32>
  %false = onnx.constant dense<false> : tensor<i1>
  %w = onnx.constant dense<1.0> : tensor<2x6xf32>
  %b = onnx.constant dense<1.0> : tensor<6xf32>
  %axes = onnx.constant dense<-1> : tensor<1xi64>
  %s = onnx.constant dense<[1, 2, 2]> : tensor<3xi64>
  %0 = onnx.node "BatchNormalization" opset 8 (%x, %v, %v, %v, %v) {epsilon = 1.0e-5 : f32, momentum = 0.5 : f32, spatial = 1 : i64} : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any
  %1 = onnx.node "Dropout" opset 13 (%0, %ratio, %false) {seed = 7 : i64} : (!onnx.any, tensor<f32>, tensor<i1>) -> !onnx.any
  %2 = onnx.node "Dropout" opset 7 (%1) {ratio = 0.9 : f32} : (!onnx.any) -> !onnx.any
  %3 = onnx.node "Dropout" opset 6 (%2) {ratio = 0.9 : f32, is_test = 1 : i64} : (!onnx.any) -> !onnx.any
  %4 = onnx.node "LayerNormalization" opset 17 (%3, %v) {axis = -1 : i64, epsilon = 1.0e-5 : f32, stash_type = 1 : i64} : (!onnx.any, tensor<2xf32>) -> !onnx.any
  %5 = onnx.node "Attention" domain "com.microsoft" opset 1 (%4, %w, %b) {num_heads = 1 : i64, unidirectional = 1 : i64, do_rotary = 0 : i64, mask_filter_value = -10000.0 : f32, past_present_share_buffer = 0 : i64, rotary_embedding_dim = 0 : i64, scale = 0.0 : f32} : (!onnx.any, tensor<2x6xf32>, tensor<6xf32>) -> !onnx.any
  %6 = onnx.node "Reshape" opset 14 (%5, %s) {allowzero = 0 : i64} : (!onnx.any, tensor<3xi64>) -> !onnx.any
  %7 = onnx.node "Cast" opset 19 (%6) {to = 1 : i64, saturate = 1 : i64} : (!onnx.any) -> !onnx.any
  %8 = onnx.node "Gelu" opset 20 (%7) {approximate = "none"} : (!onnx.any) -> !onnx.any
  return %8 : !onnx.any
}
