//===- Verify.h - helpers of the loihi verifiers ----------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_DIALECT_LOIHI_VERIFY_H
#define NEURO_LIB_DIALECT_LOIHI_VERIFY_H

#include "neuro/Dialect/Loihi/Loihi.h"

namespace neuro::loihi::detail {

/// Checks shape and element width; `columns` 0 stands for a plain vector.
mlir::LogicalResult verifyTable(mlir::Operation *op, llvm::StringRef what,
                                mlir::ElementsAttr table, unsigned bits,
                                int64_t columns = 0);

mlir::LogicalResult verifyRange(mlir::Operation *op, llvm::StringRef what,
                                int64_t value, int64_t low, int64_t high);

/// `index` has `sources + 1` rising entries that end at the rows of `to`.
mlir::LogicalResult verifyFanout(mlir::Operation *op, mlir::ElementsAttr index,
                                 mlir::ElementsAttr to, int64_t sources);

int64_t getRows(mlir::ElementsAttr table);

inline constexpr int64_t kMaxU8 = 255, kMaxU16 = 65535, kMaxU32 = 0xffffffff;

// More than any target holds; keeps tables by neuron from exhausting memory.
inline constexpr int64_t kMaxNeurons = int64_t(1) << 26;

} // namespace neuro::loihi::detail

#endif // NEURO_LIB_DIALECT_LOIHI_VERIFY_H
