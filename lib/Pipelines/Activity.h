//===- Activity.h - what one sequence makes the chip do ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_PIPELINES_ACTIVITY_H
#define NEURO_LIB_PIPELINES_ACTIVITY_H

#include "neuro/Pipelines/Report.h"

namespace neuro {

/// Simulates the first calibration sequence (of an .npz, or of noise for
/// "random:SEED"). Nothing when the binary or the file cannot be used.
std::optional<Activity> measureActivity(const std::vector<uint8_t> &binary,
                                        const std::string &calibration);

} // namespace neuro

#endif // NEURO_LIB_PIPELINES_ACTIVITY_H
