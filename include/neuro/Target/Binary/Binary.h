//===- Binary.h - loihi ops to chip binary and back -------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TARGET_BINARY_BINARY_H
#define NEURO_TARGET_BINARY_BINARY_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <vector>

namespace neuro::loihi {
class SystemOp;

/// What a system without a producer of its own says in the file.
inline constexpr const char *kProducer = "neuro-mlir 1.0.0";

/// Encodes a system. The bytes depend on the ops alone, and they have passed
/// the loader's verifier; otherwise every problem is reported at `system`.
mlir::FailureOr<std::vector<uint8_t>> emitBinary(SystemOp system);

/// As above for the only loihi.system of a module.
mlir::FailureOr<std::vector<uint8_t>> emitBinary(mlir::ModuleOp module);

/// Rebuilds the ops of a file, whatever its bytes are; `name` stands for the
/// file in messages. Null, with diagnostics, when the file is bad.
mlir::OwningOpRef<mlir::ModuleOp> readBinary(llvm::ArrayRef<uint8_t> bytes,
                                             llvm::StringRef name,
                                             mlir::MLIRContext *context);

} // namespace neuro::loihi

namespace neuro {

/// Registers --emit-nrb, --read-nrb and --test-nrb-roundtrip.
void registerBinaryTranslations();

} // namespace neuro

#endif // NEURO_TARGET_BINARY_BINARY_H
