"""Questions for Moodle and Canvas: read back and marked by these platforms' rules."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree  # the files are our own

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from grader.commands import app
from grader.commands.export_pool import pool
from grader.exchange import canvas_quiz, moodle_quiz
from grader.exchange.boxes import RangeBox, range_boxes
from grader.exchange.linter import refusals
from question_bank.errors import InputError
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.grader.exchange.platforms import canvas_answers, canvas_page, cloze_answers, moodle_matches

CLOZE = re.compile(r"\{(\d+):NUMERICAL:((?:\\\}|[^}])*)\}")


def braces(box: RangeBox) -> tuple[int, str]:
    """A box's weight, and what stands behind NUMERICAL."""
    found = CLOZE.fullmatch(moodle_quiz.cloze(box))
    assert found
    return int(found[1]), found[2]


def said_in(element: ElementTree.Element, path: str, names: dict[str, str] | None = None) -> str:
    return element.findtext(path, "", names)


def moodle_marks(cloze: str, typed: float) -> tuple[int, str]:
    """The per cent and the sentence that Moodle gives."""
    hit = moodle_matches(cloze_answers(cloze), typed)
    return (0, "") if hit is None else (round(100 * hit.fraction), hit.feedback)


@pytest.fixture(scope="module")
def drawn():
    found = {}
    for name in ("first", "softmax", "two-paths", "relu-chain"):
        recipe = load_recipe(name)
        keys = [b"quiz %d" % number for number in range(3)]
        found[name] = draw(recipe, keys, quantity=recipe.usually_asked, forms="same", name=name)
    return found


@pytest.mark.parametrize("name", ["first", "softmax", "two-paths", "relu-chain"])
def test_moodle_marks_what_is_honest_right_and_what_is_mistaken_with_its_sentence(drawn, name):
    for question, boxes in zip(drawn[name], range_boxes(drawn[name]), strict=True):
        for slot, box in boxes.items():
            weight, cloze = braces(box)
            assert weight == box.weight >= 1
            low, high = question.range(slot.step)
            for right in (low, high, (low + high) / 2, float(box.shown), question.value(slot.step)):
                assert moodle_marks(cloze, right) == (100, "")
            for wrong in (low - box.unit, high + box.unit):
                assert moodle_marks(cloze, wrong)[0] == 0
            for mistake in box.mistakes:
                assert moodle_marks(cloze, float(f"{mistake.value:.9g}")) == (0, mistake.said)


def test_a_forgotten_half_is_named(drawn):
    """Of a squared error the factor 2: the sentence about the constant, worked out here by hand."""
    question, boxes = drawn["two-paths"][0], range_boxes(drawn["two-paths"])[0]
    slot = next(slot for slot in boxes if slot.name == "path_1.dL/dyhat_1")
    half = (question.value("yhat_1") - question.value("y_1")) * 1
    assert question.value(slot.step) == pytest.approx(2 * half)
    share, said = moodle_marks(braces(boxes[slot])[1], half)
    assert share == 0
    assert "constant" in said


@given(said=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40))
def test_every_sentence_comes_back_from_a_cloze_question(said):
    box = RangeBox("s", "s", "number", "0.5", 0.49, 0.51, 0.01, 1)
    written = moodle_quiz.cloze(box).replace("~%0%-9", f"~%0%7:1#{moodle_quiz.in_braces(said)}~%0%-9")
    found = CLOZE.fullmatch(written)
    assert found
    assert moodle_marks(found[2], 7.0)[1].strip() == " ".join(said.split())


def test_the_keys_are_as_wide_as_each_other():
    box = RangeBox("s", "s", "number", "0.5", 0.49, 0.51, 0.01, 1)
    longest = max(len(f"{one.key:.14g}") for one in cloze_answers(braces(box)[1]))
    assert longest == len("-999999.999999")


def test_moodles_file_is_a_category_of_variants_with_their_drawings():
    made = pool("first", 3, 0, moodle_quiz.accepted_by_moodle)
    root = ElementTree.fromstring(moodle_quiz.cloze_xml(made.category, made.variants, ("gradpath",)))  # noqa: S314  our own file
    category, *questions = root.findall("question")
    assert said_in(category, "category/text").startswith("$course$/top/gradpath/")
    assert [each.get("type") for each in questions] == ["cloze"] * 3
    numbers = [said_in(each, "idnumber") for each in questions]
    assert len(set(numbers)) == 3
    assert max(map(len, numbers)) <= 100
    for question, variant in zip(questions, made.variants, strict=True):
        assert question.findtext("penalty") == "0"
        text = said_in(question, "questiontext/text")
        assert len(CLOZE.findall(text)) == text.count(":NUMERICAL:") == len(variant.boxes)
        assert "@@PLUGINFILE@@/network.svg" in text
        assert [file.get("name") for file in question.findall("questiontext/file")] == ["network.svg"]


