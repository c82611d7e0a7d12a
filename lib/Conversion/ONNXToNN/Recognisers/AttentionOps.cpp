//===- AttentionOps.cpp - causal self-attention ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A product of two streams is q k^T if its rows and columns are the tokens and
// its inner axis channels of one head. What is then multiplied, added or put in
// by a mask is followed entry by entry, until softmax or ReLU makes weights and
// these meet the values.
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

using namespace neuro::onnxnn;

/// Scores beyond this have no fraction in f32, so that no model has them.
static constexpr double kAnyScore = 1 << 24;

static const char *kNearest =
    "softmax(scale * q k^T + causal mask) v, all tokens in one pass";

static Value refused(NodeContext &c, const std::string &reason,
                     const std::string &nearest = kNearest) {
  c.unsupported(reason, nearest);
  return {};
}

static Stream *copyOf(NodeContext &c, const Stream &s, StreamKind kind) {
  Stream *copy =
      c.graph.create(kind, s.operands, s.features, joined(s.nodes, {c.number}));
  copy->featureShape = s.featureShape;
  copy->heads = s.heads;
  copy->scale = s.scale;
  copy->relu = s.relu;
  copy->mask = s.mask;
  copy->isAnything = s.isAnything;
  copy->keep = s.keep;
  copy->scoreLimit = s.scoreLimit;
  return copy;
}

Value neuro::onnxnn::scoresWithConstant(NodeContext &c, const Value &x,
                                        const Tensor &constant,
                                        bool multiplies) {
  MaskBook &masks = c.converter.masks;
  auto numbers = masks.numbers(x, constant, c.graph.tokens);
  if (!numbers)
    return refused(c, "the scores of different heads or sequences are changed "
                      "by different constants, as ALiBi does");
  Stream *s = copyOf(c, *x.stream, x.stream->kind);
  if (!x.is(StreamKind::Weights)) {
    s->mask = masks.changed(s->mask, numbers, multiplies);
    return Value::view(s, x.viewShape, x.index);
  }
  // Only what keeps the form: masking and one positive factor for ReLU.
  double factor = 0;
  auto keep = std::make_shared<Keep>(*s->keep);
  for (size_t i = 0; i < keep->size(); ++i) {
    if (!numbers->present[i] || (!s->relu && !(*keep)[i]))
      continue;
    float value = numbers->values[i];
    if (value == 0 && multiplies && s->relu) {
      (*keep)[i] = false;
      continue;
    }
    factor = factor ? factor : value;
    if (!multiplies || value != factor || factor < 0 ||
        (!s->relu && factor != 1))
      return refused(c, "attention weights are changed after the softmax or "
                        "ReLU");
  }
  s->keep = keep;
  if (factor)
    s->scale *= factor;
  return Value::view(s, x.viewShape, x.index);
}

Value neuro::onnxnn::maskScores(NodeContext &c, const Value &scores,
                                const Tensor &condition, const Tensor &other,
                                bool scoresWhereTrue) {
  MaskBook &masks = c.converter.masks;
  auto choice = masks.numbers(scores, condition, c.graph.tokens);
  auto put = masks.numbers(scores, other, c.graph.tokens);
  if (!choice || !put)
    return refused(c, "the mask differs between heads or sequences");
  Stream *s = copyOf(c, *scores.stream, scores.stream->kind);
  if (!scores.is(StreamKind::Weights)) {
    s->mask = masks.replaced(s->mask, choice, put, scoresWhereTrue);
    return Value::view(s, scores.viewShape, scores.index);
  }
  auto keep = std::make_shared<Keep>(*s->keep);
  for (size_t i = 0; i < keep->size(); ++i) {
    if (!choice->present[i] || (choice->values[i] != 0) == scoresWhereTrue)
      continue;
    if (put->values[i] != 0 || (!s->relu && (*keep)[i]))
      return refused(c, "attention weights are masked after the softmax, so "
                        "that they no longer add up to one");
    (*keep)[i] = false;
  }
  s->keep = keep;
  return Value::view(s, scores.viewShape, scores.index);
}

