//===- Npz.h - NumPy array files --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npy (versions 1 to 3, C and Fortran order, both byte
// orders) and .npz (stored and deflated, zip64). Hostile bytes give an error,
// never more memory than the file could hold. No exception leaves this file.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_NPZ_H
#define NEURO_SUPPORT_NPZ_H

#include "neuro/Support/Array.h"

#include <string>

namespace neuro {

/// Each returns false and fills `error` (which does not name the file).
bool parseNpy(const uint8_t *data, size_t size, Array &array,
              std::string &error);
bool parseNpz(const uint8_t *data, size_t size, NamedArrays &arrays,
              std::string &error);

/// Each returns false and fills `error` (which names the file).
bool readNpy(const std::string &path, Array &array, std::string &error);
bool readNpz(const std::string &path, NamedArrays &arrays, std::string &error);

std::vector<uint8_t> serializeNpy(const Array &array);
/// Stored members by default; `compress` deflates them.
std::vector<uint8_t> serializeNpz(const NamedArrays &arrays,
                                  bool compress = false);

/// Written whole or not at all (writeFileAtomically).
bool writeNpz(const std::string &path, const NamedArrays &arrays,
              std::string &error, bool compress = false);

} // namespace neuro

#endif // NEURO_SUPPORT_NPZ_H
