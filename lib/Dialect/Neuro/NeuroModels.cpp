//===- NeuroModels.cpp - folders and canonical forms of neuron models -----===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here removes an event that the chip would count: what wraps or is
// limited with `count` stays.
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/ModelArithmetic.h"
#include "neuro/Support/Constants.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace neuro;

//===----------------------------------------------------------------------===//
// Effects
//===----------------------------------------------------------------------===//

using Effects =
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

static void addCount(bool count, Effects &effects) {
  if (count)
    effects.emplace_back(MemoryEffects::Write::get(), CounterResource::get());
}

void MinOp::getEffects(Effects &effects) { addCount(getCount(), effects); }
void MaxOp::getEffects(Effects &effects) { addCount(getCount(), effects); }

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

using Exact = std::optional<int64_t>;

// What an operation computes of two numbers; nothing if it counts that. One
// with a single operand gets it twice.
static Exact exact(NegOp, int64_t a, int64_t) { return -a; }
static Exact exact(AddOp, int64_t a, int64_t b) { return a + b; }
static Exact exact(SubOp, int64_t a, int64_t b) { return a - b; }
static Exact exact(AndOp, int64_t a, int64_t b) { return a & b; }
static Exact exact(OrOp, int64_t a, int64_t b) { return a | b; }
static Exact exact(MinOp op, int64_t a, int64_t b) {
  return op.getCount() && b < a ? Exact() : std::min(a, b);
}
static Exact exact(MaxOp op, int64_t a, int64_t b) {
  return op.getCount() && b > a ? Exact() : std::max(a, b);
}
static Exact exact(ShlOp op, int64_t a, int64_t) {
  return model::shiftLeft(a, op.getAmount());
}
static Exact exact(ShiftOp, int64_t a, int64_t b) {
  return model::shiftLeft(a, b);
}
static Exact exact(MulShrOp op, int64_t a, int64_t b) {
  return model::shiftRight(a * b, op.getAmount(), op.getRounding());
}

template <typename OpTy>
static std::optional<int32_t> compute(OpTy op, int64_t a, int64_t b) {
  Exact result = exact(op, a, b);
  if (!result || !model::fitsRegister(*result))
    return std::nullopt;
  return int32_t(*result);
}

static std::optional<int32_t> numberIn(Attribute attr) {
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attr))
    return int32_t(integer.getInt());
  return std::nullopt;
}

static bool is(Attribute attr, int32_t number) {
  return numberIn(attr) == number;
}

template <typename OpTy>
static OpFoldResult foldNumbers(OpTy op, ArrayRef<Attribute> operands) {
  std::optional<int32_t> a = numberIn(operands.front()),
                         b = numberIn(operands.back());
  if (!a || !b)
    return {};
  if (std::optional<int32_t> result = compute(op, *a, *b))
    return Builder(op.getContext()).getI32IntegerAttr(*result);
  return {};
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

Operation *NeuroDialect::materializeConstant(OpBuilder &builder,
                                             Attribute value, Type type,
                                             Location loc) {
  if (auto flag = dyn_cast<BoolAttr>(value); flag && type.isInteger(1))
    return FlagOp::create(builder, loc, type, flag);
  auto number = dyn_cast<IntegerAttr>(value);
  if (number && type.isSignlessInteger(32) && number.getType() == type)
    return ConstOp::create(builder, loc, type, number);
  return nullptr;
}

OpFoldResult ConstOp::fold(FoldAdaptor) { return getValueAttr(); }
OpFoldResult FlagOp::fold(FoldAdaptor) { return getValueAttr(); }

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (is(adaptor.getRhs(), 0))
    return getLhs();
  if (is(adaptor.getLhs(), 0))
    return getRhs();
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (is(adaptor.getRhs(), 0))
    return getLhs();
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult MinOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs() || is(adaptor.getRhs(), INT32_MAX))
    return getLhs();
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult MaxOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs() || is(adaptor.getRhs(), INT32_MIN))
    return getLhs();
  return foldNumbers(*this, adaptor.getOperands());
}

// `neutral` changes nothing, and with `absorbing` nothing else matters.
template <typename OpTy>
static OpFoldResult foldBitwise(OpTy op, ArrayRef<Attribute> operands,
                                int32_t neutral, int32_t absorbing) {
  for (int side = 0; side < 2; ++side) {
    if (is(operands[side], neutral))
      return op->getOperand(1 - side);
    if (is(operands[side], absorbing))
      return op->getOperand(side);
  }
  if (op.getLhs() == op.getRhs())
    return op.getLhs();
  return foldNumbers(op, operands);
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  return foldBitwise(*this, adaptor.getOperands(), -1, 0);
}

OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  return foldBitwise(*this, adaptor.getOperands(), 0, -1);
}