Value neuro::onnxnn::attentionWeights(NodeContext &c, const Value &scores,
                                      bool relu) {
  const AppliedMask &applied =
      c.converter.masks.applied(scores.stream->mask, c.graph.tokens, relu);
  if (!applied.reason.empty())
    return refused(c, applied.reason,
                   applied.nearest.empty() ? kNearest : applied.nearest);
  Stream *s = copyOf(c, *scores.stream, StreamKind::Weights);
  // The node that makes the weights gives the layer its name.
  s->nodes = joined({c.number}, scores.stream->nodes);
  s->relu = relu;
  s->keep = applied.keep;
  s->mask = nullptr;
  s->scale *= applied.factor;
  s->scoreLimit = std::min(s->scoreLimit, applied.scoreLimit);
  return Value::view(s, scores.viewShape, scores.index);
}

//===----------------------------------------------------------------------===//
// q k^T
//===----------------------------------------------------------------------===//

/// For each matrix of a stack whose rows are all tokens of one sequence in
/// order: the sequence, and the channels its rows hold.
/// What the rows of a query or key are instead of tokens.
static std::string rowsReason(const StreamGraph &graph, const char *what,
                              int64_t count) {
  if (count == graph.batch && graph.batch > 1)
    return std::string(what) + " has " + std::to_string(count) +
           " rows, as many as axis 0 of the inputs, which is taken as the "
           "batch; the sequence is axis 1, of " +
           std::to_string(graph.tokens) +
           ": tokens must attend to tokens, not to other sequences";
  return std::string(what) + " has " + std::to_string(count) + " rows for " +
         std::to_string(graph.tokens) +
         " tokens: all tokens must attend, and none from before the sequence "
         "(no key-value cache)";
}

static bool tokenMatrices(NodeContext &c, const Value &x, const char *what,
                          std::vector<int64_t> &sequence,
                          std::vector<Index> &channels) {
  int64_t width = x.viewShape.back();
  int64_t count = x.viewShape[x.viewShape.size() - 2];
  int64_t tokens = c.graph.tokens;
  Rows rows;
  if (width == 0 || count != tokens || !rowsOf(x, width, rows)) {
    refused(c, count != tokens
                   ? rowsReason(c.graph, what, count)
                   : std::string("two computed values are multiplied, but the "
                                 "rows of the ") +
                         what + " are not tokens");
    return false;
  }
  for (size_t row = 0; row < rows.tokenOf.size(); ++row) {
    int64_t first = int64_t(row) / tokens * tokens;
    if (rows.tokenOf[row] != rows.tokenOf[first] + int64_t(row) - first ||
        rows.tokenOf[first] % tokens ||
        rows.groupOf[row] != rows.groupOf[first]) {
      refused(c, std::string("the rows of the ") + what +
                     " are not the tokens in their order, or differ in the "
                     "channels they hold");
      return false;
    }
    if (int64_t(row) == first) {
      sequence.push_back(rows.tokenOf[first] / tokens);
      channels.push_back(rows.groups[rows.groupOf[row]]);
    }
  }
  return true;
}

/// Takes a common factor out of a stream.
static Stream *withoutFactor(Stream *s, double &factor) {
  while (s->kind == StreamKind::Affine && s->offset.empty() &&
         s->multiplier.size() <= 1) {
    factor *= s->multiplier.empty() ? 1.0 : double(s->multiplier[0]);
    s = s->operands[0];
  }
  return s;
}

// The shapes of both operands of a product of matrices, once their batch axes
// are broadcast; false, with the reason reported, where they do not multiply.
static bool broadcastMatrices(NodeContext &c, const Value &a, const Value &b,
                              Shape &wideA, Shape &wideB) {
  Shape batchA(a.viewShape.begin(), a.viewShape.end() - 2),
      batchB(b.viewShape.begin(), b.viewShape.end() - 2), batch;
  if (a.viewShape.back() != b.viewShape[b.viewShape.size() - 2] ||
      !broadcast(batchA, batchB, batch)) {
    c.invalid("shapes " + text(a.viewShape) + " and " + text(b.viewShape) +
              " do not multiply");
    return false;
  }
  wideA = wideB = batch;
  wideA.insert(wideA.end(), a.viewShape.end() - 2, a.viewShape.end());
  wideB.insert(wideB.end(), b.viewShape.end() - 2, b.viewShape.end());
  if (elements(wideA) > kMaxElements || elements(wideB) > kMaxElements) {
    c.unsupported("the operands have too many elements", "");
    return false;
  }
  return true;
}

