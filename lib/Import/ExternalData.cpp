//===- ExternalData.cpp - weights in files beside the model ---------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalData.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <climits>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using neuro::import::ExternalFiles;

/// The path without links; "" if there is no such file, with the reason.
static std::string realPath(const Twine &path, std::error_code &why) {
  SmallString<256> real;
  why = sys::fs::real_path(path, real);
  return why ? "" : real.str().str();
}

static std::string folderOf(StringRef path) {
  StringRef parent = sys::path::parent_path(path);
  return parent.empty() ? "." : parent.str();
}

/// What a file that is not an ordinary one is; "" for an ordinary one.
static const char *kindOf(mode_t mode) {
  return S_ISREG(mode)    ? ""
         : S_ISDIR(mode)  ? "a folder"
         : S_ISFIFO(mode) ? "a pipe"
         : S_ISSOCK(mode) ? "a socket"
         : S_ISCHR(mode)  ? "a device"
         : S_ISBLK(mode)  ? "a device"
                          : "not an ordinary file";
}

/// `location` without '.' and '..'; false if it is absolute, holds a zero byte,
/// or leaves the folder it starts in, if only on the way.
static bool normalise(StringRef location, std::string &path) {
  if (sys::path::is_absolute(location) || location.contains('\0'))
    return false;
  std::vector<StringRef> kept;
  SmallVector<StringRef> parts;
  location.split(parts, '/', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    if (part == ".")
      continue;
    if (part != "..") {
      kept.push_back(part);
      continue;
    }
    if (kept.empty())
      return false;
    kept.pop_back();
  }
  path.clear();
  for (StringRef part : kept)
    path += (path.empty() ? "" : "/") + part.str();
  return true;
}

ExternalFiles::ExternalFiles(StringRef modelPath)
    : folder(sys::path::parent_path(modelPath).str()) {
  std::error_code why;
  auto addFolder = [&](const std::string &path) {
    std::string real = realPath(path, why);
    if (real.empty())
      return;
    if (real.back() != '/')
      real += "/";
    if (is_contained(roots, real))
      return;
    roots.push_back(real);
    bases.push_back(real);
    // hub/models--NAME/snapshots/REVISION/... links to hub/models--NAME/blobs.
    size_t at = real.rfind("/snapshots/");
    if (at != std::string::npos)
      roots.push_back(real.substr(0, at) + "/blobs/");
  };
  // A link may name a link.
  constexpr int kMostLinks = 40;
  SmallString<256> path(modelPath);
  for (int i = 0; i < kMostLinks; ++i) {
    addFolder(folderOf(path));
    char target[PATH_MAX];
    ssize_t length = ::readlink(path.c_str(), target, sizeof(target));
    if (length <= 0 || size_t(length) == sizeof(target))
      break;
    SmallString<256> next(StringRef(target, size_t(length)));
    if (!sys::path::is_absolute(next)) {
      next = folderOf(path);
      sys::path::append(next, StringRef(target, size_t(length)));
    }
    path = next;
  }
}

std::vector<std::string> ExternalFiles::paths() const {
  std::vector<std::string> names;
  for (const auto &file : files)
    if (file.second)
      names.push_back(file.first().str());
  llvm::sort(names);
  return names;
}

const MemoryBuffer *ExternalFiles::open(StringRef location, std::string &name,
                                        std::string &error) {
  std::string path, real;
  std::error_code why =
      std::make_error_code(std::errc::no_such_file_or_directory);
  bool inside = normalise(location, path);
  SmallString<256> shown(folder);
  sys::path::append(shown, inside ? StringRef(path) : location);
  name = shown.str().str();
  if (inside)
    for (const std::string &base : bases)
      if (real = realPath(base + path, why); !real.empty())
        break;
  // A folder itself must not count as a file outside of it.
  if (inside && !real.empty())
    inside = llvm::any_of(roots, [&](const std::string &root) {
      return StringRef(real).starts_with(root) || real + "/" == root;
    });
  if (!inside) {
    error = "external data: '" + location.str() +
            "' leaves the model's folder; only files in or below it are read";
    return nullptr;
  }
  auto cannot = [&](const std::string &reason) {
    error = "external data: cannot open '" + name + "': " + reason +
            ": put the file next to the model";
    return nullptr;
  };
  if (real.empty())
    return cannot(why.message());
  std::unique_ptr<MemoryBuffer> &file = files[real];
  if (file)
    return file.get();
  // A pipe would be waited for, and opening a device may do anything.
  struct stat info;
  if (::stat(real.c_str(), &info) != 0)
    return cannot(sys::StrError());
  int fd = -1;
  const char *kind = kindOf(info.st_mode);
  if (!*kind) {
    fd = ::open(real.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      return cannot(sys::StrError());
    kind = ::fstat(fd, &info) == 0 ? kindOf(info.st_mode) : "not readable";
  }
  if (*kind) {
    error = "external data: '" + name + "' is " + kind +
            ", not an ordinary file: put a file of the weights there";
    if (fd >= 0)
      ::close(fd);
    return nullptr;
  }
  auto opened = MemoryBuffer::getOpenFile(fd, name, uint64_t(info.st_size),
                                          /*RequiresNullTerminator=*/false);
  ::close(fd);
  if (!opened)
    return cannot(opened.getError().message());
  file = std::move(*opened);
  return file.get();
}
