//===- Unread.h - what of a graph no output needs -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_UNREAD_H
#define NEURO_LIB_IMPORT_UNREAD_H

#include "llvm/ADT/StringSet.h"
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
} // namespace onnx

namespace neuro::import {

/// What the outputs of a graph depend on.
struct ReadSet {
  std::vector<bool> nodes;
  llvm::StringSet<> values;

  explicit ReadSet(const ::onnx::GraphProto &graph);
  bool reads(llvm::StringRef value) const { return values.contains(value); }
};

/// One line about everything of the graph that is not in the set; "" if there
/// is nothing.
std::string describeUnread(const ::onnx::GraphProto &graph,
                           const ReadSet &read);

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_UNREAD_H
