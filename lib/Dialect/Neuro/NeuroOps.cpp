//===- NeuroOps.cpp - verifiers and names of neuro operations -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace neuro;

// Prints and parses an i32 attribute as a bare number.
static ParseResult parsePlainInteger(OpAsmParser &parser, IntegerAttr &attr) {
  int32_t value = 0;
  if (parser.parseInteger(value))
    return failure();
  attr = parser.getBuilder().getI32IntegerAttr(value);
  return success();
}
static void printPlainInteger(OpAsmPrinter &printer, Operation *,
                              IntegerAttr attr) {
  printer << attr.getInt();
}

// Prints and parses an enumerator as a bare word.
template <typename Attr>
static ParseResult parseKeyword(OpAsmParser &parser, Attr &attr) {
  using Enum = decltype(attr.getValue());
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<Enum> value = symbolizeEnum<Enum>(word);
  if (!value)
    return parser.emitError(loc) << "does not know '" << word << "'";
  attr = Attr::get(parser.getContext(), *value);
  return success();
}
template <typename Attr>
static void printKeyword(OpAsmPrinter &printer, Operation *, Attr attr) {
  printer << stringifyEnum(attr.getValue());
}

// The terms of a learning rule as a string. What is wrong with them is told at
// the character.
static ParseResult parseRuleTerms(OpAsmParser &parser, UpdatedAttr variable,
                                  StringAttr &terms) {
  SMLoc start = parser.getCurrentLocation();
  std::string text;
  if (parser.parseString(&text))
    return failure();
  // With escapes in the string, characters are not where they seem to be.
  const char *raw = start.getPointer() + 1;
  bool plain = text.find_first_of("\"\\\n\t\r") == std::string::npos &&
               StringRef(raw, text.size()) == text;
  terms = parser.getBuilder().getStringAttr(text);
  return neuro::detail::checkRuleTerms(
      variable.getValue(), text, [&](size_t offset, const std::string &error) {
        parser.emitError(plain ? SMLoc::getFromPointer(raw + offset) : start)
            << stringifyUpdated(variable.getValue()) << " \"" << text
            << "\": " << error;
      });
}

static void printRuleTerms(OpAsmPrinter &printer, Operation *, UpdatedAttr,
                           StringAttr terms) {
  printer.printString(terms.getValue());
}

// The names of a neuron's values are its own. Without a scope the parser would
// take one for a value of the network that comes later.
static ParseResult parseOwnNames(OpAsmParser &parser, Region &body) {
  if (parser.parseRegion(body, /*arguments=*/{}, /*enableNameShadowing=*/true))
    return failure();
  if (body.empty())
    body.emplaceBlock();
  return success();
}

static void printOwnNames(OpAsmPrinter &printer, Operation *, Region &body) {
  printer.printRegion(body);
}

#define GET_OP_CLASSES
#include "neuro/Dialect/Neuro/NeuroOps.cpp.inc"

static int64_t count(Value value) {
  if (auto spikes = dyn_cast<SpikesType>(value.getType()))
    return spikes.getCount();
  if (auto current = dyn_cast<CurrentType>(value.getType()))
    return current.getCount();
  return cast<FactorsType>(value.getType()).getCount();
}

// Steps within a token; far more than any model needs.
static LogicalResult verifyOffset(Operation *op, StringRef name,
                                  int64_t value) {
  constexpr int64_t most = 1023;
  if (value >= 0 && value <= most)
    return success();
  return op->emitOpError() << name << " must be 0.." << most
                           << " steps after the phase, got " << value;
}

// A name that is fit for SSA: letters, digits and underscores.
static std::string asmName(StringRef name) {
  std::string text;
  for (char c : name)
    text += isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return text.empty() || isdigit(static_cast<unsigned char>(text[0]))
             ? "p_" + text
             : text;
}

//===----------------------------------------------------------------------===//
// Network and ports
//===----------------------------------------------------------------------===//