OpFoldResult ShlOp::fold(FoldAdaptor adaptor) {
  if (getAmount() == 0)
    return getValue();
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult ShiftOp::fold(FoldAdaptor adaptor) {
  if (is(adaptor.getLhs(), 0))
    return getLhs();
  if (std::optional<int32_t> amount = numberIn(adaptor.getRhs());
      amount && *amount <= 0)
    return getLhs();
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult MulShrOp::fold(FoldAdaptor adaptor) {
  for (int side = 0; side < 2; ++side) {
    if (is(adaptor.getOperands()[side], 0))
      return getOperand(side);
    if (getAmount() == 0 && is(adaptor.getOperands()[side], 1))
      return getOperand(1 - side);
  }
  return foldNumbers(*this, adaptor.getOperands());
}

OpFoldResult CmpOp::fold(FoldAdaptor adaptor) {
  std::optional<int32_t> a = numberIn(adaptor.getLhs()),
                         b = numberIn(adaptor.getRhs());
  if (getLhs() == getRhs())
    a = b = 0;
  if (!a || !b)
    return {};
  return BoolAttr::get(getContext(), model::compare(getPredicate(), *a, *b));
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getTrueValue() == getFalseValue())
    return getTrueValue();
  if (auto flag = dyn_cast_or_null<BoolAttr>(adaptor.getCondition()))
    return flag.getValue() ? getTrueValue() : getFalseValue();
  return {};
}

//===----------------------------------------------------------------------===//
// What is the same in every step
//===----------------------------------------------------------------------===//

namespace {

// A number, or one for each neuron, and how a reader would write it.
struct Known {
  std::string text;
  std::vector<int32_t> values;
};

} // namespace

// Names are for readers; one that grows is cut.
static constexpr size_t kMaxName = 200;

static std::optional<Known> knownOf(Value value) {
  if (auto constant = value.getDefiningOp<ConstOp>()) {
    int32_t number = int32_t(constant.getValue());
    return Known{std::to_string(number), {number}};
  }
  auto param = value.getDefiningOp<ParamOp>();
  if (!param)
    return std::nullopt;
  std::optional<std::vector<int32_t>> values =
      readConstant<int32_t>(param.getValues());
  if (!values || values->empty())
    return std::nullopt;
  bool isTerm = llvm::all_of(param.getName(), [](unsigned char c) {
    return isalnum(c) || c == '_' || c == '.';
  });
  std::string name = param.getName().str();
  return Known{isTerm ? name : "(" + name + ")", std::move(*values)};
}

static std::string textOf(NegOp, const Known &a, const Known &) {
  return "-" + a.text;
}
static std::string textOf(AddOp, const Known &a, const Known &b) {
  return a.text + "+" + b.text;
}
static std::string textOf(SubOp, const Known &a, const Known &b) {
  return a.text + "-" + b.text;
}
static std::string textOf(MinOp, const Known &a, const Known &b) {
  return "min(" + a.text + "," + b.text + ")";
}
static std::string textOf(MaxOp, const Known &a, const Known &b) {
  return "max(" + a.text + "," + b.text + ")";
}
static std::string textOf(AndOp, const Known &a, const Known &b) {
  return a.text + "&" + b.text;
}
static std::string textOf(OrOp, const Known &a, const Known &b) {
  return a.text + "|" + b.text;
}
static std::string textOf(ShlOp op, const Known &a, const Known &) {
  return a.text + "<<" + std::to_string(op.getAmount());
}
static std::string textOf(ShiftOp, const Known &a, const Known &b) {
  return a.text + "<<" + b.text;
}
static std::string textOf(MulShrOp op, const Known &a, const Known &b) {
  return a.text + "*" + b.text + ">>" + std::to_string(op.getAmount());
}

static Value makeParam(OpBuilder &builder, Location loc, std::string name,
                       ArrayRef<int32_t> values) {
  if (llvm::all_equal(values))
    values = values.take_front(1);
  if (name.size() > kMaxName)
    name = name.substr(0, kMaxName) + "...";
  return ParamOp::create(builder, loc, builder.getI32Type(), name,
                         makeConstant(builder.getContext(), values,
                                      {int64_t(values.size())}, "param"));
}

namespace {

// An operation on parameters is one parameter, unless it counts something for
// some neuron.
template <typename OpTy> struct ComputeParameter : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    std::optional<Known> a = knownOf(op->getOperands().front()),
                         b = knownOf(op->getOperands().back());
    if (!a || !b)
      return rewriter.notifyMatchFailure(op, "changes from step to step");
    size_t count = std::max(a->values.size(), b->values.size());
    auto at = [](const Known &known, size_t i) {
      return known.values[known.values.size() == 1 ? 0 : i];
    };
    for (const Known *known : {&*a, &*b})
      if (known->values.size() != 1 && known->values.size() != count)
        return rewriter.notifyMatchFailure(op, "sizes differ");
    std::vector<int32_t> values(count);
    for (size_t i = 0; i < count; ++i) {
      std::optional<int32_t> value = compute(op, at(*a, i), at(*b, i));
      if (!value)
        return rewriter.notifyMatchFailure(op, "the chip counts the result");
      values[i] = *value;
    }
    rewriter.replaceOp(
        op, makeParam(rewriter, op.getLoc(), textOf(op, *a, *b), values));
    return success();
  }
};

