//===- ModelBuilder.h - fixed-point neuron models -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H
#define NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace neuro {

/// How an integer becomes a real number, per neuron: real = unit * integer +
/// bias. One entry, or one per neuron.
struct Units {
  std::vector<double> unit = {1.0};
  std::vector<double> bias;

  bool hasBias() const;
};

/// Writes the region of one population.
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
  /// floor(a * b / 2^amount).
  Value mulShr(Value a, Value b, unsigned amount);
  Value mulShr(Value a, int64_t b, unsigned amount) {
    return mulShr(a, constant(b), amount);
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

  /// round((unit * a + bias) / scale), not limited. `fraction` keeps that many
  /// more bits below the point. With `round` false the result is floored.
  Value rescale(Value a, const Units &units, double scale,
                unsigned fraction = 0, bool round = true,
                llvm::StringRef name = "");

  /// floor(log2(a)) for 1 <= a < 2^24.
  Value log2(Value a);
  /// floor(2^(x/256 + top)) for x <= 0; 0 when below 1.
  Value exp2(Value x, unsigned top);
  /// About 2^k / a for 1 <= a < 2^24, limited to 2^22.
  Value reciprocal(Value a, unsigned k);
  /// About 2^22 / sqrt(a) for 1 <= a < 2^24.
  Value inverseSqrt(Value a);
  /// sum_i coefficients[i] * (v / 2^14)^i, in units of 2^-fraction.
  Value polynomial(Value v, llvm::ArrayRef<double> coefficients,
                   unsigned fraction);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::DenseMap<int64_t, Value> constants;
};

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NNTONEURO_MODELBUILDER_H