// Sums of sums are walked term by term: their tree must end, and not grow
// beyond all bounds.
static LogicalResult verifySums(Block &block) {
  constexpr unsigned maxTerms = 65536, maxDepth = 256;
  struct Size {
    unsigned waiting = 0; // operands whose size is not known
    uint64_t terms = 0;
    unsigned depth = 1;
  };
  llvm::DenseMap<Operation *, Size> sizes;
  SmallVector<SumOp> ready;
  auto sumOf = [&](Value value) {
    SumOp sum = value.getDefiningOp<SumOp>();
    return sum && sum->getBlock() == &block ? sum : SumOp();
  };
  for (SumOp sum : block.getOps<SumOp>()) {
    Size &size = sizes[sum];
    for (Value value : sum.getCurrents())
      if (sumOf(value))
        ++size.waiting;
      else
        ++size.terms;
    if (!size.waiting)
      ready.push_back(sum);
  }
  size_t done = 0;
  for (; !ready.empty(); ++done) {
    SumOp sum = ready.pop_back_val();
    Size size = sizes.lookup(sum);
    if (size.terms > maxTerms || size.depth > maxDepth)
      return sum.emitOpError("stands for ")
             << size.terms << " terms in " << size.depth
             << " levels of sums, at most " << maxTerms << " in " << maxDepth
             << " are possible";
    for (OpOperand &use : sum->getUses()) {
      SumOp user = dyn_cast<SumOp>(use.getOwner());
      if (!user || user->getBlock() != &block)
        continue;
      Size &whole = sizes[user];
      whole.terms += size.terms;
      whole.depth = std::max(whole.depth, size.depth + 1);
      if (--whole.waiting == 0)
        ready.push_back(user);
    }
  }
  if (done == sizes.size())
    return success();
  // One of those left leads to itself: go up until a sum comes again.
  SumOp at;
  for (SumOp sum : block.getOps<SumOp>())
    if (sizes.lookup(sum).waiting && !at)
      at = sum;
  llvm::DenseSet<Operation *> seen;
  while (seen.insert(at).second)
    for (Value value : at.getCurrents())
      if (SumOp next = sumOf(value); next && sizes.lookup(next).waiting) {
        at = next;
        break;
      }
  return at.emitOpError("is a term of itself");
}

// What a network that counts steps cannot say.
static LogicalResult verifySteps(NetworkOp network) {
  LogicalResult ok = success();
  auto refuse = [&](Operation &op, StringRef name, int64_t value) {
    if (!value)
      return;
    auto diag = op.emitOpError() << "has '" << name
                                 << "' in a network that counts steps, where "
                                    "it has no meaning";
    diag.attachNote(network.getLoc())
        << "leave it out and write the 'delay' that is meant, or leave out "
           "'timing = #neuro.timing<step>'";
    ok = failure();
  };
  if (network.getPeriod().value_or(1) != 1 ||
      network.getLatency().value_or(0)) {
    // Without the op's text: it is the whole network.
    emitError(network.getLoc())
        << "'neuro.network' op counts steps: its period is 1 and its latency "
           "0, got "
        << network.getPeriod().value_or(1) << " and "
        << network.getLatency().value_or(0);
    ok = failure();
  }
  for (Operation &op : network.getBody().front()) {
    if (auto input = dyn_cast<InputOp>(op))
      refuse(op, "phase", input.getPhase().value_or(0));
    if (auto population = dyn_cast<PopulationOp>(op)) {
      refuse(op, "phase", population.getPhase().value_or(0));
      refuse(op, "gated", population.getGated());
    }
    if (auto output = dyn_cast<OutputOp>(op))
      refuse(op, "emit", output.getEmit());
    if (auto project = dyn_cast<ProjectOp>(op)) {
      refuse(op, "emit", project.getEmit());
      refuse(op, "arrive", project.getArrive());
      refuse(op, "feedback", project.getFeedback());
    }
  }
  return ok;
}

