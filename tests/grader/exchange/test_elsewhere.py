"""Some honest students, and some with one mistake, marked here and wherever exported questions go.

`python scripts/platform_table.py` does it with 200 of each, and prints what docs/platforms.md shows.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import QuestionSet
from grader.commands import app
from grader.commands.export_pool import pool
from tests.grader.exchange.elsewhere import (
    HONEST,
    MISTAKEN,
    NOTEBOOKS,
    ROOT,
    Class,
    class_of,
    executed,
    here,
    in_canvas,
    in_moodle,
    in_notebooks,
    in_prairielearn,
    on_gradescope,
    write_notebooks,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[HONEST, MISTAKEN], ids=["honest", "mistaken"])
def some(request, tmp_path_factory) -> Class:
    return class_of("two-paths", tmp_path_factory.mktemp("class"), request.param, 10, questions=2)


@pytest.fixture(scope="module")
def programs() -> Path:
    """Where Otter and nbgrader are, installed as they are locked."""
    script = ROOT / "scripts" / "notebooks.sh"
    if not script.exists():
        pytest.skip("an installation carries no scripts/")
    subprocess.run(["sh", script], check=True)
    return NOTEBOOKS.parent


def test_gradescope_and_prairielearn_give_the_marks_that_are_given_here(some):
    ours = here(some)
    assert on_gradescope(some) == pytest.approx(ours, abs=0.0015)
    assert in_prairielearn(some) == pytest.approx(ours, abs=0.0015)


def test_nobody_gets_more_by_ranges_than_here_and_nobody_honest_less(some):
    ours = here(some)
    for there in (in_moodle(some), in_canvas(some)):
        assert all(there[at] <= share + 0.0015 for at, share in enumerate(ours))
        assert [there[at] for at, share in enumerate(ours) if share == 1] == [1.0] * sum(share == 1 for share in ours)


def test_executed_notebooks_get_the_marks_that_are_given_here(some, programs):
    ours = here(some)
    for program, there in in_notebooks(some).items():
        assert there == pytest.approx(ours, abs=0.0015), program


def gradpath(*words: object) -> None:
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == 0, result.output


def answers_of(some: Class) -> dict[str, dict[str, str]]:
    """Of three students what they put into the variables of the first question's notebook."""
    question = some.questions[0]
    right = {slot.name: question.places(slot.step).format(question.value(slot.step)) for slot in question.slots}
    # One derivative without its factor 2, and what follows from it, worked here with all digits.
    halved = question.value("yhat_1") - question.value("y_1")
    product = question.value("path_1.product") / 2
    followed = right | {
        "path_1.dL/dyhat_1": repr(halved),
        "path_1.product": repr(product),
        "gradient": repr(product + question.value("path_2.product")),
    }
    return {
        student: {box: text.strip("'") for box, text in some.named(0, texts).items()}
        for student, texts in (("right", right), ("followed", followed), ("blank", {}))
    }


def fill_in(notebook: Path, to: Path, answers: dict[str, str]) -> None:
    document = json.loads(notebook.read_text("utf-8"))
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            text = "".join(cell["source"])
            cell["source"] = re.sub(
                r"^(\w+) = None$", lambda line: f"{line[1]} = {answers.get(line[1])}", text, flags=re.MULTILINE
            )
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(document), "utf-8")


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[Class, Path]:
    """A question as the commands export it."""
    folder = tmp_path_factory.mktemp("exported")
    gradpath("export", "nbgrader", "two-paths", folder / "course" / "source" / "ps1")
    gradpath("export", "otter", "two-paths", folder / "otter")
    questions = pool("two-paths", 1, 0, None).questions
    return Class("two-paths", folder, QuestionSet.begin("two-paths"), [], questions), folder


def called(folder: Path, *words: object) -> None:
    # nbgrader calls one of its neighbours by name.
    path = f"{NOTEBOOKS.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*map(str, words)],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


POINTS = {"right": 40, "followed": 38, "blank": 0}
"""A wrong derivative costs its 2 points; the product and the gradient that follow from it cost nothing."""


def test_nbgrader_marks_what_it_gave_out(exported, programs):
    some, folder = exported
    course, nbgrader = folder / "course", programs / "nbgrader"
    called(course, nbgrader, "generate_assignment", "ps1", "--create")
    released = course / "release" / "ps1"
    assert "unpacked_question" not in (released / "two-paths.ipynb").read_text("utf-8")
    for student, answers in answers_of(some).items():
        fill_in(released / "two-paths.ipynb", course / "submitted" / student / "ps1" / "two-paths.ipynb", answers)
    called(course, nbgrader, "autograde", "ps1")
    called(course, nbgrader, "export")
    with (course / "grades.csv").open() as file:
        assert {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)} == POINTS
    # What is said of a box stands in the feedback that nbgrader writes.
    called(course, nbgrader, "generate_feedback", "ps1")
    page = (course / "feedback" / "followed" / "ps1" / "two-paths.html").read_text("utf-8")
    assert "constant" in page


def test_otter_marks_what_it_made_an_autograder_of(exported, programs):
    some, folder = exported
    otter = folder / "otter"
    called(otter, programs / "otter", "generate", "-t", "tests", "-o", "autograder.zip", "gradpath_marking.zip")
    found = {}
    for student, answers in answers_of(some).items():
        fill_in(otter / "two-paths.ipynb", otter / student / "two-paths.ipynb", answers)
        called(
            otter,
            programs / "otter",
            *("run", "-a", "autograder.zip", "-o", student, f"{student}/two-paths.ipynb"),
        )
        results = json.loads((otter / student / "results.json").read_text("utf-8"))
        found[student] = sum(test.get("score", 0) for test in results["tests"])
    assert found == POINTS


def test_half_a_box_is_half_of_its_points_in_both(exported, programs, tmp_path):
    """A prediction rounded to three decimals instead of four is worth a half."""
    some, _ = exported
    write_notebooks(tmp_path / "0", some.variants[0], some.questions[0])
    right = answers_of(some)["right"]
    early = right | {"yhat_1": f"{some.questions[0].value('yhat_1'):.3f}"}
    points = executed(tmp_path, [(0, right), (0, early)])
    worth = next(box.weight for slot, box in some.variants[0].boxes.items() if slot.name == "yhat_1")
    assert points == {"nbgrader": [40, 40 - worth / 2], "otter": [40, 40 - worth / 2]}
