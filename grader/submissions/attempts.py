"""Every student's attempts at every question: what makes one, which one counts, which came before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from grader.files.safe_names import printable
from grader.submissions.records import FileProblem, Submission
from grader.submissions.trust import Origin, Trust
from question_bank.language.remark import Remark
from question_bank.language.words import N_


@dataclass(frozen=True, slots=True)
class Attempt:
    """A submission, and of its file: where it came from, what claim that gives it, whether it is a signed sheet.

    `absent` are the boxes that a signed sheet has no fields for: of a page by itself, those on the other pages.
    """

    submission: Submission
    origin: Origin
    trust: Trust
    signed: bool
    absent: frozenset[str] = frozenset()
    files: int = 1

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written."""
        return not any(map(str.strip, self.submission.responses.values()))

    @property
    def written(self) -> dict[str, str]:
        """What is not blank."""
        return {slot: text for slot, text in self.submission.responses.items() if text.strip()}

    def contradicts(self, other: Attempt) -> bool:
        """Whether something else is written in the same box."""
        mine, theirs = self.written, other.written
        return any(mine[slot] != theirs[slot] for slot in mine.keys() & theirs.keys())

    def completes(self, earlier: Attempt) -> bool:
        """Whether this and an earlier file of the same sheet are parts of one attempt.

        Pages by themselves are, and whole copies in which different boxes are filled in. Whole copies that share a box
        are a draft and what became of it.
        """
        if self.is_blank or earlier.is_blank:
            return True
        apart = self.absent or earlier.absent or earlier.files > 1 or not self.written.keys() & earlier.written.keys()
        return bool(apart) and not self.contradicts(earlier)

    def after(self, earlier: Attempt, responses: dict[str, str]) -> Attempt:
        """This and an earlier file of the same sheet as one, with these responses."""
        one, other = earlier.submission, self.submission
        source = one.source if self.is_blank else other.source if earlier.is_blank else f"{one.source} + {other.source}"
        return replace(
            earlier,
            submission=replace(one, responses=responses, source=source),
            absent=self.absent & earlier.absent,
            files=earlier.files + (not self.is_blank and not earlier.is_blank),
        )


class Attempts:
    """Takes attempts one after another, in the order of the files."""

    def __init__(self) -> None:
        self._counting: dict[tuple[str, str], Attempt] = {}
        self._earlier: dict[tuple[str, str], list[Attempt]] = {}

    @property
    def counting(self) -> tuple[Submission, ...]:
        """One at most for each student and question."""
        return tuple(attempt.submission for attempt in self._counting.values())

    @property
    def superseded(self) -> tuple[Submission, ...]:
        """Those before, in their order, that have as good a claim to be the student's."""
        return tuple(
            attempt.submission
            for key, earlier in self._earlier.items()
            for attempt in earlier
            if not self._counting[key].trust.outranks(attempt.trust)
        )

    @property
    def blank(self) -> frozenset[str]:
        """Students of whom there is nothing but blank boxes."""
        written = {student for (student, _), attempt in self._counting.items() if not attempt.is_blank}
        return frozenset({student for student, _ in self._counting} - written)

    @property
    def typed(self) -> frozenset[tuple[str, str]]:
        """(Student, question) for which a table counts that the instructor named."""
        return frozenset(
            key for key, attempt in self._counting.items() if attempt.trust is Trust.NAMED and not attempt.signed
        )

    def add(self, new: Attempt) -> list[FileProblem]:
        """Put an attempt in its place; a remark if one from another file that differs was there."""
        key = (new.submission.student, new.submission.question)
        before = self._counting.setdefault(key, new)
        if before is new:
            return []
        sheet = self._sheet(key) if new.signed else None
        if sheet is not None and (new.trust.outranks(sheet.trust) or sheet.trust.outranks(new.trust)):
            sheet = None  # a copy of somebody else's is no part of one's own
        if sheet is not None and new.completes(sheet):
            return self._complete(key, sheet, new)
        follower = new
        if sheet is not None and new.absent:
            # A page that was written anew: the other pages stay as they were.
            follower = new.after(sheet, sheet.submission.responses | new.submission.responses)
        return self._follow(before, follower, new)

    def _sheet(self, key: tuple[str, str]) -> Attempt | None:
        """The latest attempt on a signed sheet."""
        attempts = (self._counting[key], *reversed(self._earlier.get(key, [])))
        return next((attempt for attempt in attempts if attempt.signed), None)

    def _complete(self, key: tuple[str, str], sheet: Attempt, new: Attempt) -> list[FileProblem]:
        """Put a sheet and another part of it together."""
        joined = new.after(sheet, sheet.submission.responses | new.submission.responses | sheet.written)
        if sheet is self._counting[key]:
            self._counting[key] = joined
        else:
            earlier = self._earlier[key]
            earlier[earlier.index(sheet)] = joined
            if not new.is_blank:
                earlier.remove(joined)
                return self._follow(self._counting[key], joined, new)
        if new.is_blank or sheet.is_blank or new.absent or sheet.absent or new.written.items() <= sheet.written.items():
            return []
        found = Remark.of(
            N_("{other} has responses to other boxes of the same question"), other=sheet.submission.source
        )
        remedy = Remark.of(N_("they were put together; leave one out if it should not count"))
        return [_remark(new.submission, found, remedy)]

    def _follow(self, before: Attempt, new: Attempt, file: Attempt) -> list[FileProblem]:
        """Let an attempt come after the one that counts: in its place, unless it has a weaker claim or came earlier.

        `file` is what the file holds that made the attempt.
        """
        submission = file.submission
        key = (submission.student, submission.question)
        if new.is_blank:
            return []
        if before.is_blank:
            self._counting[key] = new
            return []
        same = before.submission.responses == new.submission.responses
        outranked = before.trust.outranks(file.trust)
        if outranked or (
            file.origin.is_elsewhere(before.origin)
            and file.trust in (Trust.SIGNED, Trust.UNSIGNED)
            and file.trust is before.trust
        ):
            if outranked:
                self._earlier.setdefault(key, []).append(new)
            if same:
                return []
            return [_set_aside(file, before) if file.signed or not outranked else _outranked(submission, before)]
        overtaken = not file.trust.outranks(before.trust) and _is_later(
            before.submission.submitted, submission.submitted
        )
        if overtaken:
            self._earlier.setdefault(key, []).append(new)
        else:
            self._earlier.setdefault(key, []).append(before)
            self._counting[key] = new
        if same or before.submission.source == submission.source:
            return []
        if overtaken:
            remedy = Remark.of(N_("that one counts, since it came later ({when})"), when=before.submission.submitted)
        elif file.trust.outranks(before.trust) and before.signed:
            return [_set_aside(before, new)]
        else:
            remedy = Remark.of(
                N_("this later one counts; name the files in another order, or leave one out, if it should not")
            )
        return [_remark(submission, _others(before), remedy)]

    def unsure(self) -> list[FileProblem]:
        """A remark for each file that somebody else than the student may have handed in, and that counts."""
        doubtful = [(key, attempt) for key, attempt in self._counting.items() if attempt.trust < Trust.UNSIGNED_OWN]
        signed = {student for (student, _), attempt in self._counting.items() if attempt.signed} if doubtful else set()
        claimed: dict[tuple[str, str | None], dict[str, None]] = {}
        for (student, _), attempt in doubtful:
            if attempt.is_blank or attempt.origin.simulated:
                continue
            source = attempt.submission.source
            if attempt.trust is Trust.SIGNED_ELSEWHERE and attempt.origin.folder and attempt.origin.owner is not None:
                claimed.setdefault((source, printable(attempt.origin.owner)), {})[student] = None
            elif attempt.trust <= Trust.UNSIGNED and student not in signed:
                claimed.setdefault((source, None), {})[student] = None
        return [
            FileProblem(
                source,
                "",
                Remark.of(N_("answers of {student}, in the folder of {owner}"), student=_some(students), owner=owner)
                if owner is not None
                else Remark.of(
                    N_("answers of {student}, with no signed sheet of theirs beside it"), student=_some(students)
                ),
                Remark.of(
                    N_(
                        "they were taken, but anybody may have uploaded them: see that they are the students' own (or "
                        "name the file on the command line, if it is yours)"
                    )
                ),
                False,
                next(iter(students)) if len(students) == 1 else "",
            )
            for (source, owner), students in claimed.items()
        ]


