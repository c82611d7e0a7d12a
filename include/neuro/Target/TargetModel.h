//===- TargetModel.h - what the chip can hold ------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only home of chip capacities. Diagnostic ids L01..L27 are stable names
// that messages print. Labels: P public, P2 public at second hand, I inferred,
// O our choice (docs/spec/machine.md). Free of MLIR and of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TARGET_TARGETMODEL_H
#define NEURO_TARGET_TARGETMODEL_H

#include <cstdint>
#include <string>
#include <string_view>

namespace neuro::target {

struct TargetModel {
  std::string name = "loihi2";
  uint32_t coresPerChip = 120;             // L01 (P)
  uint32_t neuronsPerCore = 8192;          // L02 (P2)
  uint32_t stateBytesPerNeuron = 4096;     // L03 (P2)
  uint32_t synapseBytesPerCore = 131072;   // L04 (P2)
  uint32_t totalBytesPerCore = 196608;     // L05 (P2)
  uint32_t inputAxonsPerCore = 4096;       // L06 (O)
  uint32_t outputAxonsPerCore = 4096;      // L07 (O)
  uint32_t maxWeightBits = 8;              // L08 (P)
  int32_t minWeightExp = -8;               // L09 (P)
  int32_t maxWeightExp = 7;                // L09 (P)
  uint32_t maxDelay = 62;                  // L11 (P)
  uint32_t maxPayloadBits = 24;            // L12 (P)
  uint32_t maxEpoch = 63;                  // L18 (P)
  uint32_t maxImpulse = 127;               // L19 (P)
  uint32_t productsPerVariable = 16;       // L21 (O)
  uint32_t formatsPerCore = 16;            // L22 (O)
  uint32_t synapsesPerBlock = 64;          // L23 (P L1, O)
  uint32_t instructionsPerProgram = 256;   // L24 (O)
  uint32_t programsPerCore = 16;           // L24 (O)
  uint32_t chipsPerSystem = 1152;          // L25 (P)
  uint32_t accumulatorBits = 24;           // (O) wraps, counted
  uint32_t meshColumns = 16, meshRows = 8; // core mesh (P2)

  // Bytes charged for each of CoreContents against L05 (O).
  uint32_t bytesPerSynapseWord = 8;
  uint32_t bytesPerInputAxon = 8;
  uint32_t bytesPerOutputAxon = 8;
  uint32_t bytesPerInstruction = 4;
  uint32_t bytesPerStateWord = 8; // state fields are packed in 64-bit words
  uint32_t bytesPerParameter = 4;
  uint32_t bytesPerRule = 16;
  uint32_t bytesPerProduct = 16;
  uint32_t bytesPerPreTraces = 4;
  uint32_t bytesPerPostTraces = 4;

  /// The default chip with 120 usable cores.
  static TargetModel loihi2();
  /// The chip with all 128 cores.
  static TargetModel loihi2Full();
  /// One endless core on one endless chip: no capacity binds.
  static TargetModel unbounded();
  /// Looks a target up by name: "loihi2", "loihi2-128", "unbounded".
  static bool byName(std::string_view name, TargetModel &model);

  bool isUnbounded() const { return name == "unbounded"; }
};

/// What a core holds, as far as it takes memory. The compiler and the loader
/// fill it, each from what it knows.
struct CoreContents {
  uint64_t synapseWords = 0;
  uint64_t inputAxons = 0, outputAxons = 0;
  uint64_t instructions = 0; // of all programs
  uint64_t stateWords = 0;   // of all neurons
  /// A group has one value of a parameter, or one for each of its neurons.
  uint64_t parameters = 0;
  uint64_t rules = 0, products = 0; // products of all rules
  uint64_t preTraces = 0;           // input axons with a rule
  uint64_t postTraces = 0; // pairs of a rule and a neuron that it reaches
};

/// The bytes of a core that L05 limits.
uint64_t bytesOf(const CoreContents &contents, const TargetModel &model);

/// The 64-bit words of a neuron's state fields of `bits` bits in all.
inline uint64_t stateWords(uint64_t bits) { return (bits + 63) / 64; }

} // namespace neuro::target

#endif // NEURO_TARGET_TARGETMODEL_H
