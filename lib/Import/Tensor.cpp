//===- Tensor.cpp - from ONNX tensors to constants ------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include <onnx/onnx_pb.h>

using namespace llvm;
using ::onnx::TensorProto;

namespace {

/// Bytes of one element in raw data; 0: a type that is not supported.
size_t elementBytes(int type) {
  switch (type) {
  case TensorProto::BOOL:
  case TensorProto::INT8:
  case TensorProto::UINT8:
    return 1;
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return 2;
  case TensorProto::INT32:
  case TensorProto::UINT32:
  case TensorProto::FLOAT:
    return 4;
  case TensorProto::INT64:
  case TensorProto::UINT64:
  case TensorProto::DOUBLE:
    return 8;
  default:
    return 0;
  }
}

/// The elements of `bytes` as S.
template <typename S> std::vector<S> decode(StringRef bytes) {
  std::vector<S> values(bytes.size() / sizeof(S));
  if (!values.empty())
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(S));
  return values;
}

/// Like makeConstant, for element types of any signedness.
template <typename T>
mlir::ElementsAttr makeTyped(mlir::Type element, const std::vector<T> &values,
                             ArrayRef<int64_t> dims) {
  auto type = mlir::RankedTensorType::get(dims, element);
  if (values.size() > neuro::kMaxInlineElements)
    return mlir::DenseResourceElementsAttr::get(
        type, "weights",
        mlir::HeapAsmResourceBlob::allocateAndCopyInferAlign(
            ArrayRef<T>(values)));
  return mlir::DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef<char>(reinterpret_cast<const char *>(values.data()),
                           values.size() * sizeof(T)));
}

std::string dimsText(ArrayRef<int64_t> dims) {
  if (dims.empty())
    return "scalar";
  std::vector<std::string> parts;
  for (int64_t dim : dims)
    parts.push_back(itostr(dim));
  return join(parts, "x");
}

} // namespace

std::string neuro::import::typeName(int dataType) {
  return ::onnx::TensorProto_DataType_IsValid(dataType)
             ? ::onnx::TensorProto_DataType_Name(
                   ::onnx::TensorProto_DataType(dataType))
             : "number " + itostr(dataType);
}

mlir::Type neuro::import::elementType(int dataType,
                                      mlir::MLIRContext *context) {
  mlir::Builder builder(context);
  switch (dataType) {
  case TensorProto::FLOAT:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
  case TensorProto::DOUBLE:
    return builder.getF32Type();
  case TensorProto::BOOL:
    return builder.getI1Type();
  case TensorProto::INT8:
    return builder.getIntegerType(8);
  case TensorProto::INT16:
    return builder.getIntegerType(16);
  case TensorProto::INT32:
    return builder.getIntegerType(32);
  case TensorProto::INT64:
    return builder.getIntegerType(64);
  case TensorProto::UINT8:
    return builder.getIntegerType(8, false);
  case TensorProto::UINT16:
    return builder.getIntegerType(16, false);
  case TensorProto::UINT32:
    return builder.getIntegerType(32, false);
  case TensorProto::UINT64:
    return builder.getIntegerType(64, false);
  default:
    return {};
  }
}

/// As elementType, but floats keep their own type.
static mlir::Type constantType(int dataType, mlir::MLIRContext *context) {
  mlir::Builder builder(context);
  switch (dataType) {
  case TensorProto::FLOAT16:
    return builder.getF16Type();
  case TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case TensorProto::DOUBLE:
    return builder.getF64Type();
  default:
    return neuro::import::elementType(dataType, context);
  }
}

bool neuro::import::TensorReader::externalBytes(const TensorProto &tensor,
                                                size_t wanted, StringRef &bytes,
                                                std::string &error) {
  std::string location;
  uint64_t offset = 0, length = wanted;
  for (const auto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    uint64_t *number = entry.key() == "offset"   ? &offset
                       : entry.key() == "length" ? &length
                                                 : nullptr;
    if (number && StringRef(entry.value()).getAsInteger(10, *number)) {
      error = "external data: " + entry.key() + " '" + entry.value() +
              "' is not a number of bytes";
      return false;
    }
  }
  if (location.empty()) {
    error = "external data: no location is given";
    return false;
  }
  std::string path;
  const MemoryBuffer *file = files.open(location, path, error);
  if (!file)
    return false;
  if (length != wanted) {
    error = "external data: length " + utostr(length) +
            ", but its shape needs " + utostr(wanted) + " bytes";
    return false;
  }
  if (offset > file->getBufferSize() ||
      wanted > file->getBufferSize() - offset) {
    error = "external data: '" + path + "' has " +
            utostr(file->getBufferSize()) + " bytes, but bytes " +
            utostr(offset) + " to " +
            utostr(SaturatingAdd(offset, uint64_t(wanted))) +
            " are asked for: the file is short or of another model";
    return false;
  }
  bytes = file->getBuffer().substr(offset, wanted);
  return true;
}

