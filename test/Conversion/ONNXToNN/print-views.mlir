// RUN: neuro-opt --onnx-to-nn=print-views %s -o /dev/null 2>&1 | FileCheck %s --match-full-lines
// RUN: not neuro-opt --onnx-to-nn=print-views --split-input-file %S/several-faults.mlir 2>&1 | FileCheck %s --check-prefix=FAULTS

// What is known of each value: the example of the pass's description.
func.func @main(%x: tensor<1x3x4xf32> {onnx.name = "x"}) -> !onnx.any {
  %split = onnx.constant dense<[1, 3, 2, 2]> : tensor<4xi64>
  %scale = onnx.constant dense<0.5> : tensor<f32>
  %low = onnx.constant dense<-1.0e9> : tensor<f32>
  %mask = onnx.constant dense<[[true, false, false], [true, true, false], [true, true, true]]> : tensor<3x3xi1>
  %join = onnx.constant dense<[0, 0, -1]> : tensor<3xi64>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %epsilon = onnx.constant dense<0.25> : tensor<f32>
  %order = onnx.constant dense<[2, 0, 3, 1]> : tensor<4xi64>
  %h = onnx.node "Reshape" opset 13 (%x, %split) : (tensor<1x3x4xf32>, tensor<4xi64>) -> !onnx.any loc("split")
  %a = onnx.node "Transpose" opset 13 (%h) {perm = array<i64: 0, 2, 1, 3>} : (!onnx.any) -> !onnx.any loc("heads")
  %b = onnx.node "Transpose" opset 13 (%h) {perm = array<i64: 0, 2, 3, 1>} : (!onnx.any) -> !onnx.any loc("keys")
  %s = onnx.node "MatMul" opset 13 (%a, %b) : (!onnx.any, !onnx.any) -> !onnx.any loc("scores")
  %m = onnx.node "Mul" opset 13 (%s, %scale) : (!onnx.any, tensor<f32>) -> !onnx.any loc("scaled")
  %w = onnx.node "Where" opset 16 (%mask, %m, %low) : (tensor<3x3xi1>, !onnx.any, tensor<f32>) -> !onnx.any loc("masked")
  %p = onnx.node "Softmax" opset 13 (%w) {axis = -1 : i64} : (!onnx.any) -> !onnx.any loc("weights")
  %v = onnx.node "MatMul" opset 13 (%p, %a) : (!onnx.any, !onnx.any) -> !onnx.any loc("mixed")
  %t = onnx.node "Transpose" opset 13 (%v) {perm = array<i64: 0, 2, 1, 3>} : (!onnx.any) -> !onnx.any loc("merged")
  %dims = onnx.node "Shape" opset 15 (%t) : (!onnx.any) -> !onnx.any loc("dims")
  %y = onnx.node "Reshape" opset 13 (%t, %join) : (!onnx.any, tensor<3xi64>) -> !onnx.any loc("joined")
  %sq = onnx.node "Pow" opset 13 (%y, %two) : (!onnx.any, tensor<f32>) -> !onnx.any loc("square")
  %mean = onnx.node "ReduceMean" opset 13 (%sq) {axes = array<i64: -1>} : (!onnx.any) -> !onnx.any loc("mean")
  %e = onnx.node "Add" opset 13 (%mean, %epsilon) : (!onnx.any, tensor<f32>) -> !onnx.any loc("guarded")
  %r = onnx.node "Sqrt" opset 13 (%e) : (!onnx.any) -> !onnx.any loc("root")
  %n = onnx.node "Div" opset 13 (%y, %r) : (!onnx.any, !onnx.any) -> !onnx.any loc("norm")
  %g = onnx.node "Gather" opset 13 (%n, %order) {axis = 2 : i64} : (!onnx.any, tensor<4xi64>) -> !onnx.any loc("turned")
  %o = onnx.node "Relu" opset 13 (%g) : (!onnx.any) -> !onnx.any loc("relu")
  return %o : !onnx.any
}

