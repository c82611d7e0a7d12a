//===- CompileOptions.cpp - the command line of neuro-compile -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/CompileOptions.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace neuro;
using llvm::StringRef;

namespace {

/// One option. `set` returns an error, or "".
struct Option {
  StringRef name;
  StringRef value; // placeholder; empty: takes no value
  StringRef help;
  std::string (*set)(CompileOptions &, StringRef);
};

} // namespace

static std::string setShape(CompileOptions &options, StringRef text) {
  auto [name, extents] = text.rsplit('=');
  std::vector<int64_t> shape;
  if (name.empty() || !text.contains('='))
    return "expected NAME=AxBxC, for example images=1x6x784, got '" +
           text.str() + "'";
  llvm::SmallVector<StringRef> parts;
  if (!extents.empty())
    extents.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t extent = 0;
    if (part.getAsInteger(10, extent) || extent < 1 ||
        extent > (int64_t(1) << 40))
      return "expected positive extents such as 1x6x784 after '" + name.str() +
             "=', got '" + part.str() + "' in '" + text.str() + "'";
    shape.push_back(extent);
  }
  for (const auto &known : options.shapes)
    if (known.first == name)
      return "input '" + name.str() + "' has two shapes; give one";
  options.shapes.emplace_back(name.str(), std::move(shape));
  return "";
}

static std::string setCompileTo(CompileOptions &options, StringRef text) {
  if (std::optional<Phase> phase = parsePhase(text)) {
    options.compileTo = *phase;
    return "";
  }
  return "unknown phase '" + text.str() + "'; there are " + getPhaseNames();
}

static std::string setMargin(CompileOptions &options, StringRef text) {
  double margin = 0;
  if (text.getAsDouble(margin) || !(margin >= 1.0) || margin > 100.0)
    return "expected a factor from 1 to 100, got '" + text.str() + "'";
  options.calibrationMargin = margin;
  return "";
}

static std::string setPercentile(CompileOptions &options, StringRef text) {
  double percentile = 0;
  if (text.getAsDouble(percentile) || !(percentile > 0.0) || percentile > 100.0)
    return "expected a percentile above 0 and up to 100, got '" + text.str() +
           "'";
  options.calibrationPercentile = percentile;
  return "";
}

static std::string setTarget(CompileOptions &options, StringRef text) {
  if (text != "loihi2" && text != "loihi2-128" && text != "unbounded")
    return "unknown target '" + text.str() +
           "'; there are loihi2, loihi2-128, unbounded";
  options.target = text.str();
  return "";
}

static std::string setSchedule(CompileOptions &options, StringRef text) {
  if (text != "pipelined" && text != "fall-through")
    return "unknown schedule '" + text.str() +
           "'; there are pipelined, fall-through";
  options.fallThrough = text == "fall-through";
  return "";
}

const char *neuro::getVerifyModeName(VerifyMode mode) {
  return mode == VerifyMode::Off      ? "off"
         : mode == VerifyMode::Sample ? "sample"
                                      : "all";
}

static std::string setVerify(CompileOptions &options, StringRef text) {
  for (VerifyMode mode : {VerifyMode::Off, VerifyMode::Sample, VerifyMode::All})
    if (text == getVerifyModeName(mode)) {
      options.verify = mode;
      return "";
    }
  return "unknown extent '" + text.str() + "'; there are off, sample, all";
}

static std::string setPlacement(CompileOptions &options, StringRef text) {
  uint64_t seed = 0;
  StringRef number = text;
  bool scatter =
      number.consume_front("scatter:") && !number.getAsInteger(10, seed);
  if (text != "linear" && text != "reverse" && !scatter)
    return "unknown placement '" + text.str() +
           "'; there are linear, reverse, scatter:SEED";
  options.placement = text.str();
  return "";
}

static std::string setChips(CompileOptions &options, StringRef text) {
  if (text.getAsInteger(10, options.chips) || !options.chips)
    return "expected a number of chips from 1, got '" + text.str() + "'";
  return "";
}

static std::string setSeed(CompileOptions &options, StringRef text) {
  if (text.getAsInteger(10, options.seed))
    return "expected a whole number, got '" + text.str() + "'";
  return "";
}

static std::string setCalibration(CompileOptions &options, StringRef text) {
  uint64_t seed = 0;
  StringRef number = text;
  if (number.consume_front("random:") && number.getAsInteger(10, seed))
    return "expected random:SEED with a whole number, got '" + text.str() + "'";
  options.calibration = text.str();
  return "";
}

#define NEURO_SET_TEXT(field)                                                  \
  [](CompileOptions &options, StringRef text) -> std::string {                 \
    options.field = text.str();                                                \
    return text.empty() ? "expected a path, got nothing" : "";                 \
  }
