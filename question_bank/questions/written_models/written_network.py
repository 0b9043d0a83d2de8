"""A dense network in files: what a recipe, a network that a person wrote down and one handed out have in common."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, Tag, model_serializer, model_validator

from question_bank.errors import NetworkError, entries, found_text
from question_bank.expressions.names import Symbol
from question_bank.expressions.precision import Places
from question_bank.networks.dense import MOST_UNITS, BiasKind, Dense, mask, require_sizes, weight
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.questions.document import Document, Flag, Number, Whole, require_known

_MATRIX = re.compile(r"W[1-9][0-9]*")
_UPSTREAM = "upstream"
_CLASS = "class"
"""A key that stands for y: no field may have a word of Python's for its name."""
_SLACK = 1e-9
_MOST_NAMED = 50
"""Matrices that a complaint lists; no network has more layers."""

_MOST_FITTING = 1024
_FITTING: set[Hashable] = set()
"""Shapes of networks whose parts are known to fit together, up to so many."""

_Row = list[Number]
_BiasEntry = Annotated[
    Annotated[_Row, Tag("row")] | Annotated[Number, Tag("number")],
    Discriminator(lambda entry: "row" if isinstance(entry, list) else "number"),
]


class NetworkShape(Document):
    """Layers, functions and loss: all of a network but its biases and numbers."""

    sizes: list[Whole]
    activations: list[str]
    loss: str
    softmax: str | None = None
    combined: Flag = False
    keep: Number | None = None
    constant: Number | None = None
    skip: list[Annotated[list[Whole], Field(min_length=2, max_length=2)]] | None = None
    skip_added: str | None = None

    @property
    def gives_exponentials(self) -> bool:
        """Whether the exponentials of what enters the softmax are given."""
        return False

    def network(self, biases: Sequence[BiasKind]) -> Dense:
        """The network with these biases; raises NetworkError where the parts do not fit."""
        parts = tuple(self.sizes), tuple(self.activations), self.loss, self.softmax, tuple(biases), self.combined
        skips = tuple((source, target) for source, target in self.skip or ())
        return _network(*parts, self.keep, self.constant, self.gives_exponentials, skips, self.skip_added)


@lru_cache(maxsize=1024)
def _network(*parts: Any) -> Dense:
    return Dense(*parts)


