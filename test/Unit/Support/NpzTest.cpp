//===- NpzTest.cpp - NumPy files and whole-file writing -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Npz.h"

#include "TestFolder.h"
#include "neuro/Support/File.h"

#include <cstring>
#include <random>
#include <sys/stat.h>

using namespace neuro;

namespace {

std::vector<uint8_t> npy(const std::string &header,
                         const std::vector<uint8_t> &data, uint8_t major = 1) {
  std::vector<uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', major, 0};
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    bytes.push_back(uint8_t(header.size() >> (8 * i)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string parse(const std::vector<uint8_t> &bytes, Array &array) {
  std::string error;
  bool ok = parseNpy(bytes.data(), bytes.size(), array, error);
  EXPECT_EQ(ok, error.empty());
  return error;
}

TEST(Npy, ReadsEveryVersionAndOrder) {
  std::vector<uint8_t> data = {1, 2, 3, 4, 5, 6};
  for (uint8_t major = 1; major <= 3; ++major) {
    Array array;
    EXPECT_EQ(parse(npy("{'descr': '|u1', 'fortran_order': False, "
                        "'shape': (2, 3), }\n",
                        data, major),
                    array),
              "");
    EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(array.data, data);
  }
  Array array;
  EXPECT_EQ(parse(npy("{\"shape\": (2,3), \"fortran_order\": True, "
                      "\"descr\": \"|u1\"}",
                      data),
                  array),
            "");
  EXPECT_EQ(array.data, (std::vector<uint8_t>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(parse(npy("{'descr': '>i2', 'fortran_order': False, 'shape': "
                      "(3,), }",
                      data),
                  array),
            "");
  EXPECT_EQ(array.as<int16_t>()[1], 0x0304);
  EXPECT_EQ(parse(npy("{'descr': '<f2', 'fortran_order': False, 'shape': ()}",
                      {0x00, 0xc1}),
                  array),
            "");
  EXPECT_EQ(array.asDouble(0), -2.5);
}

TEST(Npy, RefusesWithAReason) {
  Array array;
  auto refuse = [&](const std::string &header, const std::string &reason) {
    std::string error = parse(npy(header, std::vector<uint8_t>(6)), array);
    EXPECT_NE(error.find(reason), std::string::npos) << error;
  };
  refuse("{'descr': 'O', 'fortran_order': False, 'shape': (6,)}",
         "element type 'O' is not supported");
  refuse("{'descr': '<c8', 'fortran_order': False, 'shape': (6,)}",
         "element type '<c8'");
  refuse("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,)}",
         "structured and object arrays are not supported");
  refuse("{'descr': '|u1', 'fortran_order': False, 'shape': (7,)}",
         "does not match 6 bytes");
  refuse("{'descr': '<i8', 'fortran_order': False, 'shape': "
         "(999999999999, 999999999999)}",
         "does not match 6 bytes");
  refuse("{'descr': '|u1', 'fortran_order': False, 'shape': (-6,)}",
         "cannot read the .npy header");
  refuse("{'descr': '|u1', 'shape': (6,)}", "cannot read the .npy header");
  refuse("", "cannot read the .npy header");
  EXPECT_NE(parse({'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0}, array)
                .find("wrong magic"),
            std::string::npos);
  EXPECT_NE(parse(npy("", {}, 4), array).find("version 4"), std::string::npos);
}

NamedArrays sample() {
  NamedArrays arrays;
  for (unsigned type = 0; type < kNumDTypes; ++type) {
    Array array(DType(type), {2, 0, 3});
    arrays.emplace_back(std::string("empty/") + nameOf(DType(type)), array);
    array = Array(DType(type), {3, 2});
    for (size_t i = 0; i < array.data.size(); ++i)
      array.data[i] = uint8_t(i % 2);
    arrays.emplace_back(nameOf(DType(type)), array);
  }
  arrays.emplace_back("scalar", Array(DType::Float64, {}));
  arrays.emplace_back("large", Array(DType::Int32, {100, 1000}));
  return arrays;
}

TEST(Npz, RoundTrips) {
  for (bool compress : {false, true}) {
    NamedArrays before = sample(), after;
    std::vector<uint8_t> bytes = serializeNpz(before, compress);
    EXPECT_EQ(bytes.size() < 20000, compress);
    std::string error;
    ASSERT_TRUE(parseNpz(bytes.data(), bytes.size(), after, error)) << error;
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(before[i].first, after[i].first);
      EXPECT_EQ(before[i].second.dtype, after[i].second.dtype);
      EXPECT_EQ(before[i].second.shape, after[i].second.shape);
      EXPECT_EQ(before[i].second.data, after[i].second.data);
    }
  }
}

TEST(Npz, SurvivesHostileBytes) {
  NamedArrays arrays = sample();
  arrays.pop_back();
  std::mt19937 random(1);
  for (bool compress : {false, true}) {
    std::vector<uint8_t> bytes = serializeNpz(arrays, compress);
    for (int round = 0; round < 3000; ++round) {
      std::vector<uint8_t> changed = bytes;
      for (int i = 0; i < 3; ++i)
        changed[random() % changed.size()] = uint8_t(random());
      if (round % 3 == 0)
        changed.resize(random() % changed.size());
      NamedArrays after;
      std::string error;
      bool ok = parseNpz(changed.data(), changed.size(), after, error);
      EXPECT_EQ(ok, error.empty());
    }
  }
  std::string error;
  NamedArrays none;
  EXPECT_FALSE(parseNpz(nullptr, 0, none, error));
}

TEST(Npz, ReadsOnlyWhatIsAskedFor) {
  NamedArrays before = sample(), after;
  std::vector<uint8_t> bytes = serializeNpz(before, true);
  // Data that nobody asks for may be anything: `large`, the last member.
  size_t directory = bytes.size();
  while (std::memcmp(&bytes[--directory], "PK\1\2", 4) != 0 ||
         bytes[directory + 46] != 'e' || bytes[directory + 52] != 'b')
    ;
  for (size_t i = directory - 40; i < directory; ++i)
    bytes[i] ^= 0x55;
  TestFolder folder;
  std::string path = folder.file("a.npz"), error;
  ASSERT_TRUE(writeFileAtomically(path, bytes.data(), bytes.size(), error));
  NpzRequest request;
  EXPECT_FALSE(readNpz(path, request, after, error));
  EXPECT_NE(error.find("member 'large.npy' does not decompress"),
            std::string::npos)
      << error;

  after.clear();
  request.wants = [](const std::string &name) { return name != "large"; };
  ASSERT_TRUE(readNpz(path, request, after, error)) << error;
  EXPECT_EQ(after.size(), before.size() - 1);
  request.fits = [](const std::string &, const Array &array) {
    return array.dtype == DType::Float32;
  };
  request.keepNames = true;
  after.clear();
  ASSERT_TRUE(readNpz(path, request, after, error)) << error;
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after.back().second.shape, std::vector<int64_t>());
  for (size_t i = 0; i + 1 < before.size(); ++i) {
    EXPECT_EQ(after[i].second.shape, before[i].second.shape);
    EXPECT_EQ(after[i].second.isComplete(),
              before[i].second.dtype == DType::Float32 ||
                  before[i].second.data.empty());
  }
}

TEST(Npz, RefusesMembersThatOverlap) {
  NamedArrays arrays, after;
  arrays.emplace_back("a", Array(DType::Int32, {1000}));
  arrays.emplace_back("b", Array(DType::Int32, {1000}));
  std::vector<uint8_t> bytes = serializeNpz(arrays);
  // The second entry of the directory gets the offset of the first.
  size_t entry = bytes.size();
  while (std::memcmp(&bytes[--entry], "PK\1\2", 4) != 0)
    ;
  std::memset(&bytes[entry + 46 + 5 + 4 + 16], 0, 8);
  std::string error;
  EXPECT_FALSE(parseNpz(bytes.data(), bytes.size(), after, error));
  EXPECT_EQ(error, "member 'a.npy' overlaps member 'b.npy', or is truncated; "
                   "write the file with numpy.savez");
  arrays[1].first = "a";
  bytes = serializeNpz(arrays);
  EXPECT_FALSE(parseNpz(bytes.data(), bytes.size(), after, error));
  EXPECT_EQ(error, "array 'a' appears twice");
}

TEST(Npy, RefusesAHugeHeader) {
  Array array;
  std::string header(70000, ' ');
  EXPECT_EQ(parse(npy(header, {}, 2), array),
            "the .npy header has 70000 bytes, more than 65536; write the file "
            "with numpy.save");
}

TEST(Array, CountsItsBytes) {
  uint64_t bytes = 0;
  Array array;
  array.dtype = DType::Int64;
  array.shape = {1ll << 40, 1ll << 40};
  EXPECT_FALSE(array.countBytes(bytes));
  EXPECT_FALSE(array.isComplete());
  array.shape.push_back(0);
  EXPECT_TRUE(array.countBytes(bytes));
  EXPECT_EQ(bytes, 0u);
  EXPECT_TRUE(array.isComplete());
}

TEST(File, IsWrittenWholeOrNotAtAll) {
  TestFolder folder;
  std::string path = folder.file("a"), error;
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(writeFileAtomically(path, "first", 5, error)) << error;
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_TRUE(writeFileAtomically(path, "second", 6, error)) << error;
  ASSERT_TRUE(readFile(path, bytes, error)) << error;
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "second");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(folder.list().size(), 1u);

  EXPECT_FALSE(writeFileAtomically(folder.file("no/such/a"), "x", 1, error));
  EXPECT_NE(error.find("create the folder first"), std::string::npos);
  EXPECT_FALSE(writeFileAtomically("/dev/full", "x", 1, error));
  EXPECT_NE(error.find("free some space"), std::string::npos);
  EXPECT_FALSE(readFile(folder.file("none"), bytes, error));
  EXPECT_NE(error.find("check the path"), std::string::npos);
  EXPECT_FALSE(readFile(testing::TempDir(), bytes, error));
  EXPECT_EQ(folder.list().size(), 1u);
}

} // namespace
