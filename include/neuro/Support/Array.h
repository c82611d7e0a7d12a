//===- Array.h - a typed array with a shape --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_ARRAY_H
#define NEURO_SUPPORT_ARRAY_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace neuro {

enum class DType : uint8_t {
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Float16,
  Float32,
  Float64,
};
inline constexpr unsigned kNumDTypes = 12;

/// Bytes of one element.
size_t sizeOf(DType type);

/// NumPy's name: "float32", "int64", ...
const char *nameOf(DType type);

/// "[2, 3]", a negative extent as "?".
std::string shapeToString(const std::vector<int64_t> &shape);

/// A dense array in row-major order, elements in the host's byte order.
struct Array {
  DType dtype = DType::Float32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;

  Array() = default;
  Array(DType dtype, std::vector<int64_t> shape);

  int64_t numElements() const;
  /// Of the data that type and shape ask for; false when no 64 bits hold it.
  bool countBytes(uint64_t &bytes) const;
  /// Whether the data is there: an array may be a type and a shape only.
  bool isComplete() const;

  template <typename T> T *as() { return reinterpret_cast<T *>(data.data()); }
  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(data.data());
  }

  /// Any element as double (exact up to 2^53 for 64-bit integers).
  double asDouble(int64_t index) const;
  bool isInteger() const { return dtype < DType::Float16; }
  /// Any integer element; a UInt64 above the range of int64 is negative.
  int64_t asInteger(int64_t index) const;
  std::string integerToString(int64_t index) const;

  template <typename T>
  static Array of(DType dtype, std::vector<int64_t> shape,
                  const std::vector<T> &values) {
    Array array(dtype, std::move(shape));
    T *out = array.as<T>();
    for (size_t i = 0;
         i < values.size() && (i + 1) * sizeof(T) <= array.data.size(); ++i)
      out[i] = values[i];
    return array;
  }
};

/// Arrays by name, in the order of the file.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

inline const Array *findArray(const NamedArrays &arrays,
                              const std::string &name) {
  for (const auto &entry : arrays)
    if (entry.first == name)
      return &entry.second;
  return nullptr;
}

} // namespace neuro

#endif // NEURO_SUPPORT_ARRAY_H
