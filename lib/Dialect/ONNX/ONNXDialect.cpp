//===- ONNXDialect.cpp - the onnx dialect ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro::onnx;

#include "neuro/Dialect/ONNX/ONNXDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "neuro/Dialect/ONNX/ONNXTypes.cpp.inc"

void ONNXDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "neuro/Dialect/ONNX/ONNXTypes.cpp.inc"
      >();
  addStrictOperations<
#define GET_OP_LIST
#include "neuro/Dialect/ONNX/ONNXOps.cpp.inc"
      >(*this);
}

//===----------------------------------------------------------------------===//
// Attributes with the prefix of this dialect
//===----------------------------------------------------------------------===//

LogicalResult ONNXDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (isa<FunctionOpInterface>(op))
    return verifyDialectAttribute(op, "a function", attribute, {kOpsetsAttr});
  return verifyDialectAttribute(op, "this operation", attribute, {});
}

LogicalResult ONNXDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                    unsigned,
                                                    NamedAttribute attribute) {
  return verifyDialectAttribute(op, "an argument", attribute, {kNameAttr});
}

LogicalResult
ONNXDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                         NamedAttribute attribute) {
  return verifyDialectAttribute(op, "a result", attribute, {kNameAttr});
}

/// `{name = value, ...}`, or nothing if the node has no attributes.
static ParseResult parseNodeAttrs(OpAsmParser &parser, DictionaryAttr &attrs) {
  NamedAttrList list;
  if (parser.parseOptionalAttrDict(list))
    return failure();
  attrs = list.getDictionary(parser.getContext());
  return success();
}

static void printNodeAttrs(OpAsmPrinter &printer, Operation *,
                           DictionaryAttr attrs) {
  if (!attrs.empty())
    printer << ' ' << attrs;
}

#define GET_OP_CLASSES
#include "neuro/Dialect/ONNX/ONNXOps.cpp.inc"
