//===- ExternalData.h - weights in files beside the model -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_IMPORT_EXTERNALDATA_H
#define NEURO_LIB_IMPORT_EXTERNALDATA_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>
#include <vector>

namespace neuro::import {

/// The files that a model may read. A model may come from anywhere, so it gets
/// at ordinary files in or below its own folder and at nothing else. Where the
/// model's path is a link, the folders of what it names count too; in the
/// cache of Hugging Face's hub, whose snapshots are links, also its blobs.
class ExternalFiles {
public:
  explicit ExternalFiles(llvm::StringRef modelPath);

  /// The bytes of the file at `location`; null with `error` set. `name`
  /// becomes the path as a message says it.
  const llvm::MemoryBuffer *open(llvm::StringRef location, std::string &name,
                                 std::string &error);

  /// Of all files opened so far, without links, sorted.
  std::vector<std::string> paths() const;

private:
  std::string folder;
  /// Without links, ending in '/': `roots` may be read from; `bases` are where
  /// a location starts.
  std::vector<std::string> roots, bases;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
};

} // namespace neuro::import

#endif // NEURO_LIB_IMPORT_EXTERNALDATA_H
