//===- EmitSystem.h - a mapped network as loihi ops -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NEUROTOLOIHI_EMITSYSTEM_H
#define NEURO_LIB_CONVERSION_NEUROTOLOIHI_EMITSYSTEM_H

#include "BuildNetwork.h"

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Mapping/Tables.h"

namespace neuro {

/// Builds the loihi.system in front of the network.
loihi::SystemOp emitSystem(mlir::OpBuilder &builder, NetworkOp network,
                           const MappableNetwork &mappable,
                           const mapping::Partition &partition,
                           const mapping::Tables &tables,
                           llvm::ArrayRef<mapping::Place> places,
                           const target::TargetModel &model, uint64_t seed);

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NEUROTOLOIHI_EMITSYSTEM_H