static Value makeScores(NodeContext &c, const Value &a, const Value &b) {
  Shape wideA, wideB;
  if (!broadcastMatrices(c, a, b, wideA, wideB))
    return {};
  Value keys = expanded(b, wideB);
  keys = moved(keys, lastTwoSwapped(wideB));
  std::vector<int64_t> sequenceQ, sequenceK;
  std::vector<Index> channelsQ, channelsK;
  if (!tokenMatrices(c, expanded(a, wideA), "query", sequenceQ, channelsQ) ||
      !tokenMatrices(c, keys, "key", sequenceK, channelsK))
    return {};
  if (sequenceQ != sequenceK)
    return refused(c, "queries and keys are of different sequences");
  // Each sequence has the same heads, in the order they appear.
  int64_t tokens = c.graph.tokens;
  std::vector<int64_t> turn(c.graph.batch, 0), headOf;
  std::vector<size_t> heads;
  for (size_t m = 0; m < sequenceQ.size(); ++m) {
    int64_t h = turn[sequenceQ[m]]++;
    headOf.push_back(h);
    if (h == int64_t(heads.size()))
      heads.push_back(m);
    if (channelsQ[heads[h]] != channelsQ[m] ||
        channelsK[heads[h]] != channelsK[m])
      return refused(c, "the sequences of the batch differ in their heads");
  }
  int64_t count = int64_t(heads.size());
  for (int64_t t : turn)
    if (t != count)
      return refused(c, "not every sequence of the batch has all heads");
  Index q, k;
  for (size_t m : heads) {
    q.insert(q.end(), channelsQ[m].begin(), channelsQ[m].end());
    k.insert(k.end(), channelsK[m].begin(), channelsK[m].end());
  }
  Shape shape(wideA.begin(), wideA.end() - 2);
  shape.insert(shape.end(), {tokens, tokens});
  if (elements(shape) > kMaxElements)
    return refused(c, "the scores have too many elements", "fewer tokens");
  double scale = 1;
  Stream *query = withoutFactor(c.graph.select(a.stream, q), scale);
  Stream *key = withoutFactor(c.graph.select(b.stream, k), scale);
  int64_t pairs = tokens * tokens;
  Stream *s = c.graph.create(StreamKind::Scores, {query, key}, count * pairs,
                             {c.number});
  s->heads = count;
  s->scale = scale;
  Index matrices;
  for (size_t m = 0; m < sequenceQ.size(); ++m)
    matrices.push_back((sequenceQ[m] * count + headOf[m]) * pairs);
  return Value::view(s, shape,
                     IndexMap::nested(IndexMap::of(std::move(matrices)),
                                      IndexMap::identity(pairs)));
}

//===----------------------------------------------------------------------===//
// weights times values
//===----------------------------------------------------------------------===//

Value neuro::onnxnn::makeAttention(NodeContext &c, Stream *q, Stream *k,
                                   Stream *v, Shape shape, int64_t heads,
                                   double scale, int64_t window, bool relu,
                                   std::vector<int> nodes, double scoreLimit) {
  q = c.graph.asLinear(withoutFactor(q, scale));
  k = c.graph.asLinear(withoutFactor(k, scale));
  Stream *s = c.graph.create(StreamKind::Attention, {q, k, c.graph.asLinear(v)},
                             v->features, std::move(nodes));
  s->heads = heads;
  s->scale = scale;
  s->window = window;
  s->relu = relu;
  if (scoreLimit < kAnyScore)
    s->scoreLimit = scoreLimit;
  return Value::view(s, std::move(shape));
}

