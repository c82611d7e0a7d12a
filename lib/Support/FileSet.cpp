//===- FileSet.cpp - files that are written together ----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/FileSet.h"

#include "neuro/Support/File.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace neuro;

namespace {

constexpr const char *kTemporary = ".neuro-tmp-";
constexpr const char *kTemporaryEnd = "XXXXXX";
constexpr int kMaxLinks = 40;
constexpr int kTriesPerSecond = 50;
constexpr int kMarkerTries = 5 * kTriesPerSecond;

std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string nameOf(const std::string &path) {
  return path.substr(path.rfind('/') + 1);
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

void pause() {
  struct timespec time = {0, 1000 * 1000 * 1000 / kTriesPerSecond};
  ::nanosleep(&time, nullptr);
}

// A pipe without a reader cannot be opened at once; wait for one, not for ever.
int openSpecial(const std::string &path) {
  for (int tries = kPipeWaitSeconds * kTriesPerSecond;; --tries) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
      int flags = ::fcntl(fd, F_GETFL);
      if (flags >= 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
        return fd;
      ::close(fd);
      return -1;
    }
    if (errno != ENXIO || tries <= 0)
      return -1;
    pause();
  }
}

// Who holds the lock of a temporary file is alive: the lock ends with its
// process, however that ends.
void removeStale(const std::string &target) {
  std::string folder = folderOf(target), start = nameOf(target) + kTemporary;
  DIR *dir = ::opendir(folder.c_str());
  if (!dir)
    return;
  while (dirent *entry = ::readdir(dir)) {
    std::string name = entry->d_name;
    if (name.size() != start.size() + std::strlen(kTemporaryEnd) ||
        name.compare(0, start.size(), start) != 0)
      continue;
    int fd = ::openat(::dirfd(dir), name.c_str(),
                      O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat info;
    if (fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        ::flock(fd, LOCK_EX | LOCK_NB) == 0)
      ::unlinkat(::dirfd(dir), name.c_str(), 0);
    if (fd >= 0)
      ::close(fd);
  }
  ::closedir(dir);
}

// Locks the marker, which may stand there already: `stood`. Whoever else holds
// it does for a moment only, and removes it.
int lockMarker(const std::string &path, bool &stood) {
  for (int tries = kMarkerTries; tries > 0; --tries) {
    int fd =
        ::open(path.c_str(),
               O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (fd < 0)
      return -1;
    struct stat info;
    bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (locked && ::fstat(fd, &info) == 0 && info.st_nlink > 0) {
      stood = info.st_size > 0;
      return fd;
    }
    ::close(fd);
    if (!locked)
      pause();
  }
  errno = EWOULDBLOCK;
  return -1;
}

// Interrupting waits until the files are in place.
class SignalsBlocked {
public:
  SignalsBlocked() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      ::sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }

private:
  sigset_t before;
};

} // namespace

std::string neuro::markerOf(const std::string &target) {
  return target + ".neuro-unfinished";
}

bool neuro::resolveTarget(const std::string &path, std::string &target) {
  std::string at = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    struct stat info;
    bool exists = ::lstat(at.c_str(), &info) == 0;
    if (!exists && errno != ENOENT)
      return false;
    if (!exists || !S_ISLNK(info.st_mode)) {
      char *folder = ::realpath(folderOf(at).c_str(), nullptr);
      if (!folder)
        return false;
      target = folder;
      std::free(folder);
      std::string name = nameOf(at);
      if (name == "." || name == ".." || name.empty()) {
        errno = EISDIR;
        return false;
      }
      target += (target == "/" ? "" : "/") + name;
      return true;
    }
    char text[PATH_MAX];
    ssize_t length = ::readlink(at.c_str(), text, sizeof(text));
    if (length < 0)
      return false;
    std::string next(text, size_t(length));
    at = next[0] == '/' ? next : folderOf(at) + "/" + next;
  }
  errno = ELOOP;
  return false;
}

FileSet::~FileSet() {
  for (Member &member : members) {
    if (!member.temporary.empty())
      ::unlink(member.temporary.c_str());
    if (member.fd >= 0)
      ::close(member.fd);
  }
}

bool FileSet::openTemporary(Member &member, std::string &error) {
  if (!options.named && ::access("/proc/self/fd", X_OK) == 0) {
    member.fd = ::open(folderOf(member.target).c_str(),
                       O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (member.fd >= 0 && ::flock(member.fd, LOCK_EX) == 0)
      return true;
    if (member.fd >= 0)
      ::close(member.fd);
  }
  // Between making a file and locking it, another process may take it for
  // stale and remove it.
  while (true) {
    member.temporary = member.target + kTemporary + kTemporaryEnd;
    member.fd = ::mkstemp(&member.temporary[0]);
    struct stat info;
    if (member.fd < 0 || ::fcntl(member.fd, F_SETFD, FD_CLOEXEC) != 0 ||
        ::flock(member.fd, LOCK_EX) != 0 || ::fstat(member.fd, &info) != 0) {
      error = describeFileError("write", member.path, errno);
      if (member.fd < 0)
        member.temporary.clear();
      return false;
    }
    if (info.st_nlink > 0)
      return true;
    ::close(member.fd);
  }
}

bool FileSet::add(const std::string &path, const void *data, size_t size,
                  std::string &error) {
  auto fail = [&](int code) {
    error = describeFileError("write", path, code);
    return false;
  };
  members.emplace_back();
  Member &member = members.back();
  member.path = path;
  struct stat info;
  bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    return fail(EISDIR);
  // A device or a pipe cannot be replaced by a rename.
  if (exists && !S_ISREG(info.st_mode)) {
    const uint8_t *bytes = static_cast<const uint8_t *>(data);
    member.bytes.assign(bytes, bytes + size);
    return true;
  }
  // A link keeps pointing at the file it names, whether that exists or not.
  if (!resolveTarget(path, member.target))
    return fail(errno);
  if (exists && ::access(member.target.c_str(), W_OK) != 0)
    return fail(errno);
  removeStale(member.target);
  if (!openTemporary(member, error))
    return false;
  if (!writeAll(member.fd, data, size) ||
      ::fchmod(member.fd, exists ? info.st_mode & 07777 : 0644) != 0 ||
      ::fsync(member.fd) != 0)
    return fail(errno);
  return true;
}

bool FileSet::nameTemporaries(std::string &error) {
  for (Member &member : members) {
    if (member.fd < 0 || !member.temporary.empty())
      continue;
    std::string from = "/proc/self/fd/" + std::to_string(member.fd);
    unsigned number = unsigned(::getpid());
    do {
      char end[16];
      std::snprintf(end, sizeof(end), "%06x", number++ & 0xffffff);
      std::string name = member.target + kTemporary + end;
      if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(),
                   AT_SYMLINK_FOLLOW) == 0)
        member.temporary = name;
    } while (member.temporary.empty() && errno == EEXIST);
    if (member.temporary.empty()) {
      error = describeFileError("write", member.path, errno);
      return false;
    }
  }
  return true;
}

