//===- neuro-run.cpp - simulates a chip binary ----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunTool.h"

int main(int argc, char **argv) {
  neuro::RunTool tool;
  if (auto code = tool.parse(argc, argv))
    return *code;
  return tool.execute();
}
