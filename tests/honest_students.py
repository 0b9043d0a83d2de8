"""Honest students: people who work a gradient out by hand and round what they write down.

Each works through a batch of arrays, one entry a student, with ordinary arithmetic written step by step: no formula,
range or rounding of the code under test. Inside a box all digits are carried. Into it goes what the sheet asks, or up
to four digits more, rounded half up or half to even (or cut off, where that is allowed); then each student goes on
from what stands in the box, or from the calculator's memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from tests.oracle import Network, forward, weight_name

Numbers = np.ndarray


_POWERS = np.array([float(f"1e{exponent}") for exponent in range(-307, 309)])


def _exponent(values: Numbers) -> Numbers:
    """Decimal exponent of each value's leading digit; 0 for 0."""
    return np.where(values == 0, 0, np.searchsorted(_POWERS, np.abs(values), side="right") - 308)


@dataclass(frozen=True)
class Step:
    """What is done with the gradient: a rule in one of its forms, and of which step the new value is."""

    rule: str = "plain"
    form: str = ""
    number: int = 1
    again: bool = False
    """Whether the forward pass is worked once more with the new value, between the losses before and after."""
    decays: bool = False
    """Whether half of lambda times the weight's square is added to the loss."""


@dataclass
class Students:
    """A class working one network; `boxes` collects what they write, by slot."""

    network: Network
    asked: Mapping[str, str]
    """Role → places, such as "4d"; "scratch" for pre-activations and softmax's exponentials on scratch paper."""
    truncation: bool
    count: int
    rng: np.random.Generator
    boxes: dict[str, Numbers] = field(default_factory=dict)
    step: Step = field(default_factory=Step)
    one_box: bool = False
    """Whether there is a single path, whose product has no box but the gradient's."""
    a: dict[tuple[int, int], Numbers] = field(init=False, default_factory=dict)
    h: dict[tuple[int, int], Numbers | float] = field(init=False, default_factory=dict)
    kept: dict[str, list[Numbers]] = field(init=False, default_factory=dict)
    """Of slots read again later: what each goes on with, what is written there, and all its digits."""

    def __post_init__(self) -> None:
        # Some always go on from the paper, some never, some as it comes; the same for rounding and for digits.
        self.from_paper = self.rng.choice([0.0, 0.5, 1.0], self.count)
        self.generous = self.rng.choice([0.0, 0.5, 1.0], self.count)
        self.half_up = self.rng.random(self.count) < 0.5
        self.cuts = self.rng.choice([0.0, 0.5, 1.0], self.count) if self.truncation else np.zeros(self.count)

    def write(self, slot: str | None, role: str, value: Numbers | float) -> Numbers:
        """Write values into a slot (None: onto scratch paper); what each student goes on with."""
        value = np.broadcast_to(np.asarray(value, float), (self.count,)).copy()
        places = self.asked[role]
        digits = int(places[:-1])
        extra = np.where(self.rng.random(self.count) < self.generous, self.rng.integers(0, 5, self.count), 0)
        decimals = digits + extra
        if places.endswith("s"):
            decimals = decimals - 1 - _exponent(value)
        scale = 10.0**decimals
        scaled = np.abs(value) * scale
        kept = np.where(self.half_up, np.floor(scaled + 0.5), np.rint(scaled))
        kept = np.where(self.rng.random(self.count) < self.cuts, np.floor(scaled), kept)
        written = np.sign(value) * kept / scale
        if slot is not None:
            self.boxes[slot] = written
        return np.where(self.rng.random(self.count) < self.from_paper, written, value)

    def copy(self, slot: str, value: Numbers | float) -> Numbers:
        """Copy a number that loses nothing."""
        self.boxes[slot] = np.broadcast_to(np.asarray(value, float), (self.count,)).copy()
        return self.boxes[slot]

    def inside_role(self) -> tuple[bool, str]:
        return ("scratch" in self.asked, "scratch" if "scratch" in self.asked else "forward")

    def work(self, givens: Mapping[str, float], parameter: str, exact_first: bool) -> None:
        """The whole sheet: forward pass, every path's column, their sum, the updated value."""
        if "yhat_1" in givens:
            self._printed_forward(givens)
        else:
            self._forward(givens, exact_first)
        self._columns(givens, parameter)
        total: Numbers | float = 0.0
        for number in range(1, self.columns + 1):
            total = total + self.products[number]
        self._record("gradient", "product" if self.one_box else "gradient", np.asarray(total))
        if "eta" in givens:
            self._record("updated", "update", self._new_value(givens, givens[parameter]))
            if self.step.again:
                self._second_forward(givens, parameter)
        elif "epsilon" in givens:
            self._check(givens, parameter)

    def _check(self, givens: Mapping[str, float], parameter: str) -> None:
        """The loss on both sides of the parameter's value, from the givens with all digits, and the quotient."""
        for slot, moved in (("raised", givens["epsilon"]), ("lowered", -givens["epsilon"])):
            loss = forward(self.network, {**givens, parameter: givens[parameter] + moved})["L"]
            self._record(slot, "update", np.full(self.count, loss))
        difference = self.recorded("raised") - self.recorded("lowered")
        self.write("quotient", "gradient", difference / (2 * givens["epsilon"]))

    def work_local(self, givens: Mapping[str, float], parameter: str, exact_first: bool) -> None:
        """The derivatives along the paths, each once and by itself: what stands in a path's column."""
        self.work(givens, parameter, exact_first)
        alone = {slot.partition(".")[2] or slot: written for slot, written in self.boxes.items()}
        self.boxes = {slot: written for slot, written in alone.items() if slot not in ("product", "gradient")}

    def work_forward(self, givens: Mapping[str, float]) -> None:
        """The forward pass alone, and the loss where there is one."""
        self._forward(givens, exact_first=False)
        if self.network.loss != "none":
            last = len(self.network.sizes) - 1
            outputs = {unit: self.output_of(last, unit) for unit in range(1, self.network.sizes[last] + 1)}
            self.write("L", "forward", self._loss_value(givens, outputs))

    def _record(self, slot: str, role: str, value: Numbers) -> None:
        """Write into a slot that is read again later: from there, or from the calculator's memory."""
        self.kept[slot] = [self.write(slot, role, value), self.boxes[slot], value]

    def recorded(self, slot: str) -> Numbers:
        """What a student goes on with from a slot."""
        return self.kept[slot][0]

    def _new_value(self, givens: Mapping[str, float], w: float) -> Numbers:
        """The step's boxes between the gradient and the new value, and that value."""
        rule, form, t = self.step.rule, self.step.form, self.step.number
        eta, m, v, taken = givens["eta"], f"m~{t}", f"v~{t}", "gradient"
        if self.step.decays:
            taken = f"g~{t}"
            self._record(taken, "update", self.recorded("gradient") + givens["lambda"] * w)
        if rule == "plain":
            return w - eta * self.recorded(taken)
        old_v = givens[f"v~{t - 1}"]
        if rule == "momentum":
            kept = givens["beta"] * old_v
            if form in ("summed", "averaged"):
                share = 1.0 if form == "summed" else 1 - givens["beta"]
                self._record(v, "update", kept + share * self.recorded(taken))
                return w - eta * self.recorded(v)
            down = -1 if form == "added" else 1
            self._record(v, "update", kept + down * (eta * self.recorded(taken)))
            return w - down * self.recorded(v)
        if rule == "rmsprop":
            g = self.recorded(taken)
            self._record(v, "update", givens["beta"] * old_v + (1 - givens["beta"]) * (g * g))
            size, epsilon = self.recorded(v), givens["epsilon"]
            root = np.sqrt(size + epsilon) if form == "inside" else np.sqrt(size) + epsilon
            return w - eta * self.recorded(taken) / root
        if rule != "adam":
            raise ValueError(rule)
        beta_1, beta_2, epsilon = givens["beta_1"], givens["beta_2"], givens["epsilon"]
        self._record(m, "update", beta_1 * givens[f"m~{t - 1}"] + (1 - beta_1) * self.recorded(taken))
        g = self.recorded(taken)
        self._record(v, "update", beta_2 * old_v + (1 - beta_2) * (g * g))
        self._record(f"mhat~{t}", "update", self.recorded(m) / (1 - beta_1**t))
        self._record(f"vhat~{t}", "update", self.recorded(v) / (1 - beta_2**t))
        square = self.recorded(f"vhat~{t}")
        root = np.sqrt(square + epsilon) if form == "inside" else np.sqrt(square) + epsilon
        return w - eta * self.recorded(f"mhat~{t}") / root

    def _second_forward(self, givens: Mapping[str, float], parameter: str) -> None:
        """The loss as it was; with the new value whatever that changes, layer by layer; the loss as it is now."""
        network, last = self.network, len(self.network.sizes) - 1
        now: dict[str, Numbers | float] = {**givens, parameter: self.recorded("updated")}
        outputs = {unit: self.output_of(last, unit) for unit in range(1, network.sizes[last] + 1)}
        self.write("L", "update", self._loss_value(givens, outputs))
        moved: dict[tuple[int, int], str] = {}
        for layer in network.layers:
            sources = range(1, network.sizes[layer - 1] + 1)
            for unit in range(1, network.sizes[layer] + 1):
                bias = {"none": None, "layer": f"b{layer}", "unit": f"b{layer}_{unit}"}[network.biases[layer - 1]]
                weights = [weight_name(layer, unit, source) for source in sources]
                if parameter not in (bias, *weights) and not any((layer - 1, source) in moved for source in sources):
                    continue
                a: Numbers | float = 0.0 if bias is None else now[bias]
                for source, weight in zip(sources, weights, strict=True):
                    before = layer - 1, source
                    h = self.recorded(moved[before]) if before in moved else self.output_of(*before)
                    a = a + now[weight] * h
                self._record(f"a{layer}_{unit}~1", "update", np.asarray(a))
                inside = {unit: self.recorded(f"a{layer}_{unit}~1")}
                moved[layer, unit] = f"yhat_{unit}~1" if layer == last else f"h{layer}_{unit}~1"
                self._record(moved[layer, unit], "update", self._outputs(layer, inside)[unit])
        outputs |= {unit: self.recorded(name) for (layer, unit), name in moved.items() if layer == last}
        self.write("L~1", "update", self._loss_value(givens, outputs))

    def _loss_value(self, givens: Mapping[str, float], outputs: Mapping[int, Numbers]) -> Numbers:
        if self.network.loss == "cross_entropy":
            right = [yhat for unit, yhat in outputs.items() if givens[self.target(unit)] == 1]
            return -np.log(right[0])
        share = {"squared_error": 1.0, "half_squared_error": 0.5}[self.network.loss]
        errors = [givens[self.target(unit)] - yhat for unit, yhat in outputs.items()]
        return share * np.sum([error * error for error in errors], axis=0)

    def _printed_forward(self, givens: Mapping[str, float]) -> None:
        """The sheet prints the forward pass: whoever goes on from it loses nothing."""
        network = self.network
        last = len(network.sizes) - 1
        self.h = {(0, n): givens[f"x_{n}"] for n in range(1, network.sizes[0] + 1)}
        self.a = {}
        self.lossless = set(range(last + 1))
        for layer in network.layers:
            for unit in range(1, network.sizes[layer] + 1):
                self.a[layer, unit] = np.full(self.count, givens[f"a{layer}_{unit}"])
                self.h[layer, unit] = givens[f"yhat_{unit}" if layer == last else f"h{layer}_{unit}"]

    def _forward(self, givens: Mapping[str, float], exact_first: bool) -> None:
        network = self.network
        hidden_steps, inside = self.inside_role()
        self.h = {(0, n): givens[f"x_{n}"] for n in range(1, network.sizes[0] + 1)}
        self.a = {}
        self.lossless = {0}
        if exact_first and network.activations[0] in ("relu", "linear"):
            self.lossless.add(1)
        last = len(network.sizes) - 1
        for layer in network.layers:
            units = range(1, network.sizes[layer] + 1)
            for unit in units:
                a: Numbers | float = 0.0
                for source in range(1, network.sizes[layer - 1] + 1):
                    a = a + givens[weight_name(layer, unit, source)] * self.h[layer - 1, source]
                bias = {"none": None, "layer": f"b{layer}", "unit": f"b{layer}_{unit}"}[network.biases[layer - 1]]
                if bias is not None:
                    a = a + givens[bias]
                if layer == 1 and exact_first:
                    self.a[layer, unit] = np.full(self.count, a)
                else:
                    self.a[layer, unit] = self.write(None if hidden_steps else f"a{layer}_{unit}", inside, a)
            names = {unit: f"yhat_{unit}" if layer == last else f"h{layer}_{unit}" for unit in units}
            activation = network.activations[layer - 1]
            if activation == "softmax":
                e = {}
                for unit in units:
                    slot = None if hidden_steps else f"e{layer}_{unit}"
                    e[unit] = self.write(slot, inside, np.exp(self.a[layer, unit]))
                s = self.write(None if hidden_steps else f"s{layer}", inside, sum(e.values()))
                for unit in units:
                    self.h[layer, unit] = self.write(names[unit], "forward", e[unit] / s)
                continue
            for unit in units:
                a = self.a[layer, unit]
                if activation == "sigmoid":
                    h = 1 / (1 + np.exp(-a))
                elif activation == "tanh":
                    h = np.tanh(a)
                elif activation == "relu":
                    h = np.where(a > 0, a, 0.0)
                elif activation == "leaky_relu":
                    h = np.where(a > 0, a, a / 10)
                elif activation == "softplus":
                    h = np.log(1 + np.exp(a))
                else:
                    h = a
                if layer in self.lossless:
                    self.h[layer, unit] = self.copy(names[unit], h)
                else:
                    self.h[layer, unit] = self.write(names[unit], "forward", h)

    def _outputs(self, layer: int, a: Mapping[int, Numbers]) -> dict[int, Numbers]:
        activation = self.network.activations[layer - 1]
        if activation == "softmax":
            total = sum(np.exp(value) for value in a.values())
            return {unit: np.exp(value) / total for unit, value in a.items()}
        functions: dict[str, Callable[[Numbers], Numbers]] = {
            "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
            "tanh": np.tanh,
            "relu": lambda v: np.where(v > 0, v, 0.0),
            "leaky_relu": lambda v: np.where(v > 0, v, v / 10),
            "softplus": lambda v: np.log(1 + np.exp(v)),
            "linear": lambda v: v,
        }
        return {unit: functions[activation](value) for unit, value in a.items()}

    def _routes(self, parameter: str) -> list[tuple[int, ...]]:
        """Per path: output, logit, then a unit of each layer from the last hidden one down to the parameter's own."""
        network = self.network
        last = len(network.sizes) - 1
        layer = int(parameter[1 : parameter.index("_")] if "_" in parameter else parameter[1:])
        own = [
            unit
            for unit in range(1, network.sizes[layer] + 1)
            if parameter in (f"b{layer}", f"b{layer}_{unit}")
            or any(parameter == weight_name(layer, unit, n) for n in range(1, network.sizes[layer - 1] + 1))
        ]
        choices: list[Sequence[int]] = [range(1, network.sizes[last] + 1)]
        choices += [own if k == layer else range(1, network.sizes[k] + 1) for k in range(last, layer - 1, -1)]
        # Through a softmax in full every output is reached from every logit; else, and where loss and outputs are one
        # step, an output only from its own.
        return [route for route in product(*choices) if network.softmax == "full" or route[0] == route[1]]

    def _columns(self, givens: Mapping[str, float], parameter: str) -> None:
        network = self.network
        last = len(network.sizes) - 1
        self.products: dict[int, Numbers] = {}
        routes = self._routes(parameter)
        self.columns = len(routes)
        for number, (output, *units) in enumerate(routes, 1):
            at = f"path_{number}."
            if network.combined:
                carried = [self.write(f"{at}dL/da{last}_{output}", "factor", self._output_error(givens, output))]
            else:
                loss = self._loss_slope(givens[self.target(output)], self.output_of(last, output))
                if network.loss == "given_gradient":
                    carried = [self.copy(f"{at}dL/dyhat_{output}", givens[self.target(output)])]
                else:
                    carried = [self.write(f"{at}dL/dyhat_{output}", "factor", loss)]
            layer = last
            for position, unit in enumerate(units):
                if layer < last or not network.combined:
                    name = f"yhat_{output}" if layer == last else f"h{layer}_{unit}"
                    carried.append(self._slope(f"{at}d{name}/da{layer}_{unit}", layer, unit, output))
                if position + 1 < len(units):
                    below = units[position + 1]
                    carried.append(
                        self.copy(
                            f"{at}da{layer}_{unit}/dh{layer - 1}_{below}", givens[weight_name(layer, unit, below)]
                        )
                    )
                    layer -= 1
                else:
                    carried.append(self._last_factor(f"{at}da{layer}_{unit}/d{parameter}", parameter, layer, unit))
            result = self._product(carried, givens[self.target(output)], output, units[0])
            self.products[number] = result if self.one_box else self.write(f"{at}product", "product", result)

    def target(self, output: int) -> str:
        """What an output is held against."""
        return f"{'g' if self.network.loss == 'given_gradient' else 'y'}_{output}"

    def output_of(self, layer: int, unit: int) -> Numbers:
        """What leaves a unit, as it is used in a derivative."""
        return np.asarray(self.h[layer, unit])

    def _product(self, carried: list[Numbers], y: float, output: int, unit: int) -> Numbers:
        """A path's factors, the loss's first, multiplied; the path leaves the last layer at a unit's pre-activation."""
        return np.asarray(np.prod(carried, axis=0))

    def _output_error(self, givens: Mapping[str, float], output: int) -> Numbers:
        """The loss by what enters an output's unit."""
        twice = 2 if self.network.loss == "squared_error" else 1
        return twice * (self.output_of(len(self.network.sizes) - 1, output) - givens[self.target(output)])

    def _loss_slope(self, y: float, yhat: Numbers) -> Numbers:
        if self.network.loss == "given_gradient":
            return np.full_like(yhat, y)
        if self.network.loss == "squared_error":
            return 2 * (yhat - y)
        if self.network.loss == "half_squared_error":
            return yhat - y
        if self.network.loss == "mean_squared_error":
            return 2 * (yhat - y) / self.network.sizes[-1]
        if self.network.loss == "cross_entropy":
            return -y / yhat
        if self.network.loss == "huber":
            return np.clip(yhat - y, -1, 1)
        return (yhat - y) / (yhat * (1 - yhat))

    def _slope(self, slot: str, layer: int, unit: int, output: int) -> Numbers:
        activation = self.network.activations[layer - 1]
        if activation in ("softmax", "sigmoid", "tanh", "softplus"):
            return self.write(slot, "factor", self._slope_value(layer, unit, output))
        if activation == "relu":
            return self.copy(slot, (self.a[layer, unit] > 0).astype(float))
        if activation == "leaky_relu":
            return self.copy(slot, np.where(self.a[layer, unit] > 0, 1.0, 0.1))
        return self.copy(slot, 1.0)

    def _slope_value(self, layer: int, unit: int, output: int) -> Numbers:
        activation = self.network.activations[layer - 1]
        h = self.output_of(layer, unit)
        if activation == "softmax":
            yhat = self.output_of(layer, output)
            return yhat * (1 - yhat) if unit == output else -yhat * h
        if activation == "softplus":
            return 1 - np.exp(-h)
        return h * (1 - h) if activation == "sigmoid" else (1 - h) * (1 + h)

    def _last_factor(self, slot: str, parameter: str, layer: int, unit: int) -> Numbers:
        if parameter.startswith("b"):
            return self.copy(slot, 1.0)
        for source in range(1, self.network.sizes[layer - 1] + 1):
            if parameter == weight_name(layer, unit, source):
                value = self.h[layer - 1, source]
                return (
                    self.copy(slot, value)
                    if layer - 1 in self.lossless
                    else self.write(slot, "factor", np.asarray(value))
                )
        raise ValueError(parameter)