bool FileSet::writeMarkers(std::vector<Marker> &markers, std::string &error) {
  std::vector<std::string> targets;
  for (const Member &member : members)
    if (member.fd >= 0)
      targets.push_back(member.target);
  // In one order, so that two programs with the same files take turns.
  std::sort(targets.begin(), targets.end());
  std::string text = "A program was stopped while it replaced these files, "
                     "which belong together:\n";
  for (const std::string &target : targets)
    text += target + "\n";
  for (const std::string &target : targets) {
    Marker marker = {markerOf(target), -1, false};
    // One file alone needs none, but ends what an older one says of it.
    if (targets.size() == 1 && ::access(marker.path.c_str(), F_OK) != 0)
      continue;
    marker.fd = lockMarker(marker.path, marker.stood);
    if (marker.fd >= 0)
      markers.push_back(marker);
    if (marker.fd < 0 || ::ftruncate(marker.fd, 0) != 0 ||
        !writeAll(marker.fd, text.data(), text.size())) {
      error = errno == EWOULDBLOCK
                  ? "cannot write '" + target +
                        "': another program is writing it; give every run "
                        "files of its own"
                  : describeFileError("write", marker.path, errno);
      return false;
    }
  }
  return true;
}

bool FileSet::replaceAll(std::string &error) {
  SignalsBlocked blocked;
  std::vector<Marker> markers;
  size_t renamed = 0;
  bool ok = nameTemporaries(error) && writeMarkers(markers, error);
  for (Member &member : members) {
    if (!ok || member.fd < 0)
      continue;
    ok = ::rename(member.temporary.c_str(), member.target.c_str()) == 0;
    if (ok) {
      member.temporary.clear();
      ++renamed;
    } else {
      error = describeFileError("write", member.path, errno);
    }
  }
  // They go when all files were replaced, or none.
  for (const Marker &marker : markers) {
    if (ok || (renamed == 0 && !marker.stood))
      ::unlink(marker.path.c_str());
    ::close(marker.fd);
  }
  return ok;
}

bool FileSet::commit(std::string &error) {
  for (const Member &member : members) {
    if (member.fd >= 0)
      continue;
    int fd = openSpecial(member.path);
    if (fd < 0 || !writeAll(fd, member.bytes.data(), member.bytes.size())) {
      error = describeFileError("write", member.path, errno);
      if (errno == ENXIO)
        error += "; it is a pipe that nobody read from for " +
                 std::to_string(kPipeWaitSeconds) + " s";
      if (fd >= 0)
        ::close(fd);
      return false;
    }
    if (::close(fd) != 0) {
      error = describeFileError("write", member.path, errno);
      return false;
    }
  }
  return replaceAll(error);
}

void FileRoles::reads(const std::string &role, const std::string &path) {
  add(role, path, false);
}

void FileRoles::writes(const std::string &role, const std::string &path) {
  add(role, path, true);
}

void FileRoles::add(const std::string &role, const std::string &path,
                    bool isWritten) {
  if (path.empty())
    return;
  Use use = {role, path, "", isWritten, false, false, 0, 0};
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    use.exists = true;
    use.isSpecial = !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
    use.device = uint64_t(info.st_dev);
    use.node = uint64_t(info.st_ino);
  }
  // Where even the folder is missing, opening the file will say so.
  if (!resolveTarget(path, use.target))
    use.target = path;
  uses.push_back(std::move(use));
}

bool FileRoles::isSame(const Use &a, const Use &b) {
  if (a.exists && b.exists && a.device == b.device && a.node == b.node)
    return true;
  return a.target == b.target ||
         (a.isWritten && markerOf(a.target) == b.target) ||
         (b.isWritten && markerOf(b.target) == a.target);
}

std::vector<std::string> FileRoles::conflicts() const {
  std::vector<std::string> messages;
  for (size_t i = 0; i < uses.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const Use &a = uses[j], &b = uses[i];
      if (!(a.isWritten || b.isWritten) || a.isSpecial || b.isSpecial ||
          !isSame(a, b))
        continue;
      const Use &written = b.isWritten ? b : a, &other = b.isWritten ? a : b;
      messages.push_back(written.role + " would overwrite " + other.role +
                         ": '" + written.path + "' and '" + other.path +
                         "' are the same file; choose another name");
    }
  return messages;
}
