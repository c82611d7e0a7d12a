//===- ArrayTest.cpp - the values of arrays, byte by byte -----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/File.h"
#include "neuro/Support/Npz.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sys/stat.h>
#include <unistd.h>

using namespace neuro;

namespace {

double half(uint16_t bits) {
  Array array(DType::Float16, {});
  array.as<uint16_t>()[0] = bits;
  return array.asDouble(0);
}

TEST(Array, HalvesOfEveryKind) {
  EXPECT_EQ(half(0x0000), 0.0);
  EXPECT_TRUE(std::signbit(half(0x8000)));
  EXPECT_EQ(half(0x0001), 0x1p-24);
  EXPECT_EQ(half(0x83ff), -1023 * 0x1p-24);
  EXPECT_EQ(half(0x0400), 0x1p-14);
  EXPECT_EQ(half(0x3555), 0x1.554p-2);
  EXPECT_EQ(half(0x7bff), 65504.0);
  EXPECT_EQ(half(0x7c00), HUGE_VAL);
  EXPECT_EQ(half(0xfc00), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(half(0x7c01)));
  // One step to the next number, from the smallest to the largest.
  for (unsigned bits = 0; bits < 0x7bff; ++bits) {
    double step = std::ldexp(1.0, std::max(int(bits >> 10), 1) - 25);
    ASSERT_EQ(half(uint16_t(bits + 1)) - half(uint16_t(bits)), step) << bits;
  }
}

TEST(Array, BigEndianElementsAreAllTurned) {
  std::string header =
      "{'descr': '>u4', 'fortran_order': False, 'shape': (3,), }\n";
  std::vector<uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  bytes.push_back(uint8_t(header.size()));
  bytes.push_back(0);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (uint8_t i = 1; i <= 12; ++i)
    bytes.push_back(i);
  Array array;
  std::string error;
  ASSERT_TRUE(parseNpy(bytes.data(), bytes.size(), array, error)) << error;
  EXPECT_EQ(array.asInteger(0), 0x01020304);
  EXPECT_EQ(array.asInteger(1), 0x05060708);
  EXPECT_EQ(array.asInteger(2), 0x090a0b0c);
}

TEST(Array, AnotherByteInAMemberIsNoticed) {
  Array array(DType::UInt8, {64});
  for (size_t i = 0; i < array.data.size(); ++i)
    array.data[i] = uint8_t(37 * i + 5);
  NamedArrays arrays = {{"a", array}};
  std::vector<uint8_t> bytes = serializeNpz(arrays, false);
  auto at = std::search(bytes.begin(), bytes.end(), array.data.begin(),
                        array.data.end());
  ASSERT_NE(at, bytes.end());
  at[10] ^= 1;
  NamedArrays after;
  std::string error;
  EXPECT_FALSE(parseNpz(bytes.data(), bytes.size(), after, error));
  EXPECT_NE(error.find("member 'a.npy' has a wrong checksum"),
            std::string::npos)
      << error;
}

TEST(File, ANewOneCanBeReadByOthers) {
  std::string path =
      testing::TempDir() + "neuro-mode-" + std::to_string(::getpid());
  std::string error;
  ASSERT_TRUE(writeFileAtomically(path, "x", 1, error)) << error;
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
  ::unlink(path.c_str());
}

} // namespace
