//===- Stream.cpp - what a value carries for each token -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stream.h"
#include <algorithm>

using namespace neuro::onnxnn;

std::vector<int> neuro::onnxnn::joined(std::vector<int> a,
                                       const std::vector<int> &b) {
  // A long chain of nodes that becomes one operation is not listed whole at
  // each of its steps.
  constexpr size_t kMostNodes = 256;
  for (int node : b)
    if (a.size() < kMostNodes && std::find(a.begin(), a.end(), node) == a.end())
      a.push_back(node);
  return a;
}

bool neuro::onnxnn::isOperation(const Stream &stream) {
  return stream.kind <= StreamKind::Polynomial;
}

Stream *StreamGraph::create(StreamKind kind, std::vector<Stream *> operands,
                            int64_t features, std::vector<int> nodes) {
  Stream &stream = streams.emplace_back();
  stream.kind = kind;
  stream.operands = std::move(operands);
  stream.features = features;
  stream.featureShape = {features};
  stream.nodes = std::move(nodes);
  stream.number = int64_t(streams.size());
  return &stream;
}

static float entry(const std::vector<float> &values, size_t i, float none) {
  return values.empty() ? none : values.size() == 1 ? values[0] : values[i];
}

Stream *StreamGraph::linear(Stream *s, std::vector<float> weight, int64_t out,
                            std::vector<float> bias, std::vector<int> nodes) {
  int64_t in = s->features;
  Stream *result = create(StreamKind::Linear, {s}, out, std::move(nodes));
  result->weight = std::make_shared<std::vector<float>>(std::move(weight));
  result->weightShape = {out, in};
  result->bias = std::move(bias);
  return result;
}

Stream *StreamGraph::affine(Stream *s, std::vector<float> multiplier,
                            std::vector<float> offset, int node) {
  Stream *result = create(StreamKind::Affine, {s}, s->features, {node});
  result->featureShape = s->featureShape;
  result->multiplier = std::move(multiplier);
  result->offset = std::move(offset);
  return result;
}

Stream *StreamGraph::affineScalar(Stream *s, double multiplier, double offset,
                                  int node) {
  std::vector<double> c;
  Stream *base = polynomial(s, c);
  for (double &value : c)
    value *= multiplier;
  c[0] += offset;
  std::vector<int> nodes =
      joined(base == s ? std::vector<int>() : s->nodes, {node});
  Stream *result = fromPolynomial(base, std::move(c), nodes);
  // A factor that cancels the one an activation came with belongs to it.
  if (result->kind == StreamKind::Activation)
    result->nodes = joined(result->nodes, nodes);
  return result;
}

Stream *StreamGraph::polynomial(Stream *s,
                                std::vector<double> &coefficients) const {
  if (s->kind == StreamKind::Polynomial) {
    coefficients = s->coefficients;
    return s->operands[0];
  }
  if (s->kind == StreamKind::Affine && s->scalar) {
    coefficients = {entry(s->offset, 0, 0), entry(s->multiplier, 0, 1)};
    return s->operands[0];
  }
  coefficients = {0, 1};
  return s;
}

Stream *StreamGraph::fromPolynomial(Stream *s, std::vector<double> c,
                                    std::vector<int> nodes) {
  while (c.size() > 2 && c.back() == 0)
    c.pop_back();
  if (c.size() == 2) {
    if (c[0] == 0 && c[1] == 1)
      return s;
    Stream *result =
        create(StreamKind::Affine, {s}, s->features, std::move(nodes));
    result->featureShape = s->featureShape;
    if (c[1] != 1)
      result->multiplier = {float(c[1])};
    if (c[0] != 0)
      result->offset = {float(c[0])};
    result->scalar = true;
    return result;
  }
  Stream *result =
      create(StreamKind::Polynomial, {s}, s->features, std::move(nodes));
  result->featureShape = s->featureShape;
  result->coefficients = std::move(c);
  return result;
}

Stream *StreamGraph::activation(Stream *s, ActivationKind kind,
                                std::vector<int> nodes) {
  // ReLU of ReLU is ReLU.
  if (kind == ActivationKind::Relu && s->kind == StreamKind::Activation &&
      s->activation == kind) {
    s->nodes = joined(s->nodes, nodes);
    return s;
  }
  Stream *result =
      create(StreamKind::Activation, {s}, s->features, std::move(nodes));
  result->featureShape = s->featureShape;
  result->activation = kind;
  return result;
}

Stream *StreamGraph::position(std::vector<float> table, int64_t features,
                              std::vector<int> nodes) {
  Stream *result = create(StreamKind::Position, {}, features, std::move(nodes));
  result->weight = std::make_shared<std::vector<float>>(std::move(table));
  result->weightShape = {tokens, features};
  return result;
}

