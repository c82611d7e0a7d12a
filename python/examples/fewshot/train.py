# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Train the few-shot decoder and export it as ONNX.

Three stages. (1) The convolutional embedding learns to classify background
characters, their quarter turns and generated glyphs, with a cosine softmax.
(2) The decoder starts as a nearest-neighbour reader: image and label live in
separate dimensions, queries and keys of each layer share one
similarity-preserving matrix, values carry the label. (3) Everything trains
end to end on random episodes of 2 to 20 ways. Evaluation characters are never
touched.
"""

import argparse
import copy
import math
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1]))

from model import LABELS, PIXELS, WAYS, FewShotDecoder, export  # noqa: E402
from neuro import episodes as E  # noqa: E402
from neuro import glyphs  # noqa: E402

EXAMPLES = """examples:
  python3 train.py                                  the committed model
  python3 train.py --minutes 2 --output /tmp/m.onnx a quick try
  python3 train.py --validate                       hold out five background
                                                    alphabets, report on them
"""


class Source:
    """Background characters and glyphs as uint8 images."""

    def __init__(self, data, held_out, glyph_classes):
        self.images = None
        self.held = None
        if data is not None:
            classes = data.classes("background")
            alphabets = data.alphabet[classes]
            names = np.unique(alphabets)
            keep = np.isin(alphabets, names[held_out:])
            self.held = data.images[classes[~keep]] if held_out else None
            self.images = data.images[classes[keep]]
            self.turned = np.stack(
                [np.rot90(self.images, k, (2, 3)) for k in range(4)]
            )
            alphabets = alphabets[keep]
            self.alphabets = [
                np.flatnonzero(alphabets == name) for name in np.unique(alphabets)
            ]
        self.glyph_classes = glyph_classes

    @property
    def characters(self):
        return 0 if self.images is None else len(self.images)

    @property
    def classes(self):
        """Classes of the embedding's classifier."""
        return 4 * self.characters + self.glyph_classes

    def classified(self, rng, count, glyph_share):
        """Images uint8 [count, 28, 28] and classes int64 [count]."""
        drawn = round(count * glyph_share) if self.characters else count
        which = rng.integers(0, self.glyph_classes, drawn)
        images = [
            glyphs.render(
                glyphs.class_seeds(0, self.glyph_classes, "background")[which],
                rng.integers(0, 1 << 20, drawn),
            )
        ]
        classes = [4 * self.characters + which]
        rest = count - drawn
        if rest:
            turn = rng.integers(0, 4, rest)
            which = rng.integers(0, self.characters, rest)
            images.append(self.turned[turn, which, rng.integers(0, 20, rest)])
            classes.append(turn * self.characters + which)
        return np.concatenate(images), np.concatenate(classes)

    def episodes(self, rng, count, ways, queries, glyph_share):
        """count episodes: images uint8 [count, ways + queries, 28, 28], labels
        int64 alike (UNKNOWN for queries) and answers int64 [count, queries]."""
        images = np.empty((count, ways + queries, PIXELS, PIXELS), np.uint8)
        label = np.argsort(rng.random((count, ways)), 1)
        asked = np.argsort(rng.random((count, ways)), 1)
        asked = np.tile(asked, (1, -(-queries // ways)))[:, :queries]
        rows = np.arange(count)[:, None]
        position = np.concatenate([np.tile(np.arange(ways), (count, 1)), asked], 1)
        domain = rng.random(count)
        drawn = domain < glyph_share if self.characters else domain < 2
        if drawn.any():
            n = int(drawn.sum())
            seeds = glyphs.class_seeds(0, E.GLYPH_CLASSES, "background")
            chosen = seeds[E.distinct_rows(rng, len(seeds), n, ways)]
            chosen = np.take_along_axis(chosen, position[drawn], 1)
            images[drawn] = glyphs.render(
                chosen, rng.integers(0, 1 << 20, chosen.shape)
            )
        others = np.flatnonzero(~drawn)
        if len(others):
            n = len(others)
            chosen = E.distinct_rows(rng, self.characters, n, ways)
            turn = rng.integers(0, 4, (n, ways))
            # Half of them within one alphabet, all turned alike.
            for i in np.flatnonzero(rng.random(n) < 0.5):
                family = self.alphabets[rng.integers(len(self.alphabets))]
                if len(family) >= ways:
                    chosen[i] = rng.permutation(family)[:ways]
                    turn[i] = turn[i, 0]
            # The drawer of a query differs from that of its support.
            drawer = rng.integers(0, 20, (n, ways))
            place = position[others]
            shift = rng.integers(1, 20, (n, ways + queries))
            shift[:, :ways] = 0
            drawer = (np.take_along_axis(drawer, place, 1) + shift) % 20
            images[others] = self.turned[
                np.take_along_axis(turn, place, 1),
                np.take_along_axis(chosen, place, 1),
                drawer,
            ]
        labels = np.full((count, ways + queries), E.UNKNOWN, np.int64)
        labels[:, :ways] = label
        return images, labels, label[rows, asked]


def augment(images, generator, strength=1.0):
    """uint8 [n, 28, 28] -> float32 [n, 784]: a small affine map and a smooth
    displacement of each image, back to binary ink."""
    n = len(images)
    x = torch.from_numpy(images).float()[:, None]

    def normal(*shape):
        return torch.randn(*shape, generator=generator) * strength

    angle, scale = 0.12 * normal(n), torch.exp(0.08 * normal(n, 2))
    shear = 0.12 * normal(n)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = cosine * scale[:, 0]
    theta[:, 0, 1] = (cosine * shear - sine) * scale[:, 1]
    theta[:, 1, 0] = sine * scale[:, 0]
    theta[:, 1, 1] = (sine * shear + cosine) * scale[:, 1]
    theta[:, :, 2] = 1.2 / 14 * normal(n, 2)
    grid = F.affine_grid(theta, (n, 1, PIXELS, PIXELS), align_corners=False)
    bend = F.interpolate(
        0.7 / 14 * normal(n, 2, 5, 5), (PIXELS, PIXELS), mode="bilinear",
        align_corners=True,
    )
    x = F.grid_sample(x, grid + bend.permute(0, 2, 3, 1), align_corners=False)
    level = 0.3 + 0.25 * torch.rand(n, 1, 1, 1, generator=generator)
    return (x > level).float().reshape(n, -1)


class Clock:
    """Position 0..1 in a time budget or a number of steps."""

    def __init__(self, minutes, steps):
        self.start, self.seconds, self.steps = time.time(), minutes * 60, steps
        self.step = 0

    def tick(self):
        self.step += 1
        if self.steps:
            return self.step / self.steps
        return (time.time() - self.start) / max(self.seconds, 1e-9)


def rate(peak, done, warm=0.02, floor=0.01):
    if done < warm:
        return peak * max(done / warm, 0.02)
    done = (done - warm) / (1 - warm)
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(done, 1))))


