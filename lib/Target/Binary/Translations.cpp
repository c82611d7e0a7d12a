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
  static TranslateRegistration test(
      "test-nrb-roundtrip",
      "read a chip binary, print and parse it, write it, compare the bytes",
      [](const std::shared_ptr<llvm::SourceMgr> &sources, raw_ostream &os,
         MLIRContext *context) { return roundTrip(*sources, os, context); });
}
