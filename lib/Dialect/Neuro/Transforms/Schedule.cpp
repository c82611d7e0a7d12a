//===- Schedule.cpp - phases, delays and relays ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Modulo scheduling. Token n acts on a population in the steps phase + n *
// period and following. An edge that takes `latency` steps to the token
// `distance` later asks for
//
//   phase(target) >= phase(source) + latency - period * distance,
//
// with equality where its delay is fixed. PhaseSolver finds the earliest phases
// and the shortest period.
//
//===----------------------------------------------------------------------===//

#include "Gate.h"
#include "PhaseSolver.h"

#include "neuro/Dialect/Neuro/NeuroPasses.h"
#include "neuro/Target/TargetModel.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace neuro {
#define GEN_PASS_DEF_NEUROSCHEDULEPASS
#include "neuro/Dialect/Neuro/NeuroPasses.h.inc"
} // namespace neuro

using namespace mlir;
using namespace neuro;

namespace {

struct Schedule : public neuro::impl::NeuroSchedulePassBase<Schedule> {
  using Base::Base;

  void runOnOperation() override {
    network = getOperation();
    if (network.getTiming() == Timing::step)
      return countSteps();
    nodes.clear();
    relays.clear();
    names.clear();
    delays.clear();
    copies.clear();
    solver = PhaseSolver();
    collectConstraints();
    if (failed(solve()))
      return signalPassFailure();
    if (failed(gatePopulations()))
      return signalPassFailure();
    setDelays();
    addRelays();
    network.setLatency(latency());
    network.setPeriod(period);
  }

private:
  void countSteps();
  void collectConstraints();
  LogicalResult solve();
  LogicalResult solveWith(int64_t least);
  void reportCycle(ArrayRef<PhaseSolver::Step> cycle);
  LogicalResult gatePopulations();
  std::set<int64_t> actingOffsets(PopulationOp population);
  void setDelays();
  Value withDelays(Value current, int64_t arrival);
  void addRelays();
  Value relay(Value source, int64_t emit, int64_t hops);
  std::string freshName(std::string name);

  int64_t phaseOf(Value spikes) {
    return solver.phase(nodes.lookup(spikes.getDefiningOp()));
  }
  int64_t latency();
  /// The last offset at which anything happens in a token.
  int64_t lastOffset();

  NetworkOp network;
  PhaseSolver solver;
  int64_t period = 1;
  llvm::MapVector<Operation *, unsigned> nodes;
  llvm::DenseMap<Operation *, int64_t> delays;
  std::map<std::pair<Operation *, int64_t>, ProjectOp> copies;
  std::map<std::tuple<void *, int64_t, int64_t>, PopulationOp> relays;
  llvm::StringSet<> names;
};

} // namespace

// Nothing is chosen where what is written is what happens.
void Schedule::countSteps() {
  if (fallThrough) {
    emitError(network.getLoc())
        << "'neuro.network' op counts steps, so that no token leaves before "
           "the next enters; leave the option fall-through out";
    return signalPassFailure();
  }
  Builder builder(&getContext());
  for (Operation &op : network.getBody().front()) {
    if (isa<InputOp, PopulationOp>(op))
      op.setAttr("phase", builder.getI64IntegerAttr(0));
    if (auto project = dyn_cast<ProjectOp>(op); project && !project.getDelay())
      project.setDelay(0);
  }
  network.setPeriod(1);
  network.setLatency(0);
}

// The populations that a current ends in, through sums.
static SmallVector<PopulationOp> targetsOf(Value current) {
  SmallVector<PopulationOp> targets;
  SmallVector<Value> open = {current};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!open.empty())
    for (Operation *user : open.pop_back_val().getUsers()) {
      if (!seen.insert(user).second)
        continue;
      if (auto population = dyn_cast<PopulationOp>(user))
        targets.push_back(population);
      else if (auto sum = dyn_cast<SumOp>(user))
        open.push_back(sum.getResult());
    }
  return targets;
}

static std::string nameOf(Operation *op) {
  if (auto population = dyn_cast<PopulationOp>(op))
    return population.getName().str();
  return cast<InputOp>(op).getName().str();
}

