"""A network that a person wrote down (TOML or JSON), read into a problem; `as_tables` writes one.

The shape: `network` with sizes, activations, loss, softmax (with a softmax layer), W1, W2, … as [to][from], b (for each
layer a number that its units share, or a list), x, y; `ask` with parameter, quantity, learning_rate, paths; optionally
`precision` (role → "4d" or "4s", or one text for all), `forward` (printed forward values, each rounded) and
`first_layer` ("exact" where its pre-activations are no slots; looked up in the numbers otherwise).
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from question_bank.derivations.derivation import Derivation, Layout, derive
from question_bank.errors import InputError, NetworkError, found_text
from question_bank.expressions.precision import Places, Precision
from question_bank.networks.dense import BiasKind, Dense, dense, require_sizes, weight_key
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import outputs_and_targets
from question_bank.questions.question import EXACT, Question, solve
from question_bank.toml_text import parse_toml

_MOST_CHARACTERS = 4_000_000
_SECTIONS = ("network", "ask", "precision", "forward", "first_layer")
_NETWORK_KEYS = ("sizes", "activations", "loss", "softmax", "b", "x", "y")
_ASK_KEYS = ("parameter", "quantity", "learning_rate", "paths")


@dataclass(frozen=True, slots=True)
class Problem:
    """A derivation and the numbers to solve it on; `precision` is None where values are to be exact."""

    derivation: Derivation
    givens: Mapping[str, float]
    precision: Precision | None

    def solve(self) -> Question:
        """The problem solved; raises NetworkError where a value is not finite (a division by 0, an overflow)."""
        question = solve(self.derivation, self.givens, self.precision)
        for step, value in zip(self.derivation.steps, question.values, strict=True):
            if not math.isfinite(value):
                raise NetworkError(
                    f"{step.key} is {value}",
                    expected="a finite number",
                    remedy="a divisor is 0, or a number is too large to be worked with",
                )
        self._require_probabilities(question)
        return question

    def _require_probabilities(self, question: Question) -> None:
        # A cross-entropy's derivative is a number also where its logarithm is none: that would be no gradient.
        loss = self.derivation.graph.nodes[self.derivation.graph.loss]
        if not LOSSES[loss.rule].probabilities:
            return
        for yhat, y in outputs_and_targets(loss):
            for key, lowest in ((y.key, 0.0), (yhat.key, math.ulp(0.0))):
                value = question.value(key)
                if not lowest <= value <= 1.0:
                    raise NetworkError(
                        f"{key} is {value:.6g}",
                        expected=f"a probability, from 0 to 1, under {loss.rule}",
                        remedy="write targets from 0 to 1"
                        if key == y.key
                        else f"end in {' or '.join(PROBABILITIES)}, or take another loss",
                    )


def parse_document(text: str, file: str) -> dict[str, Any]:
    """TOML, or JSON where the name says so or the text begins like it; raises InputError with the line."""
    if len(text) > _MOST_CHARACTERS:
        raise InputError(f"{len(text):,} characters", file=file, expected=f"at most {_MOST_CHARACTERS:,}")
    if not (file.lower().endswith(".json") or text.lstrip()[:1] == "{"):
        return parse_toml(text, file)
    try:
        document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise InputError(f"not well formed: {error}", file=file, remedy="mend that place and try again") from error
    except RecursionError as error:
        raise InputError("nested too deeply", file=file) from error
    except InputError as error:
        raise error.in_file(file) from error
    except ValueError as error:
        # The only other complaint: an integer of thousands of digits.
        raise InputError("a whole number of thousands of digits", file=file, expected="numbers to work with") from error
    if not isinstance(document, dict):
        raise InputError("no table of keys at the top", file=file, expected="a network and an ask")
    return document


def _refuse_constant(name: str) -> float:
    raise InputError(name, expected="finite numbers only")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON leaves open which of two counts; TOML refuses them too.
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise InputError(f"the key {found_text(twice)} stands twice in one object", remedy="take one of them away")
    return table


def read_problem(text: str, file: str, parameter: str | None = None) -> Problem:
    """The problem that a file's `text` states; `file` is the name for complaints, `parameter` another than it asks for.

    Raises InputError, NetworkError or RecipeError with the file and the place, TooManyPaths.
    """
    document = parse_document(text, file)
    try:
        return problem_from(document, parameter)
    except InputError as error:
        raise error.in_file(file) from error


def problem_from(document: Mapping[str, Any], parameter: str | None = None) -> Problem:
    """The problem that a parsed file states."""
    for key in document:
        # Other top-level keys are notes (a title, printed results); one that is nearly ours is a slip.
        near = get_close_matches(key, _SECTIONS, 1, 0.75)
        if key not in _SECTIONS and near:
            raise InputError(
                f"unknown key {found_text(key)}", expected=", ".join(_SECTIONS), remedy=f"did you mean {near[0]!r}?"
            )
    network = document.get("network")
    if not isinstance(network, Mapping):
        raise NetworkError("no network", place="network", expected="a table [network] with sizes, activations, …")
    precision = _precision(document.get("precision"))
    architecture, givens = read_network(network)
    asked, quantity, rate, paths = _ask(document.get("ask"), parameter)
    forward = document.get("forward", "asked")
    if rate is not None:
        givens["eta"] = rate
    layout = Layout(
        forward="given" if isinstance(forward, Mapping) else "asked",
        quantity=quantity,
        rate=rate is not None,
        exact_first=forward == "asked" and _first_layer(document, architecture, givens, precision or EXACT),
        scratch=precision is not None and precision.scratch is not None,
        paths=paths,
    )
    derivation = derive(architecture, asked, layout)
    if isinstance(forward, Mapping):
        printed = tuple(key for key in derivation.givens if key not in givens)
        _only_known(forward, printed, "forward")
        missing = [key for key in printed if key not in forward]
        if missing:
            raise NetworkError(f"forward gives no {missing[0]}", place="forward", expected=", ".join(printed))
        givens |= {key: _number(forward[key], f"forward.{key}") for key in printed}
    elif forward != "asked":
        raise NetworkError(
            f"forward is {found_text(forward)}", place="forward", expected='"asked", or a table of printed values'
        )
    return Problem(derivation, givens, precision)


def _first_layer(
    document: Mapping[str, Any], architecture: Dense, givens: Mapping[str, float], precision: Precision
) -> bool:
    # A stored question says what its sheet asked; a network written by hand is looked at.
    said = document.get("first_layer")
    if said is not None and said not in ("exact", "recorded"):
        raise NetworkError(f"first_layer is {found_text(said)}", place="first_layer", expected='"exact" or "recorded"')
    if said:
        return bool(said == "exact")
    # Outputs that lose nothing are copied into factors, which must hold them as well.
    copied = architecture.layers > 1 and FUNCTIONS[architecture.activations[0]].exact_output
    places = [precision.forward, precision.factor] if copied else [precision.forward]
    return all(first_layer_is_exact(architecture, givens, each) for each in places)


def read_network(network: Mapping[str, Any]) -> tuple[Dense, dict[str, float]]:
    """Network and givens (inputs, parameters, targets by key) of a written network; raises NetworkError."""
    sizes = network.get("sizes")
    known = [name for name in network if name[:1] == "W" and name[1:].isdigit()] if sizes is None else []
    count = len(sizes) - 1 if isinstance(sizes, list) else 0
    _only_known(network, (*_NETWORK_KEYS, *known, *(f"W{n}" for n in range(1, min(count, 50) + 1))), "network")
    if not isinstance(sizes, list) or not sizes or not all(type(n) is int for n in sizes):
        raise NetworkError(
            f"sizes are {found_text(sizes)}", place="network.sizes", expected="whole numbers such as [4, 4, 2]"
        )
    require_sizes(sizes)
    layers = len(sizes) - 1
    matrices = [f"W{layer}" for layer in range(1, layers + 1)]
    for key in ("activations", "loss", "x", "y", *matrices):
        if key not in network:
            raise NetworkError(f"no {key}", place=f"network.{key}")
    activations = network["activations"]
    if not isinstance(activations, list) or not all(isinstance(name, str) for name in activations):
        raise NetworkError(
            f"activations are {found_text(activations)}", place="network.activations", expected="a list of names"
        )
    if not isinstance(network["loss"], str):
        raise NetworkError(f"loss is {found_text(network['loss'])}", place="network.loss", expected="a name")
    kinds, biases = _biases(network.get("b"), sizes)
    architecture = Dense(tuple(sizes), tuple(activations), network["loss"], network.get("softmax"), kinds)

    givens = {f"x_{n}": value for n, value in enumerate(_vector(network["x"], sizes[0], "network.x"), 1)}
    for layer, name in enumerate(matrices, 1):
        for to, row in enumerate(_matrix(network[name], sizes[layer], sizes[layer - 1], f"network.{name}"), 1):
            givens |= {weight_key(layer, to, source): value for source, value in enumerate(row, 1)}
    givens |= biases
    givens |= {f"y_{n}": value for n, value in enumerate(_vector(network["y"], sizes[-1], "network.y"), 1)}
    return architecture, givens


def first_layer_is_exact(architecture: Dense, givens: Mapping[str, float], places: Places) -> bool:
    """True if every first-layer pre-activation is a decimal that the recorded places hold in full."""
    for unit in architecture.units(1):
        value = Decimal(0)
        for source in architecture.units(0):
            value += _decimal(givens[weight_key(1, unit, source)]) * _decimal(givens[f"x_{source}"])
        biases = architecture.bias_keys(1)
        if biases:
            value += _decimal(givens[biases[0] if len(biases) == 1 else biases[unit - 1]])
        if value == 0:
            continue
        _, digits, exponent = value.normalize().as_tuple()
        assert isinstance(exponent, int)  # a finite number
        written = -exponent if places.kind == "d" else len(digits) + max(exponent, 0)
        if written > places.count:
            return False
    return True


def _decimal(value: float) -> Decimal:
    return Decimal(repr(value))


def givens_row(table: Mapping[str, Any], derivation: Derivation) -> list[float]:
    """The givens of a table that `question_table` wrote, in the derivation's order, not checked once more."""
    network, ask, forward = table["network"], table["ask"], table["forward"]
    row: list[float] = [*network["x"]]
    for layer in range(1, dense(derivation.model).layers + 1):
        for weights in network[f"W{layer}"]:
            row += weights
        bias = network["b"][layer - 1] if network.get("b") is not None else []
        row += bias if isinstance(bias, list) else [bias]
    row += network["y"]
    if derivation.layout.rate:
        row.append(ask["learning_rate"])
    if derivation.layout.forward == "given":
        row += [forward[key] for key in derivation.givens[len(row) :]]
    return row


