"""The kinds of simulated students: how each rounds, what mistakes it makes, where it writes what.

One row of `KINDS` is one kind. A kind decides for one student at a time, from that student's own random numbers; the
working itself is then done for all who share a derivation at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from grader.simulation import borrowing, misreadings, writing
from grader.simulation.rounding import Rounding, Way
from grader.simulation.truth import BLANK_COLUMN, FOREIGN_COLUMN, MERGED_COLUMN
from grader.simulation.working import Strike, StudentPlan, foreign_parameters
from grader.simulation.writing import Hand
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Name
from question_bank.expressions.precision import Array
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import Catalogue, mistakes
from question_bank.questions.question import Question

Family = Literal["honest", "rounding", "mistakes", "misreadings", "columns", "slips", "writing", "filled", "borrowed"]
Draw = random.Random

_MOST_EXTRA_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a student may be drawn from: the catalogue, and the one misconception of it if one is asked for."""

    catalogue: Catalogue = CATALOGUE
    misconception: str = ""


Strikes = Callable[[Derivation, Draw, Wanted], "tuple[Strike, ...] | None"]
Columns = Callable[[Derivation, Draw], "tuple[int, ...] | None"]
Readings = Callable[[Question, "Question | None", Draw], "Mapping[Name, float] | None"]
"""Own question and a neighbour's → the givens that are taken for other numbers."""

Instead = Callable[[Question, "Question | None", Draw], "Array | None"]
"""The same → what stands where something should be worked out, for every step."""


_TO_NEAREST: tuple[Way, ...] = ("half up", "half even")


def _honestly(rng: Draw) -> Rounding:
    more = rng.choice((0, 0, 0, 1, 2, rng.randint(0, _MOST_EXTRA_DIGITS)))
    return Rounding(rng.choice(_TO_NEAREST), more, memory=rng.random() < 0.3)


def _no_strikes(derivation: Derivation, rng: Draw, wanted: Wanted) -> tuple[Strike, ...]:
    return ()


def _as_printed(question: Question, neighbour: Question | None, rng: Draw) -> Mapping[Name, float]:
    return {}


def _misread(misread: misreadings.HowToMisread) -> Readings:
    readings = misreadings.misread_numbers(misread)
    return lambda question, neighbour, rng: readings(question, rng)


def _in_place(derivation: Derivation, rng: Draw) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class StudentKind:
    """One kind of student; what the fields from `strikes` on give is None where a question has no place for it.

    `readings` and `instead` may take from a neighbour, who has another question of the same derivation.
    """

    name: str
    family: Family
    rounding: Callable[[Draw], Rounding] = _honestly
    strikes: Strikes = _no_strikes
    columns: Columns = _in_place
    hand: Hand = writing.spelled
    readings: Readings = _as_printed
    instead: Instead | None = None
    otherwise: bool = False

    def plan(self, question: Question, neighbour: Question | None, rng: Draw, wanted: Wanted) -> StudentPlan | None:
        """What one student of this kind does; None if it cannot be done here."""
        derivation = question.derivation
        rounding = self.rounding(rng)
        strikes = self.strikes(derivation, rng, wanted)
        columns = self.columns(derivation, rng)
        readings = self.readings(question, neighbour, rng)
        instead = self.instead(question, neighbour, rng) if self.instead else None
        if strikes is None or columns is None or readings is None or (self.instead and instead is None):
            return None
        foreign = rng.choice(foreign_parameters(derivation)) if FOREIGN_COLUMN in columns else None
        return StudentPlan(rounding, strikes, columns, foreign, readings, instead, self.otherwise)


def _rounding(rounding: Rounding) -> Callable[[Draw], Rounding]:
    return lambda rng: rounding


def _more_digits(rng: Draw) -> Rounding:
    return Rounding(rng.choice((*_TO_NEAREST, "cut off")), rng.randint(1, _MOST_EXTRA_DIGITS))


@lru_cache(maxsize=256)
def possible_mistakes(derivation: Derivation, wanted: Wanted) -> dict[str, list[Strike]]:
    """Id → its single mistakes, as slips and as habits, as far as they are wanted."""
    found: dict[str, list[Strike]] = {}
    for mistake in mistakes(derivation, wanted.catalogue):
        if wanted.misconception in ("", mistake.misconception):
            found.setdefault(mistake.misconception, []).append(Strike(mistake.misconception, mistake.exchanged))
    return found


