//===- Binary.cpp - loading a chip binary ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Binary.h"

#include "Decode.h"
#include "VerifyMeaning.h"

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

// The FlatBuffers verifier does not look at the alignment of elements wider
// than a length. Returns the first vector that is off, or null.
static const void *findMisaligned(const nrb::Binary &binary) {
  const void *found = nullptr;
  auto check = [&](const auto *vector) {
    if (!found && sizeOfVector(vector) &&
        reinterpret_cast<uintptr_t>(vector->Data()) % 8)
      found = vector;
  };
  auto forEach = [](const auto *tables, auto visit) {
    for (uint32_t i = 0; i < sizeOfVector(tables); ++i)
      visit(*tables->Get(i));
  };
  forEach(binary.cores(),
          [&](const nrb::Core &core) { check(core.synapse_words()); });
  forEach(binary.inputs(),
          [&](const nrb::InputPort &port) { check(port.shape()); });
  forEach(binary.outputs(), [&](const nrb::OutputPort &port) {
    check(port.shape());
    check(port.scale());
    check(port.zero());
  });
  for (const auto *arrays : {binary.golden_inputs(), binary.golden_outputs()})
    forEach(arrays,
            [&](const nrb::GoldenArray &array) { check(array.shape()); });
  return found;
}

bool neuro::runtime::verifyBinary(const uint8_t *data, size_t size,
                                  std::vector<Diagnostic> &diagnostics) {
  auto fail = [&](uint64_t offset, const std::string &message) {
    diagnostics.push_back({"", offset, message});
    return false;
  };
  // B1.
  if (size < 8 || !nrb::BinaryBufferHasIdentifier(data)) {
    if (size == 0)
      return fail(0, "the file is empty; give a .nrb file written by "
                     "neuro-compile");
    return fail(size < 8 ? 0 : 4,
                "not a neuro binary (no identifier NRB1); give a .nrb file "
                "written by neuro-compile");
  }
  // B2. Depth and table count bound the work that hostile bytes can cause.
  flatbuffers::Verifier verifier(data, size, 32,
                                 flatbuffers::uoffset_t(size / 4 + 16));
  if (size >= FLATBUFFERS_MAX_BUFFER_SIZE || !nrb::VerifyBinaryBuffer(verifier))
    return fail(
        0, "corrupted or truncated, or it refers to its parts again and "
           "again: the tables do not fit into " +
               std::to_string(size) + " bytes; write or copy the file again");
  const nrb::Binary &binary = *nrb::GetBinary(data);
  // B3.
  const nrb::Version *version = binary.version();
  const uint8_t *at = reinterpret_cast<const uint8_t *>(version);
  if (!version)
    return fail(0, "the field 'version' is missing");
  std::string found = std::to_string(version->major()) + "." +
                      std::to_string(version->minor()) + "." +
                      std::to_string(version->patch());
  std::string ours = std::to_string(kVersionMajor) + "." +
                     std::to_string(kVersionMinor) + "." +
                     std::to_string(kVersionPatch);
  if (version->major() != kVersionMajor || version->minor() > kVersionMinor) {
    bool newer =
        version->major() > kVersionMajor ||
        (version->major() == kVersionMajor && version->minor() > kVersionMinor);
    return fail(
        uint64_t(at - data),
        "format version " + found + ", this program reads " + ours +
            (newer ? "; use a newer neuro-run" : "; compile the model again"));
  }
  // B6, before anything walks the tables.
  if (!verifySize(binary, size, [&](const void *where, std::string message) {
        fail(uint64_t(static_cast<const uint8_t *>(where) - data), message);
      }))
    return false;
  if (const void *vector = findMisaligned(binary))
    return fail(uint64_t(static_cast<const uint8_t *>(vector) - data),
                "corrupted: a vector of 64-bit elements is not aligned; write "
                "or copy the file again");
  // B4, B5.
  return verifyMeaning(data, diagnostics);
}
