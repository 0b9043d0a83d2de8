"""An assignment's folder: assignment.toml, the roster, and the questions that are drawn for every student."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from grader.assignments import question_set
from grader.assignments.due import named_date
from grader.assignments.earlier_sets import digest, load_earlier
from grader.assignments.extensions import ExtensionPart
from grader.assignments.face_part import FacePart, PagesPart
from grader.assignments.forms_of_work import forms_of_work
from grader.assignments.own_face import own_face
from grader.assignments.own_networks import is_same_for_all, own_network, remarks_of_warnings
from grader.assignments.question_set import HandedQuestion, QuestionSet, SetHeading, hand_out
from grader.assignments.student_ids import StudentIds
from grader.assignments.texts_part import QuestionTexts, TextsPart
from grader.files.safe_names import command_line, shown
from grader.rubrics.rubric import Rubric, merged
from grader.sheets.content.face import NO_TEXTS, Face, OwnTexts
from question_bank.derivations.arrangements import Working
from question_bank.derivations.layout import PathsShown, Quantity
from question_bank.errors import InputError, NotationError, RecipeError, gathered, refuse, together
from question_bank.expressions.names import Symbol
from question_bank.language.spoken import require_language, written_date
from question_bank.language.words import ENGLISH_CODE
from question_bank.networks.lettering import in_notation
from question_bank.networks.notation_presets import preset
from question_bank.networks.notations import OWN, Notation
from question_bank.questions.asked import ANY, asked_symbols
from question_bank.questions.described_keys import WORDS_OF_RECIPES, Words, words_in
from question_bank.questions.document import StrictDocument
from question_bank.questions.draws import draw
from question_bank.questions.notation_part import (
    NamedNotation,
    NotationPart,
    notation_of,
    require_unlike_names,
)
from question_bank.questions.own_draws import draw_own
from question_bank.questions.problems import every_problem
from question_bank.questions.question import Question
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.rubric_part import RubricPart
from question_bank.toml_text import parse_toml, read_text

FILE_NAME = "assignment.toml"
ROSTER_NAME = "roster.csv"
_WORDS = Path(__file__).with_name("assignment_keys.toml")
_LARGEST_FILE = 1_000_000
_MOST_DRAWS = 20
"""For a question of which an earlier term had the first ones."""
_STEPS = (1, 0.5, 0.25, 0.2, 0.1, 0.05)
"""By what marks may go up."""
_WHOLE = 1e-9
_LEAST_MARKS = 0.01
"""What tables of grades still show."""

Progress = Callable[[int], None]
"""Told how many more questions are drawn."""


class QuestionPart(StrictDocument):
    """One `[[questions]]` table.

    It asks questions of a `recipe`, or of a `network` that stands in a file beside it; with `certify = "warn"` also of
    one that cannot be certified. `ask` is None where the recipe or the file says what is asked. `forms` says whether
    everybody gets equal work where the parameter is any. `attempts` is how often it may be answered online, None
    without limit. `id` is `q1`, `q2`, …: the table's place, unless it says otherwise.
    """

    id: Annotated[str, Field(pattern="^q[1-9][0-9]{0,3}$")] | None = None
    recipe: str | None = None
    network: Annotated[str, Field(pattern=r"\.(toml|json)$")] | None = None
    certify: Literal["refuse", "warn"] = "refuse"
    ask: Quantity | None = None
    parameter: str = "any"
    parameters: str | list[str] | None = None
    working: Working | None = None
    paths: PathsShown = "given"
    forms: Literal["same", "mixed"] = "same"
    marks: Annotated[float, Field(ge=_LEAST_MARKS, le=1000)]
    attempts: Annotated[int, Field(ge=1, le=1000)] | None = None
    texts: QuestionTexts | None = None
    rubric: RubricPart | None = None

    @model_validator(mode="after")
    def _asks_once(self) -> QuestionPart:
        if self.parameters is not None and self.parameter != "any":
            raise ValueError("parameter and parameters exclude each other: one key, or several")
        return self

    @model_validator(mode="after")
    def _has_one_source(self) -> QuestionPart:
        if (self.recipe is None) == (self.network is None):
            raise ValueError("expected one of the two: recipe, or network")
        if self.network is None and self.certify == "warn":
            raise ValueError('certify = "warn" is of a network; what a recipe draws is always certified')
        return self

    @property
    def source(self) -> str:
        """The name of the recipe, or the network's file."""
        return self.recipe or self.network or ""

    @property
    def own_parameter(self) -> str | None:
        """What is asked of a network, as its file would say it; None leaves it to the file."""
        written = " ".join(self.asked) if isinstance(self.asked, list) else self.asked
        return None if written == ANY else written

    @property
    def own_paths(self) -> PathsShown | None:
        """How a network's paths are shown, where that is said here."""
        return self.paths if self.network is None or "paths" in self.model_fields_set else None

    @property
    def asked(self) -> str | list[str]:
        """What is asked for, as it is written; `"any"` leaves it to the recipe."""
        return self.parameter if self.parameters is None else self.parameters

    def quantity(self, recipe: Recipe) -> Quantity:
        """What is worked out for it: as it is written, or what the recipe is about."""
        return self.ask or recipe.usually_asked


