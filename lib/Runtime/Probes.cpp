//===- Probes.cpp - collects what probes ask for --------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Probes.h"

#include "Decode.h"

#include "neuro/Target/Microcode.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using namespace neuro;
using namespace neuro::runtime;

namespace {

constexpr uint64_t kMaxProbeBytes = uint64_t(8) << 30;

} // namespace

Probe neuro::runtime::parseProbe(const std::string &text) {
  static const std::pair<const char *, ProbeKind> kinds[] = {
      {":spikes", ProbeKind::Spikes},       {":state", ProbeKind::State},
      {":weights", ProbeKind::Weights},     {":trace", ProbeKind::Trace},
      {":dendrites", ProbeKind::Dendrites}, {":synapses", ProbeKind::Synapses},
      {":traces", ProbeKind::Traces}};
  for (auto [suffix, kind] : kinds) {
    std::string end = suffix;
    if (text.size() > end.size() &&
        text.compare(text.size() - end.size(), end.size(), end) == 0)
      return {text.substr(0, text.size() - end.size()), kind};
  }
  return {text, ProbeKind::Spikes};
}

bool ProbeRecorder::Sender::operator<(const Sender &other) const {
  return std::tie(kind, population, index) <
         std::tie(other.kind, other.population, other.index);
}

ProbeRecorder::ProbeRecorder(const nrb::Binary &binary,
                             const std::vector<GroupInfo> &groups,
                             const std::vector<SourceInfo> &sources)
    : binary(binary), groups(groups), sources(sources) {}

void ProbeRecorder::setUp(const std::vector<Probe> &probes, uint64_t batchSize,
                          uint32_t numTokens,
                          std::vector<std::string> &errors) {
  batch = batchSize;
  tokens = numTokens;
  steps =
      (tokens - 1) * binary.timing()->period() + binary.timing()->latency() + 1;
  // The runs of a population on several cores share a name.
  std::map<std::string, std::vector<uint32_t>> populations;
  for (uint32_t i = 0; i < groups.size(); ++i)
    populations[groups[i].name].push_back(i);
  for (auto &entry : populations)
    std::stable_sort(entry.second.begin(), entry.second.end(),
                     [&](uint32_t a, uint32_t b) {
                       return groups[a].sourceFirst < groups[b].sourceFirst;
                     });
  std::set<std::pair<std::string, ProbeKind>> done;
  for (const Probe &probe : probes) {
    std::vector<std::string> names;
    if (populations.count(probe.name))
      names.push_back(probe.name);
    else
      for (const auto &entry : populations)
        if (sources[groups[entry.second.front()].source].name == probe.name)
          names.push_back(entry.first);
    if (names.empty()) {
      errors.push_back("probe '" + probe.name +
                       "': no group or source has this name; --list shows "
                       "the names");
      continue;
    }
    size_t before = recordings.size();
    for (const std::string &name : names)
      if (done.insert({name, probe.kind}).second)
        addPopulation(name, probe.kind, populations[name], errors);
      else
        ++before;
    if (recordings.size() == before && errors.empty()) {
      const char *what = nullptr;
      switch (probe.kind) {
      case ProbeKind::State:
        what = "no state field";
        break;
      case ProbeKind::Dendrites:
        what = "no dendrite";
        break;
      case ProbeKind::Weights:
      case ProbeKind::Synapses:
      case ProbeKind::Traces:
        what = "no plastic synapse reaches it";
        break;
      default:
        break;
      }
      if (what)
        errors.push_back("probe '" + probe.name + "': " + what);
    }
  }
  // Tables used while setting up.
  senders.clear();
}

bool ProbeRecorder::allocate(Recording &recording, std::vector<int64_t> shape,
                             DType type, std::vector<std::string> &errors) {
  uint64_t bytes = sizeOf(type) + (recording.kind == ProbeKind::Spikes);
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(bytes, uint64_t(extent), &bytes))
      bytes = UINT64_MAX;
  if (bytes > kMaxProbeBytes) {
    errors.push_back(
        "probe '" + recording.name + "' needs " + std::to_string(bytes >> 20) +
        " MiB, more than the limit of " + std::to_string(kMaxProbeBytes >> 20) +
        " MiB; feed fewer sequences");
    return false;
  }
  recording.array = Array(type, shape);
  if (recording.kind == ProbeKind::Spikes)
    recording.second = Array(DType::Bool, std::move(shape));
  return true;
}

