// RUN: neuro-opt --split-input-file --verify-diagnostics %s

// expected-error @+2 {{nn.quant: 'scale' must be a positive finite number}}
// expected-note @+1 {{actual: 0.000000e+00}}
func.func @quant_scale(%x: tensor<2xf32> {nn.quant = #nn.quant<scale = 0.0, limit = 127>}) { return }

// -----

// expected-error @+3 {{nn.quant: 'limit' is out of range}}
// expected-note @+2 {{expected: 1 to 8388607}}
// expected-note @+1 {{  actual: 0}}
func.func @quant_limit(%x: tensor<2xf32> {nn.quant = #nn.quant<scale = 1.0, limit = 0>}) { return }

// -----

func.func @dynamic(%x: tensor<?x2xf32>) {
  // expected-error @+3 {{'nn.reshape' op needs static shapes}}
  // expected-note @+2 {{expected: no '?' in a type}}
  // expected-note @+1 {{  actual: tensor<?x2xf32>}}
  %y = nn.reshape %x : tensor<?x2xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @linear_rank(%x: tensor<f32>) {
  // expected-error @+3 {{'nn.linear' op 'input' has too few axes}}
  // expected-note @+2 {{expected: at least 1}}
  // expected-note @+1 {{  actual: 0}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<2x2xf32>} : tensor<f32> -> tensor<2xf32>
  return
}

// -----

func.func @linear_weight_rank(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op 'weight' has the wrong rank}}
  // expected-note @+2 {{expected: 2 axes of fixed size}}
  // expected-note @+1 {{  actual: tensor<2xf32>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<2xf32>} : tensor<2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @linear_weight(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op 'weight' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4x2xf32>}}
  // expected-note @+1 {{  actual: tensor<4x3xf32>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<4x3xf32>} : tensor<2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @linear_weight_type(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op 'weight' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4x2xf32>}}
  // expected-note @+1 {{  actual: tensor<4x2xf64>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<4x2xf64>} : tensor<2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @linear_bias(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op 'bias' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4xf32>}}
  // expected-note @+1 {{  actual: tensor<3xf32>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<4x2xf32>, bias = dense<1.0> : tensor<3xf32>} : tensor<2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @linear_weight_q(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op 'weight_q' has the wrong type}}
  // expected-note @+2 {{expected: tensor<1x2xi8>}}
  // expected-note @+1 {{  actual: tensor<1x2xi16>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<1x2xf32>, weight_q = dense<1> : tensor<1x2xi16>,
                     weight_scale = dense<1.0> : tensor<1xf32>} : tensor<2xf32> -> tensor<1xf32>
  return
}

// -----

func.func @linear_half_quantised(%x: tensor<2xf32>) {
  // expected-error @+3 {{'nn.linear' op the quantised form is incomplete}}
  // expected-note @+2 {{expected: both 'weight_q' and 'weight_scale'}}
  // expected-note @+1 {{  actual: only 'weight_q'}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<1x2xf32>, weight_q = dense<1> : tensor<1x2xi8>} : tensor<2xf32> -> tensor<1xf32>
  return
}

// -----

func.func @linear_result(%x: tensor<3x2xf32>) {
  // expected-error @+3 {{'nn.linear' op has the wrong result type}}
  // expected-note @+2 {{expected: tensor<3x4xf32>}}
  // expected-note @+1 {{  actual: tensor<4xf32>}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<4x2xf32>} : tensor<3x2xf32> -> tensor<4xf32>
  return
}

// -----

func.func @conv_strides(%x: tensor<1x4x4xf32>) {
  // expected-error @+3 {{'nn.conv2d' op 'strides' is invalid}}
  // expected-note @+2 {{expected: two positive numbers}}
  // expected-note @+1 {{  actual: [1, 0]}}
  %y = nn.conv2d %x {weight = dense<1.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 0>, pads = array<i64: 0, 0, 0, 0>}
      : tensor<1x4x4xf32> -> tensor<1x3x3xf32>
  return
}

// -----

func.func @conv_pads(%x: tensor<1x4x4xf32>) {
  // expected-error @+3 {{'nn.conv2d' op 'pads' is invalid}}
  // expected-note @+2 {{expected: four numbers [top, left, bottom, right], none negative}}
  // expected-note @+1 {{  actual: [0, 0]}}
  %y = nn.conv2d %x {weight = dense<1.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0>}
      : tensor<1x4x4xf32> -> tensor<1x3x3xf32>
  return
}

// -----

func.func @conv_channels(%x: tensor<2x4x4xf32>) {
  // expected-error @+3 {{'nn.conv2d' op 'weight' has the wrong type}}
  // expected-note @+2 {{expected: tensor<1x2x2x2xf32>}}
  // expected-note @+1 {{  actual: tensor<1x1x2x2xf32>}}
  %y = nn.conv2d %x {weight = dense<1.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : tensor<2x4x4xf32> -> tensor<1x3x3xf32>
  return
}

// -----

func.func @conv_filter_too_large(%x: tensor<1x2x2xf32>) {
  // expected-error @+3 {{'nn.conv2d' op the filter is larger than the padded image}}
  // expected-note @+2 {{expected: at most 3x2}}
  // expected-note @+1 {{  actual: 4x2}}
  %y = nn.conv2d %x {weight = dense<1.0> : tensor<1x1x4x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 0>}
      : tensor<1x2x2xf32> -> tensor<1x1x1xf32>
  return
}

// -----

func.func @conv_result(%x: tensor<1x4x4xf32>) {
  // expected-error @+3 {{'nn.conv2d' op has the wrong result type}}
  // expected-note @+2 {{expected: tensor<1x3x3xf32>}}
  // expected-note @+1 {{  actual: tensor<1x4x4xf32>}}
  %y = nn.conv2d %x {weight = dense<1.0> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : tensor<1x4x4xf32> -> tensor<1x4x4xf32>
  return
}

// -----

func.func @norm_gamma(%x: tensor<2x4xf32>) {
  // expected-error @+3 {{'nn.layer_norm' op 'gamma' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4xf32>}}
  // expected-note @+1 {{  actual: tensor<2xf32>}}
  %y = nn.layer_norm %x {gamma = dense<1.0> : tensor<2xf32>, epsilon = 1.0e-5 : f64} : tensor<2x4xf32>
  return
}

// -----

func.func @norm_epsilon(%x: tensor<2x4xf32>) {
  // expected-error @+3 {{'nn.rms_norm' op 'epsilon' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number that float32 holds}}
  // expected-note @+1 {{  actual: -1}}
  %y = nn.rms_norm %x {gamma = dense<1.0> : tensor<4xf32>, epsilon = -1.0 : f64} : tensor<2x4xf32>
  return
}

// -----

func.func @affine_offset(%x: tensor<2x4xf32>) {
  // expected-error @+3 {{'nn.affine' op 'offset' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4xf32>}}
  // expected-note @+1 {{  actual: tensor<2xf32>}}
  %y = nn.affine %x {offset = dense<1.0> : tensor<2xf32>} : tensor<2x4xf32>
  return
}

// -----

func.func @embedding_table(%ids: tensor<2xi64>) {
  // expected-error @+3 {{'nn.embedding' op 'table_scale' has the wrong type}}
  // expected-note @+2 {{expected: tensor<4xf32>}}
  // expected-note @+1 {{  actual: tensor<3xf32>}}
  %y = nn.embedding %ids {table = dense<1.0> : tensor<3x4xf32>, table_q = dense<1> : tensor<3x4xi8>,
                          table_scale = dense<1.0> : tensor<3xf32>} : tensor<2xi64> -> tensor<2x4xf32>
  return
}

// -----

func.func @embedding_result(%ids: tensor<2xi64>) {
  // expected-error @+3 {{'nn.embedding' op has the wrong result type}}
  // expected-note @+2 {{expected: tensor<2x4xf32>}}
  // expected-note @+1 {{  actual: tensor<2x3xf32>}}
  %y = nn.embedding %ids {table = dense<1.0> : tensor<3x4xf32>} : tensor<2xi64> -> tensor<2x3xf32>
  return
}

// -----

func.func @position_rows() {
  // expected-error @+3 {{'nn.position' op 'table' has too few rows}}
  // expected-note @+2 {{expected: at least 6, one for each token}}
  // expected-note @+1 {{  actual: 5}}
  %y = nn.position {table = dense<1.0> : tensor<5x4xf32>} : tensor<1x6x4xf32>
  return
}

// -----

func.func @attention_heads(%x: tensor<1x6x8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'heads' does not divide the channels}}
  // expected-note @+2 {{expected: a divisor of 8}}
  // expected-note @+1 {{  actual: 3}}
  %y = nn.attention %x, %x, %x {heads = 3 : i64, scale = 1.0 : f64, score = #nn.score<softmax>} : tensor<1x6x8xf32>
  return
}

// -----

func.func @attention_scale(%x: tensor<1x6x8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'scale' is out of range}}
  // expected-note @+2 {{expected: a finite number}}
  // expected-note @+1 {{  actual: +Inf}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0x7FF0000000000000 : f64, score = #nn.score<softmax>} : tensor<1x6x8xf32>
  return
}

// -----

func.func @attention_window(%x: tensor<1x6x8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'window' is out of range}}
  // expected-note @+2 {{expected: 0 (all tokens) or a positive number}}
  // expected-note @+1 {{  actual: -1}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 1.0 : f64, score = #nn.score<softmax>, window = -1 : i64} : tensor<1x6x8xf32>
  return
}

