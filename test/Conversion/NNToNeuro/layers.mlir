// RUN: neuro-opt %s --nn-to-neuro --split-input-file | FileCheck %s

// A linear layer before a sum is a projection into the sum's dendrite; its
// bias is let in by the tick.
// CHECK-LABEL: neuro.network @residual
// CHECK-DAG: [[A:%.*]] = neuro.project %x weights(dense<7> : tensor<2x2xi8>)
// CHECK-DAG: [[B:%.*]] = neuro.project %x weights(#neuro.one_to_one<1>)
// CHECK-DAG: [[G:%.*]] = neuro.project %tick weights(#neuro.blocks<1, 1>)
// CHECK: neuro.population "add"([[A]], [[B]], [[G]]) attributes {holds = #neuro.holds<value = 1, emit = 0, channels = 0>}
// CHECK-NOT: neuro.population "linear"
func.func @residual(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %l = nn.linear %x {weight = dense<0.5> : tensor<2x2xf32>, bias = dense<0.25> : tensor<2xf32>, weight_q = dense<7> : tensor<2x2xi8>, weight_scale = dense<0.07> : tensor<2xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32> -> tensor<2xf32>
  %y = nn.add %l, %x {quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// Sums over the features travel through one neuron.
// CHECK-LABEL: neuro.network @norm
// CHECK: neuro.project %x weights(#neuro.blocks<1, 1>) {{.*}} -> <1>
// CHECK: neuro.population "layer_norm.sum"
// CHECK: neuro.population "layer_norm.center"
// CHECK: neuro.population "layer_norm.square"
// CHECK: neuro.population "layer_norm.inverse_root"
// CHECK-NOT: neuro.holds
// CHECK: neuro.population "layer_norm"({{.*}}) attributes {holds = #neuro.holds<value = 0, emit = 0, channels = 0>}
func.func @norm(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %y = nn.layer_norm %x {gamma = dense<1.0> : tensor<2xf32>, epsilon = 1.0e-5 : f64, center_quant = #nn.quant<scale = 0.0025, limit = 1000>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: neuro.network @convolution
// CHECK: neuro.project %x weights(#neuro.conv2d<kernel = dense<5> : tensor<1x1x2x2xi8>, input = [1, 2, 2], output = [1, 1, 1]
// CHECK: neuro.population "activation"({{.*}}) attributes {holds = #neuro.holds<value = 1, emit = 0, channels = 0>}
func.func @convolution(%x: tensor<1x2x2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 4>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<1x1x1xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 1>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %c = nn.conv2d %x {weight = dense<0.5> : tensor<1x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, weight_q = dense<5> : tensor<1x1x2x2xi8>, weight_scale = dense<0.1> : tensor<1xf32>, quant = #nn.quant<scale = 0.01, limit = 32767>} : tensor<1x2x2xf32> -> tensor<1x1x1xf32>
  %y = nn.activation %c {kind = #nn.activation<relu>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<1x1x1xf32>
  return %y : tensor<1x1x1xf32>
}

// -----

// Token ids are one-hot spikes; positions come from a ring that the tick moves.
// CHECK-LABEL: neuro.network @embedding attributes {max_tokens = 2 : i64}
// CHECK: %ids = neuro.input "ids" kind = <one_hot>
// CHECK-DAG: neuro.project %ids weights({{.*}} : tensor<2x3xi8>)
// CHECK-DAG: neuro.population "ring2"
// CHECK-DAG: neuro.project %ring2 weights({{.*}} : tensor<2x2xi8>)
func.func @embedding(%ids: tensor<i64> {nn.name = "ids", nn.shape = array<i64: 1, 2>, nn.time_axis = 1 : i64})
    -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 2, 2>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 2 : i64}} {
  %e = nn.embedding %ids {table = dense<0.5> : tensor<3x2xf32>, table_q = dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi8>, table_scale = dense<0.1> : tensor<2xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<i64> -> tensor<2xf32>
  %p = nn.position {table = dense<0.5> : tensor<2x2xf32>, table_q = dense<3> : tensor<2x2xi8>, table_scale = dense<0.1> : tensor<2xf32>, quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  %y = nn.add %e, %p {quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// A node may be called as the second population of another would be.
// CHECK-LABEL: neuro.network @names
// CHECK: neuro.population "a"
// CHECK: neuro.population "a.1"
// CHECK: neuro.population "a.1.1"
func.func @names(%x: tensor<2xf32> {nn.name = "x", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64, nn.quant = #nn.quant<scale = 0.01, limit = 127>})
    -> (tensor<2xf32> {nn.name = "y", nn.shape = array<i64: 1, 3, 2>, nn.time_axis = 1 : i64})
    attributes {nn.stream = {tokens = 3 : i64}} {
  %0 = nn.add %x, %x {quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32> loc("a")
  %1 = nn.add %0, %x {quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32> loc("a")
  %2 = nn.add %1, %x {quant = #nn.quant<scale = 0.01, limit = 400>} : tensor<2xf32> loc("a.1")
  return %2 : tensor<2xf32>
}