class Assignment(StrictDocument):
    """assignment.toml."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    course: Annotated[str, Field(max_length=120)] = ""
    due: date | datetime | Annotated[str, Field(max_length=60)] | None = None
    paper: Literal["A4", "Letter"] = "A4"
    language: str = ENGLISH_CODE
    """What sheets, feedback and the page about the class are written in."""
    sides: Literal[1, 2] = 1
    """On how many sides of a paper the files of many sheets are printed."""
    collate: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The column of the roster by which sheets are sorted into files of their own."""
    accessible: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=10_000)] | None = None
    """Students whose sheets are tagged, for a screen reader; "*" alone for all."""
    notation: NamedNotation | None = None
    """What things are called on everything that a person sees; files have gradpath's own keys."""
    pins: bool = False
    """Whether a sheet is opened online by its id and a PIN that the student alone was told."""
    show_marks: bool = False
    """Whether the sheet says what its boxes are worth."""
    marks_step: float | None = None
    """A question's marks are rounded to a multiple of it, once."""
    texts: TextsPart | None = None
    """The instructor's own words on sheets and on pages where they are answered."""
    face: FacePart | None = None
    """How sheets look."""
    pages: PagesPart | None = None
    """Pages besides the questions."""
    rubric: RubricPart | None = None
    extension: Annotated[list[ExtensionPart], Field(max_length=10_000)] | None = None
    """Students for whom it is due later."""
    withdrawn: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=10_000)] | None = None
    """Students who take part no longer; what they have stays, apart from the others'."""
    questions: Annotated[list[QuestionPart], Field(min_length=1, max_length=50)]

    @field_validator("title", "course", "due", mode="before")
    @classmethod
    def _fits_a_line(cls, value: object) -> object:
        if isinstance(value, str) and not value.isprintable():
            raise ValueError("expected one line of text without control characters")
        return value

    @field_validator("language")
    @classmethod
    def _has_a_catalogue(cls, value: str) -> str:
        return require_language(value)

    @field_validator("notation")
    @classmethod
    def _is_a_notation(cls, value: str | NotationPart | None) -> str | NotationPart | None:
        if isinstance(value, str) and not value.endswith(".toml"):
            preset(value)
        return value

    @field_validator("marks_step")
    @classmethod
    def _is_a_step(cls, value: float | None) -> float | None:
        if value not in (None, *_STEPS):
            raise ValueError(f"expected one of {', '.join(f'{step:g}' for step in _STEPS)}")
        return value

    @field_validator("due", mode="before")
    @classmethod
    def _is_a_date(cls, value: object) -> object:
        if not isinstance(value, str | date | None):
            raise ValueError("expected a date such as 2030-01-31 or 2030-01-31T23:59:00, or text in quotation marks")
        return named_date(value) if isinstance(value, date) else value

    @model_validator(mode="after")
    def _fits_together(self) -> Assignment:
        refuse([*self._lateness_without_a_date(), *self._ids_that_are_one(), *self._marks_between_steps()])
        return self

    def _marks_between_steps(self) -> Iterator[InputError]:
        for number, part in enumerate(self.questions, 1):
            steps = part.marks / (self.marks_step or part.marks)
            if abs(steps - round(steps)) > _WHOLE:
                yield InputError(
                    f"{part.marks:g}, which is no multiple of marks_step",
                    place=f"questions[{number}].marks",
                    expected=f"marks in steps of {self.marks_step:g}",
                )

    def _lateness_without_a_date(self) -> Iterator[InputError]:
        tables = {"rubric": self.rubric} | {f"questions[{n}].rubric": q.rubric for n, q in enumerate(self.questions, 1)}
        for name, rubric in tables.items():
            if rubric is not None and rubric.late is not None and not isinstance(self.due, date):
                yield InputError(
                    f"[{name}.late] needs a date",
                    place="due",
                    expected="a date such as 2030-01-31, or 2030-01-31T23:59:00",
                )

    def _ids_that_are_one(self) -> Iterator[InputError]:
        names = [part.id or f"q{number}" for number, part in enumerate(self.questions, 1)]
        for number, name in enumerate(names, 1):
            first = names.index(name) + 1
            if first < number:
                yield InputError(
                    f"questions[{first}] and questions[{number}] are both {name}",
                    place=f"questions[{number}].id",
                    remedy='give each table of which the id is not its place a line such as id = "q3"',
                )

    @cached_property
    def by_id(self) -> dict[str, QuestionPart]:
        """The tables by their questions' ids, in their order."""
        return {part.id or f"q{number}": part for number, part in enumerate(self.questions, 1)}

    @property
    def own_files(self) -> tuple[str, ...]:
        """The files beside assignment.toml that it names: recipes, networks, a notation."""
        named = [part.source for part in self.questions if part.network or part.source.endswith(".toml")]
        if isinstance(self.notation, str) and self.notation.endswith(".toml"):
            named.append(self.notation)
        return tuple(dict.fromkeys(named))

    def notation_in(self, folder: Path) -> Notation:
        """The notation of all that is printed; a file is looked for in the folder. Raises NotationError."""
        try:
            return notation_of(self.notation, folder)
        except NotationError as error:
            raise error.in_file(str(folder / FILE_NAME)) from error

    def face_in(self, folder: Path) -> Face:
        """How sheets look; files are looked for in the folder. Raises InputError for all that cannot be used."""
        face = own_face(self.face, folder, folder / FILE_NAME)
        return face if self.pages is None else replace(face, pages=self.pages.extra)

    @property
    def own_texts(self) -> OwnTexts:
        """The instructor's words before and behind the questions, in the language that is spoken."""
        return NO_TEXTS if self.texts is None else self.texts.on_sheet

    def task_of(self, question: str) -> str:
        """The instructor's words about `q1`, `q2`, …, in the language that is spoken: its own, else those for all."""
        part = self.by_id.get(question)
        own = part.texts.said_of_it if part is not None and part.texts is not None else ""
        return own or (self.texts.said_of_each if self.texts is not None else "")

    @property
    def due_text(self) -> str:
        """The due date as a sheet prints it in the language that is spoken, empty without one."""
        return written_date(self.due) if isinstance(self.due, date) else self.due or ""

    def rubric_of(self, question: str, recipe: RubricPart | None = None) -> RubricPart:
        """What applies to `q1`, `q2`, … given what its recipe says; the nearest to the question wins, key by key."""
        part = self.by_id.get(question)
        return merged(None if part is None else part.rubric, self.rubric, recipe)


