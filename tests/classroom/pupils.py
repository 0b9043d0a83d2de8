"""Students at the other structures' sheets, and an examiner who takes off each mistake once.

Mistakes are planted without the program's catalogue: a number that enters a box is forgotten, taken with another sign,
doubled or taken from beside, at one box or wherever the same is worked; or the box is simply miscalculated.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from grader.marking import Verdict, mark_questions
from grader.rubrics.rubric import Rubric
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.classroom.examiner import near
from tests.classroom.pen import PENS
from tests.classroom.rounding import Rounding, short
from tests.classroom.rules import ALIASES, STRUCTURES, Get, Rule, Rules
from tests.classroom.working import Pen, Unworkable

_LARGEST, _BELIEVED = 1e6, 1e3
"""Nobody writes more, and nobody goes on from a mistake that gives more."""


@dataclass(frozen=True, eq=False)
class Page:
    """A sheet before anything is written on it, and how its boxes are worked."""

    question: Question
    rules: Rules
    numbers: dict[str, float]
    boxes: tuple[str, ...]
    places: dict[str, str]
    """Box → places asked for, such as "4d"; "exact" where there is no calculator."""
    roles: dict[str, str]

    @classmethod
    def of(cls, question: Question, rules: Rules) -> Page:
        slots = [slot for slot in question.slots if not slot.spare]
        return cls(
            question,
            rules,
            {given.key: _number(question.printed(given)) for given in question.derivation.givens},
            tuple(slot.name for slot in slots),
            {slot.name: str(question.places(slot.step)) for slot in slots},
            {slot.name: question.derivation.step(slot.step).role for slot in slots},
        )

    def rule(self, box: str) -> Rule:
        """How a box, or what has none, is worked; a product multiplies the boxes of its column."""
        column = box.partition(".")[0] + "."
        if box.endswith(".product"):
            factors = [each for each in self.boxes if each.startswith(column) and each != box]
            return lambda get: math.prod(get(each) for each in factors)
        if box == "gradient":
            products = [each for each in self.boxes if each.endswith(".product")]
            if not products and (factors := [each for each in self.boxes if each.startswith("path_")]):
                return lambda get: math.prod(get(each) for each in factors)
            return lambda get: math.fsum(get(each) for each in products)
        found = self.rules(key_of(box))
        if found is None:
            raise KeyError(box)
        return found


_TO_THE_POWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _number(printed: str) -> float:
    """What is printed, as a number: a decimal, or 10⁻⁸."""
    power = printed.removeprefix("10").translate(_TO_THE_POWER)
    return 10.0 ** int(power) if power != printed.removeprefix("10") else float(printed)


def key_of(box: str) -> str:
    """What a box asks for, in whichever column it stands."""
    return box if box.endswith(".product") else re.sub(r"^path_\d+\.", "", box)


def sort_of(box: str) -> str:
    """What is worked in the same way: the key without its indices."""
    return re.sub(r"[\d,@~#]+", "", key_of(box))


Planted = Callable[[Rule, Get, Random], float]


@dataclass(frozen=True)
class Ways:
    """How one student works."""

    rounding: Rounding = field(default_factory=Rounding)
    reading: dict[str, float] = field(default_factory=dict)
    planted: dict[str, Planted] = field(default_factory=dict)
    """Box → what is done there instead."""
    taken: dict[str, float] = field(default_factory=dict)
    """Box → a number that is written there without any work."""
    blank: frozenset[str] = frozenset()
    pen: tuple[Pen, str] | None = None
    from_slip: bool = False


@dataclass(frozen=True)
class Handed:
    """What stands in the boxes, and in which of them a mistake was made."""

    written: dict[str, str]
    struck: frozenset[str]


def work(page: Page, ways: Ways, rng: Random) -> Handed:
    """Work a sheet from the first box to the last; raises Unworkable."""
    try:
        return _worked(page, ways, rng)
    except (ArithmeticError, KeyError, ValueError, IndexError) as error:
        raise Unworkable from error


def _worked(page: Page, ways: Ways, rng: Random) -> Handed:
    own, fair = {**page.numbers, **ways.reading}, dict(page.numbers)
    texts: dict[str, str] = {}
    struck = set()

    def getting(numbers: dict[str, float]) -> Get:
        def get(key: str) -> float:
            name = next((each for each in _names(key) if each in numbers), None)
            return page.rule(key)(get) if name is None else numbers[name]

        return get

    for box in page.boxes:
        key, before = key_of(box), next((each for each in texts if key_of(each) == key_of(box)), None)
        if before and box not in ways.planted and box not in ways.taken:
            texts[box], own[box], fair[box] = texts[before], own[before], own[before]
            if before in struck:
                struck.add(box)
            continue
        should = page.rule(box)(getting(fair))
        if box in ways.taken:
            value = ways.taken[box]
        elif box in ways.planted:
            value = ways.planted[box](page.rule(box), getting(own), rng)
        else:
            value = page.rule(box)(getting(own))
        if not math.isfinite(value) or abs(value) > _LARGEST or (box in ways.planted and abs(value) > _BELIEVED):
            raise Unworkable
        text, right = (_text(ways.rounding, page.places[box], number) for number in (value, should))
        wrong = float(text) != float(right)
        if box in ways.blank:
            text = ""
        elif ways.pen and ways.pen[1] == box:
            slipped = _slip(ways.pen[0], text, [texts[each] for each in list(texts)[-1:]], rng)
            if ways.from_slip:
                value, wrong = float(slipped), True
            text = slipped
            struck.add(box)
        carried = value if ways.rounding.memory or not text else float(text)
        if ways.pen and ways.pen[1] == box and not ways.from_slip:
            carried = value if ways.rounding.memory else float(_text(ways.rounding, page.places[box], value))
        texts[box] = text
        for name in {key, box}:
            own[name] = fair[name] = carried
        if wrong:
            struck.add(box)
    return Handed(texts, frozenset(struck))


def _names(key: str) -> list[str]:
    """A key, and what its box may be called."""
    found = re.fullmatch(r"(error|back)(\d_\d)", key)
    return [key, *(name.format(found[2]) for name in ALIASES[found[1]])] if found else [key]


def _text(rounding: Rounding, places: str, value: float) -> str:
    if places == "exact" or value == round(value, 1):
        return short(value)
    return rounding.text(value, places)


def _slip(pen: Pen, text: str, beside: list[str], rng: Random) -> str:
    for _ in range(8):
        new = pen(text, beside, rng)
        try:
            if float(new) != float(text):
                return new
        except ValueError:
            continue
    raise Unworkable


# What is planted.


def _reads(rule: Rule, get: Get) -> list[str]:
    found: list[str] = []

    def noting(key: str) -> float:
        found.append(key)
        return get(key)

    rule(noting)
    return sorted(set(found))


def _with(rule: Rule, get: Get, changed: str, value: float) -> float:
    return rule(lambda key: value if key == changed else get(key))


def _of_one(change: Callable[[float], float]) -> Planted:
    """One of the numbers that enter is taken for another."""

    def planted(rule: Rule, get: Get, rng: Random) -> float:
        key = rng.choice(_reads(rule, get))
        found = _with(rule, get, key, change(get(key)))
        return _unless_bare(found)

    return planted


def _from_beside(rule: Rule, get: Get, rng: Random) -> float:
    one, other = rng.sample(_reads(rule, get), 2)
    return _unless_bare(_with(rule, get, one, get(other)))


def _unless_bare(value: float) -> float:
    """What rests on a 0 or 1 that nothing explains is another kind of sheet."""
    if value in (0.0, 1.0, -1.0):
        raise Unworkable
    return value


def _times(factor: float) -> Planted:
    return lambda rule, get, rng: factor * rule(get)


def _miscalculated(rule: Rule, get: Get, rng: Random) -> float:
    return rule(get) * rng.choice((0.37, 0.71, 1.23, 1.9)) + rng.choice((-0.13, 0.29))


PLANTED: dict[str, Planted] = {
    "one number left out of the sum": _of_one(lambda value: 0.0),
    "one factor left out": _of_one(lambda value: 1.0),
    "one number with the other sign": _of_one(lambda value: -value),
    "one number squared": _of_one(lambda value: value * value),
    "one number less than 1 by it": _of_one(lambda value: 1 - value),
    "one number taken from beside": _from_beside,
    "the other sign": _times(-1.0),
    "twice as much": _times(2.0),
    "half as much": _times(0.5),
    "miscalculated": _miscalculated,
}


def _same_luck(planted: Planted, seed: float) -> Planted:
    """The same choice at every box: a habit."""
    return lambda rule, get, rng: planted(rule, get, Random(seed))


def _slips(page: Page, rng: Random, names: Sequence[str]) -> dict[str, Planted]:
    worked = [box for box in page.boxes if _is_worked(page, box)]
    boxes = rng.sample(worked, min(len(worked), len(names)))
    return {box: PLANTED[name] for box, name in zip(boxes, names, strict=False)}


def _is_worked(page: Page, box: str) -> bool:
    """Whether a box is more than the copy of a given, or a 0 or 1 of itself."""
    value = page.question.value(next(slot.step for slot in page.question.slots if slot.name == box))
    return all(value != other for other in (0.0, 1.0, -1.0, *page.numbers.values()))


def _habit(page: Page, rng: Random, name: str) -> dict[str, Planted]:
    sorts = sorted({sort_of(box) for box in page.boxes if _is_worked(page, box)})
    if not sorts:
        raise Unworkable
    sort = rng.choice(sorts)
    planted = _same_luck(PLANTED[name], rng.random())
    return {box: planted for box in page.boxes if sort_of(box) == sort and _is_worked(page, box)}


# What is misread.


def _tables(page: Page) -> dict[str, list[str]]:
    """Givens of one letter and layer, in the order in which they are printed."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key in page.numbers:
        if key not in ("eta", "epsilon", "clip") and page.rules(key) is None:
            found[re.match(r"[a-z]+\d?(?=_)|[a-z]+", key)[0]].append(key)  # type: ignore[index]
    return dict(found)


