//===- MutatedModulesTest.cpp - no failure without a message --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The modules of the tests, of every level, each with a few words changed:
// tokens left out, doubled, swapped and misspelt, other numbers and strings,
// attributes and lines gone. They are verified, lowered, evaluated, drawn and
// written. Each stage succeeds, or fails with an error: not silently, not by a
// signal, not with endless time or memory.
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Loihi/Loihi.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/InitAll.h"
#include "neuro/Pipelines/Dot.h"
#include "neuro/Target/Binary/Binary.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace neuro;

namespace {

// Of one changed module.
constexpr unsigned kSeconds = 20;
constexpr uint64_t kMegabytes = 3000;
// Sanitizers reserve more than any limit.
#if defined(__SANITIZE_ADDRESS__) || LLVM_ADDRESS_SANITIZER_BUILD
constexpr bool kLimitMemory = false;
#else
constexpr bool kLimitMemory = true;
#endif

//===----------------------------------------------------------------------===//
// Changing a text
//===----------------------------------------------------------------------===//

class Mutator {
public:
  Mutator(StringRef text, uint64_t seed) : random(seed) { split(text); }

  std::string run() {
    for (unsigned n = 1 + pick(3); n; --n)
      change();
    std::string text;
    for (const std::string &token : tokens)
      text += token;
    return text;
  }

private:
  static bool isWord(char c) {
    return llvm::isAlnum(c) || StringRef("_.$%@#!^-").contains(c);
  }

  // Words, numbers, strings, single signs and the space between them; comments
  // are left out.
  void split(StringRef text) {
    while (!text.empty()) {
      size_t length = 1;
      if (text.starts_with("//")) {
        length = text.find('\n');
        text = text.drop_front(std::min(length, text.size()));
        continue;
      }
      if (text[0] == '"') {
        while (length < text.size() && text[length] != '"')
          length += text[length] == '\\' ? 2 : 1;
        ++length;
      } else if (isWord(text[0])) {
        while (length < text.size() && isWord(text[length]) &&
               !text.substr(length).starts_with("->"))
          ++length;
      } else if (llvm::isSpace(text[0])) {
        while (length < text.size() && llvm::isSpace(text[length]))
          ++length;
      }
      length = std::min(length, text.size());
      if (!llvm::isSpace(text[0]))
        places.push_back(tokens.size());
      tokens.push_back(text.take_front(length).str());
      text = text.drop_front(length);
    }
  }

  size_t pick(size_t count) { return count ? random() % count : 0; }
  std::string &any() { return tokens[places[pick(places.size())]]; }

  void change() {
    if (places.empty())
      return;
    switch (pick(12)) {
    case 0:
      any().clear();
      break;
    case 1: {
      std::string &token = any();
      token = token + " " + token;
      break;
    }
    case 2:
      std::swap(any(), any());
      break;
    case 3:
      any() = std::string(any());
      break;
    case 4:
    case 5:
    case 6:
      changeNumber();
      break;
    case 7:
      changeString();
      break;
    case 8:
      misspell(any());
      break;
    case 9:
    case 10:
      dropAttribute();
      break;
    case 11:
      changeLine();
      break;
    }
  }

  // The tokens for which `is` holds.
  template <typename Predicate> std::string *find(Predicate is) {
    std::vector<std::string *> found;
    for (size_t place : places)
      if (!tokens[place].empty() && is(tokens[place]))
        found.push_back(&tokens[place]);
    return found.empty() ? nullptr : found[pick(found.size())];
  }

  void changeNumber() {
    static const char *const numbers[] = {"0",
                                          "1",
                                          "-1",
                                          "2",
                                          "3",
                                          "7",
                                          "63",
                                          "64",
                                          "127",
                                          "128",
                                          "255",
                                          "256",
                                          "4096",
                                          "65535",
                                          "65536",
                                          "1048576",
                                          "2147483647",
                                          "2147483648",
                                          "4294967295",
                                          "4294967296",
                                          "-2147483648",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "18446744073709551615",
                                          "1.0e308",
                                          "1.0e-308",
                                          "-0.5",
                                          "1.0e9",
                                          "0x7FF8000000000000",
                                          "0x7FF0000000000000",
                                          "?"};
    std::string *token = find([](const std::string &text) {
      return llvm::isDigit(text[0]) ||
             (text.size() > 1 && text[0] == '-' && llvm::isDigit(text[1]));
    });
    if (!token)
      return;
    // Of a shape like 4x3xf32 only the first part.
    size_t length = std::min(token->find('x'), token->size());
    *token = numbers[pick(std::size(numbers))] + token->substr(length);
  }

