//===- Tables.h - the file's tables as elements attributes ------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_TABLES_H
#define NEURO_DIALECT_LOIHI_TABLES_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace neuro::loihi {

/// A table of `columns` integers per row; with `columns` 0 a plain vector.
/// Small tables are held in the attribute, large ones as a resource that is
/// called `name`.
mlir::ElementsAttr makeTable(mlir::MLIRContext *context, llvm::StringRef name,
                             llvm::ArrayRef<uint32_t> values,
                             int64_t columns = 0);
mlir::ElementsAttr makeTable(mlir::MLIRContext *context, llvm::StringRef name,
                             llvm::ArrayRef<uint64_t> values);
mlir::ElementsAttr makeTable(mlir::MLIRContext *context, llvm::StringRef name,
                             llvm::ArrayRef<int32_t> values);
mlir::ElementsAttr makeTable(mlir::MLIRContext *context, llvm::StringRef name,
                             llvm::ArrayRef<uint8_t> values);

/// The values of a table whose element type has the width of T. Fails when the
/// resource is missing (elided when it was printed) or the width is another.
template <typename T>
mlir::FailureOr<std::vector<T>> readTable(mlir::ElementsAttr table);

} // namespace neuro::loihi

#endif // NEURO_DIALECT_LOIHI_TABLES_H
