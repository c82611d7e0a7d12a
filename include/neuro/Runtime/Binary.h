//===- Binary.h - loading and verifying a chip binary --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_BINARY_H
#define NEURO_RUNTIME_BINARY_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace neuro::nrb {
struct Binary;
struct Core;
} // namespace neuro::nrb
namespace neuro::target {
struct CoreContents;
} // namespace neuro::target

namespace neuro::runtime {

/// One problem. `offset` is the byte in the file that it concerns.
struct Diagnostic {
  std::string file;
  std::optional<uint64_t> offset;
  std::string message;

  /// "file.nrb:+0x1a4: message".
  std::string str() const;
};

/// The version this build reads and writes.
inline constexpr uint16_t kVersionMajor = 1, kVersionMinor = 0,
                          kVersionPatch = 0;

/// Every check of docs/spec/binary.md. Returns true when none failed; `data`
/// must be aligned to 8 bytes.
bool verifyBinary(const uint8_t *data, size_t size,
                  std::vector<Diagnostic> &diagnostics);

/// What L05 counts of a core of a verified binary.
target::CoreContents contentsOf(const nrb::Core &core);

/// The bytes of a verified binary.
class Binary {
public:
  /// Null and at least one diagnostic when the file cannot be read or is bad.
  static std::unique_ptr<Binary> load(const std::string &path,
                                      std::vector<Diagnostic> &diagnostics);
  /// `name` stands in messages for the file.
  static std::unique_ptr<Binary>
  fromBytes(std::vector<uint8_t> bytes, const std::string &name,
            std::vector<Diagnostic> &diagnostics);

  const std::string &name() const { return fileName; }
  const nrb::Binary &root() const { return *binary; }
  size_t sizeInBytes() const { return bytes.size(); }
  /// Of all bytes; ties a saved state to its binary.
  uint64_t hash() const;

private:
  Binary() = default;
  std::string fileName;
  std::vector<uint8_t> bytes;
  const nrb::Binary *binary = nullptr;
};

} // namespace neuro::runtime

#endif // NEURO_RUNTIME_BINARY_H
