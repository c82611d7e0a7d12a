//===- FoldProduct.cpp - products of matrices and quantisation, constant --===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace neuro::onnxnn;

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

namespace {
/// A sum of products over labelled axes, as an equation of Einsum says it.
struct Contraction {
  std::vector<Tensor> operands;
  /// For each operand and for the result, the label of each axis.
  std::vector<std::vector<int>> labels;
  std::vector<int> result;
  /// The size of each label; those of the result come first in `order`.
  std::vector<int64_t> sizes;
  std::vector<int> order;
};
} // namespace

template <typename T> static std::vector<T> valuesOf(const Tensor &x) {
  std::vector<T> values(x.size());
  for (int64_t i = 0; i < x.size(); ++i)
    if constexpr (std::is_same_v<T, double>)
      values[i] = x.at(i);
    else
      values[i] = T((*x.ints)[i]);
  return values;
}

template <typename T>
static std::vector<T> contract(const Contraction &k, int64_t outputs,
                               int64_t inner) {
  size_t count = k.operands.size(), axes = k.order.size();
  // By how much each operand's position moves with each label.
  std::vector<std::vector<int64_t>> strides(count);
  std::vector<std::vector<T>> values;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(valuesOf<T>(k.operands[i]));
    strides[i].assign(k.sizes.size(), 0);
    const Shape &shape = k.operands[i].shape;
    for (int64_t axis = int64_t(shape.size()), stride = 1; axis-- > 0;
         stride *= shape[axis])
      if (shape[axis] != 1)
        strides[i][k.labels[i][axis]] += stride;
  }
  std::vector<T> out(outputs, T(0));
  std::vector<int64_t> at(count, 0), turn(axes, 0);
  for (int64_t step = 0; step < outputs * inner; ++step) {
    T value = values[0][at[0]];
    for (size_t i = 1; i < count; ++i)
      value *= values[i][at[i]];
    out[step / inner] += value;
    for (size_t axis = axes; axis-- > 0;) {
      int label = k.order[axis];
      bool carry = ++turn[axis] == k.sizes[label];
      for (size_t i = 0; i < count; ++i)
        at[i] += strides[i][label] * (carry ? 1 - k.sizes[label] : 1);
      if (!carry)
        break;
      turn[axis] = 0;
    }
  }
  return out;
}

/// Computes it; nothing after a report.
static std::optional<Tensor> evaluate(NodeContext &c, Contraction &k) {
  DType type = k.operands[0].type;
  if (type == DType::Bool) {
    wrongType(c, type);
    return std::nullopt;
  }
  Shape shape;
  for (int label : k.result)
    shape.push_back(k.sizes[label]);
  k.order = k.result;
  double inner = 1;
  for (int label = 0; label < int(k.sizes.size()); ++label)
    if (std::find(k.result.begin(), k.result.end(), label) == k.result.end()) {
      k.order.push_back(label);
      inner *= double(k.sizes[label]);
    }
  int64_t outputs = elements(shape);
  double steps = double(outputs) * inner;
  if (outputs > kMaxElements || steps > 1e10) {
    c.unsupported("a product of constants is too large to fold",
                  "its result as a constant");
    return std::nullopt;
  }
  if (!c.work(steps * 2 * double(k.operands.size())))
    return std::nullopt;
  if (isFloating(type))
    return Tensor::make(
        shape, contract<double>(k, outputs, std::max<int64_t>(1, inner)), type);
  std::vector<uint64_t> sums =
      contract<uint64_t>(k, outputs, std::max<int64_t>(1, inner));
  return Tensor::make(shape, std::vector<int64_t>(sums.begin(), sums.end()),
                      type);
}

/// Whether a label that is summed over has no element, so that all is zero.
static bool isEmptySum(const Contraction &k) {
  for (const Tensor &operand : k.operands)
    if (operand.size() == 0)
      return true;
  return false;
}

static std::optional<Tensor> productOf(NodeContext &c, Contraction &k) {
  if (!isEmptySum(k))
    return evaluate(c, k);
  Shape shape;
  for (int label : k.result)
    shape.push_back(k.sizes[label]);
  if (elements(shape) > kMaxElements) {
    c.unsupported("the result has too many elements: " + text(shape));
    return std::nullopt;
  }
  return broadcastTo(scalarOf(k.operands[0].type, 0), shape);
}

/// Gives the axis of an operand a label, whose size is that of the axis; false
/// if it has another one already.
static bool label(Contraction &k, int label, int64_t size) {
  if (label >= int(k.sizes.size()))
    k.sizes.resize(label + 1, -1);
  int64_t &known = k.sizes[label];
  if (known >= 0 && known != size && known != 1 && size != 1)
    return false;
  known = known < 0 || known == 1 ? size : known;
  return true;
}

