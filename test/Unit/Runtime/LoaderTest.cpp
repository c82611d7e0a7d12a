//===- LoaderTest.cpp - every message of the loader -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetBuilder.h"

#include "neuro/Runtime/Simulator.h"
#include "neuro/Target/TargetModel.h"

#include <cmath>
#include <functional>
#include <random>

using namespace neuro;
using namespace neuro::test;
using namespace neuro::runtime;

namespace {

// Two cores, a plastic rule, an output, all kinds of input.
NetBuilder makeNet() {
  NetBuilder net(2, 3, 10);
  net.core();
  net.core();
  net.group(0, "relay", 4,
            net.program(0, {"rdc r0, d0", "add r0, r0, p0", "rmw r1, s0, r0",
                            "spike r0"}),
            2, 16, {{1}}, {{"v", 16, true, false, {0, 1, 2, 3}}});
  net.group(1, "post", 3,
            net.program(1, {"rdc r0, d0", "mov bap, r0", "spike r0"}), 1, 24);
  net.output("y", 1, 0, 3);
  net.gradedInput("x", 4, 0.5, 127, 8);
  net.idInput("id", 5);
  net.tick();
  auto rule = std::make_unique<nrb::RuleT>();
  rule->name = "key";
  rule->epoch = 1;
  rule->third_factor = true;
  rule->x1 = std::make_unique<nrb::TraceConfigT>();
  rule->x1->tau = 65535;
  rule->terms.push_back(std::make_unique<nrb::RuleTermT>());
  rule->terms[0]->products.push_back(std::make_unique<nrb::ProductT>());
  rule->terms[0]->products[0]->mantissa = 1;
  rule->terms[0]->products[0]->factors.emplace_back(nrb::FactorVar::y1, false,
                                                    int8_t(0));
  net.binary.cores[1]->rules.push_back(std::move(rule));
  net.format(0, nrb::SignMode::mixed, 8, -1, 0, -1, 4, 2);
  net.format(0, nrb::SignMode::excitatory, 4, 0, 1);
  net.format(1, nrb::SignMode::mixed, 8, 0, 0, 0);
  net.connectInput(0, 0, 0, net.axon(0, 0, 0, {{0, 5, 1}, {3, -7, 0}}));
  net.connectInput(1, 2, 0, net.denseAxon(0, 1, 1, {3, 4, 5}));
  net.connect(0, 1, 1, net.denseAxon(1, 0, 0, {1, 2, 3}));
  for (auto *list : {&net.binary.golden_inputs, &net.binary.golden_outputs}) {
    list->push_back(std::make_unique<nrb::GoldenArrayT>());
    list->back()->name = "x";
    list->back()->shape = {1, 2};
    list->back()->data.resize(8);
  }
  net.bytes(); // fills the fan-out tables
  return net;
}

std::string loadErrors(std::vector<uint8_t> bytes) {
  std::vector<Diagnostic> diagnostics;
  std::unique_ptr<Binary> binary =
      Binary::fromBytes(std::move(bytes), "file.nrb", diagnostics);
  std::string all;
  for (const Diagnostic &diagnostic : diagnostics)
    all += diagnostic.str() + "\n";
  EXPECT_EQ(binary == nullptr, !all.empty());
  return all;
}

// The messages after one change of the tables.
std::string broken(const std::function<void(nrb::BinaryT &)> &change) {
  NetBuilder net = makeNet();
  change(net.binary);
  return loadErrors(net.pack());
}

#define EXPECT_HAS(text, part)                                                 \
  do {                                                                         \
    std::string found = text;                                                  \
    EXPECT_NE(found.find(part), std::string::npos)                             \
        << "expected \"" << part << "\" in\n"                                  \
        << found;                                                              \
  } while (false)

TEST(Loader, AcceptsTheNet) { EXPECT_EQ(loadErrors(makeNet().pack()), ""); }

TEST(Loader, B1_RefusesWhatIsNoBinary) {
  EXPECT_HAS(loadErrors({}), "file.nrb:+0x0: the file is empty");
  EXPECT_HAS(loadErrors({1, 2, 3}), "not a neuro binary");
  std::vector<uint8_t> bytes = makeNet().pack();
  bytes[4] = 'X';
  EXPECT_HAS(loadErrors(bytes),
             "file.nrb:+0x4: not a neuro binary (no identifier NRB1)");
  std::vector<Diagnostic> diagnostics;
  EXPECT_EQ(Binary::load("/nonexistent/file.nrb", diagnostics), nullptr);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_HAS(diagnostics[0].str(), "cannot read '/nonexistent/file.nrb'");
}

TEST(Loader, B2_RefusesEveryTruncation) {
  std::vector<uint8_t> bytes = makeNet().pack();
  // The last bytes may be padding.
  for (size_t size = 0; size + 4 < bytes.size(); ++size)
    EXPECT_NE(loadErrors({bytes.begin(), bytes.begin() + ptrdiff_t(size)}), "")
        << size;
  bytes.resize(bytes.size() / 2);
  EXPECT_HAS(loadErrors(bytes), "corrupted or truncated");
}

// What is accepted must run, on either engine, with the same result.
void runAccepted(std::vector<uint8_t> bytes) {
  std::vector<Diagnostic> diagnostics;
  std::shared_ptr<const Binary> binary =
      Binary::fromBytes(std::move(bytes), "file.nrb", diagnostics);
  if (!binary || binary->root().timing()->latency() > 200 ||
      binary->root().timing()->period() > 200)
    return;
  Simulator simulator(binary);
  NamedArrays inputs;
  for (const PortInfo &port : simulator.inputs()) {
    std::vector<int64_t> shape = port.shape;
    uint64_t elements = 1;
    for (int64_t &extent : shape) {
      extent = extent < 0 ? 2 : extent;
      elements *= uint64_t(extent);
    }
    if (port.kind == "tick" || elements > 10000)
      continue;
    inputs.emplace_back(port.name, Array(port.dtype, shape));
    if (port.dtype == DType::Float32)
      for (uint64_t i = 0; i < elements; ++i)
        inputs.back().second.as<float>()[i] = float(i) - 2;
  }
  RunResult fast, reference;
  RunOptions options;
  options.threads = 1;
  std::vector<std::string> errors;
  if (!simulator.run(inputs, options, fast, errors))
    return;
  options.reference = true;
  ASSERT_TRUE(simulator.run(inputs, options, reference, errors));
  for (size_t i = 0; i < fast.outputs.size(); ++i)
    EXPECT_EQ(fast.outputs[i].second.data, reference.outputs[i].second.data);
  EXPECT_TRUE(fast.stats.groups == reference.stats.groups);
}

TEST(Loader, B2_SurvivesEveryByteChanged) {
  std::vector<uint8_t> bytes = makeNet().pack();
  for (size_t i = 0; i < bytes.size(); ++i)
    for (uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<uint8_t> changed = bytes;
      changed[i] = value;
      runAccepted(std::move(changed));
    }
}

TEST(Loader, B2_SurvivesRandomDamage) {
  std::vector<uint8_t> bytes = makeNet().pack();
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::vector<uint8_t> changed = bytes;
    for (int i = 0; i < 4; ++i)
      changed[8 + random() % (changed.size() - 8)] = uint8_t(random());
    runAccepted(std::move(changed));
  }
}

