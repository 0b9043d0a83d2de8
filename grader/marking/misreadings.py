"""What can be misread on a sheet: the givens with their signs not seen, transposed, with a row taken for another.

A misreading is a mistake made on the givens as a habit: whoever makes it works on rightly, with other numbers than
those that are printed. Listed here are those of a derivation, without any numbers; `as_read` tries them on sheets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise, permutations
from typing import Literal

from grader.marking.misreading_words import misreading_words
from grader.marking.support import lone_slots
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Symbol
from question_bank.misconceptions.mistakes import steps_inside
from question_bank.networks.model import GivenTable, givens_of, is_circuit, roles_of, tables_of

Kind = Literal[
    "signs_not_seen", "sign_turned", "transposed", "left_out", "skipped", "exchanged", "taken_for_another", "misread"
]
Reading = Literal["as_printed", "without_sign", "turned", "left_out", "as_copied", "with_digit"]

_FEWEST = 2
"""Steps that are worked from what is misread, at the least: a mistake in one box is told by that box.

But not where that box is the only one that tells anything.
"""

_PRINTED_PLACES, _OWN_PLACES = (0, -1, -2, -3, -4), (1, 0, -1, -2)
"""Places at which a printed digit may be misread: of a target or what is worked, and of any other given."""

_ONE_WEIGHT: tuple[tuple[Kind, Reading], ...] = (("left_out", "left_out"), ("sign_turned", "turned"))
"""What one weight may be misread as, in one unit's sum."""

_WIDEST = 6
"""Units beyond which a row or an input is tried only as the ones beside it."""


@dataclass(frozen=True, slots=True)
class TakenGiven:
    """What is taken for a given: the number printed at `position`, and how it is read.

    `as_copied` is the number in a slot, whose number `position` is then; `with_digit` has another `digit` at the
    `place` (0 for ones, -1 for tenths).
    """

    position: int
    reading: Reading = "as_printed"
    digit: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class Misreading:
    """One way to misread: `of` which givens (`W`, `W1`, `row 2 of W1`, `x_2`), `instead` what they are taken for.

    `taken` says for every given that is not read as printed what is taken for it.
    """

    kind: Kind
    of: str
    instead: str = ""
    taken: Mapping[int, TakenGiven] = field(default_factory=dict, compare=False, repr=False)

    @property
    def phrase(self) -> str:
        """How somebody worked who misread so, to stand behind “worked”.

        >>> Misreading("signs_not_seen", "W1").phrase, Misreading("taken_for_another", "x_2", "x_3").phrase
        ('with W1 without its minus signs', 'with x₃ in the place of x₂')
        """
        return misreading_words(self.kind, self.of, self.instead)


@dataclass(frozen=True, slots=True)
class Misread:
    """A misreading that explains a submission, and the numbers of the slots in which it was made."""

    misreading: Misreading
    slots: tuple[int, ...]


@lru_cache(maxsize=256)
def misreadings(derivation: Derivation) -> tuple[Misreading, ...]:
    """All that are tried on a derivation: those that change what two steps or more with a slot are worked from."""
    return _that_matter(derivation, _possible(derivation))


@lru_cache(maxsize=256)
def misread_digits(derivation: Derivation) -> tuple[Misreading, ...]:
    """One digit of one given read as another: many, and so tried only where nothing else explains a sheet."""
    return _that_matter(derivation, _digits(derivation))


@lru_cache(maxsize=256)
def terms_left_out(derivation: Derivation) -> tuple[Misreading, ...]:
    """Terms of the only sums that are not seen, whatever their numbers are read as elsewhere.

    Those of a single neuron's sum; of a single layer's, where the update reads the weights, the same term of each.
    """
    index = derivation.index
    lone = {index[derivation.slots[at].step] for at in lone_slots(derivation)}
    readers = _readers(derivation)
    weights = [weight for weight in givens_of(derivation.model, "weights") if lone & readers[index[weight]]]
    sums: list[tuple[Sequence[Symbol], str]] = [([weight], weight.key) for weight in weights]
    if weights:
        sums.append((weights, "W"))
    elif derivation.update is not None and (table := _only_layer(derivation)) is not None:
        name = table.heading.key
        sums = [(column, f"column {number} of {name}") for number, column in enumerate(table.columns, 1)]
    return tuple(
        Misreading("left_out", of, "", {index[weight]: TakenGiven(index[weight], "left_out") for weight in some})
        for some, of in sums
    )