def _unsigned(page: Page, rng: Random) -> dict[str, float]:
    keys = rng.choice([keys for keys in _tables(page).values() if len(keys) > 1])
    return {key: abs(page.numbers[key]) for key in keys}


def _all_unsigned(page: Page, rng: Random) -> dict[str, float]:
    return {key: abs(page.numbers[key]) for keys in _tables(page).values() for key in keys if key[0] in "wkuv"}


def _one_sign(page: Page, rng: Random) -> dict[str, float]:
    key = rng.choice([key for keys in _tables(page).values() for key in keys])
    return {key: -page.numbers[key]}


def _one_digit(page: Page, rng: Random) -> dict[str, float]:
    key = rng.choice([key for keys in _tables(page).values() for key in keys])
    text = page.question.printed(key)
    at = rng.choice([at for at, char in enumerate(text) if char in "123456789"])
    return {key: float(text[:at] + rng.choice("123456789") + text[at + 1 :])}


def _exchanged(page: Page, rng: Random) -> dict[str, float]:
    keys = rng.choice([keys for keys in _tables(page).values() if len(keys) > 1])
    at = rng.randrange(len(keys) - 1)
    return {keys[at]: page.numbers[keys[at + 1]], keys[at + 1]: page.numbers[keys[at]]}


def _by_columns(page: Page, rng: Random) -> dict[str, float]:
    tables = {name: keys for name, keys in _tables(page).items() if name[0] == "w" and len(keys) > 3}
    keys = tables[rng.choice(sorted(tables))]
    return dict(zip(sorted(keys, key=lambda key: key[-1] + key[-2]), (page.numbers[key] for key in keys), strict=True))


