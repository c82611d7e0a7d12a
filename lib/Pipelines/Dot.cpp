//===- Dot.cpp - a module as a picture ------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Dot.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Dialect/Loihi/Tables.h"
#include "neuro/Dialect/Neuro/Rules.h"
#include "neuro/Support/Locations.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

static std::string escape(StringRef text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

static std::string shortType(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    llvm::interleave(
        tensor.getShape(), os, [&](int64_t n) { n < 0 ? os << "?" : os << n; },
        "x");
    if (tensor.getRank() == 0)
      os << tensor.getElementType();
  } else {
    os << type;
  }
  return text;
}

namespace {

class DotWriter {
public:
  explicit DotWriter(raw_ostream &os) : os(os) {}

  void writeFunction(func::FuncOp function);
  void writeNetwork(neuro::NetworkOp network);
  LogicalResult writeSystem(neuro::loihi::SystemOp system);

private:
  /// Label lines are joined with "\n" after escaping.
  void node(unsigned id, const std::vector<std::string> &lines,
            StringRef style) {
    os << "  n" << id << " [label=\"";
    llvm::interleave(
        lines, os, [&](const std::string &line) { os << escape(line); }, "\\n");
    os << "\"" << style << "];\n";
  }
  void edge(unsigned from, unsigned to, StringRef label, StringRef style = "") {
    os << "  n" << from << " -> n" << to << " [label=\"" << escape(label)
       << "\"" << style << "];\n";
  }
  void wire(Value current, unsigned target,
            const DenseMap<Value, unsigned> &nodes);

  raw_ostream &os;
};

} // namespace

static constexpr StringLiteral kPort = ", shape=ellipse, fillcolor=\"#e8edfb\"";
static constexpr StringLiteral kPlain = "";
static constexpr StringLiteral kPlastic = ", color=\"#d9731a\", "
                                          "fontcolor=\"#d9731a\", penwidth=2";

void DotWriter::writeFunction(func::FuncOp function) {
  if (function.isExternal())
    return;
  DenseMap<Value, unsigned> nodes;
  unsigned next = 0;
  for (auto [index, argument] : llvm::enumerate(function.getArguments())) {
    std::string name = "%arg" + std::to_string(index);
    for (StringRef key : {"nn.name", "onnx.name"})
      if (auto attr = function.getArgAttrOfType<StringAttr>(index, key))
        name = attr.str();
    node(next, {name, shortType(argument.getType())}, kPort);
    nodes[argument] = next++;
  }
  for (Operation &op : function.front()) {
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      for (Value operand : op.getOperands()) {
        node(next, {std::string("result")}, kPort);
        edge(nodes.lookup(operand), next++, shortType(operand.getType()));
      }
      continue;
    }
    // A constant would only add clutter: its users' shapes say enough.
    if (op.getNumOperands() == 0 &&
        op.getName().getStringRef().contains("constant"))
      continue;
    std::string kind = op.getName().getStringRef().str();
    if (auto type = op.getAttrOfType<StringAttr>("op_type"))
      kind = type.str();
    std::vector<std::string> lines = {kind};
    if (StringRef name = neuro::nodeNameIn(op.getLoc()); !name.empty())
      lines.push_back(name.str());
    node(next, lines, kPlain);
    for (Value operand : op.getOperands())
      if (nodes.contains(operand))
        edge(nodes.lookup(operand), next, shortType(operand.getType()));
    for (Value result : op.getResults())
      nodes[result] = next;
    ++next;
  }
}

void DotWriter::wire(Value current, unsigned target,
                     const DenseMap<Value, unsigned> &nodes) {
  Operation *op = current.getDefiningOp();
  if (auto sum = dyn_cast_or_null<neuro::SumOp>(op)) {
    for (Value part : sum.getCurrents())
      wire(part, target, nodes);
    return;
  }
  if (auto project = dyn_cast_or_null<neuro::ProjectOp>(op)) {
    std::string label = "dense";
    Attribute weights = project.getWeights();
    if (isa<neuro::OneToOneAttr>(weights))
      label = "1:1";
    else if (isa<neuro::BlocksAttr>(weights))
      label = "blocks";
    else if (isa<neuro::ShiftAttr>(weights))
      label = "shift";
    else if (isa<neuro::RepeatAttr>(weights))
      label = "repeat";
    else if (isa<neuro::StrideAttr>(weights))
      label = "stride";
    else if (isa<neuro::Conv2dAttr>(weights))
      label = "conv";
    if (project.getDelayAttr())
      label += ", delay " + std::to_string(*project.getDelay());
    edge(nodes.lookup(project.getSource()), target, label,
         project.getFeedback() ? ", style=dashed, constraint=false" : "");
  } else if (auto plastic = dyn_cast_or_null<neuro::PlasticOp>(op)) {
    std::vector<std::string> ignored; // the verifier has reported them
    neuro::RuleOp rule = plastic.lookupRule();
    std::optional<neuro::RuleMeaning> meaning =
        rule ? neuro::readRule(rule, ignored) : std::nullopt;
    edge(nodes.lookup(plastic.getSource()), target,
         meaning ? meaning->text : plastic.getRule().str(), kPlastic);
  }
}

