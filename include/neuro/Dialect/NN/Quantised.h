//===- Quantised.h - the integers of the quantised form ---------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a quantised function computes is defined in integers
// (docs/spec/quantised.md). Here are the numbers in that definition which
// follow from the attributes: multipliers, shifts, coefficients, limits. The
// evaluator computes with them, the lowering writes them into neuron programs.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_QUANTISED_H
#define NEURO_DIALECT_NN_QUANTISED_H

#include "neuro/Dialect/NN/NN.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace neuro::nn {

//===----------------------------------------------------------------------===//
// Where the integers are
//===----------------------------------------------------------------------===//

/// Whether a value has no population: the only one that reads it adds it up in
/// its own dendrites, so that it is never rounded.
bool isFused(mlir::Value value);

/// More than 1: the value is [channels, height, width], and its neurons are
/// numbered by row, column and then channel.
int64_t channelsOf(mlir::Value value);

/// The grid of a value that is not fused, or that its reader holds inside; null
/// for token ids.
QuantAttr gridOf(mlir::Value value);

//===----------------------------------------------------------------------===//
// Rescaling
//===----------------------------------------------------------------------===//

/// How an integer becomes a real number, per element: real = unit * integer +
/// bias. One entry, or one per element in row-major order.
struct Units {
  std::vector<double> unit = {1.0};
  std::vector<double> bias;

  bool hasBias() const;
  double unitAt(size_t i) const { return unit[unit.size() == 1 ? 0 : i]; }
  double biasAt(size_t i) const {
    return bias.empty() ? 0.0 : bias[bias.size() == 1 ? 0 : i];
  }
};

/// What the dendritic sum means in which a linear layer, convolution, table or
/// affine operation is added up, before any rounding.
Units accumulatorUnits(mlir::Value value);
/// What the dendritic sum of a reader of `value` means: the accumulator of a
/// fused value, the integer of another.
Units unitsOf(mlir::Value value);

/// The attention's keys, queries and values, as its neurons hold them.
Units keyUnits(AttentionOp op);
Units queryUnits(AttentionOp op);
Units valueUnits(AttentionOp op);

/// round((unit * a + bias) / scale) in integers:
/// floor((a + offset) * multiplier / 2^amount) or, if `late`,
/// floor((floor(a * multiplier / 2^(amount - 4)) + offset) / 2^4).
struct Rescale {
  unsigned amount = 4;
  /// Not 0: `a` is limited to this first, so that the result fits 32 bits.
  int64_t inputLimit = 0;
  bool late = false;
  std::vector<int64_t> multiplier, offset;

  /// `fraction` keeps that many more bits below the point. Without `round` the
  /// result is floored. `bound` is the largest magnitude of `a`.
  static Rescale make(const Units &units, double scale, unsigned fraction = 0,
                      bool round = true, int64_t bound = int64_t(1) << 23);
};

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// sum_i coefficients[i] * (v / 2^14)^i in units of 2^-fraction, by Horner's
/// rule, each product floored.
struct Polynomial {
  std::vector<int64_t> coefficients;
  unsigned fraction = 0;

  /// Through the Chebyshev points of [0, 1]; with fewer bits than `fraction`
  /// where its sums would leave 32.
  static Polynomial make(unsigned degree, unsigned fraction,
                         llvm::function_ref<double(double)> f);
};

/// gelu, gelu_tanh, silu: max(x, 0) - |x| h(|x|), with a polynomial h.
struct ActivationPlan {
  Rescale toReach; // |x| in steps of reach / 2^14
  Polynomial h;
  Rescale toResult; // of 16 * f(x)

  static ActivationPlan make(ActivationKind kind, double scale, int64_t limit,
                             QuantAttr result);
};

/// Layer and root-mean-square norms.
struct NormPlan {
  int64_t rows = 1, size = 1;
  bool subtractsMean = false;
  QuantAttr center;
  unsigned finer = 0; // bits that the centre has below the input's step
  /// Sums over a row are made of parts of so many elements.
  int64_t partSize = 1, parts = 1;
  Rescale mean; // of the sum, in steps of the centre

  /// Squares are added up digit by digit, in base 2^digitBits; the digits below
  /// `firstDigit` cannot matter beside epsilon. So many of the squares' digits
  /// are left from there on, and so many digits of epsilon, at least as many.
  unsigned digitBits = 2, firstDigit = 0, ownDigits = 1;
  std::vector<int64_t> epsilon;
  /// The root's exponent is packed as `mostExponent - exponent`.
  int64_t mostExponent = 0;
  /// c / sqrt(sum) is in steps of 2^-resultBits.
  unsigned resultBits = 22, resultShift = 0;
  bool hasBias = false;
  Rescale result;

  static NormPlan make(mlir::Operation *op);
};
/// Bits below the point to which a late offset is added.
inline constexpr unsigned kLateBits = 4;
/// Bits of a square's digit, so that those of `size` elements add up.
unsigned squareDigitBits(int64_t size);
/// Bits of the packed root's mantissa (of 1 to 2) and exponent.
inline constexpr unsigned kRootBits = 17, kExponentBits = 5;
/// Bits of a digit pair's carry in a part of a sum.
inline constexpr unsigned kPartBits = 12;

/// Attention by softmax, over slots in `groups` of `groupSize`.
struct SoftmaxPlan {
  int64_t slots = 1, groups = 1, groupSize = 1;
  unsigned fraction = 12; // bits of a score below one octave
  Rescale score;
  int64_t scoreLimit = 0;
  unsigned levels = 14, groupLevels = 14; // 1.0 is 2^levels

  static SoftmaxPlan make(AttentionOp op);
};
/// The key-value slots; in the tensor form, the tokens.
int64_t slotsOf(AttentionOp op);

/// What keeps an op with all its attributes from having integers; empty if
/// nothing does.
std::string whyNotInIntegers(mlir::Operation *op);

/// Attention by relu: a score in steps of its weights.
Rescale reluScore(AttentionOp op);
/// 1.0 as an attention weight is 2^15.
inline constexpr unsigned kWeightBits = 15;
inline constexpr int64_t kKeyLimit = 63, kValueLimit = 127;
/// The most slots whose exponentials are added up at once.
inline constexpr int64_t kSlotsPerGroup = 256;
/// 2^f on [0, 1) in Q20, and log2(1 + f).
const Polynomial &exp2Polynomial();
const Polynomial &log2Polynomial();

} // namespace neuro::nn

#endif // NEURO_DIALECT_NN_QUANTISED_H
