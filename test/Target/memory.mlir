// A ring of four slots that holds the keys and values of the last four tokens
// in plastic synapses. Per token: write k and v into slot t mod 4, then read
// the scores of all slots for q, and the sum of all stored values.

// RUN: neuro-opt %s --neuro-to-loihi | neuro-translate --emit-nrb -o %t.nrb
// RUN: neuro-translate --test-nrb-roundtrip %t.nrb
// RUN: %python %S/Inputs/memory.py write %t.in.npz
// RUN: neuro-run %t.nrb --input %t.in.npz --output %t.fast.npz --engine fast --quiet
// RUN: neuro-run %t.nrb --input %t.in.npz --output %t.ref.npz --engine reference --quiet
// RUN: %python %S/Inputs/memory.py check %t.in.npz %t.fast.npz %t.ref.npz | FileCheck %s
// CHECK: 60 tokens: scores and values equal

// Without learning nothing is remembered.
// RUN: neuro-run %t.nrb --input %t.in.npz --output %t.off.npz --no-learning --quiet
// RUN: %python %S/Inputs/memory.py zero %t.off.npz | FileCheck %s --check-prefix=OFF
// OFF: all outputs are 0

// Every placement and the endless core give the same outputs.
// RUN: neuro-opt %s --neuro-to-loihi=target=unbounded | neuro-translate --emit-nrb -o %t.one.nrb
// RUN: neuro-run %t.one.nrb --input %t.in.npz --output %t.one.npz --quiet
// RUN: %python %S/Inputs/memory.py check %t.in.npz %t.one.npz | FileCheck %s

neuro.rule @learn {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y0
  neuro.update w "2*x1*y0 - w*y0"
}
neuro.rule @learn2 {
  neuro.factor y1
  neuro.factor y2
  neuro.factor y3
  neuro.update w "-2^-5*x0*w*y3 + 2*x0*y1 - 2*x0*y2"
}
neuro.network @main attributes {period = 2 : i64, latency = 4 : i64} {
  %tick = neuro.input "tick" kind = <tick> {shape = array<i64>, time_axis = -1 : i64, phase = 0 : i64} : !neuro.spikes<1, 8>
  %k = neuro.input "k" kind = <graded> {shape = array<i64: 1, 60, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %q = neuro.input "q" kind = <graded> {shape = array<i64: 1, 60, 3>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<3, 8>
  %v = neuro.input "v" kind = <graded> {shape = array<i64: 1, 60, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>

  // Step 1: the ring fires one neuron per token and arms the next one.
  %t1 = neuro.project %tick weights(#neuro.blocks<1, 1>) {delay = 0 : i64} : !neuro.spikes<1, 8> -> !neuro.current<4>
  %arm = neuro.project %ring weights(dense<[[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]> : tensor<4x4xi8>) {delay = 0 : i64, feedback} : !neuro.spikes<4, 8> -> !neuro.current<4>
  %ring, %ring_f = neuro.population "ring" (%t1, %arm) attributes {phase = 1 : i64, state = [#neuro.field<"armed", bits = 8, signed = false, saturate = true, init = [1, 0, 0, 0]>]} {
  ^bb0(%now: i32, %previous: i32):
    %zero = neuro.const 0
    %was = neuro.read "armed"
    %armed = neuro.add %was, %previous
    %fire = neuro.and %armed, %now
    %left = neuro.sub %armed, %fire
    neuro.write "armed", %left
    %silent = neuro.cmp eq %fire, %zero
    neuro.fire %fire unless %silent
  } : (!neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>

  // Steps 1 and 2: k, then q; also a 0 is sent, for it overwrites the trace.
  %ck = neuro.project %k weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %cq = neuro.project %q weights(#neuro.one_to_one<1>) {delay = 1 : i64} : !neuro.spikes<3, 8> -> !neuro.current<3>
  %kq, %kq_f = neuro.population "kq" (%ck, %cq) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32, %d1: i32):
    %x = neuro.add %d0, %d1
    neuro.fire %x
  } : (!neuro.current<3>, !neuro.current<3>) -> !neuro.spikes<3, 8>, !neuro.factors<3>

  // Step 2: write k; step 3: read the scores.
  %s = neuro.plastic %kq, %scores_f rule(@learn) : !neuro.spikes<3, 8>, !neuro.factors<4> -> !neuro.current<4>
  %slot = neuro.project %ring weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
  %read = neuro.project %tick weights(#neuro.blocks<1, 1>) {delay = 2 : i64} : !neuro.spikes<1, 8> -> !neuro.current<4>
  %scores, %scores_f = neuro.population "scores" (%s, %slot, %read) attributes {phase = 2 : i64} {
  ^bb0(%score: i32, %write: i32, %now: i32):
    %zero = neuro.const 0
    neuro.export y0, %write
    %silent = neuro.cmp eq %now, %zero
    neuro.fire %score unless %silent
  } : (!neuro.current<4>, !neuro.current<4>, !neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>

  // Step 2: the slot to write; step 3: all slots, to read.
  %select = neuro.sum %slot, %read : !neuro.current<4>
  %slots, %slots_f = neuro.population "slots" (%select) attributes {phase = 2 : i64} {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    %silent = neuro.cmp eq %d0, %zero
    neuro.fire %d0 unless %silent
  } : (!neuro.current<4>) -> !neuro.spikes<4, 8>, !neuro.factors<4>

  // Step 3: write v; step 4: read the sum.
  %o = neuro.plastic %slots, %values_f rule(@learn2) : !neuro.spikes<4, 8>, !neuro.factors<2> -> !neuro.current<2>
  %cv = neuro.project %v weights(#neuro.one_to_one<1>) {delay = 2 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %write = neuro.project %tick weights(#neuro.blocks<1, 32>) {delay = 2 : i64} : !neuro.spikes<1, 8> -> !neuro.current<2>
  %tell = neuro.project %tick weights(#neuro.blocks<1, 1>) {delay = 3 : i64} : !neuro.spikes<1, 8> -> !neuro.current<2>
  %values, %values_f = neuro.population "values" (%o, %cv, %write, %tell) attributes {phase = 3 : i64} {
  ^bb0(%sum: i32, %x: i32, %enable: i32, %now: i32):
    %zero = neuro.const 0
    %one = neuro.const 1
    %plus = neuro.max %x, %zero
    %y1 = neuro.mulshr fl %plus, %one by 1
    neuro.export y1, %y1
    %minus = neuro.sub %zero, %x
    %other = neuro.max %minus, %zero
    %y2 = neuro.mulshr fl %other, %one by 1
    neuro.export y2, %y2
    neuro.export y3, %enable
    %silent = neuro.cmp eq %now, %zero
    neuro.fire %sum unless %silent
  } : (!neuro.current<2>, !neuro.current<2>, !neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>

  neuro.output "scores" %scores {shape = array<i64: 1, 60, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>, emit = 1 : i64} : !neuro.spikes<4, 24>
  neuro.output "values" %values {shape = array<i64: 1, 60, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>, emit = 1 : i64} : !neuro.spikes<2, 24>
}
