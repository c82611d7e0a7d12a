//===- RunTool.cpp - what neuro-run does ----------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunTool.h"

#include "neuro/Support/Failures.h"
#include "neuro/Support/FileSet.h"
#include "neuro/Support/Names.h"
#include "neuro/Support/Npz.h"
#include "neuro/Target/Binary/nrb_hash.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace neuro;
using namespace neuro::runtime;

namespace {

constexpr const char *kExamples = R"(
Examples:
  neuro-run model.nrb --list
  neuro-run model.nrb --input in.npz --output out.npz
  neuro-run model.nrb --input images=x.npy --input labels=y.npy --output out.npz
  neuro-run model.nrb --input in.npz --no-learning --stats
  neuro-run model.nrb --input first.npz --save-state s.nrs
  neuro-run model.nrb --input rest.npz --load-state s.nrs --output out.npz
  neuro-run model.nrb --input in.npz --probe attn0:weights --probe-output p.npz

Arrays have the names and shapes of the ONNX model's inputs and outputs; axis 0
is the batch: each entry is one sequence, run from reset. A probe's NAME is that
of a group or of a source (a layer); --list shows them. After every step: spikes
(the default), state, dendrites (what they summed up), synapses (weights, delays
and tags of plastic ones), traces (x1 x2 y1 y2 y3 of the learning engine). After
every token: weights. trace is what the instruction PROBE sent.

Inputs are files or pipes. All outputs of a run are written together, after it;
a run that fails writes none. When values were limited or wrapped, one line says
so on the error stream (not with --quiet). Exit code: 0 done, 1 something in a
file or an array is wrong, or values were limited and --strict was given, 2 the
command line is wrong.
)";

constexpr size_t kMaxUnread = 10;

// A comparison with NaN never fails, one with infinity says nothing.
std::string finiteNumber(const std::string &text) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (!text.empty() && *end == 0 && std::isfinite(value) && value >= 0)
    return "";
  return "expected a number from 0, got '" + text + "'";
}

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The file of FILE or NAME=FILE. A file may have a name with `=`.
std::string pathOf(const std::string &argument) {
  size_t equals = argument.find('=');
  return equals == std::string::npos || ::access(argument.c_str(), F_OK) == 0
             ? argument
             : argument.substr(equals + 1);
}

} // namespace

std::optional<int> RunTool::parse(int argc, char **argv) {
  CLI::App app{"Simulates a chip binary written by neuro-compile."};
  app.name("neuro-run");
  app.footer(kExamples);
  app.set_version_flag(
      "--version", std::string("neuro-run " NEURO_VERSION ", binary format ") +
                       std::to_string(kVersionMajor) + "." +
                       std::to_string(kVersionMinor) + "." +
                       std::to_string(kVersionPatch) + ", schema " +
                       std::string(nrb::kSchemaHash).substr(0, 16));
  app.add_option("model", model, "The binary (.nrb)")
      ->required()
      ->type_name("FILE");
  app.add_option("--input", inputs,
                 "Arrays to feed: FILE.npz, or NAME=FILE.npy (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--output", output, "Where to write the outputs (.npz)")
      ->type_name("FILE");
  app.add_option("--probe", probes,
                 "Record NAME[:spikes|state|weights|synapses|traces|"
                 "dendrites|trace] (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--probe-output", probeOutput,
                 "Where to write what the probes recorded (.npz)")
      ->type_name("FILE");
  app.add_option("--compare", expected,
                 "Print the largest difference of each output from this .npz")
      ->type_name("FILE");
  app.add_option("--tolerance", tolerance,
                 "With --compare: fail when a difference exceeds this")
      ->type_name("X")
      ->check(finiteNumber);
  app.add_flag("--check-golden", golden,
               "Run the arrays stored in the binary and compare bit by bit");
  app.add_flag("--list", list, "Show ports, sources and groups, then stop");
  app.add_flag("--json", json, "With --list: as JSON");
  app.add_flag("--stats", stats, "Print the counters");
  app.add_option("--stats-json", statsJson, "Write the counters as JSON")
      ->type_name("FILE");
  app.add_flag("--strict", strict,
               "Fail, and write no file, when inputs or values were limited "
               "or wrapped");
  app.add_flag("--no-learning", noLearning,
               "Keep the plastic synapses at their initial weights");
  app.add_option("--save-state", saveState,
                 "Write the state behind the last token (.nrs), to go on later")
      ->type_name("FILE");
  app.add_option(
         "--load-state", loadState,
         "Go on from this state: the arrays hold the tokens that follow")
      ->type_name("FILE");
  app.add_option("--tokens", options.tokens,
                 "Length of a sequence, for a model without inputs")
      ->type_name("N");
  app.add_option("--threads", options.threads,
                 "Worker threads; 0: one per processor. Results do not change")
      ->type_name("N")
      ->check(CLI::Range(0, 1024));
  app.add_option("--engine", engine,
                 "fast, or reference: the specification step by step")
      ->type_name("NAME")
      ->check(CLI::IsMember({"fast", "reference"}));
  app.add_flag("--progress", progress,
               "Show progress also when the error stream is not a terminal");
  app.add_flag("--quiet", quiet, "Print nothing but errors");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    std::fprintf(stderr,
                 "neuro-run: error: %s\nneuro-run --help shows the options.\n",
                 error.what());
    return 2;
  }
  std::string problem;
  if (!probes.empty() && probeOutput.empty())
    problem = "--probe needs --probe-output FILE";
  else if (probes.empty() && !probeOutput.empty())
    problem = "--probe-output needs --probe NAME";
  else if (tolerance >= 0 && expected.empty())
    problem = "--tolerance needs --compare FILE";
  else if (endsWith(output, ".npy") || endsWith(probeOutput, ".npy"))
    problem = "outputs are written as .npz; choose another file name";
  else if (golden && !(saveState.empty() && loadState.empty()))
    problem = "--check-golden runs from reset; leave out --save-state and "
              "--load-state";
  if (!problem.empty()) {
    fail(problem);
    return 2;
  }
  if (!checkFiles())
    return 2;
  options.reference = engine == "reference";
  options.learning = !noLearning;
  for (const std::string &probe : probes)
    options.probes.push_back(parseProbe(probe));
  return std::nullopt;
}

