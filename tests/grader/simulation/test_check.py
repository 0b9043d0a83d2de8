"""The check of the marking: that it counts rightly, by examiners who are known to be right or wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest

from grader.marking import Verdict
from grader.reading.number import Blank, Unreadable, read
from grader.simulation.check import AMBIGUOUS, ANOTHER, EXACT, UNNAMED, CheckReport, check, how_named, promises_held
from grader.simulation.examiner import examine
from grader.simulation.kinds import BY_NAME, KINDS, Wanted
from grader.simulation.marked import Examiner, MarkedStudent, Promise, SlotMark
from grader.simulation.students import Seat, work
from grader.simulation.truth import Simulated, Struck, Truth
from question_bank.expressions.names import GRADIENT
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.classroom.recipes import recipe

Responses = Sequence[Mapping[str, str]]


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return draw(load_recipe("two-paths"), [b"%d" % number for number in range(8)])


def everything(verdict: Verdict, paid: int = 1) -> Examiner:
    """An examiner who says the same of every slot."""

    def examine(questions: Sequence[Question], responses: Responses) -> list[list[SlotMark]]:
        return [[SlotMark(verdict, paid, 1, ("loss_sign",)) for _ in question.slots] for question in questions]

    return examine


def by_the_key(questions: Sequence[Question], responses: Responses) -> list[list[SlotMark]]:
    """An examiner who knows the accepted ranges and nothing else."""
    marks: list[list[SlotMark]] = []
    for question, one in zip(questions, responses, strict=True):
        marks.append([])
        for slot in question.slots:
            reading = read(one[slot.name])
            low, high = question.range(slot.step)
            if isinstance(reading, Blank | Unreadable):
                verdict = Verdict.BLANK if isinstance(reading, Blank) else Verdict.UNREADABLE
            else:
                verdict = Verdict.CORRECT if low - 1e-9 <= reading.value <= high + 1e-9 else Verdict.WRONG
            marks[-1].append(SlotMark(verdict, int(verdict == Verdict.CORRECT), 1, ()))
    return marks


def lines(report: CheckReport) -> dict[str, Promise]:
    """By the first words of their sentences."""
    return {" ".join(line.sentence.split()[:2]): line for line in report.lines}


def test_an_examiner_with_the_key_alone_is_fair_to_the_honest_and_to_nobody_else(questions: list[Question]) -> None:
    report = check(questions, by_the_key, students=600)
    found = lines(report)
    assert found["honest students'"].share == 1.0
    assert found["slots all"].share == 1.0
    assert found["slots filled"].share == 1.0
    assert found["single misconceptions"].kept == 0
    assert 0 < found["other slots"].share < 1
    assert not report.passed
    assert [row.outcomes for row in report.misconceptions if set(row.outcomes) != {UNNAMED}] == []
    assert {row.kind for row in report.kinds} == {each.name for each in KINDS}
    by_kind = {row.kind: row for row in report.kinds}
    assert by_kind["half up"].marks == 1.0
    assert by_kind["words"].verdicts[Verdict.UNREADABLE] == by_kind["words"].students
    assert by_kind["answer only"].verdicts[Verdict.CORRECT] == by_kind["answer only"].students
    assert set(by_kind["answer only"].verdicts) == {Verdict.CORRECT, Verdict.BLANK}


def test_an_examiner_who_praises_everything_pays_for_zeros(questions: list[Question]) -> None:
    found = lines(check(questions, everything(Verdict.CORRECT), students=300))
    assert found["honest students'"].passed
    assert found["other slots"].passed
    assert found["slots all"].kept == found["slots filled"].kept == 0
    assert found["slots all"].of > 300
    assert found["permuted columns"].passed


def test_an_examiner_who_blames_everything_on_one_misconception(questions: list[Question]) -> None:
    report = check(questions, everything(Verdict.MISCONCEPTION, paid=0), students=300)
    assert not lines(report)["honest students'"].kept
    rows = {row.misconception: row for row in report.misconceptions}
    assert set(rows.pop("loss_sign").outcomes) == {EXACT}
    assert {outcome for row in rows.values() for outcome in row.outcomes} == {ANOTHER}
    assert {row.instead for row in rows.values()} == {"loss_sign"}


STRUCK = Struck(GRADIENT, GRADIENT, ("averaged_paths", "twin"))


@pytest.mark.parametrize(
    ("verdict", "causes", "outcome"),
    [
        (Verdict.MISCONCEPTION, ("averaged_paths",), EXACT),
        (Verdict.MISCONCEPTION, ("averaged_paths", "twin"), EXACT),
        (Verdict.MISCONCEPTION, ("twin",), EXACT),
        (Verdict.MISCONCEPTION, ("averaged_paths", "missed_path"), AMBIGUOUS),
        (Verdict.MISCONCEPTION, ("missed_path",), ANOTHER),
        (Verdict.WRONG, (), UNNAMED),
        (Verdict.FOLLOW_THROUGH, (), UNNAMED),
    ],
)
def test_a_mistake_is_named_by_its_equivalence_class_and_no_other(
    questions: list[Question], verdict: Verdict, causes: tuple[str, ...], outcome: str
) -> None:
    question = questions[0]
    *others, _ = [SlotMark(Verdict.CORRECT, 1, 1, ()) for _ in question.slots]
    truth = Truth("misconception", ("averaged_paths",), ((STRUCK,),))
    marked = MarkedStudent(question, Simulated("s", "q1", {}, truth), [*others, SlotMark(verdict, 0, 1, causes)])
    assert how_named(marked, truth.struck[0])[0] == outcome


def test_of_questions_of_one_path_it_is_promised_that_honest_boxes_are_right_and_mistakes_are_named() -> None:
    """A class that is paid by the key alone shows honest boxes right, and no mistake by its name."""
    report = check(draw(load_recipe("first"), [b"a"]), by_the_key, students=50)
    honest, named, others = report.lines
    assert honest.passed
    assert not named.passed
    assert others.of


def test_what_was_not_tried_on_purpose_is_no_line_and_otherwise_not_passed(questions: list[Question]) -> None:
    report = check(questions, by_the_key, students=20, kinds=[BY_NAME["half up"]])
    assert [line.sentence for line in report.lines] == ["honest students' slots marked correct"]
    assert report.passed
    assert not Promise("nobody", 0, 0, 0.9).passed


def test_a_mistake_that_does_not_come_out_of_a_relu_is_not_looked_for_there():
    """A pre-activation without a box shows in the ReLU's output, or not at all, and not in a slope that stays 1."""
    questions = draw(recipe("relu"), [b"one", b"another"], parameter="w1_11")
    wanted = Wanted(misconception="forward_no_bias")
    report = check(questions, examine, students=60, wanted=wanted, kinds=[BY_NAME["misconception"]])
    (row,) = report.misconceptions
    assert set(row.outcomes) == {EXACT}


