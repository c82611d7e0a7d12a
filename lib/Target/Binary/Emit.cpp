//===- Emit.cpp - loihi ops to chip binary --------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Learning/Rule.h"
#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Binary/Binary.h"
#include "neuro/Target/Binary/nrb_generated.h"
#include "neuro/Target/Binary/nrb_hash.h"
#include "neuro/Target/Microcode.h"

#include "llvm/ADT/DenseMap.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::loihi;

namespace {

class Emitter {
public:
  explicit Emitter(SystemOp system) : system(system) {}

  FailureOr<std::vector<uint8_t>> run();

private:
  // Without the op's text: it may be a whole system.
  static InFlightDiagnostic error(Operation *op) {
    return emitError(op->getLoc()) << "'" << op->getName() << "' op ";
  }

  // Narrows a number to a field of the file; the verifiers of the ops do not
  // know the width of every field.
  template <typename To>
  void put(Operation *op, const char *what, int64_t value, To &field) {
    field = To(value);
    if (int64_t(field) == value)
      return;
    error(op) << what << " " << value << " does not fit its field of the file";
    ok = false;
  }

  template <typename T> std::vector<T> table(Operation *op, ElementsAttr attr) {
    FailureOr<std::vector<T>> values = readTable<T>(attr);
    if (succeeded(values))
      return std::move(*values);
    error(op) << "a table has no data or a wrong element type; print "
                 "the module with all its resources";
    ok = false;
    return {};
  }

  template <typename Pair>
  std::vector<Pair> pairs(Operation *op, ElementsAttr attr) {
    std::vector<uint32_t> flat = table<uint32_t>(op, attr);
    std::vector<Pair> rows;
    rows.reserve(flat.size() / 2);
    for (size_t i = 0; i + 1 < flat.size(); i += 2)
      rows.emplace_back(flat[i], flat[i + 1]);
    return rows;
  }

  uint32_t sourceIndex(Value source) { return sources.lookup(source); }

  std::unique_ptr<nrb::CoreT> emitCore(CoreOp core);
  std::unique_ptr<nrb::ProgramT> emitProgram(ProgramOp op);
  std::unique_ptr<nrb::RuleT> emitRule(RuleOp op);
  std::unique_ptr<nrb::SynapseFormatT> emitFormat(FormatOp op);
  std::unique_ptr<nrb::GroupT> emitGroup(GroupOp op);
  std::unique_ptr<nrb::InputPortT> emitInput(InputOp op);
  std::unique_ptr<nrb::OutputPortT> emitOutput(OutputOp op);
  std::unique_ptr<nrb::GoldenArrayT> emitGolden(GoldenOp op);
  std::unique_ptr<nrb::TraceConfigT> emitTrace(std::optional<TraceAttr> trace);
  void emitAxons(AxonsOp op, nrb::CoreT &core);

  SystemOp system;
  nrb::BinaryT binary;
  llvm::DenseMap<Value, uint32_t> sources;
  // Within the core at hand.
  llvm::DenseMap<Value, uint32_t> programs, rules;
  bool ok = true;
};

} // namespace

std::unique_ptr<nrb::ProgramT> Emitter::emitProgram(ProgramOp op) {
  auto program = std::make_unique<nrb::ProgramT>();
  program->name = op.getName().str();
  for (InstOp inst : op.getBody().getOps<InstOp>()) {
    std::string message;
    std::optional<target::Instruction> parsed =
        target::parseInstruction(inst.getText(), message);
    if (!parsed) {
      error(inst) << message;
      ok = false;
      continue;
    }
    program->code.push_back(target::encode(*parsed));
  }
  return program;
}

std::unique_ptr<nrb::TraceConfigT>
Emitter::emitTrace(std::optional<TraceAttr> trace) {
  if (!trace)
    return nullptr;
  auto config = std::make_unique<nrb::TraceConfigT>();
  config->impulse = uint8_t(trace->getImpulse());
  config->impulse_fraction = uint8_t(trace->getFraction());
  config->tau = uint16_t(trace->getTau());
  return config;
}

