"""Skip connections in a dense network: held to HIPS autograd, mistakes worked by hand, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from question_bank.derivations.arrangements import Working
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.errors import InputError, NetworkError
from question_bank.networks.dense import Dense, mask
from question_bank.networks.functions import FUNCTIONS
from question_bank.questions.question import Question, solve
from question_bank.questions.written import read_problem
from tests import oracle
from tests.question_bank.comparison import NOTHING, RELATIVE, SATURATED, Case, disagreements
from tests.question_bank.one_mistake import mistaken

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.bank) for seed in range(1, 85))]
SEVERAL: tuple[Working, ...] = ("table", "deltas", "matrices", "graph")


def a_case(rng: np.random.Generator) -> Case:
    """A random network with one skip connection or two, before or after a function, perhaps under dropout."""
    while True:
        found = _a_case(rng)
        inside = [value for key, value in oracle.forward(found.network, found.values).items() if key.startswith("a")]
        if max(map(abs, inside)) < SATURATED:
            return found


def _a_case(rng: np.random.Generator) -> Case:
    depth, added = int(rng.integers(2, 5)), str(rng.choice(["before", "after"]))
    sizes = rng.integers(1, 4, depth + 1)
    last = depth if added == "before" else depth - 1
    target = int(rng.integers(1, last + 1))
    source = int(rng.integers(0, target))
    sizes[source] = sizes[target]
    skips = [(source, target)]
    if target < last and rng.random() < 0.5:
        skips.append((target, target + 1))
        sizes[target + 1] = sizes[target]
    loss = str(rng.choice(["squared_error", "half_squared_error", "binary_cross_entropy"]))
    probabilities = loss == "binary_cross_entropy"
    output = "sigmoid" if probabilities else str(rng.choice([*FUNCTIONS]))
    activations = (*(str(rng.choice([*FUNCTIONS])) for _ in range(depth - 1)), output)
    biases = tuple(str(rng.choice(["none", "unit", "layer"])) for _ in range(depth))
    keep = 0.5 if rng.random() < 0.2 else None
    combined = probabilities and rng.random() < 0.5
    shape = tuple(map(int, sizes))
    network = oracle.Network(shape, activations, loss, None, biases, combined, keep, None, tuple(skips), added)
    names = list(oracle.parameter_names(network))
    values = {name: float(rng.normal(0.0, 0.8)) for name in names}
    values |= {f"x_{n}": float(rng.normal(0.0, 1.2)) for n in range(1, shape[0] + 1)}
    values |= {f"y_{n}": float(rng.uniform(0.05, 0.95)) for n in range(1, shape[-1] + 1)}
    for layer in network.layers[:-1] if keep else ():
        entries = rng.integers(0, 2, shape[layer])
        entries[int(rng.integers(0, len(entries)))] = 1
        values |= {mask(layer, unit).key: float(entry) for unit, entry in enumerate(entries, 1)}
    return Case(network, values, (names[0], names[-1], str(rng.choice(names))))


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_those_of_autograd(seed: int) -> None:
    """With all seeds a thousand networks, by paths and in every arrangement of several values."""
    rng = np.random.default_rng([12, seed])
    for _ in range(12):
        case = a_case(rng)
        model = case.architecture
        apart = not model.graph().twins
        assert not apart or disagreements(case) == [], case
        truth = {**oracle.gradients(case.network, case.values), **oracle.inner_gradients(case.network, case.values)}
        scale = max(map(abs, truth.values()))
        for working in SEVERAL if apart else SEVERAL[:3]:
            derivation = derive(model, [*model.parameters(), *model.inputs], Layout(working=working))
            question = solve(derivation, case.values)
            for value in derivation.asked:
                found, want = question.value(derivation.gradient_of(value)), truth[value.key]
                assert abs(found - want) <= RELATIVE * abs(want) + NOTHING * scale, (case, working, value)
        for parameter in case.asked if apart else ():
            chain = derive(model, parameter, Layout(working="chain"))
            found, want = solve(chain, case.values).value(chain.gradient_of(chain.parameter)), truth[parameter]
            assert abs(found - want) <= RELATIVE * abs(want) + NOTHING * scale, (case, parameter)


def asked(added: str, ask: str, working: str = "") -> Question:
    text = f"""
