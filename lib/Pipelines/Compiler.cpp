//===- Compiler.cpp - ONNX file to binary ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Compiler.h"

#include "Activity.h"
#include "Diagnostics.h"
#include "OpenDimensions.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/Import/Import.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/ChipCheck.h"
#include "neuro/Pipelines/Pipelines.h"
#include "neuro/Support/File.h"
#include "neuro/Support/FileSet.h"
#include "neuro/Target/Binary/Binary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace mlir;
using namespace neuro;

void CompileResult::addError(std::string message, std::string where) {
  CompileDiagnostic entry;
  entry.message = std::move(message);
  entry.where = std::move(where);
  diagnostics.push_back(std::move(entry));
  ok = false;
}

std::string neuro::getSupportedOperators() {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const onnx::SupportedOp &op : onnx::supportedOps()) {
    os << (op.domain.empty() ? "" : op.domain + ".") << op.name << "  opset ";
    llvm::interleave(op.versions, os, ", ");
    if (!op.limits.empty())
      os << "  " << op.limits;
    os << "\n";
  }
  return text;
}

std::string neuro::getVersion() { return "neuro-mlir 1.0.0"; }

static bool hasError(const std::vector<CompileDiagnostic> &diagnostics) {
  for (const CompileDiagnostic &diagnostic : diagnostics)
    if (diagnostic.severity == CompileDiagnostic::Severity::Error)
      return true;
  return false;
}

static std::string plural(size_t count, StringRef one) {
  return std::to_string(count) + " " + one.str() + (count == 1 ? "" : "s");
}

/// What a module of a phase holds, for the progress line.
static std::string describe(ModuleOp module, Phase phase) {
  size_t nodes = 0, populations = 0, plastic = 0, cores = 0;
  module.walk([&](Operation *op) {
    StringRef name = op->getName().getStringRef();
    nodes +=
        name == "onnx.node" || (name.starts_with("nn.") && phase == Phase::NN);
    populations += name == "neuro.population";
    plastic += name == "neuro.plastic";
    cores += name == "loihi.core";
  });
  switch (phase) {
  case Phase::ONNX:
    return plural(nodes, "node");
  case Phase::NN:
    return plural(nodes, "operation");
  case Phase::Neuro:
    return plural(populations, "population") + ", " +
           plural(plastic, "plastic projection");
  case Phase::Loihi:
    return plural(cores, "core");
  case Phase::NRB:
    break;
  }
  return "";
}

static std::string toJson(const nn::QuantisationReport &report) {
  std::string text;
  llvm::raw_string_ostream os(text);
  report.printJson(os);
  return text;
}

static std::string pathOfDump(const CompileOptions &options, Phase phase) {
  llvm::SmallString<128> path(options.dumpPhases);
  llvm::sys::path::append(path, std::to_string(unsigned(phase) + 1) + "-" +
                                    getPhaseName(phase) + ".mlir");
  return path.str().str();
}

/// All files that the options name.
static FileRoles listFiles(const CompileOptions &options) {
  FileRoles roles;
  roles.reads("the model", options.input);
  if (!StringRef(options.calibration).starts_with("random:"))
    roles.reads("--calibration", options.calibration);
  for (const auto &[role, path] :
       {std::pair<const char *, const std::string &>("-o", options.output),
        {"--report", options.report},
        {"--quant-report", options.quantReport},
        {"--map-report", options.mapReport},
        {"--unsupported-report", options.unsupportedReport}})
    if (path != "-")
      roles.writes(role, path);
  if (!options.dumpPhases.empty())
    for (unsigned phase = 0; phase <= unsigned(options.compileTo); ++phase)
      if (Phase(phase) != Phase::NRB)
        roles.writes("--dump-phases", pathOfDump(options, Phase(phase)));
  return roles;
}

namespace {

/// One compilation: the context, the module, and what has come of it so far.
class Job {
public:
  Job(const CompileOptions &options,
      std::vector<CompileDiagnostic> &diagnostics)
      : options(options), diagnostics(diagnostics), context(makeRegistry()),
        collector(&context, diagnostics) {
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false);
    pipeline.schedule = options.fallThrough ? "fall-through" : "pipelined";
    pipeline.target = options.target;
    pipeline.placement = options.placement;
    pipeline.calibration = options.calibration;
    pipeline.margin = options.calibrationMargin;
    pipeline.seed = options.seed;
    pipeline.chips = options.chips;
    pipeline.unsupportedReport = options.unsupportedReport;
  }

