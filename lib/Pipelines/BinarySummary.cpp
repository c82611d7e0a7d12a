//===- BinarySummary.cpp - what a binary holds, in numbers ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/BinarySummary.h"

#include "neuro/Runtime/Binary.h"
#include "neuro/Target/Binary/nrb_generated.h"
#include "neuro/Target/TargetModel.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <set>

using namespace neuro;

static std::string text(const flatbuffers::String *string) {
  return string ? string->str() : "";
}

template <typename T>
static size_t length(const flatbuffers::Vector<T> *vector) {
  return vector ? vector->size() : 0;
}

static uint64_t readBits(const flatbuffers::Vector<uint64_t> *words,
                         uint64_t bit, unsigned width) {
  uint64_t value = words->Get(bit / 64) >> (bit % 64);
  if (bit % 64 + width > 64)
    value |= words->Get(bit / 64 + 1) << (64 - bit % 64);
  return width >= 64 ? value : value & ((uint64_t(1) << width) - 1);
}

static std::string encode(const nrb::Rule &rule) {
  static const char *const targets[] = {"dw", "dd", "dt"};
  static const char *const dependencies[] = {"x0", "y0", "u"};
  std::string out;
  for (unsigned t = 0; t < length(rule.terms()); ++t) {
    const nrb::RuleTerm *term = rule.terms()->Get(t);
    out +=
        (out.empty() ? "" : "; ") +
        std::string(targets[std::min<unsigned>(unsigned(term->target()), 2)]) +
        " =";
    for (unsigned p = 0; p < length(term->products()); ++p) {
      const nrb::Product *product = term->products()->Get(p);
      int mantissa = product->mantissa();
      out +=
          p == 0 ? (mantissa < 0 ? " -" : " ") : (mantissa < 0 ? " - " : " + ");
      out +=
          std::to_string(std::abs(mantissa)) + "*2^" +
          std::to_string(product->exponent()) + "*" +
          dependencies[std::min<unsigned>(unsigned(product->dependency()), 2)];
      for (unsigned f = 0; f < length(product->factors()); ++f) {
        const nrb::Factor *factor = product->factors()->Get(f);
        std::string name = nrb::EnumNameFactorVar(factor->var());
        int constant = factor->constant();
        if (factor->var() == nrb::FactorVar::constant)
          name = std::to_string(constant);
        else if (factor->sgn())
          name = "sgn(" + name + ")";
        if (factor->var() != nrb::FactorVar::constant && constant != 0)
          name = "(" + name + (constant < 0 ? "" : "+") +
                 std::to_string(constant) + ")";
        out += "*" + name;
      }
    }
  }
  return out;
}

namespace {

/// Walks one core.
class CoreWalker {
public:
  // By text and encoded form: where the rule stands in the summary.
  using RulePlaces = std::map<std::pair<std::string, std::string>, size_t>;

  CoreWalker(const nrb::Core &core, const target::TargetModel &model,
             BinarySummary &summary, RulePlaces &rulePlaces)
      : core(core), model(model), summary(summary), rulePlaces(rulePlaces) {}

  void walk();

private:
  void walkGroups();
  void walkAxon(const nrb::AxonIn &axon);
  void addSynapse(uint64_t neuron, const nrb::SynapseFormat &format);

  const nrb::Core &core;
  const target::TargetModel &model;
  BinarySummary &summary;
  RulePlaces &rulePlaces;
  CoreSummary out;
  std::vector<uint32_t> sourceOf; // by neuron
  std::vector<uint64_t> ruleSynapses;
  std::set<uint32_t> sources;
};

} // namespace

void CoreWalker::walkGroups() {
  for (unsigned g = 0; g < length(core.groups()); ++g) {
    const nrb::Group *group = core.groups()->Get(g);
    out.neurons += group->count();
    sourceOf.resize(std::max<size_t>(sourceOf.size(),
                                     size_t(group->first()) + group->count()),
                    group->source());
    if (group->source() < summary.sources.size()) {
      summary.sources[group->source()].neurons += group->count();
      sources.insert(group->source());
    }
  }
}

void CoreWalker::addSynapse(uint64_t neuron, const nrb::SynapseFormat &format) {
  ++out.synapses;
  bool plastic = format.rule() >= 0;
  if (plastic) {
    ++out.plasticSynapses;
    if (size_t(format.rule()) < ruleSynapses.size())
      ++ruleSynapses[format.rule()];
  }
  if (neuron < sourceOf.size() && sourceOf[neuron] < summary.sources.size()) {
    SourceSummary &source = summary.sources[sourceOf[neuron]];
    ++source.synapses;
    source.plasticSynapses += plastic;
  }
}