/// a times b, whose last two axes are matrices.
static std::optional<Tensor> matrixProduct(NodeContext &c, Tensor a, Tensor b) {
  if (a.shape.empty() || b.shape.empty()) {
    c.invalid("an operand is a scalar");
    return std::nullopt;
  }
  if (!sameType(c, a, b))
    return std::nullopt;
  Shape shapeA = a.shape, shapeB = b.shape;
  if (shapeA.size() == 1)
    a.shape.insert(a.shape.begin(), 1);
  if (shapeB.size() == 1)
    b.shape.push_back(1);
  Contraction k;
  size_t batch = std::max(a.shape.size(), b.shape.size()) - 2;
  int row = int(batch), inner = row + 1, column = row + 2;
  k.labels = {{row, inner}, {inner, column}};
  k.operands = {a, b};
  bool good = a.shape.back() == b.shape[b.shape.size() - 2];
  for (int side = 0; side < 2; ++side) {
    const Shape &shape = k.operands[side].shape;
    for (size_t i = 0; i + 2 < shape.size(); ++i)
      k.labels[side].insert(k.labels[side].begin() + i,
                            int(batch + 2 + i - shape.size()));
    for (size_t i = 0; i < shape.size() && good; ++i)
      good = label(k, k.labels[side][i], shape[i]);
  }
  if (!good) {
    c.invalid("shapes " + text(shapeA) + " and " + text(shapeB) +
              " do not multiply");
    return std::nullopt;
  }
  for (int i = 0; i < int(batch); ++i)
    k.result.push_back(i);
  if (shapeA.size() > 1)
    k.result.push_back(row);
  if (shapeB.size() > 1)
    k.result.push_back(column);
  return productOf(c, k);
}

static void matMulFold(NodeContext &c) {
  if (auto result = matrixProduct(c, c.tensor(0), c.tensor(1)))
    c.set(*result);
}

static void gemmFold(NodeContext &c) {
  double alpha = c.attr("alpha", 1.0), beta = c.attr("beta", 1.0);
  bool transA = c.attr("transA", int64_t(0)),
       transB = c.attr("transB", int64_t(0));
  Tensor a = c.tensor(0), b = c.tensor(1);
  if (a.shape.size() != 2 || b.shape.size() != 2)
    return c.invalid("the operands are not matrices");
  if (!a.isFloat())
    return c.unsupported("a Gemm of integer matrices", "MatMul and Add");
  if (transA)
    a = apply(transposeMap(a.shape, {1, 0}), a);
  if (transB)
    b = apply(transposeMap(b.shape, {1, 0}), b);
  auto result = matrixProduct(c, a, b);
  if (!result)
    return;
  Tensor sum = mapFloats(
      *result, [&](auto v) { return decltype(v)(double(v) * alpha); });
  if (c.has(2) && beta != 0) {
    Tensor addend = c.tensor(2);
    Shape shape;
    if (!sameType(c, sum, addend) ||
        !commonShape(c, sum.shape, addend.shape, shape))
      return;
    if (shape != sum.shape)
      return c.invalid("the addend " + text(addend.shape) +
                       " is larger than the product " + text(sum.shape));
    sum = mapPairs(sum, broadcastTo(addend, shape), [&](auto u, auto v) {
      return decltype(u)(double(u) + double(v) * beta);
    });
  }
  c.set(sum);
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

/// One term of an equation, "..." as '.'; false if it is none.
static bool readTerm(const std::string &source, std::string &term) {
  term.clear();
  for (size_t i = 0; i < source.size(); ++i) {
    char letter = source[i];
    if (letter == ' ')
      continue;
    if (letter == '.') {
      if (source.compare(i, 3, "...") != 0 ||
          term.find('.') != std::string::npos)
        return false;
      i += 2;
    } else if (!((letter >= 'a' && letter <= 'z') ||
                 (letter >= 'A' && letter <= 'Z'))) {
      return false;
    }
    term += letter;
  }
  return true;
}

static bool readEquation(const std::string &equation,
                         std::vector<std::string> &terms, std::string &result,
                         bool &explicitResult) {
  size_t arrow = equation.find("->");
  explicitResult = arrow != std::string::npos;
  std::string left = equation.substr(0, arrow);
  for (size_t from = 0; from <= left.size();) {
    size_t comma = std::min(left.find(',', from), left.size());
    std::string term;
    if (!readTerm(left.substr(from, comma - from), term))
      return false;
    terms.push_back(term);
    from = comma + 1;
  }
  if (explicitResult)
    return readTerm(equation.substr(arrow + 2), result);
  // Without an arrow: what occurs once, in the order of the alphabet.
  std::string all;
  for (const std::string &term : terms)
    all += term;
  if (all.find('.') != std::string::npos)
    result = ".";
  std::string letters = all;
  std::sort(letters.begin(), letters.end());
  for (char letter : letters)
    if (letter != '.' && std::count(all.begin(), all.end(), letter) == 1)
      result += letter;
  return true;
}

static void einsumFold(NodeContext &c) {
  std::string equation = c.attr("equation", ""), result;
  std::vector<std::string> terms;
  bool explicitResult = false;
  auto wrong = [&] {
    c.invalid("the equation \"" + equation.substr(0, 100) +
              "\" does not fit the operands");
  };
  constexpr size_t kLongestEquation = 4096;
  if (equation.size() > kLongestEquation ||
      !readEquation(equation, terms, result, explicitResult) ||
      terms.size() != c.inputCount())
    return wrong();
  Contraction k;
  // Labels: axes of the ellipsis first, then letters.
  size_t dots = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    bool has = terms[i].find('.') != std::string::npos;
    size_t letters = terms[i].size() - (has ? 1 : 0);
    const Tensor &x = c.tensor(i);
    if (x.type != c.tensor(0).type || x.shape.size() < letters ||
        (!has && x.shape.size() != letters))
      return wrong();
    dots = std::max(dots, x.shape.size() - letters);
    k.operands.push_back(x);
  }
  auto labelsOf = [&](const std::string &term, size_t ownDots) {
    std::vector<int> labels;
    for (char letter : term)
      if (letter == '.')
        for (size_t i = dots - ownDots; i < dots; ++i)
          labels.push_back(int(i));
      else
        labels.push_back(int(dots) + letter);
    return labels;
  };
  for (size_t i = 0; i < terms.size(); ++i) {
    const Shape &shape = k.operands[i].shape;
    bool has = terms[i].find('.') != std::string::npos;
    k.labels.push_back(
        labelsOf(terms[i], has ? shape.size() + 1 - terms[i].size() : 0));
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (!label(k, k.labels[i][axis], shape[axis]))
        return wrong();
  }
  if (dots && result.find('.') == std::string::npos && explicitResult)
    return wrong();
  k.result = labelsOf(result, dots);
  for (size_t i = 0; i < k.result.size(); ++i)
    if (k.result[i] >= int(k.sizes.size()) || k.sizes[k.result[i]] < 0 ||
        std::count(k.result.begin(), k.result.end(), k.result[i]) != 1)
      return wrong();
  for (int64_t &size : k.sizes)
    size = std::max<int64_t>(size, size < 0 ? 1 : size);
  if (auto value = productOf(c, k))
    c.set(*value);
}

