"""Small parts of marking by themselves: costs, habits, columns that stand elsewhere, boxes beside each other."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from grader.marking.columns import (
    Arrangement,
    Note,
    answered_columns,
    column_slots,
    in_path_order,
    in_written_order,
    note_missing,
    of_one_length,
    own_slots,
)
from grader.marking.engine import _cost, _most_by_one_habit, _moved, _out_of_place, _part_of, mark_batch, settled
from grader.marking.exchanged import own_and_right, struck_range, ways_to_exchange
from grader.marking.neighbours import boxes_beside, boxes_worked_from
from grader.marking.own import OwnNumbers, seen_from
from grader.marking.stages import Blame, nobody_to_blame
from grader.marking.verdict import Verdict
from grader.rubrics.shares import Shares
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.expressions.precision import Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from tests.grader.marking import pupil
from tests.grader.marking.test_tried import batch_of

GIVENS = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "w2_21": -4.0, "y_1": 0.25, "y_2": 1.0}
"""a = h = 1.5; the outputs are 3 and -6."""


def two_outputs(paths: str = "given") -> Question:
    """Linear units; two paths of five factors that share the last two."""
    layout = Layout(paths=paths)  # type: ignore[arg-type]
    derivation = derive(Architecture((1, 1, 2), ("linear", "linear"), "squared_error"), "w1_11", layout)
    places = {"forward": "4d", "factor": "3d", "product": "5d", "gradient": "2d"}
    return solve(derivation, GIVENS, Precision.parse(places))


def paper(question: Question, **written: str) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots} | written


def number(derivation: Derivation, name: str) -> int:
    return [slot.name for slot in derivation.slots].index(name)


@pytest.mark.parametrize(
    ("before", "after", "made", "share", "cost"),
    [
        # A tenth of all 1000 ticks, in parts of what was saved.
        ([0, 0, 0, 0], [100, 0, 300, 0], [1, 1, 1, 1], 0.1, [25, 0, 75, 0]),
        ([0, 0, 200, 0], [100, 0, 300, 0], [1, 1, 1, 1], 0.1, [50, 0, 50, 0]),
        # No more than was saved, and nothing of boxes in which it was not made or that lost by it.
        ([0, 0, 0, 0], [60, 0, 0, 0], [1, 1, 1, 1], 0.1, [60, 0, 0, 0]),
        ([0, 0, 0, 0], [100, 0, 300, 0], [0, 0, 1, 0], 0.1, [0, 0, 100, 0]),
        ([0, 200, 0, 0], [100, 0, 300, 0], [1, 1, 1, 1], 0.1, [25, 0, 75, 0]),
        ([0, 0, 0, 0], [100, 0, 300, 0], [1, 1, 1, 1], 0.2, [50, 0, 150, 0]),
        ([0, 0, 0, 0], [100, 0, 300, 0], [1, 1, 1, 1], 0.0, [0, 0, 0, 0]),
        ([0, 0, 0, 0], [100, 0, 300, 0], [0, 0, 0, 0], 0.1, [0, 0, 0, 0]),
    ],
)
def test_a_misreading_costs_its_part_in_parts_of_what_it_saved(
    before: list[int], after: list[int], made: list[int], share: float, cost: list[int]
) -> None:
    worth = np.array([[100, 200, 300, 400]])
    found = _cost(worth, np.array([before]), np.array([after]), np.array([made], dtype=bool), Shares(misreading=share))
    assert found.tolist() == [cost]


def test_ticks_are_whole() -> None:
    assert _part_of(np.array([3, 5, 100]), 0.5).tolist() == [2, 2, 50]  # halves go to the even neighbour
    assert _part_of(np.array([7]), 0.25).dtype == np.int64


def test_a_habit_counts_its_steps_and_not_its_boxes() -> None:
    derivation = two_outputs().derivation
    blames = nobody_to_blame((len(derivation.slots),))
    assert _most_by_one_habit(derivation, blames) == 0
    shared = [number(derivation, f"path_{path}.da1_1/dw1_11") for path in (1, 2)]
    for at in shared:
        blames[at] = Blame(("input_wrong", "factor_left_out"))
    assert _most_by_one_habit(derivation, blames) == 1
    blames[number(derivation, "path_1.da2_1/dh1_1")] = Blame(("weight_wrong_layer",))
    assert _most_by_one_habit(derivation, blames) == 1
    blames[number(derivation, "path_2.dL/dyhat_2")] = Blame(("factor_left_out",))
    assert _most_by_one_habit(derivation, blames) == 2
    blames[number(derivation, "gradient")] = Blame(slips=("sign",))
    assert _most_by_one_habit(derivation, blames) == 2


@pytest.mark.parametrize("paths", ["given", "find"])
def test_a_column_is_paid_as_a_moved_one_where_another_heading_is_printed_over_it(paths: str) -> None:
    derivation = two_outputs(paths).derivation
    found = Arrangement.as_written(derivation, 2)
    found.sources[1, :2] = [1, 0]
    moved = _moved(derivation, found)
    assert not moved[0].any()
    columns = [slot.path is not None and not slot.spare for slot in derivation.slots]
    assert moved[1].tolist() == ([paths == "given" and own for own in columns])


def test_what_is_right_in_a_column_to_spare_is_out_of_place() -> None:
    derivation = two_outputs("find").derivation
    spare = next(at for at, slot in enumerate(derivation.slots) if slot.spare)
    verdicts = np.full((3, len(derivation.slots)), Verdict.CORRECT, np.uint8)
    verdicts[:, [at for at, slot in enumerate(derivation.slots) if slot.spare]] = Verdict.BLANK
    verdicts[1, spare], verdicts[2, spare] = Verdict.CORRECT, Verdict.WRONG
    assert _out_of_place(derivation, verdicts).tolist() == [False, True, False]


def test_before_anything_is_asked_a_box_is_right_blank_unreadable_or_open() -> None:
    question = two_outputs()
    batch = batch_of(question, paper(question, a1_1="1.6", h1_1="", gradient="x y"))
    found = settled(batch.answers, batch.key)[0]
    of = {slot.name: Verdict(found[at]) for at, slot in enumerate(question.slots)}
    others = {name: of[name] for name in of if name not in ("a1_1", "h1_1", "gradient")}
    assert (of["a1_1"], of["h1_1"], of["gradient"]) == (Verdict.WRONG, Verdict.BLANK, Verdict.UNREADABLE)
    assert set(others.values()) == {Verdict.CORRECT}


def test_columns_are_the_paths_and_one_to_spare() -> None:
    derivation = two_outputs("find").derivation
    columns, own = column_slots(derivation), own_slots(derivation)
    assert [len(slots) for slots in columns] == [6, 6, 6]
    assert own == [columns[0], columns[1], []]
    assert of_one_length(derivation) == [[0, 1, 2]]
    assert [derivation.slots[slots[-1]].name for slots in columns] == [f"path_{n}.product" for n in (1, 2, 3)]
    assert own_slots(two_outputs().derivation) == column_slots(two_outputs().derivation)


def test_numbers_go_to_the_paths_that_their_columns_stand_for_and_back() -> None:
    """Of the second submission the columns stand for each other's paths, of the third all three move on."""
    question = two_outputs("find")
    derivation = question.derivation
    columns = column_slots(derivation)
    texts = {
        derivation.slots[at].name: str(10 * column + box)
        for column, slots in enumerate(columns)
        for box, at in enumerate(slots)
    }
    batch = batch_of(question, *[paper(question) | texts] * 3)
    found = Arrangement(np.array([[0, 1, 2], [1, 0, 2], [1, 2, 0]]), np.zeros((3, 3), np.uint8))
    moved = in_path_order(batch.answers, derivation, found.sources)
    for path, slots in enumerate(columns):
        for row in range(3):
            wanted = [10.0 * found.sources[row, path] + box for box in range(6)]
            assert moved.values[row, slots].tolist() == wanted
    assert in_written_order(moved.values, derivation, found).tolist() == batch.answers.values.tolist()
    assert not found.as_it_stands
    assert found.paths[2].tolist() == [2, 0, 1]
    said = found.columns(2, 2)
    assert [(one.column, one.path, one.note) for one in said] == [(1, None, ""), (2, 1, ""), (3, 2, "")]


