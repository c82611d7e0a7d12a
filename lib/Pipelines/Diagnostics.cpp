//===- Diagnostics.cpp - MLIR's diagnostics as plain data -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace neuro;

std::string neuro::describeLocation(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return "node '" + name.getName().str() + "'";
  if (auto file = dyn_cast<FileLineColLoc>(loc)) {
    std::string where = file.getFilename().str();
    if (file.getLine())
      where += ":" + std::to_string(file.getLine()) + ":" +
               std::to_string(file.getColumn());
    return where;
  }
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location inner : fused.getLocations())
      if (std::string where = describeLocation(inner); !where.empty())
        return where;
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return describeLocation(call.getCallee());
  return "";
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context,
                                         std::vector<CompileDiagnostic> &out)
    : handler(context, [&out](Diagnostic &diagnostic) {
        CompileDiagnostic entry;
        entry.message = diagnostic.str();
        entry.where = describeLocation(diagnostic.getLocation());
        switch (diagnostic.getSeverity()) {
        case DiagnosticSeverity::Error:
          entry.severity = CompileDiagnostic::Severity::Error;
          break;
        case DiagnosticSeverity::Warning:
          entry.severity = CompileDiagnostic::Severity::Warning;
          break;
        default:
          entry.severity = CompileDiagnostic::Severity::Remark;
        }
        for (Diagnostic &note : diagnostic.getNotes()) {
          std::string where = describeLocation(note.getLocation());
          entry.notes.push_back(where.empty() || where == entry.where
                                    ? note.str()
                                    : where + ": " + note.str());
        }
        out.push_back(std::move(entry));
        return success();
      }) {}

static const char *severityName(CompileDiagnostic::Severity severity) {
  switch (severity) {
  case CompileDiagnostic::Severity::Error:
    return "error";
  case CompileDiagnostic::Severity::Warning:
    return "warning";
  case CompileDiagnostic::Severity::Remark:
    return "remark";
  }
  return "error";
}

std::string CompileDiagnostic::str() const {
  std::string text = std::string(severityName(severity)) + ": ";
  if (!where.empty())
    text += where + ": ";
  text += message;
  for (const std::string &note : notes)
    text += "\n  note: " + note;
  return text;
}

std::string CompileDiagnostic::json() const {
  llvm::json::Object object{{"severity", severityName(severity)},
                            {"message", message},
                            {"where", where},
                            {"notes", llvm::json::Array(notes)}};
  return llvm::formatv("{0}", llvm::json::Value(std::move(object))).str();
}
