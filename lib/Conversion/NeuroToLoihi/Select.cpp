//===- Select.cpp - neuron models to microcode ----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Select.h"

#include "neuro/Support/Constants.h"
#include "neuro/Target/Microcode.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <algorithm>

using namespace mlir;
using namespace neuro;
using neuro::target::Opcode;

namespace {

// Operands below this are those of the machine, the others are values that
// still need a register.
constexpr unsigned kFirstVirtual = 64;

Opcode compareOpcode(Comparison predicate) {
  switch (predicate) {
  case Comparison::lt:
    return Opcode::LT;
  case Comparison::ge:
    return Opcode::GE;
  case Comparison::eq:
    return Opcode::EQ;
  }
  return Opcode::LT;
}

struct VirtualInst {
  Opcode op;
  unsigned mode = 0;
  unsigned dst = 0;
  unsigned a = 0, b = 0;
  unsigned imm = 0;
};

class Selector {
public:
  explicit Selector(PopulationOp population) : population(population) {}

  FailureOr<NeuronProgram> run();

private:
  void number();
  LogicalResult addConstants();
  void select(Operation &op);
  void selectFire(FireOp op);
  void selectRead(ReadOp op);
  LogicalResult allocate();

  void emit(VirtualInst inst) { code.push_back(inst); }
  unsigned fresh() { return nextVirtual++; }
  unsigned operand(Value value) {
    auto at = constants.find(value);
    return at == constants.end() ? operands.lookup(value)
                                 : parameter(at->second);
  }

  unsigned parameter(const ProgramParameter &value);

  bool emitsNothing(Operation &op) {
    return isa<ConstOp, ParamOp, FlagOp, CmpOp, TimeOp, IdOp>(op);
  }

  unsigned stateOperand(StringRef field) {
    unsigned index = 0;
    if (ArrayAttr state = population.getStateAttr())
      for (Attribute attr : state) {
        if (cast<FieldAttr>(attr).getName() == field)
          break;
        ++index;
      }
    return target::kState + index;
  }

  // Where the value is last needed. A comparison is made where its flag is
  // used, so its operands are needed there.
  int64_t lastUse(Value value) {
    int64_t last = -1;
    for (Operation *user : value.getUsers()) {
      if (auto cmp = dyn_cast<CmpOp>(user))
        last = std::max(last, lastUse(cmp.getResult()));
      else
        last = std::max(last, positions.lookup(user));
    }
    return last;
  }

  bool isWrittenBetween(StringRef field, int64_t first, int64_t last) {
    for (WriteOp write : population.getBody().getOps<WriteOp>()) {
      int64_t at = positions.lookup(write);
      if (write.getField() == field && at > first && at < last)
        return true;
    }
    return false;
  }

  bool isOnlyExport(ExportOp op) {
    return llvm::count_if(population.getBody().getOps<ExportOp>(),
                          [&](ExportOp other) {
                            return other.getKind() == op.getKind();
                          }) == 1;
  }

  // Where the result of `op` goes: straight to its only destination if
  // nothing can come between, else to a register.
  unsigned destination(Operation &op);

  void setFlag(Value condition) {
    if (flag == condition)
      return;
    if (auto cmp = condition.getDefiningOp<CmpOp>()) {
      unsigned a = operand(cmp.getLhs()), b = operand(cmp.getRhs());
      emit({compareOpcode(cmp.getPredicate()), 0, 0, a, b});
    } else if (auto fixed = condition.getDefiningOp<FlagOp>()) {
      unsigned zero = parameter({"c0", {0}});
      emit({fixed.getValue() ? Opcode::EQ : Opcode::LT, 0, 0, zero, zero});
    }
    flag = condition;
  }

  PopulationOp population;
  llvm::DenseMap<Operation *, int64_t> positions;
  llvm::DenseSet<Operation *> fused; // writes and exports already done
  llvm::DenseMap<Value, unsigned> operands;
  llvm::DenseMap<Value, ProgramParameter> constants;
  std::vector<VirtualInst> code;
  NeuronProgram program;
  unsigned nextVirtual = kFirstVirtual;
  Value flag; // the comparison that the flag holds
};

unsigned exportDestination(ExportKind kind) {
  switch (kind) {
  case ExportKind::y0:
    return target::kDestBackSpike;
  case ExportKind::y1:
    return target::kDestY1;
  case ExportKind::y2:
    return target::kDestY2;
  case ExportKind::y3:
    return target::kDestY3;
  }
  return target::kDestY1;
}

} // namespace

void Selector::number() {
  int64_t next = 0;
  for (Operation &op : population.getBody().front())
    positions[&op] = next++;
}

