//===- Evaluator.cpp - runs nn functions ----------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Evaluator/Evaluator.h"
#include "Program.h"
#include "mlir/IR/BuiltinOps.h"
#include "neuro/Dialect/NN/NN.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;
using namespace neuro::evaluator;

struct Evaluator::Impl {
  Program program;
  std::vector<EvaluatorPort> inputs, outputs;

  struct Bound {
    int64_t sequences = 1, tokens = 1;
    std::vector<std::vector<float>> numbers; // by input
    std::vector<std::vector<int64_t>> ids;
  };
  /// Checks the arrays and, if `bound` is given, converts them; in the
  /// quantised form to whole numbers of steps, as the host of the chip does.
  LogicalResult bind(const NamedArrays &arrays, EmitErrorFn emitError,
                     Bound *bound, bool quantised = false) const;
};

Evaluator::Evaluator(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Evaluator::~Evaluator() = default;
ArrayRef<EvaluatorPort> Evaluator::inputs() const { return impl->inputs; }
ArrayRef<EvaluatorPort> Evaluator::outputs() const { return impl->outputs; }
int64_t Evaluator::maxTokens() const { return impl->program.tokens; }

std::string EvaluatorPort::describe(int64_t tokens) const {
  std::string text = "[sequences";
  if (!lastTokenOnly)
    text += ", 1 to " + std::to_string(tokens) + " tokens";
  for (int64_t size : tokenShape)
    text += ", " + std::to_string(size);
  return text + (isIds ? "] of integers" : "] of floating-point numbers");
}

std::unique_ptr<Evaluator> Evaluator::create(func::FuncOp func) {
  auto impl = std::make_unique<Impl>();
  Program &program = impl->program;
  if (failed(Program::compile(func, program)))
    return nullptr;
  for (unsigned i = 0; i < program.numArguments; ++i) {
    EvaluatorPort port;
    const Slot &slot = program.slots[i];
    auto name = func.getArgAttrOfType<StringAttr>(i, kNameAttr);
    port.name = name ? name.str() : "arg" + std::to_string(i);
    port.isIds = slot.isIds;
    port.tokenShape.assign(slot.shape.begin(), slot.shape.end());
    for (Operation *user : slot.value.getUsers())
      if (auto embedding = dyn_cast<EmbeddingOp>(user)) {
        int64_t rows = embedding.getTable().getShapedType().getDimSize(0);
        port.idBound = port.idBound ? std::min(port.idBound, rows) : rows;
      }
    impl->inputs.push_back(std::move(port));
  }
  for (auto [i, index] : llvm::enumerate(program.outputs)) {
    EvaluatorPort port;
    const Slot &slot = program.slots[index];
    auto name = func.getResultAttrOfType<StringAttr>(i, kNameAttr);
    auto axis = func.getResultAttrOfType<IntegerAttr>(i, kTimeAxisAttr);
    port.name = name ? name.str() : "result" + std::to_string(i);
    port.isIds = slot.isIds;
    port.tokenShape.assign(slot.shape.begin(), slot.shape.end());
    port.lastTokenOnly = slot.kind == TokenLayout::PerSequence ||
                         (program.stream && axis && axis.getInt() < 0);
    impl->outputs.push_back(std::move(port));
  }
  return std::unique_ptr<Evaluator>(new Evaluator(std::move(impl)));
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

LogicalResult Evaluator::Impl::bind(const NamedArrays &arrays,
                                    EmitErrorFn emitError, Bound *bound,
                                    bool quantised) const {
  bool bad = false;
  auto problem = [&](const EvaluatorPort &port, const Twine &what,
                     const Twine &expected, const Twine &actual,
                     const Twine &remedy) {
    InFlightDiagnostic diag = emitError()
                              << "array '" << port.name << "' " << what;
    diag.attachNote() << "expected: " << expected;
    diag.attachNote() << "  actual: " << actual;
    if (!remedy.isTriviallyEmpty())
      diag.attachNote() << remedy;
    bad = true;
  };
  std::string names;
  constexpr size_t kMostNames = 10;
  for (size_t i = 0; i < arrays.size() && i < kMostNames; ++i)
    names += (names.empty() ? "" : ", ") + ("'" + arrays[i].first + "'");
  if (arrays.size() > kMostNames)
    names += " and " + std::to_string(arrays.size() - kMostNames) + " more";
  int64_t sequences = -1, tokens = -1;
  const EvaluatorPort *first = nullptr;
  if (bound) {
    bound->numbers.resize(inputs.size());
    bound->ids.resize(inputs.size());
  }
  for (auto [index, port] : llvm::enumerate(inputs)) {
    const Array *array = findArray(arrays, port.name);
    std::string expected = port.describe(program.tokens);
    if (!array) {
      problem(port, "is missing", expected,
              names.empty() ? "no arrays" : "arrays " + names,
              "save it under this name: it is an input of the model");
      continue;
    }
    std::string actual =
        shapeToString(array->shape) + " of " + nameOf(array->dtype);
    if (port.isIds && !array->isInteger()) {
      problem(port, "has the wrong element type", expected, actual,
              "token ids are integers: convert it to int64");
      continue;
    }
    ArrayRef<int64_t> shape = array->shape;
    size_t rank = port.tokenShape.size();
    bool oneSequence = shape.size() == rank + 1;
    if ((!oneSequence && shape.size() != rank + 2) ||
        shape.take_back(rank) != ArrayRef<int64_t>(port.tokenShape)) {
      problem(port, "has the wrong shape", expected, actual, "");
      continue;
    }
    int64_t ownSequences = oneSequence ? 1 : shape[0],
            ownTokens = oneSequence ? shape[0] : shape[1];
    if (ownSequences < 1 || ownTokens < 1) {
      problem(port, "is empty", "at least one token of one sequence", actual,
              "");
      continue;
    }
    if (ownTokens > program.tokens) {
      problem(port, "has too many tokens",
              "at most " + Twine(program.tokens) +
                  ", as the model was exported for",
              Twine(ownTokens),
              "cut the sequences, or export the model for longer ones");
      continue;
    }
    if (!first) {
      first = &port;
      sequences = ownSequences;
      tokens = ownTokens;
    } else if (ownSequences != sequences || ownTokens != tokens) {
      problem(port,
              "has another number of sequences or tokens than '" + first->name +
                  "'",
              Twine(sequences) + " sequences of " + Twine(tokens) + " tokens",
              Twine(ownSequences) + " sequences of " + Twine(ownTokens) +
                  " tokens",
              "");
      continue;
    }
    if (!array->isComplete()) {
      problem(port, "has no data", expected, actual, "");
      continue;
    }
    auto place = [&](int64_t i) {
      std::string text = "element " + std::to_string(i) + " (sequence ";
      int64_t part = i / std::max<int64_t>(program.slots[index].size, 1);
      return text + std::to_string(part / ownTokens) + ", token " +
             std::to_string(part % ownTokens) + ")";
    };
    int64_t count = array->numElements();
    for (int64_t i = 0; i < count; ++i) {
      if (port.isIds) {
        int64_t id = array->asInteger(i);
        if (port.idBound && (id < 0 || id >= port.idBound)) {
          problem(port, "holds an id out of range",
                  "0 to " + Twine(port.idBound - 1),
                  Twine(id) + " at " + place(i), "");
          break;
        }
        if (bound)
          bound->ids[index].push_back(id);
      } else {
        double number = array->asDouble(i);
        if (!std::isfinite(number)) {
          problem(port, "holds a number that is not finite", "finite numbers",
                  Twine(std::isnan(number) ? "NaN" : "infinity") + " at " +
                      place(i),
                  "");
          break;
        }
        if (quantised)
          number = std::clamp(
              std::nearbyint(number / program.slots[index].grid.getScale()),
              -1e9, 1e9);
        if (bound)
          bound->numbers[index].push_back(float(number));
      }
    }
  }
  if (bound && first) {
    bound->sequences = sequences;
    bound->tokens = tokens;
  }
  return failure(bad);
}

LogicalResult Evaluator::check(const NamedArrays &arrays,
                               EmitErrorFn emitError) const {
  return impl->bind(arrays, emitError, nullptr);
}

NpzRequest Evaluator::makeRequest() const {
  auto find = [this](llvm::StringRef name) {
    return llvm::find_if(
        inputs(), [&](const EvaluatorPort &port) { return port.name == name; });
  };
  NpzRequest request;
  request.keepNames = true;
  request.wants = [=](const std::string &name) {
    return find(name) != inputs().end();
  };
  // What bind() refuses before it looks at an element.
  request.fits = [=](const std::string &name, const Array &array) {
    const EvaluatorPort &port = *find(name);
    ArrayRef<int64_t> shape = array.shape;
    size_t rank = port.tokenShape.size();
    return (array.isInteger() || !port.isIds) &&
           (shape.size() == rank + 1 || shape.size() == rank + 2) &&
           shape.take_back(rank) == ArrayRef<int64_t>(port.tokenShape) &&
           shape[shape.size() - rank - 1] <= maxTokens();
  };
  return request;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

namespace {

/// Sequences that are run together: enough for large matrix products, few
/// enough to stay in the cache. Independent of the number of threads.
int64_t chunkSize(const Program &program) {
  constexpr int64_t kElements = 4 << 20, kMost = 32;
  return std::clamp<int64_t>(
      kElements / std::max<int64_t>(program.elementsPerSequence(), 1), 1,
      kMost);
}

/// Tells the observer of everything that one chunk computed.
void observe(const Program &program, const Workspace &space, bool quantised,
             const Workspace *reference,
             const std::function<void(const Observation &)> &observer) {
  auto view = [&](const Workspace &from, unsigned slot) {
    return ArrayRef<float>(from.buffers[slot].numbers,
                           program.slots[slot].isIds
                               ? 0
                               : from.parts[slot] * program.slots[slot].size);
  };
  std::vector<float> reals;
  std::vector<int32_t> integers;
  auto tell = [&](unsigned slot, ArrayRef<ArrayRef<float>> operands) {
    Observation seen;
    seen.value = program.slots[slot].value;
    seen.result = view(space, slot);
    if (quantised) {
      seen.grid = program.slots[slot].grid;
      if (seen.grid)
        integers.assign(seen.result.begin(), seen.result.end());
      else
        integers.clear();
      seen.integers = integers;
      reals = space.reals(program, slot);
      seen.result = reals;
    }
    seen.parts = space.parts[slot];
    seen.operands = operands;
    if (reference)
      seen.reference = view(*reference, slot);
    seen.limited = space.limited[slot];
    seen.largestWeight = space.largestWeights[slot];
    observer(seen);
  };
  for (unsigned i = 0; i < program.numArguments; ++i)
    if (!program.slots[i].isIds)
      tell(i, {});
  for (const Step &step : program.steps) {
    SmallVector<ArrayRef<float>, 3> operands;
    for (unsigned operand : step.operands)
      if (!quantised)
        operands.push_back(view(space, operand));
    tell(step.result, operands);
  }
}

} // namespace

LogicalResult Evaluator::run(const NamedArrays &arrays,
                             const EvaluateOptions &options,
                             NamedArrays &results,
                             EmitErrorFn emitError) const {
  const Program &program = impl->program;
  bool quantised = options.mode == EvaluationMode::Quantised;
  if (quantised && failed(program.checkInteger(emitError)))
    return failure();
  bool compare = options.compare && quantised && options.observer;
  Impl::Bound bound, real;
  if (failed(impl->bind(arrays, emitError, &bound, quantised)) ||
      (compare && failed(impl->bind(arrays, emitError, &real))))
    return failure();

  results.clear();
  for (auto [port, slot] : llvm::zip(impl->outputs, program.outputs)) {
    std::vector<int64_t> shape;
    if (program.slots[slot].kind != TokenLayout::Whole) {
      shape.push_back(bound.sequences);
      if (!port.lastTokenOnly)
        shape.push_back(bound.tokens);
    }
    shape.insert(shape.end(), port.tokenShape.begin(), port.tokenShape.end());
    results.emplace_back(port.name, Array(DType::Float32, shape));
  }

  int64_t chunk = chunkSize(program),
          chunks = (bound.sequences + chunk - 1) / chunk;
  std::mutex mutex;
  std::condition_variable turn;
  int64_t next = 0, observed = 0;
  std::exception_ptr problem;
  auto runChunks = [&] {
    Workspace space, reference;
    while (true) {
      int64_t index;
      {
        std::lock_guard<std::mutex> lock(mutex);
        if (next == chunks)
          return;
        index = next++;
      }
      int64_t begin = index * chunk,
              sequences = std::min(chunk, bound.sequences - begin);
      auto argumentsOf = [&](Impl::Bound &from) {
        SmallVector<Buffer> arguments(program.numArguments);
        for (unsigned i = 0; i < program.numArguments; ++i) {
          int64_t offset = begin * from.tokens * program.slots[i].size;
          if (program.slots[i].isIds)
            arguments[i].ids = from.ids[i].data() + offset;
          else
            arguments[i].numbers = from.numbers[i].data() + offset;
        }
        return arguments;
      };
      space.run(program, argumentsOf(bound), sequences, bound.tokens,
                quantised);
      if (compare)
        reference.run(program, argumentsOf(real), sequences, bound.tokens,
                      false);
      for (auto [i, slot] : llvm::enumerate(program.outputs)) {
        int64_t size = program.slots[slot].size;
        const float *from = space.buffers[slot].numbers;
        std::vector<float> reals;
        if (quantised) {
          reals = space.reals(program, slot);
          from = reals.data();
        }
        float *to = results[i].second.as<float>();
        bool perToken = program.slots[slot].kind == TokenLayout::PerToken;
        if (perToken && impl->outputs[i].lastTokenOnly) {
          for (int64_t n = 0; n < sequences; ++n)
            std::copy_n(from + ((n + 1) * bound.tokens - 1) * size, size,
                        to + (begin + n) * size);
        } else {
          int64_t perSequence = size * (perToken ? bound.tokens : 1);
          std::copy_n(from, sequences * perSequence, to + begin * perSequence);
        }
      }
      if (options.observer) {
        // In order, so that sums over all sequences do not depend on threads.
        std::unique_lock<std::mutex> lock(mutex);
        turn.wait(lock, [&] { return observed == index || problem; });
        if (problem)
          return;
        observe(program, space, quantised, compare ? &reference : nullptr,
                options.observer);
        ++observed;
        turn.notify_all();
      }
    }
  };
  unsigned threads = std::clamp<int64_t>(options.threads, 1, chunks);
  // Memory may run out in any of them; nothing is thrown while threads run.
  auto work = [&] {
    try {
      runChunks();
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex);
      problem = std::current_exception();
      next = chunks;
      turn.notify_all();
    }
  };
  std::vector<std::thread> others;
  others.reserve(threads);
  for (unsigned i = 1; i < threads; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::exception &) {
      break; // fewer threads give the same result
    }
  }
  work();
  for (std::thread &thread : others)
    thread.join();
  if (problem)
    std::rethrow_exception(problem);
  return success();
}

func::FuncOp neuro::findMain(ModuleOp module) {
  if (auto main = module.lookupSymbol<func::FuncOp>("main"))
    return main;
  auto all = module.getOps<func::FuncOp>();
  if (llvm::hasSingleElement(all))
    return *all.begin();
  mlir::emitError(module.getLoc()) << "the module has no function 'main' and "
                                   << llvm::range_size(all) << " others";
  return {};
}

NamedArrays neuro::makeRandomInputs(const Evaluator &evaluator,
                                    int64_t sequences, uint64_t seed) {
  // SplitMix64: the same numbers on every machine.
  auto bits = [&seed] {
    uint64_t z = seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  };
  auto uniform = [&] { return (double(bits() >> 11) + 0.5) * 0x1.0p-53; };
  NamedArrays arrays;
  for (const EvaluatorPort &port : evaluator.inputs()) {
    std::vector<int64_t> shape{sequences, evaluator.maxTokens()};
    shape.insert(shape.end(), port.tokenShape.begin(), port.tokenShape.end());
    Array array(port.isIds ? DType::Int64 : DType::Float32, shape);
    for (int64_t i = 0, n = array.numElements(); i < n; ++i) {
      if (port.isIds)
        array.as<int64_t>()[i] =
            bits() % uint64_t(port.idBound ? port.idBound : 2);
      else
        array.as<float>()[i] = float(std::sqrt(-2 * std::log(uniform())) *
                                     std::cos(2 * M_PI * uniform()));
    }
    arrays.emplace_back(port.name, std::move(array));
  }
  return arrays;
}
