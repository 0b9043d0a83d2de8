"""Feedback: documents a second, for students with one early mistake, which fills the most pages."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.class_set import questions
from benchmarks.timing import Row, seconds
from grader import simulation
from grader.assignments.question_set import QuestionSet, hand_out
from grader.feedback import StudentFeedback, feedback_for, feedback_html, feedback_json, feedback_pdf
from grader.grading.grading import grade
from grader.simulation.kinds import BY_NAME
from grader.submissions import Collected, Submission

STUDENTS = 12


def class_feedback(count: int, what: str) -> list[StudentFeedback]:
    """One question for each of so many simulated students of a kind."""
    handed = tuple(
        hand_out(question, student=f"s{n}", number="q1", sheet_id="", recipe="two-paths", marks=8.0)
        for n, question in enumerate(questions(count))
    )
    made = QuestionSet.begin("Set").model_copy(update={"questions": handed})
    done = simulation.simulate(made, kinds=[BY_NAME[what]])
    submissions = tuple(Submission(one.student, one.question, dict(one.responses), "simulated") for one in done)
    graded = {one.handed.student: one for one in grade(made, Collected(submissions, ()))}
    return [
        feedback_for([one], {"q1": graded[one.student]}, title="Set", name=one.student)
        for one in handed
        if one.student in graded
    ]


def rows() -> Iterator[Row]:
    for what, title in (("half up", "right throughout"), ("misconception", "one misconception")):
        everyone = class_feedback(STUDENTS, what)
        count = len(everyone)
        pdf = seconds(lambda everyone=everyone: [feedback_pdf(one) for one in everyone], 3)
        yield Row(f"feedback as PDF, {title}", count / pdf, "PDFs/s", "-")
        html = seconds(lambda everyone=everyone: [feedback_html(one) for one in everyone], 3)
        yield Row(f"feedback as HTML, {title}", count / html, "pages/s", "-")
        text = seconds(lambda everyone=everyone: [feedback_json(one) for one in everyone], 3)
        yield Row(f"feedback as JSON, {title}", count / text, "files/s", "-")