MISREAD: dict[str, Callable[[Page, Random], dict[str, float]]] = {
    "signs of a table unseen": _unsigned,
    "signs of all weights unseen": _all_unsigned,
    "one sign misread": _one_sign,
    "one digit misread": _one_digit,
    "two neighbours exchanged": _exchanged,
    "a matrix by columns": _by_columns,
}


# What is not worked.


def _early(page: Page) -> list[str]:
    return [box for box in page.boxes if page.roles[box] in ("forward", "factor") and _is_worked(page, box)]


def _neighbours(page: Page, other: Page, rng: Random) -> Handed:
    return Handed(work(other, Ways(), rng).written, frozenset())


def _neighbours_early(page: Page, other: Page, rng: Random) -> Handed:
    theirs = work(other, Ways(), rng).written
    taken = {box: float(theirs[box]) for box in _early(page)}
    if not taken:
        raise Unworkable
    return work(page, Ways(taken=taken), rng)


def _invented(page: Page, other: Page, rng: Random) -> Handed:
    size = 8.0 if "exact" in page.places.values() else 1.0
    taken = {box: round(size * rng.uniform(0.05, 0.95) * rng.choice((1, 1, -1)), 4) for box in _early(page)}
    if size > 1:
        taken = {box: float(math.ceil(value)) for box, value in taken.items()}
    if not taken:
        raise Unworkable
    return work(page, Ways(taken=taken), rng)


