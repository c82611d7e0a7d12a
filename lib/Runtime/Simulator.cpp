//===- Simulator.cpp - runs batches of sequences on a binary --------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Simulator.h"

#include "Decode.h"
#include "Probes.h"

#include "neuro/Support/Names.h"
#include "neuro/Target/Microcode.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <set>
#include <system_error>
#include <thread>

using namespace neuro;
using namespace neuro::runtime;

namespace {

constexpr size_t kMaxErrorsPerInput = 10;
constexpr int64_t kMaxTokens = 1 << 24;

DType toDType(nrb::ElementType type) {
  switch (type) {
  case nrb::ElementType::int64:
    return DType::Int64;
  case nrb::ElementType::int32:
    return DType::Int32;
  default:
    return DType::Float32;
  }
}

// Batch and time are free.
std::vector<int64_t> freeShape(const flatbuffers::Vector<int64_t> *shape,
                               int timeAxis) {
  std::vector<int64_t> result;
  for (uint32_t i = 0; i < sizeOfVector(shape); ++i)
    result.push_back(i == 0 || int(i) == timeAxis ? -1 : shape->Get(i));
  return result;
}

std::string positionToString(const Array &array, int64_t index) {
  std::vector<int64_t> position(array.shape.size());
  for (size_t axis = position.size(); axis-- > 0;) {
    position[axis] = index % array.shape[axis];
    index /= array.shape[axis];
  }
  return shapeToString(position);
}

// Where element j of token t of sequence b lies, for an array whose axis
// `timeAxis` is time.
struct TimeLayout {
  int64_t outer = 1, inner = 1; // elements before and behind the time axis
  int64_t tokens = 1;

  TimeLayout(const std::vector<int64_t> &shape, int timeAxis) {
    for (size_t i = 1; i < shape.size(); ++i) {
      if (int(i) == timeAxis)
        tokens = shape[i];
      else if (timeAxis < 0 || int(i) < timeAxis)
        outer *= shape[i];
      else
        inner *= shape[i];
    }
  }
  int64_t position(int64_t sequence, int64_t token, int64_t element) const {
    int64_t before = element / inner, behind = element % inner;
    return ((sequence * outer + before) * tokens + token) * inner + behind;
  }
};

} // namespace

struct Simulator::Batch {
  uint32_t spacing = 0; // 0: the period
  int64_t size = 1;
  uint32_t tokens = 0;
  std::vector<const Array *> arrays; // per input port; null for a tick
};

Simulator::Simulator(std::shared_ptr<const Binary> file)
    : binary(std::move(file)), plan(makePlan(binary->root())) {
  const nrb::Binary &root = binary->root();
  for (uint32_t i = 0; i < sizeOfVector(root.sources()); ++i) {
    const nrb::Source &source = *root.sources()->Get(i);
    sourceInfos.push_back({nameOr(source.name()), nameOr(source.op())});
  }
  for (uint32_t i = 0; i < sizeOfVector(root.inputs()); ++i) {
    const nrb::InputPort &port = *root.inputs()->Get(i);
    PortInfo info;
    info.name = nameOr(port.name());
    info.kind = nrb::EnumNameInputKind(port.kind());
    info.dtype = toDType(port.element_type());
    info.timeAxis = port.time_axis();
    info.shape = freeShape(port.shape(), port.time_axis());
    info.width = port.width();
    info.scale = port.scale();
    inputInfos.push_back(std::move(info));
  }
  for (uint32_t i = 0; i < sizeOfVector(root.outputs()); ++i) {
    const nrb::OutputPort &port = *root.outputs()->Get(i);
    PortInfo info;
    info.name = nameOr(port.name());
    info.kind = "output";
    info.dtype = toDType(port.element_type());
    info.timeAxis = port.time_axis();
    info.shape = freeShape(port.shape(), port.time_axis());
    info.width = sizeOfVector(port.elements());
    info.scale = port.scale()->Get(0);
    outputInfos.push_back(std::move(info));
  }
  for (uint32_t i = 0; i < sizeOfVector(root.cores()); ++i) {
    const nrb::Core &core = *root.cores()->Get(i);
    size_t first = groupInfos.size();
    for (uint32_t j = 0; j < sizeOfVector(core.groups()); ++j) {
      const nrb::Group &group = *core.groups()->Get(j);
      GroupInfo info = {nameOr(group.name()),
                        i,
                        j,
                        group.count(),
                        group.source(),
                        group.source_first(),
                        group.dendrites(),
                        {},
                        0,
                        false};
      if (const auto *code = core.programs()->Get(group.program())->code())
        info.worstCase = target::worstCaseLength({code->begin(), code->end()});
      if (info.name.empty())
        info.name = "core" + std::to_string(i) + ".group" + std::to_string(j);
      for (uint32_t k = 0; k < sizeOfVector(group.state()); ++k) {
        std::string name = nameOr(group.state()->Get(k)->name());
        info.stateFields.push_back(name.empty() ? "s" + std::to_string(k)
                                                : name);
      }
      groupInfos.push_back(std::move(info));
    }
    for (uint32_t j = 0; j < sizeOfVector(core.axons_in()); ++j) {
      const nrb::AxonIn &axon = *core.axons_in()->Get(j);
      if (core.formats()->Get(axon.format())->rule() < 0)
        continue;
      visitSynapses(core, axon, [&](const DecodedSynapse &synapse) {
        groupInfos[first + groupOfNeuron(core, synapse.target)].plastic = true;
      });
    }
  }
}