class WrittenNetwork(NetworkShape):
    """A network with its numbers: W1, W2, … as [to][from], b, x, y.

    Where the loss's derivatives by the outputs are given they are written as `upstream`, and kept in the place of y.
    `b` has an entry for each layer: a number that its units share, or a list, which is empty where there are none.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, list[_Row]] = Field(init=False)

    b: list[_BiasEntry] | None = None
    mask: list[_Row] | None = None
    exponentials: _Row | None = None
    x: _Row
    y: _Row

    @model_validator(mode="before")
    @classmethod
    def _reads_upstream(cls, written: Any) -> Any:
        if not isinstance(written, Mapping):
            return written
        loss = written.get("loss")
        given = isinstance(loss, str) and loss in LOSSES and LOSSES[loss].given
        if loss == NO_LOSS:
            return _without_targets(written)
        return _with_upstream(written, given=given) if given or _UPSTREAM in written else written

    @model_validator(mode="after")
    def _fits_together(self) -> WrittenNetwork:
        # Of a class all have one shape, and what depends on nothing else is looked at once.
        if (shape := self._shape) not in _FITTING:
            self._require_shape()
            if len(_FITTING) < _MOST_FITTING:
                _FITTING.add(shape)
        self._require_mask()
        if any(entry <= 0 for entry in self.exponentials or ()):
            raise NetworkError(
                f"exponentials is {found_text(self.exponentials)}",
                place="network.exponentials",
                expected="numbers above 0, as every exponential is",
            )
        if self.combined and self.model.has_softmax:
            require_adding_up(self.y, "network.y")
        return self

    @property
    def _shape(self) -> Hashable:
        """All that is written of it but numbers."""
        parts = self.loss, self.softmax, self.combined, self.keep, self.constant, len(self.x), len(self.y)
        exponentials = None if self.exponentials is None else len(self.exponentials)
        entries_of_b = () if self.b is None else self.b
        biases = tuple(len(entry) if isinstance(entry, list) else None for entry in entries_of_b)
        rows = [(name, *map(len, matrix)) for name, matrix in self.__pydantic_extra__.items()]
        skips = tuple(map(tuple, self.skip or ())), self.skip_added
        biased = self.b is None, biases
        return *parts, exponentials, *skips, tuple(self.sizes), tuple(self.activations), *biased, *rows

    def _require_shape(self) -> None:
        sizes, matrices, b = self.sizes, self.__pydantic_extra__, self.b
        lengths = _lengths(tuple(sizes), tuple(matrices))
        if b is not None and len(b) != len(sizes) - 1:
            raise NetworkError(
                f"b is {found_text(b)}",
                place="network.b",
                expected=f"{entries(len(sizes) - 1)}, one a layer: a number or a list",
            )
        self.model  # noqa: B018  complains where names do not fit
        _require_length(self.x, sizes[0], "network.x")
        if self.exponentials is not None:
            _require_length(self.exponentials, sizes[-1], "network.exponentials")
        for name, wanted in lengths:
            if [*map(len, matrices[name])] != wanted:
                _refuse_size(name, matrices[name], wanted)
        for layer, entry in enumerate(b or (), 1):
            if entry and isinstance(entry, list):
                _require_length(entry, sizes[layer], f"network.b[{layer}]")
        _require_length(self.y, len(self.model.targets), "network.y")

    def _require_mask(self) -> None:
        """Dropout needs an entry for each hidden unit, 0 or 1, and lets a unit of every layer through."""
        sizes = self.sizes[1:-1]
        if (self.mask is None) != (self.keep is None):
            missing = self.mask is None
            raise NetworkError(
                "no mask beside keep" if missing else "a mask without keep",
                place=f"network.{'mask' if missing else 'keep'}",
                expected=f"a row of {' and '.join(map(str, sizes))} entries, 0 or 1"
                if missing
                else "the share of hidden units that is kept",
            )
        for number, row in enumerate(self.mask or (), 1):
            if number <= len(sizes):
                _require_length(row, sizes[number - 1], f"network.mask, row {number}")
            if any(entry not in (0, 1) for entry in row) or not any(row):
                raise NetworkError(
                    f"row {number} is {found_text(row)}", place="network.mask", expected="0 or 1, and a 1 at least"
                )
        if self.mask is not None and len(self.mask) != len(sizes):
            raise NetworkError(f"{len(self.mask)} rows", place="network.mask", expected=f"{len(sizes)}, one a layer")

    @model_serializer
    def _table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"sizes": self.sizes, "activations": self.activations, "loss": self.loss}
        said: dict[str, Any] = {"softmax": self.softmax, "combined": self.combined or None, "keep": self.keep}
        said |= {"constant": self.constant, "skip": self.skip, "skip_added": self.skip_added}
        table |= {key: value for key, value in said.items() if value is not None}
        table |= self.__pydantic_extra__
        said = {"b": self.b, "mask": self.mask, "exponentials": self.exponentials}
        table |= {key: value for key, value in said.items() if value is not None}
        return table | {"x": self.x} | _at_outputs(self.loss, self.y)

    @classmethod
    def of(cls, network: Dense, givens: Mapping[Symbol, float]) -> WrittenNetwork:
        """A network and its numbers, as they are written."""
        layers = range(1, network.layers + 1)
        matrices = {
            f"W{layer}": [
                [givens[weight(layer, to, source)] for source in network.units(layer - 1)]
                for to in network.units(layer)
            ]
            for layer in layers
        }
        biases = [
            _entry(kind, [givens[bias] for bias in network.bias(layer)])
            for layer, kind in zip(layers, network.biases, strict=True)
        ]
        return cls(
            sizes=list(network.sizes),
            activations=list(network.activations),
            loss=network.loss,
            softmax=network.softmax,
            combined=network.combined,
            keep=network.keep,
            constant=network.constant,
            skip=[list(pair) for pair in network.skips] or None,
            skip_added=network.skip_added,
            mask=None
            if network.keep is None
            else [[givens[mask(layer, unit)] for unit in network.units(layer)] for layer in network.hidden],
            b=biases if any(kind != "none" for kind in network.biases) else None,
            exponentials=[givens[given] for given in network.given_exponentials] or None,
            x=[givens[given] for given in network.inputs],
            **_at_outputs(network.loss, [givens[given] for given in network.targets]),
            **matrices,
        )

    @property
    def gives_exponentials(self) -> bool:
        """Whether they are written."""
        return self.exponentials is not None

    @property
    def matrices(self) -> list[list[_Row]]:
        """The weights, layer by layer."""
        return [self.__pydantic_extra__[name] for name in matrix_names(len(self.sizes) - 1)]

    @property
    def biases(self) -> tuple[BiasKind, ...]:
        """Each layer's kind of bias."""
        if self.b is None:
            return (_kind([]),) * (len(self.sizes) - 1)
        return tuple(_kind(entry) for entry in self.b)

    @property
    def outline(self) -> tuple[int, ...]:
        """What questions whose boxes play the same parts have in common."""
        return tuple(self.sizes)

    @cached_property
    def model(self) -> Dense:
        """The network without its numbers."""
        return self.network(self.biases)

    @property
    def numbers(self) -> list[float]:
        """Inputs, parameters and targets, in the order of the model's givens."""
        row = [*self.x]
        for matrix, entry in zip(self.matrices, self.b or ([],) * len(self.matrices), strict=True):
            for weights in matrix:
                row += weights
            row += entry if isinstance(entry, list) else [entry]
        row += [entry for entries in self.mask or () for entry in entries]
        return [*row, *(self.exponentials or ()), *self.y]


