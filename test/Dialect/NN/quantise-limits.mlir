// RUN: split-file %s %t
// RUN: %python %t/make.py %t
// RUN: neuro-opt --nn-quantise="calibration=random:1" %t/slots.mlir | FileCheck %s --check-prefix=SLOTS
// RUN: neuro-opt --nn-quantise="calibration=random:1" %t/heads.mlir | FileCheck %s --check-prefix=HEADS
// RUN: neuro-opt --nn-quantise="calibration=%t/ink.npz" %t/input.mlir | FileCheck %s --check-prefix=INK
// RUN: neuro-opt --nn-quantise="calibration=%t/grey.npz" %t/input.mlir | FileCheck %s --check-prefix=GREY
// RUN: neuro-opt --nn-quantise="calibration=%t/wide.npz margin=2" %t/input.mlir | FileCheck %s --check-prefix=WIDE
// RUN: neuro-opt --nn-quantise="calibration=%t/outlier.npz margin=1 percentile=99" %t/input.mlir | FileCheck %s --check-prefix=PERCENTILE
// RUN: neuro-opt --nn-quantise="calibration=random:1" %t/long.mlir 2>&1 | FileCheck %s --check-prefix=LONG

// Fifty slots at full weight and full value stay within 24 bits: 127 * 50 * 1321 < 2^23.
// SLOTS: nn.attention {{.*}}weight_quant = #nn.quant<scale = {{.*}}, limit = 1321>

// So do products of 64 queries and keys, as weights of 8 bits: 127 * 64 * 1032 < 2^23.
// HEADS: nn.attention {{.*}}query_quant = #nn.quant<scale = {{.*}}, limit = 1032>

// Ink or no ink fits 8 bits; grey uses all bits, and 1 is the end of the scale.
// INK: nn.quant = #nn.quant<scale = 0.0078740157480314959, limit = 127>
// GREY: nn.quant = #nn.quant<scale = 4.8851978505129456E-4, limit = 2047>
// WIDE: nn.quant = #nn.quant<scale = 0.007816316560820713, limit = 2047>

// One value of a thousand is left out: what remains is 1, to the 3 % of a bin.
// PERCENTILE: nn.quant = #nn.quant<scale = 5.0378{{.*}}E-4, limit = 2047>

// 127 * 66052 * 1 = 2^23 - 4: the input keeps one step either way.
// LONG: warning: 'input x' is held in [-1, 1] only: the sums of the layer that reads it would leave 24 bits otherwise
// LONG: nn.quant = #nn.quant<scale = {{.*}}, limit = 1>

//--- make.py
import sys
import numpy as np

def save(name, values):
    np.savez(f"{sys.argv[1]}/{name}.npz", x=np.resize(np.float32(values), (250, 2, 4)))

save("ink", [0, 1, 1])
save("grey", [0, 0.25, 1])
save("wide", [0, -8, 4])
save("outlier", [1000] + [1] * 1999)

//--- slots.mlir
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 50 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  %a = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<relu>, slots = 50 : i64} : tensor<4xf32>
  return %a : tensor<4xf32>
}

//--- heads.mlir
func.func @main(%x: tensor<128xf32> {nn.name = "x"}) -> (tensor<128xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 4 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  %a = nn.attention %x, %x, %x {heads = 2 : i64, scale = 0.5 : f64, score = #nn.score<softmax>, slots = 4 : i64} : tensor<128xf32>
  return %a : tensor<128xf32>
}

//--- input.mlir
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<1xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 2 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  %y = nn.linear %x {weight = dense<0.5> : tensor<1x4xf32>} : tensor<4xf32> -> tensor<1xf32>
  return %y : tensor<1xf32>
}

//--- long.mlir
func.func @main(%x: tensor<66052xf32> {nn.name = "x"}) -> (tensor<1xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 1 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  %y = nn.linear %x {weight = dense<0.5> : tensor<1x66052xf32>} : tensor<66052xf32> -> tensor<1xf32>
  return %y : tensor<1xf32>
}