def say(log_start, text):
    print(f"[{time.time() - log_start:6.0f} s] {text}", flush=True)


def held_episodes(source, ways, count, seed):
    """Episodes of the held-out background alphabets, or None."""
    if source.held is None:
        return None
    split = np.zeros(len(source.held), np.uint8)
    data = E.Omniglot(source.held, split, split, None, None, None)
    return E.omniglot_episodes(data, "background", ways, count, seed)


@torch.no_grad()
def nearest_accuracy(embed, episodes):
    """Nearest neighbour by cosine in the embedding."""
    embed.eval()
    images = torch.from_numpy(episodes["images"])
    count, tokens = images.shape[:2]
    flat = images.reshape(count * tokens, -1)
    z = torch.cat([embed(part) for part in flat.split(2048)])
    z = F.normalize(z - z.mean(0), dim=1).reshape(count, tokens, -1)
    score = (z[:, :-1] * z[:, -1:]).sum(-1).numpy()
    best = score.argmax(1)
    embed.train()
    label = episodes["labels"][np.arange(count), best]
    return float((label == episodes["answer"]).mean())


@torch.no_grad()
def decoder_accuracy(model, episodes, batch=100):
    model.eval()
    images = torch.from_numpy(episodes["images"])
    labels = torch.from_numpy(episodes["labels"])
    logits = torch.cat(
        [model(i, l) for i, l in zip(images.split(batch), labels.split(batch))]
    )
    model.train()
    return E.accuracy(logits.numpy(), episodes)


