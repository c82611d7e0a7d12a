# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Figures. Each function draws into given axes, or into a new figure.

They work without a display: figures are made with matplotlib's object
interface, and nothing is shown. Save with `axes.figure.savefig(path)`.
"""

import numpy as np

__all__ = ["accuracy_bars", "new_axes", "occupancy", "plastic_weights", "raster", "weights_before_after"]

_BLUE, _ORANGE, _GREEN, _GREY, _INK = "#3557d6", "#e08a2e", "#1f9d6b", "#b9c1d1", "#1d2433"
_CYCLE = ("#3557d6", "#e08a2e", "#1f9d6b", "#8b5fbf", "#c8374a", "#4aa3c0", "#7a7f4d", "#a8557b")


def new_axes(width=8.0, height=4.5, rows=1, columns=1, **options):
    """Axes in a figure of their own, without pyplot.

    Args:
      width, height: inches.
      rows, columns: number of axes.
      options: for Figure.subplots.

    Returns:
      matplotlib Axes, or an array of them.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, constrained_layout=True)
    FigureCanvasAgg(figure)
    return figure.subplots(rows, columns, **options)


def _clean(axes):
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_GREY)
    axes.tick_params(colors=_INK, labelsize=8, color=_GREY)


def raster(spikes, axes=None, *, period=None, title="", labels=True):
    """Spikes over time, a band of rows per layer.

    Args:
      spikes: dict of layer name to an integer array [n, 2] of (step, neuron) or
        [n, 3] of (step, neuron, payload); a larger payload is drawn darker.
        Layers are drawn from top to bottom in the order given.
      axes: matplotlib Axes.
      period: steps between tokens; draws a line where each token enters.
      title: text above.
      labels: name the layers beside their bands.

    Returns:
      matplotlib Axes.

    Raises:
      ValueError: an array is not [n, 2] or [n, 3].
    """
    from matplotlib.colors import to_rgb

    axes = axes if axes is not None else new_axes(11, 7)
    ticks = []
    last = max((int(np.max(np.asarray(e)[:, 0], initial=0)) for e in spikes.values() if np.ndim(e) == 2), default=0)
    for band, (name, events) in enumerate(spikes.items()):
        events = np.asarray(events)
        if events.ndim != 2 or events.shape[1] not in (2, 3):
            raise ValueError(f"spikes of {name!r} have shape {events.shape}, expected [n, 2] or [n, 3]")
        rows = int(events[:, 1].max()) + 1 if len(events) else 1
        strength = np.ones(len(events))
        if events.shape[1] == 3 and len(events):
            size = np.abs(events[:, 2]).astype(float)
            strength = 0.15 + 0.85 * np.sqrt(size / max(size.max(), 1))
        # Equal bands, so that a layer of 4 neurons is seen beside one of 784;
        # of many neurons, the strongest of a few neighbours is drawn.
        lines = min(rows, 96)
        image = np.zeros((lines, last + 1, 4))
        image[..., :3] = to_rgb(_CYCLE[band % len(_CYCLE)])
        np.maximum.at(image[..., 3], (events[:, 1] * lines // rows, events[:, 0]), strength)
        axes.imshow(
            image, extent=(-0.5, last + 0.5, band + 0.95, band + 0.05), aspect="auto", interpolation="nearest", zorder=1
        )
        ticks.append((band + 0.5, f"{name} ({rows})"))
    for line in range(1, len(spikes)):
        axes.axhline(line, color="#eceff5", linewidth=0.8, zorder=0)
    if period:
        for step in range(0, last + 1, period):
            axes.axvline(step, color="#eceff5", linewidth=0.8, zorder=0)
    axes.set_ylim(max(len(spikes), 1), 0)
    axes.set_xlim(-1, last + 1)
    axes.set_xlabel("step")
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_yticks([tick for tick, _ in ticks] if labels else [])
    if labels:
        axes.set_yticklabels([name for _, name in ticks])
    _clean(axes)
    return axes


def plastic_weights(weights, axes=None, *, steps=None, synapses=None, title=""):
    """Weights of a plastic projection over time, one line per synapse.

    Args:
      weights: array [steps, post, pre], in units of the stored weight.
      axes: matplotlib Axes.
      steps: the step of each row; 0, 1, ... when None.
      synapses: how many lines, those that move most (default 40).
      title: text above.

    Returns:
      matplotlib Axes.

    Raises:
      ValueError: weights have no three dimensions.
    """
    weights = np.asarray(weights)
    if weights.ndim != 3:
        raise ValueError(f"weights have shape {weights.shape}, expected [steps, post, pre]")
    axes = axes if axes is not None else new_axes()
    lines = weights.reshape(len(weights), -1)
    moved = np.ptp(lines, axis=0)
    order = np.argsort(-moved, kind="stable")[: synapses or 40]
    x = np.arange(len(weights)) if steps is None else np.asarray(steps)
    post = np.unravel_index(order, weights.shape[1:])[0]
    for column, row in zip(order, post):
        axes.step(x, lines[:, column], where="post", linewidth=0.9, alpha=0.8, color=_CYCLE[row % len(_CYCLE)])
    axes.set_xlabel("step")
    axes.set_ylabel("weight")
    axes.set_title(title, fontsize=11, loc="left")
    _clean(axes)
    return axes


def weights_before_after(before, after, axes=None, *, title="", names=("before", "after")):
    """Two images of one weight matrix.

    Args:
      before, after: arrays [post, pre] in units of the stored weight.
      axes: two matplotlib Axes.
      title: text above.
      names: of the two images.

    Returns:
      array of two matplotlib Axes.

    Raises:
      ValueError: the shapes differ.
    """
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape or before.ndim != 2:
        raise ValueError(f"expected two matrices of one shape, got {before.shape} and {after.shape}")
    axes = axes if axes is not None else new_axes(9, 3.2, 1, 2, sharey=True)
    bound = max(1, int(np.abs([before, after]).max()))
    for panel, values, name in zip(axes, (before, after), names):
        image = panel.imshow(
            values, aspect="auto", cmap="RdBu_r", vmin=-bound, vmax=bound, interpolation="nearest", origin="lower"
        )
        panel.set_title(f"{title} {name}".strip(), fontsize=10, loc="left")
        panel.set_xlabel("pre neuron")
        panel.tick_params(labelsize=8)
    axes[0].set_ylabel("post neuron")
    axes[0].figure.colorbar(image, ax=list(axes), shrink=0.9, label="weight")
    return axes


def accuracy_bars(results, axes=None, *, title=""):
    """Accuracy by task and way of running.

    Args:
      results: dict of task name to a dict with `chance` and any of `float`,
        `quantised`, `chip`, `chip_without_learning`, in percent.
      axes: matplotlib Axes.
      title: text above.

    Returns:
      matplotlib Axes.

    Raises:
      ValueError: there is no task.
    """
    if not results:
        raise ValueError("no task to draw")
    axes = axes if axes is not None else new_axes(max(6.5, 2.2 + 2.3 * len(results)), 4.8)
    columns = [
        ("float", "floating point", _GREY),
        ("quantised", "quantised", "#8fa3e8"),
        ("chip", "chip", _BLUE),
        ("chip_without_learning", "chip, learning off", _ORANGE),
    ]
    width = 0.2
    for place, (task, row) in enumerate(results.items()):
        for index, (key, label, color) in enumerate(columns):
            if row.get(key) is None:
                continue
            x = place + (index - 1.5) * width
            axes.bar(x, row[key], width * 0.92, color=color, label=label if place == 0 else None)
            axes.text(x, row[key] + 1, f"{row[key]:.1f}", ha="center", va="bottom", fontsize=7, color=_INK)
        axes.plot([place - 0.45, place + 0.45], [row["chance"]] * 2, color="#c8374a", linewidth=1.2, linestyle=(0, (4, 3)),
                  label="chance" if place == 0 else None)
    axes.set_xticks(range(len(results)))
    axes.set_xticklabels([task.replace("_", " ") for task in results], fontsize=9)
    axes.set_ylim(0, 108)
    axes.set_yticks(range(0, 101, 20))
    axes.set_ylabel("right answers, %")
    axes.legend(fontsize=8, frameon=False, ncol=5, loc="upper center", bbox_to_anchor=(0.5, -0.08))
    axes.set_title(title, fontsize=11, loc="left")
    _clean(axes)
    return axes


def occupancy(summary, axes=None, *, key="synapse_bytes", capacity=131072, title=""):
    """Load of every core on the mesh of the first chip.

    Args:
      summary: Compiled.summary.
      axes: matplotlib Axes.
      key: 'synapse_bytes', 'neurons', 'total_bytes', 'axons_in', ...
      capacity: what is 100 %.
      title: text above.

    Returns:
      matplotlib Axes.

    Raises:
      KeyError: no such key.
    """
    axes = axes if axes is not None else new_axes(9, 4.6)
    columns, rows = summary["mesh"]
    share = np.full((rows, columns), np.nan)
    for core in summary["cores"]:
        if core["chip"] == 0 and core["y"] < rows and core["x"] < columns:
            share[core["y"], core["x"]] = 100 * core[key] / capacity
    image = axes.imshow(share, cmap="YlGnBu", vmin=0, vmax=100)
    for (y, x), value in np.ndenumerate(share):
        if np.isfinite(value):
            axes.text(x, y, f"{value:.0f}", ha="center", va="center", fontsize=7, color="white" if value > 55 else _INK)
    axes.set_xticks(np.arange(-0.5, columns), minor=True)
    axes.set_yticks(np.arange(-0.5, rows), minor=True)
    axes.grid(which="minor", color="#dfe4ee", linewidth=0.8)
    axes.tick_params(which="both", length=0, labelsize=8)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.figure.colorbar(image, ax=axes, shrink=0.75, label="% of a core")
    axes.set_xlabel("mesh column")
    axes.set_ylabel("mesh row")
    axes.set_title(title, fontsize=11, loc="left")
    return axes
