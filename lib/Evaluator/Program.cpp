//===- Program.cpp - an nn function as a list of steps --------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "FixedPoint.h"
#include "Integers.h"
#include "mlir/IR/Matchers.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;
using namespace neuro::evaluator;

namespace {

using Floats = std::shared_ptr<std::vector<float>>;

/// Beyond this a function is a mistake rather than a network.
constexpr int64_t kMostElements = int64_t(1) << 30;

const float *data(const Floats &floats) {
  return floats ? floats->data() : nullptr;
}

/// Reads the constants of one op, and says which cannot be read.
class Constants {
public:
  explicit Constants(Operation *op) : op(op) {}

  Floats get(StringRef name) {
    auto attr = op->getAttrOfType<ElementsAttr>(name);
    if (!attr)
      return nullptr;
    if (attr.getNumElements() > kMostElements) {
      mlir::emitError(op->getLoc())
          << "'" << name << "' has " << attr.getNumElements()
          << " elements; at most " << kMostElements << " can be evaluated";
      bad = true;
      return std::make_shared<std::vector<float>>(1);
    }
    auto values = std::make_shared<std::vector<float>>(getFloats(attr));
    if (int64_t(values->size()) != attr.getNumElements()) {
      InFlightDiagnostic diag = mlir::emitError(op->getLoc())
                                << "the values of '" << name
                                << "' are not in the file";
      diag.attachNote()
          << "it was printed without them: print it again with its resources";
      bad = true;
      return std::make_shared<std::vector<float>>(attr.getNumElements());
    }
    for (size_t i = 0; i < values->size(); ++i)
      if (!std::isfinite((*values)[i])) {
        mlir::emitError(op->getLoc())
            << "'" << name << "' holds " << (*values)[i] << " at element " << i
            << "; only finite numbers can be evaluated";
        bad = true;
        break;
      }
    return values;
  }

  /// Integers and scales of the quantised form, which are read when it is run.
  void checkQuantised() {
    for (StringRef name : {"weight_q", "table_q"})
      get(name);
    for (StringRef name :
         {"weight_scale", "table_scale", "key_scale", "value_scale"}) {
      Floats values = get(name);
      if (!values || llvm::all_of(*values, [](float v) { return v > 0; }))
        continue;
      mlir::emitError(op->getLoc())
          << "'" << name << "' must hold positive numbers only";
      bad = true;
    }
  }

