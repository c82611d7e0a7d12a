//===- NN.h - the nn dialect ------------------------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_NN_H
#define NEURO_DIALECT_NN_NN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/bit.h"

#include "neuro/Dialect/StrictOps.h"

namespace neuro::nn {

/// Names of attributes on functions, arguments and results.
inline constexpr const char *kNameAttr = "nn.name";
inline constexpr const char *kShapeAttr = "nn.shape";
inline constexpr const char *kTimeAxisAttr = "nn.time_axis";
inline constexpr const char *kElementTypeAttr = "nn.element_type";
inline constexpr const char *kQuantAttr = "nn.quant";
inline constexpr const char *kStreamAttr = "nn.stream";

/// The attribute in which an op says how its result is held in integers.
inline constexpr const char *kResultQuantAttr = "quant";

namespace detail {
/// A double that is compared and hashed by its bits.
struct Scale {
  Scale(double value) : value(value) {}
  operator double() const { return value; }
  bool operator==(const Scale &other) const {
    return llvm::bit_cast<uint64_t>(value) ==
           llvm::bit_cast<uint64_t>(other.value);
  }
  double value;
};
inline llvm::hash_code hash_value(const Scale &scale) {
  return llvm::hash_value(llvm::bit_cast<uint64_t>(scale.value));
}
mlir::FailureOr<Scale> parseScale(mlir::AsmParser &parser);
} // namespace detail

} // namespace neuro::nn

#include "neuro/Dialect/NN/NNDialect.h.inc"
#include "neuro/Dialect/NN/NNEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/NN/NNAttrs.h.inc"
#define GET_OP_CLASSES
#include "neuro/Dialect/NN/NNOps.h.inc"

#endif // NEURO_DIALECT_NN_NN_H
