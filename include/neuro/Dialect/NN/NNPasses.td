//===- NNPasses.td - passes of the nn dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_PASSES
#define NEURO_DIALECT_NN_PASSES

include "mlir/Pass/PassBase.td"

def NNFoldAffine : Pass<"nn-fold-affine", "::mlir::func::FuncOp"> {
  let summary = "Fold nn.affine into the constants of its neighbours";
  let description = [{
    A scale and offset per channel becomes part of the weights and the bias of the
    linear layer before or after it, of a normalisation's gamma and beta, or
    of a table. Only where the result is the same real number for every input,
    padding included; other `nn.affine` stay.

    ```mlir
    func.func @main(%x: tensor<1x6x2xf32>) -> tensor<1x6x1xf32> {
      %a = nn.affine %x {multiplier = dense<2.0> : tensor<2xf32>} : tensor<1x6x2xf32>
      %y = nn.linear %a {weight = dense<0.5> : tensor<1x2xf32>} : tensor<1x6x2xf32> -> tensor<1x6x1xf32>
      return %y : tensor<1x6x1xf32>
    }
    // becomes: nn.linear %x {weight = dense<1.0>}
    ```
  }];
  let dependentDialects = ["::neuro::nn::NNDialect"];
}

def NNToStream : Pass<"nn-to-stream", "::mlir::func::FuncOp"> {
  let summary = "Turn the sequence axis into time";
  let description = [{
    Values lose their batch and sequence axes; what is left is what one token
    carries. The function says in `nn.stream` how many tokens a sequence may
    have, and its arguments and results keep their ONNX shape in `nn.shape`. An
    output that is read at the last token only says `nn.time_axis = -1`.
    Every op that mixes tokens, other than causal attention, is an error; all
    of them are listed.

    ```mlir
    func.func @main(%x: tensor<1x6x8xf32> {nn.name = "x"}) -> (tensor<1x6x8xf32> {nn.name = "y"}) {
      %y = nn.activation %x {kind = #nn.activation<relu>} : tensor<1x6x8xf32>
      return %y : tensor<1x6x8xf32>
    }
    // becomes: nn.activation %x {kind = #nn.activation<relu>} : tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::neuro::nn::NNDialect"];
}

def NNQuantise : Pass<"nn-quantise", "::mlir::func::FuncOp"> {
  let summary = "Choose int8 weights and the integer range of every value";
  let description = [{
    Runs the function on calibration sequences, notes how large each value
    becomes, and writes the attributes of the quantised form: int8 weights
    with one scale per output channel, a scale and limit for every result, and
    what attention and normalisation hold inside. Limits are chosen so that the sums
    of the next layer cannot leave the 24-bit dendrite. Then runs the
    sequences again with every value rounded, and reports the error per layer.

    ```mlir
    func.func @main(%x: tensor<2xf32> {nn.name = "x"}) -> (tensor<2xf32> {nn.name = "y"})
        attributes {nn.stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
      %y = nn.activation %x {kind = #nn.activation<relu>} : tensor<2xf32>
      return %y : tensor<2xf32>
    }
    // with calibration=random:1, %y carries quant = #nn.quant<scale = ..., limit = 32767>
    ```
  }];
  let options = [
    Option<"calibration", "calibration", "std::string", "\"\"",
           "An .npz file with one array per input, or random:SEED">,
    Option<"margin", "margin", "double", "1.05",
           "How far beyond the largest calibrated value the range of a value goes">,
    Option<"percentile", "percentile", "double", "100.0",
           "Percentile of the calibrated magnitudes taken as the largest; 100 is the maximum">,
    Option<"report", "report", "std::string", "\"\"",
           "Where to write the error per layer: FILE.json, or - for a table on stderr">,
    Option<"threads", "threads", "unsigned", "2", "Threads that run the sequences">
  ];
  let dependentDialects = ["::neuro::nn::NNDialect"];
}

#endif // NEURO_DIALECT_NN_PASSES
