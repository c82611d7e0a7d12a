//===- Names.h - names that come from files ---------------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names end in messages, in JSON and as members of .npz files, which other
// programs turn into paths.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_SUPPORT_NAMES_H
#define NEURO_SUPPORT_NAMES_H

#include <cstddef>
#include <string>
#include <string_view>

namespace neuro {

/// Bytes of a name, and of a text for people, at most.
inline constexpr size_t kMaxNameLength = 4096;
inline constexpr size_t kMaxTextLength = 65536;

/// Why this cannot stand in a message or in JSON, or an empty string: it is
/// not UTF-8, or holds control characters. `lines` allows tabs and line ends.
std::string findTextProblem(std::string_view text, bool lines = false);

/// The same for what becomes the name of an array: no part between slashes may
/// be `.` or `..`.
std::string findArrayNameProblem(std::string_view name);

/// For messages about any bytes: control characters and what is not UTF-8 as
/// \xNN, the middle of a long text left out.
std::string printable(std::string_view text);

} // namespace neuro

#endif // NEURO_SUPPORT_NAMES_H
