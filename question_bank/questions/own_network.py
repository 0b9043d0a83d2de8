"""A network that an instructor wrote down as a question: the same for everybody, or with some numbers redrawn.

The file is one that `gradpath solve` reads. Where a list of numbers, or one of its entries, is `"draw"`, each student
gets numbers of one's own there, from the grids under [ranges], which are those of recipes. `class = "draw"` draws which
output is 1. `forward = "given"` prints the forward values. [fairness] says, as in a recipe, how narrow ranges must be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.arrangements import Working
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import printed_lines
from question_bank.derivations.layout import PathsShown, Quantity
from question_bank.errors import InputError, NetworkError, refuse
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import Array, Precision, given_number
from question_bank.networks.model import GivenTable, givens_of, is_circuit
from question_bank.networks.updates import EPSILON, RATE
from question_bank.questions.candidates import (
    NumberSource,
    fractions_of,
    on_grid,
    one_hot,
    printed_forward,
    whole_counts,
    without_repeats,
)
from question_bank.questions.document import validated
from question_bank.questions.model_parts.model_part import grid_at, grid_place, those_distinct
from question_bank.questions.problem import Problem
from question_bank.questions.ranges import Grid, InputGrid, Ranges
from question_bank.questions.recipe import Difficulty, Fairness
from question_bank.questions.written import parse_document, question_from
from question_bank.questions.written_models.written_network import matrix_names
from question_bank.questions.written_question import WRITTEN, WrittenQuestion

DRAW = "draw"
_FORWARD = "forward"
_STAND_INS = (0.25, 0.75)
"""What stands where a number is drawn while the file is read; where it is not the same twice, something is drawn."""
_LONGEST = 20
"""Characters of a given: more have no room on a sheet, and nobody works with them by hand."""
_SOFT = Difficulty(paths=(0, 1_000_000))
"""What somebody wrote down is as hard as it is; only paths that cancel are spoken of."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnNetwork:
    """A network as it was written; `written` has stand-ins where numbers are drawn.

    `drawn` are the grids of the givens that are drawn, by their positions in the derivation's order, `distinct` those
    of them that all differ, `hot` the positions of targets of which one is 1, example by example.
    """

    file: str
    written: WrittenQuestion
    fairness: Fairness
    drawn: Mapping[int, Grid]
    distinct: tuple[int, ...]
    hot: tuple[tuple[int, ...], ...]

    @property
    def derivation(self) -> Derivation:
        """What is asked of it."""
        return self.written.derivation

    @property
    def precision(self) -> Precision:
        """How values are recorded."""
        assert self.written.precision is not None  # asked of the file
        return self.written.precision

    @property
    def same_for_all(self) -> bool:
        """Whether nothing is drawn."""
        return not self.drawn and not self.hot

    @property
    def limits(self) -> tuple[Fairness, Difficulty]:
        """How fair a question must be, and that it may be as hard as it is."""
        return self.fairness, _SOFT

    def require_solvable(self, row: Sequence[float]) -> None:
        """Raise NetworkError for givens that are no question's: no probability as a target, what no sheet can print."""
        givens = {given.key: number for given, number in zip(self.derivation.givens, row, strict=True)}
        try:
            Problem(self.derivation, givens, self.precision).solve()
            _require_printable(givens)
        except NetworkError as error:
            raise error.in_file(self.file) from error

    @property
    def source(self) -> NumberSource:
        """Where candidates' numbers come from."""
        words = whole_counts(len(self.drawn) + len(self.hot))
        return NumberSource(self.derivation, self.precision, words, partial(_columns, self))


def _require_printable(givens: Mapping[str, float]) -> None:
    for key, number in givens.items():
        if len(given_number(number)) > _LONGEST:
            raise NetworkError(
                f"{key} is {number:g}", expected=f"a number that takes up to {_LONGEST} characters on a sheet"
            )


def read_own_network(
    text: str,
    file: str,
    *,
    parameter: str | None = None,
    quantity: Quantity | None = None,
    working: Working | None = None,
    paths: PathsShown | None = None,
) -> OwnNetwork:
    """The network that a file's `text` states; what is said here of what is asked wins over what the file says.

    Raises InputError, with the file and the place, for all that is wrong with its ranges, and the first that is wrong
    with the network; TooManyPaths.
    """
    document = parse_document(text, file)
    try:
        return _own_network(document, file, parameter, {"quantity": quantity, "working": working, "paths": paths})
    except InputError as error:
        raise error.in_file(file) from error


