//===- Parse.cpp - from bytes to an ONNX message --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parse.h"
#include "llvm/ADT/StringExtras.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

using namespace llvm;
namespace pb = google::protobuf;

namespace {

/// Nested messages deeper than this are hostile: subgraphs need a few levels.
constexpr int kMaxDepth = 64;

struct FirstError : public pb::io::ErrorCollector {
  void AddError(int errorLine, int errorColumn,
                const std::string &text) override {
    if (!message.empty())
      return;
    message = text;
    line = errorLine < 0 ? 0 : errorLine + 1;
    column = errorColumn < 0 ? 0 : errorColumn + 1;
  }
  std::string message;
  unsigned line = 0, column = 0;
};

struct Field {
  unsigned number;
  unsigned wire;
  const char *name;
};
constexpr Field kModelFields[] = {{1, 0, "ir_version"},
                                  {2, 2, "producer_name"},
                                  {3, 2, "producer_version"},
                                  {4, 2, "domain"},
                                  {5, 0, "model_version"},
                                  {6, 2, "doc_string"},
                                  {7, 2, "graph"},
                                  {8, 2, "opset_import"},
                                  {14, 2, "metadata_props"},
                                  {20, 2, "training_info"},
                                  {25, 2, "functions"}};

/// Reads the outermost fields only, to tell a truncated file from another kind
/// of file. `message` is set when the bytes begin like an ONNX model.
enum class Outline { Whole, Truncated, Foreign };
Outline readOutline(StringRef bytes, std::string &message) {
  size_t at = 0;
  bool known = false;
  auto varint = [&](uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
      uint8_t byte = bytes[at++];
      value |= uint64_t(byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
    return false;
  };
  auto cut = [&](const Twine &text) {
    message = text.str();
    return known ? Outline::Truncated : Outline::Foreign;
  };
  while (at < bytes.size()) {
    size_t start = at;
    uint64_t tag, value;
    if (!varint(tag))
      return cut("the file ends inside a field tag at byte " + Twine(start));
    const Field *field = nullptr;
    for (const Field &candidate : kModelFields)
      if (candidate.number == tag >> 3 && candidate.wire == (tag & 7))
        field = &candidate;
    if (!field &&
        (tag >> 3 == 0 || tag >> 3 > 100 || ((tag & 7) != 0 && (tag & 7) != 2)))
      return Outline::Foreign;
    std::string name = field ? field->name : "number " + utostr(tag >> 3);
    if (!varint(value))
      return cut("the file ends inside field '" + Twine(name) + "' at byte " +
                 Twine(start));
    known |= field != nullptr;
    if ((tag & 7) == 0)
      continue;
    if (value > bytes.size() - at)
      return cut("field '" + Twine(name) + "' at byte " + Twine(start) +
                 " says it has " + Twine(value) + " bytes, but only " +
                 Twine(bytes.size() - at) + " are left");
    at += value;
  }
  return known ? Outline::Whole : Outline::Foreign;
}

bool looksLikeText(StringRef bytes) {
  StringRef head = bytes.take_front(1024);
  for (unsigned char byte : head)
    if (byte < 32 && byte != '\n' && byte != '\r' && byte != '\t')
      return false;
  return true;
}

} // namespace

bool neuro::import::parseModel(StringRef bytes, ::onnx::ModelProto &model,
                               ParseError &error) {
  pb::LogSilencer quiet;
  if (bytes.empty()) {
    error.message = "the file is empty: export or download the model again";
    return false;
  }
  if (bytes.starts_with("version https://git-lfs")) {
    error.message =
        "this is a git-LFS pointer, not the model it stands for: run `git lfs "
        "pull` in the repository it came from, or download the file itself";
    return false;
  }
  if (bytes.size() > size_t(INT32_MAX)) {
    error.message = "the file has " + utostr(bytes.size()) +
                    " bytes; protobuf files end at 2 GiB: save the model with "
                    "external data";
    return false;
  }
  if (looksLikeText(bytes)) {
    FirstError collector;
    pb::TextFormat::Parser parser;
    parser.RecordErrorsTo(&collector);
    parser.SetRecursionLimit(kMaxDepth);
    pb::io::ArrayInputStream stream(bytes.data(), int(bytes.size()));
    if (parser.Parse(&stream, &model))
      return true;
    error.message = "this is text, but not an ONNX model as protobuf text: " +
                    collector.message;
    error.line = collector.line;
    error.column = collector.column;
    return false;
  }
  std::string place;
  switch (readOutline(bytes, place)) {
  case Outline::Foreign:
    error.message = "this is not an ONNX file: it does not begin like a "
                    "protobuf message of the type ModelProto";
    return false;
  case Outline::Truncated:
    error.message = "the file is truncated: " + place +
                    ": export or download the model again";
    return false;
  case Outline::Whole:
    break;
  }
  pb::io::ArrayInputStream stream(bytes.data(), int(bytes.size()));
  pb::io::CodedInputStream coded(&stream);
  coded.SetRecursionLimit(kMaxDepth);
  if (!model.ParsePartialFromCodedStream(&coded) ||
      !coded.ConsumedEntireMessage()) {
    error.message =
        "this is not a valid ONNX file: protobuf cannot read it beyond byte " +
        utostr(coded.CurrentPosition()) + " of " + utostr(bytes.size()) +
        " (corrupted, or messages nested deeper than " + utostr(kMaxDepth) +
        "): export or download the model again";
    return false;
  }
  return true;
}
