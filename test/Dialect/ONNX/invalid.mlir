// RUN: neuro-opt --split-input-file --verify-diagnostics %s

func.func @opset(%x: tensor<1x8xf32>) {
  // expected-error @below {{attribute 'opset' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %y = onnx.node "Relu" opset -1 (%x) : (tensor<1x8xf32>) -> !onnx.any
  return
}

// -----

func.func @operand(%x: i32) {
  // expected-error @below {{operand #0 must be variadic of tensor of any type values or a value whose type the file does not say or none type, but got 'i32'}}
  %y = onnx.node "Relu" opset 13 (%x) : (i32) -> !onnx.any
  return
}

// -----

// expected-error @below {{unknown  type `some` in dialect `onnx`}}
func.func @type(%x: !onnx.some) { return }
