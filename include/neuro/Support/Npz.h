//===- Npz.h - NumPy array files --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npy (versions 1 to 3, C and Fortran order, both byte
// orders) and .npz (stored and deflated, zip64). No exception but bad_alloc
// leaves this file.
//
// The directory of an .npz is read first, then the headers of the arrays asked
// for, then the data of those that fit. So hostile bytes cost no more memory
// than the file justifies: members do not overlap, and more than 256 MiB
// expand a hundredfold at most.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_NPZ_H
#define NEURO_SUPPORT_NPZ_H

#include "neuro/Support/Array.h"

#include <functional>
#include <string>

namespace neuro {

class InputFile;

/// Decides by type and shape (the array has no data yet) whether an array is of
/// use. One that is not is given without its data, for messages.
using ArrayFilter =
    std::function<bool(const std::string &name, const Array &array)>;

struct NpzRequest {
  /// By name; null: all. Nothing of the others is read.
  std::function<bool(const std::string &name)> wants;
  /// By type and shape; null: all.
  ArrayFilter fits;
  /// Give also arrays that are not wanted, but only their names.
  bool keepNames = false;
};

/// Each returns false and fills `error` (which does not name the file).
bool parseNpy(const uint8_t *data, size_t size, Array &array,
              std::string &error);
bool parseNpz(const uint8_t *data, size_t size, NamedArrays &arrays,
              std::string &error);

/// Each returns false and fills `error` (which names the file). Arrays are
/// added to those that are there.
bool readNpy(const std::string &path, const ArrayFilter &fits, Array &array,
             std::string &error);
bool readNpz(const std::string &path, const NpzRequest &request,
             NamedArrays &arrays, std::string &error);

struct NpzMember {
  std::string name;
  unsigned method;
  uint32_t crc;
  uint64_t compressed, size, header;
};

/// The arrays of an .npz, read one by one. Errors do not name the file.
class NpzDirectory {
public:
  explicit NpzDirectory(const InputFile &file) : file(file) {}

  bool read(std::string &error);
  const std::vector<std::string> &names() const { return arrayNames; }
  bool readArray(size_t index, const ArrayFilter &fits, Array &array,
                 std::string &error);

private:
  bool readEntry(const std::vector<uint8_t> &bytes, size_t &next,
                 std::vector<NpzMember> &all, std::string &error);
  bool checkMembers(std::vector<NpzMember> &all, uint64_t directory,
                    std::string &error);

  const InputFile &file;
  std::vector<std::string> arrayNames;
  std::vector<NpzMember> members;    // of the same index
  uint64_t expanded = 0, packed = 0; // of what was read
};

std::vector<uint8_t> serializeNpy(const Array &array);
/// Stored members by default; `compress` deflates them.
std::vector<uint8_t> serializeNpz(const NamedArrays &arrays,
                                  bool compress = false);

/// Written whole or not at all (writeFileAtomically).
bool writeNpz(const std::string &path, const NamedArrays &arrays,
              std::string &error, bool compress = false);

} // namespace neuro

#endif // NEURO_SUPPORT_NPZ_H
