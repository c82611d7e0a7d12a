//===- EmitSystem.cpp - a mapped network as loihi ops ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmitSystem.h"

#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Target/Microcode.h"

#include <map>

using namespace mlir;
using namespace neuro;
using namespace neuro::loihi;

namespace {

class SystemEmitter {
public:
  SystemEmitter(OpBuilder &builder, NetworkOp network,
                const MappableNetwork &mappable,
                const mapping::Partition &partition,
                const mapping::Tables &tables, ArrayRef<mapping::Place> places)
      : builder(builder), context(builder.getContext()), network(network),
        mappable(mappable), partition(partition), tables(tables),
        places(places) {}

  SystemOp run(const target::TargetModel &model, uint64_t seed);

private:
  void emitCore(uint32_t core);
  Value emitProgram(uint32_t population);
  Value emitRule(uint32_t rule);
  void emitGroup(const mapping::Chunk &chunk, Value program);
  void emitTables(const mapping::CoreTables &core);
  void emitInput(uint32_t port);
  void emitOutput(uint32_t output);

  // The verifier has seen that all rules agree.
  loihi::LearningMode learningMode() const {
    if (mappable.rules.empty())
      return loihi::LearningMode::strict;
    neuro::RuleOp first = mappable.rules.front().op;
    return loihi::LearningMode(first.getMode());
  }

  ElementsAttr targetTable(StringRef name, ArrayRef<mapping::AxonRef> targets) {
    std::vector<uint32_t> flat;
    flat.reserve(targets.size() * 2);
    for (const mapping::AxonRef &target : targets)
      flat.insert(flat.end(), {target.core, target.axon});
    return makeTable(context, name, flat, 2);
  }

  OpBuilder &builder;
  MLIRContext *context;
  NetworkOp network;
  const MappableNetwork &mappable;
  const mapping::Partition &partition;
  const mapping::Tables &tables;
  ArrayRef<mapping::Place> places;
  std::vector<Value> sources;
  std::string coreName;
};

} // namespace

Value SystemEmitter::emitProgram(uint32_t population) {
  PopulationOp op = mappable.populations[population];
  auto program = ProgramOp::create(builder, op.getLoc(),
                                   ProgramType::get(context), op.getName());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&program.getBody());
  for (uint32_t word : mappable.programs[population].code)
    InstOp::create(builder, op.getLoc(),
                   target::toString(*target::decode(word)));
  return program.getProgram();
}

Value SystemEmitter::emitRule(uint32_t rule) {
  const LegalRule &legal = mappable.rules[rule];
  neuro::RuleOp op = legal.op;
  auto traceOf = [&](TraceName name) {
    TraceOp trace = legal.meaning.traces[unsigned(name)];
    if (!trace)
      return TraceAttr();
    double impulse = trace.getImpulse().convertToDouble();
    unsigned whole = unsigned(impulse);
    return TraceAttr::get(context, whole, unsigned((impulse - whole) * 256.0),
                          trace.getTau() ? unsigned(*trace.getTau()) : 65535);
  };
  return loihi::RuleOp::create(
             builder, op.getLoc(), RuleType::get(context), op.getSymName(),
             learning::printRule(legal.meaning.legal), legal.meaning.text,
             op.getEpoch(), legal.meaning.legal.k,
             loihi::GradedMode(legal.meaning.gradedMode()),
             traceOf(TraceName::x1), traceOf(TraceName::x2),
             traceOf(TraceName::y1), traceOf(TraceName::y2),
             traceOf(TraceName::y3), legal.meaning.hasFactors(),
             op.getRounding() == LearningRounding::stochastic)
      .getRule();
}

void SystemEmitter::emitGroup(const mapping::Chunk &chunk, Value program) {
  PopulationOp population = mappable.populations[chunk.population];
  auto group = GroupOp::create(
      builder, population.getLoc(), population.getName(), program,
      sources[mappable.sourceOf[chunk.population]], chunk.coreFirst,
      chunk.count, population.getDendrites().size(),
      population.getSpikes().getType().getBits(), chunk.first);
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&group.getBody());
  // One value if it is the same for all neurons of the run.
  auto table = [&](StringRef name, ArrayRef<int32_t> values) {
    if (values.size() > 1)
      values = values.slice(chunk.first, chunk.count);
    if (llvm::all_equal(values))
      values = values.take_front(1);
    return makeTable(context, coreName + "_" + name.str(), values);
  };
  for (const ProgramParameter &parameter :
       mappable.programs[chunk.population].parameters)
    loihi::ParamOp::create(builder, population.getLoc(), parameter.name,
                           table(parameter.name, parameter.values));
  if (ArrayAttr state = population.getStateAttr())
    for (Attribute attr : state) {
      auto field = cast<FieldAttr>(attr);
      ArrayRef<int32_t> init = field.getInit();
      int32_t zero = 0;
      StateOp::create(
          builder, population.getLoc(), field.getName(), field.getBits(),
          field.getSaturate() ? Overflow::saturate : Overflow::wrap,
          table(field.getName(), init.empty() ? ArrayRef<int32_t>(zero) : init),
          field.getIsSigned());
    }
}

void SystemEmitter::emitTables(const mapping::CoreTables &core) {
  Location loc = network.getLoc();
  std::vector<uint32_t> axons;
  axons.reserve(core.axons.size() * 5);
  for (const mapping::InputAxon &axon : core.axons)
    axons.insert(axons.end(),
                 {axon.word, axon.words, axon.base, axon.format, axon.delay});
  if (!axons.empty())
    AxonsOp::create(builder, loc,
                    makeTable(context, coreName + "_axons", axons, 5));
  if (!core.words.empty())
    SynapsesOp::create(builder, loc,
                       makeTable(context, coreName + "_synapses",
                                 ArrayRef<uint64_t>(core.words)));
  FanoutOp::create(builder, loc,
                   makeTable(context, coreName + "_fanout_index",
                             ArrayRef<uint32_t>(core.fanout.index)),
                   targetTable(coreName + "_fanout", core.fanout.targets));
}