bool RunTool::checkFiles() {
  FileRoles roles;
  roles.reads("the model", model);
  for (const std::string &argument : inputs)
    roles.reads("--input", pathOf(argument));
  roles.reads("--load-state", loadState);
  roles.reads("--compare", expected);
  roles.writes("--output", output);
  roles.writes("--probe-output", probeOutput);
  roles.writes("--save-state", saveState);
  roles.writes("--stats-json", statsJson);
  return report(roles.conflicts());
}

bool RunTool::fail(const std::string &message) {
  std::fprintf(stderr, "neuro-run: error: %s\n", message.c_str());
  return false;
}

bool RunTool::report(const std::vector<std::string> &errors) {
  for (const std::string &error : errors)
    fail(error);
  return errors.empty();
}

bool RunTool::load() {
  std::vector<Diagnostic> diagnostics;
  std::shared_ptr<const Binary> binary = Binary::load(model, diagnostics);
  for (const Diagnostic &diagnostic : diagnostics)
    fail(diagnostic.str());
  if (!binary)
    return false;
  simulator = std::make_unique<Simulator>(std::move(binary));
  return true;
}

bool RunTool::readInput(const std::string &argument, NamedArrays &arrays) {
  std::string error, path = pathOf(argument);
  NpzRequest request = simulator->makeRequest();
  auto readOne = [&](const std::string &name) {
    arrays.emplace_back(name, Array());
    auto fits = [&](const std::string &, const Array &array) {
      return request.fits(name, array);
    };
    // What is no input is named, with all other problems, but not read.
    return !request.wants(name) ||
           readNpy(path, fits, arrays.back().second, error) || fail(error);
  };
  if (path != argument)
    return readOne(argument.substr(0, argument.size() - path.size() - 1));
  if (endsWith(argument, ".npy")) {
    std::vector<std::string> names;
    for (const PortInfo &port : simulator->inputs())
      if (port.kind != "tick")
        names.push_back(port.name);
    if (names.size() != 1)
      return fail("'" + argument + "': the model has " +
                  std::to_string(names.size()) +
                  " inputs; say which one with --input NAME=" + argument);
    return readOne(names[0]);
  }
  NamedArrays more;
  if (!readNpz(argument, request, more, error))
    return fail(error + (error.find("not an .npz") != std::string::npos
                             ? "; give an .npz file or NAME=FILE.npy"
                             : ""));
  size_t unread = 0;
  for (auto &[name, array] : more)
    if (request.wants(name))
      arrays.emplace_back(name, std::move(array));
    else if (++unread <= kMaxUnread && !quiet)
      std::fprintf(stderr,
                   "neuro-run: warning: '%s': array '%s' is not read: the "
                   "model has no such input, or needed none of it\n",
                   argument.c_str(), printable(name).c_str());
  if (unread > kMaxUnread && !quiet)
    std::fprintf(stderr, "neuro-run: warning: '%s': and %zu more arrays\n",
                 argument.c_str(), unread - kMaxUnread);
  return true;
}

bool RunTool::readInputs(NamedArrays &arrays) {
  bool ok = true;
  for (const std::string &argument : inputs)
    ok &= readInput(argument, arrays);
  return ok;
}

