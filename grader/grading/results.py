"""The files and figures that say how a set was marked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from grader.assignments.decisions import Decisions
from grader.assignments.overrides import SUPPORTED, WHOLE
from grader.assignments.question_set import QuestionSet
from grader.files.safe_names import spreadsheet_safe
from grader.files.tables import csv_text
from grader.grading.grading import Graded, Marking
from grader.grading.totals import Total, earned_by_student, totals
from grader.marking import Blame, Verdict
from grader.reading.number import READ, UNREADABLE, Unreadable
from grader.reading.other_forms import read_as
from grader.rubrics.rubric import TICKS, Rubric, to_ticks
from grader.submissions import FileProblem
from question_bank.misconceptions import CATALOGUE

GRADES, WITHDRAWN = "grades.csv", "withdrawn.csv"
_TICKS_OF_A_CENT = TICKS // 100


def question_names(question_set: QuestionSet) -> list[str]:
    """`q1`, `q2`, … as far as anybody has them."""
    return sorted({handed.question for handed in question_set.questions}, key=lambda name: int(name[1:]))


def grades_csv(
    question_set: QuestionSet,
    graded: Sequence[Graded],
    names: Mapping[str, str],
    decisions: Decisions | None = None,
) -> str:
    """A row a student, a column a question, the total; an empty cell where nothing was handed in, or counts.

    Where a person decided anything, a last column says what, and why.
    """
    questions = question_names(question_set)
    dropped = (decisions or Decisions()).dropped
    earned = earned_by_student(graded)
    found = totals(question_set, graded, decisions, earned)
    says = any(total.decided for total in found.values())
    rows = [["student", "name", *questions, "total", *(["decided"] if says else [])]]
    for student in dict.fromkeys(handed.student for handed in question_set.questions):
        marks = earned.get(student, {})
        cells = [two_decimals(marks[name]) if name in marks and name not in dropped else "" for name in questions]
        total = found.get(student)
        row = [spreadsheet_safe(student), spreadsheet_safe(names.get(student, "")), *cells]
        row.append("" if total is None else two_decimals(total.earned))
        if says:
            row.append("" if total is None else spreadsheet_safe("; ".join(total.decided)))
        rows.append(row)
    return csv_text(rows)


def two_decimals(ticks: int) -> str:
    """Ticks as marks with two decimals, half a hundredth rounded up.

    >>> two_decimals(666_667), two_decimals(5_000)
    ('0.67', '0.01')
    """
    return f"{(2 * ticks + _TICKS_OF_A_CENT) // (2 * _TICKS_OF_A_CENT) / 100:.2f}"


def marks_json(
    question_set: QuestionSet,
    graded: Sequence[Graded],
    problems: Sequence[FileProblem],
    marking: Marking | None = None,
) -> str:
    """Every slot: response, reading, verdict, marks, accepted range; one line a question; and by what it was marked."""
    heading = question_set.assignment
    come = {(one.handed.student, one.handed.question) for one in graded}
    withdrawn = frozenset() if marking is None else marking.people.withdrawn
    missing = [
        {"student": handed.student, "question": handed.question}
        for handed in question_set.questions
        if (handed.student, handed.question) not in come and handed.student not in withdrawn
    ]
    decisions = Decisions() if marking is None else marking.decisions
    head = {
        "format": 1,
        "assignment": {"id": heading.id, "title": heading.title},
        "marked_by": _marked_by(question_set, marking),
        "nothing_handed_in": missing,
        **({"withdrawn": sorted(withdrawn)} if withdrawn else {}),
        **({"dropped": dict(decisions.dropped)} if decisions.dropped else {}),
        "totals": [_total_entry(total) for total in totals(question_set, graded, decisions).values()],
        "problems": [
            {
                "source": problem.source,
                "place": problem.place,
                "found": problem.found,
                "remedy": problem.remedy,
                "unread": problem.fatal,
            }
            for problem in problems
        ],
    }
    return _laid_out(head, map(_question_entry, graded))


def _total_entry(total: Total) -> dict[str, Any]:
    return {
        "student": total.student,
        "marks": total.marks,
        "out_of": total.out_of / TICKS,
        "counting": list(total.counting),
        **({"decided": list(total.changes)} if total.changes else {}),
    }


def _laid_out(head: Mapping[str, Any], questions: Iterable[Mapping[str, Any]]) -> str:
    rows = ",\n".join(map(_dump, questions))
    return f'{_dump(head).removesuffix("}")},"questions":[\n{rows}\n]}}\n'


def with_other_id(document: Mapping[str, Any], old: str, new: str) -> str:
    """A marks.json in which a student has another id."""

    def renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
        whose = {key: new for key in ("student", "values_of") if entry.get(key) == old}
        return {**entry, **whose}

    head = {key: value for key, value in document.items() if key != "questions"}
    head |= {key: list(map(renamed, head[key])) for key in ("nothing_handed_in", "totals") if key in head}
    if old in head.get("withdrawn", ()):
        head["withdrawn"] = [new if student == old else student for student in head["withdrawn"]]
    return _laid_out(head, map(renamed, document["questions"]))


def without_marks_of(document: Mapping[str, Any], student: str, mentions: Callable[[str], bool]) -> str:
    """A marks.json in which a student stands no longer, nor a problem whose words mention them."""
    head = {key: value for key, value in document.items() if key != "questions"}
    for key in ("nothing_handed_in", "totals"):
        head[key] = [entry for entry in head.get(key, ()) if entry.get("student") != student]
    head["problems"] = [
        problem for problem in head.get("problems", ()) if not any(mentions(str(said)) for said in problem.values())
    ]
    if left := [each for each in head.pop("withdrawn", ()) if each != student]:
        head["withdrawn"] = left
    questions = [
        {key: value for key, value in entry.items() if (key, value) != ("values_of", student)}
        for entry in document["questions"]
        if entry.get("student") != student
    ]
    return _laid_out(head, questions)


def _marked_by(question_set: QuestionSet, marking: Marking | None) -> dict[str, Any]:
    """What else than submissions the marks depend on, so that a later run can tell why they changed."""
    if marking is None:
        return {}
    first = {handed.question: handed for handed in reversed(question_set.questions)}
    return {
        "rubrics": {name: _plain(marking.rules.rubric(first[name])) for name in question_names(question_set)},
        "misconceptions": [entry.id for entry in marking.catalogue if entry not in CATALOGUE],
        **({"marks_step": marking.step / TICKS} if marking.step else {}),
    }


def _plain(rubric: Rubric) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(rubric)))
    return plain


def _dump(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _question_entry(one: Graded) -> dict[str, Any]:
    return {
        "student": one.handed.student,
        "question": one.handed.question,
        "source": one.source,
        "marks": one.marks,
        "out_of": one.handed.marks,
        **({"late": one.kept} if one.kept != 1 else {}),
        **({"extension": {"due": one.extension.text, "why": one.extension.why}} if one.extension else {}),
        **({"attempts": one.attempts} if one.attempts > 1 else {}),
        **({"override": one.decided[WHOLE].why} if WHOLE in one.decided else {}),
        **({"bonus": {"marks": one.bonus.marks, "why": one.bonus.why}} if one.bonus else {}),
        **({"misreading": _misread_entry(one)} if one.misread else {}),
        **({"unsupported": one.unsupported.word} if one.unsupported else {}),
        **({"values_of": one.whose} if one.whose else {}),
        **({"supported": one.decided[SUPPORTED].why} if SUPPORTED in one.decided else {}),
        **({"columns": list(map(asdict, one.columns))} if one.columns else {}),
        "slots": [
            {
                "slot": slot.slot,
                "response": response,
                "reading": reading if status == READ else None,
                **(_reason(one, at, response) if status == UNREADABLE else {}),
                "verdict": _WORDS[verdict],
                **(_blame_entry(one.blames[at]) if at in one.blames else {}),
                **({"override": one.decided[slot.slot].why} if slot.slot in one.decided else {}),
                "marks": ticks / TICKS,
                "out_of": worth / TICKS,
                "low": slot.low,
                "high": slot.high,
            }
            for at, slot, response, reading, status, verdict, ticks, worth in zip(
                count(),
                one.handed.slots,
                one.responses,
                one.readings.tolist(),
                one.statuses.tolist(),
                one.verdicts.tolist(),
                one.ticks.tolist(),
                one.worth.tolist(),
                strict=False,  # count() is endless
            )
        ],
    }


_WORDS = {int(verdict): verdict.word for verdict in Verdict}


def _misread_entry(one: Graded) -> dict[str, Any]:
    assert one.misread is not None  # so asked
    misreading, slots = one.misread.misreading, one.handed.slots.names
    return {
        "kind": misreading.kind,
        "of": misreading.of,
        **({"instead": misreading.instead} if misreading.instead else {}),
        "slots": [slots[at] for at in one.misread.slots],
    }


def _blame_entry(blame: Blame) -> dict[str, Any]:
    if blame.slips:
        return {"slips": list(blame.slips)}
    return {"misconceptions": list(blame.misconceptions), **({"tied": True} if blame.tied else {})}


def _reason(one: Graded, at: int, response: str) -> dict[str, str]:
    result = read_as(one.handed.solved().derivation.forms[at], response)
    return {"reason": result.reason} if isinstance(result, Unreadable) else {}


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    """One question over all who handed it in."""

    question: str
    handed_in: int
    handed_out: int
    mean: float
    out_of: float
    verdicts: Mapping[Verdict, int]


def summarise_questions(question_set: QuestionSet, graded: Sequence[Graded]) -> list[QuestionSummary]:
    """What an instructor wants to see first: each question's mean and how often each verdict was given."""
    summaries = []
    for name in question_names(question_set):
        handed_out = [handed for handed in question_set.questions if handed.question == name]
        mine = [one for one in graded if one.handed.question == name]
        counts: Counter[Verdict] = Counter()
        for one in mine:
            counts.update(Verdict(code) for code in one.verdicts.tolist())
        mean = sum(one.earned for one in mine) / len(mine) / TICKS if mine else 0.0
        out_of = sum(to_ticks(handed.marks) for handed in handed_out) / len(handed_out) / TICKS
        summaries.append(QuestionSummary(name, len(mine), len(handed_out), mean, out_of, counts))
    return summaries
