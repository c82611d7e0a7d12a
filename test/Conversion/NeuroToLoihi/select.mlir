// RUN: neuro-opt %s --neuro-to-loihi --split-input-file | FileCheck %s

// One flag: a comparison is made where it is used; constants and parameters
// become operands; equal constants share one parameter.
// CHECK-LABEL: loihi.system @relu
// CHECK: loihi.program "relu"
// CHECK-NEXT: loihi.inst "lt d0, p0"
// CHECK-NEXT: loihi.inst "sel r0, p0, d0"
// CHECK-NEXT: loihi.inst "add r0, r0, p1"
// CHECK-NEXT: loihi.inst "eq r0, p0"
// CHECK-NEXT: loihi.inst "skp_c 1"
// CHECK-NEXT: loihi.inst "spike r0"
// CHECK-NEXT: }
// CHECK: loihi.group "relu"{{.*}}first 0 count 2 dendrites 1 payload 16 from 0
// CHECK-NEXT: loihi.param "c0" = dense<0> : tensor<1xi32>
// CHECK-NEXT: loihi.param "bias" = dense<[1, 2]> : tensor<2xi32>
neuro.network @relu attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "relu" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    %unused = neuro.mulshr fl %d0, %d0 by 3
    %r = neuro.max %d0, %zero
    %b = neuro.param "bias" = dense<[1, 2]> : tensor<2xi32>
    %s = neuro.add %r, %b
    %zero2 = neuro.const 0
    %silent = neuro.cmp eq %s, %zero2
    neuro.fire %s unless %silent
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
}

// -----

// State is read in place unless it is written first; results go straight to
// state and exports; a counted maximum is negated around a counted minimum.
// CHECK-LABEL: loihi.system @state
// CHECK: loihi.program "state"
// CHECK-NEXT: loihi.inst "mov r0, s0"
// CHECK-NEXT: loihi.inst "add s0, d0, r0"
// CHECK-NEXT: loihi.inst "neg r1, d0"
// CHECK-NEXT: loihi.inst "min.count r1, r1, p0"
// CHECK-NEXT: loihi.inst "neg y2, r1"
// CHECK-NEXT: loihi.inst "mov bap, r0"
// CHECK-NEXT: loihi.inst "mul_shr.tz s1, d0, r0, 5"
// CHECK-NEXT: loihi.inst "spike r0"
// CHECK: loihi.state "v" bits 24 wrap init dense<0> : tensor<1xi32> {is_signed}
// CHECK: loihi.state "u" bits 8 saturate init dense<[1, 0]> : tensor<2xi32>
neuro.rule @learn {
  neuro.factor y0
  neuro.factor y2
  neuro.update w "2*y0*y2"
}
neuro.network @state attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %l = neuro.plastic %x, %f rule(@learn) : !neuro.spikes<2, 8>, !neuro.factors<2> -> !neuro.current<2>
  %cl = neuro.sum %c, %l : !neuro.current<2>
  %y, %f = neuro.population "state" (%cl) attributes {phase = 1 : i64, state = [
      #neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>,
      #neuro.field<"u", bits = 8, signed = false, saturate = true, init = [1, 0]>]} {
  ^bb0(%d0: i32):
    %v = neuro.read "v"
    %sum = neuro.add %d0, %v
    neuro.write "v", %sum
    %limit = neuro.const -64
    %m = neuro.max %d0, %limit {count}
    neuro.export y2, %m
    neuro.export y0, %v
    %u = neuro.mulshr tz %d0, %v by 5
    neuro.write "u", %u
    neuro.fire %v
  } : (!neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 24>
}

// -----

// Populations with the same program share it within a core; two comparisons
// that are both needed twice are made again.
// CHECK-LABEL: loihi.system @shared
// CHECK: loihi.program "a"
// CHECK-NEXT: loihi.inst "ge d0, p0"
// CHECK-NEXT: loihi.inst "sel r0, d0, d1"
// CHECK-NEXT: loihi.inst "lt d1, p0"
// CHECK-NEXT: loihi.inst "sel r0, d1, r0"
// CHECK-NEXT: loihi.inst "ge d0, p0"
// CHECK-NEXT: loihi.inst "skp_c 1"
// CHECK-NEXT: loihi.inst "spike r0"
// CHECK-NOT: loihi.program
// CHECK: loihi.group "a" [[P:%[a-z0-9_]+]], {{.*}} first 0 count 2
// CHECK: loihi.group "b" [[P]], {{.*}} first 2 count 2
neuro.network @shared attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %e = neuro.project %x weights(#neuro.one_to_one<2>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "a" (%c, %e) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32, %d1: i32):
    %limit = neuro.const 5
    %p = neuro.cmp ge %d0, %limit
    %q = neuro.cmp lt %d1, %limit
    %r = neuro.select %p, %d0, %d1
    %s = neuro.select %q, %d1, %r
    neuro.fire %s unless %p
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  %z, %g = neuro.population "b" (%c, %e) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32, %d1: i32):
    %limit = neuro.const 9
    %p = neuro.cmp ge %d0, %limit
    %q = neuro.cmp lt %d1, %limit
    %r = neuro.select %p, %d0, %d1
    %s = neuro.select %q, %d1, %r
    neuro.fire %s unless %p
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
}

// -----