@dataclass(frozen=True, slots=True)
class Made:
    """What `make` came to: the whole set, how many of its questions are new, and what an instructor should know."""

    assignment: Assignment
    questions: QuestionSet
    drawn: int
    remarks: tuple[str, ...]


def load_assignment(folder: Path) -> Assignment:
    """Read and check a folder's assignment.toml, its recipes, parameters and rubrics included.

    Raises InputError with file, key, what was found and what was expected.
    """
    assignment = read_assignment(folder)
    check_assignment(assignment, folder)
    return assignment


def check_assignment(assignment: Assignment, folder: Path) -> None:
    """Ask whether all that an assignment names is there and can be used; raises InputError for all that is not."""
    notation = OWN
    problems: list[InputError] = []
    with gathered(problems):
        notation = assignment.notation_in(folder)
    with gathered(problems):
        assignment.face_in(folder)
    for number, (name, part) in enumerate(assignment.by_id.items(), 1):
        with gathered(problems):
            _check(assignment, part, name, number, folder, notation)
    # A recipe that several questions ask for is complained of once.
    refuse({str(problem): problem for problem in problems}.values())


def read_assignment(folder: Path) -> Assignment:
    """Read assignment.toml by itself, as marking does: what was handed out needs no recipe any more.

    Raises InputError with file, key, what was found and what was expected.
    """
    path = folder / FILE_NAME
    if not path.exists():
        raise InputError(
            "there is no such file", file=str(path), remedy=f"`{command_line('new', folder)}` writes an example"
        )
    document = parse_toml(read_text(path, _LARGEST_FILE), str(path))
    try:
        return Assignment.model_validate(document)
    except ValidationError as error:
        found = every_problem(error, str(path), RecipeError, Assignment, words_of_assignments())
        # What lies beside it is looked at all the same, so that it is not complained of the next time only.
        raise together([*found.all, *_of_files(document, folder)]) from error


