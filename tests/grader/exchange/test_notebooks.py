"""Notebooks: cell by cell in a process that can import NumPy alone, as nbgrader and Otter run them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grader.commands import app
from grader.commands.export_pool import pool
from grader.exchange.notebooks import notebook_boxes, packed_question
from tests.grader.exchange.importing_only import IN_A_COURSE, importing_only

# nbgrader takes the last expression of a cell for its points; Otter calls a case with the notebook's variables.
HARNESS = (
    IN_A_COURSE
    + importing_only("numpy", "grader", "question_bank")
    + """
import ast, json, types
cells, answers, tests = json.loads(sys.stdin.read())
env = {"__name__": "__main__", "numpy": numpy}
points = None
for cell in cells:
    lines = [f"{line.split(' = ')[0]} = {answers[line.split(' = ')[0]]}"
             if line.endswith(" = None") and line.split(" = ")[0] in answers else line for line in cell.splitlines()]
    tree = ast.parse("\\n".join(lines))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), env)
    if last is not None:
        points = eval(compile(ast.Expression(last.value), "cell", "eval"), env)
if tests:
    cases = []
    def test_case(name, points, hidden):
        def decorated(case):
            cases.append((points, hidden, case))
            return case
        return decorated
    stand_in = types.ModuleType("otter.test_files")
    stand_in.test_case = test_case
    sys.modules["otter"], sys.modules["otter.test_files"] = types.ModuleType("otter"), stand_in
    exec(compile(tests, "tests", "exec"), {})
    points = 0
    for worth, hidden, case in cases:
        try:
            case(env)
            points += worth
        except AssertionError as error:
            print(error, file=sys.stderr)
print(json.dumps(points))
"""
)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    found = {}
    for target in ("otter", "nbgrader"):
        found[target] = tmp_path_factory.mktemp(target)
        result = CliRunner().invoke(app, ["export", target, "two-paths", str(found[target])])
        assert result.exit_code == 0, result.output
        assert "loses" in result.output
    return found


@pytest.fixture(scope="module")
def made() -> Any:
    return pool("two-paths", 1, 0, None)


@pytest.fixture(scope="module")
def right(made) -> dict[str, str]:
    question = made.questions[0]
    steps = {slot.name: slot.step for slot in question.slots}
    return {
        box.variable: question.places(steps[box.slot]).format(question.value(steps[box.slot]))
        for box in notebook_boxes(made.variants[0])
    }


def sources(folder: Path) -> list[str]:
    notebook = json.loads((folder / "two-paths.ipynb").read_text("utf-8"))
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def points(folder: Path, answers: dict[str, str]) -> float:
    tests = folder / "tests" / "gradpath.py"
    handed = json.dumps([sources(folder), answers, tests.read_text("utf-8") if tests.exists() else ""])
    done = subprocess.run(
        [sys.executable, "-c", HARNESS], input=handed, capture_output=True, text=True, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("target", ["otter", "nbgrader"])
def test_marks_follow_through_and_count_parts(written, made, right, target):
    most = sum(box.points for box in notebook_boxes(made.variants[0]))
    assert points(written[target], right) == most
    assert points(written[target], {name: f"numpy.float64({number})" for name, number in right.items()}) == most
    assert points(written[target], {}) == 0
    # The loss's derivative without its factor 2, and all that follows from it, worked here with all digits.
    question = made.questions[0]
    own = dict(right)
    half = {k: question.value(f"yhat_{k}") - question.value(f"y_{k}") for k in (1, 2)}
    products = {k: question.value(f"path_{k}.product") / 2 for k in (1, 2)}
    own |= {f"path_{k}_dL_dyhat_{k}": repr(half[k]) for k in (1, 2)}
    own |= {f"path_{k}_product": repr(products[k]) for k in (1, 2)} | {"gradient": repr(sum(products.values()))}
    weights = {box.variable: box.points for box in notebook_boxes(made.variants[0])}
    assert points(written[target], own) == most - weights["path_1_dL_dyhat_1"] - weights["path_2_dL_dyhat_2"]


def test_what_students_get_holds_no_key(written, made):
    packed = packed_question(made.questions[0])
    of_otter = (written["otter"] / "two-paths.ipynb").read_text("utf-8")
    assert packed not in of_otter
    assert "_marked_of" not in of_otter
    # nbgrader takes out of its release what stands between these two lines.
    source = "\n".join(sources(written["nbgrader"]))
    released = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", source, flags=re.DOTALL)
    assert packed in source
    assert packed not in released
    assert "_marked_of" not in released


def test_the_check_names_what_is_blank(written, right):
    folder = written["otter"]
    answers = {name: number for name, number in right.items() if name != "gradient"}
    handed = json.dumps([sources(folder), answers, ""])
    done = subprocess.run([sys.executable, "-c", HARNESS], input=handed, capture_output=True, text=True, check=True)
    assert "blank: gradient\n" in done.stdout
