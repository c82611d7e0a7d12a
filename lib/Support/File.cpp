//===- File.cpp - whole-file reading and writing --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/File.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace neuro;

namespace {

std::string describe(const char *verb, const std::string &path, int code) {
  std::string text =
      std::string("cannot ") + verb + " '" + path + "': " + std::strerror(code);
  if (code == ENOENT && verb[0] == 'r')
    text += "; check the path";
  if (code == ENOENT && verb[0] == 'w')
    text += "; create the folder first";
  if (code == ENOSPC || code == EDQUOT)
    text += "; free some space or write elsewhere";
  return text;
}

bool writeAll(int fd, const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  while (size) {
    ssize_t written = ::write(fd, next, size);
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return false;
    }
    next += written;
    size -= size_t(written);
  }
  return true;
}

} // namespace

bool neuro::readFile(const std::string &path, std::vector<uint8_t> &bytes,
                     std::string &error) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    error = describe("read", path, errno);
    if (fd >= 0)
      ::close(fd);
    return false;
  }
  if (S_ISDIR(info.st_mode)) {
    ::close(fd);
    error = describe("read", path, EISDIR);
    return false;
  }
  bytes.clear();
  if (S_ISREG(info.st_mode))
    bytes.reserve(size_t(info.st_size));
  uint8_t buffer[65536];
  while (true) {
    ssize_t got = ::read(fd, buffer, sizeof(buffer));
    if (got < 0) {
      if (errno == EINTR)
        continue;
      error = describe("read", path, errno);
      ::close(fd);
      return false;
    }
    if (got == 0)
      break;
    bytes.insert(bytes.end(), buffer, buffer + got);
  }
  ::close(fd);
  return true;
}

bool neuro::writeFileAtomically(const std::string &path, const void *data,
                                size_t size, std::string &error) {
  struct stat info;
  bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    error = describe("write", path, EISDIR);
    return false;
  }
  // A device or a pipe cannot be replaced by a rename.
  if (exists && !S_ISREG(info.st_mode)) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && writeAll(fd, data, size);
    if (!ok)
      error = describe("write", path, errno);
    if (fd >= 0 && ::close(fd) != 0 && ok) {
      error = describe("write", path, errno);
      ok = false;
    }
    return ok;
  }

  // A link keeps pointing at the file it names.
  std::string target = path;
  if (char *resolved = exists ? ::realpath(path.c_str(), nullptr) : nullptr) {
    target = resolved;
    std::free(resolved);
  }
  if (exists && ::access(target.c_str(), W_OK) != 0) {
    error = describe("write", path, errno);
    return false;
  }
  std::string temporary = target + ".tmpXXXXXX";
  int fd = ::mkstemp(&temporary[0]);
  if (fd < 0) {
    error = describe("write", path, errno);
    return false;
  }
  bool ok = writeAll(fd, data, size) &&
            ::fchmod(fd, exists ? info.st_mode & 07777 : 0644) == 0 &&
            ::fsync(fd) == 0;
  int code = errno;
  if (::close(fd) != 0 && ok) {
    ok = false;
    code = errno;
  }
  if (ok && ::rename(temporary.c_str(), target.c_str()) != 0) {
    ok = false;
    code = errno;
  }
  if (!ok) {
    ::unlink(temporary.c_str());
    error = describe("write", path, code);
  }
  return ok;
}
