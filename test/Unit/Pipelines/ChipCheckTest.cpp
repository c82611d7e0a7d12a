//===- ChipCheckTest.cpp - faults that the comparison must find -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/ChipCheck.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/Pipelines.h"
#include "neuro/Support/Constants.h"
#include "neuro/Support/Locations.h"
#include "neuro/Target/Binary/Binary.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace neuro;

namespace {

constexpr const char *kModel = R"(
func.func @main(%x: tensor<4xf32> {nn.name = "x", nn.shape = array<i64: 1, 5, 4>})
    -> (tensor<4xf32> {nn.name = "y", nn.shape = array<i64: 1, 5, 4>, nn.time_axis = 1 : i64}, tensor<4xf32> {nn.name = "z"}) attributes {nn.stream = {tokens = 5 : i64}} {
  %n = nn.layer_norm %x {gamma = dense<[1.0, 0.5, -1.5, 2.0]> : tensor<4xf32>, epsilon = 1.0e-5 : f64} : tensor<4xf32> loc("norm")
  %q = nn.linear %n {weight = dense<[[0.5, 0.1, -0.2, 0.3], [0.1, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, -0.3], [0.9, 0.1, 0.2, 0.3]]> : tensor<4x4xf32>} : tensor<4xf32> -> tensor<4xf32> loc("query")
  %k = nn.linear %n {weight = dense<[[0.5, -0.1, 0.2, 0.3], [0.5, 0.1, 0.7, 0.3], [-0.5, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, 0.4]]> : tensor<4x4xf32>} : tensor<4xf32> -> tensor<4xf32> loc("key")
  %v = nn.linear %n {weight = dense<[[0.1, 0.1, 0.8, 0.3], [0.5, -0.7, 0.2, 0.3], [0.5, 0.1, -0.2, 0.3], [0.5, 0.6, 0.2, 0.3]]> : tensor<4x4xf32>} : tensor<4xf32> -> tensor<4xf32> loc("value")
  %a = nn.attention %q, %k, %v {heads = 2 : i64, scale = 0.7 : f64, score = #nn.score<softmax>, slots = 5 : i64} : tensor<4xf32> loc("attention")
  %s = nn.add %a, %x : tensor<4xf32> loc("sum")
  %r = nn.activation %s {kind = #nn.activation<gelu>} : tensor<4xf32> loc("gelu")
  %t = nn.add %x, %x : tensor<4xf32> loc("side")
  return %r, %t : tensor<4xf32>, tensor<4xf32>
}
)";

/// One model, and what the check says after a fault was put into its network.
class ChipCheckTest : public testing::Test {
protected:
  ChipCheckTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    handler = std::make_unique<ScopedDiagnosticHandler>(
        &context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return success();
          node = nodeNameIn(diagnostic.getLocation()).str();
          text += diagnostic.str() + "\n";
          for (Diagnostic &note : diagnostic.getNotes())
            text += "  " + note.str() + "\n";
          return success();
        });
  }

  using Fault = llvm::function_ref<void(NetworkOp)>;

  /// Compiles the model, the fault put into its network before it is mapped.
  bool check(Fault fault, VerifyMode mode = VerifyMode::All) {
    node.clear();
    text.clear();
    result = {};
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(kModel, &context);
    func::FuncOp main = findMain(*module);
    nn::QuantiseOptions quantise;
    quantise.calibration = "random:1";
    quantise.percentile = percentile;
    NamedArrays arrays;
    EXPECT_TRUE(succeeded(nn::readCalibration(main, quantise, arrays)));
    EXPECT_TRUE(succeeded(nn::quantise(main, arrays, quantise)));
    OwningOpRef<ModuleOp> model = module->clone();

    PipelineOptions pipeline;
    auto run = [&](void (*build)(OpPassManager &, const PipelineOptions &)) {
      PassManager manager(&context, ModuleOp::getOperationName());
      build(manager, pipeline);
      EXPECT_TRUE(succeeded(manager.run(*module)));
    };
    run(buildNeuroPipeline);
    auto network = module->lookupSymbol<NetworkOp>("main");
    std::vector<HeldValue> held = findHeldValues(network);
    fault(network);
    run(buildLoihiPipeline);
    FailureOr<std::vector<uint8_t>> bytes = loihi::emitBinary(*module);
    EXPECT_TRUE(succeeded(bytes)) << text;
    if (failed(bytes))
      return false;
    ChipCheckOptions options;
    options.mode = mode;
    return succeeded(
        checkChip(findMain(*model), held, *bytes, arrays, options, result));
  }

