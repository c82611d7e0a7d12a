//===- Failures.cpp - what nobody handles, in a program -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Failures.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <system_error>
#include <unistd.h>

using namespace neuro;

static const char *toolName = "neuro";

// Without memory: no stream, no string.
void neuro::failWith(const char *message) {
  const char *parts[] = {toolName, ": error: ", message, "\n"};
  for (const char *part : parts)
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0)
      break;
  ::_exit(1);
}

void neuro::failOutOfMemory() {
  failWith("out of memory; close other programs, raise the limit (ulimit -v), "
           "or take a smaller model or fewer sequences");
}

static void onTerminate() {
  try {
    if (std::current_exception())
      std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc &) {
    failOutOfMemory();
  } catch (const std::system_error &error) {
    if (error.code() == std::errc::resource_unavailable_try_again)
      failWith("cannot start a thread: memory or threads are at their limit "
               "(ulimit -v, ulimit -u)");
    failWith(error.what());
  } catch (const std::exception &error) {
    failWith(error.what());
  } catch (...) {
  }
  failWith("stopped unexpectedly; this is our fault, please report it with "
           "this command line");
}

void neuro::installFailureHandlers(const char *tool) {
  toolName = tool;
  std::set_terminate(onTerminate);
}

bool neuro::flushOutput(std::string &error) {
  errno = 0;
  bool ok = std::fflush(stdout) == 0 && !std::ferror(stdout);
  std::cout.flush();
  if (ok && std::cout)
    return true;
  error = "cannot write to the standard output";
  if (errno)
    error += std::string(": ") + std::strerror(errno);
  return false;
}
