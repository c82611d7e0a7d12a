//===- Runtime.cpp - C interface to the simulator -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro-c/Runtime.h"

#include "neuro/Runtime/Simulator.h"

#include <cstring>
#include <exception>
#include <new>

using namespace neuro;
using namespace neuro::runtime;

struct NeuroSimulator {
  std::unique_ptr<Simulator> simulator;
  std::string errors, json;
};

struct NeuroRun {
  bool ok = false;
  RunResult result;
  std::string errors, stats;
};

namespace {

void appendLine(std::string &text, const std::string &line) {
  if (!text.empty())
    text += '\n';
  text += line;
}

// What a library function may throw becomes an error of the object.
template <typename Object, typename F> Object *guarded(F fill) {
  Object *object = new (std::nothrow) Object();
  if (!object)
    return nullptr;
  try {
    fill(*object);
  } catch (const std::bad_alloc &) {
    object->errors = "out of memory";
  } catch (const std::exception &error) {
    object->errors = error.what();
  }
  return object;
}

void finishLoading(NeuroSimulator &object, std::unique_ptr<Binary> binary,
                   const std::vector<Diagnostic> &diagnostics) {
  for (const Diagnostic &diagnostic : diagnostics)
    appendLine(object.errors, diagnostic.str());
  if (!binary)
    return;
  auto simulator = std::make_unique<Simulator>(
      std::shared_ptr<const Binary>(std::move(binary)));
  object.json = simulator->describeAsJson();
  object.simulator = std::move(simulator);
}

NeuroArray view(const std::pair<std::string, Array> &entry) {
  return {entry.first.c_str(), NeuroDType(entry.second.dtype),
          entry.second.shape.size(), entry.second.shape.data(),
          entry.second.data.data()};
}

bool readInput(const NeuroArray &input, NamedArrays &arrays,
               std::string &errors) {
  std::string name = input.name ? input.name : "";
  uint64_t bytes = 1;
  // A caller in C may have put any number there.
  unsigned dtype = 0;
  static_assert(sizeof(dtype) == sizeof(input.dtype), "an enum of C is an int");
  std::memcpy(&dtype, &input.dtype, sizeof(dtype));
  bool valid =
      input.name && dtype < kNumDTypes && (input.shape || input.rank == 0);
  if (valid) {
    bytes = sizeOf(static_cast<DType>(dtype));
    for (size_t i = 0; i < input.rank; ++i)
      valid = valid && input.shape[i] >= 0 &&
              !__builtin_mul_overflow(bytes, uint64_t(input.shape[i]), &bytes);
  }
  if (!valid || (bytes && !input.data)) {
    appendLine(errors, "input '" + name + "': not a valid array");
    return false;
  }
  Array array(static_cast<DType>(dtype),
              std::vector<int64_t>(input.shape, input.shape + input.rank));
  if (bytes)
    std::memcpy(array.data.data(), input.data, bytes);
  arrays.emplace_back(std::move(name), std::move(array));
  return true;
}

} // namespace

NeuroSimulator *neuroSimulatorLoad(const char *path) {
  return guarded<NeuroSimulator>([&](NeuroSimulator &object) {
    std::vector<Diagnostic> diagnostics;
    finishLoading(object, Binary::load(path ? path : "", diagnostics),
                  diagnostics);
  });
}

NeuroSimulator *neuroSimulatorLoadBytes(const void *data, size_t size,
                                        const char *name) {
  return guarded<NeuroSimulator>([&](NeuroSimulator &object) {
    const uint8_t *begin = static_cast<const uint8_t *>(data);
    std::vector<uint8_t> bytes;
    if (begin)
      bytes.assign(begin, begin + size);
    std::vector<Diagnostic> diagnostics;
    finishLoading(object,
                  Binary::fromBytes(std::move(bytes), name ? name : "binary",
                                    diagnostics),
                  diagnostics);
  });
}

int neuroSimulatorIsOk(const NeuroSimulator *simulator) {
  return simulator && simulator->simulator;
}

const char *neuroSimulatorGetErrors(const NeuroSimulator *simulator) {
  return simulator ? simulator->errors.c_str() : "no simulator";
}

const char *neuroSimulatorGetJson(const NeuroSimulator *simulator) {
  return simulator ? simulator->json.c_str() : "";
}

void neuroSimulatorDestroy(NeuroSimulator *simulator) { delete simulator; }

NeuroRun *neuroSimulatorRun(const NeuroSimulator *simulator,
                            const NeuroArray *inputs, size_t num_inputs,
                            const NeuroRunOptions *options) {
  return guarded<NeuroRun>([&](NeuroRun &run) {
    if (!neuroSimulatorIsOk(simulator)) {
      run.errors = "the simulator holds no model";
      return;
    }
    NamedArrays arrays;
    bool valid = true;
    for (size_t i = 0; inputs && i < num_inputs; ++i)
      valid &= readInput(inputs[i], arrays, run.errors);
    if (!valid)
      return;
    RunOptions runOptions;
    if (options) {
      runOptions.reference = options->reference != 0;
      runOptions.learning = options->no_learning == 0;
      runOptions.threads = options->threads;
      runOptions.tokens = options->tokens;
      for (size_t i = 0; options->probes && i < options->num_probes; ++i)
        if (options->probes[i])
          runOptions.probes.push_back(parseProbe(options->probes[i]));
      if (options->progress)
        runOptions.progress = [=](uint64_t done, uint64_t total) {
          options->progress(done, total, options->user);
        };
    }
    std::vector<std::string> errors;
    run.ok = simulator->simulator->run(arrays, runOptions, run.result, errors);
    for (const std::string &error : errors)
      appendLine(run.errors, error);
    if (run.ok)
      run.stats = simulator->simulator->statsToJson(run.result.stats);
  });
}

int neuroRunIsOk(const NeuroRun *run) { return run && run->ok; }

const char *neuroRunGetErrors(const NeuroRun *run) {
  return run ? run->errors.c_str() : "no run";
}

size_t neuroRunGetNumOutputs(const NeuroRun *run) {
  return run ? run->result.outputs.size() : 0;
}

NeuroArray neuroRunGetOutput(const NeuroRun *run, size_t index) {
  if (index >= neuroRunGetNumOutputs(run))
    return {};
  return view(run->result.outputs[index]);
}

size_t neuroRunGetNumProbes(const NeuroRun *run) {
  return run ? run->result.probes.size() : 0;
}

NeuroArray neuroRunGetProbe(const NeuroRun *run, size_t index) {
  if (index >= neuroRunGetNumProbes(run))
    return {};
  return view(run->result.probes[index]);
}

const char *neuroRunGetStatsJson(const NeuroRun *run) {
  return run ? run->stats.c_str() : "";
}

void neuroRunDestroy(NeuroRun *run) { delete run; }

const char *neuroRuntimeGetFormatVersion(void) {
  static const std::string version = std::to_string(kVersionMajor) + "." +
                                     std::to_string(kVersionMinor) + "." +
                                     std::to_string(kVersionPatch);
  return version.c_str();
}