std::unique_ptr<nrb::RuleT> Emitter::emitRule(RuleOp op) {
  auto rule = std::make_unique<nrb::RuleT>();
  rule->name = op.getName().str();
  rule->text = op.getText().str();
  put(op, "epoch", op.getEpoch(), rule->epoch);
  put(op, "u_k", op.getUK(), rule->u_k);
  rule->graded_mode = nrb::GradedTraceMode(op.getGradedMode());
  rule->x1 = emitTrace(op.getX1());
  rule->x2 = emitTrace(op.getX2());
  rule->y1 = emitTrace(op.getY1());
  rule->y2 = emitTrace(op.getY2());
  rule->y3 = emitTrace(op.getY3());
  rule->third_factor = op.getThirdFactor();
  rule->stochastic = op.getStochastic();

  std::vector<std::string> errors;
  std::optional<learning::Rule> parsed =
      learning::parseExactRule(op.getTerms(), errors);
  for (const std::string &message : errors)
    error(op) << message;
  if (!parsed) {
    ok = false;
    return rule;
  }
  for (const learning::Term &term : parsed->terms) {
    auto &outTerm =
        rule->terms.emplace_back(std::make_unique<nrb::RuleTermT>());
    outTerm->target = nrb::RuleTarget(term.target);
    for (const learning::Product &product : term.products) {
      auto &out =
          outTerm->products.emplace_back(std::make_unique<nrb::ProductT>());
      out->dependency = nrb::Dependency(product.dependency);
      put(op, "mantissa", product.mantissa, out->mantissa);
      put(op, "exponent", product.exponent, out->exponent);
      for (const learning::Factor &factor : product.factors)
        out->factors.emplace_back(nrb::FactorVar(factor.var), factor.sgn,
                                  int8_t(factor.constant));
    }
  }
  return rule;
}

std::unique_ptr<nrb::SynapseFormatT> Emitter::emitFormat(FormatOp op) {
  auto format = std::make_unique<nrb::SynapseFormatT>();
  format->sign_mode = nrb::SignMode(op.getSignMode());
  format->compression = nrb::Compression(op.getCompression());
  put(op, "weight bits", op.getWeightBits(), format->weight_bits);
  put(op, "weight exponent", op.getWeightExp(), format->weight_exp);
  put(op, "delay bits", op.getDelayBits(), format->delay_bits);
  put(op, "tag bits", op.getTagBits(), format->tag_bits);
  put(op, "index bits", op.getIdxBits(), format->idx_bits);
  put(op, "dendrite", op.getDendrite(), format->dendrite);
  if (op.getRule())
    put(op, "rule", rules.lookup(op.getRule()), format->rule);
  return format;
}

std::unique_ptr<nrb::GroupT> Emitter::emitGroup(GroupOp op) {
  auto group = std::make_unique<nrb::GroupT>();
  group->name = op.getName().str();
  put(op, "first neuron", op.getFirst(), group->first);
  put(op, "count", op.getCount(), group->count);
  put(op, "program", programs.lookup(op.getProgram()), group->program);
  put(op, "dendrites", op.getDendrites(), group->dendrites);
  put(op, "payload bits", op.getPayloadBits(), group->payload_bits);
  group->source = sourceIndex(op.getSource());
  put(op, "first neuron of its population", op.getSourceFirst(),
      group->source_first);
  for (Operation &item : op.getBody().front()) {
    if (auto param = dyn_cast<ParamOp>(item)) {
      auto &out =
          group->parameters.emplace_back(std::make_unique<nrb::ParameterT>());
      out->name = param.getName().str();
      out->values = table<int32_t>(param, param.getValues());
    } else if (auto state = dyn_cast<StateOp>(item)) {
      auto &out =
          group->state.emplace_back(std::make_unique<nrb::StateFieldT>());
      out->name = state.getName().str();
      put(state, "bits", state.getBits(), out->bits);
      out->is_signed = state.getIsSigned();
      out->overflow = nrb::OverflowRule(state.getOverflow());
      out->init = table<int32_t>(state, state.getInit());
    }
  }
  return group;
}

