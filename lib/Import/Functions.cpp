//===- Functions.cpp - calls of model-local functions ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include <google/protobuf/unknown_field_set.h>
#include <map>
#include <onnx/onnx_pb.h>
#include <tuple>

using llvm::itostr;
using llvm::StringRef;
using llvm::utostr;
using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::NodeProto;

namespace {

/// Calls inside of calls deeper than this are not written by exporters.
constexpr unsigned kMaxDepth = 64;
/// A few functions that call each other twice make any number of nodes.
constexpr uint64_t kMaxNodes = uint64_t(1) << 20;
constexpr uint64_t kMaxBytes = uint64_t(1) << 30;
/// One wrong function may be called often.
constexpr size_t kMaxErrors = 20;

// Fields that ONNX got after the headers this is built with.
constexpr int kNodeOverload = 8, kFunctionOverload = 13,
              kFunctionAttributeProto = 11;

std::string quoted(StringRef text) { return "'" + text.str() + "'"; }

template <typename Message>
std::string unknownString(const Message &message, int number) {
  const auto &fields = message.unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == number &&
        fields.field(i).type() ==
            google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      return fields.field(i).length_delimited();
  return "";
}

/// Domain, name and overload.
using Key = std::tuple<std::string, std::string, std::string>;

std::string normalDomain(const std::string &domain) {
  return domain == "ai.onnx" ? "" : domain;
}

/// A function, and what its whole expansion comes to.
struct Function {
  const FunctionProto *proto = nullptr;
  std::map<std::string, AttributeProto> defaults;
  enum { New, Open, Done } state = New;
  uint64_t nodes = 0, bytes = 0;
  /// Names in the expansion, and attributes that refer to a call's: a long name
  /// or a large attribute of a call is copied so often.
  uint64_t names = 0, references = 0;
  unsigned depth = 0;
};

uint64_t countNames(const NodeProto &node) {
  uint64_t count = 1 + uint64_t(node.input_size() + node.output_size());
  auto add = [&](const ::onnx::GraphProto &body) {
    for (const NodeProto &inner : body.node())
      count += countNames(inner);
  };
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      add(attribute.g());
    for (const auto &body : attribute.graphs())
      add(body);
  }
  return count;
}

class Inliner {
public:
  Inliner(::onnx::ModelProto &model, neuro::import::NodeOrigins &origins,
          std::vector<std::string> &errors)
      : model(model), origins(origins), errors(errors) {}

  bool run();

private:
  using Names = llvm::StringMap<std::string>;

  void fail(const std::string &message) { errors.push_back(message); }
  void collect();
  Function *called(const NodeProto &node);
  bool measure(Function &function, std::vector<const Function *> &chain);
  static uint64_t callBytes(const NodeProto &call, const Function &function);
  bool withinLimits();
  std::string fresh(const std::string &base);
  bool bindCall(const NodeProto &call, const Function &function, Names &names,
                std::vector<NodeProto> &copies);
  void expand(const NodeProto &call, Function &function);
  void resolveAttributes(NodeProto &node, const NodeProto &call,
                         const Function &function);
  static void renameSubgraphs(NodeProto &node, const Names &names);
  void add(NodeProto &&node, Function *within);

  ::onnx::ModelProto &model;
  neuro::import::NodeOrigins &origins;
  std::vector<std::string> &errors;
  std::map<Key, Function> functions;
  llvm::StringMap<unsigned> used;
  google::protobuf::RepeatedPtrField<NodeProto> flat;
};

std::string callName(const NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type();
}

std::string callText(const NodeProto &node, const Function &function) {
  return "node " + quoted(callName(node)) + " calls function " +
         quoted(neuro::import::functionName(*function.proto));
}

} // namespace

std::string neuro::import::functionName(const FunctionProto &function) {
  std::string domain = normalDomain(function.domain());
  return (domain.empty() ? "ai.onnx" : domain) + "." + function.name();
}

void Inliner::collect() {
  for (const FunctionProto &proto : model.functions()) {
    Key key{normalDomain(proto.domain()), proto.name(),
            unknownString(proto, kFunctionOverload)};
    Function &function = functions[key];
    if (function.proto) {
      fail("function " + quoted(neuro::import::functionName(proto)) +
           " is defined twice" +
           (std::get<2>(key).empty()
                ? std::string()
                : " with overload " + quoted(std::get<2>(key))));
      continue;
    }
    function.proto = &proto;
    const auto &fields = proto.unknown_fields();
    for (int i = 0; i < fields.field_count(); ++i) {
      const auto &field = fields.field(i);
      AttributeProto attribute;
      if (field.number() == kFunctionAttributeProto &&
          field.type() ==
              google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED &&
          attribute.ParsePartialFromString(field.length_delimited()))
        function.defaults[attribute.name()] = attribute;
    }
  }
}

Function *Inliner::called(const NodeProto &node) {
  auto found = functions.find({normalDomain(node.domain()), node.op_type(),
                               unknownString(node, kNodeOverload)});
  return found == functions.end() ? nullptr : &found->second;
}

