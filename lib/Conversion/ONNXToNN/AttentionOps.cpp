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

/// What is masked out may weigh 2^-16 of a row in all, which is less than the
/// weights of softmax resolve: so far a masked score must lie below the others.
static double maskDepth(int64_t tokens) {
  return std::log(65536.0 * double(tokens));
}
/// Softmax does not notice a number that is added to all scores of a row, but
/// in f32 the scores lose digits to one larger than this.
static constexpr double kLargestShift = 1024;
/// Scores beyond this have no fraction in f32, so that no model has them.
static constexpr double kAnyScore = 1 << 24;

static const char *kNearest =
    "softmax(scale * q k^T + causal mask) v, all tokens in one pass";

static Value refused(NodeContext &c, const std::string &reason,
                     const std::string &nearest = kNearest) {
  c.unsupported(reason, nearest);
  return {};
}

static bool isFeatures(const Value &x) {
  return x.kind == Value::View && !x.isIds() && !x.is(StreamKind::Scores) &&
         !x.is(StreamKind::Weights) && !x.is(StreamKind::Statistic);
}

static Stream *copyOf(NodeContext &c, const Stream &s, StreamKind kind) {
  Stream *copy =
      c.graph.create(kind, s.operands, s.features, joined(s.nodes, {c.number}));
  copy->featureShape = s.featureShape;
  copy->heads = s.heads;
  copy->scale = s.scale;
  copy->relu = s.relu;
  copy->maskFactor = s.maskFactor;
  copy->maskOffset = s.maskOffset;
  copy->keep = s.keep;
  copy->scoreLimit = s.scoreLimit;
  return copy;
}

/// One number for each pair of tokens, from a tensor over the scores; false if
/// heads or sequences differ. `present` says which pairs occur.
static bool perPair(const Value &scores, const Tensor &values, int64_t pairs,
                    std::vector<float> &out, std::vector<bool> &present) {
  out.assign(pairs, 0.0f);
  present.assign(pairs, false);
  for (int64_t i = 0, size = scores.size(); i < size; ++i) {
    int64_t pair = scores.at(i) % pairs;
    float value = float(values.at(i));
    bool same =
        out[pair] == value || (std::isnan(out[pair]) && std::isnan(value));
    if (present[pair] && !same)
      return false;
    out[pair] = value;
    present[pair] = true;
  }
  return true;
}

Value neuro::onnxnn::scoresWithConstant(NodeContext &c, const Value &x,
                                        const Tensor &constant,
                                        bool multiplies) {
  int64_t pairs = c.graph.tokens * c.graph.tokens;
  std::vector<float> values;
  std::vector<bool> present;
  Tensor wide = apply(expandMap(constant.shape, x.viewShape), constant);
  if (!perPair(x, wide, pairs, values, present))
    return refused(c, "the scores of different heads or sequences are changed "
                      "by different constants, as ALiBi does");
  Stream *s = copyOf(c, *x.stream, x.stream->kind);
  if (x.is(StreamKind::Weights)) {
    // Only what keeps the form: masking and one positive factor for ReLU.
    double factor = 0;
    for (int64_t i = 0; i < pairs; ++i) {
      if (!present[i] || (!s->relu && !s->keep[i]))
        continue;
      if (values[i] == 0 && multiplies && s->relu) {
        s->keep[i] = false;
        continue;
      }
      factor = factor ? factor : values[i];
      if (!multiplies || values[i] != factor || factor < 0 ||
          (!s->relu && factor != 1))
        return refused(c, "attention weights are changed after the softmax or "
                          "ReLU");
    }
    if (factor)
      s->scale *= factor;
    return Value::view(s, x.viewShape, x.index);
  }
  if (s->maskFactor.empty()) {
    s->maskFactor.assign(pairs, 1.0f);
    s->maskOffset.assign(pairs, 0.0f);
  }
  for (int64_t i = 0; i < pairs; ++i) {
    if (!present[i])
      continue;
    if (!multiplies) {
      s->maskOffset[i] += values[i];
      continue;
    }
    s->maskFactor[i] *= values[i];
    s->maskOffset[i] *= values[i];
  }
  return Value::view(s, x.viewShape, x.index);
}