  bool bad = false;

private:
  Operation *op;
};

std::function<void(StepRun &)> compileLinear(LinearOp op, Constants &constants,
                                             int64_t size) {
  Floats weight = constants.get("weight"), bias = constants.get("bias");
  int64_t outputs = op.getWeight().getShapedType().getDimSize(0),
          inputs = op.getWeight().getShapedType().getDimSize(1);
  int64_t rows = size / std::max<int64_t>(outputs, 1);
  return [=](StepRun &run) {
    kernels::linear(run.operands[0].numbers, weight->data(), data(bias),
                    run.result, run.parts * rows, inputs, outputs);
  };
}

std::function<void(StepRun &)> compileConv(Conv2dOp op, Constants &constants,
                                           int64_t size) {
  Floats weight = constants.get("weight"), bias = constants.get("bias");
  kernels::ConvShape shape = convShape(op);
  int64_t pixels = shape.outputs * shape.outHeight * shape.outWidth;
  int64_t images = size / std::max<int64_t>(pixels, 1);
  return [=](StepRun &run) {
    kernels::conv2d(run.operands[0].numbers, weight->data(), data(bias),
                    run.result, run.parts * images, shape, *run.scratch);
  };
}

std::function<void(StepRun &)> compileNorm(Constants &constants, int64_t size,
                                           int64_t width, bool subtractMean,
                                           double epsilon) {
  Floats gamma = constants.get("gamma"), beta = constants.get("beta");
  int64_t rows = size / std::max<int64_t>(width, 1);
  return [=](StepRun &run) {
    const float *x = run.operands[0].numbers;
    int64_t all = run.parts * rows;
    if (subtractMean) {
      kernels::center(x, run.result, all, width);
      x = run.result;
    }
    kernels::normalise(x, data(gamma), data(beta), epsilon, run.result, all,
                       width);
  };
}

std::function<void(StepRun &)> compileAttention(AttentionOp op,
                                                TokenLayout::Kind kind) {
  ArrayRef<int64_t> type = op.getQuery().getType().getShape();
  int64_t heads = op.getHeads(), size = type.back();
  kernels::AttentionShape shape{0,
                                0,
                                heads,
                                size / heads,
                                op.getScale().convertToDouble(),
                                int64_t(op.getWindow()),
                                op.getScore() == ScoreKind::softmax};
  if (kind == TokenLayout::Whole) {
    shape.tokens = type.size() > 1 ? type[type.size() - 2] : 1;
    shape.sequences = op.getQuery().getType().getNumElements() /
                      std::max<int64_t>(size * shape.tokens, 1);
  }
  return [=](StepRun &run) {
    kernels::AttentionShape s = shape;
    if (kind != TokenLayout::Whole)
      s.sequences = run.sequences, s.tokens = run.tokens;
    run.largestWeight = kernels::attention(
        run.operands[0].numbers, run.operands[1].numbers,
        run.operands[2].numbers, run.result, s, *run.scratch);
  };
}

std::function<void(StepRun &)>
compileEmbedding(EmbeddingOp op, Constants &constants, int64_t size) {
  Floats table = constants.get("table");
  int64_t width = op.getTable().getShapedType().getDimSize(1),
          rows = size / std::max<int64_t>(width, 1);
  return [=](StepRun &run) {
    for (int64_t i = 0; i < run.parts * rows; ++i)
      std::copy_n(table->data() + run.operands[0].ids[i] * width, width,
                  run.result + i * width);
  };
}

std::function<void(StepRun &)>
compilePosition(PositionOp op, Constants &constants, TokenLayout::Kind kind) {
  Floats table = constants.get("table");
  ArrayRef<int64_t> type = op.getResult().getType().getShape();
  int64_t width = type.back(),
          own = kind == TokenLayout::Whole
                    ? op.getResult().getType().getNumElements()
                    : 0;
  int64_t ownTokens = type.size() > 1 ? type[type.size() - 2] : 1;
  return [=](StepRun &run) {
    int64_t tokens = own ? ownTokens : run.tokens,
            rows = own ? own / std::max<int64_t>(width, 1) : run.parts;
    for (int64_t i = 0; i < rows; ++i)
      std::copy_n(table->data() + (i % tokens) * width, width,
                  run.result + i * width);
  };
}

std::function<void(StepRun &)>
compileSelectLast(SelectLastOp op, TokenLayout::Kind kind, int64_t size) {
  int64_t ownSequences = op.getInput().getType().getDimSize(0),
          ownTokens = op.getInput().getType().getDimSize(1);
  bool whole = kind == TokenLayout::Whole;
  int64_t width = whole ? size / std::max<int64_t>(ownSequences, 1) : size;
  return [=](StepRun &run) {
    int64_t sequences = whole ? ownSequences : run.sequences,
            tokens = whole ? ownTokens : run.tokens;
    for (int64_t n = 0; n < sequences; ++n)
      std::copy_n(run.operands[0].numbers + (n * tokens + tokens - 1) * width,
                  width, run.result + n * width);
  };
}

std::function<void(StepRun &)> compileAffine(AffineOp op, Constants &constants,
                                             int64_t size) {
  Floats multiplier = constants.get("multiplier"),
         offset = constants.get("offset");
  int64_t width = op.getInput().getType().getShape().back(),
          rows = size / std::max<int64_t>(width, 1);
  return [=](StepRun &run) {
    kernels::affine(run.operands[0].numbers, data(multiplier),
                    multiplier ? multiplier->size() : 0, data(offset),
                    offset ? offset->size() : 0, run.result, run.parts * rows,
                    width);
  };
}

/// Ids in constants; those in inputs are checked when they are given.
LogicalResult checkIds(EmbeddingOp op, const Slot &slot) {
  int64_t rows = op.getTable().getShapedType().getDimSize(0);
  if (slot.ids)
    for (auto [i, id] : llvm::enumerate(*slot.ids))
      if (id < 0 || id >= rows) {
        InFlightDiagnostic diag = mlir::emitError(op.getLoc())
                                  << "id " << id << " is out of range";
        diag.attachNote() << "expected: 0 to " << rows - 1;
        diag.attachNote() << "  actual: " << id << " at element " << i;
        return diag;
      }
  return success();
}

kernels::Activation kernelOf(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::relu:
    return kernels::Activation::Relu;
  case ActivationKind::gelu:
    return kernels::Activation::Gelu;
  case ActivationKind::gelu_tanh:
    return kernels::Activation::GeluTanh;
  case ActivationKind::silu:
    return kernels::Activation::Silu;
  }
  return kernels::Activation::Relu;
}

} // namespace

