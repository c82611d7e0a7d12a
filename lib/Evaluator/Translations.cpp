//===- Translations.cpp - neuro-translate --evaluate, --nn-evaluate -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "neuro/Dialect/Check/Check.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Evaluator/Evaluator.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace neuro;

namespace {
struct Options {
  llvm::cl::OptionCategory category{"evaluation"};
  llvm::cl::opt<EvaluationMode> mode{
      "mode", llvm::cl::desc("Arithmetic of --evaluate and --nn-evaluate"),
      llvm::cl::cat(category),
      llvm::cl::values(
          clEnumValN(EvaluationMode::Float, "float", "floating point"),
          clEnumValN(
              EvaluationMode::Quantised, "quantised",
              "every value rounded to the integers of the quantised form")),
      llvm::cl::init(EvaluationMode::Float)};
  llvm::cl::opt<std::string> input{
      "input", llvm::cl::desc("Arrays for --nn-evaluate, by input name (.npz)"),
      llvm::cl::value_desc("in.npz"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> output{
      "output", llvm::cl::desc("Where --nn-evaluate writes the outputs (.npz)"),
      llvm::cl::value_desc("out.npz"), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> threads{"evaluate-threads",
                                  llvm::cl::desc("Threads of --nn-evaluate"),
                                  llvm::cl::init(2), llvm::cl::cat(category)};
};
} // namespace

void neuro::registerEvaluateTranslations() {
  static Options options;
  auto dialects = [](DialectRegistry &registry) {
    registry.insert<nn::NNDialect, check::CheckDialect, func::FuncDialect,
                    arith::ArithDialect>();
  };
  static TranslateFromMLIRRegistration evaluate(
      "evaluate",
      "run a function of constants and check operations; silent if all hold",
      [](Operation *op, llvm::raw_ostream &) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module)
          return mlir::emitError(op->getLoc()) << "'--evaluate' needs a module";
        bool bad = false, any = false;
        for (auto func : module.getOps<func::FuncOp>()) {
          any = true;
          bad |= failed(evaluateChecks(func, options.mode));
        }
        if (!any)
          return mlir::emitError(op->getLoc())
                 << "the module has no function to evaluate";
        return failure(bad);
      },
      dialects);
  static TranslateFromMLIRRegistration evaluateArrays(
      "nn-evaluate",
      "run an nn function on arrays: --input in.npz --output out.npz [--mode "
      "quantised]",
      [](Operation *op, llvm::raw_ostream &) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module || options.input.empty() || options.output.empty())
          return mlir::emitError(op->getLoc())
                 << "'--nn-evaluate' needs a module, "
                    "--input=in.npz and --output=out.npz";
        return evaluateNpz(module, options.input, options.output, options.mode,
                           options.threads);
      },
      dialects);
}