Value neuro::onnxnn::maskScores(NodeContext &c, const Value &scores,
                                const Tensor &condition, const Tensor &other,
                                bool scoresWhereTrue) {
  int64_t pairs = c.graph.tokens * c.graph.tokens;
  Tensor choice =
      apply(expandMap(condition.shape, scores.viewShape), condition);
  Tensor values = apply(expandMap(other.shape, scores.viewShape), other);
  std::vector<float> kept, put;
  std::vector<bool> present;
  if (!perPair(scores, choice, pairs, kept, present) ||
      !perPair(scores, values, pairs, put, present))
    return refused(c, "the mask differs between heads or sequences");
  Stream *s = copyOf(c, *scores.stream, scores.stream->kind);
  bool weights = scores.is(StreamKind::Weights);
  if (!weights && s->maskFactor.empty()) {
    s->maskFactor.assign(pairs, 1.0f);
    s->maskOffset.assign(pairs, 0.0f);
  }
  for (int64_t i = 0; i < pairs; ++i) {
    if (!present[i] || (kept[i] != 0) == scoresWhereTrue)
      continue;
    if (!weights) {
      s->maskFactor[i] = 0;
      s->maskOffset[i] = put[i];
      continue;
    }
    if (put[i] != 0 || (!s->relu && s->keep[i]))
      return refused(c, "attention weights are masked after the softmax, so "
                        "that they no longer add up to one");
    s->keep[i] = false;
  }
  return Value::view(s, scores.viewShape, scores.index);
}

static std::string numberText(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.9g", value);
  return buffer;
}

static std::string pairText(int64_t pair, int64_t tokens) {
  return "token " + std::to_string(pair / tokens) + " and token " +
         std::to_string(pair % tokens);
}

/// Why the numbers of a mask cannot be a mask; "" if they can.
static std::string checkMask(const Stream &scores, int64_t tokens) {
  for (size_t i = 0; i < scores.maskOffset.size(); ++i) {
    double offset = scores.maskOffset[i], factor = scores.maskFactor[i];
    std::string between = " between " + pairText(int64_t(i), tokens);
    if (std::isnan(offset) || std::isnan(factor))
      return "the mask is NaN (not a number)" + between +
             ", as minus infinity times zero is; softmax makes NaN of the "
             "whole row";
    if (offset == std::numeric_limits<double>::infinity() || std::isinf(factor))
      return "the mask is plus infinity" + between;
  }
  return "";
}

/// Finds out which scores are masked out: with softmax, those that lie so far
/// below the rest of their row that they weigh nothing. How large scores may
/// become until that is no longer so is noted in `s`. Returns what is wrong, if
/// anything.
static std::string applyMask(Stream &s, const Stream &scores, int64_t tokens) {
  const std::vector<float> &factors = scores.maskFactor,
                           &offsets = scores.maskOffset;
  double depth = maskDepth(tokens);
  std::vector<double> shift(tokens, 0.0);
  int64_t first = -1;
  for (int64_t t = 0; t < tokens; ++t) {
    auto row = offsets.begin() + t * tokens;
    if (!s.relu)
      shift[t] = *std::max_element(row, row + tokens);
    for (int64_t i = t * tokens; i < (t + 1) * tokens; ++i) {
      double below = double(offsets[i]) - shift[t];
      s.keep[i] = !(std::isinf(offsets[i]) || below <= -depth ||
                    (s.relu && factors[i] == 0 && offsets[i] <= 0));
      if (!s.keep[i])
        continue;
      first = first < 0 ? i : first;
      if (factors[i] != factors[first] || (!s.relu && below != 0) ||
          (s.relu && offsets[i] != 0))
        return below != 0
                   ? "the scores are changed differently from token to token "
                     "other than by masking out, as relative position biases "
                     "do: " +
                         numberText(offsets[i]) + " is added between " +
                         pairText(i, tokens) +
                         ", which can be told from minus infinity"
                   : "the scores are multiplied differently from token to "
                     "token";
    }
    if (std::fabs(shift[t]) > kLargestShift && !std::isinf(shift[t]))
      return numberText(shift[t]) + " is added to all scores of token " +
             std::to_string(t) + ", beside which they lose their digits";
  }
  if (first < 0 || factors[first] == 0)
    return "every score is masked out";
  double factor = factors[first];
  for (int64_t i = 0; i < tokens * tokens; ++i) {
    if (s.keep[i] || std::isinf(offsets[i]))
      continue;
    // Both the masked score and the largest of the row may be against it.
    double below = shift[i / tokens] - offsets[i],
           reach = std::fabs(double(factors[i]) / factor);
    s.scoreLimit = std::min(
        s.scoreLimit, s.relu ? (reach > 0 ? below / reach : s.scoreLimit)
                             : std::max(0.0, below - depth) / (1 + reach));
  }
  if (s.relu && factor < 0)
    return "ReLU of negated scores";
  s.scale *= factor;
  return "";
}

