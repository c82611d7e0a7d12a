//===- ModelRanges.cpp - bounds of the values of one neuron model ---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Analysis/ModelRanges.h"

#include "mlir/Analysis/DataFlow/DeadCodeAnalysis.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"

using namespace mlir;
using namespace neuro;
using dataflow::IntegerValueRangeLattice;

namespace {

// Begins with what the accumulators may hold: they wrap to 24 bits, and a
// neuron that hears nothing finds 0.
class SeededRangeAnalysis : public dataflow::IntegerRangeAnalysis {
public:
  SeededRangeAnalysis(DataFlowSolver &solver, Region &model,
                      ArrayRef<Interval> dendrites)
      : IntegerRangeAnalysis(solver), model(model), dendrites(dendrites) {}

  void setToEntryState(IntegerValueRangeLattice *lattice) override {
    auto arg = dyn_cast<BlockArgument>(lattice->getAnchor());
    if (!arg || arg.getOwner()->getParent() != &model ||
        !arg.getType().isInteger(32))
      return IntegerRangeAnalysis::setToEntryState(lattice);
    constexpr int64_t half = int64_t(1) << 23;
    Interval range{-half, half - 1};
    if (arg.getArgNumber() < dendrites.size()) {
      Interval sum = dendrites[arg.getArgNumber()];
      if (sum.low >= -half && sum.high < half)
        range = {std::min<int64_t>(sum.low, 0), std::max<int64_t>(sum.high, 0)};
    }
    auto bits = [](int64_t value) { return APInt(32, value, true); };
    propagateIfChanged(
        lattice, lattice->join(IntegerValueRange(ConstantIntRanges::fromSigned(
                     bits(range.low), bits(range.high)))));
  }

private:
  Region &model;
  ArrayRef<Interval> dendrites;
};

} // namespace

ModelRanges::ModelRanges(PopulationOp population, ArrayRef<Interval> dendrites)
    : population(population),
      solver(DataFlowConfig().setInterprocedural(false)) {
  solver.load<dataflow::DeadCodeAnalysis>();
  solver.load<SeededRangeAnalysis>(population.getBody(), dendrites);
  // A failure leaves values without a range: they are not bounded.
  static_cast<void>(solver.initializeAndRun(population));
}

Interval ModelRanges::of(Value value) const {
  const auto *lattice = solver.lookupState<IntegerValueRangeLattice>(value);
  if (!lattice || lattice->getValue().isUninitialized())
    return {INT32_MIN, INT32_MAX};
  const ConstantIntRanges &range = lattice->getValue().getValue();
  return {range.smin().getSExtValue(), range.smax().getSExtValue()};
}

Interval ModelRanges::payload() const {
  Interval sent;
  PopulationOp op = population;
  for (auto fire : op.getBody().getOps<FireOp>()) {
    Interval range = of(fire.getPayload());
    sent = {std::min(sent.low, range.low), std::max(sent.high, range.high)};
  }
  return sent;
}
