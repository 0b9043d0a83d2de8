"""Certification: what is verified about a question before anyone sees it, over a batch of candidates at a time.

The tests run from cheap to dear, and what fails one is dropped before the next; each candidate counts at the first
test that it fails.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, repeat

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation, Step
from question_bank.derivations.difficulty import difficulty_score
from question_bank.derivations.evaluate import kinks, range_columns, recorded, value_columns
from question_bank.expressions.expression import Const
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import (
    AliasClass,
    Mistake,
    Over,
    alters,
    mistakes,
    mistakes_reaching,
    slips_at,
    struck_values,
    worked_inside,
)
from question_bank.misconceptions.struck import Plan, plan
from question_bank.networks.names import local, symbol
from question_bank.questions.like_slips import Seen, like_slips
from question_bank.questions.question import Question
from question_bank.questions.recipe import Difficulty, Fairness

_SAME = 1e-9
_DUST = 1e-13
"""How far, and as what part of it, binary arithmetic may lead from a number that is the same."""
_WORTH_KEEPING = 0.8
"""Part of a batch's arrays that is alive: below it, the rest is taken out of them."""
_TRIVIAL = 0.005
"""How near ±1 a computed factor may come before it hides whether it was multiplied in."""
_NEARBY_DRAWS = 2
_AT_ONCE = 4096
"""How many numbers an array of several mistakes' values may hold: up to so many, one operation costs about the same."""
_LATELY, _MANY = 3, 0.02
"""How many of the last mistakes tried tell whether they reject many: so much, as a part of what is left."""
_LIKELY = 0.5
"""Part of what is tried next that is expected to pass, before anything is known of it."""
_FEW_AT_ONCE = 256
"""Up to so many candidates, to try all costs about the same as to try one."""
_LITTLE = 1e-3
"""How far, as a part of them, numbers are moved to see whether a mistake changes nothing by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class _Landing:
    """Where a mistake's values may lie at one step: bounds over `rows`, low above high where it does not apply."""

    mistake: Mistake
    position: int
    rows: NDArray[np.intp]
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Certified:
    """The candidates of a batch that passed: their rows, and what their certificates say (arrays over those rows)."""

    derivation: Derivation
    fairness: Fairness
    rows: NDArray[np.intp]
    rejections: Counter[str]
    measures: Mapping[str, Array]
    landings: Sequence[tuple[NDArray[np.intp], Sequence[_Landing]]] = field(repr=False)
    """Where mistakes land, of some rows and then of others."""

    def ranks(self, places: Sequence[int]) -> list[tuple[int, int]]:
        """How many pairs of mistakes may be taken for each other: where they strike, and in all. Fewer is better.

        Of the rows at these places only, which must be in order: of many candidates that pass, few are looked at.
        """
        looked_at = self.rows[list(places)]
        found: dict[int, tuple[int, int]] = {}
        for rows, landings in self.landings:
            here = np.intersect1d(looked_at, rows, assume_unique=True)
            at_slots, in_all = _collisions(self.derivation, landings, here)
            found |= zip(here.tolist(), zip(at_slots.astype(int), in_all.astype(int), strict=True), strict=True)
        return [(int(one), int(other)) for one, other in map(found.__getitem__, looked_at.tolist())]

    def certificate(self, place: int, rank: tuple[int, int]) -> dict[str, object]:
        """What is stored with the question at this place among the rows.

        `narrowest` and `widest` are half-widths of honest ranges over their values, `limits` how wide they may be;
        `nearest_mistake` comes `nearest_units` recorded units from the answer's range; `collisions` are the pairs of
        mistakes that may give the same value at the answer or where both strike, `slot_collisions` those of the
        latter; `cancellation` is the sum of the paths over the sum of their magnitudes, `negatives` counts factors
        below 0, `difficulty` is the score from 0 to 1. `ways` says that ranges hold every equal way of working, `slips`
        that no mistake is written like a slip of the pen.
        """
        tried = _by_rejection(self.derivation)
        number = {name: float(column[place]) for name, column in self.measures.items()}
        return {
            "narrowest": number["narrowest"],
            "widest": number["widest"],
            "limits": {"answer": self.fairness.answer, "elsewhere": self.fairness.elsewhere},
            "mistakes": len(tried),
            "nearest_mistake": tried[int(number["nearest"])].name if tried else None,
            "nearest_units": number["gap"],
            "collisions": rank[1],
            "slot_collisions": rank[0],
            "cancellation": number["cancellation"],
            "negatives": int(number["negatives"]),
            "difficulty": number["difficulty"],
            "paths": len(self.derivation.paths),
            "ways": "equal",
            "slips": "apart",
        }


