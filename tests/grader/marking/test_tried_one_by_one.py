"""Misreadings tried in the few ways in which a step may come out give what trying each by itself gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from grader.marking.batch import Batch
from grader.marking.misreadings import Misreading, misread_digits, misreadings
from grader.marking.own import OwnNumbers, column_of
from grader.marking.support import steps_with
from grader.marking.tried import MisreadTrial, as_read, holds, worth_trying
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import recorded
from question_bank.derivations.layout import Layout
from question_bank.expressions.interval import Interval, shaped
from question_bank.expressions.precision import BoolArray
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from tests.grader.marking import pupil
from tests.grader.marking.test_tried import batch_of

Table = Callable[[Derivation], tuple[Misreading, ...]]


@cache
def question() -> Question:
    """Two paths that share two factors; sums are worked inside the boxes of the hidden units."""
    units = Architecture((2, 2, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
    given = {"x_1": -1.2, "x_2": 2.5, "b1": -0.3, "b2": 0.4, "y_1": 1.0, "y_2": 0.0}
    given |= {"w1_11": 0.4, "w1_12": -0.7, "w1_21": -0.9, "w1_22": 0.3}
    given |= {"w2_11": -0.6, "w2_12": 0.8, "w2_21": 0.5, "w2_22": -1.1}
    return solve(derive(units, "w1_21", Layout(exact_first=True)), given, pupil.PRECISION)


def sheets(generator: np.random.Generator, table: Table, count: int) -> Batch:
    """Right sheets of which each is spoilt: worked with a misreading, some boxes wrong, in half of them some blank."""
    asked = question()
    derivation = asked.derivation
    tried = table(derivation)
    papers = []
    for number in range(count):
        misread = tried[generator.integers(len(tried))]
        given = {name.key: asked.value(name) for name in derivation.givens}
        for at, taken in misread.taken.items():
            if taken.reading != "as_copied":
                right = batch_of(asked, {slot.name: "1" for slot in asked.slots})
                given[derivation.givens[at].key] = float(as_read(right, taken, right.reference.points)[0][0])
        other = solve(derivation, given, pupil.PRECISION)
        paper = {slot.name: other.printed(slot.step) for slot in asked.slots}
        for name in generator.choice([*paper], 3).tolist():
            paper[name] = f"{generator.uniform(-2, 2):.4f}"
        for name in generator.choice([*paper], 4 if number % 2 else 0).tolist():
            paper[name] = ""
        papers.append(paper)
    return batch_of(asked, *papers)


def one_by_one(batch: Batch, misreading: Misreading) -> dict[int, BoolArray]:
    """Of each step with slots, where all that is written of it follows from the givens as misread, or is blank.

    A step is worked from what is written of those before it, and where nothing is from what they come to.
    """
    derivation, every = batch.derivation, np.arange(len(batch.answers.values))
    slots: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        slots.setdefault(derivation.index[slot.step], []).append(at)
    own = OwnNumbers(batch)
    columns: dict[int, Interval] = {}
    found = {}
    for position in range(len(derivation.steps)):
        if position < len(derivation.givens):
            taken = misreading.taken.get(position)
            points = batch.reference.points
            columns[position] = points[position] if taken is None else as_read(batch, taken, points)
            continue
        here = slots.get(position, [])
        column = column_of(derivation.slots[here[0]]) if here else None
        inputs = {}
        for read in derivation.program_of(position).reads:
            written = batch.answers.read[:, slots.get(read, [])].any(axis=1)
            low, high = own.at(read, column)
            inputs[read] = np.where(written, low, columns[read][0]), np.where(written, high, columns[read][1])
        worked = recorded(
            derivation.program_of(position).ranges(inputs), derivation.steps[position], derivation, pupil.PRECISION
        )
        columns[position] = shaped(worked, every.shape)
        if here:
            follows = [holds(batch, at, columns[position], every) | ~batch.answers.read[:, at] for at in here]
            found[position] = np.logical_and.reduce(follows)
    return found


def explained(
    batch: Batch, misreading: Misreading, struck: BoolArray, sound: BoolArray
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """How many steps speak for a misreading, and how many against it, of those that it changes."""
    derivation = batch.derivation
    changed = _changed(derivation, misreading, bool(batch.answers.read.all()))
    speak, against = np.zeros((2, len(struck)), np.intp)
    for position, follows in one_by_one(batch, misreading).items():
        if position in changed:
            here = [at for at, slot in enumerate(derivation.slots) if derivation.index[slot.step] == position]
            read = batch.answers.read[:, here]
            speak += follows & struck[:, here].any(axis=1)
            against += ~follows & read.any(axis=1) & (sound[:, here] | ~read).all(axis=1)
    return speak, against


def _changed(derivation: Derivation, misreading: Misreading, whole: bool) -> set[int]:
    """The steps that are worked from what is misread, if only through what has no box, or where one may be blank."""
    boxes = {derivation.index[slot.step] for slot in derivation.slots}
    changed = {*misreading.taken}
    for position in range(len(derivation.givens), len(derivation.steps)):
        through = {read for read in derivation.program_of(position).reads if not (whole and read in boxes)}
        if through & changed:
            changed.add(position)
    return changed


@pytest.mark.parametrize("table", [misreadings, misread_digits], ids=lambda table: table.__name__)
def test_each_misreading_explains_as_many_steps_as_it_does_by_itself(table: Table) -> None:
    generator = np.random.default_rng(7)
    mixed = sheets(generator, table, 16)
    derivation = mixed.derivation
    wrong = ~mixed.key.holds(mixed.answers.values) & mixed.answers.read
    for blank in (False, True):
        rows = np.flatnonzero((~mixed.answers.read).any(axis=1) == blank)
        batch, struck = mixed.take(rows), wrong[rows]
        sound = ~struck & batch.answers.read & (generator.random(struck.shape) < 0.8)
        tried = table(derivation)
        found = MisreadTrial(batch, table).count(struck, sound)
        assert found.shape == (len(tried), len(rows))
        every = [explained(batch, one, struck, sound) for one in tried]
        assert found.tolist() == [(speak - against).tolist() for speak, against in every]
        # What is worth trying is that of which some misreading gives so many wrong steps.
        gives = np.max([speak for speak, _ in every], axis=0)
        for least in (1, 2, 3, 5):
            reached = [row for some, _ in worth_trying(batch, struck, table, least) for row in some.tolist()]
            assert sorted(reached) == np.flatnonzero(gives >= least).tolist()
        assert (gives <= steps_with(derivation, struck)).all()
        assert gives.max() >= 2


def test_some_of_the_submissions_are_tried_as_they_are_among_all() -> None:
    batch = sheets(np.random.default_rng(8), misreadings, 10)
    rows = np.flatnonzero(batch.answers.read.all(axis=1))
    batch = batch.take(rows)
    struck = ~batch.key.holds(batch.answers.values)
    every = MisreadTrial(batch, misreadings)
    sound = np.zeros_like(struck)
    some = np.array([3, 1])
    counts, changed = every.count(struck, sound), every.changed()
    part = every.take(some)
    assert part.count(struck[some], sound[some]).tolist() == counts[:, some].tolist()
    assert part.changed().tolist() == changed[:, some].tolist()
