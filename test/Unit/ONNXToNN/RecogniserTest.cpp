//===- RecogniserTest.cpp - operators added from outside ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Conversion/ONNXToNN/Recogniser.h"
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/Compiler.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace neuro::onnx;

static void swish(RecogniserContext &c) {
  KnownValue x = c.input(0);
  KnownValue slope = c.constant(c.attribute("slope", 1.0));
  KnownValue gate = c.apply("Sigmoid", {c.apply("Mul", {x, slope})});
  c.setResult(0, c.apply("Mul", {x, gate}));
}

/// Two heads of features, and their sum: several results, attributes, shapes.
static void foldHeads(RecogniserContext &c) {
  KnownValue x = c.input(0);
  std::vector<int64_t> shape = x.shape();
  if (shape.size() != 3)
    return c.unsupported("it has " + std::to_string(shape.size()) + " axes",
                         "three axes");
  std::vector<KnownValue> halves =
      c.applyAll({"Split", {{"axis", int64_t(2)}}, "", 2}, {x});
  if (c.hasFailed())
    return;
  c.setResult(0, c.apply("Add", {halves[0], halves[1]}));
  KnownValue flat = c.apply("Reshape", {x, c.integers({shape[0], -1})});
  c.setResult(1, c.apply("Shape", {flat}));
}

/// Converts a module and gives it as text, or what was reported.
static std::string convert(const std::string &source) {
  mlir::DialectRegistry registry;
  neuro::registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string said;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    said += d.str() + "\n";
    for (mlir::Diagnostic &note : d.getNotes())
      said += note.str() + "\n";
    return mlir::success();
  });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  mlir::PassManager passes(&context);
  passes.addPass(createONNXToNN());
  if (!module || mlir::failed(passes.run(*module)))
    return said;
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  return text;
}

static std::string node(const std::string &type, int64_t version,
                        const std::string &attributes = "{}") {
  return "func.func @main(%x: tensor<1x2x4xf32>) -> !onnx.any {\n"
         "  %y = onnx.node \"" +
         type + "\" domain \"org.example\" opset " + std::to_string(version) +
         " (%x) " + attributes +
         " : (tensor<1x2x4xf32>) -> !onnx.any\n  return %y : !onnx.any\n}\n";
}

static bool has(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST(Recogniser, IsUsedInItsVersions) {
  EXPECT_TRUE(has(convert(node("Swish", 2)), "is not one of ONNX's own"));
  ASSERT_EQ(registerRecogniser(
                {"org.example", "Swish", 2, 3, 1, "with any slope", swish}),
            "");
  std::string plain = convert(node("Swish", 2));
  EXPECT_TRUE(has(plain, "nn.activation %arg0 {kind = #nn.activation<silu>}"))
      << plain;
  EXPECT_FALSE(has(plain, "nn.affine")) << plain;
  std::string steep = convert(node("Swish", 3, "{slope = 2.0 : f32}"));
  EXPECT_TRUE(has(steep, "nn.affine")) << steep;
  EXPECT_TRUE(has(convert(node("Swish", 1)),
                  "the operator is known from version 2 on, but the model uses "
                  "opset 1"));
  EXPECT_TRUE(has(convert(node("Swish", 4)),
                  "the operator is known up to version 3, but the model uses "
                  "opset 4"));
  EXPECT_TRUE(has(convert(node("Swish", 2, "{other = 1 : i64}")),
                  "attribute 'other' = 1 is not known here"));
}

TEST(Recogniser, IsListed) {
  ASSERT_EQ(registerRecogniser({"org.example", "FoldHeads", 1, kNoLastVersion,
                                1, "of three axes", foldHeads}),
            "");
  std::string list = neuro::getSupportedOperators();
  EXPECT_TRUE(has(list, "FoldHeads")) << list;
  EXPECT_TRUE(has(list, "of three axes")) << list;
}

TEST(Recogniser, AppliesOperatorsOfSeveralResults) {
  std::string text = convert(node("FoldHeads", 7));
  EXPECT_TRUE(has(text, "nn.add")) << text;
  EXPECT_TRUE(has(text, "-> (tensor<1x2x2xf32>")) << text;
}

TEST(Recogniser, SaysWhyNot) {
  auto refuses = [](RecogniserContext &c) {
    c.setResult(0, c.apply("Softmax", {c.apply("Relu", {c.input(0)})}));
  };
  ASSERT_EQ(registerRecogniser(
                {"org.example", "Refuses", 1, kNoLastVersion, 1, "", refuses}),
            "");
  std::string text = convert(node("Refuses", 1));
  EXPECT_TRUE(has(text, "Refuses (org.example, opset 1), 1 node: as Softmax: "
                        "a softmax over something other than attention scores"))
      << text;
  auto unknown = [](RecogniserContext &c) {
    c.setResult(0, c.apply("Unheard", {c.input(0)}));
  };
  ASSERT_EQ(registerRecogniser(
                {"org.example", "Unknown", 1, kNoLastVersion, 1, "", unknown}),
            "");
  EXPECT_TRUE(has(convert(node("Unknown", 1)),
                  "as Unheard: the compiler does not know this operator"));
  auto nothing = [](RecogniserContext &) {};
  ASSERT_EQ(registerRecogniser(
                {"org.example", "Nothing", 1, kNoLastVersion, 1, "", nothing}),
            "");
  EXPECT_TRUE(has(convert(node("Nothing", 1)), "gives no result"));
  auto endless = [](RecogniserContext &c) {
    c.setResult(0, c.apply({"Endless", {}, "org.example"}, {c.input(0)}));
  };
  ASSERT_EQ(registerRecogniser(
                {"org.example", "Endless", 1, kNoLastVersion, 1, "", endless}),
            "");
  EXPECT_TRUE(has(convert(node("Endless", 1)),
                  "recognisers apply each other without end"));
  auto constant = [](RecogniserContext &c) {
    c.setResult(0, c.constant({3}, {1.0f}));
  };
  ASSERT_EQ(registerRecogniser({"org.example", "Constant", 1, kNoLastVersion, 1,
                                "", constant}),
            "");
  EXPECT_TRUE(has(convert(node("Constant", 1)), "of shape 3 from 1 numbers"));
}

TEST(Recogniser, IsRefusedIfItCannotBeUsed) {
  auto problem = [](Recogniser recogniser) {
    return registerRecogniser(std::move(recogniser));
  };
  EXPECT_EQ(problem({"", "Relu", 1, 20, 1, "", swish}),
            "the recogniser of ai.onnx 'Relu' is of version 6 too, which is "
            "recognised already");
  EXPECT_EQ(problem({"ai.onnx", "Relu", 1, 5, 1, "", swish}), "");
  EXPECT_EQ(problem({"org.example", "", 1, 5, 1, "", swish}),
            "a recogniser needs the type of its operator");
  EXPECT_EQ(problem({"org.example", "None", 1, 5, 1, "", nullptr}),
            "the recogniser of org.example 'None' has no function");
  EXPECT_EQ(problem({"org.example", "None", 3, 2, 1, "", swish}),
            "the recogniser of org.example 'None' is of versions 3 to 2: the "
            "first must be at least 1, and not above the last");
  EXPECT_EQ(problem({"org.example", "None", 1, 2, -1, "", swish}),
            "the recogniser of org.example 'None' needs -1 inputs: it must be "
            "0 or more");
}
