//===- Kernels.cpp - arithmetic of the evaluator --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace neuro::kernels;

namespace {
using Matrix =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Map = Eigen::Map<Matrix>;
using Stride = Eigen::OuterStride<>;
using ConstBlock = Eigen::Map<const Matrix, 0, Stride>;
using Block = Eigen::Map<Matrix, 0, Stride>;

/// One row of a convolution's matrix: what filter element (c, i, j) sees.
void gather(const float *image, const ConvShape &s, int64_t c, int64_t i,
            int64_t j, float *row) {
  const float *plane = image + c * s.height * s.width;
  for (int64_t oy = 0; oy < s.outHeight; ++oy, row += s.outWidth) {
    int64_t y = oy * s.strideY + i - s.padTop;
    if (y < 0 || y >= s.height) {
      std::fill_n(row, s.outWidth, 0.0f);
      continue;
    }
    const float *line = plane + y * s.width;
    int64_t x = j - s.padLeft;
    for (int64_t ox = 0; ox < s.outWidth; ++ox, x += s.strideX)
      row[ox] = x >= 0 && x < s.width ? line[x] : 0.0f;
  }
}
} // namespace

void neuro::kernels::linear(const float *x, const float *weight,
                            const float *bias, float *y, int64_t rows,
                            int64_t inputs, int64_t outputs) {
  Map result(y, rows, outputs);
  result.noalias() =
      ConstMap(x, rows, inputs) * ConstMap(weight, outputs, inputs).transpose();
  if (bias)
    result.rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias, outputs);
}

void neuro::kernels::conv2d(const float *x, const float *weight,
                            const float *bias, float *y, int64_t images,
                            const ConvShape &s, std::vector<float> &scratch) {
  int64_t depth = s.channels * s.filterHeight * s.filterWidth,
          pixels = s.outHeight * s.outWidth;
  scratch.resize(std::max<size_t>(scratch.size(), depth * pixels));
  for (int64_t n = 0; n < images; ++n) {
    const float *image = x + n * s.channels * s.height * s.width;
    float *row = scratch.data();
    for (int64_t c = 0; c < s.channels; ++c)
      for (int64_t i = 0; i < s.filterHeight; ++i)
        for (int64_t j = 0; j < s.filterWidth; ++j, row += pixels)
          gather(image, s, c, i, j, row);
    Map result(y + n * s.outputs * pixels, s.outputs, pixels);
    result.noalias() = ConstMap(weight, s.outputs, depth) *
                       ConstMap(scratch.data(), depth, pixels);
    if (bias)
      result.colwise() += Eigen::Map<const Eigen::VectorXf>(bias, s.outputs);
  }
}

void neuro::kernels::center(const float *x, float *y, int64_t rows,
                            int64_t size) {
  for (int64_t r = 0; r < rows; ++r, x += size, y += size) {
    double sum = 0;
    for (int64_t i = 0; i < size; ++i)
      sum += x[i];
    float mean = float(sum / double(size));
    for (int64_t i = 0; i < size; ++i)
      y[i] = x[i] - mean;
  }
}

void neuro::kernels::normalise(const float *x, const float *gamma,
                               const float *beta, double epsilon, float *y,
                               int64_t rows, int64_t size) {
  for (int64_t r = 0; r < rows; ++r, x += size, y += size) {
    double sum = 0;
    for (int64_t i = 0; i < size; ++i)
      sum += double(x[i]) * x[i];
    float factor = float(1.0 / std::sqrt(sum / double(size) + epsilon));
    // All zero and no epsilon: zero, not 0 * infinity.
    if (!std::isfinite(factor))
      factor = 0;
    for (int64_t i = 0; i < size; ++i)
      y[i] = x[i] * factor * gamma[i] + (beta ? beta[i] : 0.0f);
  }
}

void neuro::kernels::activation(Activation kind, const float *x, float *y,
                                int64_t count) {
  switch (kind) {
  case Activation::Relu:
    for (int64_t i = 0; i < count; ++i)
      y[i] = std::max(x[i], 0.0f);
    return;
  case Activation::Gelu:
    for (int64_t i = 0; i < count; ++i)
      y[i] = 0.5f * x[i] * (1.0f + std::erf(x[i] * float(M_SQRT1_2)));
    return;
  case Activation::GeluTanh:
    for (int64_t i = 0; i < count; ++i)
      y[i] = 0.5f * x[i] *
             (1.0f + std::tanh(0.7978845608f *
                               (x[i] + 0.044715f * x[i] * x[i] * x[i])));
    return;
  case Activation::Silu:
    for (int64_t i = 0; i < count; ++i)
      y[i] = x[i] / (1.0f + std::exp(-x[i]));
    return;
  }
}

void neuro::kernels::add(const float *a, const float *b, float *y,
                         int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    y[i] = a[i] + b[i];
}

void neuro::kernels::mul(const float *a, const float *b, float *y,
                         int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    y[i] = a[i] * b[i];
}

void neuro::kernels::affine(const float *x, const float *multiplier,
                            int64_t multipliers, const float *offset,
                            int64_t offsets, float *y, int64_t rows,
                            int64_t size) {
  for (int64_t r = 0; r < rows; ++r, x += size, y += size)
    for (int64_t i = 0; i < size; ++i)
      y[i] = x[i] * (multiplier ? multiplier[multipliers == 1 ? 0 : i] : 1.0f) +
             (offset ? offset[offsets == 1 ? 0 : i] : 0.0f);
}

double neuro::kernels::attention(const float *query, const float *key,
                                 const float *value, float *y,
                                 const AttentionShape &s,
                                 std::vector<float> &scratch) {
  int64_t channels = s.heads * s.headSize;
  double largestWeight = 0;
  scratch.resize(std::max<size_t>(scratch.size(), s.tokens * s.tokens));
  float *scores = scratch.data();
  for (int64_t n = 0; n < s.sequences; ++n)
    for (int64_t h = 0; h < s.heads; ++h) {
      int64_t at = n * s.tokens * channels + h * s.headSize;
      Stride stride(channels);
      ConstBlock q(query + at, s.tokens, s.headSize, stride),
          k(key + at, s.tokens, s.headSize, stride),
          v(value + at, s.tokens, s.headSize, stride);
      Map weights(scores, s.tokens, s.tokens);
      weights.noalias() = q * k.transpose();
      for (int64_t t = 0; t < s.tokens; ++t) {
        float *row = scores + t * s.tokens;
        int64_t first =
            s.window > 0 ? std::max<int64_t>(0, t + 1 - s.window) : 0;
        std::fill(row, row + first, 0.0f);
        std::fill(row + t + 1, row + s.tokens, 0.0f);
        float largest = -std::numeric_limits<float>::infinity();
        for (int64_t i = first; i <= t; ++i) {
          row[i] *= float(s.scale);
          largest = std::max(largest, row[i]);
        }
        if (s.softmax) {
          float sum = 0;
          for (int64_t i = first; i <= t; ++i)
            sum += row[i] = std::exp(row[i] - largest);
          for (int64_t i = first; i <= t; ++i)
            row[i] /= sum;
        } else {
          for (int64_t i = first; i <= t; ++i)
            row[i] = std::max(row[i], 0.0f);
          largestWeight = std::max<double>(largestWeight, largest);
        }
      }
      Block(y + at, s.tokens, s.headSize, stride).noalias() = weights * v;
    }
  return largestWeight;
}
