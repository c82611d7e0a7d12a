//===- CompilerTest.cpp - the driver as a library ---------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro-c/Compiler.h"
#include "neuro/Pipelines/Compiler.h"
#include "gtest/gtest.h"
#include <string>

using namespace neuro;

extern "C" int compileFromC(const char *const *words, size_t count);

namespace {

TEST(CompileOptions, TakesBothSpellingsOfAValue) {
  CompileOptions options;
  std::vector<std::string> errors;
  EXPECT_TRUE(parseCompileOptions({"--target", "unbounded", "m.onnx",
                                   "-o=m.nrb", "--calibration=random:7",
                                   "--shape=a=b=1x2", "--seed=9"},
                                  options, errors));
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(options.input, "m.onnx");
  EXPECT_EQ(options.output, "m.nrb");
  EXPECT_EQ(options.target, "unbounded");
  EXPECT_EQ(options.seed, 9u);
  ASSERT_EQ(options.shapes.size(), 1u);
  EXPECT_EQ(options.shapes[0].first, "a=b");
  EXPECT_EQ(options.shapes[0].second, (std::vector<int64_t>{1, 2}));
}

TEST(CompileOptions, FilesAfterTwoDashesMayBeginWithOne) {
  CompileOptions options;
  std::vector<std::string> errors;
  EXPECT_TRUE(parseCompileOptions({"--compile-to=onnx", "--", "-strange.onnx"},
                                  options, errors));
  EXPECT_EQ(options.input, "-strange.onnx");
}

TEST(CompileOptions, EveryErrorIsReported) {
  CompileOptions options;
  std::vector<std::string> errors;
  EXPECT_FALSE(parseCompileOptions({"--nothing", "--target=x", "--shape=1"},
                                   options, errors));
  EXPECT_GE(errors.size(), 5u);
}

TEST(Diagnostics, TextAndJson) {
  CompileDiagnostic diagnostic;
  diagnostic.message = "wrong \"quote\"";
  diagnostic.where = "node 'n'";
  diagnostic.notes = {"why"};
  EXPECT_EQ(diagnostic.str(), "error: node 'n': wrong \"quote\"\n  note: why");
  EXPECT_EQ(
      diagnostic.json(),
      R"({"message":"wrong \"quote\"","notes":["why"],"severity":"error","where":"node 'n'"})");
}

TEST(Phases, NamesAreReadBack) {
  for (const PhaseInfo &info : getPhases())
    EXPECT_EQ(parsePhase(info.name), info.phase);
  EXPECT_FALSE(parsePhase("nothing"));
}

TEST(BinarySummary, RefusesWhatIsNoBinary) {
  BinarySummary summary;
  std::vector<uint8_t> bytes(64, 0x41);
  EXPECT_FALSE(summarizeBinary(bytes.data(), bytes.size(), summary));
  EXPECT_FALSE(summarizeBinary(bytes.data(), 3, summary));
}

TEST(Cost, StaticEnergyOfChipsAndOfBoards) {
  RunCounts run;
  run.tokens = 2;
  run.steps = 10;
  run.neuronUpdates = 50;
  run.activeNeuronUpdates = 40;
  run.synapticOperations = 100;
  CostProfile profile = {"p", "s", 2, 3, 1, 0, 0, 1, 10, 0, 0, 0, 5, 100};
  CostEstimate cost = estimateCost(profile, 1, run, 900);
  EXPECT_DOUBLE_EQ(cost.energyPj, (100 * 2 + 40 * 3 + 10 * 1) / 2.0);
  EXPECT_DOUBLE_EQ(cost.timeNs, 450);
  EXPECT_DOUBLE_EQ(cost.staticPj, 100 * 450);
  EXPECT_DOUBLE_EQ(cost.boardPj, 1780 * 450);
  EXPECT_DOUBLE_EQ(estimateCost(profile, 16, run, 900).boardPj, 16000 * 450.0);
  EXPECT_DOUBLE_EQ(boardWatts(2), 16);
  EXPECT_DOUBLE_EQ(boardWatts(17), 32);
  run.tokens = 0;
  EXPECT_EQ(estimateCost(profile, 1, run, 900).timeNs, 0);
}

TEST(Cost, EveryProfileNamesItsSource) {
  for (const CostProfile &profile : kCostProfiles)
    EXPECT_GT(std::string(profile.source).size(), 20u) << profile.name;
}

TEST(Compiler, AMissingFileIsADiagnostic) {
  CompileOptions options;
  options.input = "/absent/model.onnx";
  options.compileTo = Phase::ONNX;
  CompileResult result = compile(options);
  EXPECT_FALSE(result.ok);
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_NE(result.diagnostics[0].message.find("cannot open"),
            std::string::npos);
}

TEST(CompilerCAPI, NullIsAnErrorNotACrash) {
  EXPECT_EQ(neuroCompilationIsOk(nullptr), 0);
  EXPECT_STREQ(neuroCompilationGetJson(nullptr), "");
  EXPECT_EQ(neuroEvaluationIsOk(nullptr), 0);
  EXPECT_STREQ(neuroEvaluationGetJson(nullptr), "");
  EXPECT_EQ(neuroEvaluationGetNumOutputs(nullptr), 0u);
  EXPECT_EQ(neuroEvaluationGetOutput(nullptr, 3).data, nullptr);
  neuroCompilationDestroy(nullptr);
  neuroEvaluationDestroy(nullptr);
  NeuroCompilation *compilation = neuroCompile(1, nullptr, nullptr, nullptr);
  EXPECT_EQ(neuroCompilationIsOk(compilation), 0);
  EXPECT_NE(
      std::string(neuroCompilationGetJson(compilation)).find("no model given"),
      std::string::npos);
  neuroCompilationDestroy(compilation);
}

TEST(CompilerCAPI, ErrorsComeAsJson) {
  const char *words[] = {"absent.onnx", "--compile-to=nn"};
  NeuroArray bad = {"x", NeuroDType(77), 1, nullptr, nullptr};
  NeuroEvaluation *evaluation =
      neuroEvaluate(1, words, 1, &bad, 1, nullptr, nullptr);
  EXPECT_EQ(neuroEvaluationIsOk(evaluation), 0);
  std::string json = neuroEvaluationGetJson(evaluation);
  EXPECT_NE(json.find("input 'x': not an array"), std::string::npos) << json;
  EXPECT_NE(json.find("calibration"), std::string::npos) << json;
  neuroEvaluationDestroy(evaluation);
  EXPECT_EQ(compileFromC(words, 2), 0);
}

TEST(CompilerCAPI, OperatorsAndVersion) {
  EXPECT_NE(std::string(neuroGetSupportedOperators()).find("MatMul"),
            std::string::npos);
  EXPECT_EQ(std::string(neuroGetCompilerVersion()).rfind("neuro-mlir ", 0), 0u);
}

} // namespace
