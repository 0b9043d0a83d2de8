"""One signed sheet in several files: what is put together, what stays an attempt of its own, what is missed."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import NameObject, TextStringObject

from grader.assignments.assignment import FILE_NAME, load_assignment, make
from grader.assignments.question_set import QuestionSet
from grader.commands.printing import print_sheets
from grader.grading.grading import expected
from grader.submissions import Collected, Expected, collect
from tests.grader.small_set import SMALL
from tests.grader.submission_files import SHEET_1, SHEET_2, TWO, said, sheet_pdf, written, zip_of

Boxes = Mapping[str, str]
PAGES: tuple[Boxes, ...] = (
    {"q1.h1_3": "0.1", "q1.path_1.dL/dyhat_1": "0.2"},
    {},  # a page with the task and the drawing, and no box
    {"q1.path_1.product": "0.3", "q1.gradient": ""},
    {"q2.gradient": "0.5", "q2.updated": "0.6"},
)
WHOLE = {
    ("s1", "q1"): {"h1_3": "0.1", "path_1.dL/dyhat_1": "0.2", "path_1.product": "0.3"},
    ("s1", "q2"): {"gradient": "0.5", "updated": "0.6"},
}
BLANK = [dict.fromkeys(page, "") for page in PAGES]


pytestmark = pytest.mark.usefixtures("read_here")


def handed_in(*files: Sequence[Boxes | None] | bytes, to: Expected = TWO) -> Collected:
    """What is collected from these files, named one by one in this order."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.pdf") for number in range(len(files))]
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file if isinstance(file, bytes) else sheet_pdf(file))
        return collect(paths, to)


@st.composite
def splits(draw: st.DrawFn) -> list[list[Boxes]]:
    """The sheet's pages dealt to files, each file with its pages in any order, the files too."""
    pages = draw(st.permutations(PAGES))
    cuts = draw(st.sets(st.integers(1, len(pages) - 1)))
    return [list(pages[start:end]) for start, end in itertools.pairwise([0, *sorted(cuts), len(pages)])]


@settings(deadline=None, max_examples=50)
@given(splits(), st.booleans(), st.integers(0, 3))
def test_any_split_of_a_sheet_into_pages_reads_as_the_whole(files: list[list[Boxes]], form: bool, again: int) -> None:
    """In any order, with or without the form, and also if some file came in twice."""
    made = [sheet_pdf(pages, form=form) for pages in files]
    result = handed_in(*made, *made[:again])
    assert written(result) == WHOLE
    assert said(result) == []
    assert again or result.superseded == ()


@settings(deadline=None, max_examples=50)
@given(splits(), st.data())
def test_whole_copies_with_a_part_filled_in_each_are_one(files: list[list[Boxes]], data: st.DataObject) -> None:
    """Nobody hands in a later version in which all that was there before is gone."""
    copies: list[Sequence[Boxes]] = [
        *([page if page in pages else dict.fromkeys(page, "") for page in PAGES] for pages in files),
        BLANK,
    ]
    result = handed_in(*data.draw(st.permutations(copies)))
    assert written(result) == WHOLE
    assert result.superseded == ()
    assert not any(fatal for _, _, fatal in said(result))


@settings(deadline=None, max_examples=50)
@given(st.permutations(PAGES), st.integers(1, 4))
def test_pages_of_two_students_never_mix(pages: list[Boxes], cut: int) -> None:
    mine = [sheet_pdf([page]) for page in pages]
    theirs = [sheet_pdf([{name: "9" for name in page if name.startswith("q1")}], sheet_id=SHEET_2) for page in pages]
    result = handed_in(*mine[:cut], *theirs, *mine[cut:])
    assert {key: found for key, found in written(result).items() if key[0] == "s1"} == WHOLE
    assert written(result)["s2", "q1"] == dict.fromkeys(
        ("h1_3", "path_1.dL/dyhat_1", "path_1.product", "gradient"), "9"
    )


@pytest.mark.parametrize("form", [True, False])
def test_a_page_of_somebody_elses_sheet_in_a_file_is_refused(form: bool) -> None:
    mixed = sheet_pdf(PAGES, ids=[SHEET_1, SHEET_1, SHEET_1, SHEET_2], form=form)
    result = handed_in(mixed)
    assert result.submissions == ()
    assert [(problem.found, problem.fatal) for problem in result.problems] == [
        ("sheet ids of s1 and s2 in one file", True)
    ]


