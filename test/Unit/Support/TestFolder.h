//===- TestFolder.h - a folder that goes with the test ----------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_TEST_UNIT_SUPPORT_TESTFOLDER_H
#define NEURO_TEST_UNIT_SUPPORT_TESTFOLDER_H

#include "gtest/gtest.h"

#include <algorithm>
#include <cstdlib>
#include <dirent.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace neuro {

class TestFolder {
public:
  TestFolder() { EXPECT_NE(::mkdtemp(&path[0]), nullptr); }
  ~TestFolder() {
    for (const std::string &name : list())
      if (::unlink(file(name).c_str()) != 0)
        ::rmdir(file(name).c_str());
    ::rmdir(path.c_str());
  }
  std::string file(const std::string &name) const { return path + "/" + name; }
  /// Names in order, without those that begin with a dot.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    if (DIR *dir = ::opendir(path.c_str())) {
      while (dirent *entry = ::readdir(dir))
        if (entry->d_name[0] != '.')
          names.push_back(entry->d_name);
      ::closedir(dir);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

private:
  std::string path = testing::TempDir() + "neuro-test-XXXXXX";
};

} // namespace neuro

#endif // NEURO_TEST_UNIT_SUPPORT_TESTFOLDER_H