Simulator::~Simulator() = default;

const PortInfo *Simulator::findInput(const std::string &name) const {
  for (const PortInfo &port : inputInfos)
    if (port.kind != "tick" && port.name == name)
      return &port;
  return nullptr;
}

static bool fitsShape(const PortInfo &port, const Array &array) {
  bool fits = array.shape.size() == port.shape.size();
  for (size_t axis = 0; fits && axis < port.shape.size(); ++axis)
    fits = port.shape[axis] < 0 || port.shape[axis] == array.shape[axis];
  return fits;
}

NpzRequest Simulator::makeRequest() const {
  NpzRequest request;
  request.keepNames = true;
  request.wants = [this](const std::string &name) {
    return findInput(name) != nullptr;
  };
  // What checkInputs refuses before it looks at an element.
  request.fits = [this](const std::string &name, const Array &array) {
    const PortInfo &port = *findInput(name);
    uint32_t most = binary->root().timing()->max_tokens();
    return fitsShape(port, array) &&
           (array.isInteger() || port.dtype == DType::Float32) &&
           array.shape[size_t(port.timeAxis)] <=
               int64_t(most ? most : kMaxTokens);
  };
  return request;
}

bool Simulator::checkInputs(const NamedArrays &arrays,
                            const RunOptions &options, Batch &batch,
                            std::vector<std::string> &errors) const {
  const nrb::Binary &root = binary->root();
  size_t before = errors.size();
  std::string expectedNames;
  for (const PortInfo &port : inputInfos)
    if (port.kind != "tick")
      expectedNames += (expectedNames.empty() ? "'" : ", '") + port.name + "'";
  std::set<std::string> given;
  size_t unknown = 0;
  for (const auto &entry : arrays) {
    bool isNew = given.insert(entry.first).second;
    if (!findInput(entry.first) && ++unknown <= kMaxErrorsPerInput)
      errors.push_back("input '" + printable(entry.first) +
                       "': the model has no such input; it has " +
                       (expectedNames.empty() ? "none" : expectedNames));
    else if (unknown <= kMaxErrorsPerInput && !isNew)
      errors.push_back("input '" + printable(entry.first) + "' is given twice");
  }
  if (unknown > kMaxErrorsPerInput)
    errors.push_back("and " + std::to_string(unknown - kMaxErrorsPerInput) +
                     " more arrays that are no inputs of the model");

  int64_t earlier = 0; // tokens of the runs before
  if (options.resume)
    for (const EngineState &state : options.resume->sequences)
      earlier =
          std::max(earlier, int64_t(state.step / root.timing()->period()));
  auto lengthOf = [&](int64_t tokens) {
    return (earlier ? std::to_string(earlier) + " + " : std::string()) +
           std::to_string(tokens);
  };
  // Steps are counted in 32 bits.
  auto fitsInTime = [&](int64_t tokens) {
    return tokens <= kMaxTokens &&
           std::max(root.timing()->period(), options.spacing) *
                       uint64_t(tokens + earlier) +
                   root.timing()->latency() <=
               uint64_t(INT32_MAX);
  };
  bool sized = false;
  std::string sizedBy;
  batch.arrays.assign(inputInfos.size(), nullptr);
  for (size_t i = 0; i < inputInfos.size(); ++i) {
    const PortInfo &port = inputInfos[i];
    const nrb::InputPort &table = *root.inputs()->Get(uint32_t(i));
    if (port.kind == "tick")
      continue;
    std::string what = "input '" + port.name + "': ";
    const Array *array = findArray(arrays, port.name);
    if (!array) {
      errors.push_back(what + "missing; expected " + nameOf(port.dtype) + " " +
                       shapeToString(port.shape));
      continue;
    }
    if (!fitsShape(port, *array)) {
      errors.push_back(what + "shape " + shapeToString(array->shape) +
                       " does not match " + shapeToString(port.shape) +
                       " (axis 0 is the batch, axis " +
                       std::to_string(port.timeAxis) + " the sequence)");
      continue;
    }
    int64_t tokens = array->shape[size_t(port.timeAxis)];
    uint32_t most = root.timing()->max_tokens();
    if (tokens < 1)
      errors.push_back(what + "the sequence is empty");
    else if (most && tokens + earlier > int64_t(most))
      errors.push_back(what + "a sequence of " + lengthOf(tokens) +
                       " tokens exceeds the " + std::to_string(most) +
                       " that the model was compiled for");
    else if (!fitsInTime(tokens))
      errors.push_back(what + "a sequence of " + lengthOf(tokens) +
                       " tokens is too long");
    if (!sized) {
      sized = true;
      sizedBy = port.name;
      batch.size = array->shape[0];
      batch.tokens = uint32_t(tokens);
    } else if (array->shape[0] != batch.size || tokens != batch.tokens) {
      errors.push_back(
          what + "has " + std::to_string(array->shape[0]) + " sequences of " +
          std::to_string(tokens) + " tokens, input '" + sizedBy + "' has " +
          std::to_string(batch.size) + " of " + std::to_string(batch.tokens));
      continue;
    }

    size_t problems = errors.size();
    if (table.kind() == nrb::InputKind::one_hot) {
      if (!array->isInteger() || array->dtype == DType::Bool)
        errors.push_back(what + nameOf(array->dtype) +
                         " is not an integer type; token ids are " +
                         nameOf(port.dtype) + ", convert with .astype(\"" +
                         nameOf(port.dtype) + "\")");
    } else if (port.dtype != DType::Float32 && !array->isInteger()) {
      errors.push_back(what + nameOf(array->dtype) + " does not convert to " +
                       nameOf(port.dtype) + " without loss; convert it before");
    }
    if (errors.size() != problems)
      continue;
    if (!array->isComplete()) {
      if (errors.size() == before)
        errors.push_back(what + "the array has no data");
      continue;
    }

    size_t reported = 0;
    auto reportElement = [&](int64_t index, const std::string &message) {
      ++reported;
      if (reported <= kMaxErrorsPerInput)
        errors.push_back(what + message + " at " +
                         positionToString(*array, index));
    };
    int64_t count = array->numElements();
    if (table.kind() == nrb::InputKind::one_hot) {
      for (int64_t j = 0; j < count; ++j) {
        int64_t id = array->asInteger(j);
        if (id >= 0 && id < int64_t(port.width))
          continue;
        ++reported;
        if (reported <= kMaxErrorsPerInput)
          errors.push_back(what + "sequence " + std::to_string(j / tokens) +
                           ", position " + std::to_string(j % tokens) +
                           ": id " + array->integerToString(j) +
                           " is outside 0.." + std::to_string(port.width - 1));
      }
    } else if (port.dtype == DType::Float32) {
      for (int64_t j = 0; j < count; ++j) {
        double value = array->asDouble(j);
        if (!std::isfinite(value))
          reportElement(j, "a value is not finite");
        else if (double(float(value)) != value ||
                 (array->isInteger() && (value > 9e15 || value < -9e15)))
          reportElement(j, std::string(nameOf(array->dtype)) +
                               " holds a value that float32 cannot; convert "
                               "with .astype(\"float32\")");
      }
    }
    if (reported > kMaxErrorsPerInput)
      errors.push_back(what + "and " +
                       std::to_string(reported - kMaxErrorsPerInput) +
                       " more elements like these");
    batch.arrays[i] = array;
  }
  if (!sized && errors.size() == before) {
    batch.tokens = std::max(1u, options.tokens);
    if (!fitsInTime(batch.tokens))
      errors.push_back("a sequence of " + lengthOf(batch.tokens) +
                       " tokens is too long");
  } else if (sized && options.tokens && options.tokens != batch.tokens) {
    errors.push_back("a length of " + std::to_string(options.tokens) +
                     " tokens is asked for, the arrays have " +
                     std::to_string(batch.tokens));
  }
  if (options.resume && errors.size() == before &&
      options.resume->sequences.size() != uint64_t(batch.size))
    errors.push_back("the saved state holds " +
                     std::to_string(options.resume->sequences.size()) +
                     " sequences, the inputs " + std::to_string(batch.size));
  return errors.size() == before;
}

