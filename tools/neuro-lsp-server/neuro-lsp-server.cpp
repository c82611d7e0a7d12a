//===- neuro-lsp-server.cpp - language server for our dialects ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/ToolMain.h"

int main(int argc, char **argv) {
  neuro::installToolHandlers("neuro-lsp-server");
  mlir::DialectRegistry registry;
  neuro::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry)) ? 1 : 0;
}
