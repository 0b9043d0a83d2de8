"""What each command writes into the record of its folder: the one place where the record is told of runs.

`grade` is recorded before it writes: of every table of marks that ever lay there the record tells, whenever a run is
killed; what was killed is completed by the next run, which says so. What the other commands have done is recorded
when it is done, counted from what the record knew before: what a killed run has drawn, the next run's event says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.assignments.assignment import FILE_NAME as ASSIGNMENT
from grader.assignments.assignment import ROSTER_NAME
from grader.assignments.earlier_sets import FILE_NAME as EARLIER
from grader.assignments.extensions import FILE_NAME as EXTENSIONS
from grader.assignments.late import FILE_NAME as RECEIVED
from grader.assignments.question_set import FILE_NAME as QUESTIONS
from grader.assignments.question_set import QuestionSet
from grader.files.files import on_disk
from grader.files.safe_names import file_name
from grader.history import record
from grader.history.event import Part, RecordedEvent
from grader.history.grades import cells_of
from grader.history.record import load_record, sha256_of, sha256_of_files, sha256_of_text

if TYPE_CHECKING:
    from grader.grading.grading import Graded, Marking
    from grader.grading.mark_changes import Change
    from grader.submissions import Collected

MARKS, GRADES, WITHDRAWN = "marks.json", "grades.csv", "withdrawn.csv"
_READ_BY_MAKE = (ASSIGNMENT, ROSTER_NAME, EXTENSIONS, EARLIER)
_WRITTEN_BY_MAKE = (QUESTIONS, "sheets.pdf", "key.pdf", "pins.csv")


def record_make(folder: Path, questions: QuestionSet, names: Mapping[str, str], own_files: Iterable[str]) -> None:
    """Who got which questions since the record last told of it, and whose name is another one.

    `own_files` are the recipes, the notation and whatever else is the assignment's own, beside assignment.toml.
    """
    known = _known(load_record(folder).events)
    parts = []
    for student, handed in questions.by_student().items():
        sheet, name = handed[0].sheet_id, names.get(student)
        before = known.get(student, {})
        same_sheet = before.get("sheet") == sheet
        fresh = [one.question for one in handed if not same_sheet or one.question not in before.get("questions", ())]
        renamed = name is not None and "name" in before and name != before["name"]
        if not fresh and not renamed:
            continue
        printed = f"sheets/{file_name(student)}.pdf"
        parts.append(
            Part(
                student,
                {
                    "sheet": sheet,
                    "name": before.get("name", "") if name is None else name,
                    "questions": fresh,
                    **({"sheet_before": before["sheet"]} if before and not same_sheet else {}),
                    **({"name_before": before["name"]} if renamed else {}),
                    "wrote": sha256_of_files(folder, [printed]),
                },
            )
        )
    of_groups = sorted(path.name for path in folder.glob("sheets-*.pdf"))
    record.append(
        folder,
        "make",
        read=sha256_of_files(folder, (*_READ_BY_MAKE, *own_files)),
        wrote=sha256_of_files(folder, [*_WRITTEN_BY_MAKE, *of_groups]),
        said={"students": len(names)},
        parts=parts,
    )


def _known(events: Sequence[RecordedEvent]) -> dict[str, dict[str, Any]]:
    """What the record says of every student's sheet: its id, the name, the questions."""
    known: dict[str, dict[str, Any]] = {}
    for event in events:
        for part in event.kept:
            if event.command == "rename" and part.said.get("was") in known:
                known[part.student] = known.pop(part.said["was"])
            elif event.command == "make":
                mine = known.setdefault(part.student, {"questions": []})
                if mine.get("sheet") != part.said.get("sheet"):
                    mine["questions"] = []
                mine |= {"sheet": part.said.get("sheet"), "name": part.said.get("name", "")}
                mine["questions"] = [*mine["questions"], *part.said.get("questions", ())]
    return known


def record_rename(folder: Path, old: str, new: str) -> None:
    """A student's other id, with the files in which it stands now."""
    record.append(
        folder,
        "rename",
        wrote=sha256_of_files(folder, (QUESTIONS, MARKS, GRADES, WITHDRAWN)),
        parts=[Part(new, {"was": old, "id": new})],
    )


def _read_by_grade(folder: Path) -> dict[str, str]:
    from grader.assignments.overrides import FILE_NAME as OVERRIDES  # these two know marking, which `make` needs not
    from question_bank.questions.own_misconceptions import FILE_NAME as OWN_MISCONCEPTIONS

    files = (ASSIGNMENT, ROSTER_NAME, QUESTIONS, EXTENSIONS, RECEIVED, OVERRIDES, OWN_MISCONCEPTIONS)
    return sha256_of_files(folder, files)


def record_feedback(folder: Path, files: Mapping[str, Sequence[Path]]) -> None:
    """Who got feedback, and the SHA-256 of its files."""
    parts = [
        Part(student, {"wrote": {str(path.relative_to(folder)): sha256_of(path) for path in paths}})
        for student, paths in files.items()
    ]
    record.append(folder, "feedback", read=_read_by_grade(folder), said={"students": len(files)}, parts=parts)