static Value weighValues(NodeContext &c, const Value &a, const Value &b) {
  const Stream &w = *a.stream;
  int64_t tokens = c.graph.tokens, pairs = tokens * tokens;
  Shape wideA, wideB;
  if (!broadcastMatrices(c, a, b, wideA, wideB))
    return {};
  Value weights = expanded(a, wideA);
  std::vector<int64_t> sequence;
  std::vector<Index> channels;
  if (!tokenMatrices(c, expanded(b, wideB), "value", sequence, channels))
    return {};
  int64_t width = b.viewShape.back();
  std::vector<const Index *> heads(w.heads, nullptr);
  IndexMap matrices, matrix;
  bool areWhole = weights.index.split(pairs, matrices, matrix) &&
                  matrix == IndexMap::identity(pairs);
  Index index;
  for (size_t m = 0; m < sequence.size(); ++m) {
    int64_t at = areWhole ? matrices.at(int64_t(m)) : 0;
    int64_t head = at / pairs % w.heads;
    if (!areWhole || at % pairs || at / pairs / w.heads != sequence[m])
      return refused(c, "the attention weights are transposed, or meet values "
                        "of another sequence");
    if (!heads[head])
      heads[head] = &channels[m];
    else if (*heads[head] != channels[m])
      return refused(c, "one head's weights meet values of several heads");
    index.push_back(sequence[m] * tokens * w.heads * width + head * width);
  }
  Index v;
  for (const Index *head : heads) {
    if (!head)
      return refused(c, "not every head has values");
    v.insert(v.end(), head->begin(), head->end());
  }
  if (int64_t(v.size()) != w.operands[0]->features)
    return refused(c, "values have " + std::to_string(width) +
                          " channels per head, queries and keys " +
                          std::to_string(w.operands[0]->features / w.heads));
  const CausalWindow &causal = c.converter.masks.window(w.keep, tokens);
  if (causal.window < 0)
    return refused(c, causal.reason);
  Shape shape(wideA.begin(), wideA.end() - 2);
  shape.insert(shape.end(), {tokens, width});
  Value result = makeAttention(c, w.operands[0], w.operands[1],
                               c.graph.select(b.stream, v), shape, w.heads,
                               w.scale, causal.window, w.relu,
                               joined(w.nodes, {c.number}), w.scoreLimit);
  IndexMap inHead = IndexMap::strided({tokens, width}, {w.heads * width, 1});
  return Value::view(result.stream, shape,
                     IndexMap::nested(IndexMap::of(std::move(index)), inHead));
}

/// Of scores or weights that are made up, after a report.
static Value anyProduct(NodeContext &c, const Value &a, const Value &b) {
  Shape wideA, wideB;
  if (!broadcastMatrices(c, a, b, wideA, wideB))
    return {};
  wideA.back() = wideB.back();
  // Most likely each token gets what the values are.
  if (wideA == wideB && isFeatures(b))
    return Value::view(
        c.graph.create(StreamKind::Opaque, {}, b.stream->features, {c.number}),
        wideB, expanded(b, wideB).index);
  int64_t size = elements(wideA), units = c.graph.batch * c.graph.tokens;
  int64_t features = size % units ? size : size / units;
  return Value::view(
      c.graph.create(StreamKind::Opaque, {}, features, {c.number}), wideA);
}