/// What a call adds to the bytes of the function's body: its names and
/// attributes, in all the places where they may come to stand.
uint64_t Inliner::callBytes(const NodeProto &call, const Function &function) {
  size_t longest = 0;
  for (const std::string &input : call.input())
    longest = std::max(longest, input.size());
  for (const std::string &output : call.output())
    longest = std::max(longest, output.size());
  uint64_t attributes = 0;
  for (const AttributeProto &attribute : call.attribute())
    attributes += attribute.ByteSizeLong();
  return llvm::SaturatingMultiplyAdd(
      uint64_t(callName(call).size() + 1 + longest), function.names,
      llvm::SaturatingMultiply(attributes, function.references));
}

/// How much a call becomes; false if that has no end.
bool Inliner::measure(Function &function,
                      std::vector<const Function *> &chain) {
  if (function.state == Function::Done)
    return true;
  chain.push_back(&function);
  if (function.state == Function::Open) {
    std::vector<std::string> path;
    size_t start = 0;
    while (chain[start] != &function)
      ++start;
    for (size_t i = start; i < chain.size(); ++i)
      path.push_back(quoted(neuro::import::functionName(*chain[i]->proto)));
    fail("function " + path.front() +
         " calls itself: " + llvm::join(path, " calls ") +
         "; nothing would end it: export the model without it");
    return false;
  }
  function.state = Function::Open;
  uint64_t defaults = 0;
  for (const auto &[name, attribute] : function.defaults)
    defaults += attribute.ByteSizeLong();
  for (const NodeProto &node : function.proto->node()) {
    auto add = [](uint64_t &sum, uint64_t value) {
      sum = llvm::SaturatingAdd(sum, value);
    };
    for (const AttributeProto &attribute : node.attribute())
      add(function.references, !attribute.ref_attr_name().empty());
    add(function.bytes, node.ByteSizeLong());
    Function *inner = called(node);
    if (!inner) {
      add(function.nodes, 1);
      add(function.names, countNames(node));
      continue;
    }
    if (chain.size() < kMaxDepth && !measure(*inner, chain))
      return false;
    function.depth = std::max(function.depth, inner->depth + 1);
    if (chain.size() >= kMaxDepth || function.depth >= kMaxDepth) {
      fail("functions call each other more than " + utostr(kMaxDepth) +
           " deep, '" + neuro::import::functionName(*function.proto) +
           "' among them: export the model without functions");
      return false;
    }
    add(function.nodes, inner->nodes);
    add(function.names, inner->names);
    add(function.references, inner->references);
    add(function.bytes, inner->bytes);
    add(function.bytes, callBytes(node, *inner));
  }
  // An output that is an input too becomes a node of its own.
  uint64_t outputs = uint64_t(function.proto->output_size());
  function.nodes = llvm::SaturatingAdd(function.nodes, outputs);
  function.names = llvm::SaturatingAdd(function.names, 3 * outputs);
  function.bytes = llvm::SaturatingMultiplyAdd(defaults, function.references,
                                               function.bytes);
  function.state = Function::Done;
  chain.pop_back();
  return true;
}

bool Inliner::withinLimits() {
  uint64_t nodes = 0, bytes = 0;
  for (const NodeProto &node : model.graph().node()) {
    std::vector<const Function *> chain;
    Function *function = called(node);
    if (!function)
      continue;
    if (!measure(*function, chain))
      return false;
    nodes = llvm::SaturatingAdd(nodes, function->nodes);
    bytes = llvm::SaturatingAdd(
        bytes,
        llvm::SaturatingAdd(function->bytes, callBytes(node, *function)));
  }
  if (nodes <= kMaxNodes && bytes <= kMaxBytes)
    return true;
  fail("the model's functions, put in the place of their calls, come to " +
       (nodes > kMaxNodes ? "more than " + utostr(kMaxNodes) + " nodes"
                          : "more than " + utostr(kMaxBytes) + " bytes") +
       ": export without functions, or with fewer calls inside of functions");
  return false;
}

std::string Inliner::fresh(const std::string &base) {
  auto [it, isNew] = used.try_emplace(base, 0);
  if (isNew)
    return base;
  std::string name;
  do
    name = base + "_" + utostr(++it->second);
  while (!used.try_emplace(name, 0).second);
  return name;
}