TEST(Loader, B3_RefusesOtherVersions) {
  EXPECT_HAS(
      broken([](nrb::BinaryT &b) { *b.version = nrb::Version(1, 1, 0); }),
      "format version 1.1.0, this program reads 1.0.0; use a newer");
  EXPECT_HAS(
      broken([](nrb::BinaryT &b) { *b.version = nrb::Version(2, 0, 0); }),
      "format version 2.0.0");
  EXPECT_HAS(
      broken([](nrb::BinaryT &b) { *b.version = nrb::Version(0, 9, 0); }),
      "compile the model again");
  EXPECT_HAS(broken([](nrb::BinaryT &b) { b.version.reset(); }),
             "the field 'version' is missing");
}

struct AxonFields {
  uint32_t word, words, base, format, delay;
};

void changeAxon(nrb::BinaryT &b, size_t core, size_t index,
                uint32_t AxonFields::*field, uint32_t value) {
  nrb::AxonIn &axon = b.cores[core]->axons_in[index];
  AxonFields f = {axon.synapse_word(), axon.words(), axon.base(), axon.format(),
                  axon.delay()};
  f.*field = value;
  axon =
      nrb::AxonIn(f.word, f.words, f.base, uint8_t(f.format), uint8_t(f.delay));
}

struct Fault {
  const char *label; // of the specification, see docs/spec
  const char *message;
  void (*change)(nrb::BinaryT &);
};

