// RUN: neuro-opt --nn-to-stream --split-input-file --verify-diagnostics %s

// All of them are reported, not only the first.
func.func @mixes(%x: tensor<1x6x8xf32>) -> tensor<1x48xf32> {
  // expected-error @+3 {{'nn.reshape' mixes tokens: no leading axes of the result count the 6 tokens}}
  // expected-note @+2 {{the sequence axis becomes time}}
  // expected-note @+1 {{result: 'tensor<1x48xf32>'}}
  %y = nn.reshape %x : tensor<1x6x8xf32> -> tensor<1x48xf32>
  // expected-error @+3 {{'nn.reshape' mixes tokens: no leading axes of the result count the 6 tokens}}
  // expected-note @+2 {{the sequence axis becomes time}}
  // expected-note @+1 {{result: 'tensor<4x12xf32>'}}
  %z = nn.reshape %x : tensor<1x6x8xf32> -> tensor<4x12xf32>
  return %y : tensor<1x48xf32>
}

// -----

func.func @conv_over_tokens(%x: tensor<1x6x8xf32>) -> tensor<1x6x8xf32> {
  // expected-error @+3 {{'nn.conv2d' mixes tokens: it works on the last 3 axes, which are not all features}}
  // expected-note @+2 {{the sequence axis becomes time}}
  // expected-note @+1 {{input: 'tensor<1x6x8xf32>', of which the first 2 count tokens}}
  %y = nn.conv2d %x {weight = dense<0.1> : tensor<1x1x1x1xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : tensor<1x6x8xf32> -> tensor<1x6x8xf32>
  return %y : tensor<1x6x8xf32>
}

// -----

func.func @attention_over_features(%x: tensor<1x6x4x8xf32>) -> tensor<1x6x4x8xf32> {
  // expected-error @+3 {{'nn.attention' mixes tokens: its operands must be [batch, tokens, channels]}}
  // expected-note @+2 {{the sequence axis becomes time}}
  // expected-note @+1 {{actual: 'tensor<1x6x4x8xf32>'}}
  %y = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>} : tensor<1x6x4x8xf32>
  return %y : tensor<1x6x4x8xf32>
}

// -----

func.func @position_of_other_length(%x: tensor<1x6x8xf32>) -> tensor<1x6x8xf32> {
  // expected-error @+2 {{'nn.position' mixes tokens: the result must be [batch, tokens, features]}}
  // expected-note @+1 {{the sequence axis becomes time}}
  %p = nn.position {table = dense<0.5> : tensor<6x8xf32>} : tensor<1x5x8xf32>
  return %x : tensor<1x6x8xf32>
}

// -----

func.func @select_of_features(%x: tensor<1x6x8xf32>) -> tensor<6x4xf32> {
  %y = nn.reshape %x : tensor<1x6x8xf32> -> tensor<6x2x4xf32>
  // expected-error @+3 {{'nn.select_last' mixes tokens: its operand must be [batch, tokens, features...]}}
  // expected-note @+2 {{the sequence axis becomes time}}
  // expected-note @+1 {{actual: 'tensor<6x2x4xf32>'}}
  %z = nn.select_last %y : tensor<6x2x4xf32> -> tensor<6x4xf32>
  return %z : tensor<6x4xf32>
}

// -----

// expected-error @+3 {{input 'x' has no batch and sequence axes}}
// expected-note @+2 {{expected: a static shape [batch, tokens, features...]}}
// expected-note @+1 {{  actual: 'tensor<6x8xf32>'}}
func.func @no_batch(%x: tensor<6x8xf32> {nn.name = "x"}) -> tensor<6x8xf32> {
  return %x : tensor<6x8xf32>
}

// -----

// expected-error @+3 {{input 'ids' has another number of sequences or tokens}}
// expected-note @+2 {{expected: [1, 6, ...], as the first input}}
// expected-note @+1 {{  actual: 'tensor<1x5xi64>'}}
func.func @lengths(%x: tensor<1x6x8xf32> {nn.name = "x"}, %ids: tensor<1x5xi64> {nn.name = "ids"}) -> tensor<1x6x8xf32> {
  return %x : tensor<1x6x8xf32>
}

// -----

// expected-error @+2 {{function 'no_inputs' has no inputs}}
// expected-note @+1 {{the stream form needs tokens}}
func.func @no_inputs() {
  return
}

// -----

// expected-error @+3 {{result 0 has no batch axis}}
// expected-note @+2 {{expected: [2, 6, ...], or [2, ...] of the last tokens}}
// expected-note @+1 {{  actual: 'tensor<12x8xf32>'}}
func.func @merged_result(%x: tensor<2x6x8xf32>) -> tensor<12x8xf32> {
  %y = nn.reshape %x : tensor<2x6x8xf32> -> tensor<12x8xf32>
  return %y : tensor<12x8xf32>
}