def _made_up(page: Page, other: Page, rng: Random) -> Handed:
    """Products and error terms out of the air, and what is worked from these and from givens; the rest blank."""
    products = [box for box in page.boxes if page.roles[box] == "product"]
    if not products:
        raise Unworkable
    known = {*page.numbers, *map(key_of, products)}
    taken = {box: round(rng.choice((-1, 1)) * rng.uniform(0.01, 0.5), 6) for box in products}
    blank = []
    for box in page.boxes:
        if box in taken:
            continue
        unknown = [key for key in _reads(page.rule(box), lambda key: 1.0) if known.isdisjoint(_names(key))]
        if unknown or page.roles[box] in ("forward", "factor"):
            blank.append(box)
        else:
            known.add(key_of(box))
    return work(page, Ways(taken=taken, blank=frozenset(blank)), rng)


def _filled(text: Callable[[Page, Random], str]) -> Callable[[Page, Page, Random], Handed]:
    return lambda page, other, rng: Handed({box: text(page, rng) for box in page.boxes}, frozenset())


def _any_given(page: Page, rng: Random) -> str:
    return page.question.printed(rng.choice(list(page.numbers)))


_TINY = ("0", "0", "0.000001", "-0.000001", "0.0001")
"""What nearly anything comes to when it is multiplied by such numbers, and rounded."""

TRICKS: dict[str, Callable[[Page, Page, Random], Handed]] = {
    "a neighbour's sheet": _neighbours,
    "a neighbour's early boxes": _neighbours_early,
    "early boxes invented": _invented,
    "products invented": _made_up,
    "zeros": _filled(lambda page, rng: "0"),
    "halves": _filled(lambda page, rng: "0.5"),
    "any givens": _filled(_any_given),
    "one small number": _filled(lambda page, rng: "0.0001"),
    "numbers of one figure in the last place": _filled(lambda page, rng: rng.choice(_TINY)),
}

HONEST: dict[str, Rounding] = {
    "rounds": Rounding(),
    "two digits more": Rounding(more=2),
    "all digits": Rounding(all_digits=True),
    "from memory": Rounding(memory=True),
    "cuts off": Rounding("cut off"),
}


ON_AVERAGE, AT_WORST = 0.05, 0.15
"""What such sheets may earn beyond what is right in them, as parts of all marks."""


@dataclass(frozen=True)
class Kind:
    """One kind of student: `hand_in` takes the own page, a neighbour's and luck."""

    name: str
    family: str
    hand_in: Callable[[Page, Page, Random], Handed]


def _kinds() -> Iterable[Kind]:
    def ways(make: Callable[[Page, Random], Ways]) -> Callable[[Page, Page, Random], Handed]:
        return lambda page, other, rng: work(page, make(page, rng), rng)

    def honest(rounding: Rounding) -> Callable[[Page, Random], Ways]:
        return lambda page, rng: Ways(rounding)

    def slip(name: str) -> Callable[[Page, Random], Ways]:
        return lambda page, rng: Ways(planted=_slips(page, rng, [name]))

    def habit(name: str) -> Callable[[Page, Random], Ways]:
        return lambda page, rng: Ways(planted=_habit(page, rng, name))

    def misread(name: str) -> Callable[[Page, Random], Ways]:
        def make(page: Page, rng: Random) -> Ways:
            try:
                found = MISREAD[name](page, rng)
            except IndexError as error:
                raise Unworkable from error
            return Ways(reading={key: value for key, value in found.items() if value != page.numbers[key]})

        return make

    def pen(name: str, on: bool) -> Callable[[Page, Random], Ways]:
        return lambda page, rng: Ways(pen=(PENS[name], rng.choice(page.boxes)), from_slip=on)

    def two(page: Page, rng: Random) -> Ways:
        return Ways(planted=_slips(page, rng, rng.sample(sorted(PLANTED), 2)))

    for name, rounding in HONEST.items():
        yield Kind(name, "honest", ways(honest(rounding)))
    for name in PLANTED:
        yield Kind(f"{name}, once", "weak", ways(slip(name)))
        yield Kind(f"{name}, always", "habit", ways(habit(name)))
    yield Kind("two mistakes", "weak", ways(two))
    for name in MISREAD:
        yield Kind(name, "misreading", ways(misread(name)))
    for name in PENS:
        yield Kind(f"pen: {name}", "pen", ways(pen(name, False)))
        yield Kind(f"pen: {name}, and on from it", "pen", ways(pen(name, True)))
    for name, trick in TRICKS.items():
        yield Kind(name, "cunning", trick)