def changed(page: Boxes, **to: str) -> Boxes:
    """The page with other text in its first box."""
    first = next(iter(page))
    return {**page, first: to.get("text", "0.9")}


def test_a_draft_and_what_became_of_it_stay_two_attempts() -> None:
    draft = [changed(PAGES[0]), *BLANK[1:]]
    result = handed_in(draft, PAGES)
    assert written(result) == WHOLE
    assert [each.responses["h1_3"] for each in result.superseded] == ["0.9"]
    assert [(place, fatal) for place, _, fatal in said(result)] == [("s1, q1", False)]
    assert written(handed_in(PAGES, draft))["s1", "q1"] == {"h1_3": "0.9", "path_1.dL/dyhat_1": "0.2"}


def test_a_draft_and_the_same_with_more_stay_two_attempts() -> None:
    result = handed_in([PAGES[0], *BLANK[1:]], PAGES)
    assert written(result) == WHOLE
    assert len(result.superseded) == 1


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (1, 0, 3, 2), (0, 1, 3, 2)])
def test_pages_of_a_draft_and_of_what_became_of_it(order: tuple[int, ...]) -> None:
    """The later page counts, the others stay; the draft is kept for whoever marks the best of several."""
    draft = [[changed(PAGES[0])], [changed(PAGES[2])]]
    files = [*draft, [PAGES[0]], [PAGES[2]]]
    result = handed_in(*[files[number] for number in order], PAGES[3:])
    assert written(result) == WHOLE
    assert not any(fatal for _, _, fatal in said(result))
    assert {each.responses.get("h1_3") for each in result.superseded} >= {"0.9"}


def test_a_page_filled_in_anew_replaces_that_page_only() -> None:
    anew = {"q1.h1_3": "0.7", "q1.path_1.dL/dyhat_1": ""}
    result = handed_in(PAGES, [anew])
    assert written(result) == WHOLE | {("s1", "q1"): {"h1_3": "0.7", "path_1.product": "0.3"}}
    assert [(each.responses["h1_3"], each.question) for each in result.superseded] == [("0.1", "q1")]
    (remark,) = result.problems
    assert (remark.source[-5:], remark.fatal) == ("1.pdf", False)
    assert remark.found.endswith("0.pdf has other responses to the same question")


def test_copies_that_were_put_together_are_remarked() -> None:
    first, second = [PAGES[0], *BLANK[1:]], [*BLANK[:2], PAGES[2], BLANK[3]]
    result = handed_in(first, second)
    assert written(result) == {("s1", "q1"): WHOLE["s1", "q1"]}
    ((place, found, fatal),) = said(result)
    assert (place, fatal) == ("s1, q1", False)
    assert found.endswith("0.pdf has responses to other boxes of the same question")


@settings(deadline=None, max_examples=50)
@given(splits())
def test_a_page_that_nobody_handed_in_is_missed_once(files: list[list[Boxes]]) -> None:
    kept = files[1:] or [list(PAGES[:1])]
    result = handed_in(*kept)
    left = {name for pages in kept for page in pages for name in page}
    gone = [name for page in PAGES for name in page if name not in left]
    problems = [problem for problem in result.problems if problem.fatal]
    assert [(problem.student, problem.place) for problem in problems] == [
        ("s1", ", ".join(sorted({name.partition(".")[0] for name in gone})))
    ] * bool(gone)
    assert all("pages were left out" in problem.found for problem in problems)


FLATTENED = [*PAGES[:3], None]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([FLATTENED], "the sheet of s1 lacks the fields of all 2 boxes of q2: printed to PDF, scanned or flattened"),
        ([FLATTENED, BLANK], "the sheet of s1 lacks the fields of all 2 boxes of q2: printed"),
        ([BLANK, FLATTENED], "the sheet of s1 lacks the fields of all 2 boxes of q2: printed"),
        ([FLATTENED, PAGES[3:]], "the sheet of s1 lacks the fields of all 2 boxes of q2: printed"),
        ([PAGES, FLATTENED], "the sheet of s1 lacks the fields of all 2 boxes of q2: printed"),
    ],
)
def test_a_flattened_page_is_reported_whatever_else_came(files: list[list[Boxes | None]], found: str) -> None:
    """A blank copy beside it must not make it pass for blank, nor an older one for the same."""
    result = handed_in(*files)
    (problem,) = (problem for problem in result.problems if problem.fatal)
    assert problem.found.startswith(found)
    assert (problem.student, problem.place) == ("s1", "q2")
    assert written(result)["s1", "q1"] == WHOLE["s1", "q1"]


