//===- Translations.cpp - chip binaries in neuro-translate ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Target/Binary/Binary.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace neuro;

static const llvm::MemoryBuffer &mainBuffer(llvm::SourceMgr &sources) {
  return *sources.getMemoryBuffer(sources.getMainFileID());
}

static ArrayRef<uint8_t> bytesOf(const llvm::MemoryBuffer &buffer) {
  return {reinterpret_cast<const uint8_t *>(buffer.getBufferStart()),
          buffer.getBufferSize()};
}

// Reads a file, prints it, parses the text in a fresh context and writes it
// again: the bytes must be the same.
static LogicalResult roundTrip(llvm::SourceMgr &sources, raw_ostream &os,
                               MLIRContext *context) {
  const llvm::MemoryBuffer &buffer = mainBuffer(sources);
  OwningOpRef<ModuleOp> module =
      loihi::readBinary(bytesOf(buffer), buffer.getBufferIdentifier(), context);
  if (!module)
    return failure();
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);

  MLIRContext fresh;
  fresh.loadDialect<loihi::LoihiDialect>();
  OwningOpRef<ModuleOp> again =
      parseSourceString<ModuleOp>(text, ParserConfig(&fresh));
  if (!again)
    return module->emitError() << "the printed module does not parse";
  FailureOr<std::vector<uint8_t>> bytes = loihi::emitBinary(*again);
  if (failed(bytes))
    return failure();
  if (ArrayRef<uint8_t>(*bytes) == bytesOf(buffer)) {
    os << "round trip: the same " << bytes->size() << " bytes\n";
    return success();
  }
  size_t at = 0;
  while (at < bytes->size() && at < buffer.getBufferSize() &&
         (*bytes)[at] == bytesOf(buffer)[at])
    ++at;
  return module->emitError()
         << "round trip: byte " << at << " differs; expected "
         << buffer.getBufferSize() << " bytes, got " << bytes->size();
}

static constexpr char kSchema[] =
#include "neuro/Target/Binary/nrb_schema.inc"
    ;

// Shows every byte of a file with the field that it belongs to, also when the
// file is damaged: for reports of bugs.
static LogicalResult annotate(llvm::SourceMgr &sources, raw_ostream &os,
                              MLIRContext *context) {
  auto fail = [&](const Twine &message) {
    return emitError(UnknownLoc::get(context)) << message;
  };
  llvm::ErrorOr<std::string> flatc = llvm::sys::findProgramByName("flatc");
  if (!flatc)
    return fail("flatc is not on PATH; install flatbuffers-compiler");
  SmallString<128> folder;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("neuro-annotate", folder))
    return fail("cannot make a temporary folder: " + error.message());
  llvm::scope_exit clean([&] { llvm::sys::fs::remove_directories(folder); });
  auto path = [&](StringRef name) {
    SmallString<128> result = folder;
    llvm::sys::path::append(result, name);
    return std::string(result);
  };
  auto write = [&](StringRef name, StringRef text) {
    std::error_code error;
    llvm::raw_fd_ostream file(path(name), error);
    if (!error) {
      file << text;
      file.close();
      error = file.error();
    }
    if (error)
      file.clear_error();
    return !error;
  };
  if (!write("nrb.fbs", kSchema) ||
      !write("file.nrb", mainBuffer(sources).getBuffer()))
    return fail("cannot write to '" + folder + "'");
  std::string schema = path("nrb.fbs"), compiled = path("nrb.bfbs"),
              binary = path("file.nrb"), log = path("log");
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log),
                                          StringRef(log)};
  SmallVector<StringRef> compile = {*flatc, "--binary", "--schema",
                                    "-o",   folder,     schema};
  SmallVector<StringRef> show = {*flatc,   "-o", folder, "--annotate",
                                 compiled, "--", binary};
  if (llvm::sys::ExecuteAndWait(*flatc, compile, std::nullopt, redirects) ||
      llvm::sys::ExecuteAndWait(*flatc, show, std::nullopt, redirects))
    return fail("flatc failed; version 2.0.8 or later is needed");
  auto text = llvm::MemoryBuffer::getFile(path("file.afb"));
  if (!text)
    return fail("flatc wrote no annotation; version 2.0.8 or later is needed");
  os << (*text)->getBuffer();
  return success();
}

void neuro::registerBinaryTranslations() {
  auto dialects = [](DialectRegistry &registry) {
    registry.insert<loihi::LoihiDialect>();
  };
  static TranslateFromMLIRRegistration emit(
      "emit-nrb", "write the loihi.system of a module as a chip binary",
      [](Operation *op, raw_ostream &os) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module)
          return op->emitError() << "expected a module";
        FailureOr<std::vector<uint8_t>> bytes = loihi::emitBinary(module);
        if (failed(bytes))
          return failure();
        os.write(reinterpret_cast<const char *>(bytes->data()), bytes->size());
        return success();
      },
      dialects);
  static TranslateToMLIRRegistration read(
      "read-nrb", "read a chip binary as loihi ops",
      TranslateRawSourceMgrToMLIRFunction(
          [](llvm::SourceMgr &sources,
             MLIRContext *context) -> OwningOpRef<Operation *> {
            const llvm::MemoryBuffer &buffer = mainBuffer(sources);
            return loihi::readBinary(bytesOf(buffer),
                                     buffer.getBufferIdentifier(), context)
                .release()
                .getOperation();
          }),
      dialects);
  static TranslateRegistration show(
      "annotate-nrb", "print every byte of a chip binary with its field",
      [](const std::shared_ptr<llvm::SourceMgr> &sources, raw_ostream &os,
         MLIRContext *context) { return annotate(*sources, os, context); });
  static TranslateRegistration test(
      "test-nrb-roundtrip",
      "read a chip binary, print and parse it, write it, compare the bytes",
      [](const std::shared_ptr<llvm::SourceMgr> &sources, raw_ostream &os,
         MLIRContext *context) { return roundTrip(*sources, os, context); });
}
