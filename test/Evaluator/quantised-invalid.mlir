// RUN: neuro-translate --evaluate --mode=quantised --split-input-file --verify-diagnostics %s

// Every op that lacks its integers is named.
// expected-error @+2 {{the function is not in the quantised form}}
// expected-note @+1 {{run 'nn-quantise' first, or evaluate in floating point}}
func.func @incomplete() {
  %x = arith.constant dense<1.0> : tensor<2xf32>
  // expected-note @+1 {{'nn.linear' has no 'weight_q'}}
  %y = nn.linear %x {weight = dense<1.0> : tensor<2x2xf32>, quant = #nn.quant<scale = 1.0, limit = 1>} : tensor<2xf32> -> tensor<2xf32>
  // expected-note @+1 {{'nn.activation' has no 'quant'}}
  %z = nn.activation %y {kind = #nn.activation<relu>} : tensor<2xf32>
  check.expect_eq %z, %x : tensor<2xf32>
  return
}

// -----

// expected-error @+2 {{the function is not in the quantised form}}
// expected-note @+1 {{run 'nn-quantise' first, or evaluate in floating point}}
func.func @constant() {
  %x = arith.constant dense<0.5> : tensor<2xf32>
  // expected-note @+1 {{operand 0 of 'nn.add' is a constant without 'quant'}}
  %y = nn.add %x, %x {quant = #nn.quant<scale = 1.0, limit = 1>} : tensor<2xf32>
  check.expect_eq %y, %x : tensor<2xf32>
  return
}
