//===- Report.cpp - statistics and descriptions as text and JSON ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Runtime/Simulator.h"

#include "Decode.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace neuro;
using namespace neuro::runtime;
using Json = nlohmann::ordered_json;

namespace {

// Names come from the file and may hold anything.
std::string dump(const Json &json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

struct CounterName {
  const char *key;
  uint64_t GroupCounters::*field;
};

constexpr CounterName kCounters[] = {
    {"spikes", &GroupCounters::spikes},
    {"synaptic_operations", &GroupCounters::synapticOperations},
    {"neuron_updates", &GroupCounters::neuronUpdates},
    {"active_neuron_updates", &GroupCounters::activeNeuronUpdates},
    {"learning_updates", &GroupCounters::learningUpdates},
    {"dendrite_wraps", &GroupCounters::dendriteWraps},
    {"register_wraps", &GroupCounters::registerWraps},
    {"saturations", &GroupCounters::saturations},
    {"learning_saturations", &GroupCounters::learningSaturations},
};

void addCounters(Json &json, const GroupCounters &counters) {
  for (const CounterName &name : kCounters)
    json[name.key] = counters.*name.field;
}

Json portToJson(const PortInfo &port) {
  Json json;
  json["name"] = port.name;
  json["kind"] = port.kind;
  json["dtype"] = nameOf(port.dtype);
  json["shape"] = port.shape;
  json["time_axis"] = port.timeAxis;
  json["width"] = port.width;
  json["scale"] = port.scale;
  return json;
}

std::string format(const char *pattern, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), pattern, value);
  return buffer;
}

std::string pad(std::string text, size_t width, bool left = false) {
  if (text.size() < width)
    text.insert(left ? 0 : text.size(), width - text.size(), ' ');
  return text;
}

} // namespace

double Stats::tokensPerSecond() const {
  return seconds > 0 ? double(tokens) / seconds : 0;
}

double Stats::synapticOperationsPerSecond() const {
  return seconds > 0 ? double(total.synapticOperations) / seconds : 0;
}

std::string Simulator::describeClipping(const Stats &stats) const {
  struct Place {
    std::string text;
    uint64_t count;
  };
  std::vector<Place> places;
  uint64_t total = 0;
  auto add = [&](const std::string &where, uint64_t saturations,
                 uint64_t wraps) {
    uint64_t count = saturations + wraps;
    total += count;
    if (!count)
      return;
    std::string text = where + ": ";
    if (saturations)
      text += std::to_string(saturations) + " limited";
    if (wraps)
      text += (saturations ? ", " : "") + std::to_string(wraps) + " wrapped";
    places.push_back({std::move(text), count});
  };
  for (size_t i = 0; i < stats.saturationsOfInput.size(); ++i)
    add("input '" + inputInfos[i].name + "'", stats.saturationsOfInput[i], 0);
  std::vector<GroupCounters> bySource(sourceInfos.size());
  for (size_t i = 0; i < stats.groups.size(); ++i)
    bySource[groupInfos[i].source] += stats.groups[i];
  for (size_t i = 0; i < bySource.size(); ++i)
    add("layer '" + sourceInfos[i].name + "'",
        bySource[i].saturations + bySource[i].learningSaturations,
        bySource[i].dendriteWraps + bySource[i].registerWraps);
  for (size_t i = 0; i < stats.saturationsOfOutput.size(); ++i)
    add("output '" + outputInfos[i].name + "'", stats.saturationsOfOutput[i],
        0);
  if (places.empty())
    return "";
  std::stable_sort(
      places.begin(), places.end(),
      [](const Place &a, const Place &b) { return a.count > b.count; });
  std::string text = std::to_string(total) +
                     (total == 1 ? " value was" : " values were") +
                     " outside the range that the chip holds (";
  constexpr size_t kMostPlaces = 5;
  for (size_t i = 0; i < places.size() && i < kMostPlaces; ++i)
    text += (i ? "; " : "") + places[i].text;
  if (places.size() > kMostPlaces)
    text +=
        "; and " + std::to_string(places.size() - kMostPlaces) + " places more";
  return text + "), so that results may be wrong; compile with calibration "
                "data that covers such inputs, or with a larger "
                "--calibration-margin";
}