// CHECK:      values of @main, 1 sequence of 3 tokens
// CHECK-NEXT:   #1 = input(); 4 channels
// CHECK-NEXT: input 'x': 1x3x4 of #1, as it is
// CHECK-NEXT: Reshape 'split': 1x3x2x2 of #1, as it is
// CHECK-NEXT: Transpose 'heads': 1x2x3x2 of #1, 2:2, 3:4, 2:1
// CHECK-NEXT: Transpose 'keys': 1x2x2x3 of #1, 4:1, 3:4
// CHECK-NEXT:   #2 = scores(#1, #1): 2 heads, scale 1; 18 channels
// CHECK-NEXT: MatMul 'scores': 1x2x3x3 of #2, as it is
// CHECK-NEXT:   #3 = scores(#1, #1): 2 heads, scale 1, masked; 18 channels
// CHECK-NEXT: Mul 'scaled': 1x2x3x3 of #3, as it is
// CHECK-NEXT:   #4 = scores(#1, #1): 2 heads, scale 1, masked; 18 channels
// CHECK-NEXT: Where 'masked': 1x2x3x3 of #4, as it is
// CHECK-NEXT:   #5 = weights(#1, #1): 2 heads, scale 0.5, softmax, 6 of 9 pairs; 18 channels
// CHECK-NEXT: Softmax 'weights': 1x2x3x3 of #5, as it is
// CHECK-NEXT:   #6 = linear(#1); 4 channels
// CHECK-NEXT:   #7 = linear(#1); 4 channels
// CHECK-NEXT:   #8 = linear(#1); 4 channels
// CHECK-NEXT:   #9 = attention(#6, #7, #8): 2 heads, scale 0.5, softmax; 4 channels
// CHECK-NEXT: MatMul 'mixed': 1x2x3x2 of #9, 2:2, 3:4, 2:1
// CHECK-NEXT: Transpose 'merged': 1x3x2x2 of #9, as it is
// CHECK-NEXT: Reshape 'joined': 1x3x4 of #9, as it is
// CHECK-NEXT:   #10 = polynomial(#9): x^2; 4 channels
// CHECK-NEXT: Pow 'square': 1x3x4 of #10, as it is
// CHECK-NEXT:   #11 = statistic(#9): 1 (1 mean(x^2) + 0)^1; 1 channel
// CHECK-NEXT: ReduceMean 'mean': 1x3x1 of #11, as it is
// CHECK-NEXT:   #12 = statistic(#9): 1 (1 mean(x^2) + 0.25)^1; 1 channel
// CHECK-NEXT: Add 'guarded': 1x3x1 of #12, as it is
// CHECK-NEXT:   #13 = statistic(#9): 1 (1 mean(x^2) + 0.25)^0.5; 1 channel
// CHECK-NEXT: Sqrt 'root': 1x3x1 of #13, as it is
// CHECK-NEXT:   #15 = rms_norm(#9): epsilon 0.25; 4 channels
// CHECK-NEXT: Div 'norm': 1x3x4 of #15, as it is
// CHECK-NEXT: Gather 'turned': 1x3x4 of #15, 2 + 3:4, 2:1, 2:-2
// CHECK-NEXT:   #16 = activation(#15): relu; 4 channels
// CHECK-NEXT: Relu 'relu': 1x3x4 of #16, 2 + 3:4, 2:1, 2:-2

// Irregular indices are a table of their axis.
func.func @table(%x: tensor<1x3x6xf32> {onnx.name = "x"}) -> !onnx.any {
  %order = onnx.constant dense<[2, 0, 3, 1, 0]> : tensor<5xi64>
  %g = onnx.node "Gather" opset 13 (%x, %order) {axis = 2 : i64} : (tensor<1x3x6xf32>, tensor<5xi64>) -> !onnx.any loc("turned")
  return %g : !onnx.any
}

// CHECK-NEXT: values of @table, 1 sequence of 3 tokens
// CHECK-NEXT:   #1 = input(); 6 channels
// CHECK-NEXT: input 'x': 1x3x6 of #1, as it is
// CHECK-NEXT: Gather 'turned': 1x3x5 of #1, 2 + 3:6, 5:[0 -2 1 -1 -2] (with a table)

// What comes after a node that is not supported is a guess, or unknown.
// FAULTS: Mystery 'first': 1x3x4 of #2, as it is (guessed)
// FAULTS: Softmax 'soft': 1x3x4 of #{{[0-9]+}}, as it is (guessed)
// FAULTS: ReduceMean 'mean': unknown
