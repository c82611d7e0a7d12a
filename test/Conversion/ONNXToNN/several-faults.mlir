// RUN: not neuro-opt --onnx-to-nn --split-input-file %s 2>&1 | FileCheck %s --implicit-check-not=note:

// Seven faults, one after the other: each is reported, and nothing that only
// suffers from an earlier one ("query", "scores", "values", "fine", "minus").
// CHECK: error: the model cannot be compiled: 7 nodes are not supported
// CHECK: note: {{.*}}Mystery (org.example, opset 3), 1 node 'first'
// CHECK: note: {{.*}}HardSigmoid (ai.onnx, opset 13), 1 node 'weights'
// CHECK: note: {{.*}}LeakyRelu (ai.onnx, opset 13), 1 node 'leaky'
// CHECK: note: {{.*}}Softmax (ai.onnx, opset 13), 1 node 'soft': a softmax over something other than attention scores
// CHECK: note: {{.*}}ReduceMean (ai.onnx, opset 13), 1 node 'mean': it averages or sums over several tokens
// CHECK: note: {{.*}}LayerNormalization (ai.onnx, opset 17), 1 node 'norm': attribute 'what' = 1 is not known here
// CHECK: note: {{.*}}Unheard (ai.onnx, opset 13), 1 node 'last'
func.func @chain(%x: tensor<1x3x4xf32>) -> !onnx.any {
  %w = onnx.constant dense<0.5> : tensor<4x4xf32>
  %v = onnx.constant dense<0.5> : tensor<4xf32>
  // The file declares the shape of the result.
  %c = onnx.node "Mystery" domain "org.example" opset 3 (%x) : (tensor<1x3x4xf32>) -> tensor<1x3x4xf32> loc("first")
  %q = onnx.node "MatMul" opset 13 (%c, %w) : (tensor<1x3x4xf32>, tensor<4x4xf32>) -> !onnx.any loc("query")
  %k = onnx.node "Transpose" opset 13 (%q) {perm = array<i64: 0, 2, 1>} : (!onnx.any) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%q, %k) : (!onnx.any, !onnx.any) -> !onnx.any loc("scores")
  %p = onnx.node "HardSigmoid" opset 13 (%s) : (!onnx.any) -> !onnx.any loc("weights")
  %y = onnx.node "MatMul" opset 13 (%p, %q) : (!onnx.any, !onnx.any) -> !onnx.any loc("values")
  %l = onnx.node "LeakyRelu" opset 13 (%y) : (!onnx.any) -> !onnx.any loc("leaky")
  %r = onnx.node "Relu" opset 13 (%l) : (!onnx.any) -> !onnx.any loc("fine")
  %sm = onnx.node "Softmax" opset 13 (%r) {axis = -1 : i64} : (!onnx.any) -> !onnx.any loc("soft")
  %m = onnx.node "ReduceMean" opset 13 (%sm) {axes = array<i64: 1>} : (!onnx.any) -> !onnx.any loc("mean")
  %z = onnx.node "Sub" opset 13 (%sm, %m) : (!onnx.any, !onnx.any) -> !onnx.any loc("minus")
  %n = onnx.node "LayerNormalization" opset 17 (%z, %v) {what = 1 : i64} : (!onnx.any, tensor<4xf32>) -> !onnx.any loc("norm")
  %e = onnx.node "Unheard" opset 13 (%n) : (!onnx.any) -> !onnx.any loc("last")
  return %e : !onnx.any
}

// -----

// A norm and an activation, of each of which one part is a fault: the rest of
// them is not.
// CHECK: error: the model cannot be compiled: 3 nodes are not supported
// CHECK: note: {{.*}}Abs (ai.onnx, opset 13), 1 node 'square'
// CHECK: note: {{.*}}Sin (ai.onnx, opset 13), 1 node 'cube'
// CHECK: note: {{.*}}Cos (ai.onnx, opset 13), 1 node 'gate'
func.func @parts(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %a = onnx.node "Abs" opset 13 (%x) : (tensor<1x2x4xf32>) -> !onnx.any loc("square")
  %m = onnx.node "ReduceMean" opset 13 (%a) {axes = array<i64: 2>} : (!onnx.any) -> !onnx.any
  %e = onnx.node "Add" opset 13 (%m, %one) : (!onnx.any, tensor<f32>) -> !onnx.any
  %r = onnx.node "Sqrt" opset 13 (%e) : (!onnx.any) -> !onnx.any
  %n = onnx.node "Div" opset 13 (%x, %r) : (tensor<1x2x4xf32>, !onnx.any) -> !onnx.any
  %c = onnx.node "Sin" opset 13 (%n) : (!onnx.any) -> !onnx.any loc("cube")
  %t = onnx.node "Tanh" opset 13 (%c) : (!onnx.any) -> !onnx.any
  %p = onnx.node "Add" opset 13 (%t, %one) : (!onnx.any, tensor<f32>) -> !onnx.any
  %g = onnx.node "Mul" opset 13 (%n, %p) : (!onnx.any, !onnx.any) -> !onnx.any
  %z = onnx.node "Cos" opset 13 (%g) : (!onnx.any) -> !onnx.any loc("gate")
  return %z : !onnx.any
}

// -----

