//===- File.h - whole-file reading and writing --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_FILE_H
#define NEURO_SUPPORT_FILE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace neuro {

/// Reads a file; on failure returns false and fills `error`, which names it.
bool readFile(const std::string &path, std::vector<uint8_t> &bytes,
              std::string &error);

/// Writes a file whole or not at all: into a temporary file beside it, synced,
/// then renamed over it. On failure nothing is left and what was there stays.
bool writeFileAtomically(const std::string &path, const void *data, size_t size,
                         std::string &error);

} // namespace neuro

#endif // NEURO_SUPPORT_FILE_H