// Subtraction and arithmetic on constants.
// CHECK-LABEL: loihi.system @arithmetic
// CHECK: loihi.program "arithmetic"
// CHECK-NEXT: loihi.inst "neg r0, d1"
// CHECK-NEXT: loihi.inst "add r0, d0, r0"
// CHECK-NEXT: loihi.inst "add r0, r0, p0"
// CHECK-NEXT: loihi.inst "neg r0, r0"
// CHECK-NEXT: loihi.inst "and r1, r0, d0"
// CHECK-NEXT: loihi.inst "or r0, r1, r0"
// CHECK-NEXT: loihi.inst "shl r0, r0, 6"
// CHECK-NEXT: loihi.inst "shl.r r0, p{{[0-9]+}}, r0"
// CHECK-NEXT: loihi.inst "spike r0"
// CHECK: loihi.param "c-3" = dense<-3>
neuro.network @arithmetic attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "arithmetic" (%c, %c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32, %d1: i32):
    %zero = neuro.const 0
    %three = neuro.const 3
    %a = neuro.sub %d0, %d1
    %b = neuro.sub %a, %three
    %n = neuro.sub %zero, %b
    %and = neuro.and %n, %d0
    %or = neuro.or %and, %n
    %s = neuro.shl %or by 6
    %six = neuro.add %three, %three
    %t = neuro.shift %six, %s
    neuro.fire %t
  } : (!neuro.current<2>, !neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 24>
}

// -----

// What does not change from step to step is computed once, and its parameter
// says how; a sum that does not fit a register is left to the chip, which counts
// the wrap. Time and number are operands; each random number is drawn once.
// CHECK-LABEL: loihi.system @special
// CHECK: loihi.program "special"
// CHECK-NEXT: loihi.inst "mul_shr.tz r0, d0, p0, 12"
// CHECK-NEXT: loihi.inst "add r0, r0, time"
// CHECK-NEXT: loihi.inst "mov r1, rand"
// CHECK-NEXT: loihi.inst "mov r2, rand"
// CHECK-NEXT: loihi.inst "and r1, r1, r2"
// CHECK-NEXT: loihi.inst "add r0, r0, r1"
// CHECK-NEXT: loihi.inst "probe r0"
// CHECK-NEXT: loihi.inst "add r1, p1, p2"
// CHECK-NEXT: loihi.inst "add s0, r1, id"
// CHECK-NEXT: loihi.inst "spike r0"
// CHECK: loihi.param "4096-(dv+1)" = dense<[4092, 4091]> : tensor<2xi32>
// CHECK-NEXT: loihi.param "big" = dense<2147483647> : tensor<1xi32>
// CHECK-NEXT: loihi.param "c1" = dense<1> : tensor<1xi32>
neuro.network @special attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "special" (%c) attributes {phase = 1 : i64, state = [
      #neuro.field<"v", bits = 24, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%d0: i32):
    %dv = neuro.param "dv" = dense<[3, 4]> : tensor<2xi32>
    %big = neuro.param "big" = dense<2147483647> : tensor<1xi32>
    %one = neuro.const 1
    %all = neuro.const 4096
    %more = neuro.add %dv, %one
    %keep = neuro.sub %all, %more
    %a = neuro.mulshr tz %d0, %keep by 12
    %t = neuro.time
    %b = neuro.add %a, %t
    %r = neuro.random
    %q = neuro.random
    %both = neuro.and %r, %q
    %e = neuro.add %b, %both
    neuro.probe %e
    %wraps = neuro.add %big, %one
    %i = neuro.id
    %g = neuro.add %wraps, %i
    neuro.write "v", %g
    neuro.fire %e
  } : (!neuro.current<2>) -> !neuro.spikes<2, 24>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 24>
}

// -----

// A product of constants is computed here, and rounds as it is written: towards
// zero, or down.
// CHECK-LABEL: loihi.system @rounding
// CHECK: loihi.group "p"
// CHECK-NEXT: loihi.param "{{.*}}" = dense<-3> : tensor<1xi32>
// CHECK-NEXT: loihi.param "{{.*}}" = dense<-4> : tensor<1xi32>
// CHECK-NEXT: loihi.param "{{.*}}" = dense<[-2, 2]> : tensor<2xi32>
// CHECK-NEXT: loihi.param "{{.*}}" = dense<[-3, 2]> : tensor<2xi32>
neuro.network @rounding attributes {period = 1 : i64, latency = 1 : i64} {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {delay = 0 : i64} : !neuro.spikes<2, 8> -> !neuro.current<2>
  %y, %f = neuro.population "p" (%c) attributes {phase = 1 : i64} {
  ^bb0(%d0: i32):
    %seven = neuro.const -7
    %one = neuro.const 1
    %b = neuro.param "b" = dense<[-5, 5]> : tensor<2xi32>
    %tz = neuro.mulshr tz %seven, %one by 1
    %fl = neuro.mulshr fl %seven, %one by 1
    %btz = neuro.mulshr tz %b, %one by 1
    %bfl = neuro.mulshr fl %b, %one by 1
    %0 = neuro.add %d0, %tz
    %1 = neuro.add %0, %fl
    %2 = neuro.add %1, %btz
    %3 = neuro.add %2, %bfl
    neuro.fire %3
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>} : !neuro.spikes<2, 16>
}