void ProbeRecorder::addPopulation(const std::string &name, ProbeKind kind,
                                  const std::vector<uint32_t> &members,
                                  std::vector<std::string> &errors) {
  if (kind == ProbeKind::Weights || kind == ProbeKind::Synapses ||
      kind == ProbeKind::Traces) {
    addSynapses(name, kind, members, errors);
    return;
  }
  Recording recording;
  recording.kind = kind;
  recording.groups = members;
  for (uint32_t group : members)
    recording.perSample += groups[group].count;
  std::vector<int64_t> shape = {int64_t(batch), int64_t(steps),
                                int64_t(recording.perSample)};
  if (kind == ProbeKind::Trace) {
    anyTrace = true;
    recording.name = name + ".trace";
    recording.rows.resize(batch);
    recordings.push_back(std::move(recording));
    return;
  }
  if (kind == ProbeKind::Spikes) {
    recording.name = name;
    if (allocate(recording, shape, DType::Int32, errors))
      recordings.push_back(std::move(recording));
    return;
  }
  if (kind == ProbeKind::Dendrites) {
    // One that only some runs have is left out, like a field below.
    unsigned dendrites = target::kNumDendrites;
    for (uint32_t group : members)
      dendrites = std::min(dendrites, groups[group].dendrites);
    anyDendrites |= dendrites > 0;
    for (unsigned i = 0; i < dendrites; ++i) {
      Recording one = recording;
      one.name = name + ".d" + std::to_string(i) + ".dendrite";
      one.dendrite = i;
      if (allocate(one, shape, DType::Int32, errors))
        recordings.push_back(std::move(one));
    }
    return;
  }
  // A field that only some runs have is left out.
  const std::vector<std::string> &fields = groups[members[0]].stateFields;
  for (unsigned field = 0; field < fields.size(); ++field) {
    Recording one = recording;
    one.name = name + ".state." + fields[field];
    one.fields.assign(members.size(), field);
    bool all = true;
    for (uint32_t group : members)
      all = all && field < groups[group].stateFields.size() &&
            groups[group].stateFields[field] == fields[field];
    if (all && allocate(one, shape, DType::Int32, errors))
      recordings.push_back(std::move(one));
  }
}

void ProbeRecorder::collectSenders() {
  if (!senders.empty())
    return;
  const auto &cores = *binary.cores();
  for (const nrb::Core *core : cores)
    senders.emplace_back(sizeOfVector(core->axons_in()));
  // The first sender in order of the model names the column.
  auto note = [&](const nrb::AxonOut &out, const Sender &sender) {
    Sender &known = senders[out.core()][out.axon()];
    if (sender < known)
      known = sender;
  };
  for (uint32_t i = 0; i < sizeOfVector(binary.inputs()); ++i) {
    const nrb::InputPort &port = *binary.inputs()->Get(i);
    for (uint32_t j = 0; j < port.width(); ++j)
      for (uint32_t k = port.fanout_index()->Get(j);
           k < port.fanout_index()->Get(j + 1); ++k)
        note(*port.fanout()->Get(k), {0, i, j});
  }
  std::map<std::string, uint64_t> ids;
  for (const GroupInfo &group : groups)
    ids.insert({group.name, ids.size()});
  for (const GroupInfo &group : groups) {
    const nrb::Core &core = *cores.Get(group.core);
    uint32_t first = core.groups()->Get(group.index)->first();
    for (uint32_t j = 0; j < group.count; ++j)
      for (uint32_t k = core.fanout_index()->Get(first + j);
           k < core.fanout_index()->Get(first + j + 1); ++k)
        note(*core.fanout()->Get(k),
             {1, ids[group.name], uint64_t(group.sourceFirst) + j});
  }
}

