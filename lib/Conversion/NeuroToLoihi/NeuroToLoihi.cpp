//===- NeuroToLoihi.cpp - a network onto cores ----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihi.h"

#include "BuildNetwork.h"
#include "EmitSystem.h"
#include "neuro/Dialect/Neuro/NeuroPasses.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace neuro;

namespace neuro {
#define GEN_PASS_DEF_NEUROTOLOIHIPASS
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihiPasses.h.inc"
} // namespace neuro

namespace {

class NeuroToLoihiPass
    : public neuro::impl::NeuroToLoihiPassBase<NeuroToLoihiPass> {
public:
  using NeuroToLoihiPassBase::NeuroToLoihiPassBase;

  void runOnOperation() override {
    mapping::PartitionOptions options;
    mapping::Placement how = mapping::Placement::Linear;
    uint64_t scatterSeed = 0;
    if (!target::TargetModel::byName(target.getValue(), options.model)) {
      getOperation().emitError()
          << "unknown target '" << target
          << "'; known are loihi2, loihi2-128 and unbounded";
      return signalPassFailure();
    }
    if (!parsePlacement(how, scatterSeed)) {
      getOperation().emitError()
          << "unknown placement '" << placement
          << "'; known are linear, reverse and scatter:SEED";
      return signalPassFailure();
    }
    options.maxChips = chips;
    bool ok = true;
    for (NetworkOp network :
         llvm::make_early_inc_range(getOperation().getOps<NetworkOp>()))
      if (failed(map(network, options, how, scatterSeed)))
        ok = false;
    if (!ok)
      return signalPassFailure();
    // What the cores need of them stands in loihi.rule.
    for (neuro::RuleOp rule :
         llvm::make_early_inc_range(getOperation().getOps<neuro::RuleOp>()))
      rule.erase();
  }

private:
  bool parsePlacement(mapping::Placement &how, uint64_t &scatterSeed) {
    StringRef text = placement;
    if (text == "linear")
      how = mapping::Placement::Linear;
    else if (text == "reverse")
      how = mapping::Placement::Reverse;
    else if (text.consume_front("scatter:") &&
             !text.getAsInteger(10, scatterSeed))
      how = mapping::Placement::Scatter;
    else
      return false;
    return true;
  }

  LogicalResult map(NetworkOp network, const mapping::PartitionOptions &options,
                    mapping::Placement how, uint64_t scatterSeed) {
    // Selection is one instruction for one operation: all else is done before.
    OpPassManager models(NetworkOp::getOperationName());
    addModelSimplification(models);
    if (failed(runPipeline(models, network)))
      return failure();
    FailureOr<MappableNetwork> mappable = buildNetwork(network);
    if (failed(mappable))
      return failure();
    mapping::limitFormats(mappable->network, options.model.formatsPerCore);
    mapping::Partition cores = mapping::partition(mappable->network, options);
    if (!cores.violations.empty()) {
      report(network, cores, options.model);
      return failure();
    }
    mapping::Tables tables = mapping::buildTables(mappable->network, cores);
    std::vector<mapping::Place> places =
        mapping::place(how, scatterSeed, options.model, cores, tables);
    OpBuilder builder(network);
    emitSystem(builder, network, *mappable, cores, tables, places,
               options.model, seed);
    network.erase();
    return success();
  }

  // One error per limit; what the cores hold is said once.
  void report(NetworkOp network, const mapping::Partition &cores,
              const target::TargetModel &model) {
    constexpr size_t kShownCores = 16;
    for (const mapping::Violation &violation : cores.violations) {
      InFlightDiagnostic diag = emitError(network.getLoc())
                                << "the network does not fit target '"
                                << model.name << "': " << violation.str();
      if (&violation == &cores.violations.back())
        for (const std::string &line :
             mapping::describeCores(cores, model, kShownCores))
          diag.attachNote(network.getLoc()) << line;
    }
  }
};

} // namespace
