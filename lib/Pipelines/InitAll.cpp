//===- InitAll.cpp - registers every dialect, pass and translation --------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/InitAll.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "mlir/Transforms/Passes.h"

#include "neuro/Conversion/NNToNeuro/NNToNeuro.h"
#include "neuro/Conversion/NeuroToLoihi/NeuroToLoihi.h"
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "neuro/Dialect/Check/Check.h"
#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Dialect/Neuro/Neuro.h"
#include "neuro/Dialect/Neuro/NeuroPasses.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/Import/Import.h"
#include "neuro/Pipelines/Dot.h"
#include "neuro/Pipelines/Pipelines.h"
#include "neuro/Target/Binary/Binary.h"

void neuro::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::func::FuncDialect, mlir::arith::ArithDialect,
                  onnx::ONNXDialect, nn::NNDialect, NeuroDialect,
                  loihi::LoihiDialect, check::CheckDialect>();
}

void neuro::registerAllPasses() {
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  onnx::registerPasses();
  nn::registerNNPasses();
  registerNNToNeuroPassesPasses();
  registerNeuroPassesPasses();
  registerNeuroToLoihiPassesPasses();
  registerPipelines();
}

static void registerDotTranslation() {
  static mlir::TranslateFromMLIRRegistration registration(
      "to-dot", "draw a module of any level in Graphviz's language",
      [](mlir::Operation *op, llvm::raw_ostream &os) {
        return neuro::writeDot(op, os);
      },
      [](mlir::DialectRegistry &registry) {
        neuro::registerAllDialects(registry);
      });
}

void neuro::registerAllTranslations() {
  registerDotTranslation();
  registerBinaryTranslations();
  registerImportTranslation();
  registerEvaluateTranslations();
}