//===----------------------------------------------------------------------===//
// Quantisation
//===----------------------------------------------------------------------===//

/// Scale or zero point, one number for all or one for each position of `axis`,
/// broadcast to the shape.
static bool alongAxis(NodeContext &c, const char *what, const Tensor &x,
                      int64_t axis, const Shape &shape, Tensor &wide) {
  Tensor own = x;
  if (x.size() == 1 && x.shape.size() <= 1) {
    own.shape = {};
  } else if (axis >= 0 && x.shape == Shape{shape[axis]}) {
    own.shape.assign(shape.size() - axis, 1);
    own.shape[0] = shape[axis];
  } else {
    c.invalid(std::string("the ") + what + " " + text(x.shape) +
              " does not fit " + text(shape));
    return false;
  }
  wide = broadcastTo(own, shape);
  return true;
}

static void limitsOf(DType type, double &low, double &high) {
  int bits = bitsOf(type);
  low = isUnsigned(type) ? 0 : -std::ldexp(1.0, bits - 1);
  high = std::ldexp(1.0, isUnsigned(type) ? bits : bits - 1) - 1;
}

static Tensor quantised(const Tensor &x, const Tensor &scale,
                        const Tensor &zero) {
  double low, high;
  limitsOf(zero.type, low, high);
  std::vector<int64_t> out(x.size());
  for (int64_t i = 0; i < x.size(); ++i) {
    float ratio = std::nearbyint(float(x.at(i)) / float(scale.at(i)));
    double value = double(ratio) + zero.at(i);
    out[i] = std::isnan(value) ? int64_t(low)
                               : int64_t(std::min(std::max(value, low), high));
  }
  return Tensor::make(x.shape, std::move(out), zero.type);
}

