//===- VerifySize.cpp - what a file stands for is not more than it holds --===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// FlatBuffers lets any number of parents refer to one child, and M7 lets axons
// share static words: without a bound a few kilobytes stand for gigabytes.
//
//===----------------------------------------------------------------------===//

#include "VerifyMeaning.h"

#include "neuro/Target/TargetModel.h"

#include "flatbuffers/minireflect.h"

#include <algorithm>

using namespace neuro;
using namespace neuro::runtime;

namespace {

using flatbuffers::ReadScalar;
using flatbuffers::TypeTable;
using flatbuffers::uoffset_t;
using flatbuffers::voffset_t;

// Adds up tables, vectors and strings by the type tables of the schema, each
// as often as something refers to it. Stops at the first byte too many, so that
// the walk is not longer than the file.
class ExpandedSize {
public:
  explicit ExpandedSize(uint64_t limit) : left(limit) {}

  // False when the limit is exceeded; `at` is where.
  bool add(const flatbuffers::Table &table, const TypeTable &type) {
    const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&table);
    // A vtable of one entry, at the end of the file, does not say how large its
    // table is.
    const uint8_t *vtable = table.GetVTable();
    bool saysSize = ReadScalar<voffset_t>(vtable) >= 2 * sizeof(voffset_t);
    uint64_t own =
        saysSize ? ReadScalar<voffset_t>(vtable + sizeof(voffset_t)) : 0;
    if (!take(std::max<uint64_t>(own, sizeof(uoffset_t)), bytes))
      return false;
    for (size_t i = 0; i < type.num_elems; ++i) {
      const uint8_t *field =
          table.GetAddressOf(voffset_t((i + 2) * sizeof(voffset_t)));
      if (field && !addField(field, type, type.type_codes[i]))
        return false;
    }
    return true;
  }

  const uint8_t *at = nullptr;

private:
  bool take(uint64_t bytes, const uint8_t *where) {
    at = where;
    if (bytes > left)
      return false;
    left -= bytes;
    return true;
  }

  static const uint8_t *follow(const uint8_t *offset) {
    return offset + ReadScalar<uoffset_t>(offset);
  }

  bool addField(const uint8_t *field, const TypeTable &owner,
                flatbuffers::TypeCode code) {
    auto type = flatbuffers::ElementaryType(code.base_type);
    const TypeTable *sequence =
        code.sequence_ref >= 0 ? owner.type_refs[code.sequence_ref]() : nullptr;
    if (!code.is_repeating)
      return addValue(field, type, sequence);
    const uint8_t *vector = follow(field);
    uint64_t count = ReadScalar<uoffset_t>(vector);
    uint64_t size = flatbuffers::InlineSize(type, sequence);
    if (!take(sizeof(uoffset_t) + count * size, vector))
      return false;
    if (!isReference(type, sequence))
      return true;
    for (uint64_t i = 0; i < count; ++i)
      if (!addValue(vector + sizeof(uoffset_t) * (i + 1), type, sequence))
        return false;
    return true;
  }

  static bool isReference(flatbuffers::ElementaryType type,
                          const TypeTable *sequence) {
    return type == flatbuffers::ET_STRING ||
           (type == flatbuffers::ET_SEQUENCE &&
            sequence->st == flatbuffers::ST_TABLE);
  }

  // Numbers and structs are part of what holds them.
  bool addValue(const uint8_t *value, flatbuffers::ElementaryType type,
                const TypeTable *sequence) {
    if (!isReference(type, sequence))
      return true;
    const uint8_t *target = follow(value);
    if (type == flatbuffers::ET_STRING)
      return take(sizeof(uoffset_t) + uint64_t(ReadScalar<uoffset_t>(target)) +
                      1,
                  target);
    return add(*reinterpret_cast<const flatbuffers::Table *>(target),
               *sequence);
  }

  uint64_t left;
};

} // namespace

// B6.
bool neuro::runtime::verifySize(const nrb::Binary &binary, uint64_t size,
                                const ReportProblem &report) {
  ExpandedSize expanded(size);
  if (!expanded.add(reinterpret_cast<const flatbuffers::Table &>(binary),
                    *nrb::BinaryTypeTable())) {
    report(expanded.at,
           "the file refers to some of its parts again and again: what it "
           "stands for is more than its " +
               std::to_string(size) +
               " bytes; write each table, vector and string once");
    return false;
  }
  uint64_t words = 0;
  for (uint32_t i = 0; i < sizeOfVector(binary.cores()); ++i) {
    const nrb::Core &core = *binary.cores()->Get(i);
    // What lies outside is told later, axon by axon.
    for (uint32_t j = 0; j < sizeOfVector(core.axons_in()); ++j)
      words += std::min(core.axons_in()->Get(j)->words(),
                        sizeOfVector(core.synapse_words()));
  }
  if (words * 8 > size) {
    report(&binary, "the input axons share synapse words: they list " +
                        std::to_string(words * 8) +
                        " bytes of them, the "
                        "whole file has " +
                        std::to_string(size) +
                        "; give axons words of their own");
    return false;
  }
  return true;
}

target::CoreContents neuro::runtime::contentsOf(const nrb::Core &core) {
  target::CoreContents contents;
  contents.synapseWords = sizeOfVector(core.synapse_words());
  contents.inputAxons = sizeOfVector(core.axons_in());
  contents.outputAxons = sizeOfVector(core.fanout());
  for (uint32_t i = 0; i < sizeOfVector(core.programs()); ++i)
    contents.instructions += sizeOfVector(core.programs()->Get(i)->code());
  uint64_t neurons = 0;
  for (uint32_t i = 0; i < sizeOfVector(core.groups()); ++i) {
    const nrb::Group &group = *core.groups()->Get(i);
    uint64_t bits = 0;
    for (uint32_t j = 0; j < sizeOfVector(group.state()); ++j)
      bits += group.state()->Get(j)->bits();
    contents.stateWords += target::stateWords(bits) * group.count();
    for (uint32_t j = 0; j < sizeOfVector(group.parameters()); ++j)
      contents.parameters += sizeOfVector(group.parameters()->Get(j)->values());
    neurons += group.count();
  }
  contents.rules = sizeOfVector(core.rules());
  for (uint32_t i = 0; i < contents.rules; ++i) {
    const nrb::Rule &rule = *core.rules()->Get(i);
    for (uint32_t j = 0; j < sizeOfVector(rule.terms()); ++j)
      contents.products += sizeOfVector(rule.terms()->Get(j)->products());
  }
  std::vector<uint32_t> lastRule(neurons); // that reached a neuron, from 1
  std::vector<std::vector<uint32_t>> axons = axonsByRule(core);
  for (uint32_t i = 0; i < axons.size(); ++i)
    for (uint32_t axon : axons[i]) {
      ++contents.preTraces;
      visitSynapses(core, *core.axons_in()->Get(axon),
                    [&](const DecodedSynapse &synapse) {
                      uint32_t &last = lastRule[synapse.target];
                      contents.postTraces += last != i + 1;
                      last = i + 1;
                    });
    }
  return contents;
}
