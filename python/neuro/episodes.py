# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Few-shot episodes: one labelled image per class, then one query.

An episode of N ways is a sequence of T = N + 1 tokens. Tokens 0..N-1 are the
supports: one image of each class with its label; token N is the query with
the label UNKNOWN. Labels are a random permutation of 0..N-1, so nothing but
the supports tells which class has which label. The prediction of a model is
the argmax over its first N logits.

Every sampler returns a dict:

  images  float32 [E, T, 784], ink 0 or 1, row-major 28x28
  labels  int64   [E, T], 0..N-1 for supports, 20 (UNKNOWN) for the query
  answer  int64   [E], the label of the query's class
  ways    int, N
  name    str, such as 'omniglot_5way_1shot'
"""

import os
import pathlib

import numpy as np

from . import glyphs

__all__ = [
    "GLYPH_CLASSES",
    "MAX_WAYS",
    "UNKNOWN",
    "DatasetNotFound",
    "Omniglot",
    "accuracy",
    "calibration_episodes",
    "distinct_rows",
    "find_omniglot",
    "glyph_episodes",
    "load_omniglot",
    "official_runs",
    "omniglot_episodes",
]

#: Largest number of classes in an episode, and width of a model's logits.
MAX_WAYS = 20

#: The label of a token whose class is not given.
UNKNOWN = 20

#: Number of glyph classes in each split.
GLYPH_CLASSES = 20000

_PIXELS = glyphs.SIZE * glyphs.SIZE
_RELATIVE = pathlib.Path("omniglot") / "omniglot28.npz"


class DatasetNotFound(FileNotFoundError):
    """Omniglot is not on this machine; the message lists where it was sought."""


class Omniglot:
    """Omniglot at 28x28, as read by load_omniglot.

    Attributes:
      images: uint8 [classes, 20 drawers, 28, 28], 1 = ink.
      split: uint8 [classes], 0 = background, 1 = evaluation.
      alphabet: uint8 [classes], number of the alphabet.
      support, query, runs_answer: integers [20 runs, 20], the official
        one-shot runs; support and query are flat indices class * 20 + drawer,
        the answer is the position of the right support.
    """

    SPLITS = {"background": 0, "evaluation": 1}

    def __init__(self, images, split, alphabet, support, query, answer):
        self.images = images
        self.split = split
        self.alphabet = alphabet
        self.support = support
        self.query = query
        self.runs_answer = answer

    def classes(self, split):
        """Indices int64 [n] of the classes of 'background' or 'evaluation'.

        Raises:
          ValueError: unknown split.
        """
        if split not in self.SPLITS:
            known = ", ".join(self.SPLITS)
            raise ValueError(f"unknown split {split!r}; known: {known}")
        return np.flatnonzero(self.split == self.SPLITS[split])


def find_omniglot(path=None):
    """Where the Omniglot archive lies.

    Args:
      path: the .npz itself, or None to look at
        $NEURO_DATA/omniglot/omniglot28.npz, then at
        ../shared/data/omniglot/omniglot28.npz from the project's root.

    Returns:
      pathlib.Path of an existing file.

    Raises:
      DatasetNotFound: no such file.
    """
    if path is not None:
        places = [pathlib.Path(path)]
    else:
        places = []
        if os.environ.get("NEURO_DATA"):
            places.append(pathlib.Path(os.environ["NEURO_DATA"]) / _RELATIVE)
        # The package lies in python/neuro, or copied under the build folder.
        for root in pathlib.Path(__file__).resolve().parents[2:4]:
            places.append(root.parent / "shared" / "data" / _RELATIVE)
    for place in places:
        if place.is_file():
            return place
    tried = ", ".join(str(place) for place in places)
    raise DatasetNotFound(
        f"Omniglot not found (tried {tried}); set NEURO_DATA to the folder "
        "that holds omniglot/omniglot28.npz, or use glyph episodes"
    )


def load_omniglot(path=None):
    """Read Omniglot.

    Args:
      path: as for find_omniglot.

    Returns:
      Omniglot.

    Raises:
      DatasetNotFound: no file there.
      ValueError: the file is not the expected archive.
    """
    place = find_omniglot(path)
    try:
        with np.load(place) as data:
            bits = np.unpackbits(data["bits"], axis=-1)
            images = bits.reshape(bits.shape[:2] + (28, 28))
            return Omniglot(
                images,
                data["char_split"],
                data["char_alphabet"],
                data["oneshot_support"].astype(np.int64),
                data["oneshot_query"].astype(np.int64),
                data["oneshot_answer"].astype(np.int64),
            )
    except DatasetNotFound:
        raise
    except Exception as error:
        raise ValueError(f"{place}: not an Omniglot archive: {error}") from error


def _check(ways, count):
    if not 2 <= ways <= MAX_WAYS:
        raise ValueError(f"ways must be 2 to {MAX_WAYS}, not {ways}")
    if count < 0:
        raise ValueError(f"count must be 0 or more, not {count}")


def distinct_rows(rng, population, count, number):
    """Rows of distinct numbers.

    Args:
      rng: numpy.random.Generator.
      population: numbers are below this.
      count: number of rows.
      number: length of a row.

    Returns:
      int64 [count, number].

    Raises:
      ValueError: number exceeds population.
    """
    if number > population:
        raise ValueError(f"{number} classes wanted, {population} there")
    rows = rng.integers(0, population, (count, number))
    while True:
        ordered = np.sort(rows, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(1))
        if not len(again):
            return rows
        for row in again:
            rows[row] = rng.choice(population, number, replace=False)


def _episode_dict(support, query, target, rng, name):
    """support [E, N, 28, 28], query [E, 28, 28], target [E] = position of the
    query's class among the supports."""
    count, ways = support.shape[:2]
    images = np.empty((count, ways + 1, _PIXELS), np.float32)
    images[:, :ways] = support.reshape(count, ways, _PIXELS)
    images[:, ways] = query.reshape(count, _PIXELS)
    labels = np.full((count, ways + 1), UNKNOWN, np.int64)
    labels[:, :ways] = np.argsort(rng.random((count, ways)), axis=1)
    answer = labels[np.arange(count), target]
    return {
        "images": images,
        "labels": labels,
        "answer": answer,
        "ways": ways,
        "name": name,
    }