void CoreWalker::walkAxon(const nrb::AxonIn &axon) {
  const auto *words = core.synapse_words();
  uint64_t bit = uint64_t(axon.synapse_word()) * 64;
  uint64_t end = bit + uint64_t(axon.words()) * 64;
  if (!words || end > uint64_t(words->size()) * 64)
    return;
  uint64_t next = axon.base();
  while (bit + 10 <= end) {
    uint64_t format = readBits(words, bit, 4);
    uint64_t count = readBits(words, bit + 4, 6) + 1;
    if (format >= length(core.formats()))
      return;
    const nrb::SynapseFormat *f = core.formats()->Get(format);
    unsigned indexBits =
        f->compression() == nrb::Compression::sparse ? f->idx_bits() : 0;
    unsigned payload = f->weight_bits() + f->delay_bits() + f->tag_bits();
    uint64_t blockBits = (10 + count * (payload + indexBits) + 63) / 64 * 64;
    if (bit + blockBits > end)
      return;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t at = bit + 10 + i * (payload + indexBits) + payload;
      uint64_t neuron =
          indexBits ? axon.base() + readBits(words, at, indexBits) : next++;
      addSynapse(neuron, *f);
    }
    bit += blockBits;
  }
}

void CoreWalker::walk() {
  out.chip = core.chip();
  out.x = core.x();
  out.y = core.y();
  out.programs = length(core.programs());
  for (unsigned p = 0; p < out.programs; ++p)
    out.instructions += length(core.programs()->Get(p)->code());
  out.axonsIn = length(core.axons_in());
  out.axonsOut = length(core.fanout());
  out.synapseBytes = uint64_t(length(core.synapse_words())) * 8;
  ruleSynapses.resize(length(core.rules()));
  walkGroups();
  for (unsigned a = 0; a < out.axonsIn; ++a)
    walkAxon(*core.axons_in()->Get(a));
  out.totalBytes = target::bytesOf(runtime::contentsOf(core), model);
  for (uint32_t source : sources) {
    ++summary.sources[source].cores;
    out.sources.push_back(summary.sources[source].name);
  }
  for (size_t r = 0; r < ruleSynapses.size(); ++r) {
    const nrb::Rule *rule = core.rules()->Get(r);
    std::string written = text(rule->text()), encoded = encode(*rule);
    auto [place, isNew] =
        rulePlaces.try_emplace({written, encoded}, summary.rules.size());
    if (isNew)
      summary.rules.push_back({text(rule->name()), written, encoded, 0, 0});
    RuleSummary *known = &summary.rules[place->second];
    ++known->cores;
    known->synapses += ruleSynapses[r];
  }
  summary.neurons += out.neurons;
  summary.synapses += out.synapses;
  summary.plasticSynapses += out.plasticSynapses;
  summary.cores.push_back(std::move(out));
}

template <typename Port> static PortSummary commonPort(const Port &port) {
  PortSummary out;
  out.name = text(port.name());
  out.type = nrb::EnumNameElementType(port.element_type());
  if (port.shape())
    out.shape.assign(port.shape()->begin(), port.shape()->end());
  out.timeAxis = port.time_axis();
  out.offset = port.offset();
  return out;
}

