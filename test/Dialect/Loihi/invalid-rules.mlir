// RUN: neuro-opt %s --split-input-file --verify-diagnostics

// A trace that decays, but that nothing raises.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{rule 'dw = 2*x0*x1': column 11: dw reads 'x1', which has no source and is always 0}}
    // expected-note @below {{give it x1 = #loihi.trace with an impulse, or a graded_mode}}
    %r = loihi.rule "r" "dw = 2*x0*x1" {x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{column 11: dw reads 'x2', which has no source and is always 0}}
    // expected-note @below {{give it x2 = #loihi.trace with an impulse}}
    %r = loihi.rule "r" "dw = 2*x0*x2"
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{column 11: dw reads 'y1', which has no source}}
    // expected-note @below {{give it y1 = #loihi.trace with an impulse}}
    // expected-error @below {{column 21: dw reads 'y2', which has no source}}
    // expected-note @below {{give it y2 = #loihi.trace with an impulse}}
    %r = loihi.rule "r" "dw = 2*x0*y1 + 2*x0*y2" {y2 = #loihi.trace<impulse = 0, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// Traces that nobody reads.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{trace x1 has no effect: no product reads it}}
    // expected-note @below {{leave it out, or read x1}}
    // expected-error @below {{trace x2 has no effect: no product reads it}}
    // expected-note @below {{leave it out, or read x2}}
    // expected-error @below {{trace y1 has no effect: no product reads it}}
    // expected-note @below {{leave it out, or read y1}}
    %r = loihi.rule "r" "dw = 2*x0*y0" {x1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>, x2 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>, y1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{graded mode 'overwrite' has no effect: no product reads x1}}
    // expected-note @below {{leave graded_mode out, or read x1}}
    %r = loihi.rule "r" "dw = 2*x0*y0" {graded_mode = #loihi<graded_mode overwrite>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{x1 has two sources: graded mode 'overwrite' sets it from the payload, and its impulse is never added}}
    // expected-note @below {{give the trace impulse = 0 and fraction = 0, or leave graded_mode out}}
    %r = loihi.rule "r" "dw = 2*y0*x1" {graded_mode = #loihi<graded_mode overwrite>, x1 = #loihi.trace<impulse = 16, fraction = 0, tau = 65535>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "mov y1, d0"
    }
    // expected-error @below {{trace y1 has no effect: with third_factor, y1 is what the post neuron exports in each step}}
    // expected-note @below {{leave it out, or third_factor}}
    %r = loihi.rule "r" "dw = 2*x0*y1" {third_factor, y1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{third_factor has no effect: no product reads y0, y1, y2 or y3}}
    // expected-note @below {{leave it out}}
    %r = loihi.rule "r" "dw = 2*x0*x1" {third_factor, x1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// What the post neuron's program exports, and what the rule reads.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "mov y1, d0"
    }
    // expected-error @below {{column 11: dw reads 'y3', which the program of group 'g' never writes}}
    // expected-note @below {{write 'y3' in it}}
    // expected-error @below {{column 18: dw reads 'y0', which the program of group 'g' never writes}}
    // expected-note @below {{write 'bap' in it}}
    %r = loihi.rule "r" "dw = 2*x0*y3 + 2*y0*y3" {third_factor}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    // expected-error @below {{program 'p' writes y1, which no rule of the group's synapses reads}}
    // expected-note @below {{leave it out, or read y1 in a rule with third_factor}}
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "probe d0"
    }
    // expected-error @below {{column 11: dw reads 'y0', but the program of group 'g' never fires}}
    // expected-note @below {{fire, or say third_factor and write 'bap'}}
    %r = loihi.rule "r" "dw = 2*x0*y0"
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{'u_k' has no effect: no product has the factor u2}}
    // expected-note @below {{leave it out}}
    %r = loihi.rule "r" "dw = 2*x0*x1" {u_k = 2 : i64, x1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{no synapse learns by it: no format of the core names it}}
    // expected-note @below {{write 'rule %name' behind a loihi.format}}
    %r = loihi.rule "r" "dw = 2*x0*x1" {x1 = #loihi.trace<impulse = 16, fraction = 0, tau = 10>}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// Tags and delays need bits.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %r = loihi.rule "r" "dw = 2*y0*t"
    // expected-error @below {{needs tag bits for its rule: column 11: dw reads 't', which has no source and is always 0}}
    // expected-note @below {{give it 'tag' 1 to 4}}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %r = loihi.rule "r" "dw = 2*y0*d"
    // expected-error @below {{needs delay bits for its rule: column 11: dw reads 'd', which has no source and is always 0}}
    // expected-note @below {{give it 'delay' 1 to 6}}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %r = loihi.rule "r" "dw = u0*t; dt = 2*x0*y0"
    // expected-error @below {{needs tag bits for its rule: column 9: dw reads 't'}}
    // expected-note @below {{give it 'tag' 1 to 4}}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{dt has no effect: no product of dw or dd reads t}}
    // expected-note @below {{read t there, or leave dt out}}
    %r = loihi.rule "r" "dw = 2*x0*y0; dt = 2*x0*y0"
    // expected-error @below {{needs tag bits for its rule: dt changes tags}}
    // expected-note @below {{give it 'tag' 1 to 4}}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64, learning_mode = #loihi<learning_mode lava_compat>} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{dd has no effect: in lava_compat a learned delay does not act}}
    // expected-note @below {{read d in dw or dt, or leave dd out}}
    // expected-error @below {{'stochastic' has no effect: lava_compat always rounds at random}}
    // expected-note @below {{leave it out}}
    %r = loihi.rule "r" "dw = 2*x0*y0; dd = x0" {stochastic}
    %f = loihi.format mixed dense weight 8 exp -1 delay 6 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// Changes that are rounded away.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{column 6: dw never reaches 2, the smallest change that is kept}}
    // expected-note @below {{a rule of which a part never acts is not what was meant}}
    %r = loihi.rule "r" "dw = x0*y0"
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    // expected-error @below {{column 16: this product of dw is always 0}}
    // expected-note @below {{a rule of which a part never acts is not what was meant}}
    %r = loihi.rule "r" "dw = 2*x0*y0 + y0*(0)"
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// With random rounding small changes count.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %r = loihi.rule "r" "dw = 2^-7*x0*y0" {stochastic}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}

// -----

// A file that was read may hold anything.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64, unchecked} {
  %s = loihi.source "s" op ""
  loihi.core @core_0 chip 0 at 0, 0 {
    %p = loihi.program "p" {
      loihi.inst "spike d0"
    }
    %r = loihi.rule "r" "dw = x0*y1" {third_factor}
    %f = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %r
    loihi.group "g" %p, %s first 0 count 1 dendrites 1 payload 16 from 0 {
    }
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    loihi.synapses dense<0> : tensor<1xi64>
    loihi.fanout index dense<0> : tensor<2xi32> to dense<> : tensor<0x2xi32>
  }
}