def _only_known(table: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            raise NetworkError(
                f"unknown key {found_text(key)}",
                place=place,
                expected=", ".join(known),
                remedy=f"did you mean {near[0]!r}?" if near else None,
            )


def _precision(written: Any) -> Precision | None:
    if written is None:
        return None
    if isinstance(written, str):
        places = Places.parse(written, "precision")
        return Precision(places, places, places, places, places)
    if not isinstance(written, Mapping):
        raise NetworkError(
            f"precision is {found_text(written)}", place="precision", expected='a table such as forward = "4d"'
        )
    roles = {key: value for key, value in written.items() if key not in ("scratch", "truncation")}
    scratch = written.get("scratch")
    if scratch is not None and not (type(scratch) is int and 0 <= scratch <= 12):
        raise NetworkError(f"scratch is {found_text(scratch)}", place="precision.scratch", expected="decimals, 0 to 12")
    truncation = written.get("truncation", False)
    if not isinstance(truncation, bool):
        raise NetworkError(
            f"truncation is {found_text(truncation)}", place="precision.truncation", expected="true or false"
        )
    return Precision.parse(roles, scratch=scratch, truncation=truncation)


def _ask(written: Any, parameter: str | None) -> tuple[str, Any, float | None, Any]:
    ask: Mapping[str, Any] = {"parameter": written} if isinstance(written, str) else written or {}
    if not isinstance(ask, Mapping):
        raise NetworkError(f"ask is {found_text(written)}", place="ask", expected='a table such as parameter = "w1_31"')
    _only_known(ask, _ASK_KEYS, "ask")
    asked = parameter or ask.get("parameter")
    if not isinstance(asked, str):
        raise NetworkError(
            "no parameter is asked for" if asked is None else f"parameter is {found_text(asked)}",
            place="ask.parameter",
            expected='a key such as "w1_31"',
            remedy="or --ask w1_31",
        )
    rate = ask.get("learning_rate")
    quantity = ask.get("quantity", "gradient")
    if quantity not in ("gradient", "updated"):
        raise NetworkError(
            f"quantity is {found_text(quantity)}", place="ask.quantity", expected='"gradient" or "updated"'
        )
    if quantity == "updated" and rate is None:
        raise NetworkError("an updated value without a learning rate", place="ask.learning_rate", expected="a number")
    paths = ask.get("paths", "given")
    if paths not in ("given", "find"):
        raise NetworkError(f"paths is {found_text(paths)}", place="ask.paths", expected='"given" or "find"')
    return asked, quantity, None if rate is None else _number(rate, "ask.learning_rate"), paths


def _biases(written: Any, sizes: list[int]) -> tuple[tuple[BiasKind, ...], dict[str, float]]:
    layers = len(sizes) - 1
    kinds: list[BiasKind] = ["none"] * layers
    values: dict[str, float] = {}
    if written is None:
        return tuple(kinds), values
    if not isinstance(written, list) or len(written) != layers:
        raise NetworkError(
            f"b is {found_text(written)}",
            place="network.b",
            expected=f"{layers} entries, one a layer: a number or a list",
        )
    for layer, entry in enumerate(written, 1):
        if entry == []:
            continue
        if isinstance(entry, list):
            kinds[layer - 1] = "unit"
            row = _vector(entry, sizes[layer], f"network.b[{layer}]")
            values |= {f"b{layer}_{unit}": value for unit, value in enumerate(row, 1)}
        else:
            kinds[layer - 1] = "layer"
            values[f"b{layer}"] = _number(entry, f"network.b[{layer}]")
    return tuple(kinds), values


def _matrix(written: Any, rows: int, columns: int, place: str) -> list[list[float]]:
    if not isinstance(written, list) or len(written) != rows:
        count = len(written) if isinstance(written, list) else "no"
        raise NetworkError(f"{count} rows", place=place, expected=f"{rows} rows (to) of {columns} numbers (from)")
    return [_vector(row, columns, f"{place}, row {number}") for number, row in enumerate(written, 1)]


def _vector(written: Any, length: int, place: str) -> list[float]:
    if not isinstance(written, list) or len(written) != length:
        found = f"{len(written)} numbers" if isinstance(written, list) else found_text(written)
        raise NetworkError(found, place=place, expected=f"{length} numbers")
    return [_number(value, place) for value in written]


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NetworkError(found_text(value), place=place, expected="a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NetworkError(str(number), place=place, expected="a finite number")
    return number
