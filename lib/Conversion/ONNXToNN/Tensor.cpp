//===- Tensor.cpp - constants and index maps of the converter -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace neuro::onnxnn;

int64_t neuro::onnxnn::elements(const Shape &shape) {
  // A zero anywhere makes the tensor empty, whatever the other sizes are.
  for (int64_t dim : shape)
    if (dim <= 0)
      return 0;
  int64_t count = 1;
  for (int64_t dim : shape) {
    if (dim > kMaxElements / count)
      return kMaxElements + 1;
    count *= dim;
  }
  return count;
}

std::string neuro::onnxnn::text(const Shape &shape) {
  if (shape.empty())
    return "scalar";
  std::string result;
  for (size_t i = 0; i < shape.size(); ++i)
    result += (i ? "x" : "") + std::to_string(shape[i]);
  return result;
}

int64_t neuro::onnxnn::normalAxis(int64_t axis, int64_t rank) {
  if (axis < 0)
    axis += rank;
  return axis >= 0 && axis < rank ? axis : -1;
}

Tensor Tensor::make(Shape shape, std::vector<float> values) {
  Tensor result;
  result.shape = std::move(shape);
  result.floats = std::make_shared<std::vector<float>>(std::move(values));
  return result;
}

Tensor Tensor::make(Shape shape, std::vector<int64_t> values, DType type) {
  Tensor result;
  result.type = type;
  result.shape = std::move(shape);
  result.ints = std::make_shared<std::vector<int64_t>>(std::move(values));
  return result;
}

Map Map::from(Shape shape, Index index) {
  return {std::move(shape), std::make_shared<Index>(std::move(index))};
}

template <typename T>
static std::vector<T> pick(const std::vector<T> &values, const Index &index) {
  std::vector<T> result(index.size());
  for (size_t i = 0; i < index.size(); ++i)
    result[i] = values[index[i]];
  return result;
}

Tensor neuro::onnxnn::apply(const Map &map, const Tensor &tensor) {
  if (!map.index) {
    Tensor result = tensor;
    result.shape = map.shape;
    return result;
  }
  if (tensor.isFloat())
    return Tensor::make(map.shape, pick(*tensor.floats, *map.index));
  return Tensor::make(map.shape, pick(*tensor.ints, *map.index), tensor.type);
}

/// Flat index of each element when axis i of the result advances by
/// strides[i], from `start`.
static Map stridedMap(const Shape &shape, const Shape &strides,
                      int64_t start = 0) {
  Index index(elements(shape));
  Shape at(shape.size(), 0);
  int64_t flat = start;
  for (int64_t &entry : index) {
    entry = flat;
    for (size_t axis = shape.size(); axis-- > 0;) {
      flat += strides[axis];
      if (++at[axis] < shape[axis])
        break;
      flat -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return Map::from(shape, std::move(index));
}

static Shape rowMajor(const Shape &shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Map neuro::onnxnn::transposeMap(const Shape &shape,
                                const std::vector<int64_t> &perm) {
  Shape strides = rowMajor(shape), outShape, outStrides;
  for (int64_t axis : perm) {
    outShape.push_back(shape[axis]);
    outStrides.push_back(strides[axis]);
  }
  return stridedMap(outShape, outStrides);
}

Map neuro::onnxnn::sliceMap(const Shape &shape, const Shape &starts,
                            const Shape &steps, const Shape &sizes) {
  Shape strides = rowMajor(shape);
  int64_t start = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    start += starts[axis] * strides[axis];
    strides[axis] *= steps[axis];
  }
  return stridedMap(sizes, strides, start);
}

Map neuro::onnxnn::expandMap(const Shape &shape, const Shape &target) {
  Shape own = rowMajor(shape), strides(target.size(), 0);
  size_t offset = target.size() - shape.size();
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != 1)
      strides[offset + axis] = own[axis];
  return stridedMap(target, strides);
}

Map neuro::onnxnn::tileMap(const Shape &shape,
                           const std::vector<int64_t> &repeats) {
  // As an expansion with an axis for each repetition, merged afterwards.
  Shape split, target, result;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    split.insert(split.end(), {1, shape[axis]});
    target.insert(target.end(), {repeats[axis], shape[axis]});
    result.push_back(repeats[axis] * shape[axis]);
  }
  Map map = expandMap(split, target);
  map.shape = result;
  return map;
}

