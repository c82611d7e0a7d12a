//===- Npz.cpp - NumPy array files ----------------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Npz.h"

#include "neuro/Support/File.h"
#include "neuro/Support/Names.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <tuple>
#include <unordered_set>
#include <zlib.h>

using namespace neuro;

namespace {

constexpr unsigned kMaxRank = 32;
constexpr uint64_t kMaxHeader = 65536;
// Deflate cannot do better than about 1032 to 1.
constexpr uint64_t kMaxDeflateRatio = 1040;
// More bytes than the first, in all, may be this many times as many as in the
// file; real arrays of such a size expand by less.
constexpr uint64_t kFreeExpansion = uint64_t(1) << 28, kMaxExpansion = 100;

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

// What the header says; `bytes` is of the data behind it.
bool parseHeader(const uint8_t *data, size_t size, Array &array, bool &fortran,
                 bool &swap, uint64_t &bytes, std::string &error) {
  const char *text = reinterpret_cast<const char *>(data);
  HeaderParser header(text, text + size);
  if (!header.parse()) {
    error = "cannot read the .npy header: " +
            printable({text, std::min<size_t>(size, 80)}) +
            "; structured and object arrays are not supported";
    return false;
  }
  array = Array();
  if (!parseDescr(header.descr, array.dtype, swap)) {
    error = "element type '" + printable(header.descr.substr(0, 80)) +
            "' is not supported; convert the array to a bool, integer or "
            "float type";
    return false;
  }
  array.shape = std::move(header.shape);
  fortran = header.fortran && array.shape.size() > 1;
  if (!array.countBytes(bytes))
    bytes = UINT64_MAX;
  return true;
}

// Reads `count` bytes into `to`.
using Pull = std::function<bool(void *to, size_t count)>;

// The header of a .npy file of `size` bytes.
struct NpyStart {
  Array array; // without data
  bool fortran = false, swap = false;
  uint64_t bytes = 0;

  bool read(const Pull &pull, uint64_t size, std::string &error) {
    uint8_t start[12];
    if (size < 10) {
      error = "not an .npy file (wrong magic)";
      return false;
    }
    if (!pull(start, 10))
      return false;
    if (std::memcmp(start, "\x93NUMPY", 6) != 0) {
      error = "not an .npy file (wrong magic)";
      return false;
    }
    unsigned major = start[6];
    if (major < 1 || major > 3) {
      error = ".npy version " + std::to_string(major) +
              " is not supported (1 to 3 are)";
      return false;
    }
    size_t used = major == 1 ? 10 : 12;
    if (size < used) {
      error = "truncated .npy header";
      return false;
    }
    if (major > 1 && !pull(start + 10, 2))
      return false;
    uint64_t length = major == 1 ? readLittle<uint16_t>(start + 8)
                                 : readLittle<uint32_t>(start + 8);
    if (size - used < length) {
      error = "truncated .npy header";
      return false;
    }
    if (length > kMaxHeader) {
      error = "the .npy header has " + std::to_string(length) +
              " bytes, more than " + std::to_string(kMaxHeader) +
              "; write the file with numpy.save";
      return false;
    }
    std::vector<uint8_t> text(length + 1);
    if (length && !pull(text.data(), length))
      return false;
    if (!parseHeader(text.data(), length, array, fortran, swap, bytes, error))
      return false;
    if (bytes != size - used - length) {
      error = "shape " + shapeToString(array.shape) + " of " +
              nameOf(array.dtype) + " does not match " +
              std::to_string(size - used - length) +
              " bytes of data (truncated?)";
      return false;
    }
    return true;
  }

  bool readData(const Pull &pull) {
    array.data.resize(bytes);
    if (bytes && !pull(array.data.data(), bytes))
      return false;
    if (fortran && bytes) {
      Array rows(array.dtype, array.shape);
      reorderFortran(array.data.data(), rows);
      array = std::move(rows);
    }
    size_t width = sizeOf(array.dtype);
    if (swap)
      for (size_t i = 0; i < bytes; i += width)
        std::reverse(&array.data[i], &array.data[i] + width);
    return true;
  }
};

// The bytes of one member, front to back.
class MemberReader {
public:
  MemberReader(const InputFile &file, const NpzMember &member,
               std::string &error)
      : file(file), member(member), error(error) {}
  ~MemberReader() {
    if (member.method == 8 && started)
      inflateEnd(&stream);
  }

