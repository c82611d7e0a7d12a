//===- Pipelines.cpp - the passes of each phase ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "neuro/Conversion/NNToNeuro/NNToNeuro.h"
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihi.h"
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Dialect/Neuro/NeuroPasses.h"
#include "neuro/Pipelines/Phases.h"

using namespace mlir;

void neuro::buildNNPipeline(OpPassManager &manager,
                            const PipelineOptions &options) {
  onnx::ONNXToNNOptions convert;
  convert.report = options.unsupportedReport;
  manager.addPass(onnx::createONNXToNN(convert));
  manager.addNestedPass<func::FuncOp>(nn::createNNFoldAffine());
  manager.addPass(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(nn::createNNToStream());
  manager.addPass(createCSEPass());
}

void neuro::buildQuantisePipeline(OpPassManager &manager,
                                  const PipelineOptions &options) {
  if (options.calibration.empty())
    return;
  nn::NNQuantiseOptions quantise;
  quantise.calibration = options.calibration;
  quantise.margin = options.margin;
  manager.addNestedPass<func::FuncOp>(nn::createNNQuantise(quantise));
}

void neuro::buildNeuroPipeline(OpPassManager &manager,
                               const PipelineOptions &options) {
  manager.addPass(createNNToNeuroPass());
  addModelSimplification(manager.nest<NetworkOp>());
  NeuroSchedulePassOptions schedule;
  schedule.fallThrough = options.schedule == "fall-through";
  manager.addNestedPass<NetworkOp>(createNeuroSchedulePass(schedule));
  manager.addNestedPass<NetworkOp>(createNeuroRangeAnalysisPass());
}

void neuro::buildLoihiPipeline(OpPassManager &manager,
                               const PipelineOptions &options) {
  NeuroToLoihiPassOptions map;
  map.target = options.target;
  map.placement = options.placement;
  map.seed = options.seed;
  map.chips = options.chips;
  manager.addPass(createNeuroToLoihiPass(map));
}

void neuro::buildNeuroPipelines(OpPassManager &manager,
                                const PipelineOptions &options) {
  Phase from = parsePhase(options.from).value_or(Phase::ONNX);
  Phase to = parsePhase(options.to).value_or(Phase::Loihi);
  if (from < Phase::NN && to >= Phase::NN) {
    buildNNPipeline(manager, options);
    buildQuantisePipeline(manager, options);
  }
  if (from < Phase::Neuro && to >= Phase::Neuro)
    buildNeuroPipeline(manager, options);
  if (from < Phase::Loihi && to >= Phase::Loihi)
    buildLoihiPipeline(manager, options);
}

/// All problems of the options, one a line; empty when there is none.
static std::string checkOptions(const neuro::PipelineOptions &options) {
  std::string errors;
  auto complain = [&](const std::string &error) {
    errors += (errors.empty() ? "" : "\n") + error;
  };
  for (const std::string &phase :
       {std::string(options.from), std::string(options.to)})
    if (!neuro::parsePhase(phase))
      complain("unknown phase '" + phase + "'; there are " +
               neuro::getPhaseNames());
  if (options.schedule != "pipelined" && options.schedule != "fall-through")
    complain("unknown schedule '" + options.schedule.getValue() +
             "'; there are pipelined, fall-through");
  return errors;
}

void neuro::registerPipelines() {
  registerPassPipeline(
      "neuro-pipeline",
      "The phases of neuro-compile, from the phase of the input to the one "
      "wanted",
      [](OpPassManager &manager, StringRef text,
         llvm::function_ref<LogicalResult(const Twine &)> errorHandler) {
        PipelineOptions options;
        if (failed(options.parseFromString(text)))
          return failure();
        if (std::string errors = checkOptions(options); !errors.empty())
          return errorHandler(errors);
        buildNeuroPipelines(manager, options);
        return success();
      },
      [](llvm::function_ref<void(const mlir::detail::PassOptions &)> handler) {
        handler(PipelineOptions());
      });
}
