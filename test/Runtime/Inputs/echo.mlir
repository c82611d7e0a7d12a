// Two neurons that pass on what they get, and one whose plastic synapse stores half of x[0], twice, when id 1 comes.
loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64, mesh = array<i64: 16, 8>, period = 1 : i64, latency = 1 : i64, max_tokens = 6 : i64, seed = 0 : i64, fall_through, producer = "a test"} {
  %echo = loihi.source "echo" op "Identity"
  %memory = loihi.source "memory" op "Attention"
  loihi.core @core_0 chip 0 at 0, 0 {
    %pass = loihi.program "pass" {
      loihi.inst "rdc r0, d0"
      loihi.inst "eq r0, p0"
      loihi.inst "skp_c 1"
      loihi.inst "spike r0"
    }
    %keep = loihi.program "keep" {
      loihi.inst "rdc r1, d1"
      loihi.inst "mov bap, r1"
      loihi.inst "rdc r0, d0"
      loihi.inst "rmw r2, s0, r0"
      loihi.inst "spike r0"
    }
    %k = loihi.rule "k" "dw = -w*y0 + 2*x1*y0" {graded_mode = #loihi<graded_mode overwrite>, x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 65535>, third_factor}
    %first = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    %second = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 1
    %plastic = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %k
    loihi.group "echo" %pass, %echo first 0 count 2 dendrites 1 payload 24 from 0 {
      loihi.param "zero" = dense<0> : tensor<1xi32>
    }
    loihi.group "memory" %keep, %memory first 2 count 1 dendrites 2 payload 24 from 0 {
      loihi.state "sum" bits 24 wrap init dense<0> : tensor<1xi32> {is_signed}
    }
    loihi.axons dense<[[0, 1, 0, 0, 0], [0, 1, 1, 0, 0], [1, 1, 0, 0, 0], [2, 1, 0, 0, 0], [3, 1, 2, 2, 0], [4, 1, 2, 1, 0]]> : tensor<6x5xi32>
    loihi.synapses dense<[1024, 10240, 20480, 2, 1025]> : tensor<5xi64>
    loihi.fanout index dense<0> : tensor<4xi32> to dense<> : tensor<0x2xi32>
  }
  loihi.input "x" graded width 2 offset 0 index dense<[0, 2, 3]> : tensor<3xi32> to dense<[[0, 0], [0, 4], [0, 1]]> : tensor<3x2xi32> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = 0.5 : f64, limit = 127 : i64, payload_bits = 8 : i64}
  loihi.input "id" one_hot width 2 offset 0 index dense<[0, 1, 3]> : tensor<3xi32> to dense<[[0, 2], [0, 3], [0, 5]]> : tensor<3x2xi32> {shape = array<i64: 1, 6>, time_axis = 1 : i64, limit = 1 : i64, payload_bits = 8 : i64, element_type = #loihi<element_type int64>}
  loihi.output "y" %echo offset 1 from dense<[[0, 0], [0, 1]]> : tensor<2x2xi32> {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.5>}
  loihi.output "m" %memory offset 1 from dense<[[0, 2]]> : tensor<1x2xi32> {shape = array<i64: 1, 6, 1>, time_axis = 1 : i64, scale = array<f64: 1.0>}
}
