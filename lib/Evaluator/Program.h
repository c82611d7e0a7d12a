//===- Program.h - an nn function as a list of steps ------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_EVALUATOR_PROGRAM_H
#define NEURO_LIB_EVALUATOR_PROGRAM_H

#include "Kernels.h"
#include "neuro/Dialect/NN/Quantised.h"
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
  int64_t limited = 0;
  double largestWeight = 0;
  std::vector<float> *scratch = nullptr;
};

struct Step {
  mlir::Operation *op = nullptr;
  llvm::SmallVector<unsigned, 3> operands; // slots
  unsigned result = 0;                     // slot
  std::function<void(StepRun &)> run;      // none: the result is the operand
  std::function<void(StepRun &)> integers; // the same, in the quantised form
};

struct Slot {
  mlir::Value value;
  nn::TokenLayout::Kind kind = nn::TokenLayout::Whole;
  llvm::SmallVector<int64_t> shape; // of one part
  int64_t size = 1;                 // elements of one part
  bool isIds = false;
  /// In the quantised form: what the integers mean, and the grid on which they
  /// are; without a grid they are accumulators.
  nn::Units units;
  nn::QuantAttr grid;
  std::shared_ptr<std::vector<float>> numbers;
  std::shared_ptr<std::vector<float>> steps; // of a constant with a grid
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
  bool stream = false;
  /// Why it cannot be run in integers, op by op; empty if it can.
  std::vector<std::pair<mlir::Location, std::string>> notInteger;
  int64_t tokens = 1, batch = 1;

  /// Says why it cannot be run in integers, if so.
  mlir::LogicalResult
  checkInteger(llvm::function_ref<mlir::InFlightDiagnostic()> emitError) const;

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

  /// Runs `program` on so many sequences; `arguments` by slot, not changed, in
  /// the quantised form as whole numbers of steps, not limited yet.
  void run(const Program &program, llvm::ArrayRef<Buffer> arguments,
           int64_t sequences, int64_t tokens, bool quantised);
  /// After a quantised run: element `index` of a slot as a real number.
  double real(const Program &program, unsigned slot, int64_t index) const;
  /// All of them, as the host of the chip reads them.
  std::vector<float> reals(const Program &program, unsigned slot) const;
};

kernels::ConvShape convShape(nn::Conv2dOp op);

} // namespace neuro::evaluator

#endif // NEURO_LIB_EVALUATOR_PROGRAM_H
