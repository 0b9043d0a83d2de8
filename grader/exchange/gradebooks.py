"""The gradebooks that platforms give out and take back: which they are, who stands where, which columns hold marks.

One entry a platform. Moodle's two files were tried in the program itself; the others follow what their makers and
their source say of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice

from grader.exchange.cells import DELIMITERS, TableRow, rows
from grader.files.safe_names import shown
from grader.files.tables import plain_heading
from question_bank.errors import InputError

_MOST_LINES_ABOVE = 10


@dataclass(frozen=True, slots=True)
class MarkColumn:
    """A column that can hold the marks: what it is called, and how many marks it takes where the heading says so.

    `number` is the one by which the platform itself knows it, where the heading has that.
    """

    column: int
    title: str
    most: Decimal | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Gradebook:
    """A platform's file. Headings are as `plain_heading` leaves them.

    `needs` are headings of which one each must be there; `people` those that say who somebody is, the best first.
    `own_numbers` are those of them that hold the platform's own numbers of people: somebody's number there may be
    another's id at the university, so they tell who somebody is only as they stand, and where nothing else does.
    `items` finds the columns for marks; `most_in` are the headings of columns, and `most_beside` the words of a line,
    in which the most marks stand, `changeable_in` of the column that says whether a mark may be changed there, and
    `numbered_in` of that whose number tells the platform itself whose a line is.
    `blanks_the_rest` where a cell left as it was would be taken for a mark; `takes_more` where the platform takes marks
    above the most, `takes_short_lines` where it takes a file of which a line has fewer cells than the headings.
    `asks_for_columns` where a person says at the import which columns hold ids and marks, and every line counts.
    """

    name: str
    needs: Sequence[Sequence[str]]
    people: Sequence[str]
    items: Callable[[TableRow], list[MarkColumn]]
    going_back: str
    most_in: Sequence[str] = ()
    most_beside: Sequence[str] = ()
    changeable_in: Sequence[str] = ()
    numbered_in: Sequence[str] = ()
    own_numbers: Sequence[str] = ()
    blanks_the_rest: bool = False
    takes_more: bool = True
    takes_short_lines: bool = True
    asks_for_columns: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file as its platform's: the headings, the sign between cells, and the rows behind the headings."""

    gradebook: Gradebook
    delimiter: str
    header: TableRow
    rows: tuple[TableRow, ...]

    def columns(self, headings: Sequence[str]) -> list[int]:
        """The columns with one of the headings, in the order of the headings."""
        plain = [plain_heading(cell.text) for cell in self.header.cells]
        return [at for heading in headings for at, each in enumerate(plain) if each == heading]


_IDS = (
    "id number",
    "id nummer",
    "número de id",
    "numéro d identification",
    "student id",
    "student number",
    "matrikelnummer",
)
_MAILS = ("email address", "email", "e mail adresse", "e mail", "adresse de courriel", "dirección de correo")
_LOGINS = ("username", "user name", "anmeldename", "login")
_MARK_OF_WORKSHEET = ("grade", "bewertung", "calificación", "note")


_IDENTIFIER = ("identifier", "id", "identificador", "identifiant")
_IDENTIFIERS_NUMBER = re.compile(r"\D+(\d+)\s*")


def participant_number(identifier: str) -> str:
    """A participant's number in Moodle; raises InputError for what Moodle would break off at.

    >>> participant_number("Participant 12"), participant_number("Teilnehmer/in12")
    ('12', '12')
    """
    found = _IDENTIFIERS_NUMBER.fullmatch(identifier)
    if found is None:
        raise InputError(
            f"an identifier {shown(identifier)}",
            expected="one such as Participant 12",
            remedy="download the worksheet again",
        )
    return found[1]


def _worksheet_item(header: TableRow) -> list[MarkColumn]:
    return [
        MarkColumn(at, cell.text.strip())
        for at, cell in enumerate(header.cells)
        if plain_heading(cell.text) in _MARK_OF_WORKSHEET
    ]


