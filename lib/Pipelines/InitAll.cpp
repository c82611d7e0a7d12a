//===- InitAll.cpp - registers every dialect, pass and translation
//---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/InitAll.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

#ifdef NEURO_HAVE_NeuroNNDialect
#include "neuro/Dialect/NN/NN.h"
#endif
#ifdef NEURO_HAVE_NeuroONNXDialect
#include "neuro/Dialect/ONNX/ONNX.h"
#endif
#ifdef NEURO_HAVE_NeuroNeuroDialect
#include "neuro/Dialect/Neuro/Neuro.h"
#endif
#ifdef NEURO_HAVE_NeuroLoihiDialect
#include "neuro/Dialect/Loihi/Loihi.h"
#endif
#ifdef NEURO_HAVE_NeuroCheckDialect
#include "neuro/Dialect/Check/Check.h"
#endif

void neuro::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::func::FuncDialect, mlir::arith::ArithDialect>();
#ifdef NEURO_HAVE_NeuroNNDialect
  registry.insert<nn::NNDialect>();
#endif
#ifdef NEURO_HAVE_NeuroONNXDialect
  registry.insert<onnx::ONNXDialect>();
#endif
#ifdef NEURO_HAVE_NeuroNeuroDialect
  registry.insert<NeuroDialect>();
#endif
#ifdef NEURO_HAVE_NeuroLoihiDialect
  registry.insert<loihi::LoihiDialect>();
#endif
#ifdef NEURO_HAVE_NeuroCheckDialect
  registry.insert<check::CheckDialect>();
#endif
}

void neuro::registerAllPasses() {
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
}

void neuro::registerAllTranslations() {}
