// RUN: neuro-opt --nn-to-stream %s | FileCheck %s
// RUN: neuro-opt --nn-to-stream --nn-to-stream %s | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: %arg0: tensor<784xf32> {nn.element_type = f32, nn.name = "images", nn.shape = array<i64: 1, 6, 784>, nn.time_axis = 1 : i64}
// CHECK-SAME: %arg1: tensor<i64> {nn.element_type = i64, nn.name = "labels", nn.shape = array<i64: 1, 6>, nn.time_axis = 1 : i64}
// CHECK-SAME: -> (tensor<2xf32> {nn.element_type = f32, nn.name = "logits", nn.shape = array<i64: 1, 2>, nn.time_axis = -1 : i64}
// CHECK-SAME: tensor<8xf32> {nn.element_type = f32, nn.name = "hidden", nn.shape = array<i64: 1, 6, 8>, nn.time_axis = 1 : i64})
// CHECK-SAME: attributes {nn.stream = {batch_axis = 0 : i64, time_axis = 1 : i64, tokens = 6 : i64}}
func.func @main(%images: tensor<1x6x784xf32> {nn.name = "images"}, %labels: tensor<1x6xi64> {nn.name = "labels"})
    -> (tensor<1x2xf32> {nn.name = "logits"}, tensor<1x6x8xf32> {nn.name = "hidden"}) {
  // Batch and sequence may be one axis.
  // CHECK: nn.reshape %arg0 : tensor<784xf32> -> tensor<1x28x28xf32>
  %image = nn.reshape %images : tensor<1x6x784xf32> -> tensor<6x1x28x28xf32>
  // CHECK: nn.conv2d {{.*}} : tensor<1x28x28xf32> -> tensor<2x2x2xf32>
  %c = nn.conv2d %image {weight = dense<0.1> : tensor<2x1x3x3xf32>, strides = array<i64: 14, 14>, pads = array<i64: 1, 1, 1, 1>}
      : tensor<6x1x28x28xf32> -> tensor<6x2x2x2xf32>
  // CHECK: nn.reshape %{{.*}} : tensor<2x2x2xf32> -> tensor<8xf32>
  %f = nn.reshape %c : tensor<6x2x2x2xf32> -> tensor<1x6x8xf32>
  // CHECK: nn.embedding {{.*}} : tensor<i64> -> tensor<8xf32>
  %e = nn.embedding %labels {table = dense<0.5> : tensor<21x8xf32>} : tensor<1x6xi64> -> tensor<1x6x8xf32>
  // CHECK: nn.position {table = dense<5.000000e-01> : tensor<6x8xf32>} : tensor<8xf32>
  %p = nn.position {table = dense<0.5> : tensor<6x8xf32>} : tensor<1x6x8xf32>
  %s = nn.add %e, %p : tensor<1x6x8xf32>
  %h = nn.add %s, %f : tensor<1x6x8xf32>
  // CHECK: nn.attention {{.*}} slots = 6 : i64{{.*}} : tensor<8xf32>
  %a = nn.attention %h, %h, %h {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>} : tensor<1x6x8xf32>
  // CHECK: nn.attention {{.*}} slots = 3 : i64, window = 3 : i64{{.*}} : tensor<8xf32>
  %b = nn.attention %a, %h, %h {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>, window = 3 : i64} : tensor<1x6x8xf32>
  // CHECK: nn.attention {{.*}} slots = 6 : i64, window = 9 : i64{{.*}} : tensor<8xf32>
  %w = nn.attention %b, %h, %h {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>, window = 9 : i64} : tensor<1x6x8xf32>
  // A reshape that only moved tokens is gone, and so is select_last.
  // CHECK-NEXT: %[[Y:.*]] = nn.linear %{{.*}} : tensor<8xf32> -> tensor<2xf32>
  // CHECK-NEXT: return %[[Y]]
  %m = nn.reshape %w : tensor<1x6x8xf32> -> tensor<6x8xf32>
  %n = nn.reshape %m : tensor<6x8xf32> -> tensor<1x6x8xf32>
  %last = nn.select_last %n : tensor<1x6x8xf32> -> tensor<1x8xf32>
  %y = nn.linear %last {weight = dense<0.5> : tensor<2x8xf32>} : tensor<1x8xf32> -> tensor<1x2xf32>
  return %y, %w : tensor<1x2xf32>, tensor<1x6x8xf32>
}

// Sequences of one token, where any axis of size one might be the token's.
// CHECK-LABEL: func.func @one_token
// CHECK: nn.conv2d {{.*}} : tensor<1x4x4xf32> -> tensor<2x3x3xf32>
// CHECK: nn.reshape %{{.*}} : tensor<2x3x3xf32> -> tensor<18xf32>
func.func @one_token(%x: tensor<1x1x16xf32>) -> tensor<1x1x18xf32> {
  %image = nn.reshape %x : tensor<1x1x16xf32> -> tensor<1x1x4x4xf32>
  %c = nn.conv2d %image {weight = dense<0.1> : tensor<2x1x2x2xf32>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : tensor<1x1x4x4xf32> -> tensor<1x2x3x3xf32>
  %y = nn.reshape %c : tensor<1x2x3x3xf32> -> tensor<1x1x18xf32>
  return %y : tensor<1x1x18xf32>
}
