"""What feedback says, held against a pupil who works in plain Python."""

from __future__ import annotations

import math
import re

import pytest

from grader.feedback import feedback_html
from grader.feedback.content import Fate
from grader.feedback.network import SIZES, paths_picture
from grader.feedback.said import advice_said, group_name, note_said, question_said, verdict_said
from grader.marking import Verdict, mark
from grader.sheets.network_picture.drawing import draw_network
from question_bank.misconceptions import CATALOGUE, by_id
from tests.grader.feedback.classroom import feedback, groups, lines, slots
from tests.grader.marking.pupil import GIVENS, found_columns, question, work

FORGOT_SLOPE = {"h1_3": lambda paper: sum(paper[f"w1_3{i}"] * paper[f"x_{i}"] for i in (1, 2, 3, 4)) + paper["b1"]}


def test_an_honest_paper_is_praised_and_nothing_is_replayed() -> None:
    made = feedback(work())
    assert question_said(made.questions[0]).opening == "All 22 boxes are right. Well worked."
    assert {verdict_said(slot) for slot in slots(made).values()} == {"right"}
    assert lines(made) == {}
    assert made.earned == made.out_of == 20_000_000
    assert set(made.questions[0].fates.values()) == {Fate.RIGHT}


def test_the_replay_puts_in_the_students_own_numbers() -> None:
    """Every replayed value is what plain arithmetic gives on what stands on the paper."""
    written = work(FORGOT_SLOPE)
    own = {**GIVENS, **{slot: float(text) for slot, text in written.items()}}
    replayed = lines(feedback(written))
    expected = {}
    for to in (1, 2):
        expected[f"a2_{to}"] = sum(own[f"w2_{to}{i}"] * own[f"h1_{i}"] for i in (1, 2, 3, 4)) + own["b2"]
        expected[f"yhat_{to}"] = 1 / (1 + math.exp(-own[f"a2_{to}"]))
        yhat = own[f"yhat_{to}"]
        expected[f"path_{to}.dL/dyhat_{to}"] = -2 * (own[f"y_{to}"] - yhat)
        expected[f"path_{to}.dyhat_{to}/da2_{to}"] = yhat * (1 - yhat)
        expected[f"path_{to}.dh1_3/da1_3"] = own["h1_3"] * (1 - own["h1_3"])
        factors = [value for slot, value in own.items() if slot.startswith(f"path_{to}.") and "product" not in slot]
        expected[f"path_{to}.product"] = math.prod(factors)
    expected["gradient"] = own["path_1.product"] + own["path_2.product"]
    expected["updated"] = own["w1_31"] - own["eta"] * own["gradient"]
    assert {slot: line.worked.value for slot, line in replayed.items() if slot != "h1_3"} == pytest.approx(
        expected, rel=1e-12
    )
    # The first mistake itself stands on right numbers, so that what they give is the right value.
    a = sum(own[f"w1_3{i}"] * own[f"x_{i}"] for i in (1, 2, 3, 4)) + own["b1"]
    assert replayed["h1_3"].worked.value == pytest.approx(1 / (1 + math.exp(-a)))
    assert replayed["h1_3"].first
    assert [line.first for line in replayed.values()].count(True) == 1


def test_the_numbers_put_in_are_those_that_were_written() -> None:
    written = work(FORGOT_SLOPE)
    line = lines(feedback(written))["gradient"]
    assert line.worked.symbols == "P_{1} + P_{2}"
    own = [written[f"path_{to}.product"].rstrip("0") for to in (1, 2)]
    assert line.worked.numbers is not None
    assert all(number.lstrip("-") in line.worked.numbers for number in own)
    assert line.reference == question().printed("gradient")
    assert line.reference not in line.worked.numbers


@pytest.mark.parametrize("paths", ["given", "find"])
def test_the_replay_agrees_with_the_marking(paths: str) -> None:
    """Where the marking says what follows from the own numbers, the replay shows the same number."""
    written = work(FORGOT_SLOPE)
    asked = question(paths)
    responses = written if paths == "given" else found_columns(written, (2, 1, 0))
    marked = {slot.slot: slot for slot in mark(asked, responses).slots}
    replayed = lines(feedback(responses, asked))
    assert replayed
    for slot, line in replayed.items():
        if marked[slot].verdict is Verdict.FOLLOW_THROUGH:
            assert line.worked.value == pytest.approx(marked[slot].reading, abs=1e-4)


