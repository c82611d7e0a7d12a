//===- Stream.h - what a value carries for each token -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The converter follows the graph forwards. Each value is a constant or a view
// of a stream: an index map onto the channels of the tokens. Reshapes, splits,
// head transposes and the like only change the index map, in whatever way a
// network spells them. Streams are nodes of a graph of nn operations, or of
// intermediate forms (a mean, a sigmoid, masked scores, ...) that become nn
// operations once the rest of the pattern has been seen.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_STREAM_H
#define NEURO_LIB_CONVERSION_ONNXTONN_STREAM_H

#include "Recognisers/Masks.h"
#include <deque>
#include <limits>
#include <map>
#include <tuple>

namespace neuro::onnxnn {

enum class StreamKind {
  // Operations of nn.
  Input,
  Ids,
  Linear,
  Conv,
  LayerNorm,
  RMSNorm,
  Activation,
  Embedding,
  Position,
  Attention,
  Add,
  Mul,
  Affine,
  // Intermediate forms.
  Polynomial, // coefficients over operand 0
  Function,   // erf, tanh or sigmoid of a polynomial over operand 0
  Center,     // operand 0 minus its mean
  Statistic,  // one number per token: k * (a * m + b)^p, m mean or mean square
  Scores,     // q k^T, with what has been multiplied and added
  Weights,    // softmax or relu of scores
  Opaque,     // result of an operator that has been reported
};

enum class Function { Erf, Tanh, Sigmoid };
enum class ActivationKind { Relu, Gelu, GeluTanh, Silu };

struct Stream {
  StreamKind kind = StreamKind::Opaque;
  std::vector<Stream *> operands;
  /// Channels of one token, and how an nn operation shapes them.
  int64_t features = 0;
  Shape featureShape;
  /// Nodes it comes from, the main one first.
  std::vector<int> nodes;
  /// Order of creation, which is a topological order.
  int64_t number = 0;

  // Linear [out, in], Conv [O, C, kh, kw], Embedding and Position tables.
  std::shared_ptr<const std::vector<float>> weight;
  Shape weightShape;
  std::vector<float> bias;        // Linear, Conv; empty: none
  Shape strides, pads, image;     // Conv; image is [C, H, W] of the operand
  double epsilon = 0;             // norms
  std::vector<float> gamma, beta; // norms, filled when emitted
  ActivationKind activation = ActivationKind::Relu;
  int64_t argument = 0; // Input, Ids: number of the graph input

  // Affine: y = x * multiplier + offset; one element stands for all channels,
  // empty for none. Scalar: both were scalars, so it may join a polynomial.
  std::vector<float> multiplier, offset;
  bool scalar = false;

  std::vector<double> coefficients; // Polynomial, Function
  Function function = Function::Erf;

  // Statistic.
  bool square = false;
  double inner = 1, constant = 0, power = 1, outer = 1;

  // Scores, Weights, Attention.
  int64_t heads = 0, window = 0;
  double scale = 1;
  bool relu = false;
  std::shared_ptr<const Mask> mask; // Scores; none: nothing has been done
  std::shared_ptr<const Keep> keep; // Weights
  /// Weights, Attention: what is masked out weighs nothing as long as no score
  /// is larger than this.
  double scoreLimit = std::numeric_limits<double>::infinity();
  /// Scores, Weights, Statistic: made up after a reported node. Whatever is
  /// asked of it holds.
  bool isAnything = false;
};

/// Owns the streams and builds them in simplified form.
class StreamGraph {
public:
  int64_t batch = 1, tokens = 1;

  Stream *create(StreamKind kind, std::vector<Stream *> operands,
                 int64_t features, std::vector<int> nodes);

  /// weight is [out, s->features].
  Stream *linear(Stream *s, std::vector<float> weight, int64_t out,
                 std::vector<float> bias, std::vector<int> nodes);
  Stream *affineScalar(Stream *s, double multiplier, double offset, int node);
  Stream *affine(Stream *s, std::vector<float> multiplier,
                 std::vector<float> offset, int node);
  Stream *activation(Stream *s, ActivationKind kind, std::vector<int> nodes);
  Stream *position(std::vector<float> table, int64_t features,
                   std::vector<int> nodes);
  /// Stream of the given channels of s, in that order.
  Stream *select(Stream *s, const Index &channels);
  /// The polynomial (over the returned stream) that s is; itself if it is none.
  Stream *polynomial(Stream *s, std::vector<double> &coefficients) const;
  Stream *fromPolynomial(Stream *s, std::vector<double> coefficients,
                         std::vector<int> nodes);
  Stream *center(Stream *s, std::vector<int> nodes);
  /// A linear layer of its own that computes s.
  Stream *asLinear(Stream *s);

private:
  std::deque<Stream> streams;
  std::map<std::pair<Stream *, Index>, Stream *> selections;
  std::map<Stream *, Stream *> centers;
};

/// a, then those of b that are not in a.
std::vector<int> joined(std::vector<int> a, const std::vector<int> &b);
bool isOperation(const Stream &stream);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_STREAM_H