def test_a_blank_column_is_missing_where_another_is_written_and_it_stands_for_a_path() -> None:
    question = two_outputs("find")
    derivation = question.derivation
    blank = dict.fromkeys((slot.name for slot in question.slots), "")
    first, second, spare = ({f"path_{n}.product": "1"} for n in (1, 2, 3))
    batch = batch_of(question, blank, blank | first, blank | first | second, blank | spare)
    answered = answered_columns(batch.answers, derivation)
    assert answered.tolist() == [[False] * 3, [True, False, False], [True, True, False], [False, False, True]]
    found = Arrangement.as_written(derivation, 4)
    found.sources[3] = [2, 1, 0]
    note_missing(found, answered, 2)
    none, missing = Note.NONE, Note.MISSING
    assert found.notes.tolist() == [[none] * 3, [none, missing, none], [none] * 3, [none, missing, none]]


def names(derivation: Derivation, some: tuple[tuple[int, bool], ...]) -> Mapping[str, bool]:
    return {derivation.slots[at].name: after for at, after in some}


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("a1_1", {"h1_1": True}),
        ("h1_1", {"a1_1": False, "a2_1": True}),
        ("yhat_1", {"a2_2": False, "yhat_2": False, "a2_1": False}),
        ("a2_2", {"a2_1": False, "yhat_1": False, "yhat_2": True}),
        (
            "path_1.da2_1/dh1_1",
            {"path_1.dyhat_1/da2_1": False, "path_1.dh1_1/da1_1": False, "path_2.da2_2/dh1_1": False},
        ),
        # The same step in the other column is no neighbour.
        ("path_2.da1_1/dw1_11", {"path_2.dh1_1/da1_1": False, "path_2.product": True}),
        ("path_1.dL/dyhat_1", {"path_1.dyhat_1/da2_1": False, "path_2.dL/dyhat_2": False}),
        ("path_2.product", {"path_2.da1_1/dw1_11": False, "path_1.product": False}),
    ],
)
def test_beside_a_box_are_those_above_below_and_at_its_sides(name: str, beside: dict[str, bool]) -> None:
    """With each whether it is worked from that box."""
    derivation = two_outputs().derivation
    order = [slot.name for slot in derivation.slots[:6]]
    assert order == ["a1_1", "h1_1", "a2_1", "a2_2", "yhat_1", "yhat_2"]
    assert names(derivation, boxes_beside(derivation, number(derivation, name))) == beside