// -----

// expected-error @+3 {{result 0 has no batch axis}}
// expected-note @+2 {{expected: [1, 6, ...], or [1, ...] of the last tokens}}
// expected-note @+1 {{  actual: 'tensor<6x8xf32>'}}
func.func @no_batch(%x: tensor<1x6x8xf32>) -> tensor<6x8xf32> {
  %y = nn.reshape %x : tensor<1x6x8xf32> -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// -----

// expected-error @+3 {{result 0 has no batch axis}}
// expected-note @+2 {{expected: [1, 6, ...], or [1, ...] of the last tokens}}
// expected-note @+1 {{  actual: 'tensor<8xf32>'}}
func.func @no_batch_of_last(%x: tensor<1x6x8xf32>) -> tensor<8xf32> {
  %l = nn.select_last %x : tensor<1x6x8xf32> -> tensor<1x8xf32>
  %z = nn.reshape %l : tensor<1x8xf32> -> tensor<8xf32>
  return %z : tensor<8xf32>
}

// -----

// Twelve tokens that are six of each of two sequences.
// expected-error @+3 {{result 0 has no batch axis}}
// expected-note @+2 {{expected: [2, 6, ...], or [2, ...] of the last tokens}}
// expected-note @+1 {{  actual: 'tensor<1x12x8xf32>'}}
func.func @one_batch(%x: tensor<2x6x8xf32>) -> tensor<1x12x8xf32> {
  %y = nn.reshape %x : tensor<2x6x8xf32> -> tensor<1x12x8xf32>
  return %y : tensor<1x12x8xf32>
}

// -----

// expected-error @+3 {{result 0 has no sequence axis}}
// expected-note @+2 {{expected: [2, 6, ...], or [2, ...] of the last tokens}}
// expected-note @+1 {{  actual: 'tensor<2x2x3x8xf32>'}}
func.func @split_tokens(%x: tensor<2x6x8xf32>) -> tensor<2x2x3x8xf32> {
  %z = nn.reshape %x : tensor<2x6x8xf32> -> tensor<2x2x3x8xf32>
  return %z : tensor<2x2x3x8xf32>
}

// -----

func.func @constant(%x: tensor<1x6x8xf32>) -> tensor<1x6x8xf32> {
  // expected-error @+1 {{'arith.constant' belongs to no token: it cannot be in the stream form}}
  %c = arith.constant dense<1.0> : tensor<1x6x8xf32>
  return %x : tensor<1x6x8xf32>
}

// -----

// expected-error @+1 {{'nn.stream' needs 'tokens', a positive integer}}
func.func @bad_stream(%x: tensor<8xf32>) -> tensor<8xf32> attributes {nn.stream = {tokens = 0 : i64}} {
  return %x : tensor<8xf32>
}

// -----

// expected-error @+2 {{input 0 is not a tensor of fixed shape}}
// expected-note @+1 {{actual: 'i32'}}
func.func @stream_of_scalars(%x: i32) attributes {nn.stream = {tokens = 6 : i64}} {
  return
}

// -----

func.func @position_rows(%x: tensor<8xf32>) -> tensor<8xf32> attributes {nn.stream = {tokens = 7 : i64}} {
  // expected-error @+3 {{'nn.position' has too few rows}}
  // expected-note @+2 {{expected: at least 7, one for each token}}
  // expected-note @+1 {{  actual: 6}}
  %p = nn.position {table = dense<0.5> : tensor<6x8xf32>} : tensor<8xf32>
  return %p : tensor<8xf32>
}

// -----

func.func @other_dialects(%x: tensor<1x6x8xf32>) -> tensor<1x6x8xf32> {
  // expected-error @+1 {{'arith.addf' is not an operation of the nn dialect}}
  %y = arith.addf %x, %x : tensor<1x6x8xf32>
  // expected-error @+1 {{'arith.constant' is not an operation of the nn dialect}}
  %c = arith.constant 1 : index
  return %y : tensor<1x6x8xf32>
}

// -----

func.func @select_last_in_stream(%x: tensor<6x8xf32>) -> tensor<6xf32> attributes {nn.stream = {tokens = 7 : i64}} {
  // expected-error @+1 {{'nn.select_last' belongs to the tensor form; in the stream form the output says 'nn.time_axis = -1'}}
  %p = nn.select_last %x : tensor<6x8xf32> -> tensor<6xf32>
  return %p : tensor<6xf32>
}
