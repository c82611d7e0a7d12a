// RUN: not neuro-opt --onnx-to-nn --split-input-file %s 2>&1 | FileCheck %s

// What a node says and the compiler does not read might change its numbers.
// CHECK:      error: the model cannot be compiled: 6 nodes are not supported
// CHECK-DAG:  note: {{.*}}Relu (ai.onnx, opset 13), 1 node 'relu': attribute 'max' = 6 is not known here, and may change what the node computes; nearest supported form: the operator without it
// CHECK-DAG:  note: {{.*}}Add (ai.onnx, opset 13), 1 node 'add': attribute 'axis' = 1 is not known here, and may change what the node computes; attribute 'broadcast' = 1 is not known here
// CHECK-DAG:  note: {{.*}}LayerNormalization (ai.onnx, opset 17), 1 node 'norm': attribute 'stash_type' = 10 is not known here
// CHECK-DAG:  note: {{.*}}Mul (ai.onnx, opset 13), 1 node 'mul': input 2 is not known here, and may change what the node computes
// CHECK-DAG:  note: {{.*}}Transpose (ai.onnx, opset 13), 1 node 'transpose': attribute 'perm' is not a list of integers
// CHECK-DAG:  note: {{.*}}Erf (ai.onnx, opset 13), 1 node 'erf': attribute 'mode' = "fast" is not known here
func.func @attributes(%x: tensor<1x2x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %v = onnx.constant dense<2.0> : tensor<2xf32>
  %0 = onnx.node "Relu" opset 13 (%x) {max = 6.0 : f32} : (tensor<1x2x2xf32>) -> !onnx.any loc("relu")
  %1 = onnx.node "Add" opset 13 (%x, %v) {axis = 1 : i64, broadcast = 1 : i64} : (tensor<1x2x2xf32>, tensor<2xf32>) -> !onnx.any loc("add")
  %2 = onnx.node "LayerNormalization" opset 17 (%x, %v) {stash_type = 10 : i64} : (tensor<1x2x2xf32>, tensor<2xf32>) -> !onnx.any loc("norm")
  %3 = onnx.node "Mul" opset 13 (%x, %v, %v) : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any loc("mul")
  %4 = onnx.node "Transpose" opset 13 (%x) {perm = 1 : i64} : (tensor<1x2x2xf32>) -> !onnx.any loc("transpose")
  %5 = onnx.node "Erf" opset 13 (%x) {mode = "fast"} : (tensor<1x2x2xf32>) -> !onnx.any loc("erf")
  return %0, %1, %2, %3, %4, %5 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// Attributes of other versions of the operator are not its own.
// CHECK:      error: the model cannot be compiled: 3 nodes are not supported
// CHECK-DAG:  ReduceMean (ai.onnx, opset 18), 1 node: attribute 'axes' = [-1] is not known here
// CHECK-DAG:  Squeeze (ai.onnx, opset 13), 1 node: attribute 'axes' = [0] is not known here
// CHECK-DAG:  Reshape (ai.onnx, opset 13), 1 node: attribute 'allowzero' = 1 is not known here
func.func @versions(%x: tensor<1x1x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any) {
  %s = onnx.constant dense<[1, 1, 2]> : tensor<3xi64>
  %0 = onnx.node "ReduceMean" opset 18 (%x) {axes = array<i64: -1>} : (tensor<1x1x2xf32>) -> !onnx.any
  %1 = onnx.node "Squeeze" opset 13 (%x) {axes = array<i64: 0>} : (tensor<1x1x2xf32>) -> !onnx.any
  %2 = onnx.node "Reshape" opset 13 (%x, %s) {allowzero = 1 : i64} : (tensor<1x1x2xf32>, tensor<3xi64>) -> !onnx.any
  return %0, %1, %2 : !onnx.any, !onnx.any, !onnx.any
}

// -----

// Training.
// CHECK:      error: the model cannot be compiled: 5 nodes are not supported
// CHECK-DAG:  BatchNormalization (ai.onnx, opset 11), 1 node 'five': output 1, a statistic, is asked for: it is in training mode, which normalises by the statistics of the batch; nearest supported form: export the model after model.eval()
// CHECK-DAG:  BatchNormalization (ai.onnx, opset 15), 1 node 'mode': attribute 'training_mode' is 1: it is in training mode
// CHECK-DAG:  Dropout (ai.onnx, opset 13), 1 node 'dropout': input 2, training_mode, is true: it drops values by chance; nearest supported form: export the model after model.eval()
// CHECK-DAG:  Dropout (ai.onnx, opset 6), 1 node 'old': attribute 'is_test' is 0: it is in training mode
// CHECK-DAG:  BatchNormalization (ai.onnx, opset 8), 1 node 'spatial': attribute 'spatial' = 0 is not known here
func.func @training(%x: tensor<1x2x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any) {
  %v = onnx.constant dense<2.0> : tensor<2xf32>
  %ratio = onnx.constant dense<0.5> : tensor<f32>
  %true = onnx.constant dense<true> : tensor<i1>
  %0:2 = onnx.node "BatchNormalization" opset 11 (%x, %v, %v, %v, %v) : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (!onnx.any, !onnx.any) loc("five")
  %1 = onnx.node "BatchNormalization" opset 15 (%x, %v, %v, %v, %v) {training_mode = 1 : i64} : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any loc("mode")
  %2 = onnx.node "Dropout" opset 13 (%x, %ratio, %true) : (tensor<1x2x2xf32>, tensor<f32>, tensor<i1>) -> !onnx.any loc("dropout")
  %3 = onnx.node "Dropout" opset 6 (%x) : (tensor<1x2x2xf32>) -> !onnx.any loc("old")
  %4 = onnx.node "BatchNormalization" opset 8 (%x, %v, %v, %v, %v) {spatial = 0 : i64} : (tensor<1x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> !onnx.any loc("spatial")
  return %0#0, %1, %2, %3, %4 : !onnx.any, !onnx.any, !onnx.any, !onnx.any, !onnx.any
}

// -----

// CHECK:      error: the model cannot be compiled: 3 nodes are not supported
// CHECK-DAG:  Attention (com.microsoft, opset 1), 1 node: attribute 'do_rotary' = 1: queries and keys are turned by their positions (rotary embedding)
// CHECK-DAG:  Attention (com.microsoft, opset 1), 1 node: attribute 'mask_filter_value' is above -10000
// CHECK-DAG:  Attention (com.microsoft, opset 1), 1 node: attribute 'window' = 2 is not known here
func.func @microsoft(%x: tensor<1x2x2xf32>) -> (!onnx.any, !onnx.any, !onnx.any) {
  %w = onnx.constant dense<1.0> : tensor<2x6xf32>
  %b = onnx.constant dense<1.0> : tensor<6xf32>
  %0 = onnx.node "Attention" domain "com.microsoft" opset 1 (%x, %w, %b) {num_heads = 1 : i64, unidirectional = 1 : i64, do_rotary = 1 : i64} : (tensor<1x2x2xf32>, tensor<2x6xf32>, tensor<6xf32>) -> !onnx.any
  %1 = onnx.node "Attention" domain "com.microsoft" opset 1 (%x, %w, %b) {num_heads = 1 : i64, unidirectional = 1 : i64, mask_filter_value = -5.0 : f32} : (tensor<1x2x2xf32>, tensor<2x6xf32>, tensor<6xf32>) -> !onnx.any
  %2 = onnx.node "Attention" domain "com.microsoft" opset 1 (%x, %w, %b) {num_heads = 1 : i64, unidirectional = 1 : i64, window = 2 : i64} : (tensor<1x2x2xf32>, tensor<2x6xf32>, tensor<6xf32>) -> !onnx.any
  return %0, %1, %2 : !onnx.any, !onnx.any, !onnx.any
}
