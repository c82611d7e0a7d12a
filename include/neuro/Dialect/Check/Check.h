//===- Check.h - the check dialect -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_CHECK_CHECK_H
#define NEURO_DIALECT_CHECK_CHECK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"

#include "neuro/Dialect/StrictOps.h"

#include "neuro/Dialect/Check/CheckDialect.h.inc"
#define GET_OP_CLASSES
#include "neuro/Dialect/Check/CheckOps.h.inc"

#endif // NEURO_DIALECT_CHECK_CHECK_H
