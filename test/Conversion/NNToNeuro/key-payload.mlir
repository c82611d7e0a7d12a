// RUN: neuro-opt %s --nn-to-neuro | FileCheck %s

// Queries of 100 steps fit 8 bits, but a key is sent as 2 * (key + 64), up to
// 254: the payload has 16.
// CHECK: neuro.population "attention.key_query"
// CHECK: neuro.fire
// CHECK-NEXT: } : {{.*}} -> <4, 16>, <4>
func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 4>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<4xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 4>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %q = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %k = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %v = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, bias = dense<0.1> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %o = nn.attention %q, %k, %v {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, window = 0 : i64, slots = 3 : i64, query_quant = #nn.quant<scale = 0.001, limit = 100>, key_scale = dense<0.1> : tensor<4xf32>, value_scale = dense<0.1> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32>
  return %o : tensor<4xf32>
}
