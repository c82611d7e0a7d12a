// RUN: neuro-opt %s --nn-to-neuro --split-input-file --verify-diagnostics

// expected-error @below {{is not in stream form}}
// expected-note @below {{run nn-to-stream, then nn-quantise, before nn-to-neuro}}
func.func @tensor_form(%x: tensor<1x3x2xf32>) -> tensor<1x3x2xf32> {
  return %x : tensor<1x3x2xf32>
}

// -----

// Everything that is missing is reported in one run.
// expected-error @below {{argument #0 has no nn.quant; run nn-quantise first}}
func.func @unquantised(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 2>})
    -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 2>})
    attributes {nn.stream = {tokens = 3 : i64}} {
  // expected-error @below {{is not in quantised form: it has no 'quant'}}
  // expected-note @below {{run nn-quantise with calibration data first}}
  %a = nn.activation %x {kind = #nn.activation<relu>} : tensor<2xf32>
  // expected-error @below {{is not in quantised form: it has no 'weight_q'}}
  // expected-note @below {{run nn-quantise with calibration data first}}
  %b = nn.linear %a {weight = dense<0.5> : tensor<2x2xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32> -> tensor<2xf32>
  // expected-error @below {{is not in quantised form: it has no 'center_quant'}}
  // expected-note @below {{run nn-quantise with calibration data first}}
  %c = nn.rms_norm %b {gamma = dense<1.0> : tensor<2xf32>, epsilon = 1.0e-5 : f64, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  // expected-error @below {{does not say how many key-value slots it has}}
  // expected-note @below {{run nn-to-stream first}}
  %d = nn.attention %c, %c, %c {heads = 1 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, window = 0 : i64, query_quant = #nn.quant<scale = 0.001, limit = 1000>, key_scale = dense<0.1> : tensor<2xf32>, value_scale = dense<0.1> : tensor<2xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  return %d : tensor<2xf32>
}

// -----

func.func @ids(%ids: tensor<i64> {nn.name = "ids", nn.shape = array<i64: 1, 3>})
    -> (tensor<i64> {nn.name = "y", nn.shape = array<i64: 1, 3>})
    attributes {nn.stream = {tokens = 3 : i64}} {
  // expected-error @below {{takes token ids; only nn.embedding may}}
  return %ids : tensor<i64>
}

// -----

func.func @slots(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 6, 2>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 1.0, limit = 9>})
    -> (tensor<2xf32> {nn.name = "y"}) attributes {nn.stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  // expected-error @+2 {{has 65537 key-value slots; softmax is exact for at most 65536}}
  // expected-note @+1 {{split the layer, or export the model smaller}}
  %y = nn.attention %x, %x, %x {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<softmax>, slots = 65537 : i64,
      query_quant = #nn.quant<scale = 1.0, limit = 9>, key_scale = dense<1.0> : tensor<2xf32>, value_scale = dense<1.0> : tensor<2xf32>,
      quant = #nn.quant<scale = 1.0, limit = 9>} : tensor<2xf32>
  %u = nn.add %y, %y {quant = #nn.quant<scale = 1.0, limit = 40000>} : tensor<2xf32>
  // expected-error @+2 {{has factors of up to 40000 and 40000 steps; their product must be at most 2^30}}
  // expected-note @+1 {{split the layer, or export the model smaller}}
  %z = nn.mul %u, %u {quant = #nn.quant<scale = 1.0, limit = 9>} : tensor<2xf32>
  // expected-error @+2 {{has a centre of up to 4194304 steps; the squares of 2 elements add up for at most 4194303}}
  // expected-note @+1 {{split the layer, or export the model smaller}}
  %n = nn.rms_norm %u {gamma = dense<1.0> : tensor<2xf32>, epsilon = 0.0 : f64, center_quant = #nn.quant<scale = 1.0, limit = 4194304>,
                       quant = #nn.quant<scale = 1.0, limit = 9>} : tensor<2xf32>
  return %z : tensor<2xf32>
}