LogicalResult NetworkOp::verifyRegions() {
  llvm::StringSet<> names;
  LogicalResult result = verifySums(getBody().front());
  if (getTiming() == Timing::step && failed(verifySteps(*this)))
    result = failure();
  for (Operation &op : getBody().front()) {
    if (!isa<InputOp, OutputOp, ProjectOp, PlasticOp, SumOp, PopulationOp>(
            op)) {
      op.emitOpError("is not an operation of a network").attachNote(getLoc())
          << "a neuro.network holds inputs, outputs, populations, projections "
             "and sums";
      result = failure();
    }
    if (auto population = dyn_cast<PopulationOp>(op))
      if (!names.insert(population.getName()).second) {
        population.emitOpError("repeats the population name '")
            << population.getName() << "'; every population needs its own";
        result = failure();
      }
  }
  return result;
}

void InputOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  setName(getSpikes(), asmName(getName()));
}

LogicalResult InputOp::verify() {
  if (getKind() == PortKind::tick && count(getSpikes()) != 1)
    return emitOpError("of kind tick must have 1 neuron, got ")
           << count(getSpikes());
  if (getScale().convertToDouble() <= 0.0)
    return emitOpError("scale must be positive");
  if (getLimit() < 1)
    return emitOpError("limit must be at least 1, got ") << getLimit();
  unsigned bits = getSpikes().getType().getBits();
  if (bits == 0 ? getLimit() > 1 : getLimit() >= (int64_t(1) << (bits - 1)))
    return emitOpError("limit ")
           << getLimit() << " does not fit the " << bits << "-bit payload";
  if (getTimeAxis() >= static_cast<int64_t>(getShape().size()))
    return emitOpError("time_axis ")
           << getTimeAxis() << " is outside the shape of " << getShape().size()
           << " dimensions";
  return success();
}

LogicalResult OutputOp::verify() {
  if (failed(verifyOffset(*this, "emit", getEmit())))
    return failure();
  int64_t n = count(getSpikes());
  int64_t scales = getScale().size();
  if (scales != 1 && scales != n)
    return emitOpError("needs one scale or one per neuron (")
           << n << "), got " << scales;
  if (auto zero = getZero(); zero && static_cast<int64_t>(zero->size()) != 1 &&
                             static_cast<int64_t>(zero->size()) != n)
    return emitOpError("needs one zero or one per neuron (")
           << n << "), got " << zero->size();
  int64_t elements = 1;
  for (auto [axis, dim] : llvm::enumerate(getShape()))
    if (axis != 0 && static_cast<int64_t>(axis) != getTimeAxis())
      elements *= dim;
  if (elements != n)
    return emitOpError("shape holds ")
           << elements << " elements per token, but the population has " << n
           << " neurons";
  return success();
}

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

