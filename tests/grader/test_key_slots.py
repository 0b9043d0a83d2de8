"""The key of a question, kept as columns and written as slots."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignments.key_slots import KeySlot, KeySlots, stacked, units
from grader.assignments.question_set import HandedQuestion, QuestionSet, hand_out, load, save
from question_bank.errors import InputError
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

NUMBERS = st.floats(-1e6, 1e6)
SLOTS = st.lists(st.builds(KeySlot, st.text(), st.sampled_from(["4d", "6d"]), *[NUMBERS] * 4), min_size=1)


@given(SLOTS)
def test_columns_give_back_the_slots(slots: list[KeySlot]) -> None:
    kept = KeySlots.of(slots)
    assert list(kept) == [kept[at] for at in range(len(kept))] == slots
    assert kept[1:] == tuple(slots[1:])
    assert kept.marks.tolist() == [slot.marks for slot in slots]
    assert kept == KeySlots.of(slots) != KeySlots.of([*slots, slots[0]])


def handed(key: bytes = b"a") -> HandedQuestion:
    (question,) = draw(load_recipe("first"), [key])
    return hand_out(question, student="s1", number="q1", sheet_id="A", recipe="first", marks=4)


def test_questions_stand_side_by_side() -> None:
    one, other = handed(b"a").slots, handed(b"b").slots
    value, low, high, marks = stacked([one, other])
    assert [low[1].tolist(), high[0].tolist()] == [other.low.tolist(), one.high.tolist()]
    assert value[1].tolist() == [slot.value for slot in other]
    assert marks.sum(axis=1).tolist() == pytest.approx([4, 4])
    assert units(one.precisions, value)[0].tolist() == [10.0 ** -int(places[:-1]) for places in one.precisions]


def test_the_file_gives_back_what_was_handed_out(tmp_path: Path) -> None:
    question_set = QuestionSet.begin("A set").model_copy(update={"questions": (handed(),)})
    save(question_set, tmp_path / "questions.json")
    assert load(tmp_path / "questions.json") == question_set
    (written,) = json.loads((tmp_path / "questions.json").read_text())["questions"]
    assert [list(slot) for slot in written["slots"]] == [list(KeySlot._fields)] * len(question_set.questions[0].slots)


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda slot: slot.__delitem__(key)


@pytest.mark.parametrize(
    ("spoil", "place", "found"),
    [
        (_without("low"), "low", "missing"),
        (lambda slot: slot.update(bonus=1), "bonus", "unknown key"),
        (lambda slot: slot.update(high="wide"), "high", "a number"),
        (lambda slot: slot.update(value=float("nan")), "value", "a finite number"),
    ],
)
def test_a_spoilt_slot_is_named(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], place: str, found: str
) -> None:
    path = tmp_path / "questions.json"
    save(QuestionSet.begin("A set").model_copy(update={"questions": (handed(),)}), path)
    table = json.loads(path.read_text())
    spoil(table["questions"][0]["slots"][2])
    path.write_text(json.dumps(table))
    with pytest.raises(InputError) as caught:
        load(path)
    assert f"questions[1].slots[3].{place}" in str(caught.value)
    assert found in str(caught.value)