void Simulator::encode(const Batch &batch, int64_t sequence,
                       SequenceInput &input,
                       std::vector<uint64_t> &saturations) const {
  const nrb::Binary &root = binary->root();
  input.tokens = batch.tokens;
  input.spacing = batch.spacing;
  input.ports.resize(batch.arrays.size());
  for (size_t i = 0; i < batch.arrays.size(); ++i) {
    const Array *array = batch.arrays[i];
    std::vector<int32_t> &values = input.ports[i];
    values.clear();
    if (!array)
      continue;
    const nrb::InputPort &port = *root.inputs()->Get(uint32_t(i));
    TimeLayout layout(array->shape, port.time_axis());
    bool ids = port.kind() == nrb::InputKind::one_hot;
    int64_t width = ids ? 1 : int64_t(port.width());
    double limit = port.limit();
    for (int64_t token = 0; token < batch.tokens; ++token)
      for (int64_t j = 0; j < width; ++j) {
        int64_t at = layout.position(sequence, token, j);
        if (ids) {
          values.push_back(int32_t(array->asInteger(at)));
          continue;
        }
        // Half to even.
        double payload = std::nearbyint(array->asDouble(at) / port.scale());
        if (payload > limit || payload < -limit) {
          ++saturations[i];
          payload = payload > limit ? limit : -limit;
        }
        values.push_back(int32_t(payload));
      }
  }
}

