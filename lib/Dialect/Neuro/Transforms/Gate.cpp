//===- Gate.cpp - neurons that act once per token -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The chip runs every neuron in every step. A neuron that leaks, counts or
// fires by itself would do so more often with a longer period. It gets a
// counter, which starts so that it is 0 when the first token arrives.
//
//===----------------------------------------------------------------------===//

#include "Gate.h"

#include "neuro/Target/Microcode.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace neuro;

//===----------------------------------------------------------------------===//
// Silence
//===----------------------------------------------------------------------===//

namespace {

/// What is known of a value when no dendrite has received anything: a number,
/// what a state field holds, or nothing.
struct Known {
  Attribute number;
  StringRef field;

  bool isNumber(int64_t value) const {
    auto integer = dyn_cast_or_null<IntegerAttr>(number);
    return integer && integer.getValue().getSExtValue() == value;
  }
  bool isTrue() const {
    auto integer = dyn_cast_or_null<IntegerAttr>(number);
    return integer && !integer.getValue().isZero();
  }
};

} // namespace

static void evaluate(Operation &op, llvm::DenseMap<Value, Known> &known) {
  SmallVector<Attribute> operands;
  for (Value operand : op.getOperands())
    operands.push_back(known.lookup(operand).number);
  SmallVector<OpFoldResult> results;
  if (failed(op.fold(operands, results)) ||
      results.size() != op.getNumResults())
    return;
  for (auto [value, result] : llvm::zip(op.getResults(), results)) {
    if (auto number = dyn_cast<Attribute>(result))
      known[value] = {number, ""};
    else
      known[value] = known.lookup(cast<Value>(result));
  }
}

bool neuro::isSilentAtRest(PopulationOp population) {
  Block &body = population.getBody().front();
  llvm::DenseMap<Value, Known> known;
  for (BlockArgument dendrite : body.getArguments())
    known[dendrite] = {IntegerAttr::get(dendrite.getType(), 0), ""};
  // A field that is not listed holds what it did before the step.
  llvm::StringMap<Known> fields;
  auto fieldOf = [&](StringRef name) {
    auto at = fields.find(name);
    return at == fields.end() ? Known{Attribute(), name} : at->second;
  };
  for (Operation &op : body) {
    if (isa<RandomOp, TimeOp, ProbeOp>(op)) {
      if (isa<ProbeOp>(op))
        return false;
      continue;
    }
    if (auto read = dyn_cast<ReadOp>(op)) {
      known[read.getResult()] = fieldOf(read.getField());
    } else if (auto write = dyn_cast<WriteOp>(op)) {
      fields[write.getField()] = known.lookup(write.getValue());
    } else if (auto fire = dyn_cast<FireOp>(op)) {
      if (!fire.getSilent() || !known.lookup(fire.getSilent()).isTrue())
        return false;
    } else if (auto exported = dyn_cast<ExportOp>(op)) {
      if (!known.lookup(exported.getValue()).isNumber(0))
        return false;
    } else {
      evaluate(op, known);
    }
  }
  return llvm::all_of(fields, [](const auto &entry) {
    return !entry.second.number && entry.second.field == entry.first();
  });
}

//===----------------------------------------------------------------------===//
// The counter
//===----------------------------------------------------------------------===//

static std::string freshField(ArrayRef<Attribute> state) {
  llvm::StringSet<> names;
  for (Attribute field : state)
    names.insert(cast<FieldAttr>(field).getName());
  std::string name = "turn";
  while (!names.insert(name).second)
    name += "_";
  return name;
}

LogicalResult neuro::gate(PopulationOp population, int64_t phase,
                          int64_t period, const std::set<int64_t> &offsets) {
  MLIRContext *context = population.getContext();
  SmallVector<Attribute> state;
  if (ArrayAttr fields = population.getStateAttr())
    llvm::append_range(state, fields);
  if (state.size() >= target::kNumState)
    return population.emitOpError()
           << "'" << population.getName()
           << "' acts by itself and must do so once per token, but has no "
              "state "
              "field left to count the "
           << period << " steps of a token; use fewer than "
           << target::kNumState
           << " fields, or let it do nothing in steps without input";
  std::string name = freshField(state);
  unsigned bits = std::max(phase, period) < 128     ? 8
                  : std::max(phase, period) < 32768 ? 16
                                                    : 24;
  state.push_back(FieldAttr::get(context, name, bits, /*is_signed=*/true,
                                 /*saturate=*/false, {int32_t(-phase)}));

  Block &body = population.getBody().front();
  SmallVector<Operation *> acting;
  for (Operation &op : body)
    if (isa<WriteOp, FireOp, ExportOp>(op))
      acting.push_back(&op);

  Location loc = population.getLoc();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  Type i32 = builder.getI32Type(), i1 = builder.getI1Type();
  auto number = [&](int64_t value) -> Value {
    return ConstOp::create(builder, loc, i32, uint32_t(int32_t(value)));
  };
  auto equal = [&](Value a, Value b) -> Value {
    return CmpOp::create(builder, loc, i1, Comparison::eq, a, b);
  };
  auto select = [&](Value flag, Value a, Value b) -> Value {
    return SelectOp::create(builder, loc, i32, flag, a, b);
  };
  Value zero = number(0), one = number(1);
  Value turn = ReadOp::create(builder, loc, i32, name);
  Value next = AddOp::create(builder, loc, i32, turn, one);
  Value ends = equal(next, number(period));
  WriteOp::create(builder, loc, name, select(ends, zero, next));
  // Flags cannot be joined; numbers can.
  Value acts = zero;
  for (int64_t offset : offsets)
    acts = select(equal(turn, number(offset)), one, acts);
  Value now = equal(acts, one);

  for (Operation *op : acting) {
    builder.setInsertionPoint(op);
    if (auto write = dyn_cast<WriteOp>(op)) {
      Value old = ReadOp::create(builder, loc, i32, write.getField());
      write.getValueMutable().assign(select(now, write.getValue(), old));
    } else if (auto exported = dyn_cast<ExportOp>(op)) {
      exported.getValueMutable().assign(select(now, exported.getValue(), zero));
    } else {
      auto fire = cast<FireOp>(op);
      Value speaks = acts;
      if (Value silent = fire.getSilent())
        speaks = select(silent, zero, acts);
      fire.getSilentMutable().assign(equal(speaks, zero));
    }
  }
  population.setStateAttr(ArrayAttr::get(context, state));
  population.setGated(true);
  return success();
}
