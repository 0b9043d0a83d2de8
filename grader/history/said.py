"""The record in plain words: a paragraph an event, of the class or of one student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.history.event import Part, RecordedEvent
from grader.history.grades import TABLE, WHOLE, marks_of

_MOST_NAMED = 8
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What one event comes to: when, in which run, and lines of words."""

    event: RecordedEvent
    lines: tuple[str, ...]

    @property
    def when(self) -> str:
        """The event's time as people write it."""
        return self.event.when[:16].replace("T", " ")


def of_the_class(events: Sequence[RecordedEvent]) -> Iterator[Paragraph]:
    """Every event, with what it was about and who was concerned."""
    before: dict[str, RecordedEvent] = {}
    for event in events:
        lines = [*_SUMMARIES.get(event.command, _summary)(event, before.get(event.command))]
        yield Paragraph(event, tuple(lines))
        before[event.command] = event


def of_a_student(events: Sequence[RecordedEvent], ids: Collection[str]) -> Iterator[Paragraph]:
    """What concerned one student, who is or was called by these ids: what changed with each event, and why."""
    before: tuple[Mapping[str, Any], RecordedEvent | None] = {}, None
    for event in events:
        mine = next((part.said for part in event.kept if part.student in ids), None)
        if mine is None:
            continue
        if event.command == "grade":
            lines = list(_graded(mine, event, *before))
            before = mine, event
        else:
            lines = list(_of_one(event, mine))
        if lines:
            yield Paragraph(event, tuple(lines))


def _of_one(event: RecordedEvent, mine: Mapping[str, Any]) -> Iterator[str]:
    match event.command:
        case "make":
            yield from _made(mine)
        case "rename":
            yield f"id changed: {mine.get('was')} is {mine.get('id')} now"
        case "feedback":
            yield "feedback written"
        case "remark":
            yield f"remark: {mine.get('text')}"
        case _:
            yield event.command


def _made(mine: Mapping[str, Any]) -> Iterator[str]:
    if questions := mine.get("questions"):
        instead = f" instead of {mine['sheet_before']}" if "sheet_before" in mine else ""
        yield f"drawn: {', '.join(questions)}, sheet {mine.get('sheet')}{instead}, for {mine.get('name') or 'no name'}"
    elif "name_before" in mine:
        yield f"name changed: {mine['name_before'] or 'no name'} is {mine.get('name') or 'no name'} now"


def _graded(
    mine: Mapping[str, Any], event: RecordedEvent, before: Mapping[str, Any], event_before: RecordedEvent | None
) -> Iterator[str]:
    """What differs between two gradings of one student, and the marks after the second."""
    yield from _came(mine.get("came", {}), before.get("came", {}), mine.get("files", {}), before.get("files", {}))
    for key, what in (("extension", "due for this student"), ("late", "part of the marks that lateness leaves")):
        if mine.get(key) != before.get(key):
            yield f"{what}: {_plain(mine.get(key))}" + (f", {_plain(before[key])} before" if key in before else "")
    old, new = before.get("decided", []), mine.get("decided", [])
    yield from (f"decided: {line}" for line in new if line not in old)
    yield from (f"taken back: {line}" for line in old if line not in new)
    for row in mine.get("changes", ()):
        question, slot, _, _, was, now, why = row
        if slot == WHOLE and was is not None and now is not None:
            yield f"{question}: {_number(was)} → {_number(now)}: {why}"
    boxes = [row for row in mine.get("changes", ()) if row[1] != WHOLE]
    for question, slot, verdict_before, verdict, _, _, _ in boxes[:_MOST_LINES]:
        yield f"  {question} {slot}: {_verdict(verdict_before)} → {_verdict(verdict)}"
    if len(boxes) > _MOST_LINES:
        yield f"  … and {len(boxes) - _MOST_LINES} more boxes"
    marks = marks_of(mine, event)
    if event_before is None or marks != marks_of(before, event_before):
        yield "marks: " + ", ".join(f"{name} {cell or '–'}" for name, cell in marks.items())
    if mine.get("table") != before.get("table", TABLE):
        yield f"in {mine.get('table')}"