// Stores a value, limited to what T holds. Returns whether that changed it.
template <typename T> static bool store(double value, T &element) {
  using Limits = std::numeric_limits<T>;
  // The largest int64_t is no double, the smallest is.
  constexpr double low = double(Limits::lowest());
  constexpr double high = double(Limits::max());
  if constexpr (Limits::is_integer)
    value = std::nearbyint(value);
  if (value >= low &&
      (Limits::is_integer && sizeof(T) == 8 ? value < high : value <= high)) {
    element = T(value);
    return false;
  }
  element = value < low ? Limits::lowest() : Limits::max();
  return true;
}

void Simulator::decode(const std::vector<std::vector<int32_t>> &payloads,
                       int64_t sequence, NamedArrays &outputs,
                       std::vector<uint64_t> &saturations) const {
  for (size_t i = 0; i < outputInfos.size(); ++i) {
    const nrb::OutputPort &port = *binary->root().outputs()->Get(uint32_t(i));
    Array &array = outputs[i].second;
    TimeLayout layout(array.shape, port.time_axis());
    uint32_t width = outputInfos[i].width;
    for (size_t j = 0; j < payloads[i].size(); ++j) {
      uint32_t element = uint32_t(j % width);
      double value = payloads[i][j] *
                     port.scale()->Get(port.scale()->size() == 1 ? 0 : element);
      if (uint32_t zeros = sizeOfVector(port.zero()))
        value += port.zero()->Get(zeros == 1 ? 0 : element);
      int64_t at = layout.position(sequence, int64_t(j / width), element);
      bool limited = false;
      if (array.dtype == DType::Float32)
        limited = store(value, array.as<float>()[at]);
      else if (array.dtype == DType::Int64)
        limited = store(value, array.as<int64_t>()[at]);
      else
        limited = store(value, array.as<int32_t>()[at]);
      saturations[i] += limited;
    }
  }
}