def record_grade(
    folder: Path,
    questions: QuestionSet,
    graded: Sequence[Graded],
    collected: Collected,
    marking: Marking,
    changes: Sequence[Change],
    tables: Mapping[str, str],
    document: str,
) -> RecordedEvent:
    """Everybody's marks, what they rest on and what changed, before any of it is written.

    `tables` are the tables of marks by their file's name, and `document` is marks.json, each as it is going to lie
    there. Changes that the record told of already, in a run that was killed before marks.json, are not told again.
    """
    from grader.grading.totals import totals  # `make` needs nothing of marking

    headings: dict[str, list[str]] = {}
    rows: dict[str, tuple[str, list[str]]] = {}
    for name, text in tables.items():
        headings[name], cells = cells_of(text)
        ids = _students_of(questions, marking, withdrawn=name == WITHDRAWN)
        rows |= {student: (name, row) for student, row in zip(ids, cells, strict=True)}
    wrote = {name: sha256_of_text(text) for name, text in {**tables, MARKS: document}.items()}
    told = _untold(folder, changes)
    changed: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for change in () if told else changes:
        changed[change.student].append(
            [
                change.question,
                change.slot,
                change.verdict_before,
                change.verdict,
                change.marks_before,
                change.marks,
                change.why,
            ]
        )
    whose = _files_by_student(folder, collected)
    came = _came(folder, collected, marking, graded)
    late: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for one in graded:
        if one.kept != 1:
            late[one.handed.student][one.handed.question] = one.kept
    found = totals(questions, graded, marking.decisions)
    parts = []
    for student, (name, row) in rows.items():
        extension = marking.people.extensions.get(student)
        said = {
            "table": name,
            "cells": row,
            "came": came.get(student, {}),
            "files": whose.get(student, {}),
            "late": late.get(student, {}),
            "extension": f"{extension.text}: {extension.why}" if extension else None,
            "decided": list(found[student].decided) if student in found else [],
            "changes": changed.get(student, []),
        }
        parts.append(Part(student, {key: value for key, value in said.items() if value}))
    parts += [Part("", {"file": name, "sha256": digest}) for name, digest in whose.get("", {}).items()]
    return record.append(
        folder,
        "grade",
        read=_read_by_grade(folder),
        wrote=wrote,
        said={
            "headings": headings,
            "problems": len(collected.problems),
            **({"completes": told.number} if told else {}),
        },
        parts=parts,
    )


def _students_of(questions: QuestionSet, marking: Marking, *, withdrawn: bool) -> Iterable[str]:
    """The students of a table, in its order."""
    return [student for student in questions.by_student() if (student in marking.people.withdrawn) is withdrawn]


def _untold(folder: Path, changes: Sequence[Change]) -> RecordedEvent | None:
    """The event before, where it told of these changes and was killed before it had written the marks."""
    last = load_record(folder).last("grade") if changes and (folder / MARKS).is_file() else None
    if last is None or last.wrote.get(MARKS) == sha256_of(folder / MARKS):
        return None
    said = {(part.student, *row[:2], row[4], row[5]) for part in last.kept for row in part.said.get("changes", ())}
    now = {(one.student, one.question, one.slot, one.marks_before, one.marks) for one in changes}
    return last if said == now else None


def _named(folder: Path, source: str) -> str:
    path = Path(source)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else source


def _files_by_student(folder: Path, collected: Collected) -> dict[str, dict[str, str]]:
    """SHA-256 of what was handed in, by the student whose alone a file is; under "" what is several's or nobody's."""
    owners: defaultdict[Path, set[str]] = defaultdict(set)
    for one in (*collected.submissions, *collected.superseded):
        owners[on_disk(one.source)].add(one.student)
    for problem in collected.problems:
        owners[on_disk(problem.source)] |= {problem.student} if problem.student else set()
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path, students in owners.items():
        if path.is_file():
            whose = next(iter(students)) if len(students) == 1 else ""
            found[whose][_named(folder, str(path))] = sha256_of(path)
    return dict(found)


def _came(
    folder: Path, collected: Collected, marking: Marking, graded: Sequence[Graded]
) -> dict[str, dict[str, dict[str, str]]]:
    """Student → question → from which file the work is that counts, and when it came, where that is known."""
    from grader.assignments.overrides import FILE_NAME as OVERRIDES

    told = {
        (one.student, one.question, one.source): one.submitted
        for one in (*collected.superseded, *collected.submissions)
    }
    found: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for one in graded:
        student, question = one.handed.student, one.handed.question
        if one.source == OVERRIDES:  # decided on without anything handed in
            continue
        when = marking.received.when(student, question, told.get((student, question, one.source), ""))
        entry = {"file": _named(folder, one.source), **({"submitted": when.isoformat()} if when else {})}
        found[student][question] = entry
    return dict(found)
