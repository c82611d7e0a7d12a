//===- Tensor.h - constants and index maps of the converter -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Constants of every element type that ONNX Runtime computes with on a CPU, in
// the arithmetic of that type. Whatever only moves elements (reshape,
// transpose, slice, ...) is a Map, which is applied in the same way to
// constants and to what is known about other values.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_TENSOR_H
#define NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_TENSOR_H

#include "Views/Map.h"
#include <optional>

namespace neuro::onnxnn {

enum class DType {
  Float,
  Double,
  Float16,
  BFloat16,
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  UInt8,
  UInt16,
  UInt32,
  UInt64
};

bool isFloating(DType type);
bool isUnsigned(DType type);
/// Width of an integer type in bits; 1 for Bool.
int bitsOf(DType type);
/// The name ONNX gives the type, e.g. FLOAT16.
const char *nameOf(DType type);
/// The type of that number in ONNX's TensorProto; nothing if it is not computed
/// with here.
std::optional<DType> typeOfNumber(int64_t number);
/// The nearest value of a floating type; ties go to the even one.
float rounded(float value, DType type);
/// The value as an integer type holds it: its lowest bits.
int64_t wrapped(int64_t value, DType type);

struct Tensor {
  DType type = DType::Float;
  Shape shape;
  /// Floating types, rounded to the type; of a Double its nearest f32.
  std::shared_ptr<const std::vector<float>> floats;
  std::shared_ptr<const std::vector<double>> doubles; // Double
  /// Every other type; the bits of a UInt64.
  std::shared_ptr<const std::vector<int64_t>> ints;

  /// Values are rounded to the floating type, or wrapped to the integer type.
  static Tensor make(Shape shape, std::vector<float> values,
                     DType type = DType::Float);
  static Tensor make(Shape shape, std::vector<double> values,
                     DType type = DType::Double);
  static Tensor make(Shape shape, std::vector<int64_t> values,
                     DType type = DType::Int64);
  bool isFloat() const { return isFloating(type); }
  int64_t size() const {
    return isFloat() ? int64_t(floats->size()) : int64_t(ints->size());
  }
  double at(int64_t i) const {
    return type == DType::Double   ? (*doubles)[i]
           : isFloat()             ? double((*floats)[i])
           : type == DType::UInt64 ? double(uint64_t((*ints)[i]))
                                   : double((*ints)[i]);
  }
  /// How many elements are not zero.
  int64_t nonZeros() const;
  /// Of a floating type its integer part, saturated.
  int64_t intAt(int64_t i) const;
};

Map gatherMap(const Shape &shape, const Tensor &indices, int64_t axis);
Tensor apply(const Map &map, const Tensor &tensor);

/// What the processor that ONNX Runtime runs on makes of a float: values that
/// an integer of 64 (or 32) bits cannot hold become the lowest one.
int64_t truncated(double value, DType type);
/// As Cast does it: integers wrap, floats are rounded to the nearest, a float
/// becomes an integer towards zero.
Tensor cast(const Tensor &x, DType type);
Tensor where(const Tensor &condition, const Tensor &a, const Tensor &b,
             const Shape &shape);
/// All of one type.
Tensor concat(const std::vector<Tensor> &parts, int64_t axis);
/// The elements of all parts one after the other, for a Map to choose from.
Tensor pooled(const std::vector<Tensor> &parts);

/// f on each element of a floating tensor, as float or double.
template <typename F> Tensor mapFloats(const Tensor &x, F f) {
  if (x.type == DType::Double) {
    std::vector<double> out(*x.doubles);
    for (double &v : out)
      v = f(v);
    return Tensor::make(x.shape, std::move(out));
  }
  std::vector<float> out(*x.floats);
  for (float &v : out)
    v = f(v);
  return Tensor::make(x.shape, std::move(out), x.type);
}

/// f on each element of an integer tensor, as int64_t or uint64_t.
template <typename F> Tensor mapInts(const Tensor &x, F f) {
  std::vector<int64_t> out(*x.ints);
  for (int64_t &v : out)
    v = x.type == DType::UInt64 ? int64_t(f(uint64_t(v))) : f(v);
  return Tensor::make(x.shape, std::move(out), x.type);
}

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_CONSTANTS_TENSOR_H
