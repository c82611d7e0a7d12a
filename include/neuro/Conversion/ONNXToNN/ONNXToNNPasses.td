//===- ONNXToNNPasses.td - from ONNX nodes to what they compute -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_ONNXTONN_PASSES
#define NEURO_CONVERSION_ONNXTONN_PASSES

include "mlir/Pass/PassBase.td"

def ONNXToNN : Pass<"onnx-to-nn", "::mlir::ModuleOp"> {
  let summary = "recover the layers of a decoder from ONNX nodes";
  let description = [{
    Infers shapes, folds constants (with them all shape arithmetic), and
    converts the nodes of `@main` to the tensor form of `nn`. Linear layers,
    convolutions, layer and RMS norm, GELU, SiLU, ReLU, embeddings, positions
    and causal attention are recovered however they are spelled out: reshapes,
    splits and transposes are followed element by element, masks entry by entry.

    All nodes that cannot be converted are reported together, as one error with
    a note for each operator and reason; `report` writes the same as JSON. The
    module is then left as it was. A function without onnx operations is left
    alone.

    `print-views` shows what is known in the middle. A value is a constant, or a
    view of a stream: its shape, the stream, and where element by element it
    lies in it, as `start + size:stride, ...` from the outermost axis to the
    innermost (`size:[...]` is a table), counted in channels of all tokens one
    after the other. The streams are those that become operations, and forms
    between, such as scores or the mean of a norm that is spelled out.

    ```
    values of @main, 1 sequence of 3 tokens
      #1 = input(); 4 channels
    input 'x': 1x3x4 of #1, as it is
    Reshape 'split': 1x3x2x2 of #1, as it is
    Transpose 'heads': 1x2x3x2 of #1, 2:2, 3:4, 2:1
    MatMul 'scores': 1x2x3x3 of #2, as it is
    ```

    ```mlir
    // Before:
    %0 = onnx.node "MatMul" opset 17 (%x, %w)
        : (tensor<1x6x8xf32>, tensor<8x4xf32>) -> !onnx.any
    %1 = onnx.node "Relu" opset 17 (%0) : (!onnx.any) -> tensor<1x6x4xf32>
    // After:
    %0 = nn.linear %x {weight = dense<0.5> : tensor<4x8xf32>}
        : tensor<1x6x8xf32> -> tensor<1x6x4xf32>
    %1 = nn.activation %0 {kind = #nn.activation<relu>} : tensor<1x6x4xf32>
    ```
  }];
  let options = [
    Option<"report", "report", "std::string", "\"\"",
           "file for the report of unsupported nodes, as JSON">,
    Option<"printViews", "print-views", "bool", "false",
           "print what is known of each value before it is converted, to the "
           "standard error output">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect", "::neuro::nn::NNDialect"];
}

def ONNXFold : Pass<"onnx-fold", "::mlir::ModuleOp"> {
  let summary = "compute the ONNX nodes whose inputs are constants";
  let description = [{
    Replaces each node whose results are known at compile time by constants, as
    `onnx-to-nn` does before it looks at the rest: in the arithmetic of the
    element type, and to the numbers that ONNX Runtime gives on a CPU. What
    stays is what depends on an input, and what ONNX leaves undefined or the
    compiler does not know; a remark says of each such node why.

    ```mlir
    // Before:
    %0 = onnx.node "ReduceSum" opset 13 (%c, %axes) {keepdims = 0 : i64}
        : (tensor<2xi8>, tensor<1xi64>) -> !onnx.any
    // After:
    %0 = onnx.constant dense<3> : tensor<i8>
    ```
  }];
}

def ONNXInferShapes : Pass<"onnx-infer-shapes", "::mlir::ModuleOp"> {
  let summary = "give the results of ONNX nodes their types";
  let description = [{
    The types that follow from those of the function's inputs, as `onnx-to-nn`
    works them out, become those of the results. A type that the file declares
    stays; where the node gives another shape, a warning says so. What cannot be
    converted, and what comes after it, keeps the type it has.

    ```mlir
    // Before:
    %0 = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>}
        : (tensor<1x6x8xf32>) -> !onnx.any
    // After:
    %0 = onnx.node "Transpose" opset 13 (%x) {perm = array<i64: 0, 2, 1>}
        : (tensor<1x6x8xf32>) -> tensor<1x8x6xf32>
    ```
  }];
}

def ONNXDCE : Pass<"onnx-dce", "::mlir::ModuleOp"> {
  let summary = "remove the ONNX nodes whose results nothing uses";
  let description = [{
    `onnx-to-nn` does not look at them, whatever they are. A node has no effect
    but its results.

    ```mlir
    // Before, with %1 as the function's result:
    %0 = onnx.node "Shape" opset 13 (%x) : (tensor<1x6x8xf32>) -> !onnx.any
    %1 = onnx.node "Relu" opset 13 (%x) : (tensor<1x6x8xf32>) -> !onnx.any
    // After:
    %1 = onnx.node "Relu" opset 13 (%x) : (tensor<1x6x8xf32>) -> !onnx.any
    ```
  }];
  let statistics = [Statistic<"numErased", "erased", "nodes and constants removed">];
}

#endif // NEURO_CONVERSION_ONNXTONN_PASSES