def _only_layer(derivation: Derivation) -> GivenTable | None:
    """The matrix of the only layer, where there is one layer and no other weights."""
    tables = tables_of(derivation.model, "weights")
    return tables[0] if len(tables) == 1 and tables[0].layer_matrix else None


@lru_cache(maxsize=256)
def one_step_misread(derivation: Derivation) -> tuple[Misreading, ...]:
    """All of which the numbers of one step may come, terms of its sum that are not seen and digits included."""
    index = derivation.index
    terms = (
        Misreading(kind, weight.key, "", {index[weight]: TakenGiven(index[weight], reading)})
        for weight in givens_of(derivation.model, "weights")
        for kind, reading in _ONE_WEIGHT
    )
    return _that_matter(derivation, chain(_possible(derivation), terms, _digits(derivation)), 1)


def _that_matter(
    derivation: Derivation, possible: Iterable[Misreading], fewest: int | None = None
) -> tuple[Misreading, ...]:
    readers = _readers(derivation)
    if fewest is None:
        fewest = 1 if lone_slots(derivation) else _FEWEST
    found: dict[frozenset[tuple[int, TakenGiven]], Misreading] = {}
    for misreading in possible:
        changed = {at: taken for at, taken in misreading.taken.items() if taken != TakenGiven(at)}
        steps: set[int] = set().union(*(readers[at] for at in changed))
        if len(steps) >= fewest:
            found.setdefault(frozenset(changed.items()), misreading)
    return tuple(found.values())


def _readers(derivation: Derivation) -> list[set[int]]:
    """For every given the steps with a slot that are worked from it, also through steps worked inside their boxes."""
    readers: list[set[int]] = [set() for _other in derivation.givens]
    for position in {derivation.index[slot.step] for slot in derivation.slots}:
        for place in (position, *steps_inside(derivation, position)):
            program = derivation.programs[place]
            for read in program.reads if program else ():
                if read < len(readers):
                    readers[read].add(position)
    return readers