def _of_files(document: Mapping[str, Any], folder: Path) -> Iterator[InputError]:
    """What cannot be used of the files that an assignment names in tables which by themselves are in order."""
    problems: list[InputError] = []
    with suppress(ValidationError), gathered(problems):
        own_face(FacePart.model_validate(document["face"]) if "face" in document else None, folder, folder / FILE_NAME)
    named = document.get("notation")
    if isinstance(named, str):
        with gathered(problems):
            try:
                notation_of(named, folder)
            except NotationError as error:
                raise error.in_file(str(folder / FILE_NAME)) from error
    for number, each in enumerate(_tables_of(document.get("questions")), 1):
        with suppress(ValidationError), gathered(problems):
            _file_of(QuestionPart.model_validate(each), number, folder)
    # What several questions name is complained of once.
    yield from {str(problem): problem for problem in problems}.values()


def _tables_of(written: object) -> Sequence[object]:
    return written if isinstance(written, list) else ()


def _file_of(part: QuestionPart, number: int, folder: Path) -> None:
    """Ask whether a question's recipe or network can be used by itself."""
    try:
        if part.network is not None:
            own_network(part, folder)
        else:
            load_recipe(part.source, folder)
    except InputError as error:
        if error.file:
            raise
        place = f"questions[{number}]" + (f".{error.place}" if error.place else "")
        raise error.at(file=str(folder / FILE_NAME), place=place) from error


def words_of_assignments() -> Words:
    """What is said of the keys of assignment.toml; of rubrics, it is what recipes say."""
    of_rubrics = {place: said for place, said in words_in(WORDS_OF_RECIPES).items() if place.startswith("rubric")}
    return {**words_in(_WORDS), **of_rubrics}


