//===- Constants.h - constants as attributes -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights are kept in blobs (dense_resource), which are neither uniqued nor
// hashed; small constants stay readable in the IR (dense<...>).
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_CONSTANTS_H
#define NEURO_SUPPORT_CONSTANTS_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cstring>
#include <optional>
#include <vector>

namespace neuro {

/// Constants with more elements than this are kept in blobs.
inline constexpr size_t kMaxInlineElements = 64;

inline float floatFromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

inline float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 0x1f, mantissa = half & 0x3ff;
  if (exponent == 0x1f)
    return floatFromBits(sign | 0x7f800000u | mantissa << 13);
  if (exponent != 0)
    return floatFromBits(sign | (exponent + 112) << 23 | mantissa << 13);
  float value = float(mantissa) * 0x1p-24f;
  return sign ? -value : value;
}

namespace detail {
template <typename T> mlir::Type elementType(mlir::MLIRContext *context) {
  mlir::Builder builder(context);
  if constexpr (std::is_same_v<T, float>)
    return builder.getF32Type();
  else if constexpr (std::is_same_v<T, double>)
    return builder.getF64Type();
  else if constexpr (std::is_same_v<T, bool>)
    return builder.getI1Type();
  else
    return builder.getIntegerType(sizeof(T) * 8);
}
} // namespace detail

/// A constant tensor of `shape`; `data` must have as many elements. T is float,
/// double, bool or a signed integer. `name` is what a blob is called in the IR.
template <typename T>
mlir::ElementsAttr
makeConstant(mlir::MLIRContext *context, llvm::ArrayRef<T> data,
             llvm::ArrayRef<int64_t> shape, llvm::StringRef name = "weights") {
  auto type =
      mlir::RankedTensorType::get(shape, detail::elementType<T>(context));
  if constexpr (!std::is_same_v<T, bool>) {
    if (data.size() > kMaxInlineElements)
      return mlir::DenseResourceElementsAttr::get(
          type, name,
          mlir::HeapAsmResourceBlob::allocateAndCopyInferAlign(data));
  }
  return mlir::DenseElementsAttr::get(type, data);
}

template <typename T>
mlir::ElementsAttr
makeConstant(mlir::MLIRContext *context, const std::vector<T> &data,
             llvm::ArrayRef<int64_t> shape, llvm::StringRef name = "weights") {
  return makeConstant<T>(context, llvm::ArrayRef<T>(data), shape, name);
}

/// The values of a constant, converted to T; nothing if they cannot be read
/// (a blob that is absent or of the wrong size, or another kind of attribute).
template <typename T>
std::optional<std::vector<T>> readConstant(mlir::ElementsAttr attr) {
  auto type = llvm::dyn_cast_or_null<mlir::ShapedType>(
      attr ? attr.getShapedType() : mlir::ShapedType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  size_t count = type.getNumElements();
  mlir::Type element = type.getElementType();
  std::vector<T> values;
  if (auto dense = llvm::dyn_cast<mlir::DenseElementsAttr>(attr)) {
    values.reserve(count);
    if (llvm::isa<mlir::FloatType>(element)) {
      for (const llvm::APFloat &value : dense.getValues<llvm::APFloat>()) {
        llvm::APFloat wide = value;
        bool lossy = false;
        wide.convert(llvm::APFloat::IEEEdouble(),
                     llvm::APFloat::rmNearestTiesToEven, &lossy);
        values.push_back(static_cast<T>(wide.convertToDouble()));
      }
      return values;
    }
    auto integer = llvm::dyn_cast<mlir::IntegerType>(element);
    if (!integer || integer.getWidth() > 64)
      return std::nullopt;
    bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
    for (const llvm::APInt &value : dense.getValues<llvm::APInt>())
      values.push_back(isUnsigned ? static_cast<T>(value.getZExtValue())
                                  : static_cast<T>(value.getSExtValue()));
    return values;
  }
  auto resource = llvm::dyn_cast<mlir::DenseResourceElementsAttr>(attr);
  mlir::AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob)
    return std::nullopt;
  llvm::ArrayRef<char> bytes = blob->getData();
  auto read = [&](auto sample) -> std::optional<std::vector<T>> {
    using S = decltype(sample);
    if (bytes.size() / sizeof(S) != count || bytes.size() % sizeof(S))
      return std::nullopt;
    values.resize(count);
    for (size_t i = 0; i < count; ++i) {
      S value;
      std::memcpy(&value, bytes.data() + i * sizeof(S), sizeof(S));
      values[i] = static_cast<T>(value);
    }
    return values;
  };
  if (element.isF32())
    return read(float());
  if (element.isF64())
    return read(double());
  if (element.isF16() || element.isBF16()) {
    if (bytes.size() / 2 != count || bytes.size() % 2)
      return std::nullopt;
    for (size_t i = 0; i < count; ++i) {
      uint16_t half;
      std::memcpy(&half, bytes.data() + 2 * i, sizeof(half));
      values.push_back(static_cast<T>(
          element.isF16() ? halfToFloat(half)
                          : floatFromBits(uint32_t(half) << 16)));
    }
    return values;
  }
  if (element.isInteger(8))
    return element.isUnsignedInteger() ? read(uint8_t()) : read(int8_t());
  if (element.isInteger(16))
    return element.isUnsignedInteger() ? read(uint16_t()) : read(int16_t());
  if (element.isInteger(32))
    return element.isUnsignedInteger() ? read(uint32_t()) : read(int32_t());
  if (element.isInteger(64))
    return read(int64_t());
  return std::nullopt;
}

/// As readConstant; empty if the values cannot be read.
inline std::vector<float> getFloats(mlir::ElementsAttr attr) {
  return readConstant<float>(attr).value_or(std::vector<float>());
}
inline std::vector<int64_t> getInts(mlir::ElementsAttr attr) {
  return readConstant<int64_t>(attr).value_or(std::vector<int64_t>());
}

/// Whether the values can be read: what a verifier asks.
inline bool isReadable(mlir::ElementsAttr attr) {
  if (auto resource =
          llvm::dyn_cast_or_null<mlir::DenseResourceElementsAttr>(attr)) {
    mlir::AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    mlir::ShapedType type = attr.getShapedType();
    mlir::Type element = type.getElementType();
    if (!blob || !type.hasStaticShape() || !element.isIntOrFloat())
      return false;
    size_t width = element.getIntOrFloatBitWidth() / 8;
    return width != 0 && blob->getData().size() % width == 0 &&
           blob->getData().size() / width == size_t(type.getNumElements());
  }
  return llvm::isa_and_nonnull<mlir::DenseElementsAttr>(attr);
}

} // namespace neuro

#endif // NEURO_SUPPORT_CONSTANTS_H
