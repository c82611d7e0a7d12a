//===- NetworkBuilder.cpp - populations and projections from nn values ----===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"

#include "neuro/Support/Constants.h"
#include "neuro/Support/Locations.h"

using namespace mlir;
using namespace neuro;

std::string neuro::layerName(Operation *op) {
  StringRef name = nodeNameIn(op->getLoc());
  return (name.empty() ? op->getName().stripDialect() : name).str();
}

int64_t neuro::featureCount(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

int64_t neuro::channelsLastIndex(int64_t i, int64_t count, int64_t channels) {
  int64_t pixels = count / channels;
  return i % pixels * channels + i / pixels;
}

unsigned neuro::payloadBits(int64_t limit) {
  return limit <= 127 ? 8 : limit <= 32767 ? 16 : 24;
}

static int64_t countOf(Value spikes) {
  return cast<SpikesType>(spikes.getType()).getCount();
}

Value NetworkBuilder::project(Location loc, Stream source, Attribute weights,
                              int64_t count, int64_t arrive, bool feedback) {
  return ProjectOp::create(builder, loc,
                           CurrentType::get(builder.getContext(), count),
                           source.spikes, weights, source.emit, arrive,
                           /*delay=*/IntegerAttr(), feedback);
}

Value NetworkBuilder::oneToOne(Location loc, Stream source, int64_t arrive) {
  return project(loc, source, OneToOneAttr::get(builder.getContext(), 1),
                 countOf(source.spikes), arrive);
}

Value NetworkBuilder::blocks(Location loc, Stream source, int64_t blocks,
                             int64_t weight, int64_t count, int64_t arrive) {
  return project(loc, source,
                 BlocksAttr::get(builder.getContext(), blocks, weight), count,
                 arrive);
}

Value NetworkBuilder::sum(Location loc, ArrayRef<Value> currents) {
  return SumOp::create(builder, loc, currents.front().getType(), currents);
}

Value NetworkBuilder::gate(Location loc, int64_t count, int64_t arrive) {
  if (!tick) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&network.getBody().front());
    auto input = InputOp::create(
        builder, NameLoc::get(builder.getStringAttr("tick")),
        SpikesType::get(builder.getContext(), 1, 8), "tick", PortKind::tick,
        ArrayRef<int64_t>{},
        /*time_axis=*/-1, llvm::APFloat(1.0),
        /*limit=*/1, /*element_type=*/TypeAttr(), /*phase=*/IntegerAttr());
    tick = Stream{input.getSpikes(), 1.0, 1, 0};
  }
  return blocks(loc, *tick, 1, 1, count, arrive);
}

PopulationOp NetworkBuilder::population(Location loc, StringRef name,
                                        int64_t count, unsigned bits,
                                        ArrayRef<Value> dendrites, Model model,
                                        ArrayRef<Attribute> state) {
  MLIRContext *context = builder.getContext();
  std::string unique = name.str();
  // A node of the model may be called as a numbered one is.
  for (unsigned &uses = names[unique]; !taken.insert(unique).second;)
    unique = name.str() + "." + std::to_string(++uses);
  auto op = PopulationOp::create(
      builder, loc,
      TypeRange{SpikesType::get(context, count, bits),
                FactorsType::get(context, count)},
      unique, dendrites,
      state.empty() ? ArrayAttr() : builder.getArrayAttr(state),
      /*phase=*/IntegerAttr(), /*payload_sum_limit=*/IntegerAttr(),
      /*holds=*/HoldsAttr(), /*gated=*/false);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&op.getBody());
  SmallVector<Value> arguments;
  for (size_t i = 0; i < dendrites.size(); ++i)
    arguments.push_back(body->addArgument(builder.getI32Type(), loc));
  ModelBuilder modelBuilder(builder, loc);
  model(modelBuilder, arguments);
  // Models made here wait for their data; that is not always seen by looking.
  if (op.getStateAttr() || !op.getBody().getOps<ExportOp>().empty())
    op.setGated(true);
  return op;
}

RuleOp NetworkBuilder::rule(StringRef name, bool overwrite,
                            ArrayRef<ExportKind> factors, StringRef terms) {
  RuleOp &rule = rules[name.str()];
  if (rule)
    return rule;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(network);
  Location loc = network.getLoc();
  // Another function may be named like the rule, or have brought one.
  std::string unique = name.str();
  Operation *table = network->getParentOp();
  for (unsigned n = 1; SymbolTable::lookupSymbolIn(table, unique); ++n)
    unique = name.str() + "_" + std::to_string(n);
  rule = RuleOp::create(builder, loc, unique);
  builder.createBlock(&rule.getBody());
  if (overwrite)
    TraceOp::create(builder, loc, TraceName::x1, llvm::APFloat(0.0),
                    /*tau=*/IntegerAttr(), GradedMode::overwrite);
  for (ExportKind factor : factors)
    FactorOp::create(builder, loc, factor);
  UpdateOp::create(builder, loc, Updated::w, terms);
  return rule;
}

Feed NetworkBuilder::feed(Value value) {
  if (auto it = feeds.find(value); it != feeds.end())
    return it->second;
  Stream source = stream(value);
  Feed feed;
  feed.source = source;
  feed.weights = OneToOneAttr::get(builder.getContext(), 1);
  feed.units.unit = {source.scale};
  feed.channels = source.channels;
  return feed;
}

Feed NetworkBuilder::rowMajorFeed(Value value) {
  if (feed(value).channels > 1)
    rowMajor(value);
  return feed(value);
}

