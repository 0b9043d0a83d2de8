"""Attention: every query is held against all keys, and takes of the values as much as each key deserves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text, refuse
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_, _, decimal, ngettext
from question_bank.networks.attention_grids import grids_of_attention
from question_bank.networks.attention_words import said_of_attention, said_of_derivatives
from question_bank.networks.graph import Graph, Node
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.networks.model import CellGrid, Conventions, FunctionUse, GivenTable, PhrasePart
from question_bank.networks.phrases import number_part, phrase
from question_bank.networks.rules import RULES

NamedScale = Literal["root", "none"]

MOST_QUERIES, MOST_KEYS, MOST_WIDE = 3, 4, 4
"""More than can be drawn, or worked by hand."""
_LOSS = Symbol("L")
_WHAT = {"q": "query", "k": "key", "v": "value"}
_COLUMNS = ("q", "k", "score", "scaled", "alpha", "v", "o")


_WORKED = {
    "o": N_("an output"),
    "alpha": N_("an attention weight"),
    "score": N_("a score"),
    "scaled": N_("a scaled score"),
}
_ENTRIES = {
    "q": N_("entry {column} of query {row}"),
    "k": N_("entry {column} of key {row}"),
    "v": N_("entry {column} of the value of key {row}"),
}


@dataclass(frozen=True, slots=True)
class Attention:
    """So many queries and keys of one width, and for each key a value of `values` numbers.

    A score is the product of a query and a key; `scale` is what it is divided by: the "root" of the width, a number, or
    nothing ("none"). A softmax over the keys makes each query's weights of its scaled scores, and its output is the sum
    of the values, each times its weight. Raises NetworkError where the parts do not fit.

    >>> attention = Attention(1, 2, 2, 1, "root", "none")
    >>> [node.key for node in attention.graph().nodes]
    ['score_1,1', 'score_1,2', 'scaled_1,1', 'scaled_1,2', 'alpha_1,1', 'alpha_1,2', 'o_1,1']
    """

    queries: int
    keys: int
    width: int
    values: int
    scale: NamedScale | float
    loss: str

    def __post_init__(self) -> None:
        refuse(self._problems())

    def _problems(self) -> Iterator[NetworkError]:
        for name, fewest, most in (
            ("queries", 1, MOST_QUERIES),
            ("keys", 2, MOST_KEYS),
            ("width", 1, MOST_WIDE),
            ("values", 1, MOST_WIDE),
        ):
            found = getattr(self, name)
            if not fewest <= found <= most:
                yield NetworkError(f"{found} {name}", place=f"attention.{name}", expected=f"from {fewest} to {most}")
        scale = self.scale
        if scale not in get_args(NamedScale) if isinstance(scale, str) else not (isfinite(scale) and scale > 0):
            yield NetworkError(
                f"scale {found_text(self.scale)}",
                place="attention.scale",
                expected='"root" (scores over the root of the width), "none", or the number that they are divided by',
            )
        losses = [NO_LOSS, *(name for name, loss in LOSSES.items() if not loss.probabilities)]
        if self.loss not in losses:
            yield NetworkError(f"loss {found_text(self.loss)}", place="attention.loss", expected=", ".join(losses))

    @property
    def is_scaled(self) -> bool:
        """Whether scores are divided by something."""
        return self.scale != "none"

    @property
    def has_loss(self) -> bool:
        """Whether the outputs are held against something."""
        return self.loss != NO_LOSS

    @property
    def summary(self) -> str:
        """How many of what, and the scale, on a line."""
        queries = ngettext("{count} query", "{count} queries", self.queries).format(count=self.queries)
        keys = ngettext("{count} key", "{count} keys", self.keys).format(count=self.keys)
        said = [
            _("attention of {queries} and {keys} of width {width}").format(
                queries=queries, keys=keys, width=self.width
            ),
            _("values of {width}").format(width=self.values),
        ]
        if self.scale == "root":
            said.append(_("scores over the root of the width"))
        elif self.scale != "none":
            said.append(_("scores over {number}").format(number=decimal(str(self.scale))))
        return ", ".join(said)

    def rows(self, letter: str) -> list[list[Symbol]]:
        """The table of a letter: a row for each query, of keys and values for each key."""
        counts = {
            "q": (self.queries, self.width),
            "k": (self.keys, self.width),
            "v": (self.keys, self.values),
            "o": (self.queries, self.values),
        }
        rows, columns = counts.get(letter, (self.queries, self.keys))
        return [[Symbol(letter, None, (i, j)) for j in range(1, columns + 1)] for i in range(1, rows + 1)]

    def parameters(self) -> Iterator[Symbol]:
        """Every entry of the queries, the keys and the values."""
        for letter in _WHAT:
            for row in self.rows(letter):
                yield from row

    @property
    def targets(self) -> list[list[Symbol]]:
        """What the outputs are held against, row by row; nothing without a loss."""
        if not self.has_loss:
            return []
        letter = LOSSES[self.loss].letter
        return [[Symbol(letter, None, output.index) for output in row] for row in self.rows("o")]

    def givens(self) -> Iterator[Symbol]:
        """Queries, keys and values, and targets, in the order of every givens array."""
        yield from self.parameters()
        for row in self.targets:
            yield from row

    def parameters_in_words(self) -> str:
        """The first entry of each and the last."""
        ends = [(letter, [given for row in self.rows(letter) for given in row]) for letter in _WHAT]
        words = [f"of a {_WHAT[letter]} ({some[0].key} to {some[-1].key})" for letter, some in ends]
        return f"an entry {words[0]}, {words[1]} or {words[2]}"

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other entries of its table."""
        return [other for other in self.parameters() if other.letter == parameter.letter and other != parameter]

    def tables(self) -> tuple[GivenTable, ...]:
        """Queries, keys, values and targets, a vector a row."""
        return _tables(self)

    def graph(self) -> Graph:
        """The scalar graph."""
        return _graph(self)

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """What has a grid of its own, from the queries to the outputs, and the loss."""
        letters = [letter for letter in _COLUMNS if letter != "scaled" or self.is_scaled]
        grids = [tuple(value for row in self.rows(letter) for value in row) for letter in letters]
        return (*grids, (_LOSS,)) if self.has_loss else tuple(grids)

    def circle_of(self, value: Symbol) -> Symbol | None:
        """Every entry has a place of its own; an exponential and a sum have none."""
        return value if value == _LOSS or value.letter in _COLUMNS else None

    def layer_of(self, value: Symbol) -> int | None:
        """No value has one."""
        return None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """Which entry of which query, key or value; or what a value in between is."""
        if parameter.letter not in _WHAT:
            return phrase(_(_WORKED[parameter.letter]))
        row, column = parameter.index
        if parameter.letter == "v" and self.values == 1:
            return phrase(_("the value of key {number}"), number=number_part(row))
        return phrase(_(_ENTRIES[parameter.letter]), column=number_part(column), row=number_part(row))

    def conventions(self) -> Conventions:
        """The loss, softmax, and how scores and outputs are worked."""
        use = FunctionUse("attention weights", "softmax", Symbol("alpha"), 1)
        loss = self.loss if self.has_loss else None
        return Conventions(
            loss,
            (use,),
            None,
            biases=False,
            sentences=said_of_attention(self),
            backward_sentences=said_of_derivatives(),
        )

    def grids(self) -> tuple[CellGrid, ...]:
        """Queries, keys and values, and what is worked from them, as grids side by side."""
        return grids_of_attention(self)