void DotWriter::writeNetwork(neuro::NetworkOp network) {
  DenseMap<Value, unsigned> nodes;
  unsigned next = 0;
  for (Operation &op : network.getBody().front()) {
    if (auto input = dyn_cast<neuro::InputOp>(op)) {
      node(next,
           {input.getName().str(), shortType(input.getSpikes().getType())},
           kPort);
      nodes[input.getSpikes()] = next++;
    } else if (auto population = dyn_cast<neuro::PopulationOp>(op)) {
      std::string size = std::to_string(population.getCount()) + " neurons";
      if (population.getPhaseAttr())
        size += ", phase " + std::to_string(*population.getPhase());
      node(next, {population.getName().str(), size}, kPlain);
      nodes[population.getSpikes()] = next;
      nodes[population.getFactors()] = next++;
    }
  }
  for (Operation &op : network.getBody().front()) {
    if (auto population = dyn_cast<neuro::PopulationOp>(op)) {
      for (Value current : population.getDendrites())
        wire(current, nodes.lookup(population.getSpikes()), nodes);
    } else if (auto output = dyn_cast<neuro::OutputOp>(op)) {
      node(next, {output.getName().str()}, kPort);
      edge(nodes.lookup(output.getSpikes()), next++, "");
    }
  }
}

LogicalResult DotWriter::writeSystem(neuro::loihi::SystemOp system) {
  unsigned next = 0;
  for (auto core : system.getBody().getOps<neuro::loihi::CoreOp>()) {
    llvm::SmallSetVector<StringRef, 4> sources;
    int64_t neurons = 0;
    for (auto group : core.getBody().getOps<neuro::loihi::GroupOp>()) {
      neurons += group.getCount();
      if (auto source =
              group.getSource().getDefiningOp<neuro::loihi::SourceOp>())
        sources.insert(source.getName());
    }
    std::vector<std::string> lines = {core.getSymName().str() + ": " +
                                      std::to_string(neurons) + " neurons"};
    for (StringRef source : sources)
      lines.push_back(source.str());
    node(next++, lines, kPlain);
  }
  unsigned cores = next;
  auto draw = [&](unsigned from, ElementsAttr to) -> LogicalResult {
    FailureOr<std::vector<uint32_t>> table =
        neuro::loihi::readTable<uint32_t>(to);
    if (failed(table))
      return failure();
    llvm::MapVector<uint32_t, uint64_t> axons;
    for (size_t i = 0; i + 1 < table->size(); i += 2)
      ++axons[(*table)[i]];
    for (auto [core, count] : axons)
      if (core < cores)
        edge(from, core, std::to_string(count));
    return success();
  };
  unsigned index = 0;
  for (auto core : system.getBody().getOps<neuro::loihi::CoreOp>()) {
    for (auto fanout : core.getBody().getOps<neuro::loihi::FanoutOp>())
      if (failed(draw(index, fanout.getTo())))
        return fanout.emitError("the fan-out table is elided; print it whole "
                                "(neuro-compile --print-weights)");
    ++index;
  }
  for (auto input : system.getBody().getOps<neuro::loihi::InputOp>()) {
    node(next, {input.getName().str()}, kPort);
    if (failed(draw(next++, input.getTo())))
      return input.emitError("the fan-out table is elided; print it whole "
                             "(neuro-compile --print-weights)");
  }
  for (auto output : system.getBody().getOps<neuro::loihi::OutputOp>()) {
    node(next, {output.getName().str()}, kPort);
    FailureOr<std::vector<uint32_t>> table =
        neuro::loihi::readTable<uint32_t>(output.getElements());
    if (succeeded(table) && !table->empty() && table->front() < cores)
      edge(table->front(), next, std::to_string(table->size() / 2));
    ++next;
  }
  return success();
}

llvm::LogicalResult neuro::writeDot(Operation *module, raw_ostream &os) {
  std::string text;
  llvm::raw_string_ostream body(text);
  DotWriter writer(body);
  bool found = false;
  for (Region &region : module->getRegions())
    for (Operation &op : region.getOps()) {
      if (auto function = dyn_cast<func::FuncOp>(op)) {
        writer.writeFunction(function);
      } else if (auto network = dyn_cast<neuro::NetworkOp>(op)) {
        writer.writeNetwork(network);
      } else if (auto system = dyn_cast<neuro::loihi::SystemOp>(op)) {
        if (failed(writer.writeSystem(system)))
          return failure();
      } else {
        continue;
      }
      if (found)
        return op.emitError("one graph per file: this module holds several "
                            "functions, networks or systems");
      found = true;
    }
  if (!found)
    return module->emitError("nothing to draw: expected a function, a "
                             "neuro.network or a loihi.system in the module");
  os << "digraph neuro {\n"
        "  rankdir=TB;\n"
        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", "
        "color=\"#8a94ab\", fontname=\"Helvetica\", fontsize=11];\n"
        "  edge [color=\"#8a94ab\", fontcolor=\"#5d6880\", "
        "fontname=\"Helvetica\", fontsize=9];\n"
     << text << "}\n";
  return success();
}
