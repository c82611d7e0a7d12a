//===- Read.cpp - chip binary to loihi ops --------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/CheckRules.h"
#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Learning/Rule.h"
#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Binary/Binary.h"
#include "neuro/Target/Binary/nrb_generated.h"
#include "neuro/Target/Microcode.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::loihi;

namespace {

// Reads what the runtime's verifier has accepted: every index is in range.
class Reader {
public:
  Reader(const nrb::BinaryT &binary, Location fileLoc)
      : binary(binary), context(fileLoc.getContext()), builder(context),
        fileLoc(fileLoc) {}

  OwningOpRef<ModuleOp> run();

private:
  Location named(const std::string &name) {
    return NameLoc::get(builder.getStringAttr(name), fileLoc);
  }

  template <typename Pair>
  ElementsAttr pairTable(const std::string &name,
                         const std::vector<Pair> &rows) {
    std::vector<uint32_t> flat;
    flat.reserve(rows.size() * 2);
    for (const Pair &row : rows)
      appendPair(flat, row);
    return makeTable(context, name, flat, 2);
  }
  static void appendPair(std::vector<uint32_t> &flat, const nrb::AxonOut &out) {
    flat.insert(flat.end(), {out.core(), out.axon()});
  }
  static void appendPair(std::vector<uint32_t> &flat,
                         const nrb::NeuronRef &ref) {
    flat.insert(flat.end(), {ref.core(), ref.neuron()});
  }

  TraceAttr trace(const std::unique_ptr<nrb::TraceConfigT> &config) {
    if (!config)
      return nullptr;
    return TraceAttr::get(context, config->impulse, config->impulse_fraction,
                          config->tau);
  }

  void readCore(size_t index);
  void readProgram(const nrb::ProgramT &program);
  void readRule(const nrb::RuleT &rule);
  void readFormat(const nrb::SynapseFormatT &format);
  void readGroup(const std::string &core, const nrb::GroupT &group);
  void readInput(const nrb::InputPortT &port);
  void readOutput(const nrb::OutputPortT &port);
  void readGolden(GoldenSide side, const nrb::GoldenArrayT &array);

  template <typename Enum, typename Field>
  Enum enumOf(std::optional<Enum> (*symbolize)(uint32_t), Field field,
              const char *what) {
    if (std::optional<Enum> value = symbolize(uint32_t(field)))
      return *value;
    emitError(fileLoc) << "unknown " << what << " " << unsigned(field);
    ok = false;
    return Enum();
  }

  const nrb::BinaryT &binary;
  MLIRContext *context;
  OpBuilder builder;
  Location fileLoc;
  std::vector<Value> sources, programs, rules;
  bool ok = true;
};

} // namespace

void Reader::readProgram(const nrb::ProgramT &program) {
  auto op = ProgramOp::create(builder, named(program.name),
                              ProgramType::get(context), program.name);
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&op.getBody());
  for (uint32_t word : program.code)
    if (std::optional<target::Instruction> inst = target::decode(word))
      InstOp::create(builder, fileLoc, target::toString(*inst));
  programs.push_back(op.getProgram());
}

void Reader::readRule(const nrb::RuleT &rule) {
  learning::Rule tree;
  tree.k = rule.u_k;
  for (const auto &term : rule.terms) {
    learning::Term &outTerm = tree.terms.emplace_back();
    outTerm.target = learning::Target(term->target);
    for (const auto &product : term->products) {
      learning::Product &out = outTerm.products.emplace_back();
      out.dependency = learning::Dependency(product->dependency);
      out.mantissa = product->mantissa;
      out.exponent = product->exponent;
      for (const nrb::Factor &factor : product->factors)
        out.factors.push_back({learning::Variable(factor.var()), factor.sgn(),
                               factor.constant()});
    }
  }
  auto mode = enumOf<GradedMode>(symbolizeGradedMode, rule.graded_mode,
                                 "graded trace mode");
  auto op = RuleOp::create(builder, named(rule.name), RuleType::get(context),
                           rule.name, learning::printRule(tree), rule.text,
                           rule.epoch, rule.u_k, mode, trace(rule.x1),
                           trace(rule.x2), trace(rule.y1), trace(rule.y2),
                           trace(rule.y3), rule.third_factor, rule.stochastic);
  rules.push_back(op.getRule());
}

void Reader::readFormat(const nrb::SynapseFormatT &format) {
  FormatOp::create(
      builder, fileLoc, FormatType::get(context),
      enumOf<SignMode>(symbolizeSignMode, format.sign_mode, "sign mode"),
      enumOf<Compression>(symbolizeCompression, format.compression,
                          "compression"),
      format.weight_bits, format.weight_exp, format.delay_bits, format.tag_bits,
      format.idx_bits, format.dendrite,
      format.rule < 0 ? Value() : rules[format.rule]);
}

void Reader::readGroup(const std::string &core, const nrb::GroupT &group) {
  auto op = GroupOp::create(builder, named(group.name), group.name,
                            programs[group.program], sources[group.source],
                            group.first, group.count, group.dendrites,
                            group.payload_bits, group.source_first);
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&op.getBody());
  for (const auto &param : group.parameters)
    ParamOp::create(builder, fileLoc, param->name,
                    makeTable(context, core + "_" + param->name,
                              ArrayRef<int32_t>(param->values)));
  for (const auto &state : group.state)
    StateOp::create(
        builder, fileLoc, state->name, state->bits,
        enumOf<Overflow>(symbolizeOverflow, state->overflow, "overflow rule"),
        makeTable(context, core + "_" + state->name,
                  ArrayRef<int32_t>(state->init)),
        state->is_signed);
}