// Attention that goes wrong at its scores: what follows them may be right, but
// not the rest of the model. A Reshape says its shape, whatever it is given.
// CHECK: error: the model cannot be compiled: 3 nodes are not supported
// CHECK: note: {{.*}}Add (ai.onnx, opset 13), 1 node 'bias': the scores of different heads or sequences are changed by different constants, as ALiBi does
// CHECK: note: {{.*}}Fold (org.example, opset 1), 1 node 'fold'
// CHECK: note: {{.*}}MaxPool (ai.onnx, opset 13), 1 node 'pool'
func.func @attention(%q: tensor<1x3x4xf32>) -> !onnx.any {
  %split = onnx.constant dense<[1, 3, 2, 2]> : tensor<4xi64>
  %join = onnx.constant dense<[1, 3, 4]> : tensor<3xi64>
  %bias = onnx.constant dense<[[[[0.0]], [[1.0]]]]> : tensor<1x2x1x1xf32>
  %h = onnx.node "Reshape" opset 13 (%q, %split) : (tensor<1x3x4xf32>, tensor<4xi64>) -> !onnx.any
  %a = onnx.node "Transpose" opset 13 (%h) {perm = array<i64: 0, 2, 1, 3>} : (!onnx.any) -> !onnx.any
  %b = onnx.node "Transpose" opset 13 (%h) {perm = array<i64: 0, 2, 3, 1>} : (!onnx.any) -> !onnx.any
  %s = onnx.node "MatMul" opset 13 (%a, %b) : (!onnx.any, !onnx.any) -> !onnx.any
  %m = onnx.node "Add" opset 13 (%s, %bias) : (!onnx.any, tensor<1x2x1x1xf32>) -> !onnx.any loc("bias")
  %p = onnx.node "Softmax" opset 13 (%m) {axis = -1 : i64} : (!onnx.any) -> !onnx.any
  %v = onnx.node "MatMul" opset 13 (%p, %a) : (!onnx.any, !onnx.any) -> !onnx.any
  %t = onnx.node "Transpose" opset 13 (%v) {perm = array<i64: 0, 2, 1, 3>} : (!onnx.any) -> !onnx.any
  %f = onnx.node "Fold" domain "org.example" opset 1 (%t) : (!onnx.any) -> !onnx.any loc("fold")
  %y = onnx.node "Reshape" opset 13 (%f, %join) : (!onnx.any, tensor<3xi64>) -> !onnx.any
  %i = onnx.node "Reshape" opset 13 (%y, %split) : (!onnx.any, tensor<4xi64>) -> !onnx.any
  %o = onnx.node "MaxPool" opset 13 (%i) {kernel_shape = array<i64: 1, 1>} : (!onnx.any) -> !onnx.any loc("pool")
  return %o : !onnx.any
}

// -----

// What cannot be computed from constants leaves nothing to say of what follows
// from it alone.
// CHECK: error: the model cannot be compiled: 2 nodes are not supported
// CHECK: note: {{.*}}Strange (org.example, opset 1), 1 node 'sizes'
// CHECK: note: {{.*}}Elu (ai.onnx, opset 13), 1 node 'elu'
func.func @constants(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %c = onnx.constant dense<[1, 2, 4]> : tensor<3xi64>
  %s = onnx.node "Strange" domain "org.example" opset 1 (%c) : (tensor<3xi64>) -> !onnx.any loc("sizes")
  %e = onnx.node "Equal" opset 13 (%s, %c) : (!onnx.any, tensor<3xi64>) -> !onnx.any
  %w = onnx.node "Where" opset 16 (%e, %c, %s) : (!onnx.any, tensor<3xi64>, !onnx.any) -> !onnx.any
  %r = onnx.node "Reshape" opset 13 (%x, %w) : (tensor<1x2x4xf32>, !onnx.any) -> tensor<1x2x4xf32>
  %y = onnx.node "Elu" opset 13 (%r) : (tensor<1x2x4xf32>) -> !onnx.any loc("elu")
  return %y : !onnx.any
}

// -----

// Nothing says the shape of the first result; the weights of the layers after
// it say how many features there are.
// CHECK: error: the model cannot be compiled: 2 nodes are not supported
// CHECK: note: {{.*}}Unheard (ai.onnx, opset 17), 1 node 'first'
// CHECK: note: {{.*}}Softmax (ai.onnx, opset 17), 1 node 'soft': a softmax over something other than attention scores
func.func @weights(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %g = onnx.constant dense<0.5> : tensor<4xf32>
  %w = onnx.constant dense<0.5> : tensor<4x3xf32>
  %u = onnx.node "Unheard" opset 17 (%x) : (tensor<1x2x4xf32>) -> !onnx.any loc("first")
  %n = onnx.node "LayerNormalization" opset 17 (%u, %g) : (!onnx.any, tensor<4xf32>) -> !onnx.any
  %y = onnx.node "MatMul" opset 17 (%n, %w) : (!onnx.any, tensor<4x3xf32>) -> !onnx.any
  %z = onnx.node "Softmax" opset 17 (%y) {axis = -1 : i64} : (!onnx.any) -> !onnx.any loc("soft")
  return %z : !onnx.any
}

// -----

// What is only likely proves no later node wrong: the unknown operator may give
// the last token alone.
// CHECK: error: the model cannot be compiled: 1 node is not supported
// CHECK: note: {{.*}}Unheard (ai.onnx, opset 17), 1 node 'last token'
func.func @likely(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %w = onnx.constant dense<0.5> : tensor<4x3xf32>
  %s = onnx.constant dense<[1, 3]> : tensor<2xi64>
  %u = onnx.node "Unheard" opset 17 (%x) : (tensor<1x2x4xf32>) -> !onnx.any loc("last token")
  %y = onnx.node "MatMul" opset 17 (%u, %w) : (!onnx.any, tensor<4x3xf32>) -> !onnx.any
  %r = onnx.node "Relu" opset 17 (%y) : (!onnx.any) -> !onnx.any
  %z = onnx.node "Reshape" opset 17 (%r, %s) : (!onnx.any, tensor<2xi64>) -> !onnx.any
  return %z : !onnx.any
}