def _own_network(
    document: dict[str, Any], file: str, parameter: str | None, said: Mapping[str, str | None]
) -> OwnNetwork:
    ranges = validated(Ranges, document.pop("ranges", {}), NetworkError, "ranges")
    fairness = validated(Fairness, document.pop("fairness", {}), NetworkError, "fairness")
    document["ask"] = _ask(document.get("ask"), parameter, said)
    if "precision" not in document:
        raise NetworkError(
            "missing", place="precision", expected='how values are written down, such as precision = "4s" or "4d"'
        )
    one, other = (_question(_filled(document, ranges, at), parameter) for at in (0, 1))
    varying = [at for at, pair in enumerate(zip(one.numbers, other.numbers, strict=True)) if pair[0] != pair[1]]
    own = varying and not is_circuit(one.written.model)
    if own and "first_layer" not in document:
        # Whether the places hold a pre-activation in full hangs on the numbers; everybody is to have the same boxes.
        one = one.model_copy(update={"first_layer": "recorded"})
    derivation = one.derivation
    if not fairness.model_fields_set & {"every_answer"} and not derivation.paths:
        # Of many answers one may lie so far from a mistake that it changes less than rounding does.
        fairness = fairness.model_copy(update={"every_answer": False})
    count = len(derivation.givens) - len(derivation.lines)
    base = [at for at in varying if at < count and derivation.givens[at] not in derivation.graph.nodes]
    network = document.get("network")
    hot = _hot(derivation, base) if ranges.y == "one_hot" or (network and network.get("class") == DRAW) else ()
    drawn = [at for at in base if at not in {each for some in hot for each in some}]
    refuse(_problems(derivation, drawn, hot, ranges))
    grids = {at: _grid(derivation, ranges, derivation.givens[at]) for at in drawn}
    found = {at: grid for at, grid in grids.items() if isinstance(grid, Grid)}
    return OwnNetwork(file, one, fairness, found, _distinct(derivation, found, ranges), hot)


def _ask(written: object, parameter: str | None, said: Mapping[str, str | None]) -> object:
    """What is asked, with what is said elsewhere in the place of what the file says."""
    own = {key: value for key, value in said.items() if value is not None}
    if isinstance(written, str):
        written = {"quantity": written} if written == _FORWARD else {"parameter": written}
    if not isinstance(written, Mapping | None):
        return written  # complained of where it is read
    ask = {**(written or {}), **own}
    if ask.get("quantity") == _FORWARD:
        return {key: value for key, value in ask.items() if key not in ("parameter", "parameters")}
    if parameter is None and not {"parameter", "parameters"} & {*ask}:
        raise NetworkError(
            "nothing is asked for",
            place="ask",
            expected='ask = "w1_11" on top of this file, or parameter = "w1_11" in assignment.toml',
        )
    return ask


def _question(document: dict[str, Any], parameter: str | None) -> WrittenQuestion:
    ask = document["ask"]
    asked = None if isinstance(ask, Mapping) and ask.get("quantity") == _FORWARD else parameter
    if document.get("forward") != "given":
        return question_from(document, asked)
    question = question_from({key: value for key, value in document.items() if key != "forward"}, asked)
    printed = _printed(question)
    return question_from({**document, "forward": printed}, asked)


def _printed(question: WrittenQuestion) -> dict[str, float]:
    """The forward values as a sheet prints them."""
    derivation, precision = question.derivation, question.precision
    assert precision is not None  # asked of the file
    columns: dict[Name, Array] = {
        given: np.array([number]) for given, number in zip(derivation.givens, question.numbers, strict=True)
    }
    layout = replace(derivation.layout, forward="given", exact_first=False)
    given = derive(derivation.model, derivation.asked, layout)
    return {name.key: float(column[0]) for name, column in printed_forward(precision, given, columns).items()}


