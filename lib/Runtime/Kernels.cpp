//===- Kernels.cpp - chooses the inner loops ------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

namespace neuro::runtime {
namespace generic {
extern const KernelTable kTable;
}
#ifdef NEURO_X86_KERNELS
namespace avx2 {
extern const KernelTable kTable;
}
namespace avx512 {
extern const KernelTable kTable;
}
#endif

static unsigned listTables(const KernelTable *tables[3]) {
  unsigned count = 0;
#ifdef NEURO_X86_KERNELS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2"))
    tables[count++] = &avx512::kTable;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma"))
    tables[count++] = &avx2::kTable;
#endif
  tables[count++] = &generic::kTable;
  return count;
}

unsigned numKernelTables() {
  const KernelTable *tables[3];
  return listTables(tables);
}

const KernelTable &getKernelTable(unsigned index) {
  const KernelTable *tables[3];
  unsigned count = listTables(tables);
  return *tables[index < count ? index : count - 1];
}

} // namespace neuro::runtime
