// RUN: neuro-opt %s | neuro-opt | FileCheck %s
// RUN: neuro-opt %s --emit-bytecode | neuro-opt | FileCheck %s
// RUN: neuro-translate --emit-nrb %s -o %t.nrb
// RUN: neuro-translate --test-nrb-roundtrip %t.nrb | FileCheck %s --check-prefix=BYTES
// RUN: neuro-translate --read-nrb %t.nrb | FileCheck %s

// BYTES: round trip: the same {{[0-9]+}} bytes

// CHECK: loihi.system @main target "loihi2" attributes
// CHECK-SAME: chips = 1 : i64
// CHECK-SAME: fall_through
// CHECK-SAME: max_tokens = 6 : i64
// CHECK-SAME: seed = 42 : i64
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 2 : i64, latency = 3 : i64, max_tokens = 6 : i64, seed = 42 : i64, fall_through, producer = "a test"} {
  // CHECK: %[[FC1:.*]] = loihi.source "fc1" op "Gemm"
  %fc1 = loihi.source "fc1" op "Gemm"
  // CHECK: %[[WEIRD:.*]] = loihi.source "a \22quoted\22 / name" op ""
  %weird = loihi.source "a \"quoted\" / name" op ""
  // CHECK: loihi.core @core_0 chip 0 at 3, 1 {
  loihi.core @core_0 chip 0 at 3, 1 {
    // CHECK: %[[RELU:.*]] = loihi.program "relu" {
    %relu = loihi.program "relu" {
      // CHECK-NEXT: loihi.inst "lt d0, p0"
      loihi.inst "lt d0, p0"
      // CHECK-NEXT: loihi.inst "skp_c 1"
      loihi.inst "skp_c 1"
      // CHECK-NEXT: loihi.inst "spike d0"
      loihi.inst "spike d0"
    }
    // CHECK: %[[COUNT:.*]] = loihi.program "count" {
    %count = loihi.program "count" {
      // CHECK-NEXT: loihi.inst "rmw r0, s0, d1"
      loihi.inst "rmw r0, s0, d1"
      // CHECK-NEXT: loihi.inst "mul_shr.fl.sat r1, r0, p0, 12"
      loihi.inst "mul_shr.fl.sat r1, r0, p0, 12"
      // CHECK-NEXT: loihi.inst "shl.r.sat r1, r1, time"
      loihi.inst "shl.r.sat r1, r1, time"
      // CHECK-NEXT: loihi.inst "mov y1, rand"
      loihi.inst "mov y1, rand"
      // CHECK-NEXT: loihi.inst "mov bap, id"
      loihi.inst "mov bap, id"
      // CHECK-NEXT: loihi.inst "probe r1"
      loihi.inst "probe r1"
    }
    // CHECK: %[[K:.*]] = loihi.rule "k" "dw = -y0*w + 2*y0*x1 - 3*2^-4*u2*(w+4)*sgn(y1)*(5)"
    // CHECK-SAME: graded_mode = #loihi<graded_mode overwrite>
    // CHECK-SAME: text = "as written"
    // CHECK-SAME: u_k = 2 : i64
    // CHECK-SAME: x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 65535>
    %k = loihi.rule "k" "dw = -y0*w + 2*y0*x1 - 3*2^-4*u2*(w+4)*sgn(y1)*(5)" {text = "as written", u_k = 2 : i64, graded_mode = #loihi<graded_mode overwrite>, x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 65535>, third_factor}
    // CHECK: loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    %dense = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    // CHECK: loihi.format excitatory sparse weight 4 exp 3 delay 6 tag 1 index 6 dendrite 1
    %sparse = loihi.format excitatory sparse weight 4 exp 3 delay 6 tag 1 index 6 dendrite 1
    // CHECK: loihi.format inhibitory dense weight 8 exp 3 delay 0 tag 0 index 0 dendrite 1 rule %[[K]]
    %plastic = loihi.format inhibitory dense weight 8 exp 3 delay 0 tag 0 index 0 dendrite 1 rule %k
    // CHECK: loihi.group "a" %[[RELU]], %[[FC1]] first 0 count 2 dendrites 1 payload 16 from 6 {
    loihi.group "a" %relu, %fc1 first 0 count 2 dendrites 1 payload 16 from 6 {
      // CHECK-NEXT: loihi.param "zero" = dense<0> : tensor<1xi32>
      loihi.param "zero" = dense<0> : tensor<1xi32>
      // CHECK-NEXT: loihi.param "same" = dense<7> : tensor<2xi32>
      loihi.param "same" = dense<7> : tensor<2xi32>
    }
    // CHECK: loihi.group "b" %[[COUNT]], %[[WEIRD]] first 2 count 2 dendrites 2 payload 0 from 0 {
    loihi.group "b" %count, %weird first 2 count 2 dendrites 2 payload 0 from 0 {
      // CHECK-NEXT: loihi.param "scale" = dense<[-2147483648, 7]> : tensor<2xi32>
      loihi.param "scale" = dense<[-2147483648, 7]> : tensor<2xi32>
      // CHECK-NEXT: loihi.state "n" bits 8 saturate init dense<[0, 255]> : tensor<2xi32>
      loihi.state "n" bits 8 saturate init dense<[0, 255]> : tensor<2xi32>
      // CHECK-NEXT: loihi.state "v" bits 24 wrap init dense<-1> : tensor<1xi32> {is_signed}
      loihi.state "v" bits 24 wrap init dense<-1> : tensor<1xi32> {is_signed}
    }
    // CHECK: loihi.axons dense<{{\[}}[0, 1, 0, 0, 62], [1, 1, 2, 2, 0]]> : tensor<2x5xi32>
    loihi.axons dense<[[0, 1, 0, 0, 62], [1, 1, 2, 2, 0]]> : tensor<2x5xi32>
    // CHECK: loihi.synapses dense<[{{[0-9]+}}, 18]> : tensor<2xi64>
    loihi.synapses dense<[66576, 18]> : tensor<2xi64>
    // CHECK: loihi.fanout index dense<[0, 1, 1, 2, 2]> : tensor<5xi32> to dense<{{\[}}[0, 0], [0, 1]]> : tensor<2x2xi32>
    loihi.fanout index dense<[0, 1, 1, 2, 2]> : tensor<5xi32> to dense<[[0, 0], [0, 1]]> : tensor<2x2xi32>
  }
  // CHECK: loihi.input "x" graded width 1 offset 0 index dense<[0, 1]> : tensor<2xi32> to dense<0> : tensor<1x2xi32>
  loihi.input "x" graded width 1 offset 0 index dense<[0, 1]> : tensor<2xi32> to dense<[[0, 0]]> : tensor<1x2xi32> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = 0.5 : f64, limit = 127 : i64, payload_bits = 8 : i64}
  // CHECK: loihi.input "id" one_hot width 3 offset 1 index dense<0> : tensor<4xi32> to dense<> : tensor<0x2xi32>
  // CHECK-SAME: element_type = #loihi<element_type int64>
  loihi.input "id" one_hot width 3 offset 1 index dense<0> : tensor<4xi32> to dense<> : tensor<0x2xi32> {shape = array<i64: 1, 6>, time_axis = 1 : i64, limit = 1 : i64, payload_bits = 8 : i64, element_type = #loihi<element_type int64>}
  // CHECK: loihi.output "y" %[[FC1]] offset 3 from dense<{{\[}}[0, 1], [0, 0]]> : tensor<2x2xi32>
  // CHECK-SAME: zero = array<f64: 1.000000e+00>
  loihi.output "y" %fc1 offset 3 from dense<[[0, 1], [0, 0]]> : tensor<2x2xi32> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.25, 0.5>, zero = array<f64: 1.0>}
  // CHECK: loihi.golden input "x" float32 [1] = dense<[0, 0, -128, 63]> : tensor<4xi8>
  loihi.golden input "x" float32 [1] = dense<[0, 0, -128, 63]> : tensor<4xi8>
  // CHECK: loihi.golden output "y" float32 [0] = dense<> : tensor<0xi8>
  loihi.golden output "y" float32 [0] = dense<> : tensor<0xi8>
}