Map neuro::onnxnn::gatherMap(const Shape &shape, const Tensor &indices,
                             int64_t axis) {
  Shape result(shape.begin(), shape.begin() + axis);
  result.insert(result.end(), indices.shape.begin(), indices.shape.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  Index index;
  index.reserve(outer * indices.size() * inner);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < indices.size(); ++i) {
      int64_t at = indices.intAt(i);
      at += at < 0 ? shape[axis] : 0;
      for (int64_t n = 0; n < inner; ++n)
        index.push_back((o * shape[axis] + at) * inner + n);
    }
  return Map::from(result, std::move(index));
}

bool neuro::onnxnn::broadcast(const Shape &a, const Shape &b, Shape &result) {
  size_t rank = std::max(a.size(), b.size());
  Shape joined(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return false;
    joined[rank - 1 - i] = x == 1 ? y : x;
  }
  result = std::move(joined);
  return true;
}

bool neuro::onnxnn::evaluateUnary(const std::string &op, const Tensor &x,
                                  Tensor &result) {
  if (op == "Not" || op == "IsNaN") {
    std::vector<int64_t> out(x.size());
    for (int64_t i = 0; i < x.size(); ++i)
      out[i] = op == "Not" ? x.at(i) == 0 : std::isnan(x.at(i));
    result = Tensor::make(x.shape, std::move(out), DType::Bool);
    return true;
  }
  if (!x.isFloat()) {
    if (op != "Neg" && op != "Abs" && op != "Relu" && op != "Sign")
      return false;
    std::vector<int64_t> out(*x.ints);
    for (int64_t &v : out)
      v = op == "Neg"    ? int64_t(0 - uint64_t(v))
          : op == "Abs"  ? (v < 0 ? int64_t(0 - uint64_t(v)) : v)
          : op == "Relu" ? std::max<int64_t>(v, 0)
                         : (v > 0) - (v < 0);
    result = Tensor::make(x.shape, std::move(out), x.type);
    return true;
  }
  float (*f)(float) = nullptr;
  if (op == "Neg")
    f = [](float v) { return -v; };
  else if (op == "Abs")
    f = [](float v) { return std::fabs(v); };
  else if (op == "Sqrt")
    f = [](float v) { return std::sqrt(v); };
  else if (op == "Reciprocal")
    f = [](float v) { return 1.0f / v; };
  else if (op == "Exp")
    f = [](float v) { return std::exp(v); };
  else if (op == "Log")
    f = [](float v) { return std::log(v); };
  else if (op == "Sin")
    f = [](float v) { return std::sin(v); };
  else if (op == "Cos")
    f = [](float v) { return std::cos(v); };
  else if (op == "Floor")
    f = [](float v) { return std::floor(v); };
  else if (op == "Ceil")
    f = [](float v) { return std::ceil(v); };
  else if (op == "Tanh")
    f = [](float v) { return std::tanh(v); };
  else if (op == "Erf")
    f = [](float v) { return std::erf(v); };
  else if (op == "Sigmoid")
    f = [](float v) { return 1.0f / (1.0f + std::exp(-v)); };
  else if (op == "Relu")
    f = [](float v) { return v > 0 ? v : 0.0f; };
  else if (op == "Sign")
    f = [](float v) { return float((v > 0) - (v < 0)); };
  else
    return false;
  std::vector<float> out(*x.floats);
  for (float &v : out)
    v = f(v);
  result = Tensor::make(x.shape, std::move(out));
  return true;
}

static bool isComparison(const std::string &op) {
  return op == "Equal" || op == "Less" || op == "Greater" ||
         op == "LessOrEqual" || op == "GreaterOrEqual" || op == "And" ||
         op == "Or" || op == "Xor";
}

template <typename T> static bool compare(const std::string &op, T a, T b) {
  if (op == "Equal")
    return a == b;
  if (op == "Less")
    return a < b;
  if (op == "Greater")
    return a > b;
  if (op == "LessOrEqual")
    return a <= b;
  if (op == "GreaterOrEqual")
    return a >= b;
  bool x = a != T(0), y = b != T(0);
  return op == "And" ? x && y : op == "Or" ? x || y : x != y;
}

