//===- ToolMain.h - what the mains of our tools share ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For programs, not for libraries. Free of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_TOOLMAIN_H
#define NEURO_PIPELINES_TOOLMAIN_H

#include <string>

namespace neuro {

/// What LLVM gives up on (memory, threads, an output that cannot be written)
/// and exceptions that nobody catches become one line and exit code 1. `tool`
/// must live on.
void installToolHandlers(const char *tool);

/// For tools that take a file and `-o FILE`: says on the error stream, and
/// returns false, when the output is also one of the inputs, whatever path
/// leads to it, or when an input is a device.
bool checkToolFiles(const char *tool, int argc, const char *const *argv);

/// Flushes what was printed. False when it did not arrive; `error` says why.
bool flushToolOutput(std::string &error);

} // namespace neuro

#endif // NEURO_PIPELINES_TOOLMAIN_H
