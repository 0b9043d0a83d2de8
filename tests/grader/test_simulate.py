"""Simulated students, from what they write to the marks that it earns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignments.assignment import load_assignment, make
from grader.assignments.question_set import QuestionSet
from grader.commands.confusion import show
from grader.grading.grading import Graded, expected, grade
from grader.grading.results import marks_json, summarise_questions, two_decimals
from grader.marking import Verdict
from grader.rubrics.rubric import TICKS
from grader.simulation import Simulated, files, simulate
from grader.simulation.check import EXACT, CheckReport, KindRow, MisconceptionRow
from grader.simulation.kinds import KINDS
from grader.submissions import Collected, Submission, collect

ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "first"
ask = "updated"
marks = 4
[[questions]]
recipe = "two-paths"
marks = 7.3
"""


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    folder = tmp_path_factory.mktemp("set")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    return make(load_assignment(folder), folder, [f"s{number:02}" for number in range(24)]).questions


def marked(handed: QuestionSet, simulated: list[Simulated]) -> list[Graded]:
    submissions = (Submission(one.student, one.question, dict(one.responses), "") for one in simulated)
    return grade(handed, Collected(tuple(submissions), ()))


def test_honest_students_get_full_marks_from_files_of_every_form(handed: QuestionSet, tmp_path: Path) -> None:
    """Written, read back and marked, whatever digits and spelling: nothing of honest work is lost."""
    written = files(simulate(handed, seed=3, honest=1))
    assert len(written) == 3
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    collected = collect([tmp_path / name for name in written], expected(handed))
    assert collected.problems == ()
    graded = grade(handed, collected)
    assert len(graded) == len(handed.questions)
    assert [one.marks for one in graded] == [one.handed.marks for one in graded]


def test_honest_work_may_carry_more_digits_than_asked(handed: QuestionSet) -> None:
    digits = {len(one.responses["gradient"].rstrip()) for one in simulate(handed, honest=1)}
    assert len(digits) > 3


def test_the_same_seed_writes_the_same_files(handed: QuestionSet) -> None:
    assert files(simulate(handed, seed=1)) == files(simulate(handed, seed=1))
    assert files(simulate(handed, seed=1)) != files(simulate(handed, seed=2))


def test_a_wrong_slot_costs_its_own_worth_and_nothing_else(handed: QuestionSet) -> None:
    (honest, *_) = simulate(handed, honest=1)
    (whole,) = marked(handed, [honest])
    for at, slot in enumerate(whole.handed.slots):
        spoiled = replace(honest, responses={**honest.responses, slot.slot: "99"})
        (result,) = marked(handed, [spoiled])
        assert whole.earned - result.earned == round(slot.marks * TICKS)
        assert [code != Verdict.CORRECT for code in result.verdicts] == [n == at for n in range(len(result.verdicts))]


def test_marking_a_class_is_marking_each_alone(handed: QuestionSet) -> None:
    simulated = simulate(handed, seed=5)
    together = marked(handed, simulated)
    alone = [marked(handed, [one])[0] for one in simulated]
    assert [one.verdicts.tolist() for one in together] == [one.verdicts.tolist() for one in alone]


def test_marks_json_says_everything_about_every_slot(handed: QuestionSet) -> None:
    first = handed.questions[0]
    gradient = next(slot for slot in first.slots if slot.slot == "gradient")
    responses = {"gradient": f"{gradient.value:.6f}".replace(".", ","), "updated": "1.2.3"}
    graded = grade(handed, Collected((Submission(first.student, first.question, responses, "a.csv"),), ()))
    document = json.loads(marks_json(handed, graded, []))
    (entry,) = document["questions"]
    slots = {slot["slot"]: slot for slot in entry["slots"]}
    assert slots["gradient"] == {
        "slot": "gradient",
        "response": responses["gradient"],
        "reading": round(gradient.value, 6),
        "verdict": "correct",
        "marks": gradient.marks,
        "out_of": gradient.marks,
        "low": gradient.low,
        "high": gradient.high,
    }
    assert slots["updated"]["reading"] is None
    assert slots["updated"]["verdict"] == "unreadable"
    assert slots["updated"]["reason"]
    assert slots["path_1.dL/dyhat_1"]["verdict"] == "blank"
    assert entry["marks"] == gradient.marks
    assert len(document["nothing_handed_in"]) == len(handed.questions) - 1


def test_the_summary_counts_what_was_handed_in(handed: QuestionSet) -> None:
    honest = simulate(handed, honest=1)[:3]
    first, second = summarise_questions(handed, marked(handed, honest))
    assert (first.question, first.handed_in, first.handed_out, first.mean, first.out_of) == ("q1", 2, 24, 4, 4)
    assert (second.handed_in, second.mean) == (1, 7.3)


@pytest.mark.parametrize(("ticks", "text"), [(0, "0.00"), (333_333, "0.33"), (995_000, "1.00"), (7_300_000, "7.30")])
def test_marks_are_written_with_two_decimals(ticks: int, text: str) -> None:
    assert two_decimals(ticks) == text


def test_the_tables_of_the_check_fit_80_columns_and_cut_nothing(capsys):
    kinds = tuple(KindRow(kind.name, 12_000, dict.fromkeys(Verdict, 1_000), 1.0) for kind in KINDS)
    named = (MisconceptionRow("forward_sigmoid_parentheses", {EXACT: 1_234}, "forward_bias_subtracted, input_wrong"),)
    show(CheckReport(kinds, named, ()))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.count("…")]
    headings = "simulated dents right low cut con. slip early wrong blank read paid"
    assert headings in [" ".join(line.split()) for line in lines]
    assert [line.split("12000")[0].strip() for line in lines if "12000" in line] == [kind.name for kind in KINDS]
