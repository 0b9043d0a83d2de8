"""How each box of the other structures is rightly worked: tables, circuits, time, windows, attention, optimisers.

Plain Python, a formula for every key that a sheet may name, read off by what the key looks like. What has no box is
worked on scratch paper when it is asked for. Nothing here is taken from the program but the names of its boxes.
"""

# What a pattern matched is put into a formula only where it did, which mypy does not see through a lambda.
# mypy: disable-error-code="index"

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Literal

Get = Callable[[str], float]
"""What somebody goes by: a given, what stands in a box, or what has no box and is worked now."""

Rule = Callable[[Get], float]
Rules = Callable[[str], Rule | None]
"""Key → how it is worked; None for a key of another structure."""


def _sigmoid(a: float) -> float:
    return 1 / (1 + math.exp(-a)) if a > -700 else 0.0


FUNCTIONS = {"sigmoid": _sigmoid, "tanh": math.tanh, "relu": lambda a: max(a, 0.0), "linear": lambda a: a}


def _slope(name: str, a: float, h: float) -> float:
    return {"sigmoid": h * (1 - h), "tanh": 1 - h * h, "relu": float(a > 0), "linear": 1.0}[name]


def dense(sizes: list[int], functions: list[str], bias: str, loss: str, *, scale: float = 1.0) -> Rules:
    """A network of layers and everything that a table of its gradients, error terms or new values may hold."""
    last = len(functions)

    def signal(layer: int, unit: int) -> str:
        return f"x_{unit}" if layer == 0 else f"yhat_{unit}" if layer == last else f"h{layer}_{unit}"

    def units(layer: int) -> range:
        return range(1, sizes[layer] + 1)

    def bias_of(layer: int, unit: int) -> str:
        return {"none": "", "layer": f"b{layer}", "unit": f"b{layer}_{unit}"}[bias]

    def total(layer: int, unit: int, get: Get, after: str = "", new: str = "") -> float:
        """A sum, of values of the pass `after`, with parameters of their `new` values."""
        sources = (signal(layer - 1, n) + (after if layer > 1 else "") for n in units(layer - 1))
        found = [get(f"w{layer}_{unit}{n}{new}") * get(key) for n, key in enumerate(sources, 1)]
        return math.fsum([*found, get(bias_of(layer, unit) + new) if bias_of(layer, unit) else 0.0])

    def out(layer: int, unit: int, get: Get, after: str = "") -> float:
        name = functions[layer - 1]
        if name == "softmax":
            return get(f"e{layer}_{unit}") / get(f"s{layer}")
        return FUNCTIONS[name](get(f"a{layer}_{unit}{after}"))

    def error(layer: int, unit: int, get: Get) -> float:
        if layer == last and loss in ("cross_entropy", "binary_cross_entropy"):
            return get(f"yhat_{unit}") - get(f"y_{unit}")
        if layer == last:
            return get(f"dL/dyhat_{unit}") * get(f"dyhat_{unit}/da{layer}_{unit}")
        return get(f"back{layer}_{unit}") * get(f"dh{layer}_{unit}/da{layer}_{unit}")

    def back(layer: int, unit: int, get: Get) -> float:
        return math.fsum(get(f"w{layer + 1}_{k}{unit}") * get(f"error{layer + 1}_{k}") for k in units(layer + 1))

    def rule(key: str) -> Rule | None:
        if m := re.fullmatch(r"a(\d)_(\d)(~1|)", key):
            layer, unit = int(m[1]), int(m[2])
            return lambda get: total(layer, unit, get, m[3], ".updated" if m[3] else "")
        if m := re.fullmatch(r"e(\d)_(\d)", key):
            return lambda get: math.exp(get(f"a{m[1]}_{m[2]}"))
        if m := re.fullmatch(r"s(\d)", key):
            return lambda get: math.fsum(get(f"e{m[1]}_{k}") for k in units(int(m[1])))
        if m := re.fullmatch(r"(?:h(\d)|yhat)_(\d)(~1|)", key):
            return lambda get: out(int(m[1] or last), int(m[2]), get, m[3])
        if m := re.fullmatch(r"L(~1|)", key):
            # Of these recipes all have half the squared error, but for the combined ones, whose loss is not asked.
            return lambda get: math.fsum(0.5 * (get(f"y_{k}") - get(f"yhat_{k}{m[1]}")) ** 2 for k in units(last))
        if m := re.fullmatch(r"dL/dyhat_(\d)", key):
            return lambda get: scale * (get(f"yhat_{m[1]}") - get(f"y_{m[1]}"))
        if m := re.fullmatch(r"dL/da\d_(\d)", key):
            return lambda get: get(f"yhat_{m[1]}") - get(f"y_{m[1]}")
        if m := re.fullmatch(r"d(?:h(\d)|yhat)_(\d)/da\d_\d", key):
            layer, unit = int(m[1] or last), int(m[2])
            return lambda get: _slope(functions[layer - 1], get(f"a{layer}_{unit}"), get(signal(layer, unit)))
        if m := re.fullmatch(r"error(\d)_(\d)|a(\d)_(\d)\.(?:gradient|error)", key):
            return lambda get: error(int(m[1] or m[3]), int(m[2] or m[4]), get)
        if m := re.fullmatch(r"back(\d)_(\d)|h(\d)_(\d)\.(?:gradient|back)", key):
            return lambda get: back(int(m[1] or m[3]), int(m[2] or m[4]), get)
        if m := re.fullmatch(r"x_(\d)\.gradient", key):
            return lambda get: back(0, int(m[1]), get)
        if m := re.fullmatch(r"w(\d)_(\d)(\d)\.gradient", key):
            layer, to, source = map(int, m.groups())
            return lambda get: get(f"error{layer}_{to}") * get(signal(layer - 1, source))
        if m := re.fullmatch(r"b(\d)_(\d)\.gradient", key):
            return lambda get: get(f"error{m[1]}_{m[2]}")
        if m := re.fullmatch(r"([wb]\d_\d+)\.updated", key):
            step = ".clipped" if clipped else ".gradient"
            return lambda get: get(m[1]) - get("eta") * get(m[1] + step)
        if key == "norm":
            return lambda get: math.hypot(*(get(f"w1_{to}{n}.gradient") for to in (1, 2) for n in (1, 2)))
        if key == "scale":
            return lambda get: min(1.0, get("clip") / get("norm"))
        if m := re.fullmatch(r"(w\d_\d+)\.clipped", key):
            return lambda get: get("scale") * get(f"{m[1]}.gradient")
        return None

    clipped = sizes == [2, 2]
    return rule