  bool import();
  bool run(void (*build)(OpPassManager &, const PipelineOptions &));
  bool quantise(nn::QuantisationReport &report);
  /// Keeps the quantised function, which the next phases consume.
  void keepModel() { model = module->clone(); }
  /// Keeps where the network holds its values.
  void keepHeldValues();
  bool checkChip(const std::vector<uint8_t> &binary, ChipCheckResult &checked);
  VerifyMode getVerify() const {
    return options.verify.value_or(VerifyMode::Sample);
  }
  ModuleOp getModule() { return *module; }
  func::FuncOp getMain() { return findMain(*module); }
  std::string print();

private:
  static const DialectRegistry &makeRegistry() {
    static const DialectRegistry *registry = [] {
      auto *registry = new DialectRegistry();
      registerAllDialects(*registry);
      return registry;
    }();
    return *registry;
  }

  const CompileOptions &options;
  std::vector<CompileDiagnostic> &diagnostics;
  MLIRContext context;
  DiagnosticCollector collector;
  PipelineOptions pipeline;
  OwningOpRef<ModuleOp> module, model;
  NamedArrays calibration;
  std::vector<HeldValue> held;
};

} // namespace

bool Job::import() {
  ImportOptions importOptions;
  for (const auto &[name, shape] : options.shapes)
    importOptions.shapes.push_back({name, shape});
  importOptions.samples = [&] { return sampleShapes(options, diagnostics); };
  FileRoles roles = listFiles(options);
  importOptions.readsFile = [&](const std::string &path) {
    roles.reads("external data of the model", path);
  };
  module = importOnnx(options.input, importOptions, &context);
  for (const std::string &conflict : roles.conflicts())
    diagnostics.push_back(
        {CompileDiagnostic::Severity::Error, conflict, "", {}});
  if (!module)
    lookBeyondOpenDimensions(options.input, importOptions, diagnostics);
  return module && !hasError(diagnostics);
}

bool Job::run(void (*build)(OpPassManager &, const PipelineOptions &)) {
  PassManager manager(&context, ModuleOp::getOperationName());
  build(manager, pipeline);
  if (succeeded(manager.run(*module)))
    return !hasError(diagnostics);
  if (!hasError(diagnostics))
    diagnostics.push_back({CompileDiagnostic::Severity::Error,
                           "a pass failed without saying why; this is our "
                           "fault, please report it with the model",
                           "",
                           {"the IR before it: add --dump-phases=DIR"}});
  return false;
}

bool Job::quantise(nn::QuantisationReport &report) {
  func::FuncOp main = getMain();
  if (!main)
    return false;
  nn::QuantiseOptions quantiseOptions;
  quantiseOptions.calibration = options.calibration;
  quantiseOptions.margin = options.calibrationMargin;
  quantiseOptions.percentile = options.calibrationPercentile;
  return succeeded(nn::readCalibration(main, quantiseOptions, calibration)) &&
         succeeded(nn::quantise(main, calibration, quantiseOptions, &report)) &&
         !hasError(diagnostics);
}

void Job::keepHeldValues() {
  if (!model)
    return;
  StringRef name = findMain(*model).getSymName();
  if (auto network = module->lookupSymbol<NetworkOp>(name))
    held = findHeldValues(network);
}

bool Job::checkChip(const std::vector<uint8_t> &binary,
                    ChipCheckResult &checked) {
  ChipCheckOptions checkOptions;
  checkOptions.mode = getVerify();
  return succeeded(neuro::checkChip(findMain(*model), held, binary, calibration,
                                    checkOptions, checked)) &&
         !hasError(diagnostics);
}

std::string Job::print() {
  OpPrintingFlags flags;
  if (!options.printWeights) {
    flags.elideLargeElementsAttrs(8);
    flags.elideLargeResourceString(64);
  } else {
    flags.enableDebugInfo(true, false);
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, flags);
  // With every blob elided, the section for them is an empty pair of braces.
  StringRef trimmed = StringRef(text).rtrim();
  if (trimmed.consume_back("#-}") && trimmed.rtrim().ends_with("{-#"))
    text.resize(trimmed.rtrim().drop_back(3).rtrim().size());
  return text + "\n";
}

