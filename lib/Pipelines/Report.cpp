//===- Report.cpp - one HTML page about a compiled model ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/Report.h"

#include "neuro/Target/TargetModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>

using namespace neuro;
using llvm::StringRef;

static const char *const kStyle = R"css(
:root{--ink:#1d2433;--soft:#5d6880;--line:#dfe4ee;--card:#fff;--page:#f5f7fb;--accent:#3557d6;--good:#1f9d6b;--warn:#d67c1c;--bad:#c8374a}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
header{margin:8px 0 22px}
h1{font-size:27px;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:19px;margin:0 0 10px}
h3{font-size:15px;margin:16px 0 6px}
p{margin:6px 0 12px}
.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:0 0 18px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:12px;margin:0 0 18px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.tile b{display:block;font-size:21px;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--soft);font-weight:600;border-bottom:1px solid var(--line);padding:5px 8px;white-space:nowrap}
td{border-bottom:1px solid #eef1f6;padding:5px 8px;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:#eef1f8;border-radius:4px;padding:1px 5px}
.bar{display:inline-block;height:9px;border-radius:3px;background:var(--accent);vertical-align:middle}
.warn{border-left:4px solid var(--warn);background:#fff8ee;padding:9px 14px;border-radius:6px;margin:10px 0}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:20px}
details summary{cursor:pointer;color:var(--accent);margin:8px 0}
img,svg{max-width:100%;height:auto}
figure{margin:0 0 14px}
figcaption{color:var(--soft);font-size:13px}
)css";

/// Text inside an HTML element or attribute.
static std::string escape(StringRef text) {
  std::string out;
  for (char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

/// 1234567 -> 1 234 567, with a narrow space that does not break.
static std::string count(double value) {
  std::string digits =
      llvm::formatv("{0}", static_cast<int64_t>(std::llround(value))).str();
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-')
      out += "\xE2\x80\xAF";
    out += digits[i];
  }
  return out;
}

static std::string fixed(double value, int digits) {
  std::string out;
  llvm::raw_string_ostream(out) << llvm::format("%.*f", digits, value);
  return out;
}

/// A value with an SI prefix: 3 significant digits.
static std::string scaled(double value, StringRef unit) {
  static const std::pair<double, const char *> prefixes[] = {
      {1e9, "G"},  {1e6, "M"},  {1e3, "k"},  {1, ""},
      {1e-3, "m"}, {1e-6, "µ"}, {1e-9, "n"}, {1e-12, "p"}};
  for (const auto &[factor, prefix] : prefixes)
    if (std::abs(value) >= factor) {
      double v = value / factor;
      return fixed(v, v >= 100  ? 0
                      : v >= 10 ? 1
                                : 2) +
             " " + prefix + unit.str();
    }
  return "0 " + unit.str();
}

/// White to blue, with orange above 90 % and red above 100 %.
static std::string heat(double share) {
  if (share > 1)
    return "#c8374a";
  if (share > 0.9)
    return "#e08a2e";
  double t = std::sqrt(std::clamp(share, 0.0, 1.0));
  auto mix = [&](int a, int b) {
    return static_cast<int>(std::lround(a + (b - a) * t));
  };
  return llvm::formatv("rgb({0},{1},{2})", mix(236, 38), mix(240, 70),
                       mix(248, 196))
      .str();
}

double neuro::boardWatts(uint32_t chips) {
  const BoardPower &small = kBoards[0], &large = kBoards[1];
  if (chips <= small.chips)
    return small.watts;
  return large.watts * std::ceil(double(chips) / large.chips);
}

CostEstimate neuro::estimateCost(const CostProfile &p, uint32_t chips,
                                 const RunCounts &run, double runNs) {
  CostEstimate out;
  if (run.tokens <= 0 || run.steps <= 0)
    return out;
  out.timeNs = runNs / run.tokens;
  // 1 mW over 1 ns is 1 pJ.
  out.boardPj = 1000 * boardWatts(chips) * out.timeNs;
  if (p.staticMwPerChip >= 0)
    out.staticPj = p.staticMwPerChip * chips * out.timeNs;
  if (p.synapsePj >= 0) {
    double idle = std::max(0.0, run.neuronUpdates - run.activeNeuronUpdates);
    out.energyPj =
        (run.synapticOperations * p.synapsePj +
         run.activeNeuronUpdates * p.activeNeuronPj + idle * p.idleNeuronPj +
         run.spikes * p.spikePj + run.learningUpdates * p.learningPj) /
        run.tokens;
  }
  return out;
}

namespace {

class Page {
public:
  explicit Page(const ReportData &data)
      : data(data), binary(data.binary), os(out) {
    target::TargetModel::byName(binary.target, model);
  }

  std::string make();

private:
  void tile(const std::string &value, StringRef label) {
    os << "<div class=tile><b>" << value << "</b><span>" << label
       << "</span></div>\n";
  }
  void head();
  void phases();
  void occupancy();
  void mesh(uint32_t chip, StringRef title,
            llvm::function_ref<double(const CoreSummary &)> share,
            llvm::function_ref<std::string(const CoreSummary &)> what);
  void layers();
  void quantisation();
  void rules();
  void ports();
  void timing();
  void estimates(const Activity &activity);

  const ReportData &data;
  const BinarySummary &binary;
  target::TargetModel model;
  std::string out;
  llvm::raw_string_ostream os;
};

} // namespace

void Page::head() {
  std::string name = escape(llvm::sys::path::filename(data.model));
  os << "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport "
        "content=\"width=device-width,initial-scale=1\">\n<title>"
     << name << " on " << escape(binary.target) << "</title>\n<style>" << kStyle
     << "</style></head>\n<body><main>\n";
  os << "<header><h1>" << name << "</h1><div class=soft>compiled for <code>"
     << escape(binary.target) << "</code> by " << escape(binary.producer)
     << " &middot; binary format " << escape(binary.version)
     << (data.calibration.empty() ? ""
                                  : " &middot; calibrated on <code>" +
                                        escape(data.calibration) + "</code>")
     << "</div>"
     << "<div class=warn>The chip is simulated. The machine and the file "
        "format are modelled on public facts about Loihi 2; "
        "no file written here loads on Intel silicon.</div></header>\n<div "
        "class=tiles>\n";
  uint64_t capacity =
      uint64_t(binary.coresPerChip) * std::max(binary.chips, 1u);
  tile(count(binary.cores.size()) +
           (model.isUnbounded()
                ? ""
                : " <small class=soft>of " + count(capacity) + "</small>"),
       "cores used");
  tile(count(binary.neurons), "neurons");
  tile(count(binary.synapses), "synapses");
  tile(count(binary.plasticSynapses), "of them plastic");
  tile(count(binary.period), "steps between tokens");
  tile(count(binary.latency), "steps of latency");
  tile(scaled(binary.bytes, "B"), "binary");
  os << "</div>\n" << kReportFirstMark << "\n";
}

void Page::phases() {
  if (data.phases.empty())
    return;
  double worst = 0, sum = 0;
  for (const PhaseRecord &phase : data.phases) {
    worst = std::max(worst, phase.seconds);
    sum += phase.seconds;
  }
  os << "<section id=phases><h2>Compilation</h2><div "
        "class=scroll><table><tr><th>phase</th><th class=n>seconds</th><th "
        "style=\"width:40%\"></th>"
        "<th>result</th></tr>\n";
  for (const PhaseRecord &phase : data.phases)
    os << "<tr><td>" << escape(phase.name) << "</td><td class=n>"
       << fixed(phase.seconds, 2) << "</td><td><span class=bar style=\"width:"
       << fixed(worst > 0 ? 100 * phase.seconds / worst : 0, 1)
       << "%\"></span></td><td>" << escape(phase.note) << "</td></tr>\n";
  os << "<tr><td><b>all</b></td><td class=n><b>" << fixed(sum, 2)
     << "</b></td><td></td><td></td></tr></table></div></section>\n";
}

void Page::mesh(uint32_t chip, StringRef title,
                llvm::function_ref<double(const CoreSummary &)> share,
                llvm::function_ref<std::string(const CoreSummary &)> what) {
  const int cell = 26, gap = 3;
  unsigned columns = std::max(binary.meshColumns, 1u),
           rows = std::max(binary.meshRows, 1u);
  for (const CoreSummary &core : binary.cores) {
    columns = std::max(columns, core.x + 1);
    rows = std::max(rows, core.y + 1);
  }
  int width = columns * (cell + gap), height = rows * (cell + gap);
  os << "<figure><figcaption>" << title << "</figcaption><svg viewBox=\"0 0 "
     << width << " " << height << "\" width=" << width << " role=img>\n";
  for (unsigned y = 0; y < rows; ++y)
    for (unsigned x = 0; x < columns; ++x)
      os << "<rect x=" << x * (cell + gap) << " y=" << y * (cell + gap)
         << " width=" << cell << " height=" << cell
         << " rx=4 fill=\"#fff\" stroke=\"#dfe4ee\"/>";
  os << "\n";
  for (const CoreSummary &core : binary.cores) {
    if (core.chip != chip)
      continue;
    double part = share(core);
    int x = core.x * (cell + gap), y = core.y * (cell + gap);
    os << "<g><title>chip " << core.chip << ", core (" << core.x << ", "
       << core.y << "): " << escape(what(core));
    for (const std::string &source : core.sources)
      os << "&#10;" << escape(source);
    os << "</title><rect x=" << x << " y=" << y << " width=" << cell
       << " height=" << cell << " rx=4 fill=\"" << heat(part)
       << "\"/><text x=" << x + cell / 2 << " y=" << y + cell / 2 + 4
       << " font-size=10 text-anchor=middle fill=\""
       << (part > 0.3 ? "#fff" : "#1d2433") << "\">"
       << llvm::format("%.0f", 100 * part) << "</text></g>\n";
  }
  os << "</svg></figure>\n";
}

void Page::occupancy() {
  os << "<section id=occupancy><h2>Where it lives</h2>\n<p class=soft>Percent "
        "of each core's capacity; hover a core for its layers. Empty "
        "squares are free.</p>\n";
  for (uint32_t chip = 0; chip < std::max(binary.chips, 1u); ++chip) {
    if (binary.chips > 1)
      os << "<h3>chip " << chip << "</h3>\n";
    os << "<div class=grid2>\n";
    mesh(
        chip,
        "synapse memory (L04: " + scaled(model.synapseBytesPerCore, "B") +
            " a core)",
        [&](const CoreSummary &c) {
          return double(c.synapseBytes) / model.synapseBytesPerCore;
        },
        [&](const CoreSummary &c) {
          return count(c.synapseBytes) + " bytes of synapses";
        });
    mesh(
        chip, "neurons (L02: " + count(model.neuronsPerCore) + " a core)",
        [&](const CoreSummary &c) {
          return double(c.neurons) / model.neuronsPerCore;
        },
        [&](const CoreSummary &c) { return count(c.neurons) + " neurons"; });
    mesh(
        chip,
        "all memory (L05: " + scaled(model.totalBytesPerCore, "B") + " a core)",
        [&](const CoreSummary &c) {
          return double(c.totalBytes) / model.totalBytesPerCore;
        },
        [&](const CoreSummary &c) {
          return count(c.totalBytes) + " bytes in all";
        });
    mesh(
        chip,
        "input axons (L06: " + count(model.inputAxonsPerCore) + " a core)",
        [&](const CoreSummary &c) {
          return double(c.axonsIn) / model.inputAxonsPerCore;
        },
        [&](const CoreSummary &c) {
          return count(c.axonsIn) + " input axons";
        });
    os << "</div>\n";
  }
  os << "<details><summary>every core</summary><div "
        "class=scroll><table><tr><th>chip</th><th>core</th><th "
        "class=n>neurons</th><th "
        "class=n>synapses</th><th class=n>plastic</th><th class=n>synapse "
        "bytes</th><th class=n>all bytes</th><th class=n>axons in</th><th "
        "class=n>axons out</th><th "
        "class=n>instructions</th><th>layers</th></tr>\n";
  for (const CoreSummary &c : binary.cores) {
    os << "<tr><td>" << c.chip << "</td><td>" << c.x << ", " << c.y << "</td>";
    for (uint64_t n : {c.neurons, c.synapses, c.plasticSynapses, c.synapseBytes,
                       c.totalBytes, c.axonsIn, c.axonsOut, c.instructions})
      os << "<td class=n>" << count(n) << "</td>";
    os << "<td>";
    llvm::interleave(
        c.sources, os, [&](const std::string &s) { os << escape(s); }, ", ");
    os << "</td></tr>\n";
  }
  os << "</table></div></details></section>\n";
}

void Page::layers() {
  bool hasOp = llvm::any_of(
      binary.sources, [](const SourceSummary &s) { return !s.op.empty(); });
  os << "<section id=layers><h2>Layers</h2><div "
        "class=scroll><table><tr><th>source node</th>"
     << (hasOp ? "<th>operator</th>" : "")
     << "<th class=n>neurons</th><th class=n>synapses</th><th "
        "class=n>plastic</th><th class=n>cores</th></tr>\n";
  for (const SourceSummary &s : binary.sources) {
    if (!s.neurons && !s.synapses)
      continue;
    os << "<tr><td>" << escape(s.name) << "</td>";
    if (hasOp)
      os << "<td>" << escape(s.op) << "</td>";
    for (uint64_t n : {s.neurons, s.synapses, s.plasticSynapses, s.cores})
      os << "<td class=n>" << count(n) << "</td>";
    os << "</tr>\n";
  }
  os << "</table></div></section>\n";
}

/// A member that may be missing or null: then not a number.
static double number(const llvm::json::Object &object, StringRef key) {
  return object.getNumber(key).value_or(NAN);
}

void Page::quantisation() {
  if (data.quantJson.empty())
    return;
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(data.quantJson);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return;
  }
  const llvm::json::Object *object = parsed->getAsObject();
  const llvm::json::Array *rows =
      object ? object->getArray("layers") : parsed->getAsArray();
  if (!rows)
    return;
  const llvm::json::Object *equality =
      object ? object->getObject("chip_equality") : nullptr;
  os << "<section id=quantisation><h2>Quantisation error by layer</h2><p "
        "class=soft>Signal to quantisation noise of each result, "
     << (equality ? "the chip" : "the quantised model")
     << " against floating point on the calibration inputs. 20 dB is an error "
        "of a tenth. ";
  if (equality)
    os << "The chip is the quantised model: on "
       << count(uint64_t(number(*equality, "tokens"))) << " tokens of "
       << count(uint64_t(number(*equality, "sequences")))
       << (number(*equality, "sequences") == 1 ? " sequence" : " sequences")
       << " the simulated chip gave all "
       << count(uint64_t(number(*equality, "values"))) << " values of "
       << count(uint64_t(number(*equality, "layers")))
       << " layers that it holds, bit by bit.";
  else
    os << "The chip was not compared with the quantised model "
          "(<code>--verify=off</code>).";
  os << "</p><div class=scroll><table><tr><th>layer</th>"
        "<th>operation</th><th class=n>bits</th><th class=n>SQNR, dB</th><th "
        "style=\"width:26%\"></th><th class=n>largest error</th><th "
        "class=n>relative error</th><th class=n>limited</th></tr>\n";
  for (const llvm::json::Value &value : *rows) {
    const llvm::json::Object *row = value.getAsObject();
    if (!row)
      continue;
    double sqnr = number(*row, "sqnr_db"), bits = number(*row, "bits");
    double limited = 100 * number(*row, "limited_fraction");
    double error = number(*row, "max_error");
    double relative = number(*row, "relative_error");
    bool exact = error == 0;
    auto cell = [&](double v, const std::string &shown) {
      os << "<td class=n>" << (std::isnan(v) ? "&ndash;" : shown) << "</td>";
    };
    os << "<tr><td>" << escape(row->getString("layer").value_or(""))
       << "</td><td>" << escape(row->getString("op").value_or("")) << "</td>";
    cell(bits, fixed(bits, 0));
    cell(exact ? 0 : sqnr, exact ? "exact" : fixed(sqnr, 1));
    const char *colour = sqnr < 20 ? "--bad" : sqnr < 30 ? "--warn" : "--good";
    os << "<td>";
    if (!std::isnan(sqnr))
      os << "<span class=bar style=\"background:var(" << colour
         << ");width:" << fixed(std::clamp(sqnr, 0.0, 80.0) / 0.8, 1)
         << "%\"></span>";
    os << "</td>";
    cell(error, fixed(error, 4));
    cell(relative, fixed(relative, 4));
    cell(limited, fixed(limited, 3) + " %");
    os << "</tr>\n";
  }
  os << "</table></div></section>\n";
}

void Page::rules() {
  if (binary.rules.empty())
    return;
  os << "<section id=rules><h2>Learning rules</h2><p class=soft>Only these "
        "write the plastic synapses. The encoded form holds the chip's powers "
        "of "
        "two; x1 is half the payload of a graded spike, y0 the "
        "back-propagating spike, y1 to y3 the third factors of the post "
        "neuron.</p>"
        "<div class=scroll><table><tr><th>rule</th><th>encoded</th><th "
        "class=n>synapses</th><th class=n>cores</th></tr>\n";
  for (const RuleSummary &rule : binary.rules)
    os << "<tr><td><code>" << escape(rule.text.empty() ? rule.name : rule.text)
       << "</code></td><td><code>" << escape(rule.encoded)
       << "</code></td><td class=n>" << count(rule.synapses)
       << "</td><td class=n>" << count(rule.cores) << "</td></tr>\n";
  os << "</table></div></section>\n";
}

void Page::ports() {
  os << "<section id=ports><h2>Ports</h2><div "
        "class=scroll><table><tr><th>name</th><th>kind</th><th>array</th><th "
        "class=n>neurons</th><th "
        "class=n>scale</th><th class=n>limit</th><th class=n>step in "
        "token</th></tr>\n";
  for (const auto *ports : {&binary.inputs, &binary.outputs})
    for (const PortSummary &port : *ports) {
      os << "<tr><td>" << escape(port.name) << "</td><td>" << escape(port.kind)
         << "</td><td>";
      if (port.kind != "tick") {
        os << escape(port.type) << " [";
        for (size_t i = 0; i < port.shape.size(); ++i)
          os << (i ? ", " : "") << port.shape[i];
        os << "]";
        if (port.timeAxis >= 0)
          os << ", axis " << port.timeAxis << " is time";
        else if (port.kind == "output")
          os << ", last token only";
      }
      os << "</td><td class=n>" << count(port.neurons) << "</td><td class=n>"
         << llvm::format("%.4g", port.scale) << "</td><td class=n>"
         << (port.kind == "output" ? "&ndash;" : count(port.limit))
         << "</td><td class=n>" << port.offset << "</td></tr>\n";
    }
  os << "</table></div></section>\n";
}

void Page::timing() {
  os << "<section id=timing><h2>Time and energy</h2><p>"
     << (binary.fallThrough
             ? "Fall-through: the next token starts when the last has left"
             : "Pipelined: a new token every period")
     << "; period " << binary.period << " steps, latency " << binary.latency
     << " steps, "
     << (binary.maxTokens ? "at most " + count(binary.maxTokens) + " tokens"
                          : std::string("any number of tokens"))
     << ".</p>\n";
  if (data.activity && data.activity->tokens > 0) {
    const Activity &a = *data.activity;
    os << "<div class=scroll><table><tr><th>per token (" << escape(a.what)
       << ")</th><th class=n>count</th></tr>\n";
    const std::pair<const char *, double> lines[] = {
        {"steps", a.steps},
        {"spikes", a.spikes},
        {"synaptic operations", a.synapticOperations},
        {"neuron updates", a.neuronUpdates},
        {"of them not provably idle", a.activeNeuronUpdates},
        {"learning updates", a.learningUpdates},
        {"wrapped or limited values", a.overflows}};
    for (const auto &[name, value] : lines)
      os << "<tr><td>" << name << "</td><td class=n>"
         << (value / a.tokens < 100 ? fixed(value / a.tokens, 1)
                                    : count(value / a.tokens))
         << "</td></tr>\n";
    os << "</table></div>\n";
    estimates(a);
  }
  os << "</section>\n";
}

void Page::estimates(const Activity &a) {
  uint32_t chips = std::max(binary.chips, 1u);
  os << "<h3>Estimates: " << kCostDisclaimer
     << "</h3><div class=scroll><table><tr><th>profile (table version "
     << kCostTableVersion
     << ")</th><th>tokens</th><th class=n>time per token</th><th "
        "class=n>tokens per second</th><th class=n>dynamic energy per "
        "token</th><th class=n>static, chips</th><th class=n>static, "
        "boards</th></tr>\n";
  auto row = [&](size_t i, const char *mode, const RunCounts &run) {
    CostEstimate cost =
        estimateCost(kCostProfiles[i], chips, run, run.timeNs[i]);
    auto energy = [](double pj) {
      return pj < 0 ? std::string("not published") : scaled(pj * 1e-12, "J");
    };
    os << "<tr><td>" << kCostProfiles[i].name << "</td><td>" << mode
       << "</td><td class=n>" << scaled(cost.timeNs * 1e-9, "s")
       << "</td><td class=n>"
       << (cost.timeNs > 0 ? count(1e9 / cost.timeNs) : std::string("&ndash;"))
       << "</td><td class=n>" << energy(cost.energyPj) << "</td><td class=n>"
       << energy(cost.staticPj) << "</td><td class=n>" << energy(cost.boardPj)
       << "</td></tr>\n";
  };
  bool alone = binary.period > binary.latency;
  for (size_t i = 0; i < kNumCostProfiles; ++i) {
    row(i, alone ? "one at a time" : "pipelined", a);
    if (a.alone)
      row(i, "one at a time", *a.alone);
  }
  os << "</table></div>\n<ul class=soft>";
  for (const CostProfile &profile : kCostProfiles)
    os << "<li><b>" << profile.name << "</b>: " << escape(profile.source)
       << "</li>\n";
  for (const BoardPower &board : kBoards)
    os << "<li>" << escape(board.source) << "</li>\n";
  os << "</ul><p class=soft>Counts are measured in simulation, times and "
        "energies are modelled from the cited figures. Time: in every step "
        "that of the core with the most to do (its synaptic operations, "
        "instructions of neurons that are not provably idle, idle neurons, "
        "spikes and learning updates) and a barrier, summed over the steps. "
        "An active update is charged by the length of its program, "
     << kProfileInstructions
     << " instructions being the published one. Pipelined: tokens follow "
        "each other every "
     << binary.period
     << " steps, and the time is that of throughput. One at a time: each token "
        "waits until the one before has left, and the time is that from input "
        "to output. Static energy is that of the chips alone by the profile, "
        "and that of whole boards ("
     << fixed(boardWatts(chips), 2)
     << " W here), in the same time. Mesh hops and host traffic are left "
        "out.";
  if (!alone && !a.alone)
    os << " One at a time cannot be estimated from this file, for a loop of "
          "the network needs its period; compile it with --fall-through.";
  os << "</p>\n";
}

std::string Page::make() {
  head();
  occupancy();
  layers();
  rules();
  quantisation();
  ports();
  timing();
  phases();
  os << kReportInsertMark << "\n</main></body></html>\n";
  return out;
}

std::string neuro::makeReport(const ReportData &data) {
  return Page(data).make();
}
