// RUN: split-file %s %t
// RUN: %python %t/make.py %t
// RUN: not neuro-opt --nn-quantise %t/model.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not neuro-opt --nn-quantise="calibration=random:seven" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=SEED
// RUN: not neuro-opt --nn-quantise="calibration=%t/absent.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not neuro-opt --nn-quantise="calibration=%t/missing.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not neuro-opt --nn-quantise="calibration=%t/wrong.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not neuro-opt --nn-quantise="calibration=%t/values.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=VALUES
// RUN: not neuro-opt --nn-quantise="calibration=%t/lengths.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=LENGTHS
// RUN: not neuro-opt --nn-quantise="calibration=%t/empty.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not neuro-opt --nn-quantise="calibration=%t/long.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: neuro-opt --nn-quantise="calibration=%t/zero.npz" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not neuro-opt --nn-quantise="calibration=random:1 margin=0.5" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=MARGIN
// RUN: not neuro-opt --nn-quantise="calibration=random:1 percentile=0" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=PERCENTILE
// RUN: not neuro-opt --nn-quantise="calibration=random:1" %t/tensor.mlir 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: not neuro-opt --nn-quantise="calibration=random:1 report=%t/nowhere/report.json" %t/model.mlir 2>&1 | FileCheck %s --check-prefix=REPORT
// RUN: not neuro-opt --nn-quantise="calibration=random:1" %t/overflow.mlir 2>&1 | FileCheck %s --check-prefix=OVERFLOW

// NONE: error: quantisation needs calibration data
// NONE: note: give typical inputs: calibration=FILE.npz, one array per input, named as the input
// NONE: note: or, to try things out, calibration=random:SEED
// SEED: error: calibration=random:SEED needs a number as seed, not 'seven'
// ABSENT: error: cannot read the calibration data: {{.*}}absent.npz
// MISSING: error: array 'ids' is missing
// MISSING: note: expected: [sequences, 1 to 6 tokens] of integers
// MISSING: note:   actual: arrays 'x', 'Ids'
// MISSING: note: save it under this name: it is an input of the model
// Both arrays are wrong, and both are reported.
// WRONG: wrong.npz{{.*}}error: array 'x' has the wrong shape
// WRONG: note: expected: [sequences, 1 to 6 tokens, 4] of floating-point numbers
// WRONG: note:   actual: [2, 6, 5] of float32
// WRONG: error: array 'ids' has the wrong element type
// WRONG: note: expected: [sequences, 1 to 6 tokens] of integers
// WRONG: note:   actual: [2, 6] of float64
// WRONG: note: token ids are integers: convert it to int64
// VALUES: error: array 'x' holds a number that is not finite
// VALUES: note: expected: finite numbers
// VALUES: note:   actual: NaN at element 30 (sequence 1, token 1)
// VALUES: error: array 'ids' holds an id out of range
// VALUES: note: expected: 0 to 2
// VALUES: note:   actual: 3 at element 8 (sequence 1, token 2)
// LENGTHS: error: array 'ids' has another number of sequences or tokens than 'x'
// LENGTHS: note: expected: 2 sequences of 6 tokens
// LENGTHS: note:   actual: 2 sequences of 5 tokens
// EMPTY: error: array 'x' is empty
// EMPTY: note: expected: at least one token of one sequence
// EMPTY: note:   actual: [0, 6, 4] of float32
// LONG: error: array 'x' has too many tokens
// LONG: note: expected: at most 6, as the model was exported for
// LONG: note:   actual: 7
// LONG: note: cut the sequences, or export the model for longer ones
// ZERO: warning: calibration never reaches 'input x': its values are all zero, so that its range is unknown
// ZERO: warning: calibration never reaches 'gate'
// MARGIN: error: nn-quantise: 'margin' must be from 1 to 1000, not 5.000000e-01
// PERCENTILE: error: nn-quantise: 'percentile' must be above 0 and at most 100, not 0.000000e+00
// TENSOR: error: nn-quantise needs the stream form
// TENSOR: note: run 'nn-to-stream' first
// REPORT: error: {{.*}}report.json
// OVERFLOW: error: {{.*}}the result of 'square' is not finite on the calibration data
// OVERFLOW: note: {{.*}}a weight or an input is far too large: no integer range can hold this value

//--- make.py
import sys
import numpy as np

def save(name, **arrays):
    np.savez(f"{sys.argv[1]}/{name}.npz", **arrays)

x = np.ones((2, 6, 4), np.float32)
ids = np.zeros((2, 6), np.int64)
save("missing", x=x, Ids=ids)
save("wrong", x=np.ones((2, 6, 5), np.float32), ids=ids.astype(np.float64))
bad_x, bad_ids = x.copy(), ids.copy()
bad_x[1, 1, 2] = np.nan
bad_ids[1, 2] = 3
save("values", x=bad_x, ids=bad_ids)
save("lengths", x=x, ids=ids[:, :5])
save("empty", x=x[:0], ids=ids[:0])
save("long", x=np.ones((2, 7, 4), np.float32), ids=np.zeros((2, 7), np.int64))
save("zero", x=0 * x, ids=ids)

//--- model.mlir
func.func @main(%x: tensor<4xf32> {nn.name = "x"}, %ids: tensor<i64> {nn.name = "ids"}) -> (tensor<4xf32> {nn.name = "y"})
    attributes {nn.stream = {tokens = 6 : i64, batch_axis = 0 : i64, time_axis = 1 : i64}} {
  %e = nn.embedding %ids {table = dense<1.0> : tensor<3x4xf32>} : tensor<i64> -> tensor<4xf32>
  %m = nn.mul %x, %e : tensor<4xf32> loc("gate")
  return %m : tensor<4xf32>
}

//--- tensor.mlir
func.func @main(%x: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  return %x : tensor<1x6x4xf32>
}

//--- overflow.mlir
func.func @main(%x: tensor<1xf32> {nn.name = "x"}) -> tensor<1xf32> attributes {nn.stream = {tokens = 6 : i64}} {
  %a = nn.affine %x {multiplier = dense<1.0e30> : tensor<1xf32>} : tensor<1xf32>
  %m = nn.mul %a, %a : tensor<1xf32> loc("square")
  return %m : tensor<1xf32>
}
