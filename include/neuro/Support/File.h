//===- File.h - reading files, writing them whole --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What may be read: files, and pipes (process substitution, /dev/stdin) of up
// to kMaxPipeBytes. A pipe that nobody opens for writing within
// kPipeWaitSeconds is an error, and so are folders and devices.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_FILE_H
#define NEURO_SUPPORT_FILE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace neuro {

inline constexpr uint64_t kMaxPipeBytes = uint64_t(1) << 31;
inline constexpr int kPipeWaitSeconds = 10;

/// An open file, read in parts; or bytes in memory as if they were one.
class InputFile {
public:
  InputFile() = default;
  InputFile(const uint8_t *data, size_t size) : data(data), length(size) {}
  InputFile(const InputFile &) = delete;
  InputFile &operator=(const InputFile &) = delete;
  ~InputFile();

  /// On failure returns false and fills `error`, which names the file.
  bool open(const std::string &path, std::string &error);
  uint64_t size() const { return length; }
  /// False when the file has not `count` bytes from `offset` on.
  bool read(uint64_t offset, void *to, size_t count) const;

private:
  bool readPipe(const std::string &path, std::string &error);

  int fd = -1;
  std::vector<uint8_t> held; // of a pipe
  const uint8_t *data = nullptr;
  uint64_t length = 0;
};

/// Reads a file; on failure returns false and fills `error`, which names it.
bool readFile(const std::string &path, std::vector<uint8_t> &bytes,
              std::string &error);

/// Fills `error` when `path` cannot be an input: it is a folder or a device, or
/// of a set that was not finished (FileSet.h). For readers that open it
/// themselves; a path that does not exist is left to them.
bool checkInputFile(const std::string &path, std::string &error);

/// "cannot VERB 'PATH': REASON", for a code of errno, with a remedy.
std::string describeFileError(const char *verb, const std::string &path,
                              int code);

/// Writes a file whole or not at all, as a FileSet of one. On failure nothing
/// is left and what was there stays.
bool writeFileAtomically(const std::string &path, const void *data, size_t size,
                         std::string &error);

} // namespace neuro

#endif // NEURO_SUPPORT_FILE_H
