//===- neuro-opt.cpp - runs passes on MLIR files ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/ToolMain.h"
#include "llvm/Support/PrettyStackTrace.h"

int main(int argc, char **argv) {
  neuro::installToolHandlers("neuro-opt");
  if (!neuro::checkToolFiles("neuro-opt", argc, argv))
    return 2;
  llvm::setBugReportMsg("neuro-opt stopped unexpectedly: this is our fault. "
                        "Please report it with the input "
                        "file and this command line:\n");
  mlir::DialectRegistry registry;
  neuro::registerAllDialects(registry);
  neuro::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "neuro-mlir optimiser driver\n", registry));
}