def pretrain(embed, source, args, generator, rng, minutes, log_start):
    """Stage 1: the embedding as a cosine classifier with a margin."""
    width = embed.linear.out_features
    weight = torch.nn.Parameter(torch.randn(source.classes, width))
    parameters = [p for p in embed.parameters()] + [weight]
    optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-3)
    clock, done, shown, mean = Clock(minutes, args.pretrain_steps), 0.0, 0.0, 0.0
    check = held_episodes(source, 20, 400, 1)
    while done < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate(3e-3, done)
        images, classes = source.classified(rng, args.batch, args.glyph_share)
        z = F.normalize(embed(augment(images, generator)), dim=1)
        logits = 24.0 * z @ F.normalize(weight, dim=1).t()
        target = torch.from_numpy(classes)
        margin = torch.full((len(target), 1), -24.0 * 0.15)
        logits = logits.scatter_add(1, target[:, None], margin)
        loss = F.cross_entropy(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean += 0.02 * (loss.item() - mean)
        done = clock.tick()
        if done >= shown:
            shown += 0.1
            text = f"pretrain {done:4.0%} step {clock.step} loss {mean:.3f}"
            if check is not None:
                text += f" held-out 20-way nearest {nearest_accuracy(embed, check):.4f}"
            say(log_start, text)


@torch.no_grad()
def assemble(model, embed, source, generator, rng):
    """Stage 2: the decoder as a nearest-neighbour reader of the embedding."""
    width = model.head.in_features
    heads = model.settings["heads"]
    size = width // heads
    image_dims = embed.linear.out_features
    label_dims = width - image_dims

    def frame(rows, columns):
        basis, _ = torch.linalg.qr(torch.randn(rows, columns, generator=generator))
        return basis

    # Image dimensions centred, of unit variance on the whole.
    images, _ = source.classified(rng, 2048, 0.25)
    embed.eval()
    z = embed(augment(images, generator))
    mean, spread = z.mean(0), z.std(0).mean()
    embed.train()
    model.image.stages.load_state_dict(embed.stages.state_dict())
    model.image.linear.weight.zero_()
    model.image.linear.bias.zero_()
    model.image.linear.weight[:image_dims] = embed.linear.weight / spread
    model.image.linear.bias[:image_dims] = (embed.linear.bias - mean) / spread
    code = torch.eye(WAYS)[:, :label_dims]
    if label_dims < WAYS:
        code = F.normalize(torch.randn(WAYS, label_dims, generator=generator))
    strength = 4.0
    model.label.weight.normal_(0, 0.02, generator=generator)
    model.label.weight[:WAYS, image_dims : image_dims + code.shape[1]] += (
        strength * code
    )
    known = torch.zeros(width)
    known[image_dims : image_dims + code.shape[1]] = 1.0
    for block in model.blocks:
        attention = block.attention
        # One dimension of each head tells labelled tokens from the query, the
        # others hold a projection of the image.
        similar = frame(heads * (size - 1), image_dims)
        matrix = torch.zeros(width, width)
        gate = torch.arange(width) % size == size - 1
        matrix[~gate, :image_dims] = similar * math.sqrt(heads)
        self_score = 12.0
        gain = math.sqrt(self_score * math.sqrt(size) / image_dims)
        attention.query.weight.copy_(gain * matrix)
        attention.key.weight.copy_(gain * matrix)
        attention.query.bias.zero_()
        attention.key.bias.zero_()
        attention.key.weight[gate] = known * 0.8
        attention.query.bias[gate] = self_score * math.sqrt(size) / 3.0
        carry = torch.zeros(width, width)
        span = min(label_dims, width - image_dims)
        basis = frame(width, span)
        carry[:, image_dims : image_dims + span] = basis
        attention.value.weight.copy_(carry)
        attention.value.bias.zero_()
        attention.out.weight.copy_(2.0 * carry.t())
        attention.out.bias.zero_()
        block.up.weight.normal_(0, 0.1, generator=generator)
        block.down.weight.normal_(0, 0.02, generator=generator)
    model.head.weight.normal_(0, 0.02, generator=generator)
    model.head.weight[:, image_dims : image_dims + code.shape[1]] += 2.0 * code
    model.head.bias.zero_()


@torch.no_grad()
def average(mean, model, decay):
    for slow, fast in zip(mean.state_dict().values(), model.state_dict().values()):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - decay)
        else:
            slow.copy_(fast)


