"""Attention: held to HIPS autograd and to print, its mistakes by hand, and what its tables in files take."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt

import numpy as np
import pytest

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import evaluate
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.misconceptions import CATALOGUE, by_id
from question_bank.misconceptions.attention import ON_ATTENTION
from question_bank.misconceptions.entry import Site
from question_bank.networks.attention import Attention
from question_bank.questions.draws import draw
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from question_bank.questions.written import problem_from
from question_bank.questions.written_question import WrittenQuestion
from tests.question_bank.random_attention import LOSSES, Case, random_attention, random_numbers

DRAWS = 20
"""Of each attention, so that it is derived once for so many."""


def values_of(derivation: Derivation, cases: Sequence[Case]) -> dict[str, np.ndarray]:
    rows = [[case.values[given.key] for given in derivation.givens] for case in cases]
    return dict(zip((step.key for step in derivation.steps), evaluate(derivation, np.array(rows)).T, strict=True))


@pytest.mark.parametrize("attentions", [5, pytest.param(50, marks=pytest.mark.bank)])
def test_forward_values_and_gradients_are_those_of_autograd(attentions: int) -> None:
    """On twenty draws of each: all gradients from the table, one of them by its paths too, and the forward pass."""
    rng = np.random.default_rng(2017)
    for number in range(attentions):
        model = random_attention(rng, LOSSES[number % len(LOSSES)])
        cases = [random_numbers(model, rng) for _ in range(DRAWS)]
        keys = [given.key for given in model.parameters()]
        right = [case.gradients() for case in cases]
        table = values_of(derive(model, keys, Layout(working="table")), cases)
        for key in keys:
            assert table[f"{key}.gradient"] == pytest.approx([each[key] for each in right], rel=1e-9, abs=1e-12)
        one = keys[int(rng.integers(len(keys)))]
        by_paths = values_of(derive(model, one), cases)["gradient"]
        assert by_paths == pytest.approx([each[one] for each in right], rel=1e-9, abs=1e-12)
        if model.loss == "given_gradient":
            continue
        derivation = derive(model, (), Layout(quantity="forward"))
        found, forward = values_of(derivation, cases), [case.forward() for case in cases]
        worked = [key for key in forward[0] if key in found]
        assert {answer.key for answer in derivation.answers} <= {*worked}
        for key in worked:
            assert found[key] == pytest.approx([each[key] for each in forward], rel=1e-9, abs=1e-12)


PROJECTED = [[1, 0.5, 0.75], [0, 1.3, 0.65], [1, 1.2, 1.1]]
PUBLISHED = {
    "attention": {
        "queries": 3,
        "keys": 3,
        "width": 3,
        "scale": "root",
        "loss": "none",
        "Q": PROJECTED,
        "K": PROJECTED,
        "V": [[1, 1.25, 0.25], [1.3, 0.65, 0.33], [1.7, 1.6, 0.52]],
    },
    "ask": "forward",
}


def test_a_published_attention() -> None:
    """Of three words, to the digits in print, which were worked out anew before.

    UnfoldDataScience, YouTube-Videos-files (GitHub), notebook on self-attention: scores, scaled scores and weights.
    Left out is what did not agree: an exercise on amanailab.com, whose 1.66082 for softmax((1, 0) / √2) · (1, 3) is
    1.66048.
    """
    question = problem_from(PUBLISHED).solve()
    printed = {
        "score": [[1.8125, 1.1375, 2.425], [1.1375, 2.1125, 2.275], [2.425, 2.275, 3.65]],
        "scaled": [
            [1.04644736, 0.65673593, 1.4000744],
            [0.65673593, 1.21965244, 1.31347186],
            [1.4000744, 1.31347186, 2.10732848],
        ],
        "alpha": [
            [0.32242711, 0.21836449, 0.4592084],
            [0.21348029, 0.37482567, 0.41169404],
            [0.25345618, 0.23242983, 0.51411399],
        ],
    }
    for letter, rows in printed.items():
        for i, row in enumerate(rows, 1):
            for j, number in enumerate(row, 1):
                assert question.value(f"{letter}_{i},{j}") == pytest.approx(number, abs=5.1e-9)


NUMBERS = {
    "q_1,1": 2.0,
    "q_1,2": 1.0,
    "q_2,1": -1.0,
    "q_2,2": 0.5,
    "k_1,1": 1.0,
    "k_1,2": -3.0,
    "k_2,1": 1.5,
    "k_2,2": 0.5,
    "v_1,1": 4.0,
    "v_1,2": -2.0,
    "v_2,1": 0.5,
    "v_2,2": 3.0,
    "g_1,1": 0.5,
    "g_1,2": -1.5,
    "g_2,1": 1.0,
    "g_2,2": 1.0,
}
TWO = Attention(2, 2, 2, 2, "root", "given_gradient")
FORWARD = derive(Attention(2, 2, 2, 2, "root", "none"), (), Layout(quantity="forward"))
OF_KEY = derive(TWO, "k_1,2")
TABLE = derive(TWO, [given.key for given in TWO.parameters()], Layout(working="table"))
# s11 = 2 - 3 = -1, s12 = 3 + 0.5 = 3.5, s21 = -1 - 1.5 = -2.5, s22 = -1.5 + 0.25 = -1.25.
ROOT = sqrt(2)
A11, A21 = 1 / (1 + exp(4.5 / ROOT)), 1 / (1 + exp(1.25 / ROOT))
BY_HAND: list[tuple[str, Derivation, str, list[float]]] = [
    ("attention_scale_left_out", FORWARD, "scaled_1,2", [3.5]),
    ("attention_width_not_rooted", FORWARD, "scaled_1,2", [1.75]),
    ("attention_scale_multiplied", FORWARD, "scaled_1,2", [3.5 * ROOT]),
    ("attention_scores_transposed", FORWARD, "score_1,2", [-2.5]),
    ("attention_keys_not_transposed", FORWARD, "score_1,2", [2 * -3 + 0.5]),
    ("attention_other_axis", FORWARD, "alpha_1,1", [1 / (1 + exp(-1.5 / ROOT))]),
    ("attention_scores_for_weights", FORWARD, "o_1,1", [(-4 + 1.75) / ROOT, -4 + 1.75]),
    ("attention_weights_left_out", FORWARD, "o_1,1", [2.25]),
    ("attention_values_transposed", FORWARD, "o_1,1", [4 * A11 - 2 * (1 - A11)]),
    ("dot_part_own", OF_KEY, "dscore_1,1/dk_1,2", [-3]),
    ("dot_part_beside_another", OF_KEY, "dscore_1,1/dk_1,2", [2]),
    ("dot_part_forgotten", OF_KEY, "do_1,2/dalpha_1,1", [1]),
    ("attention_scale_not_passed", OF_KEY, "dscaled_1,1/dscore_1,1", [1]),
    ("attention_scale_inverted", OF_KEY, "dscaled_1,1/dscore_1,1", [ROOT]),
    ("attention_scale_squared", OF_KEY, "dscaled_1,1/dscore_1,1", [0.5]),
    ("attention_diagonal", TABLE, "scaled_2,1.gradient", [(4 - 2) * A21 * (1 - A21)]),
]


@pytest.mark.parametrize(("mistake", "derivation", "key", "expected"), BY_HAND)
def test_a_mistake_gives_what_it_gives_by_hand(
    mistake: str, derivation: Derivation, key: str, expected: list[float]
) -> None:
    question = solve(derivation, {given.key: NUMBERS[given.key] for given in derivation.givens})
    entry, step = by_id(CATALOGUE)[mistake], derivation.step(key)
    assert (step.kind in entry.kinds, step.role) == (True, entry.role)
    columns = [np.array([value]) for value in question.values]
    formulas = entry.mistaken(Site(derivation, step))
    found = [float(np.ravel(derivation.program(one).values(columns))[0]) for one in formulas]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert all(abs(number - question.value(key)) > 0.001 for number in expected)


def test_every_mistake_in_attention_is_tried_by_hand() -> None:
    assert {mistake for mistake, *_ in BY_HAND} == {entry.id for entry in ON_ATTENTION}


def test_one_query_has_no_other_axis_and_one_width_no_transpose() -> None:
    derivation = derive(Attention(1, 3, 2, 1, "none", "none"), (), Layout(quantity="forward"))
    struck = {
        entry.id
        for entry in ON_ATTENTION
        for step in derivation.steps
        if step.kind in entry.kinds and entry.mistaken(Site(derivation, step))
    }
    assert struck == {"attention_scores_for_weights", "attention_weights_left_out"}


@pytest.mark.parametrize("name", ["attention", "attention-back"])
def test_a_question_goes_into_a_file_and_comes_back(name: str) -> None:
    question = draw(load_recipe(name), [b"a"])[0]
    written = WrittenQuestion.of(question).model_dump(exclude_none=True, by_alias=True)
    again = WrittenQuestion.model_validate(written).problem().solve()
    assert again.derivation == question.derivation
    assert (again.values == question.values).all()


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"keys": 1}, "attention.keys"),
        ({"scale": "squared"}, "attention.scale"),
        ({"scale": 0}, "attention.scale"),
        ({"loss": "cross_entropy"}, "attention.loss"),
        ({"K": [[1, 2, 3]]}, "attention.K"),
        ({"W": [[1]]}, "attention"),
    ],
)
def test_what_makes_no_attention_is_refused(changed: dict[str, object], place: str) -> None:
    with pytest.raises(NetworkError) as caught:
        problem_from({**PUBLISHED, "attention": {**PUBLISHED["attention"], **changed}})  # type: ignore[dict-item]
    assert (caught.value.place or "").startswith(place)
