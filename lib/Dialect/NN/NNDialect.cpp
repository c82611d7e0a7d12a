//===- NNDialect.cpp - the nn dialect and its attributes ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "neuro/Dialect/NN/NN.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace neuro::nn;

#include "neuro/Dialect/NN/NNDialect.cpp.inc"
#include "neuro/Dialect/NN/NNEnums.cpp.inc"

FailureOr<neuro::nn::detail::Scale>
neuro::nn::detail::parseScale(AsmParser &parser) {
  double value = 0;
  if (failed(parser.parseFloat(value)))
    return failure();
  return Scale(value);
}

#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/NN/NNAttrs.cpp.inc"

//===----------------------------------------------------------------------===//
// Attributes with the prefix of this dialect
//===----------------------------------------------------------------------===//

LogicalResult NNDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  if (!isa<FunctionOpInterface>(op))
    return verifyDialectAttribute(op, "this operation", attribute, {});
  if (failed(
          verifyDialectAttribute(op, "a function", attribute, {kStreamAttr})))
    return failure();
  auto stream = dyn_cast<DictionaryAttr>(attribute.getValue());
  if (!stream)
    return op->emitOpError() << "has in '" << kStreamAttr
                             << "' no dictionary, but " << attribute.getValue();
  LogicalResult ok = success();
  for (NamedAttribute entry : stream)
    if (failed(verifyDialectAttribute(op, kStreamAttr, entry,
                                      {"tokens", "batch_axis", "time_axis"})))
      ok = failure();
  return ok;
}

LogicalResult NNDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                  unsigned,
                                                  NamedAttribute attribute) {
  return verifyDialectAttribute(
      op, "an argument", attribute,
      {kNameAttr, kShapeAttr, kTimeAxisAttr, kElementTypeAttr, kQuantAttr});
}

LogicalResult NNDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                     unsigned,
                                                     NamedAttribute attribute) {
  return verifyDialectAttribute(
      op, "a result", attribute,
      {kNameAttr, kShapeAttr, kTimeAxisAttr, kElementTypeAttr});
}

LogicalResult QuantAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                detail::Scale scale, int64_t limit) {
  if (!std::isfinite(scale) || scale <= 0) {
    auto diag = emitError()
                << "nn.quant: 'scale' must be a positive finite number";
    diag.attachNote() << "actual: " << double(scale);
    return diag;
  }
  // Nothing on the chip is wider than the 24-bit dendrite.
  if (limit < 1 || limit > (1 << 23) - 1) {
    auto diag = emitError() << "nn.quant: 'limit' is out of range";
    diag.attachNote() << "expected: 1 to " << (1 << 23) - 1;
    diag.attachNote() << "  actual: " << limit;
    return diag;
  }
  return success();
}

void NNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "neuro/Dialect/NN/NNAttrs.cpp.inc"
      >();
  addStrictOperations<
#define GET_OP_LIST
#include "neuro/Dialect/NN/NNOps.cpp.inc"
      >(*this);
}
