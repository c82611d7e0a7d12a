//===- Npz.cpp - NumPy array files ----------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Npz.h"

#include "neuro/Support/File.h"

#include <algorithm>
#include <cstring>
#include <zlib.h>

using namespace neuro;

namespace {

constexpr unsigned kMaxRank = 32;
// Deflate cannot do better than about 1032 to 1.
constexpr uint64_t kMaxDeflateRatio = 1040;

template <typename T> T readLittle(const uint8_t *from) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= T(T(from[i]) << (8 * i));
  return value;
}

template <typename T> void appendLittle(std::vector<uint8_t> &to, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    to.push_back(uint8_t(value >> (8 * i)));
}

// The header of a .npy file: a Python dictionary of three keys.
class HeaderParser {
public:
  HeaderParser(const char *begin, const char *end) : next(begin), end(end) {}

  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;

  bool parse() {
    if (!eat('{'))
      return false;
    unsigned seen = 0;
    while (!eat('}')) {
      std::string key;
      if (!parseString(key) || !eat(':'))
        return false;
      if (key == "descr") {
        if (!parseString(descr))
          return false;
        seen |= 1;
      } else if (key == "fortran_order") {
        if (eatWord("True"))
          fortran = true;
        else if (!eatWord("False"))
          return false;
        seen |= 2;
      } else if (key == "shape") {
        if (!parseShape())
          return false;
        seen |= 4;
      } else {
        return false;
      }
      if (!eat(',') && peek() != '}')
        return false;
    }
    return seen == 7;
  }

private:
  void skipSpace() {
    while (next != end && (*next == ' ' || *next == '\n' || *next == '\t'))
      ++next;
  }
  char peek() {
    skipSpace();
    return next == end ? '\0' : *next;
  }
  bool eat(char c) {
    if (peek() != c)
      return false;
    ++next;
    return true;
  }
  bool eatWord(const char *word) {
    skipSpace();
    size_t length = std::strlen(word);
    if (size_t(end - next) < length || std::memcmp(next, word, length) != 0)
      return false;
    next += length;
    return true;
  }
  bool parseString(std::string &text) {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return false;
    const char *begin = ++next;
    next = std::find(next, end, quote);
    if (next == end)
      return false;
    text.assign(begin, next++);
    return true;
  }
  bool parseShape() {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      int64_t extent = 0;
      unsigned digits = 0;
      for (char c = peek(); c >= '0' && c <= '9';
           c = next == end ? '\0' : *next) {
        if (++digits > 18)
          return false;
        extent = extent * 10 + (c - '0');
        ++next;
      }
      if (!digits || shape.size() == kMaxRank)
        return false;
      shape.push_back(extent);
      if (!eat(',') && peek() != ')')
        return false;
    }
    return true;
  }

  const char *next, *end;
};

bool parseDescr(const std::string &descr, DType &dtype, bool &swap) {
  if (descr.size() < 2)
    return false;
  swap = descr[0] == '>';
  if (!std::strchr("<>|=", descr[0]))
    return false;
  struct Entry {
    const char *name;
    DType type;
  };
  static constexpr Entry entries[] = {
      {"b1", DType::Bool},    {"i1", DType::Int8},    {"i2", DType::Int16},
      {"i4", DType::Int32},   {"i8", DType::Int64},   {"u1", DType::UInt8},
      {"u2", DType::UInt16},  {"u4", DType::UInt32},  {"u8", DType::UInt64},
      {"f2", DType::Float16}, {"f4", DType::Float32}, {"f8", DType::Float64}};
  for (const Entry &entry : entries)
    if (descr.compare(1, std::string::npos, entry.name) == 0) {
      dtype = entry.type;
      return true;
    }
  return false;
}

// Column-major to row-major.
void reorderFortran(const uint8_t *from, Array &array) {
  size_t width = sizeOf(array.dtype), rank = array.shape.size();
  int64_t count = array.numElements();
  int64_t index[kMaxRank] = {}, stride[kMaxRank] = {1};
  for (size_t i = 1; i < rank; ++i)
    stride[i] = stride[i - 1] * array.shape[i - 1];
  int64_t offset = 0;
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(&array.data[size_t(i) * width], from + size_t(offset) * width,
                width);
    for (size_t axis = rank; axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < array.shape[axis])
        break;
      offset -= stride[axis] * array.shape[axis];
      index[axis] = 0;
    }
  }
}