  bool open() {
    uint8_t header[30];
    if (!file.read(member.header, header, 30) ||
        readLittle<uint32_t>(header) != 0x04034b50)
      return fail("has a corrupted header");
    position = member.header + 30 + readLittle<uint16_t>(header + 26) +
               readLittle<uint16_t>(header + 28);
    left = member.compressed;
    if (position > file.size() || file.size() - position < left)
      return fail("is truncated");
    if (member.method == 0)
      return member.size == left || fail("has inconsistent sizes");
    if (member.method != 8)
      return fail("uses zip method " + std::to_string(member.method) +
                  "; write it with numpy.savez or numpy.savez_compressed");
    if (member.size / kMaxDeflateRatio > left)
      return fail("claims an impossible size");
    started = inflateInit2(&stream, -MAX_WBITS) == Z_OK;
    return started || fail("does not decompress: out of memory");
  }

  bool pull(void *to, size_t count) {
    uint8_t *next = static_cast<uint8_t *>(to);
    if (member.method == 0) {
      if (count > left || !file.read(position, to, count))
        return fail("is truncated");
      position += count;
      left -= count;
    } else if (!inflateInto(next, count)) {
      return false;
    }
    crc = crc32_z(crc, next, count);
    return true;
  }

  // After the last byte.
  bool finish() {
    uint8_t none;
    if (member.method == 8 && !inflateInto(&none, 0))
      return false;
    return uint32_t(crc) == member.crc || fail("has a wrong checksum");
  }

private:
  bool fail(const std::string &what) {
    error = "member '" + printable(member.name) + "' " + what;
    return false;
  }

  bool refill() {
    size_t count = size_t(std::min<uint64_t>(left, sizeof(buffer)));
    if (count && !file.read(position, buffer, count))
      return fail("is truncated");
    stream.next_in = buffer;
    stream.avail_in = uInt(count);
    position += count;
    left -= count;
    return true;
  }

  // Without bytes to write this looks for the end of the stream.
  bool inflateInto(uint8_t *to, size_t count) {
    for (bool wantsEnd = count == 0; !ended && (count || wantsEnd);) {
      if (!stream.avail_in && !refill())
        return false;
      uInt given = stream.avail_in;
      uInt room = uInt(std::min<size_t>(count, 1u << 30));
      stream.next_out = to;
      stream.avail_out = room;
      int status = inflate(&stream, Z_NO_FLUSH);
      uInt made = room - stream.avail_out;
      to += made;
      count -= made;
      ended = status == Z_STREAM_END;
      if (status == Z_MEM_ERROR)
        return fail("does not decompress: out of memory");
      bool moved = made || given != stream.avail_in;
      if (!ended && (!moved || (status != Z_OK && status != Z_BUF_ERROR)))
        return fail("does not decompress");
    }
    return count == 0 || fail("does not decompress");
  }

  const InputFile &file;
  const NpzMember &member;
  std::string &error;
  z_stream stream = {};
  uint8_t buffer[16384];
  uint64_t position = 0, left = 0;
  uLong crc = 0;
  bool started = false, ended = false;
};

std::string describeShape(const Array &array) {
  std::string text = "(";
  for (size_t i = 0; i < array.shape.size(); ++i)
    text += std::to_string(array.shape[i]) +
            (i + 1 < array.shape.size() ? ", " : "");
  return text + (array.shape.size() == 1 ? ",)" : ")");
}

} // namespace

static bool readNpyFrom(const InputFile &file, const ArrayFilter &fits,
                        Array &array, std::string &error) {
  uint64_t position = 0;
  auto pull = [&](void *to, size_t count) {
    if (!file.read(position, to, count)) {
      error = "truncated";
      return false;
    }
    position += count;
    return true;
  };
  NpyStart start;
  if (!start.read(pull, file.size(), error))
    return false;
  if ((!fits || fits("", start.array)) && !start.readData(pull))
    return false;
  array = std::move(start.array);
  return true;
}

bool neuro::parseNpy(const uint8_t *data, size_t size, Array &array,
                     std::string &error) {
  return readNpyFrom(InputFile(data, size), {}, array, error);
}

