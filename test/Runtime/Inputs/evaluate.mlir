func.func @main(%x: tensor<2xf32> {nn.name = "x"}) -> (tensor<2xf32> {nn.name = "y"}) attributes {nn.stream = {tokens = 3 : i64}} {
  %y = nn.linear %x {weight = dense<[[1.0, 0.5], [0.0, 1.0]]> : tensor<2x2xf32>} : tensor<2xf32> -> tensor<2xf32>
  return %y : tensor<2xf32>
}
