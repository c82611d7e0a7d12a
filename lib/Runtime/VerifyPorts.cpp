//===- VerifyPorts.cpp - checks of ports and names ------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyMeaning.h"

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <set>
#include <string_view>

using namespace neuro;
using namespace neuro::runtime;

namespace {

std::string_view viewOf(const flatbuffers::String *name) {
  return name ? name->string_view() : std::string_view();
}

std::string str(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%g", value);
  return buffer;
}

class PortVerifier {
public:
  PortVerifier(const nrb::Binary &binary, const ReportProblem &report)
      : binary(binary), report(report) {}

  void run() {
    checkInputs();
    checkOutputs();
    checkGolden(binary.golden_inputs(), "golden input");
    checkGolden(binary.golden_outputs(), "golden output");
  }

private:
  // The largest number of a type; the others are as far from 0.
  static double largestOf(nrb::ElementType type) {
    return type == nrb::ElementType::int32   ? double(INT32_MAX)
           : type == nrb::ElementType::int64 ? double(INT64_MAX)
                                             : double(FLT_MAX);
  }

  // One step of the payload must not leave the type, nor vanish in a float32.
  bool checkScale(const void *at, const std::string &what, double scale,
                  uint32_t index, nrb::ElementType type) {
    double size = std::fabs(scale), most = largestOf(type);
    if (size >= double(FLT_MIN) && size <= most)
      return true;
    report(at, what + "scale " + str(scale) + " (#" + std::to_string(index) +
                   ") is no scale of " + nrb::EnumNameElementType(type) +
                   "; its size must be " + str(FLT_MIN) + " to " + str(most));
    return false;
  }

  // M5.
  void checkScales(const nrb::OutputPort &port, const std::string &what) {
    for (uint32_t i = 0; i < sizeOfVector(port.scale()); ++i)
      if (!checkScale(&port, what, port.scale()->Get(i), i,
                      port.element_type()))
        break;
    double most = largestOf(port.element_type());
    for (uint32_t i = 0; i < sizeOfVector(port.zero()); ++i) {
      double zero = port.zero()->Get(i);
      if (std::fabs(zero) <= most)
        continue;
      report(&port, what + "zero point " + str(zero) + " (#" +
                        std::to_string(i) + ") does not fit " +
                        nrb::EnumNameElementType(port.element_type()));
      break;
    }
  }

  // The elements of one token; 0 on overflow or nonsense.
  static uint64_t elementsPerToken(const flatbuffers::Vector<int64_t> *shape,
                                   int32_t timeAxis) {
    uint64_t count = 1;
    for (uint32_t i = 1; i < sizeOfVector(shape); ++i) {
      if (int32_t(i) == timeAxis)
        continue;
      if (shape->Get(i) <= 0 ||
          __builtin_mul_overflow(count, uint64_t(shape->Get(i)), &count) ||
          count > UINT32_MAX)
        return 0;
    }
    return count;
  }