def _possible(derivation: Derivation) -> Iterator[Misreading]:
    model, index = derivation.model, derivation.index
    matrices = tables_of(model, "weights")
    weights, inputs, biases = givens_of(model, "weights"), givens_of(model, "inputs"), givens_of(model, "biases")

    def read(kind: Kind, of: str, taken: Mapping[Symbol, TakenGiven], instead: str = "") -> Misreading:
        return Misreading(kind, of, instead, {index[given]: source for given, source in taken.items()})

    def signs(of: str, some: Sequence[Symbol]) -> Misreading:
        return read("signs_not_seen", of, {given: TakenGiven(index[given], "without_sign") for given in some})

    def one_for_another(kind: Kind, of: str, pairs: Sequence[tuple[Symbol, Symbol]], instead: str = "") -> Misreading:
        return read(kind, of, {given: TakenGiven(index[other]) for given, other in pairs}, instead)

    yield signs("W", weights)
    yield signs("some inputs" if is_circuit(model) else "x", inputs)
    yield signs("b", biases)
    yield signs("W and x", [*weights, *inputs])
    yield signs("W and b", [*weights, *biases])
    yield signs("W, b and x", [*weights, *biases, *inputs])
    square = [table for table in matrices if table.is_square]
    # What is printed row by row, whatever its shape, is taken column by column.
    oblong = [table for table in matrices if table.layer_matrix and not table.is_square]
    for some in (square, *([table] for table in square), *([table] for table in oblong)):
        flipped = [pair for table in some for pair in _transposed(table)]
        yield one_for_another("transposed", " and ".join(table.heading.key for table in some), flipped)
    for table in matrices:
        name = table.heading.key
        yield signs(name, table.symbols)
        for word, lines in (("row", table.cells), ("column", table.columns)):
            called = [f"{word} {number} of {name}" for number in range(1, len(lines) + 1)]
            for at, line in enumerate(lines):
                yield signs(called[at], line)
                yield read("left_out", called[at], {given: TakenGiven(index[given], "left_out") for given in line})
            half = len(lines) // 2
            if half > 1:
                for part, half_of in ((f"the first {word}s", lines[:half]), (f"the last {word}s", lines[half:])):
                    yield signs(f"{part} of {name}", [given for line in half_of for given in line])
            for one, other in _pairs_of(len(lines)):
                pairs = list(zip(lines[one], lines[other], strict=True))
                yield one_for_another("taken_for_another", called[one], pairs, called[other])
            for one, other in pairwise(range(len(lines))):
                pairs = [*zip(lines[one], lines[other], strict=True), *zip(lines[other], lines[one], strict=True)]
                yield one_for_another("exchanged", f"{called[one]} and {called[other]}", pairs)
                moved = [pair for at in range(one, len(lines) - 1) for pair in zip(*lines[at : at + 2], strict=True)]
                yield one_for_another("skipped", called[one], moved)
    # What a kernel's entry is taken for, goes into every window.
    shared = [table.symbols for table in matrices if not table.layer_matrix]
    for row in (inputs, givens_of(model, "targets"), biases, *shared, *_printed_forward(derivation)):
        for at, place in _pairs_of(len(row)):
            one_given, other_given = row[at], row[place]
            yield one_for_another("taken_for_another", one_given.key, [(one_given, other_given)], other_given.key)
            if at < place:
                pairs = [(one_given, other_given), (other_given, one_given)]
                yield one_for_another("exchanged", f"{one_given.key} and {other_given.key}", pairs)
        for given in row:
            yield read("sign_turned", given.key, {given: TakenGiven(index[given], "turned")})
    kernels = (given for table in matrices if not table.layer_matrix for given in table.symbols)
    for unit in (*inputs, *kernels):
        yield read("left_out", unit.key, {unit: TakenGiven(index[unit], "left_out")})
    # Where there are several units, one weight's sign leaves the others' numbers as they should be, if not shared; but
    # a loss that is worked again from the start reads it again.
    readers = Counter(each for node in derivation.graph.nodes.values() for each in {*node.inputs})
    again = any(step.kind == "nudged_value" for step in derivation.steps)
    for weight in weights:
        if readers[weight] > 1 or lone_slots(derivation) or again:
            yield read("sign_turned", weight.key, {weight: TakenGiven(index[weight], "turned")})
    for at, position in _copies(derivation).items():
        yield Misreading("misread", derivation.steps[position].key, "", {position: TakenGiven(at, "as_copied")})


def _digits(derivation: Derivation) -> Iterator[Misreading]:
    copied = set(_copies(derivation).values())  # what they were read as is seen there
    for position, given in enumerate(derivation.givens):
        if position in copied or roles_of(derivation.model).get(given) == "links":
            continue
        for place in _places(derivation, given):
            for digit in range(10):
                yield Misreading("misread", given.key, "", {position: TakenGiven(position, "with_digit", digit, place)})


def _places(derivation: Derivation, given: Symbol) -> tuple[int, ...]:
    role = roles_of(derivation.model).get(given)
    return _PRINTED_PLACES if given in derivation.graph.nodes or role == "targets" else _OWN_PLACES


def _printed_forward(derivation: Derivation) -> list[list[Symbol]]:
    """Printed forward values by what they are: a layer's pre-activations, its outputs."""
    found: dict[tuple[str, int | None], list[Symbol]] = {}
    for given in derivation.givens:
        if given in derivation.graph.nodes:
            found.setdefault(given.family, []).append(given)
    return list(found.values())


def _transposed(table: GivenTable) -> list[tuple[Symbol, Symbol]]:
    by_columns = [given for column in table.columns for given in column]
    return [(given, other) for given, other in zip(by_columns, table.symbols, strict=True) if given != other]


def _pairs_of(count: int) -> list[tuple[int, int]]:
    """Which may be taken for which: any for any, and in long rows only neighbours."""
    return [(one, other) for one, other in permutations(range(count), 2) if count <= _WIDEST or abs(one - other) == 1]


def _copies(derivation: Derivation) -> dict[int, int]:
    """Slots in which a given is simply copied (a weight's factor, an input's), and which given that is."""
    found: dict[int, int] = {}
    for at, slot in enumerate(derivation.slots):
        position = derivation.index[slot.step]
        program = derivation.programs[position]
        if program is not None and not program.instructions and len(program.reads) == 1:
            (read,) = program.reads
            if read < len(derivation.givens) and read not in found.values():
                found[at] = read
    return found
