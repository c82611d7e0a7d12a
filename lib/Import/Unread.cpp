//===- Unread.cpp - what of a graph no output needs -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Unread.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include <onnx/onnx_pb.h>

using namespace neuro::import;
using llvm::StringRef;

using Visit = llvm::function_ref<void(const std::string &)>;

/// Names that a node reads; a body of control flow also reads values around it.
static void forEachRead(const ::onnx::NodeProto &node, Visit visit) {
  for (const std::string &input : node.input())
    visit(input);
  auto body = [&](const ::onnx::GraphProto &graph) {
    for (const auto &inner : graph.node())
      forEachRead(inner, visit);
    for (const auto &output : graph.output())
      visit(output.name());
  };
  for (const auto &attribute : node.attribute()) {
    if (attribute.has_g())
      body(attribute.g());
    for (const auto &graph : attribute.graphs())
      body(graph);
  }
}

ReadSet::ReadSet(const ::onnx::GraphProto &graph)
    : nodes(graph.node_size(), false) {
  llvm::StringMap<int> producer;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string &output : graph.node(i).output())
      producer[output] = i;
  std::vector<int> work;
  auto read = [&](const std::string &name) {
    if (name.empty() || !values.insert(name).second)
      return;
    auto it = producer.find(name);
    if (it == producer.end() || nodes[it->second])
      return;
    nodes[it->second] = true;
    work.push_back(it->second);
  };
  for (const auto &output : graph.output())
    read(output.name());
  while (!work.empty()) {
    int node = work.back();
    work.pop_back();
    forEachRead(graph.node(node), read);
  }
}

std::string neuro::import::describeUnread(const ::onnx::GraphProto &graph,
                                          const ReadSet &read) {
  constexpr size_t kNames = 3;
  std::vector<std::string> parts;
  auto list = [&](const char *what, const std::vector<std::string> &names) {
    if (names.empty())
      return;
    std::string text = std::to_string(names.size()) + " " + what +
                       (names.size() == 1 ? " '" : "s '");
    for (size_t i = 0; i < std::min(names.size(), kNames); ++i)
      text += (i ? "', '" : "") + names[i];
    parts.push_back(text + (names.size() > kNames ? "', ..." : "'"));
  };
  llvm::StringSet<> initial;
  std::vector<std::string> inputs, initializers, nodes;
  for (const auto &tensor : graph.initializer()) {
    initial.insert(tensor.name());
    if (!read.reads(tensor.name()))
      initializers.push_back(tensor.name());
  }
  for (const auto &input : graph.input())
    if (!read.reads(input.name()) && !initial.contains(input.name()))
      inputs.push_back(input.name());
  for (int i = 0; i < graph.node_size(); ++i) {
    const auto &node = graph.node(i);
    if (read.nodes[i])
      continue;
    std::string name = node.name();
    if (name.empty())
      name = node.output_size() ? node.output(0) : node.op_type();
    nodes.push_back(name);
  }
  list("input", inputs);
  list("initializer", initializers);
  list("node", nodes);
  return parts.empty()
             ? ""
             : "no output needs " + llvm::join(parts, ", ") + ": left out";
}
