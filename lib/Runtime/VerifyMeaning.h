//===- VerifyMeaning.h - the second half of loading -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_VERIFYMEANING_H
#define NEURO_LIB_RUNTIME_VERIFYMEANING_H

#include "Decode.h"

#include "neuro/Runtime/Binary.h"
#include "neuro/Support/Names.h"

#include <functional>
#include <string>

namespace neuro::target {
struct TargetModel;
} // namespace neuro::target

namespace neuro::runtime {

/// B4 and B5, for data that has passed B1 to B3.
bool verifyMeaning(const uint8_t *data, std::vector<Diagnostic> &diagnostics);

/// Takes the place in the file and the message.
using ReportProblem = std::function<void(const void *, std::string)>;

/// The learning rules of a core; `where` names it.
void verifyRules(const nrb::Core &core, const std::string &where,
                 const target::TargetModel &model, const ReportProblem &report);
/// What the file of `size` bytes refers to, each thing as often as it is
/// referred to, is not more than the file (B6). Everything behind this may
/// walk the tables.
bool verifySize(const nrb::Binary &binary, uint64_t size,
                const ReportProblem &report);
/// Every name and text of the file (B7).
void verifyNames(const nrb::Binary &binary, const ReportProblem &report);
/// Inputs, outputs and golden arrays.
void verifyPorts(const nrb::Binary &binary, const ReportProblem &report);
/// Senders 0.. of `what`, `count` of them.
void verifyFanoutIndex(const std::string &what,
                       const flatbuffers::Vector<uint32_t> *index,
                       const flatbuffers::Vector<const nrb::AxonOut *> *fanout,
                       uint64_t count, const void *owner,
                       const ReportProblem &report);
void verifyFanout(const nrb::Binary &binary, const std::string &what,
                  const flatbuffers::Vector<const nrb::AxonOut *> *fanout,
                  const ReportProblem &report);

/// A name of the file in a message.
inline std::string quoted(const flatbuffers::String *name) {
  return "'" + (name ? printable(name->string_view()) : std::string()) + "'";
}

/// One value for all, or one for each.
template <typename Vector>
bool broadcasts(const Vector *values, uint64_t count) {
  return values && (values->size() == 1 || values->size() == count);
}

/// Whether a term is for d.
bool changesDelays(const nrb::Rule &rule);

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_VERIFYMEANING_H
