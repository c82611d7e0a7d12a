//===- Philox.h - counter-based random numbers --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_PHILOX_H
#define NEURO_LIB_RUNTIME_PHILOX_H

#include <cstdint>

namespace neuro::runtime {

/// First word of Philox 4x32-10 (Salmon et al., SC 2011).
inline uint32_t philox(uint64_t key, uint32_t c0, uint32_t c1, uint32_t c2,
                       uint32_t c3) {
  uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t(0xD2511F53u) * c0, p1 = uint64_t(0xCD9E8D57u) * c2;
    uint32_t n0 = uint32_t(p1 >> 32) ^ c1 ^ k0;
    uint32_t n2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
    c1 = uint32_t(p1);
    c3 = uint32_t(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c0;
}

/// M14: the operand `rand`. `draw` is 2 * instruction, plus 1 for operand b.
inline int32_t randomOperand(uint64_t seed, uint32_t step, uint32_t population,
                             uint32_t neuron, uint32_t draw) {
  return int32_t(philox(seed, step, population, neuron, draw) & 0xffffff);
}

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_PHILOX_H
