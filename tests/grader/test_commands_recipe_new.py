"""`gradpath recipe new`: five questions at the terminal, or options, and a recipe that works at once."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.assignments.editor_schema import editor_schema
from grader.commands import app
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["recipe", "new", *map(str, arguments)], input=typed)


def test_five_questions_are_asked_and_a_wrong_answer_is_asked_again(here: Path) -> None:
    result = run(typed="Three classes\n2-2-3\nsoftmx\nsoftmax\nmse\n\n\n")
    assert result.exit_code == 0
    assert "no function 'softmx'; expected sigmoid, tanh" in result.output
    assert "loss 'mse'; expected squared_error" in result.output
    assert result.stdout.count("[2-2-1]") == 1
    assert "Wrote three-classes.toml: 16 boxes, 3 paths" in result.stdout
    recipe = load_recipe("three-classes.toml")
    assert (recipe.title, recipe.network.sizes, recipe.network.activations, recipe.network.loss) == (
        "Three classes",
        [2, 2, 3],
        ["sigmoid", "softmax"],
        "cross_entropy",
    )
    assert recipe.network.combined
    assert recipe.forward == "given"


@pytest.mark.parametrize(
    ("sizes", "functions", "loss", "forward"),
    [
        ("2-2-1", "sigmoid", "squared_error", "given"),
        ("1 1 1", "tanh", "half_squared_error", "asked"),
        ("2,1", "linear", "half_squared_error", "asked"),
        ("2-2-1", "sigmoid", "binary_cross_entropy", "given"),
        ("2-2-1", "relu linear", "half_squared_error", "given"),
        ("3-3-2", "softmax", "squared_error", "given"),
        ("2-2-2-1", "tanh", "huber", "given"),
    ],
)
def test_what_is_written_works_at_once_and_can_be_printed_for_a_class(
    here: Path, sizes: str, functions: str, loss: str, forward: str
) -> None:
    result = run(
        "mine.toml", "--sizes", sizes, "--functions", functions, "--loss", loss, "--forward", forward, "--defaults"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    recipe = load_recipe("mine.toml")
    assert recipe.title == "Mine"
    assert recipe.forward == forward
    assert recipe.slots == recipe.most_slots()
    assert {parameter.layer for parameter in recipe.alike()} == {1}
    low, high = recipe.difficulty.score
    assert 0 < low < high < 1
    questions = draw(recipe, [b"%d" % n for n in range(5)], forms="same")
    assert all(question.certificate for question in questions)


def test_the_file_is_commented_and_names_the_schema_that_lies_beside_it(here: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    (here / "set").mkdir()
    assert run("set/mine.toml", "--defaults").exit_code == 0
    text = (here / "set" / "mine.toml").read_text(encoding="utf-8")
    first = text.splitlines()[0]
    schema = json.loads((here / "set" / first.removeprefix("#:schema ./")).read_text(encoding="utf-8"))
    assert schema == editor_schema("recipe")
    jsonschema.Draft7Validator(schema).validate(tomllib.loads(text))
    assert text.count("# ") >= 15
    assert max(map(len, text.splitlines())) <= 100
    # What is commented out may be used.
    commented = ("# chapter", "# b =")
    lines = [line.removeprefix("# ") if line.startswith(commented) else line for line in text.splitlines()]
    used = "\n".join(lines)
    (here / "set" / "mine.toml").write_text(used.replace('biases = "none"', 'biases = "unit"'), encoding="utf-8")
    assert load_recipe("set/mine.toml").chapter == "One weight"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["mine.txt", "--defaults"], "mine.txt: the name of a recipe's file; expected a name that ends in .toml"),
        (["there.toml", "--defaults"], "there.toml: there is a file already"),
        (["--title", "There", "--defaults"], "there.toml: there is a file already"),
        (["--sizes", "2", "--defaults"], "--sizes: '2' are no layers; expected two numbers or more"),
        (["--sizes", "2-0-1", "--defaults"], "--sizes: '2-0-1' are no layers"),
        (["--functions", "sigmoit", "--defaults"], "--functions: no function 'sigmoit'"),
        (["--functions", "softmax tanh", "--defaults"], "--functions: 'softmax tanh' for 2 layers"),
        (["--functions", "tanh tanh tanh", "--defaults"], "--functions: 'tanh tanh tanh' for 2 layers"),
        (["--loss", "mse", "--defaults"], "loss 'mse'"),
        (["--loss", "cross_entropy", "--functions", "tanh", "--defaults"], "cross_entropy takes outputs from 0 to 1"),
        (["--title", "two\nlines", "--defaults"], "--title: 'two\\nlines'; expected one line of text"),
        (["--forward", "both"], "Invalid value for '--forward'"),
    ],
)
def test_what_cannot_be_a_recipe_is_refused_and_nothing_written(
    here: Path, arguments: list[str], complaint: str
) -> None:
    (here / "there.toml").write_text("mine")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert [path.name for path in here.iterdir()] == ["there.toml"]
    assert (here / "there.toml").read_text() == "mine"


def test_at_the_end_of_the_input_nothing_is_written(here: Path) -> None:
    assert run(typed="A title\n").exit_code == 1
    assert list(here.iterdir()) == []