def test_a_box_that_is_gone_from_a_page_is_reported() -> None:
    """A page says how many boxes were printed on it."""
    data = sheet_pdf(PAGES).replace(b"/T(q2.updated)/NM(q2.updated)", b"/A(q2.updated)/B (q2.updated)")
    (problem,) = handed_in(data, BLANK).problems
    assert "1 of the 2 boxes of q2: printed to PDF" in problem.found


def test_what_the_instructor_typed_settles_it(tmp_path: Path) -> None:
    sheet, typed = tmp_path / "a.pdf", tmp_path / "b.csv"
    sheet.write_bytes(sheet_pdf(FLATTENED))
    typed.write_text("student,question,slot,response\ns1,q2,gradient,0.5\ns1,q2,updated,0.6\n")
    result = collect([sheet, typed], TWO)
    assert written(result) == WHOLE
    assert said(result) == []
    assert any(fatal for _, _, fatal in said(collect([tmp_path], TWO)))  # a table there may be anybody's


def test_pages_around_a_table_are_still_one_sheet(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("1.pdf", "2.csv", "3.pdf")]
    paths[0].write_bytes(sheet_pdf(PAGES[:2]))
    paths[1].write_text("student,question,slot,response\ns1,q1,h1_3,7\n")
    paths[2].write_bytes(sheet_pdf(PAGES[2:]))
    assert written(collect(paths, TWO)) == WHOLE
    assert written(collect([paths[0], paths[2], paths[1]], TWO))["s1", "q1"] == {"h1_3": "7"}


@pytest.mark.parametrize("layout", ["{}.pdf", "Ann Lee_12_assignsubmission_file_/page {}.pdf", "{}/sheet.pdf"])
def test_pages_in_folders_and_archives(tmp_path: Path, layout: str) -> None:
    files = {layout.format(number): sheet_pdf([page], form=False) for number, page in enumerate(PAGES)}
    archive = zip_of(tmp_path / "all.zip", files)
    for name, data in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for source in (archive, tmp_path / "folder"):
        result = collect([source], TWO)
        assert written(result) == WHOLE
        assert said(result) == []


def test_two_copies_joined_to_one_file_are_remarked() -> None:
    result = handed_in([changed(PAGES[0]), *PAGES[1:], *PAGES])
    assert written(result) == WHOLE
    ((place, found, fatal),) = said(result)
    assert (place, fatal) == ("field 'q1.h1_3'", False)
    assert found == "two copies of it in one file, '0.9' and '0.1'"


# From here on sheets as they are handed out, and programs that people use.

Splitter = Callable[[bytes, Path], Iterable[bytes]]
Class = tuple[QuestionSet, dict[str, bytes], dict[str, Boxes]]