Stream *StreamGraph::center(Stream *s, std::vector<int> nodes) {
  Stream *&known = centers[s];
  if (!known) {
    known = create(StreamKind::Center, {s}, s->features, std::move(nodes));
    known->featureShape = s->featureShape;
  } else {
    known->nodes = joined(known->nodes, nodes);
  }
  return known;
}

Stream *StreamGraph::asLinear(Stream *s) {
  std::vector<Stream *> affines;
  Stream *base = s;
  while (base->kind == StreamKind::Affine) {
    affines.push_back(base);
    base = base->operands[0];
  }
  if (base->kind != StreamKind::Linear) {
    std::vector<float> identity(s->features * s->features, 0.0f);
    for (int64_t i = 0; i < s->features; ++i)
      identity[i * s->features + i] = 1.0f;
    return linear(s, std::move(identity), s->features, {}, s->nodes);
  }
  Stream *result =
      create(StreamKind::Linear, base->operands, base->features, base->nodes);
  result->weight = base->weight;
  result->weightShape = base->weightShape;
  std::vector<float> weight, bias = base->bias;
  int64_t in = base->weightShape[1];
  bool scales = std::any_of(affines.begin(), affines.end(),
                            [](Stream *a) { return !a->multiplier.empty(); });
  if (scales)
    weight = *base->weight;
  for (size_t i = affines.size(); i-- > 0;) {
    const Stream &a = *affines[i];
    if (!a.offset.empty())
      bias.resize(base->features, 0.0f);
    for (int64_t o = 0; o < base->features; ++o) {
      float m = entry(a.multiplier, o, 1);
      for (int64_t k = 0; k < in && m != 1; ++k)
        weight[o * in + k] *= m;
      if (!bias.empty())
        bias[o] = bias[o] * m + entry(a.offset, o, 0);
    }
    result->nodes = joined(result->nodes, a.nodes);
  }
  if (scales)
    result->weight = std::make_shared<std::vector<float>>(std::move(weight));
  result->bias = std::move(bias);
  return result;
}

static std::vector<float> pick(const std::vector<float> &values,
                               const Index &channels) {
  if (values.size() <= 1)
    return values;
  std::vector<float> result;
  for (int64_t channel : channels)
    result.push_back(values[channel]);
  return result;
}

Stream *StreamGraph::select(Stream *s, const Index &channels) {
  bool all = int64_t(channels.size()) == s->features;
  for (size_t i = 0; i < channels.size() && all; ++i)
    all = channels[i] == int64_t(i);
  if (all)
    return s;
  Stream *&known = selections[{s, channels}];
  if (known)
    return known;
  int64_t count = int64_t(channels.size());
  Stream *result = nullptr;
  switch (s->kind) {
  case StreamKind::Linear: {
    int64_t in = s->weightShape[1];
    std::vector<float> weight;
    weight.reserve(count * in);
    for (int64_t channel : channels)
      weight.insert(weight.end(), s->weight->begin() + channel * in,
                    s->weight->begin() + (channel + 1) * in);
    result = create(StreamKind::Linear, s->operands, count, s->nodes);
    result->weight = std::make_shared<std::vector<float>>(std::move(weight));
    result->weightShape = {count, in};
    if (!s->bias.empty())
      for (int64_t channel : channels)
        result->bias.push_back(s->bias[channel]);
    break;
  }
  case StreamKind::Embedding:
  case StreamKind::Position: {
    int64_t rows = s->weightShape[0], width = s->weightShape[1];
    std::vector<float> table;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t channel : channels)
        table.push_back((*s->weight)[row * width + channel]);
    result = create(s->kind, s->operands, count, s->nodes);
    result->weight = std::make_shared<std::vector<float>>(std::move(table));
    result->weightShape = {rows, count};
    break;
  }
  case StreamKind::Affine:
    result = create(StreamKind::Affine, {select(s->operands[0], channels)},
                    count, s->nodes);
    result->multiplier = s->multiplier.size() <= 1
                             ? s->multiplier
                             : pick(s->multiplier, channels);
    result->offset =
        s->offset.size() <= 1 ? s->offset : pick(s->offset, channels);
    result->scalar = s->scalar;
    break;
  case StreamKind::Activation:
    result =
        activation(select(s->operands[0], channels), s->activation, s->nodes);
    break;
  case StreamKind::Function:
  case StreamKind::Polynomial:
    result =
        create(s->kind, {select(s->operands[0], channels)}, count, s->nodes);
    result->coefficients = s->coefficients;
    result->function = s->function;
    break;
  case StreamKind::Opaque:
    result = create(StreamKind::Opaque, {}, count, s->nodes);
    break;
  default: {
    std::vector<float> weight(count * s->features, 0.0f);
    for (int64_t i = 0; i < count; ++i)
      weight[i * s->features + channels[i]] = 1.0f;
    result = linear(s, std::move(weight), count, {}, s->nodes);
    break;
  }
  }
  // The map may have grown meanwhile, but its references stay valid.
  return known = result;
}