def test_a_box_is_worked_from_those_of_its_formula_in_whatever_column() -> None:
    derivation = two_outputs().derivation

    def worked_from(key: str) -> set[str]:
        return {derivation.slots[at].name for at in boxes_worked_from(derivation, derivation.index[named(key)])}

    assert worked_from("gradient") == {"path_1.product", "path_2.product"}
    assert worked_from("h1_1") == {"a1_1"}
    assert worked_from("a1_1") == set()
    shared = {f"path_{n}.{name}" for n in (1, 2) for name in ("dh1_1/da1_1", "da1_1/dw1_11")}
    assert worked_from("path_1.product") == shared | {
        f"path_1.{name}" for name in ("dL/dyhat_1", "dyhat_1/da2_1", "da2_1/dh1_1")
    }


def own_range(question: Question, key: str, column: int | None, **written: str) -> tuple[float, float]:
    own = OwnNumbers(batch_of(question, paper(question, **written)))
    low, high = own.at(question.derivation.index[named(key)], column)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize(
    ("key", "column", "written", "ends"),
    [
        # Forward values have four places, factors three.
        ("h1_1", None, {"h1_1": "1.75"}, (1.75 - 0.5e-4, 1.75 + 0.5e-4)),
        ("dL/dyhat_1", 1, {"path_1.dL/dyhat_1": "5"}, (5 - 0.5e-3, 5 + 0.5e-3)),
        # A right copy of what is printed is exact, a wrong one a number like any other.
        ("da1_1/dw1_11", 1, {"path_1.da1_1/dw1_11": "3"}, (3.0, 3.0)),
        ("da1_1/dw1_11", 1, {"path_1.da1_1/dw1_11": "2"}, (2 - 0.5e-3, 2 + 0.5e-3)),
        # Seen from its own column, and from outside from the first one in which it stands.
        ("da1_1/dw1_11", 2, {"path_1.da1_1/dw1_11": "2"}, (3.0, 3.0)),
        ("da1_1/dw1_11", None, {"path_1.da1_1/dw1_11": "2"}, (2 - 0.5e-3, 2 + 0.5e-3)),
        # Where it is blank, what stands in the other column, and else the right number.
        ("da1_1/dw1_11", 2, {"path_1.da1_1/dw1_11": "2", "path_2.da1_1/dw1_11": ""}, (2 - 0.5e-3, 2 + 0.5e-3)),
        ("da1_1/dw1_11", 1, {"path_1.da1_1/dw1_11": "", "path_2.da1_1/dw1_11": "2"}, (2 - 0.5e-3, 2 + 0.5e-3)),
        ("da1_1/dw1_11", 1, {"path_1.da1_1/dw1_11": "", "path_2.da1_1/dw1_11": ""}, (3.0, 3.0)),
    ],
)
def test_an_own_number_is_what_stands_in_the_column_then_in_another_then_the_right_one(
    key: str, column: int | None, written: dict[str, str], ends: tuple[float, float]
) -> None:
    assert own_range(two_outputs(), key, column, **written) == pytest.approx(ends, abs=1e-12)