LogicalResult ProjectOp::verify() {
  int64_t pre = count(getSource()), post = count(getCurrent());
  Attribute weights = getWeights();
  auto mismatch = [&](const Twine &want) -> LogicalResult {
    auto diag = emitOpError("weights do not fit the populations");
    diag.attachNote() << "  expected: " << want.str();
    diag.attachNote() << "    actual: " << pre << " source and " << post
                      << " target neurons";
    return failure();
  };
  auto checkWeight = [&](int64_t w) -> LogicalResult {
    if (w < -128 || w > 127)
      return emitOpError("weight ") << w << " must be in -128..127 (L08)";
    return success();
  };
  if (getDelayAttr() && (*getDelay() < 0 || *getDelay() > 62))
    return emitOpError("delay must be 0..62 steps (L11), got ") << *getDelay();
  for (auto [name, value] :
       {std::pair<StringRef, int64_t>{"emit", getEmit()},
        std::pair<StringRef, int64_t>{"arrive", getArrive()}})
    if (failed(verifyOffset(*this, name, value)))
      return failure();
  if (auto one = dyn_cast<OneToOneAttr>(weights)) {
    if (pre != post)
      return mismatch("as many target as source neurons");
    return checkWeight(one.getWeight());
  }
  if (auto blocks = dyn_cast<BlocksAttr>(weights)) {
    if (blocks.getCount() <= 0 || pre % blocks.getCount() ||
        post % blocks.getCount())
      return mismatch("both divisible into " + Twine(blocks.getCount()) +
                      " blocks");
    return checkWeight(blocks.getWeight());
  }
  auto inBlocks = [&](int64_t blocks) {
    return blocks > 0 && pre % blocks == 0 && post % blocks == 0;
  };
  if (auto shift = dyn_cast<ShiftAttr>(weights)) {
    if (pre != post)
      return mismatch("as many target as source neurons");
    if (shift.getBy() < -pre || shift.getBy() > pre)
      return emitOpError("shift by ")
             << shift.getBy() << " goes more than once around " << pre
             << " neurons";
    return checkWeight(shift.getWeight());
  }
  if (auto repeat = dyn_cast<RepeatAttr>(weights)) {
    if (!inBlocks(repeat.getBlocks()))
      return mismatch("both divisible into " + Twine(repeat.getBlocks()) +
                      " blocks");
    if (repeat.getPeriod() <= 0)
      return emitOpError("period ")
             << repeat.getPeriod() << " must be positive";
    return checkWeight(repeat.getWeight());
  }
  if (auto stride = dyn_cast<StrideAttr>(weights)) {
    if (!inBlocks(stride.getBlocks()))
      return mismatch("both divisible into " + Twine(stride.getBlocks()) +
                      " blocks");
    if (stride.getStep() <= 0 || stride.getOffset() < 0)
      return emitOpError("step ")
             << stride.getStep() << " must be positive and offset "
             << stride.getOffset() << " not negative";
    return checkWeight(stride.getWeight());
  }
  if (auto conv = dyn_cast<Conv2dAttr>(weights)) {
    auto product = [](ArrayRef<int64_t> dims) {
      return dims[0] * dims[1] * dims[2];
    };
    if (product(conv.getInput()) != pre || product(conv.getOutput()) != post)
      return mismatch(Twine(product(conv.getInput())) + " source and " +
                      Twine(product(conv.getOutput())) + " target neurons");
    return success();
  }
  auto elements = dyn_cast<ElementsAttr>(weights);
  if (!elements)
    return emitOpError("weights must be a tensor of i8, #neuro.one_to_one, "
                       "#neuro.blocks, #neuro.shift, #neuro.repeat, "
                       "#neuro.stride or #neuro.conv2d");
  auto type = elements.getShapedType();
  if (!type.getElementType().isSignlessInteger(8))
    return emitOpError("weights must be of type i8, got ")
           << type.getElementType();
  if (type.getShape() != ArrayRef<int64_t>{post, pre})
    return mismatch("weights [target, source] of " + Twine(post) + "x" +
                    Twine(pre));
  return success();
}

LogicalResult PlasticOp::verify() {
  int64_t pre = count(getSource()), post = count(getCurrent());
  if (count(getFactors()) != post)
    return emitOpError("factors of ")
           << count(getFactors()) << " neurons cannot teach synapses onto "
           << post << " neurons";
  if (getBlocks() <= 0 || pre % getBlocks() || post % getBlocks())
    return emitOpError("neither ")
           << pre << " source nor " << post
           << " target neurons may leave a rest when divided into "
           << getBlocks() << " blocks";
  if (getDelay() < 0 || getDelay() > 62)
    return emitOpError("delay must be 0..62 steps (L11), got ")
           << int64_t(getDelay());
  if (getTagBits() < 0 || getTagBits() > 4)
    return emitOpError("tag_bits must be 0..4, got ") << getTagBits();
  if (getTag() < 0 || getTag() >= (int64_t(1) << getTagBits()))
    return emitOpError("tag ")
           << getTag() << " does not fit " << getTagBits() << " tag_bits";
  auto population = getFactors().getDefiningOp<PopulationOp>();
  if (!population)
    return emitOpError("factors must be those of a population");
  if (!llvm::is_contained(population.getDendrites(), getCurrent()) &&
      !llvm::any_of(getCurrent().getUsers(), [&](Operation *user) {
        return isa<SumOp>(user) && llvm::is_contained(population.getDendrites(),
                                                      user->getResult(0));
      }))
    return emitOpError("must feed the population '")
           << population.getName() << "' whose factors it takes";
  return success();
}

LogicalResult SumOp::verify() {
  if (getCurrents().empty())
    return emitOpError("needs at least one current");
  return success();
}

