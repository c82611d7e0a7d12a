//===- Phases.h - the phases of a compilation ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_PHASES_H
#define NEURO_PIPELINES_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace neuro {

enum class Phase { ONNX, NN, Neuro, Loihi, NRB };

struct PhaseInfo {
  Phase phase;
  llvm::StringLiteral name;
  llvm::StringLiteral description;
};

/// All phases, in order.
llvm::ArrayRef<PhaseInfo> getPhases();

llvm::StringRef getPhaseName(Phase phase);
std::optional<Phase> parsePhase(llvm::StringRef name);

/// "onnx, nn, neuro, loihi, nrb".
std::string getPhaseNames();

} // namespace neuro

#endif // NEURO_PIPELINES_PHASES_H
