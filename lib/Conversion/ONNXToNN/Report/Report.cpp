//===- Report.cpp - what cannot be converted ------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

using namespace mlir;
using namespace neuro::onnxnn;

static std::string domainText(const Unsupported &entry) {
  return entry.domain.empty() ? "ai.onnx" : entry.domain;
}

void neuro::onnxnn::printReport(InFlightDiagnostic &diag,
                                const Converter &converter, Location loc,
                                llvm::ArrayRef<Location> nodeLocs) {
  constexpr size_t kNames = 6;
  for (const std::string &problem : converter.problems)
    diag.attachNote(loc) << problem;
  for (const Unsupported &entry : converter.report) {
    std::string line = entry.op + " (" + domainText(entry) + ", opset " +
                       std::to_string(entry.opset) + "), " +
                       std::to_string(entry.nodes.size()) +
                       (entry.nodes.size() == 1 ? " node" : " nodes");
    std::string names;
    for (size_t i = 0; i < std::min(entry.nodes.size(), kNames); ++i) {
      const std::string &name = converter.nodes[entry.nodes[i]].name;
      if (!name.empty())
        names += (names.empty() ? " '" : ", '") + name + "'";
    }
    if (!names.empty() && entry.nodes.size() > kNames)
      names += " and " + std::to_string(entry.nodes.size() - kNames) + " more";
    line += names + ": " + entry.reason;
    if (!entry.nearest.empty())
      line += "; nearest supported form: " + entry.nearest;
    diag.attachNote(nodeLocs[entry.nodes.front()]) << line;
  }
}

std::string neuro::onnxnn::utf8(const std::string &text) {
  return llvm::json::isUTF8(text) ? text : llvm::json::fixUTF8(text);
}

void neuro::onnxnn::printReport(llvm::json::OStream &json,
                                const Converter &converter) {
  json.attributeArray("problems", [&] {
    for (const std::string &problem : converter.problems)
      json.value(utf8(problem));
  });
  json.attributeArray("unsupported", [&] {
    for (const Unsupported &entry : converter.report)
      json.object([&] {
        json.attribute("operator", utf8(entry.op));
        json.attribute("domain", utf8(domainText(entry)));
        json.attribute("opset", entry.opset);
        json.attribute("count", int64_t(entry.nodes.size()));
        json.attributeArray("nodes", [&] {
          for (int node : entry.nodes)
            json.value(utf8(converter.nodes[node].name));
        });
        json.attribute("reason", utf8(entry.reason));
        json.attribute("nearest", utf8(entry.nearest));
      });
  });
}