/// Maps the function's inputs and outputs to those of the call. An output that
/// is an input, or one that is listed twice, takes a copy.
bool Inliner::bindCall(const NodeProto &call, const Function &function,
                       Names &names, std::vector<NodeProto> &copies) {
  const FunctionProto &proto = *function.proto;
  auto tooMany = [&](int given, int has, const char *what) {
    if (given <= has)
      return false;
    fail(callText(call, function) + " with " + itostr(given) + " " + what +
         (given == 1 ? "" : "s") + "; the function has " + itostr(has));
    return true;
  };
  if (tooMany(call.input_size(), proto.input_size(), "input") ||
      tooMany(call.output_size(), proto.output_size(), "output"))
    return false;
  for (int i = 0; i < proto.input_size(); ++i)
    if (!names
             .try_emplace(proto.input(i),
                          i < call.input_size() ? call.input(i) : "")
             .second) {
      fail(callText(call, function) + ", whose input " +
           quoted(proto.input(i)) + " is listed twice");
      return false;
    }
  for (int i = 0; i < call.output_size(); ++i) {
    if (call.output(i).empty())
      continue;
    auto [it, isNew] = names.try_emplace(proto.output(i), call.output(i));
    if (isNew)
      continue;
    if (it->second.empty()) {
      fail(callText(call, function) + ", whose output " +
           quoted(proto.output(i)) + " is an input that the call leaves out");
      return false;
    }
    NodeProto &copy = copies.emplace_back();
    copy.set_op_type("Identity");
    copy.set_name(callName(call) + "/" + proto.output(i));
    copy.add_input(it->second);
    copy.add_output(call.output(i));
  }
  return true;
}

/// Attributes that refer to the function's own take the value of the call, or
/// the default; without either they are absent.
void Inliner::resolveAttributes(NodeProto &node, const NodeProto &call,
                                const Function &function) {
  google::protobuf::RepeatedPtrField<AttributeProto> kept;
  for (AttributeProto &attribute : *node.mutable_attribute()) {
    if (attribute.ref_attr_name().empty()) {
      kept.Add()->Swap(&attribute);
      continue;
    }
    const AttributeProto *value = nullptr;
    for (const AttributeProto &given : call.attribute())
      if (given.name() == attribute.ref_attr_name())
        value = &given;
    auto found = function.defaults.find(attribute.ref_attr_name());
    if (!value && found != function.defaults.end())
      value = &found->second;
    if (!value)
      continue;
    AttributeProto &copy = *kept.Add();
    copy = *value;
    copy.set_name(attribute.name());
  }
  node.mutable_attribute()->Swap(&kept);
}

/// Subgraphs read values of the function by name.
void Inliner::renameSubgraphs(NodeProto &node, const Names &names) {
  auto rename = [&](::onnx::GraphProto &body) {
    for (NodeProto &inner : *body.mutable_node()) {
      for (std::string &input : *inner.mutable_input())
        if (auto it = names.find(input); it != names.end())
          input = it->second;
      renameSubgraphs(inner, names);
    }
  };
  for (AttributeProto &attribute : *node.mutable_attribute()) {
    if (attribute.has_g())
      rename(*attribute.mutable_g());
    for (auto &body : *attribute.mutable_graphs())
      rename(body);
  }
}

void Inliner::add(NodeProto &&node, Function *within) {
  if (Function *function = called(node)) {
    expand(node, *function);
    return;
  }
  flat.Add(std::move(node));
  origins.push_back(within ? within->proto : nullptr);
}

void Inliner::expand(const NodeProto &call, Function &function) {
  Names names;
  std::vector<NodeProto> copies;
  if (errors.size() >= kMaxErrors || !bindCall(call, function, names, copies))
    return;
  std::string prefix = callName(call) + "/";
  auto rename = [&](std::string &value) {
    if (value.empty())
      return;
    auto [it, isNew] = names.try_emplace(value);
    if (isNew)
      it->second = fresh(prefix + value);
    value = it->second;
  };
  int number = 0;
  for (NodeProto node : function.proto->node()) {
    node.set_name(prefix + (node.name().empty()
                                ? node.op_type() + "_" + itostr(number)
                                : node.name()));
    ++number;
    for (std::string &input : *node.mutable_input())
      rename(input);
    for (std::string &output : *node.mutable_output())
      rename(output);
    resolveAttributes(node, call, function);
    renameSubgraphs(node, names);
    add(std::move(node), &function);
  }
  for (NodeProto &copy : copies)
    add(std::move(copy), &function);
}

bool Inliner::run() {
  ::onnx::GraphProto &graph = *model.mutable_graph();
  if (model.functions_size() == 0) {
    origins.assign(graph.node_size(), nullptr);
    return true;
  }
  collect();
  if (!errors.empty() || !withinLimits())
    return false;
  for (const auto &input : graph.input())
    used.try_emplace(input.name(), 0);
  for (const auto &tensor : graph.initializer())
    used.try_emplace(tensor.name(), 0);
  for (const NodeProto &node : graph.node())
    for (const std::string &output : node.output())
      used.try_emplace(output, 0);
  flat.Reserve(graph.node_size());
  for (NodeProto node : graph.node())
    add(std::move(node), nullptr);
  if (!errors.empty())
    return false;
  graph.mutable_node()->Swap(&flat);
  return true;
}

bool neuro::import::inlineFunctions(::onnx::ModelProto &model,
                                    NodeOrigins &origins,
                                    std::vector<std::string> &errors) {
  origins.clear();
  return Inliner(model, origins, errors).run();
}