def require_adding_up(targets: Sequence[float], place: str) -> None:
    """Raise NetworkError for targets that do not add up to 1, where loss and softmax are one step."""
    if abs(sum(targets) - 1.0) > _SLACK:
        raise NetworkError(
            f"y adds up to {sum(targets):.6g}",
            place=place,
            expected="targets that add up to 1",
            remedy="only for such is the derivative yhat - y; or take combined away",
        )


def with_targets(network: Mapping[str, Any]) -> Mapping[str, Any]:
    """A network's table with y in the place of `class`: raises NetworkError where that names no output.

    The number (the first is 1) may be written for a y that is 1 there and 0 elsewhere.
    """
    if _CLASS not in network:
        return network
    if "y" in network:
        raise NetworkError("both class and y", place="network.class", remedy="take one of them away")
    rest = {key: entry for key, entry in network.items() if key != _CLASS}
    sizes = network.get("sizes")
    if not (isinstance(sizes, list) and sizes and type(sizes[-1]) is int and 1 <= sizes[-1] <= MOST_UNITS):
        return {**rest, "y": []}  # sizes are complained of
    number, outputs = network[_CLASS], sizes[-1]
    if not (type(number) is int and 1 <= number <= outputs and outputs > 1):
        raise NetworkError(
            f"class is {found_text(number)}",
            place="network.class",
            expected=f"the number of an output, from 1 to {outputs}" if outputs > 1 else "two outputs or more",
            remedy=None if outputs > 1 else "write y for a single output",
        )
    return {**rest, "y": [float(output == number) for output in range(1, outputs + 1)]}


def _at_outputs(loss: str, numbers: list[float]) -> dict[str, list[float]]:
    """The key for what the outputs are held against; none without a loss."""
    return {} if loss == NO_LOSS else {_UPSTREAM if LOSSES[loss].given else "y": numbers}