bool neuro::readNpy(const std::string &path, const ArrayFilter &fits,
                    Array &array, std::string &error) {
  InputFile file;
  if (!file.open(path, error))
    return false;
  if (readNpyFrom(file, fits, array, error))
    return true;
  error = "'" + path + "': " + error;
  return false;
}

bool neuro::parseNpz(const uint8_t *data, size_t size, NamedArrays &arrays,
                     std::string &error) {
  InputFile file(data, size);
  NpzDirectory directory(file);
  arrays.clear();
  if (!directory.read(error))
    return false;
  for (size_t i = 0; i < directory.names().size(); ++i) {
    arrays.emplace_back(directory.names()[i], Array());
    if (!directory.readArray(i, {}, arrays.back().second, error))
      return false;
  }
  return true;
}

bool neuro::readNpz(const std::string &path, const NpzRequest &request,
                    NamedArrays &arrays, std::string &error) {
  InputFile file;
  if (!file.open(path, error))
    return false;
  NpzDirectory directory(file);
  bool ok = directory.read(error);
  for (size_t i = 0; ok && i < directory.names().size(); ++i) {
    const std::string &name = directory.names()[i];
    bool wanted = !request.wants || request.wants(name);
    if (!wanted && !request.keepNames)
      continue;
    arrays.emplace_back(name, Array());
    ok = !wanted ||
         directory.readArray(i, request.fits, arrays.back().second, error);
  }
  if (!ok)
    error = "'" + path + "': " + error;
  return ok;
}

bool NpzDirectory::read(std::string &error) {
  auto fail = [&](const std::string &message) {
    error = message;
    return false;
  };
  uint64_t size = file.size();
  // The end record, and the comment that may follow it.
  size_t tailSize = size_t(std::min<uint64_t>(size, 22 + 65535));
  std::vector<uint8_t> tail(tailSize);
  if (size < 22 || !file.read(size - tailSize, tail.data(), tailSize))
    return fail("not an .npz file (no zip directory)");
  size_t at = tailSize - 22;
  while (readLittle<uint32_t>(&tail[at]) != 0x06054b50) {
    if (at == 0)
      return fail("not an .npz file, or truncated (no zip directory)");
    --at;
  }
  uint64_t end = size - tailSize + at;
  uint64_t entries = readLittle<uint16_t>(&tail[at + 10]);
  uint64_t length = readLittle<uint32_t>(&tail[at + 12]);
  uint64_t offset = readLittle<uint32_t>(&tail[at + 16]);
  uint8_t record[56];
  if ((entries == 0xffff || offset == 0xffffffff) && end >= 20 &&
      file.read(end - 20, record, 20) &&
      readLittle<uint32_t>(record) == 0x07064b50) {
    end = readLittle<uint64_t>(record + 8);
    if (!file.read(end, record, 56) ||
        readLittle<uint32_t>(record) != 0x06064b50)
      return fail("corrupted zip64 directory");
    entries = readLittle<uint64_t>(record + 32);
    length = readLittle<uint64_t>(record + 40);
    offset = readLittle<uint64_t>(record + 48);
  }
  if (offset > end || length > end - offset || entries > length / 46)
    return fail("corrupted zip directory");
  std::vector<uint8_t> bytes(length);
  if (length && !file.read(offset, bytes.data(), bytes.size()))
    return fail("truncated zip directory");
  size_t next = 0;
  std::vector<NpzMember> all;
  for (uint64_t i = 0; i < entries; ++i)
    if (!readEntry(bytes, next, all, error))
      return false;
  return checkMembers(all, offset, error);
}

