"""What runs on Gradescope: a submission read, its student found, every box marked, and results.json written.

There are NumPy and the readers of PDF, and no more. Whatever goes wrong, there is a results.json with a sentence in it:
without one the platform tells students that the autograder failed, and nobody why.
"""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignments.student_ids import StudentIds
from grader.exchange.gradescope_set import SET
from grader.exchange.marking_there import said_there
from grader.marking import Classmates, Key, Reference, Verdict, mark_batch
from grader.marking.questions_as_arrays import limits_of, read_answers
from grader.marking.typed_working import expand
from grader.rubrics.sets import worth_of_ticks
from grader.rubrics.shares import Shares
from grader.rubrics.slot_marks import TICKS
from grader.submissions import Expected, FileProblem, Submission, collect
from grader.submissions.bundle import FoundFile, walk
from question_bank.derivations.deriving import derive
from question_bank.expressions.names import WORKING
from question_bank.networks.lettering import in_notation
from question_bank.networks.notations import Notation
from question_bank.questions.plain_form import from_plain
from question_bank.questions.question import solve

Plain = dict[str, Any]

_LONGEST_SHOWN = 60
_MOST_REMARKS = 10

_NOTHING = "Nothing was handed in: no file was found. Hand in your sheet as a PDF with its boxes filled in."
_ANOTHERS = "What was handed in is another student's sheet. It was not marked: hand in your own."
_NOT_READ = "Nothing of yours could be read in what was handed in."
_UNKNOWN = (
    "{} is not among the e-mail addresses of those who got a sheet, so that nothing could be marked. "
    "Please tell your instructor."
)
_FAILED = (
    "This submission could not be marked, and that is no fault of yours. Please tell your instructor, who sees the "
    "reason in the autograder's output."
)


def main(root: Path) -> None:
    """Mark what lies in the platform's folders under `root`; there is always a results.json afterwards."""
    try:
        results = mark_submission(root)
    except Exception as error:  # a student must learn that a person has to look, whatever it was
        traceback.print_exc()
        results = _refused(_FAILED, error=type(error).__name__)
    write_results(root / "results" / "results.json", results)