def _check(
    assignment: Assignment, part: QuestionPart, name: str, number: int, folder: Path, notation: Notation
) -> None:
    try:
        if part.network is not None:
            own = own_network(part, folder)
            rubric = Rubric.of(assignment.rubric_of(name))
            rubric.slot_worth(own.derivation, part.marks)
            require_unlike_names(notation, own.derivation)
            return
        recipe = load_recipe(part.source, folder)
        chosen: Sequence[str | Sequence[str | Symbol]] = (
            [part.asked] if part.asked != ANY else recipe.choices(part.forms, part.quantity(recipe))
        )
        rubric = Rubric.of(assignment.rubric_of(name, recipe.rubric))
        # Whichever parameter is drawn, its question must have the slots that the marks are for.
        for asked in chosen if rubric != Rubric() else chosen[:1]:
            derivation = recipe.derivation(asked, part.quantity(recipe), part.paths, part.working)
            rubric.slot_worth(derivation, part.marks)
            require_unlike_names(notation, derivation)
    except InputError as error:
        if error.file:
            raise
        if isinstance(error, NotationError):
            place = f"notation, for questions[{number}]"
            raise error.at(file=str(folder / FILE_NAME), place=place) from error
        place = f"questions[{number}]" + (f".{_table_of(error.place, part, assignment)}" if error.place else "")
        raise error.at(file=str(folder / FILE_NAME), place=place) from error


def _table_of(place: str, part: QuestionPart, assignment: Assignment) -> str:
    """Where marks or weights that cannot be used are written."""
    if place not in ("marks", "weights"):
        return place
    if part.rubric is not None and getattr(part.rubric, place) is not None:
        return f"rubric.{place}"
    if assignment.rubric is not None and getattr(assignment.rubric, place) is not None:
        return f"marks, shared out by [rubric.{place}]"
    return f"marks, shared out by the recipe's [rubric.{place}]"


def make(
    assignment: Assignment,
    folder: Path,
    students: Sequence[str],
    *,
    handed: QuestionSet | None = None,
    redraw: bool = False,
    progress: Progress = lambda count: None,
    before_saving: Callable[[Collection[str]], None] = lambda students: None,
) -> Made:
    """Draw what is missing for these students and keep it in questions.json.

    What was handed out stays as it is, also for students who have left; `handed` is it, where it has been read.
    `redraw` sets all of that aside, in a file of its own, and draws anew with another secret. `before_saving` is told
    whose questions change while questions.json is still the old one. Raises InputError, DrawError.
    """
    path = folder / question_set.FILE_NAME
    before = handed or (question_set.load(path) if path.exists() else None)
    base = before or QuestionSet.begin(assignment.title)
    if before is not None and redraw:
        base = QuestionSet.begin(assignment.title).model_copy(update={"renamed": before.renamed})
    kept = {(each.student, each.question): each for each in base.questions}
    _refuse_other_spellings(students, {student for student, _ in kept})
    fresh: dict[tuple[str, str], HandedQuestion] = {}
    earlier = load_earlier(folder)
    problems: list[InputError] = []
    for name in assignment.by_id:
        waiting = [student for student in students if (student, name) not in kept]
        try:
            if waiting:
                fresh |= _draw_new(waiting, name, assignment, base, folder, progress, earlier)
        except InputError as problem:
            problems += problem.all
    refuse(problems)
    if fresh:
        if before is not None and redraw:
            question_set.save(before, _set_aside(path))
            before_saving(before.by_student())
        before_saving({student for student, _ in fresh})
        everything = kept | fresh
        order = {student: at for at, student in enumerate(students)}
        ranked = sorted(everything, key=lambda pair: (order.get(pair[0], len(order)), int(pair[1][1:])))
        base = base.model_copy(update={"questions": tuple(everything[pair] for pair in ranked)})
        question_set.save(base, path)
    with in_notation(assignment.notation_in(folder)):
        warned = remarks_of_warnings(base)
    remarks = [*_remarks(assignment, students, kept), *_unequal_work(base), *warned]
    remarks += _equal_numbers(base, {name for name, part in assignment.by_id.items() if is_same_for_all(part, folder)})
    return Made(assignment, base, len(fresh), tuple(remarks))


