// RUN: not neuro-opt --onnx-to-nn --split-input-file %s 2>&1 | FileCheck %s

// CHECK: note: MatMul (ai.onnx, opset 13), 1 node: the attention is not causal: token 0 attends to token 1; nearest supported form: softmax(scale * q k^T + causal mask) v, all tokens in one pass
func.func @bidirectional(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%s) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: MatMul (ai.onnx, opset 13), 1 node: the mask is neither causal nor a sliding window: token 1 attends to token 0
func.func @gap(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -1.0e9, -1.0e9], [0.0, 0.0, -1.0e9], [0.0, -1.0e9, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the scores are changed differently from token to token other than by masking out, as relative position biases do
func.func @bias(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -1.0e9], [-0.5, 0.0]]> : tensor<2x2xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x2x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x2x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<2x2xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x2x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: MatMul (ai.onnx, opset 13), 1 node: scores multiply values without softmax or ReLU, as linear attention does
func.func @linear(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x2x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x2x1xf32>, !onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%s, %x) : (!onnx.any, tensor<1x2x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Mul (ai.onnx, opset 13), 1 node: it multiplies by a constant that changes from token to token, as rotary position embedding does
func.func @rotary(%x: tensor<1x2x2xf32>) -> !onnx.any {
  %c = onnx.constant dense<[[1.0, 1.0], [0.5, 0.25]]> : tensor<2x2xf32>
  %y = onnx.node "Mul" opset 13 (%x, %c) : (tensor<1x2x2xf32>, tensor<2x2xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the softmax does not run over the keys
func.func @wrong_axis(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x2x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x2x1xf32>, !onnx.any) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%s) {axis = 1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x2x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the mask is NaN (not a number) between token 0 and token 1, as minus infinity times zero is; softmax makes NaN of the whole row; nearest supported form: 0 or -inf in the mask
func.func @nan_mask(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, 0x7FC00000, 0x7FC00000], [0.0, 0.0, 0x7FC00000], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the mask is NaN (not a number) between token 0 and token 0
func.func @nan_product(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, 0xFF800000, 0xFF800000], [0.0, 0.0, 0xFF800000], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %keep = onnx.constant dense<0.0> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %n = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %z = onnx.constant dense<0x7FC00000> : tensor<f32>
  %m = onnx.node "Mul" opset 13 (%n, %z) : (!onnx.any, tensor<f32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the mask is plus infinity between token 0 and token 1
func.func @plus(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, 0x7F800000, 0x7F800000], [0.0, 0.0, 0x7F800000], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: the scores are changed differently from token to token other than by masking out, as relative position biases do: -10 is added between token 0 and token 1, which can be told from minus infinity
func.func @shallow(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[0.0, -10.0, -10.0], [0.0, 0.0, -10.0], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: -1e+09 is added to all scores of token 0, beside which they lose their digits
func.func @whole_row(%x: tensor<1x3x1xf32>) -> !onnx.any {
  %mask = onnx.constant dense<[[-1.0e9, -1.0e9, -1.0e9], [0.0, 0.0, -1.0e9], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>
  %kt = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>} : (tensor<1x3x1xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%x, %kt) : (tensor<1x3x1xf32>, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %mask) : (!onnx.any, tensor<3x3xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %x) : (!onnx.any, tensor<1x3x1xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// The sequence comes first, so that five sequences of one token are seen.
// CHECK: error: the model cannot be compiled: 1 node is not supported
// CHECK-NOT: key-value cache
// CHECK: note: MatMul (ai.onnx, opset 13), 1 node: query has 5 rows, as many as axis 0 of the inputs, which is taken as the batch; the sequence is axis 1, of 1: tokens must attend to tokens, not to other sequences
// CHECK: note: axis 0 of the inputs, of size 5, is taken as the batch, and axis 1, of size 1, as the sequence; a model with the sequence first must be exported with the batch first (batch_first=True), or take its input through a Transpose
func.func @sequence_first(%x: tensor<5x1x4xf32>) -> !onnx.any {
  %q = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 1, 0, 2>} : (tensor<5x1x4xf32>) -> !onnx.any
  %k = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 1, 2, 0>} : (tensor<5x1x4xf32>) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%q, %k) : (!onnx.any, !onnx.any) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%s) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "MatMul" opset 13 (%p, %q) : (!onnx.any, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}
