//===- Kernels.h - arithmetic of the evaluator ------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Row-major arrays of float, no MLIR. Only Kernels.cpp includes Eigen, so that
// it can be compiled for the machine at hand (NEURO_NATIVE).
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_EVALUATOR_KERNELS_H
#define NEURO_LIB_EVALUATOR_KERNELS_H

#include <cstdint>
#include <vector>

namespace neuro::kernels {

/// y[rows, outputs] = x[rows, inputs] * weight[outputs, inputs]^T + bias.
void linear(const float *x, const float *weight, const float *bias, float *y,
            int64_t rows, int64_t inputs, int64_t outputs);

struct ConvShape {
  int64_t channels, height, width;
  int64_t outputs, filterHeight, filterWidth;
  int64_t strideY, strideX, padTop, padLeft;
  int64_t outHeight, outWidth;
};
/// Images one after the other; `scratch` is reused between calls.
void conv2d(const float *x, const float *weight, const float *bias, float *y,
            int64_t images, const ConvShape &shape,
            std::vector<float> &scratch);

/// y = (x - mean) over the last axis.
void center(const float *x, float *y, int64_t rows, int64_t size);
/// y = x / sqrt(mean(x^2) + epsilon) * gamma + beta; `beta` may be null.
void normalise(const float *x, const float *gamma, const float *beta,
               double epsilon, float *y, int64_t rows, int64_t size);

enum class Activation { Relu, Gelu, GeluTanh, Silu };
void activation(Activation kind, const float *x, float *y, int64_t count);

void add(const float *a, const float *b, float *y, int64_t count);
void mul(const float *a, const float *b, float *y, int64_t count);
/// Each of `multiplier` and `offset` is null, one value, or one per column.
void affine(const float *x, const float *multiplier, int64_t multipliers,
            const float *offset, int64_t offsets, float *y, int64_t rows,
            int64_t size);

struct AttentionShape {
  int64_t sequences, tokens, heads, headSize;
  double scale;
  int64_t window; // 0: all tokens
  bool softmax;   // else relu
};
/// Returns the largest weight of relu attention.
double attention(const float *query, const float *key, const float *value,
                 float *y, const AttentionShape &shape,
                 std::vector<float> &scratch);

} // namespace neuro::kernels

#endif // NEURO_LIB_EVALUATOR_KERNELS_H
