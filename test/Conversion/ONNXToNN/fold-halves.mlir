// RUN: neuro-opt --onnx-fold %s | FileCheck %s

// Weights of 16 bits that are kept as bytes: subnormals, the largest ones,
// both signs.
// CHECK-DAG: dense<[5.96046448E-8, -6.09755516E-5, 6.10351563E-5, 6.550400e+04, 0xFF800000]> : tensor<5xf32>
// CHECK-DAG: dense<[1.0078125, -2.000000e+00]> : tensor<2xf32>
// CHECK-NOT: onnx.node
func.func @main() -> (!onnx.any, !onnx.any) {
  %h = onnx.constant dense_resource<halves> : tensor<5xf16>
  %b = onnx.constant dense_resource<brain> : tensor<2xbf16>
  %0 = onnx.node "Cast" opset 13 (%h) {to = 1 : i64} : (tensor<5xf16>) -> !onnx.any
  %1 = onnx.node "Cast" opset 13 (%b) {to = 1 : i64} : (tensor<2xbf16>) -> !onnx.any
  return %0, %1 : !onnx.any, !onnx.any
}

{-#
  dialect_resources: {
    builtin: {
      halves: "0x020000000100FF830004FF7B00FC",
      brain: "0x02000000813F00C0"
    }
  }
#-}
