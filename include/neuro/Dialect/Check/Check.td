//===- Check.td - the check dialect: umbrella -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_CHECK
#define NEURO_DIALECT_CHECK

include "neuro/Dialect/Check/CheckDialect.td"
include "neuro/Dialect/Check/CheckOps.td"

#endif // NEURO_DIALECT_CHECK