def _refuse_other_spellings(students: Sequence[str], handed: Collection[str]) -> None:
    """Raise InputError where somebody who has a sheet would get another one under another spelling of the id."""
    before, now = StudentIds(handed), set(students)
    for student in students:
        meant = None if student in handed else before.find(student).student
        if meant is not None and meant not in now:
            raise InputError(
                f"the id {shown(student)}, where {shown(meant)} has a sheet: only its case or its leading zeros differ",
                file=ROSTER_NAME,
                remedy="write it as it was when the sheet was made; if it is somebody else, keep a line for both",
            )


def _draw_new(
    students: Sequence[str],
    name: str,
    assignment: Assignment,
    base: QuestionSet,
    folder: Path,
    progress: Progress,
    earlier: frozenset[str],
) -> dict[tuple[str, str], HandedQuestion]:
    """One question of an assignment for these students, none of which an earlier term had."""
    found: dict[tuple[str, str], HandedQuestion] = {}
    waiting = list(students)
    if is_same_for_all(assignment.by_id[name], folder):
        earlier = frozenset()  # the numbers are the lecture's own, in this term as in any other
    for again in range(_MOST_DRAWS):
        drawn = _draw_for(waiting, name, assignment, base, folder, progress, again)
        found |= {pair: handed for pair, handed in drawn.items() if not earlier or digest(handed) not in earlier}
        waiting = [student for student in waiting if (student, name) not in found]
        if not waiting:
            return found
        progress(-len(waiting))
    raise InputError(
        f"{_MOST_DRAWS} draws for {len(waiting):,} students had all been handed out in an earlier term",
        file=str(folder / FILE_NAME),
        place=name,
        remedy="widen the recipe's ranges of numbers, or take another recipe",
    )


def _draw_for(
    students: Sequence[str],
    name: str,
    assignment: Assignment,
    base: QuestionSet,
    folder: Path,
    progress: Progress,
    again: int = 0,
) -> dict[tuple[str, str], HandedQuestion]:
    part = assignment.by_id[name]
    keys = [base.draw_key(student, name, again) for student in students]
    if part.network is not None:
        own = draw_own(own_network(part, folder), keys, warn=part.certify == "warn", progress=progress)
        return _handed(students, own, name, assignment, base, None)
    recipe = load_recipe(part.source, folder)
    # Who comes later is asked what the others were, where the table leaves it open.
    handed = None if part.ask else next((one for one in base.questions if one.question == name), None)
    drawn = draw(
        recipe,
        keys,
        parameter=part.asked,
        quantity=part.quantity(recipe) if handed is None else handed.ask.quantity,
        paths=part.paths,
        working=part.working,
        forms=part.forms,
        name=part.source,
        progress=progress,
    )
    return _handed(students, drawn, name, assignment, base, recipe.rubric)


def _handed(
    students: Sequence[str],
    drawn: Sequence[Question],
    name: str,
    assignment: Assignment,
    base: QuestionSet,
    recipe_rubric: RubricPart | None,
) -> dict[tuple[str, str], HandedQuestion]:
    part = assignment.by_id[name]
    return {
        (student, name): hand_out(
            question,
            student=student,
            number=name,
            sheet_id=base.sheet_id(student),
            recipe=part.source,
            marks=part.marks,
            rubric=assignment.rubric_of(name),
            recipe_rubric=recipe_rubric,
        )
        for student, question in zip(students, drawn, strict=True)
    }


def drawn_to_look_at(assignment: Assignment, folder: Path, seed: int = 0) -> list[HandedQuestion]:
    """What a student would get, of nobody and kept nowhere; the same again for the same seed."""
    secret = hashlib.sha256(b"preview %d" % seed).hexdigest()
    base = QuestionSet(assignment=SetHeading(id="preview", title=assignment.title), secret=secret)
    nobody = "preview"
    drawn: dict[tuple[str, str], HandedQuestion] = {}
    for name in assignment.by_id:
        drawn |= _draw_for([nobody], name, assignment, base, folder, lambda count: None)
    return list(drawn.values())


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.stem}.before-redraw-{number}{path.suffix}")).exists():
        number += 1
    return aside


