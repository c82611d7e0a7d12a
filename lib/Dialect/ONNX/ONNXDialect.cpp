//===- ONNXDialect.cpp - the onnx dialect ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
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
  addOperations<
#define GET_OP_LIST
#include "neuro/Dialect/ONNX/ONNXOps.cpp.inc"
      >();
}

/// `{name = value, ...}`, or nothing if the node has no attributes.
static ParseResult parseNodeAttrs(OpAsmParser &parser, DictionaryAttr &attrs) {
  NamedAttrList list;
  if (parser.parseOptionalAttrDict(list))
    return failure();
  attrs = list.getDictionary(parser.getContext());
  return success();
}

static void printNodeAttrs(OpAsmPrinter &printer, Operation *op,
                           DictionaryAttr attrs) {
  // An empty dictionary is written when another one follows it.
  if (attrs.empty() && op->getDiscardableAttrDictionary().empty())
    return;
  printer << ' ' << attrs;
}

#define GET_OP_CLASSES
#include "neuro/Dialect/ONNX/ONNXOps.cpp.inc"