_MOODLES_TOTALS = ("course total", "kurs gesamt", "total del curso", "total du cours")
_MOODLES_KIND = re.compile(r"\s*\((Real|Punkte|Punktwert|Real\w*|Brut)\)$", re.IGNORECASE)
_MOODLES_ACTIVITY = re.compile(
    r"^(Assignment|Aufgabe|Quiz|Test|Tarea|Devoir|External tool|Externes Tool|Workshop):\s*", re.I
)


def _moodle_items(header: TableRow) -> list[MarkColumn]:
    found = []
    for at, cell in enumerate(header.cells):
        heading = cell.text.strip()
        title, kinds = _MOODLES_KIND.subn("", heading)
        if kinds and plain_heading(title) not in _MOODLES_TOTALS:
            found.append(MarkColumn(at, _MOODLES_ACTIVITY.sub("", title)))
    return found


_CANVAS_ITEM = re.compile(r"(.+) \((\d+)\)\s*$", re.DOTALL)


def _canvas_items(header: TableRow) -> list[MarkColumn]:
    found = ((at, _CANVAS_ITEM.fullmatch(cell.text)) for at, cell in enumerate(header.cells))
    return [MarkColumn(at, match[1].strip(), number=match[2]) for at, match in found if match]


_BRIGHTSPACE_ITEM = re.compile(r"(.+?) Points Grade(?:\s*<.*?MaxPoints:\s*([0-9.,]+).*>)?\s*$", re.DOTALL)


def _brightspace_items(header: TableRow) -> list[MarkColumn]:
    found = ((at, _BRIGHTSPACE_ITEM.fullmatch(cell.text.strip())) for at, cell in enumerate(header.cells))
    return [MarkColumn(at, match[1].strip(), number(match[2])) for at, match in found if match]


_BLACKBOARD_ITEM = re.compile(r"(.+?) \[Total Pts: (?:up to )?([0-9.,]+)[^\]]*\]\s*\|\s*(\d+)\s*$", re.DOTALL)


def _blackboard_items(header: TableRow) -> list[MarkColumn]:
    found = ((at, _BLACKBOARD_ITEM.fullmatch(cell.text.strip())) for at, cell in enumerate(header.cells))
    return [MarkColumn(at, match[1].strip(), number(match[2]), match[3]) for at, match in found if match]


_GRADESCOPES_MOST = " - Max Points"


def _gradescope_items(header: TableRow) -> list[MarkColumn]:
    titles = [cell.text.strip() for cell in header.cells]
    return [MarkColumn(at, title) for at, title in enumerate(titles) if f"{title}{_GRADESCOPES_MOST}" in titles]


_CLASSROOMS_OWN = frozenset((*_MAILS, "last name", "first name", "nachname", "vorname", "average", "overall grade"))


def _classroom_items(header: TableRow) -> list[MarkColumn]:
    return [
        MarkColumn(at, cell.text.strip())
        for at, cell in enumerate(header.cells)
        if cell.text.strip() and plain_heading(cell.text) not in _CLASSROOMS_OWN
    ]


WORKSHEET = Gradebook(
    "Moodle's grading worksheet",
    (
        _IDENTIFIER,
        _MARK_OF_WORKSHEET,
        (
            "last modified grade",
            "zuletzt geändert bewertung",
            "última modificación calificación",
            "dernière modification note",
        ),
    ),
    (*_IDS, *_MAILS),
    _worksheet_item,
    "Upload it under “Upload grading worksheet”, with Moodle in the language of the download: in another one the "
    "identifiers are other people's. Marks that were changed in Moodle after the download stay as they are there.",
    most_in=("maximum grade", "bestwertung", "calificación máxima", "note maximale"),
    changeable_in=("grade can be changed", "bewertung kann geändert werden"),
    numbered_in=_IDENTIFIER,
    # Sent back unchanged, a worksheet rounds everybody's marks to the two decimals that it shows.
    blanks_the_rest=True,
    takes_more=False,
    takes_short_lines=False,
)