Value neuro::onnxnn::attentionWeights(NodeContext &c, const Value &scores,
                                      bool relu) {
  int64_t tokens = c.graph.tokens;
  Stream *s = copyOf(c, *scores.stream, StreamKind::Weights);
  // The node that makes the weights gives the layer its name.
  s->nodes = joined({c.number}, scores.stream->nodes);
  s->relu = relu;
  s->keep.assign(tokens * tokens, true);
  s->maskFactor.clear();
  s->maskOffset.clear();
  if (!scores.stream->maskFactor.empty()) {
    std::string reason = checkMask(*scores.stream, tokens);
    if (!reason.empty())
      return refused(c, reason, "0 or -inf in the mask");
    reason = applyMask(*s, *scores.stream, tokens);
    if (!reason.empty())
      return refused(c, reason);
  }
  return Value::view(s, scores.viewShape, scores.index);
}

//===----------------------------------------------------------------------===//
// q k^T
//===----------------------------------------------------------------------===//

static Map lastTwoSwapped(const Shape &shape) {
  std::vector<int64_t> perm;
  for (size_t i = 0; i < shape.size(); ++i)
    perm.push_back(int64_t(i));
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return transposeMap(shape, perm);
}

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
  std::string reason;
  if (width == 0 || count != tokens || !rowsOf(x, width, rows, reason)) {
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
  Index index;
  index.reserve(elements(shape));
  for (size_t m = 0; m < sequenceQ.size(); ++m)
    for (int64_t i = 0; i < pairs; ++i)
      index.push_back((sequenceQ[m] * count + headOf[m]) * pairs + i);
  return Value::view(s, shape, std::make_shared<Index>(std::move(index)));
}

//===----------------------------------------------------------------------===//
// weights times values
//===----------------------------------------------------------------------===//

/// The window of a causal mask (0: all tokens before); -1: another mask, with
/// the reason.
static int64_t causalWindow(const std::vector<bool> &keep, int64_t tokens,
                            std::string &reason) {
  int64_t window = 0;
  while (window < tokens && keep[tokens * tokens - 1 - window])
    ++window;
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t s = 0; s < tokens; ++s) {
      bool wanted = s <= t && s > t - window;
      if (keep[t * tokens + s] == wanted)
        continue;
      std::string pair =
          "token " + std::to_string(t) +
          (wanted ? " does not attend to token " : " attends to token ") +
          std::to_string(s);
      reason = s > t
                   ? "the attention is not causal: " + pair
                   : "the mask is neither causal nor a sliding window: " + pair;
      return -1;
    }
  return window == tokens ? 0 : window;
}

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
  Index index(sequence.size() * tokens * width);
  for (size_t m = 0; m < sequence.size(); ++m) {
    int64_t at = weights.at(int64_t(m) * pairs);
    int64_t head = at / pairs % w.heads;
    bool whole = at % pairs == 0 && at / pairs / w.heads == sequence[m];
    for (int64_t i = 0; i < pairs && whole; ++i)
      whole = weights.at(int64_t(m) * pairs + i) == at + i;
    if (!whole)
      return refused(c, "the attention weights are transposed, or meet values "
                        "of another sequence");
    if (!heads[head])
      heads[head] = &channels[m];
    else if (*heads[head] != channels[m])
      return refused(c, "one head's weights meet values of several heads");
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t d = 0; d < width; ++d)
        index[(int64_t(m) * tokens + t) * width + d] =
            (sequence[m] * tokens + t) * w.heads * width + head * width + d;
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
  std::string reason;
  int64_t window = causalWindow(w.keep, tokens, reason);
  if (window < 0)
    return refused(c, reason);
  Shape shape(wideA.begin(), wideA.end() - 2);
  shape.insert(shape.end(), {tokens, width});
  Value result =
      makeAttention(c, w.operands[0], w.operands[1],
                    c.graph.select(b.stream, v), shape, w.heads, w.scale,
                    window, w.relu, joined(w.nodes, {c.number}), w.scoreLimit);
  return Value::view(result.stream, shape,
                     std::make_shared<Index>(std::move(index)));
}

Value neuro::onnxnn::attentionProduct(NodeContext &c, const Value &a,
                                      const Value &b) {
  if (a.viewShape.size() < 2 || b.viewShape.size() < 2)
    return refused(c, "two computed vectors are multiplied");
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
    if (axis != rank - 1 || x.viewShape.back() != tokens)
      return c.unsupported("the softmax does not run over the keys", kNearest);
    for (int64_t i = 0; i < x.size(); ++i)
      if (x.at(i) % tokens != i % tokens)
        return c.unsupported("the softmax does not run over the keys",
                             kNearest);
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
  if (qkv.index)
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
