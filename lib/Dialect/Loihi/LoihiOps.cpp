//===- LoihiOps.cpp - the system, its ports, its debug table --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"
#include "neuro/Dialect/Loihi/Tables.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace neuro::loihi;
using namespace neuro::loihi::detail;

static ParseResult parsePlainInteger(OpAsmParser &parser, IntegerAttr &attr) {
  int64_t value;
  if (parser.parseInteger(value))
    return failure();
  attr = parser.getBuilder().getI64IntegerAttr(value);
  return success();
}

static void printPlainInteger(OpAsmPrinter &printer, Operation *,
                              IntegerAttr attr) {
  printer << attr.getInt();
}

#define GET_OP_CLASSES
#include "neuro/Dialect/Loihi/LoihiOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

LogicalResult neuro::loihi::detail::verifyTable(Operation *op, StringRef what,
                                                ElementsAttr table,
                                                unsigned bits,
                                                int64_t columns) {
  auto type = dyn_cast<RankedTensorType>(table.getType());
  bool shape = type && type.getElementType().isSignlessInteger(bits) &&
               type.getRank() == (columns ? 2 : 1) &&
               (!columns || type.getDimSize(1) == columns);
  if (shape)
    return success();
  auto diag = op->emitOpError() << what << " must be a table of i" << bits;
  if (columns)
    diag << " with " << columns << " columns";
  diag << ", got " << table.getType();
  return diag;
}

LogicalResult neuro::loihi::detail::verifyRange(Operation *op, StringRef what,
                                                int64_t value, int64_t low,
                                                int64_t high) {
  if (value >= low && value <= high)
    return success();
  return op->emitOpError() << what << " must be " << low << ".." << high
                           << ", got " << value;
}

int64_t neuro::loihi::detail::getRows(ElementsAttr table) {
  auto type = dyn_cast<RankedTensorType>(table.getType());
  return type && type.getRank() ? type.getDimSize(0) : 0;
}

LogicalResult neuro::loihi::detail::verifyFanout(Operation *op,
                                                 ElementsAttr index,
                                                 ElementsAttr to,
                                                 int64_t sources) {
  if (failed(verifyTable(op, "'index'", index, 32)) ||
      failed(verifyTable(op, "'to'", to, 32, 2)))
    return failure();
  FailureOr<std::vector<uint32_t>> offsets = readTable<uint32_t>(index);
  // The data was left out when the op was printed: nothing more to check.
  if (failed(offsets))
    return success();
  if (int64_t(offsets->size()) != sources + 1)
    return op->emitOpError()
           << "'index' must have " << sources + 1
           << " entries, one more than the sources, got " << offsets->size();
  if (offsets->front() != 0)
    return op->emitOpError()
           << "'index' must start at 0, got " << offsets->front();
  for (size_t i = 1; i < offsets->size(); ++i)
    if ((*offsets)[i] < (*offsets)[i - 1])
      return op->emitOpError()
             << "'index' must not fall, but entry " << i << " is "
             << (*offsets)[i] << " after " << (*offsets)[i - 1];
  if (int64_t(offsets->back()) != getRows(to))
    return op->emitOpError() << "'index' must end at the " << getRows(to)
                             << " rows of 'to', got " << offsets->back();
  return success();
}

//===----------------------------------------------------------------------===//
// SystemOp
//===----------------------------------------------------------------------===//

LogicalResult SystemOp::verify() {
  if (getMesh().size() != 2)
    return emitOpError() << "'mesh' must be columns and rows, got "
                         << getMesh().size() << " numbers";
  LogicalResult ok = success();
  auto range = [&](StringRef what, int64_t value, int64_t low) {
    if (failed(verifyRange(*this, what, value, low, kMaxU32)))
      ok = failure();
  };
  range("mesh columns", getMesh()[0], 1);
  range("mesh rows", getMesh()[1], 1);
  range("'cores_per_chip'", getCoresPerChip(), 1);
  range("'chips'", getChips(), 1);
  range("'period'", getPeriod(), 1);
  range("'latency'", getLatency(), 0);
  range("'max_tokens'", getMaxTokens(), 0);
  return ok;
}

LogicalResult SystemOp::verifyRegions() {
  for (Operation &op : getBody().front())
    if (!isa<SourceOp, CoreOp, InputOp, OutputOp, GoldenOp>(op))
      return op.emitOpError() << "is not part of a loihi.system";
  return success();
}

//===----------------------------------------------------------------------===//
// Ports
//===----------------------------------------------------------------------===//

void SourceOp::getAsmResultNames(OpAsmSetValueNameFn setNameFn) {
  setNameFn(getSource(), getName());
}

LogicalResult InputOp::verify() {
  if (failed(verifyRange(*this, "'width'", getWidth(), 1, kMaxU32)) ||
      failed(verifyRange(*this, "'offset'", getOffset(), 0, kMaxU32)) ||
      failed(verifyRange(*this, "'limit'", getLimit(), 0, (1 << 23) - 1)) ||
      failed(verifyRange(*this, "'payload_bits'", getPayloadBits(), 0, 24)) ||
      failed(verifyRange(*this, "'time_axis'", getTimeAxis(), -1, kMaxU8)))
    return failure();
  return verifyFanout(*this, getIndex(), getTo(), getWidth());
}

LogicalResult OutputOp::verify() {
  if (failed(verifyRange(*this, "'offset'", getOffset(), 0, kMaxU32)) ||
      failed(verifyRange(*this, "'time_axis'", getTimeAxis(), -1, kMaxU8)) ||
      failed(verifyTable(*this, "'elements'", getElements(), 32, 2)))
    return failure();
  int64_t elements = getRows(getElements());
  auto fits = [&](StringRef what, ArrayRef<double> values,
                  bool optional) -> LogicalResult {
    int64_t size = values.size();
    if (size == 1 || size == elements || (optional && size == 0))
      return success();
    return emitOpError() << what << " must have 1 or " << elements
                         << " values, got " << size;
  };
  if (failed(fits("'scale'", getScale(), false)))
    return failure();
  return fits("'zero'", getZero(), true);
}

LogicalResult GoldenOp::verify() {
  return verifyTable(*this, "the data", getData(), 8);
}