/// QuantizeLinear and DequantizeLinear.
static void quantizeFold(NodeContext &c) {
  bool back = c.node.op == "DequantizeLinear";
  const Tensor &x = c.tensor(0), &scale = c.tensor(1);
  int64_t rank = int64_t(x.shape.size());
  int64_t axis =
      c.node.opset < 13 ? -1 : normalAxis(c.attr("axis", int64_t(1)), rank);
  if (c.node.opset >= 21 && c.attr("block_size", int64_t(0)))
    return c.unsupported("attribute 'block_size': scales for blocks",
                         "one scale, or one for each position of an axis");
  std::optional<DType> wanted;
  int64_t number = c.node.opset < 21 ? 0 : c.attr("output_dtype", int64_t(0));
  if (number && !(wanted = typeOfNumber(number)))
    return c.unsupported("attribute 'output_dtype' = " +
                         std::to_string(number));
  if (!scale.isFloat() || x.isFloat() == back)
    return wrongType(c, x.type);
  DType small = back       ? x.type
                : c.has(2) ? c.tensor(2).type
                           : wanted.value_or(DType::UInt8);
  Tensor zero = c.has(2) ? c.tensor(2) : scalarOf(small, 0);
  if (zero.type != small || isFloating(small) || bitsOf(small) > 32 ||
      small == DType::Bool ||
      (!back && (bitsOf(small) > 16 || (wanted && *wanted != small))))
    return wrongType(c, zero.type);
  Tensor wideScale, wideZero;
  if (!alongAxis(c, "scale", scale, axis, x.shape, wideScale) ||
      !alongAxis(c, "zero point", zero, axis, x.shape, wideZero))
    return;
  if (!back)
    return c.set(quantised(x, wideScale, wideZero));
  std::vector<float> out(x.size());
  for (int64_t i = 0; i < x.size(); ++i)
    out[i] = float(x.intAt(i) - wideZero.intAt(i)) * float(wideScale.at(i));
  c.set(Tensor::make(x.shape, std::move(out), wanted.value_or(scale.type)));
}

static void dynamicQuantizeFold(NodeContext &c) {
  const Tensor &x = c.tensor(0);
  if (x.type != DType::Float)
    return wrongType(c, x.type);
  if (x.size() == 0)
    return c.unsupported("there is no range of no elements");
  float low = 0, high = 0;
  for (float v : *x.floats) {
    if (!std::isfinite(v))
      return c.unsupported("a value is not finite, so that there is no scale");
    low = std::min(low, v);
    high = std::max(high, v);
  }
  float scale = high == low ? 1.0f : (high - low) / 255.0f;
  float zero =
      std::nearbyint(std::min(std::max(0.0f - low / scale, 0.0f), 255.0f));
  Tensor scaleTensor = scalarOf(DType::Float, double(scale));
  Tensor zeroTensor = scalarOf(DType::UInt8, double(zero));
  c.set(0, Value::of(quantised(x, broadcastTo(scaleTensor, x.shape),
                               broadcastTo(zeroTensor, x.shape))));
  c.set(1, Value::of(scaleTensor));
  c.set(2, Value::of(zeroTensor));
}

static void matMulIntegerFold(NodeContext &c) {
  Tensor sides[2];
  for (int side = 0; side < 2; ++side) {
    const Tensor &x = c.tensor(side);
    if (x.type != DType::Int8 && x.type != DType::UInt8)
      return wrongType(c, x.type);
    Tensor zero = scalarOf(x.type, 0);
    if (c.has(2 + side))
      zero = c.tensor(2 + side);
    if (zero.type != x.type)
      return wrongType(c, zero.type);
    // One for each row of the left, or each column of the right operand.
    if (zero.size() == 1)
      zero.shape = {};
    else if (side == 0 && zero.shape.size() == 1)
      zero.shape.push_back(1);
    Shape shape;
    if (!commonShape(c, x.shape, zero.shape, shape))
      return;
    if (shape != x.shape)
      return c.invalid("the zero point " + text(zero.shape) + " does not fit " +
                       text(x.shape));
    sides[side] = mapPairs(cast(x, DType::Int32),
                           broadcastTo(cast(zero, DType::Int32), shape),
                           [](auto u, auto v) { return decltype(u)(u - v); });
  }
  if (auto result = matrixProduct(c, sides[0], sides[1]))
    c.set(*result);
}

void neuro::onnxnn::addProductFolds(OperatorTable &t) {
  t.onFold("MatMul", {1, 9, 13}, 2, matMulFold);
  t.onFold("Gemm", {7, 9, 11, 13}, 2, gemmFold);
  t.onFold("Einsum", {12}, kAllInputs, einsumFold);
  t.onFold("MatMulInteger", {10}, 2, matMulIntegerFold);
  t.onFold("QuantizeLinear", {10, 13, 19, 21, 23}, 2, quantizeFold);
  t.onFold("DequantizeLinear", {10, 13, 19, 21, 23}, 2, quantizeFold);
  t.onFold("DynamicQuantizeLinear", {11}, 1, dynamicQuantizeFold);
}
