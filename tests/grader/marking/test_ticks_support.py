"""What ticks say of whether a question was worked: a right one at the least, and two mistakes at the most."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.stages import Blame, nobody_to_blame
from grader.marking.support import ticks_show_work
from grader.marking.verdict import Verdict
from tests.grader.marking.test_tried import batch_of
from tests.grader.ticked import OTHERS, TO_TICK, question, right


@pytest.mark.parametrize(
    ("wrong", "shows"),
    [
        ([], True),
        (["-", "-"], True),  # nobody knows how, so that each is a mistake of its own
        (["-", "-", "-"], False),
        (["a", "a", "a", "a"], True),
        (["a", "b", "a"], True),
        (["a", "-", "a"], True),
        (["a", "b", "c"], False),
        (["a", "b", "-"], False),
        (["ab", "b", "a", "b"], True),
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.WRONG, Verdict.MISCONCEPTION, Verdict.UNREADABLE])
def test_a_set_of_which_two_mistakes_explain_what_is_wrong_shows_work(
    wrong: list[str], shows: bool, verdict: Verdict
) -> None:
    """Letters are misconceptions that explain a box."""
    boxes = OTHERS[: len(wrong)]
    names = [slot.name for slot in question().slots]
    batch = batch_of(question(), right() | dict.fromkeys(boxes, "x"))
    verdicts = np.full((1, len(names)), Verdict.CORRECT, np.uint8)
    blames = nobody_to_blame(verdicts.shape)
    for box, known in zip(boxes, wrong, strict=True):
        verdicts[0, names.index(box)] = verdict
        blames[0, names.index(box)] = None if known == "-" else Blame(tuple(known))
    assert ticks_show_work(batch, verdicts, blames).tolist() == [shows]
    # Where no tick is right, it shows nothing.
    none_right = batch_of(question(), right() | dict.fromkeys(TO_TICK, "") | dict.fromkeys(boxes, "x"))
    assert ticks_show_work(none_right, verdicts, blames).tolist() == [False]


def test_what_is_wrong_about_numbers_is_not_asked_of_ticks() -> None:
    names = [slot.name for slot in question().slots]
    batch = batch_of(question(), right())
    verdicts = np.full((1, len(names)), Verdict.WRONG, np.uint8)
    ticks = [at for at, form in enumerate(question().derivation.forms) if form == "tick"]
    verdicts[:, ticks] = Verdict.CORRECT
    assert len(names) - len(ticks) > 2
    assert ticks_show_work(batch, verdicts, nobody_to_blame(verdicts.shape)).tolist() == [True]
