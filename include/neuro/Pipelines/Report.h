//===- Report.h - one HTML page about a compiled model ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The page is one file without references to other files. It holds two comments
// at which a script may insert sections of its own. Free of MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_PIPELINES_REPORT_H
#define NEURO_PIPELINES_REPORT_H

#include "neuro/Pipelines/BinarySummary.h"
#include "neuro/Runtime/CostProfiles.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace neuro {

inline constexpr const char *kReportFirstMark =
    "<!-- neuro-mlir: first sections -->";
inline constexpr const char *kReportInsertMark =
    "<!-- neuro-mlir: more sections -->";

struct PhaseRecord {
  std::string name;
  double seconds = 0;
  /// What came out, e.g. "143 nodes".
  std::string note;
};

/// What a simulated run did, summed over its tokens.
struct RunCounts {
  double tokens = 0, steps = 0, spikes = 0, synapticOperations = 0;
  double neuronUpdates = 0, activeNeuronUpdates = 0, learningUpdates = 0;
  /// Wrapped or saturated values.
  double overflows = 0;
  /// By profile: the sum over steps of the busiest core's time, with barriers.
  std::array<double, kNumCostProfiles> timeNs = {};
};

/// A run at the binary's own period, and one in which each token waits until
/// the one before has left.
struct Activity : RunCounts {
  /// E.g. "the first calibration sequence".
  std::string what;
  /// Nothing when a loop of the network needs the period, or when the binary
  /// itself runs so.
  std::optional<RunCounts> alone;
};

struct ReportData {
  std::string model;
  std::string calibration;
  std::vector<PhaseRecord> phases;
  /// The text of the quantisation report, or empty.
  std::string quantJson;
  BinarySummary binary;
  std::optional<Activity> activity;
};

/// Energy (pJ; negative when not published) and time (ns) per token by one
/// profile.
struct CostEstimate {
  double energyPj = -1, timeNs = 0;
  /// What the chips draw by the profile, and what whole boards draw, in the
  /// time.
  double staticPj = -1, boardPj = 0;
};
CostEstimate estimateCost(const CostProfile &profile, uint32_t chips,
                          const RunCounts &run, double runNs);

/// Of the published boards that hold so many chips.
double boardWatts(uint32_t chips);

/// The page.
std::string makeReport(const ReportData &data);

} // namespace neuro

#endif // NEURO_PIPELINES_REPORT_H
