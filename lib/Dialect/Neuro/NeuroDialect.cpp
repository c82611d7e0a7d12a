//===- NeuroDialect.cpp - types and attributes of neuro -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/Neuro.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro;

#include "neuro/Dialect/Neuro/NeuroDialect.cpp.inc"

#include "neuro/Dialect/Neuro/NeuroEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "neuro/Dialect/Neuro/NeuroTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/Neuro/NeuroAttrs.cpp.inc"

void NeuroDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "neuro/Dialect/Neuro/NeuroTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "neuro/Dialect/Neuro/NeuroAttrs.cpp.inc"
      >();
  addStrictOperations<
#define GET_OP_LIST
#include "neuro/Dialect/Neuro/NeuroOps.cpp.inc"
      >(*this);
}

//===----------------------------------------------------------------------===//
// Attributes with the prefix of this dialect
//===----------------------------------------------------------------------===//

LogicalResult NeuroDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attribute) {
  if (isa<PopulationOp>(op))
    return verifyDialectAttribute(op, "a population", attribute,
                                  {"neuro.dendrite_bounds"});
  return verifyDialectAttribute(op, "this operation", attribute, {});
}

LogicalResult NeuroDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                     unsigned,
                                                     NamedAttribute attribute) {
  return verifyDialectAttribute(op, "an argument", attribute, {});
}

LogicalResult
NeuroDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned,
                                          NamedAttribute attribute) {
  return verifyDialectAttribute(op, "a result", attribute, {});
}

LogicalResult SpikesType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t count, unsigned bits) {
  if (count <= 0)
    return emitError() << "a population must have at least one neuron, got "
                       << count;
  if (bits != 0 && bits != 8 && bits != 16 && bits != 24)
    return emitError()
           << "payload width must be 0, 8, 16 or 24 bits (L12), got " << bits;
  return success();
}

LogicalResult Conv2dAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ElementsAttr kernel, ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> output,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads) {
  auto type = kernel.getShapedType();
  if (!type.getElementType().isSignlessInteger(8) || type.getRank() != 4)
    return emitError()
           << "kernel must be a tensor of i8 with 4 dimensions, got " << type;
  if (input.size() != 3 || output.size() != 3 || strides.size() != 2 ||
      pads.size() != 4)
    return emitError()
           << "needs 3 input and 3 output dimensions, 2 strides and "
              "4 pads";
  for (int64_t v : llvm::concat<const int64_t>(input, output, strides))
    if (v <= 0)
      return emitError() << "dimensions and strides must be positive, got "
                         << v;
  for (int64_t v : pads)
    if (v < 0)
      return emitError() << "pads must not be negative, got " << v;
  if (type.getDimSize(0) != output[0] || type.getDimSize(1) != input[0])
    return emitError() << "kernel " << type << " does not fit " << input[0]
                       << " input and " << output[0] << " output channels";
  for (int axis = 0; axis < 2; ++axis) {
    int64_t padded = input[1 + axis] + pads[axis] + pads[2 + axis];
    int64_t extent = type.getDimSize(2 + axis);
    int64_t want = padded < extent ? 0 : (padded - extent) / strides[axis] + 1;
    if (want != output[1 + axis])
      return emitError() << "output " << (axis ? "width" : "height")
                         << " must be " << want << ", got " << output[1 + axis];
  }
  return success();
}

LogicalResult HoldsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t value, int64_t emit, int64_t channels) {
  if (value < 0 || emit < 0 || channels < 0)
    return emitError() << "value, emit and channels must not be negative, got "
                       << value << ", " << emit << " and " << channels;
  return success();
}

LogicalResult FieldAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, unsigned bits, bool is_signed,
                                bool saturate, ArrayRef<int32_t> init) {
  if (name.empty())
    return emitError() << "a state field needs a name";
  if (bits != 8 && bits != 16 && bits != 24)
    return emitError() << "state field '" << name
                       << "' must have 8, 16 or 24 bits, got " << bits;
  if (init.empty())
    return emitError() << "state field '" << name
                       << "' needs at least one initial value";
  int64_t low = is_signed ? -(int64_t(1) << (bits - 1)) : 0;
  int64_t high = (int64_t(1) << (is_signed ? bits - 1 : bits)) - 1;
  for (int32_t v : init)
    if (v < low || v > high)
      return emitError() << "initial value " << v << " of state field '" << name
                         << "' must be in " << low << ".." << high;
  return success();
}