Stream NetworkBuilder::stream(Value value) {
  if (auto it = streams.find(value); it != streams.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  auto quant = op->getAttrOfType<nn::QuantAttr>(nn::kResultQuantAttr);
  Stream made = materialise(op->getLoc(), layerName(op), feeds.lookup(value),
                            featureCount(value), quant);
  streams[value] = made;
  // From here on everybody shares the population.
  feeds.erase(value);
  return made;
}

void NetworkBuilder::noteHeld(Value value, int64_t number) {
  auto it = streams.find(value);
  if (it == streams.end())
    return;
  const Stream &held = it->second;
  // A reshaped value shares the population of what it was.
  if (auto op = held.spikes.getDefiningOp<PopulationOp>(); op && !op.getHolds())
    op.setHoldsAttr(
        HoldsAttr::get(builder.getContext(), number, held.emit, held.channels));
}

// Spikes of another numbering, through a population of their own.
Stream NetworkBuilder::renumber(Location loc, Stream source, int64_t channels,
                                bool toChannelsLast) {
  int64_t count = countOf(source.spikes);
  std::vector<int8_t> weights(count * count, 0);
  for (int64_t i = 0; i < count; ++i) {
    int64_t last = channelsLastIndex(i, count, channels);
    weights[toChannelsLast ? last * count + i : i * count + last] = 1;
  }
  Value current = project(loc, source,
                          makeConstant<int8_t>(builder.getContext(), weights,
                                               {count, count}, "renumber"),
                          count);
  auto op = population(
      loc, "renumber", count, payloadBits(source.limit), {current},
      [&](ModelBuilder &m, ArrayRef<Value> d) { m.fireUnlessZero(d[0]); });
  return {op.getSpikes(), source.scale, source.limit, 0,
          toChannelsLast ? channels : 0};
}

Stream NetworkBuilder::rowMajor(Value value) {
  Stream source = stream(value);
  if (source.channels <= 1)
    return source;
  return streams[value] =
             renumber(value.getLoc(), source, source.channels, false);
}

Stream NetworkBuilder::channelsLast(Value value, int64_t channels) {
  Stream source = stream(value);
  if (source.channels == channels || channels == 1)
    return source;
  return renumber(value.getLoc(), rowMajor(value), channels, true);
}

Stream NetworkBuilder::materialise(Location loc, StringRef name,
                                   const Feed &feed, int64_t count,
                                   nn::QuantAttr quant) {
  SmallVector<Value> dendrites = {project(loc, feed, count)};
  bool biased = feed.units.hasBias();
  if (biased)
    dendrites.push_back(gate(loc, count));
  auto op =
      population(loc, name, count, payloadBits(quant.getLimit()), dendrites,
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   Value y = m.rescale(
                       d[0], nn::Rescale::make(feed.units, quant.getScale()));
                   if (biased)
                     y = m.gated(d[1], y);
                   m.fireUnlessZero(m.clip(y, quant.getLimit()));
                 });
  return {op.getSpikes(), quant.getScale(), quant.getLimit(), 0, feed.channels};
}

Stream NetworkBuilder::ring(int64_t count) {
  auto [it, isNew] = rings.try_emplace(count);
  if (!isNew)
    return it->second;
  MLIRContext *context = builder.getContext();
  std::string name = "ring" + std::to_string(count);
  Location loc = FusedLoc::get({NameLoc::get(builder.getStringAttr(name))},
                               builder.getStringAttr("ring"), context);
  Value now = gate(loc, count);
  // The successor is armed by a feedback projection, made after the ring.
  std::vector<int32_t> init(count, 0);
  init[0] = 1;
  Value arm = project(loc, Stream{now, 1.0, 1, 0},
                      ShiftAttr::get(context, 1 % count, 1), count, 0,
                      /*feedback=*/true);
  auto op =
      population(loc, name, count, 8, {now, arm},
                 [&](ModelBuilder &m, ArrayRef<Value> d) {
                   Value armed =
                       m.min(m.add(m.read("armed"), d[1]), m.constant(1));
                   Value go = m.bitAnd(armed, d[0]);
                   m.write("armed", m.sub(armed, go));
                   m.fireUnlessZero(go);
                 },
                 {FieldAttr::get(context, "armed", 8, false, true, init)});
  arm.getDefiningOp<ProjectOp>().getSourceMutable().assign(op.getSpikes());
  return it->second = Stream{op.getSpikes(), 1.0, 1, 0};
}

Stream NetworkBuilder::validSlots(int64_t count) {
  if (auto it = valid.find(count); it != valid.end())
    return it->second;
  Stream written = ring(count);
  std::string name = "valid" + std::to_string(count);
  Location loc =
      FusedLoc::get({NameLoc::get(builder.getStringAttr(name))},
                    builder.getStringAttr("mask"), builder.getContext());
  auto op = population(
      loc, name, count, 8, {oneToOne(loc, written), gate(loc, count)},
      [&](ModelBuilder &m, ArrayRef<Value> d) {
        Value now = m.min(m.add(m.read("valid"), d[0]), m.constant(1));
        m.write("valid", now);
        m.fireUnlessZero(m.bitAnd(now, d[1]));
      },
      {FieldAttr::get(builder.getContext(), "valid", 8, false, true,
                      ArrayRef<int32_t>{0})});
  return valid[count] = Stream{op.getSpikes(), 1.0, 1, 0};
}