void Schedule::collectConstraints() {
  for (Operation &op : network.getBody().front()) {
    if (!isa<InputOp, PopulationOp>(op))
      continue;
    std::optional<int64_t> fixed = isa<InputOp>(op)
                                       ? cast<InputOp>(op).getPhase()
                                       : cast<PopulationOp>(op).getPhase();
    nodes[&op] = solver.addNode(fixed);
    names.insert(nameOf(&op));
  }
  for (Operation &op : network.getBody().front()) {
    if (auto project = dyn_cast<ProjectOp>(op)) {
      std::optional<int64_t> delay = project.getDelay();
      for (PopulationOp target : targetsOf(project.getCurrent()))
        solver.addEdge(
            {nodes.lookup(project.getSource().getDefiningOp()),
             nodes.lookup(target),
             project.getEmit() + 1 + delay.value_or(0) - project.getArrive(),
             project.getFeedback() ? 1 : 0, delay.has_value(), project});
    }
    if (auto plastic = dyn_cast<PlasticOp>(op))
      for (PopulationOp target : targetsOf(plastic.getCurrent()))
        solver.addEdge({nodes.lookup(plastic.getSource().getDefiningOp()),
                        nodes.lookup(target), 1, 0, true, plastic});
  }
}

int64_t Schedule::latency() {
  int64_t latency = 0;
  for (auto output : network.getBody().front().getOps<OutputOp>())
    latency = std::max(latency, phaseOf(output.getSpikes()) + output.getEmit());
  return latency;
}

int64_t Schedule::lastOffset() {
  int64_t offset = 0;
  for (Operation &op : network.getBody().front()) {
    if (auto project = dyn_cast<ProjectOp>(op))
      offset = std::max({offset, project.getEmit(), project.getArrive()});
    if (auto output = dyn_cast<OutputOp>(op))
      offset = std::max(offset, output.getEmit());
  }
  return offset;
}

LogicalResult Schedule::solve() {
  if (std::optional<int64_t> written = network.getPeriod()) {
    period = *written;
    if (failed(solveWith(period)))
      return failure();
    int64_t least = std::max(lastOffset() + 1, fallThrough ? latency() + 1 : 0);
    if (period < least)
      return emitError(network.getLoc())
             << "'neuro.network' op period " << period
             << " is written, but tokens need at least " << least
             << " steps each"
             << (fallThrough ? " when one leaves before the next enters" : "")
             << "; leave it out";
  } else {
    if (failed(solveWith(lastOffset() + 1)))
      return failure();
    // A longer period makes no phase later, so that one more round is enough.
    if (fallThrough && failed(solveWith(std::max(period, latency() + 1))))
      return failure();
  }
  std::optional<int64_t> written = network.getLatency();
  if (written && *written != latency())
    return emitError(network.getLoc())
           << "'neuro.network' op latency " << *written
           << " is written, but the last output comes after " << latency()
           << " steps; leave it out";
  return success();
}

// The shortest period that is not below `least`.
LogicalResult Schedule::solveWith(int64_t least) {
  period = least;
  while (true) {
    SmallVector<PhaseSolver::Step> cycle = solver.solve(period);
    if (cycle.empty())
      return success();
    int64_t steps = 0, tokens = 0;
    for (const PhaseSolver::Step &step : cycle) {
      steps += step.latency;
      tokens += step.distance;
    }
    // Every longer period is as bad, or the period is not ours to choose.
    if (tokens <= 0 || network.getPeriod()) {
      reportCycle(cycle);
      return failure();
    }
    period = std::max(period + 1, llvm::divideCeilSigned(steps, tokens));
  }
}

