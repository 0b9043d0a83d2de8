"""JSON: a list of entries, one for each student and question or one for each slot.

    [{"student": "s1", "question": "q1", "responses": {"h1_3": "0.52", "gradient": -0.0032}},
     {"student": "s2", "question": "q1", "slot": "h1_3", "response": "0,52"}]

The list may stand under the key `submissions`, and a single entry needs no list. `question` may be left out if the
assignment has one question, or if the responses are named `q1.h1_3`. `submitted` may say when, as an ISO date and time;
entries of different times are different attempts. A response is a text, a number, or null for
blank; a number is marked in the characters in which it stands in the file, so that nothing is rounded on the way. Of
two responses to the same slot the later counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from grader.assignments.student_ids import keeps_zeros
from grader.assignments.times import order_of
from grader.files.safe_names import shown
from grader.submissions.columns import NO_ID, date_time, find_student, report_encoding, split_heading
from grader.submissions.names import Names
from grader.submissions.records import (
    LONGEST_RESPONSE,
    SHORTEN_IT,
    Content,
    FileReport,
    Submission,
    no_question,
    no_slot,
    too_long,
)
from question_bank.language.remark import Remark
from question_bank.language.words import N_

_SHAPE = Remark.of(N_("expected {shape}"), shape='[{"student": …, "question": …, "responses": {slot: text}}, …]')
_THE_LATER = Remark.of(N_("the later one counts"))


class _Repeated(dict[str, object]):
    """A JSON object with repeated keys, which JSON itself allows."""

    __slots__ = ("keys_repeated",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.keys_repeated = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]


def recognises(content: Content) -> bool:
    """Whether a text begins like a JSON list or object."""
    return content.text[:200].lstrip()[:1] in ("[", "{")


def read(content: Content, names: Names) -> FileReport:
    """The submissions of a JSON file."""
    report = FileReport(content.source)
    report_encoding(content, report)
    try:
        # Numbers stay the text that they are: no rounding, no NaN, no limit on an integer's digits.
        document = json.loads(
            content.text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        place = Remark.of(N_("line {line}, column {column}"), line=str(error.lineno), column=str(error.colno))
        report.lost(place, Remark.of(N_("no JSON: {reason}"), reason=error.msg), _SHAPE)
        return report
    except RecursionError:
        report.lost("", Remark.of(N_("JSON nested too deeply")), _SHAPE)
        return report
    if isinstance(document, dict):
        document = document.get("submissions", [document])
    if not isinstance(document, list):
        kind = type(document).__name__
        report.lost("", Remark.of(N_("a JSON {kind} where a list belongs"), kind=kind), _SHAPE)
        return report
    ids = (str(entry.get("student", "")) for entry in document if isinstance(entry, dict))
    keeps = names.ids.zeros_matter and keeps_zeros(ids)
    times = (str(entry.get("submitted", "")) for entry in document if isinstance(entry, dict))
    order = order_of(times)
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for number, entry in enumerate(document, start=1):
        time = entry.get("submitted") if isinstance(entry, dict) else None
        place = Remark.of(N_("entry {number}"), number=str(number))
        submitted = "" if time is None else date_time(str(time), place, report, order)
        for student, question, slot, response in _responses(entry, place, names, report, keeps):
            responses = found.setdefault((student, question, submitted), {})
            report.put(responses, slot, response, place, student)
    report.submissions.extend(
        Submission(student, question, responses, report.source, submitted)
        for (student, question, submitted), responses in found.items()
    )
    return report


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else _Repeated(pairs)


def _responses(
    entry: object, place: str, names: Names, report: FileReport, keeps: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Student, question, slot and response, for each response of an entry that is somebody's."""
    if not isinstance(entry, dict):
        report.lost(place, Remark.of(N_("{found} where an entry belongs"), found=shown(str(entry))), _SHAPE)
        return
    if isinstance(entry, _Repeated):
        found = Remark.of(N_("the key {key} stands twice"), key=shown(entry.keys_repeated[0]))
        report.note(place, found, _THE_LATER)
    written = entry.get("student")
    if not isinstance(written, str):
        report.lost(place, NO_ID, _SHAPE)
        return
    student = find_student(written, place, names, report, keeps_zeros=keeps)
    if student is None:
        return
    answers = entry.get("responses")
    if answers is None and isinstance(entry.get("slot"), str):
        answers = {entry["slot"]: entry.get("response")}
    if not isinstance(answers, dict):
        report.lost(place, Remark.of(N_("no responses of {student}"), student=student), _SHAPE)
        return
    if isinstance(answers, _Repeated):
        slot = shown(answers.keys_repeated[0])
        report.note(
            place, Remark.of(N_("the slot {slot} of {student} stands twice"), slot=slot, student=student), _THE_LATER
        )
    for key, value in answers.items():
        response = "" if value is None else value
        if not isinstance(response, str) or isinstance(value, bool):
            found = Remark.of(
                N_("the response of {student} to {slot} is no text and no number"), student=student, slot=shown(key)
            )
            report.lost(place, found, Remark.of(N_("write {one} or {other}"), one='"0.52", 0.52', other="null"))
            continue
        if len(response) > LONGEST_RESPONSE:
            report.lost(place, too_long(student, shown(key), len(response)), SHORTEN_IT)
            continue
        target = _slot(key, student, entry.get("question"), names, report, place, blank=not response.strip())
        if target is not None:
            yield student, *target, _writable(response)


def _writable(text: str) -> str:
    r"""The text with halves of characters replaced, which JSON can spell (`"\ud800"`) and no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _slot(
    key: str, student: str, asked: object, names: Names, report: FileReport, place: str, *, blank: bool
) -> tuple[str, str] | None:
    """Question and slot that a response belongs to; None, and reported unless it is blank, if there is none."""
    named, written = split_heading(key)
    if isinstance(asked, str):
        question = names.question(asked)
        written = key if named is None or named != question else written
    else:
        question = named or names.only_question
    allowed = frozenset[str]() if question is None else names.slots(student, question)
    slot = names.slot(written, allowed)
    if question is not None and slot is not None:
        return question, slot
    if not blank and not allowed:
        report.lost(place, no_question(student, str(asked or named or "")), names.which_instead(student))
    elif not blank:
        report.lost(place, no_slot(student, key), names.what_instead(written, allowed))
    return None