#define NEURO_SET_FLAG(field)                                                  \
  [](CompileOptions &options, StringRef) -> std::string {                      \
    options.field = true;                                                      \
    return "";                                                                 \
  }

static llvm::ArrayRef<Option> getOptions() {
  static const Option options[] = {
      {"-o", "FILE",
       "where the result goes; '-' or nothing: standard output (not for nrb)",
       NEURO_SET_TEXT(output)},
      {"--calibration", "FILE",
       "sample inputs (.npz, one array per ONNX input, leading batch axis) "
       "from which the integer ranges are taken; "
       "random:SEED makes noise, for tests",
       setCalibration},
      {"--calibration-margin", "FACTOR",
       "room above the largest value seen (default 1.05)", setMargin},
      {"--calibration-percentile", "P",
       "percentile of the values seen that counts as the largest (default 100)",
       setPercentile},
      {"--shape", "NAME=AxBxC",
       "binds the dimensions of an input; repeatable; what neither this nor "
       "the "
       "model gives is taken from the calibration file",
       setShape},
      {"--compile-to", "PHASE",
       "stop after this phase and print its IR; see below (default nrb)",
       setCompileTo},
      {"--target", "NAME",
       "loihi2 (120 cores a chip, the default), loihi2-128, or unbounded",
       setTarget},
      {"--schedule", "NAME",
       "pipelined: a token every period (default); fall-through: one token at "
       "a time",
       setSchedule},
      {"--placement", "NAME",
       "linear (default), reverse, or scatter:SEED; no effect on any result",
       setPlacement},
      {"--chips", "NUMBER",
       "the most chips to use (default: as many as a system can have)",
       setChips},
      {"--seed", "NUMBER", "key of the chip's random numbers (default 0)",
       setSeed},
      {"--verify", "EXTENT",
       "compare the simulated chip with the quantised model on calibration "
       "data before anything is written: sample (one sequence in bounded time, "
       "the default), all, or off",
       setVerify},
      {"--report", "FILE", "write an HTML page about the compiled model",
       NEURO_SET_TEXT(report)},
      {"--quant-report", "FILE",
       "write the quantisation error of every layer as JSON",
       NEURO_SET_TEXT(quantReport)},
      {"--map-report", "FILE", "write the load of every core as JSON",
       NEURO_SET_TEXT(mapReport)},
      {"--unsupported-report", "FILE",
       "write the nodes that cannot be compiled as JSON",
       NEURO_SET_TEXT(unsupportedReport)},
      {"--dump-phases", "DIR", "write the IR after each phase into this folder",
       NEURO_SET_TEXT(dumpPhases)},
      {"--print-weights", "", "print large constants too",
       NEURO_SET_FLAG(printWeights)},
      {"--supported-ops", "",
       "list the ONNX operators that can be compiled, and stop",
       NEURO_SET_FLAG(supportedOps)},
      {"--json-diagnostics", "",
       "errors and warnings as one JSON object per line on standard error",
       NEURO_SET_FLAG(jsonDiagnostics)},
      {"--quiet", "", "no progress lines", NEURO_SET_FLAG(quiet)},
      {"--version", "", "print the version, and stop", NEURO_SET_FLAG(version)},
      {"--help", "", "print this text, and stop", NEURO_SET_FLAG(help)},
  };
  return options;
}

#undef NEURO_SET_TEXT
#undef NEURO_SET_FLAG

static const Option *findOption(StringRef name) {
  if (name == "-h")
    name = "--help";
  for (const Option &option : getOptions())
    if (option.name == name)
      return &option;
  return nullptr;
}

static std::string describeUnknown(StringRef name) {
  std::string message = "unknown option '" + name.str() + "'";
  // A short name is near to everything.
  unsigned best = name.size() < 6 ? 2 : 4;
  StringRef nearest;
  for (const Option &option : getOptions()) {
    unsigned distance = name.edit_distance(option.name, true, best);
    if (distance < best) {
      best = distance;
      nearest = option.name;
    }
  }
  if (!nearest.empty())
    return message + "; did you mean '" + nearest.str() + "'?";
  return message + "; see --help";
}