void Schedule::reportCycle(ArrayRef<PhaseSolver::Step> cycle) {
  int64_t steps = 0, tokens = 0;
  bool written = network.getPeriod().has_value();
  Operation *at = nullptr;
  std::vector<Operation *> ops(nodes.size());
  for (auto [op, node] : nodes)
    ops[node] = op;
  for (const PhaseSolver::Step &step : cycle) {
    steps += step.latency;
    tokens += step.distance;
    written |= step.isPhase() ||
               (step.edge && step.edge->exact && isa<ProjectOp>(step.edge->op));
    for (int64_t node : {step.from, step.to})
      if (node >= 0 && !isa_and_present<PopulationOp>(at))
        at = ops[size_t(node)];
  }
  // Not on the op: its model would be printed along.
  InFlightDiagnostic diag = emitError(at->getLoc())
                            << "'" << at->getName() << "' op '" << nameOf(at)
                            << "' has no phase: ";
  if (!written) {
    diag << "it waits, in the same token, for its own spikes";
  } else {
    diag << "what is written on this cycle cannot be met with a token every "
         << period << " step(s)";
    if (tokens > 0)
      diag << ", only every " << llvm::divideCeilSigned(steps, tokens);
  }
  constexpr size_t shown = 16;
  for (size_t i = 0; i < cycle.size() && i < shown; ++i) {
    const PhaseSolver::Step &step = cycle[i];
    if (step.isPhase()) {
      int64_t node = step.from >= 0 ? step.from : step.to;
      if (node >= 0 && step.fixed)
        diag.attachNote(ops[size_t(node)]->getLoc())
            << "'" << nameOf(ops[size_t(node)]) << "' has its phase written";
      continue;
    }
    const PhaseSolver::Edge &edge = *step.edge;
    diag.attachNote(edge.op->getLoc())
        << "'" << nameOf(ops[edge.target]) << "' hears '"
        << nameOf(ops[edge.source]) << "' "
        << (edge.exact ? "exactly " : "at least ") << edge.latency
        << " step(s) after its phase"
        << (edge.distance ? ", at the next token" : "")
        << (!edge.exact               ? ""
            : isa<PlasticOp>(edge.op) ? " (plastic synapses take one step)"
                                      : " (its delay is written)");
  }
  if (cycle.size() > shown)
    diag.attachNote(network.getLoc())
        << "and " << cycle.size() - shown << " more";
  diag.attachNote(network.getLoc())
      << (written ? "leave out what need not be fixed, so that the scheduler "
                    "can choose it"
                  : "mark the projection that reaches a later token with "
                    "'feedback'");
}

// The same current with the delays for populations that hear it when `arrival`
// is the phase. Populations of different phases get copies of what they share.
Value Schedule::withDelays(Value current, int64_t arrival) {
  if (auto sum = current.getDefiningOp<SumOp>()) {
    SmallVector<Value> terms;
    for (Value term : sum.getCurrents())
      terms.push_back(withDelays(term, arrival));
    if (llvm::equal(terms, sum.getCurrents()))
      return current;
    OpBuilder builder(sum);
    builder.setInsertionPointAfter(sum);
    return SumOp::create(builder, sum.getLoc(), current.getType(), terms)
        .getResult();
  }
  auto project = current.getDefiningOp<ProjectOp>();
  if (!project)
    return current;
  int64_t delay = arrival + project.getArrive() - phaseOf(project.getSource()) -
                  project.getEmit() - 1 + (project.getFeedback() ? period : 0);
  auto [known, isNew] = delays.try_emplace(project, delay);
  if (isNew || known->second == delay)
    return current;
  ProjectOp &copy = copies[{project, delay}];
  if (!copy) {
    OpBuilder builder(project);
    builder.setInsertionPointAfter(project);
    copy = cast<ProjectOp>(builder.clone(*project));
    delays[copy] = delay;
  }
  return copy.getCurrent();
}

// The offsets at which a population hears or says something.
std::set<int64_t> Schedule::actingOffsets(PopulationOp population) {
  std::set<int64_t> offsets = {0};
  SmallVector<Value> open(population.getDendrites());
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    if (auto sum = dyn_cast<SumOp>(op))
      llvm::append_range(open, sum.getCurrents());
    if (auto project = dyn_cast<ProjectOp>(op))
      offsets.insert(project.getArrive());
    // Plastic synapses bring all that their source says one step later.
    if (auto plastic = dyn_cast<PlasticOp>(op))
      for (Operation *user : plastic.getSource().getUsers())
        if (auto project = dyn_cast<ProjectOp>(user))
          offsets.insert(project.getEmit());
  }
  for (Operation *user : population.getSpikes().getUsers()) {
    if (auto project = dyn_cast<ProjectOp>(user))
      offsets.insert(project.getEmit());
    if (auto output = dyn_cast<OutputOp>(user))
      offsets.insert(output.getEmit());
  }
  return offsets;
}

