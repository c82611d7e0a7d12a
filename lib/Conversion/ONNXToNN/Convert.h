//===- Convert.h - the converter's state and its operator table -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_CONVERT_H
#define NEURO_LIB_CONVERSION_ONNXTONN_CONVERT_H

#include "Stream.h"
#include <functional>
#include <optional>
#include <set>

namespace neuro::onnxnn {

struct Attribute {
  enum Kind { Int, Float, String, Ints, Floats, Constant, Other } kind = Other;
  int64_t i = 0;
  double f = 0;
  std::string s;
  std::vector<int64_t> ints;
  std::vector<float> floats;
  Tensor tensor;
};

/// A node of the ONNX graph; values are numbers, -1 for an absent operand.
struct Node {
  std::string op, domain, name;
  int64_t opset = 0;
  std::map<std::string, Attribute> attributes;
  std::vector<int> inputs, outputs;
  /// The shapes that the file declares for results that are floats.
  std::vector<std::optional<Shape>> declared;
};

/// How much is made up of a value that comes after a reported node.
enum class Guess {
  None,
  /// What it holds, but not the layout.
  Layout,
  /// All but the shape: it stands for whatever may have it.
  Shape
};

/// What is known about a value.
struct Value {
  enum Kind { Unknown, Constant, View } kind = Unknown;
  Tensor constant;
  // View: element i is channel at(i) % features of token at(i) / features.
  Shape viewShape;
  Stream *stream = nullptr;
  IndexMap index;
  Guess guess = Guess::None;
  /// A guess: it comes from a product as queries and keys make it.
  bool maybeScores = false;
  /// A guess whose shape is only likely, so that it proves no later node wrong.
  bool isShapeLikely = false;
  /// Unknown, but computed from constants alone.
  bool maybeConstant = false;

  static Value of(Tensor tensor);
  static Value view(Stream *stream, Shape shape, IndexMap index);
  /// The stream as it is.
  static Value view(Stream *stream, Shape shape);
  const Shape &shape() const {
    return kind == Constant ? constant.shape : viewShape;
  }
  int64_t size() const { return elements(shape()); }
  /// The token of each element, and the channel of it.
  IndexMap tokens() const { return unitsOf(index, stream->features); }
  IndexMap channels() const { return placesOf(index, stream->features); }
  bool isIds() const { return is(StreamKind::Ids); }
  bool is(StreamKind which) const {
    return kind == View && stream && stream->kind == which;
  }
};

/// One group of nodes that cannot be converted for the same reason.
struct Unsupported {
  std::string op, domain, reason, nearest;
  int64_t opset = 0;
  std::vector<int> nodes;
};

/// How a view's last axis lies in the tokens: row r is in token tokenOf[r] and
/// holds the channels groups[groupOf[r]].
struct Rows {
  std::vector<int64_t> tokenOf, groupOf;
  std::vector<Index> groups;

  /// The map of a stream that has `perGroup` channels for each group.
  IndexMap index(int64_t perGroup) const;
};

class Converter;

/// One node while it is converted.
class NodeContext {
public:
  /// A trial reports nothing.
  NodeContext(Converter &converter, int number, bool trial = false);
  /// A trial of a node that the file does not have, in the place of one.
  NodeContext(Converter &converter, const Node &node, int number);

  Converter &converter;
  StreamGraph &graph;
  const Node &node;
  int number;

  size_t inputCount() const { return node.inputs.size(); }
  bool has(size_t i) const;
  const Value &in(size_t i) const;
  /// The constant an input is, or nothing.
  const Tensor *constant(size_t i) const;
  std::optional<double> scalar(size_t i) const;
  /// A list of integers given as an attribute before opset `since`, and from it
  /// on as an input.
  bool integers(const char *name, size_t input, int64_t since,
                std::vector<int64_t> &out);
  /// In a folder, where all inputs are constants: one that is there.
  const Tensor &tensor(size_t i) const { return in(i).constant; }

  // Whatever is asked for here counts as read; what remains is reported after
  // the handler is done, see reportUnread.
  int64_t attr(const char *name, int64_t otherwise);
  double attr(const char *name, double otherwise);
  std::string attr(const char *name, const char *otherwise);
  const std::vector<int64_t> *attrInts(const char *name);
  const Tensor *attrTensor(const char *name);
  bool hasAttr(const char *name);
  /// An attribute without effect here, whatever its value is.
  void ignoreAttr(const char *name) { readAttributes.insert(name); }
  void ignoreInput(size_t i) { readInputs.insert(i); }

