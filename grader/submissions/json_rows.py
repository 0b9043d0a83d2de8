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
from grader.submissions.columns import date_time, find_student, report_encoding, split_heading
from grader.submissions.names import Names
from grader.submissions.records import LONGEST_RESPONSE, Content, FileReport, Submission

_SHAPE = 'expected [{"student": …, "question": …, "responses": {slot: text}}, …]'


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
        report.lost(f"line {error.lineno}, column {error.colno}", f"no JSON: {error.msg}", _SHAPE)
        return report
    except RecursionError:
        report.lost("", "JSON nested too deeply", _SHAPE)
        return report
    if isinstance(document, dict):
        document = document.get("submissions", [document])
    if not isinstance(document, list):
        report.lost("", f"a JSON {type(document).__name__} where a list belongs", _SHAPE)
        return report
    ids = (str(entry.get("student", "")) for entry in document if isinstance(entry, dict))
    keeps = names.ids.zeros_matter and keeps_zeros(ids)
    times = (str(entry.get("submitted", "")) for entry in document if isinstance(entry, dict))
    order = order_of(times)
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for number, entry in enumerate(document, start=1):
        time = entry.get("submitted") if isinstance(entry, dict) else None
        submitted = "" if time is None else date_time(str(time), f"entry {number}", report, order)
        for student, question, slot, response in _responses(entry, f"entry {number}", names, report, keeps):
            responses = found.setdefault((student, question, submitted), {})
            report.put(responses, slot, response, f"entry {number}", student)
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
        report.lost(place, f"{shown(str(entry))} where an entry belongs", _SHAPE)
        return
    if isinstance(entry, _Repeated):
        report.note(place, f"the key {shown(entry.keys_repeated[0])} stands twice", "the later one counts")
    written = entry.get("student")
    if not isinstance(written, str):
        report.lost(place, "no student id", _SHAPE)
        return
    student = find_student(written, place, names, report, keeps_zeros=keeps)
    if student is None:
        return
    answers = entry.get("responses")
    if answers is None and isinstance(entry.get("slot"), str):
        answers = {entry["slot"]: entry.get("response")}
    if not isinstance(answers, dict):
        report.lost(place, f"no responses of {student}", _SHAPE)
        return
    if isinstance(answers, _Repeated):
        found = f"the slot {shown(answers.keys_repeated[0])} of {student} stands twice"
        report.note(place, found, "the later one counts")
    for key, value in answers.items():
        response = "" if value is None else value
        if not isinstance(response, str) or isinstance(value, bool):
            found = f"the response of {student} to {shown(key)} is no text and no number"
            report.lost(place, found, 'write "0.52", 0.52 or null')
            continue
        if len(response) > LONGEST_RESPONSE:
            found = f"the response of {student} to {shown(key)} has {len(response):,} characters"
            report.lost(place, found, "shorten it; it was left out")
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
        found = f"{student} has no question {shown(str(asked or named or ''))}"
        report.lost(place, found, names.which_instead(student))
    elif not blank:
        report.lost(place, f"{student} has no slot {shown(key)}", names.what_instead(written, allowed))
    return None
