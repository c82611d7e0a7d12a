//===- Tables.cpp - the file's tables as elements attributes --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Tables.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

using namespace mlir;

namespace {

// Above this a table is kept as a resource, so that the context does not hash
// and keep it, and so that printing can leave it out.
constexpr size_t kMaxInlineElements = 64;

template <typename T>
ElementsAttr make(MLIRContext *context, StringRef name, ArrayRef<T> values,
                  int64_t columns) {
  SmallVector<int64_t> shape;
  if (columns) {
    shape = {int64_t(values.size()) / columns, columns};
  } else {
    shape = {int64_t(values.size())};
  }
  auto type = RankedTensorType::get(
      shape, IntegerType::get(context, unsigned(8 * sizeof(T))));
  ArrayRef<char> raw(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
  if (values.size() <= kMaxInlineElements)
    return DenseElementsAttr::getFromRawBuffer(type, raw);
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocateAndCopyWithAlign(raw, alignof(uint64_t));
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace

ElementsAttr neuro::loihi::makeTable(MLIRContext *context, StringRef name,
                                     ArrayRef<uint32_t> values,
                                     int64_t columns) {
  return make(context, name, values, columns);
}

ElementsAttr neuro::loihi::makeTable(MLIRContext *context, StringRef name,
                                     ArrayRef<uint64_t> values) {
  return make(context, name, values, 0);
}

ElementsAttr neuro::loihi::makeTable(MLIRContext *context, StringRef name,
                                     ArrayRef<int32_t> values) {
  return make(context, name, values, 0);
}

ElementsAttr neuro::loihi::makeTable(MLIRContext *context, StringRef name,
                                     ArrayRef<uint8_t> values) {
  return make(context, name, values, 0);
}

template <typename T>
FailureOr<std::vector<T>> neuro::loihi::readTable(ElementsAttr table) {
  auto type = dyn_cast<RankedTensorType>(table.getType());
  if (!type || !type.hasStaticShape() ||
      !type.getElementType().isSignlessInteger(8 * sizeof(T)))
    return failure();
  // A splat can claim more elements than memory holds.
  constexpr int64_t maxElements = int64_t(1) << 28;
  if (ShapedType::getNumElements(type.getShape()) > maxElements)
    return failure();
  size_t count = size_t(type.getNumElements());
  std::vector<T> values(count);
  ArrayRef<char> raw;
  bool splat = false;
  if (auto dense = dyn_cast<DenseElementsAttr>(table)) {
    raw = dense.getRawData();
    splat = dense.isSplat();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(table)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return failure();
    raw = blob->getData();
  } else {
    return failure();
  }
  if (splat) {
    if (count && raw.size() >= sizeof(T)) {
      std::memcpy(&values[0], raw.data(), sizeof(T));
      std::fill(values.begin() + 1, values.end(), values[0]);
    }
    return values;
  }
  if (raw.size() < count * sizeof(T))
    return failure();
  if (count)
    std::memcpy(values.data(), raw.data(), count * sizeof(T));
  return values;
}

template FailureOr<std::vector<uint8_t>> neuro::loihi::readTable(ElementsAttr);
template FailureOr<std::vector<int32_t>> neuro::loihi::readTable(ElementsAttr);
template FailureOr<std::vector<uint32_t>> neuro::loihi::readTable(ElementsAttr);
template FailureOr<std::vector<uint64_t>> neuro::loihi::readTable(ElementsAttr);