@lru_cache(maxsize=256)
def _tables(attention: Attention) -> tuple[GivenTable, ...]:
    found = [
        GivenTable(Symbol(letter.upper()), tuple(map(tuple, attention.rows(letter))), "weights", layer_matrix=False)
        for letter in _WHAT
    ]
    targets = attention.targets
    if targets:
        found.append(GivenTable(Symbol(LOSSES[attention.loss].letter), tuple(map(tuple, targets)), "targets"))
    return tuple(found)


@lru_cache(maxsize=256)
def _graph(attention: Attention) -> Graph:
    nodes: dict[Symbol, Node] = {}

    def add(
        name: Symbol, rule: str, inputs: Sequence[Symbol], kind: str, position: int = 0, by: float | None = None
    ) -> None:
        nodes[name] = Node(name, rule, tuple(inputs), kind, position, constant=by)

    queries, keys, values = (attention.rows(letter) for letter in _WHAT)
    scores, scaled, weights, outputs = (attention.rows(letter) for letter in ("score", "scaled", "alpha", "o"))
    for query, row in zip(queries, scores, strict=True):
        for key, score in zip(keys, row, strict=True):
            add(score, "dot", _paired(query, key), "score")
    logits = scores
    if attention.is_scaled:
        rule, by = ("over_root", attention.width) if attention.scale == "root" else ("over", attention.scale)
        for row, scaled_row in zip(scores, scaled, strict=True):
            for score, name in zip(row, scaled_row, strict=True):
                add(name, rule, (score,), "scaled_score", by=float(by))
        logits = scaled
    for row, names in zip(logits, weights, strict=True):
        for position, name in enumerate(names):
            add(name, "softmax_full", row, "activation", position)
    for row, names in zip(weights, outputs, strict=True):
        for column, name in enumerate(names):
            add(name, "dot", _paired(row, [value[column] for value in values]), "mixture")
    if attention.has_loss:
        loss = LOSSES[attention.loss]
        pairs = [each for row in zip(outputs, attention.targets, strict=True) for each in _paired(*row)]
        add(_LOSS, attention.loss, pairs, "given_loss_value" if loss.given else "loss_value")
    return Graph(MappingProxyType(nodes), RULES)


def _paired(one: Sequence[Symbol], other: Sequence[Symbol]) -> list[Symbol]:
    return [each for pair in zip(one, other, strict=True) for each in pair]