def circuit(nodes: dict[str, Rule], parts: dict[str, Rule]) -> Rules:
    """Values by name, and derivatives by `df/dp` or whatever else the sheet calls them."""
    known = {**nodes, **parts}
    return known.get


MIXED = circuit(
    {
        "p": lambda get: get("x") * get("y"),
        "g": lambda get: math.exp(get("p")),
        "m": lambda get: max(get("y"), get("z")),
        "h": lambda get: get("m") ** 2,
        "q": lambda get: get("g") + get("h"),
        "r": lambda get: math.log(get("q")),
        "f": lambda get: get("r") * get("w"),
    },
    {
        "df/dr": lambda get: get("w"),
        "df/dw": lambda get: get("r"),
        "dr/dq": lambda get: 1 / get("q"),
        "dq/dg": lambda get: 1.0,
        "dq/dh": lambda get: 1.0,
        "dg/dp": lambda get: get("g"),
        "dp/dx": lambda get: get("y"),
        "dp/dy": lambda get: get("x"),
        "dh/dm": lambda get: 2 * get("m"),
        "dm/dy": lambda get: float(get("y") > get("z")),
        "dm/dz": lambda get: float(get("z") > get("y")),
    },
)
EDGES = circuit(
    {
        "q": lambda get: get("x") + get("y"),
        "p": lambda get: get("q") * get("z"),
        "r": lambda get: get("x") * get("w"),
        "f": lambda get: get("p") + get("r"),
    },
    {
        "p.gradient": lambda get: 1.0,
        "r.gradient": lambda get: 1.0,
        "q.gradient": lambda get: get("p.gradient") * get("z"),
        "x.via.q": lambda get: get("q.gradient"),
        "x.via.r": lambda get: get("r.gradient") * get("w"),
        "x.gradient": lambda get: get("x.via.q") + get("x.via.r"),
        "y.gradient": lambda get: get("q.gradient"),
        "z.gradient": lambda get: get("p.gradient") * get("q"),
        "w.gradient": lambda get: get("r.gradient") * get("x"),
    },
)
UNIT = circuit(
    {
        "p": lambda get: get("w0") * get("x0"),
        "q": lambda get: get("w1") * get("x1"),
        "r": lambda get: get("p") + get("q"),
        "a": lambda get: get("r") + get("w2"),
        "n": lambda get: -get("a"),
        "k": lambda get: math.exp(get("n")),
        "u": lambda get: get("k") + 1,
        "f": lambda get: 1 / get("u"),
    },
    {
        "df/du": lambda get: -1 / get("u") ** 2,
        "dk/dn": lambda get: get("k"),
        "dn/da": lambda get: -1.0,
        "dp/dw0": lambda get: get("x0"),
        "dp/dx0": lambda get: get("w0"),
        "dq/dw1": lambda get: get("x1"),
        "dq/dx1": lambda get: get("w1"),
        **dict.fromkeys(("du/dk", "da/dr", "da/dw2", "dr/dp", "dr/dq"), lambda get: 1.0),
    },
)