def _outranked(submission: Submission, before: Attempt) -> FileProblem:
    """An unsigned file that says something else than one with a better claim."""
    counts = (
        N_("the file that you named counts; name this file too, after it, if it should count")
        if before.trust is Trust.NAMED
        else N_("that signed sheet counts; name this file too, after it, if it should count")
        if before.signed
        else N_("what lies in the student's own folder counts; name this file too, after it, if it should count")
        if before.trust is Trust.UNSIGNED_OWN
        else N_(
            "what has the better claim to be the student's counts; name this file too, after it, if it should count"
        )
    )
    remedy = Remark.of(counts)
    remark = _remark(submission, _others(before), remedy)
    # A table beside a signed sheet is usually an export of the same; two unsigned files need a person.
    return replace(remark, fatal=not before.signed and before.trust is not Trust.NAMED)


def _set_aside(attempt: Attempt, counting: Attempt) -> FileProblem:
    """A copy in another folder that was not taken: whose it is, in whose folder it lies, and which one counts."""
    one, owner = attempt.submission, attempt.origin.owner
    values = {"student": printable(one.student), "other": counting.submission.source}
    if owner not in (None, one.student):
        found = Remark.of(
            N_("answers of {student} in the folder of {owner}, other ones than in {other}"),
            owner=printable(owner),
            **values,
        )
    else:
        found = Remark.of(N_("answers of {student} in another folder, other ones than in {other}"), **values)
    return FileProblem(
        one.source,
        f"{printable(one.student)}, {one.question}",
        found,
        Remark.of(
            N_("those there count; see who handed in what, and name this file on the command line if it should count")
        ),
        True,
        one.student,
    )


def _others(before: Attempt) -> Remark:
    return Remark.of(N_("{other} has other responses to the same question"), other=before.submission.source)


def _remark(submission: Submission, found: Remark, remedy: Remark) -> FileProblem:
    where = f"{printable(submission.student)}, {submission.question}"
    return FileProblem(submission.source, where, found, remedy, False, submission.student)


def _is_later(one: str, other: str) -> bool:
    """Whether one time is after another; False where either is unknown, or only one of them tells its time zone."""
    if not one or not other:
        return False
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    return (first.tzinfo is None) == (second.tzinfo is None) and first > second


def _some(students: Collection[str]) -> str:
    first = ", ".join(map(printable, islice(students, 3)))
    if len(students) <= 3:
        return first
    return Remark.of(N_("{students} and {count} others"), students=first, count=len(students) - 3)
