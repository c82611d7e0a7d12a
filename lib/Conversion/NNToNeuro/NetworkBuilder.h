//===- NetworkBuilder.h - populations and projections from nn values ---*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_NNTONEURO_NETWORKBUILDER_H
#define NEURO_LIB_CONVERSION_NNTONEURO_NETWORKBUILDER_H

#include "ModelBuilder.h"

#include "neuro/Dialect/NN/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <set>
#include <string>

namespace neuro {

/// What one nn value has become: spikes whose payload q means scale * q. `emit`
/// is the offset, within the token, at which they are sent. With `channels`
/// set, the value is [channels, height, width] and the neurons are numbered by
/// row, column and then channel.
struct Stream {
  mlir::Value spikes;
  double scale = 1.0;
  int64_t limit = 1;
  int64_t emit = 0;
  int64_t channels = 0;
};

/// A way to bring an nn value to a dendrite: the synapses, and what one unit
/// of the dendritic sum means. A linear layer becomes a feed and costs no
/// population of its own.
struct Feed {
  Stream source;
  mlir::Attribute weights;
  /// By neuron.
  nn::Units units;
  /// As in Stream, of the neurons that are reached.
  int64_t channels = 0;
};

/// The state of one lowering: the network that grows, and what every nn value
/// has become.
class NetworkBuilder {
public:
  NetworkBuilder(mlir::OpBuilder &builder, NetworkOp network)
      : builder(builder), network(network) {}

  mlir::OpBuilder &getBuilder() { return builder; }

  /// Projections.
  mlir::Value project(mlir::Location loc, Stream source,
                      mlir::Attribute weights, int64_t count,
                      int64_t arrive = 0, bool feedback = false);
  mlir::Value project(mlir::Location loc, const Feed &feed, int64_t count,
                      int64_t arrive = 0) {
    return project(loc, feed.source, feed.weights, count, arrive);
  }
  mlir::Value oneToOne(mlir::Location loc, Stream source, int64_t arrive = 0);
  mlir::Value blocks(mlir::Location loc, Stream source, int64_t blocks,
                     int64_t weight, int64_t count, int64_t arrive = 0);
  mlir::Value sum(mlir::Location loc, llvm::ArrayRef<mlir::Value> currents);
  /// A spike to each of `count` neurons, once per token.
  mlir::Value gate(mlir::Location loc, int64_t count, int64_t arrive = 0);

  using Model =
      llvm::function_ref<void(ModelBuilder &, llvm::ArrayRef<mlir::Value>)>;
  /// A population; its name is made unique by a number.
  PopulationOp population(mlir::Location loc, llvm::StringRef name,
                          int64_t count, unsigned bits,
                          llvm::ArrayRef<mlir::Value> dendrites, Model model,
                          llvm::ArrayRef<mlir::Attribute> state = {});

  /// A learning rule beside the network that updates weights, made once. With
  /// `overwrite`, a spike sets x1 to half its payload.
  RuleOp rule(llvm::StringRef name, bool overwrite,
              llvm::ArrayRef<ExportKind> factors, llvm::StringRef terms);

  /// The stream of a value; a pending linear layer gets its population now.
  Stream stream(mlir::Value value);
  /// The stream, its neurons in row-major order whatever it came from.
  Stream rowMajor(mlir::Value value);
  /// The stream of [channels, height, width], numbered for a convolution.
  Stream channelsLast(mlir::Value value, int64_t channels);
  /// The feed of a value: a pending linear layer as it is, or a stream one to
  /// one.
  Feed feed(mlir::Value value);

  /// The feed, reaching neurons in row-major order.
  Feed rowMajorFeed(mlir::Value value);

  void setStream(mlir::Value value, Stream stream) { streams[value] = stream; }
  void setFeed(mlir::Value value, Feed feed) { feeds[value] = feed; }

  /// Writes on the population that holds `value`, if one does, that it is the
  /// result of operation `number` of the function.
  void noteHeld(mlir::Value value, int64_t number);

  /// A population that holds `feed` in the integers of `quant`.
  Stream materialise(mlir::Location loc, llvm::StringRef name, const Feed &feed,
                     int64_t count, nn::QuantAttr quant);

  /// One-hot rings: neuron t mod `count` fires with token t.
  Stream ring(int64_t count);
  /// Neuron s fires, once per token, if ring neuron s has ever fired.
  Stream validSlots(int64_t count);

private:
  Stream renumber(mlir::Location loc, Stream source, int64_t channels,
                  bool toChannelsLast);

  mlir::OpBuilder &builder;
  NetworkOp network;
  llvm::DenseMap<mlir::Value, Stream> streams;
  llvm::DenseMap<mlir::Value, Feed> feeds;
  std::map<std::string, unsigned> names;
  std::set<std::string> taken;
  std::map<int64_t, Stream> rings, valid;
  std::map<std::string, RuleOp> rules;
  std::optional<Stream> tick;
};

/// The layer's name in the source model, for naming populations.
std::string layerName(mlir::Operation *op);

/// The number of elements of a token's value.
int64_t featureCount(mlir::Value value);

/// Where element i of a row-major [channels, ...] value of `count` elements is
/// numbered when the channel comes last.
int64_t channelsLastIndex(int64_t i, int64_t count, int64_t channels);

/// Payload width that holds +-limit.
unsigned payloadBits(int64_t limit);

/// Lowerings, one per operation.
void lowerActivation(NetworkBuilder &network, nn::ActivationOp op);
void lowerAdd(NetworkBuilder &network, nn::AddOp op);
void lowerMul(NetworkBuilder &network, nn::MulOp op);
void lowerNorm(NetworkBuilder &network, mlir::Operation *op);
void lowerAttention(NetworkBuilder &network, nn::AttentionOp op);

} // namespace neuro

#endif // NEURO_LIB_CONVERSION_NNTONEURO_NETWORKBUILDER_H
