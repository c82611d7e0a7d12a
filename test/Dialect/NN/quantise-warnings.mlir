// RUN: neuro-opt --nn-quantise="calibration=random:1 report=%t.json" %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=TERMINAL
// RUN: FileCheck --input-file=%t.json %s
// RUN: neuro-opt --nn-quantise="calibration=random:1 percentile=90" %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=LIMITED

// A layer whose integers are poor is named on the terminal, with what may help.

// TERMINAL: warning: {{.*}}coarse{{.*}}: the signal is only
// TERMINAL: note: {{.*}}it has 3 steps either way
// TERMINAL: warning: {{.*}}silent{{.*}}: the values are zero

// Three steps either way are too few.
// CHECK: 'coarse': the signal is only {{[0-9.]+}} dB above the quantisation error (below 20 dB); it has 3 steps either way
// Against zeros there is no ratio: the number is absent, the warning is not.
// CHECK: 'silent': the values are zero in floating point, but reach {{[0-9.e+-]+}} in integers; the error comes with what the layer reads
// LIMITED: warning: {{.*}} values had to be limited to +-{{[0-9.]+}} on the calibration data
// LIMITED: note: a calibration percentile of 90 asks for that; a higher one limits fewer

#coarse = loc("coarse")
#silent = loc("silent")
func.func @main(%x: tensor<20000xf32> {nn.name = "x", nn.shape = array<i64: 1, 2, 20000>})
    -> (tensor<1xf32> {nn.name = "y"}, tensor<1xf32> {nn.name = "z"}) attributes {nn.stream = {tokens = 2 : i64}} {
  %0 = nn.add %x, %x : tensor<20000xf32> loc(#coarse)
  %1 = nn.linear %0 {weight = dense<1.0> : tensor<1x20000xf32>} : tensor<20000xf32> -> tensor<1xf32>
  %2 = nn.position {table = dense<[[0.337, 1.0], [0.337, 1.0]]> : tensor<2x2xf32>} : tensor<2xf32>
  %3 = nn.linear %2 {weight = dense<[[1.0, -0.337]]> : tensor<1x2xf32>} : tensor<2xf32> -> tensor<1xf32> loc(#silent)
  return %1, %3 : tensor<1xf32>, tensor<1xf32>
}
