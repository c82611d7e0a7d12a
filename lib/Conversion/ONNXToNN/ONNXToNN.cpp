//===- ONNXToNN.cpp - the pass onnx-to-nn ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "FunctionConversion.h"
#include "mlir/IR/BuiltinOps.h"
#include "neuro/Conversion/ONNXToNN/Recogniser.h"
#include "neuro/Support/File.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

namespace neuro::onnx {
#define GEN_PASS_DEF_ONNXTONN
#include "neuro/Conversion/ONNXToNN/ONNXToNNPasses.h.inc"
} // namespace neuro::onnx

using namespace mlir;
using namespace neuro::onnxnn;
using neuro::onnx::ONNXDialect;

namespace {
struct ONNXToNNPass : public neuro::onnx::impl::ONNXToNNBase<ONNXToNNPass> {
  using ONNXToNNBase::ONNXToNNBase;

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      bool hasNodes = false;
      func.walk([&](Operation *op) {
        hasNodes |= isa_and_nonnull<ONNXDialect>(op->getDialect());
      });
      if (hasNodes && failed(convert(func)))
        signalPassFailure();
    }
  }

  LogicalResult convert(func::FuncOp func) {
    FunctionConversion conversion(func);
    if (failed(conversion.read()))
      return failure();
    conversion.convert(printViews);
    std::stable_sort(conversion.converter.report.begin(),
                     conversion.converter.report.end(),
                     [](const Unsupported &a, const Unsupported &b) {
                       return a.nodes.front() < b.nodes.front();
                     });
    if (!report.empty() && failed(writeReport(func, conversion)))
      return failure();
    if (conversion.succeeded())
      return success();
    size_t nodes = 0;
    for (const Unsupported &entry : conversion.converter.report)
      nodes += entry.nodes.size();
    InFlightDiagnostic diag = mlir::emitError(func.getLoc());
    diag << "the model cannot be compiled: ";
    size_t problems = conversion.converter.problems.size();
    if (problems)
      diag << problems
           << (problems == 1 ? " input or output does"
                             : " inputs and outputs do")
           << " not fit" << (nodes ? ", and " : "");
    if (nodes)
      diag << nodes << (nodes == 1 ? " node is" : " nodes are")
           << " not supported";
    conversion.print(diag);
    const StreamGraph &graph = conversion.converter.graph;
    if (nodes && graph.batch > 1)
      diag.attachNote(func.getLoc())
          << "axis 0 of the inputs, of size " << graph.batch
          << ", is taken as the batch, and axis 1, of size " << graph.tokens
          << ", as the sequence; a model with the sequence first must be "
             "exported with the batch first (batch_first=True), or take its "
             "input through a Transpose";
    return diag;
  }

  LogicalResult writeReport(func::FuncOp func,
                            const FunctionConversion &conversion) {
    std::string text, error;
    llvm::raw_string_ostream os(text);
    llvm::json::OStream json(os, 2);
    json.object([&] { printReport(json, conversion.converter); });
    os << "\n";
    if (report == "-")
      llvm::outs() << text;
    else if (!neuro::writeFileAtomically(report, text.data(), text.size(),
                                         error))
      return mlir::emitError(func.getLoc()) << error;
    return success();
  }
};
} // namespace

std::vector<neuro::onnx::SupportedOp> neuro::onnx::supportedOps() {
  const OperatorTable &table = OperatorTable::get();
  OperatorTable::Entries all = table.all();
  for (const auto &[key, entries] : table.allFolds())
    all.try_emplace(key, entries);
  std::vector<SupportedOp> result;
  for (const auto &[key, entries] : all) {
    SupportedOp op{key.first.empty() ? "ai.onnx" : key.first,
                   key.second,
                   {},
                   entries.front().limits};
    if (entries.back().until != onnx::kNoLastVersion)
      op.limits += (op.limits.empty() ? "" : "; ") +
                   std::string("versions up to ") +
                   std::to_string(entries.back().until);
    for (const OperatorEntry &entry : entries)
      op.versions.push_back(entry.since);
    result.push_back(std::move(op));
  }
  return result;
}