  static std::vector<PopulationOp> populations(NetworkOp network,
                                               StringRef of) {
    std::vector<PopulationOp> found;
    for (PopulationOp op : network.getBody().front().getOps<PopulationOp>())
      if (nodeNameIn(op.getLoc()) == of)
        found.push_back(op);
    return found;
  }

  /// Changes what one population sends: by a number per neuron.
  static void add(PopulationOp op, ArrayRef<int32_t> numbers) {
    for (auto fire :
         llvm::make_early_inc_range(op.getBody().front().getOps<FireOp>())) {
      OpBuilder builder(fire);
      auto type = RankedTensorType::get({int64_t(numbers.size())},
                                        builder.getI32Type());
      Value offset =
          ParamOp::create(builder, fire.getLoc(), builder.getI32Type(), "fault",
                          DenseElementsAttr::get(type, numbers));
      fire.getPayloadMutable().assign(
          AddOp::create(builder, fire.getLoc(), fire.getPayload(), offset));
    }
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::unique_ptr<ScopedDiagnosticHandler> handler;
  std::string node, text; // of the errors
  ChipCheckResult result;
  double percentile = 100;
};

TEST_F(ChipCheckTest, WithoutAFaultEverythingIsEqual) {
  EXPECT_TRUE(check([](NetworkOp) {})) << text;
  // The norm, attention, two sums and the activation; 16 sequences of 5 tokens
  // of 4 features each, and one sequence more; an output of all tokens, and
  // one of the last.
  EXPECT_EQ(result.layers, 5);
  EXPECT_EQ(result.values, 17 * (6 * 5 + 1) * 4);
  EXPECT_EQ(result.differences, 0);
  EXPECT_EQ(result.str(),
            "5 layers, 5 tokens of 16 sequences and one beyond calibration, "
            "2,108 values equal");
}

TEST_F(ChipCheckTest, ASampleIsOneSequence) {
  EXPECT_TRUE(check([](NetworkOp) {}, VerifyMode::Sample)) << text;
  EXPECT_EQ(result.str(),
            "5 layers, 5 tokens of 1 of 16 sequences and one beyond "
            "calibration, 248 values equal");
}

TEST_F(ChipCheckTest, ADifferenceNamesNodeTokenElementAndBothValues) {
  for (StringRef name : {"norm", "attention", "sum"}) {
    EXPECT_FALSE(check([&](NetworkOp network) {
      for (PopulationOp op : populations(network, name))
        if (op.getHolds())
          add(op, {0, 0, 1, 0});
    })) << name.str();
    EXPECT_EQ(node, name) << text;
    EXPECT_NE(text.find("sequence 0, token 0, element 2: expected "),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("layers that read it"), std::string::npos) << text;
    // One error: what follows from it is not one of its own.
    EXPECT_EQ(text.find("the chip differs"), text.rfind("the chip differs"));
    // The value that the chip has is one more.
    int64_t expected = 0, actual = 0;
    size_t at = text.find("expected ");
    ASSERT_EQ(sscanf(text.c_str() + at, "expected %ld, the chip has %ld",
                     &expected, &actual),
              2);
    EXPECT_EQ(actual, expected + 1);
  }
}

TEST_F(ChipCheckTest, AWrongLimitIsFound) {
  auto lower = [&](StringRef which) {
    return [this, which](NetworkOp network) {
      for (PopulationOp op : populations(network, which.split('.').first))
        if (op.getName() == which)
          op.walk([&](Operation *inner) {
            if (!isa<MinOp, MaxOp>(inner) || !inner->hasAttr("count"))
              return;
            auto limit = inner->getOperand(1).getDefiningOp<ConstOp>();
            int32_t value = int32_t(limit.getValue());
            limit.setValue(uint32_t(value > 0 ? value - 1 : value + 1));
          });
    };
  };
  // On calibration data nothing is limited: such a limit is not seen there.
  EXPECT_FALSE(check(lower("sum")));
  EXPECT_EQ(node, "sum") << text;
  EXPECT_NE(text.find("on inputs beyond calibration (made from sequence 0), "),
            std::string::npos)
      << text;
  percentile = 60;
  for (StringRef which : {"norm", "attention.key_query", "attention"}) {
    EXPECT_FALSE(check(lower(which))) << which.str();
    EXPECT_EQ(node, which.split('.').first) << text;
  }
}

// What a layer is made of inside is not compared by itself, but it shows.
TEST_F(ChipCheckTest, AFaultInsideALayerIsFound) {
  for (StringRef name : {"norm", "attention"}) {
    unsigned count = 0;
    check(
        [&](NetworkOp network) { count = populations(network, name).size(); });
    ASSERT_GT(count, 2u);
    for (unsigned i = 0; i < count; ++i) {
      std::string what;
      EXPECT_FALSE(check([&](NetworkOp network) {
        PopulationOp op = populations(network, name)[i];
        what = op.getName().str();
        for (auto fire : op.getBody().front().getOps<FireOp>()) {
          OpBuilder builder(fire);
          fire.getPayloadMutable().assign(ConstOp::create(
              builder, fire.getLoc(), builder.getI32Type(), uint32_t(0)));
        }
      })) << what;
      EXPECT_EQ(node, name) << what << "\n" << text;
    }
  }
}

TEST_F(ChipCheckTest, AWrongWeightIsFound) {
  unsigned found = 0;
  EXPECT_FALSE(check([&](NetworkOp network) {
    network.walk([&](ProjectOp op) {
      auto weights = dyn_cast<ElementsAttr>(op.getWeights());
      if (!weights || nodeNameIn(op.getLoc()) != "attention" || found)
        return;
      std::vector<int8_t> values = *readConstant<int8_t>(weights);
      values[1] = int8_t(values[1] + (values[1] < 100 ? 20 : -20));
      op.setWeightsAttr(makeConstant<int8_t>(
          &context, values, weights.getShapedType().getShape(), "fault"));
      ++found;
    });
  }));
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(node, "attention") << text;
}

TEST_F(ChipCheckTest, FaultsThatDoNotFollowFromEachOtherAreAllReported) {
  auto check2 = [&](StringRef first, StringRef second) {
    return check([&](NetworkOp network) {
      for (StringRef name : {first, second})
        for (PopulationOp op : populations(network, name))
          if (op.getHolds())
            add(op, {0, 1, 0, 0});
    });
  };
  auto count = [&] {
    return StringRef(text).count("the chip differs from the quantised model");
  };
  EXPECT_FALSE(check2("norm", "side"));
  EXPECT_EQ(count(), 2u) << text;
  // The activation reads the norm, over attention and the sum.
  EXPECT_FALSE(check2("norm", "gelu"));
  EXPECT_EQ(count(), 1u) << text;
  EXPECT_EQ(node, "norm") << text;
  EXPECT_NE(text.find("3 layers that read it"), std::string::npos) << text;
}

TEST_F(ChipCheckTest, WhatIsNotABinaryIsAnErrorNotACrash) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(kModel, &context);
  EXPECT_TRUE(
      failed(checkChip(findMain(*module), {}, {1, 2, 3}, {}, {}, result)));
  EXPECT_NE(text.find("cannot be loaded"), std::string::npos) << text;
}

} // namespace
