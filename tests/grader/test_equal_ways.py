"""Sets from when printed values were taken as exact: their ranges stay, today's count where no mistake is near."""

from __future__ import annotations

import numpy as np

from grader.assignments.equal_ways import with_equal_ways
from grader.assignments.key_slots import KeySlots
from grader.assignments.question_set import HandedQuestion, QuestionSet, hand_out
from grader.grading.grading import grade
from grader.submissions import Collected, FileProblem, Submission
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import Rejected, certify, keeps_mistakes_apart
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe

PLACES = {"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"}
SLOPE = "path_1.dh1_1/da1_1"


def chain() -> Question:
    """tanh(1.2) is printed as 0.8337: the slope is 0.3049 from that, 0.3050 from the printed a."""
    network = Architecture((1, 1, 1), ("tanh", "linear"), "squared_error")
    printed = {"a1_1": 1.2, "h1_1": 0.8337, "a2_1": 0.5002, "yhat_1": 0.5002}
    givens = {"x_1": 3.0, "w1_11": 0.4, "w2_11": 0.6, "y_1": 0.4, **printed}
    return solve(derive(network, "w1_11", Layout(forward="given")), givens, Precision.parse(PLACES))


def handed_out_before(question: Question, student: str) -> HandedQuestion:
    """With ranges of half a unit around every value: narrower than they ever were, and no certificate of today."""
    handed = hand_out(question, student=student, number="q1", sheet_id=student, recipe="chain", marks=6.0)
    slots = [
        slot._replace(low=slot.value - half, high=slot.value + half)
        for slot in handed.slots
        for half in [0.5 * 10.0 ** -int(slot.precision[0])]
    ]
    return handed.model_copy(update={"slots": KeySlots.of(slots), "certificate": None})


def a_set(*questions: HandedQuestion) -> QuestionSet:
    return QuestionSet.begin("old").model_copy(update={"questions": questions})


def test_what_todays_ranges_hold_is_right_on_an_old_sheet_too() -> None:
    old = a_set(handed_out_before(chain(), "ada"))
    assert not old.questions[0].slots[3].low <= 0.3050 <= old.questions[0].slots[3].high
    collected = Collected((Submission("ada", "q1", {SLOPE: "0.3050"}, "ada.csv"),), ())
    remarks: list[FileProblem] = []
    (graded,) = grade(old, collected, remark=remarks.append)
    assert graded.ticks[graded.handed.slots.names.index(SLOPE)] == graded.worth[graded.handed.slots.names.index(SLOPE)]
    assert not remarks


def test_questions_to_be_marked_together_have_one_kind() -> None:
    ada, ben = (handed_out_before(chain(), student) for student in ("ada", "ben"))
    assert ada.kind is ben.kind
    stricter = ben.model_copy(update={"certificate": {"limits": {"answer": 0.001, "elsewhere": 0.05}}})
    again = HandedQuestion.model_validate_json(stricter.model_dump_json())
    assert again.kind is not ada.kind


def test_stored_ranges_stay_accepted_and_only_grow() -> None:
    old = a_set(handed_out_before(chain(), "ada"))
    wide, narrow = with_equal_ways(old)
    assert not narrow
    for before, after in zip(old.questions[0].slots, wide.questions[0].slots, strict=True):
        assert after.low <= before.low <= before.high <= after.high
        assert (after.value, after.marks) == (before.value, before.marks)


def test_a_sheet_on_which_a_mistake_would_be_right_keeps_its_ranges_and_is_listed() -> None:
    recipe = load_recipe("first")
    derivation = recipe.derivation("w1_11", "gradient")
    givens = candidate_givens(recipe, derivation, raw_words(b"old", 0, 4000, word_count(recipe, derivation)))
    # Rejected today for a mistake alone.
    near = np.flatnonzero(~keeps_mistakes_apart(derivation, givens, recipe.places))
    rejected = next(
        question
        for row in near
        for numbers in [{key: column[row] for key, column in zip(derivation.givens, givens, strict=True)}]
        for question in [solve(derivation, numbers, recipe.places)]
        if certify(question, recipe.fairness, recipe.difficulty) == Rejected("rule 2: slope_of_preactivation")
    )
    old = a_set(handed_out_before(rejected, "ben"))
    same, narrow = with_equal_ways(old)
    assert [handed.student for handed in narrow] == ["ben"]
    assert same.questions[0].slots == old.questions[0].slots
    remarks: list[FileProblem] = []
    grade(old, Collected((Submission("ben", "q1", {"gradient": "1"}, "ben.csv"),), ()), remark=remarks.append)
    assert [(problem.student, problem.place) for problem in remarks] == [("ben", "ben, q1")]


def test_a_set_of_today_is_left_alone() -> None:
    question = chain()
    new = a_set(handed_out_before(question, "ada").model_copy(update={"certificate": {"ways": "equal"}}))
    assert with_equal_ways(new) == (new, ())
