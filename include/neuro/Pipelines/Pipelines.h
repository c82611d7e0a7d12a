//===- Pipelines.h - the passes of each phase ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_PIPELINES_H
#define NEURO_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace neuro {

/// What the phases need to know; also the options of `--neuro-pipeline`.
struct PipelineOptions : mlir::PassPipelineOptions<PipelineOptions> {
  Option<std::string> from{
      *this, "from",
      llvm::cl::desc("the phase that the input is of: onnx, nn, neuro"),
      llvm::cl::init("onnx")};
  Option<std::string> to{*this, "to",
                         llvm::cl::desc("the last phase: nn, neuro, loihi"),
                         llvm::cl::init("loihi")};
  Option<std::string> calibration{
      *this, "calibration", llvm::cl::desc("an .npz file, or random:SEED")};
  Option<double> margin{
      *this, "margin",
      llvm::cl::desc("room above the largest calibrated value"),
      llvm::cl::init(1.05)};
  Option<std::string> schedule{*this, "schedule",
                               llvm::cl::desc("pipelined or fall-through"),
                               llvm::cl::init("pipelined")};
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("loihi2, loihi2-128 or unbounded"),
                             llvm::cl::init("loihi2")};
  Option<std::string> placement{
      *this, "placement", llvm::cl::desc("linear, reverse or scatter:SEED"),
      llvm::cl::init("linear")};
  Option<unsigned> chips{
      *this, "chips", llvm::cl::desc("the most chips that may be used; 0: any"),
      llvm::cl::init(0)};
  Option<uint64_t> seed{*this, "seed",
                        llvm::cl::desc("key of the chip's random numbers"),
                        llvm::cl::init(0)};
  Option<std::string> unsupportedReport{
      *this, "unsupported-report",
      llvm::cl::desc("file for the nodes that cannot be compiled, as JSON")};
};

/// onnx -> nn, one token at a time (the stream form), not yet quantised.
void buildNNPipeline(mlir::OpPassManager &manager,
                     const PipelineOptions &options);
/// Ranges and integer weights, when `calibration` is given.
void buildQuantisePipeline(mlir::OpPassManager &manager,
                           const PipelineOptions &options);
/// nn -> neuro, with phases and delays, and no accumulator that can wrap
/// unnoticed.
void buildNeuroPipeline(mlir::OpPassManager &manager,
                        const PipelineOptions &options);
/// neuro -> loihi.
void buildLoihiPipeline(mlir::OpPassManager &manager,
                        const PipelineOptions &options);

/// All phases from `options.from` to `options.to`.
void buildNeuroPipelines(mlir::OpPassManager &manager,
                         const PipelineOptions &options);

/// Registers `--neuro-pipeline`.
void registerPipelines();

} // namespace neuro

#endif // NEURO_PIPELINES_PIPELINES_H
