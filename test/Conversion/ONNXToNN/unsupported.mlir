// RUN: not neuro-opt --onnx-to-nn --split-input-file %s 2>&1 | FileCheck %s

// All nodes that cannot be converted, in one report, by operator and reason.
// CHECK:      error: the model cannot be compiled: 4 nodes are not supported
// CHECK:      note: {{.*}}LeakyRelu (ai.onnx, opset 13), 2 nodes 'first', 'second': this activation function has no neuron program here; nearest supported form: ReLU, GELU or SiLU
// CHECK:      note: {{.*}}Mystery (org.example, opset 3), 1 node 'third': the operator belongs to the domain 'org.example', which is not one of ONNX's own; nearest supported form: export without fused or custom operators
// CHECK:      note: {{.*}}Unheard (ai.onnx, opset 13), 1 node 'fourth': the compiler does not know this operator
func.func @several(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %a = onnx.node "LeakyRelu" opset 13 (%x) : (tensor<1x2x4xf32>) -> !onnx.any loc("first")
  %b = onnx.node "LeakyRelu" opset 13 (%a) : (!onnx.any) -> !onnx.any loc("second")
  %c = onnx.node "Mystery" domain "org.example" opset 3 (%b) : (!onnx.any) -> !onnx.any loc("third")
  // What depends on an unknown result is not reported again.
  %d = onnx.node "Relu" opset 13 (%c) : (!onnx.any) -> !onnx.any
  %e = onnx.node "Unheard" opset 13 (%d) : (!onnx.any) -> !onnx.any loc("fourth")
  return %e : !onnx.any
}

// -----

// CHECK: error: the model cannot be compiled: 2 nodes are not supported
// CHECK: note: Relu (ai.onnx, opset 99), 1 node: opset 99 is newer than the newest known, 23; nearest supported form: export with opset 17
// CHECK: note: Trilu (ai.onnx, opset 13), 1 node: the operator is known from version 14 on, but the model uses opset 13; nearest supported form: export with opset 17
func.func @opsets(%x: tensor<1x2x4xf32>) -> (!onnx.any, !onnx.any) {
  %c = onnx.constant dense<1.0> : tensor<2x2xf32>
  %a = onnx.node "Relu" opset 99 (%x) : (tensor<1x2x4xf32>) -> !onnx.any
  %b = onnx.node "Trilu" opset 13 (%c) : (tensor<2x2xf32>) -> !onnx.any
  return %a, %b : !onnx.any, !onnx.any
}

// -----

// CHECK: error: the model cannot be compiled: 4 inputs and outputs do not fit, and 1 node is not supported
// CHECK: note: input 'past' has the shape 2x1x4x3; expected [1, 2, features...]: axis 0 is taken as the batch and axis 1 as the sequence, in all inputs alike; state of earlier tokens, as a key-value cache, is not taken as an input
// CHECK: note: input 'mask' is neither floats nor token ids of 32 or 64 bits
// CHECK: note: output 'fixed' does not depend on any input
// CHECK: note: output 'odd' of shape 1x1x4 is neither one result for each token, [1, 2, features...], nor one of the last token, [1, features...]: keep the batch axis in front
func.func @ports(%x: tensor<1x2x4xf32>, %past: tensor<2x1x4x3xf32> {onnx.name = "past"},
                 %mask: tensor<1x2xi1> {onnx.name = "mask"})
    -> (tensor<1xf32> {onnx.name = "fixed"}, !onnx.any {onnx.name = "odd"}, !onnx.any) {
  %c = onnx.constant dense<1.0> : tensor<1xf32>
  %i = onnx.constant dense<0> : tensor<1xi64>
  %y = onnx.node "Gather" opset 13 (%x, %i) {axis = 1 : i64} : (tensor<1x2x4xf32>, tensor<1xi64>) -> !onnx.any
  %z = onnx.node "Unknown" opset 13 (%past, %mask) : (tensor<2x1x4x3xf32>, tensor<1x2xi1>) -> !onnx.any
  return %c, %y, %z : tensor<1xf32>, !onnx.any, !onnx.any
}

