//===- Microcode.cpp - the instruction set of a neuron program ------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Target/Microcode.h"

#include <algorithm>

using namespace neuro::target;

namespace {

constexpr unsigned kMaxInstructions = 256;
constexpr unsigned kMaxShift = 31, kMaxMulShift = 47;

// In the order of Opcode. SHL takes b instead of imm in its `.r` form.
constexpr OpcodeInfo kInfo[kNumOpcodes] = {
    {"rmw", true, true, true, false},     {"rdc", true, true, false, false},
    {"mov", true, true, false, false},    {"sel", true, true, true, false},
    {"and", true, true, true, false},     {"or", true, true, true, false},
    {"shl", true, true, false, true},     {"add", true, true, true, false},
    {"neg", true, true, false, false},    {"min", true, true, true, false},
    {"mul_shr", true, true, true, true},  {"lt", false, true, true, false},
    {"ge", false, true, true, false},     {"eq", false, true, true, false},
    {"skp_c", false, false, false, true}, {"jmp_c", false, false, false, true},
    {"spike", false, true, false, false}, {"probe", false, true, false, false},
};

// The operands of this instruction, with the forms of SHL told apart.
OpcodeInfo infoOf(const Instruction &inst) {
  OpcodeInfo info = getOpcodeInfo(inst.op);
  if (inst.op == Opcode::SHL && (inst.mode & kModeFloor)) {
    info.hasB = true;
    info.hasImm = false;
  }
  return info;
}

// Which mode bits mean something.
uint8_t modeMask(Opcode op) {
  switch (op) {
  case Opcode::SHL:
  case Opcode::MUL_SHR:
    return kModeFloor | kModeAlternate;
  case Opcode::ADD:
  case Opcode::NEG:
  case Opcode::MIN:
    return kModeAlternate;
  default:
    return 0;
  }
}

unsigned jumpTarget(const Instruction &inst) {
  return inst.imm + 128u * inst.b;
}

std::string sourceName(unsigned operand) {
  if (operand < kState)
    return "r" + std::to_string(operand);
  if (operand < kDendrite)
    return "s" + std::to_string(operand - kState);
  if (operand < kRandom)
    return "d" + std::to_string(operand - kDendrite);
  switch (operand) {
  case kRandom:
    return "rand";
  case kTime:
    return "time";
  case kAxonId:
    return "id";
  case kThird:
    return "third";
  default:
    return "p" + std::to_string(operand - kParameter);
  }
}

std::string destName(unsigned operand) {
  if (operand < kDestY1)
    return sourceName(operand);
  switch (operand) {
  case kDestY1:
    return "y1";
  case kDestY2:
    return "y2";
  case kDestY3:
    return "y3";
  case kDestBackSpike:
    return "bap";
  default:
    return "dst" + std::to_string(operand);
  }
}

bool parseNumber(std::string_view text, unsigned &value) {
  if (text.empty() || text.size() > 6)
    return false;
  value = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + unsigned(c - '0');
  }
  return true;
}

// One letter and an index below `count`.
bool parseIndexed(std::string_view text, char letter, unsigned count,
                  unsigned base, uint8_t &operand) {
  unsigned index;
  if (text.size() < 2 || text[0] != letter ||
      !parseNumber(text.substr(1), index) || index >= count)
    return false;
  operand = uint8_t(base + index);
  return true;
}

bool parseSource(std::string_view text, uint8_t &operand) {
  if (parseIndexed(text, 'r', kNumRegisters, kRegister, operand) ||
      parseIndexed(text, 's', kNumState, kState, operand) ||
      parseIndexed(text, 'd', kNumDendrites, kDendrite, operand) ||
      parseIndexed(text, 'p', kNumParameters, kParameter, operand))
    return true;
  for (unsigned special : {kRandom, kTime, kAxonId, kThird})
    if (text == sourceName(special)) {
      operand = uint8_t(special);
      return true;
    }
  return false;
}