def episodic(model, source, args, generator, rng, minutes, log_start):
    """Stage 3: end to end on episodes; returns the averaged model."""
    image = list(model.image.parameters())
    ids = {id(p) for p in image}
    rest = [p for p in model.parameters() if id(p) not in ids]
    optimiser = torch.optim.AdamW(
        [{"params": image, "peak": args.rate}, {"params": rest, "peak": args.rate}],
        lr=args.rate,
        weight_decay=0.02,
    )
    slow = copy.deepcopy(model)
    clock, done, shown, saved = Clock(minutes, args.steps), 0.0, 0.0, time.time()
    checks = [held_episodes(source, 5, 2000, 2), held_episodes(source, 20, 500, 2)]
    checks += [E.glyph_episodes(5, 500, 5, "background")]
    loss_mean = right_mean = 0.0
    while done < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate(group["peak"], done)
        pick = rng.random()
        ways = 20 if pick < 0.45 else 5 if pick < 0.7 else int(rng.integers(2, 21))
        queries = min(ways, 20)
        count = max(1, round(args.batch / (ways + queries)))
        images, labels, answer = source.episodes(
            rng, count, ways, queries, args.glyph_share
        )
        x = augment(images.reshape(-1, PIXELS, PIXELS), generator, args.strength)
        x = x.reshape(count, ways + queries, -1)
        logits = model.answer_queries(x, torch.from_numpy(labels), ways)[..., :ways]
        target = torch.from_numpy(answer)
        loss = F.cross_entropy(
            logits.reshape(-1, ways), target.reshape(-1), label_smoothing=0.02
        )
        right = (logits.argmax(-1) == target).float().mean().item()
        total = loss + 0.01 * model.score_peak(24.0)
        optimiser.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average(slow, model, min(0.999, (clock.step + 1) / (clock.step + 20)))
        loss_mean += 0.02 * (loss.item() - loss_mean)
        right_mean += 0.02 * (right - right_mean)
        done = clock.tick()
        if done >= shown:
            shown += 0.04
            text = f"episodes {done:4.0%} step {clock.step} loss {loss_mean:.4f}"
            text += f" train accuracy {right_mean:.4f}"
            for check in checks:
                if check is not None:
                    kind = "glyph" if "glyph" in check["name"] else "held-out"
                    text += f" {kind} {check['ways']}-way"
                    text += f" {decoder_accuracy(slow, check):.4f}"
            say(log_start, text)
        if time.time() - saved > 120 or done >= 1:
            saved = time.time()
            save(slow, args.checkpoint)
    return slow


def save(model, path):
    if path:
        torch.save({"settings": model.settings, "state": model.state_dict()}, path)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--output", default="fewshot.onnx", help="ONNX file (%(default)s)")
    add("--checkpoint", help="torch checkpoint, written during the run")
    add("--minutes", type=float, default=48.0, help="wall clock budget (%(default)s)")
    add("--pretrain-share", type=float, default=0.3, help="of the budget")
    add("--pretrain-steps", type=int, help="steps of stage 1 instead of a budget")
    add("--steps", type=int, help="steps of stage 3 instead of a budget")
    add("--width", type=int, default=64)
    add("--layers", type=int, default=2)
    add("--heads", type=int, default=4)
    add("--channels", type=int, nargs="+", default=[24, 48, 64])
    add("--batch", type=int, default=400, help="images per step (%(default)s)")
    add("--rate", type=float, default=1.5e-3, help="peak rate of stage 3 (%(default)s)")
    add("--strength", type=float, default=0.7, help="augmentation in stage 3")
    add("--glyph-share", type=float, default=0.25)
    add("--seed", type=int, default=1)
    add("--threads", type=int, default=2)
    add("--opset", type=int, default=17)
    add("--omniglot", help="path of omniglot28.npz (default: see neuro.episodes)")
    add("--validate", action="store_true", help="hold out five alphabets")
    add("--embedding", help="reuse (or write) the result of stage 1, a .pt file")
    args = parser.parse_args(arguments)
    if args.width % args.heads or args.width < 2 * LABELS:
        parser.error(f"width must be a multiple of the heads and at least {2 * LABELS}")
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    start = time.time()
    try:
        data = E.load_omniglot(args.omniglot)
    except E.DatasetNotFound as error:
        say(start, f"{error}; training on glyphs alone")
        data = None
    source = Source(data, 5 if args.validate else 0, 1000)
    say(start, f"{source.characters} characters, {source.classes} classes")

    model = FewShotDecoder(args.width, args.heads, args.layers, args.channels)
    model = model.to(memory_format=torch.channels_last)
    say(start, f"{sum(p.numel() for p in model.parameters())} parameters")
    embed = type(model.image)(args.channels, args.width - WAYS)
    embed = embed.to(memory_format=torch.channels_last)
    known = args.embedding and pathlib.Path(args.embedding).exists()
    if known:
        embed.load_state_dict(torch.load(args.embedding))
    else:
        minutes = args.minutes * args.pretrain_share
        pretrain(embed, source, args, generator, rng, minutes, start)
        if args.embedding:
            torch.save(embed.state_dict(), args.embedding)
    assemble(model, embed, source, generator, rng)
    used = (time.time() - start) / 60
    model = episodic(
        model, source, args, generator, rng, max(args.minutes - used, 0.1), start
    )
    export(model, args.output, args.opset)
    say(start, f"wrote {args.output}")


if __name__ == "__main__":
    main()
