//===- QuantisationReport.h - how far integers are from floats -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_NN_TRANSFORMS_QUANTISATIONREPORT_H
#define NEURO_LIB_DIALECT_NN_TRANSFORMS_QUANTISATIONREPORT_H

#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Evaluator/Evaluator.h"

namespace neuro::nn {

/// The ONNX node that an op comes from; without one, the op and its position.
std::string layerName(mlir::Operation *op);

/// Runs the quantised function on the calibration data and fills in the errors
/// of layers and, against `expected`, of outputs.
mlir::LogicalResult
measureError(mlir::func::FuncOp func, const Evaluator &evaluator,
             const NamedArrays &calibration, const NamedArrays &expected,
             const QuantiseOptions &options, EmitErrorFn emitError,
             QuantisationReport &report);

} // namespace neuro::nn

#endif // NEURO_LIB_DIALECT_NN_TRANSFORMS_QUANTISATIONREPORT_H