def omniglot_episodes(data, split, ways, count, seed):
    """Random N-way 1-shot episodes of Omniglot.

    Classes are drawn from the whole split, drawers at random; the query is
    another drawer's image of one of the classes.

    Args:
      data: Omniglot, or a path or None for load_omniglot.
      split: 'background' or 'evaluation'.
      ways: 2 to 20.
      count: number of episodes.
      seed: integer >= 0; equal seeds give equal episodes.

    Returns:
      an episode dict (see the module), name 'omniglot_<ways>way_1shot'.

    Raises:
      DatasetNotFound, ValueError.
    """
    _check(ways, count)
    if not isinstance(data, Omniglot):
        data = load_omniglot(data)
    classes = data.classes(split)
    rng = np.random.default_rng([seed, ways, Omniglot.SPLITS[split]])
    chosen = classes[distinct_rows(rng, len(classes), count, ways)]
    drawers = data.images.shape[1]
    drawer = rng.integers(0, drawers, (count, ways))
    target = rng.integers(0, ways, count)
    rows = np.arange(count)
    other = rng.integers(1, drawers, count)
    query_drawer = (drawer[rows, target] + other) % drawers
    return _episode_dict(
        data.images[chosen, drawer],
        data.images[chosen[rows, target], query_drawer],
        target,
        rng,
        f"omniglot_{ways}way_1shot",
    )