def recurrent(key: str) -> Rule | None:
    """A tanh unit over three steps with a linear output: every loss, or the last one's."""
    if m := re.fullmatch(r"(a|h|yhat)@(\d)", key):
        t = int(m[2])
        if m[1] == "a":
            return lambda get: get("w") * get(f"x@{t}") + (get("u") * get(f"h@{t - 1}") if t > 1 else 0.0)
        return {"h": lambda get: math.tanh(get(f"a@{t}")), "yhat": lambda get: get("v") * get(f"h@{t}")}[m[1]]
    if m := re.fullmatch(r"dL/dyhat@(\d)", key):
        return lambda get: get(f"yhat@{m[1]}") - get(f"y@{m[1]}")
    if m := re.fullmatch(r"dyhat@(\d)/d(h@\d|v)", key):
        return lambda get: get("v") if m[2][0] == "h" else get(f"h@{m[1]}")
    if m := re.fullmatch(r"dh@(\d)/da@\d", key):
        return lambda get: 1 - get(f"h@{m[1]}") ** 2
    if m := re.fullmatch(r"da@(\d)/d(h@\d|w|u)", key):
        t = int(m[1])
        return {"h": lambda get: get("u"), "w": lambda get: get(f"x@{t}"), "u": lambda get: get(f"h@{t - 1}")}[m[2][0]]
    if m := re.fullmatch(r"h@(\d)\.gradient", key):
        t = int(m[1])
        return lambda get: get("v") * get(f"dL/dyhat@{t}") + (get("u") * get(f"a@{t + 1}.gradient") if t < 3 else 0.0)
    if m := re.fullmatch(r"a@(\d)\.gradient", key):
        return lambda get: get(f"h@{m[1]}.gradient") * get(f"dh@{m[1]}/da@{m[1]}")
    sums: dict[str, Rule] = {
        "w.gradient": lambda get: math.fsum(get(f"a@{t}.gradient") * get(f"x@{t}") for t in (1, 2, 3)),
        "u.gradient": lambda get: math.fsum(get(f"a@{t}.gradient") * get(f"h@{t - 1}") for t in (2, 3)),
        "v.gradient": lambda get: math.fsum(get(f"dL/dyhat@{t}") * get(f"h@{t}") for t in (1, 2, 3)),
    }
    return sums.get(key)