void Reader::readCore(size_t index) {
  const nrb::CoreT &core = *binary.cores[index];
  std::string name = "core_" + std::to_string(index);
  auto op = CoreOp::create(builder, fileLoc, name, core.chip, core.x, core.y);
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&op.getBody());
  programs.clear();
  rules.clear();
  for (const auto &program : core.programs)
    readProgram(*program);
  for (const auto &rule : core.rules)
    readRule(*rule);
  for (const auto &format : core.formats)
    readFormat(*format);
  for (const auto &group : core.groups)
    readGroup(name, *group);
  std::vector<uint32_t> axons;
  axons.reserve(core.axons_in.size() * 5);
  for (const nrb::AxonIn &axon : core.axons_in)
    axons.insert(axons.end(), {axon.synapse_word(), axon.words(), axon.base(),
                               axon.format(), axon.delay()});
  if (!axons.empty())
    AxonsOp::create(builder, fileLoc,
                    makeTable(context, name + "_axons", axons, 5));
  if (!core.synapse_words.empty())
    SynapsesOp::create(builder, fileLoc,
                       makeTable(context, name + "_synapses",
                                 ArrayRef<uint64_t>(core.synapse_words)));
  FanoutOp::create(builder, fileLoc,
                   makeTable(context, name + "_fanout_index",
                             ArrayRef<uint32_t>(core.fanout_index)),
                   pairTable(name + "_fanout", core.fanout));
}

void Reader::readInput(const nrb::InputPortT &port) {
  InputOp::create(
      builder, named(port.name), port.name,
      enumOf<InputKind>(symbolizeInputKind, port.kind, "input kind"),
      port.width, port.offset,
      makeTable(context, port.name + "_index",
                ArrayRef<uint32_t>(port.fanout_index)),
      pairTable(port.name + "_to", port.fanout), port.shape, port.time_axis,
      llvm::APFloat(port.scale), port.limit, port.payload_bits,
      enumOf<ElementType>(symbolizeElementType, port.element_type,
                          "element type"));
}

void Reader::readOutput(const nrb::OutputPortT &port) {
  OutputOp::create(builder, named(port.name), port.name, sources[port.source],
                   port.offset,
                   pairTable(port.name + "_elements", port.elements),
                   port.shape, port.time_axis, port.scale, port.zero,
                   enumOf<ElementType>(symbolizeElementType, port.element_type,
                                       "element type"));
}

void Reader::readGolden(GoldenSide side, const nrb::GoldenArrayT &array) {
  GoldenOp::create(builder, named(array.name), side, array.name,
                   enumOf<ElementType>(symbolizeElementType, array.element_type,
                                       "element type"),
                   array.shape,
                   makeTable(context, array.name + "_golden",
                             ArrayRef<uint8_t>(array.data)));
}

OwningOpRef<ModuleOp> Reader::run() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc);
  builder.setInsertionPointToEnd(module->getBody());
  const nrb::TimingT &timing = *binary.timing;
  auto system = SystemOp::create(
      builder, fileLoc, "main", binary.target->name,
      binary.target->cores_per_chip,
      {int64_t(binary.target->mesh_columns), int64_t(binary.target->mesh_rows)},
      binary.chips, timing.period, timing.latency, timing.max_tokens,
      timing.fall_through,
      enumOf<LearningMode>(symbolizeLearningMode, binary.learning_mode,
                           "learning mode"),
      int64_t(binary.seed), builder.getStringAttr(binary.producer),
      /*unchecked=*/true);
  builder.createBlock(&system.getBody());
  for (const auto &source : binary.sources)
    sources.push_back(SourceOp::create(builder, named(source->name),
                                       SourceType::get(context), source->name,
                                       source->op)
                          .getSource());
  for (size_t i = 0; i < binary.cores.size(); ++i)
    readCore(i);
  for (const auto &port : binary.inputs)
    readInput(*port);
  for (const auto &port : binary.outputs)
    readOutput(*port);
  for (const auto &array : binary.golden_inputs)
    readGolden(GoldenSide::input, *array);
  for (const auto &array : binary.golden_outputs)
    readGolden(GoldenSide::output, *array);
  if (!ok || failed(verify(*module)))
    return nullptr;
  // A file may have rules with parts that never act; it is shown all the same.
  if (llvm::all_of(system.getBody().getOps<CoreOp>(),
                   [](CoreOp core) { return findRuleProblems(core).empty(); }))
    system.setUnchecked(false);
  return module;
}

OwningOpRef<ModuleOp> neuro::loihi::readBinary(ArrayRef<uint8_t> bytes,
                                               StringRef name,
                                               MLIRContext *context) {
  context->loadDialect<LoihiDialect>();
  Location loc = FileLineColLoc::get(context, name, 0, 0);
  std::vector<runtime::Diagnostic> diagnostics;
  std::unique_ptr<runtime::Binary> file = runtime::Binary::fromBytes(
      std::vector<uint8_t>(bytes.begin(), bytes.end()), name.str(),
      diagnostics);
  if (!file) {
    for (const runtime::Diagnostic &problem : diagnostics)
      emitError(loc) << "byte " << problem.offset.value_or(0) << ": "
                     << problem.message;
    return nullptr;
  }
  std::unique_ptr<nrb::BinaryT> tables(file->root().UnPack());
  return Reader(*tables, loc).run();
}