  void changeString() {
    static const char *const strings[] = {
        "",         "x",       "..",   "\\00",   "\\FF\\FE",  "a b",   "9",
        "spike d0", "dw = x0", "-inf", "loihi2", "unbounded", "mulshr"};
    std::string *token =
        find([](const std::string &text) { return text[0] == '"'; });
    if (!token)
      return;
    if (pick(2))
      misspell(*token);
    else
      *token = '"' + std::string(strings[pick(std::size(strings))]) + '"';
  }

  void misspell(std::string &token) {
    if (token.size() < 3)
      return;
    char &letter = token[1 + pick(token.size() - 2)];
    static const char letters[] = "abcdxyz019_.,-+*=";
    letter = letters[pick(std::size(letters) - 1)];
  }

  // A name, '=' and what follows to the next comma or bracket.
  void dropAttribute() {
    std::vector<size_t> found;
    for (size_t i = 1; i + 1 < places.size(); ++i)
      if (tokens[places[i]] == "=")
        found.push_back(i);
    if (found.empty())
      return;
    size_t at = found[pick(found.size())];
    tokens[places[at - 1]].clear();
    int depth = 0;
    for (; at < places.size(); ++at) {
      std::string &token = tokens[places[at]];
      if (token == "[" || token == "<" || token == "(" || token == "{")
        ++depth;
      if (token == "]" || token == ">" || token == ")" || token == "}")
        if (--depth < 0)
          return;
      bool last = token == "," && depth == 0;
      token.clear();
      if (last)
        return;
    }
  }

  void changeLine() {
    std::vector<size_t> ends;
    for (size_t i = 0; i < tokens.size(); ++i)
      if (StringRef(tokens[i]).contains('\n'))
        ends.push_back(i);
    if (ends.size() < 2)
      return;
    size_t line = pick(ends.size() - 1);
    size_t begin = ends[line] + 1, end = ends[line + 1];
    if (pick(2)) {
      for (size_t i = begin; i < end; ++i)
        tokens[i].clear();
      return;
    }
    std::string copy;
    for (size_t i = begin; i < end; ++i)
      copy += tokens[i];
    if (begin < end)
      tokens[begin] = copy + "\n" + tokens[begin];
  }

  std::mt19937_64 random;
  std::vector<std::string> tokens;
  std::vector<size_t> places; // of tokens that are not space
};

//===----------------------------------------------------------------------===//
// Running a text
//===----------------------------------------------------------------------===//

// What a stage left: success, or failure with an error.
class Runner {
public:
  explicit Runner(const DialectRegistry &registry)
      : context(registry, MLIRContext::Threading::DISABLED),
        handler(&context, [this](Diagnostic &diagnostic) {
          std::string text;
          llvm::raw_string_ostream stream(text);
          diagnostic.print(stream);
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            reported |= !StringRef(text).trim().empty();
          return success();
        }) {}

  // The name of the stage that failed without an error, or null.
  const char *run(StringRef text) {
    OwningOpRef<ModuleOp> module;
    if (!check([&] {
          module = parse(text);
          return success(bool(module));
        }))
      return "parsing";
    if (!module)
      return nullptr;
    if (!check([&] {
          llvm::raw_null_ostream null;
          module->print(null);
          return writeDot(*module, null);
        }))
      return "drawing";
    for (const char *pipeline : pipelinesOf(text)) {
      OwningOpRef<ModuleOp> copy = module->clone();
      if (!check([&] { return lower(*copy, pipeline); }))
        return pipeline;
    }
    if (text.contains("nn.") && !check([&] { return evaluate(*module); }))
      return "evaluating";
    if (text.contains("loihi.") &&
        !check([&] { return success(succeeded(loihi::emitBinary(*module))); }))
      return "writing";
    return nullptr;
  }

private:
  bool check(llvm::function_ref<LogicalResult()> stage) {
    reported = false;
    return succeeded(stage()) || reported;
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    return parseSourceString<ModuleOp>(text, ParserConfig(&context));
  }

  static std::vector<const char *> pipelinesOf(StringRef text) {
    std::vector<const char *> pipelines = {"canonicalize,cse"};
    if (text.contains("onnx."))
      pipelines.push_back("onnx-to-nn");
    if (text.contains("nn.")) {
      pipelines.push_back("nn-to-stream,nn-quantise{calibration=random:1 "
                          "threads=1},nn-to-neuro,neuro-schedule");
      pipelines.push_back("nn-to-neuro");
    }
    if (text.contains("neuro.")) {
      pipelines.push_back("neuro-schedule,neuro-range-analysis");
      pipelines.push_back("neuro-to-loihi");
    }
    return pipelines;
  }