bool parseDest(std::string_view text, uint8_t &operand) {
  if (parseIndexed(text, 'r', kNumRegisters, kRegister, operand) ||
      parseIndexed(text, 's', kNumState, kState, operand))
    return true;
  for (unsigned special : {kDestY1, kDestY2, kDestY3, kDestBackSpike})
    if (text == destName(special)) {
      operand = uint8_t(special);
      return true;
    }
  return false;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

} // namespace

const OpcodeInfo &neuro::target::getOpcodeInfo(Opcode op) {
  return kInfo[std::min<unsigned>(unsigned(op), kNumOpcodes - 1)];
}

uint32_t neuro::target::encode(const Instruction &inst) {
  return (uint32_t(inst.op) & 31) | (uint32_t(inst.mode) & 3) << 5 |
         (uint32_t(inst.dst) & 63) << 7 | (uint32_t(inst.a) & 63) << 13 |
         (uint32_t(inst.b) & 63) << 19 | (uint32_t(inst.imm) & 127) << 25;
}

std::optional<Instruction> neuro::target::decode(uint32_t word) {
  if ((word & 31) >= kNumOpcodes)
    return std::nullopt;
  Instruction inst;
  inst.op = Opcode(word & 31);
  inst.mode = word >> 5 & 3;
  inst.dst = word >> 7 & 63;
  inst.a = word >> 13 & 63;
  inst.b = word >> 19 & 63;
  inst.imm = word >> 25 & 127;
  return inst;
}

std::string neuro::target::toString(const Instruction &inst) {
  OpcodeInfo info = infoOf(inst);
  std::string text = info.mnemonic;
  if (inst.op == Opcode::MUL_SHR)
    text += inst.mode & kModeFloor ? ".fl" : ".tz";
  if (inst.op == Opcode::SHL && (inst.mode & kModeFloor))
    text += ".r";
  if ((inst.mode & kModeAlternate) && (modeMask(inst.op) & kModeAlternate))
    text += inst.op == Opcode::MIN ? ".count" : ".sat";
  const char *separator = " ";
  auto append = [&](const std::string &operand) {
    text += separator + operand;
    separator = ", ";
  };
  if (info.hasDst)
    append(destName(inst.dst));
  if (info.hasA)
    append(sourceName(inst.a));
  if (info.hasB)
    append(sourceName(inst.b));
  if (info.hasImm)
    append(
        std::to_string(inst.op == Opcode::JMP_C ? jumpTarget(inst) : inst.imm));
  return text;
}