@dataclass
class FreeStudents(Students):
    """Honest students who take any equal way, each number anew as it comes.

    A forward value is the printed one, or what it was rounded from, or is worked anew from what lies before it, taken
    in any of these ways, on paper or in the calculator; a slope comes from a unit's output or from what enters it;
    where an output's function and the loss go together, yhat - y stands for both; a copy has the digits of either.
    Of the gradient and what follows from it each reading is of the box or of the memory, as it comes.
    """

    ways_h: dict[tuple[int, int], list[Numbers]] = field(init=False, default_factory=dict)

    def _printed_forward(self, givens: Mapping[str, float]) -> None:
        super()._printed_forward(givens)
        network, layers = self.network, self.network.layers
        signal = {unit: np.full(self.count, givens[f"x_{unit}"]) for unit in range(1, network.sizes[0] + 1)}
        self.ways_h = {(0, unit): [value] for unit, value in signal.items()}
        self.ways_a: dict[tuple[int, int], list[Numbers]] = {}
        for layer in layers:
            units = range(1, network.sizes[layer] + 1)
            sources = range(1, network.sizes[layer - 1] + 1)
            kind = network.biases[layer - 1]
            exact = {}
            for unit in units:
                bias = 0.0 if kind == "none" else givens[f"b{layer}" if kind == "layer" else f"b{layer}_{unit}"]
                row = {source: givens[weight_name(layer, unit, source)] for source in sources}
                exact[unit] = bias + np.sum([row[source] * signal[source] for source in sources], axis=0)
                picked = [row[source] * self._pick(self.ways_h[layer - 1, source]) for source in sources]
                again = bias + np.sum(picked, axis=0)
                recorded = self.write(None, "forward", again)
                self.ways_a[layer, unit] = [np.asarray(self.a[layer, unit]), exact[unit], again, recorded]
            signal = self._outputs(layer, exact)
            for unit in units:
                again = self._outputs(layer, {n: self._pick(self.ways_a[layer, n]) for n in units})[unit]
                recorded = self.write(None, "forward", again)
                printed = np.full(self.count, self.h[layer, unit])
                self.ways_h[layer, unit] = [printed, signal[unit], again, recorded]

    def _forward(self, givens: Mapping[str, float], exact_first: bool) -> None:
        super()._forward(givens, exact_first)
        self.ways_h = {place: [np.broadcast_to(value, (self.count,))] for place, value in self.h.items()}
        for layer in self.network.layers:
            units = range(1, self.network.sizes[layer] + 1)
            again = self._outputs(layer, {unit: self.a[layer, unit] for unit in units})
            for unit in units:
                self.ways_h[layer, unit].append(again[unit])

    def _pick(self, ways: list[Numbers]) -> Numbers:
        return np.choose(self.rng.integers(0, len(ways), self.count), ways)

    def output_of(self, layer: int, unit: int) -> Numbers:
        return self._pick(self.ways_h[layer, unit])

    def recorded(self, slot: str) -> Numbers:
        return self._pick(self.kept[slot])

    def copy(self, slot: str, value: Numbers | float) -> Numbers:
        # A printed forward value, which is a rounded number, as opposed to the sheet's own.
        printed = [ways for (layer, _), ways in self.ways_h.items() if layer and np.all(ways[0] == value)]
        if len(printed) != 1 or len(printed[0]) == 1 or "/dw" not in slot:
            return super().copy(slot, value)
        taken = np.where(self.rng.random(self.count) < 0.5, printed[0][1], printed[0][0])
        carried = self.write(slot, "factor", taken)
        return np.where(self.rng.random(self.count) < 0.3, printed[0][0], carried)

    def _output_error(self, givens: Mapping[str, float], output: int) -> Numbers:
        """As the difference, the long way through the output's function, or for a softmax from the other outputs."""
        short = super()._output_error(givens, output)
        last, y = len(self.network.sizes) - 1, givens[self.target(output)]
        yhat = self.output_of(last, output)
        if self.network.activations[-1] == "sigmoid":
            return self._pick([short, self._loss_slope(y, yhat) * (yhat * (1 - yhat))])
        if self.network.activations[-1] != "softmax":
            return short
        others = [unit for unit in range(1, self.network.sizes[last] + 1) if unit != output]
        outputs = {unit: self.output_of(last, unit) for unit in others}
        # Down every row of the Jacobian: the loss by each output times that output by this logit.
        jacobian = -y / yhat * (yhat * (1 - yhat))
        for unit in others:
            jacobian = jacobian + -givens[f"y_{unit}"] / outputs[unit] * (-outputs[unit] * yhat)
        return self._pick([short, jacobian, (1 - y) * yhat - y * np.sum([*outputs.values()], axis=0)])

    def _product(self, carried: list[Numbers], y: float, output: int, unit: int) -> Numbers:
        if self.network.combined:
            return super()._product(carried, y, output, unit)
        last = len(self.network.sizes) - 1
        kind = self.network.loss, self.network.activations[-1]
        separate = super()._product(carried, y, output, unit)
        if kind == ("cross_entropy", "softmax"):
            yhat = self.output_of(last, unit)
            joint = y * (yhat - 1) if unit == output else y * yhat
        elif kind == ("binary_cross_entropy", "sigmoid"):
            joint = self.output_of(last, output) - y
        else:
            # The error term: all but what comes last, from the calculator's memory.
            slope = self._slope_value(last, unit, output) if self.network.activations[-1] in _CURVED else carried[1]
            joint = self._loss_slope(y, self.output_of(last, output)) * slope
        together = super()._product([joint, *carried[2:]], y, output, unit)
        return np.where(self.rng.random(self.count) < 0.5, together, separate)


_CURVED = ("sigmoid", "tanh", "softmax")


@dataclass
class UnluckyStudents(Students):
    """Honest students whose every number happens to lie as far from its record as an honest record allows.

    `luck` (records, students) steers each record: 1 moves it up by all that rounding may, -1 down. What H promises, it
    promises to them too; and what they reach together is how wide H has to be.
    """

    luck: Numbers = field(default_factory=lambda: np.zeros((0, 1)))
    records: int = 0

    def write(self, slot: str | None, role: str, value: Numbers | float) -> Numbers:
        value = np.broadcast_to(np.asarray(value, float), (self.count,)).copy()
        luck = self.luck[self.records] if self.records < len(self.luck) else np.zeros(self.count)
        self.records += 1
        places = self.asked[role]
        decimals = int(places[:-1]) - (1 + _exponent(value) if places.endswith("s") else 0)
        # Nobody rounds a 0. Cutting off loses up to a whole unit, but only towards 0.
        most = np.where(luck * value < 0, 1.0, 0.5) if self.truncation else 0.5
        luck = np.where(value == 0, 0.0, luck)
        written = value + luck * most * 10.0**-decimals
        if slot is not None:
            self.boxes[slot] = written
        return written