bool NpzDirectory::readEntry(const std::vector<uint8_t> &bytes, size_t &next,
                             std::vector<NpzMember> &all, std::string &error) {
  size_t left = bytes.size() - next;
  const uint8_t *entry = bytes.data() + next;
  if (left < 46 || readLittle<uint32_t>(entry) != 0x02014b50) {
    error = "corrupted zip directory";
    return false;
  }
  NpzMember member;
  unsigned flags = readLittle<uint16_t>(entry + 8);
  member.method = readLittle<uint16_t>(entry + 10);
  member.crc = readLittle<uint32_t>(entry + 16);
  member.compressed = readLittle<uint32_t>(entry + 20);
  member.size = readLittle<uint32_t>(entry + 24);
  unsigned nameLength = readLittle<uint16_t>(entry + 28);
  unsigned extraLength = readLittle<uint16_t>(entry + 30);
  unsigned commentLength = readLittle<uint16_t>(entry + 32);
  member.header = readLittle<uint32_t>(entry + 42);
  size_t length = size_t(46) + nameLength + extraLength + commentLength;
  if (left < length) {
    error = "corrupted zip directory";
    return false;
  }
  member.name.assign(reinterpret_cast<const char *>(entry + 46), nameLength);
  if (flags & 1) {
    error = "member '" + printable(member.name) + "' is encrypted";
    return false;
  }
  const uint8_t *extra = entry + 46 + nameLength;
  const uint8_t *extraEnd = extra + extraLength;
  while (extraEnd - extra >= 4) {
    unsigned id = readLittle<uint16_t>(extra);
    unsigned count = readLittle<uint16_t>(extra + 2);
    extra += 4;
    if (size_t(extraEnd - extra) < count)
      break;
    if (id == 1) {
      const uint8_t *field = extra, *fieldEnd = extra + count;
      for (uint64_t *value : {&member.size, &member.compressed, &member.header})
        if (*value == 0xffffffff && fieldEnd - field >= 8) {
          *value = readLittle<uint64_t>(field);
          field += 8;
        }
    }
    extra += count;
  }
  next += length;
  all.push_back(std::move(member));
  return true;
}

// Every byte of the file belongs to one member at most, so that what is read
// is bounded by the file.
bool NpzDirectory::checkMembers(std::vector<NpzMember> &all, uint64_t directory,
                                std::string &error) {
  std::vector<const NpzMember *> inOrder;
  for (const NpzMember &member : all)
    inOrder.push_back(&member);
  std::sort(inOrder.begin(), inOrder.end(),
            [](const NpzMember *a, const NpzMember *b) {
              return std::tie(a->header, a->name) <
                     std::tie(b->header, b->name);
            });
  for (size_t i = 0; i < inOrder.size(); ++i) {
    const NpzMember &member = *inOrder[i];
    bool last = i + 1 == inOrder.size();
    uint64_t limit = last ? directory : inOrder[i + 1]->header;
    uint64_t local = 30 + member.name.size();
    if (limit >= member.header && limit - member.header >= local &&
        limit - member.header - local >= member.compressed)
      continue;
    error = "member '" + printable(member.name) + "' overlaps " +
            (last ? std::string("the directory")
                  : "member '" + printable(inOrder[i + 1]->name) + "'") +
            ", or is truncated; write the file with numpy.savez";
    return false;
  }
  std::unordered_set<std::string> seen;
  for (NpzMember &member : all) {
    std::string name = member.name;
    if (name.size() < 4 || name.compare(name.size() - 4, 4, ".npy") != 0)
      continue;
    name.resize(name.size() - 4);
    if (!seen.insert(name).second) {
      error = "array '" + printable(name) + "' appears twice";
      return false;
    }
    arrayNames.push_back(std::move(name));
    members.push_back(std::move(member));
  }
  return true;
}

bool NpzDirectory::readArray(size_t index, const ArrayFilter &fits,
                             Array &array, std::string &error) {
  const NpzMember &member = members[index];
  const std::string &name = arrayNames[index];
  MemberReader reader(file, member, error);
  if (!reader.open())
    return false;
  NpyStart start;
  std::string problem;
  auto pull = [&](void *to, size_t count) { return reader.pull(to, count); };
  error.clear();
  if (!start.read(pull, member.size, problem)) {
    if (error.empty())
      error = "array '" + printable(name) + "': " + problem;
    return false;
  }
  if (fits && !fits(name, start.array)) {
    array = std::move(start.array);
    return true;
  }
  expanded += member.size;
  packed += member.compressed;
  if (expanded > kFreeExpansion && expanded / kMaxExpansion > packed) {
    error = "array '" + printable(name) + "': " + std::to_string(packed) +
            " bytes would become " + std::to_string(expanded) + "; above " +
            std::to_string(kFreeExpansion >> 20) + " MiB at most " +
            std::to_string(kMaxExpansion) +
            " times as many are read: write the file with numpy.savez, which "
            "does not compress";
    return false;
  }
  if (!start.readData(pull) || !reader.finish())
    return false;
  array = std::move(start.array);
  return true;
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