bool neuro::summarizeBinary(const uint8_t *data, size_t size,
                            BinarySummary &summary) {
  std::vector<runtime::Diagnostic> diagnostics;
  if (!runtime::verifyBinary(data, size, diagnostics))
    return false;
  const nrb::Binary *binary = nrb::GetBinary(data);
  summary = BinarySummary();
  summary.bytes = size;
  summary.producer = text(binary->producer());
  summary.schemaHash = text(binary->schema_hash());
  if (const nrb::Version *v = binary->version())
    summary.version = std::to_string(v->major()) + "." +
                      std::to_string(v->minor()) + "." +
                      std::to_string(v->patch());
  if (const nrb::Target *t = binary->target()) {
    summary.target = text(t->name());
    summary.coresPerChip = t->cores_per_chip();
    summary.meshColumns = t->mesh_columns();
    summary.meshRows = t->mesh_rows();
  }
  if (const nrb::Timing *t = binary->timing()) {
    summary.period = t->period();
    summary.latency = t->latency();
    summary.maxTokens = t->max_tokens();
    summary.fallThrough = t->fall_through();
  }
  summary.chips = binary->chips();
  for (unsigned s = 0; s < length(binary->sources()); ++s) {
    const nrb::Source *source = binary->sources()->Get(s);
    SourceSummary entry;
    entry.name = text(source->name());
    entry.op = text(source->op());
    summary.sources.push_back(std::move(entry));
  }
  target::TargetModel model;
  target::TargetModel::byName(summary.target, model);
  CoreWalker::RulePlaces rulePlaces;
  for (unsigned c = 0; c < length(binary->cores()); ++c)
    CoreWalker(*binary->cores()->Get(c), model, summary, rulePlaces).walk();
  for (unsigned i = 0; i < length(binary->inputs()); ++i) {
    const nrb::InputPort *port = binary->inputs()->Get(i);
    PortSummary out = commonPort(*port);
    out.kind = nrb::EnumNameInputKind(port->kind());
    out.neurons = port->width();
    out.scale = port->scale();
    out.limit = port->limit();
    summary.inputs.push_back(std::move(out));
  }
  for (unsigned i = 0; i < length(binary->outputs()); ++i) {
    const nrb::OutputPort *port = binary->outputs()->Get(i);
    PortSummary out = commonPort(*port);
    out.kind = "output";
    out.neurons = length(port->elements());
    if (length(port->scale()))
      out.scale = port->scale()->Get(0);
    summary.outputs.push_back(std::move(out));
  }
  return true;
}

static llvm::json::Array portsToJson(const std::vector<PortSummary> &ports) {
  llvm::json::Array array;
  for (const PortSummary &port : ports)
    array.push_back(llvm::json::Object{{"name", port.name},
                                       {"kind", port.kind},
                                       {"type", port.type},
                                       {"shape", llvm::json::Array(port.shape)},
                                       {"time_axis", port.timeAxis},
                                       {"neurons", int64_t(port.neurons)},
                                       {"scale", port.scale},
                                       {"limit", int64_t(port.limit)},
                                       {"offset", int64_t(port.offset)}});
  return array;
}

std::string neuro::toJson(const BinarySummary &s) {
  llvm::json::Array cores, sources, rules;
  for (const CoreSummary &core : s.cores)
    cores.push_back(
        llvm::json::Object{{"chip", core.chip},
                           {"x", core.x},
                           {"y", core.y},
                           {"neurons", int64_t(core.neurons)},
                           {"programs", int64_t(core.programs)},
                           {"instructions", int64_t(core.instructions)},
                           {"axons_in", int64_t(core.axonsIn)},
                           {"axons_out", int64_t(core.axonsOut)},
                           {"synapses", int64_t(core.synapses)},
                           {"plastic_synapses", int64_t(core.plasticSynapses)},
                           {"synapse_bytes", int64_t(core.synapseBytes)},
                           {"total_bytes", int64_t(core.totalBytes)},
                           {"sources", llvm::json::Array(core.sources)}});
  for (const SourceSummary &source : s.sources)
    sources.push_back(llvm::json::Object{
        {"name", source.name},
        {"op", source.op},
        {"neurons", int64_t(source.neurons)},
        {"synapses", int64_t(source.synapses)},
        {"plastic_synapses", int64_t(source.plasticSynapses)},
        {"cores", int64_t(source.cores)}});
  for (const RuleSummary &rule : s.rules)
    rules.push_back(llvm::json::Object{{"name", rule.name},
                                       {"text", rule.text},
                                       {"encoded", rule.encoded},
                                       {"cores", int64_t(rule.cores)},
                                       {"synapses", int64_t(rule.synapses)}});
  llvm::json::Object root{
      {"producer", s.producer},
      {"version", s.version},
      {"target", s.target},
      {"bytes", int64_t(s.bytes)},
      {"chips", s.chips},
      {"cores_per_chip", s.coresPerChip},
      {"mesh", llvm::json::Array{s.meshColumns, s.meshRows}},
      {"period", s.period},
      {"latency", s.latency},
      {"max_tokens", s.maxTokens},
      {"fall_through", s.fallThrough},
      {"neurons", int64_t(s.neurons)},
      {"synapses", int64_t(s.synapses)},
      {"plastic_synapses", int64_t(s.plasticSynapses)},
      {"inputs", portsToJson(s.inputs)},
      {"outputs", portsToJson(s.outputs)},
      {"rules", std::move(rules)},
      {"sources", std::move(sources)},
      {"cores", std::move(cores)}};
  std::string out;
  llvm::raw_string_ostream os(out);
  os << llvm::formatv("{0:2}", llvm::json::Value(std::move(root)));
  return out;
}
