//===- Failures.h - what nobody handles, in a program --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the main of a program, not for libraries: memory that is out and
// exceptions that nobody catches end it with one line and exit code 1.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_FAILURES_H
#define NEURO_SUPPORT_FAILURES_H

#include <string>

namespace neuro {

/// `tool` stands in front of the messages and must live on.
void installFailureHandlers(const char *tool);

/// Each writes one line to the error stream and leaves with exit code 1, at
/// once: nothing that is open is flushed.
[[noreturn]] void failOutOfMemory();
[[noreturn]] void failWith(const char *message);

/// Flushes the standard output. False when not all that was printed arrived;
/// `error` says why.
bool flushOutput(std::string &error);

} // namespace neuro

#endif // NEURO_SUPPORT_FAILURES_H
