//===- Tensor.cpp - constants and index maps of the converter -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Tensor.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

using namespace neuro::onnxnn;

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

int64_t Tensor::nonZeros() const {
  auto count = [](const auto &values) {
    int64_t zeros = std::count(values.begin(), values.end(), 0);
    return int64_t(values.size()) - zeros;
  };
  return type == DType::Double ? count(*doubles)
         : isFloat()           ? count(*floats)
                               : count(*ints);
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

template <typename T>
static std::vector<T> pick(const std::vector<T> &values,
                           const IndexMap &index) {
  std::vector<T> result;
  result.reserve(index.size());
  index.each([&](int64_t at) { result.push_back(values[at]); });
  return result;
}

Tensor neuro::onnxnn::apply(const Map &map, const Tensor &tensor) {
  if (map.index.isIdentity() && map.index.size() == tensor.size()) {
    Tensor result = tensor;
    result.shape = map.shape;
    return result;
  }
  if (tensor.type == DType::Double)
    return Tensor::make(map.shape, pick(*tensor.doubles, map.index));
  if (tensor.isFloat())
    return Tensor::make(map.shape, pick(*tensor.floats, map.index),
                        tensor.type);
  return Tensor::make(map.shape, pick(*tensor.ints, map.index), tensor.type);
}

Map neuro::onnxnn::gatherMap(const Shape &shape, const Tensor &indices,
                             int64_t axis) {
  Index chosen;
  chosen.reserve(indices.size());
  for (int64_t i = 0; i < indices.size(); ++i)
    chosen.push_back(indices.intAt(i));
  return gatherMap(shape, indices.shape, chosen, axis);
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
  IndexMap maps[] = {expandMap(condition.shape, shape).index,
                     expandMap(a.shape, shape).index,
                     expandMap(b.shape, shape).index};
  Index chosen;
  chosen.reserve(maps[0].size());
  align({&maps[0], &maps[1], &maps[2]}).each([&](const int64_t *at) {
    chosen.push_back(condition.at(at[0]) != 0 ? at[1] : a.size() + at[2]);
  });
  return apply(Map::from(shape, std::move(chosen)), pooled({a, b}));
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
