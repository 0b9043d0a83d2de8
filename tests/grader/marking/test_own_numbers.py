"""A student's own numbers, as they stand in the boxes and as they were meant where the pen slipped."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.own import OwnNumbers
from question_bank.expressions.names import named
from tests.grader.marking.test_other_layouts import asked_as
from tests.grader.marking.test_tried import batch_of


def test_what_was_meant_in_a_box_is_gone_on_from_in_steps_without_one_and_in_no_other_submission() -> None:
    """ŷ of the first of two was meant to lie from 0.6 to 0.7; its slope ŷ (1 - ŷ) has no box and follows from it."""
    question = asked_as("deltas")
    derivation = question.derivation
    paper = {slot.name: question.printed(slot.step) for slot in question.slots}
    own = OwnNumbers(batch_of(question, paper, paper))
    output, slope, other = (derivation.index[name] for name in map(named, ("yhat_1", "dyhat_1/da2_1", "h1_2")))
    box = next(at for at, slot in enumerate(derivation.slots) if derivation.index[slot.step] == output)
    before = {position: own.as_meant.at(position, None) for position in (output, slope, other)}
    own.slip(box, np.array([0]), (np.array([0.6]), np.array([0.7])))
    assert own.slipped.tolist() == [True, False]
    after = {position: own.as_meant.at(position, None) for position in (output, slope, other)}
    for end, meant in enumerate((0.6, 0.7)):
        assert after[output][end].tolist() == [meant, before[output][end][1]]
        assert after[other][end].tolist() == before[other][end].tolist()
        assert after[slope][end][1] == before[slope][end][1]
        # As they are written they stay.
        assert own.at(output, None)[end].tolist() == before[output][end].tolist()
        assert own.at(slope, None)[end].tolist() == before[slope][end].tolist()
    low, high = after[slope]
    # Recorded in four places, between 0.7 · 0.3 and 0.6 · 0.4.
    assert (low[0], high[0]) == pytest.approx((0.21, 0.24), abs=1e-4)
    # A second slip in the same box counts in place of the first.
    own.slip(box, np.array([0]), (np.array([0.8]), np.array([0.9])))
    assert own.as_meant.at(output, None)[0].tolist() == [0.8, before[output][0][1]]
    assert own.as_meant.at(slope, None)[1][0] < 0.17
    # Another's slip in that box leaves the first one's as it is.
    own.slip(box, np.array([1]), (np.array([0.2]), np.array([0.3])))
    assert own.as_meant.at(output, None)[0].tolist() == [0.8, 0.2]
    assert own.slipped.tolist() == [True, True]