def test_a_number_is_explained_where_it_stands_or_not_written() -> None:
    question = two_outputs()
    derivation = question.derivation
    boxes = [f"path_{n}.da1_1/dw1_11" for n in (1, 2)]
    position = derivation.index[named("da1_1/dw1_11")]
    rows = np.array([0])

    def explained(column: int | None, known: list[str], **written: str) -> bool:
        own = OwnNumbers(batch_of(question, paper(question, **written)))
        return bool(own.explained(position, column, np.array([[s.name in known for s in derivation.slots]]), rows)[0])

    assert [explained(column, boxes[:1]) for column in (1, 2, None)] == [True, False, True]
    assert [explained(column, boxes[1:]) for column in (1, 2, None)] == [False, True, False]
    assert explained(1, [], **dict.fromkeys(boxes, ""))
    assert not explained(1, [], **{boxes[0]: ""})
    assert explained(1, boxes[1:], **{boxes[0]: ""})
    own = OwnNumbers(batch_of(question, paper(question)))
    assert [own.slot_of(position, column) for column in (1, 2)] == [number(derivation, box) for box in boxes]
    assert own.slot_of(derivation.index[named("x_1")], 1) is None


def test_own_numbers_stand_above_the_right_ones_and_what_is_printed_once() -> None:
    question = two_outputs()
    derivation = question.derivation
    batch = batch_of(question, paper(question, h1_1="1.75"), paper(question))
    both = own_and_right(derivation, seen_from(OwnNumbers(batch), None), batch.reference.ranges)
    low, high = both[derivation.index[named("h1_1")]]
    assert ((low + high) / 2).tolist() == pytest.approx(np.array([[1.75, 1.5], [1.5, 1.5]]))
    printed = both[derivation.index[named("x_1")]]
    assert [end.tolist() for end in printed] == [[3.0, 3.0]] * 2


def test_a_mistake_inside_a_box_is_carried_on_to_what_is_written_there() -> None:
    """The pupil's third unit: its sum has no box, and its bias is left out of it."""
    question = pupil.question()
    derivation, at = question.derivation, question.derivation.index[named("h1_3")]
    batch = batch_of(question, pupil.work())
    classes, ways = ways_to_exchange(derivation, at, CATALOGUE)
    (strike,) = next(way for one, way in zip(classes, ways, strict=True) if one.misconceptions == ("forward_no_bias",))
    assert at not in strike
    low, high = struck_range(derivation, question.precision, at, strike, batch.reference.ranges)
    a = sum(pupil.GIVENS[f"w1_3{i}"] * pupil.GIVENS[f"x_{i}"] for i in (1, 2, 3, 4))
    # Whoever makes a mistake there writes the sum down to four decimals, and then the output.
    ends = (1 / (1 + math.exp(-(a + half))) + half for half in (-0.5e-4, 0.5e-4))
    assert (low.item(), high.item()) == pytest.approx(tuple(ends), abs=1e-9)


def test_a_mistake_at_a_step_itself_is_recorded_as_any_number_is() -> None:
    """An exact copy of the second weight taken for its value's: what is mistaken is rounded like other factors."""
    question = two_outputs()
    derivation, at = question.derivation, question.derivation.index[named("da2_1/dh1_1")]
    batch = batch_of(question, paper(question))
    classes, ways = ways_to_exchange(derivation, at, CATALOGUE)
    seen = {}
    for one, way in zip(classes, ways, strict=True):
        for strike in way:
            low, high = struck_range(derivation, question.precision, at, strike, batch.reference.ranges)
            seen[one.misconceptions] = (np.ravel(low)[0], np.ravel(high)[0])
    other_path = next(ends for name, ends in seen.items() if "weight_other_path" in name)
    assert other_path == pytest.approx((-4 - 0.5e-3, -4 + 0.5e-3))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_where_some_boxes_alone_are_asked_for_these_are_judged_as_among_all_in_whatever_column(
    order: tuple[int, int],
) -> None:
    """A factor of the first column is wrong, and its product follows; both are looked at where that column is asked."""
    question = pupil.question(paths="find", quantity="gradient")
    derivation = question.derivation
    slips = {f"path_{order[0]}.dL/dyhat_{order[0]}": lambda paper: 0.7531}
    written = pupil.found_columns(pupil.work(slips), order)
    batch = batch_of(question, {slot.name: written.get(slot.name, "") for slot in question.slots})
    first = column_slots(derivation)[0]
    every = mark_batch(derivation, batch.answers, batch.key, batch.reference.take)
    some = mark_batch(derivation, batch.answers, batch.key, batch.reference.take, only=first)
    assert Verdict.FOLLOW_THROUGH in every.verdicts[0, first].tolist()
    assert Verdict.WRONG in every.verdicts[0, first].tolist()
    assert some.verdicts[0, first].tolist() == every.verdicts[0, first].tolist()
    assert some.ticks[0, first].tolist() == every.ticks[0, first].tolist()
    assert not some.arrangement.notes.any()
    # What is not asked for may be left as wrong.
    others = [at for at in range(len(question.slots)) if at not in first]
    right = every.verdicts[0, others] == Verdict.CORRECT
    assert (some.verdicts[0, others][right] == Verdict.CORRECT).all()