void SystemEmitter::emitCore(uint32_t index) {
  coreName = "core_" + std::to_string(index);
  const mapping::CorePlan &plan = partition.cores[index];
  const mapping::CoreTables &core = tables.cores[index];
  const mapping::Place &at = places[index];
  auto op =
      CoreOp::create(builder, network.getLoc(), coreName, at.chip, at.x, at.y);
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&op.getBody());

  std::map<uint32_t, Value> programs;
  for (const mapping::Chunk &chunk : plan.chunks) {
    uint32_t number = mappable.network.populations[chunk.population].program;
    if (!programs.count(number))
      programs[number] = emitProgram(chunk.population);
  }
  std::map<int32_t, Value> rules;
  for (const mapping::Format &format : core.formats)
    if (format.rule >= 0 && !rules.count(format.rule))
      rules[format.rule] = emitRule(uint32_t(format.rule));
  for (const mapping::Format &format : core.formats)
    FormatOp::create(
        builder, network.getLoc(), FormatType::get(context), SignMode::mixed,
        format.indexBits ? Compression::sparse : Compression::dense,
        format.weightBits, /*weight_exp=*/-1, format.delayBits, format.tagBits,
        format.indexBits, format.dendrite,
        format.rule < 0 ? Value() : rules[format.rule]);
  for (const mapping::Chunk &chunk : plan.chunks)
    emitGroup(chunk,
              programs[mappable.network.populations[chunk.population].program]);
  emitTables(core);
}

// What the element type of an array is called in the file.
static ElementType elementType(neuro::InputOp op) {
  if (!op.getElementType())
    return op.getKind() == PortKind::one_hot ? ElementType::int64
                                             : ElementType::float32;
  Type type = *op.getElementType();
  return type.isInteger(64)   ? ElementType::int64
         : type.isInteger(32) ? ElementType::int32
                              : ElementType::float32;
}

void SystemEmitter::emitInput(uint32_t port) {
  neuro::InputOp op = mappable.ports[port];
  const mapping::Fanout &fanout = tables.ports[port];
  InputKind kind = op.getKind() == PortKind::graded    ? InputKind::graded
                   : op.getKind() == PortKind::one_hot ? InputKind::one_hot
                                                       : InputKind::tick;
  std::string name = op.getName().str();
  loihi::InputOp::create(
      builder, op.getLoc(), name, kind, mappable.network.ports[port].width,
      *op.getPhase(),
      makeTable(context, name + "_index", ArrayRef<uint32_t>(fanout.index)),
      targetTable(name + "_to", fanout.targets), op.getShape(),
      op.getTimeAxis(), op.getScale(), op.getLimit(),
      op.getSpikes().getType().getBits(), elementType(op));
}

void SystemEmitter::emitOutput(uint32_t output) {
  neuro::OutputOp op = mappable.outputs[output];
  uint32_t population = mappable.outputPopulations[output];
  std::vector<uint32_t> elements(
      2 * size_t(mappable.network.populations[population].neurons));
  for (uint32_t core = 0; core < partition.cores.size(); ++core)
    for (const mapping::Chunk &chunk : partition.cores[core].chunks)
      if (chunk.population == population)
        for (uint32_t j = 0; j < chunk.count; ++j) {
          elements[2 * size_t(chunk.first + j)] = core;
          elements[2 * size_t(chunk.first + j) + 1] = chunk.coreFirst + j;
        }
  PopulationOp source = mappable.populations[population];
  std::string name = op.getName().str();
  loihi::OutputOp::create(
      builder, op.getLoc(), name, sources[mappable.sourceOf[population]],
      *source.getPhase() + op.getEmit(),
      makeTable(context, name + "_elements", elements, 2), op.getShape(),
      op.getTimeAxis(), op.getScale(),
      op.getZero().value_or(ArrayRef<double>()), ElementType::float32);
}

SystemOp SystemEmitter::run(const target::TargetModel &model, uint64_t seed) {
  uint32_t chips = 1;
  for (const mapping::Place &at : places)
    chips = std::max(chips, at.chip + 1);
  auto system = SystemOp::create(
      builder, network.getLoc(), network.getSymName(), model.name,
      model.coresPerChip,
      ArrayRef<int64_t>{int64_t(model.meshColumns), int64_t(model.meshRows)},
      chips, *network.getPeriod(), *network.getLatency(),
      network.getMaxTokens(),
      /*fall_through=*/*network.getPeriod() > *network.getLatency(),
      learningMode(), int64_t(seed), StringAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&system.getBody());
  for (const SourceLayer &source : mappable.sources)
    sources.push_back(
        SourceOp::create(builder,
                         NameLoc::get(builder.getStringAttr(source.name)),
                         SourceType::get(context), source.name, source.op)
            .getSource());
  for (uint32_t core = 0; core < partition.cores.size(); ++core)
    emitCore(core);
  for (uint32_t port = 0; port < mappable.ports.size(); ++port)
    emitInput(port);
  for (uint32_t output = 0; output < mappable.outputs.size(); ++output)
    emitOutput(output);
  return system;
}

SystemOp neuro::emitSystem(OpBuilder &builder, NetworkOp network,
                           const MappableNetwork &mappable,
                           const mapping::Partition &partition,
                           const mapping::Tables &tables,
                           ArrayRef<mapping::Place> places,
                           const target::TargetModel &model, uint64_t seed) {
  return SystemEmitter(builder, network, mappable, partition, tables, places)
      .run(model, seed);
}
