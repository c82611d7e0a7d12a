//===- Binary.cpp - loading a chip binary - -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Binary.h"

#include "neuro/Support/File.h"
#include "neuro/Target/Binary/nrb_generated.h"

#include <cstdio>

using namespace neuro;
using namespace neuro::runtime;

std::string Diagnostic::str() const {
  std::string text = file;
  if (offset) {
    char buffer[32];
    std::snprintf(buffer, sizeof(buffer), ":+0x%llx",
                  static_cast<unsigned long long>(*offset));
    text += buffer;
  }
  return text.empty() ? message : text + ": " + message;
}

std::unique_ptr<Binary> Binary::load(const std::string &path,
                                     std::vector<Diagnostic> &diagnostics) {
  std::vector<uint8_t> bytes;
  std::string error;
  if (!readFile(path, bytes, error)) {
    diagnostics.push_back({"", std::nullopt, error});
    return nullptr;
  }
  return fromBytes(std::move(bytes), path, diagnostics);
}

std::unique_ptr<Binary>
Binary::fromBytes(std::vector<uint8_t> bytes, const std::string &name,
                  std::vector<Diagnostic> &diagnostics) {
  size_t before = diagnostics.size();
  bool ok = verifyBinary(bytes.data(), bytes.size(), diagnostics);
  for (size_t i = before; i < diagnostics.size(); ++i)
    diagnostics[i].file = name;
  if (!ok)
    return nullptr;
  std::unique_ptr<Binary> result(new Binary());
  result->fileName = name;
  result->bytes = std::move(bytes);
  result->binary = nrb::GetBinary(result->bytes.data());
  return result;
}
