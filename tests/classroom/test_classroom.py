"""The class and its examiner themselves: that they work rightly, err as they say, and know nothing of the marking."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from tests.classroom.examiner import deserved_for_right, deserved_loss, right_boxes, worth
from tests.classroom.misreadings import read_as
from tests.classroom.mistakes import MISTAKES
from tests.classroom.paper import Paper
from tests.classroom.pen import PENS
from tests.classroom.recipes import recipe
from tests.classroom.rounding import Rounding
from tests.classroom.students import KINDS, handed_in
from tests.classroom.working import Deed, Habits, work
from tests.oracle import Network, gradients

ERRORS = ("softmax-combined", "logistic-neuron", "linear-neuron")
RECIPES = ("two-paths", "chain", "softmax", "textbook", *ERRORS, "relu", "binary")
EXACT = Habits(Rounding(all_digits=True, memory=True), recompute_from=1)


@pytest.fixture(scope="module")
def questions() -> dict[str, Question]:
    return {name: draw(recipe(name), [b"classroom"], quantity="updated")[0] for name in RECIPES}


@pytest.fixture(scope="module")
def papers(questions: dict[str, Question]) -> dict[str, Paper]:
    return {name: Paper.of(question) for name, question in questions.items()}


@pytest.mark.parametrize("name", RECIPES)
def test_working_with_all_digits_gives_the_gradient(name: str, questions: dict[str, Question]) -> None:
    """Held against reverse-mode differentiation of the network itself."""
    paper = Paper.of(questions[name])
    convention = questions[name].derivation.model.conventions().softmax
    network = Network(paper.sizes, paper.activations, paper.loss, convention, paper.biases)
    expected = gradients(network, paper.numbers)[paper.parameter]
    sheet = work(paper, EXACT, Random(0))
    assert float(sheet.written["gradient"]) == pytest.approx(expected, rel=1e-8)
    assert sheet.struck == frozenset()
    for way in ("a", "joint"):
        again = work(paper, replace(EXACT, way=way), Random(0))
        assert float(again.written["gradient"]) == pytest.approx(expected, rel=1e-8)


def test_rounding_is_that_of_decimal_numbers() -> None:
    assert [Rounding(way).text(0.125, "2d") for way in ("half up", "half even", "cut off")] == ["0.13", "0.12", "0.12"]
    assert Rounding("cut off").text(0.7 - 0.1, "2d") == "0.60"
    assert Rounding(more=1).text(-2 / 3, "4s") == "-0.66667"
    assert Rounding(all_digits=True).text(2 / 3, "4d") == "0.6666666667"
    assert Rounding().text(-1e-9, "4d") == "0.0000"


def test_boxes_share_the_marks_of_a_step(papers: dict[str, Paper]) -> None:
    """two-paths asks for 8 forward values, 8 factors of which two stand in both columns, 2 products, 2 answers."""
    paper = papers["two-paths"]
    assert paper.columns.keys() == {1, 2}
    shares = dict(zip(paper.boxes, worth(paper), strict=True))
    step = shares["h1_1"]
    assert sum(shares.values()) == (8 + 8 + 2 + 2 + 1) * step
    assert shares["gradient"] == 2 * step
    assert sorted({box for box in paper.boxes if shares[box] < step}) == sorted(
        box for box in paper.boxes if "/da1_" in box or "/dw1_" in box or "/db1" in box
    )


def test_a_mistake_strikes_where_it_is_made_and_is_carried_on(papers: dict[str, Paper]) -> None:
    paper = papers["two-paths"]
    (loss_sign,) = [mistake for mistake in MISTAKES if mistake.name == "loss_sign"]
    right = work(paper, Habits(), Random(0))
    habit = work(paper, Habits(deeds=(loss_sign.deed(paper, Random(1), "habit"),)), Random(0))
    assert habit.struck == {"path_1.dL/dyhat_1", "path_2.dL/dyhat_2"}
    assert float(habit.written["gradient"]) == -float(right.written["gradient"])
    slip = work(paper, Habits(deeds=(loss_sign.deed(paper, Random(1), "slip"),)), Random(0))
    assert len(slip.struck) == 1
    assert deserved_loss(paper, habit) == 2 * deserved_loss(paper, slip)


def test_a_mistake_in_one_box_of_a_shared_factor_strikes_that_box(papers: dict[str, Paper]) -> None:
    paper = papers["two-paths"]
    for at in (1, 2):
        box = next(box for box in paper.columns[at] if "/da1_" in box)
        deed = Deed("forgotten", lambda paper, step, look, box: 1.0, ("slope",), box)
        assert work(paper, Habits(deeds=(deed,)), Random(0)).struck == {box}


def test_signs_not_seen_strike_the_first_boxes_that_show_it(papers: dict[str, Paper]) -> None:
    """Pre-activations of the first layer have no box: it shows at the units' outputs."""
    paper = papers["two-paths"]
    reading = read_as("all minus signs of W unseen", paper, Random(0))
    assert all(value == -paper.numbers[key] > 0 for key, value in reading.items())
    struck = work(paper, Habits(reading=reading), Random(0)).struck
    weights = {box for box, step in paper.box_steps.items() if step.kind == "weight"}
    shown = {box for box in paper.boxes if box[:2] in ("h1", "a2")} | weights
    # The new value is worked from the asked weight itself.
    shown |= {"updated"} if paper.parameter in reading else set()
    assert struck <= shown
    assert struck & {"h1_1", "h1_2", "h1_3", "h1_4"}
    assert {"yhat_1", "path_1.product", "gradient"}.isdisjoint(struck)