LogicalResult Program::compileOp(Operation *op,
                                 const TokenLayoutAnalysis &layouts) {
  // Checks are looked at after the run, the terminator names the outputs.
  if (op->getNumResults() == 0) {
    if (op->hasTrait<OpTrait::IsTerminator>() ||
        op->getName().getDialectNamespace() == "check")
      return success();
    return mlir::emitError(op->getLoc())
           << "'" << op->getName() << "' is not an operation of the nn dialect";
  }
  Value result = op->getResult(0);
  TokenLayout layout = layouts.get(result);
  Slot slot;
  slot.value = result;
  slot.kind = layout.kind;
  slot.shape = layouts.partShape(result);
  slot.size = layouts.partSize(result);
  Constants constants(op);

  ElementsAttr constant;
  if (matchPattern(op, m_Constant(&constant))) {
    if (layout.kind != TokenLayout::Whole || numArguments != 0)
      return mlir::emitError(op->getLoc())
             << "a constant cannot be evaluated in a function "
                "with inputs: it belongs to no token";
    slot.isIds = isa<IntegerType>(constant.getElementType());
    if (slot.isIds)
      slot.ids = std::make_shared<std::vector<int64_t>>(getInts(constant));
    else
      slot.numbers = std::make_shared<std::vector<float>>(getFloats(constant));
    if (int64_t(slot.isIds ? slot.ids->size() : slot.numbers->size()) !=
        constant.getNumElements())
      return mlir::emitError(op->getLoc())
             << "the values of the constant cannot be read";
    slot.grid = nn::gridOf(result);
    if (slot.grid && !slot.isIds) {
      slot.units.unit = {slot.grid.getScale()};
      slot.steps = std::make_shared<std::vector<float>>();
      for (float number : *slot.numbers)
        slot.steps->push_back(float(std::clamp(
            std::nearbyint(number / slot.grid.getScale()), -1e9, 1e9)));
    }
    slotOf[result] = slots.size();
    slots.push_back(std::move(slot));
    return success();
  }

  Step step;
  step.op = op;
  for (Value operand : op->getOperands())
    step.operands.push_back(slotOf.lookup(operand));
  int64_t size = slot.size;
  bool known = true;
  TypeSwitch<Operation *>(op)
      .Case([&](LinearOp o) { step.run = compileLinear(o, constants, size); })
      .Case([&](Conv2dOp o) { step.run = compileConv(o, constants, size); })
      .Case([&](LayerNormOp o) {
        step.run = compileNorm(constants, size,
                               o.getInput().getType().getShape().back(), true,
                               o.getEpsilon().convertToDouble());
      })
      .Case([&](RMSNormOp o) {
        step.run = compileNorm(constants, size,
                               o.getInput().getType().getShape().back(), false,
                               o.getEpsilon().convertToDouble());
      })
      .Case([&](ActivationOp o) {
        step.run = [kind = kernelOf(o.getKind()), size](StepRun &run) {
          kernels::activation(kind, run.operands[0].numbers, run.result,
                              run.parts * size);
        };
      })
      .Case([&](EmbeddingOp o) {
        constants.bad |= failed(checkIds(o, slots[step.operands[0]]));
        step.run = compileEmbedding(o, constants, size);
      })
      .Case([&](PositionOp o) {
        step.run = compilePosition(o, constants, layout.kind);
      })
      .Case([&](AttentionOp o) { step.run = compileAttention(o, layout.kind); })
      .Case([&](AddOp) {
        step.run = [size](StepRun &run) {
          kernels::add(run.operands[0].numbers, run.operands[1].numbers,
                       run.result, run.parts * size);
        };
      })
      .Case([&](MulOp) {
        step.run = [size](StepRun &run) {
          kernels::mul(run.operands[0].numbers, run.operands[1].numbers,
                       run.result, run.parts * size);
        };
      })
      .Case([&](AffineOp o) { step.run = compileAffine(o, constants, size); })
      .Case([&](ReshapeOp) {})
      .Case([&](SelectLastOp o) {
        step.run = compileSelectLast(o, layouts.get(o.getInput()).kind, size);
      })
      .Default([&](auto) { known = false; });
  if (!known)
    return mlir::emitError(op->getLoc())
           << "'" << op->getName() << "' cannot be evaluated";
  constants.checkQuantised();
  if (std::string why = whyNotInteger(op); !why.empty()) {
    notInteger.push_back({op->getLoc(), why});
  } else if (!constants.bad && notInteger.empty()) {
    step.integers = compileIntegers(op, layout.kind, size);
    slot.units = unitsOf(result);
    slot.grid = isFused(result) ? QuantAttr() : nn::gridOf(result);
  }
  step.result = slots.size();
  slotOf[result] = slots.size();
  slots.push_back(std::move(slot));
  steps.push_back(std::move(step));
  return failure(constants.bad);
}

