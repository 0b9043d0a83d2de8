"""The report as files for programs: class.json, and items.csv for a spreadsheet."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

from grader.files.safe_names import spreadsheet_safe
from grader.files.tables import csv_text
from grader.marking import Verdict
from grader.report.classroom import Marks
from grader.report.likeness import Likeness
from grader.report.statistics import spread
from grader.report.summary import ClassSummary, DifficultyAndMarks, FormItems, Item
from grader.submissions import FileProblem

# There may be very many of them, and `asdict` copies deeply.
_OF_A_PROBLEM = tuple(field.name for field in fields(FileProblem))


def class_json(summary: ClassSummary) -> str:
    """All figures; lists of students stand where the page shows an example."""
    entry = {
        "format": 1,
        "assignment": {"title": summary.title},
        "total": _marks(summary.total),
        "questions": [_marks(marks) for marks in summary.questions],
        "withdrawn": list(summary.withdrawn),
        "decided": [asdict(decided) for decided in summary.decided],
        "items": [_form(form) for form in summary.forms],
        "misconceptions": [
            {
                "misconceptions": list(cause.misconceptions),
                "tied": cause.tied,
                "students": list(cause.students),
                "boxes": cause.boxes,
            }
            for cause in summary.causes
        ],
        "difficulty": [_fairness(fairness) for fairness in summary.fairness],
        "mixed_forms": [asdict(form) for forms in summary.mixed for form in forms],
        "other_sheets": [_likeness(likeness) for likeness in summary.likenesses],
        "unpaid": [asdict(unpaid) for unpaid in summary.unpaid],
        "misread": [asdict(misread) for misread in summary.misread],
        "unreadable": [asdict(unread) for unread in summary.unread],
        "problems": [{name: getattr(problem, name) for name in _OF_A_PROBLEM} for problem in summary.problems],
    }
    return json.dumps(entry, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _marks(marks: Marks) -> dict[str, Any]:
    found = spread(marks.earned)
    return {
        "name": marks.name,
        "handed_in": len(marks.students),
        "handed_out": marks.handed_out,
        "out_of": marks.out_of,
        "spread": None if found is None else asdict(found),
    }


def _form(form: FormItems) -> dict[str, Any]:
    return {
        "question": form.form.question,
        "parameters": [parameter.key for parameter in form.form.parameters],
        "handed_in": len(form.form.graded),
        "slots": [_item(item) for item in form.items],
    }


def _item(item: Item) -> dict[str, Any]:
    entry = asdict(item) | {"step": item.step.key}
    counts = entry.pop("counts")
    return {**entry, "verdicts": {verdict.word: counts[verdict] for verdict in Verdict}}


def _fairness(fairness: DifficultyAndMarks) -> dict[str, Any]:
    return {
        "question": fairness.question,
        "sheets": len(fairness.difficulty),
        "from": float(fairness.difficulty.min()),
        "to": float(fairness.difficulty.max()),
        "rank_correlation": None if fairness.rank is None else asdict(fairness.rank),
        "share_of_easiest_third": fairness.easiest,
        "share_of_hardest_third": fairness.hardest,
    }


def _likeness(likeness: Likeness) -> dict[str, Any]:
    return {
        "student": likeness.student,
        "fits_sheet_of": likeness.other,
        "mutual": likeness.mutual,
        "log10_chance": round(likeness.chance, 2),
        "questions": [asdict(fit) for fit in likeness.fits],
    }


def items_csv(summary: ClassSummary) -> str:
    """A row a slot of every form of a question."""
    verdicts = [verdict.word for verdict in Verdict]
    rows: list[list[object]] = [
        ["question", "asked_for", "slot", "marks", "students", "share_earned", "right", "discrimination", *verdicts]
    ]
    for form in summary.forms:
        asked = " ".join(parameter.key for parameter in form.form.parameters)
        for item in form.items:
            cells = [f"{item.out_of:.4g}", str(item.count), _number(item.share), _number(item.right)]
            names = map(spreadsheet_safe, (form.form.question, asked, item.slot))
            rows.append([*names, *cells, _number(item.discrimination), *item.counts])
    return csv_text(rows)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
