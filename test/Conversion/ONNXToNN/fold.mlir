// RUN: neuro-opt --onnx-fold --split-input-file %s 2>%t | FileCheck %s
// RUN: FileCheck --check-prefix=REMARK %s < %t

// The arithmetic of the element type: it wraps, and rounds to its own steps.
// CHECK-LABEL: func.func @arithmetic
// CHECK-DAG: dense<[-2147483648, -2]> : tensor<2xi32>
// CHECK-DAG: dense<[44, 254]> : tensor<2xui8>
// CHECK-DAG: dense<0x7C00> : tensor<f16>
// CHECK-DAG: dense<[5.960460e-08, 0.000000e+00, 1.192090e-07]> : tensor<3xf16>
// CHECK-DAG: dense<[-1, 1]> : tensor<2xi64>
// CHECK-DAG: dense<[2, 1]> : tensor<2xi64>
// CHECK-DAG: dense<[-56, 127, 0]> : tensor<3xi8>
// CHECK-NOT: onnx.node
func.func @arithmetic() -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %i = onnx.constant dense<[2147483647, -1]> : tensor<2xi32>
  %j = onnx.constant dense<[1, -1]> : tensor<2xi32>
  %u = onnx.constant dense<[200, 255]> : tensor<2xui8>
  %w = onnx.constant dense<[100, 255]> : tensor<2xui8>
  %h = onnx.constant dense<6.0e4> : tensor<f16>
  %small = onnx.constant dense<[5.0e-8, 2.9e-8, 1.1e-7]> : tensor<3xf32>
  %k = onnx.constant dense<[-7, 7]> : tensor<2xi64>
  %three = onnx.constant dense<3> : tensor<i64>
  %f = onnx.constant dense<[200.9, 127.5, -0.7]> : tensor<3xf32>
  %0 = onnx.node "Add" opset 14 (%i, %j) : (tensor<2xi32>, tensor<2xi32>) -> !onnx.any
  %1 = onnx.node "Add" opset 14 (%u, %w) : (tensor<2xui8>, tensor<2xui8>) -> !onnx.any
  %2 = onnx.node "Add" opset 14 (%h, %h) : (tensor<f16>, tensor<f16>) -> !onnx.any
  %3 = onnx.node "Cast" opset 13 (%small) {to = 10 : i64} : (tensor<3xf32>) -> !onnx.any
  %4 = onnx.node "Mod" opset 13 (%k, %three) {fmod = 1 : i64} : (tensor<2xi64>, tensor<i64>) -> !onnx.any
  %5 = onnx.node "Mod" opset 13 (%k, %three) : (tensor<2xi64>, tensor<i64>) -> !onnx.any
  %6 = onnx.node "Cast" opset 13 (%f) {to = 3 : i64} : (tensor<3xf32>) -> !onnx.any
  return %0, %1, %2, %3, %4, %5, %6 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// Empty axes mean all of them, unless the node says that they mean none.
