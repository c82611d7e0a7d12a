//===- Parse.h - from bytes to an ONNX message -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_PARSE_H
#define NEURO_LIB_IMPORT_PARSE_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace onnx {
class ModelProto;
} // namespace onnx

namespace neuro::import {

/// What is wrong with a file, and where in a text file (0: no place).
struct ParseError {
  std::string message;
  unsigned line = 0, column = 0;
};

/// Reads binary or text protobuf. False: `error` says what the bytes are.
bool parseModel(llvm::StringRef bytes, ::onnx::ModelProto &model,
                ParseError &error);

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_PARSE_H
