"""What Moodle and Canvas do with a file: their rules, written here from what was seen of them.

Moodle 4.5.6 was run on an English site, and what it did with some 1,200 files and answers was recorded; each rule is
held against recorded cases in test_platforms. Of Canvas the migration tool was run; the rest was read in its source.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree  # the files are our own


class Refused(Exception):
    """A platform takes nothing of a file."""


_PHP_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def php_float(text: str) -> float:
    """The number that a text begins with; 0 where it begins with none."""
    found = _PHP_NUMBER.match(text)
    return float(found[0]) if found else 0.0


@dataclass
class MoodleGrade:
    """A student's mark, and the comment on it, in Moodle."""

    grade: float | None = None
    comment: str | None = None


@dataclass
class MoodleAssignment:
    """An assignment of an English Moodle: participants' numbers, and what stands in the gradebook."""

    most: float
    numbers: Mapping[int, str]
    grades: dict[str, MoodleGrade] = field(default_factory=dict)

    def take_worksheet(self, text: str, *, delimiter: str = ",", update_modified: bool = False) -> None:
        """Import a grading worksheet; raises Refused where Moodle takes nothing of it."""
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
        header, rows = rows[0], [row for row in rows[1:] if row]
        needed = ("Identifier", "Grade", "Last modified (grade)")
        if any(heading not in header for heading in needed) or any(len(row) != len(header) for row in rows):
            raise Refused("could not read the uploaded worksheet")
        at = {heading: header.index(heading) for heading in needed}
        comments = header.index("Feedback comments") if "Feedback comments" in header else None
        found: list[tuple[str, list[str]]] = []
        for row in rows:
            number = row[at["Identifier"]][len("Participant ") :]
            if not re.fullmatch(r"\s*\d+\s*", number):
                raise Refused("Error reading from database")
            if (student := self.numbers.get(int(number))) is not None:
                found.append((student, row))
        before = {student: (one.grade, one.comment) for student, one in self.grades.items()}
        for student, row in found:
            grade, comment = before.get(student, (None, None))
            if student in before and row[at["Last modified (grade)"]] == "-" and not update_modified:
                continue  # what has been there longer than the worksheet knows is left alone
            written = row[at["Grade"]].strip()
            mark = php_float(written.replace(" ", ""))
            if written != "" and not 0 <= mark <= self.most:
                continue
            one = self.grades.setdefault(student, MoodleGrade())
            # Of a student who stands there twice the first line counts.
            if written != "" and one.grade == grade:
                one.grade = mark
            if comments is not None and row[comments] != (comment or ""):
                one.comment = row[comments] or None
        self.grades = {student: one for student, one in self.grades.items() if (one.grade, one.comment) != (None, None)}


def moodle_gradebook_import(
    text: str, *, by: str, mark: str, people: Mapping[str, Sequence[str]], most: float, delimiter: str = ","
) -> dict[str, float | None]:
    """Students → the marks that an import into an item sets, None where it takes one away.

    `by` is the heading by which people are matched, `people` their values there. Raises Refused where Moodle takes
    nothing.
    """
    rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter) if row]
    header = rows[0]
    if any(len(row) != len(header) for row in rows):
        raise Refused("number of columns is not constant")
    found: dict[str, float | None] = {}
    for row in rows[1:]:
        wanted = row[header.index(by)].strip()
        whose = [student for student, values in people.items() if wanted.casefold() in map(str.casefold, values)]
        if len(whose) != 1:
            raise Refused(f"{'Multiple users' if whose else 'Could not find user'} {wanted!r}")
        # Of two columns of one name, and of two lines of one student, the first one counts.
        written = row[header.index(mark)].strip()
        if written in ("", "-"):
            found.setdefault(whose[0], None)
            continue
        if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", written):
            raise Refused("Supplied grade is invalid")
        if not 0 <= float(written) <= most:
            raise Refused("larger or smaller than allowed")
        found.setdefault(whose[0], float(written))
    return found


_CLOZE_NUMBER = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_CLOZE_BOX = re.compile(r"\{(\d*):(?:NUMERICAL|NM):((?:\\.|[^\\}])*)\}", re.DOTALL)
_CLOZE_ANSWER = re.compile(rf"(=|%(-?\d+(?:\.\d+)?)%)?({_CLOZE_NUMBER})(?::({_CLOZE_NUMBER}))?(?:#(.*))?", re.DOTALL)
_MOST_WEIGHT, _LONGEST_IDNUMBER, _LONGEST_NAME = 99_999, 100, 255
_EPSILON = 1e-14


@dataclass(frozen=True, slots=True)
class MoodleAnswer:
    """One alternative of a numerical box, as it is stored."""

    fraction: float
    key: float
    tolerance: float
    feedback: str


def as_stored(number: str) -> float:
    """A key or tolerance with the fourteen digits that Moodle keeps."""
    return float(f"{float(number):.14g}")