def _one_mistake(derivation: Derivation, rng: Draw, wanted: Wanted) -> tuple[Strike, ...] | None:
    """A misconception first, then one of its mistakes: those with many variants come no more often."""
    possible = possible_mistakes(derivation, wanted)
    return (rng.choice(rng.choice(list(possible.values()))),) if possible else None


def _two_mistakes(derivation: Derivation, rng: Draw, wanted: Wanted) -> tuple[Strike, ...] | None:
    """Two different misconceptions that strike no step in common."""
    first = _one_mistake(derivation, rng, wanted)
    if first is None:
        return None
    others = possible_mistakes(derivation, Wanted(wanted.catalogue))
    ids = [name for name in others if name != first[0].misconception]
    rng.shuffle(ids)
    for name in ids:
        apart = [strike for strike in others[name] if first[0].exchanged.keys().isdisjoint(strike.exchanged)]
        if apart:
            return (*first, rng.choice(apart))
    return None


def _omitted(omit: Callable[[Derivation, Draw], tuple[Strike, ...] | None]) -> Strikes:
    return lambda derivation, rng, wanted: omit(derivation, rng)


def _sign_slip(derivation: Derivation, rng: Draw, wanted: Wanted) -> tuple[Strike, ...] | None:
    """A factor or product with the wrong sign, or else a gradient; None where nothing is differentiated."""
    computed = [(position, step) for position, step in enumerate(derivation.steps) if step.formula is not None]
    positions = [position for position, step in computed if step.role == "factor" or step.is_product]
    positions = positions or [position for position, step in computed if step.role == "gradient"]
    if not positions:
        return None
    position = rng.choice(positions)
    formula = derivation.steps[position].formula
    assert formula is not None  # so chosen
    return (Strike("", {position: derivation.program(-formula)}),)


def _arranged(arrange: Callable[[list[int], Draw], Sequence[int]]) -> Columns:
    """Columns in another arrangement; for more than one path only. Spare columns stay blank."""

    def columns(derivation: Derivation, rng: Draw) -> tuple[int, ...] | None:
        paths = len(derivation.paths)
        if paths < 2:
            return None
        arranged = tuple(arrange(list(range(1, paths + 1)), rng))
        return arranged + (BLANK_COLUMN,) * (max(slot.path or 0 for slot in derivation.slots) - len(arranged))

    return columns


def _swapped(paths: list[int], rng: Draw) -> Sequence[int]:
    one, other = rng.sample(range(len(paths)), 2)
    paths[one], paths[other] = paths[other], paths[one]
    return paths


def _one_is(code: int) -> Callable[[list[int], Draw], Sequence[int]]:
    def arrange(paths: list[int], rng: Draw) -> Sequence[int]:
        paths[rng.randrange(len(paths))] = code
        return paths

    return arrange


def _doubled(paths: list[int], rng: Draw) -> Sequence[int]:
    one, other = rng.sample(range(len(paths)), 2)
    paths[one] = paths[other]
    return paths


def _merged(paths: list[int], rng: Draw) -> Sequence[int]:
    return [MERGED_COLUMN] + [BLANK_COLUMN] * (len(paths) - 1)


def _foreign(derivation: Derivation, rng: Draw) -> tuple[int, ...] | None:
    return _arranged(_one_is(FOREIGN_COLUMN))(derivation, rng) if foreign_parameters(derivation) else None


def _permuted(derivation: Derivation, rng: Draw) -> tuple[int, ...] | None:
    """All paths in any of the columns, the spare one included; for paths that are to be found."""
    width = max(slot.path or 0 for slot in derivation.slots)
    columns = [*range(1, len(derivation.paths) + 1), *[BLANK_COLUMN] * (width - len(derivation.paths))]
    rng.shuffle(columns)
    return tuple(columns) if derivation.layout.paths == "find" else None