/// Memory is asked for by the element: refuse what no machine has.
static LogicalResult checkSizes(func::FuncOp func) {
  int64_t tokens = 1, total = 0;
  if (auto dict = func->getAttrOfType<DictionaryAttr>(kStreamAttr))
    if (auto attr = dict.getAs<IntegerAttr>("tokens"))
      tokens = attr.getInt();
  bool large = false;
  auto add = [&](int64_t elements, ArrayRef<int64_t> factors) {
    for (int64_t factor : factors)
      large |= ShapedType::isDynamic(factor) || factor < 0
                   ? false
                   : llvm::MulOverflow(elements, factor, elements) ||
                         elements > kMostElements;
    large |= llvm::AddOverflow(total, elements, total) || total > kMostElements;
  };
  auto addValue = [&](Value value) {
    if (auto type = dyn_cast<RankedTensorType>(value.getType()))
      add(tokens, type.getShape());
  };
  for (BlockArgument arg : func.getArguments())
    addValue(arg);
  func.walk([&](Operation *op) {
    llvm::for_each(op->getResults(), addValue);
    if (auto conv = dyn_cast<Conv2dOp>(op)) {
      SmallVector<int64_t> factors(
          conv.getWeight().getShapedType().getShape().drop_front());
      llvm::append_range(factors,
                         conv.getResult().getType().getShape().take_back(2));
      add(1, factors);
    } else if (auto attention = dyn_cast<AttentionOp>(op)) {
      ArrayRef<int64_t> shape = attention.getQuery().getType().getShape();
      int64_t rows =
          std::max(tokens, shape.size() > 1 ? shape.drop_back().back() : 1);
      add(1, {rows, rows});
    }
  });
  if (!large)
    return success();
  InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                            << "function '" << func.getName()
                            << "' is too large to be evaluated";
  diag.attachNote() << "expected: at most " << kMostElements
                    << " elements in all values of one sequence";
  return diag;
}

LogicalResult Program::compile(func::FuncOp func, Program &program) {
  if (failed(checkSizes(func)))
    return failure();
  FailureOr<TokenLayoutAnalysis> layouts = TokenLayoutAnalysis::compute(func);
  if (failed(layouts))
    return failure();
  program.stream = layouts->isStream();
  program.tokens = layouts->getTokens();
  program.batch = layouts->getBatch();
  program.numArguments = func.getNumArguments();
  for (BlockArgument arg : func.getArguments()) {
    Slot slot;
    slot.value = arg;
    slot.kind = TokenLayout::PerToken;
    slot.shape = layouts->partShape(arg);
    slot.size = layouts->partSize(arg);
    slot.isIds = isa<IntegerType>(
        cast<RankedTensorType>(arg.getType()).getElementType());
    slot.grid = nn::gridOf(arg);
    if (slot.grid)
      slot.units.unit = {slot.grid.getScale()};
    else if (!slot.isIds)
      program.notInteger.push_back(
          {arg.getLoc(), "argument " + std::to_string(arg.getArgNumber()) +
                             " has no '" + kQuantAttr + "'"});
    program.slotOf[arg] = program.slots.size();
    program.slots.push_back(slot);
  }
  bool bad = false;
  for (Operation &op : func.getBody().front()) {
    // What hangs on an op in error is not looked at.
    bool ready = llvm::all_of(op.getOperands(), [&](Value operand) {
      return program.slotOf.contains(operand);
    });
    if (ready)
      bad |= failed(program.compileOp(&op, *layouts));
  }
  if (bad)
    return failure();
  for (Value value : func.getBody().front().getTerminator()->getOperands()) {
    program.outputs.push_back(program.slotOf.lookup(value));
    if (program.slots[program.outputs.back()].isIds) {
      mlir::emitError(func.getLoc()) << "function '" << func.getName()
                                     << "' returns token ids; it can return "
                                        "floating-point tensors only";
      bad = true;
    }
  }
  return failure(bad);
}

