/*===- HeaderTest.c - the compiler's C interface is C -------------*- C -*-===*\
|*                                                                            *|
|* Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.    *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "neuro-c/Compiler.h"

int compileFromC(const char *const *words, size_t count) {
  NeuroCompilation *compilation = neuroCompile(count, words, 0, 0);
  int ok = neuroCompilationIsOk(compilation);
  neuroCompilationDestroy(compilation);
  return ok;
}
