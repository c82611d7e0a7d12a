//===- LoihiDialect.cpp - the loihi dialect, its types, attributes -*- C++ -*-//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Target/TargetModel.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro::loihi;

#include "neuro/Dialect/Loihi/LoihiDialect.cpp.inc"
#include "neuro/Dialect/Loihi/LoihiEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "neuro/Dialect/Loihi/LoihiTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/Loihi/LoihiAttrs.cpp.inc"

//===----------------------------------------------------------------------===//
// Attributes with the prefix of this dialect
//===----------------------------------------------------------------------===//

LogicalResult LoihiDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  return verifyDialectAttribute(op, "this operation", attribute, {});
}

LogicalResult LoihiDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                     unsigned,
                                                     NamedAttribute attribute) {
  return verifyDialectAttribute(op, "an argument", attribute, {});
}

LogicalResult
LoihiDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                          NamedAttribute attribute) {
  return verifyDialectAttribute(op, "a result", attribute, {});
}

LogicalResult TraceAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                unsigned impulse, unsigned fraction,
                                unsigned tau) {
  unsigned limit = neuro::target::TargetModel().maxImpulse;
  if (impulse > limit)
    return emitError() << "impulse must be 0.." << limit << " (L19), got "
                       << impulse;
  if (fraction > 255)
    return emitError() << "fraction must be 0..255, got " << fraction;
  if (tau > 65535)
    return emitError() << "tau must be 0..65535, got " << tau;
  return success();
}

void LoihiDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "neuro/Dialect/Loihi/LoihiTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "neuro/Dialect/Loihi/LoihiAttrs.cpp.inc"
      >();
  addStrictOperations<
#define GET_OP_LIST
#include "neuro/Dialect/Loihi/LoihiOps.cpp.inc"
      >(*this);
}
