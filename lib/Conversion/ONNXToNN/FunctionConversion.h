//===- FunctionConversion.h - a function of ONNX nodes -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_FUNCTIONCONVERSION_H
#define NEURO_LIB_CONVERSION_ONNXTONN_FUNCTIONCONVERSION_H

#include "Emit.h"
#include "Report/Report.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "llvm/ADT/DenseSet.h"

namespace neuro::onnxnn {

/// Reads one function into the converter, and puts back what it has become.
class FunctionConversion {
public:
  FunctionConversion(mlir::func::FuncOp func) : func(func) {}

  Converter converter;
  std::vector<Output> outputs;
  mlir::func::FuncOp func;
  /// Of each of the converter's nodes.
  std::vector<mlir::Location> nodeLocs;
  std::vector<neuro::onnx::NodeOp> nodeOps;

  llvm::LogicalResult read();
  void convert(bool printsViews);
  void print(mlir::InFlightDiagnostic &diag) {
    printReport(diag, converter, func.getLoc(), nodeLocs);
  }
  bool succeeded() const {
    return converter.report.empty() && converter.problems.empty();
  }

private:
  void findRead();
  bool isRead(mlir::BlockArgument arg) const {
    return llvm::any_of(arg.getUsers(), [&](mlir::Operation *user) {
      return readOps.contains(user);
    });
  }
  void readInputs();
  llvm::LogicalResult readOperations();
  void dropArguments();
  void replace(const std::vector<Reading> &readings);

  llvm::DenseMap<mlir::Value, int> numbers;
  /// The operations that the function's results depend on.
  llvm::DenseSet<mlir::Operation *> readOps;
  std::vector<std::string> inputNames;

  int number(mlir::Value value) {
    auto [it, isNew] = numbers.try_emplace(value, int(converter.values.size()));
    if (isNew) {
      converter.values.emplace_back();
      converter.excused.push_back(false);
    }
    return it->second;
  }
};

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_FUNCTIONCONVERSION_H
