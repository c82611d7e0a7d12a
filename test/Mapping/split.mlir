// RUN: neuro-opt %s --neuro-to-loihi | FileCheck %s
// RUN: neuro-opt %s --neuro-to-loihi=target=unbounded | FileCheck %s --check-prefix=ONE
// RUN: neuro-opt %s --neuro-to-loihi=placement=reverse | FileCheck %s --check-prefix=REVERSE
// RUN: neuro-opt %s --neuro-to-loihi=placement=scatter:7 | FileCheck %s --check-prefix=SCATTER
// RUN: neuro-opt %s --neuro-to-loihi=placement=scatter:7 > %t.1
// RUN: neuro-opt %s --neuro-to-loihi=placement=scatter:7 > %t.2
// RUN: cmp %t.1 %t.2

// 20000 neurons with one 24-bit field: 8 bytes of state and 8 of axon each,
// and 8 bytes of synapse memory. 4096 input axons (L06) are what binds.
// CHECK: loihi.system @main target "loihi2" attributes {chips = 1
// CHECK: loihi.core @core_0 chip 0 at 0, 0
// CHECK: loihi.group "p" {{.*}} first 0 count 4096 dendrites 1 payload 16 from 0
// CHECK: loihi.core @core_1 chip 0 at 1, 0
// CHECK: loihi.group "p" {{.*}} first 0 count 4096 dendrites 1 payload 16 from 4096
// CHECK: loihi.core @core_4 chip 0 at 4, 0
// CHECK: loihi.group "p" {{.*}} first 0 count 3616 dendrites 1 payload 16 from 16384
// CHECK: loihi.param "bias" = dense<0> : tensor<1xi32>
// CHECK-NOT: loihi.core

// ONE: loihi.system @main target "unbounded" attributes {chips = 1
// ONE: loihi.core @core_0
// ONE: loihi.group "p" {{.*}} first 0 count 20000 dendrites 1 payload 16 from 0
// ONE-NOT: loihi.core

// REVERSE: loihi.core @core_0 chip 0 at 0, 0
// REVERSE: loihi.group "p" {{.*}} first 0 count 3616 dendrites 1 payload 16 from 16384
// REVERSE: loihi.core @core_4 chip 0 at 4, 0
// REVERSE: loihi.group "p" {{.*}} first 0 count 4096 dendrites 1 payload 16 from 0

// SCATTER-COUNT-5: loihi.core @core_
neuro.network @main attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 20000>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<20000, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<20000, 8> -> !neuro.current<20000>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    %b = neuro.param "bias" = dense<0> : tensor<20000xi32>
    %v = neuro.read "v"
    %s = neuro.add %v, %d0
    %t = neuro.add %s, %b
    neuro.write "v", %s
    neuro.fire %t
  } : (!neuro.current<20000>) -> !neuro.spikes<20000, 16>, !neuro.factors<20000>
  neuro.output "y" %y {shape = array<i64: 1, 6, 20000>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<20000, 16>
}