//===----------------------------------------------------------------------===//
// Populations and neuron models
//===----------------------------------------------------------------------===//

void PopulationOp::getAsmResultNames(
    function_ref<void(Value, StringRef)> setName) {
  setName(getSpikes(), asmName(getName()));
  setName(getFactors(), asmName(getName()) + "_factors");
}

void PopulationOp::getAsmBlockArgumentNames(
    Region &region, function_ref<void(Value, StringRef)> setName) {
  for (BlockArgument arg : region.getArguments())
    setName(arg, "d" + std::to_string(arg.getArgNumber()));
}

LogicalResult PopulationOp::verify() {
  int64_t n = getCount();
  if (count(getFactors()) != n)
    return emitOpError("sends from ")
           << n << " neurons but exports from " << count(getFactors());
  if (getDendrites().size() > 4)
    return emitOpError("has ")
           << getDendrites().size() << " dendrites; the chip has 4 per neuron";
  for (auto [index, dendrite] : llvm::enumerate(getDendrites()))
    if (count(dendrite) != n)
      return emitOpError("dendrite #")
             << index << " carries " << count(dendrite) << " currents for " << n
             << " neurons";
  if (auto holds = getHolds();
      holds && holds->getChannels() > 0 && n % holds->getChannels() != 0)
    return emitOpError("holds a value of ")
           << holds->getChannels() << " channels, which do not divide its " << n
           << " neurons";
  if (auto state = getState()) {
    if (state->size() > 8)
      return emitOpError("has ")
             << state->size() << " state fields; the chip has 8 per neuron";
    llvm::StringSet<> names;
    for (auto field : state->getAsRange<FieldAttr>()) {
      if (!names.insert(field.getName()).second)
        return emitOpError("repeats the state field '")
               << field.getName() << "'";
      int64_t values = field.getInit().size();
      if (values != 1 && values != n)
        return emitOpError("state field '")
               << field.getName() << "' needs one initial value or " << n
               << ", got " << values;
    }
  }
  return success();
}

LogicalResult PopulationOp::verifyRegions() {
  Block &body = getBody().front();
  if (body.getNumArguments() != getDendrites().size())
    return emitOpError("has ")
           << getDendrites().size() << " dendrites but its model takes "
           << body.getNumArguments();
  for (BlockArgument arg : body.getArguments())
    if (!arg.getType().isSignlessInteger(32))
      return emitOpError("dendrite argument #")
             << arg.getArgNumber() << " must be i32, got " << arg.getType();
  llvm::StringSet<> fields;
  if (auto state = getState())
    for (auto field : state->getAsRange<FieldAttr>())
      fields.insert(field.getName());
  LogicalResult result = success();
  unsigned fires = 0;
  for (Operation &op : body) {
    if (!isa<NeuroDialect>(op.getDialect())) {
      op.emitOpError("cannot stand in a neuron model");
      result = failure();
      continue;
    }
    StringRef field;
    if (auto read = dyn_cast<ReadOp>(op))
      field = read.getField();
    if (auto write = dyn_cast<WriteOp>(op))
      field = write.getField();
    if (!field.empty() && !fields.contains(field)) {
      op.emitOpError("names the state field '")
          << field << "', which population '" << getName() << "' does not have";
      result = failure();
    }
    if (auto param = dyn_cast<ParamOp>(op)) {
      int64_t values = param.getValues().getNumElements();
      if (values != 1 && values != getCount()) {
        op.emitOpError("needs one value or one per neuron (")
            << getCount() << "), got " << values;
        result = failure();
      }
    }
    if (isa<FireOp>(op) && ++fires == 2) {
      op.emitOpError("is the second neuro.fire of its model; a neuron sends at "
                     "most one spike per step (M13)");
      result = failure();
    }
  }
  return result;
}

LogicalResult ParamOp::verify() {
  if (!getValues().getShapedType().getElementType().isSignlessInteger(32))
    return emitOpError("values must be of type i32, got ")
           << getValues().getShapedType().getElementType();
  return success();
}
