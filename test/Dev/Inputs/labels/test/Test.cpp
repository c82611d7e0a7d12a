//===- Test.cpp - what the linter of labels is tested with ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// L-2 in a comment is no name.
TEST(Suite, M1_Holds) { check("L04", "L05"); }
TEST(Suite, B3_Holds) {}
