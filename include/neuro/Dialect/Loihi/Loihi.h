//===- Loihi.h - the loihi dialect ------------------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_LOIHI_H
#define NEURO_DIALECT_LOIHI_LOIHI_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "neuro/Dialect/StrictOps.h"

#include "neuro/Dialect/Loihi/LoihiDialect.h.inc"
#include "neuro/Dialect/Loihi/LoihiEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "neuro/Dialect/Loihi/LoihiTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "neuro/Dialect/Loihi/LoihiAttrs.h.inc"
#define GET_OP_CLASSES
#include "neuro/Dialect/Loihi/LoihiOps.h.inc"

#endif // NEURO_DIALECT_LOIHI_LOIHI_H