void Emitter::emitAxons(AxonsOp op, nrb::CoreT &core) {
  std::vector<uint32_t> flat = table<uint32_t>(op, op.getTable());
  core.axons_in.reserve(flat.size() / 5);
  for (size_t i = 0; i + 4 < flat.size(); i += 5) {
    uint8_t format, delay;
    put(op, "format", flat[i + 3], format);
    put(op, "delay", flat[i + 4], delay);
    core.axons_in.emplace_back(flat[i], flat[i + 1], flat[i + 2], format,
                               delay);
  }
}

std::unique_ptr<nrb::CoreT> Emitter::emitCore(CoreOp op) {
  auto core = std::make_unique<nrb::CoreT>();
  programs.clear();
  rules.clear();
  put(op, "chip", op.getChip(), core->chip);
  put(op, "x", op.getX(), core->x);
  put(op, "y", op.getY(), core->y);
  for (Operation &item : op.getBody().front()) {
    if (auto program = dyn_cast<ProgramOp>(item)) {
      programs[program.getProgram()] = uint32_t(core->programs.size());
      core->programs.push_back(emitProgram(program));
    } else if (auto rule = dyn_cast<RuleOp>(item)) {
      rules[rule.getRule()] = uint32_t(core->rules.size());
      core->rules.push_back(emitRule(rule));
    } else if (auto format = dyn_cast<FormatOp>(item)) {
      core->formats.push_back(emitFormat(format));
    } else if (auto group = dyn_cast<GroupOp>(item)) {
      core->groups.push_back(emitGroup(group));
    } else if (auto axons = dyn_cast<AxonsOp>(item)) {
      emitAxons(axons, *core);
    } else if (auto synapses = dyn_cast<SynapsesOp>(item)) {
      core->synapse_words = table<uint64_t>(synapses, synapses.getWords());
    } else if (auto fanout = dyn_cast<FanoutOp>(item)) {
      core->fanout_index = table<uint32_t>(fanout, fanout.getIndex());
      core->fanout = pairs<nrb::AxonOut>(fanout, fanout.getTo());
    }
  }
  // A core that sends nothing may leave the table out.
  if (core->fanout_index.empty()) {
    size_t neurons = 0;
    for (const auto &group : core->groups)
      neurons = size_t(group->first) + group->count;
    core->fanout_index.assign(neurons + 1, 0);
  }
  return core;
}

std::unique_ptr<nrb::InputPortT> Emitter::emitInput(InputOp op) {
  auto port = std::make_unique<nrb::InputPortT>();
  port->name = op.getName().str();
  port->kind = nrb::InputKind(op.getKind());
  port->element_type = nrb::ElementType(op.getElementType());
  port->shape.assign(op.getShape().begin(), op.getShape().end());
  put(op, "time axis", op.getTimeAxis(), port->time_axis);
  put(op, "width", op.getWidth(), port->width);
  port->scale = op.getScale().convertToDouble();
  put(op, "limit", op.getLimit(), port->limit);
  put(op, "payload bits", op.getPayloadBits(), port->payload_bits);
  put(op, "offset", op.getOffset(), port->offset);
  port->fanout_index = table<uint32_t>(op, op.getIndex());
  port->fanout = pairs<nrb::AxonOut>(op, op.getTo());
  return port;
}

std::unique_ptr<nrb::OutputPortT> Emitter::emitOutput(OutputOp op) {
  auto port = std::make_unique<nrb::OutputPortT>();
  port->name = op.getName().str();
  port->element_type = nrb::ElementType(op.getElementType());
  port->shape.assign(op.getShape().begin(), op.getShape().end());
  put(op, "time axis", op.getTimeAxis(), port->time_axis);
  put(op, "offset", op.getOffset(), port->offset);
  port->scale.assign(op.getScale().begin(), op.getScale().end());
  port->zero.assign(op.getZero().begin(), op.getZero().end());
  port->elements = pairs<nrb::NeuronRef>(op, op.getElements());
  port->source = sourceIndex(op.getSource());
  return port;
}