def lstm(key: str) -> Rule | None:
    """Two steps of one unit from a state of 0, half the squared error of the last state."""
    if m := re.fullmatch(r"a([ifgo])@(\d)", key):
        gate, t = m[1], int(m[2])
        return lambda get: get(f"w{gate}") * get(f"x@{t}") + (get(f"u{gate}") * get(f"h@{t - 1}") if t > 1 else 0.0)
    if m := re.fullmatch(r"([ifgo])@(\d)", key):
        return lambda get: (math.tanh if m[1] == "g" else _sigmoid)(get(f"a{m[1]}@{m[2]}"))
    if m := re.fullmatch(r"c@(\d)", key):
        t = int(m[1])
        kept: Rule = lambda get: get(f"f@{t}") * get(f"c@{t - 1}") if t > 1 else 0.0  # noqa: E731
        return lambda get: kept(get) + get(f"i@{t}") * get(f"g@{t}")
    if m := re.fullmatch(r"h@(\d)", key):
        return lambda get: get(f"o@{m[1]}") * math.tanh(get(f"c@{m[1]}"))
    parts: dict[str, Rule] = {
        "dL/dh@2": lambda get: get("h@2") - get("y@2"),
        "dh@2/dc@2": lambda get: get("o@2") * (1 - math.tanh(get("c@2")) ** 2),
        "dc@2/df@2": lambda get: get("c@1"),
        "df@2/daf@2": lambda get: get("f@2") * (1 - get("f@2")),
        "daf@2/duf": lambda get: get("h@1"),
        "daf@2/dwf": lambda get: get("x@2"),
    }
    return parts.get(key)


def gru(key: str) -> Rule | None:
    if m := re.fullmatch(r"a([zr])@(\d)", key):
        gate, t = m[1], int(m[2])
        return lambda get: get(f"w{gate}") * get(f"x@{t}") + (get(f"u{gate}") * get(f"h@{t - 1}") if t > 1 else 0.0)
    if m := re.fullmatch(r"an@(\d)", key):
        t = int(m[1])
        return lambda get: get("wn") * get(f"x@{t}") + (get("un") * get(f"q@{t}") if t > 1 else 0.0)
    if m := re.fullmatch(r"([zrn])@(\d)", key):
        return lambda get: (math.tanh if m[1] == "n" else _sigmoid)(get(f"a{m[1]}@{m[2]}"))
    parts: dict[str, Rule] = {
        "h@1": lambda get: (1 - get("z@1")) * get("n@1"),
        "h@2": lambda get: (1 - get("z@2")) * get("n@2") + get("z@2") * get("h@1"),
        "q@2": lambda get: get("r@2") * get("h@1"),
        "dL/dh@2": lambda get: get("h@2") - get("y@2"),
        "dh@2/dn@2": lambda get: 1 - get("z@2"),
        "dn@2/dan@2": lambda get: 1 - get("n@2") ** 2,
        "dan@2/dq@2": lambda get: get("un"),
        "dq@2/dr@2": lambda get: get("h@1"),
        "dr@2/dar@2": lambda get: get("r@2") * (1 - get("r@2")),
        "dar@2/dur": lambda get: get("h@1"),
        "dar@2/dwr": lambda get: get("x@2"),
    }
    return parts.get(key)


