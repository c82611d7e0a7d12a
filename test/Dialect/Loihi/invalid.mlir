// RUN: neuro-opt %s --split-input-file --verify-diagnostics

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      // expected-error @below {{unknown instruction 'frob'}}
      loihi.inst "frob r1"
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      // expected-error @below {{must be written 'add r0, d0, d0', got 'add r0,d0,  d0'}}
      loihi.inst "add r0,d0,  d0"
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike r3"
      loihi.inst "spike p1"
    }
    // expected-error @below {{program 'p': instruction 0 (spike r3): reads r3 before it is written on every path}}
    // expected-error @below {{program 'p': instruction 1 (spike p1): reads p1, but the group has 1 parameters}}
    // expected-error @below {{program 'p': instruction 1 (spike p1): a second spike on one path; a neuron sends at most one spike in a step}}
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
      loihi.param "a" = dense<1> : tensor<1xi32>
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{payload (L12) must be 0, 8, 16 or 24 bits, got 12}}
    loihi.group "g" %p, %s first 3 count 2 dendrites 1 payload 12 from 0 {
      // expected-error @below {{must have 1 value or one for each of the 2 neurons, got 3}}
      loihi.param "a" = dense<[1, 2, 3]> : tensor<3xi32>
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{must start at neuron 0 (M1), got 3}}
    loihi.group "g" %p, %s first 3 count 2 dendrites 1 payload 16 from 0 {
      loihi.param "a" = dense<1> : tensor<1xi32>
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{rule 'dw = x1': column 6: product has no dependency}}
    %r = loihi.rule "r" "dw = x1"
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{'epoch' (L18) must be 1..63, got 64}}
    // expected-error @below {{the terms use u2, but 'u_k' is 1}}
    %r = loihi.rule "r" "dw = u2*w" {epoch = 64 : i64, u_k = 1 : i64}
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{impulse must be 0..127 (L19), got 128}}
    %r = loihi.rule "r" "dw = x0*x1" {x1 = #loihi.trace<impulse = 128, fraction = 0, tau = 0>}
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    loihi.group "g" %p, %s first 0 count 2 dendrites 1 payload 16 from 0 {
    }
    // expected-error @below {{row 1: words must be at most 1, got 3}}
    // expected-error @below {{row 1: target must be at most 1, got 2}}
    // expected-error @below {{row 1: format must be at most 0, got 1}}
    // expected-error @below {{row 1: delay must be at most 62, got 63}}
    loihi.axons dense<[[0, 1, 0, 0, 0], [1, 2, 2, 1, 63]]> : tensor<2x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<[0, 0, 1]> : tensor<3xi32> to dense<0> : tensor<1x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    loihi.group "g" %p, %s first 0 count 2 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0], [1, 2, 2, 1, 63]]> : tensor<2x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    // expected-error @below {{'index' must end at the 1 rows of 'to', got 2}}
    loihi.fanout index dense<[0, 0, 2]> : tensor<3xi32> to dense<0> : tensor<1x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    loihi.group "g" %p, %s first 0 count 2 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0], [1, 2, 2, 1, 63]]> : tensor<2x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    // expected-error @below {{'index' must end at the 2 rows of 'to', got 1}}
    loihi.fanout index dense<[0, 0, 1]> : tensor<3xi32> to dense<0> : tensor<2x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    loihi.group "g" %p, %s first 0 count 2 dendrites 1 payload 16 from 0 {
    }
    // expected-error @below {{'index' must have 3 entries, one more than the neurons of the core, got 2}}
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{the table must be a table of i32 with 5 columns, got 'tensor<1x4xi32>'}}
    loihi.axons dense<0> : tensor<1x4xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
      // expected-error @below {{'bits' must be 8, 16 or 24, got 12}}
      loihi.state "v" bits 12 wrap init dense<0> : tensor<1xi32>
    }
  }
}

// -----

// expected-error @below {{'mesh' must be columns and rows, got 1 numbers}}
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16>, period = 1 : i64, latency = 1 : i64} {
}

// -----

// expected-error @below {{'period' must be 1..4294967295, got 0}}
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 0 : i64, latency = 1 : i64} {
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-note @below {{the rule}}
    %r = loihi.rule "r" "dw = x0*y1; dd = x0" {third_factor}
    // expected-error @below {{needs 1 to 6 delay bits for a rule that changes delays (L-15), got 0}}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
  }
}

// -----

// A misspelt instruction of a program that a group uses.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op "test"
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      // expected-error @below {{unknown instruction 'spikee'}}
      loihi.inst "spikee d0"
    }
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  loihi.core @core_0 chip 0 at 0, 0 {
    // expected-error @below {{'index' must have an entry for each neuron and one more, got none}}
    loihi.fanout index dense<> : tensor<0xi32> to dense<> : tensor<0x2xi32>
  }
}
