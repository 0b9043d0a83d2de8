"""All that is wrong with a recipe is said at once, a line for each key, with what could stand there."""

from pathlib import Path

import pytest

from question_bank.errors import FormulaError, InputError, NetworkError, RecipeError, refuse, together
from question_bank.questions.recipe import FOLDER, load_recipe

TWO_PATHS = (FOLDER / "two-paths.toml").read_text(encoding="utf-8")
Y = "y = { low = 0, high = 1, decimals = 0, zero = true }"


def problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """The lines of the complaint about two-paths with these changes, without the file's name."""
    text = TWO_PATHS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_recipe("mine.toml", folder)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{folder / 'mine.toml'}, ") for line in lines)
    return [line.removeprefix(f"{folder / 'mine.toml'}, ") for line in lines]


def test_every_key_that_is_wrong_has_a_line(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("minutes = 30", "minuets = 30"),
        ("low = -0.9", 'low = "small"'),
        (Y, 'y = "onehot"'),
        ('"sigmoid", "sigmoid"', '"sigmoit", "sigmoid"'),
        ('loss = "squared_error"', 'loss = "hinge"'),
        ('product = "6d"', 'product = "6q"'),
    )
    places = [line.partition(": ")[0] for line in found]
    wrong = ["network.activations", "network.loss", "ranges.W.low", "ranges.y", "precision.product", "minuets"]
    assert places == wrong
    assert found[0].startswith("network.activations: layer 1 has the activation 'sigmoit'; expected sigmoid, tanh")
    assert found[2] == "ranges.W.low: 'small'; expected a number"
    assert found[3] == "ranges.y: 'onehot'; expected a table or \"one_hot\""


def test_what_must_fit_together_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("slots = 21", "slots = 22"),
        ('factor = "4d"', 'factor = "0d"'),
        ("b = {", "# b = {"),
    )
    places = [line.partition(": ")[0] for line in found]
    assert places == ["ranges.b", "ranges.W.decimals", "slots"]


def test_a_missing_table_is_one_line_that_says_what_it_needs(tmp_path: Path) -> None:
    missing, other = problems(tmp_path, ("[difficulty]", "[other]"))
    assert missing == "difficulty: missing. Write a table [difficulty], such as difficulty = { paths = [2, 2] }"
    assert other.startswith("other: unknown key")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("minutes = 30", "", "minutes: missing. Write it, such as minutes = 30"),
        (
            "minutes = 30",
            "minutes = 30\nloss = 3",
            "loss: unknown key; expected title, .* It belongs under [network]",
        ),
        ("[network]", "[netwrk]", "netwrk: unknown key; expected title, .* Did you mean network?"),
        ("[network]", "[network]\nzzz = 1", "network.zzz: unknown key; expected sizes, .*, exponentials. Take it away"),
        (Y, "y = { low = 0, hihg = 1 }", "ranges.y.hihg: unknown key; expected low, high, .* Did you mean high?"),
        (Y, "y = { low = 0 }", "ranges.y.high: missing. Write it, such as high = 0.9"),
        (Y, "y = { low = 2, high = 1 }", "ranges.y: from 2.0 to 1.0 there are no values with 1 decimals"),
        ("paths = [2, 2]", "paths = [2]", "difficulty.paths[2]: missing. Write it, such as paths = [2, 2]"),
        ('biases = "layer"', 'biases = ["unit", 3]', 'network.biases[2]: 3; expected "none", "unit" or "layer"'),
        (
            "slots = 21",
            'parameters = ["x_1"]\nfairness.answer = 0.02',
            'parameters: x_1 cannot be asked for; expected "any" or one of w1_11, .*',
        ),
        (
            "slots = 21",
            'update = { rule = "plain", steps = 2 }',
            'update.steps: 2 steps of an update, worked as paths. Write working = "table"',
        ),
        (
            "slots = 21",
            'parameters = ["a1_1", "a1_2"]\nask = "updated"',
            "ranges.learning_rate: a new value of a1_1, which is no parameter. Take the learning rate away .*",
        ),
        ("slots = 21", "slots = true", "slots: true; expected a whole number"),
        ("zero = true", "zero = 1", "ranges.y.zero: 1; expected true or false"),
        ("slots = 21", 'parameters = ["w1_11", 3]', "parameters[2]: 3; expected text in quotation marks"),
        ("slots = 21", 'parameters = ["nope"]', "parameters: the network has no parameter 'nope'; expected a weight"),
        ("slots = 21", "slots = 0", "slots: 0; expected a number greater than or equal to 1"),
        ("[switches]", "[rubric.marks]\nforwrd = 1\n[switches]", "rubric.marks.forwrd: 'forwrd'; expected \"forward\""),
    ],
)
def test_one_problem_is_one_line(tmp_path: Path, old: str, new: str, line: str) -> None:
    (found,) = problems(tmp_path, (old, new))
    for part in line.split(".*"):
        assert part in found


def test_a_recipe_that_is_not_there_may_be_a_slip_of_another_ones_name() -> None:
    with pytest.raises(RecipeError, match=r"no recipe 'two-pathes'; expected .*chain, .*\. Did you mean two-paths\?"):
        load_recipe("two-pathes")


def test_complaints_together_keep_their_places_and_take_the_file() -> None:
    several = together([RecipeError("missing", place="a"), NetworkError("odd", place="b", file="other.toml")])
    assert str(several.in_file("mine.toml")) == "mine.toml, a: missing\nother.toml, b: odd"
    assert [type(each) for each in several.all] == [RecipeError, NetworkError]
    assert str(several.at(place="c")) == "c: missing\nother.toml, b: odd"
    nested = together([InputError("one"), several])
    assert [each.found for each in nested.all] == ["one", "missing", "odd"]
    assert str(InputError("alone")) == "alone"
    caret = together([FormulaError("odd", formula="1 +", column=3), InputError("more")])
    assert str(caret).splitlines() == ["odd", "    1 +", "      ^ column 3", "more"]


def test_nothing_to_complain_of_is_nothing_raised() -> None:
    refuse([])
    with pytest.raises(InputError) as caught:
        refuse(InputError(text) for text in ("one", "two"))
    assert str(caught.value).splitlines() == ["one", "two"]
