// RUN: neuro-translate --evaluate --split-input-file --verify-diagnostics %s

func.func @first_difference() {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %e = arith.constant dense<[[1.0, 2.0], [3.5, 4.25]]> : tensor<2x2xf32>
  // expected-error @+4 {{'check.expect_eq' does not hold: 2 of 4 elements differ, by 5.000000e-01 at most}}
  // expected-note @+3 {{first at [1, 0]}}
  // expected-note @+2 {{expected: 3.500000e+00}}
  // expected-note @+1 {{  actual: 3.000000e+00}}
  check.expect_eq %x, %e : tensor<2x2xf32>
  check.expect_close %x, %e {tolerance = 0.5 : f64} : tensor<2x2xf32>
  check.expect_close %x, %e {tolerance = 0.0 : f64, relative = 0.2 : f64} : tensor<2x2xf32>
  return
}

// -----

func.func @all_are_reported() {
  %x = arith.constant dense<[1, 2]> : tensor<2xi64>
  %e = arith.constant dense<[1, 3]> : tensor<2xi64>
  // expected-error @+4 {{'check.expect_eq' does not hold: 1 of 2 elements differ}}
  // expected-note @+3 {{first at [1]}}
  // expected-note @+2 {{expected: 3}}
  // expected-note @+1 {{  actual: 2}}
  check.expect_eq %x, %e : tensor<2xi64>
  // expected-error @+4 {{'check.expect_eq' does not hold}}
  // expected-note @+3 {{first at [1]}}
  // expected-note @+2 {{expected: 2}}
  // expected-note @+1 {{  actual: 3}}
  check.expect_eq %e, %x : tensor<2xi64>
  return
}

// -----

// expected-error @+1 {{function 'nothing' checks nothing: it has no check operation}}
func.func @nothing() {
  return
}

// -----

// expected-error @+2 {{a function with inputs cannot be evaluated without data}}
// expected-note @+1 {{give it constants instead of arguments, or use --nn-evaluate}}
func.func @inputs(%x: tensor<1x2x2xf32>) {
  check.expect_eq %x, %x : tensor<1x2x2xf32>
  return
}

// -----

func.func @unknown_op() {
  %x = arith.constant dense<1.0> : tensor<2xf32>
  // expected-error @+1 {{'arith.addf' is not an operation of the nn dialect}}
  %y = arith.addf %x, %x : tensor<2xf32>
  // expected-error @+1 {{'arith.mulf' is not an operation of the nn dialect}}
  %z = arith.mulf %x, %x : tensor<2xf32>
  check.expect_eq %x, %x : tensor<2xf32>
  return
}

// -----

func.func @not_finite() {
  %x = arith.constant dense<1.0> : tensor<2xf32>
  // expected-error @+1 {{'weight' holds nan at element 1; only finite numbers can be evaluated}}
  %y = nn.linear %x {weight = dense<[[1.0, 0x7FC00000]]> : tensor<1x2xf32>} : tensor<2xf32> -> tensor<1xf32>
  check.expect_eq %y, %y : tensor<1xf32>
  return
}

// -----

// An id beyond the table is an error, not a read outside of it.
func.func @id_out_of_range() {
  %ids = arith.constant dense<[1, 7]> : tensor<2xi64>
  // expected-error @+3 {{id 7 is out of range}}
  // expected-note @+2 {{expected: 0 to 1}}
  // expected-note @+1 {{  actual: 7 at element 1}}
  %y = nn.embedding %ids {table = dense<1.0> : tensor<2x3xf32>} : tensor<2xi64> -> tensor<2x3xf32>
  check.expect_eq %y, %y : tensor<2x3xf32>
  return
}

// -----

// expected-error @+1 {{function 'id_returned' returns token ids; it can return floating-point tensors only}}
func.func @id_returned() -> tensor<1xi64> {
  %ids = arith.constant dense<1> : tensor<1xi64>
  check.expect_eq %ids, %ids : tensor<1xi64>
  return %ids : tensor<1xi64>
}

// -----

// expected-error @+2 {{function 'too_large' is too large to be evaluated}}
// expected-note @+1 {{expected: at most 1073741824 elements in all values of one sequence}}
func.func @too_large() {
  %x = arith.constant dense<1.0> : tensor<2000x1000000xf32>
  check.expect_eq %x, %x : tensor<2000x1000000xf32>
  return
}

// -----

func.func @weight_too_large() {
  %w = arith.constant dense<1.0> : tensor<1x1x1xf32>
  %x = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @+1 {{'nn.conv2d' op has a tensor of too many elements, 'tensor<100x1x10000x10000xf32>'; at most 67108864 are possible in a constant with one value}}
  %y = nn.conv2d %w {weight = dense<1.0> : tensor<100x1x10000x10000xf32>, strides = array<i64: 1, 1>, pads = array<i64: 5000, 5000, 5000, 5000>} : tensor<1x1x1xf32> -> tensor<100x2x2xf32>
  check.expect_eq %x, %x : tensor<1xf32>
  return
}

// -----

func.func @key_scale() {
  %x = arith.constant dense<1.0> : tensor<1xf32>
  // expected-error @+1 {{'key_scale' must hold positive numbers only}}
  %y = nn.attention %x, %x, %x {heads = 1 : i64, scale = 1.0 : f64, score = #nn.score<softmax>,
                                key_scale = dense<0.0> : tensor<1xf32>} : tensor<1xf32>
  check.expect_eq %x, %x : tensor<1xf32>
  return
}
