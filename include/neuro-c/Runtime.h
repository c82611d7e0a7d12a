/*===- Runtime.h - C interface to the simulator -------------------*- C -*-===*\
|*                                                                            *|
|* Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.    *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Load a binary, make a run of arrays, read arrays and JSON back. Strings    *|
|* are UTF-8 and live as long as the object that gave them. A null argument   *|
|* is an error, not a crash. No exception leaves this interface.              *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef NEURO_C_RUNTIME_H
#define NEURO_C_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum NeuroDType {
  NEURO_BOOL = 0,
  NEURO_INT8,
  NEURO_INT16,
  NEURO_INT32,
  NEURO_INT64,
  NEURO_UINT8,
  NEURO_UINT16,
  NEURO_UINT32,
  NEURO_UINT64,
  NEURO_FLOAT16,
  NEURO_FLOAT32,
  NEURO_FLOAT64
} NeuroDType;

/* A dense array, row-major, in the host's byte order. */
typedef struct NeuroArray {
  const char *name;
  NeuroDType dtype;
  size_t rank;
  const int64_t *shape;
  const void *data;
} NeuroArray;

typedef struct NeuroSimulator NeuroSimulator;
typedef struct NeuroRun NeuroRun;

/* Called from worker threads, one at a time. */
typedef void (*NeuroProgressCallback)(uint64_t done, uint64_t total,
                                      void *user);

typedef struct NeuroRunOptions {
  int reference;    /* not 0: the slow engine */
  int no_learning;  /* not 0: plastic synapses keep their initial weights */
  uint32_t threads; /* 0: one per processor */
  uint32_t tokens;  /* for a model without arrays to feed */
  const char *const *probes; /* "NAME[:KIND]", as for neuro-run */
  size_t num_probes;
  NeuroProgressCallback progress; /* may be null */
  void *user;
} NeuroRunOptions;

/* Always returns an object; ask it whether it holds a model. `name` stands in
   messages for the bytes. Null only when memory is out. */
NeuroSimulator *neuroSimulatorLoad(const char *path);
NeuroSimulator *neuroSimulatorLoadBytes(const void *data, size_t size,
                                        const char *name);
int neuroSimulatorIsOk(const NeuroSimulator *simulator);
/* Every problem, one per line; "" when there is none. */
const char *neuroSimulatorGetErrors(const NeuroSimulator *simulator);
/* Ports, sources and groups as JSON; "" when not ok. */
const char *neuroSimulatorGetJson(const NeuroSimulator *simulator);
void neuroSimulatorDestroy(NeuroSimulator *simulator);

/* Runs a batch; `options` may be null. Always returns an object; ask it. */
NeuroRun *neuroSimulatorRun(const NeuroSimulator *simulator,
                            const NeuroArray *inputs, size_t num_inputs,
                            const NeuroRunOptions *options);
int neuroRunIsOk(const NeuroRun *run);
const char *neuroRunGetErrors(const NeuroRun *run);
size_t neuroRunGetNumOutputs(const NeuroRun *run);
NeuroArray neuroRunGetOutput(const NeuroRun *run, size_t index);
size_t neuroRunGetNumProbes(const NeuroRun *run);
NeuroArray neuroRunGetProbe(const NeuroRun *run, size_t index);
/* Counters as JSON; "" when not ok. */
const char *neuroRunGetStatsJson(const NeuroRun *run);
void neuroRunDestroy(NeuroRun *run);

/* The version of the binary format that this library reads, "1.0.0". */
const char *neuroRuntimeGetFormatVersion(void);

#ifdef __cplusplus
}
#endif

#endif /* NEURO_C_RUNTIME_H */
