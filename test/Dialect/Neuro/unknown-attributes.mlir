// RUN: neuro-opt %s --split-input-file --verify-diagnostics

// An attribute that nothing reads is refused wherever it stands.
neuro.rule @learn {
  neuro.factor y1
  neuro.update w "2*x0*y1"
}
neuro.network @plastic {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{'neuro.plastic' op has no attribute 'initial'; it would have no effect}}
  // expected-note @below {{attributes of 'neuro.plastic': 'blocks', 'delay', 'rule'}}
  %s = neuro.plastic %x, %f rule(@learn) {initial = dense<3> : tensor<4x4xi8>} : !neuro.spikes<4, 8>, !neuro.factors<4> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%s) {
  ^bb0(%d0: i32):
    neuro.export y1, %d0
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

// expected-error @below {{'neuro.network' op has no attribute 'max_token'}}
// expected-note @below {{attributes of 'neuro.network': 'latency', 'max_tokens', 'period', 'sym_name'}}
neuro.network @network attributes {max_token = 6 : i64} {
}

// -----

neuro.network @model {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "p" (%c) {
  ^bb0(%d0: i32):
    // expected-error @below {{'neuro.add' op has no attribute 'count'}}
    // expected-note @below {{attributes of 'neuro.add': none}}
    %a = neuro.add %d0, %d0 {count}
    neuro.fire %a
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>
}

// -----

// Of other dialects too, and with the dialect's own prefix.
neuro.network @prefix {
  // expected-error @below {{'neuro.input' op has, on this operation, the unknown attribute 'nn.scale'; it would have no effect}}
  // expected-note @below {{known there: none}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64, nn.scale = 2.0 : f64} : !neuro.spikes<4, 8>
}

// -----

neuro.network @own_prefix {
  // expected-error @below {{has, on this operation, the unknown attribute 'neuro.delay'; it would have no effect}}
  // expected-note @below {{known there: none}}
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64, neuro.delay = 2 : i64} : !neuro.spikes<4, 8>
}

// -----

// In the generic form.
neuro.network @generic {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64} : !neuro.spikes<4, 8>
  // expected-error @below {{'neuro.project' op has no property 'dely'; known are 'arrive', 'delay', 'emit', 'feedback', 'weights'}}
  %c = "neuro.project"(%x) <{weights = #neuro.one_to_one<1>, dely = 3 : i64}> : (!neuro.spikes<4, 8>) -> !neuro.current<4>
}

// -----

// On functions of the levels above.
// expected-error @below {{has, on an argument, the unknown attribute 'nn.nam'; it would have no effect}}
// expected-note @below {{known there: 'nn.element_type', 'nn.name', 'nn.quant', 'nn.shape', 'nn.time_axis'}}
func.func @argument(%x: tensor<1x4x4xf32> {nn.nam = "x"}) -> tensor<1x4x4xf32> {
  %y = nn.activation %x {kind = #nn.activation<relu>} : tensor<1x4x4xf32>
  return %y : tensor<1x4x4xf32>
}

// -----

// expected-error @below {{has, on nn.stream, the unknown attribute 'token'; it would have no effect}}
// expected-note @below {{known there: 'batch_axis', 'time_axis', 'tokens'}}
func.func @stream(%x: tensor<4xf32>) -> tensor<4xf32> attributes {nn.stream = {token = 4 : i64}} {
  %y = nn.activation %x {kind = #nn.activation<relu>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @operation(%x: tensor<1x4x4xf32>) -> tensor<1x4x4xf32> {
  // expected-error @below {{'nn.activation' op has no attribute 'alpha'}}
  // expected-note @below {{attributes of 'nn.activation'}}
  %y = nn.activation %x {kind = #nn.activation<relu>, alpha = 0.1 : f32} : tensor<1x4x4xf32>
  return %y : tensor<1x4x4xf32>
}

// -----

// expected-error @below {{has, on a result, the unknown attribute 'onnx.nam'}}
// expected-note @below {{known there: 'onnx.name'}}
func.func @onnx(%x: tensor<4xf32>) -> (tensor<4xf32> {onnx.nam = "y"}) {
  %y = onnx.node "Relu" opset 13 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{'loihi.rule' op has no attribute 'thirdfactor'}}
    // expected-note @below {{attributes of 'loihi.rule': 'epoch', 'graded_mode', 'name', 'stochastic', 'terms', 'text', 'third_factor', 'u_k', 'x1', 'x2', 'y1', 'y2', 'y3'}}
    %r = loihi.rule "r" "dw = 2*x0*y1" {thirdfactor}
  }
}
