# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The neuron models of models/neurons, written from their formulas in Python's integers.

Each function is one step of one neuron: it gets the parameters `p` and the state `s`
as dicts, and the dendritic inputs; it changes the state and returns the payload of
its spike, or None. Integers are unbounded; what wraps or is clipped says so.
"""

LIMIT = 2**23 - 1


def tz(x, shift):
    """x / 2^shift towards zero."""
    return -(-x >> shift) if x < 0 else x >> shift


def fl(x, shift):
    """x / 2^shift towards minus infinity."""
    return x >> shift


def wrap(x):
    """To 24 bits, as two's complement does."""
    return (x + 2**23) % 2**24 - 2**23


def clip(x):
    """To +-(2^23 - 1)."""
    return max(-LIMIT, min(LIMIT, x))


def saturate(x):
    """To the ends of 24 bits."""
    return max(-LIMIT - 1, min(LIMIT, x))


def _membrane(p, s, a):
    s["u"] = wrap(tz(s["u"] * (4096 - (p["du"] + 1)), 12) + (a << 6))
    return clip(tz(s["v"] * (4096 - p["dv"]), 12) + s["u"] + (p["bias_mant"] << p["bias_exp"]))


def lif(p, s, a):
    v = _membrane(p, s, a)
    spike = v > p["vth"] << 6
    s["v"] = 0 if spike else v
    return 1 if spike else None


def lif_refractory(p, s, a):
    v = _membrane(p, s, a)
    if s["ref"] > 0:
        v = 0
    spike = v > p["vth"] << 6
    if spike:
        v = 0
        s["ref"] = p["refract"]
    s["v"] = v
    s["ref"] = max(s["ref"] - 1, 0)
    return 1 if spike else None


def lif_reset(p, s, a, t):
    if t % p["interval"] == p["offset"] % p["interval"]:
        s["u"] = s["v"] = 0
    return lif(p, s, a)


def lif_ternary(p, s, a):
    v = _membrane(p, s, a)
    spike = 0
    if v > p["vth_hi"] << 6:
        spike = 1
    if v < p["vth_lo"] << 6:
        spike = -1
    s["v"] = 0 if spike else v
    return spike or None


def lif_adaptive(p, s, a):
    v = _membrane(p, s, a)
    b = tz(s["b"] * (4096 - p["db"]), 12)
    spike = v > (p["vth"] << 6) + b
    s["b"] = min(b + (p["step"] << 6), LIMIT) if spike else b
    s["v"] = 0 if spike else v
    return 1 if spike else None


def graded_vector(p, s, a):
    return a if abs(a) > p["vth"] else None


def graded_relu(p, s, a):
    return a if a > p["vth"] else None


def product(p, s, a1, a2):
    v = fl(a1 * a2, 7)
    return v if abs(v) > p["vth"] else None


def _send(p, s, delta, error):
    fire = abs(error) >= p["vth"]
    s["residue"] = wrap(0 if fire else delta)
    return fl(delta, 6) if fire else None


def delta(p, s, a):
    x = a << 6
    change = x - s["act"] + s["residue"]
    s["act"] = wrap(x)
    return _send(p, s, change, change)


def _act(p, s, a):
    s["sigma"] = wrap(s["sigma"] + a)
    return max(s["sigma"] + p["bias"], 0)


def sigma_delta(p, s, a):
    act = _act(p, s, a)
    change = act - s["act"] + s["residue"]
    s["act"] = wrap(act)
    return _send(p, s, change, change)


def sigma_delta_cumulative(p, s, a):
    act = _act(p, s, a)
    change = act - s["act"] + s["residue"]
    s["act"] = wrap(act)
    error = s["error"] + change
    s["error"] = wrap(0 if abs(error) >= p["vth"] else error)
    return _send(p, s, change, error)


def sigma_delta_corrected(p, s, a):
    change = _act(p, s, a) - s["act"]
    if abs(change) < p["vth"]:
        return None
    s["act"] = wrap(s["act"] + (fl(change, 6) << 6))
    return fl(change, 6)


def _rotate(p, s, a_re, a_im, rounding, shift):
    c, d, re, im = p["cos"], p["sin"], s["re"], s["im"]
    s["re"] = clip(rounding(c * re, shift) - rounding(d * im, shift) + (a_re << 6))
    s["im"] = clip(rounding(d * re, shift) + rounding(c * im, shift) + (a_im << 6))


def resonate_fire(p, s, a_re, a_im):
    before = s["im"]
    _rotate(p, s, a_re, a_im, tz, 12)
    return 1 if s["re"] >= p["vth"] and s["im"] >= 0 and before < 0 else None


def rf_izhikevich(p, s, a_re, a_im):
    _rotate(p, s, a_re, a_im, tz, 12)
    if s["im"] < p["vth"]:
        return None
    s["re"], s["im"] = 0, p["vth"] - 1
    return 1


def rf_zero(p, s, a_re, a_im):
    before = s["im"]
    _rotate(p, s, a_re, a_im, fl, 15)
    return s["re"] if s["im"] >= 0 and before < 0 and s["re"] > p["vth"] else None


def izhikevich(p, s, a):
    v, u = s["v"], s["u"]
    current = fl(fl(v * v, 16) * 41943, 16) + 5 * v + (140 << 12) - u + (a << 6)
    v += fl(current, 1)
    u += fl(p["a"] * (fl(p["b"] * s["v"], 16) - u), 17)
    spike = v >= 30 << 12
    s["v"] = saturate(p["c"] if spike else v)
    s["u"] = saturate(u + p["d"] if spike else u)
    return 1 if spike else None


def inverse_sqrt(p, s, x):
    if x <= 0:
        return None
    j = 0
    while 4 ** (j + 1) <= x:
        j += 1
    y = 2 ** (17 - j)
    for _ in range(5):
        y = fl(y * (3 * 2**20 - fl(x * y * y, 16)), 21)
    return y


def s4d(p, s, x):
    re, im = s["re"], s["im"]
    s["re"] = clip(fl(p["a_re"] * re, 15) - fl(p["a_im"] * im, 15) + fl(p["b_re"] * x, 9))
    s["im"] = clip(fl(p["a_im"] * re, 15) + fl(p["a_re"] * im, 15) + fl(p["b_im"] * x, 9))
    return fl(p["c_re"] * s["re"], 20) - fl(p["c_im"] * s["im"], 20) or None


def readout(p, s, y, x):
    return y + fl(p["D"] * x, 15) or None
