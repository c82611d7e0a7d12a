// RUN: neuro-opt %s --neuro-to-loihi -o %t.mlir
// RUN: neuro-translate --emit-nrb %t.mlir -o %t.nrb
// RUN: neuro-translate --test-nrb-roundtrip %t.nrb | FileCheck %s
// RUN: neuro-translate --read-nrb %t.nrb | neuro-translate --emit-nrb -o %t.2.nrb
// RUN: cmp %t.nrb %t.2.nrb

// Bytes do not depend on the run, and where the cores lie does not change what
// they hold.
// RUN: neuro-opt %s --neuro-to-loihi | neuro-translate --emit-nrb -o %t.3.nrb
// RUN: cmp %t.nrb %t.3.nrb
// RUN: neuro-opt %s --neuro-to-loihi=placement=scatter:1 | neuro-translate --emit-nrb -o %t.4.nrb
// RUN: neuro-translate --test-nrb-roundtrip %t.4.nrb | FileCheck %s
// RUN: neuro-opt %s --neuro-to-loihi=target=unbounded | neuro-translate --emit-nrb -o %t.5.nrb
// RUN: neuro-translate --test-nrb-roundtrip %t.5.nrb | FileCheck %s

// What the network computes depends on none of this.
// RUN: %python -c "import numpy as n; n.savez('%t.npz', x=n.random.default_rng(1).integers(-127, 128, (1, 6, 5000)).astype('f'))"
// RUN: neuro-run %t.nrb --input %t.npz --output %t.out.npz --quiet
// RUN: neuro-run %t.nrb --input %t.npz --compare %t.out.npz --tolerance 0 --engine reference --quiet
// RUN: neuro-run %t.4.nrb --input %t.npz --compare %t.out.npz --tolerance 0 --quiet
// RUN: neuro-run %t.5.nrb --input %t.npz --compare %t.out.npz --tolerance 0 --quiet
// RUN: %python -c "import numpy as n; assert n.load('%t.out.npz')['y'].any()"

// CHECK: round trip: the same {{[0-9]+}} bytes

// A file that is cut off, empty, or something else is named and refused.
// RUN: %python -c "open('%t.cut', 'wb').write(open('%t.nrb', 'rb').read()[:200])"
// RUN: not neuro-translate --read-nrb %t.cut 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: byte 0: corrupted or truncated
// RUN: %python -c "open('%t.other', 'wb').write(b'not a binary at all')"
// RUN: not neuro-translate --read-nrb %t.other 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: byte 4: not a neuro binary (no identifier NRB1)
// RUN: %python -c "open('%t.none', 'wb').close()"
// RUN: not neuro-translate --read-nrb %t.none 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: byte 0: the file is empty

// RUN: echo "module {}" | not neuro-translate --emit-nrb 2>&1 | FileCheck %s --check-prefix=LEVEL
// LEVEL: error: expected exactly one loihi.system to write, got 0

neuro.rule @learn {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y0
  neuro.update w "-w*y0 + 2*x1*y0"
}
neuro.network @main attributes {period = 1 : i64, latency = 2 : i64, max_tokens = 6 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<5000, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<3>) {delay = 0 : i64} : !neuro.spikes<5000, 8> -> !neuro.current<5000>
  %y, %f = neuro.population "first" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    neuro.fire %d0
  } : (!neuro.current<5000>) -> !neuro.spikes<5000, 16>, !neuro.factors<5000> loc("node 1")
  %d = neuro.project %y weights(#neuro.conv2d<kernel = dense<[[[[1, 0, 2]]], [[[3, 4, 5]]]]> : tensor<2x1x1x3xi8>, input = [1, 1, 5000], output = [2, 1, 2500], strides = [1, 2], pads = [0, 1, 0, 0]>) {delay = 0 : i64} : !neuro.spikes<5000, 16> -> !neuro.current<5000>
  %s = neuro.plastic %y, %g rule(@learn) {blocks = 500 : i64} : !neuro.spikes<5000, 16>, !neuro.factors<5000> -> !neuro.current<5000>
  %z, %g = neuro.population "second" (%d, %s) attributes {phase = 2 : i64, state = [#neuro.field<"v", bits = 16, signed = true, saturate = true, init = [5]>]} {
  ^bb0(%d0: i32, %d1: i32):
    %v = neuro.read "v"
    %t = neuro.add %d0, %d1
    %u = neuro.add %t, %v
    neuro.write "v", %u
    neuro.export y0, %d0
    neuro.fire %u
  } : (!neuro.current<5000>, !neuro.current<5000>) -> !neuro.spikes<5000, 16>, !neuro.factors<5000> loc("node 2")
  neuro.output "y" %z {shape = array<i64: 1, 6, 5000>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<5000, 16>
}
