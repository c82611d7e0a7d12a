// The delta rule of DeltaNet
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   e = v - S k;  S <- S + 2^-6 e k^T;  o = S q
//
// A memory that corrects itself: a token writes only what the matrix does not give back for its key already. The synapses are the matrix S. A token's key
// and query travel over them one after the other, at offsets 0 and 1. With the key comes the value, on another dendrite; the neuron compares the two
// and exports the difference, positive and negative part apart, which the rule multiplies with the key. With the query the neuron fires.
neuro.rule @correct {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y1
  neuro.factor y2
  neuro.update w "2^-5*x0*x1*y1 - 2^-5*x0*x1*y2"
}
neuro.network @delta {
  %k = neuro.input "k" kind = <graded> {shape = array<i64: 1, 1000, 5>, time_axis = 1 : i64, limit = 60 : i64} : !neuro.spikes<5, 8>
  %q = neuro.input "q" kind = <graded> {shape = array<i64: 1, 1000, 5>, time_axis = 1 : i64, limit = 120 : i64} : !neuro.spikes<5, 8>
  %v = neuro.input "v" kind = <graded> {shape = array<i64: 1, 1000, 3>, time_axis = 1 : i64, limit = 100 : i64} : !neuro.spikes<3, 8>
  %tick = neuro.input "tick" kind = <tick> {shape = array<i64>, time_axis = -1 : i64} : !neuro.spikes<1, 8>
  // x1 is half of the payload, so that keys are sent doubled.
  %key = neuro.project %k weights(#neuro.one_to_one<2>) : !neuro.spikes<5, 8> -> !neuro.current<5>
  %query = neuro.project %q weights(#neuro.one_to_one<1>) {arrive = 1 : i64} : !neuro.spikes<5, 8> -> !neuro.current<5>
  %both = neuro.sum %key, %query : !neuro.current<5>
  %features, %unused = neuro.population "features" (%both) {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    %silent = neuro.cmp eq %d0, %zero
    neuro.fire %d0 unless %silent
  } : (!neuro.current<5>) -> !neuro.spikes<5, 16>, !neuro.factors<5>
  %recall = neuro.plastic %features, %factors rule(@correct) : !neuro.spikes<5, 16>, !neuro.factors<3> -> !neuro.current<3>
  %value = neuro.project %v weights(#neuro.one_to_one<1>) : !neuro.spikes<3, 8> -> !neuro.current<3>
  %write = neuro.project %tick weights(#neuro.blocks<1, 1>) : !neuro.spikes<1, 8> -> !neuro.current<3>
  %memory, %factors = neuro.population "memory" (%recall, %value, %write) {
  ^bb0(%read: i32, %v0: i32, %writes: i32):
    %zero = neuro.const 0
    %one = neuro.const 1
    %known = neuro.mulshr fl %read, %one by 7
    %error = neuro.sub %v0, %known
    %learn = neuro.cmp eq %writes, %one
    %e = neuro.select %learn, %error, %zero
    %up = neuro.max %e, %zero
    %minus = neuro.neg %e
    %down = neuro.max %minus, %zero
    neuro.export y1, %up
    neuro.export y2, %down
    %answer = neuro.mulshr fl %read, %one by 6
    %shown = neuro.select %learn, %zero, %answer
    %quiet = neuro.cmp eq %shown, %zero
    neuro.fire %shown unless %quiet
  } : (!neuro.current<3>, !neuro.current<3>, !neuro.current<3>) -> !neuro.spikes<3, 16>, !neuro.factors<3>
  neuro.output "o" %memory {shape = array<i64: 1, 1000, 3>, time_axis = 1 : i64, scale = array<f64: 1.0>, emit = 1 : i64} : !neuro.spikes<3, 16>
}