@pytest.mark.parametrize(
    ("verdict", "cause", "kept"),
    [
        (Verdict.MISCONCEPTION, "forward_sigmoid_parentheses", True),
        (Verdict.FOLLOW_THROUGH, "", True),
        (Verdict.MISCONCEPTION, "loss_sign", False),
        (Verdict.WRONG, "", False),
    ],
)
def test_a_mistake_that_hardly_shows_may_be_named_or_not_and_nothing_else(
    verdict: Verdict, cause: str, kept: bool
) -> None:
    """1 + e⁻¹⁰ for the sigmoid of 10.2224: 1.00004, and 0.99996 is right, in four decimals."""
    (drawn,) = draw(load_recipe("constant-input"), [b"hardly"])
    derivation = drawn.derivation
    numbers = {"x_1": -0.7, "x_2": -1.8, "w1_11": -1.9, "w1_12": -0.9, "w1_21": -1.7, "w1_22": 0.8, "b1_1": 0.6}
    numbers |= {"b1_2": 1.0, "w2_11": 2.0, "w2_12": 1.9, "b2_1": 0.5, "y_1": 1.0}
    question = solve(derivation, {given.key: numbers[given.key] for given in derivation.givens}, drawn.precision)
    wanted = Wanted(misconception="forward_sigmoid_parentheses")
    kind = BY_NAME["misconception"]
    done = [
        one for one in work([Seat(str(n), "", question, Random(n), (kind,), None) for n in range(60)], wanted) if one
    ]
    hardly = next(one for one in done if one.truth.hardly)
    assert [step.key for step in hardly.truth.hardly] == ["yhat_1"]

    known = [(verdict, cause) if slot.name == "yhat_1" else (Verdict.CORRECT, "") for slot in question.slots]
    one = MarkedStudent(question, hardly, [SlotMark(said, 1, 1, (why,) if why else ()) for said, why in known])
    line = next(line for line in promises_held([one]) if line.sentence.startswith("other slots"))
    assert line.passed is kept
