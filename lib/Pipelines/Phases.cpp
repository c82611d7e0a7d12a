//===- Phases.cpp - the phases of a compilation ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Phases.h"

using namespace neuro;

static constexpr PhaseInfo kPhases[] = {
    {Phase::ONNX, "onnx", "what the file said: one generic operation per node"},
    {Phase::NN, "nn",
     "what is computed, one token at a time, with scales for integers"},
    {Phase::Neuro, "neuro",
     "which neurons, synapses and learning rules, and when; no chip yet"},
    {Phase::Loihi, "loihi",
     "which core and which word; one to one with the binary"},
    {Phase::NRB, "nrb", "the binary that neuro-run executes"},
};

llvm::ArrayRef<PhaseInfo> neuro::getPhases() { return kPhases; }

llvm::StringRef neuro::getPhaseName(Phase phase) {
  return kPhases[static_cast<unsigned>(phase)].name;
}

std::optional<Phase> neuro::parsePhase(llvm::StringRef name) {
  for (const PhaseInfo &info : kPhases)
    if (info.name == name)
      return info.phase;
  return std::nullopt;
}

std::string neuro::getPhaseNames() {
  std::string names;
  for (const PhaseInfo &info : kPhases)
    names += (names.empty() ? "" : ", ") + info.name.str();
  return names;
}
