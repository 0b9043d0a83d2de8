"""Certified questions about circuits: no honest student is marked wrong, and every mistake strikes where it should.

The students' formulas are the recipe's own texts, differentiated by HIPS autograd: they share none with the code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from autograd import elementwise_grad

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.expressions.names import Local, Symbol
from question_bank.misconceptions.mistakes import mistakes
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.gates import written_node
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from tests.question_bank.random_circuits import FUNCTIONS
from tests.recipes import recipes

each_circuit = pytest.mark.parametrize(
    "name", recipes(lambda recipe: recipe.circuit is not None and recipe.ask != "error")
)
STUDENTS = 500


@cache
def drawn(name: str) -> list[Question]:
    recipe = load_recipe(name)
    quantity = recipe.usually_asked if recipe.ranges.learning_rate is None else "updated"
    return draw(recipe, [b"honest %d" % n for n in range(4)], quantity=quantity)


def worked(formula: str, values: dict[str, Any]) -> Any:
    return eval(formula, {"__builtins__": {}}, {**FUNCTIONS, **values})  # noqa: S307  our own text


def honest(question: Question, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """What students write who round each box to what is asked, or to up to three places more."""
    derivation, written = question.derivation, {}
    more = chance.integers(0, 4, STUDENTS)

    def record(name: str, values: Any) -> None:
        places = int(str(question.places(name))[:-1]) + more
        written[name] = np.round(np.broadcast_to(values, STUDENTS) * 10.0**places) / 10.0**places

    known: dict[str, Any] = {given.key: np.full(STUDENTS, question.value(given)) for given in derivation.givens}
    graph = derivation.graph
    for node in graph.nodes.values():
        record(node.name.key, worked(written_node(node), known))
        known[node.name.key] = written[node.name.key]

    def slope(above: Symbol, below: Symbol) -> Any:
        """How fast a node changes with one of the values that it reads."""
        formula = written_node(graph.nodes[above])
        return elementwise_grad(lambda value: worked(formula, known | {below.key: value}))(known[below.key])

    if not derivation.paths:
        _edges(derivation, slope, record, written, known)
        return written
    for path in derivation.paths:
        for factor in path.factors:
            record(factor.key, slope(factor.above, factor.below))
        record(path.product.key, np.prod([written[factor.key] for factor in path.factors], axis=0))
    record("gradient", sum(written[path.product.key] for path in derivation.paths))
    if "eta" in known:
        record("updated", known[derivation.parameter.key] - known["eta"] * written["gradient"])
        return written
    for slot, side in (("raised", 1), ("lowered", -1)):
        moved = {given.key: question.value(given) for given in derivation.givens}
        moved[derivation.parameter.key] += side * moved["epsilon"]
        for node in graph.nodes.values():
            moved[node.name.key] = worked(written_node(node), moved)
        record(slot, moved[graph.loss.key])
    record("quotient", (written["raised"] - written["lowered"]) / (2 * known["epsilon"]))
    return written


def _edges(
    derivation: Derivation,
    slope: Callable[[Symbol, Symbol], Any],
    record: Callable[[str, Any], None],
    written: dict[str, np.ndarray],
    known: dict[str, Any],
) -> None:
    """Below every edge what comes from above times the local slope; where there are several, their sum as well."""
    nodes = derivation.graph.nodes
    for value in (*reversed([*nodes][:-1]), *derivation.asked):
        users = [name for name, node in nodes.items() if value in node.inputs]
        for user in users:
            upstream = 1.0 if user == derivation.graph.loss else written[f"{user.key}.gradient"]
            alone = f"{value.key}.gradient"
            record(alone if len(users) == 1 else f"{value.key}.via.{user.key}", upstream * slope(user, value))
        if len(users) > 1:
            record(f"{value.key}.gradient", sum(written[f"{value.key}.via.{user.key}"] for user in users))
        if value in derivation.asked:
            record(f"{value.key}.updated", known[value.key] - known["eta"] * written[f"{value.key}.gradient"])


@each_circuit
def test_no_honest_student_is_outside_what_is_accepted(name: str) -> None:
    chance = np.random.default_rng(5)
    for question in drawn(name):
        written = honest(question, chance)
        assert {slot.step.key for slot in question.slots} == written.keys()
        for step, values in written.items():
            low, high = question.range(step)
            slack = 1e-9 * max(1.0, abs(low), abs(high))
            assert (low - slack <= values).all(), (name, step)
            assert (values <= high + slack).all(), (name, step)


@each_circuit
def test_mistakes_are_told_apart_where_they_are_made(name: str) -> None:
    for question in drawn(name):
        certificate: dict[str, Any] = dict(question.certificate or {})
        assert certificate["nearest_units"] >= 1
        # Pairs that may be taken for each other, of some hundred mistakes.
        assert certificate["slot_collisions"] <= 2


def test_a_branch_that_is_not_added_is_a_mistake_as_well() -> None:
    derivation = derive(read_circuit(["a", "b"], {"c": "a * b", "f": "c + b"}), "b")
    assert len(derivation.paths) == 2
    assert "missed_path" in {mistake.misconception for mistake in mistakes(derivation)}


@each_circuit
def test_what_is_said_of_a_loss_strikes_no_circuit(name: str) -> None:
    """Nor is anything of a network's units looked up where there are none."""
    for parameter in load_recipe(name).parameters():
        struck = mistakes(load_recipe(name).derivation(parameter, drawn(name)[0].derivation.layout.quantity))
        assert {mistake.misconception for mistake in struck}.isdisjoint({"loss_left_out", "last_factor_left_out"})


def test_local_derivatives_name_the_use_where_a_value_is_read_twice() -> None:
    derivation = derive(read_circuit(["x", "y"], {"q": "x * x", "f": "q + y"}), "x")
    assert derivation.paths[1].factors[-1] == Local(Symbol("q"), Symbol("x"), 2)