// On the chip a difference is a negation and a sum, and no negation if the
// negative is known.
struct AddNegative : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SubOp op,
                                PatternRewriter &rewriter) const override {
    if (matchPattern(op.getLhs(), m_Zero())) {
      rewriter.replaceOpWithNewOp<NegOp>(op, op.getType(), op.getRhs());
      return success();
    }
    std::optional<Known> rhs = knownOf(op.getRhs());
    if (!rhs || llvm::is_contained(rhs->values, INT32_MIN))
      return rewriter.notifyMatchFailure(op, "the negative is not known");
    for (int32_t &value : rhs->values)
      value = -value;
    Value negative;
    if (op.getRhs().getDefiningOp<ConstOp>())
      negative = ConstOp::create(rewriter, op.getLoc(), op.getType(),
                                 uint32_t(rhs->values.front()));
    else
      negative = makeParam(rewriter, op.getLoc(), "-" + rhs->text, rhs->values);
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getType(), op.getLhs(), negative);
    return success();
  }
};

struct ShiftByNumber : OpRewritePattern<ShiftOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ShiftOp op,
                                PatternRewriter &rewriter) const override {
    auto amount = op.getRhs().getDefiningOp<ConstOp>();
    if (!amount)
      return rewriter.notifyMatchFailure(op, "the amount is computed");
    rewriter.replaceOpWithNewOp<ShlOp>(
        op, op.getType(), op.getLhs(),
        uint32_t(std::clamp<int64_t>(int32_t(amount.getValue()), 0, 31)));
    return success();
  }
};

// Limited twice is limited once.
template <typename OpTy> struct JoinLimits : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getLhs().template getDefiningOp<OpTy>();
    if (!inner || inner.getCount() || op.getCount())
      return rewriter.notifyMatchFailure(op, "is not a limit of a limit");
    auto first = inner.getRhs().template getDefiningOp<ConstOp>();
    auto second = op.getRhs().template getDefiningOp<ConstOp>();
    if (!first || !second)
      return rewriter.notifyMatchFailure(op, "a limit is not a number");
    std::optional<int32_t> both =
        compute(op, int32_t(first.getValue()), int32_t(second.getValue()));
    Value limit =
        ConstOp::create(rewriter, op.getLoc(), op.getType(), uint32_t(*both));
    rewriter.replaceOpWithNewOp<OpTy>(op, op.getType(), inner.getLhs(), limit,
                                      /*count=*/false);
    return success();
  }
};

} // namespace

template <typename OpTy>
static void addParameterPattern(RewritePatternSet &patterns) {
  patterns.add<ComputeParameter<OpTy>>(patterns.getContext());
}

#define NEURO_PARAMETER_PATTERN(OpTy)                                          \
  void OpTy::getCanonicalizationPatterns(RewritePatternSet &patterns,          \
                                         MLIRContext *) {                      \
    addParameterPattern<OpTy>(patterns);                                       \
  }
NEURO_PARAMETER_PATTERN(NegOp)
NEURO_PARAMETER_PATTERN(AddOp)
NEURO_PARAMETER_PATTERN(AndOp)
NEURO_PARAMETER_PATTERN(OrOp)
NEURO_PARAMETER_PATTERN(ShlOp)
NEURO_PARAMETER_PATTERN(MulShrOp)
#undef NEURO_PARAMETER_PATTERN

void SubOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  // What can be computed is, before the negative is made a parameter.
  patterns.add<ComputeParameter<SubOp>>(context, /*benefit=*/2);
  patterns.add<AddNegative>(context);
}

void ShiftOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<ComputeParameter<ShiftOp>>(context, /*benefit=*/2);
  patterns.add<ShiftByNumber>(context);
}

void MinOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<ComputeParameter<MinOp>, JoinLimits<MinOp>>(context);
}

void MaxOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<ComputeParameter<MaxOp>, JoinLimits<MaxOp>>(context);
}

static LogicalResult decideFire(FireOp op, PatternRewriter &rewriter) {
  auto flag = op.getSilent() ? op.getSilent().getDefiningOp<FlagOp>() : nullptr;
  if (!flag)
    return rewriter.notifyMatchFailure(op, "whether it fires is not known");
  if (flag.getValue())
    rewriter.eraseOp(op);
  else
    rewriter.replaceOpWithNewOp<FireOp>(op, op.getPayload(), Value());
  return success();
}

void FireOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *) {
  patterns.add(decideFire);
}