@pytest.fixture(scope="module")
def class_of_two(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """A set of two questions, each student's sheet filled in, and what was written there."""
    folder = tmp_path_factory.mktemp("set")
    (folder / FILE_NAME).write_text(SMALL)
    made = make(load_assignment(folder), folder, ["s1", "s2"])
    print_sheets(folder, made, {"s1": "Ann", "s2": "Bo"})
    sheets: dict[str, bytes] = {}
    texts: dict[str, Boxes] = {}
    for student in ("s1", "s2"):
        questions = [asked for asked in made.questions.questions if asked.student == student]
        names = [f"{asked.question}.{slot.slot}" for asked in questions for slot in asked.slots]
        texts[student] = {name: f"{student[1]}.{number:03}" for number, name in enumerate(names)}
        sheets[student] = filled(folder / "sheets" / f"{student}.pdf", texts[student])
    return made.questions, sheets, texts


def filled(path: Path, texts: Boxes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=path)
    for page in writer.pages:
        for reference in page["/Annots"]:  # type: ignore[attr-defined]
            widget = reference.get_object()
            if widget["/NM"] in texts:
                widget[NameObject("/V")] = TextStringObject(texts[widget["/NM"]])
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def by_pypdf(sheet: bytes, folder: Path) -> Iterable[bytes]:
    for page in pypdf.PdfReader(BytesIO(sheet)).pages:
        writer, out = pypdf.PdfWriter(), BytesIO()
        writer.add_page(page)
        writer.write(out)
        yield out.getvalue()


def by_appending(sheet: bytes, folder: Path) -> Iterable[bytes]:
    for number in range(len(pypdf.PdfReader(BytesIO(sheet)).pages)):
        writer, out = pypdf.PdfWriter(), BytesIO()
        writer.append(BytesIO(sheet), pages=(number, number + 1))
        writer.write(out)
        yield out.getvalue()


def by_deleting_pages(sheet: bytes, folder: Path) -> Iterable[bytes]:
    for number in range(len(pypdf.PdfReader(BytesIO(sheet)).pages)):
        with pikepdf.open(BytesIO(sheet)) as document:
            for other in reversed(range(len(document.pages))):
                if other != number:
                    del document.pages[other]
            out = BytesIO()
            document.save(out)
        yield out.getvalue()


def by_pdfseparate(sheet: bytes, folder: Path) -> Iterable[bytes]:
    (folder / "whole").write_bytes(sheet)
    subprocess.run(["pdfseparate", folder / "whole", folder / "page-%d"], check=True, capture_output=True)
    return [path.read_bytes() for path in sorted(folder.glob("page-*"))]


def united(files: Iterable[bytes], folder: Path) -> bytes:
    """The files as one, by Poppler."""
    paths = []
    for number, data in enumerate(files):
        paths.append(folder / f"part-{number}")
        paths[-1].write_bytes(data)
    subprocess.run(["pdfunite", *paths, folder / "united"], check=True, capture_output=True)
    return (folder / "united").read_bytes()


needs_poppler = pytest.mark.skipif(shutil.which("pdfunite") is None, reason="poppler is not installed")
SPLITTERS = [by_pypdf, by_appending, by_deleting_pages, pytest.param(by_pdfseparate, marks=needs_poppler)]


def texts_of(result: Collected, student: str) -> Boxes:
    mine = {asked: found for (who, asked), found in written(result).items() if who == student}
    return {f"{asked}.{slot}": text for asked, found in mine.items() for slot, text in found.items()}


@pytest.mark.parametrize("split", SPLITTERS)
def test_pages_that_programs_take_apart_are_read(class_of_two: Class, tmp_path: Path, split: Splitter) -> None:
    questions, sheets, texts = class_of_two
    pages = list(split(sheets["s1"], tmp_path))
    assert len(pages) == 2
    result = handed_in(pages[1], sheets["s2"], pages[0], to=expected(questions))
    assert said(result) == []
    assert texts_of(result, "s1") == texts["s1"]
    assert texts_of(result, "s2") == texts["s2"]


@needs_poppler
def test_files_that_poppler_joins_are_read_or_refused(class_of_two: Class, tmp_path: Path) -> None:
    questions, sheets, texts = class_of_two
    pages = {student: list(by_pdfseparate(sheet, tmp_path)) for student, sheet in sheets.items()}
    result = handed_in(united(pages["s1"], tmp_path), to=expected(questions))
    assert (said(result), texts_of(result, "s1")) == ([], texts["s1"])
    for files in (sheets.values(), (pages["s1"][0], pages["s2"][1])):
        result = handed_in(united(files, tmp_path), to=expected(questions))
        assert result.submissions == ()
        assert said(result) == [("", "sheet ids of s1 and s2 in one file", True)]


@pytest.mark.skipif(shutil.which("pdftocairo") is None, reason="poppler is not installed")
def test_a_printed_sheet_is_put_down_to_its_student_by_its_foot(class_of_two: Class, tmp_path: Path) -> None:
    questions, sheets, _ = class_of_two
    (tmp_path / "sheet.pdf").write_bytes(sheets["s2"])
    subprocess.run(["pdftocairo", "-pdf", tmp_path / "sheet.pdf", tmp_path / "print.pdf"], check=True)
    (problem,) = collect([tmp_path / "print.pdf"], expected(questions)).problems
    assert (problem.student, problem.fatal) == ("s2", True)
    assert problem.found == "the sheet of s2, but printed to PDF, scanned or flattened: there are no fields"
