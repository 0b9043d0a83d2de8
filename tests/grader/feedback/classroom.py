"""What one student gets back for the pupil's question, from the characters on the sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grader.assignments.question_set import QuestionSet, hand_out
from grader.feedback import StudentFeedback, feedback_for
from grader.feedback.content import Group, ReplayLine, SlotFeedback
from grader.grading.grading import grade
from grader.submissions import Collected, Submission
from question_bank.questions.question import Question
from tests.grader.marking import pupil

STUDENT = "s1001"


def question_set(question: Question | None = None) -> QuestionSet:
    """The pupil's question, handed out to one student for 20 marks."""
    made = QuestionSet.begin("Set 1")
    handed = hand_out(
        question or pupil.question(), student=STUDENT, number="q1", sheet_id="ABCD", recipe="two-paths", marks=20.0
    )
    return made.model_copy(update={"questions": (handed,)})


def feedback(responses: Mapping[str, str], question: Question | None = None, name: str = "Ada") -> StudentFeedback:
    """The feedback on these responses."""
    questions = question_set(question)
    submission = Submission(STUDENT, "q1", dict(responses), "sheet.csv")
    graded = grade(questions, Collected((submission,), ()))
    return feedback_for(questions.questions, {one.handed.question: one for one in graded}, title="Set 1", name=name)


def slots(made: StudentFeedback) -> dict[str, SlotFeedback]:
    """Every box by its name."""
    return {slot.slot: slot for question in made.questions for group in question.groups for slot in group.slots}


def lines(made: StudentFeedback) -> dict[str, ReplayLine]:
    """The replayed boxes by their name."""
    return {line.slot.slot: line for group in groups(made) for line in group.lines if line.slot}


def groups(made: StudentFeedback) -> tuple[Group, ...]:
    """The groups of the only question."""
    return made.questions[0].groups


def write_folder(folder: Path, due: str, responses: Mapping[str, str]) -> None:
    """An assignment's folder with this one submission in it."""
    from grader.assignments import question_set as sets

    sets.save(question_set(), folder / "questions.json")
    (folder / "assignment.toml").write_text(
        f'title = "Set 1"\ncourse = "Networks"\ndue = {due}\n'
        '[[questions]]\nrecipe = "two-paths"\nask = "updated"\nmarks = 20\n',
        "utf-8",
    )
    (folder / "roster.csv").write_text(f"id,name\n{STUDENT},Ada <b>Example</b>\n", "utf-8")
    (folder / "submissions").mkdir()
    rows = "".join(f'{STUDENT},q1,{slot},"{text}"\n' for slot, text in responses.items())
    (folder / "submissions" / "all.csv").write_text("student,question,slot,response\n" + rows, "utf-8")