// One corrupted file for each message.
const Fault kFaults[] = {
    {"B4", "unknown target 'mars'",
       [](nrb::BinaryT &b) { b.target->name = "mars"; }},
    {"B4", "'target' is missing", [](nrb::BinaryT &b) { b.target.reset(); }},
    {"B4", "'timing' is missing", [](nrb::BinaryT &b) { b.timing.reset(); }},
    {"M5", "the period must be at least 1",
       [](nrb::BinaryT &b) { b.timing->period = 0; }},
    {"B4", "the file has no core", [](nrb::BinaryT &b) { b.cores.clear(); }},
    {"B4", "learning mode 2 is unknown",
       [](nrb::BinaryT &b) { b.learning_mode = nrb::LearningMode(2); }},
    {"Limit25", "L25: 0 chips", [](nrb::BinaryT &b) { b.chips = 0; }},
    {"Limit01", "L01: chip 0 has more than 1 cores",
       [](nrb::BinaryT &b) { b.target->cores_per_chip = 1; }},
    {"B4", "core 1: chip 7 does not exist",
       [](nrb::BinaryT &b) { b.cores[1]->chip = 7; }},
    {"B4", "core 1: place (16, 0) is outside the 16 x 8 mesh",
       [](nrb::BinaryT &b) { b.cores[1]->x = 16; }},
    {"B4", "core 1: its place is already taken",
       [](nrb::BinaryT &b) { b.cores[1]->x = 0; }},
    {"M1", "core 0: group 0 'relay': has no neurons",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->count = 0; }},
    {"M1", "starts at neuron 1, expected 0",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->first = 1; }},
    {"M2", "program 9 does not exist, the core has 1",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->program = 9; }},
    {"M2", "5 dendrites, at most 4",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->dendrites = 5; }},
    {"Limit12", "L12: core 0: group 0 'relay': payload of 7 bits",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->payload_bits = 7; }},
    {"B4", "source 4 does not exist",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->source = 4; }},
    {"M2", "parameter 0 '' has 2 values, expected 1 or 4",
       [](nrb::BinaryT &b) {
         b.cores[0]->groups[0]->parameters[0]->values = {1, 2};
       }},
    {"M11", "state field 0 'v': 12 bits; 8, 16 and 24 are possible",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->state[0]->bits = 12; }},
    {"M11", "has 0 initial values, expected 1 or 4",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->state[0]->init.clear(); }},
    {"M11", "initial value 40000 (#0) is outside -32768..32767",
       [](nrb::BinaryT &b) {
         b.cores[0]->groups[0]->state[0]->init = {40000};
       }},
    {"B5", "program 0 '' of group 0 'relay': instruction 1 (add r0, r0, p0): "
       "reads p0, but the group has 0 parameters",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->parameters.clear(); }},
    {"B5", "unknown opcode 31",
       [](nrb::BinaryT &b) { b.cores[0]->programs[0]->code[0] = 31; }},
    {"Limit10", "L10: core 0: format 0: sign mode 0",
       [](nrb::BinaryT &b) {
         b.cores[0]->formats[0]->sign_mode = nrb::SignMode::null;
       }},
    {"Limit08", "L08: core 0: format 0: 9 weight bits",
       [](nrb::BinaryT &b) { b.cores[0]->formats[0]->weight_bits = 9; }},
    {"Limit09", "L09: core 0: format 1: weight exponent 8 is outside -8..7",
       [](nrb::BinaryT &b) { b.cores[0]->formats[1]->weight_exp = 8; }},
    {"M7", "format 0: unknown compression 2",
       [](nrb::BinaryT &b) {
         b.cores[0]->formats[0]->compression = nrb::Compression(2);
       }},
    {"M7", "format 0: 0 index bits; a sparse format has 1 to 32",
       [](nrb::BinaryT &b) { b.cores[0]->formats[0]->idx_bits = 0; }},
    {"Limit11", "L11: core 0: format 0: 7 delay bits",
       [](nrb::BinaryT &b) { b.cores[0]->formats[0]->delay_bits = 7; }},
    {"M2", "format 1: dendrite 4 does not exist",
       [](nrb::BinaryT &b) { b.cores[0]->formats[1]->dendrite = 4; }},
    {"B4", "format 0: rule 3 does not exist, the core has 1",
       [](nrb::BinaryT &b) { b.cores[1]->formats[0]->rule = 3; }},
    {"Limit18", "L18: core 1: rule 0 'key': epoch of 64 steps",
       [](nrb::BinaryT &b) { b.cores[1]->rules[0]->epoch = 64; }},
    {"L4", "graded trace mode 4 is unknown",
       [](nrb::BinaryT &b) {
         b.cores[1]->rules[0]->graded_mode = nrb::GradedTraceMode(4);
       }},
    {"Limit20", "L20: core 1: rule 0 'key': term 0, product 0: no dependency",
       [](nrb::BinaryT &b) {
         b.cores[1]->rules[0]->terms[0]->products[0]->dependency =
             nrb::Dependency(9);
       }},
    {"Limit17", "L17: core 1: rule 0 'key': term 0, product 0: scale 8 * 2^0",
       [](nrb::BinaryT &b) {
         b.cores[1]->rules[0]->terms[0]->products[0]->mantissa = 8;
       }},
    {"Limit21", "L21: core 1: rule 0 'key': term 0, 17 products",
       [](nrb::BinaryT &b) {
         for (int i = 0; i < 16; ++i)
           b.cores[1]->rules[0]->terms[0]->products.push_back(
               std::make_unique<nrb::ProductT>());
       }},
    {"L1", "has no product",
       [](nrb::BinaryT &b) {
         b.cores[1]->rules[0]->terms[0]->products.clear();
       }},
    {"L1", "has no term",
       [](nrb::BinaryT &b) { b.cores[1]->rules[0]->terms.clear(); }},
    {"L15", "L-15: core 1: format 0: its rule 0 changes delays, it has no delay "
       "bits; give it 1 to 6",
       [](nrb::BinaryT &b) {
         b.cores[1]->rules[0]->terms[0]->target = nrb::RuleTarget::delay;
       }},
    {"Limit11", "L11: core 0: input axon 1: block 0: delay 63 of synapse 0 exceeds 62",
       [](nrb::BinaryT &b) {
         b.cores[0]->formats[1]->delay_bits = 6;
         uint64_t &word = b.cores[0]->synapse_words[1];
         word = (word & 0x3fff) | uint64_t(63) << 14;
       }},
    {"L1", "an earlier term has the same target",
       [](nrb::BinaryT &b) {
         auto &terms = b.cores[1]->rules[0]->terms;
         terms.push_back(std::make_unique<nrb::RuleTermT>(*terms[0]));
       }},
    {"Limit19", "L19: core 1: rule 0 'key': trace x1: impulse 128",
       [](nrb::BinaryT &b) { b.cores[1]->rules[0]->x1->impulse = 128; }},
    {"M7", "input axon 0: words 0 + 9 are outside the 2 words",
       [](nrb::BinaryT &b) { changeAxon(b, 0, 0, &AxonFields::words, 9); }},
    {"Limit11", "L11: core 0: input axon 0: delay 63",
       [](nrb::BinaryT &b) { changeAxon(b, 0, 0, &AxonFields::delay, 63); }},
    {"M4", "an axon with a learning rule cannot have a delay, it has 1",
       [](nrb::BinaryT &b) { changeAxon(b, 1, 0, &AxonFields::delay, 1); }},
    {"B4", "input axon 0: format 7 does not exist, the core has 2",
       [](nrb::BinaryT &b) { changeAxon(b, 0, 0, &AxonFields::format, 7); }},
    {"M7", "block 0: format 1 in the word, the axon has format 0",
       [](nrb::BinaryT &b) { b.cores[0]->synapse_words[0] |= 1; }},
    {"M7", "block 0: 10 synapses need 3 words, the axon has 1 left",
       [](nrb::BinaryT &b) {
         b.cores[0]->synapse_words[0] =
             (b.cores[0]->synapse_words[0] & ~uint64_t(0x3f0)) | 9 << 4;
       }},
    {"M7", "padding bits are not 0",
       [](nrb::BinaryT &b) {
         b.cores[0]->synapse_words[0] |= uint64_t(1) << 63;
       }},
    {"M7", "index 0 of synapse 1 does not increase",
       [](nrb::BinaryT &b) {
         // Weight 8, delay 2, index 4: the second index at 10 + 14 + 10.
         b.cores[0]->synapse_words[0] &= ~(uint64_t(15) << 34);
       }},
    {"M7", "target neuron 4 does not exist, the core has 4",
       [](nrb::BinaryT &b) { changeAxon(b, 0, 1, &AxonFields::base, 2); }},
    {"M7", "reaches dendrite 1 of group 0 'relay', which has 1",
       [](nrb::BinaryT &b) { b.cores[0]->groups[0]->dendrites = 1; }},
    {"M9", "reaches dendrite 0 of group 0 'relay' with exponent 0, another axon "
       "with -1",
       [](nrb::BinaryT &b) { b.cores[0]->formats[1]->dendrite = 0; }},
    {"B4", "core 0: fanout_index has 2 entries, expected 5",
       [](nrb::BinaryT &b) { b.cores[0]->fanout_index = {0, 1}; }},
    {"B4", "fanout_index[2] must start at 0 and not decrease",
       [](nrb::BinaryT &b) { b.cores[0]->fanout_index = {0, 1, 0, 1, 1}; }},
    {"B4", "fanout_index ends at 0, fanout has 1 entries",
       [](nrb::BinaryT &b) { b.cores[0]->fanout_index = {0, 0, 0, 0, 0}; }},
    {"B4", "fanout 0: core 5 does not exist, the file has 2",
       [](nrb::BinaryT &b) { b.cores[0]->fanout[0] = nrb::AxonOut(5, 0); }},
    {"B4", "fanout 0: axon 8 of core 1 does not exist, it has 1",
       [](nrb::BinaryT &b) { b.cores[0]->fanout[0] = nrb::AxonOut(1, 8); }},
    {"M5", "input 1 'x': another input has this name",
       [](nrb::BinaryT &b) { b.inputs[1]->name = "x"; }},
    {"M5", "input 0 'x': offset 4 exceeds the latency 3",
       [](nrb::BinaryT &b) { b.inputs[0]->offset = 4; }},
    {"M5", "input 0 'x': time axis 3 is not an axis",
       [](nrb::BinaryT &b) { b.inputs[0]->time_axis = 3; }},
    {"M5", "input 0 'x': 4 virtual neurons for 5 elements",
       [](nrb::BinaryT &b) { b.inputs[0]->shape = {1, 1, 5}; }},
    {"M5", "input 0 'x': the scale must be positive",
       [](nrb::BinaryT &b) { b.inputs[0]->scale = 0; }},
    {"M5", "input 0 'x': limit 128 is outside 1..127",
       [](nrb::BinaryT &b) { b.inputs[0]->limit = 128; }},
    {"M5", "input 1 'id': one_hot takes one integer per token",
       [](nrb::BinaryT &b) {
         b.inputs[1]->element_type = nrb::ElementType::float32;
       }},
    {"M5", "a tick has one neuron, not 2",
       [](nrb::BinaryT &b) {
         b.inputs[2]->width = 2;
         b.inputs[2]->fanout_index = {0, 0, 0};
       }},
    {"B4", "the file has no output", [](nrb::BinaryT &b) { b.outputs.clear(); }},
    {"M5", "output 0 'y': offset 9 exceeds the latency 3",
       [](nrb::BinaryT &b) { b.outputs[0]->offset = 9; }},
    {"M5", "output 0 'y': 3 neurons for 4 elements",
       [](nrb::BinaryT &b) { b.outputs[0]->shape = {1, 1, 4}; }},
    {"M5", "output 0 'y': 2 scales, expected 1 or 3",
       [](nrb::BinaryT &b) { b.outputs[0]->scale = {1, 1}; }},
    {"M5", "output 0 'y': 2 zero points",
       [](nrb::BinaryT &b) { b.outputs[0]->zero = {1, 1}; }},
    {"M5", "output 0 'y': element 0: neuron 3 of core 1 does not exist",
       [](nrb::BinaryT &b) { b.outputs[0]->elements[0] = nrb::NeuronRef(1, 3); }},
    {"B4", "golden output 0 'x': the shape does not match 8 bytes",
       [](nrb::BinaryT &b) { b.golden_outputs[0]->shape = {1, 3}; }},
    {"M5", "timing: period 16777217 or latency 3 exceeds 2^24 steps",[](nrb::BinaryT &b) { b.timing->period = (1 << 24) + 1; }},
    {"M2", "33 parameters, at most 32 exist",[](nrb::BinaryT &b) { auto &list = b.cores[0]->groups[0]->parameters; for (int i = 0; i < 32; ++i) list.push_back(std::make_unique<nrb::ParameterT>(*list[0])); }},
    {"M2", "9 state fields, at most 8 exist",[](nrb::BinaryT &b) { auto &list = b.cores[0]->groups[0]->state; for (int i = 0; i < 8; ++i) list.push_back(std::make_unique<nrb::StateFieldT>(*list[0])); }},
    {"M11", "state field 0 'v': unknown overflow rule",[](nrb::BinaryT &b) { b.cores[0]->groups[0]->state[0]->overflow = nrb::OverflowRule(2); }},
    {"L1", "rule 0 'key': u_k 32 exceeds 31",[](nrb::BinaryT &b) { b.cores[1]->rules[0]->u_k = 32; }},
    {"L1", "term 0, target 3 is unknown",[](nrb::BinaryT &b) { b.cores[1]->rules[0]->terms[0]->target = nrb::RuleTarget(3); }},
    {"L1", "product 0: 7 factors, at most 6 are possible",[](nrb::BinaryT &b) { auto &list = b.cores[1]->rules[0]->terms[0]->products[0]->factors; list.resize(7, list[0]); }},
    {"L1", "product 0: factor 0 is unknown",[](nrb::BinaryT &b) { b.cores[1]->rules[0]->terms[0]->products[0]->factors[0] = nrb::Factor(nrb::FactorVar(99), false, 0); }},
    {"L13", "format 0: 5 tag bits, at most 4 are possible",[](nrb::BinaryT &b) { b.cores[0]->formats[0]->tag_bits = 5; }},
    {"M7", "input axon 1: shares plastic synapse words with another axon",[](nrb::BinaryT &b) { b.cores[1]->axons_in.push_back(b.cores[1]->axons_in[0]); }},
    {"Limit12", "L12: input 0 'x': payload of 7 bits",[](nrb::BinaryT &b) { b.inputs[0]->payload_bits = 7; }},
    {"M5", "input 0 'x': unknown kind or element type",[](nrb::BinaryT &b) { b.inputs[0]->kind = nrb::InputKind(9); }},
    {"M5", "output 0 'y': unknown element type",[](nrb::BinaryT &b) { b.outputs[0]->element_type = nrb::ElementType(9); }},
    {"M5", "output 1 'y': another output has this name",[](nrb::BinaryT &b) { b.outputs.push_back(std::make_unique<nrb::OutputPortT>(*b.outputs[0])); }},
    {"M5", "output 0 'y': time axis 3 of a rank 3 array",[](nrb::BinaryT &b) { b.outputs[0]->time_axis = 3; }},
    {"M5", "output 0 'y': source 7 does not exist",[](nrb::BinaryT &b) { b.outputs[0]->source = 7; }},
    {"B4", "golden input 0 'x': unknown element type",[](nrb::BinaryT &b) { b.golden_inputs[0]->element_type = nrb::ElementType(9); }},
    {"B4", "input 0 'x': fanout_index has 1 entries, expected 5",[](nrb::BinaryT &b) { b.inputs[0]->fanout_index = {0}; }},
    {"M5", "output 0 'y': scale nan (#0) is no scale of float32; its size must be 1.17549e-38 to 3.40282e+38",[](nrb::BinaryT &b) { b.outputs[0]->scale = {NAN}; }},
    {"M5", "output 0 'y': scale inf (#1) is no scale",[](nrb::BinaryT &b) { b.outputs[0]->scale = {1, INFINITY, 1}; }},
    {"M5", "output 0 'y': scale -inf (#0) is no scale",[](nrb::BinaryT &b) { b.outputs[0]->scale = {-INFINITY}; }},
    {"M5", "output 0 'y': scale 1e+308 (#0) is no scale",[](nrb::BinaryT &b) { b.outputs[0]->scale = {1e308}; }},
    {"M5", "output 0 'y': scale 1e-300 (#2) is no scale",[](nrb::BinaryT &b) { b.outputs[0]->scale = {1, 1, 1e-300}; }},
    {"M5", "output 0 'y': scale 0 (#0) is no scale",[](nrb::BinaryT &b) { b.outputs[0]->scale = {0}; }},
    {"M5", "output 0 'y': scale 1e+10 (#0) is no scale of int32; its size must be 1.17549e-38 to 2.14748e+09",[](nrb::BinaryT &b) { b.outputs[0]->element_type = nrb::ElementType::int32; b.outputs[0]->scale = {1e10}; }},
    {"M5", "output 0 'y': scale 1e+19 (#0) is no scale of int64",[](nrb::BinaryT &b) { b.outputs[0]->element_type = nrb::ElementType::int64; b.outputs[0]->scale = {1e19}; }},
    {"M5", "output 0 'y': zero point nan (#0) does not fit float32",[](nrb::BinaryT &b) { b.outputs[0]->zero = {NAN}; }},
    {"M5", "output 0 'y': zero point inf (#2) does not fit float32",[](nrb::BinaryT &b) { b.outputs[0]->zero = {0, 0, INFINITY}; }},
    {"M5", "output 0 'y': zero point -3e+09 (#0) does not fit int32",[](nrb::BinaryT &b) { b.outputs[0]->element_type = nrb::ElementType::int32; b.outputs[0]->zero = {-3e9}; }},
    {"M5", "input 0 'x': the scale must be positive",[](nrb::BinaryT &b) { b.inputs[0]->scale = NAN; }},
    {"M5", "input 0 'x': scale inf (#0) is no scale of float32",[](nrb::BinaryT &b) { b.inputs[0]->scale = INFINITY; }},
    {"M5", "input 0 'x': scale 1e+308 (#0) is no scale of float32",[](nrb::BinaryT &b) { b.inputs[0]->scale = 1e308; }},
    {"M5", "input 0 'x': scale 4.94066e-324 (#0) is no scale of float32",[](nrb::BinaryT &b) { b.inputs[0]->scale = 5e-324; }},
    {"B7", "input 0: has no name; arrays are found by it",[](nrb::BinaryT &b) { b.inputs[0]->name = ""; }},
    {"B7", "output 0: has no name; arrays are found by it",[](nrb::BinaryT &b) { b.outputs[0]->name = ""; }},
    {"B7", "output 0: the name '../y' has the part '..', which in a path is another folder",[](nrb::BinaryT &b) { b.outputs[0]->name = "../y"; }},
    {"B7", "output 0: the name 'a/../../y' has the part '..'",[](nrb::BinaryT &b) { b.outputs[0]->name = "a/../../y"; }},
    {"B7", "output 0: the name 'a\\..\\y' has the part '..'",[](nrb::BinaryT &b) { b.outputs[0]->name = "a\\..\\y"; }},
    {"B7", "output 0: the name '/tmp/..' has the part '..'",[](nrb::BinaryT &b) { b.outputs[0]->name = "/tmp/.."; }},
    {"B7", "input 0: the name '..' has the part '..'",[](nrb::BinaryT &b) { b.inputs[0]->name = ".."; }},
    {"B7", "output 0: the name 'y\\xff' is not UTF-8 at byte 1",[](nrb::BinaryT &b) { b.outputs[0]->name = "y\xff"; }},
    {"B7", "output 0: the name '\\xc0\\xae' is not UTF-8 at byte 0",[](nrb::BinaryT &b) { b.outputs[0]->name = "\xc0\xae"; }},
    {"B7", "output 0: the name '\\xed\\xa0\\x80' is not UTF-8 at byte 0",[](nrb::BinaryT &b) { b.outputs[0]->name = "\xed\xa0\x80"; }},
    {"B7", "output 0: the name '\\x1b[2J' holds a control character at byte 0",[](nrb::BinaryT &b) { b.outputs[0]->name = "\x1b[2J"; }},
    {"B7", "output 0: the name 'a\\x0ab' holds a control character at byte 1",[](nrb::BinaryT &b) { b.outputs[0]->name = "a\nb"; }},
    {"B7", "output 0: the name 'a\\xc2\\x85' holds a control character at byte 1",[](nrb::BinaryT &b) { b.outputs[0]->name = "a\xc2\x85"; }},
    {"B7", "has 4097 bytes, at most 4096 are possible",[](nrb::BinaryT &b) { b.outputs[0]->name = std::string(4097, 'y'); }},
    {"B7", "source 0: the name '\\x1b' holds a control character",[](nrb::BinaryT &b) { b.sources[0]->name = "\x1b"; }},
    {"B7", "source 0: the operator 'a\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.sources[0]->op = "a\xff"; }},
    {"B7", "core 0: group 0: the name '..' has the part '..'",[](nrb::BinaryT &b) { b.cores[0]->groups[0]->name = ".."; }},
    {"B7", "core 0: group 0: state field 0: the name '\\x07' holds a control character",[](nrb::BinaryT &b) { b.cores[0]->groups[0]->state[0]->name = "\a"; }},
    {"B7", "core 0: group 0: state field 1 'v': another field has this name",[](nrb::BinaryT &b) { auto &list = b.cores[0]->groups[0]->state; list.push_back(std::make_unique<nrb::StateFieldT>(*list[0])); }},
    {"B7", "core 0: group 0: parameter 0: the name '\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.cores[0]->groups[0]->parameters[0]->name = "\xff"; }},
    {"B7", "core 0: program 0: the name '\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.cores[0]->programs[0]->name = "\xff"; }},
    {"B7", "core 1: rule 0: the name '\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.cores[1]->rules[0]->name = "\xff"; }},
    {"B7", "core 1: rule 0: the text 'a\\x1b' holds a control character",[](nrb::BinaryT &b) { b.cores[1]->rules[0]->text = "a\x1b"; }},
    {"B7", "the producer '\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.producer = "\xff"; }},
    {"B7", "the schema's hash '\\xff' is not UTF-8",[](nrb::BinaryT &b) { b.schema_hash = "\xff"; }},
    {"B7", "golden array 0: the name 'x/..' has the part '..'",[](nrb::BinaryT &b) { b.golden_outputs[0]->name = "x/.."; }}
};

class LoaderFault : public testing::TestWithParam<size_t> {};

TEST_P(LoaderFault, IsNamed) {
  EXPECT_HAS(broken(kFaults[GetParam()].change), kFaults[GetParam()].message);
}

INSTANTIATE_TEST_SUITE_P(Loader, LoaderFault,
                         testing::Range<size_t>(0, std::size(kFaults)),
                         [](const testing::TestParamInfo<size_t> &info) {
                           return std::string(kFaults[info.param].label) + "_" +
                                  std::to_string(info.param);
                         });

TEST(Loader, B7_TakesTheNamesOfHonestModels) {
  for (const char *name :
       {"/transformer/h.0/Add_output_0", "Identity:0", "past.key..value", "y.",
        "\xc3\xa9t\xc3\xa9", "\xf0\x9f\xa7\xa0", "a b", "..a", "..."})
    EXPECT_EQ(broken([&](nrb::BinaryT &b) {
                b.outputs[0]->name = name;
                b.cores[0]->groups[0]->name = name;
                b.sources[0]->name = name;
              }),
              "")
        << name;
  EXPECT_EQ(broken([](nrb::BinaryT &b) {
              b.cores[1]->rules[0]->text = "dw = x0*y1\n\tdt = y0";
            }),
            "");
}

TEST(Loader, M5_TakesAnyScaleThatTheTypeHolds) {
  for (double scale : {1.2e-38, 1e38, -0.5, 3.4e38})
    EXPECT_EQ(broken([&](nrb::BinaryT &b) { b.outputs[0]->scale = {scale}; }),
              "")
        << scale;
}

TEST(Loader, B4_ReportsAllProblemsOfOneKind) {
  std::string all = broken([](nrb::BinaryT &b) {
    b.cores[0]->groups[0]->program = 9;
    b.cores[0]->formats[0]->weight_bits = 9;
    b.cores[1]->rules[0]->epoch = 64;
  });
  EXPECT_HAS(all, "program 9");
  EXPECT_HAS(all, "L08");
  EXPECT_HAS(all, "L18");
}

TEST(Loader, B4_StopsAtAProblemBehindTheLastThatIsPrinted) {
  // 100 problems of core 0, then a core whose groups do not fit its neurons.
  std::string all = broken([](nrb::BinaryT &b) {
    auto &formats = b.cores[0]->formats;
    while (formats.size() < 120)
      formats.push_back(std::make_unique<nrb::SynapseFormatT>(*formats[0]));
    for (auto &format : formats)
      format->weight_bits = 9;
    b.cores[1]->groups.push_back(
        std::make_unique<nrb::GroupT>(*b.cores[1]->groups[0]));
    b.cores[1]->groups[1]->first = 0;
    b.cores[1]->groups[1]->count = 1;
  });
  EXPECT_HAS(all, "L08: core 0: format 98");
  EXPECT_HAS(all, "more problems");
}

TEST(Loader, B4_ChecksCapacities) {
  auto many = [](auto change) {
    NetBuilder net = makeNet();
    change(net);
    return loadErrors(net.bytes());
  };
  EXPECT_HAS(many([](NetBuilder &net) {
               for (int i = 0; i < 16; ++i)
                 net.program(0, {"spike time"});
             }),
             "L24: core 0: 17 programs, at most 16 fit");
  EXPECT_HAS(many([](NetBuilder &net) {
               for (int i = 0; i < 15; ++i)
                 net.format(0, nrb::SignMode::mixed, 8, -1, 0);
             }),
             "L22: core 0: 17 synapse formats");
  EXPECT_HAS(many([](NetBuilder &net) {
               for (int i = 0; i < 4095; ++i)
                 net.axon(0, 1, 0, {});
             }),
             "L06: core 0: 4097 input axons");
  EXPECT_HAS(many([](NetBuilder &net) {
               for (int i = 0; i < 4096; ++i)
                 net.connect(0, 0, 0, 0);
             }),
             "L07: core 0: 4097 output axons");
  EXPECT_HAS(many([](NetBuilder &net) {
               net.binary.cores[0]->synapse_words.resize(16385);
             }),
             "L04: core 0: 131080 synapse bytes");
  EXPECT_HAS(many([](NetBuilder &net) {
               net.group(0, "big", 8192, 0, 2, 16, {{1}},
                         {{"v", 16, true, false, {0}}});
             }),
             "L02: core 0: 8196 neurons, at most 8192 fit");
  EXPECT_HAS(many([](NetBuilder &net) {
               net.binary.cores[0]->synapse_words.resize(1000);
               net.group(0, "big", 8180, 0, 2, 16, {{1}},
                         {{"v", 16, true, false, {0}},
                          {"a", 24, true, false, {0}},
                          {"b", 24, true, false, {0}},
                          {"c", 24, true, false, {0}},
                          {"d", 24, true, false, {0}},
                          {"e", 24, true, false, {0}},
                          {"f", 24, true, false, {0}}});
             }),
             "L05: core 0:");
}

// A core that would fit if one of its parts were not counted.
TEST(Loader, Limit05_CountsTheFanout) {
  auto errors = [](int fanout) {
    NetBuilder net = makeNet();
    net.binary.cores[0]->synapse_words.resize(16384);
    net.group(0, "big", 4000, 0, 2, 16, {{1}}, {{"v", 16, true, false, {0}}});
    for (int i = 0; i < fanout; ++i)
      net.connect(0, 0, 0, 0);
    return loadErrors(net.bytes());
  };
  EXPECT_EQ(errors(2048), "");
  EXPECT_EQ(errors(4000), "");
  // 131,072 of synapses, 32,032 of state, 32,768 of fan-out, and what is small.
  NetBuilder net = makeNet();
  net.binary.cores[0]->synapse_words.resize(16384);
  net.group(0, "big", 4092, 0, 2, 16, {{1}}, {{"v", 16, true, false, {0}}});
  EXPECT_EQ(loadErrors(net.bytes()), "");
  for (int i = 0; i < 4095; ++i)
    net.connect(0, 0, 0, 0);
  EXPECT_HAS(loadErrors(net.bytes()), "L05: core 0: 1966");
}

// Plastic words are written: nobody else may read them, whoever comes first.
TEST(Loader, M7_PlasticWordsBelongToOneAxon) {
  for (bool plasticFirst : {false, true}) {
    NetBuilder net = makeNet();
    net.format(1, nrb::SignMode::mixed, 8, 0, 0);
    net.bytes();
    std::vector<nrb::AxonIn> &axons = net.binary.cores[1]->axons_in;
    nrb::AxonIn plastic = axons[0];
    nrb::AxonIn other(plastic.synapse_word(), plastic.words(), plastic.base(),
                      1, 0);
    axons = {plasticFirst ? plastic : other, plasticFirst ? other : plastic};
    EXPECT_HAS(loadErrors(net.pack()),
               "core 1: input axon 1: shares plastic synapse words with "
               "another axon");
  }
}

// Each part by hand: what the compiler counts too (MappingTest).
TEST(Loader, L05_CountsAllThatACoreHolds) {
  NetBuilder net = makeNet();
  nrb::CoreT &first = *net.binary.cores[0], &second = *net.binary.cores[1];
  target::TargetModel model;
  auto bytes = [&](size_t core) {
    std::vector<uint8_t> file = net.pack();
    EXPECT_EQ(loadErrors(file), "");
    const nrb::Binary &root = *nrb::GetBinary(file.data());
    return target::bytesOf(contentsOf(*root.cores()->Get(uint32_t(core))),
                           model);
  };
  // 2 words, 2 axons in, 1 out, 4 instructions, 4 neurons of 16 bits, 1 value.
  uint64_t base = 2 * 8 + 2 * 8 + 8 + 4 * 4 + 4 * 8 + 4;
  EXPECT_EQ(bytes(0), base);
  // A value for each neuron.
  first.groups[0]->parameters[0]->values = {1, 1, 1, 1};
  EXPECT_EQ(bytes(0), base += 3 * 4);
  // 72 bits are two words.
  for (int i = 0; i < 3; ++i) {
    auto field = std::make_unique<nrb::StateFieldT>();
    field->bits = i < 2 ? 24 : 8;
    field->init = {0};
    first.groups[0]->state.push_back(std::move(field));
  }
  EXPECT_EQ(bytes(0), base += 4 * 8);
  // 1 word, 1 axon, 3 instructions, a rule of one product, x of the axon, y of
  // the three neurons.
  base = 8 + 8 + 3 * 4 + 16 + 16 + 4 + 3 * 4;
  EXPECT_EQ(bytes(1), base);
  auto &products = second.rules[0]->terms[0]->products;
  products.push_back(std::make_unique<nrb::ProductT>(*products[0]));
  EXPECT_EQ(bytes(1), base += 16);
  // An axon of the same rule to the same neurons, then one of another rule.
  net.denseAxon(1, 0, 0, {1, 2, 3});
  EXPECT_EQ(bytes(1), base += 8 + 8 + 4);
  second.rules.push_back(std::make_unique<nrb::RuleT>(*second.rules[0]));
  EXPECT_EQ(bytes(1), base += 16 + 2 * 16);
  net.format(1, nrb::SignMode::mixed, 8, 0, 0, 1);
  net.denseAxon(1, 1, 1, {1, 2});
  EXPECT_EQ(bytes(1), base += 8 + 8 + 4 + 2 * 4);
}

// Fan-out, parameters of neurons and rules reach the limit like all else.
TEST(Loader, L05_EndsAt196608Bytes) {
  struct Case {
    const char *what;
    uint64_t each;
    std::function<void(NetBuilder &, uint32_t)> add;
  };
  const Case cases[] = {
      {"words", 8,
       [](NetBuilder &net, uint32_t count) {
         net.binary.cores[0]->synapse_words.resize(12002 + count);
       }},
      {"fan-out", 8,
       [](NetBuilder &net, uint32_t count) {
         for (uint32_t i = 0; i < count; ++i)
           net.connect(0, 0, 0, 0);
       }},
      {"parameters", 4,
       [](NetBuilder &net, uint32_t count) {
         // A value for each neuron of a group.
         net.group(0, "g", count, 1, 0, 8, {std::vector<int32_t>(count, 1)});
       }},
      {"rules", 16,
       [](NetBuilder &net, uint32_t count) {
         for (uint32_t i = 0; i < count; ++i) {
           auto &rules = net.binary.cores[0]->rules;
           rules.push_back(std::make_unique<nrb::RuleT>());
           rules.back()->epoch = 1;
           rules.back()->terms.push_back(std::make_unique<nrb::RuleTermT>());
           rules.back()->terms[0]->products.push_back(
               std::make_unique<nrb::ProductT>());
         }
       }},
  };
  for (const Case &test : cases) {
    NetBuilder net = makeNet();
    net.program(0, {"spike p0"});
    // Filled up with words and parameters to 8 units below the limit.
    uint64_t unit = std::string(test.what) == "rules" ? 32 : test.each;
    uint64_t rest = 196608 - 96 - 8 * unit - 8 * 12000;
    net.binary.cores[0]->synapse_words.resize(2 + 12000);
    uint32_t neurons = uint32_t((rest - 1) / 128);
    net.group(0, "fill", neurons, 1, 0, 8,
              std::vector<std::vector<int32_t>>(
                  32, std::vector<int32_t>(neurons, 1)));
    net.group(
        0, "rest", 1, 1, 0, 8,
        std::vector<std::vector<int32_t>>((rest - 128 * neurons) / 4, {1}));
    for (uint32_t extra : {8u, 9u}) {
      NetBuilder full = net;
      test.add(full, extra);
      std::string errors = loadErrors(full.bytes());
      if (extra == 8)
        EXPECT_EQ(errors.find("L05"), std::string::npos) << test.what << errors;
      else
        EXPECT_HAS(errors, "L05: core 0: " + std::to_string(196608 + unit) +
                               " bytes in all, at most 196608 fit");
    }
  }
}

} // namespace
