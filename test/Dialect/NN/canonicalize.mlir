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
