//===- File.cpp - reading files, writing them whole -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/File.h"

#include "neuro/Support/FileSet.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

using namespace neuro;

std::string neuro::describeFileError(const char *verb, const std::string &path,
                                     int code) {
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

// A marker is locked while its set is being renamed: wait for that, which is
// short. One that stays was left by a program that was stopped.
static bool isUnfinished(const std::string &path) {
  std::string target;
  if (!resolveTarget(path, target))
    return false;
  int fd = ::open(markerOf(target).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return false;
  struct stat info;
  while (::flock(fd, LOCK_SH) != 0 && errno == EINTR)
    ;
  bool stays =
      ::fstat(fd, &info) == 0 && info.st_nlink > 0 && S_ISREG(info.st_mode);
  ::close(fd);
  return stays;
}

static bool checkKind(const std::string &path, const struct stat &info,
                      std::string &error) {
  mode_t mode = info.st_mode;
  if (S_ISDIR(mode)) {
    error = describeFileError("read", path, EISDIR);
    return false;
  }
  bool isNull = S_ISCHR(mode) && info.st_rdev == makedev(1, 3);
  if ((S_ISCHR(mode) && !isNull) || S_ISBLK(mode) || S_ISSOCK(mode)) {
    error = "cannot read '" + path + "': it is a " +
            (S_ISSOCK(mode) ? "socket" : "device") +
            "; give a file, or a pipe with data";
    return false;
  }
  if (S_ISREG(mode) && isUnfinished(path)) {
    std::string target;
    resolveTarget(path, target);
    error = "cannot read '" + path +
            "': a program was stopped while it replaced this file and others "
            "that belong to it (listed in '" +
            markerOf(target) +
            "'), so that they may be of different runs; write them again, or "
            "remove that marker to use the file as it is";
    return false;
  }
  return true;
}

bool neuro::checkInputFile(const std::string &path, std::string &error) {
  struct stat info;
  return ::stat(path.c_str(), &info) != 0 || checkKind(path, info, error);
}

InputFile::~InputFile() {
  if (fd >= 0)
    ::close(fd);
}

bool InputFile::open(const std::string &path, std::string &error) {
  struct stat info;
  // A device is not even opened, which can change it.
  if (!checkInputFile(path, error))
    return false;
  // Opening a pipe must not wait for its other end.
  fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    error = describeFileError("read", path, errno);
    return false;
  }
  if (!checkKind(path, info, error))
    return false;
  if (S_ISFIFO(info.st_mode))
    return readPipe(path, error);
  length = uint64_t(info.st_size);
  return true;
}

bool InputFile::readPipe(const std::string &path, std::string &error) {
  // Until somebody has opened the other end there is nothing to poll for.
  bool opened = false;
  std::vector<uint8_t> buffer(65536);
  while (true) {
    struct pollfd other = {fd, POLLIN, 0};
    int ready = ::poll(&other, 1, opened ? -1 : kPipeWaitSeconds * 1000);
    if (ready == 0) {
      error = "cannot read '" + path +
              "': it is a pipe, and nobody wrote to "
              "it for " +
              std::to_string(kPipeWaitSeconds) +
              " s; start the program that writes to it, or give a file";
      return false;
    }
    ssize_t got = ready < 0 ? -1 : ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EAGAIN)
      continue;
    if (got < 0) {
      error = describeFileError("read", path, errno);
      return false;
    }
    opened = true;
    if (got == 0)
      break;
    if (held.size() + size_t(got) > kMaxPipeBytes) {
      error = "cannot read '" + path + "': a pipe may give at most " +
              std::to_string(kMaxPipeBytes >> 20) +
              " MiB; write the data into a file first";
      return false;
    }
    held.insert(held.end(), buffer.data(), buffer.data() + got);
  }
  data = held.data();
  length = held.size();
  return true;
}

bool InputFile::read(uint64_t offset, void *to, size_t count) const {
  if (offset > length || length - offset < count)
    return false;
  if (data) {
    std::memcpy(to, data + offset, count);
    return true;
  }
  char *next = static_cast<char *>(to);
  while (count) {
    ssize_t got = ::pread(fd, next, count, off_t(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    next += got;
    offset += uint64_t(got);
    count -= size_t(got);
  }
  return true;
}

bool neuro::readFile(const std::string &path, std::vector<uint8_t> &bytes,
                     std::string &error) {
  InputFile file;
  if (!file.open(path, error))
    return false;
  bytes.resize(file.size());
  if (bytes.empty() || file.read(0, bytes.data(), bytes.size()))
    return true;
  error = "cannot read '" + path +
          "': it has become shorter, or the disk "
          "fails; copy the file again";
  return false;
}

bool neuro::writeFileAtomically(const std::string &path, const void *data,
                                size_t size, std::string &error) {
  FileSet set;
  return set.add(path, data, size, error) && set.commit(error);
}
