// RUN: neuro-opt --split-input-file --verify-diagnostics %s

func.func @tolerance(%a: tensor<2xf32>) {
  // expected-error @+3 {{'check.expect_close' op 'tolerance' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number}}
  // expected-note @+1 {{  actual: -1.000000e+00}}
  check.expect_close %a, %a {tolerance = -1.0 : f64} : tensor<2xf32>
  return
}

// -----

func.func @relative(%a: tensor<2xf32>) {
  // expected-error @+3 {{'check.expect_close' op 'relative' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number}}
  // expected-note @+1 {{  actual: -5.000000e-01}}
  check.expect_close %a, %a {tolerance = 0.0 : f64, relative = -0.5 : f64} : tensor<2xf32>
  return
}

// -----

func.func @not_a_number(%a: tensor<2xf32>) {
  // expected-error @+3 {{'check.expect_close' op 'tolerance' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number}}
  // expected-note @+1 {{  actual: nan}}
  check.expect_close %a, %a {tolerance = 0x7FF8000000000000 : f64} : tensor<2xf32>
  return
}

// -----

func.func @endless(%a: tensor<2xf32>) {
  // expected-error @+3 {{'check.expect_close' op 'relative' is out of range}}
  // expected-note @+2 {{expected: 0 or a positive number}}
  // expected-note @+1 {{  actual: }}
  check.expect_close %a, %a {tolerance = 0.0 : f64, relative = 0x7FF0000000000000 : f64} : tensor<2xf32>
  return
}