def _filled(document: dict[str, Any], ranges: Ranges, which: int) -> dict[str, Any]:
    """The file with stand-ins in the place of what is drawn."""
    filled = dict(document)
    if isinstance(ask := filled["ask"], Mapping):
        filled["ask"] = {
            key: _STAND_INS[which] if value == DRAW and key in ("learning_rate", "epsilon") else value
            for key, value in ask.items()
        }
    for name in WRITTEN:
        if isinstance(table := filled.get(name), Mapping):
            own = {"network": _of_network, "circuit": _of_circuit}.get(name)
            filled[name] = own(table, ranges, which) if own else _of_tables(name, table, ranges, which)
    return filled


def _of_network(table: Mapping[str, Any], ranges: Ranges, which: int) -> dict[str, Any]:
    sizes = table.get("sizes")
    layers = sizes if isinstance(sizes, list) and all(type(size) is int and size > 0 for size in sizes) else []
    found = dict(table)
    if table.get("y") == DRAW and ranges.y == "one_hot":
        found["class"] = found.pop("y")
    if found.get("class") == DRAW:
        found["class"] = which + 1
    for key, value in found.items():
        shape = _shape(key, layers)
        if key in ("x", "y", "upstream", "exponentials", "b") or shape is not None:
            if value == DRAW and key == "b":
                raise NetworkError(
                    '"draw" for all biases',
                    place="network.b",
                    expected='layer by layer one for all its units, or one for each: b = ["draw", ["draw", "draw"]]',
                )
            found[key] = _numbers(shape, which) if value == DRAW and shape else _replaced(value, which)
    return found


def _shape(key: str, sizes: Sequence[int]) -> tuple[int, ...] | None:
    """How many numbers stand at a key of a dense network, and in how many rows; None for other keys."""
    if key in ("x", "y", "upstream", "exponentials") and sizes:
        return (sizes[0] if key == "x" else sizes[-1],)
    names = matrix_names(len(sizes) - 1)
    if key not in names:
        return None
    layer = names.index(key) + 1
    return sizes[layer], sizes[layer - 1]


def _of_circuit(table: Mapping[str, Any], ranges: Ranges, which: int) -> dict[str, Any]:
    if table.get("inputs") == DRAW:
        raise NetworkError(
            '"draw" for all inputs', place="circuit.inputs", expected='one by one: inputs = { x = "draw", y = 2 }'
        )
    return {**table, "inputs": _replaced(table.get("inputs"), which)}


def _of_tables(name: str, table: Mapping[str, Any], ranges: Ranges, which: int) -> dict[str, Any]:
    """A model whose numbers stand in tables, each by its name."""
    kind = next(kind for kind in get_args(WrittenQuestion.model_fields[name].annotation) if kind is not type(None))
    fields = {*kind.model_fields}
    drawn = [key for key, value in table.items() if key not in fields and _has_draw(value)]
    if not drawn:
        return dict(table)
    shape: Any = kind.__bases__[0]
    model = validated(shape, {key: value for key, value in table.items() if key in fields}, NetworkError, name).model
    tables = {each.heading.key: each for each in model.tables()}
    found = dict(table)
    for key in drawn:
        given = tables.get(key)
        if given is not None and given.role in ("masks", "links"):
            raise NetworkError('"draw"', place=f"{name}.{key}", expected="numbers: only 0 and 1 stand there")
        if given is not None and given.role == "targets" and table[key] == DRAW and ranges.y == "one_hot":
            found[key] = [[float(at == which) for at in range(len(row))] for row in given.cells]
        elif given is not None and table[key] == DRAW:
            found[key] = _numbers(_shape_of(given), which)
        else:
            found[key] = _replaced(table[key], which)
    return found


def _shape_of(table: GivenTable) -> tuple[int, ...]:
    if table.cells == ((table.heading,),):
        return ()
    return (len(table.cells),) if len(table.cells[0]) == 1 else (len(table.cells), len(table.cells[0]))


def _numbers(shape: tuple[int, ...], which: int) -> Any:
    if not shape:
        return _STAND_INS[which]
    return [_numbers(shape[1:], which) for _ in range(shape[0])]


def _replaced(value: Any, which: int) -> Any:
    if isinstance(value, list):
        return [_replaced(each, which) for each in value]
    if isinstance(value, dict):
        return {key: _replaced(each, which) for key, each in value.items()}
    return _STAND_INS[which] if value == DRAW else value


