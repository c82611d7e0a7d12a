// RUN: not neuro-translate --emit-nrb --split-input-file %s 2>&1 | FileCheck %s

// What the loader would refuse is not written, with the loader's reasons.
// CHECK: error: 'loihi.system' op does not make a valid binary
// CHECK: note: unknown target 'loihi9'; known are loihi2, loihi2-128, unbounded
// CHECK: note: L25: 5000 chips, 1 to 1152 are possible
loihi.system @target target "loihi9" attributes {chips = 5000 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
}

// -----

// CHECK: error: 'loihi.system' op does not make a valid binary
// CHECK: note: core 0: fanout 0: core 7 does not exist, the file has 1
// CHECK: note: the file has no output
loihi.system @indices target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.fanout index dense<[0, 1]> : tensor<2xi32> to dense<[[7, 0]]> : tensor<1x2xi32>
  }
}

// -----

// CHECK: error: 'loihi.synapses' op a table has no data or a wrong element type; print the module with all its resources
loihi.system @elided target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  loihi.core @core_0 chip 0 at 0, 0 {
    loihi.synapses dense_resource<__elided__> : tensor<1000xi64>
  }
}

// -----

// CHECK: error: 'loihi.core' op x 300 does not fit its field of the file
loihi.system @field target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  loihi.core @core_0 chip 0 at 300, 0 {
  }
}
