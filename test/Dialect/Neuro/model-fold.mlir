// RUN: neuro-opt %s --canonicalize --cse | FileCheck %s
// RUN: neuro-opt %s --neuro-range-analysis | FileCheck %s --check-prefix=RANGE

neuro.network @fold {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, limit = 127 : i64} : !neuro.spikes<2, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<2, 8> -> !neuro.current<2>
  // Numbers are computed, what is said twice is done once, what nobody reads goes.
  // CHECK: neuro.population "sum"
  // CHECK-NEXT: ^bb0(%d0: i32):
  // CHECK-NEXT: [[SEVEN:%.*]] = neuro.const 7
  // CHECK-NEXT: [[A:%.*]] = neuro.add %d0, [[SEVEN]]
  // CHECK-NEXT: [[B:%.*]] = neuro.add [[A]], [[A]]
  // CHECK-NEXT: neuro.fire [[B]]
  // CHECK-NEXT: }
  %y, %f = neuro.population "sum" (%c) {
  ^bb0(%d0: i32):
    %three = neuro.const 3
    %four = neuro.const 4
    %seven = neuro.add %three, %four
    %a = neuro.add %d0, %seven
    %unread = neuro.mulshr fl %a, %a by 3
    %seven2 = neuro.add %four, %three
    %b = neuro.add %d0, %seven2
    %both = neuro.add %a, %b
    neuro.fire %both
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>

  // A negative product rounds as it is said; what the chip would count stays.
  // CHECK: neuro.population "exact"
  // CHECK-DAG: neuro.const -3
  // CHECK-DAG: neuro.const -4
  // CHECK: neuro.add %{{.*}}, %{{.*}}
  // CHECK: neuro.min %{{.*}}, %{{.*}} {count}
  // CHECK: neuro.sub %d0, %d0
  // CHECK: neuro.write "v"
  // CHECK-NEXT: neuro.read "v"
  // RANGE: neuro.population "exact"
  %z, %g = neuro.population "exact" (%c) attributes {state = [#neuro.field<"v", bits = 16, signed = true, saturate = true, init = [0]>]} {
  ^bb0(%d0: i32):
    %a = neuro.const -7
    %b = neuro.const 1
    %tz = neuro.mulshr tz %a, %b by 1
    %fl = neuro.mulshr fl %a, %b by 1
    %most = neuro.const 2147483647
    %wraps = neuro.add %most, %b
    %limited = neuro.min %b, %a {count}
    %s0 = neuro.add %d0, %tz
    %s1 = neuro.min %s0, %fl
    %s2 = neuro.add %s1, %wraps
    %s3 = neuro.add %s2, %limited
    %wraps_once = neuro.sub %d0, %d0
    %s4 = neuro.add %s3, %wraps_once
    neuro.write "v", %s4
    %v = neuro.read "v"
    neuro.fire %v
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>

  // A choice that is known, and one between equals.
  // CHECK: neuro.population "choice"
  // CHECK-NEXT: ^bb0(%d0: i32):
  // CHECK-NEXT: neuro.fire %d0
  %w, %h = neuro.population "choice" (%c) {
  ^bb0(%d0: i32):
    %zero = neuro.const 0
    %one = neuro.const 1
    %yes = neuro.cmp lt %zero, %one
    %a = neuro.select %yes, %d0, %one
    %some = neuro.cmp lt %d0, %one
    %b = neuro.select %some, %a, %a
    %c0 = neuro.add %b, %zero
    %d = neuro.mulshr fl %c0, %one by 0
    neuro.fire %d
  } : (!neuro.current<2>) -> !neuro.spikes<2, 16>, !neuro.factors<2>
  neuro.output "y" %y {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
  neuro.output "z" %z {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
  neuro.output "w" %w {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<2, 16>
}