mlir::ElementsAttr neuro::import::TensorReader::read(const TensorProto &tensor,
                                                     std::string &error) {
  int type = tensor.data_type();
  size_t width = elementBytes(type);
  if (!width) {
    error = "element type " + typeName(type) +
            " is not supported; supported are FLOAT, FLOAT16, BFLOAT16, "
            "DOUBLE, BOOL and the integers of 8 to 64 bits";
    return {};
  }
  SmallVector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  uint64_t count = 1;
  for (int64_t dim : dims) {
    bool overflow = false;
    count = dim < 0 ? 0 : SaturatingMultiply(count, uint64_t(dim), &overflow);
    if (dim < 0 || overflow || count > uint64_t(INT64_MAX) / 8) {
      error = dim < 0 ? "dimension " + itostr(dim) + " is negative"
                      : "shape " + dimsText(dims) + " has too many elements";
      return {};
    }
  }
  if (tensor.has_segment()) {
    error = "it is stored in segments, which is not supported: save the model "
            "again without them";
    return {};
  }

  // The values either as raw little-endian bytes or in one of the typed lists.
  std::string fromLists;
  StringRef bytes;
  auto list = [&](auto &field, auto sample, const char *name) {
    using S = decltype(sample);
    if (uint64_t(field.size()) != count) {
      error = "shape " + dimsText(dims) + " has " + utostr(count) +
              " elements, but " + name + " has " + utostr(field.size());
      return;
    }
    fromLists.resize(count * sizeof(S));
    for (size_t i = 0; i < count; ++i) {
      S value = static_cast<S>(field.Get(int(i)));
      std::memcpy(&fromLists[i * sizeof(S)], &value, sizeof(S));
    }
    bytes = fromLists;
  };
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    if (!externalBytes(tensor, count * width, bytes, error))
      return {};
  } else if (tensor.has_raw_data()) {
    bytes = tensor.raw_data();
    if (bytes.size() != count * width) {
      error = "shape " + dimsText(dims) + " of " + typeName(type) + " needs " +
              utostr(count * width) + " bytes, but raw_data has " +
              utostr(bytes.size());
      return {};
    }
  } else {
    switch (type) {
    case TensorProto::FLOAT:
      list(tensor.float_data(), float(), "float_data");
      break;
    case TensorProto::DOUBLE:
      list(tensor.double_data(), double(), "double_data");
      break;
    case TensorProto::INT64:
      list(tensor.int64_data(), int64_t(), "int64_data");
      break;
    case TensorProto::UINT64:
      list(tensor.uint64_data(), uint64_t(), "uint64_data");
      break;
    case TensorProto::UINT32:
      list(tensor.uint64_data(), uint32_t(), "uint64_data");
      break;
    case TensorProto::INT32:
      list(tensor.int32_data(), int32_t(), "int32_data");
      break;
    default:
      if (width == 2)
        list(tensor.int32_data(), uint16_t(), "int32_data");
      else
        list(tensor.int32_data(), uint8_t(), "int32_data");
    }
    if (!error.empty())
      return {};
  }

  mlir::Type element = constantType(type, context);
  if (type != TensorProto::FLOAT && llvm::isa<mlir::FloatType>(element))
    converted[typeName(type)].push_back(tensor.name());
  if (type == TensorProto::BOOL) {
    std::vector<uint8_t> values = decode<uint8_t>(bytes);
    SmallVector<bool> bools;
    for (uint8_t value : values)
      bools.push_back(value != 0);
    return neuro::makeConstant<bool>(context, ArrayRef<bool>(bools), dims);
  }
  switch (width) {
  case 1:
    return makeTyped(element, decode<int8_t>(bytes), dims);
  case 2:
    return makeTyped(element, decode<int16_t>(bytes), dims);
  case 4:
    return makeTyped(element, decode<int32_t>(bytes), dims);
  default:
    return makeTyped(element, decode<int64_t>(bytes), dims);
  }
}
