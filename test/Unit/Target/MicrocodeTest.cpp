//===- MicrocodeTest.cpp - encoding, text and verifier of microcode -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Target/Microcode.h"
#include "neuro/Target/TargetModel.h"

#include "gtest/gtest.h"

using namespace neuro::target;

namespace {

Instruction parse(const std::string &text) {
  std::string error;
  auto inst = parseInstruction(text, error);
  EXPECT_TRUE(inst.has_value()) << text << ": " << error;
  return inst.value_or(Instruction());
}

std::string parseError(const std::string &text) {
  std::string error;
  EXPECT_FALSE(parseInstruction(text, error).has_value()) << text;
  return error;
}

std::vector<uint32_t> assemble(const std::vector<std::string> &lines) {
  std::vector<uint32_t> code;
  for (const std::string &line : lines)
    code.push_back(encode(parse(line)));
  return code;
}

// All problems of a program in one string.
std::string verify(const std::vector<std::string> &lines,
                   ProgramLimits limits = {2, 2, 4}) {
  std::string all;
  for (const std::string &problem : verifyProgram(assemble(lines), limits))
    all += problem + "\n";
  return all;
}

void has(const std::string &all, const char *part) {
  EXPECT_NE(all.find(part), std::string::npos) << all;
}

TEST(Microcode, TextRoundTrips) {
  for (const char *text : {"rmw r1, s0, p3",
                           "rdc r0, d0",
                           "rdc r0, s1",
                           "mov y1, r2",
                           "mov bap, r1",
                           "sel s1, r2, p0",
                           "and r1, r2, r3",
                           "or r1, r2, r3",
                           "shl r0, r0, 6",
                           "shl.sat r0, r0, 31",
                           "shl.r r0, r1, r2",
                           "shl.r.sat r0, r1, r2",
                           "add r1, r1, d3",
                           "add.sat r15, rand, time",
                           "neg r1, id",
                           "neg.sat r1, third",
                           "min r1, r1, p31",
                           "min.count r1, r1, p3",
                           "mul_shr.fl r1, d0, p2, 12",
                           "mul_shr.tz r1, d0, p2, 47",
                           "mul_shr.fl.sat r1, d0, p2, 0",
                           "lt r0, r1",
                           "ge p0, r1",
                           "eq r0, r1",
                           "skp_c 2",
                           "jmp_c 255",
                           "spike r3",
                           "probe s7"}) {
    Instruction inst = parse(text);
    EXPECT_EQ(toString(inst), text);
    auto decoded = decode(encode(inst));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(*decoded == inst) << text;
  }
  // Rounding towards zero is the default; blanks do not matter.
  EXPECT_EQ(toString(parse("  mul_shr  r1,d0 ,p2,3 ")),
            "mul_shr.tz r1, d0, p2, 3");
}

TEST(Microcode, FieldsLieWhereTheSpecificationSays) {
  Instruction inst;
  inst.op = Opcode::MUL_SHR;
  inst.mode = 3;
  inst.dst = 17;
  inst.a = 24;
  inst.b = 34;
  inst.imm = 47;
  EXPECT_EQ(encode(inst),
            10u | 3u << 5 | 17u << 7 | 24u << 13 | 34u << 19 | 47u << 25);
  EXPECT_FALSE(decode(18).has_value());
  EXPECT_FALSE(decode(31).has_value());
}

TEST(Microcode, ParserSaysWhatIsWrong) {
  EXPECT_EQ(parseError("sub r1, r2, r3"), "unknown instruction 'sub'");
  EXPECT_EQ(parseError("add.fl r1, r2, r3"), "'add' has no suffix '.fl'");
  EXPECT_EQ(parseError("add r1, r2"), "'add' takes 3 operands, got 2");
  EXPECT_NE(parseError("add r16, r2, r3").find("'r16' is not a destination"),
            std::string::npos);
  EXPECT_NE(parseError("mov d0, r1").find("'d0' is not a destination"),
            std::string::npos);
  EXPECT_NE(parseError("mov r1, y1").find("'y1' is not a source"),
            std::string::npos);
  EXPECT_NE(parseError("shl r1, r2, 128").find("'128' is not a number"),
            std::string::npos);
  EXPECT_NE(parseError("skp_c -1").find("'-1' is not a number"),
            std::string::npos);
  EXPECT_EQ(parseError(""), "unknown instruction ''");
}

TEST(Microcode, VerifierAcceptsGoodPrograms) {
  EXPECT_EQ(verify({}), "");
  EXPECT_EQ(verify({"rdc r0, d0", "eq r0, p0", "skp_c 1", "spike r0"}), "");
  // A register written on both paths.
  EXPECT_EQ(verify({"eq p0, p1", "skp_c 2", "mov r0, p0", "jmp_c 5",
                    "mov r0, p1", "spike p0"}),
            "");
  // Two spikes on exclusive paths.
  EXPECT_EQ(verify({"eq p0, p1", "skp_c 3", "spike p0", "ge p0, p0", "jmp_c 6",
                    "mov r0, p0"}),
            "");
}

TEST(Microcode, M13_VerifierFindsEveryKindOfProblem) {
  has(verify({"mov r1, r0"}), "reads r0 before it is written on every path");
  has(verify({"eq p0, p1", "skp_c 1", "mov r0, p0", "spike r0"}),
      "instruction 3 (spike r0): reads r0 before it is written");
  has(verify({"skp_c 0"}), "reads the flag before it is written");
  has(verify({"mov r0, s2"}), "reads s2, but the group has 2 state fields");
  has(verify({"mov s2, p0"}), "writes s2, but the group has 2 state fields");
  has(verify({"mov r0, d2"}), "reads d2, but the group has 2 dendrites");
  has(verify({"mov r0, p4"}), "reads p4, but the group has 4 parameters");
  has(verify({"rmw r0, p0, p1"}), "operand a must be a state field");
  has(verify({"rdc r0, p0"}), "must be a state field or a dendrite");
  has(verify({"eq p0, p0", "jmp_c 1"}), "control may only move forward");
  has(verify({"eq p0, p0", "skp_c 5"}), "behind the end of the program");
  has(verify({"eq p0, p0", "skp_c 1"}), "behind the end of the program");
  has(verify({"eq p0, p0", "jmp_c 3"}), "behind the end of the program");
  EXPECT_EQ(verify({"eq p0, p0", "skp_c 0"}), "");
  EXPECT_EQ(verify({"eq p0, p0", "jmp_c 2"}), "");
  has(verify({"spike p0", "spike p0"}), "a second spike on one path");
  has(verify({"shl r0, p0, 32"}), "shift 32 exceeds 31");
  has(verify({"mul_shr.fl r0, p0, p0, 48"}), "shift 48 exceeds 47");

  auto problems = verifyProgram({31u}, {});
  ASSERT_EQ(problems.size(), 1u);
  has(problems[0], "unknown opcode 31");
  has(verifyProgram(std::vector<uint32_t>(257, encode(parse("mov r0, p0"))),
                    {0, 0, 1})[0],
      "L24: program has 257 instructions");
  // All problems, not the first.
  EXPECT_EQ(verifyProgram(assemble({"mov r1, r0", "mov r3, r2"}), {}).size(),
            2u);
  // The comparison is skipped on one path.
  EXPECT_EQ(
      verifyProgram(assemble({"skp_c 1", "eq p0, p0", "skp_c 0"}), {0, 0, 1})
          .size(),
      2u);
}

TEST(Microcode, M15_UnusedFieldsAre0) {
  Instruction inst = parse("mov r0, p0");
  inst.b = 3;
  has(verifyProgram({encode(inst)}, {0, 0, 1})[0], "unused fields must be 0");
  inst.b = 0;
  inst.mode = 1;
  has(verifyProgram({encode(inst)}, {0, 0, 1})[0], "mode bits 1");
  inst.mode = 0;
  inst.dst = 28;
  has(verifyProgram({encode(inst)}, {0, 0, 1})[0],
      "destination 28 does not exist");
}

TEST(Microcode, M13_WorstCaseIsTheLongestPath) {
  EXPECT_EQ(worstCaseLength(assemble({"eq p0, p1", "skp_c 1", "spike p0"})),
            3u);
}

TEST(TargetModel, IsFoundByName) {
  TargetModel model;
  ASSERT_TRUE(TargetModel::byName("loihi2", model));
  EXPECT_EQ(model.coresPerChip, 120u);
  ASSERT_TRUE(TargetModel::byName("loihi2-128", model));
  EXPECT_EQ(model.coresPerChip, 128u);
  EXPECT_FALSE(model.isUnbounded());
  ASSERT_TRUE(TargetModel::byName("unbounded", model));
  EXPECT_TRUE(model.isUnbounded());
  EXPECT_GT(model.neuronsPerCore, 1u << 30);
  // What the fields of the file can count.
  EXPECT_EQ(model.formatsPerCore, 256u);
  EXPECT_EQ(model.programsPerCore, 65536u);
  EXPECT_FALSE(TargetModel::byName("loihi3", model));
}

} // namespace