KINDS: tuple[Kind, ...] = tuple(_kinds())


@dataclass(frozen=True, eq=False)
class Judged:
    """One sheet; `earned` by the marking and `deserved` by the examiner, as parts of all marks."""

    recipe: str
    kind: Kind
    page: Page
    handed: Handed
    verdicts: dict[str, str]
    unsupported: str
    earned: float
    deserved: float

    @property
    def lost(self) -> float:
        """What the marking takes off beyond the examiner."""
        return self.deserved - self.earned


def pages(name: str, count: int, seed: int = 0) -> list[Page]:
    """So many questions of one recipe to sit at, all of one derivation."""
    parameter, quantity, rules = STRUCTURES[name]
    keys = [f"pupils {name} {seed} {number}".encode() for number in range(count)]
    drawn = draw(load_recipe(name), keys, parameter=parameter, quantity=quantity)
    return [Page.of(question, rules) for question in drawn]


def held(name: str, seats: Sequence[Page], kinds: Iterable[Kind], students: int, seed: int = 0) -> list[Judged]:
    """So many students of each kind work the pages in turn and are marked."""
    sat = []
    for kind in kinds:
        for number in range(students):
            page, other = seats[number % len(seats)], seats[(number + 1) % len(seats)]
            rng = Random(f"{seed} {name} {kind.name} {number}")
            for _ in range(12):
                try:
                    handed = kind.hand_in(page, other, rng)
                except Unworkable:
                    continue
                if handed.struck or kind.family in ("honest", "cunning"):
                    sat.append((kind, page, handed))
                    break
    if not sat:
        return []
    slots = seats[0].question.slots
    worth = Rubric().slot_worth(seats[0].question.derivation, 10.0)
    texts = [[handed.written.get(slot.name, "") for slot in slots] for _, _, handed in sat]
    marked = mark_questions([page.question for _, page, _ in sat], texts, worth=worth)
    by_box = dict(zip((slot.name for slot in slots), worth, strict=True))
    full = sum(worth)
    found = []
    for row, (kind, page, handed) in enumerate(sat):
        boxes = (
            near(work(page, Ways(), Random(0)).written, handed.written)
            if kind.family == "cunning"
            else {*by_box} - handed.struck
        )
        said = dict(
            zip((s.name for s in slots), (Verdict(code).word for code in marked.verdicts[row].tolist()), strict=True)
        )
        why = _UNSUPPORTED[int(marked.unsupported[row])]
        deserved = sum(by_box[box] for box in boxes) / full
        found.append(Judged(name, kind, page, handed, said, why, int(marked.ticks[row].sum()) / full, deserved))
    return found


_UNSUPPORTED = ("", "nothing_worked", "anothers", "made_up")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.classroom.pupils", description=__doc__)
    parser.add_argument("--recipe", action="append", choices=sorted(STRUCTURES), help="all, if not given")
    parser.add_argument(
        "--family", action="append", help="honest, weak, habit, misreading, pen, cunning; all if not given"
    )
    parser.add_argument("--students", type=int, default=6, help="of each kind on each recipe (6)")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    kinds = [kind for kind in KINDS if not chosen.family or kind.family in chosen.family]
    of: defaultdict[str, list[float]] = defaultdict(list)
    for name in chosen.recipe or STRUCTURES:
        by_kind: defaultdict[Kind, list[float]] = defaultdict(list)
        for one in held(name, pages(name, 6, chosen.seed), kinds, chosen.students, chosen.seed):
            by_kind[one.kind].append(one.lost if one.kind.family != "cunning" else -one.lost)
        for kind, more in by_kind.items():
            over = [each for each in more if each > (AT_WORST if kind.family == "cunning" else 1e-6)]
            of[kind.family] += more
            if over or (kind.family == "cunning" and sum(more) > ON_AVERAGE * len(more)):
                said = (
                    f"{len(over)} of {len(more)}, {100 * max(more):.1f} % at most, {100 * sum(more) / len(more):.1f} %"
                )
                print(f"{name:20} {kind.name:44} {said} on average", flush=True)
    for family, more in of.items():
        over = [each for each in more if each > (AT_WORST if family == "cunning" else 1e-6)]
        print(f"{family}: {len(over):,} of {len(more):,}; {sum(each > 0.05 for each in more):,} by more than 5 %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