def strip(key: str) -> Rule | None:
    """A kernel of three on five values, tanh, and a linear unit."""
    if m := re.fullmatch(r"z_(\d)", key):
        at = int(m[1])
        return lambda get: math.fsum(get(f"k_{j}") * get(f"x_{at + j - 1}") for j in (1, 2, 3)) + get("b")
    if m := re.fullmatch(r"h_(\d)", key):
        return lambda get: math.tanh(get(f"z_{m[1]}"))
    if m := re.fullmatch(r"dyhat/dh_(\d)", key):
        return lambda get: get(f"w_{m[1]}")
    if m := re.fullmatch(r"dyhat/dw_(\d)", key):
        return lambda get: get(f"h_{m[1]}")
    if m := re.fullmatch(r"dh_(\d)/dz_\d", key):
        return lambda get: 1 - get(f"h_{m[1]}") ** 2
    if m := re.fullmatch(r"dz_(\d)/dk_(\d)", key):
        return lambda get: get(f"x_{int(m[1]) + int(m[2]) - 1}")
    if m := re.fullmatch(r"dz_(\d)/dx_(\d)", key):
        return lambda get: get(f"k_{int(m[2]) - int(m[1]) + 1}")
    parts: dict[str, Rule] = {
        "yhat": lambda get: math.fsum(get(f"w_{n}") * get(f"h_{n}") for n in (1, 2, 3)),
        "dL/dyhat": lambda get: get("yhat") - get("y"),
    }
    return parts.get(key, (lambda get: 1.0) if key.endswith("/db") else None)


def windows(size: int, kernel: int) -> Rules:
    """A kernel laid on a square, ReLU and the mean of all; backwards from given derivatives of what came out."""
    many = range(1, size - kernel + 2)
    inside = range(1, kernel + 1)

    def rule(key: str) -> Rule | None:
        m = re.fullmatch(r"([zhpkx])_(\d),(\d)(\.gradient|)", key)
        if m is None:
            return None
        row, column = int(m[2]), int(m[3])
        if m[1] == "z":
            return lambda get: (
                math.fsum(get(f"k_{i},{j}") * get(f"x_{row + i - 1},{column + j - 1}") for i in inside for j in inside)
                + (get("b") if size == 4 else 0.0)
            )
        if m[1] == "h":
            return lambda get: max(0.0, get(f"z_{row},{column}"))
        if m[1] == "p":
            return lambda get: math.fsum(get(f"h_{i},{j}") for i in many for j in many) / 4
        if m[1] == "k":
            return lambda get: math.fsum(
                get(f"g_{i},{j}") * get(f"x_{row + i - 1},{column + j - 1}") for i in many for j in many
            )
        return lambda get: math.fsum(
            get(f"g_{i},{j}") * get(f"k_{row - i + 1},{column - j + 1}")
            for i in many
            for j in many
            if row - i + 1 in inside and column - j + 1 in inside
        )

    return rule


def greatest(key: str) -> Rule | None:
    """The greatest of each 2 by 2 block of a 4 by 4 grid, and where its given derivative goes."""
    m = re.fullmatch(r"([px])_(\d),(\d)(\.gradient|)", key)
    if m is None:
        return None
    row, column = int(m[2]), int(m[3])

    def block(get: Get, i: int, j: int) -> dict[str, float]:
        cells = [f"x_{r},{c}" for r in (2 * i - 1, 2 * i) for c in (2 * j - 1, 2 * j)]
        return {cell: get(cell) for cell in cells}

    if m[1] == "p":
        return lambda get: max(block(get, row, column).values())
    i, j = (row + 1) // 2, (column + 1) // 2

    def back(get: Get) -> float:
        found = block(get, i, j)
        return get(f"g_{i},{j}") if max(found, key=found.__getitem__) == f"x_{row},{column}" else 0.0

    return back