std::optional<Instruction>
neuro::target::parseInstruction(std::string_view text, std::string &error) {
  text = trim(text);
  size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string_view head = text.substr(0, end);
  std::string_view rest = trim(text.substr(end));

  size_t dot = std::min(head.find('.'), head.size());
  std::string_view mnemonic = head.substr(0, dot);
  Instruction inst;
  unsigned op = 0;
  while (op < kNumOpcodes && mnemonic != kInfo[op].mnemonic)
    ++op;
  if (op == kNumOpcodes) {
    error = "unknown instruction '" + std::string(mnemonic) + "'";
    return std::nullopt;
  }
  inst.op = Opcode(op);

  bool rounding = false;
  std::string_view suffixes = head.substr(dot);
  while (!suffixes.empty()) {
    size_t next = std::min(suffixes.find('.', 1), suffixes.size());
    std::string_view suffix = suffixes.substr(1, next - 1);
    suffixes.remove_prefix(next);
    bool mul = inst.op == Opcode::MUL_SHR;
    if (mul && (suffix == "fl" || suffix == "tz") && !rounding) {
      rounding = true;
      if (suffix == "fl")
        inst.mode |= kModeFloor;
    } else if (inst.op == Opcode::SHL && suffix == "r") {
      inst.mode |= kModeFloor;
    } else if (suffix == (inst.op == Opcode::MIN ? "count" : "sat") &&
               (modeMask(inst.op) & kModeAlternate)) {
      inst.mode |= kModeAlternate;
    } else {
      error = "'" + std::string(mnemonic) + "' has no suffix '." +
              std::string(suffix) + "'";
      return std::nullopt;
    }
  }

  std::vector<std::string_view> operands;
  while (!rest.empty()) {
    size_t comma = std::min(rest.find(','), rest.size());
    operands.push_back(trim(rest.substr(0, comma)));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  OpcodeInfo info = infoOf(inst);
  unsigned expected = info.hasDst + info.hasA + info.hasB + info.hasImm;
  if (operands.size() != expected) {
    error = "'" + std::string(head) + "' takes " + std::to_string(expected) +
            " operands, got " + std::to_string(operands.size());
    return std::nullopt;
  }
  unsigned next = 0;
  auto fail = [&](const char *what) {
    error = "'" + std::string(operands[next]) + "' is not " + what;
    return std::nullopt;
  };
  if (info.hasDst) {
    if (!parseDest(operands[next], inst.dst))
      return fail("a destination (r0..r15, s0..s7, y1, y2, y3, bap)");
    ++next;
  }
  for (auto [present, slot] :
       {std::pair(info.hasA, &inst.a), std::pair(info.hasB, &inst.b)}) {
    if (!present)
      continue;
    if (!parseSource(operands[next], *slot))
      return fail("a source (r0..r15, s0..s7, d0..d3, p0..p31, rand, time, "
                  "id, third)");
    ++next;
  }
  if (info.hasImm) {
    unsigned value;
    unsigned limit = inst.op == Opcode::JMP_C ? 128 * 64 : 128;
    if (!parseNumber(operands[next], value) || value >= limit)
      return fail("a number in range");
    inst.imm = value & 127;
    if (inst.op == Opcode::JMP_C)
      inst.b = uint8_t(value >> 7);
  }
  return inst;
}

namespace {

// What holds on every path into an instruction.
struct FlowState {
  bool reachable = false;
  uint16_t registers = 0; // written
  bool flag = false;      // written
  unsigned spikes = 0;    // most on any path

  void meet(const FlowState &from) {
    if (!reachable) {
      *this = from;
      return;
    }
    registers &= from.registers;
    flag = flag && from.flag;
    spikes = std::max(spikes, from.spikes);
  }
};

class Verifier {
public:
  Verifier(const std::vector<uint32_t> &code, const ProgramLimits &limits)
      : code(code), limits(limits), in(code.size() + 1) {}

  std::vector<std::string> run() {
    if (code.size() > kMaxInstructions) {
      problems.push_back("L24: program has " + std::to_string(code.size()) +
                         " instructions, at most " +
                         std::to_string(kMaxInstructions) + " fit");
      return problems;
    }
    in[0].reachable = true;
    for (pc = 0; pc < code.size(); ++pc)
      step();
    return problems;
  }

private:
  void problem(const std::string &message) {
    std::string where = "instruction " + std::to_string(pc);
    if (auto inst = decode(code[pc]))
      where += " (" + toString(*inst) + ")";
    problems.push_back(where + ": " + message);
  }

  void checkSource(unsigned operand, const FlowState &state) {
    auto range = [&](unsigned index, unsigned count, const char *what) {
      if (index >= count)
        problem("reads " + sourceName(operand) + ", but the group has " +
                std::to_string(count) + " " + what);
    };
    if (operand < kState) {
      if (!(state.registers >> operand & 1))
        problem("reads " + sourceName(operand) +
                " before it is written on every path");
    } else if (operand < kDendrite) {
      range(operand - kState, limits.stateFields, "state fields");
    } else if (operand < kRandom) {
      range(operand - kDendrite, limits.dendrites, "dendrites");
    } else if (operand >= kParameter) {
      range(operand - kParameter, limits.parameters, "parameters");
    }
  }

  void checkDest(unsigned operand, FlowState &state) {
    if (operand < kState)
      state.registers |= uint16_t(1u << operand);
    else if (operand < kDendrite) {
      if (operand - kState >= limits.stateFields)
        problem("writes " + destName(operand) + ", but the group has " +
                std::to_string(limits.stateFields) + " state fields");
    } else if (operand > kDestBackSpike)
      problem("destination " + std::to_string(operand) + " does not exist");
  }

  void step() {
    std::optional<Instruction> inst = decode(code[pc]);
    FlowState state = in[pc];
    if (!inst) {
      problem("unknown opcode " + std::to_string(code[pc] & 31));
      in[pc + 1].meet(state);
      return;
    }
    OpcodeInfo info = infoOf(*inst);
    // M15.
    if (inst->mode & ~modeMask(inst->op))
      problem("mode bits " + std::to_string(inst->mode) + " mean nothing here");
    bool jump = inst->op == Opcode::JMP_C;
    if ((!info.hasDst && inst->dst) || (!info.hasA && inst->a) ||
        (!info.hasB && !jump && inst->b) || (!info.hasImm && inst->imm))
      problem("unused fields must be 0");

    if (info.hasA)
      checkSource(inst->a, state);
    if (info.hasB)
      checkSource(inst->b, state);
    bool usesFlag = inst->op == Opcode::SEL || inst->op == Opcode::SKP_C ||
                    inst->op == Opcode::JMP_C;
    if (usesFlag && !state.flag)
      problem("reads the flag before it is written on every path");
    if (info.hasDst)
      checkDest(inst->dst, state);

    unsigned next = pc + 1, target = next;
    switch (inst->op) {
    case Opcode::RMW:
      if (inst->a < kState || inst->a >= kDendrite)
        problem("operand a must be a state field");
      break;
    case Opcode::RDC:
      if (inst->a < kState || inst->a >= kRandom)
        problem("operand a must be a state field or a dendrite");
      break;
    case Opcode::SHL:
      if (inst->imm > kMaxShift)
        problem("shift " + std::to_string(inst->imm) + " exceeds " +
                std::to_string(kMaxShift));
      break;
    case Opcode::MUL_SHR:
      if (inst->imm > kMaxMulShift)
        problem("shift " + std::to_string(inst->imm) + " exceeds " +
                std::to_string(kMaxMulShift));
      break;
    case Opcode::LT:
    case Opcode::GE:
    case Opcode::EQ:
      state.flag = true;
      break;
    case Opcode::SKP_C:
      target = next + inst->imm;
      break;
    case Opcode::JMP_C:
      target = jumpTarget(*inst);
      if (target <= pc) {
        problem("jumps back to " + std::to_string(target) +
                "; control may only move forward");
        target = next;
      }
      break;
    case Opcode::SPIKE:
      if (++state.spikes == 2)
        problem("a second spike on one path; a neuron sends at most one spike "
                "in a step");
      break;
    default:
      break;
    }
    if (target > code.size()) {
      problem("goes on at " + std::to_string(target) +
              ", behind the end of the program (" +
              std::to_string(code.size()) + ")");
      target = next;
    }
    in[next].meet(state);
    if (target != next)
      in[target].meet(state);
  }

  const std::vector<uint32_t> &code;
  const ProgramLimits &limits;
  std::vector<FlowState> in;
  std::vector<std::string> problems;
  unsigned pc = 0;
};

} // namespace

std::vector<std::string>
neuro::target::verifyProgram(const std::vector<uint32_t> &code,
                             const ProgramLimits &limits) {
  return Verifier(code, limits).run();
}

unsigned neuro::target::worstCaseLength(const std::vector<uint32_t> &code) {
  // Every instruction can fall through, so the longest path omits none that
  // is reachable; what only a taken branch leaves out still lies on the
  // untaken one.
  return unsigned(code.size());
}