struct Member {
  std::string name;
  unsigned method;
  uint32_t crc;
  uint64_t compressed, size, header;
};

class ZipReader {
public:
  ZipReader(const uint8_t *data, size_t size, std::string &error)
      : data(data), size(size), error(error) {}

  bool readDirectory(std::vector<Member> &members) {
    if (size < 22 || readLittle<uint32_t>(data) == 0)
      return fail("not an .npz file (no zip directory)");
    size_t stop = size > 22 + 65535 ? size - 22 - 65535 : 0;
    size_t at = size - 22;
    while (readLittle<uint32_t>(data + at) != 0x06054b50) {
      if (at == stop)
        return fail("not an .npz file, or truncated (no zip directory)");
      --at;
    }
    uint64_t entries = readLittle<uint16_t>(data + at + 10);
    uint64_t offset = readLittle<uint32_t>(data + at + 16);
    if ((entries == 0xffff || offset == 0xffffffff) && at >= 20 &&
        readLittle<uint32_t>(data + at - 20) == 0x07064b50) {
      uint64_t end64 = readLittle<uint64_t>(data + at - 20 + 8);
      if (end64 > size || size - end64 < 56 ||
          readLittle<uint32_t>(data + end64) != 0x06064b50)
        return fail("corrupted zip64 directory");
      entries = readLittle<uint64_t>(data + end64 + 32);
      offset = readLittle<uint64_t>(data + end64 + 48);
    }
    for (uint64_t i = 0; i < entries; ++i)
      if (!readEntry(offset, members))
        return false;
    return true;
  }

  bool extract(const Member &member, std::vector<uint8_t> &bytes) {
    if (member.header > size || size - member.header < 30 ||
        readLittle<uint32_t>(data + member.header) != 0x04034b50)
      return fail("member '" + member.name + "' has a corrupted header");
    uint64_t begin = member.header + 30 +
                     readLittle<uint16_t>(data + member.header + 26) +
                     readLittle<uint16_t>(data + member.header + 28);
    if (begin > size || size - begin < member.compressed)
      return fail("member '" + member.name + "' is truncated");
    const uint8_t *from = data + begin;
    if (member.method == 0) {
      if (member.size != member.compressed)
        return fail("member '" + member.name + "' has inconsistent sizes");
      bytes.assign(from, from + member.size);
    } else if (member.method == 8) {
      if (member.size / kMaxDeflateRatio > member.compressed)
        return fail("member '" + member.name + "' claims an impossible size");
      bytes.resize(member.size);
      if (!inflateInto(from, member.compressed, bytes))
        return fail("member '" + member.name + "' does not decompress");
    } else {
      return fail("member '" + member.name + "' uses zip method " +
                  std::to_string(member.method) +
                  "; write it with numpy.savez or numpy.savez_compressed");
    }
    uint32_t crc = uint32_t(crc32_z(0, bytes.data(), bytes.size()));
    if (crc != member.crc)
      return fail("member '" + member.name + "' has a wrong checksum");
    return true;
  }

private:
  bool fail(const std::string &message) {
    error = message;
    return false;
  }

