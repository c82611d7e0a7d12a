//===- FileSetTest.cpp - files that are written together ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/FileSet.h"

#include "TestFolder.h"
#include "neuro/Support/File.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>

using namespace neuro;

namespace {

using Names = std::vector<std::string>;

bool write(const std::string &path, const std::string &text,
           std::string &error) {
  return writeFileAtomically(path, text.data(), text.size(), error);
}

void put(const std::string &path, const std::string &text) {
  std::FILE *file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(text.c_str(), file);
  std::fclose(file);
}

std::string get(const std::string &path) {
  std::vector<uint8_t> bytes;
  std::string error;
  if (!readFile(path, bytes, error))
    return "error: " + error;
  return std::string(bytes.begin(), bytes.end());
}

void expectHas(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(FileSet, ReplacesAllOrNone) {
  for (bool named : {false, true}) {
    TestFolder folder;
    FileSetOptions options;
    options.named = named;
    put(folder.file("a"), "old a");
    std::string error;
    {
      FileSet set(options);
      ASSERT_TRUE(set.add(folder.file("a"), "new a", 5, error)) << error;
      ASSERT_TRUE(set.add(folder.file("b"), "new b", 5, error)) << error;
      EXPECT_EQ(get(folder.file("a")), "old a");
      EXPECT_EQ(folder.list().size(), named ? 3u : 1u);
      // Not committed: nothing changes, nothing stays.
    }
    EXPECT_EQ(folder.list(), Names{"a"});
    EXPECT_EQ(get(folder.file("a")), "old a");
    FileSet set(options);
    ASSERT_TRUE(set.add(folder.file("a"), "new a", 5, error)) << error;
    ASSERT_TRUE(set.add(folder.file("b"), "new b", 5, error)) << error;
    ASSERT_TRUE(set.commit(error)) << error;
    EXPECT_EQ(folder.list(), (Names{"a", "b"}));
    EXPECT_EQ(get(folder.file("a")), "new a");
    EXPECT_EQ(get(folder.file("b")), "new b");
  }
}

TEST(FileSet, AFullDeviceChangesNoFile) {
  TestFolder folder;
  put(folder.file("a"), "old");
  std::string error;
  FileSet set;
  ASSERT_TRUE(set.add(folder.file("a"), "new", 3, error)) << error;
  ASSERT_TRUE(set.add("/dev/full", "new", 3, error)) << error;
  EXPECT_FALSE(set.commit(error));
  expectHas(error, "free some space");
  EXPECT_EQ(get(folder.file("a")), "old");
}

// The second rename cannot work, as when a program is stopped between the two.
TEST(FileSet, AMarkerTellsOfAnUnfinishedSet) {
  TestFolder folder;
  put(folder.file("a"), "old a");
  std::string error;
  {
    FileSet set;
    ASSERT_TRUE(set.add(folder.file("a"), "new a", 5, error)) << error;
    ASSERT_TRUE(set.add(folder.file("b"), "new b", 5, error)) << error;
    ASSERT_EQ(::mkdir(folder.file("b").c_str(), 0700), 0);
    EXPECT_FALSE(set.commit(error));
  }
  expectHas(error, "cannot write '" + folder.file("b") + "'");
  ASSERT_EQ(::rmdir(folder.file("b").c_str()), 0);
  EXPECT_EQ(folder.list(),
            (Names{"a", "a.neuro-unfinished", "b.neuro-unfinished"}));
  std::string refused = get(folder.file("a"));
  expectHas(refused, "may be of different runs; write them again, or remove");
  expectHas(refused, "a.neuro-unfinished");
  EXPECT_FALSE(checkInputFile(folder.file("a"), error));

  // Each file is right again when it is written again.
  ASSERT_TRUE(write(folder.file("a"), "alone", error)) << error;
  EXPECT_EQ(get(folder.file("a")), "alone");
  FileSet set;
  ASSERT_TRUE(set.add(folder.file("a"), "last a", 6, error)) << error;
  ASSERT_TRUE(set.add(folder.file("b"), "last b", 6, error)) << error;
  ASSERT_TRUE(set.commit(error)) << error;
  EXPECT_EQ(folder.list(), (Names{"a", "b"}));
  EXPECT_EQ(get(folder.file("b")), "last b");
}

TEST(FileSet, RemovesWhatAStoppedProgramLeft) {
  TestFolder folder;
  put(folder.file("a.neuro-tmp-0a1b2c"), "stale");
  put(folder.file("a.neuro-tmp-aBcDeF"), "alive");
  put(folder.file("a.neuro-tmp-longer-name"), "not ours");
  put(folder.file("b.neuro-tmp-0a1b2c"), "of another file");
  int alive = ::open(folder.file("a.neuro-tmp-aBcDeF").c_str(), O_RDONLY);
  ASSERT_EQ(::flock(alive, LOCK_EX), 0);
  std::string error;
  ASSERT_TRUE(write(folder.file("a"), "text", error)) << error;
  EXPECT_EQ(folder.list(),
            (Names{"a", "a.neuro-tmp-aBcDeF", "a.neuro-tmp-longer-name",
                   "b.neuro-tmp-0a1b2c"}));
  ::close(alive);
}

TEST(FileSet, WritesThroughLinks) {
  TestFolder folder;
  std::string error;
  put(folder.file("there"), "old");
  ASSERT_EQ(::symlink("there", folder.file("link").c_str()), 0);
  ASSERT_EQ(::symlink("absent", folder.file("dangling").c_str()), 0);
  ASSERT_EQ(::symlink("dangling", folder.file("chain").c_str()), 0);
  ASSERT_EQ(::symlink("loop", folder.file("loop").c_str()), 0);
  ASSERT_EQ(::symlink("no/such/file", folder.file("lost").c_str()), 0);
  ASSERT_TRUE(write(folder.file("link"), "1", error)) << error;
  EXPECT_EQ(get(folder.file("there")), "1");
  ASSERT_TRUE(write(folder.file("chain"), "2", error)) << error;
  EXPECT_EQ(get(folder.file("absent")), "2");
  for (const char *name : {"link", "dangling", "chain"}) {
    struct stat info;
    ASSERT_EQ(::lstat(folder.file(name).c_str(), &info), 0);
    EXPECT_TRUE(S_ISLNK(info.st_mode)) << name;
  }
  EXPECT_FALSE(write(folder.file("loop"), "3", error));
  expectHas(error, "cannot write '" + folder.file("loop"));
  EXPECT_FALSE(write(folder.file("lost"), "3", error));
  expectHas(error, "create the folder first");
}

TEST(FileSet, TakesTurnsWithAnother) {
  TestFolder folder;
  auto run = [&](const std::string &text) {
    for (int i = 0; i < 200; ++i) {
      std::string error;
      FileSet set;
      ASSERT_TRUE(set.add(folder.file("a"), text.data(), 1, error)) << error;
      ASSERT_TRUE(set.add(folder.file("b"), text.data(), 1, error)) << error;
      ASSERT_TRUE(set.commit(error)) << error;
    }
  };
  std::thread other([&] { run("x"); });
  run("y");
  other.join();
  EXPECT_EQ(get(folder.file("a")), get(folder.file("b")));
  EXPECT_EQ(folder.list(), (Names{"a", "b"}));
}

TEST(FileRoles, KnowAFileByItsIdentity) {
  TestFolder folder;
  put(folder.file("there"), "text");
  ASSERT_EQ(::symlink("there", folder.file("soft").c_str()), 0);
  ASSERT_EQ(::symlink("absent", folder.file("dangling").c_str()), 0);
  ASSERT_EQ(::link(folder.file("there").c_str(), folder.file("hard").c_str()),
            0);
  auto conflicts = [&](const std::string &read, const std::string &written) {
    FileRoles roles;
    roles.reads("--in", folder.file(read));
    roles.writes("--out", folder.file(written));
    return roles.conflicts();
  };
  for (const char *name : {"there", "soft", "hard", "./there", ".//soft"})
    EXPECT_EQ(conflicts("there", name).size(), 1u) << name;
  EXPECT_EQ(conflicts("there", "other").size(), 0u);
  EXPECT_EQ(conflicts("there", "soft").front(),
            "--out would overwrite --in: '" + folder.file("soft") + "' and '" +
                folder.file("there") +
                "' are the same file; choose another name");
  FileRoles roles;
  roles.writes("--a", folder.file("absent"));
  roles.writes("--b", folder.file("./absent"));
  roles.writes("--c", folder.file("dangling"));
  roles.writes("--d", folder.file("absent.neuro-unfinished"));
  roles.writes("--e", "/dev/null");
  roles.writes("--f", "/dev/null");
  roles.reads("--g", folder.file("there"));
  roles.reads("--h", folder.file("hard"));
  // a with b, a with c, b with c, and d is the marker of all three.
  EXPECT_EQ(roles.conflicts().size(), 6u);
}

TEST(InputFile, ReadsPipesAndRefusesDevices) {
  TestFolder folder;
  std::string pipe = folder.file("pipe"), error;
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string text(100000, 'x');
  std::thread writer([&] { put(pipe, text); });
  EXPECT_EQ(get(pipe), text);
  writer.join();
  expectHas(get("/dev/zero"), "it is a device; give a file");
  EXPECT_EQ(get("/dev/null"), "");
  // Output to a pipe arrives at who reads.
  std::thread reader([&] { EXPECT_EQ(get(pipe), "written"); });
  EXPECT_TRUE(write(pipe, "written", error)) << error;
  reader.join();
}

TEST(InputFile, SlowDoesNotWaitForEverOnAPipe) {
  TestFolder folder;
  std::string pipe = folder.file("pipe"), error;
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expectHas(get(pipe), "nobody wrote to it for 10 s");
  EXPECT_FALSE(write(pipe, "written", error));
  expectHas(error, "nobody read from for 10 s");
}

} // namespace
