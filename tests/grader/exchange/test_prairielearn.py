"""PrairieLearn's phases as its documentation has them, in a process of its own in which only NumPy can be imported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from grader.commands import app
from tests.grader.exchange.importing_only import IN_A_COURSE, importing_only

Data = dict[str, Any]
HARNESS = (
    IN_A_COURSE
    + importing_only("numpy", "grader", "question_bank", "server")
    + """
import importlib.util, json
course = Path(sys.argv[1])
question = next((course / "questions").iterdir())
spec = importlib.util.spec_from_file_location("server", question / "server.py")
server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(server)
found = []
for asked in json.loads(sys.stdin.read()):
    data = {"params": {}, "correct_answers": {}, "submitted_answers": {}, "raw_submitted_answers": asked["typed"],
            "format_errors": {}, "partial_scores": {}, "score": 0, "feedback": {}, "variant_seed": asked["seed"],
            "options": {"question_path": str(question), "server_files_course_path": str(course / "serverFilesCourse")}}
    server.generate(data)
    if asked["phase"] != "generate":
        server.parse(data)
    if asked["phase"] == "grade" and not data["format_errors"]:
        server.grade(data)
    found.append(data)
print(json.dumps(found))
"""
)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    result = CliRunner().invoke(app, ["export", "prairielearn", "two-paths", str(folder), "--variants", "4"])
    assert result.exit_code == 0, result.output
    return folder


def phases(course: Path, *asked: Data) -> list[Data]:
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, str(course)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=course,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def variants(course: Path) -> list[Data]:
    (path,) = course.glob("questions/*/variants.json")
    return json.loads(path.read_text("utf-8"))


def honest(variant: Data) -> dict[str, str]:
    """The right answer of each box, from the values that lie there, rounded as the sheet asks."""
    from question_bank.questions.plain_form import question_from_plain

    question = question_from_plain(variant["question"])
    steps = {slot.name: slot.step for slot in question.slots}
    return {
        box["name"]: question.places(steps[box["slot"]]).format(question.value(steps[box["slot"]]))
        for box in variant["boxes"]
    }


def test_a_seed_draws_a_variant_and_the_page_holds_no_answer(course):
    made = phases(course, *({"phase": "generate", "seed": seed, "typed": {}} for seed in (0, 1, 4, 123456789)))
    assert [data["params"]["variant"] for data in made] == [0, 1, 0, 123456789 % 4]
    page = json.dumps(made[0]["params"])
    assert not [text for text in honest(variants(course)[0]).values() if len(text) > 6 and text in page]
    assert set(variants(course)[0]["page"]) <= set(made[0]["params"])


def test_right_numbers_earn_all_and_what_follows_from_a_wrong_one_too(course):
    variant = variants(course)[2]
    right = honest(variant)
    slots = {box["slot"]: box["name"] for box in variant["boxes"]}
    from question_bank.questions.plain_form import question_from_plain

    question = question_from_plain(variant["question"])
    # The first path's product without its last factor, and the gradient with that product.
    own = dict(right)
    product = np.prod([float(right[name]) for slot, name in slots.items() if slot.startswith("path_1.d")][:-1])
    own[slots["path_1.product"]] = f"{product:.6f}"
    own[slots["gradient"]] = f"{product + question.value('path_2.product'):.6f}"
    all_right, followed = phases(
        course, {"phase": "grade", "seed": 2, "typed": right}, {"phase": "grade", "seed": 2, "typed": own}
    )
    assert all_right["score"] == pytest.approx(1)
    assert {each["score"] for each in all_right["partial_scores"].values()} == {1}
    lost = [name for name, each in followed["partial_scores"].items() if each["score"] < 1]
    assert lost == [slots["path_1.product"]]
    assert followed["score"] == pytest.approx(1 - followed["partial_scores"][lost[0]]["weight"])
    assert "begins" in followed["feedback"][lost[0]]  # where this path begins: the last factor


def test_what_is_no_number_is_said_before_it_counts(course):
    blank, words, comma = phases(
        course,
        {"phase": "grade", "seed": 0, "typed": {}},
        {"phase": "grade", "seed": 0, "typed": {"box1": "about a half", "box2": "0.5"}},
        {"phase": "parse", "seed": 0, "typed": {"box1": "−1,3562"}},
    )
    assert blank["score"] == 0
    assert list(words["format_errors"]) == ["box1"]
    assert not words["partial_scores"]
    assert not comma["format_errors"]


def test_the_page_names_every_box_once(course):
    (path,) = course.glob("questions/*/question.html")
    page = path.read_text("utf-8")
    names = [box["name"] for box in variants(course)[0]["boxes"]]
    assert [page.count(f'answers-name="{name}"') for name in names] == [1] * len(names)
    assert json.loads(next(course.glob("questions/*/info.json")).read_text())["type"] == "v3"


def test_the_boxes_have_only_attributes_that_are_known_there(course):
    """PrairieLearn fails on any other (its schema of the element, August 2026)."""
    known = {
        *("allow-blank", "answers-name", "aria-label", "correct-answer", "correct-answer-format", "display"),
        *("escape-unicode", "ignore-case", "initial-value", "label", "multiline", "normalize-to-ascii", "placeholder"),
        *("remove-leading-trailing", "remove-spaces", "show-help-text", "show-score", "size", "suffix", "weight"),
    }
    (path,) = course.glob("questions/*/question.html")
    boxes = re.findall(r"<pl-string-input ([^>]*)>", path.read_text("utf-8"))
    assert {name for box in boxes for name in re.findall(r'([\w-]+)="', box)} <= known