static int64_t integerPower(int64_t base, int64_t exponent) {
  uint64_t result = 1, factor = uint64_t(base);
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return int64_t(result);
}

bool neuro::onnxnn::evaluateBinary(const std::string &op, const Tensor &a,
                                   const Tensor &b, Tensor &result,
                                   std::string &error) {
  Shape shape;
  if (!broadcast(a.shape, b.shape, shape) || elements(shape) > kMaxElements) {
    error = "shapes " + text(a.shape) + " and " + text(b.shape) +
            " do not broadcast";
    return false;
  }
  Tensor x = a.shape == shape ? a : apply(expandMap(a.shape, shape), a);
  Tensor y = b.shape == shape ? b : apply(expandMap(b.shape, shape), b);
  int64_t count = elements(shape);
  bool floating = a.isFloat() || b.isFloat();
  if (isComparison(op)) {
    std::vector<int64_t> out(count);
    for (int64_t i = 0; i < count; ++i)
      out[i] = floating ? compare(op, x.at(i), y.at(i))
                        : compare(op, x.intAt(i), y.intAt(i));
    result = Tensor::make(shape, std::move(out), DType::Bool);
    return true;
  }
  if (a.isFloat()) {
    std::vector<float> out(count);
    for (int64_t i = 0; i < count; ++i) {
      float u = float(x.at(i)), v = float(y.at(i));
      if (op == "Add")
        out[i] = u + v;
      else if (op == "Sub")
        out[i] = u - v;
      else if (op == "Mul")
        out[i] = u * v;
      else if (op == "Div")
        out[i] = u / v;
      else if (op == "Pow")
        out[i] = std::pow(u, v);
      else if (op == "Min")
        out[i] = std::min(u, v);
      else if (op == "Max")
        out[i] = std::max(u, v);
      else if (op == "Mod")
        out[i] = std::fmod(u, v);
      else
        return false;
    }
    result = Tensor::make(shape, std::move(out));
    return true;
  }
  std::vector<int64_t> out(count);
  for (int64_t i = 0; i < count; ++i) {
    int64_t u = x.intAt(i), v = y.intAt(i);
    if (op == "Add") {
      out[i] = int64_t(uint64_t(u) + uint64_t(v));
    } else if (op == "Sub") {
      out[i] = int64_t(uint64_t(u) - uint64_t(v));
    } else if (op == "Mul") {
      out[i] = int64_t(uint64_t(u) * uint64_t(v));
    } else if (op == "Div" || op == "Mod") {
      if (v == 0 || (u == std::numeric_limits<int64_t>::min() && v == -1)) {
        error = "an integer is divided by zero";
        return false;
      }
      out[i] = op == "Div" ? u / v : u % v;
      if (op == "Mod" && out[i] != 0 && (out[i] < 0) != (v < 0))
        out[i] += v;
    } else if (op == "Pow") {
      out[i] =
          floating ? int64_t(std::pow(double(u), y.at(i))) : integerPower(u, v);
    } else if (op == "Min") {
      out[i] = std::min(u, v);
    } else if (op == "Max") {
      out[i] = std::max(u, v);
    } else {
      return false;
    }
  }
  result = Tensor::make(shape, std::move(out), a.type);
  return true;
}

Tensor neuro::onnxnn::cast(const Tensor &x, DType type) {
  if (type == x.type)
    return x;
  if (type == DType::Float) {
    std::vector<float> out(x.size());
    for (int64_t i = 0; i < x.size(); ++i)
      out[i] = float(x.intAt(i));
    return Tensor::make(x.shape, std::move(out));
  }
  std::vector<int64_t> out(x.size());
  for (int64_t i = 0; i < x.size(); ++i) {
    double value = x.at(i);
    if (type == DType::Bool)
      out[i] = value != 0;
    else if (!x.isFloat())
      out[i] = type == DType::Int32 ? int64_t(int32_t(uint64_t(x.intAt(i))))
                                    : x.intAt(i);
    else if (std::isnan(value))
      out[i] = 0;
    else
      // Out of range has no defined result in ONNX; the nearest is taken.
      out[i] = value >= 0x1p63   ? std::numeric_limits<int64_t>::max()
               : value < -0x1p63 ? std::numeric_limits<int64_t>::min()
                                 : int64_t(value);
  }
  return Tensor::make(x.shape, std::move(out), type);
}

