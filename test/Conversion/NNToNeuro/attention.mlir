// RUN: neuro-opt %s --nn-to-neuro | FileCheck %s

// A reader finds both rules, what writes them and when.
// CHECK-LABEL: neuro.rule @remember_key {
// CHECK-NEXT: neuro.trace x1 {mode = #neuro.graded<overwrite>}
// CHECK-NEXT: neuro.factor y0
// CHECK-NEXT: neuro.update w "-w*y0 + 2*x1*y0"
// CHECK-LABEL: neuro.rule @remember_value {
// CHECK: neuro.update w "-2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2"
// CHECK-LABEL: neuro.network @main attributes {max_tokens = 3 : i64}
// CHECK: %attention_key_query, %attention_key_query_factors = neuro.population "attention.key_query"
// CHECK: neuro.plastic %attention_key_query, %attention_score_factors rule(@remember_key) {blocks = 2 : i64}
// CHECK: neuro.project %attention_key_query weights(#neuro.blocks<2, -64>)
// CHECK: neuro.population "ring3"{{.*}}#neuro.field<"armed", bits = 8, signed = false, saturate = true, init = [1, 0, 0]>
// CHECK: neuro.population "valid3"
// CHECK: neuro.population "attention.score"
// CHECK: neuro.export y0
// CHECK: neuro.population "attention.exp"
// CHECK: neuro.population "attention.normaliser"
// CHECK: neuro.population "attention.weight"{{.*}}payload_sum_limit
// CHECK: neuro.plastic %attention_weight, %attention_factors rule(@remember_value) {blocks = 2 : i64}
// CHECK: neuro.population "attention"
// CHECK-DAG: neuro.export y1
// CHECK-DAG: neuro.export y2
// CHECK-DAG: neuro.export y3
// CHECK: neuro.output "y" %attention {emit = 1 : i64
func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 4>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<4xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 4>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %q = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %k = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %v = nn.linear %x {weight = dense<0.5> : tensor<4x4xf32>, weight_q = dense<100> : tensor<4x4xi8>, weight_scale = dense<0.005> : tensor<4xf32>, bias = dense<0.1> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32> -> tensor<4xf32>
  %o = nn.attention %q, %k, %v {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, window = 0 : i64, slots = 3 : i64, query_quant = #nn.quant<scale = 0.001, limit = 1000>, key_scale = dense<0.1> : tensor<4xf32>, value_scale = dense<0.1> : tensor<4xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<4xf32>
  return %o : tensor<4xf32>
}
