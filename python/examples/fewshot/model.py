# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The few-shot decoder and its ONNX export (PyTorch 1.13 or later)."""

import math

import torch
import torch.nn.functional as F
from torch import nn

PIXELS = 28
LABELS = 21
WAYS = 20
MAX_TOKENS = 64


class _SplitHeads(torch.autograd.Function):
    """[B, T, D] -> [B, H, T, D/H]; one Reshape with constant shape in ONNX."""

    @staticmethod
    def forward(_, x, heads, width):
        return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)

    @staticmethod
    def symbolic(g, x, heads, width):
        shape = g.op("Constant", value_t=torch.tensor([0, -1, heads, width // heads]))
        return g.op("Transpose", g.op("Reshape", x, shape), perm_i=[0, 2, 1, 3])


class _MergeHeads(torch.autograd.Function):
    """[B, H, T, d] -> [B, T, H*d]; one Reshape with constant shape in ONNX."""

    @staticmethod
    def forward(_, x, width):
        return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)

    @staticmethod
    def symbolic(g, x, width):
        shape = g.op("Constant", value_t=torch.tensor([0, -1, width]))
        return g.op("Reshape", g.op("Transpose", x, perm_i=[0, 2, 1, 3]), shape)


def split_heads(x, heads, width):
    if torch.onnx.is_in_onnx_export():
        return _SplitHeads.apply(x, heads, width)
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def merge_heads(x, width):
    if torch.onnx.is_in_onnx_export():
        return _MergeHeads.apply(x, width)
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


class ConvStage(nn.Module):
    """3x3 convolution of stride 2, batch norm, ReLU. The norm can be folded."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=True)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))

    @torch.no_grad()
    def fold(self):
        """Move the running statistics of the norm into the convolution."""
        norm = self.norm
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.conv.weight.mul_(gain[:, None, None, None])
        self.conv.bias.sub_(norm.running_mean).mul_(gain).add_(norm.bias)
        self.norm = nn.Identity()


class ImageEmbedding(nn.Module):
    """[n, 784] -> [n, width]."""

    def __init__(self, channels, width):
        super().__init__()
        self.channels = channels
        stages, inputs, side = [], 1, PIXELS
        for outputs in channels:
            stages.append(ConvStage(inputs, outputs))
            inputs, side = outputs, (side + 1) // 2
        self.stages = nn.Sequential(*stages)
        self.linear = nn.Linear(inputs * side * side, width)

    def forward(self, x):
        x = x.reshape(-1, 1, PIXELS, PIXELS)
        if not torch.onnx.is_in_onnx_export():
            x = x.contiguous(memory_format=torch.channels_last)
        return self.linear(self.stages(x).flatten(1))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.scale = 1.0 / math.sqrt(width // heads)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.score = None

    def forward(self, x, hidden):
        width = self.out.in_features
        q = split_heads(self.query(x), self.heads, width)
        k = split_heads(self.key(x), self.heads, width)
        v = split_heads(self.value(x), self.heads, width)
        score = torch.matmul(q, k.transpose(-1, -2)) * self.scale
        self.score = score if self.training else None
        score = score.masked_fill(hidden, float("-inf"))
        mixed = torch.matmul(torch.softmax(score, -1), v)
        return self.out(merge_heads(mixed, width))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x, hidden):
        x = x + self.attention(self.norm1(x), hidden)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class FewShotDecoder(nn.Module):
    """images [B, T, 784], labels [B, T] -> logits [B, 20] of the last token."""

    def __init__(self, width=64, heads=4, layers=2, channels=(24, 48, 64)):
        super().__init__()
        self.settings = dict(
            width=width, heads=heads, layers=layers, channels=tuple(channels)
        )
        self.image = ImageEmbedding(channels, width)
        self.label = nn.Embedding(LABELS, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, WAYS)
        causal = torch.ones(MAX_TOKENS, MAX_TOKENS, dtype=torch.bool).triu(1)
        self.register_buffer("causal", causal, persistent=False)

    def tokens(self, images, labels):
        x = self.image(images)
        return x.reshape(labels.shape[0], labels.shape[1], -1) + self.label(labels)

    def decode(self, x, hidden):
        for block in self.blocks:
            x = block(x, hidden)
        return self.head(self.norm(x))

    def forward(self, images, labels):
        x = self.tokens(images, labels)
        length = labels.shape[1]
        return self.decode(x, self.causal[:length, :length])[:, -1]

    def answer_queries(self, images, labels, ways):
        """All queries of a batch of episodes at once.

        images [E, N + M, 784] and labels [E, N + M] hold N supports and M
        queries. Every query sees the supports and itself, which is the causal
        sequence of N + 1 tokens; returns logits [E, M, 20]."""
        x = self.tokens(images, labels)
        length = labels.shape[1]
        hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
        hidden[ways:, ways:] = ~torch.eye(length - ways, dtype=torch.bool)
        return self.decode(x, hidden)[:, ways:]

    def score_peak(self, limit):
        """Mean square by which attention scores exceed the limit."""
        return sum(
            F.relu(block.attention.score.abs() - limit).square().mean()
            for block in self.blocks
        )


def export(model, path, opset=17):
    """Write the model as ONNX, batch norms folded, batch and tokens dynamic.

    Args:
      model: FewShotDecoder; not changed.
      path: the file to write.
      opset: ONNX operator set, 13 to 17.
    """
    import copy

    model = copy.deepcopy(model).to(memory_format=torch.contiguous_format).eval()
    for stage in model.image.stages:
        stage.fold()
    images = torch.zeros(1, 6, PIXELS * PIXELS)
    labels = torch.zeros(1, 6, dtype=torch.int64)
    torch.onnx.export(
        model,
        (images, labels),
        str(path),
        opset_version=opset,
        input_names=["images", "labels"],
        output_names=["logits"],
        dynamic_axes={
            "images": {0: "batch", 1: "tokens"},
            "labels": {0: "batch", 1: "tokens"},
            "logits": {0: "batch"},
        },
    )