def attention(key: str) -> Rule | None:
    """Two queries on two keys, scaled by the root of 2; or one on three, unscaled, and all its gradients."""
    m = re.fullmatch(r"([a-z]+)_(\d)(?:,(\d))?(\.gradient|)", key)
    if m and not m[4] and m[1] in ("score", "scaled", "e", "s", "o"):
        i, j = int(m[2]), int(m[3] or 0)
        return {
            "score": lambda get: math.fsum(get(f"q_{i},{c}") * get(f"k_{j},{c}") for c in (1, 2)),
            "scaled": lambda get: get(f"score_{i},{j}") / math.sqrt(2),
            "e": lambda get: math.exp(get(f"scaled_{i},{j}")),
            "s": lambda get: get(f"e_{i},1") + get(f"e_{i},2"),
            "o": lambda get: math.fsum(get(f"alpha_{i},{k}") * get(f"v_{k},{j}") for k in (1, 2)),
        }[m[1]]
    if m and not m[4] and m[1] == "alpha":
        return lambda get: get(f"e_{m[2]},{m[3]}") / get(f"s_{m[2]}")
    if m2 := re.fullmatch(r"dalpha_1,(\d)/dscore_1,(\d)", key):
        own = m2[1] == m2[2]
        return lambda get: get(f"alpha_1,{m2[1]}") * ((1.0 if own else 0.0) - get(f"alpha_1,{m2[2]}"))
    if m and m[4]:
        i, j = int(m[2]), int(m[3])
        return {
            "alpha": lambda get: get("g_1,1") * get(f"v_{j},1"),
            "score": lambda get: math.fsum(
                get(f"alpha_1,{k}.gradient") * get(f"dalpha_1,{k}/dscore_1,{j}") for k in (1, 2, 3)
            ),
            "q": lambda get: math.fsum(get(f"score_1,{k}.gradient") * get(f"k_{k},{j}") for k in (1, 2, 3)),
            "k": lambda get: get(f"score_1,{i}.gradient") * get(f"q_1,{j}"),
            "v": lambda get: get("g_1,1") * get(f"alpha_1,{i}"),
        }[m[1]]
    return None


def batch(key: str) -> Rule | None:
    """Two examples of a linear neuron, the mean of half the squared errors."""
    if m := re.fullmatch(r"a1_1(#\d)", key):
        return lambda get: get("w1_11") * get(f"x_1{m[1]}") + get("w1_12") * get(f"x_2{m[1]}")
    if m := re.fullmatch(r"yhat_1(#\d)", key):
        return lambda get: get(f"a1_1{m[1]}")
    if m := re.fullmatch(r"dL/dyhat_1(#\d)", key):
        return lambda get: (get(f"yhat_1{m[1]}") - get(f"y_1{m[1]}")) / 2
    if m := re.fullmatch(r"da1_1(#\d)/dw1_1(\d)", key):
        return lambda get: get(f"x_{m[2]}{m[1]}")
    return (lambda get: 1.0) if key.startswith("dyhat_1#") else None


def momentum(key: str) -> Rule | None:
    if m := re.fullmatch(r"([gvx])(~|_)(\d)", key):
        t = int(m[3])
        return {
            "g": lambda get: 2 * get("a") * get(f"x_{t - 1}") + get("b"),
            "v": lambda get: get("beta") * get(f"v~{t - 1}") - get("eta") * get(f"g~{t}"),
            "x": lambda get: get(f"x_{t - 1}") + get(f"v~{t}"),
        }[m[1]]
    return None


def adam(key: str) -> Rule | None:
    if m := re.fullmatch(r"(m|v|mhat|vhat|x)(?:~|_)(\d)", key):
        t = int(m[2])
        return {
            "m": lambda get: get("beta_1") * get(f"m~{t - 1}") + (1 - get("beta_1")) * get(f"g~{t}"),
            "v": lambda get: get("beta_2") * get(f"v~{t - 1}") + (1 - get("beta_2")) * get(f"g~{t}") ** 2,
            "mhat": lambda get: get(f"m~{t}") / (1 - get("beta_1") ** t),
            "vhat": lambda get: get(f"v~{t}") / (1 - get("beta_2") ** t),
            "x": lambda get: get(f"x_{t - 1}") - get("eta") * get(f"mhat~{t}") / (math.sqrt(get(f"vhat~{t}")) + 1e-8),
        }[m[1]]
    return None


