//===- Tensor.h - from ONNX tensors to constants -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_TENSOR_H
#define NEURO_LIB_IMPORT_TENSOR_H

#include "ExternalData.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <map>
#include <string>
#include <vector>

namespace onnx {
class TensorProto;
} // namespace onnx

namespace neuro::import {

/// The name ONNX gives a data type, e.g. FLOAT16.
std::string typeName(int dataType);

/// The element type a value of this data type has in the IR; null if there is
/// none. The wider and narrower floats all become f32.
mlir::Type elementType(int dataType, mlir::MLIRContext *context);

/// Turns tensors into constants; keeps external data files open meanwhile.
class TensorReader {
public:
  /// `modelPath`: external data is looked for beside it.
  TensorReader(mlir::MLIRContext *context, llvm::StringRef modelPath)
      : context(context), files(modelPath) {}

  /// Null on error; then `error` says what is wrong, without the name.
  mlir::ElementsAttr read(const ::onnx::TensorProto &tensor,
                          std::string &error);

  const ExternalFiles &externalFiles() const { return files; }

  /// Names of the tensors of other floats than f32, by their type in the file.
  std::map<std::string, std::vector<std::string>> converted;

private:
  bool externalBytes(const ::onnx::TensorProto &tensor, size_t wanted,
                     llvm::StringRef &bytes, std::string &error);

  mlir::MLIRContext *context;
  ExternalFiles files;
};

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_TENSOR_H