def write_results(path: Path, results: Plain) -> None:
    """Write the file as a whole: half a file would count as none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    os.replace(part, path)


def mark_submission(root: Path) -> Plain:
    """The results of what was handed in, as Gradescope reads them."""
    handed_out: Plain = json.loads((root / "source" / SET).read_text("utf-8"))
    metadata = json.loads((root / "submission_metadata.json").read_text("utf-8"))
    mails = [str(user.get("email", "")).strip() for user in metadata["users"]]
    ids = StudentIds(handed_out["students"], handed_out["mails"])
    found = {mail: ids.find(mail).student for mail in mails if "@" in mail}
    group = list(dict.fromkeys(student for student in found.values() if student is not None))
    strangers = [mail for mail, student in found.items() if student is None]
    if not group:
        return _refused(_UNKNOWN.format(" and ".join(strangers) or "The account"))
    handed_in = root / "submission"
    if not handed_in.is_dir() or not any(path.is_file() for path in handed_in.rglob("*")):
        return _refused(_NOTHING)
    notation = {name: _tuples(value) for name, value in handed_out["notation"].items()}
    with in_notation(Notation(**notation)):
        return _read_and_mark(handed_out, group, strangers, handed_in)


def _read_and_mark(handed_out: Plain, group: Sequence[str], strangers: Sequence[str], handed_in: Path) -> Plain:
    # The platform knows who handed in: what lies here counts as what a person names, not as anybody's.
    files = [found.path for found in walk(handed_in) if isinstance(found, FoundFile)]
    collected = collect(files, _expected(handed_out, group))
    others = frozenset(handed_out["students"]) - set(group)
    said = _remarks(collected.problems, group, others, handed_in)
    own: dict[str, dict[str, Submission]] = {}
    for submission in collected.submissions:
        if submission.student in group:
            own.setdefault(submission.student, {})[submission.question] = submission
    anothers = [each for each in collected.submissions if each.student in others]
    if not own:
        return _refused("\n".join([_ANOTHERS if anothers else _NOT_READ, *said]))
    student = max(own, key=lambda each: _filled(own[each].values()))
    if not _filled(own[student].values()):
        said.insert(0, "All boxes of the sheet are blank.")
    if anothers:
        said.append("Another student's sheet was handed in as well; it was not marked.")
    if len(own) > 1:
        said.append("Sheets of several of you were handed in: the one with most boxes filled in was marked.")
    if strangers:
        said.append(f"Not among those who got a sheet: {', '.join(strangers)}.")
    tests: list[Plain] = []
    questions = [each for each in handed_out["questions"] if each["student"] == student]
    for number, question in enumerate(questions, 1):
        answered = own[student].get(question["question"])
        marked = list(_mark(handed_out, question, {} if answered is None else answered.responses, said))
        tests += (_test(box, question["question"], number, at, handed_out) for at, box in enumerate(marked, 1))
    earned, most = (sum(test[key] for test in tests) for key in ("score", "max_score"))
    sources = sorted({Path(each.source).name for each in own[student].values()})
    return {
        "output": "\n".join([f"Read from {', '.join(sources)}: {earned:g} of {most:g} marks.", *said]),
        "output_format": "text",
        "visibility": handed_out["visibility"],
        "tests": tests,
        "extra_data": {"assignment": handed_out["assignment"], "student": student, "group": list(group)},
    }


@dataclass(frozen=True, slots=True)
class _Box:
    """A box as it was marked: what was written there, ticks, and what is said of it."""

    slot: str
    response: str
    verdict: str
    ticks: int
    worth: int
    said: str


def _mark(handed_out: Plain, question: Plain, responses: Mapping[str, str], said: list[str]) -> Iterator[_Box]:
    kind = handed_out["kinds"][question["kind"]]
    derivation = derive(*(from_plain(kind[part]) for part in ("model", "asked", "layout")))
    precision, givens = from_plain(kind["precision"]), question["givens"]
    if any(WORKING in name for name in responses):
        names = [given.key for given in derivation.givens]
        responses, remarks = expand(solve(derivation, dict(zip(names, givens, strict=True)), precision), responses)
        said += (f"{question['question']}: {remark}" for remark in remarks)
    written = [[responses.get(slot.name, "") for slot in derivation.slots]]
    value, low, high, unit = (np.array([question[name]]) for name in ("value", "low", "high", "unit"))
    worth = worth_of_ticks(derivation.forms, value, np.array([question["worth"]], np.int64))
    key = Key(np.asfortranarray(low), np.asfortranarray(high), unit, worth)
    reference = Reference.work(derivation, precision, np.array([givens]), key, limits_of({"limits": kind["limits"]}))
    marked = mark_batch(
        derivation,
        read_answers(written, derivation.forms),
        key,
        reference.take,
        Shares(**question["shares"]),
        classmates=_classmates(handed_out, question).take,
    )
    for at, (slot, text, form) in enumerate(zip(derivation.slots, written[0], derivation.forms, strict=True)):
        verdict = Verdict(int(marked.verdicts[0, at]))
        ticks, most = int(marked.ticks[0, at]), int(marked.worth[0, at])
        if most or text.strip():
            about = said_there(verdict, marked.blames.get((0, at)), form, text)
            yield _Box(slot.name, text, verdict.word, ticks, most, about)


def _classmates(handed_out: Plain, question: Plain) -> Classmates:
    alike = [each for each in handed_out["questions"] if each["shape"] == question["shape"]]
    numbers = {student: number for number, student in enumerate(handed_out["students"])}
    low, high, unit = (np.array([each[name] for each in alike]) for name in ("low", "high", "unit"))
    who = np.array([numbers[each["student"]] for each in alike])
    return Classmates(low, high, unit, who, np.array([numbers[question["student"]]]))


def _test(box: _Box, question: str, number: int, at: int, handed_out: Plain) -> Plain:
    shown = box.response if len(box.response) <= _LONGEST_SHOWN else f"{box.response[:_LONGEST_SHOWN]}…"
    return {
        "name": f"{question} {box.slot}",
        # Sorted as text there.
        "number": f"{number:02d}.{at:03d}",
        "score": box.ticks / TICKS,
        "max_score": box.worth / TICKS,
        "status": "passed" if box.ticks >= box.worth else "failed",
        "output": f"'{shown}': {box.said}" if shown.strip() else box.said,
        "output_format": "text",
        "visibility": handed_out["visibility"],
        "extra_data": {"verdict": box.verdict},
    }


def _expected(handed_out: Plain, group: Sequence[str]) -> Expected:
    slots: dict[str, dict[str, tuple[str, ...]]] = {}
    for question in handed_out["questions"]:
        names = handed_out["kinds"][question["kind"]]["slots"]
        slots.setdefault(question["student"], {})[question["question"]] = tuple(names)
    names = {student: handed_out["names"][student] for student in group if student in handed_out["names"]}
    return Expected(slots, handed_out["sheets"], handed_out["aliases"], names)


def _remarks(
    problems: Sequence[FileProblem], group: Sequence[str], others: frozenset[str], handed_in: Path
) -> list[str]:
    """What readers remarked, as far as it tells nothing of anybody else."""
    anybody = re.compile("|".join(rf"(?<!\w){re.escape(other)}(?!\w)" for other in others) or "(?!)")
    said = []
    for problem in problems:
        where = ", ".join(filter(None, (problem.source.removeprefix(f"{handed_in}{os.sep}"), problem.place)))
        text = f"{where}: {problem.found}."
        if (not problem.student or problem.student in group) and not anybody.search(text):
            said.append(text)
    more = len(said) - _MOST_REMARKS
    return said[:_MOST_REMARKS] + [f"And {more} more remarks."] * (more > 0)


def _filled(submissions: Iterable[Submission]) -> int:
    return sum(bool(text.strip()) for submission in submissions for text in submission.responses.values())


def _refused(said: str, **extra: str) -> Plain:
    return {"score": 0, "output": said, "output_format": "text", "tests": [], "extra_data": {"refused": True, **extra}}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
