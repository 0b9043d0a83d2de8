"""Feedback as files: JSON, HTML, PDF."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import BytesIO

import pypdf
import pytest

from grader.feedback import feedback_html, feedback_json, feedback_pdf
from grader.feedback.network import Medium, paths_picture
from grader.marking import Verdict
from question_bank.language.spoken import speaking
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.grader.feedback.classroom import feedback, groups, slots
from tests.grader.marking.pupil import question, work
from tests.grader.tagged import lacking

MIXED = work({"h1_3": lambda _: 0.4321}) | {
    "h1_2": "",
    "h1_4": "<script>alert(1)</script>",
    "path_1.product": "<img src=x onerror=alert(1)>",
}


@pytest.fixture(scope="module")
def written() -> bytes:
    return feedback_pdf(feedback(MIXED))


@pytest.fixture(scope="module")
def paper(written: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(written))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


def test_the_json_holds_every_box_with_its_verdict_in_words() -> None:
    made = json.loads(feedback_json(feedback(MIXED)))
    assert (made["format"], made["student"], made["out_of"]) == (1, "s1001", 20)
    (asked,) = made["questions"]
    found = [slot for group in asked["groups"] for slot in group["slots"]]
    assert {slot["slot"] for slot in found} == {slot.name for slot in question().slots}
    assert all(slot["words"] for slot in found)
    assert {slot["verdict"] for slot in found} <= {verdict.word for verdict in Verdict}
    assert sum(slot["marks"] for slot in found) == pytest.approx(made["marks"])
    assert [path["how"] for path in asked["paths"]] == ["unread", "followed"]
    replay = [line for group in asked["groups"] for line in group["replay"]]
    assert all(set(line) >= {"step", "formula", "numbers", "gives", "reference_text"} for line in replay)


def test_what_a_student_wrote_is_never_markup() -> None:
    html = feedback_html(feedback(MIXED, name="<b onclick=x>Ada</b>"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    found = tags(html)
    assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in found}
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")]


def test_characters_that_turn_the_direction_of_writing_are_shown_as_their_codes() -> None:
    html = feedback_html(feedback(work() | {"h1_1": "\u202e5.0\x0b"}))
    assert not {"\u202e", "\x0b"} & set(html)
    assert "\\u202e5.0" in html


def test_the_page_asks_for_nothing_else() -> None:
    html = feedback_html(feedback(MIXED))
    assert not [value for _, attributes in tags(html) for name, value in attributes.items() if name in ("src", "href")]
    assert re.findall(r"url\((?!data:)", html) == []
    assert "@import" not in html


def test_every_path_is_told_by_words_and_dashes_as_well_as_colour() -> None:
    html = feedback_html(feedback(MIXED))
    assert "Path 1:</b> a box could not be read" in html
    assert "Path 2:</b> right for the numbers carried" in html
    drawn = [attributes for tag, attributes in tags(html) if tag == "path" and "track" in (attributes["class"] or "")]
    dashes = {attributes["class"]: attributes["stroke-dasharray"] for attributes in drawn}
    assert len(set(dashes.values())) == len(dashes) == 2


def test_right_boxes_that_follow_each_other_share_a_row_and_each_other_box_has_its_own() -> None:
    made = feedback(work({"h1_3": lambda _: 0.4321}))
    rows = [[slot.slot for slot in row.slots] for row in groups(made)[0].rows()]
    assert rows == [["h1_1", "h1_2"], ["h1_3"], ["h1_4"], ["a2_1"], ["a2_2"], ["yhat_1"], ["yhat_2"]]
    html = feedback_html(made)
    shown = " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<h3>Box by box") :]).split())
    # Of 20 marks for 21 steps two boxes are no short number; a factor in both columns is half as much in each.
    assert "Parts of 42" in shown
    assert "right 4 " in shown


def test_of_filler_everything_is_said_at_once_and_the_working_of_every_box_is_shown() -> None:
    made = feedback(dict.fromkeys(work(), "0"))
    forward = groups(made)[0]
    (row,) = forward.rows(no_working=True)
    assert row.lines == forward.lines
    assert row.slots == forward.slots


def test_verdicts_stand_in_one_column(paper: pypdf.PdfReader) -> None:
    """Rows of blanks line up with the others: no style of the printed sheet, such as its `.blank`, reaches feedback."""
    places: dict[str, set[int]] = {}

    def see(text: str, _: object, at: list[float], *__: object) -> None:
        if text.strip() in ("right", "left blank", "could not be read"):
            places.setdefault(text.strip(), set()).add(round(at[4]))

    for page in paper.pages:
        page.extract_text(visitor_text=see)
    assert set(places) == {"right", "left blank", "could not be read"}
    assert len(set.union(*places.values())) == 1


@pytest.mark.parametrize("medium", ["screen", "paper"])
def test_every_path_has_its_number_on_the_drawing(medium: Medium) -> None:
    drawn = paths_picture(feedback(MIXED).questions[0], medium)
    assert [badge.path for badge in drawn.badges] == [1, 2]
    assert all(0 <= badge.x <= drawn.width for badge in drawn.badges)
    assert all(drawn.top <= badge.y <= drawn.top + drawn.height for badge in drawn.badges)


@pytest.mark.parametrize("medium", ["screen", "paper"])
@pytest.mark.parametrize("name", ["attention", "conv-kernel", "circuit-two"])
def test_whatever_is_drawn_lies_in_the_drawing(name: str, medium: Medium) -> None:
    """Of grids there are no lines."""
    (question,) = draw(load_recipe(name), [b"a"], quantity=load_recipe(name).usually_asked)
    answers = {slot.name: str(question.value(slot.step)) for slot in question.slots}
    drawn = paths_picture(feedback(answers, question).questions[0], medium)
    assert drawn.circles
    assert drawn.top < min(circle.y for circle in drawn.circles)
    assert max(circle.y for circle in drawn.circles) < drawn.top + drawn.height


@pytest.mark.parametrize("medium", ["screen", "paper"])
@pytest.mark.parametrize("name", ["skip-network", "skip-exact"])
def test_lines_around_the_circles_are_in_the_drawing(name: str, medium: Medium) -> None:
    (skipping,) = draw(load_recipe(name), [b"a"])
    answers = {slot.name: str(skipping.value(slot.step)) for slot in skipping.slots}
    drawn = paths_picture(feedback(answers, skipping).questions[0], medium)
    ends = [end for line in drawn.thin for end in (line.y1, line.y2)]
    ends += [end for line in drawn.tracks for end in (line.y1, line.y2)]
    assert len(ends) > 8
    assert drawn.top < min(ends)
    assert max(ends) < drawn.top + drawn.height


def test_the_pdf_says_the_same(paper: pypdf.PdfReader) -> None:
    made = feedback(MIXED)
    text = " ".join(" ".join(page.extract_text() for page in paper.pages).split())
    for words in ("right for the numbers you carried", "left blank", "could not be read", "here something went wrong"):
        assert words in text
    assert "<script>alert(1)</script>" in text
    assert "numbers that you had put into it" in text
    assert {verdict for verdict in Verdict if verdict in {slot.verdict for slot in slots(made).values()}} >= {
        Verdict.BLANK,
        Verdict.UNREADABLE,
        Verdict.FOLLOW_THROUGH,
    }
    assert abs(float(paper.pages[0].mediabox.width) - 595.28) < 1


def test_the_pdf_can_be_read_out_in_its_language(written: bytes) -> None:
    assert lacking(written, "en") == []
    with speaking("de"):
        assert lacking(feedback_pdf(feedback(MIXED)), "de") == []


def test_a_number_is_never_parted_at_the_end_of_a_line() -> None:
    """Not even where right boxes share a row and numbers have more digits than were asked for."""
    written = {slot.name: question().printed(slot.step) for slot in question().slots}
    padded = {
        name: f"{text}{'0' * (index % 4)}" if "." in text else text
        for index, (name, text) in enumerate(written.items())
    }
    paper = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(feedback_pdf(feedback(padded)))).pages)
    assert [text for text in padded.values() if text.replace("-", "−") not in paper] == []
