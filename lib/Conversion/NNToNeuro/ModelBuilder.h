//===- ModelBuilder.h - fixed-point neuron models -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H
#define NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H

#include "neuro/Dialect/NN/Quantised.h"
#include "neuro/Dialect/Neuro/Neuro.h"

#include "llvm/ADT/DenseMap.h"

namespace neuro {

/// Writes the region of one population. What the functions compute is defined
/// in docs/spec/quantised.md.
class ModelBuilder {
public:
  ModelBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  using Value = mlir::Value;

  Value constant(int64_t value);
  Value param(llvm::StringRef name, llvm::ArrayRef<int64_t> values);

  Value add(Value a, Value b);
  Value add(Value a, int64_t b) { return b ? add(a, constant(b)) : a; }
  Value sub(Value a, Value b);
  Value min(Value a, Value b, bool count = false);
  Value max(Value a, Value b, bool count = false);
  Value shl(Value a, unsigned amount);
  Value shift(Value a, Value amount);
  Value bitAnd(Value a, Value b);
  /// The low `bits` bits.
  Value lowBits(Value a, unsigned bits);
  /// floor(a * b / 2^amount).
  Value mulShr(Value a, Value b, unsigned amount);
  Value mulShr(Value a, int64_t b, unsigned amount) {
    return mulShr(a, constant(b), amount);
  }
  /// floor(a / 2^amount).
  Value shr(Value a, unsigned amount) {
    return amount ? mulShr(a, 1, amount) : a;
  }
  /// a / 2^amount, rounded half up.
  Value roundShr(Value a, unsigned amount);
  Value eq(Value a, int64_t b);
  Value less(Value a, Value b);
  Value select(Value condition, Value a, Value b);
  Value read(llvm::StringRef field);
  void write(llvm::StringRef field, Value value);
  void fireUnlessZero(Value payload);
  void fireUnless(Value payload, Value silent);
  void exportFactor(ExportKind kind, Value value);

  /// Limits to [-limit, limit]; every value that is changed is counted.
  Value clip(Value a, int64_t limit);
  /// 0 where the gate is 0.
  Value gated(Value gate, Value a);

  Value rescale(Value a, const nn::Rescale &rescale, llvm::StringRef name = "");
  /// At `v` in steps of 2^-14.
  Value polynomial(Value v, const nn::Polynomial &polynomial);

  /// 2^(x / 2^fraction + top) for x <= 0 and top <= 15.
  Value exp2(Value x, unsigned fraction, unsigned top);
  /// log2(a / 2^levels) in steps of 2^-fraction, for 2^levels <= a < 2^23.
  Value log2(Value a, unsigned fraction, unsigned levels);
  /// 2^(22 + levels) / a for 2^levels <= a < 2^23.
  Value reciprocal(Value a, unsigned levels);
  /// The packed root of the sum with these digits, which is not 0.
  Value packedRoot(llvm::ArrayRef<Value> digits, const nn::NormPlan &plan);

private:
  Value normalise(Value a, unsigned top, unsigned unit, Value &shifted);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::DenseMap<int64_t, Value> constants;
};

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H
