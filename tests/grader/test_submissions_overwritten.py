"""Answers written over a sheet's fields: found, named by question, drawn for a person; and never where none are."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from grader.assignments.assignment import FILE_NAME, load_assignment, make
from grader.assignments.question_set import QuestionSet
from grader.commands.printing import print_sheets
from grader.grading.grading import expected
from grader.submissions import Collected, PageImage, collect
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("read_here")

Class = tuple[QuestionSet, bytes]
Rectangle = tuple[float, float, float, float]
Over = Callable[[pikepdf.Pdf, pikepdf.Page, Rectangle], None]


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Class:
    folder = tmp_path_factory.mktemp("set")
    (folder / FILE_NAME).write_text(SMALL)
    made = make(load_assignment(folder), folder, ["s1"])
    print_sheets(folder, made, {"s1": "Ann"})
    return made.questions, (folder / "sheets" / "s1.pdf").read_bytes()


def free_text(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    """As Firefox and Preview write: a text box, often without an appearance of its own."""
    kind = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array(place), Contents="0.5", DA="0 g /Helv 9 Tf")
    page.Annots.append(document.make_indirect(kind))


def ink(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    left, bottom, right, top = place
    line = Array([left + 5, bottom + 5, right - 5, top - 5])
    page.Annots.append(
        document.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Ink, Rect=Array(place), InkList=Array([line]), C=Array([0, 0, 1]))
        )
    )


def page_text(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    """As programs type onto the page itself."""
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    page.add_resource(font, Name.Font, Name.Fz)
    text = f"q BT /Fz 9 Tf 1 0 0 1 {place[0] + 4} {place[1] + 6} Tm (0.5) Tj ET Q"
    page.contents_add(text.encode(), prepend=False)


def picture(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    """A scan of a pen's strokes, put onto the page."""
    image = pikepdf.Stream(document, b"\0" * 64)
    image.stream_dict = Dictionary(
        Type=Name.XObject, Subtype=Name.Image, Width=8, Height=8, ColorSpace=Name.DeviceGray, BitsPerComponent=8
    )
    page.add_resource(document.make_indirect(image), Name.XObject, Name.Im9)
    page.contents_add(f"q 12 0 0 8 {place[0] + 20} {place[1] + 5} cm /Im9 Do Q".encode(), prepend=False)


def beside(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    """A text box that misses the box by a little."""
    _, bottom, right, top = place
    free_text(document, page, (right + 3, bottom, right + 40, top))


OVER: dict[str, Over] = {
    "text boxes": free_text,
    "ink": ink,
    "typed onto the page": page_text,
    "a picture": picture,
    "beside the boxes": beside,
}


def written_on(sheet: bytes, filled: tuple[str, ...], over: tuple[str, ...], write: Over | None) -> bytes:
    """The sheet with the fields of some questions filled in, and something written over those of others."""
    with pikepdf.open(BytesIO(sheet)) as document:
        for page in document.pages:
            for widget in list(page.Annots):
                name = str(widget.get("/NM", ""))
                if name.partition(".")[0] in filled:
                    widget.V = "0.5"
                elif write is not None and name.partition(".")[0] in over:
                    write(document, page, tuple(float(each) for each in widget.Rect))  # type: ignore[arg-type]
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def handed_in(questions: QuestionSet, path: Path, data: bytes) -> tuple[Collected, list[PageImage]]:
    path.write_bytes(data)
    seen: list[PageImage] = []
    return collect([path], expected(questions), picture=seen.append), seen


@pytest.mark.parametrize("kind", OVER)
def test_what_is_written_over_the_fields_is_named_and_drawn(handed_out: Class, tmp_path: Path, kind: str) -> None:
    questions, sheet = handed_out
    data = written_on(sheet, (), ("q1", "q2"), OVER[kind])
    result, pictures = handed_in(questions, tmp_path / "a.pdf", data)
    (problem,) = result.problems
    assert (problem.fatal, problem.student, problem.place) == (True, "s1", "q1, q2")
    assert "lies over" in problem.found
    assert "look_at" in problem.remedy
    assert [each.page for each in pictures] == [1, 2]
    assert all(each.png.startswith(b"\x89PNG") for each in pictures)


@pytest.mark.parametrize("kind", [kind for kind in OVER if kind != "beside the boxes"])
def test_a_mixed_sheet_names_the_question_that_was_written_over(handed_out: Class, tmp_path: Path, kind: str) -> None:
    questions, sheet = handed_out
    result, pictures = handed_in(questions, tmp_path / "a.pdf", written_on(sheet, ("q1",), ("q2",), OVER[kind]))
    assert {each.question for each in result.submissions if any(each.responses.values())} == {"q1"}
    (problem,) = result.problems
    assert (problem.fatal, problem.place) == (True, "q2")
    assert {each.page for each in pictures} == {2}


def test_a_blank_sheet_is_remarked_and_drawn(handed_out: Class, tmp_path: Path) -> None:
    questions, sheet = handed_out
    result, pictures = handed_in(questions, tmp_path / "a.pdf", sheet)
    assert [(problem.found, problem.fatal) for problem in result.problems] == [
        ("the sheet of s1 is wholly blank", False)
    ]
    assert [each.page for each in pictures] == [1, 2]


@pytest.mark.parametrize("filled", [("q1",), ("q2",), ("q1", "q2")])
def test_a_sheet_on_which_some_boxes_are_left_blank_is_no_problem(
    handed_out: Class, tmp_path: Path, filled: tuple[str, ...]
) -> None:
    questions, sheet = handed_out
    result, pictures = handed_in(questions, tmp_path / "a.pdf", written_on(sheet, filled, (), None))
    assert (result.problems, pictures) == ((), [])


def test_a_note_beside_a_sheet_that_is_filled_in_is_remarked(handed_out: Class, tmp_path: Path) -> None:
    questions, sheet = handed_out
    with pikepdf.open(BytesIO(written_on(sheet, ("q1", "q2"), (), None))) as document:
        free_text(document, document.pages[0], (300, 20, 400, 40))
        document.save(tmp_path / "a.pdf")
    result, pictures = handed_in(questions, tmp_path / "b.pdf", (tmp_path / "a.pdf").read_bytes())
    (problem,) = result.problems
    assert (problem.fatal, "page 1" in problem.found) == (False, True)
    assert [each.page for each in pictures] == [1]


def without_widgets(sheet: bytes, number: int) -> bytes:
    """A sheet with text typed onto a page whose boxes were taken off, while the form still lists its fields."""
    with pikepdf.open(BytesIO(sheet)) as document:
        page = document.pages[number]
        page_text(document, page, (100, 400, 190, 420))
        page.Annots = Array([])
        out = BytesIO()
        document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("filled", "taken", "lost"), [(("q2",), 0, "q1"), (("q1",), 1, "q2")])
