"""Files for many students under the names by which a platform gives each to the right one.

Moodle takes `WORD_NUMBER_assignfeedback_file_/NAME.pdf` (tried in the program: a word with an underscore in it, and a
name that begins with a dot or a tilde, are passed over without a word). Canvas takes the names that it gave out, which
hold the numbers of a person and of an uploaded file, and Brightspace the folders that it gave out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from grader.assignments.student_ids import StudentIds
from grader.exchange.gradebooks import Recognised, participant_number
from question_bank.errors import InputError


@dataclass(frozen=True)
class KnownPeople:
    """By what a file's entries are told to be somebody's: ids, and names where one person alone has them."""

    ids: StudentIds
    names: Mapping[str, str]
    """Student → name."""

    def by_name(self, written: str) -> str | None:
        """The only student of a name, however it is spaced and spelled in signs."""
        return self._by_name.get(_plain_name(written))

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        whose: defaultdict[str, list[str]] = defaultdict(list)
        for student, name in self.names.items():
            whose[_plain_name(name)].append(student)
        return {name: found[0] for name, found in whose.items() if len(found) == 1 and name}


@dataclass(frozen=True, slots=True)
class ReturnPlaces:
    """Where each student's file goes, as the path inside of the archive without the file's own name, and remarks."""

    platform: str
    paths: Mapping[str, str]
    unknown: tuple[str, ...]
    """Entries of which nobody on the roster is known to be meant."""
    going_back: str


_MOODLE = "Moodle"
_MOODLES_WAY = (
    "Upload it under “Upload multiple feedback files in a zip”; the assignment needs feedback files switched on."
)


def moodle_by_worksheet(book: Recognised, numbers: Mapping[str, str], names: Mapping[str, str]) -> ReturnPlaces:
    """Places by a grading worksheet: `numbers` are students by the worksheet's identifiers."""
    paths = {}
    for identifier, student in numbers.items():
        paths[student] = _moodles_folder(names.get(student) or student, participant_number(identifier))
    return ReturnPlaces(book.gradebook.name, paths, (), _MOODLES_WAY)


def _moodles_folder(word: str, number: str) -> str:
    plain = " ".join(re.sub(r"[_/\\:*?\"'<>|\x00-\x1f]+", " ", word).split())
    return f"{plain or 'student'}_{number}_assignfeedback_file_/"


_MOODLES = re.compile(r"(?P<name>[^/_]*)_(?P<number>\d+)_assignsubmission_[a-z]+_?(?:/.*)?")
_CANVAS = re.compile(r"(?P<name>[^/_]+)_(?:LATE_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>[^/]+)")
_BRIGHTSPACES = re.compile(r"(?P<folder>(?P<user>\d+)-\d+ - (?P<name>.+?) - [^/]+)/[^/]+")


def by_archive(entries: Sequence[str], people: KnownPeople) -> ReturnPlaces:
    """Places by the names in an archive of everybody's submissions; raises InputError for another kind of archive."""
    files = [entry for entry in entries if not entry.endswith("/") and "__MACOSX" not in entry]
    for platform in (_by_moodles, _by_brightspaces, _by_canvas):
        if (places := platform(files, people)) is not None:
            return places
    raise InputError(
        f"an archive of {len(files)} files of which none is named as Moodle, Canvas or Brightspace name submissions",
        expected="the archive of all submissions, as it was downloaded",
        remedy="or name Moodle's grading worksheet",
    )


def _by_moodles(files: Sequence[str], people: KnownPeople) -> ReturnPlaces | None:
    found = [match for file in files if (match := _MOODLES.search(file))]
    if not found:
        return None
    numbers = {match["number"]: match["name"] for match in found}
    paths, unknown = _told_apart(numbers.items(), lambda number, name: people.by_name(name))
    return ReturnPlaces(
        _MOODLE,
        {student: _moodles_folder(numbers[number], number) for student, number in paths.items()},
        tuple(f"{numbers[number]} ({number})" for number in unknown),
        _MOODLES_WAY,
    )


def _by_canvas(files: Sequence[str], people: KnownPeople) -> ReturnPlaces | None:
    found = [match for file in files if (match := _CANVAS.fullmatch(PurePosixPath(file).name))]
    if not found:
        return None
    # Of several files of a person one is enough: what comes back hangs on the submission.
    names = {match["user"]: f"{match['name']}_{match['user']}_{match['file']}_" for match in reversed(found)}
    paths, unknown = _told_apart(names.items(), lambda user, _: people.ids.find(user).student)
    return ReturnPlaces(
        "Canvas",
        {student: names[user] for student, user in paths.items()},
        tuple(names[user].removesuffix("_") for user in unknown),
        "Upload it under “Upload submissions”: each file becomes a comment to its student. Canvas takes it only for "
        "those who handed in a file.",
    )


def _by_brightspaces(files: Sequence[str], people: KnownPeople) -> ReturnPlaces | None:
    found = [match for file in files if (match := _BRIGHTSPACES.search(file))]
    if not found:
        return None
    # A person has a folder an attempt; the last one is the present one.
    folders = {match["user"]: match["folder"] for match in found}
    names = {match["user"]: match["name"] for match in found}
    paths, unknown = _told_apart(names.items(), lambda _, name: people.by_name(name))
    return ReturnPlaces(
        "Brightspace",
        {student: f"{folders[user]}/" for student, user in paths.items()},
        tuple(folders[user] for user in unknown),
        "Upload it under “Add feedback files” of the assignment.",
    )


def _told_apart(
    entries: Iterable[tuple[str, str]], whose: Callable[[str, str], str | None]
) -> tuple[dict[str, str], list[str]]:
    """Student → entry where one entry alone is theirs, and the entries that are nobody's, or one of several."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    unknown = []
    for entry, name in entries:
        student = whose(entry, name)
        if student is None:
            unknown.append(entry)
        else:
            found[student].append(entry)
    unknown += [entry for several in found.values() if len(several) > 1 for entry in several]
    return {student: entries[0] for student, entries in found.items() if len(entries) == 1}, unknown


def _plain_name(written: str) -> str:
    """A name without case, and with nothing but letters and digits: Moodle changes underscores and drops quotes."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", written).casefold()))
