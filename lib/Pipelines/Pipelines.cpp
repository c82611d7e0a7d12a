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

void neuro::registerPipelines() {
  PassPipelineRegistration<PipelineOptions>(
      "neuro-pipeline",
      "The phases of neuro-compile, from the phase of the input to the one "
      "wanted",
      [](OpPassManager &manager, const PipelineOptions &options) {
        buildNeuroPipelines(manager, options);
      });
}