def _remarks(assignment: Assignment, students: Sequence[str], kept: dict[tuple[str, str], HandedQuestion]) -> list[str]:
    """Where what was handed out is no longer what assignment.toml and the roster say."""
    remarks = []
    changed = {handed.question for handed in kept.values() if difference(assignment, handed) is not None}
    if changed:
        names = ", ".join(sorted(changed, key=lambda name: int(name[1:])))
        remarks.append(
            f"{FILE_NAME} now says something else about {names} than was handed out; "
            "what was handed out stays (--redraw draws everything anew)"
        )
    left = {student for student, _ in kept} - {*students, *(assignment.withdrawn or ())}
    if left:
        remarks.append(f"{len(left)} who got questions are no longer in {ROSTER_NAME}; their questions are kept")
    return remarks


@dataclass(frozen=True, slots=True)
class Difference:
    """What assignment.toml says of a question, and what was handed out."""

    key: str
    now: str
    then: str


def difference(assignment: Assignment, handed: HandedQuestion) -> Difference | None:
    """In what a question's table says something else than was handed out; None if they agree.

    A table without an id is known by its place only, so that all of it must agree.
    """
    part = assignment.by_id.get(handed.question)
    if part is None:
        return Difference("id", "no such table", f"{handed.recipe}, {handed.marks:g} marks")
    several = None if part.parameters is None else _keys(handed, part.parameters)
    handed_keys = tuple(value.key for value in handed.derivation.asked)
    parameter = handed_keys[0] if part.parameter != "any" else "any"
    said = {
        "recipe" if part.network is None else "network": (part.source, handed.recipe),
        "ask": (part.ask, None if part.ask is None else handed.ask.quantity),
        "parameter": (part.parameter, parameter),
        "parameters": (several, None if several is None else handed_keys),
        "working": (part.working, None if part.working is None else handed.derivation.layout.working),
        "paths": (part.own_paths, None if part.own_paths is None else handed.ask.paths),
        "marks": (part.marks, handed.marks),
    }
    for key, (now, then) in said.items():
        if now != then:
            return Difference(key, _shown(now), _shown(then))
    return None


def _keys(handed: HandedQuestion, written: str | list[str]) -> tuple[str, ...] | str | list[str]:
    """What is asked for by its keys; as it is written where the network does not have it."""
    try:
        return tuple(value.key for value in asked_symbols(handed.written.model, written))
    except InputError:
        return written


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unequal_work(questions: QuestionSet) -> list[str]:
    """Questions of which some students have more to do than others, form by form."""
    remarks = []
    for question, forms in forms_of_work(questions).items():
        if len(forms) > 1:
            parts = (
                f"{len(form.handed)} of the students have {form.size}, for {form.asked} "
                f"(mean difficulty {form.difficulty:.2f})"
                for form in forms
            )
            remarks.append(f"{question} is not equal work for everybody: {'; '.join(parts)}")
    return remarks


def _equal_numbers(questions: QuestionSet, meant: Collection[str]) -> list[str]:
    """Who got the same question with the same numbers, but for questions of which everybody is meant to."""
    same: dict[str, list[str]] = {}
    for handed in questions.questions:
        if handed.question in meant:
            continue
        numbers = json.dumps([handed.question, handed.written.model_dump(), handed.ask.model_dump()])
        same.setdefault(numbers, []).append(handed.student)
    pairs = sorted((json.loads(numbers)[0], students) for numbers, students in same.items() if len(students) > 1)
    return [f"{question} has the same numbers for {' and '.join(students)}" for question, students in pairs]