[network]
sizes = [2, 2, 2, 1]
activations = ["linear", "linear", "linear"]
loss = "half_squared_error"
skip = [[1, 2]]
skip_added = "{added}"
W1 = [[1, 2], [3, -1]]
W2 = [[2, -3], [1, 4]]
W3 = [[2, 5]]
x = [1, 2]
y = [40]
[ask]
{ask}
"""
    return read_problem(text, "file").solve()


# h1 is (5, 1); W2 h1 is (7, 9), and with what skips (12, 10). The output is 74, the error 34;
# back to h2 comes (68, 170).
# Through W2 comes 2 · 68 + 170 = 306 and −3 · 68 + 4 · 170 = 476 back to h1, and along the skip 68 and 170.


def test_one_network_by_hand() -> None:
    after = asked("after", 'parameters = "all"\nworking = "deltas"')
    assert [after.value(key) for key in ("f2_1", "f2_2", "h2_1", "h2_2", "yhat_1")] == [7, 9, 12, 10, 74]
    assert [after.value(f"h1_{unit}.back") for unit in (1, 2)] == [374, 646]
    assert [after.value(f"w1_2{source}.gradient") for source in (1, 2)] == [646, 1292]
    before = asked("before", 'parameters = "all"\nworking = "deltas"')
    assert [before.value(key) for key in ("a2_1", "a2_2", "h2_1", "h2_2", "yhat_1")] == [12, 10, 12, 10, 74]
    assert [before.value(f"h1_{unit}.back") for unit in (1, 2)] == [374, 646]


@pytest.mark.parametrize("added", ["before", "after"])
def test_mistakes_at_a_skip_give_what_they_give_by_hand(added: str) -> None:
    question = asked(added, 'parameters = "all"\nworking = "deltas"')
    back = mistaken(question, "h1_1.back")
    assert (back["skip_back_left_out"], back["skip_back_alone"]) == ([306], [68])
    assert sorted(back["use_left_out"]) == [204, 238]
    # Transposed are the weights alone: 2 · 68 + (−3) · 170 + 68.
    assert back["back_transposed"] == [-306]
    assert mistaken(question, "h2_1" if added == "after" else "a2_1")["skip_left_out"] == [7]


def test_paths_left_out_give_what_they_give_by_hand() -> None:
    by_paths = asked("after", 'parameter = "w1_11"')
    gradient = mistaken(by_paths, "gradient")
    assert (gradient["skip_paths_left_out"], gradient["skip_paths_alone"]) == ([306], [68])
    assert sorted(gradient["missed_path"]) == [136, 170]


def test_mistakes_at_the_sum_itself() -> None:
    table = asked("after", 'parameters = "all"')
    assert mistaken(table, "h2_1")["skip_multiplied"] == [35]
    assert mistaken(table, "w3_11.gradient")["gradient_before_skip"] == [34 * 7]
    by_paths = asked("after", 'parameter = "w1_11"')
    along = mistaken(by_paths, "dh2_1/dh1_1")
    assert (along["skip_factor_is_value"], along["skip_factor_zero"]) == ([5], [0])
    assert mistaken(asked("after", 'parameter = "w3_11"'), "da3_1/dw3_11")["input_before_skip"] == [7]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"skips": ((1, 1),)}, "network.skip[1]: from layer 1 to itself", "a later layer"),
    ({"skips": ((2, 1),)}, "network.skip[1]: from layer 2 back to layer 1", "a later layer: [1, 2]"),
    ({"skips": ((0, 1),)}, "network.skip[1]: from 3 units of layer 0 to 2 of layer 1", "two layers of as many units"),
    ({"skips": ((1, 2), (1, 7))}, "network.skip[2]: from layer 1 to layer 7", "layers from 0, the input, to 3"),
    ({"skips": ((1, 2), (1, 2))}, "network.skip[2]: a second one to layer 2", "one at the most"),
    ({"skips": ((1, 2),), "skip_added": None}, "network.skip_added: missing", '"before" the layer\'s function'),
    ({"skips": ((1, 2),), "skip_added": "behind"}, "network.skip_added: 'behind'", '"before" the layer\'s function'),
    ({"skips": ()}, "network.skip_added: skip_added = 'after' without skip", ""),
    ({"skips": ((2, 3),)}, 'network.skip_added: a skip to the outputs with skip_added = "after"', '"before"'),
]


@pytest.mark.parametrize(("parts", "found", "expected"), REFUSED)
def test_what_is_no_skip_is_refused(parts: dict[str, Any], found: str, expected: str) -> None:
    with pytest.raises(NetworkError) as refusal:
        Dense(
            **{
                "sizes": (3, 2, 2, 2),
                "activations": ("tanh",) * 3,
                "loss": "squared_error",
                "skip_added": "after",
                **parts,
            }
        )
    assert str(refusal.value).startswith(found)
    assert expected in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("working", ["paths", "chain", "graph"])
def test_a_weight_and_a_skip_between_the_same_values_are_no_two_columns(working: str) -> None:
    with pytest.raises(InputError, match="from h1_1 to a2_1 lead a weight and a skip connection; expected"):
        asked("before", f'parameter = "w1_11"\nworking = "{working}"')
    assert asked("before", f'parameter = "w2_11"\nworking = "{working}"').derivation.answers


def test_a_file_is_named_with_what_is_wrong_in_it() -> None:
    with pytest.raises(InputError, match=r"^file, network.skip\[1\]: from layer 2 back to layer 1; expected a later"):
        read_problem(
            """
[network]
sizes = [1, 1, 1, 1]
activations = ["tanh", "tanh", "tanh"]
loss = "squared_error"
skip = [[2, 1]]
skip_added = "after"
W1 = [[1]]
W2 = [[1]]
W3 = [[1]]
x = [1]
y = [1]
[ask]
parameter = "w1_11"
""",
            "file",
        )


def test_a_question_in_a_file_keeps_its_skip() -> None:
    question = asked("after", 'parameter = "w1_11"')
    model = question.derivation.model
    assert isinstance(model, Dense)
    assert (model.skips, model.skip_added) == (((1, 2),), "after")