def two_steps(key: str) -> Rule | None:
    """A linear neuron with two inputs and a bias, updated twice."""
    if m := re.fullmatch(r"(a1|yhat)_1@([12])", key):
        at = "@1" if m[2] == "2" else ""
        if m[1] == "yhat":
            return lambda get: get(f"a1_1@{m[2]}")
        return lambda get: get(f"w1_11{at}") * get("x_1") + get(f"w1_12{at}") * get("x_2") + get(f"b1_1{at}")
    if m := re.fullmatch(r"dL@(\d)/dyhat_1@\d", key):
        return lambda get: get(f"yhat_1@{m[1]}") - get("y_1")
    if m := re.fullmatch(r"(w1_1(\d)|b1_1)(@1|)\.gradient", key):
        loss = "dL@2/dyhat_1@2" if m[3] else "dL@1/dyhat_1@1"
        return lambda get: get(loss) * (get(f"x_{m[2]}") if m[2] else 1.0)
    if m := re.fullmatch(r"(w1_1\d|b1_1)@(\d)", key):
        before = f"{m[1]}@1" if m[2] == "2" else m[1]
        return lambda get: get(before) - get("eta") * get(f"{before}.gradient")
    return None


def logits(key: str) -> Rule | None:
    if m := re.fullmatch(r"(e|yhat|dL/da)_(\d)", key):
        return {
            "e": lambda get: math.exp(get(f"a_{m[2]}")),
            "yhat": lambda get: get(f"e_{m[2]}") / get("s"),
            "dL/da": lambda get: get(f"yhat_{m[2]}") - get(f"y_{m[2]}"),
        }[m[1]]
    return (lambda get: math.fsum(get(f"e_{n}") for n in (1, 2, 3))) if key == "s" else None


ALIASES = {"error": ("a{}.error", "a{}.gradient", "dL/da{}"), "back": ("h{}.back", "h{}.gradient")}
"""What the boxes of an error term, and of what comes back to a unit, are called in one layout or another."""

STRUCTURES: dict[str, tuple[str, Literal["updated"] | None, Rules]] = {
    "classic-221": ("any", None, dense([2, 2, 1], ["sigmoid"] * 2, "unit", "half")),
    "again-all": ("any", "updated", dense([2, 2, 1], ["sigmoid"] * 2, "none", "half")),
    "eight-weights": ("any", None, dense([2, 2, 2], ["sigmoid"] * 2, "layer", "half")),
    "first-layer": ("any", None, dense([2, 2, 2], ["tanh", "sigmoid"], "unit", "half")),
    "three-two-one": ("any", "updated", dense([3, 2, 1], ["sigmoid"] * 2, "unit", "half")),
    "matrices": ("any", None, dense([2, 3, 1], ["tanh", "sigmoid"], "unit", "half")),
    "sigmoid-bce": ("any", None, dense([2, 2, 1], ["tanh", "sigmoid"], "unit", "binary_cross_entropy")),
    "relu-softmax": ("any", None, dense([2, 2, 3], ["relu", "softmax"], "none", "cross_entropy")),
    "softmax-layer": ("any", None, dense([2, 3], ["softmax"], "unit", "cross_entropy")),
    "embedding": ("any", None, dense([2, 4], ["softmax"], "none", "cross_entropy")),
    "linear-again": ("any", "updated", dense([2, 2, 1], ["linear"] * 2, "none", "half")),
    "clipping": ("any", "updated", dense([2, 2], ["linear"], "none", "half")),
    "circuit-mixed": ("y", None, MIXED),
    "circuit-edges": ("any", None, EDGES),
    "circuit-neuron": ("w1", None, UNIT),
    "bptt-last": ("w", None, recurrent),
    "bptt-all": ("any", None, recurrent),
    "lstm-forward": ("any", None, lstm),
    "lstm-gate": ("uf", None, lstm),
    "gru-gate": ("ur", None, gru),
    "conv-1d": ("k_2", None, strip),
    "conv-forward": ("any", None, windows(4, 3)),
    "conv-kernel": ("any", None, windows(3, 2)),
    "pool-back": ("any", None, greatest),
    "attention": ("any", None, attention),
    "attention-gradients": ("any", None, attention),
    "batch": ("w1_11", None, batch),
    "momentum": ("any", None, momentum),
    "adam": ("any", None, adam),
    "neuron-two-steps": ("any", "updated", two_steps),
    "softmax-gradient": ("any", None, logits),
}
"""Recipe → the parameter asked for, where it is one; what is asked beyond the usual; how its boxes are worked."""