bool Simulator::run(const NamedArrays &inputs, const RunOptions &options,
                    RunResult &result, std::vector<std::string> &errors) const {
  const nrb::Binary &root = binary->root();
  Batch batch;
  batch.spacing = options.spacing;
  if (!checkInputs(inputs, options, batch, errors))
    return false;
  size_t before = errors.size();
  ProbeRecorder recorder(root, groupInfos, sourceInfos);
  uint64_t size = uint64_t(batch.size);
  recorder.setUp(options.probes, size, batch.tokens, errors);
  if (errors.size() != before)
    return false;

  result = RunResult();
  std::vector<EngineState> saved(options.save ? size : 0);
  for (const PortInfo &port : outputInfos) {
    std::vector<int64_t> shape = port.shape;
    shape[0] = batch.size;
    if (port.timeAxis >= 0)
      shape[size_t(port.timeAxis)] = batch.tokens;
    result.outputs.emplace_back(port.name, Array(port.dtype, shape));
  }

  unsigned threads =
      options.threads ? options.threads : std::thread::hardware_concurrency();
  threads = unsigned(
      std::min<uint64_t>(std::max(1u, threads), std::max<uint64_t>(size, 1)));
  Stats &stats = result.stats;
  stats.groups.resize(groupInfos.size());
  std::vector<LoadMeter::Group> loadGroups;
  for (const GroupInfo &group : groupInfos)
    loadGroups.push_back({group.core, group.worstCase});
  if (options.measureLoad)
    stats.busiest.emplace();
  stats.saturationsOfInput.resize(inputInfos.size());
  stats.saturationsOfOutput.resize(outputInfos.size());
  std::atomic<uint64_t> next{0};
  std::mutex mutex;
  uint64_t done = 0;
  bool outOfMemory = false;
  auto work = [&] {
    try {
      std::unique_ptr<Engine> engine = options.reference
                                           ? makeReferenceEngine(root)
                                           : makeFastEngine(root, plan);
      engine->setLearning(options.learning);
      engine->setTrace(recorder.wantsTrace());
      engine->setKeepDendrites(recorder.wantsDendrites());
      std::optional<LoadMeter> meter;
      if (options.measureLoad)
        meter.emplace(loadGroups, sizeOfVector(root.cores()));
      SequenceInput input;
      std::vector<std::vector<int32_t>> payloads;
      std::vector<uint64_t> limitedInputs(inputInfos.size());
      std::vector<uint64_t> limitedOutputs(outputInfos.size());
      for (uint64_t sequence; (sequence = next++) < size;) {
        encode(batch, int64_t(sequence), input, limitedInputs);
        Engine::StepObserver observer;
        if (meter)
          meter->begin(engine->counters());
        if (!recorder.empty() || options.observer || meter)
          observer = [&](uint32_t step) {
            recorder.afterStep(*engine, sequence, step);
            if (meter)
              meter->afterStep(engine->counters());
            if (options.observer)
              options.observer(*engine, sequence, step);
          };
        engine->runSequence(
            input, payloads, observer,
            options.resume ? &options.resume->sequences[sequence] : nullptr,
            options.save ? &saved[sequence] : nullptr);
        recorder.afterSequence(*engine, sequence);
        decode(payloads, int64_t(sequence), result.outputs, limitedOutputs);
        if (options.progress) {
          std::lock_guard<std::mutex> lock(mutex);
          options.progress(++done, size);
        }
      }
      std::lock_guard<std::mutex> lock(mutex);
      for (size_t i = 0; i < stats.groups.size(); ++i)
        stats.groups[i] += engine->counters()[i];
      if (meter)
        *stats.busiest += meter->sums();
      stats.steps += engine->steps();
      stats.hostSpikes += engine->hostSpikes();
      for (size_t i = 0; i < limitedInputs.size(); ++i)
        stats.saturationsOfInput[i] += limitedInputs[i];
      for (size_t i = 0; i < limitedOutputs.size(); ++i)
        stats.saturationsOfOutput[i] += limitedOutputs[i];
    } catch (const std::bad_alloc &) {
      std::lock_guard<std::mutex> lock(mutex);
      outOfMemory = true;
      next = size;
    }
  };
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> pool;
  pool.reserve(threads); // nothing may be thrown while threads run
  for (unsigned i = 1; i < threads; ++i) {
    try {
      pool.emplace_back(work);
    } catch (const std::exception &) {
      break; // fewer threads give the same result
    }
  }
  work();
  for (std::thread &thread : pool)
    thread.join();
  stats.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  if (outOfMemory) {
    errors.push_back("out of memory; use fewer threads, probes or sequences");
    return false;
  }
  for (const GroupCounters &counters : stats.groups)
    stats.total += counters;
  for (uint64_t count : stats.saturationsOfInput)
    stats.inputSaturations += count;
  for (uint64_t count : stats.saturationsOfOutput)
    stats.outputSaturations += count;
  stats.sequences = size;
  stats.tokens = size * batch.tokens;
  stats.period = root.timing()->period();
  stats.latency = root.timing()->latency();
  stats.engine = options.reference ? "reference" : "fast";
  stats.threads = unsigned(pool.size()) + 1;
  recorder.finish(result.probes);
  if (options.save)
    options.save->sequences = std::move(saved);
  return true;
}

