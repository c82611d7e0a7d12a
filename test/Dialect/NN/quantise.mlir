// RUN: neuro-opt --nn-quantise="calibration=random:1" %s | FileCheck %s
// RUN: neuro-opt --nn-quantise="calibration=random:1 threads=1" %s | FileCheck %s
// RUN: neuro-opt --nn-quantise="calibration=random:1" --nn-quantise="calibration=random:1" %s | FileCheck %s
// RUN: neuro-opt --nn-quantise="calibration=random:1 report=-" %s 2>&1 >/dev/null | FileCheck %s --check-prefix=REPORT
// RUN: neuro-opt --nn-quantise="calibration=random:1 report=%t.json" %s -o /dev/null
// RUN: FileCheck --input-file=%t.json %s --check-prefix=JSON

// REPORT: Quantised model against floating point, on 16 sequences of 6 tokens from 'random:1'
// REPORT-NEXT: layer op bits limit scale largest SQNR dB max error rel. error limited
// REPORT-NEXT: x input 12 2047
// REPORT: up nn.linear 16 32767
// REPORT: output 'y': SQNR {{[0-9.]+}} dB, max error {{.*}}, same largest element in {{[0-9.]+}}% of rows

// JSON: "calibration": "random:1"
// JSON: "layers": [
// JSON: "bits": 12,
// JSON: "layer": "x",
// JSON: "limit": 2047,
// JSON: "op": "input",
// JSON: "sqnr_db":
// JSON: "outputs": [
// JSON: "same_largest_fraction":
// JSON: "speaks_of": "quantised model"
// JSON: "warnings":

// CHECK-LABEL: func.func @main
// The input feeds a linear layer: 12 bits.
// CHECK-SAME: nn.quant = #nn.quant<scale = {{.*}}, limit = 2047>
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  // The result feeds an activation only: 16 bits. A channel of zeros has scale 1.
  // CHECK: nn.linear %arg0 {quant = #nn.quant<scale = {{.*}}, limit = 32767>
  // CHECK-SAME: weight_q = dense<{{\[}}[127, 64, 0, 0], [127, -127, 0, 1], [0, 0, 0, 0], [0, 0, 0, 127]]> : tensor<4x4xi8>
  // CHECK-SAME: weight_scale = dense<[0.00787401571, 1.000000e+00, 1.000000e+00, 0.00393700786]> : tensor<4xf32>
  %u = nn.linear %x {weight = dense<[[1.0, 0.5, 0.0, 0.0], [127.0, -127.0, 0.4, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.5]]> : tensor<4x4xf32>}
      : tensor<4xf32> -> tensor<4xf32> loc("up")
  // CHECK: nn.activation %{{.*}} {{{.*}}quant = #nn.quant<scale = {{.*}}, limit = 32767>
  %r = nn.activation %u {kind = #nn.activation<relu>} : tensor<4xf32>
  %p = nn.position {table = dense<[[1.0, 2.0, 0.0, 254.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]> : tensor<6x4xf32>} : tensor<4xf32>
  // CHECK: nn.position {{.*}}table_scale = dense<[0.00787401571, 0.0157480314, 1.000000e+00, 2.000000e+00]>
  %s = nn.add %r, %p : tensor<4xf32>
  // The centre is finer than the input by a power of two.
  // CHECK: nn.layer_norm {{.*}}center_quant = #nn.quant<
  %n = nn.layer_norm %s {gamma = dense<1.0> : tensor<4xf32>, epsilon = 1.0e-5 : f64} : tensor<4xf32>
  %q = nn.linear %n {weight = dense<[[0.5, 0.1, -0.2, 0.3], [0.1, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, -0.3], [0.5, 0.1, 0.2, 0.3]]> : tensor<4x4xf32>} : tensor<4xf32> -> tensor<4xf32>
  %k = nn.linear %n {weight = dense<[[0.5, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, 0.3], [0.5, 0.1, 0.2, 0.3]]> : tensor<4x4xf32>} : tensor<4xf32> -> tensor<4xf32>
  // CHECK: nn.attention {{.*}}key_scale = dense<{{.*}}> : tensor<4xf32>, quant = #nn.quant<{{.*}}>, query_quant = #nn.quant<scale = {{.*}}, limit = 2047>
  // CHECK-SAME: value_scale = dense<{{.*}}> : tensor<4xf32>
  // CHECK-NOT: weight_quant
  %a = nn.attention %q, %k, %k {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, slots = 6 : i64} : tensor<4xf32>
  // Six slots of weight 4095 and value 127 stay within 24 bits.
  // CHECK: nn.attention {{.*}}weight_quant = #nn.quant<scale = {{.*}}, limit = 4095>
  %b = nn.attention %q, %k, %a {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>, slots = 6 : i64} : tensor<4xf32>
  return %b : tensor<4xf32>
}