  bool readEntry(uint64_t &offset, std::vector<Member> &members) {
    if (offset > size || size - offset < 46 ||
        readLittle<uint32_t>(data + offset) != 0x02014b50)
      return fail("corrupted zip directory");
    const uint8_t *entry = data + offset;
    Member member;
    unsigned flags = readLittle<uint16_t>(entry + 8);
    member.method = readLittle<uint16_t>(entry + 10);
    member.crc = readLittle<uint32_t>(entry + 16);
    member.compressed = readLittle<uint32_t>(entry + 20);
    member.size = readLittle<uint32_t>(entry + 24);
    unsigned nameLength = readLittle<uint16_t>(entry + 28);
    unsigned extraLength = readLittle<uint16_t>(entry + 30);
    unsigned commentLength = readLittle<uint16_t>(entry + 32);
    member.header = readLittle<uint32_t>(entry + 42);
    uint64_t length = 46ull + nameLength + extraLength + commentLength;
    if (size - offset < length)
      return fail("corrupted zip directory");
    member.name.assign(reinterpret_cast<const char *>(entry + 46), nameLength);
    if (flags & 1)
      return fail("member '" + member.name + "' is encrypted");
    const uint8_t *extra = entry + 46 + nameLength;
    const uint8_t *extraEnd = extra + extraLength;
    while (extraEnd - extra >= 4) {
      unsigned id = readLittle<uint16_t>(extra);
      unsigned bytes = readLittle<uint16_t>(extra + 2);
      extra += 4;
      if (size_t(extraEnd - extra) < bytes)
        break;
      if (id == 1) {
        const uint8_t *field = extra, *fieldEnd = extra + bytes;
        for (uint64_t *value :
             {&member.size, &member.compressed, &member.header})
          if (*value == 0xffffffff && fieldEnd - field >= 8) {
            *value = readLittle<uint64_t>(field);
            field += 8;
          }
      }
      extra += bytes;
    }
    offset += length;
    members.push_back(std::move(member));
    return true;
  }

  static bool inflateInto(const uint8_t *from, uint64_t count,
                          std::vector<uint8_t> &bytes) {
    z_stream stream = {};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
      return false;
    uint64_t out = 0;
    int status = Z_OK;
    uint8_t none = 0;
    while (status == Z_OK) {
      stream.next_in = const_cast<uint8_t *>(from);
      stream.avail_in = uInt(std::min<uint64_t>(count, 1u << 30));
      uInt room = uInt(std::min<uint64_t>(bytes.size() - out, 1u << 30));
      stream.next_out = bytes.empty() ? &none : bytes.data() + out;
      stream.avail_out = room;
      uInt given = stream.avail_in;
      status = inflate(&stream, Z_NO_FLUSH);
      uInt used = given - stream.avail_in;
      if (status == Z_OK && used == 0 && stream.avail_out == room)
        break;
      from += used;
      count -= used;
      out += room - stream.avail_out;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && out == bytes.size();
  }

  const uint8_t *data;
  size_t size;
  std::string &error;
};

std::string describeShape(const Array &array) {
  std::string text = "(";
  for (size_t i = 0; i < array.shape.size(); ++i)
    text += std::to_string(array.shape[i]) +
            (i + 1 < array.shape.size() ? ", " : "");
  return text + (array.shape.size() == 1 ? ",)" : ")");
}

} // namespace

bool neuro::parseNpy(const uint8_t *data, size_t size, Array &array,
                     std::string &error) {
  if (size < 10 || std::memcmp(data, "\x93NUMPY", 6) != 0) {
    error = "not an .npy file (wrong magic)";
    return false;
  }
  unsigned major = data[6];
  if (major < 1 || major > 3) {
    error = ".npy version " + std::to_string(major) +
            " is not supported (1 to 3 are)";
    return false;
  }
  size_t start = major == 1 ? 10 : 12;
  if (size < start) {
    error = "truncated .npy header";
    return false;
  }
  uint64_t length = major == 1 ? readLittle<uint16_t>(data + 8)
                               : readLittle<uint32_t>(data + 8);
  if (size - start < length) {
    error = "truncated .npy header";
    return false;
  }
  const char *text = reinterpret_cast<const char *>(data) + start;
  HeaderParser header(text, text + length);
  if (!header.parse()) {
    error = "cannot read the .npy header: " +
            std::string(text, std::min<uint64_t>(length, 80)) +
            "; structured and object arrays are not supported";
    return false;
  }
  bool swap;
  DType dtype;
  if (!parseDescr(header.descr, dtype, swap)) {
    error = "element type '" + header.descr +
            "' is not supported; convert the array to a bool, integer or "
            "float type";
    return false;
  }
  uint64_t available = size - start - length, width = sizeOf(dtype), count = 1;
  bool empty = std::find(header.shape.begin(), header.shape.end(), 0) !=
               header.shape.end();
  for (int64_t extent : header.shape) {
    if (empty)
      count = 0;
    else if (__builtin_mul_overflow(count, uint64_t(extent), &count))
      count = UINT64_MAX;
  }
  uint64_t bytes;
  if (__builtin_mul_overflow(count, width, &bytes) || bytes != available) {
    error = "shape " + shapeToString(header.shape) + " of " + nameOf(dtype) +
            " does not match " + std::to_string(available) +
            " bytes of data (truncated?)";
    return false;
  }
  const uint8_t *from = data + start + length;
  array = Array();
  array.dtype = dtype;
  array.shape = header.shape;
  array.data.resize(bytes);
  if (header.fortran && array.shape.size() > 1 && bytes)
    reorderFortran(from, array);
  else if (bytes)
    std::memcpy(array.data.data(), from, bytes);
  if (swap)
    for (size_t i = 0; i < bytes; i += width)
      std::reverse(&array.data[i], &array.data[i] + width);
  return true;
}