def _has_draw(value: Any) -> bool:
    return any(map(_has_draw, value)) if isinstance(value, list) else value == DRAW


def _hot(derivation: Derivation, varying: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Positions of the targets of which one is drawn to be 1, example by example."""
    positions = {given: at for at, given in enumerate(derivation.givens)}
    groups: dict[int | None, list[int]] = {}
    for given in givens_of(derivation.model, "targets"):
        groups.setdefault(given.example, []).append(positions[given])
    return tuple(tuple(own) for own in groups.values() if not {*own}.isdisjoint(varying))


def _grid(derivation: Derivation, ranges: Ranges, given: Symbol) -> object:
    place = _grid_place(derivation, ranges, given)
    return None if place is None else grid_at(ranges, place)


def _grid_place(derivation: Derivation, ranges: Ranges, given: Symbol) -> str | None:
    if given in (RATE, EPSILON):
        return "learning_rate" if given == RATE else "epsilon"
    return grid_place(derivation.model, ranges, given)


def _problems(
    derivation: Derivation, drawn: Sequence[int], hot: Sequence[Sequence[int]], ranges: Ranges
) -> Iterator[InputError]:
    """Ranges that are missing for what is drawn, and those that nothing is drawn from."""
    used: dict[str, list[str]] = {}
    for at in drawn:
        given = derivation.givens[at]
        used.setdefault(_grid_place(derivation, ranges, given) or "each", []).append(given.key)
    for place, names in used.items():
        grid = None if place == "each" else grid_at(ranges, place)
        if not isinstance(grid, Grid):
            some = ", ".join(names[:5]) + (" …" if names[5:] else "")
            yield NetworkError(
                f"missing, for {some}, which {'is' if len(names) == 1 else 'are'} to be drawn",
                place=f"ranges.{place}",
                expected="a grid such as { low = -0.9, high = 0.9 }",
            )
    said = {*ranges.model_fields_set} - {"each"} | {f"each.{name}" for name in ranges.each}
    for place in sorted(said - {*used} - ({"y"} if hot else set())):
        yield NetworkError(
            "nothing is drawn from it", place=f"ranges.{place}", remedy=f'write "{DRAW}" where numbers are to be drawn'
        )


def _distinct(derivation: Derivation, drawn: Mapping[int, Grid], ranges: Ranges) -> tuple[int, ...]:
    """Positions of the inputs that are drawn without repeats."""
    inputs = {*givens_of(derivation.model, "inputs")} or {*derivation.model.givens()}
    grid = ranges.inputs if is_circuit(derivation.model) else ranges.x
    some = [at for at, each in drawn.items() if each is grid and derivation.givens[at] in inputs]
    kept = those_distinct(grid if isinstance(grid, InputGrid) else None, [derivation.givens[at] for at in some])
    return tuple(at for at in some if derivation.givens[at] in kept)


def _columns(own: OwnNetwork, words: NDArray[np.uint64]) -> list[Array]:
    """Columns of givens from random words (candidates, words), in the derivation's order."""
    derivation, fractions = own.derivation, fractions_of(words)
    columns = [np.full(len(words), number) for number in own.written.numbers]
    if own.distinct:
        places = [list(own.drawn).index(at) for at in own.distinct]
        grid = own.drawn[own.distinct[0]]
        for at, column in zip(own.distinct, without_repeats(grid, fractions[places]), strict=True):
            columns[at] = column
    for number, (at, grid) in enumerate(own.drawn.items()):
        if at not in own.distinct:
            columns[at] = on_grid(grid, fractions[number])
    for number, group in enumerate(own.hot, len(own.drawn)):
        for place, at in enumerate(group):
            columns[at] = one_hot(fractions[number], place, len(group))
    if own.same_for_all:
        return columns
    if derivation.lines:
        columns = printed_lines(derivation, columns[: len(columns) - len(derivation.lines)], own.precision)
    if own.written.forward is not None:
        by_name: dict[Name, Array] = dict(zip(derivation.givens, columns, strict=True))
        printed = printed_forward(own.precision, derivation, by_name)
        columns = [printed.get(given, column) for given, column in zip(derivation.givens, columns, strict=True)]
    return columns