  // M5.
  void checkInputs() {
    std::set<std::string_view> names;
    for (uint32_t i = 0; i < sizeOfVector(binary.inputs()); ++i) {
      const nrb::InputPort &port = *binary.inputs()->Get(i);
      std::string what =
          "input " + std::to_string(i) + " " + quoted(port.name());
      if (!names.insert(viewOf(port.name())).second)
        report(&port, what + ": another input has this name");
      verifyFanoutIndex(what, port.fanout_index(), port.fanout(), port.width(),
                        &port, report);
      verifyFanout(binary, what, port.fanout(), report);
      if (port.offset() > binary.timing()->latency())
        report(&port, what + ": offset " + std::to_string(port.offset()) +
                          " exceeds the latency " +
                          std::to_string(binary.timing()->latency()));
      if (port.payload_bits() % 8 || port.payload_bits() > 24)
        report(&port, "L12: " + what + ": payload of " +
                          std::to_string(uint32_t(port.payload_bits())) +
                          " bits; 0, 8, 16 and 24 are possible");
      if (port.kind() == nrb::InputKind::tick) {
        if (port.width() != 1)
          report(&port, what + ": a tick has one neuron, not " +
                            std::to_string(port.width()));
        continue;
      }
      if (port.kind() > nrb::InputKind::MAX ||
          port.element_type() > nrb::ElementType::MAX) {
        report(&port, what + ": unknown kind or element type");
        continue;
      }
      uint32_t rank = sizeOfVector(port.shape());
      if (port.time_axis() < 1 || uint32_t(port.time_axis()) >= rank) {
        report(&port, what + ": time axis " + std::to_string(port.time_axis()) +
                          " is not an axis behind the batch axis of a rank " +
                          std::to_string(rank) + " array");
        continue;
      }
      uint64_t elements = elementsPerToken(port.shape(), port.time_axis());
      if (port.kind() == nrb::InputKind::one_hot) {
        if (elements != 1 || port.element_type() == nrb::ElementType::float32)
          report(&port, what + ": one_hot takes one integer per token");
        continue;
      }
      if (elements != port.width())
        report(&port, what + ": " + std::to_string(port.width()) +
                          " virtual neurons for " + std::to_string(elements) +
                          " elements per token");
      if (!(port.scale() > 0))
        report(&port, what + ": the scale must be positive");
      else
        checkScale(&port, what + ": ", port.scale(), 0, port.element_type());
      int32_t most =
          port.payload_bits()
              ? (1 << (std::min<unsigned>(port.payload_bits(), 24) - 1)) - 1
              : 1;
      if (port.limit() < 1 || port.limit() > most)
        report(&port, what + ": limit " + std::to_string(port.limit()) +
                          " is outside 1.." + std::to_string(most));
    }
  }

  // M5.
  void checkOutputs() {
    std::set<std::string_view> names;
    if (sizeOfVector(binary.outputs()) == 0)
      report(&binary, "the file has no output");
    for (uint32_t i = 0; i < sizeOfVector(binary.outputs()); ++i) {
      const nrb::OutputPort &port = *binary.outputs()->Get(i);
      std::string what =
          "output " + std::to_string(i) + " " + quoted(port.name()) + ": ";
      if (!names.insert(viewOf(port.name())).second)
        report(&port, what + "another output has this name");
      if (port.element_type() > nrb::ElementType::MAX)
        report(&port, what + "unknown element type");
      else
        checkScales(port, what);
      if (port.offset() > binary.timing()->latency())
        report(&port, what + "offset " + std::to_string(port.offset()) +
                          " exceeds the latency " +
                          std::to_string(binary.timing()->latency()));
      int32_t rank = int32_t(sizeOfVector(port.shape()));
      if (rank < 1 || port.time_axis() == 0 || port.time_axis() < -1 ||
          port.time_axis() >= rank)
        report(&port, what + "time axis " + std::to_string(port.time_axis()) +
                          " of a rank " + std::to_string(rank) + " array");
      uint64_t elements = sizeOfVector(port.elements());
      uint64_t expected = elementsPerToken(port.shape(), port.time_axis());
      if (elements != expected)
        report(&port, what + std::to_string(elements) + " neurons for " +
                          std::to_string(expected) + " elements per token");
      if (!broadcasts(port.scale(), elements))
        report(&port, what + std::to_string(sizeOfVector(port.scale())) +
                          " scales, expected 1 or " + std::to_string(elements));
      if (sizeOfVector(port.zero()) && !broadcasts(port.zero(), elements))
        report(&port, what + std::to_string(sizeOfVector(port.zero())) +
                          " zero points, expected 0, 1 or " +
                          std::to_string(elements));
      if (port.source() >= sizeOfVector(binary.sources()))
        report(&port, what + "source " + std::to_string(port.source()) +
                          " does not exist");
      for (uint32_t j = 0; j < elements; ++j) {
        const nrb::NeuronRef *ref = port.elements()->Get(j);
        if (ref->core() >= sizeOfVector(binary.cores()) ||
            ref->neuron() + 1ull >=
                sizeOfVector(
                    binary.cores()->Get(ref->core())->fanout_index())) {
          report(ref, what + "element " + std::to_string(j) + ": neuron " +
                          std::to_string(ref->neuron()) + " of core " +
                          std::to_string(ref->core()) + " does not exist");
          break;
        }
      }
    }
  }

