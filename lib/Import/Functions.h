//===- Functions.h - calls of model-local functions -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_FUNCTIONS_H
#define NEURO_LIB_IMPORT_FUNCTIONS_H

#include <string>
#include <vector>

namespace onnx {
class FunctionProto;
class ModelProto;
} // namespace onnx

namespace neuro::import {

/// Of each node of the graph, the function whose body it stood in (null: the
/// graph itself). A function says which opsets its nodes are of.
using NodeOrigins = std::vector<const ::onnx::FunctionProto *>;

/// "domain.name" of a function.
std::string functionName(const ::onnx::FunctionProto &function);

/// Puts the bodies of the model's own functions in the place of their calls,
/// until there are no calls left. On failure the graph is as it was, and
/// `errors` says why: a function that calls itself, calls that do not fit, or
/// more nodes than anyone would write.
bool inlineFunctions(::onnx::ModelProto &model, NodeOrigins &origins,
                     std::vector<std::string> &errors);

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_FUNCTIONS_H
