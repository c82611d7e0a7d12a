#!/usr/bin/env python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports a small random decoder by torch, in one of the many spellings that
networks are written in. `build` and `export` serve other tests too."""

import argparse
import io
import math
import warnings

import numpy
import torch
from torch import nn

MASKS = ("where", "add", "fill", "buffer", "triu", "multiply")
QKV = ("packed", "split", "slices", "view", "separate", "module")
SCALES = ("mul", "div", "query", "both", "none")


def options():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--layers", type=int, default=2)
    p.add_argument("--heads", type=int, default=4)
    p.add_argument("--hidden", type=int, default=0, help="width of the MLP; 0: twice the width")
    p.add_argument("--vocabulary", type=int, default=32)
    p.add_argument("--features", type=int, default=20, help="of each token, with --input float")
    p.add_argument("--classes", type=int, default=0, help="outputs; 0: as many as the vocabulary")
    p.add_argument("--tokens", type=int, default=12)
    p.add_argument("--opset", type=int, default=17)
    p.add_argument("--norm", choices=("layer", "layer-spelled", "rms", "rms-div", "none"), default="layer")
    p.add_argument("--no-bias", action="store_true")
    p.add_argument("--act", choices=("gelu", "gelu-tanh", "gelu-pow", "relu", "relu2", "silu"), default="gelu")
    p.add_argument("--gated", choices=("", "separate", "packed"), default="")
    p.add_argument("--positions", choices=("none", "learned", "sinus", "dynamic"), nargs="?", const="learned", default="none")
    p.add_argument("--mask", choices=MASKS, default="where")
    p.add_argument("--qkv", choices=QKV, default="separate", help="module: torch's own, with --mask add or triu")
    p.add_argument("--scale", choices=SCALES, default="mul")
    p.add_argument("--score", choices=("softmax", "relu"), default="softmax")
    p.add_argument("--window", type=int, default=0)
    p.add_argument("--tied", action="store_true", help="the head is the embedding's table")
    p.add_argument("--post-norm", action="store_true")
    p.add_argument("--dropout", type=float, default=0.0)
    p.add_argument("--input", choices=("ids", "float", "both", "image", "concat"), default="ids")
    p.add_argument("--last", choices=("", "gather", "slice"), default="", help="give the last token's logits only")
    p.add_argument("--kv-heads", type=int, default=0, help="fewer key and value heads (grouped queries)")
    p.add_argument("--bidirectional", action="store_true", help="no mask: must be refused")
    p.add_argument("--static", action="store_true", help="no dynamic axes")
    p.add_argument("--batch", type=int, default=1, help="with --static")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--sequences", type=int, default=3, help="sequences in --npz")
    p.add_argument("--out", required=True)
    p.add_argument("--npz", help="also write random inputs here, and torch's outputs to NPZ.expected.npz")
    return p


class LayerNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        mean = x.mean(-1, keepdim=True)
        center = x - mean
        variance = (center * center).mean(-1, keepdim=True)
        return self.weight * (center / torch.sqrt(variance + 1e-5)) + self.bias


class RMSNorm(nn.Module):
    def __init__(self, width, divide):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.divide = divide

    def forward(self, x):
        square = x.pow(2).mean(-1, keepdim=True)
        if self.divide:
            return self.weight * x / torch.sqrt(square + 1e-6)
        return x * torch.rsqrt(square + 1e-6) * self.weight


def norm(o):
    return {
        "layer": lambda: nn.LayerNorm(o.width),
        "layer-spelled": lambda: LayerNorm(o.width),
        "rms": lambda: RMSNorm(o.width, False),
        "rms-div": lambda: RMSNorm(o.width, True),
        "none": nn.Identity,
    }[o.norm]()


def activation(kind, x):
    if kind == "gelu":
        return nn.functional.gelu(x)
    if kind == "gelu-tanh":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    if kind == "gelu-pow":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))
    if kind == "relu2":
        return torch.relu(x) ** 2
    return nn.functional.silu(x) if kind == "silu" else torch.relu(x)


class Attention(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.o = o
        bias = not o.no_bias
        kv = (o.kv_heads or o.heads) * (o.width // o.heads)
        if o.qkv == "module":
            self.module = nn.MultiheadAttention(o.width, o.heads, bias=bias, batch_first=True)
        elif o.qkv == "separate":
            self.q = nn.Linear(o.width, o.width, bias=bias)
            self.k = nn.Linear(o.width, kv, bias=bias)
            self.v = nn.Linear(o.width, kv, bias=bias)
        else:
            self.qkv = nn.Linear(o.width, 3 * o.width, bias=bias)
        self.out = nn.Linear(o.width, o.width, bias=bias)
        self.drop = nn.Dropout(o.dropout)
        self.register_buffer("tril", torch.tril(torch.ones(1, 1, 4 * o.tokens, 4 * o.tokens)), persistent=False)

    def parts(self, x):
        o, (b, t, _) = self.o, x.shape
        if o.qkv == "separate":
            return self.q(x), self.k(x), self.v(x)
        y = self.qkv(x)
        if o.qkv == "packed":
            return y.chunk(3, dim=-1)
        if o.qkv == "split":
            return y.split(o.width, dim=2)
        w = o.width
        return y[..., :w], y[..., w : 2 * w], y[..., 2 * w :]

    def forward(self, x, mask):
        o, (b, t, _) = self.o, x.shape
        d = o.width // o.heads
        if o.qkv == "module":
            return self.module(x, x, x, attn_mask=mask, need_weights=False)[0]
        if o.qkv == "view":
            q, k, v = self.qkv(x).reshape(b, t, 3, o.heads, d).permute(2, 0, 3, 1, 4)
        else:
            q, k, v = (y.view(b, t, -1, d).transpose(1, 2) for y in self.parts(x))
        if o.kv_heads:
            shape = (b, o.kv_heads, o.heads // o.kv_heads, t, d)
            k, v = (y.unsqueeze(2).expand(shape).reshape(b, o.heads, t, d) for y in (k, v))
        scale = 1 / math.sqrt(d)
        if o.scale == "query":
            q = q * scale
        if o.scale == "both":
            q, k = q * math.sqrt(scale), k * math.sqrt(scale)
        s = q @ k.transpose(-2, -1)
        if o.scale == "mul":
            s = s * scale
        if o.scale == "div":
            s = s / math.sqrt(d)
        if o.score == "relu":
            s = torch.relu(s) * mask if o.mask == "multiply" else torch.relu(self.masked(s, mask))
            return self.out((s @ v).transpose(1, 2).reshape(b, t, o.width))
        s = self.drop(torch.softmax(self.masked(s, mask), dim=-1))
        return self.out((s @ v).transpose(1, 2).contiguous().view(b, t, o.width))

    def masked(self, s, mask):
        o, t = self.o, s.shape[-1]
        if o.bidirectional:
            return s
        if o.mask == "where":
            return torch.where(mask, s, torch.tensor(-1e9))
        if o.mask == "fill":
            return s.masked_fill(~mask, float("-inf"))
        if o.mask == "buffer":
            return s.masked_fill(self.tril[:, :, :t, :t] == 0, torch.finfo(torch.float32).min)
        if o.mask == "multiply":
            return s * mask - 1e4 * (1 - mask)
        return s + mask


class Block(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.o = o
        hidden, bias = o.hidden or 2 * o.width, not o.no_bias
        self.norm1, self.attention, self.norm2 = norm(o), Attention(o), norm(o)
        self.up = nn.Linear(o.width, hidden * (2 if o.gated == "packed" else 1), bias=bias)
        if o.gated == "separate":
            self.gate = nn.Linear(o.width, hidden, bias=bias)
        self.down = nn.Linear(hidden, o.width, bias=bias)
        self.drop = nn.Dropout(o.dropout)

    def mlp(self, x):
        if self.o.gated == "packed":
            a, b = self.up(x).chunk(2, dim=-1)
            return self.down(activation(self.o.act, a) * b)
        h = activation(self.o.act, self.up(x))
        return self.down(h * self.gate(x) if self.o.gated else h)

    def forward(self, x, mask):
        if self.o.post_norm:
            x = self.norm1(x + self.attention(x, mask))
            return self.norm2(x + self.mlp(x))
        x = x + self.drop(self.attention(self.norm1(x), mask))
        return x + self.drop(self.mlp(self.norm2(x)))


class Decoder(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.o = o
        if o.input != "float":
            self.embed = nn.Embedding(o.vocabulary, o.width)
        if o.input in ("float", "both"):
            self.project = nn.Linear(o.features, o.width)
        if o.input == "concat":
            self.join = nn.Linear(o.features + o.width, o.width)
        if o.input == "image":
            self.conv = nn.Sequential(
                nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
                nn.Conv2d(4, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4, o.width))
        if o.positions != "none":
            self.position = nn.Embedding(4 * o.tokens, o.width)
            t = torch.arange(4 * o.tokens)[:, None] / 100 ** (torch.arange(o.width) / o.width)
            self.register_buffer("sinus", torch.sin(t), persistent=False)
        self.blocks = nn.ModuleList(Block(o) for _ in range(o.layers))
        self.norm = norm(o)
        self.head = nn.Linear(o.width, o.classes or o.vocabulary, bias=not o.tied)
        if o.tied:
            self.head.weight = self.embed.weight
        n = 4 * o.tokens
        band = torch.ones(n, n).tril()
        if o.window:
            band = band - torch.ones(n, n).tril(-o.window)
        additive = torch.zeros(n, n).masked_fill(band == 0, float("-inf"))
        kind = {"where": band.bool(), "fill": band.bool(), "multiply": band}.get(o.mask, additive)
        self.register_buffer("mask", kind, persistent=False)

    def forward(self, *inputs):
        o, t = self.o, inputs[0].shape[1]
        mask = self.mask[:t, :t]
        if o.mask == "triu":
            mask = torch.triu(torch.full((t, t), float("-inf")), diagonal=1)
        if o.input == "float":
            x = self.project(inputs[0])
        elif o.input == "both":
            x = self.project(inputs[0]) + self.embed(inputs[1])
        elif o.input == "concat":
            x = self.join(torch.cat([inputs[0], self.embed(inputs[1])], dim=-1))
        elif o.input == "image":
            x = self.conv(inputs[0].reshape(-1, 1, 8, 8)).view(inputs[1].shape + (-1,)) + self.embed(inputs[1])
        else:
            x = self.embed(inputs[0]) * (math.sqrt(o.width) if o.tied else 1.0)
        if o.positions == "learned":
            x = x + self.position.weight[:t]
        elif o.positions == "sinus":
            x = x + self.sinus[:t][None]
        elif o.positions == "dynamic":
            x = x + self.position(torch.arange(t))[None]
        for block in self.blocks:
            x = block(x, mask)
        x = self.norm(x)
        if o.last == "slice":
            x = x[:, -1:]
        if o.last == "gather":
            x = x[:, -1]
        return self.head(x)


def inputs(o, sequences):
    generator = torch.Generator().manual_seed(o.seed + 1)
    ids = torch.randint(0, o.vocabulary, (sequences, o.tokens), generator=generator)
    floats = torch.randn(sequences, o.tokens, 64 if o.input == "image" else o.features, generator=generator)
    if o.input == "ids":
        return {"ids": ids}
    return {"x": floats} if o.input == "float" else {"x": floats, "ids": ids}


def build(o):
    torch.manual_seed(o.seed)
    model = Decoder(o)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Norms and biases that are not trivial, or mistakes would not show.
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
    return model.eval()


def export(o, model, file):
    example = inputs(o, o.batch if o.static else 2)
    axes = {name: {0: "batch", 1: "tokens"} for name in example}
    axes["logits"] = {0: "batch"} if o.last == "gather" else {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, tuple(example.values()), file, input_names=list(example), output_names=["logits"],
            opset_version=o.opset, dynamic_axes=None if o.static else axes)


def main():
    o = options().parse_args()
    model = build(o)
    buffer = io.BytesIO()
    export(o, model, buffer)
    with open(o.out, "wb") as file:
        file.write(buffer.getvalue())
    if o.npz:
        arrays = inputs(o, o.batch if o.static else o.sequences)
        with torch.no_grad():
            logits = model(*arrays.values())
        numpy.savez(o.npz, **{name: array.numpy() for name, array in arrays.items()})
        numpy.savez(o.npz + ".expected.npz", logits=logits.numpy())


if __name__ == "__main__":
    main()