  void checkGolden(
      const flatbuffers::Vector<flatbuffers::Offset<nrb::GoldenArray>> *arrays,
      const char *kind) {
    for (uint32_t i = 0; i < sizeOfVector(arrays); ++i) {
      const nrb::GoldenArray &array = *arrays->Get(i);
      std::string what = std::string(kind) + " " + std::to_string(i) + " " +
                         quoted(array.name()) + ": ";
      if (array.element_type() > nrb::ElementType::MAX) {
        report(&array, what + "unknown element type");
        continue;
      }
      uint64_t bytes = array.element_type() == nrb::ElementType::int64 ? 8 : 4;
      bool valid = true;
      for (uint32_t j = 0; j < sizeOfVector(array.shape()); ++j)
        if (array.shape()->Get(j) < 0 ||
            __builtin_mul_overflow(bytes, uint64_t(array.shape()->Get(j)),
                                   &bytes))
          valid = false;
      if (!valid || bytes != sizeOfVector(array.data()))
        report(&array, what + "the shape does not match " +
                           std::to_string(sizeOfVector(array.data())) +
                           " bytes of data");
    }
  }

  const nrb::Binary &binary;
  const ReportProblem &report;
};

// Calls `visit` for each table.
template <typename Tables, typename Visitor>
void forEach(const Tables *tables, Visitor visit) {
  for (uint32_t i = 0; i < sizeOfVector(tables); ++i)
    visit(i, *tables->Get(i));
}

class NameVerifier {
public:
  NameVerifier(const nrb::Binary &binary, const ReportProblem &report)
      : binary(binary), report(report) {}

  void run() {
    checkText(binary.schema_hash(), "the schema's hash");
    checkText(binary.producer(), "the producer");
    if (binary.target())
      checkText(binary.target()->name(), "the target");
    forEach(binary.sources(), [&](uint32_t i, const nrb::Source &source) {
      std::string what = "source " + std::to_string(i);
      checkText(source.name(), what + ": the name");
      checkText(source.op(), what + ": the operator");
    });
    forEach(binary.cores(), [&](uint32_t i, const nrb::Core &core) {
      checkCore(core, "core " + std::to_string(i) + ": ");
    });
    forEach(binary.inputs(), [&](uint32_t i, const nrb::InputPort &port) {
      checkPort(port.name(), &port, "input " + std::to_string(i));
    });
    forEach(binary.outputs(), [&](uint32_t i, const nrb::OutputPort &port) {
      checkPort(port.name(), &port, "output " + std::to_string(i));
    });
    for (const auto *arrays : {binary.golden_inputs(), binary.golden_outputs()})
      forEach(arrays, [&](uint32_t i, const nrb::GoldenArray &array) {
        checkArray(array.name(), "golden array " + std::to_string(i));
      });
  }

private:
  void checkText(const flatbuffers::String *text, const std::string &what,
                 bool lines = false) {
    fail(text, what, findTextProblem(viewOf(text), lines));
  }
  void checkArray(const flatbuffers::String *name, const std::string &what) {
    fail(name, what + ": the name", findArrayNameProblem(viewOf(name)));
  }
  void checkPort(const flatbuffers::String *name, const void *port,
                 const std::string &what) {
    if (viewOf(name).empty())
      report(port, what + ": has no name; arrays are found by it");
    checkArray(name, what);
  }
  void fail(const flatbuffers::String *text, const std::string &what,
            const std::string &problem) {
    if (!problem.empty())
      report(text, what + " " + quoted(text) + " " + problem);
  }

