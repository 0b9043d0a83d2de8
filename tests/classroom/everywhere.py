"""Classes at the sheets of every recipe, whose mistakes are cut into the sheets' own formulas.

`python -m tests.classroom.everywhere` holds them, and says who loses more than an examiner takes off and who gains.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from grader.marking import Verdict, mark_questions
from grader.marking.support import Unsupported
from grader.rubrics.rubric import Rubric
from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.names import Name, Symbol
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe, recipe_names
from tests.classroom.pen import PENS
from tests.classroom.rounding import Rounding
from tests.classroom.trees import TURNS, Number, shape, turned
from tests.classroom.working import Pen, Unworkable
from tests.classroom.worksheet import Handed, Paper, Ways, read_text, work

_ENOUGH = 3
"""Numbers that somebody takes from elsewhere, at the least."""

# What goes wrong.


def _slip(paper: Paper, rng: Random) -> tuple[Name, Expression]:
    """One box worked by a formula of which one part is taken for something else."""
    for _ in range(12):
        step = paper.step[rng.choice(paper.worked)]
        others = turned(paper.formula[step], TURNS[rng.choice(sorted(TURNS))], paper.question.derivation)
        if others:
            return step, rng.choice(others)
    raise Unworkable


def _slips(paper: Paper, rng: Random, count: int) -> dict[Name, Expression]:
    return dict(_slip(paper, rng) for _ in range(count))


def _habit(paper: Paper, rng: Random, turn: str) -> dict[Name, Expression]:
    """The same part taken for the same in all boxes that are worked alike."""
    steps = list(dict.fromkeys(paper.step[box] for box in paper.worked))
    sorts: defaultdict[str, list[Name]] = defaultdict(list)
    for step in steps:
        sorts[shape(paper.formula[step])].append(step)
    sort = rng.choice(list(sorts.values()))
    ways = [turned(paper.formula[step], TURNS[turn], paper.question.derivation) for step in sort]
    if len({len(each) for each in ways}) > 1 or not ways[0]:
        raise Unworkable  # what is first in one is not what is first in another
    at = rng.randrange(len(ways[0]))
    return {step: each[at] for step, each in zip(sort, ways, strict=True)}


def _miscalculated(paper: Paper, rng: Random) -> dict[Name, float]:
    return {paper.step[rng.choice(paper.worked)]: rng.choice((0.37, 0.71, 1.23, 1.9, 0.92))}


def _families(paper: Paper) -> dict[tuple[str, int | None], list[Symbol]]:
    """Printed numbers by letter and layer."""
    found: defaultdict[tuple[str, int | None], list[Symbol]] = defaultdict(list)
    for given in paper.question.derivation.givens:
        if given.letter not in ("eta", "epsilon", "clip"):
            found[given.letter, given.layer].append(given)
    return dict(found)


def _signs_unseen(paper: Paper, rng: Random) -> dict[Name, Number]:
    return {
        given: max(paper.printed[given], -paper.printed[given]) for given in rng.choice(list(_families(paper).values()))
    }


def _sign_turned(paper: Paper, rng: Random) -> dict[Name, Number]:
    given = rng.choice(rng.choice(list(_families(paper).values())))
    return {given: -paper.printed[given]}


def _exchanged(paper: Paper, rng: Random) -> dict[Name, Number]:
    family = rng.choice([some for some in _families(paper).values() if len(some) > 1])
    at = rng.randrange(len(family) - 1)
    one, other = family[at : at + 2]
    return {one: paper.printed[other], other: paper.printed[one]}


def _taken_twice(paper: Paper, rng: Random) -> dict[Name, Number]:
    family = rng.choice([some for some in _families(paper).values() if len(some) > 1])
    one, other = rng.sample(family[:2], 2)
    return {one: paper.printed[other]}


def _other_digit(paper: Paper, rng: Random) -> dict[Name, Number]:
    given = rng.choice(rng.choice(list(_families(paper).values())))
    text = paper.question.printed(given)
    at = rng.choice([at for at, char in enumerate(text) if char in "123456789"])
    return {given: paper.number(read_text(text[:at] + rng.choice("123456789") + text[at + 1 :]))}


READINGS: dict[str, Callable[[Paper, Random], dict[Name, Number]]] = {
    "signs of one kind of givens unseen": _signs_unseen,
    "one sign turned in reading": _sign_turned,
    "two neighbours exchanged": _exchanged,
    "the neighbour read instead": _taken_twice,
    "one digit read as another": _other_digit,
}


def _read(name: str, paper: Paper, rng: Random) -> dict[Name, Number]:
    try:
        found = READINGS[name](paper, rng)
    except IndexError as error:
        raise Unworkable from error
    return {given: value for given, value in found.items() if value != paper.printed[given]}


def _pens(paper: Paper, rng: Random, count: int) -> dict[str, Pen]:
    boxes = [box for box in paper.boxes if box in paper.numbers]
    some = rng.sample(boxes, min(count, len(boxes)))
    return {box: PENS[rng.choice(sorted(PENS))] for box in some}


def _careless(paper: Paper, rng: Random) -> Ways:
    """Something of everything: a mistake or two, a number misread now and then, a slip of the pen, any rounding."""
    way = rng.choice(("half up", "half up", "half even", "cut off"))
    rounding = Rounding(way, rng.choice((0, 0, 1, 3)))  # type: ignore[arg-type]  # one of these ways
    reading = _read(rng.choice(sorted(READINGS)), paper, rng) if rng.random() < 0.3 else {}
    slips = _slips(paper, rng, rng.choice((0, 1, 1, 2)))
    pens = _pens(paper, rng, rng.choice((0, 1)))
    return Ways(rounding, reading, slips, pen=pens, from_slips=rng.random() < 0.5)


# What was not worked.


def _early(paper: Paper) -> list[Name]:
    """Worked numbers before the products; where there are none, those that rest on no other box."""
    asked = set(paper.step.values())
    found = [paper.step[box] for box in paper.worked if paper.role[box] in ("forward", "factor")]
    if not found:
        found = [paper.step[box] for box in paper.worked if not asked & set(_names(paper.formula[paper.step[box]]))]
    return list(dict.fromkeys(found))


def _names(formula: Expression) -> Iterator[Name]:
    if isinstance(formula, Ref):
        yield formula.name
    for argument in getattr(formula, "arguments", ()):
        yield from _names(argument)


def _out_of_the_air(paper: Paper, rng: Random) -> Number:
    if paper.exact:
        return Fraction(rng.randint(1, 40) * rng.choice((1, 1, -1)), rng.choice((1, 2, 4)))
    return round(rng.uniform(0.05, 0.95) * rng.choice((1, 1, -1)) * rng.choice((1, 1, 2)), 4)


def _neighbours_sheet(paper: Paper, other: Paper, rng: Random) -> Handed:
    return Handed(work(other, Ways(), rng).written)


def _neighbours_factors(paper: Paper, other: Paper, rng: Random) -> Handed:
    """All worked numbers before the products are the neighbour's, three of which at the least rest on no other box."""
    theirs, early = work(other, Ways(), rng).written, set(_early(paper))
    asked = set(paper.step.values())
    if sum(asked.isdisjoint(_names(paper.formula[step])) for step in early) < _ENOUGH:
        raise Unworkable  # one or two wrong numbers are mistakes like others
    return work(
        paper,
        Ways(
            taken={
                paper.step[box]: paper.number(read_text(theirs[box])) for box in paper.boxes if paper.step[box] in early
            }
        ),
        rng,
    )