Tensor neuro::onnxnn::where(const Tensor &condition, const Tensor &a,
                            const Tensor &b, const Shape &shape) {
  Tensor c = apply(expandMap(condition.shape, shape), condition);
  Tensor x = apply(expandMap(a.shape, shape), a);
  Tensor y = apply(expandMap(b.shape, shape), b);
  int64_t count = elements(shape);
  if (a.isFloat()) {
    std::vector<float> out(count);
    for (int64_t i = 0; i < count; ++i)
      out[i] = float(c.at(i) != 0 ? x.at(i) : y.at(i));
    return Tensor::make(shape, std::move(out));
  }
  std::vector<int64_t> out(count);
  for (int64_t i = 0; i < count; ++i)
    out[i] = c.at(i) != 0 ? x.intAt(i) : y.intAt(i);
  return Tensor::make(shape, std::move(out), a.type);
}

Tensor neuro::onnxnn::reduce(const std::string &op, const Tensor &x,
                             const std::vector<int64_t> &axes, bool keepDims) {
  Shape kept = x.shape, strides(x.shape.size(), 0), result;
  int64_t factor = 1;
  for (int64_t axis : axes) {
    factor *= kept[axis];
    kept[axis] = 1;
  }
  for (size_t axis = 0; axis < kept.size(); ++axis)
    if (keepDims ||
        std::find(axes.begin(), axes.end(), int64_t(axis)) == axes.end())
      result.push_back(kept[axis]);
  Map to = expandMap(kept, x.shape);
  int64_t count = elements(kept);
  std::vector<double> sums(count, op == "Prod" ? 1.0 : 0.0);
  std::vector<int64_t> whole(count, op == "Prod" ? 1 : 0);
  std::vector<bool> seen(count, false);
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t o = (*to.index)[i];
    double v = x.at(i);
    int64_t w = x.isFloat() ? 0 : x.intAt(i);
    if (op == "Max" || op == "Min") {
      bool better = !seen[o] || (op == "Max" ? v > sums[o] : v < sums[o]);
      if (better) {
        sums[o] = v;
        whole[o] = w;
      }
    } else if (op == "Prod") {
      sums[o] *= v;
      whole[o] = int64_t(uint64_t(whole[o]) * uint64_t(w));
    } else {
      sums[o] += op == "SumSquare" || op == "L2" ? v * v : v;
      whole[o] = int64_t(uint64_t(whole[o]) + uint64_t(w));
    }
    seen[o] = true;
  }
  for (double &sum : sums)
    sum = op == "Mean" ? sum / double(std::max<int64_t>(factor, 1))
          : op == "L2" ? std::sqrt(sum)
                       : sum;
  if (x.isFloat())
    return Tensor::make(result, std::vector<float>(sums.begin(), sums.end()));
  if (op == "Mean")
    for (int64_t &value : whole)
      value /= std::max<int64_t>(factor, 1);
  return Tensor::make(result, std::move(whole), x.type);
}

Tensor neuro::onnxnn::concat(const std::vector<Tensor> &parts, int64_t axis) {
  Shape shape = parts[0].shape;
  shape[axis] = 0;
  for (const Tensor &part : parts)
    shape[axis] += part.shape[axis];
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  std::vector<float> floats;
  std::vector<int64_t> ints;
  for (int64_t o = 0; o < outer; ++o)
    for (const Tensor &part : parts) {
      int64_t chunk = part.size() / std::max<int64_t>(outer, 1);
      for (int64_t i = 0; i < chunk; ++i)
        if (parts[0].isFloat())
          floats.push_back(float(part.at(o * chunk + i)));
        else
          ints.push_back(part.intAt(o * chunk + i));
    }
  if (parts[0].isFloat())
    return Tensor::make(shape, std::move(floats));
  return Tensor::make(shape, std::move(ints), parts[0].type);
}
