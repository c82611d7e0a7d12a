//===- VerifyMeaning.h - the second half of loading -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_RUNTIME_VERIFYMEANING_H
#define NEURO_LIB_RUNTIME_VERIFYMEANING_H

#include "neuro/Runtime/Binary.h"

#include <functional>
#include <string>

namespace neuro::nrb {
struct Core;
struct Rule;
} // namespace neuro::nrb
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
/// Whether a term is for d.
bool changesDelays(const nrb::Rule &rule);

} // namespace neuro::runtime

#endif // NEURO_LIB_RUNTIME_VERIFYMEANING_H
