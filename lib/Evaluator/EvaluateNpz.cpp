//===- EvaluateNpz.cpp - runs a model on arrays in a file -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/BuiltinOps.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/Support/FileSet.h"
#include "neuro/Support/Npz.h"

using namespace mlir;
using namespace neuro;

LogicalResult neuro::evaluateNpz(ModuleOp module, const std::string &inputPath,
                                 const std::string &outputPath,
                                 EvaluationMode mode, unsigned threads) {
  func::FuncOp func = findMain(module);
  if (!func)
    return failure();
  std::unique_ptr<Evaluator> evaluator = Evaluator::create(func);
  if (!evaluator)
    return failure();
  FileRoles roles;
  if (auto place = module.getLoc()->findInstanceOf<FileLineColLoc>())
    roles.reads("the input file", place.getFilename().str());
  roles.reads("--input", inputPath);
  roles.writes("--output", outputPath);
  std::vector<std::string> conflicts = roles.conflicts();
  for (const std::string &conflict : conflicts)
    mlir::emitError(func.getLoc()) << conflict;
  if (!conflicts.empty())
    return failure();
  NamedArrays inputs, outputs;
  std::string error;
  if (!readNpz(inputPath, evaluator->makeRequest(), inputs, error))
    return mlir::emitError(func.getLoc()) << error;
  EvaluateOptions options;
  options.mode = mode;
  options.threads = threads;
  // The arrays are at fault, not the function: point at their file.
  Location location = FileLineColLoc::get(func.getContext(), inputPath, 0, 0);
  if (failed(evaluator->run(inputs, options, outputs,
                            [&] { return emitError(location); })))
    return failure();
  if (!writeNpz(outputPath, outputs, error))
    return mlir::emitError(func.getLoc()) << error;
  return success();
}
