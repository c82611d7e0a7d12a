//===- Names.cpp - names that come from files -----------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Support/Names.h"

#include <algorithm>
#include <cstdint>

using namespace neuro;

namespace {

// The length of the UTF-8 character at the begin of `text`, and its number;
// 0 when there is none.
size_t characterAt(std::string_view text, uint32_t &code) {
  uint8_t first = uint8_t(text[0]);
  size_t length = first < 0x80         ? 1
                  : first >> 5 == 0x06 ? 2
                  : first >> 4 == 0x0e ? 3
                  : first >> 3 == 0x1e ? 4
                                       : 0;
  if (!length || text.size() < length)
    return 0;
  code = length == 1 ? first : first & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    uint8_t next = uint8_t(text[i]);
    if (next >> 6 != 2)
      return 0;
    code = code << 6 | (next & 0x3f);
  }
  // Overlong forms, halves of UTF-16 pairs, beyond the last character.
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || (code >= 0xd800 && code < 0xe000) ||
      code > 0x10ffff)
    return 0;
  return length;
}

bool isControl(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
         code == 0x2029;
}

} // namespace

std::string neuro::findTextProblem(std::string_view text, bool lines) {
  size_t limit = lines ? kMaxTextLength : kMaxNameLength;
  if (text.size() > limit)
    return "has " + std::to_string(text.size()) + " bytes, at most " +
           std::to_string(limit) + " are possible";
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    size_t length = characterAt(text.substr(at), code);
    if (!length)
      return "is not UTF-8 at byte " + std::to_string(at);
    bool allowed = lines && (code == '\n' || code == '\t' || code == '\r');
    if (isControl(code) && !allowed)
      return "holds a control character at byte " + std::to_string(at);
    at += length;
  }
  return "";
}

std::string neuro::findArrayNameProblem(std::string_view name) {
  std::string problem = findTextProblem(name);
  if (!problem.empty())
    return problem;
  for (size_t at = 0; at <= name.size();) {
    size_t end = std::min(name.find_first_of("/\\", at), name.size());
    std::string_view part = name.substr(at, end - at);
    if (part == "." || part == "..")
      return "has the part '" + std::string(part) +
             "', which in a path is another folder";
    at = end + 1;
  }
  return "";
}

std::string neuro::printable(std::string_view text) {
  constexpr size_t most = 256;
  std::string out;
  auto append = [&](std::string_view part) {
    static const char digits[] = "0123456789abcdef";
    while (!part.empty()) {
      uint32_t code = 0;
      size_t length = characterAt(part, code);
      if (length && !isControl(code)) {
        out += part.substr(0, length);
        part.remove_prefix(length);
        continue;
      }
      for (size_t i = 0; i < std::max<size_t>(length, 1); ++i) {
        uint8_t byte = uint8_t(part[0]);
        out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        part.remove_prefix(1);
      }
    }
  };
  if (text.size() <= most) {
    append(text);
    return out;
  }
  append(text.substr(0, most / 2));
  out += "...";
  append(text.substr(text.size() - most / 2));
  return out;
}