KINDS: tuple[StudentKind, ...] = (
    StudentKind("half up", "honest", _rounding(Rounding("half up"))),
    StudentKind("half even", "honest", _rounding(Rounding("half even"))),
    StudentKind("more digits", "honest", _more_digits),
    StudentKind("all digits", "honest", _rounding(Rounding(all_digits=True))),
    StudentKind("from memory", "honest", lambda rng: Rounding(rng.choice(_TO_NEAREST), memory=True)),
    StudentKind("decimal comma", "honest", hand=writing.with_commas),
    StudentKind("equal formulas", "honest", otherwise=True),
    StudentKind("cut off", "rounding", _rounding(Rounding("cut off"))),
    StudentKind("one place early", "rounding", _rounding(Rounding(more=-1))),
    StudentKind("two places early", "rounding", _rounding(Rounding(more=-2))),
    StudentKind("rounded inside", "rounding", _rounding(Rounding(inside=True))),
    StudentKind("misconception", "mistakes", strikes=_one_mistake),
    StudentKind("two misconceptions", "mistakes", strikes=_two_mistakes),
    StudentKind("sign slip", "mistakes", strikes=_sign_slip),
    StudentKind("weights' signs unseen", "misreadings", readings=_misread(misreadings.unsigned_weights)),
    StudentKind("inputs' signs unseen", "misreadings", readings=_misread(misreadings.unsigned_inputs)),
    StudentKind("matrix by columns", "misreadings", readings=_misread(misreadings.matrix_by_columns)),
    StudentKind("row taken twice", "misreadings", readings=_misread(misreadings.row_taken_twice)),
    StudentKind("number beside", "misreadings", readings=_misread(misreadings.number_beside)),
    StudentKind("one number misread", "misreadings", readings=_misread(misreadings.one_number)),
    StudentKind("term left out", "misreadings", strikes=_omitted(misreadings.term_left_out)),
    StudentKind("row left out", "misreadings", strikes=_omitted(misreadings.row_left_out)),
    StudentKind("swapped columns", "columns", columns=_arranged(_swapped)),
    StudentKind("doubled column", "columns", columns=_arranged(_doubled)),
    StudentKind("foreign column", "columns", columns=_foreign),
    StudentKind("missing column", "columns", columns=_arranged(_one_is(BLANK_COLUMN))),
    StudentKind("merged columns", "columns", columns=_arranged(_merged)),
    StudentKind("permuted columns", "columns", columns=_permuted),
    StudentKind("digits exchanged", "slips", hand=writing.digits_exchanged),
    StudentKind("minus lost", "slips", hand=writing.minus_lost),
    StudentKind("minus added", "slips", hand=writing.minus_added),
    StudentKind("point lost", "slips", hand=writing.point_lost),
    StudentKind("point moved", "slips", hand=writing.point_moved),
    StudentKind("one digit wrong", "slips", hand=writing.one_digit_wrong),
    StudentKind("digit dropped", "slips", hand=writing.digit_dropped),
    StudentKind("digit doubled", "slips", hand=writing.digit_doubled),
    StudentKind("neighbouring box", "slips", hand=writing.neighbouring_box),
    StudentKind("blanks", "writing", hand=writing.blanks),
    StudentKind("given up", "writing", hand=writing.given_up),
    StudentKind("words", "writing", hand=writing.words),
    StudentKind("answer only", "writing", hand=writing.answer_only),
    StudentKind("wrong answer only", "writing", strikes=_one_mistake, hand=writing.answer_only),
    StudentKind("zeros", "filled", hand=writing.filled("0")),
    StudentKind("ones", "filled", hand=writing.filled("1")),
    StudentKind("halves", "filled", hand=writing.filled("½")),
    StudentKind("one given", "filled", hand=writing.one_given),
    StudentKind("givens", "filled", hand=writing.any_givens),
    StudentKind("one number", "filled", hand=writing.same_number),
    StudentKind("neighbour's sheet", "borrowed", readings=borrowing.neighbours_givens),
    StudentKind("neighbour's factors", "borrowed", instead=borrowing.neighbours_numbers),
    StudentKind("easy boxes", "borrowed", instead=borrowing.invented_numbers),
    StudentKind("made-up products", "borrowed", hand=writing.made_up_products),
)


BY_NAME = {kind.name: kind for kind in KINDS}
