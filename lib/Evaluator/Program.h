//===- Program.h - an nn function as a list of steps ------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_EVALUATOR_PROGRAM_H
#define NEURO_LIB_EVALUATOR_PROGRAM_H

#include "Kernels.h"
#include "neuro/Dialect/NN/TokenLayout.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>
#include <memory>
#include <vector>

namespace neuro::evaluator {

/// What one value holds: numbers or ids.
struct Buffer {
  float *numbers = nullptr;
  const int64_t *ids = nullptr;
};

/// What one step must know of the run.
struct StepRun {
  llvm::SmallVector<Buffer, 3> operands;
  float *result = nullptr;
  int64_t sequences = 1, tokens = 1, parts = 1;
  bool quantised = false;
  int64_t limited = 0;
  double largestWeight = 0;
  std::vector<float> *scratch = nullptr;
};

struct Step {
  mlir::Operation *op = nullptr;
  llvm::SmallVector<unsigned, 3> operands; // slots
  unsigned result = 0;                     // slot
  std::function<void(StepRun &)> run;      // none: the result is the operand
  kernels::Grid grid;                      // scale 0: the result is not rounded
};

struct Slot {
  mlir::Value value;
  nn::TokenLayout::Kind kind = nn::TokenLayout::Whole;
  llvm::SmallVector<int64_t> shape; // of one part
  int64_t size = 1;                 // elements of one part
  bool isIds = false;
  kernels::Grid grid; // of an argument
  std::shared_ptr<std::vector<float>> numbers;
  std::shared_ptr<std::vector<int64_t>> ids; // of a constant
};

class Program {
public:
  /// Emits an error for each op that cannot be run.
  static mlir::LogicalResult compile(mlir::func::FuncOp func, Program &program);

  llvm::SmallVector<Slot> slots; // the arguments come first
  std::vector<Step> steps;
  llvm::DenseMap<mlir::Value, unsigned> slotOf;
  llvm::SmallVector<unsigned> outputs;
  unsigned numArguments = 0;
  bool stream = false, isQuantised = false;
  int64_t tokens = 1, batch = 1;

  /// All elements of one sequence of the longest kind.
  int64_t elementsPerSequence() const;

private:
  mlir::LogicalResult compileOp(mlir::Operation *op,
                                const nn::TokenLayoutAnalysis &layouts);
};

/// The memory of one run, reused from run to run.
struct Workspace {
  std::vector<std::vector<float>> storage;
  std::vector<Buffer> buffers;        // by slot
  std::vector<int64_t> parts;         // by slot
  std::vector<int64_t> limited;       // by slot
  std::vector<double> largestWeights; // by slot
  std::vector<float> scratch;

  /// Runs `program` on so many sequences; `arguments` by slot, not changed.
  void run(const Program &program, llvm::ArrayRef<Buffer> arguments,
           int64_t sequences, int64_t tokens, bool quantised);
};

} // namespace neuro::evaluator

#endif // NEURO_LIB_EVALUATOR_PROGRAM_H