GRADEBOOKS = (
    WORKSHEET,
    Gradebook(
        "Moodle's gradebook",
        ((*_MAILS, *_IDS, *_LOGINS),),
        (*_IDS, *_MAILS, *_LOGINS),
        _moodle_items,
        "Import it right after the download, with the separator that it has: Moodle refuses it once any mark is newer "
        "than its last column. Map no other column than these two.",
        takes_more=False,
        takes_short_lines=False,
        asks_for_columns=True,
    ),
    Gradebook(
        "Canvas's gradebook",
        (("student", "lastname firstname"), ("id",), ("section", "sis user id", "sis login id")),
        ("sis user id", "sis login id", "integration id", "id"),
        _canvas_items,
        "Import it in the gradebook; Canvas shows what will change before anything does.",
        most_beside=("points possible",),
        own_numbers=("id",),
    ),
    Gradebook(
        "Brightspace's gradebook",
        (("orgdefinedid", "username"), ("end of line indicator",)),
        ("orgdefinedid", "username", "email"),
        _brightspace_items,
        "Import it under Grades, Enter grades.",
    ),
    Gradebook(
        "Blackboard's gradebook",
        (
            ("username", "user name", "student id"),
            ("last name", "nachname"),
            ("last access", "availability", "child course id"),
        ),
        ("student id", "username", "user name"),
        _blackboard_items,
        "Upload it in the gradebook.",
    ),
    Gradebook(
        "Gradescope's gradebook",
        (("sid", "email"), ("total lateness h m s", "section name", "sections", "first name", "name")),
        ("sid", "email"),
        _gradescope_items,
        "Gradescope takes no marks from a file; this is for a gradebook that is fed from its download.",
    ),
    Gradebook(
        "Google Classroom's marks",
        (("last name", "nachname"), ("first name", "vorname"), _MAILS),
        _MAILS,
        _classroom_items,
        "Google Classroom takes no marks from a file; this is for a sheet that is fed from its download.",
        most_beside=("points", "punkte", "points possible"),
    ),
)


def recognise(text: str) -> Recognised:
    """Whose gradebook a text is; raises InputError for what is none."""
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    if text.lstrip()[:1] == "<":
        raise InputError("a web page, no gradebook", remedy="download it again as CSV")
    for gradebook in GRADEBOOKS:
        for delimiter in DELIMITERS:
            found = _as_gradebook(gradebook, text, delimiter)
            if found is not None:
                return found
    known = ", ".join(each.name for each in GRADEBOOKS)
    raise InputError(
        f"no gradebook that is known: its first line is {first_line[:80]!r}",
        expected=known,
        remedy="download it again and use it as it is: its headings say whose it is",
    )


def _as_gradebook(gradebook: Gradebook, text: str, delimiter: str) -> Recognised | None:
    if text.count(delimiter) < len(gradebook.needs) - 1:
        return None
    found = rows(text, delimiter)
    header = _headings(gradebook, found)
    return None if header is None else Recognised(gradebook, delimiter, header, tuple(found))


def _headings(gradebook: Gradebook, found: Iterator[TableRow]) -> TableRow | None:
    try:
        for header in islice(found, _MOST_LINES_ABOVE):
            plain = {plain_heading(cell.text) for cell in header.cells}
            if all(plain & set(one_of) for one_of in gradebook.needs) and gradebook.items(header):
                return header
    except InputError:  # by this sign, which is not the file's own, quotation marks make no cells
        return None
    return None


def number(written: str | None) -> Decimal | None:
    """A number as platforms write marks, with a point or a comma; None for what is none.

    >>> number("10,00"), number("-")
    (Decimal('10.00'), None)
    """
    try:
        return Decimal((written or "").strip().replace(",", "."))
    except InvalidOperation:
        return None
