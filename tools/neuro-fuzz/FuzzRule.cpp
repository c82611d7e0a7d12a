//===- FuzzRule.cpp - learning rules as hostile text ------------*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Learning/Rule.h"

#include <cstdlib>

using namespace neuro::learning;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  std::vector<std::string> errors;
  std::optional<Rule> rule = parseRule(text, errors);
  // Either a rule or a reason.
  if (!rule && errors.empty())
    abort();
  if (rule) {
    (void)printRule(*rule);
    (void)legaliseRule(*rule, errors);
  }
  errors.clear();
  if (std::optional<Rule> exact = parseExactRule(text, errors)) {
    std::optional<Rule> again = parseExactRule(printRule(*exact), errors);
    if (!again || !(*again == *exact))
      abort();
  }
  return 0;
}