bool neuro::parseNpz(const uint8_t *data, size_t size, NamedArrays &arrays,
                     std::string &error) {
  ZipReader reader(data, size, error);
  std::vector<Member> members;
  if (!reader.readDirectory(members))
    return false;
  arrays.clear();
  for (const Member &member : members) {
    std::string name = member.name;
    if (name.size() < 4 || name.compare(name.size() - 4, 4, ".npy") != 0)
      continue;
    name.resize(name.size() - 4);
    std::vector<uint8_t> bytes;
    if (!reader.extract(member, bytes))
      return false;
    if (findArray(arrays, name)) {
      error = "array '" + name + "' appears twice";
      return false;
    }
    Array array;
    if (!parseNpy(bytes.data(), bytes.size(), array, error)) {
      error = "array '" + name + "': " + error;
      return false;
    }
    arrays.emplace_back(std::move(name), std::move(array));
  }
  return true;
}

bool neuro::readNpy(const std::string &path, Array &array, std::string &error) {
  std::vector<uint8_t> bytes;
  if (!readFile(path, bytes, error))
    return false;
  if (parseNpy(bytes.data(), bytes.size(), array, error))
    return true;
  error = "'" + path + "': " + error;
  return false;
}

bool neuro::readNpz(const std::string &path, NamedArrays &arrays,
                    std::string &error) {
  std::vector<uint8_t> bytes;
  if (!readFile(path, bytes, error))
    return false;
  if (parseNpz(bytes.data(), bytes.size(), arrays, error))
    return true;
  error = "'" + path + "': " + error;
  return false;
}

