//===- Select.h - neuron models to microcode -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NEUROTOLOIHI_SELECT_H
#define NEURO_LIB_CONVERSION_NEUROTOLOIHI_SELECT_H

#include "neuro/Dialect/Neuro/Neuro.h"

#include <string>
#include <vector>

namespace neuro {

/// A parameter of a program: one value, or one per neuron.
struct ProgramParameter {
  std::string name;
  std::vector<int32_t> values;
};

/// The microcode of one population.
struct NeuronProgram {
  std::vector<uint32_t> code;
  std::vector<ProgramParameter> parameters;
};

/// Selects instructions for a population's model and allocates registers.
/// Problems are reported at the population.
mlir::FailureOr<NeuronProgram> selectProgram(PopulationOp population);

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NEUROTOLOIHI_SELECT_H
