//===- Microcode.h - the instruction set of a neuron program ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Encoding, operands and text form of the open neuron microcode. The eighteen
// mnemonics follow the public description of Loihi 2; the encoding is our
// choice. Semantics: docs/spec/machine.md. Free of MLIR and of LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TARGET_MICROCODE_H
#define NEURO_TARGET_MICROCODE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neuro::target {

enum class Opcode : uint8_t {
  RMW = 0,
  RDC,
  MOV,
  SEL,
  AND,
  OR,
  SHL,
  ADD,
  NEG,
  MIN,
  MUL_SHR,
  LT,
  GE,
  EQ,
  SKP_C,
  JMP_C,
  SPIKE,
  PROBE,
};
inline constexpr unsigned kNumOpcodes = 18;

/// Bits of the mode field. `floor` selects rounding towards minus infinity in
/// MUL_SHR (otherwise towards zero). `alternate` means: saturate instead of
/// wrap (ADD, NEG, SHL, MUL_SHR into 32 bits).
/// For SHL `floor` selects the amount: register operand b instead of imm.
/// For MIN `alternate` counts a saturation when operand b is the smaller one.
enum ModeBits : uint8_t { kModeFloor = 1, kModeAlternate = 2 };

/// Operand space (6 bits), sources.
enum OperandBase : uint8_t {
  kRegister = 0,   // r0..r15
  kState = 16,     // s0..s7
  kDendrite = 24,  // d0..d3
  kRandom = 28,    // 24 random bits
  kTime = 29,      // timestep
  kAxonId = 30,    // index of the neuron in its group
  kThird = 31,     // third-factor input, reserved: reads 0
  kParameter = 32, // p0..p31
};
inline constexpr unsigned kNumRegisters = 16, kNumState = 8, kNumDendrites = 4,
                          kNumParameters = 32;

/// Destinations share the numbers of registers and state; then the learning
/// exports.
enum DestinationBase : uint8_t {
  kDestY1 = 24,
  kDestY2 = 25,
  kDestY3 = 26,
  kDestBackSpike = 27,
};

struct Instruction {
  Opcode op = Opcode::MOV;
  uint8_t mode = 0;
  uint8_t dst = 0;
  uint8_t a = 0;
  uint8_t b = 0;
  uint8_t imm = 0;

  bool operator==(const Instruction &o) const {
    return op == o.op && mode == o.mode && dst == o.dst && a == o.a &&
           b == o.b && imm == o.imm;
  }
};

/// 32-bit word: op 5 | mode 2 | dst 6 | a 6 | b 6 | imm 7, low bits first.
uint32_t encode(const Instruction &inst);

/// Decodes a word; empty when the opcode is unknown.
std::optional<Instruction> decode(uint32_t word);

/// Text of one instruction, e.g. `mul_shr.fl r1, d0, p2, 12`.
std::string toString(const Instruction &inst);

/// Parses the text form; on failure fills `error` and returns empty.
std::optional<Instruction> parseInstruction(std::string_view text,
                                            std::string &error);

/// Which of dst, a, b and imm an opcode uses.
struct OpcodeInfo {
  const char *mnemonic;
  bool hasDst, hasA, hasB, hasImm;
};
const OpcodeInfo &getOpcodeInfo(Opcode op);

struct ProgramLimits {
  unsigned stateFields = 0;
  unsigned dendrites = 0;
  unsigned parameters = 0;
};

/// Checks one program: known opcodes, operands in range, no read of a register
/// or of the flag before it is written on every path, forward jumps that stay
/// inside, at most one SPIKE on any path. Returns all problems found, each
/// naming the instruction; empty means valid.
std::vector<std::string> verifyProgram(const std::vector<uint32_t> &code,
                                       const ProgramLimits &limits);

/// Longest path through a verified program, in instructions.
unsigned worstCaseLength(const std::vector<uint32_t> &code);

} // namespace neuro::target

#endif // NEURO_TARGET_MICROCODE_H