bool RunTool::compare(const NamedArrays &outputs) {
  NamedArrays reference;
  std::string error;
  NpzRequest request;
  request.wants = [&](const std::string &name) {
    return findArray(outputs, name) != nullptr;
  };
  request.fits = [&](const std::string &name, const Array &array) {
    return findArray(outputs, name)->shape == array.shape;
  };
  if (!readNpz(expected, request, reference, error))
    return fail(error);
  bool ok = true;
  for (const auto &entry : outputs) {
    const Array *other = findArray(reference, entry.first);
    if (!other) {
      ok = fail("'" + expected + "' has no array '" + entry.first + "'");
      continue;
    }
    std::string why;
    double difference = maxAbsDifference(entry.second, *other, why);
    if (difference < 0) {
      ok = fail("output '" + entry.first + "': " + why + " in '" + expected +
                "'");
      continue;
    }
    if (!quiet)
      std::printf("%s: largest difference %.9g\n", entry.first.c_str(),
                  difference);
    if (tolerance >= 0 && difference > tolerance) {
      char text[128];
      std::snprintf(text, sizeof(text),
                    "': largest difference %.9g exceeds the tolerance %.9g",
                    difference, tolerance);
      ok = fail("output '" + entry.first + text);
    }
  }
  return ok;
}

// All or none: state and outputs belong together.
bool RunTool::write(const RunResult &result, const SavedState &state) {
  FileSet files;
  std::string error;
  auto add = [&](const char *option, const std::string &path,
                 const auto &bytes) {
    return files.add(path, bytes.data(), bytes.size(), error) ||
           fail(std::string(option) + ": " + error);
  };
  if (!output.empty() && !add("--output", output, serializeNpz(result.outputs)))
    return false;
  if (!probeOutput.empty() &&
      !add("--probe-output", probeOutput, serializeNpz(result.probes)))
    return false;
  if (!statsJson.empty() &&
      !add("--stats-json", statsJson, simulator->statsToJson(result.stats)))
    return false;
  if (!saveState.empty() &&
      !add("--save-state", saveState, state.toBytes(simulator->getBinary())))
    return false;
  return files.commit(error) || fail(error);
}

bool RunTool::warn(const RunResult &result) {
  std::string text = simulator->describeClipping(result.stats);
  if (text.empty())
    return true;
  if (strict)
    return fail(text + " (--strict: no file was written)");
  if (!quiet)
    std::fprintf(stderr, "neuro-run: warning: %s\n", text.c_str());
  return true;
}

void RunTool::setProgress() {
  if (quiet || !(progress || ::isatty(STDERR_FILENO)))
    return;
  auto begin = std::chrono::steady_clock::now();
  auto last = std::make_shared<double>(0);
  options.progress = [=](uint64_t done, uint64_t total) {
    double now =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count();
    if (now < 1 || (now - *last < 0.5 && done != total))
      return;
    *last = now;
    std::fprintf(stderr, "\r%llu of %llu sequences, %.0f s, %.0f s to go ",
                 static_cast<unsigned long long>(done),
                 static_cast<unsigned long long>(total), now,
                 now / double(done) * double(total - done));
    if (done == total)
      std::fprintf(stderr, "\n");
  };
}

int RunTool::execute() {
  if (!load())
    return 1;
  if (list) {
    std::fputs(
        (json ? simulator->describeAsJson() : simulator->describe()).c_str(),
        stdout);
    return 0;
  }
  std::vector<std::string> errors;
  if (golden) {
    if (!simulator->hasGolden())
      return fail("'" + model + "' holds no golden arrays"), 1;
    if (!simulator->checkGolden(options, errors)) {
      report(errors);
      return 1;
    }
    if (!quiet)
      std::printf("golden outputs: equal\n");
    if (inputs.empty())
      return 0;
  }
  NamedArrays arrays;
  if (!readInputs(arrays))
    return 1;
  SavedState loaded, saved;
  std::string error;
  if (!loadState.empty()) {
    if (!loaded.read(loadState, simulator->getBinary(), error))
      return fail("--load-state: " + error), 1;
    options.resume = &loaded;
  }
  if (!saveState.empty())
    options.save = &saved;
  setProgress();
  RunResult result;
  options.measureLoad = stats || !statsJson.empty();
  if (!simulator->run(arrays, options, result, errors)) {
    report(errors);
    return 1;
  }
  if (!warn(result) || !write(result, saved))
    return 1;
  if (!quiet && output.empty() && expected.empty() && !stats)
    for (const auto &entry : result.outputs)
      std::printf("%s: %s %s (--output FILE.npz keeps it)\n",
                  entry.first.c_str(), nameOf(entry.second.dtype),
                  shapeToString(entry.second.shape).c_str());
  if (stats && !quiet)
    std::fputs(simulator->statsToText(result.stats).c_str(), stdout);
  if (!expected.empty() && !compare(result.outputs))
    return 1;
  return 0;
}

int RunTool::finish(int code) {
  std::string error;
  if (flushOutput(error))
    return code;
  fail(error);
  return code ? code : 1;
}