bool neuro::parseCompileOptions(llvm::ArrayRef<std::string> arguments,
                                CompileOptions &options,
                                std::vector<std::string> &errors) {
  bool onlyFiles = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef word = arguments[i];
    if (onlyFiles || word == "-" || !word.starts_with("-")) {
      if (options.input.empty())
        options.input = word.str();
      else
        errors.push_back("one model at a time: '" + options.input + "' and '" +
                         word.str() + "'");
      continue;
    }
    if (word == "--") {
      onlyFiles = true;
      continue;
    }
    auto [name, value] = word.split('=');
    const Option *option = findOption(name);
    if (!option) {
      errors.push_back(describeUnknown(name));
      continue;
    }
    bool hasValue = word.contains('=');
    if (option->value.empty() && hasValue) {
      errors.push_back("option '" + name.str() + "' takes no value, got '" +
                       value.str() + "'");
      continue;
    }
    if (!option->value.empty() && !hasValue) {
      if (i + 1 >= arguments.size()) {
        errors.push_back("option '" + name.str() + "' needs a value: " +
                         name.str() + "=" + option->value.str());
        continue;
      }
      value = arguments[++i];
    }
    std::string error = option->set(options, value);
    if (!error.empty())
      errors.push_back("option '" + name.str() + "': " + error);
  }
  if (options.help || options.version || options.supportedOps)
    return errors.empty();
  if (options.input.empty())
    errors.push_back("no model given: neuro-compile model.onnx -o model.nrb "
                     "--calibration samples.npz");
  if (options.compileTo == Phase::NRB && options.output.empty())
    errors.push_back("no output given: a binary needs '-o FILE'; for text add "
                     "'--compile-to=PHASE'");
  if (options.compileTo == Phase::NRB && options.output == "-")
    errors.push_back("a binary is not written to a terminal: '-o -' needs "
                     "'--compile-to=PHASE'");
  if (options.compileTo >= Phase::Neuro && options.calibration.empty())
    errors.push_back("no calibration given: integer ranges are taken from "
                     "sample inputs, '--calibration samples.npz' "
                     "(or '--calibration random:0' to try the compiler)");
  auto needs = [&](const std::string &file, StringRef name, Phase phase) {
    if (!file.empty() && options.compileTo < phase)
      errors.push_back("option '" + name.str() + "' needs '--compile-to=" +
                       getPhaseName(phase).str() + "' or later");
  };
  needs(options.report, "--report", Phase::NRB);
  needs(options.verify ? getVerifyModeName(*options.verify) : "", "--verify",
        Phase::NRB);
  needs(options.mapReport, "--map-report", Phase::Loihi);
  const std::pair<const char *, const std::string *> files[] = {
      {"-o", &options.output},
      {"--report", &options.report},
      {"--quant-report", &options.quantReport},
      {"--map-report", &options.mapReport},
      {"--unsupported-report", &options.unsupportedReport}};
  for (size_t i = 0; i < std::size(files); ++i) {
    const std::string &path = *files[i].second;
    if (path.empty() || path == "-")
      continue;
    if (path == options.input || path == options.calibration)
      errors.push_back(std::string("option '") + files[i].first +
                       "' would overwrite an input, '" + path + "'");
    for (size_t j = 0; j < i; ++j)
      if (path == *files[j].second)
        errors.push_back(std::string("options '") + files[j].first + "' and '" +
                         files[i].first + "' name the same file, '" + path +
                         "'");
  }
  if (!options.quantReport.empty() && options.calibration.empty())
    errors.push_back("option '--quant-report' needs '--calibration'");
  return errors.empty();
}

std::string neuro::getCompileHelp() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "usage: neuro-compile MODEL.onnx -o MODEL.nrb --calibration "
        "SAMPLES.npz [OPTIONS]\n\n"
        "Compiles an ONNX decoder-only transformer for a Loihi-2-class "
        "chip.\n\noptions:\n";
  for (const Option &option : getOptions()) {
    std::string left = option.name.str();
    if (!option.value.empty())
      left += (option.name == "-o" ? " " : "=") + option.value.str();
    os << "  " << llvm::left_justify(left, 30);
    // Wrap the help at column 100.
    size_t column = 32;
    llvm::SmallVector<StringRef> words;
    option.help.split(words, ' ');
    for (StringRef word : words) {
      if (column + word.size() + 1 > 100) {
        os << "\n" << std::string(32, ' ');
        column = 32;
      } else if (column > 32) {
        os << ' ';
        ++column;
      }
      os << word;
      column += word.size();
    }
    os << "\n";
  }
  os << "\nphases:\n";
  for (const PhaseInfo &info : getPhases())
    os << "  " << llvm::left_justify(info.name, 30) << info.description << "\n";
  os << "\nexamples:\n"
        "  neuro-compile models/fewshot.onnx -o fewshot.nrb --calibration "
        "episodes.npz --report report.html\n"
        "  neuro-compile models/fewshot.onnx --compile-to=neuro --calibration "
        "random:0 --shape images=1x6x784 --shape labels=1x6\n"
        "  neuro-compile models/fewshot.onnx -o t21.nrb --calibration e.npz "
        "--shape images=1x21x784 "
        "--shape labels=1x21\n"
        "\nExit code: 0 done, 1 the model cannot be compiled or a file cannot "
        "be read or written, 2 wrong options.\n";
  return text;
}
