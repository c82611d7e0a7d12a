//===- NumpyRandom.h - the generator of NumPy's default_rng --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SeedSequence (O'Neill's seed_seq_fe) and PCG64 (XSL-RR 128/64), for the mode
// lava_compat alone.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_NUMPYRANDOM_H
#define NEURO_LIB_RUNTIME_NUMPYRANDOM_H

#include "neuro/Runtime/State.h"

#include <cstdint>

namespace neuro::runtime {

class NumpyRandom {
public:
  explicit NumpyRandom(uint64_t seed = 0) {
    uint32_t pool[4] = {uint32_t(seed), uint32_t(seed >> 32), 0, 0};
    uint32_t constant = 0x43b0d7e5u;
    auto hash = [&](uint32_t value) {
      value ^= constant;
      constant *= 0x931e8875u;
      value *= constant;
      return value ^ value >> 16;
    };
    for (uint32_t &word : pool)
      word = hash(word);
    for (unsigned from = 0; from < 4; ++from)
      for (unsigned to = 0; to < 4; ++to)
        if (from != to) {
          uint32_t mixed =
              0xca01f9ddu * pool[to] - 0x4973f715u * hash(pool[from]);
          pool[to] = mixed ^ mixed >> 16;
        }
    uint64_t words[4];
    constant = 0x8b51f9ddu;
    for (unsigned i = 0; i < 8; ++i) {
      uint32_t value = pool[i % 4] ^ constant;
      constant *= 0x58f38dedu;
      value *= constant;
      value ^= value >> 16;
      words[i / 2] = i % 2 ? words[i / 2] | uint64_t(value) << 32 : value;
    }
    increment = wide(words[2], words[3]) << 1 | 1;
    state = 0;
    advance();
    state += wide(words[0], words[1]);
    advance();
  }

  explicit NumpyRandom(const RandomStream &saved)
      : state(wide(saved.state[0], saved.state[1])),
        increment(wide(saved.increment[0], saved.increment[1])),
        half(saved.half), hasHalf(saved.hasHalf) {}
  RandomStream save() const {
    return {{uint64_t(state >> 64), uint64_t(state)},
            {uint64_t(increment >> 64), uint64_t(increment)},
            half,
            hasHalf};
  }

  /// `random()`: [0, 1).
  double uniform() { return double(next64() >> 11) * 0x1p-53; }
  /// `integers(0, 128)`.
  uint32_t below128() {
    if (hasHalf) {
      hasHalf = false;
      return half >> 25;
    }
    uint64_t both = next64();
    half = uint32_t(both >> 32);
    hasHalf = true;
    return uint32_t(both) >> 25;
  }

  template <typename Archive> void archive(Archive &archive) {
    uint64_t words[4] = {uint64_t(state >> 64), uint64_t(state),
                         uint64_t(increment >> 64), uint64_t(increment)};
    for (uint64_t &word : words)
      archive(word);
    state = wide(words[0], words[1]);
    increment = wide(words[2], words[3]);
    archive(half);
    archive(hasHalf);
  }

private:
  __extension__ typedef unsigned __int128 Wide;
  static Wide wide(uint64_t high, uint64_t low) {
    return Wide(high) << 64 | low;
  }
  void advance() {
    state =
        state * wide(2549297995355413924u, 4865540595714422341u) + increment;
  }
  uint64_t next64() {
    advance();
    uint64_t folded = uint64_t(state >> 64) ^ uint64_t(state);
    unsigned turn = unsigned(state >> 122);
    return folded >> turn | folded << (-turn & 63);
  }

  Wide state, increment;
  uint32_t half = 0;
  bool hasHalf = false;
};

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_NUMPYRANDOM_H