LogicalResult Program::checkInteger(
    llvm::function_ref<InFlightDiagnostic()> emitError) const {
  if (notInteger.empty())
    return success();
  InFlightDiagnostic diag = emitError()
                            << "the function is not in the quantised form";
  for (const auto &[location, why] : notInteger)
    diag.attachNote(location) << why;
  diag.attachNote() << "run 'nn-quantise' first, or evaluate in floating point";
  return diag;
}

int64_t Program::elementsPerSequence() const {
  int64_t sum = 0;
  for (const Slot &slot : slots)
    sum += slot.size * (slot.kind == TokenLayout::PerToken ? tokens : 1);
  return sum;
}

void Workspace::run(const Program &program, ArrayRef<Buffer> arguments,
                    int64_t sequences, int64_t tokens, bool quantised) {
  size_t count = program.slots.size();
  storage.resize(count);
  buffers.assign(count, {});
  parts.assign(count, 1);
  limited.assign(count, 0);
  largestWeights.assign(count, 0);
  auto allocate = [&](unsigned slot) {
    storage[slot].resize(std::max<size_t>(
        storage[slot].size(), parts[slot] * program.slots[slot].size));
    return storage[slot].data();
  };
  for (size_t i = 0; i < count; ++i) {
    const Slot &slot = program.slots[i];
    if (slot.kind == TokenLayout::PerToken)
      parts[i] = sequences * tokens;
    else if (slot.kind == TokenLayout::PerSequence)
      parts[i] = sequences;
    if (slot.numbers)
      buffers[i].numbers = slot.numbers->data();
    if (slot.ids)
      buffers[i].ids = slot.ids->data();
  }
  auto limit = [&](unsigned slot, const float *from) {
    buffers[slot].numbers = allocate(slot);
    for (int64_t i = 0, n = parts[slot] * program.slots[slot].size; i < n; ++i)
      buffers[slot].numbers[i] = float(
          fixed::clip(int64_t(from[i]), program.slots[slot].grid.getLimit(),
                      limited[slot]));
  };
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    buffers[i] = argument;
    if (quantised && !program.slots[i].isIds)
      limit(i, argument.numbers);
  }
  for (size_t i = 0; quantised && i < count; ++i)
    if (program.slots[i].steps)
      limit(i, program.slots[i].steps->data());
  for (const Step &step : program.steps) {
    if (!step.run) {
      buffers[step.result] = buffers[step.operands[0]];
      continue;
    }
    StepRun run;
    for (unsigned operand : step.operands)
      run.operands.push_back(buffers[operand]);
    run.result = buffers[step.result].numbers = allocate(step.result);
    run.sequences = sequences;
    run.tokens = tokens;
    run.parts = parts[step.result];
    run.scratch = &scratch;
    (quantised ? step.integers : step.run)(run);
    limited[step.result] = run.limited;
    largestWeights[step.result] = run.largestWeight;
  }
}

double Workspace::real(const Program &program, unsigned slot,
                       int64_t index) const {
  const Slot &from = program.slots[slot];
  double number = buffers[slot].numbers[index];
  // A constant without a grid is not in integers.
  if (from.numbers && !from.steps)
    return number;
  auto element = size_t(index % std::max<int64_t>(from.size, 1));
  return number * from.units.unitAt(element) + from.units.biasAt(element);
}

std::vector<float> Workspace::reals(const Program &program,
                                    unsigned slot) const {
  if (program.slots[slot].isIds)
    return {};
  std::vector<float> values(parts[slot] * program.slots[slot].size);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(real(program, slot, int64_t(i)));
  return values;
}

kernels::ConvShape neuro::evaluator::convShape(Conv2dOp op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape().take_back(3),
                    out = op.getResult().getType().getShape().take_back(3),
                    filter = op.getWeight().getShapedType().getShape();
  return {in[0],
          in[1],
          in[2],
          out[0],
          filter[2],
          filter[3],
          op.getStrides()[0],
          op.getStrides()[1],
          op.getPads()[0],
          op.getPads()[1],
          out[1],
          out[2]};
}
