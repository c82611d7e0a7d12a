//===- EvaluateChecks.cpp - runs tests that check themselves --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "neuro/Dialect/Check/Check.h"
#include "neuro/Evaluator/Evaluator.h"

#include <cmath>

using namespace mlir;
using namespace neuro;
using namespace neuro::evaluator;

namespace {

/// "[1, 0]", where element `index` of a tensor of this shape lies.
std::string indices(ArrayRef<int64_t> shape, int64_t index) {
  SmallVector<int64_t> position(shape.size());
  for (size_t i = shape.size(); i-- > 0; index /= shape[i])
    position[i] = index % shape[i];
  std::string text = "[";
  for (size_t i = 0; i < position.size(); ++i)
    text += (i ? ", " : "") + std::to_string(position[i]);
  return text + "]";
}

class Checker {
public:
  Checker(const Program &program, const Workspace &space, bool quantised)
      : program(program), space(space), quantised(quantised) {}

  LogicalResult expect(Operation *op, Value actual, Value expected,
                       double tolerance, double relative) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(actual.getType()).getShape();
    int64_t count = cast<RankedTensorType>(actual.getType()).getNumElements(),
            differ = 0, firstAt = 0;
    double worst = 0;
    for (int64_t i = 0; i < count; ++i) {
      double a = element(actual, i), e = element(expected, i);
      if (a == e || std::fabs(a - e) <= tolerance + relative * std::fabs(e))
        continue;
      if (!differ++)
        firstAt = i;
      worst = std::max(worst, std::fabs(a - e));
    }
    if (!differ)
      return success();
    InFlightDiagnostic diag =
        mlir::emitError(op->getLoc())
        << "'" << op->getName() << "' does not hold: " << differ << " of "
        << count << " elements differ, by " << worst << " at most";
    diag.attachNote() << "first at " << indices(shape, firstAt);
    diag.attachNote() << "expected: " << element(expected, firstAt);
    diag.attachNote() << "  actual: " << element(actual, firstAt);
    return diag;
  }

private:
  double element(Value value, int64_t index) const {
    unsigned slot = program.slotOf.lookup(value);
    const Buffer &buffer = space.buffers[slot];
    if (program.slots[slot].isIds)
      return double(buffer.ids[index]);
    return quantised ? space.real(program, slot, index)
                     : double(buffer.numbers[index]);
  }

  const Program &program;
  const Workspace &space;
  bool quantised;
};

} // namespace

LogicalResult neuro::evaluateChecks(func::FuncOp func, EvaluationMode mode) {
  if (func.getNumArguments() != 0) {
    InFlightDiagnostic diag =
        mlir::emitError(func.getLoc())
        << "a function with inputs cannot be evaluated without data";
    diag.attachNote()
        << "give it constants instead of arguments, or use --nn-evaluate";
    return diag;
  }
  Program program;
  if (failed(Program::compile(func, program)))
    return failure();
  bool quantised = mode == EvaluationMode::Quantised;
  if (quantised &&
      failed(program.checkInteger([&] { return emitError(func.getLoc()); })))
    return failure();
  Workspace space;
  space.run(program, {}, 1, 1, quantised);
  Checker checker(program, space, quantised);
  bool bad = false;
  unsigned checks = 0;
  func.walk([&](Operation *op) {
    if (auto eq = dyn_cast<check::ExpectEqOp>(op))
      bad |= failed(checker.expect(op, eq.getActual(), eq.getExpected(), 0, 0));
    else if (auto close = dyn_cast<check::ExpectCloseOp>(op))
      bad |= failed(checker.expect(op, close.getActual(), close.getExpected(),
                                   close.getTolerance().convertToDouble(),
                                   close.getRelative().convertToDouble()));
    else
      return;
    ++checks;
  });
  if (!checks)
    return mlir::emitError(func.getLoc())
           << "function '" << func.getName()
           << "' checks nothing: it has no check operation";
  return failure(bad);
}
