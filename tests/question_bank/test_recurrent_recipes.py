"""Certified questions about recurrent networks: no honest student is marked wrong; what is wrong is said with its key.

The students' formulas are written out below, step by step in time, and differentiated by HIPS autograd.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad

from question_bank.errors import InputError, NetworkError
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import FOLDER, load_recipe
from question_bank.questions.written import problem_from
from tests.recipes import of

STUDENTS = 300
MEANING = {"tanh": anp.tanh, "sigma": lambda x: 1 / (1 + anp.exp(-x))}
PLAIN = {
    "a@1": "w * x1",
    "h@1": "tanh(a1)",
    "yhat@1": "v * h1",
    "a@2": "w * x2 + u * h1",
    "h@2": "tanh(a2)",
    "yhat@2": "v * h2",
    "a@3": "w * x3 + u * h2",
    "h@3": "tanh(a3)",
    "yhat@3": "v * h3",
}
AT_THE_END = {key: text for key, text in PLAIN.items() if key not in ("yhat@1", "yhat@2")}
FIRST = {
    **{f"a{gate}@1": f"w{gate} * x1" for gate in "igo"},
    "i@1": "sigma(ai1)",
    "g@1": "tanh(ag1)",
    "o@1": "sigma(ao1)",
    "c@1": "i1 * g1",
    "h@1": "o1 * tanh(c1)",
}
SECOND = {
    **{f"a{gate}@2": f"w{gate} * x2 + u{gate} * h1" for gate in "ifgo"},
    "i@2": "sigma(ai2)",
    "f@2": "sigma(af2)",
    "g@2": "tanh(ag2)",
    "o@2": "sigma(ao2)",
    "c@2": "f2 * c1 + i2 * g2",
    "h@2": "o2 * tanh(c2)",
}
LSTM = {**FIRST, **SECOND}
GRU = {
    "az@1": "wz * x1",
    "z@1": "sigma(az1)",
    "an@1": "wn * x1",
    "n@1": "tanh(an1)",
    "h@1": "(1 - z1) * n1",
    "ar@2": "wr * x2 + ur * h1",
    "r@2": "sigma(ar2)",
    "az@2": "wz * x2 + uz * h1",
    "z@2": "sigma(az2)",
    "q@2": "r2 * h1",
    "an@2": "wn * x2 + un * q2",
    "n@2": "tanh(an2)",
    "h@2": "(1 - z2) * n2 + z2 * h1",
}
WITH_BIASES = {key: f"{text} + b{key[1]}" if key[0] == "a" else text for key, text in LSTM.items()}
ERROR = "0.5 * (y{0} - {1}{0})**2"


def worked(formula: str, values: dict[str, Any]) -> Any:
    names = {key.replace("@", ""): value for key, value in values.items()}
    return eval(formula, {"__builtins__": {}}, {**MEANING, **names})  # noqa: S307  our own text


class Honest:
    """Students who round each box to what is asked, or to up to three places more, and go on from what they wrote."""

    def __init__(self, question: Question, formulas: dict[str, str]) -> None:
        self.question, self.formulas = question, formulas
        self.more = np.random.default_rng(3).integers(0, 4, STUDENTS)
        self.boxes = {slot.step.key for slot in question.slots}
        self.written: dict[str, np.ndarray] = {}
        self.known: dict[str, Any] = {
            given.key: np.full(STUDENTS, question.value(given)) for given in question.derivation.givens
        }
        for name in formulas:
            if name != "L" and name not in self.known:
                self.known[name] = self.record(name, worked(formulas[name], self.known))

    def record(self, name: str, values: Any) -> np.ndarray:
        """What is written in a box; without a box all digits are kept."""
        if name not in self.boxes:
            return np.broadcast_to(values, STUDENTS)
        places = int(str(self.question.places(name))[:-1]) + self.more
        self.written[name] = np.round(np.broadcast_to(values, STUDENTS) * 10.0**places) / 10.0**places
        return self.written[name]

    def local(self, above: str, below: str) -> np.ndarray:
        def along(value: Any) -> Any:
            return worked(self.formulas[above], self.known | {below: value})

        return self.record(f"d{above}/d{below}", elementwise_grad(along)(self.known[below]))

    def along_paths(self) -> None:
        derivation = self.question.derivation
        for path in derivation.paths:
            factors = [self.local(factor.above.key, factor.below.key) for factor in path.factors]
            self.record(path.product.key, np.prod(factors, axis=0))
        self.record("gradient", sum(self.written[path.product.key] for path in derivation.paths))
        parameter = derivation.parameter.key
        self.record("updated", self.known[parameter] - self.known.get("eta", 0.0) * self.written["gradient"])

    def back(self, value: str) -> np.ndarray:
        """The derivative of the loss by a value: the sum over all that use it."""
        if value == "L":
            return np.ones(STUDENTS)
        if f"{value}.gradient" in self.written:
            return self.written[f"{value}.gradient"]
        name = value.replace("@", "")
        users = [user for user, text in self.formulas.items() if re.search(rf"\b{name}\b", text)]
        total = sum(self.back(user) * self.local(user, value) for user in users)
        if users == ["L"]:
            return total
        return self.record(f"{value}.gradient", total)


RECIPES = [
    of("bptt-last", {**AT_THE_END, "L": ERROR.format(3, "yhat")}),
    of("bptt-all", {**PLAIN, "L": " + ".join(ERROR.format(time, "yhat") for time in (1, 2, 3))}),
    of("lstm-forward", LSTM),
    of("lstm-gate", {**LSTM, "L": ERROR.format(2, "h")}),
    of("gru-gate", {**GRU, "L": ERROR.format(2, "h")}),
    of("lstm-back", {**WITH_BIASES, "L": ERROR.format(2, "h")}),
]


@pytest.mark.parametrize(("name", "formulas"), RECIPES)
def test_no_honest_student_is_outside_what_is_accepted(name: str, formulas: dict[str, str]) -> None:
    for question in draw(load_recipe(name), [b"honest %d" % n for n in range(3)]):
        students = Honest(question, formulas)
        if question.derivation.paths:
            students.along_paths()
        elif "L" in formulas:
            for value in question.derivation.asked:
                students.back(value.key)
        assert students.written.keys() >= students.boxes
        for slot in question.slots:
            low, high = question.range(slot.step)
            slack = 1e-9 * max(1.0, abs(low), abs(high))
            values = students.written[slot.step.key]
            assert (low - slack <= values).all(), (name, slot.name)
            assert (values <= high + slack).all(), (name, slot.name)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("steps = 3", "steps = 5", "recurrent.steps: 5 steps; expected 2 to 4"),
        ("steps = 3", "steps = 1", "recurrent.steps: 1 steps; expected 2 to 4"),
        ("steps = 3", 'steps = 3\ncell = "elman"', "recurrent.cell: cell 'elman'; expected plain, lstm, gru"),
        (
            "steps = 3",
            "steps = 3\ntruncation = 3",
            "recurrent.truncation: truncation after 3 steps of 3; expected 1 to 2: fewer steps than there are",
        ),
        ("steps = 3", "steps = 3\ntruncation = 0", "recurrent.truncation: truncation after 0 steps of 3"),
        ("steps = 3", 'steps = 3\nfunction = "softmax"', "recurrent.function: function 'softmax'; expected sigmoid, "),
        ("steps = 3", "steps = 3\ninputs = 4", "recurrent.inputs: 4 inputs; expected 1 to 3"),
        ("steps = 3", "steps = 3\nunits = 2", "recurrent.units: unknown key"),
        ("steps = 3", "steps = 3\nbiases = true", "ranges.b: missing, for b, by"),
        (
            '"half_squared_error"',
            '"binary_cross_entropy"',
            "recurrent.loss: loss 'binary_cross_entropy' of outputs that",
        ),
        (
            "[recurrent]",
            '[circuit]\ninputs = ["x"]\nnodes = { f = "2 * x" }\n[recurrent]',
            "circuit: found beside recurrent",
        ),
        ("y = { low = -1, high = 1, decimals = 1 }", 'y = "one_hot"', "ranges.y: one_hot, but a step has one output"),
        (
            'loss = "half_squared_error"',
            'loss = "binary_cross_entropy"\noutput = "sigmoid"',
            "ranges.y: binary_cross_entropy takes targets from 0 to 1, not from -1",
        ),
        ("[recurrent]", 'working = "matrices"\n[recurrent]', '"matrices" of single units, step by step in time'),
        ("W = {", "each.z = { low = 1, high = 2 }\nW = {", "ranges.each.z: no given of the network"),
        (
            "[precision]",
            '[update]\nrule = "plain"\nsteps = 2\n[precision]',
            "update.steps: 2 steps of an update of what is",
        ),
        ("paths = [2, 3]", "paths = [4, 5]", "difficulty.paths: no parameter has 4 to 5 paths"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = (FOLDER / "bptt-last.toml").read_text(encoding="utf-8").partition("[switches]")[0]
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_recipe(str(path))
    assert str(raised.value).startswith(str(path))
    assert expected in str(raised.value)


WRITTEN: dict[str, Any] = {
    "recurrent": {
        "steps": 2,
        "loss": "half_squared_error",
        "loss_at": "every",
        "w": 0.5,
        "u": 0.1,
        "v": 2.0,
        "x": [1.0, 2.0],
        "y": [1.0, 2.0],
    },
    "ask": {"parameter": "u"},
}


def test_a_network_is_written_with_what_belongs_to_each_step_in_a_list() -> None:
    question = problem_from(WRITTEN).solve()
    assert question.value("h@1") == pytest.approx(np.tanh(0.5))
    assert question.value("y@2") == 2.0


def test_numbers_for_too_few_steps_are_refused() -> None:
    table = {**WRITTEN, "recurrent": WRITTEN["recurrent"] | {"x": [1.0]}}
    with pytest.raises(NetworkError, match=r"recurrent\.x: one entry; expected a list of 2 numbers"):
        problem_from(table)
