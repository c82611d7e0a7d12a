//===- FuzzRead.cpp - hostile chip binaries as loihi ops ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the loader lets through becomes ops, and what was read can be written.
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Target/Binary/Binary.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <cstdlib>

using namespace mlir;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // A context keeps every attribute it has seen.
  MLIRContext context(MLIRContext::Threading::DISABLED);
  bool reported = false;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    reported |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return success();
  });
  OwningOpRef<ModuleOp> module =
      neuro::loihi::readBinary({data, size}, "fuzz.nrb", &context);
  // Either a module or a reason.
  if (!module && !reported)
    abort();
  if (module && failed(neuro::loihi::emitBinary(*module)) && !reported)
    abort();
  return 0;
}