/// What can be known about the files to write before there is anything to
/// write: a typing error should not cost a whole compilation.
static void checkOutputs(const CompileOptions &options, CompileResult &result) {
  for (const std::string &conflict : listFiles(options).conflicts())
    result.addError(conflict);
  for (const std::string *path :
       {&options.output, &options.report, &options.quantReport,
        &options.mapReport, &options.unsupportedReport}) {
    if (path->empty() || *path == "-")
      continue;
    StringRef folder = llvm::sys::path::parent_path(*path);
    if (llvm::sys::fs::is_directory(*path))
      result.addError("cannot write this file: it is a folder", *path);
    else if (std::error_code code =
                 llvm::sys::fs::access(folder.empty() ? "." : folder,
                                       llvm::sys::fs::AccessMode::Write))
      result.addError("cannot write this file, because of its folder: " +
                          code.message(),
                      *path);
  }
}

/// What wrapped on the chip, by layer: the quantised model does the same, but
/// floating point does not.
static void warnOfWraps(const ChipCheckResult &checked, CompileResult &result) {
  for (const ChipWraps &wraps : checked.wraps) {
    CompileDiagnostic warning;
    warning.severity = CompileDiagnostic::Severity::Warning;
    warning.where = "node '" + wraps.layer + "'";
    auto add = [&](uint64_t count, StringRef what) {
      if (count)
        warning.message +=
            (warning.message.empty() ? "" : ", ") + plural(count, what);
    };
    add(wraps.dendrites, "dendritic sum");
    add(wraps.registers, "register");
    add(wraps.weights, "plastic weight");
    warning.message += " left the range of the chip on the calibration data";
    warning.notes.push_back(
        "a larger --calibration-margin gives room, or calibration data that "
        "reach what the layer reads");
    result.diagnostics.push_back(std::move(warning));
  }
}

/// Compares the chip with the quantised model; then the report speaks of it.
static bool verifyChip(Job &job, nn::QuantisationReport &report,
                       CompileResult &result, std::string &note) {
  ChipCheckResult checked;
  bool equal = job.checkChip(result.binary, checked);
  note = checked.str();
  if (!equal)
    return false;
  warnOfWraps(checked, result);
  if (!checked.tokens) {
    CompileDiagnostic warning;
    warning.severity = CompileDiagnostic::Severity::Warning;
    warning.message = "the chip was not compared with its quantised model: a "
                      "single token is too much work for a sample";
    warning.notes = {"--verify=all compares them, and takes its time"};
    result.diagnostics.push_back(std::move(warning));
    return true;
  }
  report.chip = {getVerifyModeName(job.getVerify()), checked.sequences,
                 checked.tokens, checked.layers, checked.values};
  result.quantJson = toJson(report);
  return true;
}

