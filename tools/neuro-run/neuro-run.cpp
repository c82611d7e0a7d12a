//===- neuro-run.cpp - simulates a chip binary ----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunTool.h"

#include "neuro/Support/Failures.h"

#include <new>

static int run(int argc, char **argv) {
  neuro::RunTool tool;
  std::optional<int> code = tool.parse(argc, argv);
  return tool.finish(code ? *code : tool.execute());
}

int main(int argc, char **argv) {
  neuro::installFailureHandlers("neuro-run");
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc &) {
    neuro::failOutOfMemory();
  } catch (const std::exception &error) {
    neuro::failWith(error.what());
  }
}
