//===- CostProfiles.h - published energies and times ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cited figures for estimates. Intel has published no energy per operation for
// Loihi 2: every profile is a Loihi 1 proxy or a peak rate, and every report
// that uses one prints `kCostDisclaimer`.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_RUNTIME_COSTPROFILES_H
#define NEURO_RUNTIME_COSTPROFILES_H

#include <cstddef>

namespace neuro {

inline constexpr const char *kCostDisclaimer =
    "Loihi 1 proxy, not measured on Loihi 2";
inline constexpr int kCostTableVersion = 2;

/// Energies in pJ (negative: not published), times in ns. Mesh hops are left
/// out.
struct CostProfile {
  const char *name;
  const char *source;
  double synapsePj, activeNeuronPj, idleNeuronPj, spikePj, learningPj;
  double synapseNs, activeNeuronNs, idleNeuronNs, spikeNs, learningNs,
      barrierNs;
  double staticMwPerChip;
};

inline constexpr CostProfile kCostProfiles[] = {
    {"l1-davies18",
     "Davies et al., IEEE Micro 38(1), 2018, Table 2: Loihi 1 at 0.75 V, "
     "pre-silicon; static power inferred from Frady et al. 2020",
     23.6, 81.0, 52.0, 1.7, 120.0, 3.5, 8.4, 5.3, 2.1, 6.1, 465.0, 104.0},
    {"l1-sanafe",
     "SANA-FE arch/loihi.yaml (Boyle et al. 2025), fitted on a Loihi 1 board; "
     "learning from Davies et al. 2018",
     35.5, 72.8, 51.2, 180.3, 120.0, 3.8, 9.7, 6.0, 35.1, 6.1, 1800.0, 104.0},
    {"l2-scaled",
     "l1-sanafe with times of synapse, neuron and spike divided by 5, 2 and 10 "
     "(ratios of Intel's Loihi 2 brief, second hand); energies as Loihi 1",
     35.5, 72.8, 51.2, 180.3, 120.0, 0.76, 4.85, 3.0, 3.51, 1.22, 200.0, 104.0},
    {"l2-peak",
     "Intel newsroom on Hala Point, April 2024, peak rates divided by its "
     "cores: a lower bound of the time",
     -1, -1, -1, -1, -1, 0.37, 0.59, 0.59, 0.0, 0.37, 0.0, -1},
};
inline constexpr size_t kNumCostProfiles =
    sizeof(kCostProfiles) / sizeof(kCostProfiles[0]);

/// The published time of an active update is that of a leaky
/// integrate-and-fire neuron, which takes this many instructions here; other
/// programs are charged by their length.
inline constexpr double kProfileInstructions = 12;

/// What a whole board draws when it does nothing.
struct BoardPower {
  unsigned chips;
  double watts;
  const char *source;
};
inline constexpr BoardPower kBoards[] = {
    {1, 1.78, "1-chip board, 1.78 W static (Nesbit et al., arXiv 2609.32317)"},
    {16, 16.0, "16-chip board, 16 W static"},
};

} // namespace neuro

#endif // NEURO_RUNTIME_COSTPROFILES_H