@dataclass(frozen=True, slots=True)
class Few:
    """Of every so many candidates only the first few that pass are wanted: `counts`, block by block."""

    block: int
    counts: Sequence[int]

    def first(self, rows: NDArray[np.intp]) -> list[int]:
        """Places of the wanted among rows that passed, which are in order."""
        places: list[int] = np.flatnonzero(self._number_in_block(rows) < self._counts_at(rows)).tolist()
        return places

    def next(self, untried: NDArray[np.intp], share: float) -> NDArray[np.intp]:
        """Places of those to try next if about that share passes, as many as a block may take; at 0, all of those."""
        lacking = self._counts_at(untried)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.flatnonzero((lacking > 0) & (self._number_in_block(untried) < np.ceil(lacking / share)))

    def without(self, passed: NDArray[np.intp]) -> Few:
        """What is wanted beside those that passed."""
        found = np.bincount(passed // self.block, minlength=len(self.counts))
        return Few(self.block, np.maximum(np.asarray(self.counts) - found, 0).tolist())

    def _counts_at(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.asarray(self.counts, dtype=np.intp)[rows // self.block]

    def _number_in_block(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        blocks = rows // self.block
        return np.arange(len(blocks)) - np.searchsorted(blocks, blocks)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A question that did not pass, and the test that it failed first."""

    test: str


@dataclass
class _Batch:
    """What is still in the running: columns of values and ranges, and the rows that they came from."""

    rows: NDArray[np.intp]
    values: list[Array]
    alive: BoolArray
    ranges: list[Interval] = field(default_factory=list)
    units: dict[int, Array] = field(default_factory=dict)
    """The recorded units of steps' values, of those asked for."""
    measures: dict[str, Array] = field(default_factory=dict)
    landings: list[_Landing] = field(default_factory=list)
    unseen: set[Mistake] = field(default_factory=set)
    """Mistakes that change nothing, at some step where they are looked for, on the numbers of some candidate."""

    def drop(self, failed: BoolArray) -> int:
        """Take out those that fail; how many of them had passed until now."""
        before = np.count_nonzero(self.alive)
        self.alive = self.alive & ~failed
        after = np.count_nonzero(self.alive)
        # To copy all columns costs about as much as to try a few more mistakes on what is out already.
        if after < _WORTH_KEEPING * len(self.alive):
            self.compact()
        return int(before - after)

    def part(self, places: NDArray[np.intp]) -> _Batch:
        """Some of the rows, with what was noted of all."""
        return _Batch(
            self.rows[places],
            [column[places] for column in self.values],
            self.alive[places],
            [select(interval, places) for interval in self.ranges],
            {position: column[places] for position, column in self.units.items()},
            {name: column[places] for name, column in self.measures.items()},
            [*self.landings],
            {*self.unseen},
        )

    def compact(self) -> None:
        """Leave only what is alive in the arrays."""
        passed = self.alive
        if passed.all():
            return
        self.alive = passed[passed]
        self.rows = self.rows[passed]
        self.values = [column[passed] for column in self.values]
        self.ranges = [select(interval, passed) for interval in self.ranges]
        self.units = {position: column[passed] for position, column in self.units.items()}
        self.measures = {name: column[passed] for name, column in self.measures.items()}


def certify(
    question: Question, fairness: Fairness | None = None, difficulty: Difficulty | None = None
) -> Question | Rejected:
    """One question with its certificate, or the test that it fails; by default within the limits that recipes have.

    >>> from question_bank.questions.draws import draw
    >>> from question_bank.questions.recipe import load_recipe
    >>> drawn = draw(load_recipe("first"), [b"a"])[0]
    >>> certify(drawn).certificate["nearest_mistake"] == drawn.certificate["nearest_mistake"]
    True
    """
    derivation = question.derivation
    givens = [np.array([question.value(key)]) for key in derivation.givens]
    chosen = difficulty or Difficulty(paths=(1, len(derivation.paths)))
    result = certify_batch(derivation, givens, question.precision, fairness or Fairness(), chosen)
    if len(result.rows) == 0:
        return Rejected(next(iter(result.rejections)))
    return replace(question, certificate=result.certificate(0, *result.ranks([0])))


def certify_batch(
    derivation: Derivation,
    givens: Sequence[Array],
    precision: Precision,
    fairness: Fairness,
    difficulty: Difficulty,
    few: Few | None = None,
) -> Certified:
    """Try every candidate: givens are columns of (candidates,) in the derivation's order.

    Where only a few are wanted, what comes after those may be left untried.
    """
    rejections: Counter[str] = Counter()
    count = len(givens[0])
    batch = _Batch(np.arange(count), value_columns(derivation, givens), np.ones(count, dtype=bool))

    def reject(test: str, failed: BoolArray) -> None:
        if count := batch.drop(failed):
            rejections[test] += count

    reject("rule 3: trivial or saturated on a path", _trivial(derivation, batch.values, fairness))
    reject("rule 5: paths cancel", _cancels(derivation, batch, difficulty))
    reject("rule 5: negative factors outside the band", _negatives(derivation, batch, difficulty))
    reject("rule 5: difficulty outside the band", _hard_or_easy(derivation, batch, precision, difficulty))
    points = [(column, column) for column in batch.values[: len(derivation.givens)]]
    batch.ranges = range_columns(derivation, points, precision)
    reject("rule 4: a kink or a zero divisor within rounding", kinks(derivation, batch.ranges))
    reject("rule 1: an honest range is too wide or holds 0", _wide(derivation, batch, fairness))
    batch.measures |= {"gap": np.full(len(batch.rows), np.inf), "nearest": np.zeros(len(batch.rows))}
    waiting = dict(enumerate(_by_rejection(derivation)))
    lately: deque[int] = deque(maxlen=_LATELY)
    for rejected in _confused(derivation, batch, precision, fairness, waiting, rejections):
        lately.append(rejected)
        # As long as many fail, it is cheaper to ask of all than to come back for those that come after the wanted.
        if few and len(lately) == _LATELY and sum(lately) < _MANY * np.count_nonzero(batch.alive):
            break
    batch.compact()
    parts: list[_Batch] = []
    for part in _wanted(batch, few, parts):
        for _ in _confused(derivation, part, precision, fairness, dict(waiting), rejections):
            pass
        part.compact()
        _reject_by_chance(derivation, part, fairness, rejections)
        if len(part.rows):
            part.drop(~_apart_from_slips(derivation, part, precision, fairness, _left(few, parts), rejections))
            part.compact()
        parts.append(part)
    return _certified(derivation, fairness, rejections, parts)


def _wanted(batch: _Batch, few: Few | None, parts: Sequence[_Batch]) -> Iterator[_Batch]:
    """What is to be tried next, until all that is wanted has passed: `parts` is what became of those before."""
    untried = np.arange(len(batch.rows))
    share = _LIKELY
    while True:
        some = untried
        if (left := _left(few, parts)) is not None:
            untried = untried[left.next(batch.rows[untried], 0.0)]
            some = untried[left.next(batch.rows[untried], share)]
            if len(untried) <= _FEW_AT_ONCE or len(some) > 0.5 * len(untried):
                some = untried
        if len(some) == 0 and parts:
            return
        yield batch.part(some)
        # A little more than may be needed, so that it is not asked for again.
        share = 0.7 * max(1, len(parts[-1].rows)) / max(1, len(some))
        untried = np.setdiff1d(untried, some, assume_unique=True)


def _left(few: Few | None, parts: Sequence[_Batch]) -> Few | None:
    """What is still wanted."""
    return few and few.without(np.concatenate([np.empty(0, dtype=np.intp), *(part.rows for part in parts)]))


def _certified(
    derivation: Derivation, fairness: Fairness, rejections: Counter[str], parts: Sequence[_Batch]
) -> Certified:
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows)
    measures = {name: np.concatenate([part.measures[name] for part in parts])[order] for name in parts[0].measures}
    landings = [(part.rows, part.landings) for part in parts]
    return Certified(derivation, fairness, rows[order], rejections, measures, landings)


def _confused(
    derivation: Derivation,
    batch: _Batch,
    precision: Precision,
    fairness: Fairness,
    waiting: dict[int, Mistake],
    rejections: Counter[str],
) -> Iterator[int]:
    """Try the mistakes that wait, some at a time, and drop what one gets too near to: how many, each time."""
    while waiting and batch.alive.any():
        some = _next_alike(derivation, waiting, max(1, _AT_ONCE // len(batch.rows)))
        each = _confusable(derivation, batch, precision, fairness, some)
        failed = np.logical_or.reduce(each)
        rejected = 0
        if failed.any():
            for mistake, first in zip(some.values(), _first_of_each(each & batch.alive), strict=True):
                if first:
                    rejections[f"rule 2: {mistake.misconception}"] += first
            rejected = batch.drop(failed)
        yield rejected


def _reject_by_chance(derivation: Derivation, batch: _Batch, fairness: Fairness, rejections: Counter[str]) -> None:
    """Drop what a mistake leaves as it is by chance."""
    if not len(batch.rows):
        return
    nearby = _nearby(derivation, batch.values)
    failed = np.zeros(len(batch.rows), dtype=bool)
    for numbers in _in_turn(derivation, len(batch.rows)):
        together = _by_rejection(derivation)[numbers.start : numbers.stop]
        if batch.unseen.isdisjoint(together):
            continue
        each = _by_chance(derivation, batch, nearby, fairness, numbers) & ~failed
        for mistake, first in zip(together, _first_of_each(each), strict=True):
            if first:
                rejections[f"rule 2: {mistake.misconception}, by chance"] += first
        failed |= each.any(axis=0)
    batch.drop(failed)
    batch.compact()


def keeps_mistakes_apart(derivation: Derivation, givens: Sequence[Array], precision: Precision) -> BoolArray:
    """True where every mistake stays clear of the honest ranges as they are worked out today: (questions,).

    For questions that were handed out already; the other tests, and mistakes that are right by chance, are not asked.
    """
    count = len(givens[0])
    batch = _Batch(np.arange(count), value_columns(derivation, givens), np.ones(count, dtype=bool))
    batch.ranges = range_columns(derivation, [(column, column) for column in givens], precision)
    batch.measures |= {"gap": np.full(count, np.inf), "nearest": np.zeros(count)}
    factors = [batch.values[derivation.index[key]] for path in derivation.paths for key in path.factors]
    fairness = Fairness(zero_paths=bool(np.any([column == 0 for column in factors])))
    failed = np.zeros(count, dtype=bool)
    waiting = dict(enumerate(_by_rejection(derivation)))
    while waiting:
        some = _next_alike(derivation, waiting, max(1, _AT_ONCE // max(1, count)))
        failed |= _confusable(derivation, batch, precision, fairness, some).any(axis=0)
    return ~failed


def _next_alike(derivation: Derivation, waiting: dict[int, Mistake], most: int) -> dict[int, Mistake]:
    """Take out the first that waits, and up to so many of the next that are made at the same steps."""
    kinds = _kinds(derivation)
    kind = kinds[next(iter(waiting))]
    some = list(islice((number for number in waiting if kinds[number] == kind), most))
    return {number: waiting.pop(number) for number in some}


@lru_cache(maxsize=256)
def _kinds(derivation: Derivation) -> list[int]:
    """For each mistake in its order a number that is the same for those made at the same steps and seen as far."""
    answer = derivation.index[derivation.answer]
    known: dict[object, int] = {}
    kinds = ((*mistake.exchanged, alters(derivation, mistake, answer)) for mistake in _by_rejection(derivation))
    return [known.setdefault(kind, len(known)) for kind in kinds]


def _first_of_each(failed: BoolArray) -> list[int]:
    """How many candidates each mistake is the first to reject: failed (mistakes, candidates)."""
    some = failed[:, failed.any(axis=0)]
    counts: list[int] = np.bincount(some.argmax(axis=0), minlength=len(failed)).tolist()
    return counts


@lru_cache(maxsize=256)
def _by_rejection(derivation: Derivation) -> tuple[Mistake, ...]:
    # What a slip at an off-path unit changes is small: those reject most, so they go first, and habits after slips; the
    # order is immaterial to which candidates pass, since all mistakes are tried on each of those.
    rank = {name: number for number, name in enumerate(_REJECTS_MOST)}

    def late(mistake: Mistake) -> tuple[int, bool]:
        return rank.get(mistake.misconception, len(rank)), len(mistake.exchanged) > 1

    return tuple(sorted(mistakes(derivation, CATALOGUE), key=late))


_REJECTS_MOST = (
    "forward_no_bias",
    "slope_other_unit",
    "slope_of_preactivation",
    "slope_one_minus",
    "slope_is_output",
    "forward_sigmoid_sign",
    "forward_transposed",
    "slope_square",
    "weight_other_path",
    "weight_is_value",
    "loss_left_out",
    "factor_left_out",
)
"""What rejects most on the recipes that come with gradpath, measured on the candidates that the other tests leave."""


def _trivial(derivation: Derivation, values: Sequence[Array], fairness: Fairness) -> BoolArray:
    failed = np.zeros(len(values[0]), dtype=bool)
    on_path = {key for path in derivation.paths for key in path.route[1:]}
    on_outputs = {key for key in on_path if derivation.graph.nodes[key].kind == "activation"}
    for step, column in zip(derivation.steps, values, strict=True):
        if step.key in on_outputs and fairness.saturation:
            failed |= derivation.graph.rule(step.key).saturated(column, fairness.saturation)
        if step.role != "factor" or isinstance(step.formula, Const):
            continue  # a structural 1: a bias's factor, a linear slope
        levels = _levels(derivation, step)
        zero = np.abs(column) <= _SAME
        failed |= zero & (not (fairness.zero_paths and (step.kind == "loss" or 0.0 in levels)))
        failed |= (np.abs(np.abs(column) - 1.0) < _TRIVIAL) & ~np.isin(column, levels)
    return failed


def _levels(derivation: Derivation, step: Step) -> tuple[float, ...]:
    """What a factor may be over a whole stretch, by its function."""
    if step.kind not in ("slope", "loss"):
        return ()
    return derivation.graph.rule(local(step.key).above.key).levels


def _cancels(derivation: Derivation, batch: _Batch, difficulty: Difficulty) -> BoolArray:
    products = [batch.values[derivation.index[path.product]] for path in derivation.paths]
    magnitude = np.sum(np.abs(products), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(np.sum(products, axis=0)) / magnitude
    batch.measures["cancellation"] = ratio
    # A sum of nothing (all paths inactive) is a NaN here, and no question.
    failed: BoolArray = ~(ratio >= difficulty.cancellation)
    return failed


def _negatives(derivation: Derivation, batch: _Batch, difficulty: Difficulty) -> BoolArray:
    keys = {key for path in derivation.paths for key in path.factors}
    count = np.sum([batch.values[derivation.index[key]] < 0 for key in keys], axis=0).astype(float)
    batch.measures["negatives"] = count
    low, high = difficulty.negatives
    failed: BoolArray = (count < low) | (count > high)
    return failed


def _hard_or_easy(derivation: Derivation, batch: _Batch, precision: Precision, difficulty: Difficulty) -> BoolArray:
    score = difficulty_score(derivation, batch.values, precision, batch.measures["cancellation"])
    batch.measures["difficulty"] = score
    low, high = difficulty.score
    failed: BoolArray = (score < low) | (score > high)
    return failed


def _wide(derivation: Derivation, batch: _Batch, fairness: Fairness) -> BoolArray:
    failed = np.zeros(len(batch.rows), dtype=bool)
    narrowest = np.full(len(batch.rows), np.inf)
    widest = np.zeros(len(batch.rows))
    for position, step in enumerate(derivation.steps):
        if step.role == "given" or step.exact:
            continue
        low, high = batch.ranges[position]
        value = batch.values[position]
        limit = fairness.answer if step.role in ("gradient", "update") else fairness.elsewhere
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = 0.5 * (high - low) / np.abs(value)
        # A zero path's factor and product are 0 whatever is rounded: the recipe allows them.
        structural = (value == 0) if fairness.zero_paths and step.role in ("factor", "product") else np.False_
        holds_zero = (low <= 0) & (high >= 0)
        # Said so that a NaN fails.
        failed |= (holds_zero | ~(ratio <= limit)) & ~structural
        widest = np.maximum(widest, np.where(structural, 0.0, ratio))
        narrowest = np.minimum(narrowest, np.where(structural, np.inf, ratio))
    batch.measures["narrowest"], batch.measures["widest"] = narrowest, widest
    return failed


def _confusable(
    derivation: Derivation,
    batch: _Batch,
    precision: Precision,
    fairness: Fairness,
    some: Mapping[int, Mistake],
) -> BoolArray:
    """True where a mistake's range comes within one recorded unit of the honest one, at its slot or at the answer.

    `some` are mistakes made at the same steps, by number: (mistakes, rows). Where they may land is noted in the batch.
    What changes nothing on the numbers drawn is passed over here.
    """
    together = tuple(some.values())
    mistake = together[0]
    answer = derivation.index[derivation.answer]
    seen_in, worked = _where(derivation, mistake)
    shows, decisive = _decisive(derivation, mistake, fairness)
    struck = [found.exchanged for found in together]
    wrong = struck_values(derivation, batch.values, struck, (*worked, *mistake.cone) if fairness.zero_paths else worked)
    differs = {p: _differs(wrong[p], batch.values[p]) for p in {*seen_in, *decisive}}
    everywhere = np.logical_and.reduce([found.all(axis=1) for found in differs.values()])
    batch.unseen.update(found for found, always in zip(together, everywhere, strict=True) if not always)
    visible = np.logical_or.reduce([differs[position] for position in decisive])
    ranges = _struck_ranges(derivation, batch.ranges, precision, together)
    failed = np.zeros((len(together), len(batch.rows)), dtype=bool)
    for position in {*seen_in, answer} if shows else set(seen_in):
        low, high = ranges[position]
        gap = _gap(derivation, batch, precision, position, (low, high))
        applies = visible if position == answer else differs[position]
        # An infinite or undefined range is nothing that a student could write down.
        applies = applies & np.isfinite(gap)
        gap = np.where(applies, gap, np.inf)
        failed |= gap < 1.0
        if position == answer:
            _note_nearest(batch, list(some), gap)
        if position == answer or len(mistake.exchanged) == 1:
            lows, highs = np.where(applies, low, np.inf), np.where(applies, high, -np.inf)
            batch.landings += map(_Landing, together, repeat(position), repeat(batch.rows), lows, highs)
    for product in _boxes(derivation, mistake) if shows else ():
        in_one_box = list(batch.ranges)
        in_one_box[product] = ranges[product]
        for position in range(derivation.index["gradient"], answer + 1):
            in_one_box[position] = _record(derivation, in_one_box, precision, position)
        gap = _gap(derivation, batch, precision, answer, in_one_box[answer])
        applies = _differs(wrong[product], batch.values[product]) if fairness.zero_paths else visible
        failed |= applies & (gap < 1.0)
    return failed


def _note_nearest(batch: _Batch, numbers: Sequence[int], gaps: Array) -> None:
    """Note in the batch which mistake comes nearest to the answer, the first of equals: gaps (mistakes, rows)."""
    gap = np.minimum.reduce(gaps)
    number = np.array(numbers, dtype=float)[gaps.argmin(axis=0)] if len(numbers) > 1 else numbers[0]
    known = batch.measures["gap"]
    nearer = (gap < known) | ((gap == known) & (number < batch.measures["nearest"]))
    batch.measures["gap"] = np.where(nearer, gap, known)
    batch.measures["nearest"] = np.where(nearer, number, batch.measures["nearest"])


def _decisive(derivation: Derivation, mistake: Mistake, fairness: Fairness) -> tuple[bool, tuple[int, ...]]:
    """Whether the answer ever shows a mistake, and by which steps it is told whether it does on some numbers."""
    answer = derivation.index[derivation.answer]
    # Another output's value, say, never comes into the answer: there, such a mistake is one with the truth.
    shows = alters(derivation, mistake, answer)
    # On an inactive path a mistake is seen where it strikes; the answer cannot show it.
    return shows, (answer,) if fairness.zero_paths and shows else tuple(mistake.exchanged)


def _by_chance(
    derivation: Derivation, batch: _Batch, nearby: Sequence[Array], fairness: Fairness, numbers: range
) -> BoolArray:
    """True where a mistake changes nothing on the numbers drawn, but does on numbers moved a little.

    It lands on the right value by chance. (|p| of a positive p is no such chance, nor is 1 - y at y = 1.) The mistakes
    are made at any steps: (mistakes, rows).
    """
    looking, looked_at = _looking(derivation, numbers, fairness.zero_paths)
    wrong = looking.values(batch.values)
    same: dict[int, BoolArray] = {}
    for position, places in looked_at.items():
        same[position] = np.logical_not(_differs(wrong[position][places], batch.values[position]))
    failed = np.zeros((len(numbers), len(batch.rows)), dtype=bool)
    rows = np.flatnonzero(np.logical_or.reduce([found.any(axis=0) for found in same.values()]))
    if not len(rows):
        return failed
    # To take rows out costs about as much as to work with them.
    columns = nearby if len(rows) > 0.5 * len(batch.rows) else [column[:, rows] for column in nearby]
    rows = np.arange(len(batch.rows)) if columns is nearby else rows
    moved = looking.values(columns)
    for position, places in looked_at.items():
        changed = np.logical_or.reduce(_differs(moved[position][places], columns[position]), axis=1)
        mine = np.array(looking.at[position])[places]
        failed[mine[:, None], rows] |= same[position][:, rows] & changed
    return failed


def _in_turn(derivation: Derivation, rows: int) -> Iterator[range]:
    """All mistakes by their numbers, as many at a time as an array may hold for so many rows."""
    count = len(_by_rejection(derivation))
    # Powers of two, so that what is prepared for some can be used again for other numbers of rows.
    most = 1 << max(0, (_AT_ONCE // rows).bit_length() - 1)
    for first in range(0, count, most):
        yield range(first, min(first + most, count))


@lru_cache(maxsize=4096)
def _looking(derivation: Derivation, numbers: range, zero_paths: bool) -> tuple[Plan, dict[int, NDArray[np.intp]]]:
    """How to work mistakes until it is seen whether they change anything: where, and which of those at a position."""
    together = _by_rejection(derivation)[numbers.start : numbers.stop]
    fairness = Fairness(zero_paths=zero_paths)
    positions, looked_at = [], []
    for mistake in together:
        seen_in, worked = _where(derivation, mistake)
        shows, decisive = _decisive(derivation, mistake, fairness)
        positions.append((*worked, *mistake.cone) if zero_paths else worked)
        looked_at.append({*seen_in, *decisive} if shows else {*seen_in})
    return _prepared(derivation, together, positions, looked_at)


@lru_cache(maxsize=4096)
def _written(derivation: Derivation, numbers: range) -> tuple[Plan, dict[int, NDArray[np.intp]]]:
    """The same, of what is written at the answer and where each is made: a habit gives there what one slip does."""
    together = _by_rejection(derivation)[numbers.start : numbers.stop]
    answer = derivation.index[derivation.answer]
    positions, looked_at = [], []
    for mistake in together:
        seen_in, worked = _where(derivation, mistake)
        shows = alters(derivation, mistake, answer)
        positions.append((*worked, *mistake.cone) if shows else worked)
        looked_at.append({*(seen_in if len(mistake.exchanged) == 1 else ()), *((answer,) if shows else ())})
    return _prepared(derivation, together, positions, looked_at)


def _prepared(
    derivation: Derivation,
    together: Sequence[Mistake],
    positions: Sequence[Iterable[int]],
    looked_at: Sequence[Iterable[int]],
) -> tuple[Plan, dict[int, NDArray[np.intp]]]:
    prepared = plan(derivation, together, positions)
    places: dict[int, list[int]] = {}
    for number, found in enumerate(looked_at):
        for position in found:
            places.setdefault(position, []).append(prepared.at[position].index(number))
    return prepared, {position: np.array(some) for position, some in sorted(places.items())}


def _apart_from_slips(
    derivation: Derivation,
    batch: _Batch,
    precision: Precision,
    fairness: Fairness,
    few: Few | None,
    rejections: Counter[str],
) -> BoolArray:
    """True where no mistake can be taken for a slip of the pen, as far as that was asked: (rows,)."""
    apart = np.zeros(len(batch.rows), dtype=bool)
    untried = np.arange(len(batch.rows))
    while len(untried):
        some = untried if few is None else untried[few.without(batch.rows[apart]).next(batch.rows[untried], _LIKELY)]
        if not len(some):
            break
        values = [column[some] for column in batch.values]
        failed = np.zeros(len(some), dtype=bool)
        like = like_slips(derivation, values, precision, _seen(derivation, values))
        for number, mistake in enumerate(_by_rejection(derivation)):
            here = like[number] & ~failed
            if here.any():
                rejections[f"rule 2: {mistake.misconception}, as a slip of the pen"] += int(np.count_nonzero(here))
                failed |= here
        apart[some] = ~failed
        untried = np.setdiff1d(untried, some, assume_unique=True)
    return apart


def _seen(derivation: Derivation, values: Sequence[Array]) -> Iterator[Seen]:
    """What all mistakes give, some at a time."""
    for numbers in _in_turn(derivation, len(values[0])):
        writing, looked_at = _written(derivation, numbers)
        wrong = writing.values(values)
        for position, places in looked_at.items():
            at = np.array(writing.at[position])[places]
            yield Seen(position, numbers.start + at, wrong[position][places])


def _gap(derivation: Derivation, batch: _Batch, precision: Precision, position: int, mistaken: Interval) -> Array:
    """How many recorded units lie between the honest range of a step and a mistaken one; below 0 where they meet."""
    low, high = mistaken
    right_low, right_high = batch.ranges[position]
    places = precision.of(derivation.steps[position].role)
    if position not in batch.units:
        batch.units[position] = places.unit(batch.values[position])
    unit = batch.units[position]
    if not unit.all():
        # A zero path's value has no significant figure: what would be written instead has.
        unit = np.where(unit > 0, unit, places.unit(high))
        unit = np.where(unit > 0, unit, 1.0)
    with np.errstate(invalid="ignore"):
        gap: Array = np.maximum(low - right_high, right_low - high) / unit
    return gap


def _nearby(derivation: Derivation, values: Sequence[Array]) -> list[Array]:
    """Values where inputs, parameters and the learning rate are moved a little; a target, and a 0, stays what it is."""
    # A fixed seed: whether a question passes is a fact about its numbers.
    generator = np.random.Generator(np.random.Philox(key=2025))
    columns: list[Array] = []
    for position, key in enumerate(derivation.givens):
        moved = 1.0 + (0.0 if symbol(key).letter in ("y", "yhat") else _LITTLE) * generator.uniform(
            -1.0, 1.0, (_NEARBY_DRAWS, 1)
        )
        programs = derivation.others.get(position)
        # A printed forward value moves with what it is worked from.
        columns.append(values[position] * moved if programs is None else programs[0].values(columns))
    return value_columns(derivation, columns)


@lru_cache(maxsize=65536)
def _boxes(derivation: Derivation, mistake: Mistake) -> tuple[int, ...]:
    """The products of the paths that share the one factor at which a slip is made, each in a box of its own."""
    if len(mistake.exchanged) > 1:
        return ()
    key = derivation.steps[next(iter(mistake.exchanged))].key
    products = [derivation.index[path.product] for path in derivation.paths if key in path.factors]
    return tuple(products) if len(products) > 1 else ()


@lru_cache(maxsize=4096)
def _where(derivation: Derivation, mistake: Mistake) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The slots in which a mistake is made, and what it makes wrong up to there.

    A step that is no slot is worked inside the box of another one.
    """
    slots: list[int] = []
    worked = set(mistake.exchanged)
    for position in sorted({derivation.index[slot.step] for slot in derivation.slots}):
        box = {position, *worked_inside(derivation, position)}
        if not box.isdisjoint(mistake.exchanged):
            slots.append(position)
            worked |= box.intersection(mistake.cone)
    return tuple(slots), tuple(worked)


def _struck_ranges(
    derivation: Derivation, truth: Sequence[Interval], precision: Precision, together: Sequence[Mistake]
) -> list[Interval]:
    """All steps' ranges where these mistakes are made, at the same steps: (mistakes, rows) in their cone."""
    ranges = list(truth)
    struck: dict[int, Interval] = {}
    shape = len(together), len(truth[0][0])
    for position in sorted((*together[0].exchanged, *together[0].cone)):
        if position in together[0].exchanged:
            low, high = np.empty(shape), np.empty(shape)
            for number, mistake in enumerate(together):
                one = Over({at: (ends[0][number], ends[1][number]) for at, ends in struck.items()}, truth)
                low[number], high[number] = mistake.exchanged[position].ranges(one)
            step = derivation.steps[position]
            ranges[position] = recorded((low, high), step, derivation, precision, mistaken=True)
        else:
            ranges[position] = _record(derivation, ranges, precision, position)
        struck[position] = ranges[position]
    return ranges


def _record(derivation: Derivation, ranges: Sequence[Interval], precision: Precision, position: int) -> Interval:
    """A step's range as it is written down, from the ranges of those before it."""
    program = derivation.programs[position]
    assert program is not None  # givens are never recomputed
    return recorded(program.ranges(ranges), derivation.steps[position], derivation, precision)


def _collisions(derivation: Derivation, found: Sequence[_Landing], rows: NDArray[np.intp]) -> tuple[Array, Array]:
    """How many pairs of alias classes may land on the same value: where both strike, and with the answer: (rows,)."""
    answer = derivation.index[derivation.answer]
    at_slots, at_answer = np.zeros(len(rows)), np.zeros(len(rows))
    by_position: dict[int, list[_Landing]] = {}
    places: dict[int, NDArray[np.intp]] = {}
    for landing in found:
        by_position.setdefault(landing.position, []).append(landing)
    for position, landings in by_position.items():
        numbers, rivals = _alias_classes(derivation, position)
        low = np.full((len(rivals), len(rows)), np.inf)
        high = np.full((len(rivals), len(rows)), -np.inf)
        for landing in landings:
            number = numbers.get(landing.mistake)
            if number is not None:
                if id(landing.rows) not in places:
                    # Both are sorted, and every row that passed was there when the mistake was tried.
                    places[id(landing.rows)] = np.searchsorted(landing.rows, rows)
                kept = places[id(landing.rows)]
                low[number] = np.minimum(low[number], landing.low[kept])
                high[number] = np.maximum(high[number], landing.high[kept])
        count = at_answer if position == answer else at_slots
        for number, others in enumerate(rivals):
            meets = (low[number] <= high[others]) & (low[others] <= high[number])
            count += np.count_nonzero(meets, axis=0)
    return at_slots, at_slots + at_answer


@lru_cache(maxsize=4096)
def _alias_classes(derivation: Derivation, position: int) -> tuple[dict[Mistake, int], tuple[NDArray[np.intp], ...]]:
    """Each mistake's alias class at a step, and each class's rivals: the later ones that mean something else."""
    answer = derivation.index[derivation.answer]
    classes: tuple[AliasClass, ...] = (mistakes_reaching if position == answer else slips_at)(
        derivation, position, CATALOGUE
    )
    names = [frozenset(found.misconceptions) for found in classes]
    numbers = {mistake: number for number, found in enumerate(classes) for mistake in found.mistakes}
    rivals = tuple(
        np.array([other for other in range(number + 1, len(names)) if names[other] != names[number]], dtype=np.intp)
        for number in range(len(names))
    )
    return numbers, rivals


def _differs(one: Array, other: Array) -> BoolArray:
    differs: BoolArray = ~(np.abs(one - other) <= _DUST + _SAME * np.abs(other))
    return differs