std::unique_ptr<nrb::GoldenArrayT> Emitter::emitGolden(GoldenOp op) {
  auto array = std::make_unique<nrb::GoldenArrayT>();
  array->name = op.getName().str();
  array->element_type = nrb::ElementType(op.getElementType());
  array->shape.assign(op.getShape().begin(), op.getShape().end());
  array->data = table<uint8_t>(op, op.getData());
  return array;
}

FailureOr<std::vector<uint8_t>> Emitter::run() {
  binary.version = std::make_unique<nrb::Version>(
      runtime::kVersionMajor, runtime::kVersionMinor, runtime::kVersionPatch);
  binary.schema_hash = nrb::kSchemaHash;
  binary.producer = system.getProducer().value_or(kProducer).str();
  binary.target = std::make_unique<nrb::TargetT>();
  binary.target->name = system.getTarget().str();
  put(system, "cores per chip", system.getCoresPerChip(),
      binary.target->cores_per_chip);
  put(system, "mesh columns", system.getMesh()[0], binary.target->mesh_columns);
  put(system, "mesh rows", system.getMesh()[1], binary.target->mesh_rows);
  binary.learning_mode = nrb::LearningMode(system.getLearningMode());
  binary.seed = uint64_t(system.getSeed());
  binary.timing = std::make_unique<nrb::TimingT>();
  put(system, "period", system.getPeriod(), binary.timing->period);
  put(system, "latency", system.getLatency(), binary.timing->latency);
  put(system, "max_tokens", system.getMaxTokens(), binary.timing->max_tokens);
  binary.timing->fall_through = system.getFallThrough();
  put(system, "chips", system.getChips(), binary.chips);

  for (SourceOp source : system.getBody().getOps<SourceOp>()) {
    sources[source.getSource()] = uint32_t(binary.sources.size());
    auto &out = binary.sources.emplace_back(std::make_unique<nrb::SourceT>());
    out->name = source.getName().str();
    out->op = source.getOp().str();
  }
  for (Operation &op : system.getBody().front()) {
    if (auto core = dyn_cast<CoreOp>(op))
      binary.cores.push_back(emitCore(core));
    else if (auto input = dyn_cast<InputOp>(op))
      binary.inputs.push_back(emitInput(input));
    else if (auto output = dyn_cast<OutputOp>(op))
      binary.outputs.push_back(emitOutput(output));
    else if (auto golden = dyn_cast<GoldenOp>(op))
      (golden.getSide() == GoldenSide::input ? binary.golden_inputs
                                             : binary.golden_outputs)
          .push_back(emitGolden(golden));
  }
  if (!ok)
    return failure();

  flatbuffers::FlatBufferBuilder builder;
  nrb::FinishBinaryBuffer(builder, nrb::Binary::Pack(builder, &binary));
  std::vector<uint8_t> bytes(builder.GetBufferPointer(),
                             builder.GetBufferPointer() + builder.GetSize());
  // No file leaves that the loader would refuse.
  std::vector<runtime::Diagnostic> diagnostics;
  if (!runtime::verifyBinary(bytes.data(), bytes.size(), diagnostics)) {
    auto diag = error(system) << "does not make a valid binary";
    for (const runtime::Diagnostic &problem : diagnostics)
      diag.attachNote() << problem.message;
    return failure();
  }
  return bytes;
}

FailureOr<std::vector<uint8_t>> neuro::loihi::emitBinary(SystemOp system) {
  return Emitter(system).run();
}

FailureOr<std::vector<uint8_t>> neuro::loihi::emitBinary(ModuleOp module) {
  auto systems = module.getOps<SystemOp>();
  size_t count = std::distance(systems.begin(), systems.end());
  if (count != 1)
    return emitError(module.getLoc())
           << "expected exactly one loihi.system to write, got " << count;
  return emitBinary(*systems.begin());
}
