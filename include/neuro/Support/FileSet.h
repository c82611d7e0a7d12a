//===- FileSet.h - files that are written together --- -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The outputs of one run replace those of the run before together. Every file
// is written beside its place first, and synced. Then all are renamed, one
// after the other. Around the renames a marker, NAME.neuro-unfinished, stands
// beside every file of a set of several: a program stopped between two renames
// leaves it, and readers (File.h) refuse what it marks until the set is written
// again.
//
// Temporary files have no name while they are written, where the file system
// can do that. Those that a stopped program left are removed when the same
// file is written again, unless a living process holds them.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_FILESET_H
#define NEURO_SUPPORT_FILESET_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace neuro {

struct FileSetOptions {
  /// Give temporary files a name from the start, as on file systems that know
  /// no others.
  bool named = false;
};

class FileSet {
public:
  explicit FileSet(FileSetOptions options = {}) : options(options) {}
  FileSet(const FileSet &) = delete;
  FileSet &operator=(const FileSet &) = delete;
  /// Drops what was not committed.
  ~FileSet();

  /// Each returns false and fills `error`, which names the file.
  bool add(const std::string &path, const void *data, size_t size,
           std::string &error);
  /// Puts every file in its place. Devices and pipes cannot be replaced: they
  /// receive their bytes first, so that an error there changes no file.
  bool commit(std::string &error);

private:
  struct Member {
    std::string path, target, temporary;
    int fd = -1;
    std::vector<uint8_t> bytes; // for a device or a pipe
  };

  struct Marker {
    std::string path;
    int fd;
    bool stood; // before this set
  };

  bool openTemporary(Member &member, std::string &error);
  bool nameTemporaries(std::string &error);
  bool writeMarkers(std::vector<Marker> &markers, std::string &error);
  bool replaceAll(std::string &error);

  FileSetOptions options;
  std::vector<Member> members;
};

/// The file that a path leads to, through every link, also a link to a file
/// that does not exist yet. On failure returns false and sets errno.
bool resolveTarget(const std::string &path, std::string &target);

/// Beside a file, while its set is being renamed.
std::string markerOf(const std::string &target);

/// The files that one command reads and writes.
class FileRoles {
public:
  /// `role` stands in the message: "--output", "the model".
  void reads(const std::string &role, const std::string &path);
  void writes(const std::string &role, const std::string &path);

  /// One message per file that is written and also read, or written twice:
  /// the same file, whatever paths and links lead to it. Devices and pipes may
  /// have several roles.
  std::vector<std::string> conflicts() const;

private:
  struct Use {
    std::string role, path, target;
    bool isWritten, exists, isSpecial;
    uint64_t device, node;
  };
  static bool isSame(const Use &a, const Use &b);
  void add(const std::string &role, const std::string &path, bool isWritten);

  std::vector<Use> uses;
};

} // namespace neuro

#endif // NEURO_SUPPORT_FILESET_H