bool Simulator::hasGolden() const {
  return sizeOfVector(binary->root().golden_outputs()) != 0;
}

bool Simulator::checkGolden(const RunOptions &options,
                            std::vector<std::string> &errors) const {
  size_t before = errors.size();
  auto convert =
      [](const flatbuffers::Vector<flatbuffers::Offset<nrb::GoldenArray>>
             *tables) {
        NamedArrays arrays;
        for (uint32_t i = 0; i < sizeOfVector(tables); ++i) {
          const nrb::GoldenArray &table = *tables->Get(i);
          std::vector<int64_t> shape;
          for (uint32_t j = 0; j < sizeOfVector(table.shape()); ++j)
            shape.push_back(table.shape()->Get(j));
          Array array(toDType(table.element_type()), shape);
          if (!array.data.empty())
            std::memcpy(array.data.data(), table.data()->data(),
                        array.data.size());
          arrays.emplace_back(nameOr(table.name()), std::move(array));
        }
        return arrays;
      };
  RunResult result;
  if (!run(convert(binary->root().golden_inputs()), options, result, errors))
    return false;
  for (const auto &entry : convert(binary->root().golden_outputs())) {
    std::string what = "golden output '" + entry.first + "': ";
    const Array *got = findArray(result.outputs, entry.first);
    if (!got) {
      errors.push_back(what + "the model has no such output");
      continue;
    }
    std::string why;
    double difference = maxAbsDifference(*got, entry.second, why);
    if (difference < 0)
      errors.push_back(what + why);
    else if (difference != 0 || got->data != entry.second.data)
      errors.push_back(what +
                       "differs from what the compiler stored, by up "
                       "to " +
                       std::to_string(difference));
  }
  return errors.size() == before;
}

double neuro::runtime::maxAbsDifference(const Array &a, const Array &b,
                                        std::string &why) {
  if (a.shape != b.shape) {
    why = "shape " + shapeToString(a.shape) + " against " +
          shapeToString(b.shape);
    return -1;
  }
  double largest = 0;
  for (int64_t i = 0, count = a.numElements(); i < count; ++i) {
    double x = a.asDouble(i), y = b.asDouble(i);
    double difference = std::fabs(x - y);
    if (std::isnan(difference))
      difference = (std::isnan(x) && std::isnan(y)) || x == y
                       ? 0
                       : std::numeric_limits<double>::infinity();
    largest = std::max(largest, difference);
  }
  return largest;
}