def _invented(paper: Paper, steps: Sequence[Name], rng: Random) -> Handed:
    if len(steps) < _ENOUGH:
        raise Unworkable
    return work(paper, Ways(taken={step: _out_of_the_air(paper, rng) for step in steps}), rng)


def _easy_and_invented(paper: Paper, other: Paper, rng: Random) -> Handed:
    return _invented(paper, _early(paper), rng)


def _products_invented(paper: Paper, other: Paper, rng: Random) -> Handed:
    """Products out of the air, what can be made of these and of printed numbers, and nothing else."""
    products = {paper.step[box] for box in paper.boxes if paper.role[box] == "product"}
    if not products:
        raise Unworkable
    known = {*paper.printed, *products}
    blank = []
    for box in paper.boxes:
        names = set(_names(paper.formula[paper.step[box]]))
        if paper.step[box] in products:
            continue
        if names <= known and names & (known - set(paper.printed)):
            known.add(paper.step[box])
        else:
            blank.append(box)
    return work(
        paper, Ways(taken={step: _out_of_the_air(paper, rng) for step in products}, blank=frozenset(blank)), rng
    )


def _any_numbers(paper: Paper, other: Paper, rng: Random) -> Handed:
    texts = {
        box: paper.text(box, _out_of_the_air(paper, rng), Rounding()) for box in paper.boxes if box in paper.numbers
    }
    return Handed(texts)


