//===- Array.cpp - a typed array with a shape -----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Array.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace neuro;

size_t neuro::sizeOf(DType type) {
  static constexpr uint8_t sizes[kNumDTypes] = {1, 1, 2, 4, 8, 1,
                                                2, 4, 8, 2, 4, 8};
  return sizes[unsigned(type)];
}

const char *neuro::nameOf(DType type) {
  static constexpr const char *names[kNumDTypes] = {
      "bool",   "int8",   "int16",  "int32",   "int64",   "uint8",
      "uint16", "uint32", "uint64", "float16", "float32", "float64"};
  return names[unsigned(type)];
}

std::string neuro::shapeToString(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i)
      text += ", ";
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

Array::Array(DType dtype, std::vector<int64_t> extents)
    : dtype(dtype), shape(std::move(extents)) {
  data.resize(size_t(numElements()) * sizeOf(dtype));
}

int64_t Array::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

bool Array::countBytes(uint64_t &bytes) const {
  bytes = sizeOf(dtype);
  bool fits = true, empty = false;
  for (int64_t extent : shape) {
    empty |= extent == 0;
    fits &= !__builtin_mul_overflow(bytes, uint64_t(extent), &bytes);
  }
  if (empty)
    bytes = 0;
  return fits || empty;
}

bool Array::isComplete() const {
  uint64_t bytes;
  return countBytes(bytes) && bytes == data.size();
}

static double halfToDouble(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  int mantissa = bits & 1023;
  double value;
  if (exponent == 31)
    value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(mantissa, -24);
  else
    value = std::ldexp(mantissa + 1024, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

int64_t Array::asInteger(int64_t index) const {
  switch (dtype) {
  case DType::Bool:
    return as<uint8_t>()[index] != 0;
  case DType::Int8:
    return as<int8_t>()[index];
  case DType::Int16:
    return as<int16_t>()[index];
  case DType::Int32:
    return as<int32_t>()[index];
  case DType::UInt8:
    return as<uint8_t>()[index];
  case DType::UInt16:
    return as<uint16_t>()[index];
  case DType::UInt32:
    return as<uint32_t>()[index];
  default:
    return as<int64_t>()[index];
  }
}

std::string Array::integerToString(int64_t index) const {
  return dtype == DType::UInt64 ? std::to_string(as<uint64_t>()[index])
                                : std::to_string(asInteger(index));
}

double Array::asDouble(int64_t index) const {
  switch (dtype) {
  case DType::Float16:
    return halfToDouble(as<uint16_t>()[index]);
  case DType::Float32:
    return as<float>()[index];
  case DType::Float64:
    return as<double>()[index];
  case DType::UInt64:
    return double(as<uint64_t>()[index]);
  default:
    return double(asInteger(index));
  }
}