def test_a_misconception_is_said_in_its_own_sentence() -> None:
    made = feedback(work(FORGOT_SLOPE))
    slot = slots(made)["h1_3"]
    assert verdict_said(slot) == "here something went wrong"
    said = advice_said(slot, no_working=False)
    assert any(by_id(CATALOGUE)[cause].student in said for cause in slot.causes)
    assert verdict_said(slots(made)["gradient"]) == "right for the numbers you carried"


def test_mistakes_that_cannot_be_told_apart_are_all_said() -> None:
    """On two paths, the mean and a forgotten 2 give the same number where only the answer is written."""
    half = f"{question().value('gradient') / 2:.6f}"
    made = feedback({"gradient": half})
    slot = slots(made)["gradient"]
    assert slot.verdict is Verdict.MISCONCEPTION
    assert len(slot.sentences) > 1
    assert advice_said(slot, no_working=False).startswith("Somewhere on the way to this number: One of these: ")


def test_what_is_blank_or_cannot_be_read_is_said() -> None:
    written = work() | {"h1_2": "", "h1_4": "about 0,4"}
    made = feedback(written)
    assert verdict_said(slots(made)["h1_2"]) == "left blank"
    assert verdict_said(slots(made)["h1_4"]) == "could not be read"
    assert slots(made)["h1_4"].reason.lower() in advice_said(slots(made)["h1_4"], no_working=False).lower()
    assert lines(made)["h1_2"].worked.gives == question().printed("h1_2")


def test_a_number_that_no_slip_explains_is_wrong_in_kind_words() -> None:
    slot = slots(feedback(work({"h1_2": lambda _: 0.3171})))["h1_2"]
    assert verdict_said(slot) == "here something went wrong"
    assert "none of the usual mistakes" in advice_said(slot, no_working=False)


def test_what_was_rounded_early_is_said() -> None:
    made = feedback(work(places={"forward": 3}))
    early = [slot for slot in slots(made).values() if slot.verdict is Verdict.ROUNDED_EARLY]
    assert early
    assert {verdict_said(slot) for slot in early} == {"rounded too early"}
    # By hand: σ(-1.1) = .24974 was written as 0.250, though the sheet asks for four decimals.
    assert advice_said(slots(made)["h1_2"], no_working=False).endswith("the sheet asks for four decimals.")


def test_who_wrote_all_places_is_told_to_carry_more() -> None:
    made = feedback(work() | {"h1_2": "0.2500"})
    assert slots(made)["h1_2"].verdict is Verdict.ROUNDED_EARLY
    assert "Carry all your calculator" in advice_said(slots(made)["h1_2"], no_working=False)


def test_a_path_with_a_number_cut_off_is_drawn_right_and_said_to_be_cut_off() -> None:
    made = feedback({**work(), "path_1.dL/dyhat_1": "-0.6496"})  # by hand: 2 · (.6752 - 1)
    assert made.questions[0].fates == {1: Fate.CUT_OFF, 2: Fate.RIGHT}
    html = feedback_html(made)
    assert "Path 1:</b> right, but cut off instead of rounded" in html
    assert 'class="track cut_off"' in html


def test_swapped_columns_are_said_and_stand_where_they_were_written() -> None:
    written = work()
    columns = [[slot for slot in written if slot.startswith(f"path_{number}.")] for number in (1, 2)]
    swapped = dict(written)
    for one, two in zip(*columns, strict=True):
        swapped |= {one: written[two], two: written[one]}
    made = feedback(swapped)
    found = [group for group in groups(made) if group.kind == "column"]
    assert [(group.column, group.path, group.note) for group in found] == [(1, 2, "swapped"), (2, 1, "swapped")]
    assert "under the heading of path 1" in note_said(found[0], 2)
    assert found[0].slots[0].step.key == "dL/dyhat_2"
    # All is right, and the marks are not full: the reason stands beside them.
    assert made.earned < made.out_of
    assert question_said(made.questions[0]).why == "columns swapped"
    assert question_said(feedback(written).questions[0]).why == ""
    html = feedback_html(made)
    assert re.search(r'class="earned">[\d.]+ of 20 <span class="why">columns swapped</span>', html)
    assert html.count('<span class="why">swapped</span>') == 2