def _without_targets(network: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("y", _UPSTREAM):
        if network.get(name):
            raise NetworkError(
                f'{name} with the loss "{NO_LOSS}"', place=f"network.{name}", remedy="take the key away, or name a loss"
            )
    return {**network, "y": []}


def _with_upstream(network: Mapping[str, Any], *, given: bool) -> Mapping[str, Any]:
    if not given:
        raise NetworkError(
            f"upstream with the loss {found_text(network.get('loss'))}",
            place="network.upstream",
            expected=f"y, or the loss {' or '.join(repr(name) for name, loss in LOSSES.items() if loss.given)}",
        )
    for other in ("y", _CLASS):
        if other in network:
            raise NetworkError(
                f"{other} with derivatives that are given", place=f"network.{other}", expected="upstream in its place"
            )
    if _UPSTREAM not in network:
        raise NetworkError("no upstream", place="network.upstream", expected="the loss's derivative by each output")
    rest = {key: entry for key, entry in network.items() if key != _UPSTREAM}
    return {**rest, "y": network[_UPSTREAM]}


def require_matrices(written: Collection[str], layers: int) -> None:
    """Raise NetworkError unless there is a matrix for each layer, and no other."""
    names = matrix_names(layers)
    for name in names:
        if name not in written:
            raise NetworkError(f"no {name}", place=f"network.{name}")
    if len(written) > len(names):
        require_known(written, names, "network")


def require_known_keys(network: Mapping[str, object]) -> None:
    """Raise NetworkError for a key that no network has, with the one that was meant."""
    sizes = network.get("sizes")
    if isinstance(sizes, list):
        matrices = matrix_names(len(sizes) - 1)
    else:
        matrices = tuple(key for key in network if _MATRIX.fullmatch(key))
    require_known(network, (*WrittenNetwork.model_fields, _CLASS, _UPSTREAM, *matrices), "network")


@lru_cache(maxsize=64)
def matrix_names(layers: int) -> tuple[str, ...]:
    """The keys of the weights, layer by layer."""
    return tuple(f"W{layer}" for layer in range(1, min(layers, _MOST_NAMED) + 1))


def _kind(entry: float | list[float]) -> BiasKind:
    if isinstance(entry, list):
        return "unit" if entry else "none"
    return "layer"


def _entry(kind: BiasKind, numbers: list[float]) -> float | list[float]:
    return numbers[0] if kind == "layer" else numbers


@lru_cache(maxsize=1024)
def _lengths(sizes: tuple[int, ...], written: tuple[str, ...]) -> tuple[tuple[str, list[int]], ...]:
    """Each matrix and how long its rows are to be; raises NetworkError for sizes or matrices that make no network."""
    require_sizes(sizes)
    require_matrices(written, len(sizes) - 1)
    return tuple((name, [sizes[at]] * sizes[at + 1]) for at, name in enumerate(matrix_names(len(sizes) - 1)))


def _refuse_size(name: str, matrix: list[_Row], lengths: list[int]) -> None:
    rows, columns = len(lengths), lengths[0]
    if len(matrix) != rows:
        expected = f"{rows} rows (to) of {columns} numbers (from)"
        raise NetworkError(f"{len(matrix)} rows", place=f"network.{name}", expected=expected)
    for number, row in enumerate(matrix, 1):
        _require_length(row, columns, f"network.{name}, row {number}")


def _require_length(row: list[float], length: int, place: str) -> None:
    if len(row) != length:
        raise NetworkError(f"{len(row)} numbers", place=place, expected=f"{length} numbers")


def first_layer_is_exact(network: Dense, givens: Mapping[Symbol, float], places: Places) -> bool:
    """True if every first-layer pre-activation is a decimal that the recorded places hold in full."""
    for unit in network.units(1):
        value = Decimal(0)
        for source, given in enumerate(network.inputs, 1):
            value += _decimal(givens[weight(1, unit, source)]) * _decimal(givens[given])
        biases = network.bias(1)
        if biases:
            bias = _decimal(givens[biases[0] if len(biases) == 1 else biases[unit - 1]])
            value += bias if network.constant is None else bias * _decimal(network.constant)
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