def test_numerical_questions_have_only_per_cents_that_moodle_lists():
    made = pool("first", 1, 0, moodle_quiz.accepted_by_moodle)
    root = ElementTree.fromstring(moodle_quiz.numerical_xml(made.category, made.variants))  # noqa: S314  our own file
    kinds = [each.get("type") for each in root.findall("question")]
    assert kinds == ["category", "description", *["numerical"] * len(made.variants[0].boxes)]
    answers = root.findall("question/answer")
    assert {answer.get("fraction") for answer in answers} == {"100", "0"}
    assert all(said_in(answer, "tolerance")[0].isdigit() for answer in answers)
    numbers = [said_in(each, "idnumber") for each in root.findall("question")[1:]]
    assert len(set(numbers)) == len(numbers)


def page(typed: float) -> float:
    """What the quiz page leaves of a number."""
    left = canvas_page(repr(float(typed)))
    assert left is not None
    return left


@pytest.mark.parametrize("name", ["first", "softmax", "two-paths", "relu-chain"])
def test_canvas_accepts_what_is_honest_after_its_page_has_rounded(drawn, name):
    for question, boxes in zip(drawn[name], range_boxes(drawn[name]), strict=True):
        for slot, box in boxes.items():
            if not canvas_quiz.accepted_by_canvas(box, box.shown):
                assert box.exact
                continue
            scale = canvas_quiz.scale_of(box)
            assert scale
            low, high = canvas_quiz.bounds(box)
            ends = question.range(slot.step)
            for right in (*ends, float(box.shown), *np.linspace(ends[0], ends[1], 7)):
                assert low <= page(right * scale) <= high
            next_number = 1e-3 if box.exact else box.unit
            for wrong in (ends[0] - next_number, ends[1] + next_number):
                assert not low <= page(wrong * scale) <= high
            for mistake in box.mistakes:
                assert not low <= page(mistake.value * scale) <= high


def test_canvas_gets_one_range_a_box_and_no_other_condition():
    made = pool("two-paths", 2, 0, canvas_quiz.accepted_by_canvas)
    written = BytesIO()
    canvas_quiz.write_quizzes(written, made.stem, made.variants)
    with zipfile.ZipFile(written) as archive:
        names = set(archive.namelist())
        assert names == {"imsmanifest.xml", "1/quiz.xml", "1/network.svg", "2/quiz.xml", "2/network.svg"}
        manifest = archive.read("imsmanifest.xml").decode()
        assert set(re.findall(r'file href="([^"]+)"', manifest)) == names - {"imsmanifest.xml"}
        root = ElementTree.fromstring(archive.read("1/quiz.xml"))  # noqa: S314  our own file
    space = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
    items = root.findall(".//q:item", space)
    assert len(items) == 1 + len(made.variants[0].boxes)
    for item in items[1:]:
        assert len(item.findall(".//q:respcondition", space)) == 1
        for element in item.iter():
            element.tag = element.tag.partition("}")[2]
        ((low, high),) = canvas_answers(item)
        assert low < high


def test_a_box_that_a_platform_would_mark_wrong_is_refused_by_name():
    tick = RangeBox("k", "k", "tick", "1", 1, 1, 1e-5, 1, exact=True)
    third = RangeBox("t", "t", "number", "1/3", 1 / 3, 1 / 3, 1e-5, 1, exact=True)
    fine = RangeBox("f", "f", "number", "0.0312500", 0.03125, 0.03125, 1e-5, 1, exact=True)
    assert [each.slot for each in refusals([tick, third, fine], moodle_quiz.accepted_by_moodle)] == ["k", "t"]
    assert [each.slot for each in refusals([fine], canvas_quiz.accepted_by_canvas)] == ["f"]


def test_a_recipe_that_cannot_be_had_there_is_refused():
    with pytest.raises(InputError, match=r"a box to be ticked.*Choose a question"):
        pool("which-paths", 1, 0, moodle_quiz.accepted_by_moodle)


@pytest.mark.parametrize("target", ["moodle", "canvas"])
def test_the_command_says_what_is_lost(target, tmp_path):
    result = CliRunner().invoke(
        app, ["export", target, "first", str(tmp_path / "out"), "--variants", "1", "--language", "de"]
    )
    assert result.exit_code == 0, result.output
    assert "loses" in result.output
    assert (tmp_path / "out").stat().st_size > 1000
