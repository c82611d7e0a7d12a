// RUN: not neuro-opt %s --neuro-to-loihi --split-input-file 2>&1 | FileCheck %s

// State is charged in words of 8 bytes, begun ones too: 5,000 axons are too
// many for any core, so that the error tells what one needs.

// CHECK: note: core 0: 3 neurons, 40000 synapse bytes, 80028 bytes in all
neuro.network @bits8 attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"s0", bits = 8, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK: note: core 0: 3 neurons, 40000 synapse bytes, 80028 bytes in all
neuro.network @bits64 attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"s0", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s1", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s2", bits = 16, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK: note: core 0: 3 neurons, 40000 synapse bytes, 80052 bytes in all
neuro.network @bits72 attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"s0", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s1", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s2", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK: note: core 0: 3 neurons, 40000 synapse bytes, 80028 bytes in all
neuro.network @bits64 attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"s0", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s1", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s2", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s3", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s4", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s5", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s6", bits = 8, signed = true, saturate = false, init = [0]>, #neuro.field<"s7", bits = 8, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}

// -----

// CHECK: note: core 0: 3 neurons, 40000 synapse bytes, 80076 bytes in all
neuro.network @bits192 attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<3>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"s0", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s1", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s2", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s3", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s4", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s5", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s6", bits = 24, signed = true, saturate = false, init = [0]>, #neuro.field<"s7", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "y" %y {shape = array<i64: 1, 6, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<3, 16>
}