LogicalResult Schedule::gatePopulations() {
  LogicalResult ok = success();
  for (auto population : network.getBody().front().getOps<PopulationOp>()) {
    // What a neuron without state says between tokens, only the learning engine
    // and neurons with state would hear.
    bool lasting = population.getStateAttr() ||
                   !population.getFactors().use_empty() ||
                   llvm::any_of(population.getSpikes().getUsers(),
                                llvm::IsaPred<PlasticOp>);
    std::set<int64_t> offsets = actingOffsets(population);
    int64_t phase = solver.phase(nodes.lookup(population));
    if (!lasting || population.getGated() ||
        (int64_t(offsets.size()) >= period && !phase) ||
        isSilentAtRest(population))
      continue;
    if (failed(gate(population, phase, period, offsets)))
      ok = failure();
  }
  return ok;
}

void Schedule::setDelays() {
  OpBuilder builder(&getContext());
  for (auto [op, node] : nodes)
    op->setAttr("phase", builder.getI64IntegerAttr(solver.phase(node)));
  SmallVector<PopulationOp> populations(
      network.getBody().front().getOps<PopulationOp>());
  for (PopulationOp population : populations)
    for (OpOperand &dendrite : population.getDendritesMutable())
      dendrite.set(withDelays(dendrite.get(), phaseOf(population.getSpikes())));
}

std::string Schedule::freshName(std::string name) {
  while (!names.insert(name).second)
    name += "_";
  return name;
}

// A population that repeats `source` `hops` times the longest delay later.
Value Schedule::relay(Value source, int64_t emit, int64_t hops) {
  PopulationOp &made = relays[{source.getAsOpaquePointer(), emit, hops}];
  if (made)
    return made.getSpikes();
  Value before = hops > 1 ? relay(source, emit, hops - 1) : source;
  int64_t offset = hops > 1 ? 0 : emit;
  int64_t delay = target::TargetModel().maxDelay;
  OpBuilder builder(&getContext());
  builder.setInsertionPointAfter(before.getDefiningOp());
  auto spikes = cast<SpikesType>(source.getType());
  Location loc = source.getLoc();
  auto current = ProjectOp::create(
      builder, loc, CurrentType::get(&getContext(), spikes.getCount()), before,
      OneToOneAttr::get(&getContext(), 1), offset, /*arrive=*/0,
      builder.getI64IntegerAttr(delay), /*feedback=*/false);
  std::string name =
      nameOf(source.getDefiningOp()) + ".relay" + std::to_string(hops);
  if (emit)
    name += "_" + std::to_string(emit);
  int64_t phase = phaseOf(before) + offset + 1 + delay;
  made = PopulationOp::create(
      builder, loc,
      TypeRange{spikes, FactorsType::get(&getContext(), spikes.getCount())},
      freshName(name), ValueRange{current}, ArrayAttr(),
      builder.getI64IntegerAttr(phase), IntegerAttr(), HoldsAttr(),
      /*gated=*/false);
  nodes[made] = solver.addPlaced(phase);
  Block *body = builder.createBlock(&made.getBody());
  Value d0 = body->addArgument(builder.getI32Type(), loc);
  Value zero = ConstOp::create(builder, loc, builder.getI32Type(), uint32_t(0));
  Value silent = CmpOp::create(builder, loc, builder.getI1Type(),
                               Comparison::eq, d0, zero);
  FireOp::create(builder, loc, d0, silent);
  return made.getSpikes();
}

void Schedule::addRelays() {
  int64_t most = target::TargetModel().maxDelay;
  SmallVector<ProjectOp> projects(
      network.getBody().front().getOps<ProjectOp>());
  for (ProjectOp project : projects) {
    auto known = delays.find(project);
    // Nobody listens.
    if (known == delays.end()) {
      if (!project.getDelay())
        project.setDelay(0);
      continue;
    }
    int64_t delay = known->second;
    if (delay > most) {
      int64_t hops = llvm::divideCeilSigned(delay - most, most + 1);
      project.getSourceMutable().assign(
          relay(project.getSource(), project.getEmit(), hops));
      project.setEmit(0);
      delay -= hops * (most + 1);
    }
    project.setDelay(delay);
  }
}