@dataclass(frozen=True)
class Kind:
    """One kind of student."""

    name: str
    family: str
    hand_in: Callable[[Paper, Paper, Random], Handed]


def _ways(make: Callable[[Paper, Random], Ways]) -> Callable[[Paper, Paper, Random], Handed]:
    return lambda paper, other, rng: work(paper, make(paper, rng), rng)


def _kinds() -> Iterator[Kind]:
    for name, rounding in (("rounds", Rounding()), ("two more", Rounding(more=2)), ("cuts off", Rounding("cut off"))):
        yield Kind(name, "honest", _ways(lambda paper, rng, rounding=rounding: Ways(rounding)))  # type: ignore[misc]
    for count in (1, 2, 3):
        yield Kind(
            f"{count} mistakes",
            "weak",
            _ways(lambda paper, rng, count=count: Ways(formulas=_slips(paper, rng, count))),  # type: ignore[misc]
        )
    yield Kind("one miscalculated", "weak", _ways(lambda paper, rng: Ways(factor=_miscalculated(paper, rng))))
    for turn in TURNS:
        yield Kind(
            f"always {turn}",
            "habit",
            _ways(lambda paper, rng, turn=turn: Ways(formulas=_habit(paper, rng, turn))),  # type: ignore[misc]
        )
    for name in READINGS:
        yield Kind(
            name,
            "misreading",
            _ways(lambda paper, rng, name=name: Ways(reading=_read(name, paper, rng))),  # type: ignore[misc]
        )
    yield Kind(
        "misread and one mistake",
        "weak",
        _ways(
            lambda paper, rng: Ways(
                reading=_read(rng.choice(sorted(READINGS)), paper, rng), formulas=_slips(paper, rng, 1)
            )
        ),
    )
    yield Kind("one slip of the pen", "pen", _ways(lambda paper, rng: Ways(pen=_pens(paper, rng, 1))))
    yield Kind(
        "two slips, and on from them", "pen", _ways(lambda paper, rng: Ways(pen=_pens(paper, rng, 2), from_slips=True))
    )
    yield Kind("careless", "careless", _ways(_careless))
    yield from (Kind(name, "cunning", trick) for name, trick in TRICKS.items())


TRICKS: dict[str, Callable[[Paper, Paper, Random], Handed]] = {
    "a neighbour's sheet": _neighbours_sheet,
    "a neighbour's factors": _neighbours_factors,
    "easy boxes, the rest invented": _easy_and_invented,
    "products invented": _products_invented,
    "any numbers": _any_numbers,
}

KINDS = tuple(_kinds())

ON_AVERAGE, AT_WORST = 0.05, 0.15


@dataclass(frozen=True, eq=False)
class Judged:
    """One sheet; `earned` by the marking and `deserved` by the examiner, as parts of all marks."""

    recipe: str
    kind: Kind
    paper: Paper
    handed: Handed
    verdicts: dict[str, str]
    unsupported: str
    earned: float
    deserved: float

    @property
    def lost(self) -> float:
        return self.deserved - self.earned


def papers(name: str, count: int, seed: int) -> list[Paper]:
    """So many sheets of one recipe, all of one derivation."""
    recipe = load_recipe(name)
    found: list[Question] = []
    for number in range(60):
        key = f"everywhere {seed} {number}".encode()
        (one,) = draw(recipe, [key], quantity=recipe.usually_asked, name=name)
        if not found or one.derivation == found[0].derivation:
            found.append(one)
        if len(found) == count:
            break
    return [Paper(one) for one in found]


