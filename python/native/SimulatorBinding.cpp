//===- SimulatorBinding.cpp - the simulator in Python ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

namespace py = pybind11;

namespace {
struct DestroySimulator {
  void operator()(NeuroSimulator *object) const {
    neuroSimulatorDestroy(object);
  }
};
struct DestroyRun {
  void operator()(NeuroRun *object) const { neuroRunDestroy(object); }
};

/// A loaded binary, or why it is none.
class Simulator {
public:
  Simulator(const py::bytes &data, const std::string &name) {
    std::string_view view = data;
    simulator.reset(
        neuroSimulatorLoadBytes(view.data(), view.size(), name.c_str()));
  }

  std::string errors() const {
    return neuroSimulatorGetErrors(simulator.get());
  }
  std::string describe() const {
    return neuroSimulatorGetJson(simulator.get());
  }
  py::tuple run(const py::dict &inputs, bool learning, bool reference,
                uint32_t threads, uint32_t tokens,
                const std::vector<std::string> &probes,
                py::object progress) const;

private:
  std::unique_ptr<NeuroSimulator, DestroySimulator> simulator;
};
} // namespace

py::tuple Simulator::run(const py::dict &inputs, bool learning, bool reference,
                         uint32_t threads, uint32_t tokens,
                         const std::vector<std::string> &probes,
                         py::object progress) const {
  InputArrays arrays(inputs);
  Callback callback(std::move(progress));
  std::vector<const char *> probeNames;
  for (const std::string &probe : probes)
    probeNames.push_back(probe.c_str());
  NeuroRunOptions options = {};
  options.reference = reference;
  options.no_learning = !learning;
  options.threads = threads;
  options.tokens = tokens;
  options.probes = probeNames.data();
  options.num_probes = probeNames.size();
  options.progress = [](uint64_t done, uint64_t total, void *user) {
    static_cast<Callback *>(user)->call(done, total);
  };
  options.user = &callback;
  std::unique_ptr<NeuroRun, DestroyRun> result;
  {
    py::gil_scoped_release unlocked;
    result.reset(neuroSimulatorRun(simulator.get(), arrays.data(),
                                   arrays.size(), &options));
  }
  callback.rethrow();
  NeuroRun *run = result.get();
  py::dict outputs, recorded;
  for (size_t i = 0; i < neuroRunGetNumOutputs(run); ++i) {
    NeuroArray array = neuroRunGetOutput(run, i);
    outputs[array.name] = toNumpy(array);
  }
  for (size_t i = 0; i < neuroRunGetNumProbes(run); ++i) {
    NeuroArray array = neuroRunGetProbe(run, i);
    recorded[array.name] = toNumpy(array);
  }
  return py::make_tuple(std::string(neuroRunGetErrors(run)), outputs, recorded,
                        std::string(neuroRunGetStatsJson(run)));
}

void bindSimulator(py::module_ &module) {
  py::class_<Simulator>(module, "Simulator")
      .def(py::init<const py::bytes &, const std::string &>(), py::arg("data"),
           py::arg("name"))
      .def("errors", &Simulator::errors)
      .def("describe", &Simulator::describe)
      .def("run", &Simulator::run, py::arg("inputs"), py::arg("learning"),
           py::arg("reference"), py::arg("threads"), py::arg("tokens"),
           py::arg("probes"), py::arg("progress"));
}
