//===- RangeAnalysis.cpp - which accumulators cannot wrap -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Analysis/Ranges.h"
#include "neuro/Dialect/Neuro/NeuroPasses.h"

namespace neuro {
#define GEN_PASS_DEF_NEURORANGEANALYSISPASS
#include "neuro/Dialect/Neuro/NeuroPasses.h.inc"
} // namespace neuro

using namespace mlir;
using namespace neuro;

namespace {

constexpr int64_t kAccumulatorLimit = (int64_t(1) << 23) - 1;

struct RangeAnalysisPass
    : public neuro::impl::NeuroRangeAnalysisPassBase<RangeAnalysisPass> {
  using Base::Base;

  void runOnOperation() override {
    RangeAnalysis ranges(getOperation());
    bool failed = false;
    for (auto population :
         getOperation().getBody().front().getOps<PopulationOp>()) {
      SmallVector<int64_t> bounds;
      for (unsigned i = 0; i < population.getDendrites().size(); ++i) {
        int64_t bound = ranges.dendrite(population, i).magnitude();
        bounds.push_back(bound);
        if (bound <= kAccumulatorLimit)
          continue;
        // Not on the op: its model would be printed along.
        Location loc = population.getLoc();
        auto diag = strict ? emitError(loc) : emitRemark(loc);
        diag << "dendrite #" << i << " of population '" << population.getName()
             << "' may wrap: its sum may reach " << bound;
        diag.attachNote() << "the accumulator holds 24 bits (up to "
                          << kAccumulatorLimit
                          << "); the chip counts wraps as dendrite_wraps";
        failed |= strict;
      }
      population->setDiscardableAttr(
          "neuro.dendrite_bounds",
          DenseI64ArrayAttr::get(&getContext(), bounds));
    }
    if (failed)
      signalPassFailure();
  }
};

} // namespace