  LogicalResult lower(ModuleOp module, StringRef pipeline) {
    PassManager manager(&context);
    if (failed(parsePassPipeline(pipeline, manager, llvm::nulls())))
      return failure();
    if (failed(manager.run(module)))
      return failure();
    bool systems = !module.getOps<loihi::SystemOp>().empty();
    return systems ? success(succeeded(loihi::emitBinary(module))) : success();
  }

  LogicalResult evaluate(ModuleOp module) {
    for (auto func : module.getOps<func::FuncOp>())
      for (EvaluationMode mode :
           {EvaluationMode::Float, EvaluationMode::Quantised})
        if (failed(evaluateChecks(func, mode)))
          return failure();
    return success();
  }

  MLIRContext context;
  bool reported = false;
  ScopedDiagnosticHandler handler;
};

//===----------------------------------------------------------------------===//
// The modules
//===----------------------------------------------------------------------===//

std::vector<std::string> modulesOf(const std::filesystem::path &folder) {
  std::vector<std::filesystem::path> files;
  for (const auto &entry :
       std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".mlir")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> modules;
  for (const std::filesystem::path &file : files) {
    auto buffer = llvm::MemoryBuffer::getFile(file.string());
    if (!buffer)
      continue;
    SmallVector<StringRef> parts;
    (*buffer)->getBuffer().split(parts, "// -----");
    for (StringRef part : parts)
      if (part.size() < 20000 && part.contains('='))
        modules.push_back(part.str());
  }
  return modules;
}

// What a child that runs many modules shares with its parent.
struct Progress {
  unsigned next;
  char silent[64]; // the stage that failed without a message
};

class MutatedModules : public testing::Test {
protected:
  void SetUp() override {
    registerAllDialects(registry);
    static bool once = (registerAllPasses(), true);
    (void)once;
    modules = modulesOf(NEURO_SOURCE_DIR "/test");
    ASSERT_GT(modules.size(), 100u);
    progress = static_cast<Progress *>(mmap(nullptr, sizeof(Progress),
                                            PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(progress, MAP_FAILED);
  }
  void TearDown() override { munmap(progress, sizeof(Progress)); }

  std::string textOf(unsigned number) const {
    const std::string &module = modules[number % modules.size()];
    return number < modules.size() ? module : Mutator(module, number).run();
  }

  // Runs texts from `first` on; returns the number of the first that went
  // wrong, or `count`.
  unsigned runUntilWrong(unsigned first, unsigned count, std::string &what) {
    progress->next = first;
    progress->silent[0] = 0;
    pid_t child = fork();
    if (child == 0) {
      rlimit limit = {kMegabytes << 20, kMegabytes << 20};
      if (kLimitMemory)
        setrlimit(RLIMIT_AS, &limit);
      runChild(count);
      _exit(progress->silent[0] != 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
      what = std::string("signal ") + strsignal(WTERMSIG(status));
    else if (progress->silent[0])
      what = std::string("no message from ") + progress->silent;
    else if (status)
      what = "exit code " + std::to_string(WEXITSTATUS(status));
    return progress->next;
  }

  void runChild(unsigned count) {
    // What the modules print is not for the log.
    if (!freopen("/dev/null", "w", stderr))
      _exit(3);
    std::unique_ptr<Runner> runner;
    for (; progress->next < count; ++progress->next) {
      // A context keeps every attribute it has seen.
      if (!runner || progress->next % 100 == 0)
        runner = std::make_unique<Runner>(registry);
      alarm(kSeconds);
      if (const char *stage = runner->run(textOf(progress->next))) {
        strncpy(progress->silent, stage, sizeof(progress->silent) - 1);
        return;
      }
    }
  }

  void run(unsigned count) {
    unsigned wrong = 0;
    for (unsigned at = 0; at < count; ++at) {
      std::string what;
      at = runUntilWrong(at, count, what);
      if (at < count && ++wrong <= 20)
        ADD_FAILURE() << "module " << at << ": " << what << "\n" << textOf(at);
    }
    EXPECT_EQ(wrong, 0u);
  }

  DialectRegistry registry;
  std::vector<std::string> modules;
  Progress *progress = nullptr;
};

TEST_F(MutatedModules, FailWithAMessage) { run(4000); }

TEST_F(MutatedModules, SlowFailWithAMessage) { run(20000); }

} // namespace