std::vector<uint8_t> neuro::serializeNpy(const Array &array) {
  static constexpr const char *codes[kNumDTypes] = {"|b1", "|i1", "<i2", "<i4",
                                                    "<i8", "|u1", "<u2", "<u4",
                                                    "<u8", "<f2", "<f4", "<f8"};
  std::string header =
      std::string("{'descr': '") + codes[unsigned(array.dtype)] +
      "', 'fortran_order': False, 'shape': " + describeShape(array) + ", }";
  // The data starts at a multiple of 64.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::vector<uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  appendLittle<uint16_t>(bytes, uint16_t(header.size()));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

std::vector<uint8_t> neuro::serializeNpz(const NamedArrays &arrays,
                                         bool compress) {
  std::vector<uint8_t> bytes, directory;
  for (const auto &[base, array] : arrays) {
    std::string name = base + ".npy";
    std::vector<uint8_t> content = serializeNpy(array);
    uint64_t size = content.size(), offset = bytes.size();
    uint32_t crc = uint32_t(crc32_z(0, content.data(), content.size()));
    unsigned method = 0;
    // zlib counts in 32 bits; larger members are stored.
    if (compress && size < 0xf0000000) {
      z_stream stream = {};
      if (deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK) {
        std::vector<uint8_t> packed(deflateBound(&stream, uLong(size)));
        stream.next_in = content.data();
        stream.avail_in = uInt(size);
        stream.next_out = packed.data();
        stream.avail_out = uInt(packed.size());
        if (deflate(&stream, Z_FINISH) == Z_STREAM_END) {
          packed.resize(stream.total_out);
          content = std::move(packed);
          method = 8;
        }
        deflateEnd(&stream);
      }
    }
    // What the local header and the directory entry have in common. Sizes and
    // offset stand in a zip64 field, so any length works.
    auto appendCommon = [&](std::vector<uint8_t> &to) {
      appendLittle<uint16_t>(to, 45);     // version needed
      appendLittle<uint16_t>(to, 0x0800); // UTF-8 names
      appendLittle<uint16_t>(to, uint16_t(method));
      appendLittle<uint16_t>(to, 0);    // time
      appendLittle<uint16_t>(to, 0x21); // 1980-01-01
      appendLittle<uint32_t>(to, crc);
      appendLittle<uint32_t>(to, 0xffffffff);
      appendLittle<uint32_t>(to, 0xffffffff);
      appendLittle<uint16_t>(to, uint16_t(name.size()));
    };
    appendLittle<uint32_t>(bytes, 0x04034b50);
    appendCommon(bytes);
    appendLittle<uint16_t>(bytes, 20);
    bytes.insert(bytes.end(), name.begin(), name.end());
    appendLittle<uint16_t>(bytes, 1);
    appendLittle<uint16_t>(bytes, 16);
    appendLittle<uint64_t>(bytes, size);
    appendLittle<uint64_t>(bytes, content.size());
    bytes.insert(bytes.end(), content.begin(), content.end());

    appendLittle<uint32_t>(directory, 0x02014b50);
    appendLittle<uint16_t>(directory, 45);
    appendCommon(directory);
    appendLittle<uint16_t>(directory, 28);
    appendLittle<uint16_t>(directory, 0); // comment
    appendLittle<uint16_t>(directory, 0); // disk
    appendLittle<uint16_t>(directory, 0);
    appendLittle<uint32_t>(directory, 0);
    appendLittle<uint32_t>(directory, 0xffffffff);
    directory.insert(directory.end(), name.begin(), name.end());
    appendLittle<uint16_t>(directory, 1);
    appendLittle<uint16_t>(directory, 24);
    appendLittle<uint64_t>(directory, size);
    appendLittle<uint64_t>(directory, content.size());
    appendLittle<uint64_t>(directory, offset);
  }
  uint64_t begin = bytes.size(), count = arrays.size();
  bytes.insert(bytes.end(), directory.begin(), directory.end());
  uint64_t end64 = bytes.size();
  appendLittle<uint32_t>(bytes, 0x06064b50);
  appendLittle<uint64_t>(bytes, 44);
  appendLittle<uint16_t>(bytes, 45);
  appendLittle<uint16_t>(bytes, 45);
  appendLittle<uint32_t>(bytes, 0);
  appendLittle<uint32_t>(bytes, 0);
  appendLittle<uint64_t>(bytes, count);
  appendLittle<uint64_t>(bytes, count);
  appendLittle<uint64_t>(bytes, directory.size());
  appendLittle<uint64_t>(bytes, begin);
  appendLittle<uint32_t>(bytes, 0x07064b50);
  appendLittle<uint32_t>(bytes, 0);
  appendLittle<uint64_t>(bytes, end64);
  appendLittle<uint32_t>(bytes, 1);
  appendLittle<uint32_t>(bytes, 0x06054b50);
  appendLittle<uint32_t>(bytes, 0);
  appendLittle<uint16_t>(bytes, uint16_t(std::min<uint64_t>(count, 0xffff)));
  appendLittle<uint16_t>(bytes, uint16_t(std::min<uint64_t>(count, 0xffff)));
  appendLittle<uint32_t>(
      bytes, uint32_t(std::min<uint64_t>(directory.size(), 0xffffffff)));
  appendLittle<uint32_t>(bytes, 0xffffffff);
  appendLittle<uint16_t>(bytes, 0);
  return bytes;
}

bool neuro::writeNpz(const std::string &path, const NamedArrays &arrays,
                     std::string &error, bool compress) {
  std::vector<uint8_t> bytes = serializeNpz(arrays, compress);
  return writeFileAtomically(path, bytes.data(), bytes.size(), error);
}
