// RUN: neuro-opt %s --nn-to-neuro | FileCheck %s
// RUN: sed 's/scale = -0.5/scale = 0.5/' %s | neuro-opt --nn-to-neuro | FileCheck %s

// Scores of up to 910 octaves leave 11 bits below an octave in 2^21, whatever
// the sign of their factor; the exponentials of 256 slots add up in 24 bits
// where 1.0 is 2^14.
// CHECK: neuro.population "attention.score"
// CHECK: neuro.const 2097152
// CHECK: neuro.const {{-?}}619632802
// CHECK: neuro.mulshr fl {{.*}} by 18
// CHECK: neuro.population "attention.exp"
// CHECK-SAME: payload_sum_limit = 4194304
// CHECK: neuro.const 2047
// CHECK: neuro.mulshr fl {{.*}} by 11
func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.shape = array<i64: 1, 256, 4>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<4xf32> {nn.name = "y", nn.shape = array<i64: 1, 256, 4>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 256 : i64}} {
  %q = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %o = nn.attention %q, %q, %q {heads = 2 : i64, scale = -0.5 : f64, score = #nn.score<softmax>, window = 0 : i64, slots = 256 : i64, query_quant = #nn.quant<scale = 0.1, limit = 100>, key_scale = dense<0.1> : tensor<4xf32>, value_scale = dense<0.1> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32>
  return %o : tensor<4xf32>
}
