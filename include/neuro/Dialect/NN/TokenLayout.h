//===- TokenLayout.h - which axes of a value are tokens ---------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pure query, used by nn-to-stream, which removes these axes, and by the
// evaluator, which replaces them by as many sequences and tokens as it is
// given.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NN_TOKENLAYOUT_H
#define NEURO_DIALECT_NN_TOKENLAYOUT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace neuro::nn {

/// How the leading axes of a value relate to tokens and sequences.
struct TokenLayout {
  enum Kind {
    Unknown,     // follows from a value that is in error
    PerToken,    // one part for each token of each sequence
    PerSequence, // one part for each sequence: its last token's
    Whole,       // no tokens: the function has no arguments
  };
  Kind kind = Unknown;
  /// Number of leading axes that count sequences and tokens.
  unsigned leading = 0;
};

class TokenLayoutAnalysis {
public:
  /// Emits an error for every op that mixes tokens.
  static mlir::FailureOr<TokenLayoutAnalysis> compute(mlir::func::FuncOp func);

  TokenLayout get(mlir::Value value) const { return layouts.lookup(value); }
  /// The shape of one token's (or sequence's) part.
  llvm::SmallVector<int64_t> partShape(mlir::Value value) const;
  int64_t partSize(mlir::Value value) const;

  bool isStream() const { return stream; }
  /// Tokens of a sequence and sequences of a batch, as exported; 1 without
  /// arguments.
  int64_t getTokens() const { return tokens; }
  int64_t getBatch() const { return batch; }

private:
  mlir::LogicalResult seed(mlir::func::FuncOp func);
  mlir::LogicalResult visit(mlir::Operation *op);
  mlir::LogicalResult visitReshape(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, TokenLayout> layouts;
  int64_t tokens = 1, batch = 1;
  bool stream = false, whole = false;
};

} // namespace neuro::nn

#endif // NEURO_DIALECT_NN_TOKENLAYOUT_H