  void set(size_t output, Value value);
  void set(Value value) { set(0, std::move(value)); }
  void set(Tensor tensor) { set(0, Value::of(std::move(tensor))); }
  /// A stream under the index map of `like`.
  void setLike(const Value &like, Stream *stream);
  /// Reports the node; results are replaced so that the rest of the graph can
  /// still be looked at.
  void unsupported(const std::string &reason, const std::string &nearest = "");
  /// As unsupported, for a malformed node.
  void invalid(const std::string &reason);
  bool reported() const { return failed; }
  /// Whether what has been reported is that shapes or attributes do not fit.
  bool isMalformed() const { return malformed; }
  bool hasResult() const;
  /// The results of another node, which is not in the file; nothing, after a
  /// report, if it is not supported.
  std::vector<Value> applied(const Node &other,
                             const std::vector<Value> &operands,
                             size_t results);
  /// Whether an input is unknown because something before was reported.
  bool blocked() const;
  /// Whether every input that is there is a constant.
  bool allConstant() const;
  /// Counts elements to be computed; false, after a report, if the constants of
  /// the model ask for too many.
  bool work(double elements);
  /// Reports every attribute and input that the handler has not looked at and
  /// that is not known to have no effect.
  void reportUnread();
  /// What a trial would have reported is reported.
  void report(const NodeContext &trial) {
    unsupported(trial.reason, trial.nearest);
  }

private:
  const Attribute *find(const char *name, Attribute::Kind kind);

  bool trial = false, failed = false, malformed = false;
  std::string reason, nearest;
  std::set<std::string> readAttributes;
  mutable std::set<size_t> readInputs;
  std::vector<std::string> wrongKinds;
};

using Handler = std::function<void(NodeContext &)>;

inline constexpr int kAllInputs = -1;

struct OperatorEntry {
  std::string domain, name;
  int64_t since;
  int inputs;
  Handler handler;
  /// What of the operator is accepted, for the generated table.
  std::string limits;
  int64_t until = std::numeric_limits<int64_t>::max();
};

/// The versioned table: the entry with the highest `since` not above the
/// opset of the node is taken.
class OperatorTable {
public:
  /// The newest table; it stays as it is.
  static const OperatorTable &get();
  static OperatorTable builtIn() { return OperatorTable(); }
  /// Makes a new table with one more entry; the version in which there is one
  /// already, 0 if there is none.
  static int64_t add(OperatorEntry entry);

  /// The first `inputs` inputs must be there; kAllInputs: all that are listed.
  void onOp(const char *name, std::initializer_list<int64_t> versions,
            int inputs, Handler handler, const char *limits,
            const char *domain = "");
  /// How the operator is computed where all its inputs are constants.
  void onFold(const char *name, std::initializer_list<int64_t> versions,
              int inputs, Handler handler, const char *domain = "");
  /// An attribute that changes nothing at the given value, and need not be
  /// read.
  void harmless(const char *name, const char *attribute,
                std::optional<double> value = std::nullopt,
                const char *domain = "");
  bool isHarmless(const Node &node, const std::string &attribute,
                  const Attribute &value) const;
  /// Well-known operators that are not supported: reason, nearest form.
  void never(const char *name, const char *reason, const char *nearest,
             const char *domain = "");
  const OperatorEntry *find(const Node &node) const;
  const OperatorEntry *findFold(const Node &node) const;
  bool isNever(const Node &node) const {
    return reasons.count({node.domain, node.op});
  }
  std::pair<std::string, std::string> whyNot(const Node &node) const;
  using Key = std::pair<std::string, std::string>;
  using Entries = std::map<Key, std::vector<OperatorEntry>>;
  const Entries &all() const { return entries; }
  const Entries &allFolds() const { return folds; }

private:
  OperatorTable();
  Entries entries, folds;
  std::map<Key, std::map<std::string, std::optional<double>>> withoutEffect;
  std::map<Key, std::pair<std::string, std::string>> reasons;
};

void addConstantOps(OperatorTable &table);
void addMovementOps(OperatorTable &table);
void addElementwiseOps(OperatorTable &table);
void addLinearOps(OperatorTable &table);
void addNormOps(OperatorTable &table);
void addAttentionOps(OperatorTable &table);
void addElementwiseFolds(OperatorTable &table);
void addReductionFolds(OperatorTable &table);
void addIndexFolds(OperatorTable &table);
void addOrderFolds(OperatorTable &table);
void addProductFolds(OperatorTable &table);
void addHarmlessAttributes(OperatorTable &table);

/// Opsets of ai.onnx up to this one are known.
inline constexpr int64_t kNewestOpset = 23;

class Converter {
public:
  StreamGraph graph;
  MaskBook masks;
  std::vector<Node> nodes;
  /// References stay valid while others are added.
  std::deque<Value> values;
  std::vector<Unsupported> report;
  /// Values that are unknown because of something that is in the report.
  std::vector<bool> excused;
  /// Elements of constants and index maps made so far; a file may ask for
  /// more than memory holds.
  int64_t held = 0;
  std::set<const void *> counted;
  /// Elements computed from constants so far.
  double worked = 0;
  /// Tensors of zeros that have been asked for, by their size.
  std::map<int64_t, Tensor> zeros;
  /// How many operators are applied by recognisers of others.
  int depth = 0;
  /// What is wrong with inputs and outputs of the graph.
  std::vector<std::string> problems;