ProbeRecorder::Matrix
ProbeRecorder::findMatrix(const std::vector<uint32_t> &members,
                          unsigned dendrite) {
  Matrix matrix;
  std::map<Sender, int64_t> columns;
  std::vector<Sender> senderOf;           // of each axon
  std::vector<std::vector<int64_t>> rows; // of its synapses
  std::map<int64_t, PostPlace> posts;     // the last axon's
  for (uint32_t member : members) {
    const GroupInfo &group = groups[member];
    const nrb::Core &core = *binary.cores()->Get(group.core);
    uint64_t first = core.groups()->Get(group.index)->first();
    for (uint32_t j = 0; j < sizeOfVector(core.axons_in()); ++j) {
      const nrb::AxonIn &axon = *core.axons_in()->Get(j);
      const nrb::SynapseFormat &format = *core.formats()->Get(axon.format());
      if (format.rule() < 0 || format.dendrite() != dendrite)
        continue;
      std::vector<int64_t> rowOf;
      bool reaches = false;
      visitSynapses(core, axon, [&](const DecodedSynapse &synapse) {
        bool inside =
            synapse.target >= first && synapse.target < first + group.count;
        int64_t neuron = int64_t(synapse.target) - int64_t(first);
        rowOf.push_back(inside ? matrix.rows + neuron : -1);
        reaches |= inside;
        if (inside)
          posts[rowOf.back()] = {group.core, uint32_t(format.rule()), member,
                                 uint32_t(neuron), rowOf.back()};
      });
      if (!reaches)
        continue;
      Sender sender = senders[group.core][j];
      if (sender.kind == 2) {
        sender.population = group.core;
        sender.index = j;
      }
      columns[sender] = 0;
      matrix.axons.push_back({group.core, j, 0, {}});
      senderOf.push_back(sender);
      rows.push_back(std::move(rowOf));
    }
    matrix.rows += group.count;
  }
  for (auto &column : columns)
    column.second = matrix.columns++;
  for (size_t i = 0; i < matrix.axons.size(); ++i) {
    AxonPlace &axon = matrix.axons[i];
    axon.column = columns[senderOf[i]];
    for (int64_t row : rows[i])
      axon.position.push_back(row < 0 ? -1
                                      : row * matrix.columns + axon.column);
  }
  for (const auto &post : posts)
    matrix.posts.push_back(post.second);
  return matrix;
}

bool ProbeRecorder::addSynapses(const std::string &name, ProbeKind kind,
                                const std::vector<uint32_t> &members,
                                std::vector<std::string> &errors) {
  collectSenders();
  bool found = false;
  auto add = [&](Recording recording, const std::string &suffix,
                 std::vector<int64_t> shape, DType type) {
    recording.name = name + ".d" + std::to_string(recording.dendrite) + suffix;
    recording.perSample =
        uint64_t(shape[2]) * uint64_t(shape.size() > 3 ? shape[3] : 1);
    if (allocate(recording, std::move(shape), type, errors))
      recordings.push_back(std::move(recording));
  };
  for (unsigned dendrite = 0; dendrite < target::kNumDendrites; ++dendrite) {
    Matrix matrix = findMatrix(members, dendrite);
    if (matrix.axons.empty())
      continue;
    found = true;
    Recording recording;
    recording.kind = kind;
    recording.dendrite = dendrite;
    recording.axons = matrix.axons;
    if (kind == ProbeKind::Weights) {
      add(recording, ".weights",
          {int64_t(batch), int64_t(tokens), matrix.rows, matrix.columns},
          DType::Int16);
    } else if (kind == ProbeKind::Synapses) {
      const std::pair<const char *, SynapseVariable> variables[] = {
          {".w", SynapseVariable::Weight},
          {".d", SynapseVariable::Delay},
          {".t", SynapseVariable::Tag}};
      for (auto [suffix, variable] : variables) {
        recording.variable = variable;
        add(recording, suffix,
            {int64_t(batch), int64_t(steps), matrix.rows, matrix.columns},
            DType::Int16);
      }
    } else {
      recording.posts = matrix.posts;
      const char *suffixes[] = {".x1", ".x2", ".y1", ".y2", ".y3"};
      for (unsigned trace = 0; trace < 5; ++trace) {
        recording.trace = trace;
        add(recording, suffixes[trace],
            {int64_t(batch), int64_t(steps),
             trace < 2 ? matrix.columns : matrix.rows},
            DType::UInt8);
      }
    }
  }
  return found;
}

