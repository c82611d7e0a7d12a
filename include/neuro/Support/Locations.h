//===- Locations.h - what a location says about the source model -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_LOCATIONS_H
#define NEURO_SUPPORT_LOCATIONS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

namespace neuro {

/// The first node of the source model that a location names; "" if none.
inline llvm::StringRef nodeNameIn(mlir::Location loc) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(loc))
    return name.getName();
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc))
    for (mlir::Location part : fused.getLocations())
      if (llvm::StringRef name = nodeNameIn(part); !name.empty())
        return name;
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(loc))
    return nodeNameIn(call.getCallee());
  return "";
}

/// The operation that a location stands for, where a lowering noted it as
/// metadata; "" if none.
inline llvm::StringRef operationIn(mlir::Location loc) {
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc))
    if (auto operation =
            llvm::dyn_cast_or_null<mlir::StringAttr>(fused.getMetadata()))
      return operation;
  return "";
}

} // namespace neuro

#endif // NEURO_SUPPORT_LOCATIONS_H