  void checkCore(const nrb::Core &core, const std::string &where) {
    forEach(core.programs(), [&](uint32_t i, const nrb::Program &program) {
      checkText(program.name(),
                where + "program " + std::to_string(i) + ": the name");
    });
    forEach(core.rules(), [&](uint32_t i, const nrb::Rule &rule) {
      std::string what = where + "rule " + std::to_string(i);
      checkText(rule.name(), what + ": the name");
      checkText(rule.text(), what + ": the text", true);
    });
    forEach(core.groups(), [&](uint32_t i, const nrb::Group &group) {
      std::string what = where + "group " + std::to_string(i);
      checkArray(group.name(), what);
      forEach(group.parameters(), [&](uint32_t j, const nrb::Parameter &p) {
        checkText(p.name(),
                  what + ": parameter " + std::to_string(j) + ": the name");
      });
      std::set<std::string_view> fields;
      forEach(group.state(), [&](uint32_t j, const nrb::StateField &field) {
        std::string of = what + ": state field " + std::to_string(j);
        checkArray(field.name(), of);
        if (!viewOf(field.name()).empty() &&
            !fields.insert(viewOf(field.name())).second)
          report(&field, of + " " + quoted(field.name()) +
                             ": another field has this name");
      });
    });
  }

  const nrb::Binary &binary;
  const ReportProblem &report;
};

} // namespace

void neuro::runtime::verifyPorts(const nrb::Binary &binary,
                                 const ReportProblem &report) {
  PortVerifier(binary, report).run();
}

// B7.
void neuro::runtime::verifyNames(const nrb::Binary &binary,
                                 const ReportProblem &report) {
  NameVerifier(binary, report).run();
}

void neuro::runtime::verifyFanoutIndex(
    const std::string &what, const flatbuffers::Vector<uint32_t> *index,
    const flatbuffers::Vector<const nrb::AxonOut *> *fanout, uint64_t count,
    const void *owner, const ReportProblem &report) {
  if (sizeOfVector(index) != count + 1) {
    report(index ? static_cast<const void *>(index) : owner,
           what + ": fanout_index has " + std::to_string(sizeOfVector(index)) +
               " entries, expected " + std::to_string(count + 1));
    return;
  }
  uint32_t last = 0;
  for (uint32_t i = 0; i < index->size(); ++i) {
    if (index->Get(i) < last || (i == 0 && index->Get(i) != 0)) {
      report(index, what + ": fanout_index[" + std::to_string(i) +
                        "] must start at 0 and not decrease");
      return;
    }
    last = index->Get(i);
  }
  if (last != sizeOfVector(fanout))
    report(index, what + ": fanout_index ends at " + std::to_string(last) +
                      ", fanout has " + std::to_string(sizeOfVector(fanout)) +
                      " entries");
}

void neuro::runtime::verifyFanout(
    const nrb::Binary &binary, const std::string &what,
    const flatbuffers::Vector<const nrb::AxonOut *> *fanout,
    const ReportProblem &report) {
  for (uint32_t i = 0; i < sizeOfVector(fanout); ++i) {
    const nrb::AxonOut *out = fanout->Get(i);
    if (out->core() >= sizeOfVector(binary.cores()))
      report(out, what + ": fanout " + std::to_string(i) + ": core " +
                      std::to_string(out->core()) +
                      " does not exist, the file has " +
                      std::to_string(sizeOfVector(binary.cores())));
    else if (out->axon() >=
             sizeOfVector(binary.cores()->Get(out->core())->axons_in()))
      report(out, what + ": fanout " + std::to_string(i) + ": axon " +
                      std::to_string(out->axon()) + " of core " +
                      std::to_string(out->core()) + " does not exist, it has " +
                      std::to_string(sizeOfVector(
                          binary.cores()->Get(out->core())->axons_in())));
  }
}