std::string Simulator::statsToJson(const Stats &stats) const {
  const nrb::Binary &root = binary->root();
  Json json;
  json["model"] = binary->name();
  json["producer"] = nameOr(root.producer());
  json["target"] = nameOr(root.target()->name());
  json["engine"] = stats.engine;
  json["threads"] = stats.threads;
  json["chips"] = root.chips();
  json["cores"] = sizeOfVector(root.cores());
  json["sequences"] = stats.sequences;
  json["tokens"] = stats.tokens;
  json["timesteps"] = stats.steps;
  json["timesteps_per_token"] = stats.period;
  json["latency_timesteps"] = stats.latency + 1;
  json["host_spikes"] = stats.hostSpikes;
  json["input_saturations"] = stats.inputSaturations;
  json["output_saturations"] = stats.outputSaturations;
  json["warnings"] = Json::array();
  if (std::string warning = describeClipping(stats); !warning.empty())
    json["warnings"].push_back(warning);
  json["seconds"] = stats.seconds;
  json["tokens_per_second"] = stats.tokensPerSecond();
  json["synaptic_operations_per_second"] = stats.synapticOperationsPerSecond();
  Json total;
  addCounters(total, stats.total);
  json["total"] = total;
  if (stats.busiest) {
    const BusiestCore &most = *stats.busiest;
    Json busiest;
    busiest["synaptic_operations"] = most.synapticOperations;
    busiest["instructions"] = most.instructions;
    busiest["spikes"] = most.spikes;
    busiest["learning_updates"] = most.learningUpdates;
    Json times;
    for (size_t i = 0; i < kNumCostProfiles; ++i)
      times[kCostProfiles[i].name] =
          double(most.picoseconds[i]) / 1000 /
          double(std::max<uint64_t>(stats.tokens, 1));
    busiest["estimated_ns_per_token"] = times;
    busiest["estimate"] = kCostDisclaimer;
    json["busiest_core"] = busiest;
  }

  std::vector<GroupCounters> bySource(sourceInfos.size());
  std::vector<uint64_t> neurons(sourceInfos.size());
  for (size_t i = 0; i < groupInfos.size(); ++i) {
    bySource[groupInfos[i].source] += stats.groups[i];
    neurons[groupInfos[i].source] += groupInfos[i].count;
  }
  json["sources"] = Json::array();
  for (size_t i = 0; i < sourceInfos.size(); ++i) {
    Json entry;
    entry["name"] = sourceInfos[i].name;
    entry["op"] = sourceInfos[i].op;
    entry["neurons"] = neurons[i];
    addCounters(entry, bySource[i]);
    json["sources"].push_back(std::move(entry));
  }
  json["groups"] = Json::array();
  for (size_t i = 0; i < groupInfos.size(); ++i) {
    Json entry;
    entry["name"] = groupInfos[i].name;
    entry["source"] = sourceInfos[groupInfos[i].source].name;
    entry["core"] = groupInfos[i].core;
    entry["neurons"] = groupInfos[i].count;
    addCounters(entry, stats.groups[i]);
    json["groups"].push_back(std::move(entry));
  }
  return dump(json);
}

std::string Simulator::statsToText(const Stats &stats) const {
  std::string text;
  auto line = [&](const char *name, const std::string &value) {
    text += pad(name, 28) + value + "\n";
  };
  line("engine",
       stats.engine + ", " + std::to_string(stats.threads) + " thread(s)");
  line("sequences", std::to_string(stats.sequences));
  line("tokens", std::to_string(stats.tokens));
  line("timesteps", std::to_string(stats.steps));
  line("timesteps per token", std::to_string(stats.period));
  line("timesteps of one token", std::to_string(stats.latency + 1));
  line("host spikes", std::to_string(stats.hostSpikes));
  line("input saturations", std::to_string(stats.inputSaturations));
  line("output saturations", std::to_string(stats.outputSaturations));
  for (const CounterName &name : kCounters) {
    std::string label = name.key;
    for (char &c : label)
      if (c == '_')
        c = ' ';
    line(label.c_str(), std::to_string(stats.total.*name.field));
  }
  line("seconds", format("%.3f", stats.seconds));
  line("simulated tokens per second", format("%.1f", stats.tokensPerSecond()));
  line("synaptic operations per s",
       format("%.4g", stats.synapticOperationsPerSecond()));

  if (stats.busiest) {
    const BusiestCore &most = *stats.busiest;
    bool alone = stats.period > stats.latency;
    text += "\nbusiest core of each step, summed over the steps (measured in "
            "simulation)\n";
    line("synaptic operations", std::to_string(most.synapticOperations));
    line("instructions, at most", std::to_string(most.instructions));
    line("spikes", std::to_string(most.spikes));
    line("learning updates", std::to_string(most.learningUpdates));
    text += std::string("estimated time per token, ") +
            (alone ? "one token at a time" : "pipelined") + " (" +
            kCostDisclaimer + ")\n";
    for (size_t i = 0; i < kNumCostProfiles; ++i)
      line(kCostProfiles[i].name,
           format("%.3g us", double(most.picoseconds[i]) / 1e6 /
                                 double(std::max<uint64_t>(stats.tokens, 1))));
  }

  std::vector<GroupCounters> bySource(sourceInfos.size());
  size_t width = 6;
  for (size_t i = 0; i < groupInfos.size(); ++i)
    bySource[groupInfos[i].source] += stats.groups[i];
  for (const SourceInfo &source : sourceInfos)
    width = std::max(width, source.name.size());
  text += "\n" + pad("layer", width);
  for (const char *title : {"spikes", "synops", "active updates", "learning",
                            "wraps", "saturations"})
    text += pad(title, 16, true);
  text += "\n";
  for (size_t i = 0; i < sourceInfos.size(); ++i) {
    const GroupCounters &c = bySource[i];
    if (c.neuronUpdates == 0)
      continue;
    text += pad(sourceInfos[i].name, width);
    for (uint64_t value :
         {c.spikes, c.synapticOperations, c.activeNeuronUpdates,
          c.learningUpdates, c.dendriteWraps + c.registerWraps,
          c.saturations + c.learningSaturations})
      text += pad(std::to_string(value), 16, true);
    text += "\n";
  }
  return text;
}

