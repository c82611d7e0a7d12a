// RUN: neuro-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: neuro.network @ports
// CHECK: %tick = neuro.input "tick" kind = <tick>
// CHECK: %x = neuro.input "x" kind = <graded>
// CHECK: neuro.output "y" %x
neuro.network @ports attributes {max_tokens = 6 : i64} {
  %tick = neuro.input "tick" kind = <tick> {shape = array<i64>, time_axis = -1 : i64} : !neuro.spikes<1, 8>
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = 0.5 : f64, limit = 127 : i64} : !neuro.spikes<4, 8>
  %ids = neuro.input "ids" kind = <one_hot> {shape = array<i64: 1, 6>, time_axis = 1 : i64} : !neuro.spikes<21, 0>
  neuro.output "y" %x {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<4, 8>
}

// CHECK-LABEL: neuro.network @projections
// CHECK: neuro.project %x weights(dense<1> : tensor<2x4xi8>)
// CHECK: neuro.project %x weights(#neuro.one_to_one<-3>) {arrive = 1 : i64}
// CHECK: neuro.project %x weights(#neuro.blocks<2, -64>)
// CHECK: #neuro.conv2d<kernel = dense<1> : tensor<2x1x2x2xi8>, input = [1, 2, 2], output = [2, 1, 1], strides = [1, 1], pads = [0, 0, 0, 0]>
// CHECK: neuro.sum
neuro.network @projections {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<4, 8>
  %a = neuro.project %x weights(dense<1> : tensor<2x4xi8>) : !neuro.spikes<4, 8> -> !neuro.current<2>
  %b = neuro.project %x weights(#neuro.one_to_one<-3>) {arrive = 1 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
  %c = neuro.project %x weights(#neuro.blocks<2, -64>) : !neuro.spikes<4, 8> -> !neuro.current<2>
  %d = neuro.project %x weights(#neuro.conv2d<kernel = dense<1> : tensor<2x1x2x2xi8>, input = [1, 2, 2], output = [2, 1, 1], strides = [1, 1], pads = [0, 0, 0, 0]>) : !neuro.spikes<4, 8> -> !neuro.current<2>
  %s = neuro.sum %a, %c, %d : !neuro.current<2>
}

// CHECK-LABEL: neuro.rule @learn {
// CHECK-NEXT: neuro.trace x1 {mode = #neuro.graded<overwrite>}
// CHECK-NEXT: neuro.factor y0
// CHECK-NEXT: neuro.update w "-w*y0 + 2*x1*y0"
neuro.rule @learn {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y0
  neuro.update w "-w*y0 + 2*x1*y0"
}
neuro.rule @learn2 {
  neuro.factor y3
  neuro.update w "2*x0*y3"
}

// CHECK-LABEL: neuro.rule @tagged attributes {epoch = 4 : i64, rounding = #neuro.learning_rounding<stochastic>}
// CHECK-NEXT: neuro.trace x1 {impulse = 1.650000e+01 : f64, tau = 10 : i64}
neuro.rule @tagged attributes {epoch = 4 : i64, rounding = #neuro.learning_rounding<stochastic>} {
  neuro.trace x1 {impulse = 16.5 : f64, tau = 10 : i64}
  neuro.trace x2 {impulse = 1.0 : f64}
  neuro.trace y1 {impulse = 16.0 : f64, tau = 0 : i64}
  neuro.update w "2^-2*t*y0*y1 + 2*u3*x2"
  neuro.update t "x1*y0 - 2^-3*u3*t"
  neuro.update d "x0*y0"
}

// The plastic synapses take the factors of the population that they feed.
// CHECK-LABEL: neuro.network @plastic
// CHECK: neuro.plastic %x, %slots_factors rule(@learn) {blocks = 2 : i64}
// CHECK: %slots, %slots_factors = neuro.population "slots"(%{{.*}}, %{{.*}}) attributes {holds = #neuro.holds<value = 3, emit = 1, channels = 2>}
// CHECK: neuro.export y0, %d1
neuro.network @plastic {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<4, 8>
  %w = neuro.project %x weights(dense<1> : tensor<6x4xi8>) : !neuro.spikes<4, 8> -> !neuro.current<6>
  %s = neuro.plastic %x, %f rule(@learn) {blocks = 2 : i64} : !neuro.spikes<4, 8>, !neuro.factors<6> -> !neuro.current<6>
  %y, %f = neuro.population "slots" (%s, %w) attributes {holds = #neuro.holds<value = 3, emit = 1, channels = 2>} {
  ^bb0(%d0: i32, %d1: i32):
    neuro.export y0, %d1
    neuro.fire %d0
  } : (!neuro.current<6>, !neuro.current<6>) -> !neuro.spikes<6, 24>, !neuro.factors<6>
}

// Every operation of a neuron model.
// CHECK-LABEL: neuro.network @model
neuro.network @model {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  %l = neuro.plastic %x, %f rule(@learn2) : !neuro.spikes<2, 8>, !neuro.factors<2> -> !neuro.current<2>
  %cl = neuro.sum %c, %l : !neuro.current<2>
  // CHECK: state = [#neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]
  %y, %f = neuro.population "all" (%cl) attributes {state = [#neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    // CHECK: neuro.const -5
    %k = neuro.const -5
    // CHECK: neuro.param "b" = dense<[1, 2]> : tensor<2xi32>
    %b = neuro.param "b" = dense<[1, 2]> : tensor<2xi32>
    // CHECK: neuro.read "v"
    %v = neuro.read "v"
    %0 = neuro.add %v, %d0
    %1 = neuro.sub %0, %b
    %2 = neuro.neg %1
    // CHECK: neuro.min %{{.*}}, %{{.*}} {count}
    %3 = neuro.min %2, %k {count}
    %4 = neuro.max %3, %b
    %5 = neuro.and %4, %b
    %6 = neuro.or %5, %k
    // CHECK: neuro.shl %{{.*}} by 6
    %7 = neuro.shl %6 by 6
    %8 = neuro.shift %7, %b
    // CHECK: neuro.mulshr fl %{{.*}}, %{{.*}} by 12
    %9 = neuro.mulshr fl %8, %k by 12
    // CHECK: neuro.cmp lt
    %10 = neuro.cmp lt %9, %k
    %11 = neuro.select %10, %9, %8
    // CHECK: neuro.time
    %12 = neuro.time
    // CHECK: neuro.id
    %13 = neuro.id
    // CHECK: neuro.random
    %14 = neuro.random
    // CHECK: neuro.probe %
    neuro.probe %14
    // CHECK: neuro.write "v", %
    neuro.write "v", %11
    // CHECK: neuro.export y3, %
    neuro.export y3, %11
    // CHECK: neuro.fire %{{.*}} unless %
    neuro.fire %11 unless %10
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
}