  /// Visits all nodes in order.
  void run();
  void unsupported(int node, const std::string &reason,
                   const std::string &nearest);
  void runHandler(NodeContext &context, const OperatorEntry &entry,
                  bool isFold);

private:
  void visit(int number);
  /// Forgets what a handler that failed has left.
  void clearOutputs(const Node &node);

  // After a report, see Guess.cpp.
  /// Gives the node's results the shape they probably have.
  void goOn(int number);
  Value guessed(int number, size_t output);
  /// What a guessed value may be, the likeliest first.
  std::vector<Value> possible(const Value &value, int node);
  bool isGuess(const Node &node) const;
  bool mayBeConstant(const Node &node) const;
  /// Reports the node only if none of what its inputs may be can be converted.
  void visitGuessed(int number, const OperatorEntry &entry, bool isFold);
};

/// Whether it is numbers of tokens: no ids, scores or means.
bool isFeatures(const Value &x);
/// The map that turns matrices around.
Map lastTwoSwapped(const Shape &shape);
/// Applies a map to a constant or a view.
Value moved(const Value &value, const Map &map);
/// `value` broadcast to `shape`, to which it must broadcast.
Value expanded(const Value &value, const Shape &shape);
/// False if a row has elements of several tokens.
bool rowsOf(const Value &view, int64_t width, Rows &rows);

// Shared between the files that hold the operators. A result that is Unknown
// has been reported.

/// x * constant or x + constant.
Value withConstant(NodeContext &c, const Value &x, const Tensor &constant,
                   bool multiplies);
Value multiply(NodeContext &c, const Value &a, const Value &b);
Value add(NodeContext &c, const Value &a, const Value &b);
/// (a statistic of the features) to a power.
Value statisticPower(NodeContext &c, const Value &x, double power);
/// The same index map, so that elements of both belong together.
bool sameIndex(const Value &a, const Value &b);
Value reduceView(NodeContext &c, const Value &x, std::vector<int64_t> axes,
                 bool keepDims, const std::string &op);
/// x (view [..., K]) times weight [K, N].
Value linearView(NodeContext &c, const Value &x, const Tensor &weight);

Value scoresWithConstant(NodeContext &c, const Value &x, const Tensor &constant,
                         bool multiplies);
/// Where(condition, scores, other), or Where(condition, other, scores).
Value maskScores(NodeContext &c, const Value &scores, const Tensor &condition,
                 const Tensor &other, bool scoresWhereTrue);
Value attentionWeights(NodeContext &c, const Value &scores, bool relu);
/// The product of two values that the network computes.
Value attentionProduct(NodeContext &c, const Value &a, const Value &b);
Value makeAttention(
    NodeContext &c, Stream *q, Stream *k, Stream *v, Shape shape, int64_t heads,
    double scale, int64_t window, bool relu, std::vector<int> nodes,
    double scoreLimit = std::numeric_limits<double>::infinity());

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_CONVERT_H