// CHECK-LABEL: func.func @axes
// CHECK-DAG: dense<3> : tensor<1x1xi32>
// CHECK-DAG: dense<{{\[\[}}1, 2]]> : tensor<1x2xi32>
// CHECK-DAG: dense<> : tensor<0xi32>
// CHECK-DAG: dense<[3, 2, 1]> : tensor<3xi32>
// CHECK-DAG: dense<1> : tensor<1xi32>
// CHECK-NOT: onnx.node
func.func @axes() -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %x = onnx.constant dense<[[1, 2]]> : tensor<1x2xi32>
  %none = onnx.constant dense<> : tensor<0xi64>
  %v = onnx.constant dense<[1, 2, 3]> : tensor<3xi32>
  %start = onnx.constant dense<9> : tensor<1xi64>
  %below = onnx.constant dense<-9> : tensor<1xi64>
  %axis = onnx.constant dense<0> : tensor<1xi64>
  %back = onnx.constant dense<-1> : tensor<1xi64>
  %on = onnx.constant dense<1> : tensor<1xi64>
  %0 = onnx.node "ReduceSum" opset 13 (%x, %none) : (tensor<1x2xi32>, tensor<0xi64>) -> !onnx.any
  %1 = onnx.node "ReduceSum" opset 13 (%x, %none) {noop_with_empty_axes = 1 : i64} : (tensor<1x2xi32>, tensor<0xi64>) -> !onnx.any
  %2 = onnx.node "Slice" opset 13 (%v, %start, %below, %axis, %on) : (tensor<3xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  %3 = onnx.node "Slice" opset 13 (%v, %start, %below, %axis, %back) : (tensor<3xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  %4 = onnx.node "Slice" opset 13 (%v, %below, %below, %axis, %back) : (tensor<3xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> !onnx.any
  return %0, %1, %2, %3, %4 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// What is not defined, or not known, stays and is named.
// CHECK-LABEL: func.func @refused
// CHECK-COUNT-9: onnx.node
// REMARK-DAG: remark: {{.*}}Div: the node is malformed: an integer is divided by zero
// REMARK-DAG: remark: {{.*}}Mod: the node is malformed: attribute 'fmod' must be 1 for FLOAT
// REMARK-DAG: remark: {{.*}}Exp: the node is malformed: the operator is not defined for INT64
// REMARK-DAG: remark: {{.*}}Add: the node is malformed: the element types differ: INT64 and FLOAT
// REMARK-DAG: remark: {{.*}}Cast: a cast to element type number 17
// REMARK-DAG: remark: {{.*}}ReduceSum: the result does not fit INT64
// REMARK-DAG: remark: {{.*}}BitShift: a shift by 9 of a type of 8 bits, which ONNX does not define
// REMARK-DAG: remark: {{.*}}Identity: attribute 'fast' = 1 is not known here
// REMARK-DAG: remark: {{.*}}Loop: control flow is not supported
func.func @refused() -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %i = onnx.constant dense<[9223372036854775807, 1]> : tensor<2xi64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %f = onnx.constant dense<1.0> : tensor<f32>
  %u = onnx.constant dense<9> : tensor<ui8>
  %0 = onnx.node "Div" opset 14 (%i, %zero) : (tensor<2xi64>, tensor<i64>) -> !onnx.any
  %1 = onnx.node "Mod" opset 13 (%f, %f) : (tensor<f32>, tensor<f32>) -> !onnx.any
  %2 = onnx.node "Exp" opset 13 (%i) : (tensor<2xi64>) -> !onnx.any
  %3 = onnx.node "Add" opset 14 (%i, %f) : (tensor<2xi64>, tensor<f32>) -> !onnx.any
  %4 = onnx.node "Cast" opset 19 (%f) {to = 17 : i64} : (tensor<f32>) -> !onnx.any
  %5 = onnx.node "ReduceSum" opset 13 (%i) : (tensor<2xi64>) -> !onnx.any
  %6 = onnx.node "BitShift" opset 11 (%u, %u) {direction = "LEFT"} : (tensor<ui8>, tensor<ui8>) -> !onnx.any
  %7 = onnx.node "Identity" opset 13 (%f) {fast = 1 : i64} : (tensor<f32>) -> !onnx.any
  %8 = onnx.node "Loop" opset 13 (%zero) : (tensor<i64>) -> !onnx.any
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// A few bytes that ask for much memory or time.
// CHECK-LABEL: func.func @bombs
// CHECK-COUNT-10: onnx.node
// REMARK-DAG: remark: {{.*}}Tile: the result has too many elements
// REMARK-DAG: remark: {{.*}}Expand: the result has too many elements
// REMARK-DAG: remark: {{.*}}Range: the node is malformed: the range has no end or too many elements
// REMARK-DAG: remark: {{.*}}ConstantOfShape: the tensor has too many elements: 1000000x1000000
// REMARK-DAG: remark: {{.*}}Pad: the result has too many elements
// REMARK-DAG: remark: {{.*}}OneHot: the result has too many elements: 2x1000000000
// REMARK-DAG: remark: {{.*}}MatMul: a product of constants is too large to fold
// REMARK-DAG: remark: {{.*}}Einsum: a product of constants is too large to fold
// REMARK-DAG: remark: {{.*}}Add: the result has too many elements: 10000x10000
// REMARK-DAG: remark: {{.*}}Unsqueeze: its result has 66 axes
func.func @bombs() -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %x = onnx.constant dense<1.0> : tensor<1x1xf32>
  %many = onnx.constant dense<1000000> : tensor<2xi64>
  %pads = onnx.constant dense<50000> : tensor<4xi64>
  %zero = onnx.constant dense<0> : tensor<i64>
  %one = onnx.constant dense<1> : tensor<i64>
  %far = onnx.constant dense<1000000000> : tensor<i64>
  %ids = onnx.constant dense<1> : tensor<2xi64>
  %v = onnx.constant dense<1.0> : tensor<2xf32>
  %a = onnx.constant dense<1.0> : tensor<4000x4000xf32>
  %row = onnx.constant dense<1.0> : tensor<1x10000xf32>
  %column = onnx.constant dense<1.0> : tensor<10000x1xf32>
  %axes = onnx.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63]> : tensor<64xi64>
  %0 = onnx.node "Tile" opset 13 (%x, %many) : (tensor<1x1xf32>, tensor<2xi64>) -> !onnx.any
  %1 = onnx.node "Expand" opset 13 (%x, %many) : (tensor<1x1xf32>, tensor<2xi64>) -> !onnx.any
  %2 = onnx.node "Range" opset 13 (%zero, %far, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> !onnx.any
  %3 = onnx.node "ConstantOfShape" opset 13 (%many) : (tensor<2xi64>) -> !onnx.any
  %4 = onnx.node "Pad" opset 13 (%x, %pads) : (tensor<1x1xf32>, tensor<4xi64>) -> !onnx.any
  %5 = onnx.node "OneHot" opset 13 (%ids, %far, %v) : (tensor<2xi64>, tensor<i64>, tensor<2xf32>) -> !onnx.any
  %6 = onnx.node "MatMul" opset 13 (%a, %a) : (tensor<4000x4000xf32>, tensor<4000x4000xf32>) -> !onnx.any
  %7 = onnx.node "Einsum" opset 13 (%a, %a) {equation = "ij,kl->"} : (tensor<4000x4000xf32>, tensor<4000x4000xf32>) -> !onnx.any
  %8 = onnx.node "Add" opset 13 (%row, %column) : (tensor<1x10000xf32>, tensor<10000x1xf32>) -> !onnx.any
  %9 = onnx.node "Unsqueeze" opset 13 (%x, %axes) : (tensor<1x1xf32>, tensor<64xi64>) -> !onnx.any
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}