// Numbers and parameters are operands.
LogicalResult Selector::addConstants() {
  LogicalResult result = success();
  for (Operation &op : population.getBody().front()) {
    if (auto number = dyn_cast<ConstOp>(op)) {
      int32_t value = int32_t(number.getValue());
      constants[number] = {"c" + std::to_string(value), {value}};
    }
    auto param = dyn_cast<ParamOp>(op);
    if (!param)
      continue;
    ProgramParameter &out = constants[param];
    out.name = param.getName().str();
    std::optional<std::vector<int32_t>> values =
        readConstant<int32_t>(param.getValues());
    if (!values || values->empty()) {
      param.emitOpError() << "'" << param.getName()
                          << "' has values without data; print the module with "
                             "all its resources";
      result = failure();
      continue;
    }
    out.values = std::move(*values);
    if (llvm::all_equal(out.values))
      out.values.resize(1);
  }
  return result;
}

unsigned Selector::parameter(const ProgramParameter &value) {
  for (auto [i, other] : llvm::enumerate(program.parameters))
    if (other.values == value.values)
      return target::kParameter + unsigned(i);
  program.parameters.push_back(value);
  return target::kParameter + unsigned(program.parameters.size()) - 1;
}

unsigned Selector::destination(Operation &op) {
  Value result = op.getResult(0);
  unsigned dst = fresh();
  if (result.hasOneUse()) {
    Operation *user = *result.getUsers().begin();
    auto out = dyn_cast<ExportOp>(user);
    if (out && isOnlyExport(out)) {
      dst = exportDestination(out.getKind());
      fused.insert(user);
    } else if (auto write = dyn_cast<WriteOp>(user)) {
      Operation *next = op.getNextNode();
      while (next && next != user && emitsNothing(*next))
        next = next->getNextNode();
      if (next == user) {
        dst = stateOperand(write.getField());
        fused.insert(user);
      }
    }
  }
  operands[result] = dst;
  return dst;
}

void Selector::selectRead(ReadOp op) {
  unsigned field = stateOperand(op.getField());
  if (!isWrittenBetween(op.getField(), positions.lookup(op),
                        lastUse(op.getResult()))) {
    operands[op.getResult()] = field;
    return;
  }
  unsigned copy = fresh();
  emit({Opcode::MOV, 0, copy, field});
  operands[op.getResult()] = copy;
}

void Selector::selectFire(FireOp op) {
  if (op.getSilent()) {
    setFlag(op.getSilent());
    emit({Opcode::SKP_C, 0, 0, 0, 0, 1});
  }
  emit({Opcode::SPIKE, 0, 0, operand(op.getPayload())});
}

void Selector::select(Operation &op) {
  auto binary = [&](Opcode code, unsigned mode, Value lhs, Value rhs,
                    unsigned imm = 0) {
    unsigned a = operand(lhs), b = operand(rhs);
    emit({code, mode, destination(op), a, b, imm});
  };
  if (isa<TimeOp>(op)) {
    operands[op.getResult(0)] = target::kTime;
  } else if (isa<IdOp>(op)) {
    operands[op.getResult(0)] = target::kAxonId;
  } else if (isa<RandomOp>(op)) {
    // Every read of the operand is another draw.
    emit({Opcode::MOV, 0, destination(op), target::kRandom});
  } else if (auto probe = dyn_cast<ProbeOp>(op)) {
    emit({Opcode::PROBE, 0, 0, operand(probe.getValue())});
  } else if (auto read = dyn_cast<ReadOp>(op)) {
    selectRead(read);
  } else if (auto write = dyn_cast<WriteOp>(op)) {
    unsigned field = stateOperand(write.getField());
    if (!fused.contains(&op) && operand(write.getValue()) != field)
      emit({Opcode::MOV, 0, field, operand(write.getValue())});
  } else if (auto out = dyn_cast<ExportOp>(op)) {
    if (!fused.contains(&op))
      emit({Opcode::MOV, 0, exportDestination(out.getKind()),
            operand(out.getValue())});
  } else if (auto neg = dyn_cast<NegOp>(op)) {
    unsigned a = operand(neg.getValue());
    emit({Opcode::NEG, 0, destination(op), a});
  } else if (auto add = dyn_cast<AddOp>(op)) {
    binary(Opcode::ADD, 0, add.getLhs(), add.getRhs());
  } else if (auto min = dyn_cast<MinOp>(op)) {
    binary(Opcode::MIN, min.getCount() ? target::kModeAlternate : 0,
           min.getLhs(), min.getRhs());
  } else if (auto both = dyn_cast<AndOp>(op)) {
    binary(Opcode::AND, 0, both.getLhs(), both.getRhs());
  } else if (auto any = dyn_cast<OrOp>(op)) {
    binary(Opcode::OR, 0, any.getLhs(), any.getRhs());
  } else if (auto shl = dyn_cast<ShlOp>(op)) {
    unsigned a = operand(shl.getValue());
    emit({Opcode::SHL, 0, destination(op), a, 0, unsigned(shl.getAmount())});
  } else if (auto shift = dyn_cast<ShiftOp>(op)) {
    binary(Opcode::SHL, target::kModeFloor, shift.getLhs(), shift.getRhs());
  } else if (auto mul = dyn_cast<MulShrOp>(op)) {
    binary(Opcode::MUL_SHR,
           mul.getRounding() == Rounding::fl ? target::kModeFloor : 0,
           mul.getLhs(), mul.getRhs(), unsigned(mul.getAmount()));
  } else if (auto pick = dyn_cast<SelectOp>(op)) {
    setFlag(pick.getCondition());
    binary(Opcode::SEL, 0, pick.getTrueValue(), pick.getFalseValue());
  } else if (auto fire = dyn_cast<FireOp>(op)) {
    selectFire(fire);
  }
}

