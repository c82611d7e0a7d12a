// RUN: not neuro-opt --onnx-to-nn --split-input-file %s 2>&1 | FileCheck %s

// The samples are counted along the first axis, so it must be the batch's.
// CHECK: note: output 'result0' of shape 1x2x3x2 is neither one result for each token, [2, 3, features...], nor one of the last token, [2, features...]: keep the batch axis in front
// CHECK: note: output 'result1' of shape 6x2 is neither
// CHECK: note: output 'result2' of shape 1x6x2 is neither
func.func @batch(%x: tensor<2x3x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any) {
  %c = onnx.constant dense<2.0> : tensor<1x1x1x2xf32>
  %rows = onnx.constant dense<[-1, 2]> : tensor<2xi64>
  %one = onnx.constant dense<[1, 6, 2]> : tensor<3xi64>
  %0 = onnx.node "Mul" opset 13 (%x, %c) : (tensor<2x3x2xf32>, tensor<1x1x1x2xf32>) -> !onnx.any
  %1 = onnx.node "Reshape" opset 13 (%x, %rows) : (tensor<2x3x2xf32>, tensor<2xi64>) -> !onnx.any
  %2 = onnx.node "Reshape" opset 13 (%x, %one) : (tensor<2x3x2xf32>, tensor<3xi64>) -> !onnx.any
  return %0, %1, %2 : !onnx.any, !onnx.any, !onnx.any
}

// -----

// What may not make its operand larger.
// CHECK: note: LayerNormalization (ai.onnx, opset 17), 1 node: the node is malformed: gamma 1x1x1x2 does not fit 1x3x2
// CHECK: note: SkipLayerNormalization (com.microsoft, opset 1), 1 node: the node is malformed: the skip input 1x1x3x2 is larger than the input 1x3x2
// CHECK: note: Gemm (ai.onnx, opset 13), 1 node: the node is malformed: the addend 1x3x2 does not fit 3x2
func.func @larger(%x: tensor<1x3x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any) {
  %g = onnx.constant dense<1.0> : tensor<1x1x1x2xf32>
  %v = onnx.constant dense<1.0> : tensor<2xf32>
  %w = onnx.constant dense<1.0> : tensor<2x2xf32>
  %b = onnx.constant dense<1.0> : tensor<1x3x2xf32>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %0 = onnx.node "LayerNormalization" opset 17 (%x, %g) : (tensor<1x3x2xf32>, tensor<1x1x1x2xf32>) -> !onnx.any
  %s = onnx.node "Unsqueeze" opset 13 (%x, %zero) : (tensor<1x3x2xf32>, tensor<1xi64>) -> !onnx.any
  %1 = onnx.node "SkipLayerNormalization" domain "com.microsoft" opset 1 (%x, %s, %v) : (tensor<1x3x2xf32>, !onnx.any, tensor<2xf32>) -> !onnx.any
  %r = onnx.node "Squeeze" opset 13 (%x, %zero) : (tensor<1x3x2xf32>, tensor<1xi64>) -> !onnx.any
  %2 = onnx.node "Gemm" opset 13 (%r, %w, %b) : (!onnx.any, tensor<2x2xf32>, tensor<1x3x2xf32>) -> !onnx.any
  return %0, %1, %2 : !onnx.any, !onnx.any, !onnx.any
}
