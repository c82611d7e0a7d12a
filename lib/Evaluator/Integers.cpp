//===- Integers.cpp - the quantised form as steps of the evaluator --------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Integers.h"

#include "FixedPoint.h"
#include "mlir/IR/Matchers.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;
using namespace neuro::evaluator;

namespace {

using RunFn = std::function<void(StepRun &)>;
using Floats = std::shared_ptr<std::vector<float>>;

Floats read(ElementsAttr attr) {
  return std::make_shared<std::vector<float>>(getFloats(attr));
}

/// Brings an accumulator to the grid of a value that is not fused.
RunFn finish(Value value, int64_t size, RunFn accumulate) {
  if (isFused(value))
    return accumulate;
  QuantAttr grid = gridOf(value);
  Rescale by = Rescale::make(accumulatorUnits(value), grid.getScale());
  return [=, limit = grid.getLimit()](StepRun &run) {
    accumulate(run);
    float *y = run.result;
    for (int64_t part = 0; part < run.parts; ++part, y += size)
      for (int64_t i = 0; i < size; ++i)
        y[i] = float(fixed::clip(fixed::rescale(by, int64_t(y[i]), size_t(i)),
                                 limit, run.limited));
  };
}

RunFn compileLinear(LinearOp op, int64_t size) {
  Floats weight = read(*op.getWeightQ());
  int64_t outputs = op.getWeight().getShapedType().getDimSize(0),
          inputs = op.getWeight().getShapedType().getDimSize(1);
  int64_t rows = size / std::max<int64_t>(outputs, 1);
  return [=](StepRun &run) {
    kernels::linear(run.operands[0].numbers, weight->data(), nullptr,
                    run.result, run.parts * rows, inputs, outputs);
  };
}

RunFn compileConv(Conv2dOp op, int64_t size) {
  Floats weight = read(*op.getWeightQ());
  kernels::ConvShape shape = convShape(op);
  int64_t images =
      size /
      std::max<int64_t>(shape.outputs * shape.outHeight * shape.outWidth, 1);
  return [=](StepRun &run) {
    kernels::conv2d(run.operands[0].numbers, weight->data(), nullptr,
                    run.result, run.parts * images, shape, *run.scratch);
  };
}

RunFn compileEmbedding(EmbeddingOp op, int64_t size) {
  Floats table = read(*op.getTableQ());
  int64_t width = op.getTable().getShapedType().getDimSize(1),
          rows = size / std::max<int64_t>(width, 1);
  return [=](StepRun &run) {
    for (int64_t i = 0; i < run.parts * rows; ++i)
      std::copy_n(table->data() + run.operands[0].ids[i] * width, width,
                  run.result + i * width);
  };
}

RunFn compilePosition(PositionOp op, TokenLayout::Kind kind, int64_t size) {
  Floats table = read(*op.getTableQ());
  ArrayRef<int64_t> type = op.getResult().getType().getShape();
  int64_t width = type.back(), rows = size / std::max<int64_t>(width, 1);
  bool whole = kind == TokenLayout::Whole;
  return [=](StepRun &run) {
    int64_t tokens = whole ? rows : run.tokens, all = run.parts * rows;
    for (int64_t i = 0; i < all; ++i)
      std::copy_n(table->data() + (i % tokens) * width, width,
                  run.result + i * width);
  };
}

RunFn compileCopy(int64_t size) {
  return [=](StepRun &run) {
    std::copy_n(run.operands[0].numbers, run.parts * size, run.result);
  };
}

RunFn compileAdd(AddOp op, int64_t size) {
  QuantAttr grid = gridOf(op);
  Rescale lhs = Rescale::make(unitsOf(op.getLhs()), grid.getScale(), 4, false);
  Rescale rhs = Rescale::make(unitsOf(op.getRhs()), grid.getScale(), 4, false);
  return [=, limit = grid.getLimit()](StepRun &run) {
    const float *a = run.operands[0].numbers, *b = run.operands[1].numbers;
    for (int64_t at = 0, end = run.parts * size; at < end; ++at) {
      size_t i = size_t(at % size);
      int64_t sum = fixed::rescale(lhs, int64_t(a[at]), i) +
                    fixed::rescale(rhs, int64_t(b[at]), i);
      run.result[at] =
          float(fixed::clip(fixed::roundShift(sum, 4), limit, run.limited));
    }
  };
}

/// An operand as its reader holds it: a fused one on its own grid.
struct Held {
  bool fused;
  Rescale by;
  int64_t limit;