def test_a_path_is_drawn_wrong_only_where_it_is() -> None:
    """One wrong factor, two thirds along path 1: what lies before and after it, and the other path, is not."""
    written = work()
    wrong = written | {"path_1.da2_1/dh1_3": "7.77"}
    made = paths_picture(feedback(wrong).questions[0], "screen")
    fates = [[track.fate for track in made.tracks if track.path == number] for number in (1, 2)]
    assert sorted(fate.value for fate in fates[0]) == ["right", "right", "wrong"]
    assert set(fates[1]) == {Fate.RIGHT}
    # The wrong stretch is the one from the hidden unit to the output.
    units = {unit.name.key: unit for unit in draw_network(question().derivation, *SIZES["screen"], reveal=True).units}
    stretch = next(track for track in made.tracks if track.fate is Fate.WRONG)
    assert units["h1_3"].x < (stretch.x1 + stretch.x2) / 2 < units["yhat_1"].x
    # A wrong product lies on no edge: only the path's number is marked.
    product = paths_picture(feedback(written | {"path_1.product": "7.77"}).questions[0], "screen")
    assert {track.fate for track in product.tracks if track.path == 1} == {Fate.RIGHT}
    assert [badge.fate for badge in product.badges] == [Fate.WRONG, Fate.RIGHT]


def test_a_path_left_out_is_said_and_worked() -> None:
    written = {slot: "" if slot.startswith("path_2.") else text for slot, text in work().items()}
    made = feedback(written)
    missing = groups(made)[2]
    assert (missing.path, missing.note, missing.fate) == (2, "missing", Fate.LEFT_OUT)
    assert "Nothing is written for this path" in note_said(missing, 2)
    assert len([line for line in missing.lines if line.slot]) == 6


def test_working_without_a_number_of_the_students_ends_in_the_models_digits() -> None:
    """Printed roundings would give another last digit, which nobody could explain."""
    for line in lines(feedback({"updated": "0.1"})).values():
        if line.worked.step.key != "updated":
            assert (line.worked.gives, line.worked.value) == (line.reference, question().value(line.worked.step))


def test_a_right_answer_among_blanks_is_said_first() -> None:
    made = feedback({"updated": question().printed("updated")})
    assert question_said(made.questions[0]).opening == "Right: 1 of 22 boxes: the final answer."


def test_a_part_in_which_a_number_was_cut_off_is_not_named_among_the_right_ones() -> None:
    made = feedback({**work(), "path_1.dL/dyhat_1": "-0.6496"})  # by hand: 2 · (.6752 - 1)
    assert slots(made)["path_1.dL/dyhat_1"].verdict is Verdict.CUT_OFF
    assert question_said(made.questions[0]).opening == (
        "Right: 21 of 22 boxes, among them the forward pass, path 2 and the sum and the update. "
        "1 more is right but cut off instead of rounded."
    )


def test_found_paths_are_named_by_what_they_were_taken_for() -> None:
    made = feedback(found_columns(work(), (2, 1, 0)), question("find"))
    columns = [group for group in groups(made) if group.kind == "column"]
    assert [(group.column, group.path) for group in columns] == [(1, 2), (2, 1)]
    assert note_said(columns[0], 2) == "Taken for path 2."
    assert group_name(columns[0]) == "path 2"


def test_what_is_no_working_is_said_plainly_and_kindly() -> None:
    made = feedback(dict.fromkeys(work(), "0"))
    said = question_said(made.questions[0])
    assert made.questions[0].no_working
    assert "None of these numbers is worked from the numbers on this sheet" in said.remarks[0]
    assert "begin with a single box" in said.remarks[0]


def test_nothing_handed_in_is_said() -> None:
    from grader.feedback import feedback_for, feedback_html
    from tests.grader.feedback.classroom import question_set

    made = feedback_for(question_set().questions, {})
    assert question_said(made.questions[0]).opening == "Nothing was handed in for this question."
    assert "0</b> of 20 marks" in feedback_html(made)