// `at`: where this sample begins in the array.
void ProbeRecorder::sample(const Engine &engine, Recording &recording,
                           uint64_t at) {
  switch (recording.kind) {
  case ProbeKind::Trace:
    break;
  case ProbeKind::Weights:
  case ProbeKind::Synapses: {
    int16_t *to = recording.array.as<int16_t>() + at;
    std::vector<int32_t> values;
    for (const AxonPlace &axon : recording.axons) {
      engine.readSynapses(axon.core, axon.axon, recording.variable, values);
      for (size_t i = 0; i < values.size(); ++i)
        if (axon.position[i] >= 0)
          to[axon.position[i]] = int16_t(values[i]);
    }
    break;
  }
  case ProbeKind::Traces: {
    uint8_t *to = recording.array.as<uint8_t>() + at;
    int32_t values[3];
    if (recording.trace < 2)
      for (const AxonPlace &axon : recording.axons) {
        engine.readPreTraces(axon.core, axon.axon, values);
        to[axon.column] = uint8_t(values[recording.trace]);
      }
    else
      for (const PostPlace &post : recording.posts) {
        engine.readPostTraces(post.core, post.rule, post.group, post.neuron,
                              values);
        to[post.row] = uint8_t(values[recording.trace - 2]);
      }
    break;
  }
  default:
    for (size_t i = 0; i < recording.groups.size(); ++i) {
      uint32_t group = recording.groups[i];
      int32_t *to = recording.array.as<int32_t>() + at;
      if (recording.kind == ProbeKind::Spikes)
        engine.readSpikes(group, to, recording.second.as<uint8_t>() + at);
      else if (recording.kind == ProbeKind::State)
        engine.readState(group, recording.fields[i], to);
      else
        engine.readDendrites(group, recording.dendrite, to);
      at += groups[group].count;
    }
    break;
  }
}

void ProbeRecorder::afterStep(const Engine &engine, uint64_t sequence,
                              uint32_t step) {
  const nrb::Timing &timing = *binary.timing();
  for (Recording &recording : recordings) {
    uint64_t sampleIndex = sequence * steps + step;
    if (recording.kind == ProbeKind::Weights) {
      if (step < timing.latency() ||
          (step - timing.latency()) % timing.period() != 0)
        continue;
      sampleIndex =
          sequence * tokens + (step - timing.latency()) / timing.period();
    }
    sample(engine, recording, sampleIndex * recording.perSample);
  }
}

void ProbeRecorder::afterSequence(const Engine &engine, uint64_t sequence) {
  for (Recording &recording : recordings) {
    if (recording.kind != ProbeKind::Trace)
      continue;
    for (const TraceEntry &entry : engine.trace()) {
      int64_t offset = 0;
      for (uint32_t group : recording.groups) {
        if (group == entry.group) {
          for (int64_t value :
               {int64_t(sequence), int64_t(entry.step),
                offset + int64_t(entry.neuron), int64_t(entry.value)})
            recording.rows[sequence].push_back(value);
          break;
        }
        offset += groups[group].count;
      }
    }
  }
}

void ProbeRecorder::finish(NamedArrays &arrays) {
  for (Recording &recording : recordings) {
    if (recording.kind == ProbeKind::Trace) {
      std::vector<int64_t> all;
      for (const std::vector<int64_t> &rows : recording.rows)
        all.insert(all.end(), rows.begin(), rows.end());
      arrays.emplace_back(
          recording.name,
          Array::of(DType::Int64, {int64_t(all.size() / 4), 4}, all));
    } else if (recording.kind == ProbeKind::Spikes) {
      arrays.emplace_back(recording.name + ".spikes",
                          std::move(recording.array));
      arrays.emplace_back(recording.name + ".fired",
                          std::move(recording.second));
    } else {
      arrays.emplace_back(recording.name, std::move(recording.array));
    }
  }
  recordings.clear();
}
