"""What is kept of candidates while they are tried, and how many are tried at all: small arrays, counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import range_columns, value_columns
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.misconceptions.mistakes import mistakes, mistakes_reaching, slips_at
from question_bank.networks.dense import Architecture
from question_bank.questions import mistaken_ranges
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.candidates import (
    candidate_givens,
    raw_words,
    whole_counts,
    without_repeats,
    word_count,
)
from question_bank.questions.certificate import _equivalence_classes
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import _any_of
from question_bank.questions.mistaken_ranges import boxes_of_factor, confusable, next_alike
from question_bank.questions.recipe import Fairness, load_recipe
from question_bank.questions.still_wanted import FirstFew
from question_bank.questions.tried_mistakes import (
    AT_ONCE,
    by_rejection,
    decisive_steps,
    differs_from,
    first_of_each,
    in_turn,
    seen_and_worked,
    shown_at,
)

CHAIN = derive(Architecture((1, 1, 1), ("linear", "linear"), "squared_error"), "w1_11", Layout())
TABLE = derive(
    Architecture((2, 2, 1), ("sigmoid", "sigmoid"), "squared_error"), ("w1_11", "w1_22"), Layout(working="table")
)
TWO_OUTPUTS = derive(Architecture((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())


def batch(count: int = 10) -> CandidateBatch:
    rows = np.arange(100, 100 + count)
    numbers = rows.astype(float)
    found = CandidateBatch(rows, [numbers, -numbers], np.ones(count, dtype=bool), [(numbers - 1, numbers + 1)])
    found.units[1] = numbers / 10
    found.measures["gap"] = numbers / 2
    return found


def assert_holds(found: CandidateBatch, rows: Sequence[int]) -> None:
    """Every array is of these rows."""
    numbers = np.array(rows, dtype=float)
    assert found.rows.tolist() == list(rows)
    assert [column.tolist() for column in found.values] == [numbers.tolist(), (-numbers).tolist()]
    assert [end.tolist() for end in found.ranges[0]] == [(numbers - 1).tolist(), (numbers + 1).tolist()]
    assert found.units[1].tolist() == (numbers / 10).tolist()
    assert found.measures["gap"].tolist() == (numbers / 2).tolist()


def test_what_fails_counts_once_and_is_out() -> None:
    found = batch()
    failed = np.zeros(10, dtype=bool)
    failed[[2, 5]] = True
    assert found.drop(failed) == 2
    assert found.drop(failed) == 0
    assert found.alive.sum() == 8
    assert_holds(found, range(100, 110))  # so few are not worth copying
    failed[:] = False
    failed[[2, 3]] = True
    assert found.drop(failed) == 1
    assert_holds(found, [100, 101, 104, 106, 107, 108, 109])
    assert found.alive.tolist() == [True] * 7


def test_to_compact_leaves_what_is_alive() -> None:
    found = batch(4)
    found.alive = np.array([True, False, True, True])
    found.compact()
    assert_holds(found, [100, 102, 103])
    assert found.alive.tolist() == [True] * 3


def test_a_part_has_its_rows_and_what_was_noted_of_all() -> None:
    whole = batch()
    part = whole.part(np.array([7, 1]))
    assert_holds(part, [107, 101])
    part.landings.append("another")  # type: ignore[arg-type]
    part.unseen["another"] = None  # type: ignore[index, assignment]
    assert (whole.landings, whole.unseen) == ([], {})


FEW = FirstFew(block=10, counts=[2, 0, 1])
"""Of candidates 0 to 9 two, of the next ten none, of the next ten one."""


@pytest.mark.parametrize(
    ("passed", "first"),
    [
        ([1, 4, 7, 12, 20, 29], [0, 1, 4]),
        ([9, 10, 19, 29], [0, 3]),
        ([0, 1, 2], [0, 1]),
        ([], []),
    ],
)
def test_the_first_that_pass_of_each_block_are_wanted(passed: list[int], first: list[int]) -> None:
    assert FEW.first(np.array(passed, dtype=np.intp)) == first


@pytest.mark.parametrize(
    ("share", "tried"),
    [
        (1.0, [0, 1, 20]),
        (0.5, [0, 1, 2, 3, 20, 21]),
        (0.4, [0, 1, 2, 3, 4, 20, 21, 22]),  # 2 / 0.4 and 1 / 0.4, which is more than two
        (0.0, [*range(10), *range(20, 30)]),
    ],
)
def test_as_many_are_tried_as_are_needed_if_that_share_passes(share: float, tried: list[int]) -> None:
    assert FEW.next(np.arange(30), share).tolist() == tried


def test_places_are_those_among_what_is_left() -> None:
    assert FEW.next(np.array([5, 6, 9, 12, 28]), 1.0).tolist() == [0, 1, 4]


def test_what_passed_is_wanted_no_more() -> None:
    assert FEW.without(np.array([3])) == FirstFew(10, [1, 0, 1])
    assert FEW.without(np.array([3, 4, 5, 11, 25])) == FirstFew(10, [0, 0, 0])
    assert FEW.without(np.array([], dtype=np.intp)) == FEW


def test_where_a_few_are_wanted_they_are_the_first_that_pass_at_all() -> None:
    recipe = load_recipe("first")
    derivation = recipe.derivation(recipe.choices()[0], "gradient")
    words = raw_words(b"a", 0, 400, word_count(recipe, derivation))
    givens = candidate_givens(recipe, derivation, words)
    limits = derivation, givens, recipe.places, recipe.fairness, recipe.difficulty
    every = certify_batch(*limits)
    few = FirstFew(200, [3, 1])
    some = certify_batch(*limits, few)
    wanted = [*every.rows[every.rows < 200][:3], *every.rows[every.rows >= 200][:1]]
    assert len(wanted) == 4
    assert some.rows[few.first(some.rows)].tolist() == wanted
    places = np.flatnonzero(np.isin(every.rows, wanted)).tolist()
    assert some.ranks(few.first(some.rows)) == every.ranks(places)
    for place, other in zip(few.first(some.rows), places, strict=True):
        assert some.certificate(place, (0, 0)) == every.certificate(other, (0, 0))
    # Each candidate is out at one test, or passed.
    assert sum(every.rejections.values()) + len(every.rows) == 400


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (1.0, 1.0, False),
        (1.0, 1.0 + 0.9e-9, False),
        (1.0, 1.0 + 1.1e-9, True),
        (-1.0, 1.0, True),
        (0.0, 0.9e-13, False),
        (0.0, 1.1e-13, True),
        (1e6, 1e6 + 0.9e-3, False),
        (1e6, 1e6 + 1.1e-3, True),
        (np.nan, 1.0, True),
    ],
)
def test_numbers_differ_by_more_than_the_dust_of_binary_floats(one: float, other: float, differs: bool) -> None:
    assert differs_from(np.array([one]), np.array([other])).tolist() == [differs]


def test_a_candidate_counts_at_the_first_mistake_that_rejects_it() -> None:
    failed = np.array([[0, 1, 0, 1, 0], [1, 1, 0, 0, 0], [1, 1, 0, 1, 1]], dtype=bool)
    assert first_of_each(failed) == [2, 1, 1]
    assert first_of_each(np.zeros((3, 2), dtype=bool)) == [0, 0, 0]


@pytest.mark.parametrize("rows", [1, 3, 512, 1024, AT_ONCE, AT_ONCE + 1])
def test_mistakes_are_taken_in_turn_each_once_and_no_more_than_an_array_may_hold(rows: int) -> None:
    parts = [list(numbers) for numbers in in_turn(TWO_OUTPUTS, rows)]
    assert [number for part in parts for number in part] == list(range(len(by_rejection(TWO_OUTPUTS))))
    assert all(len(part) == 1 or len(part) * rows <= AT_ONCE for part in parts)
    # Twice as many would be too many.
    assert all(2 * len(part) * rows > AT_ONCE for part in parts[:-1])


def test_all_mistakes_are_tried_and_slips_before_the_habits_of_a_kind() -> None:
    tried = by_rejection(TWO_OUTPUTS)
    assert sorted(one.name for one in tried) == sorted(one.name for one in mistakes(TWO_OUTPUTS))
    for name in {one.misconception for one in tried}:
        several = [len(one.exchanged) > 1 for one in tried if one.misconception == name]
        assert several == sorted(several)


def test_the_next_that_are_tried_together_are_made_at_the_same_steps() -> None:
    waiting = dict(enumerate(by_rejection(TWO_OUTPUTS)))
    seen: list[int] = []
    while waiting:
        first = next(iter(waiting))
        before = dict(waiting)
        some = next_alike(TWO_OUTPUTS, waiting, 3)
        assert 1 <= len(some) <= 3
        assert next(iter(some)) == first
        assert not some.keys() & waiting.keys()
        kind = set(some[first].exchanged), shown_at(TWO_OUTPUTS, some[first])
        assert all((set(one.exchanged), shown_at(TWO_OUTPUTS, one)) == kind for one in some.values())
        if len(some) < 3:
            left = (one for number, one in before.items() if number not in some)
            assert all((set(one.exchanged), shown_at(TWO_OUTPUTS, one)) != kind for one in left)
        seen += some
    assert sorted(seen) == list(range(len(by_rejection(TWO_OUTPUTS))))


def test_a_shared_factor_has_a_box_in_each_path_where_a_slip_is_made_in_one() -> None:
    products = {TWO_OUTPUTS.index[path.product] for path in TWO_OUTPUTS.paths}
    shared = {TWO_OUTPUTS.index[step] for step in TWO_OUTPUTS.paths[0].factors if step in TWO_OUTPUTS.paths[1].factors}
    assert len(products) == len(shared) == 2
    for one in by_rejection(TWO_OUTPUTS):
        in_one_box = len(one.exchanged) == 1 and set(one.exchanged) <= shared
        assert set(boxes_of_factor(TWO_OUTPUTS, one)) == (products if in_one_box else set())
    assert not any(boxes_of_factor(CHAIN, one) for one in by_rejection(CHAIN))


def test_a_mistake_is_seen_in_its_own_boxes_and_told_by_the_answer_or_where_paths_may_be_0_too() -> None:
    boxes = {CHAIN.index[slot.step] for slot in CHAIN.slots}
    (answer,) = CHAIN.answers_at
    for one in by_rejection(CHAIN):
        seen, worked = seen_and_worked(CHAIN, one)
        assert set(one.exchanged) <= {*worked}
        assert {*seen} == boxes & set(one.exchanged)  # here every step has a box
        assert shown_at(CHAIN, one) == (answer,)
        assert decisive_steps(CHAIN, one, Fairness(zero_paths=True)) == (answer,)
        assert decisive_steps(CHAIN, one, Fairness(zero_paths=False)) == tuple(one.exchanged)


@pytest.mark.parametrize(("needed", "words"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 12)])
def test_random_words_come_by_fours(needed: int, words: int) -> None:
    assert whole_counts(needed) == words


def test_a_sample_without_repeats_steps_over_what_was_taken() -> None:
    """Of 1 to 5: with fractions of 0 the smallest that is left each time, with nearly 1 the greatest."""
    grid = load_recipe("textbook").ranges.x
    assert grid is not None
    fractions = np.array([[0.0, 0.999, 0.45], [0.0, 0.999, 0.45], [0.0, 0.999, 0.5]])
    found = np.array(without_repeats(grid, fractions))
    # 0.45 · 5 is the third: 3; 0.45 · 4 the second of 1, 2, 4, 5: 2; 0.5 · 3 the second of 1, 4, 5: 4.
    assert found.T.tolist() == [[1, 2, 3], [5, 4, 3], [3, 2, 4]]


def test_what_is_asked_for_is_chosen_by_the_key_alone_each_as_often() -> None:
    choices = ["a", "b", "c"]
    found = [_any_of(choices, b"%d" % number) for number in range(600)]  # type: ignore[arg-type]
    assert found == [_any_of(choices, b"%d" % number) for number in range(600)]  # type: ignore[arg-type]
    # 200 each, with a standard deviation of 11.5.
    assert all(abs(found.count(choice) - 200) < 58 for choice in choices)  # type: ignore[arg-type]


@pytest.mark.parametrize("derivation", [CHAIN, TWO_OUTPUTS, TABLE], ids=["one path", "two paths", "table"])
@pytest.mark.parametrize("every_answer", [True, False])
def test_it_is_noted_where_a_mistake_lands_at_the_answer_of_paths_and_in_the_one_box_that_it_is_made_in(
    derivation: Derivation, every_answer: bool
) -> None:
    generator = np.random.default_rng(1)
    values = value_columns(derivation, [generator.uniform(0.3, 1.7, 5) for _ in derivation.givens])
    points = [(column, column) for column in values[: len(derivation.givens)]]
    places = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
    for number, one in enumerate(by_rejection(derivation)):
        tried = CandidateBatch(np.arange(10, 15), values, np.ones(5, dtype=bool))
        tried.ranges = range_columns(derivation, points, places)
        tried.measures |= {"gap": np.full(5, np.inf), "nearest": np.zeros(5)}
        confusable(derivation, tried, places, Fairness(every_answer=every_answer), {number: one})
        seen, _ = seen_and_worked(derivation, one)
        in_one_box = len(one.exchanged) == 1 or len(seen) == 1
        expected = {*(seen if in_one_box else ()), *(shown_at(derivation, one) if derivation.paths else ())}
        assert {landing.position for landing in tried.landings} == expected
        assert len(tried.landings) == len(expected)
        assert all(landing.mistake == one and landing.rows is tried.rows for landing in tried.landings)
        if one.exchanged.keys() & {landing.position for landing in tried.landings}:
            # Where it changes anything, its range is noted, and where not, one that holds nothing.
            landing = next(each for each in tried.landings if each.position in one.exchanged)
            wrong = one.exchanged[landing.position].values(values)
            applies = ~np.isclose(wrong, values[landing.position], rtol=1e-9)
            assert (landing.low[applies] <= np.broadcast_to(wrong, (5,))[applies]).all()
            assert (landing.high[applies] >= np.broadcast_to(wrong, (5,))[applies]).all()
            assert (landing.low[~applies] > landing.high[~applies]).all()


def test_at_the_answer_of_paths_all_mistakes_are_told_apart_and_in_a_box_those_that_are_made_there() -> None:
    for derivation in (CHAIN, TWO_OUTPUTS, TABLE):
        for position in {derivation.index[slot.step] for slot in derivation.slots}:
            numbers, rivals = _equivalence_classes(derivation, position)
            at_the_answer = position in derivation.answers_at and bool(derivation.paths)
            classes = (mistakes_reaching if at_the_answer else slips_at)(derivation, position)
            assert len(rivals) == len(classes)
            assert set(numbers) == {one for equivalent in classes for one in equivalent.mistakes}
    loss = TWO_OUTPUTS.index[TWO_OUTPUTS.paths[0].factors[0]]
    assert len(mistakes_reaching(TWO_OUTPUTS, loss)) > len(slips_at(TWO_OUTPUTS, loss))


@pytest.mark.parametrize("name", ["softmax", "deep", "first-layer"])
def test_what_is_kept_of_slips_for_habits_is_what_they_give_by_themselves(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.choices()[0], "gradient")
    words = raw_words(b"again", 0, 40, word_count(recipe, derivation))
    givens = candidate_givens(recipe, derivation, words)
    fairness, _ = recipe.limits(derivation)
    found = []
    for many in (0, 40):
        monkeypatch.setattr(mistaken_ranges, "_MANY", many)
        tried = CandidateBatch(np.arange(40), value_columns(derivation, givens), np.ones(40, dtype=bool))
        tried.ranges = range_columns(derivation, [(column, column) for column in givens], recipe.places)
        tried.measures |= {"gap": np.full(40, np.inf), "nearest": np.zeros(40)}
        near = [
            confusable(derivation, tried, recipe.places, fairness, {number: mistake})
            for number, mistake in enumerate(by_rejection(derivation))
        ]
        assert (len(tried.again.ranges) > 20) == (many == 0)
        found.append((near, [(each.low, each.high) for each in tried.landings], [*tried.measures.values()]))
    for kept, alone in zip(*found, strict=True):
        np.testing.assert_array_equal(kept, alone)
