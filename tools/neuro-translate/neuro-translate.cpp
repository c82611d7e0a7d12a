//===- neuro-translate.cpp - reads and writes files of other formats ------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/ToolMain.h"
#include "llvm/Support/PrettyStackTrace.h"

int main(int argc, char **argv) {
  neuro::installToolHandlers("neuro-translate");
  if (!neuro::checkToolFiles("neuro-translate", argc, argv))
    return 2;
  llvm::setBugReportMsg("neuro-translate stopped unexpectedly: this is our "
                        "fault. Please report it with the input "
                        "file and this command line:\n");
  neuro::registerAllTranslations();
  return mlir::failed(mlir::mlirTranslateMain(
             argc, argv, "neuro-mlir translation driver\n"))
             ? 1
             : 0;
}