@pytest.mark.parametrize("name", PENS)
def test_a_slip_of_the_pen_changes_the_number_in_one_box(name: str, papers: dict[str, Paper]) -> None:
    paper = papers["two-paths"]
    right = work(paper, Habits(), Random(0))
    slipped = work(paper, Habits(pen=((PENS[name], "a2_1"),)), Random(3))
    changed = {box for box in paper.boxes if float(slipped.written[box]) != float(right.written[box])}
    assert changed == slipped.struck == {"a2_1"}
    carried = work(paper, Habits(pen=((PENS[name], "a2_1"),), from_slips=True), Random(3))
    assert carried.struck == {"a2_1"}
    assert carried.written["yhat_1"] != right.written["yhat_1"]


def test_what_is_right_in_a_sheet_is_what_stands_in_the_exact_one(papers: dict[str, Paper]) -> None:
    paper = papers["two-paths"]
    exact = work(paper, EXACT, Random(0)).written
    assert right_boxes(paper, exact) == frozenset(paper.boxes)
    assert deserved_for_right(paper, exact) == sum(worth(paper))
    half = exact | {"gradient": str(float(exact["gradient"]) * 1.01), "updated": "7", "h1_1": ""}
    assert right_boxes(paper, half) == frozenset(paper.boxes) - {"gradient", "updated", "h1_1"}


def test_every_kind_of_student_finds_a_paper_with_a_place_for_it(papers: dict[str, Paper]) -> None:
    softmax = [Paper.of(question) for question in draw(recipe("softmax"), [b"a", b"b", b"c"])]
    for kind in KINDS:
        tries = [(paper, number) for paper in (*papers.values(), *softmax) for number in range(4)]
        sheets = (handed_in(kind, paper, paper, Random(f"{kind.name} {number}")) for paper, number in tries)
        found = next((sheet for sheet in sheets if sheet), None)
        assert found, kind.name
        assert bool(found.struck) == (kind.family in ("weak", "careless"))


def test_the_class_knows_nothing_of_the_program_but_the_paper() -> None:
    """Only `comparison`, `pupils` and `everywhere` mark; nothing takes the program's arithmetic, ranges or mistakes.

    `trees` takes what a sheet says to work out, and works it itself.
    """
    folder = Path(__file__).parent
    allowed = {
        "paper.py": {"question_bank.networks.dense", "question_bank.questions.question"},
        "recipes.py": {"question_bank.questions.recipe"},
        "comparison.py": {"grader.marking", "question_bank.questions.draws", "question_bank.questions.question"},
        "pupils.py": {
            "grader.marking",
            "grader.rubrics.rubric",
            "question_bank.questions.draws",
            "question_bank.questions.question",
            "question_bank.questions.recipe",
        },
        "everywhere.py": {
            "grader.marking",
            "grader.marking.support",
            "grader.rubrics.rubric",
            "question_bank.expressions.expression",
            "question_bank.expressions.names",
            "question_bank.questions.draws",
            "question_bank.questions.question",
            "question_bank.questions.recipe",
        },
        "worksheet.py": {
            "question_bank.expressions.expression",
            "question_bank.expressions.names",
            "question_bank.questions.question",
        },
        "trees.py": {
            "question_bank.derivations.derivation",
            "question_bank.expressions.expression",
            "question_bank.expressions.names",
        },
    }
    for file in folder.glob("[!_t]*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        program = {module for module in modules if module.partition(".")[0] in ("grader", "question_bank")}
        assert program == allowed.get(file.name, set()), file.name


def test_what_shows_at_a_units_output_is_carried_on_to_its_slope(papers: dict[str, Paper]) -> None:
    """A first-layer sum without a box, taken wrong: the slope worked from it is no second mistake."""
    paper = papers["two-paths"]
    unit = next(step.unit for step in paper.box_steps.values() if step.kind == "slope" and step.layer == 1)
    deed = Deed("wrong sum", lambda paper, step, look, box: 0.7, ("preactivation",), f"a1_{unit}")
    for way in ("h", "a"):
        assert work(paper, Habits(way=way, deeds=(deed,)), Random(0)).struck == {f"h1_{unit}"}
