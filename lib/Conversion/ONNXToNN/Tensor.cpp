//===- Tensor.cpp - constants and index maps of the converter -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include <algorithm>
#include <cmath>
#include <cstring>
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

bool neuro::onnxnn::isReasonable(const Shape &shape) {
  double product = 1;
  for (int64_t dim : shape)
    product *= double(std::max<int64_t>(dim, 1));
  return product <= 0x1p40;
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

bool neuro::onnxnn::isFloating(DType type) { return type < DType::Bool; }

bool neuro::onnxnn::isUnsigned(DType type) { return type >= DType::UInt8; }

int neuro::onnxnn::bitsOf(DType type) {
  static const int bits[] = {32, 64, 16, 16, 1, 8, 16, 32, 64, 8, 16, 32, 64};
  return bits[int(type)];
}

const char *neuro::onnxnn::nameOf(DType type) {
  static const char *const names[] = {
      "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "BOOL",   "INT8",  "INT16",
      "INT32", "INT64",  "UINT8",   "UINT16",   "UINT32", "UINT64"};
  return names[int(type)];
}

std::optional<DType> neuro::onnxnn::typeOfNumber(int64_t number) {
  switch (number) {
  case 1:
    return DType::Float;
  case 2:
    return DType::UInt8;
  case 3:
    return DType::Int8;
  case 4:
    return DType::UInt16;
  case 5:
    return DType::Int16;
  case 6:
    return DType::Int32;
  case 7:
    return DType::Int64;
  case 9:
    return DType::Bool;
  case 10:
    return DType::Float16;
  case 11:
    return DType::Double;
  case 12:
    return DType::UInt32;
  case 13:
    return DType::UInt64;
  case 16:
    return DType::BFloat16;
  default:
    return std::nullopt;
  }
}

/// Rounds the lowest `bits` bits of a finite float's pattern away.
static float withoutBits(float value, int bits) {
  uint32_t pattern;
  std::memcpy(&pattern, &value, sizeof(pattern));
  uint32_t odd = pattern >> bits & 1, unit = uint32_t(1) << bits;
  pattern = (pattern + unit / 2 - 1 + odd) & ~(unit - 1);
  std::memcpy(&value, &pattern, sizeof(value));
  return value;
}

float neuro::onnxnn::rounded(float value, DType type) {
  if ((type != DType::Float16 && type != DType::BFloat16) ||
      !std::isfinite(value))
    return value;
  if (type == DType::BFloat16)
    return withoutBits(value, 16);
  float size = std::fabs(value);
  if (size >= 65520.0f)
    return std::copysign(std::numeric_limits<float>::infinity(), value);
  // Below the smallest normal number the steps stay the same.
  if (size < 0x1p-14f)
    return std::copysign(std::nearbyint(size * 0x1p24f) * 0x1p-24f, value);
  return withoutBits(value, 13);
}

int64_t neuro::onnxnn::wrapped(int64_t value, DType type) {
  int bits = bitsOf(type);
  if (bits == 64)
    return value;
  if (type == DType::Bool)
    return value != 0;
  uint64_t low = uint64_t(value) << (64 - bits);
  return isUnsigned(type) ? int64_t(low >> (64 - bits))
                          : int64_t(low) >> (64 - bits);
}

Tensor Tensor::make(Shape shape, std::vector<float> values, DType type) {
  Tensor result;
  result.type = type;
  result.shape = std::move(shape);
  if (type == DType::Double)
    result.doubles =
        std::make_shared<std::vector<double>>(values.begin(), values.end());
  else if (type != DType::Float)
    for (float &value : values)
      value = rounded(value, type);
  result.floats = std::make_shared<std::vector<float>>(std::move(values));
  return result;
}

Tensor Tensor::make(Shape shape, std::vector<double> values, DType type) {
  std::vector<float> narrow(values.begin(), values.end());
  if (type != DType::Double)
    return make(std::move(shape), std::move(narrow), type);
  Tensor result;
  result.type = type;
  result.shape = std::move(shape);
  result.floats = std::make_shared<std::vector<float>>(std::move(narrow));
  result.doubles = std::make_shared<std::vector<double>>(std::move(values));
  return result;
}

Tensor Tensor::make(Shape shape, std::vector<int64_t> values, DType type) {
  Tensor result;
  result.type = type;
  result.shape = std::move(shape);
  if (bitsOf(type) != 64)
    for (int64_t &value : values)
      value = wrapped(value, type);
  result.ints = std::make_shared<std::vector<int64_t>>(std::move(values));
  return result;
}

int64_t Tensor::intAt(int64_t i) const {
  if (!isFloat())
    return (*ints)[i];
  double value = at(i);
  return std::isnan(value) ? 0
         : value >= 0x1p63 ? std::numeric_limits<int64_t>::max()
         : value < -0x1p63 ? std::numeric_limits<int64_t>::min()
                           : int64_t(value);
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
  if (tensor.type == DType::Double)
    return Tensor::make(map.shape, pick(*tensor.doubles, *map.index));
  if (tensor.isFloat())
    return Tensor::make(map.shape, pick(*tensor.floats, *map.index),
                        tensor.type);
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

int64_t neuro::onnxnn::truncated(double value, DType type) {
  if (type == DType::Bool)
    return value != 0;
  if (type == DType::UInt64 && value >= 0x1p63)
    return value < 0x1p64 ? int64_t(uint64_t(value)) : -1;
  bool wide =
      type == DType::Int64 || type == DType::UInt32 || type == DType::UInt64;
  double limit = wide ? 0x1p63 : 0x1p31;
  if (!(value > -limit - (wide ? 0 : 1)) || value >= limit)
    return wide ? std::numeric_limits<int64_t>::min()
                : std::numeric_limits<int32_t>::min();
  return int64_t(value);
}

Tensor neuro::onnxnn::cast(const Tensor &x, DType type) {
  if (type == x.type)
    return x;
  int64_t size = x.size();
  if (isFloating(type)) {
    if (x.type == DType::Double || (!x.isFloat() && type == DType::Double)) {
      std::vector<double> out(size);
      for (int64_t i = 0; i < size; ++i)
        out[i] = x.at(i);
      return Tensor::make(x.shape, std::move(out), type);
    }
    if (x.isFloat())
      return Tensor::make(x.shape, *x.floats, type);
    std::vector<float> out(size);
    for (int64_t i = 0; i < size; ++i)
      out[i] = x.type == DType::UInt64 ? float(uint64_t((*x.ints)[i]))
                                       : float((*x.ints)[i]);
    return Tensor::make(x.shape, std::move(out), type);
  }
  if (!x.isFloat())
    return Tensor::make(x.shape, *x.ints, type);
  std::vector<int64_t> out(size);
  for (int64_t i = 0; i < size; ++i)
    out[i] = truncated(x.at(i), type);
  return Tensor::make(x.shape, std::move(out), type);
}

Tensor neuro::onnxnn::pooled(const std::vector<Tensor> &parts) {
  std::vector<Tensor> flat;
  for (const Tensor &part : parts)
    flat.push_back(apply(Map::reshape({part.size()}), part));
  return concat(flat, 0);
}

Tensor neuro::onnxnn::where(const Tensor &condition, const Tensor &a,
                            const Tensor &b, const Shape &shape) {
  Index c = *expandMap(condition.shape, shape).index;
  Index x = *expandMap(a.shape, shape).index;
  Index y = *expandMap(b.shape, shape).index;
  for (size_t i = 0; i < c.size(); ++i)
    x[i] = condition.at(c[i]) != 0 ? x[i] : a.size() + y[i];
  return apply(Map::from(shape, std::move(x)), pooled({a, b}));
}

Tensor neuro::onnxnn::concat(const std::vector<Tensor> &parts, int64_t axis) {
  Shape shape = parts[0].shape;
  shape[axis] = 0;
  for (const Tensor &part : parts)
    shape[axis] += part.shape[axis];
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  auto join = [&](auto member) {
    std::vector<std::decay_t<decltype((*(parts[0].*member))[0])>> out;
    for (int64_t o = 0; o < outer; ++o)
      for (const Tensor &part : parts) {
        const auto &values = *(part.*member);
        int64_t chunk = int64_t(values.size()) / outer;
        out.insert(out.end(), values.begin() + o * chunk,
                   values.begin() + (o + 1) * chunk);
      }
    return out;
  };
  DType type = parts[0].type;
  if (type == DType::Double)
    return Tensor::make(shape, join(&Tensor::doubles));
  if (isFloating(type))
    return Tensor::make(shape, join(&Tensor::floats), type);
  return Tensor::make(shape, join(&Tensor::ints), type);
}
