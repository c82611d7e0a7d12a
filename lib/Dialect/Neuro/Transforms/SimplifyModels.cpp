//===- SimplifyModels.cpp - MLIR's own passes on neuron models ------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/NeuroPasses.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void neuro::addModelSimplification(OpPassManager &networks) {
  OpPassManager &models = networks.nest<PopulationOp>();
  models.addPass(createCanonicalizerPass());
  models.addPass(createCSEPass());
}
