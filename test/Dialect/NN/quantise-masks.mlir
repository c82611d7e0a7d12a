// A mask that was finite is held against the scores of the calibration.
// RUN: neuro-opt --nn-quantise="calibration=random:1" --split-input-file --verify-diagnostics %s -o /dev/null

#stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}
// The chip cannot exceed this.
func.func @far(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"}) attributes {nn.stream = #stream} {
  %a = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, slots = 6 : i64, score_limit = 500.0 : f64} : tensor<4xf32>
  return %a : tensor<4xf32>
}

// -----

#stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}
// Only data larger than the calibration's could exceed this.
// expected-warning-re @below {{{{the mask of 'near' leaves nothing out unless scores stay below 7; on the calibration data they reach [0-9.]+ at most: use -inf in the mask if others may be larger}}}}
func.func @near(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"}) attributes {nn.stream = #stream} {
  %a = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, slots = 6 : i64, score_limit = 7.0 : f64} : tensor<4xf32> loc("near")
  return %a : tensor<4xf32>
}

// -----

#stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}
func.func @seen(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"}) attributes {nn.stream = #stream} {
  // expected-error @+4 {{the mask of 'nn.attention#0' is not far enough below the scores: beside scores of this size it can be told from minus infinity}}
  // expected-note @+3 {{expected: scores up to 1}}
  // expected-note-re @+2 {{{{  actual: up to [0-9.]+ on the calibration data}}}}
  // expected-note @+1 {{use -inf, or a mask larger than twice the scores}}
  %a = nn.attention %x, %x, %x {heads = 2 : i64, scale = -0.5 : f64, score = #nn.score<softmax>, slots = 6 : i64, score_limit = 1.0 : f64} : tensor<4xf32>
  return %a : tensor<4xf32>
}
