// RUN: neuro-opt --canonicalize %s | FileCheck %s

// CHECK-LABEL: func.func @reshape_to_itself
// CHECK-NEXT: return %arg0
func.func @reshape_to_itself(%x: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  %y = nn.reshape %x : tensor<1x6x4xf32> -> tensor<1x6x4xf32>
  return %y : tensor<1x6x4xf32>
}

// CHECK-LABEL: func.func @reshape_there_and_back
// CHECK-NEXT: return %arg0
func.func @reshape_there_and_back(%x: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  %y = nn.reshape %x : tensor<1x6x4xf32> -> tensor<6x2x2xf32>
  %z = nn.reshape %y : tensor<6x2x2xf32> -> tensor<1x6x4xf32>
  return %z : tensor<1x6x4xf32>
}

// CHECK-LABEL: func.func @reshape_of_reshape
// CHECK-NEXT: %[[Y:.*]] = nn.reshape %arg0 : tensor<1x6x4xf32> -> tensor<6x1x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @reshape_of_reshape(%x: tensor<1x6x4xf32>) -> tensor<6x1x4xf32> {
  %y = nn.reshape %x : tensor<1x6x4xf32> -> tensor<6x2x2xf32>
  %z = nn.reshape %y : tensor<6x2x2xf32> -> tensor<6x1x4xf32>
  return %z : tensor<6x1x4xf32>
}

// CHECK-LABEL: func.func @unused
// CHECK-NEXT: return %arg0
func.func @unused(%x: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  %y = nn.add %x, %x : tensor<1x6x4xf32>
  return %x : tensor<1x6x4xf32>
}

// Softmax does not see what is added to all keys alike; relu does.
// CHECK-LABEL: func.func @offset_of_keys
// CHECK: nn.linear %arg0 {weight = dense<2.000000e+00> : tensor<4x4xf32>} : tensor<1x6x4xf32>
// CHECK: nn.linear %arg0 {bias = dense<7.000000e+00> : tensor<4xf32>, weight
// CHECK: nn.layer_norm %arg0 {epsilon = {{.*}}, gamma = dense<1.000000e+00> : tensor<4xf32>}
func.func @offset_of_keys(%x: tensor<1x6x4xf32>) -> (tensor<1x6x4xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>) {
  %k = nn.linear %x {weight = dense<2.0> : tensor<4x4xf32>, bias = dense<9.0> : tensor<4xf32>} : tensor<1x6x4xf32> -> tensor<1x6x4xf32>
  %r = nn.linear %x {weight = dense<2.0> : tensor<4x4xf32>, bias = dense<7.0> : tensor<4xf32>} : tensor<1x6x4xf32> -> tensor<1x6x4xf32>
  %n = nn.layer_norm %x {gamma = dense<1.0> : tensor<4xf32>, beta = dense<3.0> : tensor<4xf32>, epsilon = 1.0e-5 : f64} : tensor<1x6x4xf32>
  %a = nn.attention %x, %k, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>} : tensor<1x6x4xf32>
  %b = nn.attention %x, %r, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>} : tensor<1x6x4xf32>
  %c = nn.attention %x, %n, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>} : tensor<1x6x4xf32>
  return %a, %b, %c : tensor<1x6x4xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>
}