def test_fields_that_lie_on_no_page_any_more_are_lost_and_not_blank(
    handed_out: Class, tmp_path: Path, filled: tuple[str, ...], taken: int, lost: str
) -> None:
    questions, sheet = handed_out
    data = without_widgets(written_on(sheet, filled, (), None), taken)
    result, pictures = handed_in(questions, tmp_path / "a.pdf", data)
    (problem,) = result.problems
    assert (problem.fatal, problem.place) == (True, lost)
    assert "flattened" in problem.found
    assert [each.page for each in pictures] == [taken + 1]


def test_values_of_fields_that_lie_on_no_page_are_read(handed_out: Class, tmp_path: Path) -> None:
    questions, sheet = handed_out
    data = without_widgets(written_on(sheet, ("q1", "q2"), (), None), 0)
    result, _ = handed_in(questions, tmp_path / "a.pdf", data)
    assert [set(each.responses.values()) for each in result.submissions] == [{"0.5"}, {"0.5"}]
    assert not any(problem.fatal for problem in result.problems)


def hidden(document: pikepdf.Pdf, page: pikepdf.Page, place: Rectangle) -> None:
    """Text in the place of a field that is no longer shown."""
    page_text(document, page, place)
    for widget in page.Annots:
        if tuple(float(each) for each in widget.Rect) == place:
            widget.F = 2


def test_hidden_fields_are_no_boxes(handed_out: Class, tmp_path: Path) -> None:
    questions, sheet = handed_out
    result, _ = handed_in(questions, tmp_path / "a.pdf", written_on(sheet, ("q1",), ("q2",), hidden))
    (problem,) = result.problems
    assert (problem.fatal, problem.place) == (True, "q2")


@pytest.mark.parametrize(("shown", "is_text"), [("(0.5) Tj", True), ("[(0) -20 (.5)] TJ", True), ("() Tj", False)])
def test_a_field_that_shows_what_it_does_not_hold_is_written_over(
    handed_out: Class, tmp_path: Path, shown: str, is_text: bool
) -> None:
    questions, sheet = handed_out
    with pikepdf.open(BytesIO(written_on(sheet, ("q1",), (), None))) as document:
        for widget in document.pages[1].Annots:
            looks = document.make_stream(f"/Tx BMC BT /F 9 Tf 2 5 Td {shown} ET EMC".encode())
            widget.AP = Dictionary(N=looks)
        document.save(tmp_path / "a.pdf")
    result, _ = handed_in(questions, tmp_path / "b.pdf", (tmp_path / "a.pdf").read_bytes())
    assert [(problem.fatal, problem.place) for problem in result.problems] == [(True, "q2")] * is_text


@pytest.mark.parametrize("text", ["my working", ""])
def test_a_page_that_is_none_of_the_sheets_is_remarked_unless_it_is_blank(
    handed_out: Class, tmp_path: Path, text: str
) -> None:
    questions, sheet = handed_out
    with pikepdf.open(BytesIO(written_on(sheet, ("q1", "q2"), (), None))) as document:
        document.add_blank_page(page_size=(595, 842))
        if text:
            page_text(document, document.pages[-1], (100, 700, 190, 720))
        document.save(tmp_path / "a.pdf")
    result, _ = handed_in(questions, tmp_path / "b.pdf", (tmp_path / "a.pdf").read_bytes())
    assert [(problem.fatal, "page 3" in problem.found) for problem in result.problems] == [(False, True)] * bool(text)


def test_answers_typed_by_the_instructor_settle_it(handed_out: Class, tmp_path: Path) -> None:
    questions, sheet = handed_out
    (tmp_path / "a.pdf").write_bytes(written_on(sheet, ("q1",), ("q2",), free_text))
    (tmp_path / "b.csv").write_text("student,question,slot,response\ns1,q2,gradient,0.5\n")
    assert collect([tmp_path / "a.pdf", tmp_path / "b.csv"], expected(questions)).problems == ()