// -----

// What no result needs is no obstacle, be it never so odd.
// CHECK-NOT: error
// CHECK: remark: no result depends on the values of inputs 'past', 'shape_only': left out; arrays of that name may still be given
func.func @unread(%past: tensor<2x1x4x3xf32> {onnx.name = "past"}, %x: tensor<1x2x4xf32> {onnx.name = "x"},
                  %s: tensor<1x2x9xf32> {onnx.name = "shape_only"}) -> !onnx.any {
  %c = onnx.constant dense_resource<absent> : tensor<4xf32>
  %a = onnx.node "ArgMax" opset 13 (%x) {axis = 2 : i64} : (tensor<1x2x4xf32>) -> !onnx.any
  %b = onnx.node "Add" opset 13 (%a, %past) : (!onnx.any, tensor<2x1x4x3xf32>) -> !onnx.any
  %shape = onnx.node "Shape" opset 13 (%s) : (tensor<1x2x9xf32>) -> !onnx.any
  %nine = onnx.constant dense<2> : tensor<i64>
  %n = onnx.node "Gather" opset 13 (%shape, %nine) : (!onnx.any, tensor<i64>) -> !onnx.any
  %f = onnx.node "Cast" opset 13 (%n) {to = 1 : i64} : (!onnx.any) -> !onnx.any
  %y = onnx.node "Mul" opset 13 (%x, %f) : (tensor<1x2x4xf32>, !onnx.any) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: error: the model cannot be compiled: 1 input or output does not fit
// CHECK: note: input 'x' has no static shape: bind its dimensions by --shape
func.func @dynamic(%x: tensor<1x?x4xf32> {onnx.name = "x"}) -> !onnx.any {
  %y = onnx.node "Relu" opset 13 (%x) : (tensor<1x?x4xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: note: Sigmoid (ai.onnx, opset 13), 1 node: a sigmoid that does not multiply its own argument; nearest supported form: SiLU: x * Sigmoid(x)
// CHECK: note: Add (ai.onnx, opset 13), 1 node: token ids are used as numbers, so that the result depends on the input's values
// CHECK: note: Div (ai.onnx, opset 13), 1 node: it divides by a value that the network computes; nearest supported form: division by a constant, or a layer or RMS norm
// CHECK: note: MatMul (ai.onnx, opset 13), 1 node: a constant matrix mixes tokens; nearest supported form: attention is the only way tokens may meet
// CHECK: note: ReduceMean (ai.onnx, opset 13), 1 node: it averages or sums over several tokens
// CHECK: note: Softmax (ai.onnx, opset 13), 1 node: a softmax over something other than attention scores; nearest supported form: logits as the graph's output
func.func @reasons(%x: tensor<1x2x4xf32>, %ids: tensor<1x2xi64>)
    -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %one = onnx.constant dense<1> : tensor<i64>
  %w = onnx.constant dense<1.0> : tensor<2x2xf32>
  %s = onnx.node "Sigmoid" opset 13 (%x) : (tensor<1x2x4xf32>) -> !onnx.any
  %i = onnx.node "Add" opset 13 (%ids, %one) : (tensor<1x2xi64>, tensor<i64>) -> !onnx.any
  %d = onnx.node "Div" opset 13 (%x, %x) : (tensor<1x2x4xf32>, tensor<1x2x4xf32>) -> !onnx.any
  %m = onnx.node "MatMul" opset 13 (%w, %x) : (tensor<2x2xf32>, tensor<1x2x4xf32>) -> !onnx.any
  %r = onnx.node "ReduceMean" opset 13 (%x) {axes = array<i64: 1>} : (tensor<1x2x4xf32>) -> !onnx.any
  %p = onnx.node "Softmax" opset 13 (%x) : (tensor<1x2x4xf32>) -> !onnx.any
  return %s, %i, %d, %m, %r, %p : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// Malformed nodes are reported too, and never crash.
// CHECK: note: Reshape (ai.onnx, opset 13), 1 node: the node is malformed: shape 1x2x4 cannot become 3x3, which has another number of elements
// CHECK: note: Add (ai.onnx, opset 13), 1 node: the node is malformed: input 1 is missing
// CHECK: note: Slice (ai.onnx, opset 13), 1 node: the node is malformed: an axis is out of range or a step is 0
// CHECK: note: Gather (ai.onnx, opset 13), 1 node: the node is malformed: index 7 is out of range for axis 1 of 1x2x4
// CHECK: note: Div (ai.onnx, opset 13), 1 node: the node is malformed: an integer is divided by zero
func.func @malformed(%x: tensor<1x2x4xf32>) -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %shape = onnx.constant dense<3> : tensor<2xi64>
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %seven = onnx.constant dense<7> : tensor<1xi64>
  %a = onnx.node "Reshape" opset 13 (%x, %shape) : (tensor<1x2x4xf32>, tensor<2xi64>) -> !onnx.any
  %b = onnx.node "Add" opset 13 (%x) : (tensor<1x2x4xf32>) -> !onnx.any
  %c = onnx.node "Slice" opset 13 (%x, %zero, %seven, %seven) : (tensor<1x2x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  %d = onnx.node "Gather" opset 13 (%x, %seven) {axis = 1 : i64} : (tensor<1x2x4xf32>, tensor<1xi64>) -> !onnx.any
  %e = onnx.node "Div" opset 13 (%seven, %zero) : (tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  return %a, %b, %c, %d, %e : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// CHECK: error: the constant cannot be read: its data is absent, of the wrong size, or too large
func.func @blob(%x: tensor<1x2x100xf32>) -> !onnx.any {
  %w = onnx.constant dense_resource<absent> : tensor<100x100xf32>
  %y = onnx.node "MatMul" opset 13 (%x, %w) : (tensor<1x2x100xf32>, tensor<100x100xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// CHECK: error: 'nn.activation' is not an operation of the onnx dialect
func.func @mixed(%x: tensor<1x2x4xf32>) -> !onnx.any {
  %h = nn.activation %x {kind = #nn.activation<relu>} : tensor<1x2x4xf32>
  %y = onnx.node "Relu" opset 13 (%h) : (tensor<1x2x4xf32>) -> !onnx.any
  return %y : !onnx.any
}

// -----

// A small file may ask for much memory.
// CHECK: note: Expand (ai.onnx, opset 13), 1 node: the result has too many elements
func.func @memory(%x: tensor<1x2x1xf32>) -> !onnx.any {
  %huge = onnx.constant dense<[1, 2, 1000000000]> : tensor<3xi64>
  %a = onnx.node "Expand" opset 13 (%x, %huge) : (tensor<1x2x1xf32>, tensor<3xi64>) -> !onnx.any
  return %a : !onnx.any
}

// -----

// CHECK: note: ScatterND (ai.onnx, opset 18), 1 node: values are placed by index, with the reduction 'add'
// CHECK: note: ScatterElements (ai.onnx, opset 18), 1 node: values are placed by index, with the reduction 'max'
func.func @scatter(%x: tensor<1x2x4xf32>) -> (!onnx.any, !onnx.any) {
  %i = onnx.constant dense<0> : tensor<1x1xi64>
  %k = onnx.constant dense<0> : tensor<1x2x1xi64>
  %u = onnx.constant dense<1.0> : tensor<1x2x4xf32>
  %v = onnx.constant dense<1.0> : tensor<1x2x1xf32>
  %a = onnx.node "ScatterND" opset 18 (%x, %i, %u) {reduction = "add"} : (tensor<1x2x4xf32>, tensor<1x1xi64>, tensor<1x2x4xf32>) -> !onnx.any
  %b = onnx.node "ScatterElements" opset 18 (%x, %k, %v) {axis = 2 : i64, reduction = "max"} : (tensor<1x2x4xf32>, tensor<1x2x1xi64>, tensor<1x2x1xf32>) -> !onnx.any
  return %a, %b : !onnx.any, !onnx.any
}
