//===- Schedule.cpp - phases, delays and relays ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/NeuroPasses.h"

#include "llvm/ADT/MapVector.h"

#include <map>

namespace neuro {
#define GEN_PASS_DEF_NEUROSCHEDULEPASS
#include "neuro/Dialect/Neuro/NeuroPasses.h.inc"
} // namespace neuro

using namespace mlir;
using namespace neuro;

namespace {

constexpr int64_t kMaxDelay = 62; // L11

/// target >= source + distance; with `exact`, equal.
struct Edge {
  Operation *source, *target;
  int64_t distance;
  bool exact;
};

struct Schedule : public neuro::impl::NeuroSchedulePassBase<Schedule> {
  using Base::Base;

  void runOnOperation() override {
    network = getOperation();
    phases.clear();
    edges.clear();
    relays.clear();
    collectEdges();
    if (solve().failed())
      return signalPassFailure();
    setDelays();
    setTiming();
  }

private:
  void collectEdges();
  LogicalResult solve();
  void setDelays();
  void setTiming();
  Value relay(Value source, int64_t emit, int64_t hops);

  NetworkOp network;
  llvm::MapVector<Operation *, int64_t> phases;
  std::vector<Edge> edges;
  std::map<std::tuple<void *, int64_t, int64_t>, PopulationOp> relays;
};

} // namespace

// The populations that a current ends in, through sums.
static void forEachTarget(Value current,
                          llvm::function_ref<void(PopulationOp)> visit) {
  for (Operation *user : current.getUsers()) {
    if (auto population = dyn_cast<PopulationOp>(user))
      visit(population);
    else if (auto sum = dyn_cast<SumOp>(user))
      forEachTarget(sum.getResult(), visit);
  }
}

void Schedule::collectEdges() {
  for (Operation &op : network.getBody().front()) {
    if (isa<InputOp, PopulationOp>(op))
      phases[&op] = 0;
    if (auto project = dyn_cast<ProjectOp>(op)) {
      if (project.getFeedback())
        continue;
      forEachTarget(project.getCurrent(), [&](PopulationOp target) {
        edges.push_back({project.getSource().getDefiningOp(), target,
                         project.getEmit() + 1 - project.getArrive(), false});
      });
    }
    if (auto plastic = dyn_cast<PlasticOp>(op))
      forEachTarget(plastic.getCurrent(), [&](PopulationOp target) {
        edges.push_back({plastic.getSource().getDefiningOp(), target, 1, true});
      });
  }
}

LogicalResult Schedule::solve() {
  for (size_t round = 0; round <= phases.size() + 1; ++round) {
    Operation *moved = nullptr;
    for (const Edge &edge : edges) {
      int64_t wanted = phases[edge.source] + edge.distance;
      if (phases[edge.target] < wanted) {
        phases[edge.target] = wanted;
        moved = edge.target;
      } else if (edge.exact && phases[edge.target] > wanted) {
        phases[edge.source] = phases[edge.target] - edge.distance;
        moved = edge.source;
      }
    }
    if (!moved)
      return success();
    if (round == phases.size() + 1) {
      auto diag = moved->emitOpError(
          "has no phase: it waits, in the same token, for its own spikes");
      diag.attachNote() << "mark the projection that reaches a later token "
                           "with 'feedback'";
    }
  }
  return failure();
}

// A population that repeats `source` `hops` times 63 steps later.
Value Schedule::relay(Value source, int64_t emit, int64_t hops) {
  PopulationOp &made = relays[{source.getAsOpaquePointer(), emit, hops}];
  if (made)
    return made.getSpikes();
  Value before = hops > 1 ? relay(source, emit, hops - 1) : source;
  int64_t offset = hops > 1 ? 0 : emit;
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfter(before.getDefiningOp());
  auto spikes = cast<SpikesType>(source.getType());
  Location loc = source.getLoc();
  auto current = ProjectOp::create(
      builder, loc, CurrentType::get(&getContext(), spikes.getCount()), before,
      OneToOneAttr::get(&getContext(), 1), offset, /*arrive=*/0,
      builder.getI64IntegerAttr(kMaxDelay), /*feedback=*/false);
  std::string name;
  if (auto population = source.getDefiningOp<PopulationOp>())
    name = population.getName().str();
  else
    name = source.getDefiningOp<InputOp>().getName().str();
  name += ".relay" + std::to_string(hops);
  if (emit)
    name += "_" + std::to_string(emit);
  int64_t phase =
      phases.lookup(before.getDefiningOp()) + offset + 1 + kMaxDelay;
  made = PopulationOp::create(
      builder, loc,
      TypeRange{spikes, FactorsType::get(&getContext(), spikes.getCount())},
      name, ValueRange{current}, ArrayAttr(), builder.getI64IntegerAttr(phase),
      IntegerAttr(), HoldsAttr());
  phases[made] = phase;
  Block *body = builder.createBlock(&made.getBody());
  Value d0 = body->addArgument(builder.getI32Type(), loc);
  Value zero = ConstOp::create(builder, loc, builder.getI32Type(), uint32_t(0));
  Value silent = CmpOp::create(builder, loc, builder.getI1Type(),
                               Comparison::eq, d0, zero);
  FireOp::create(builder, loc, d0, silent);
  return made.getSpikes();
}

void Schedule::setDelays() {
  OpBuilder builder(&getContext());
  for (auto [op, phase] : phases)
    op->setAttr("phase", builder.getI64IntegerAttr(phase));
  SmallVector<ProjectOp> projects(
      network.getBody().front().getOps<ProjectOp>());
  for (ProjectOp project : projects) {
    if (project.getFeedback()) {
      project.setDelay(0);
      continue;
    }
    // All targets of one projection share a phase unless nobody listens.
    int64_t target = -1;
    forEachTarget(project.getCurrent(), [&](PopulationOp population) {
      target = phases.lookup(population);
    });
    if (target < 0) {
      project.setDelay(0);
      continue;
    }
    int64_t source = phases.lookup(project.getSource().getDefiningOp());
    int64_t delay =
        target + project.getArrive() - source - project.getEmit() - 1;
    int64_t hops = delay > kMaxDelay
                       ? (delay - kMaxDelay + kMaxDelay) / (kMaxDelay + 1)
                       : 0;
    if (hops) {
      Value through = relay(project.getSource(), project.getEmit(), hops);
      project.getSourceMutable().assign(through);
      project.setEmit(0);
      delay -= hops * (kMaxDelay + 1);
    }
    project.setDelay(delay);
  }
}

void Schedule::setTiming() {
  int64_t latency = 0, offset = 0;
  for (Operation &op : network.getBody().front()) {
    if (auto output = dyn_cast<OutputOp>(op))
      latency =
          std::max(latency, phases.lookup(output.getSpikes().getDefiningOp()) +
                                output.getEmit());
    if (auto project = dyn_cast<ProjectOp>(op))
      offset = std::max({offset, project.getEmit(), project.getArrive()});
  }
  network.setLatency(latency);
  network.setPeriod(fallThrough ? latency + 1 : offset + 1);
}
