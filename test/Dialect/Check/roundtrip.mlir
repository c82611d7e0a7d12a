// RUN: neuro-opt --verify-roundtrip %s | FileCheck %s

// CHECK-LABEL: func.func @checks
func.func @checks(%a: tensor<2xf32>, %ids: tensor<2xi64>) {
  // CHECK: check.expect_eq %{{.*}}, %{{.*}} : tensor<2xi64>
  check.expect_eq %ids, %ids : tensor<2xi64>
  // CHECK: check.expect_close %{{.*}}, %{{.*}} {tolerance = 1.000000e-05 : f64} : tensor<2xf32>
  check.expect_close %a, %a {tolerance = 1.0e-5 : f64} : tensor<2xf32>
  // CHECK: check.expect_close %{{.*}}, %{{.*}} {relative = 1.000000e-03 : f64, tolerance = 0.000000e+00 : f64} : tensor<2xf32>
  check.expect_close %a, %a {tolerance = 0.0 : f64, relative = 1.0e-3 : f64} : tensor<2xf32>
  return
}
