//===- Report.h - what cannot be converted -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_REPORT_REPORT_H
#define NEURO_LIB_CONVERSION_ONNXTONN_REPORT_REPORT_H

#include "Convert.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/JSON.h"

namespace neuro::onnxnn {

/// A note for each operator and reason, at the first of its nodes; what is
/// wrong with the function's inputs and outputs is noted at `loc`.
void printReport(mlir::InFlightDiagnostic &diag, const Converter &converter,
                 mlir::Location loc, llvm::ArrayRef<mlir::Location> nodeLocs);
void printReport(llvm::json::OStream &json, const Converter &converter);
/// What is known of each value: a constant, or a view of a stream with its
/// index map. `inputs` are names and values of the function's arguments.
void printViews(llvm::raw_ostream &os, const Converter &converter,
                llvm::StringRef function,
                const std::vector<std::pair<std::string, int>> &inputs);
/// JSON must be UTF-8; names in files need not be.
std::string utf8(const std::string &text);

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_REPORT_REPORT_H