  explicit Held(Value value)
      : fused(isFused(value)), limit(gridOf(value).getLimit()) {
    if (fused)
      by = Rescale::make(unitsOf(value), gridOf(value).getScale());
  }
  int64_t get(float number, size_t element, int64_t &limited) const {
    auto a = int64_t(number);
    return fused ? fixed::clip(fixed::rescale(by, a, element), limit, limited)
                 : a;
  }
};

RunFn compileMul(MulOp op, int64_t size) {
  QuantAttr grid = gridOf(op);
  Held lhs(op.getLhs()), rhs(op.getRhs());
  Units product;
  product.unit[0] *= gridOf(op.getLhs()).getScale();
  product.unit[0] *= gridOf(op.getRhs()).getScale();
  Rescale by =
      Rescale::make(product, grid.getScale(), 0, true, lhs.limit * rhs.limit);
  return [=, limit = grid.getLimit()](StepRun &run) {
    const float *a = run.operands[0].numbers, *b = run.operands[1].numbers;
    for (int64_t at = 0, end = run.parts * size; at < end; ++at) {
      size_t i = size_t(at % size);
      int64_t y =
          lhs.get(a[at], i, run.limited) * rhs.get(b[at], i, run.limited);
      run.result[at] =
          float(fixed::clip(fixed::rescale(by, y), limit, run.limited));
    }
  };
}

RunFn compileActivation(ActivationOp op, int64_t size) {
  QuantAttr grid = gridOf(op);
  if (op.getKind() == ActivationKind::relu) {
    Rescale by = Rescale::make(unitsOf(op.getInput()), grid.getScale());
    return [=, limit = grid.getLimit()](StepRun &run) {
      const float *x = run.operands[0].numbers;
      for (int64_t at = 0, end = run.parts * size; at < end; ++at) {
        int64_t y = fixed::rescale(by, int64_t(x[at]), size_t(at % size));
        run.result[at] =
            float(fixed::clip(std::max<int64_t>(y, 0), limit, run.limited));
      }
    };
  }
  Held held(op.getInput());
  QuantAttr input = gridOf(op.getInput());
  auto plan = ActivationPlan::make(op.getKind(), input.getScale(),
                                   input.getLimit(), grid);
  return [=, limit = grid.getLimit()](StepRun &run) {
    const float *x = run.operands[0].numbers;
    for (int64_t at = 0, end = run.parts * size; at < end; ++at) {
      int64_t y = fixed::activation(
          plan, held.get(x[at], size_t(at % size), run.limited));
      run.result[at] = float(fixed::clip(y, limit, run.limited));
    }
  };
}

RunFn compileNorm(Operation *op, int64_t size) {
  NormPlan plan = NormPlan::make(op);
  int64_t limit = gridOf(op->getResult(0)).getLimit();
  return [=](StepRun &run) {
    std::vector<int64_t> row(plan.size);
    int64_t rows = run.parts * (size / plan.size);
    for (int64_t r = 0; r < rows; ++r) {
      fixed::normaliseRow(plan, run.operands[0].numbers + r * plan.size,
                          r % plan.rows * plan.size, row.data(), run.limited);
      for (int64_t i = 0; i < plan.size; ++i)
        run.result[r * plan.size + i] =
            float(fixed::clip(row[i], limit, run.limited));
    }
  };
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Attention in integers, for one head of one sequence at a time.
class Attention {
public:
  explicit Attention(AttentionOp op)
      : key(Rescale::make(keyUnits(op), 1.0)),
        query(Rescale::make(queryUnits(op), op.getQueryQuant()->getScale())),
        value(Rescale::make(valueUnits(op), 1.0)),
        queryLimit(op.getQueryQuant()->getLimit()),
        limit(gridOf(op).getLimit()), channels(op.getType().getShape().back()),
        heads(int64_t(op.getHeads())), width(channels / heads) {
    ArrayRef<int64_t> shape = op.getType().getShape();
    slots =
        op.getSlots().value_or(shape.size() > 1 ? shape[shape.size() - 2] : 1);
    Units units;
    units.unit.clear();
    double weightScale;
    if (op.getScore() == ScoreKind::softmax) {
      softmax = SoftmaxPlan::make(op);
      weightScale = std::ldexp(1.0, -int(kWeightBits));
    } else {
      relu = reluScore(op);
      weightScale = op.getWeightQuant()->getScale();
      weightLimit = op.getWeightQuant()->getLimit();
    }
    for (float scale : getFloats(*op.getValueScale()))
      units.unit.push_back(weightScale * scale);
    output = Rescale::make(units, gridOf(op).getScale());
  }

  void run(StepRun &run, int64_t sequences, int64_t tokens) const;

private:
  void gather(const Rescale &by, int64_t most, const float *from, int64_t first,
              std::vector<float> &into, int64_t &limited) const;
  void weigh(const float *products, int64_t count, int64_t firstToken,
             std::vector<int64_t> &weights, std::vector<int64_t> &shares,
             int64_t &limited) const;
  void weighGroup(std::vector<int64_t> &scores, unsigned levels, int64_t *sum,
                  int64_t *largest) const;

  Rescale key, query, value, output, relu;
  std::optional<SoftmaxPlan> softmax;
  int64_t queryLimit, limit, channels, heads, width, slots = 1, weightLimit = 0;
};

} // namespace

void Attention::gather(const Rescale &by, int64_t most, const float *from,
                       int64_t first, std::vector<float> &into,
                       int64_t &limited) const {
  for (size_t t = 0; t < into.size() / width; ++t)
    for (int64_t i = 0; i < width; ++i)
      into[t * width + i] = float(fixed::clip(
          fixed::rescale(by, int64_t(from[t * channels + first + i]),
                         size_t(first + i)),
          most, limited));
}

/// Scores become shares.
void Attention::weighGroup(std::vector<int64_t> &scores, unsigned levels,
                           int64_t *sum, int64_t *largest) const {
  int64_t most = scores.front(), total = 0;
  for (int64_t z : scores)
    most = std::max(most, z);
  for (int64_t &z : scores)
    total += z = fixed::exp2(z - most, softmax->fraction, levels);
  int64_t reciprocal = fixed::reciprocal(total, levels);
  for (int64_t &z : scores)
    z = fixed::share(z, reciprocal, levels);
  if (sum)
    *sum = total;
  if (largest)
    *largest = most;
}

/// The weights of `count` tokens from `firstToken` on, and their groups'
/// shares.
void Attention::weigh(const float *products, int64_t count, int64_t firstToken,
                      std::vector<int64_t> &weights,
                      std::vector<int64_t> &shares, int64_t &limited) const {
  weights.resize(count);
  if (!softmax) {
    for (int64_t i = 0; i < count; ++i) {
      int64_t a = fixed::rescale(relu, int64_t(products[i]));
      weights[i] = fixed::clip(std::max<int64_t>(a, 0), weightLimit, limited);
    }
    return;
  }
  const SoftmaxPlan &plan = *softmax;
  for (int64_t i = 0; i < count; ++i)
    weights[i] = fixed::clip(fixed::rescale(plan.score, int64_t(products[i])),
                             plan.scoreLimit, limited) +
                 plan.scoreLimit + 1;
  std::vector<int64_t> members, scores, present;
  shares.assign(plan.groups, 0);
  for (int64_t group = 0; group < plan.groups; ++group) {
    members.clear();
    for (int64_t i = 0; i < count; ++i)
      if ((firstToken + i) % slots / plan.groupSize == group)
        members.push_back(i);
    if (members.empty())
      continue;
    std::vector<int64_t> own;
    for (int64_t i : members)
      own.push_back(weights[i]);
    int64_t sum, largest;
    weighGroup(own, plan.levels, &sum, &largest);
    for (size_t i = 0; i < members.size(); ++i)
      weights[members[i]] = own[i];
    present.push_back(group);
    scores.push_back(largest + fixed::log2(sum, plan.fraction, plan.levels));
  }
  if (plan.groups == 1)
    return;
  weighGroup(scores, plan.groupLevels, nullptr, nullptr);
  for (size_t i = 0; i < present.size(); ++i)
    shares[present[i]] = scores[i];
}

void Attention::run(StepRun &run, int64_t sequences, int64_t tokens) const {
  std::vector<float> q(tokens * width), k(q.size()), v(q.size()),
      products(tokens * tokens);
  std::vector<int64_t> weights, shares, sums(width);
  int64_t groups = softmax ? softmax->groups : 1;
  std::vector<int64_t> partial(groups * width);
  for (int64_t n = 0; n < sequences; ++n)
    for (int64_t h = 0; h < heads; ++h) {
      int64_t at = n * tokens * channels, first = h * width;
      gather(query, queryLimit, run.operands[0].numbers + at, first, q,
             run.limited);
      gather(key, kKeyLimit, run.operands[1].numbers + at, first, k,
             run.limited);
      gather(value, kValueLimit, run.operands[2].numbers + at, first, v,
             run.limited);
      kernels::linear(q.data(), k.data(), nullptr, products.data(), tokens,
                      width, tokens);
      for (int64_t t = 0; t < tokens; ++t) {
        int64_t from = std::max<int64_t>(0, t + 1 - slots),
                count = t + 1 - from;
        weigh(products.data() + t * tokens + from, count, from, weights, shares,
              run.limited);
        std::fill(partial.begin(), partial.end(), 0);
        for (int64_t i = 0; i < count; ++i) {
          if (!weights[i])
            continue;
          int64_t group =
              groups > 1 ? (from + i) % slots / softmax->groupSize : 0;
          int64_t *into = partial.data() + group * width;
          const float *row = v.data() + (from + i) * width;
          for (int64_t c = 0; c < width; ++c)
            into[c] += weights[i] * int64_t(row[c]);
        }
        for (int64_t c = 0; c < width; ++c) {
          int64_t sum = partial[c];
          if (groups > 1) {
            sum = 0;
            for (int64_t g = 0; g < groups; ++g)
              sum += fixed::roundShift(
                  (partial[g * width + c] * shares[g]) >> (kWeightBits - 1), 1);
          }
          run.result[at + t * channels + first + c] =
              float(fixed::clip(fixed::rescale(output, sum, size_t(first + c)),
                                limit, run.limited));
        }
      }
    }
}

static RunFn compileAttention(AttentionOp op, TokenLayout::Kind kind) {
  auto attention = std::make_shared<Attention>(op);
  ArrayRef<int64_t> type = op.getType().getShape();
  int64_t tokens = type.size() > 1 ? type[type.size() - 2] : 1;
  int64_t sequences = op.getType().getNumElements() /
                      std::max<int64_t>(tokens * type.back(), 1);
  bool whole = kind == TokenLayout::Whole;
  return [=](StepRun &run) {
    attention->run(run, whole ? sequences : run.sequences,
                   whole ? tokens : run.tokens);
  };
}

//===----------------------------------------------------------------------===//
// All operations
//===----------------------------------------------------------------------===//

std::string neuro::evaluator::whyNotInteger(Operation *op) {
  auto lacks = [&](ArrayRef<StringRef> names) -> std::string {
    for (StringRef name : names)
      if (!op->hasAttr(name))
        return ("'" + op->getName().getStringRef() + "' has no '" + name + "'")
            .str();
    return "";
  };
  if (isa<ReshapeOp>(op))
    return "";
  if (isa<SelectLastOp>(op))
    return "'nn.select_last' belongs to the tensor form";
  if (std::string text = lacks({kResultQuantAttr}); !text.empty())
    return text;
  std::string text =
      llvm::TypeSwitch<Operation *, std::string>(op)
          .Case<LinearOp, Conv2dOp>([&](auto) {
            return lacks({"weight_q", "weight_scale"});
          })
          .Case<EmbeddingOp, PositionOp>([&](auto) {
            return lacks({"table_q", "table_scale"});
          })
          .Case<LayerNormOp, RMSNormOp>(
              [&](auto) { return lacks({"center_quant"}); })
          .Case([&](AttentionOp attention) {
            std::string text =
                lacks({"query_quant", "key_scale", "value_scale"});
            return text.empty() && attention.getScore() == ScoreKind::relu
                       ? lacks({"weight_quant"})
                       : text;
          })
          .Default([](Operation *) { return ""; });
  if (!text.empty())
    return text;
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    if (type.getElementType().isF32() && !gridOf(operand.get()) &&
        matchPattern(operand.get(), m_Constant()))
      return ("operand " + Twine(operand.getOperandNumber()) + " of '" +
              op->getName().getStringRef() + "' is a constant without '" +
              kResultQuantAttr + "'")
          .str();
  }
  if (text = whyNotInIntegers(op); !text.empty())
    return ("'" + op->getName().getStringRef() + "' " + text).str();
  return "";
}

RunFn neuro::evaluator::compileIntegers(Operation *op, TokenLayout::Kind kind,
                                        int64_t size) {
  Value result = op->getResult(0);
  return llvm::TypeSwitch<Operation *, RunFn>(op)
      .Case([&](LinearOp o) {
        return finish(result, size, compileLinear(o, size));
      })
      .Case([&](Conv2dOp o) {
        return finish(result, size, compileConv(o, size));
      })
      .Case([&](EmbeddingOp o) {
        return finish(result, size, compileEmbedding(o, size));
      })
      .Case([&](PositionOp o) {
        return finish(result, size, compilePosition(o, kind, size));
      })
      .Case([&](AffineOp) { return finish(result, size, compileCopy(size)); })
      .Case([&](AddOp o) { return compileAdd(o, size); })
      .Case([&](MulOp o) { return compileMul(o, size); })
      .Case([&](ActivationOp o) { return compileActivation(o, size); })
      .Case<LayerNormOp, RMSNormOp>(
          [&](Operation *o) { return compileNorm(o, size); })
      .Case([&](AttentionOp o) { return compileAttention(o, kind); })
      .Default([](Operation *) { return RunFn(); });
}
