//===- InputShapes.h - static shapes for the inputs of a graph -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_INPUTSHAPES_H
#define NEURO_LIB_IMPORT_INPUTSHAPES_H

#include "mlir/IR/BuiltinTypes.h"
#include "neuro/Import/Import.h"
#include "llvm/ADT/StringMap.h"
#include <functional>
#include <string>
#include <vector>

namespace onnx {
class ValueInfoProto;
} // namespace onnx

namespace neuro::import {

struct GraphInput {
  const ::onnx::ValueInfoProto *info;
  mlir::RankedTensorType type;
};

/// Gives every input a static shape: from the file; from `--shape`; from a
/// dimension of the same name that is bound elsewhere; or from the samples of
/// a calibration file.
class InputShapes {
public:
  InputShapes(mlir::MLIRContext *context, const ImportOptions &options,
              std::function<void(const std::string &)> fail)
      : context(context), options(options), fail(std::move(fail)) {}

  /// `allNames`: also the inputs that are left out, which may be given shapes.
  void bind(std::vector<GraphInput> &inputs,
            const std::vector<std::string> &allNames);

  /// Sizes by the names that dimensions have in the file.
  llvm::StringMap<int64_t> symbols;
  /// "input 'x'" of each input of another float type than f32.
  std::vector<std::string> narrowed;
  /// Shapes that samples have helped to find, as `--shape` would give them.
  std::vector<std::string> sampled;
  /// Inputs with dimensions that nothing binds, and what would bind them.
  std::vector<std::string> open, suggestions;

private:
  void readGiven(const std::vector<std::string> &allNames);
  void bindSymbols(const GraphInput &input);
  void bindSampledSymbols(const GraphInput &input);
  mlir::Type elementOf(const GraphInput &input);
  bool isOpen(const GraphInput &input) const;
  void resolve(GraphInput &input);
  std::vector<int64_t> sampleOf(const GraphInput &input) const;

  mlir::MLIRContext *context;
  const ImportOptions &options;
  std::function<void(const std::string &)> fail;
  llvm::StringMap<const ShapeBinding *> given;
  std::vector<ShapeBinding> samples;
  /// Where the size of a symbol comes from.
  llvm::StringMap<std::string> boundBy;
  llvm::StringMap<int64_t> examples;
};

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_INPUTSHAPES_H