Value neuro::onnxnn::attentionProduct(NodeContext &c, const Value &a,
                                      const Value &b) {
  if (a.viewShape.size() < 2 || b.viewShape.size() < 2)
    return refused(c, "two computed vectors are multiplied");
  bool isMadeUp = a.is(StreamKind::Scores) || a.is(StreamKind::Weights);
  if (isMadeUp && a.stream->isAnything)
    return anyProduct(c, a, b);
  if (a.is(StreamKind::Weights) && isFeatures(b))
    return weighValues(c, a, b);
  if (b.is(StreamKind::Weights))
    return refused(c, "the attention weights stand on the right, transposed");
  if (a.is(StreamKind::Scores))
    return refused(c, "scores multiply values without softmax or ReLU, as "
                      "linear attention does");
  if (!isFeatures(a) || !isFeatures(b))
    return refused(c, "two computed values are multiplied that are not "
                      "queries and keys");
  return makeScores(c, a, b);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static void softmaxOp(NodeContext &c) {
  const Value &x = c.in(0);
  const char *host = "logits as the graph's output; the host computes "
                     "probabilities from them";
  if (x.is(StreamKind::Scores)) {
    int64_t rank = int64_t(x.viewShape.size());
    int64_t axis =
        normalAxis(c.attr("axis", int64_t(c.node.opset < 13 ? 1 : -1)), rank);
    int64_t tokens = c.graph.tokens;
    if (x.stream->isAnything)
      return c.set(attentionWeights(c, x, false));
    if (axis != rank - 1 || x.viewShape.back() != tokens)
      return c.unsupported("the softmax does not run over the keys", kNearest);
    if (placesOf(x.index, tokens) !=
        IndexMap::strided({x.size() / tokens, tokens}, {0, 1}))
      return c.unsupported("the softmax does not run over the keys", kNearest);
    return c.set(attentionWeights(c, x, false));
  }
  c.unsupported("a softmax over something other than attention scores", host);
}

static void microsoftAttention(NodeContext &c) {
  const Value &x = c.in(0);
  const Tensor *weight = c.constant(1), *bias = c.constant(2);
  for (size_t i = 3; i < c.inputCount(); ++i)
    if (c.has(i))
      return c.unsupported("it has a mask, past or bias input", kNearest);
  if (!isFeatures(x) || !weight || (c.has(2) && !bias))
    return c.unsupported("its weights are not constant", kNearest);
  if (!c.attr("unidirectional", int64_t(0)) && c.graph.tokens > 1)
    return c.unsupported("the attention is not causal: 'unidirectional' is 0",
                         kNearest);
  if (c.attr("do_rotary", int64_t(0)))
    return c.unsupported("attribute 'do_rotary' = 1: queries and keys are "
                         "turned by their positions (rotary embedding)",
                         kNearest);
  // Only what is masked out takes it, and that it is low enough is all it says.
  if (c.attr("mask_filter_value", -1e4) > -1e4)
    return c.unsupported("attribute 'mask_filter_value' is above -10000, so "
                         "that later tokens are not masked out",
                         kNearest);
  if (c.hasAttr("qkv_hidden_sizes"))
    return c.unsupported("queries, keys and values differ in size", kNearest);
  int64_t heads = c.attr("num_heads", int64_t(0));
  if (weight->shape.size() != 2 || weight->shape[1] % 3 || heads < 1 ||
      weight->shape[1] / 3 % heads || x.viewShape.size() != 3)
    return c.invalid("weight or number of heads do not fit");
  Value qkv = linearView(c, x, *weight);
  if (!c.reported() && bias)
    qkv = withConstant(c, qkv, *bias, false);
  if (c.reported())
    return;
  if (!qkv.index.isIdentity())
    return c.unsupported("its input is not [batch, tokens, features]",
                         kNearest);
  int64_t width = weight->shape[1] / 3;
  Stream *parts[3];
  for (int64_t p = 0; p < 3; ++p) {
    Index channels;
    for (int64_t i = 0; i < width; ++i)
      channels.push_back(p * width + i);
    parts[p] = c.graph.select(qkv.stream, channels);
  }
  double scale = c.attr("scale", 0.0);
  if (scale == 0)
    scale = 1 / std::sqrt(double(width / heads));
  Shape shape = x.viewShape;
  shape.back() = width;
  c.set(makeAttention(c, parts[0], parts[1], parts[2], shape, heads, scale, 0,
                      false, {c.number}));
}

/// [batch, tokens, heads * width] as [batch, heads, tokens, width].
static Value splitHeads(NodeContext &c, const Value &x, int64_t heads) {
  const Shape &shape = x.viewShape;
  if (shape.size() == 4)
    return x;
  if (shape.size() != 3 || heads < 1 || shape[2] % heads) {
    c.invalid("the number of heads does not fit " + text(shape));
    return {};
  }
  Shape split{shape[0], shape[1], heads, shape[2] / heads};
  return moved(moved(x, Map::reshape(split)),
               transposeMap(split, {0, 2, 1, 3}));
}

/// The operator of opset 23, spelled out.
static void attentionOp(NodeContext &c) {
  for (size_t i = 0; i < 3; ++i)
    if (!isFeatures(c.in(i)))
      return c.unsupported("queries, keys and values must be features",
                           kNearest);
  for (size_t i = 4; i < c.inputCount(); ++i)
    if (c.has(i) && c.in(i).size() != 0)
      return c.unsupported("it has past keys and values", kNearest);
  if (c.has(3) && !c.constant(3))
    return c.unsupported("its mask is not constant", kNearest);
  if (c.attr("softcap", 0.0) != 0)
    return c.unsupported("'softcap' is not supported", kNearest);
  int64_t heads = c.attr("q_num_heads", int64_t(0));
  int64_t kvHeads = c.attr("kv_num_heads", heads);
  Value q = splitHeads(c, c.in(0), heads), k = splitHeads(c, c.in(1), kvHeads),
        v = splitHeads(c, c.in(2), kvHeads);
  if (c.reported())
    return;
  heads = q.viewShape[1];
  for (Value *x : {&k, &v}) {
    Shape shape = x->viewShape;
    if (shape[1] == heads)
      continue;
    if (shape[1] < 1 || heads % shape[1])
      return c.invalid("the numbers of heads do not fit");
    // Each head of keys and values serves a group of queries.
    Shape one{shape[0], shape[1], 1, shape[2], shape[3]}, all = one;
    all[2] = heads / shape[1];
    shape[1] = heads;
    *x =
        moved(expanded(moved(*x, Map::reshape(one)), all), Map::reshape(shape));
  }
  double scale = c.attr("scale", 1 / std::sqrt(double(q.viewShape[3])));
  Value s = attentionProduct(c, q, moved(k, lastTwoSwapped(k.viewShape)));
  if (!c.reported())
    s = withConstant(c, s, Tensor::make({}, std::vector<float>{float(scale)}),
                     true);
  Tensor low = Tensor::make({}, std::vector<float>{-1e30f});
  if (const Tensor *mask = c.constant(3); mask && !c.reported()) {
    Shape shape;
    if (!broadcast(mask->shape, s.viewShape, shape) || shape != s.viewShape)
      return c.invalid("the mask does not fit the scores");
    s = mask->type == DType::Bool ? maskScores(c, s, *mask, low, true)
                                  : withConstant(c, s, *mask, false);
  }
  if (c.attr("is_causal", int64_t(0)) && !c.reported()) {
    int64_t tokens = c.graph.tokens;
    std::vector<int64_t> lower(tokens * tokens);
    for (int64_t i = 0; i < tokens * tokens; ++i)
      lower[i] = i % tokens <= i / tokens;
    s = maskScores(c, s, Tensor::make({tokens, tokens}, lower, DType::Bool),
                   low, true);
  }
  if (!c.reported())
    s = attentionWeights(c, s, false);
  if (!c.reported())
    s = attentionProduct(c, s, v);
  if (c.reported() || c.in(0).viewShape.size() == 4)
    return c.set(s);
  Value y = moved(s, transposeMap(s.viewShape, {0, 2, 1, 3}));
  c.set(moved(y, Map::reshape({y.viewShape[0], y.viewShape[1],
                               y.viewShape[2] * y.viewShape[3]})));
}

void neuro::onnxnn::addAttentionOps(OperatorTable &t) {
  t.onOp("Softmax", {1, 11, 13}, 1, softmaxOp,
         "over the keys of causal attention");
  t.onOp("Attention", {23}, 3, attentionOp, "causal, without past");
  t.onOp("Attention", {1}, 2, microsoftAttention,
         "unidirectional, without mask and past", "com.microsoft");
  t.never("LogSoftmax", "a softmax over something other than attention scores",
          "logits as the graph's output");
  t.never("Hardmax", "the largest of several values has no neuron program here",
          "logits as the graph's output");
  for (const char *op : {"MultiHeadAttention", "GroupQueryAttention",
                         "RotaryEmbedding", "EmbedLayerNormalization"})
    t.never(op, "this fused operator is not read",
            "export without fused operators", "com.microsoft");
}