def official_runs(data=None):
    """The 20 official one-shot runs of Omniglot as 400 episodes of 20 ways.

    Each run shares one set of 20 supports, all from one alphabet, among its
    20 queries.

    Args:
      data: Omniglot, or a path or None for load_omniglot.

    Returns:
      an episode dict, E = 400, T = 21, name 'omniglot_official_runs'; the
      label of a support is its position in the run, so answers are those of
      the archive.

    Raises:
      DatasetNotFound, ValueError.
    """
    if not isinstance(data, Omniglot):
        data = load_omniglot(data)
    flat = data.images.reshape((-1,) + data.images.shape[2:])
    runs, queries = data.query.shape
    support = np.repeat(flat[data.support], queries, axis=0)
    query = flat[data.query.reshape(-1)]
    target = data.runs_answer.reshape(-1)
    episodes = _episode_dict(
        support, query, target, np.random.default_rng(0), "omniglot_official_runs"
    )
    ways = support.shape[1]
    episodes["labels"][:, :ways] = np.arange(ways)
    episodes["answer"] = target.copy()
    return episodes


def glyph_episodes(ways, count, seed, split="evaluation"):
    """Random N-way 1-shot episodes of generated glyphs; needs no data.

    Args:
      ways: 2 to 20.
      count: number of episodes.
      seed: integer >= 0; equal seeds give equal episodes.
      split: 'background' (classes used in training) or 'evaluation'.

    Returns:
      an episode dict, name 'glyphs_<ways>way_1shot'.

    Raises:
      ValueError.
    """
    _check(ways, count)
    seeds = glyphs.class_seeds(0, GLYPH_CLASSES, split)
    rng = np.random.default_rng([seed, ways, 2 + glyphs.SPLITS.index(split)])
    chosen = seeds[distinct_rows(rng, len(seeds), count, ways)]
    drawer = rng.integers(0, 1 << 20, (count, ways))
    target = rng.integers(0, ways, count)
    rows = np.arange(count)
    query_drawer = drawer[rows, target] + rng.integers(1, 1 << 20, count)
    return _episode_dict(
        glyphs.render(chosen, drawer),
        glyphs.render(chosen[rows, target], query_drawer),
        target,
        rng,
        f"glyphs_{ways}way_1shot",
    )


def calibration_episodes(ways, count, seed, path=None):
    """Episodes to calibrate quantisation with; never evaluation classes.

    Half Omniglot background, half background glyphs; glyphs alone where
    Omniglot is absent.

    Args:
      ways: 2 to 20.
      count: number of episodes.
      seed: integer >= 0.
      path: as for find_omniglot.

    Returns:
      an episode dict, name 'calibration_<ways>way'.

    Raises:
      ValueError.
    """
    _check(ways, count)
    try:
        data = load_omniglot(path)
    except DatasetNotFound:
        data = None
    half = count // 2 if data is not None else 0
    parts = [glyph_episodes(ways, count - half, seed, "background")]
    if half:
        parts.append(omniglot_episodes(data, "background", ways, half, seed))
    joined = {
        key: np.concatenate([part[key] for part in parts])
        for key in ("images", "labels", "answer")
    }
    order = np.random.default_rng([seed, 99]).permutation(count)
    joined = {key: value[order] for key, value in joined.items()}
    return {**joined, "ways": ways, "name": f"calibration_{ways}way"}


def accuracy(logits, episodes):
    """Fraction of right answers.

    Args:
      logits: float [E, >= ways], one row per episode.
      episodes: the episode dict.

    Returns:
      float between 0 and 1.

    Raises:
      ValueError: shapes do not match.
    """
    logits = np.asarray(logits)
    ways, answer = episodes["ways"], episodes["answer"]
    if logits.ndim != 2 or logits.shape[0] != len(answer) or logits.shape[1] < ways:
        raise ValueError(
            f"logits have shape {logits.shape}, expected [{len(answer)}, >= {ways}]"
        )
    return float((logits[:, :ways].argmax(1) == answer).mean())
