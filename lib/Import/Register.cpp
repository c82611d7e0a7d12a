//===- Register.cpp - the translation --import-onnx -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "neuro/Import/Import.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

std::optional<neuro::ShapeBinding>
neuro::parseShapeBinding(llvm::StringRef text, std::string &error) {
  auto [name, shape] = text.rsplit('=');
  ShapeBinding binding;
  binding.name = name.str();
  llvm::SmallVector<llvm::StringRef> parts;
  shape.split(parts, 'x');
  for (llvm::StringRef part : parts) {
    int64_t dim;
    if (part.getAsInteger(10, dim) || dim <= 0 || dim > INT32_MAX) {
      parts.clear();
      break;
    }
    binding.dims.push_back(dim);
  }
  if (name.empty() || parts.empty()) {
    error = "'" + text.str() +
            "' is not a shape; expected NAME=SIZESxJOINEDxBYxX with sizes of 1 "
            "or more, for example images=1x6x784";
    return std::nullopt;
  }
  return binding;
}

void neuro::registerImportTranslation() {
  static llvm::cl::list<std::string> shapes(
      "shape",
      llvm::cl::desc("shape of an ONNX input, e.g. images=1x6x784 (repeat for "
                     "other inputs)"),
      llvm::cl::value_desc("NAME=SHAPE"));
  static TranslateToMLIRRegistration registration(
      "import-onnx", "read an ONNX file into the onnx dialect",
      [](llvm::SourceMgr &sourceMgr,
         MLIRContext *context) -> OwningOpRef<Operation *> {
        ImportOptions options;
        bool valid = true;
        for (const std::string &text : shapes) {
          std::string error;
          if (auto binding = parseShapeBinding(text, error)) {
            options.shapes.push_back(*binding);
            continue;
          }
          emitError(UnknownLoc::get(context)) << "--shape: " << error;
          valid = false;
        }
        if (!valid)
          return {};
        const llvm::MemoryBuffer *buffer =
            sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID());
        return importOnnxBuffer(buffer->getMemBufferRef(), options, context);
      },
      [](DialectRegistry &registry) {
        registry.insert<func::FuncDialect, neuro::onnx::ONNXDialect>();
      });
}