def cloze_answers(behind_numerical: str) -> list[MoodleAnswer]:
    """The alternatives of what stands behind `NUMERICAL:` in braces; raises Refused for a key that is no number."""
    found = []
    for piece in re.split(r"(?<!\\)~", behind_numerical):
        match = _CLOZE_ANSWER.fullmatch(piece)
        if match is None:
            raise Refused("The answer must be a number, for example -1.234 or 3e8, or '*'.")
        said = html.unescape(re.sub(r"\\([}#~])", r"\1", match[5] or ""))
        share = 1.0 if match[1] == "=" else float(match[2] or 0) / 100
        found.append(MoodleAnswer(share, as_stored(match[3]), as_stored(match[4] or "0"), said))
    if max(one.fraction for one in found) < 1:
        raise Refused("One of the answers should have a score of 100% so it is possible to get full marks.")
    return found


def moodle_matches(answers: Sequence[MoodleAnswer], typed: float | None) -> MoodleAnswer | None:
    """The alternative that counts: the first that matches."""
    if typed is None:
        return None
    for one in answers:
        slack = _EPSILON * max(abs(one.tolerance), abs(one.key), _EPSILON)
        if abs(typed - one.key) <= abs(one.tolerance) + slack:
            return one
    return None


@dataclass(frozen=True, slots=True)
class MoodleQuestion:
    """A question as it stands in the question bank after an import."""

    name: str
    kind: str
    mark: float
    penalty: float
    idnumber: str | None
    boxes: tuple[tuple[int, tuple[MoodleAnswer, ...]], ...] = ()


def moodle_question_import(data: bytes) -> list[MoodleQuestion]:
    """What Moodle makes of a file in its own XML, with all or nothing; raises Refused where it takes nothing."""
    try:
        root = ElementTree.fromstring(data)  # noqa: S314  our own file
    except ElementTree.ParseError as error:
        raise Refused(f"Error parsing XML: {error}") from error
    if root.tag != "quiz" or not len(root):
        raise Refused("There are no questions in the import file")
    found: list[MoodleQuestion] = []
    for one in root:
        kind = one.get("type")
        if kind == "category":
            continue
        if kind not in ("cloze", "multianswer", "numerical", "description"):
            raise Refused(f"Question type {kind} is not supported")
        boxes: list[tuple[int, tuple[MoodleAnswer, ...]]] = []
        mark = 0.0 if kind == "description" else float(one.findtext("defaultgrade", "1"))
        if kind in ("cloze", "multianswer"):
            for weight, answers in _CLOZE_BOX.findall(one.findtext("questiontext/text", "")):
                boxes.append((int(weight or 1), tuple(cloze_answers(answers))))
            if not boxes:
                raise Refused("The question text must include at least one embedded answer.")
            mark = sum(weight for weight, _ in boxes)
        if mark > _MOST_WEIGHT:
            raise Refused("Error writing to database")
        idnumber = one.findtext("idnumber") or None
        if idnumber is not None and len(idnumber) > _LONGEST_IDNUMBER:
            raise Refused("Error writing to database")
        if idnumber in {each.idnumber for each in found}:
            idnumber = None
        name = re.sub(r"<[^>]*>", "", one.findtext("name/text", "")).replace("  ", " ")
        name = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 7]}..."
        penalty = float(one.findtext("penalty") or 1 / 3)
        found.append(MoodleQuestion(name, "cloze" if boxes else kind, mark, penalty, idnumber, tuple(boxes)))
    return found


CanvasAnswer = tuple[float, float]
"""Both ends of what is accepted."""


def canvas_answers(item: ElementTree.Element) -> list[CanvasAnswer]:
    """The ranges that Canvas's import keeps of a numerical question in QTI 1.2, whatever they score."""
    responses = {each.get("ident") for each in item.iter("response_str")}
    found = []
    for condition in item.iter("conditionvar"):
        low, high = condition.find(".//vargte"), condition.find(".//varlte")
        equal = condition.find(".//or/varequal")
        ends = [each for each in (low, high, equal) if each is not None]
        if not ends or any(each.get("respident") not in responses for each in ends):
            continue
        numbers = {each.tag: php_float(each.text or "") for each in ends}
        if equal is not None:
            margin = numbers["varlte"] - numbers["varequal"] if high is not None else 0.0
            found.append((numbers["varequal"] - margin, numbers["varequal"] + margin))
        elif low is not None and high is not None:
            found.append((numbers["vargte"], numbers["varlte"]))
    return found


def canvas_page(typed: str) -> float | None:
    """What Canvas's quiz page leaves of what is typed: a comma is a thousands separator, and four decimals are kept."""
    plain = typed.strip().replace(",", "")
    try:
        number = Decimal(float(plain)) if _PHP_NUMBER.fullmatch(plain) else None
    except ValueError:
        return None
    return None if number is None else float(number.quantize(Decimal("0.0001"), ROUND_HALF_UP))
