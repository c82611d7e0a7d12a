//===- Kernels.h - inner loops, one copy per instruction set ----*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels.inc is compiled once for each instruction set; a table of function
// pointers is chosen at run time. Arrays hold whole blocks of kBlock lanes.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_KERNELS_H
#define NEURO_LIB_RUNTIME_KERNELS_H

#include <cstddef>
#include <cstdint>

namespace neuro::runtime {

/// Accumulators and dense rows are padded to this many lanes.
inline constexpr unsigned kBlock = 16;
/// Neurons that one pass through a program handles; 16 registers of them fill
/// half of the first-level cache.
inline constexpr unsigned kLanes = 256;

struct PlanInstruction {
  uint8_t op, mode, dst, a, b, imm;
  uint16_t target; // of a branch
};

struct StateRule {
  int32_t low, high;
  uint8_t bits;
  bool isSigned, saturates;
};

/// Everything a program run over up to kLanes neurons needs.
struct ChunkContext {
  const PlanInstruction *code;
  unsigned length;
  unsigned lanes;
  bool branches;

  /// Sources by operand number (Microcode.h); `rand` is filled on demand.
  const int32_t *source[64];
  int32_t *registers; // 16 x kLanes
  int32_t *state[8];
  StateRule rules[8];
  int32_t *dendrites[4];
  int32_t *exports[4]; // y1 y2 y3 bap, or null

  int32_t *payload, *fired; // fired: 0 or -1; null when nothing spikes
  int32_t payloadLow, payloadHigh;
  bool binaryPayload;

  // Scratch of kLanes.
  int32_t *flag, *mask, *resume, *result, *randomA, *randomB;
  const int32_t *ones; // all lanes active

  void *owner;
  void (*fillRandom)(void *owner, unsigned draw, int32_t *values);
  void (*probe)(void *owner, const int32_t *values, const int32_t *mask);

  // Results.
  uint64_t registerWraps, saturations, spikes;
  bool changed, exported;
};

struct KernelTable {
  const char *name;
  void (*runProgram)(ChunkContext &context);
  /// acc[i] += weights[i] * payload over whole blocks.
  void (*dense32)(int32_t *acc, const int16_t *weights, size_t blocks,
                  int32_t payload);
  void (*dense64)(int64_t *acc, const int16_t *weights, size_t blocks,
                  int64_t payload);
  /// The same over scattered blocks.
  void (*blocks32)(int32_t *acc, const uint32_t *index, const int16_t *weights,
                   size_t blocks, int32_t payload);
  void (*blocks64)(int64_t *acc, const uint32_t *index, const int16_t *weights,
                   size_t blocks, int64_t payload);
  /// acc[index[i]] += weights[i] * payload.
  void (*sparse32)(int32_t *acc, const uint32_t *index, const int16_t *weights,
                   size_t count, int32_t payload);
  void (*sparse64)(int64_t *acc, const uint32_t *index, const int16_t *weights,
                   size_t count, int64_t payload);
  /// Scales and wraps to 24 bits (M9) in place, adds the wraps that changed a
  /// value, and returns whether any value is nonzero.
  bool (*finish32)(int32_t *acc, size_t count, int exponent, uint64_t &wraps);
  bool (*finish64)(const int64_t *acc, int32_t *out, size_t count, int exponent,
                   uint64_t &wraps);
};

/// The tables that this processor can run, the best one first.
unsigned numKernelTables();
const KernelTable &getKernelTable(unsigned index);

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_KERNELS_H
