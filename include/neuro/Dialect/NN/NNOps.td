//===- NNOps.td - operations of the nn dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_OPS
#define NEURO_DIALECT_NN_OPS

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "neuro/Dialect/NN/NNAttributes.td"
include "neuro/Dialect/NN/NNDialect.td"
include "neuro/Dialect/StrictOps.td"

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure, KnownAttributesOnly, BoundedTensors], traits)>;

def NN_Float : RankedTensorOf<[F32]>;
def NN_Ids : RankedTensorOf<[I64, I32]>;

def NN_LinearOp : NN_Op<"linear"> {
  let summary = "matrix times the last axis, plus bias";
  let description = [{
    `y[..., o] = sum_i weight[o, i] * x[..., i] + bias[o]`. In the quantised
    form `weight_q` holds the int8 weights and `weight_scale` one scale per
    output channel: `weight[o, i] ~ weight_scale[o] * weight_q[o, i]`. In integers: the exact sum
    `sum_i weight_q[o, i] * x_q[i]`, which a reader that adds it up takes as it is; otherwise rescaled to `quant`, rounded
    half up and limited (docs/spec/quantised.md).

    ```mlir
    %y = nn.linear %x {weight = dense<0.5> : tensor<4x8xf32>,
                       bias = dense<0.0> : tensor<4xf32>}
        : tensor<1x6x8xf32> -> tensor<1x6x4xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, ElementsAttr:$weight,
      OptionalAttr<ElementsAttr>:$bias, OptionalAttr<ElementsAttr>:$weight_q,
      OptionalAttr<ElementsAttr>:$weight_scale, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def NN_Conv2dOp : NN_Op<"conv2d"> {
  let summary = "two-dimensional convolution of each token's image";
  let description = [{
    Input `[..., C, H, W]`, weight `[O, C, kh, kw]`, zero padding
    `pads = [top, left, bottom, right]`, no dilation, one group. In integers as `nn.linear`.

    ```mlir
    %y = nn.conv2d %x {weight = dense<0.1> : tensor<4x1x3x3xf32>,
                       strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>}
        : tensor<1x28x28xf32> -> tensor<4x14x14xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, ElementsAttr:$weight,
      OptionalAttr<ElementsAttr>:$bias, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, OptionalAttr<ElementsAttr>:$weight_q,
      OptionalAttr<ElementsAttr>:$weight_scale, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def NN_LayerNormOp : NN_Op<"layer_norm", [SameOperandsAndResultType]> {
  let summary = "layer normalisation over the last axis";
  let description = [{
    `y = (x - mean) / sqrt(var + epsilon) * gamma + beta`.

    In integers: the centre c, in `center_quant`, a power of two finer than the input; the exact sum of its squares plus epsilon; the
    inverse root of that sum with 17 bits and an exponent of its own for every token; the product, rescaled to `quant`.

    ```mlir
    %y = nn.layer_norm %x {gamma = dense<1.0> : tensor<8xf32>,
                           beta = dense<0.0> : tensor<8xf32>, epsilon = 1.0e-5 : f64}
        : tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, ElementsAttr:$gamma,
      OptionalAttr<ElementsAttr>:$beta, F64Attr:$epsilon,
      OptionalAttr<NN_QuantAttr>:$center_quant, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def NN_RMSNormOp : NN_Op<"rms_norm", [SameOperandsAndResultType]> {
  let summary = "root-mean-square normalisation over the last axis";
  let description = [{
    `y = x / sqrt(mean(x^2) + epsilon) * gamma`. In integers as `nn.layer_norm`, without the mean.

    ```mlir
    %y = nn.rms_norm %x {gamma = dense<1.0> : tensor<8xf32>, epsilon = 1.0e-5 : f64}
        : tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, ElementsAttr:$gamma, F64Attr:$epsilon,
      OptionalAttr<NN_QuantAttr>:$center_quant, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def NN_ActivationOp : NN_Op<"activation", [SameOperandsAndResultType]> {
  let summary = "elementwise activation function";
  let description = [{
    `relu`, `gelu` (exact, by the error function), `gelu_tanh`, or `silu`. In integers: relu rescales the sum that it reads, once;
    the others are `max(x, 0) - |x| h(|x|)` of a value held in 16 bits, with a polynomial h in steps of 2^-20.

    ```mlir
    %y = nn.activation %x {kind = #nn.activation<gelu>} : tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_ActivationKindAttr:$kind,
                   OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def NN_EmbeddingOp : NN_Op<"embedding"> {
  let summary = "row of a table, by token id";
  let description = [{
    `y[..., :] = table[ids[...], :]`. In integers: the row of `table_q`, as the sum of a linear layer.

    ```mlir
    %y = nn.embedding %ids {table = dense<0.5> : tensor<21x8xf32>}
        : tensor<1x6xi64> -> tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins NN_Ids:$ids, ElementsAttr:$table,
      OptionalAttr<ElementsAttr>:$table_q, OptionalAttr<ElementsAttr>:$table_scale,
      OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$ids attr-dict `:` type($ids) `->` type($result)";
  let hasVerifier = 1;
}

def NN_PositionOp : NN_Op<"position"> {
  let summary = "row of a table, by position in the sequence";
  let description = [{
    `y[b, t, :] = table[t, :]`. In the stream form the result is one row and
    the table says how many tokens a sequence may have.

    ```mlir
    %y = nn.position {table = dense<0.5> : tensor<6x8xf32>} : tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$table, OptionalAttr<ElementsAttr>:$table_q,
      OptionalAttr<ElementsAttr>:$table_scale, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_AttentionOp : NN_Op<"attention", [SameOperandsAndResultType]> {
  let summary = "causal multi-head attention";
  let description = [{
    Heads are consecutive slices of the last axis. Token t attends to itself
    and the tokens before it; with `window = W > 0`, to the last W of them, itself included.
    `score = softmax`: weights `softmax(scale * q k)`; `score = relu`: weights
    `max(0, scale * q k)`, not normalised. `slots` (stream form) is the number of key-value slots.
    `query_quant`, `key_scale`, `value_scale` and `weight_quant` belong to the quantised form: keys are held
    in `[-63, 63]` and values in `[-127, 127]` with one scale per channel; the query is held in units of
    `query_quant.scale / key_scale[i]`, so that scores have the scale `query_quant.scale`.
    `score_limit` is there where the mask of the original was a finite number such as -1000: only while no score
    (`scale * q k`) is larger than this does what the mask leaves out weigh nothing, and `nn-quantise` checks it.

    ```mlir
    %o = nn.attention %q, %k, %v {heads = 4 : i64, scale = 2.5e-1 : f64,
                                  score = #nn.score<softmax>, window = 0 : i64}
        : tensor<1x6x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$query, NN_Float:$key, NN_Float:$value,
      I64Attr:$heads, F64Attr:$scale, NN_ScoreKindAttr:$score,
      DefaultValuedAttr<I64Attr, "0">:$window, OptionalAttr<I64Attr>:$slots,
      OptionalAttr<NN_QuantAttr>:$query_quant, OptionalAttr<ElementsAttr>:$key_scale,
      OptionalAttr<ElementsAttr>:$value_scale, OptionalAttr<NN_QuantAttr>:$weight_quant,
      OptionalAttr<NN_QuantAttr>:$quant, OptionalAttr<F64Attr>:$score_limit);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$query `,` $key `,` $value attr-dict `:` type($query)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

class NN_BinaryOp<string mnemonic> : NN_Op<mnemonic, [Commutative, SameOperandsAndResultType]> {
  let arguments = (ins NN_Float:$lhs, NN_Float:$rhs, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
}

def NN_AddOp : NN_BinaryOp<"add"> {
  let summary = "elementwise sum of two streams";
  let description = [{
    The residual connection. In integers: both operands in sixteenths of a step of `quant`, added, rounded half up, limited.

    ```mlir
    %y = nn.add %a, %b : tensor<1x6x8xf32>
    ```
  }];
}

def NN_MulOp : NN_BinaryOp<"mul"> {
  let summary = "elementwise product of two streams";
  let description = [{
    The gate of a gated linear unit. In integers: the product of both, each in its own grid, rescaled to `quant` and limited.

    ```mlir
    %y = nn.mul %a, %b : tensor<1x6x8xf32>
    ```
  }];
}

def NN_AffineOp : NN_Op<"affine", [SameOperandsAndResultType]> {
  let summary = "scale and offset per channel";
  let description = [{
    `y = x * scale + offset`, each a vector over the last axis or one value. In integers it changes what the integers of its operand mean, and
    rescales them where it is not fused with its reader.

    ```mlir
    %y = nn.affine %x {multiplier = dense<2.0> : tensor<8xf32>} : tensor<1x6x8xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, OptionalAttr<ElementsAttr>:$multiplier,
      OptionalAttr<ElementsAttr>:$offset, OptionalAttr<NN_QuantAttr>:$quant);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def NN_ReshapeOp : NN_Op<"reshape"> {
  let summary = "other shape of a token's features";
  let description = [{
    Row-major, the batch and sequence axes staying in front, possibly merged.

    ```mlir
    %y = nn.reshape %x : tensor<1x6x784xf32> -> tensor<6x1x28x28xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_SelectLastOp : NN_Op<"select_last"> {
  let summary = "the last token of a sequence";
  let description = [{
    `y[b, ...] = x[b, T - 1, ...]`. Tensor form only: in the stream form the
    output is marked as read at the last token.

    ```mlir
    %y = nn.select_last %x : tensor<1x6x8xf32> -> tensor<1x8xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input);
  let results = (outs NN_Float:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif // NEURO_DIALECT_NN_OPS
