//===- CoreBytesTest.cpp - compiler and loader count the same bytes -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conversion/NeuroToLoihi/BuildNetwork.h"
#include "Conversion/NeuroToLoihi/EmitSystem.h"

#include "neuro/InitAll.h"
#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Binary/Binary.h"
#include "neuro/Target/Binary/nrb_generated.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace neuro;

namespace {

void expectEqual(const target::CoreContents &compiler,
                 const target::CoreContents &loader) {
  EXPECT_EQ(compiler.synapseWords, loader.synapseWords);
  EXPECT_EQ(compiler.inputAxons, loader.inputAxons);
  EXPECT_EQ(compiler.outputAxons, loader.outputAxons);
  EXPECT_EQ(compiler.instructions, loader.instructions);
  EXPECT_EQ(compiler.stateWords, loader.stateWords);
  // A run of neurons with equal values has one.
  EXPECT_GE(compiler.parameters, loader.parameters);
  EXPECT_EQ(compiler.rules, loader.rules);
  EXPECT_EQ(compiler.products, loader.products);
  EXPECT_EQ(compiler.preTraces, loader.preTraces);
  EXPECT_EQ(compiler.postTraces, loader.postTraces);
}

// Maps every network of a file onto cores of `bytes` bytes; returns the number
// of cores.
unsigned compare(const std::string &file, uint32_t bytes) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(
      std::string(NEURO_SOURCE_DIR) + "/test/" + file, ParserConfig(&context));
  EXPECT_TRUE(module) << file;
  if (!module)
    return 0;
  mapping::PartitionOptions options;
  options.model.totalBytesPerCore = bytes;
  unsigned cores = 0;
  for (NetworkOp network : llvm::to_vector(module->getOps<NetworkOp>())) {
    FailureOr<MappableNetwork> mappable = buildNetwork(network);
    if (failed(mappable))
      continue;
    mapping::limitFormats(mappable->network, options.model.formatsPerCore);
    mapping::Partition parts = mapping::partition(mappable->network, options);
    if (!parts.violations.empty())
      continue;
    mapping::Tables tables = mapping::buildTables(mappable->network, parts);
    std::vector<mapping::Place> places = mapping::place(
        mapping::Placement::Linear, 0, options.model, parts, tables);
    OpBuilder builder(network);
    loihi::SystemOp system = emitSystem(builder, network, *mappable, parts,
                                        tables, places, options.model, 0);
    FailureOr<std::vector<uint8_t>> binary = loihi::emitBinary(system);
    EXPECT_TRUE(succeeded(binary));
    if (failed(binary))
      continue;
    const nrb::Binary &root = *nrb::GetBinary(binary->data());
    EXPECT_EQ(root.cores()->size(), parts.cores.size());
    for (size_t i = 0; i < parts.cores.size(); ++i, ++cores) {
      const mapping::Usage &usage = parts.cores[i].usage;
      EXPECT_LE(usage.totalBytes(options.model), bytes);
      expectEqual(usage.contents(options.model),
                  runtime::contentsOf(*root.cores()->Get(uint32_t(i))));
    }
  }
  return cores;
}

TEST(CoreBytes, L05_CompilerAndLoaderCountTheSame) {
  // Plastic synapses, states and parameters, whole and cut into pieces.
  unsigned whole = compare("Target/memory.mlir", 196608);
  EXPECT_GE(whole, 1u);
  EXPECT_GT(compare("Target/memory.mlir", 600), whole);
  EXPECT_GE(compare("Mapping/split.mlir", 196608), 1u);
}

} // namespace