static void compileInto(CompileResult &result, const CompileOptions &options,
                        const ProgressFn &progress) {
  checkOutputs(options, result);
  if (!result.diagnostics.empty())
    return;
  Job job(options, result.diagnostics);
  auto start = std::chrono::steady_clock::now();
  auto record = [&](StringRef name, std::string note) {
    auto now = std::chrono::steady_clock::now();
    result.phases.push_back({name.str(),
                             std::chrono::duration<double>(now - start).count(),
                             std::move(note)});
    start = now;
    if (progress)
      progress(result.phases.back());
  };
  // After each phase: note it, dump it, and say whether it was the last one.
  auto finish = [&](StringRef name, Phase phase) {
    record(name, describe(job.getModule(), phase));
    if (options.compileTo == phase)
      result.text = job.print();
    if (!options.dumpPhases.empty()) {
      std::string text = options.compileTo == phase ? result.text : job.print();
      std::string path = pathOfDump(options, phase), error;
      if (std::error_code code =
              llvm::sys::fs::create_directories(options.dumpPhases))
        result.addError("cannot make the folder: " + code.message(),
                        options.dumpPhases);
      else if (!writeFileAtomically(path, text.data(), text.size(), error))
        result.addError(error);
      start = std::chrono::steady_clock::now();
    }
    bool failed = hasError(result.diagnostics);
    result.ok = options.compileTo == phase && !failed;
    return options.compileTo == phase || failed;
  };

  if (!job.import() || finish("import", Phase::ONNX))
    return;

  if (!job.run(buildNNPipeline))
    return;
  bool checks =
      options.compileTo == Phase::NRB && job.getVerify() != VerifyMode::Off;
  nn::QuantisationReport report;
  if (!options.calibration.empty()) {
    record("nn", describe(job.getModule(), Phase::NN));
    if (!job.quantise(report))
      return;
    result.quantJson = toJson(report);
    if (checks)
      job.keepModel();
    if (finish("quantise", Phase::NN))
      return;
  } else if (finish("nn", Phase::NN)) {
    return;
  }

  if (!job.run(buildNeuroPipeline) || finish("neuro", Phase::Neuro))
    return;
  job.keepHeldValues();
  if (!job.run(buildLoihiPipeline) || finish("loihi", Phase::Loihi))
    return;

  FailureOr<std::vector<uint8_t>> bytes = loihi::emitBinary(job.getModule());
  if (failed(bytes) || hasError(result.diagnostics))
    return;
  result.binary = std::move(*bytes);
  if (!summarizeBinary(result.binary.data(), result.binary.size(),
                       result.summary)) {
    result.addError("the emitted binary cannot be read back; this is our "
                    "fault, please report it with the model");
    return;
  }
  result.mapJson = toJson(result.summary);
  record("emit", std::to_string(result.binary.size()) + " bytes");
  if (checks) {
    std::string note;
    bool equal = verifyChip(job, report, result, note);
    record("verify", std::move(note));
    if (!equal)
      return;
  }
  if (!options.report.empty()) {
    ReportData data;
    data.model = options.input;
    data.calibration = options.calibration;
    data.phases = result.phases;
    data.quantJson = result.quantJson;
    data.binary = result.summary;
    data.activity = measureActivity(result.binary, options.calibration);
    result.reportHtml = makeReport(data);
  }
  result.ok = true;
}

CompileResult neuro::compile(const CompileOptions &options,
                             const ProgressFn &progress) {
  CompileResult result;
  compileInto(result, options, progress);
  return result;
}

void neuro::writeResults(const CompileOptions &options, CompileResult &result) {
  // Together, so that a report is always that of the binary beside it.
  FileSet files;
  auto write = [&](const std::string &path, const void *data, size_t size) {
    std::string error;
    if (!path.empty() && result.ok && !files.add(path, data, size, error))
      result.addError(error);
  };
  write(options.quantReport, result.quantJson.data(), result.quantJson.size());
  write(options.mapReport, result.mapJson.data(), result.mapJson.size());
  write(options.report, result.reportHtml.data(), result.reportHtml.size());
  if (options.output != "-") {
    if (options.compileTo == Phase::NRB)
      write(options.output, result.binary.data(), result.binary.size());
    else
      write(options.output, result.text.data(), result.text.size());
  }
  std::string error;
  if (result.ok && !files.commit(error))
    result.addError(error);
}

EvaluateResult
neuro::evaluate(const CompileOptions &options, const NamedArrays &inputs,
                bool quantised,
                const std::function<void(int64_t, int64_t)> &progress) {
  EvaluateResult result;
  Job job(options, result.diagnostics);
  if (!job.import() || !job.run(buildNNPipeline))
    return result;
  nn::QuantisationReport report;
  if (quantised && !job.quantise(report))
    return result;
  func::FuncOp main = job.getMain();
  std::unique_ptr<Evaluator> evaluator =
      main ? Evaluator::create(main) : nullptr;
  auto emit = [&] { return mlir::emitError(main.getLoc()); };
  if (!evaluator || failed(evaluator->check(inputs, emit)))
    return result;

  int64_t sequences = 0;
  for (const EvaluatorPort &port : evaluator->inputs())
    if (const Array *array = findArray(inputs, port.name))
      if (array->shape.size() == port.tokenShape.size() + 2)
        sequences = std::max(sequences, array->shape.front());
  EvaluateOptions evaluateOptions;
  evaluateOptions.mode =
      quantised ? EvaluationMode::Quantised : EvaluationMode::Float;
  if (failed(evaluator->run(inputs, evaluateOptions, result.outputs, emit)))
    return result;
  if (progress)
    progress(sequences, sequences);
  result.ok = !hasError(result.diagnostics);
  return result;
}