def _came(
    new: Mapping[str, Any], old: Mapping[str, Any], files: Mapping[str, str], files_before: Mapping[str, str]
) -> Iterator[str]:
    """What was handed in since; a file of the same name with other content is a new one."""
    fresh: dict[tuple[str, str], list[str]] = {}
    for question, one in new.items():
        changed = files.get(one["file"]) != files_before.get(one["file"])
        if question not in old or one != old[question] or changed:
            fresh.setdefault((one["file"], one.get("submitted", "")), []).append(question)
    for (file, submitted), questions in fresh.items():
        when = f", {submitted[:16].replace('T', ' ')}" if submitted else ""
        again = "handed in anew" if any(question in old for question in questions) else "handed in"
        yield f"{again}: {', '.join(questions)} ({file}{when})"
    if gone := [question for question in old if question not in new]:
        yield f"no longer handed in: {', '.join(gone)}"


def _summary(event: RecordedEvent, before: RecordedEvent | None) -> Iterator[str]:
    """Of what has no words of its own: whom it was about, and what was said."""
    texts = "; ".join(str(part.said["text"]) for part in event.kept if "text" in part.said)
    if line := ": ".join(filter(None, (_named([part.student for part in event.kept if part.student]), texts))):
        yield line


def _summary_of_make(event: RecordedEvent, before: RecordedEvent | None) -> Iterator[str]:
    drawn = [part.student for part in event.kept if part.said.get("questions")]
    renamed = [part.student for part in event.kept if "name_before" in part.said and not part.said.get("questions")]
    what = f"drawn for {_named(drawn)}" if drawn else "nothing drawn"
    yield f"{_students(event.said.get('students', 0))}; {what}"
    if renamed:
        yield f"printed anew with another name: {_named(renamed)}"


def _summary_of_rename(event: RecordedEvent, before: RecordedEvent | None) -> Iterator[str]:
    yield from (f"{part.said.get('was')} is {part.student} now" for part in event.kept)


def _summary_of_grade(event: RecordedEvent, before: RecordedEvent | None) -> Iterator[str]:
    mine = [part for part in event.kept if part.student]
    come = sum(bool(part.said.get("came")) for part in mine)
    of = f"{come:,} of {len(mine):,} students handed in"
    yield of if before is None else f"{of}; marked otherwise than before: {_named(_changed(mine)) or 'nobody'}"
    decided, earlier = _decided(event), Counter[str]() if before is None else _decided(before)
    for line, count in decided.items():
        if line not in earlier:
            yield f"decided for {count:,}: {line}"
    yield from (f"taken back for {count:,}: {line}" for line, count in earlier.items() if line not in decided)
    if "completes" in event.said:
        yield f"completes event {event.said['completes']}, which was interrupted"


def _changed(parts: Sequence[Part]) -> list[str]:
    return [part.student for part in parts if part.said.get("changes")]


def _decided(event: RecordedEvent) -> Counter[str]:
    return Counter(line for part in event.kept for line in part.said.get("decided", ()))


def _summary_of_forget(event: RecordedEvent, before: RecordedEvent | None) -> Iterator[str]:
    yield f"{_students(event.said.get('students', 0))} taken out of {event.said.get('files', 0):,} places"


_SUMMARIES = {
    "make": _summary_of_make,
    "rename": _summary_of_rename,
    "grade": _summary_of_grade,
    "forget": _summary_of_forget,
}


def _named(students: Sequence[str]) -> str:
    if len(students) <= _MOST_NAMED:
        return ", ".join(students)
    return _students(len(students))


def _students(count: int) -> str:
    return f"{count:,} student{'' if count == 1 else 's'}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each:g}" for name, each in value.items())
    return "as for everybody" if value is None else str(value)


def _verdict(word: str) -> str:
    return word.replace("_", " ") or "nothing"


def _number(marks: float | None) -> str:
    return "nothing" if marks is None else f"{marks:.2f}"