std::string Simulator::describeAsJson() const {
  const nrb::Binary &root = binary->root();
  const nrb::Timing &timing = *root.timing();
  Json json;
  json["model"] = binary->name();
  json["bytes"] = binary->sizeInBytes();
  json["version"] = std::to_string(root.version()->major()) + "." +
                    std::to_string(root.version()->minor()) + "." +
                    std::to_string(root.version()->patch());
  json["producer"] = nameOr(root.producer());
  json["target"] = nameOr(root.target()->name());
  json["chips"] = root.chips();
  json["cores"] = sizeOfVector(root.cores());
  json["period"] = timing.period();
  json["latency"] = timing.latency();
  json["max_tokens"] = timing.max_tokens();
  json["golden"] = hasGolden();
  json["inputs"] = Json::array();
  for (const PortInfo &port : inputInfos)
    json["inputs"].push_back(portToJson(port));
  json["outputs"] = Json::array();
  for (const PortInfo &port : outputInfos)
    json["outputs"].push_back(portToJson(port));
  json["sources"] = Json::array();
  for (const SourceInfo &source : sourceInfos)
    json["sources"].push_back({{"name", source.name}, {"op", source.op}});
  json["groups"] = Json::array();
  for (const GroupInfo &group : groupInfos)
    json["groups"].push_back({{"name", group.name},
                              {"source", sourceInfos[group.source].name},
                              {"core", group.core},
                              {"neurons", group.count},
                              {"first", group.sourceFirst},
                              {"state", group.stateFields},
                              {"worst_case_cycles", group.worstCase},
                              {"plastic", group.plastic}});
  return dump(json);
}

std::string Simulator::describe() const {
  const nrb::Binary &root = binary->root();
  const nrb::Timing &timing = *root.timing();
  std::string text;
  text += binary->name() + ": target " + nameOr(root.target()->name()) + ", " +
          std::to_string(root.chips()) + " chip(s), " +
          std::to_string(sizeOfVector(root.cores())) + " core(s), " +
          std::to_string(binary->sizeInBytes()) + " bytes, by " +
          nameOr(root.producer(), "an unknown producer") + "\n";
  text += "timing: " + std::to_string(timing.period()) +
          " steps per token, the output after " +
          std::to_string(timing.latency() + 1) + " steps, at most " +
          (timing.max_tokens() ? std::to_string(timing.max_tokens())
                               : std::string("any number of")) +
          " tokens\n";
  auto list = [&](const char *title, const std::vector<PortInfo> &ports) {
    text += std::string(title) + ":\n";
    for (const PortInfo &port : ports)
      text += "  " + port.name + ": " + nameOf(port.dtype) + " " +
              shapeToString(port.shape) + ", " + port.kind + ", " +
              std::to_string(port.width) + " wide, scale " +
              format("%.6g", port.scale) + "\n";
  };
  list("inputs", inputInfos);
  list("outputs", outputInfos);
  text += "sources:\n";
  std::vector<std::vector<size_t>> groupsOf(sourceInfos.size());
  for (size_t i = 0; i < groupInfos.size(); ++i)
    groupsOf[groupInfos[i].source].push_back(i);
  for (size_t i = 0; i < sourceInfos.size(); ++i) {
    text += "  " + sourceInfos[i].name + " (" + sourceInfos[i].op + ")\n";
    for (size_t index : groupsOf[i]) {
      const GroupInfo &group = groupInfos[index];
      text += "    " + group.name + ": " + std::to_string(group.count) +
              " neurons on core " + std::to_string(group.core);
      if (!group.stateFields.empty()) {
        text += ", state";
        for (const std::string &field : group.stateFields)
          text += " " + field;
      }
      text += ", at most " + std::to_string(group.worstCase) + " cycles";
      text += group.plastic ? ", plastic\n" : "\n";
    }
  }
  return text;
}
