/*===- Compiler.h - C interface to the compiler -------------------*- C -*-===*\
|*                                                                            *|
|* Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.    *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Options are the words of neuro-compile's command line. Every function that *|
|* returns an object returns one, also on failure; ask it. Strings are UTF-8  *|
|* and live as long as their object. A null argument is an error, not a       *|
|* crash. No exception leaves this interface.                                 *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef NEURO_C_COMPILER_H
#define NEURO_C_COMPILER_H

#include "neuro-c/Runtime.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called after each phase. */
typedef void (*NeuroPhaseCallback)(const char *phase, double seconds,
                                   const char *note, void *user);

/* Called while sequences are evaluated. */
typedef void (*NeuroCountCallback)(int64_t done, int64_t all, void *user);

typedef struct NeuroCompilation NeuroCompilation;
typedef struct NeuroEvaluation NeuroEvaluation;

/* Compiles, and writes the files that the options name. */
NeuroCompilation *neuroCompile(size_t count, const char *const *arguments,
                               NeuroPhaseCallback progress, void *user);
int neuroCompilationIsOk(const NeuroCompilation *compilation);
/* One JSON object: ok, diagnostics, phases, summary, quantisation (whose member
   speaks_of is "chip" when the chip was compared with the quantised model). */
const char *neuroCompilationGetJson(const NeuroCompilation *compilation);
void neuroCompilationDestroy(NeuroCompilation *compilation);

/* Runs the model on the host; `quantised` needs --calibration. */
NeuroEvaluation *neuroEvaluate(size_t count, const char *const *arguments,
                               size_t inputCount, const NeuroArray *inputs,
                               int quantised, NeuroCountCallback progress,
                               void *user);
int neuroEvaluationIsOk(const NeuroEvaluation *evaluation);
/* One JSON object: ok, diagnostics. */
const char *neuroEvaluationGetJson(const NeuroEvaluation *evaluation);
size_t neuroEvaluationGetNumOutputs(const NeuroEvaluation *evaluation);
NeuroArray neuroEvaluationGetOutput(const NeuroEvaluation *evaluation,
                                    size_t index);
void neuroEvaluationDestroy(NeuroEvaluation *evaluation);

/* One line per ONNX operator that can be compiled. */
const char *neuroGetSupportedOperators(void);
const char *neuroGetCompilerVersion(void);

#ifdef __cplusplus
}
#endif

#endif /* NEURO_C_COMPILER_H */
