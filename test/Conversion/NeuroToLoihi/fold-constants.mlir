// RUN: neuro-opt %s --neuro-to-loihi --split-input-file | FileCheck %s

// What does not change from step to step is computed here, as the chip would.
// CHECK-LABEL: loihi.system @fold
// CHECK: loihi.param {{.*}} = dense<[-4, 3, -4, 4]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[-3, 3, -4, 4]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<-3> : tensor<1xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<-4> : tensor<1xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[-28, 28, -32, 32]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<-2147483648> : tensor<1xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[-7, 14, 0, -2147483648]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[7, -7, 8, -8]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[-14, 0, -15, 1]> : tensor<4xi32>
// CHECK-NEXT: loihi.param {{.*}} = dense<[0, 14, -1, 15]> : tensor<4xi32>
// CHECK-NOT: loihi.param
neuro.network @fold attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "fold" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    %a = neuro.param "a" = dense<[-7, 7, -8, 8]> : tensor<4xi32>
    %one = neuro.const 1
    %seven = neuro.const 7
    %minus = neuro.const -7
    %down = neuro.mulshr fl %a, %one by 1
    %zero = neuro.mulshr tz %a, %one by 1
    %zeroc = neuro.mulshr tz %minus, %one by 1
    %downc = neuro.mulshr fl %minus, %one by 1
    %shl = neuro.shl %a by 2
    %far = neuro.const -1
    %least = neuro.shl %far by 31
    %amount = neuro.param "amount" = dense<[-3, 1, 2, 40]> : tensor<4xi32>
    %what = neuro.param "what" = dense<[-7, 7, 0, -1]> : tensor<4xi32>
    %shift = neuro.shift %what, %amount
    %neg = neuro.neg %a
    %sub = neuro.sub %a, %seven
    %add = neuro.add %a, %seven
    %0 = neuro.add %d0, %down
    %1 = neuro.add %0, %zero
    %2 = neuro.add %1, %zeroc
    %3 = neuro.add %2, %downc
    %4 = neuro.add %3, %shl
    %5 = neuro.add %4, %least
    %6 = neuro.add %5, %shift
    %7 = neuro.add %6, %neg
    %8 = neuro.add %7, %sub
    %9 = neuro.add %8, %add
    neuro.fire %9
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}

// -----

// What does not fit a register is left to the chip, which counts the wrap.
// CHECK-LABEL: loihi.system @wraps
// CHECK: loihi.program "wraps"
// CHECK-NEXT: loihi.inst "neg r0, p0"
// CHECK-NEXT: loihi.inst "add r0, d0, r0"
// CHECK-NEXT: loihi.inst "shl r1, p1, 31"
// CHECK-NEXT: loihi.inst "add r0, r0, r1"
// CHECK-NEXT: loihi.inst "mul_shr.tz r1, p0, p0, 0"
// CHECK-NEXT: loihi.inst "add r0, r0, r1"
// CHECK-NEXT: loihi.inst "spike r0"
neuro.network @wraps attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<4, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
  %y, %f = neuro.population "wraps" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    %least = neuro.const -2147483648
    %one = neuro.const 1
    %0 = neuro.neg %least
    %1 = neuro.add %d0, %0
    %2 = neuro.shl %one by 31
    %3 = neuro.add %1, %2
    %4 = neuro.mulshr tz %least, %least by 0
    %5 = neuro.add %3, %4
    neuro.fire %5
  } : (!neuro.current<4>) -> !neuro.spikes<4, 24>, !neuro.factors<4>
  neuro.output "y" %y {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 24>
}

// -----

// A field that is written right before its old value is last needed.
// CHECK-LABEL: loihi.system @last
// CHECK: loihi.program "last"
// CHECK-NEXT: loihi.inst "mov r0, s0"
// CHECK-NEXT: loihi.inst "add s0, d0, r0"
// CHECK-NEXT: loihi.inst "spike r0"
neuro.network @last attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "last" (%c) attributes {phase = 1 : i64, state = [#neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    %v = neuro.read "v"
    %sum = neuro.add %d0, %v
    neuro.write "v", %sum
    neuro.fire %v
  } : (!neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 24>
}

// -----

// A maximum overwrites the flag: the comparison is made again.
// CHECK-LABEL: loihi.system @flag
// CHECK: loihi.program "flag"
// CHECK-NEXT: loihi.inst "ge d0, p0"
// CHECK-NEXT: loihi.inst "sel r0, d0, p0"
// CHECK-NEXT: loihi.inst "lt r0, p1"
// CHECK-NEXT: loihi.inst "sel r0, p1, r0"
// CHECK-NEXT: loihi.inst "ge d0, p0"
// CHECK-NEXT: loihi.inst "skp_c 1"
// CHECK-NEXT: loihi.inst "spike r0"
neuro.network @flag attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "flag" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    %five = neuro.const 5
    %six = neuro.const 6
    %p = neuro.cmp ge %d0, %five
    %s = neuro.select %p, %d0, %five
    %m = neuro.max %s, %six
    neuro.fire %m unless %p
  } : (!neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 24>
}