// -----

func.func @attention_score_limit(%x: tensor<8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'score_limit' is out of range}}
  // expected-note @+2 {{expected: a number of 0 or more}}
  // expected-note @+1 {{  actual: -1}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 1.0 : f64, score = #nn.score<softmax>, score_limit = -1.0 : f64} : tensor<8xf32>
  return
}

// -----

func.func @attention_slots(%x: tensor<8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'slots' is out of range}}
  // expected-note @+2 {{expected: a positive number}}
  // expected-note @+1 {{  actual: 0}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 1.0 : f64, score = #nn.score<softmax>, slots = 0 : i64} : tensor<8xf32>
  return
}

// -----

func.func @attention_key_scale(%x: tensor<8xf32>) {
  // expected-error @+3 {{'nn.attention' op 'key_scale' has the wrong type}}
  // expected-note @+2 {{expected: tensor<8xf32>}}
  // expected-note @+1 {{  actual: tensor<2xf32>}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 1.0 : f64, score = #nn.score<softmax>,
                                key_scale = dense<1.0> : tensor<2xf32>} : tensor<8xf32>
  return
}

// -----

func.func @reshape(%x: tensor<8xf32>) {
  // expected-error @+3 {{'nn.reshape' op changes the number of elements}}
  // expected-note @+2 {{expected: 8}}
  // expected-note @+1 {{  actual: 9}}
  %y = nn.reshape %x : tensor<8xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @select_last(%x: tensor<1x6x8xf32>) {
  // expected-error @+3 {{'nn.select_last' op has the wrong result type}}
  // expected-note @+2 {{expected: tensor<1x8xf32>}}
  // expected-note @+1 {{  actual: tensor<6x8xf32>}}
  %y = nn.select_last %x : tensor<1x6x8xf32> -> tensor<6x8xf32>
  return
}

// -----

func.func @embedding_empty(%ids: tensor<2xi64>) {
  // expected-error @+3 {{'nn.embedding' op 'table' is empty}}
  // expected-note @+2 {{expected: at least one row}}
  // expected-note @+1 {{  actual: none}}
  %y = nn.embedding %ids {table = dense<> : tensor<0x4xf32>} : tensor<2xi64> -> tensor<2x4xf32>
  return
}

// -----

func.func @epsilon_of_a_double(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+3 {{'nn.rms_norm' op 'epsilon' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number that float32 holds}}
  // expected-note @+1 {{  actual: 1}}
  %y = nn.rms_norm %x {gamma = dense<1.0> : tensor<4xf32>, epsilon = 1.0e308 : f64} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// A few letters must not stand for more than memory holds.
func.func @splat() {
  // expected-error @below {{'nn.position' op has a tensor of too many elements, 'tensor<9223372036854775807x4xf32>'; at most 67108864 are possible in a constant with one value}}
  %y = nn.position {table = dense<1.0> : tensor<9223372036854775807x4xf32>} : tensor<1x6x4xf32>
  return
}

// -----

func.func @values(%x: tensor<65536x65536xf32>) {
  // expected-error @below {{'nn.activation' op has a tensor of too many elements, 'tensor<65536x65536xf32>'; at most 2147483647 are possible}}
  %y = nn.activation %x {kind = #nn.activation<relu>} : tensor<65536x65536xf32>
  return
}
