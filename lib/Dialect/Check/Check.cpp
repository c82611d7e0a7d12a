//===- Check.cpp - the check dialect --------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Check/Check.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace neuro::check;

#include "neuro/Dialect/Check/CheckDialect.cpp.inc"

LogicalResult ExpectCloseOp::verify() {
  for (auto [name, value] :
       {std::pair<StringRef, APFloat>{"tolerance", getTolerance()},
        std::pair<StringRef, APFloat>{"relative", getRelative()}})
    if (!value.isFinite() || value.isNegative()) {
      InFlightDiagnostic diag = emitOpError()
                                << "'" << name << "' is out of range";
      diag.attachNote() << "expected: 0 or a positive number";
      diag.attachNote() << "  actual: " << value.convertToDouble();
      return diag;
    }
  return success();
}

#define GET_OP_CLASSES
#include "neuro/Dialect/Check/CheckOps.cpp.inc"

void CheckDialect::initialize() {
  addStrictOperations<
#define GET_OP_LIST
#include "neuro/Dialect/Check/CheckOps.cpp.inc"
      >(*this);
}