// Linear scan over straight-line code: a register is free again after the last
// instruction that reads it.
LogicalResult Selector::allocate() {
  std::vector<int64_t> lastRead(nextVirtual, -1);
  for (auto [i, inst] : llvm::enumerate(code)) {
    lastRead[inst.a] = int64_t(i);
    lastRead[inst.b] = int64_t(i);
  }
  std::vector<unsigned> registers(nextVirtual, 0);
  std::vector<unsigned> active;
  uint32_t busy = 0;
  unsigned most = 0;
  auto isVirtual = [](unsigned operand) { return operand >= kFirstVirtual; };
  for (auto [i, inst] : llvm::enumerate(code)) {
    const target::OpcodeInfo &info = target::getOpcodeInfo(inst.op);
    // Sources die before the destination is born: they may share a register.
    llvm::erase_if(active, [&](unsigned value) {
      if (lastRead[value] > int64_t(i))
        return false;
      if (registers[value] < target::kNumRegisters)
        busy &= ~(1u << registers[value]);
      return true;
    });
    target::Instruction out;
    out.op = inst.op;
    out.mode = uint8_t(inst.mode);
    out.imm = uint8_t(inst.imm);
    auto source = [&](unsigned operand) {
      return uint8_t(isVirtual(operand) ? registers[operand] : operand);
    };
    out.a = source(inst.a);
    out.b = source(inst.b);
    if (info.hasDst && isVirtual(inst.dst)) {
      unsigned reg = 0;
      while (reg < target::kNumRegisters && (busy >> reg & 1))
        ++reg;
      active.push_back(inst.dst);
      most = std::max<unsigned>(most, active.size());
      registers[inst.dst] = reg;
      if (reg < target::kNumRegisters)
        busy |= 1u << reg;
      out.dst = uint8_t(reg);
    } else {
      out.dst = uint8_t(inst.dst);
    }
    program.code.push_back(target::encode(out));
  }
  if (most > target::kNumRegisters)
    return population.emitOpError()
           << "'" << population.getName() << "' needs " << most
           << " values at once, a neuron program has " << target::kNumRegisters
           << " registers; keep some in state fields, or use two populations";
  return success();
}

FailureOr<NeuronProgram> Selector::run() {
  number();
  for (BlockArgument arg : population.getBody().getArguments())
    operands[arg] = target::kDendrite + arg.getArgNumber();
  if (failed(addConstants()))
    return failure();
  for (Operation &op : population.getBody().front())
    select(op);
  if (program.parameters.size() > target::kNumParameters)
    return population.emitOpError()
           << "'" << population.getName() << "' needs "
           << program.parameters.size() << " parameters, a group has "
           << target::kNumParameters
           << "; use fewer different constants, or two populations";
  if (failed(allocate()))
    return failure();
  target::ProgramLimits limits;
  limits.dendrites = unsigned(population.getDendrites().size());
  limits.parameters = unsigned(program.parameters.size());
  if (ArrayAttr state = population.getStateAttr())
    limits.stateFields = unsigned(state.size());
  std::vector<std::string> problems =
      target::verifyProgram(program.code, limits);
  for (const std::string &problem : problems)
    population.emitOpError()
        << "'" << population.getName() << "': program: " << problem;
  if (!problems.empty())
    return failure();
  return std::move(program);
}

FailureOr<NeuronProgram> neuro::selectProgram(PopulationOp population) {
  return Selector(population).run();
}