def held(name: str, seats: Sequence[Paper], kinds: Iterable[Kind], students: int, seed: int = 0) -> list[Judged]:
    """So many students of each kind work the sheets in turn and are marked."""
    sat = []
    for kind in kinds:
        for number in range(students):
            paper, other = seats[number % len(seats)], seats[(number + 1) % len(seats)]
            rng = Random(f"{seed} {name} {kind.name} {number}")
            for _ in range(12):
                try:
                    handed = kind.hand_in(paper, other, rng)
                except (Unworkable, IndexError):
                    continue
                if handed.struck or kind.family in ("honest", "cunning"):
                    sat.append((kind, paper, handed))
                    break
    if not sat:
        return []
    question = seats[0].question
    slots = question.slots
    worth = Rubric().slot_worth(question.derivation, 10.0)
    texts = [[handed.written.get(slot.name, "") for slot in slots] for _, _, handed in sat]
    marked = mark_questions([paper.question for _, paper, _ in sat], texts, worth=worth)
    found = []
    for row, (kind, paper, handed) in enumerate(sat):
        by_box = dict(zip((slot.name for slot in slots), marked.worth[row].tolist(), strict=True))
        good = _right(paper, handed.written) if kind.family == "cunning" else {*paper.boxes} - handed.struck
        verdicts = (Verdict(code).word for code in marked.verdicts[row].tolist())
        said = dict(zip((slot.name for slot in slots), verdicts, strict=True))
        full = sum(by_box.values())
        deserved = sum(by_box[box] for box in good) / full
        why = Unsupported(int(marked.unsupported[row])).word
        earned = int(marked.ticks[row].sum()) / full
        found.append(Judged(name, kind, paper, handed, said, why, earned, deserved))
    return found


def _right(paper: Paper, written: Mapping[str, str]) -> set[str]:
    """Boxes in which the right number stands, give or take honest rounding."""
    exact = work(paper, Ways(Rounding(memory=True)), Random(0)).written
    found = set()
    for box, text in written.items():
        should = read_text(exact[box])
        unit = 0.0 if paper.exact else 10.0 ** -len(exact[box].partition(".")[2])
        near = (
            abs(read_text(text) - should) <= unit * 1.000001 + 0.002 * abs(should) * (not paper.exact)
            if text
            else False
        )
        if near:
            found.add(box)
    return found


def in_full(one: Judged) -> str:
    """A sheet to be tried again by hand."""
    givens = ", ".join(
        f"{given.key} = {one.paper.question.printed(given)}" for given in one.paper.question.derivation.givens
    )
    lines = [f"\n{one.recipe}, {one.kind.name}: earned {100 * one.earned:.1f} %, deserved {100 * one.deserved:.1f} %"]
    lines += [f"{givens}   {one.unsupported}"]
    for box in one.paper.boxes:
        mark = "*" if box in one.handed.struck else " "
        right = one.paper.question.printed(one.paper.step[box])
        lines.append(f" {mark} {box:28} {one.handed.written.get(box, ''):>14}  right {right:>12}  {one.verdicts[box]}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.classroom.everywhere", description=__doc__)
    parser.add_argument("--recipe", action="append", choices=recipe_names(), help="all, if not given")
    parser.add_argument("--kind", action="append", help="part of a kind's name, or a family; all if not given")
    parser.add_argument("--students", type=int, default=12, help="of each kind on each recipe (12)")
    parser.add_argument("--seed", type=int, default=20261201)
    parser.add_argument("--show", type=int, default=0, help="so many sheets in full of each kind on each recipe")
    chosen = parser.parse_args()
    kinds = [kind for kind in KINDS if not chosen.kind or any(x in kind.name or x == kind.family for x in chosen.kind)]
    of: defaultdict[str, list[float]] = defaultdict(list)
    for name in chosen.recipe or recipe_names():
        by_kind: defaultdict[str, list[Judged]] = defaultdict(list)
        for one in held(name, papers(name, 6, chosen.seed), kinds, chosen.students, chosen.seed):
            by_kind[one.kind.name].append(one)
        for kind_name, some in by_kind.items():
            cunning = some[0].kind.family == "cunning"
            more = [-one.lost if cunning else one.lost for one in some]
            over = [one for one, each in zip(some, more, strict=True) if each > (AT_WORST if cunning else 1e-6)]
            of[some[0].kind.family] += more
            if over or (cunning and sum(more) > ON_AVERAGE * len(more)):
                said = (
                    f"{len(over)} of {len(more)}, {100 * max(more):.1f} % at most, {100 * sum(more) / len(more):.1f} %"
                )
                print(f"{name:20} {kind_name:44} {said} on average", flush=True)
                for one in sorted(over, key=lambda one: -abs(one.lost))[: chosen.show]:
                    print(in_full(one))
    for family, more in of.items():
        over_all = [each for each in more if each > (AT_WORST if family == "cunning" else 1e-6)]
        print(f"{family}: {len(over_all):,} of {len(more):,}; {sum(each > 0.05 for each in more):,} by more than 5 %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
