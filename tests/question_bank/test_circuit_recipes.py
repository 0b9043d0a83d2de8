"""Recipes of circuits: what is wrong with one is said with its file and key, and what is drawn lies on its grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from question_bank.errors import DrawError, InputError
from question_bank.questions.draws import draw
from question_bank.questions.recipe import FOLDER, load_recipe

BRANCH = (FOLDER / "circuit-branch.toml").read_text(encoding="utf-8")
NODES = 'nodes = { p = "a * b", q = "b + c", f = "p * q" }'
INPUTS = "inputs = { low = -5, high = 5, decimals = 2 }"
NETWORK = '[network]\nsizes = [1, 1]\nactivations = ["linear"]\nloss = "squared_error"\n'


def complaint(folder: Path, old: str, new: str) -> str:
    assert old in BRANCH
    path = folder / "mine.toml"
    path.write_text(BRANCH.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_recipe(str(path))
    text = str(raised.value)
    assert text.startswith(str(path))
    return text.removeprefix(f"{path}, ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (NODES, 'nodes = { p = "f * a", q = "b + c", f = "p * q" }', "circuit.nodes.p: a cycle: p reads f reads p"),
        (NODES, 'nodes = { f = "a * b" }', "circuit.inputs: c leads nowhere; expected a way from it to the output, f"),
        (NODES, 'nodes = { f = "a * b / (c - 0 * c)" }', "circuit.nodes.f: a product with 0, which is always 0"),
        (NODES, 'nodes = { f = "a * b + c +" }', "circuit.nodes.f: the formula ends too early"),
        (NODES, NODES + "\nloss = 1", "circuit.loss: unknown key"),
        (INPUTS, "each.z = { low = 1, high = 2 }", "ranges.each.z: no input of the circuit; expected a, b, c"),
        (INPUTS, "each.a = { low = 1, high = 2 }", "ranges.inputs: no range for b, c"),
        (INPUTS, f"{INPUTS}\nW = {{ low = 1, high = 2 }}", "ranges.W: no range of a circuit"),
        (
            INPUTS,
            "inputs = { low = 1, high = 2, decimals = 0, distinct = true }",
            "ranges.inputs: 2 values are too few",
        ),
        ("[circuit]", f"{NETWORK}\n[circuit]", "network: found beside circuit"),
        ("paths = [2, 2]", "paths = [3, 3]", "difficulty.paths: no parameter has 3 to 3 paths; expected a band"),
        (
            "learning_rate = { low = 0.1",
            "learning_rate = { low = -0.1",
            "ranges.learning_rate: learning_rate begins at",
        ),
        (
            NODES,
            'nodes = { p = "a * b", v = "b + c", f = "p * v" }\n[update]\nrule = "plain"\nagain = true',
            "circuit.nodes.v: v with again = true: updates have a v of their own; expected another name",
        ),
        ("slots = 10", "slots = 9", "slots: 9, but a question has up to 10"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in complaint(tmp_path, old, new)


def test_a_network_has_no_grids_of_a_circuit(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (FOLDER / "chain.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[ranges]", f"[ranges]\n{INPUTS}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"ranges\.inputs: an input of a network has the grid x"):
        load_recipe(str(path))


def test_inputs_lie_on_their_grids_and_those_of_one_grid_differ(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    grids = "inputs = { low = 2, high = 4 }\neach.b = { low = -9, high = -5, decimals = 0 }"
    path.write_text(BRANCH.replace(INPUTS, grids).replace("score = [0.2, 0.37]\n", ""), encoding="utf-8")
    questions = draw(load_recipe(str(path)), [b"%d" % n for n in range(40)])
    for question in questions:
        a, b, c = (question.value(given) for given in "abc")
        assert 2 <= a <= 4
        assert 2 <= c <= 4
        assert a != c
        assert b in (-9, -8, -7, -6, -5)
    assert len({tuple(question.values[:3]) for question in questions}) == 40


def test_a_divisor_that_is_always_0_is_no_question(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    nodes = 'nodes = { p = "a - a", q = "b + c", f = "q / p + b" }'
    path.write_text(BRANCH.replace(NODES, nodes).replace("slots = 10\n", ""), encoding="utf-8")
    recipe = load_recipe(str(path))
    with pytest.raises(DrawError) as raised, np.errstate(all="ignore"):
        draw(recipe, [b"one"], parameter="b")
    assert "none of" in str(raised.value)
