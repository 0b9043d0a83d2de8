"""The truth tests notice: every derivative rule is broken in turn, and so is every interval reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from question_bank.derivations import deriving
from question_bank.expressions.expression import Const, Expression, Ref
from question_bank.expressions.operations import OPERATIONS, Operation
from question_bank.networks import dense, rules
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.graph import Factor, Node, Rule
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import RULES
from tests.question_bank.comparison import Case, disagreements, random_case
from tests.question_bank.containment import random_escapes

Wrong = Callable[[Expression], Expression]

WRONGS: dict[str, Wrong] = {
    "sign": lambda right: -right,
    "scale": lambda right: 1.000001 * right,
    "shift": lambda right: right + Const(1e-6),
    "constant": lambda right: Const(0.7),
}


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Derivations are cached by model: none may cross from broken tables to whole ones, or back."""
    clear()
    yield
    clear()


def clear() -> None:
    dense._graph.cache_clear()
    deriving._derive.cache_clear()


@cache
def cases(count: int = 6, **fixed: str) -> list[Case]:
    """Networks of depth 2 and 3 with these activations or this loss: several, since dead units hide a slope.

    As the rules are, none disagrees with the oracle.
    """
    rng = np.random.default_rng(list(repr(sorted(fixed.items())).encode()))
    networks = [random_case(rng, depth=2 + n % 2, **fixed) for n in range(count)]  # type: ignore[arg-type]
    assert [found for case in networks for found in disagreements(case)] == []
    return networks


def assert_noticed(monkeypatch: pytest.MonkeyPatch, rule: str, broken: Rule, networks: list[Case]) -> None:
    clear()
    monkeypatch.setitem(RULES, rule, broken)
    assert any(disagreements(case) for case in networks)


def scaled_partial(rule: Rule, wrong: Wrong, strikes: Callable[[Factor], bool]) -> Rule:
    def partial(node: Node, i: int) -> Factor:
        right = rule.partial(node, i)
        return replace(right, formula=wrong(right.formula)) if strikes(right) else right

    return replace(rule, partial=partial)


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("place", ["hidden", "output"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_broken_activation_slope_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str, place: str, wrong: str
) -> None:
    networks = cases(loss="squared_error", **{"output": "linear" if name == "tanh" else "tanh", place: name})
    right = FUNCTIONS[name]
    broken = replace(right, slope=lambda a, h: WRONGS[wrong](right.slope(a, h)))
    with monkeypatch.context() as table:
        table.setitem(FUNCTIONS, name, broken)
        rule = rules._activation_rule(name)
    assert_noticed(monkeypatch, name, rule, networks)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"linear"}))
def test_a_slope_read_at_the_preactivation_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = FUNCTIONS[name]
    if right.levels:
        wrong = replace(right, slope=lambda a, h: h)  # a and h have the same sign
    else:
        wrong = replace(right, slope=lambda a, h: right.slope(h, a))
    with monkeypatch.context() as table:
        table.setitem(FUNCTIONS, name, wrong)
        rule = rules._activation_rule(name)
    assert_noticed(monkeypatch, name, rule, cases(hidden=name, output="linear", loss="squared_error"))


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("name", LOSSES)
def test_a_broken_loss_slope_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    right = LOSSES[name]
    broken = replace(right, slope=lambda y, yhat, n: WRONGS[wrong](right.slope(y, yhat, n)))
    with monkeypatch.context() as table:
        table.setitem(LOSSES, name, broken)
        rule = rules._loss_rule(name)
    assert_noticed(monkeypatch, name, rule, cases(hidden="tanh", output="sigmoid", loss=name))


def test_losses_that_differ_by_a_factor_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    swapped = rules._loss_rule("squared_error")
    assert_noticed(monkeypatch, "half_squared_error", swapped, cases(loss="half_squared_error", hidden="tanh"))


SOFTMAX = [("softmax_full", "softmax_own"), ("softmax_full", "softmax_cross"), ("softmax_diagonal", "softmax_own")]


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize(("rule", "kind"), SOFTMAX)
def test_a_broken_softmax_partial_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: str, kind: str, wrong: str) -> None:
    broken = scaled_partial(RULES[rule], WRONGS[wrong], lambda factor: factor.kind == kind)
    assert_noticed(monkeypatch, rule, broken, cases(hidden="tanh", output=rule.partition("_")[2]))


@pytest.mark.parametrize(
    ("rule", "other"), [("softmax_full", "softmax_diagonal"), ("softmax_diagonal", "softmax_full")]
)
def test_the_other_softmax_convention_is_noticed(monkeypatch: pytest.MonkeyPatch, rule: str, other: str) -> None:
    broken = replace(RULES[rule], through=RULES[other].through)
    assert_noticed(monkeypatch, rule, broken, cases(hidden="tanh", output=rule.partition("_")[2]))


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("kind", ["input", "weight", "bias"])
def test_a_broken_affine_partial_is_noticed(monkeypatch: pytest.MonkeyPatch, kind: str, wrong: str) -> None:
    broken = scaled_partial(RULES["affine"], WRONGS[wrong], lambda factor: factor.kind == kind)
    assert_noticed(monkeypatch, "affine", broken, cases(hidden="tanh", bias="layer"))


def test_swapped_operands_of_a_product_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """∂(w·h)/∂h taken as h instead of w."""
    affine = RULES["affine"]

    def partial(node: Node, i: int) -> Factor:
        right = affine.partial(node, i)
        return replace(right, formula=Ref(node.inputs[i])) if right.kind == "weight" else right

    assert_noticed(monkeypatch, "affine", replace(affine, partial=partial), cases(hidden="tanh"))


def test_a_forgotten_path_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes from the first unit of a layer to the second of the next."""
    affine = RULES["affine"]

    def through(node: Node) -> list[int]:
        first = [read.letter == "h" and read.index == (1,) for read in node.inputs]
        return [i for i in affine.through(node) if not (first[i] and node.name.index == (2,))]

    networks = cases(hidden="tanh", loss="squared_error")
    assert_noticed(monkeypatch, "affine", replace(affine, through=through), networks)


def low_end(operation: Operation) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    def reading(*boxes: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        point = operation.array(*(low for low, _ in boxes))
        return point, point

    return reading


def ends_only(operation: Operation) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    def reading(*boxes: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        one = operation.array(*(low for low, _ in boxes))
        other = operation.array(*(high for _, high in boxes))
        return np.minimum(one, other), np.maximum(one, other)

    return reading


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_interval_reading_of_the_low_end_alone_is_noticed(name: str) -> None:
    assert random_escapes(name, OPERATIONS[name].interval) == 0
    assert random_escapes(name, low_end(OPERATIONS[name])) > 0


@pytest.mark.parametrize("name", ["sub", "mul", "div", "square", "abs", "logistic_slope", "tanh_slope"])
def test_an_interval_reading_of_both_ends_alone_is_noticed(name: str) -> None:
    """The ends of a box do not bound what is not monotonic, or what falls in one argument and rises in another."""
    assert random_escapes(name, ends_only(OPERATIONS[name])) > 0
