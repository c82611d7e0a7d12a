//===- Pipelines.cpp - the passes of each phase
//----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "neuro/Pipelines/Phases.h"
#ifdef NEURO_HAVE_NeuroONNXToNN
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#endif
#ifdef NEURO_HAVE_NeuroNNTransforms
#include "neuro/Dialect/NN/NNPasses.h"
#endif
#ifdef NEURO_HAVE_NeuroNNToNeuro
#include "neuro/Conversion/NNToNeuro/NNToNeuro.h"
#endif
#ifdef NEURO_HAVE_NeuroNeuroToLoihi
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihi.h"
#endif

using namespace mlir;

void neuro::buildNNPipeline(OpPassManager &manager,
                            const PipelineOptions &options) {
#ifdef NEURO_HAVE_NeuroONNXToNN
  manager.addPass(createONNXToNN());
#endif
#ifdef NEURO_HAVE_NeuroNNTransforms
  manager.addNestedPass<func::FuncOp>(nn::createNNFoldAffine());
  manager.addPass(createCanonicalizerPass());
  manager.addNestedPass<func::FuncOp>(nn::createNNToStream());
  manager.addPass(createCSEPass());
#endif
}

void neuro::buildQuantisePipeline(OpPassManager &manager,
                                  const PipelineOptions &options) {
#ifdef NEURO_HAVE_NeuroNNTransforms
  if (options.calibration.empty())
    return;
  nn::NNQuantiseOptions quantise;
  quantise.calibration = options.calibration;
  quantise.margin = options.margin;
  manager.addNestedPass<func::FuncOp>(nn::createNNQuantise(quantise));
#endif
}

void neuro::buildNeuroPipeline(OpPassManager &manager,
                               const PipelineOptions &options) {
#ifdef NEURO_HAVE_NeuroNNToNeuro
  manager.addPass(createNNToNeuroPass());
#endif
}

void neuro::buildLoihiPipeline(OpPassManager &manager,
                               const PipelineOptions &options) {}

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
