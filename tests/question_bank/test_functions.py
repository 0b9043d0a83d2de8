"""What a function's or a loss's record says of it is true of its formulas."""

from __future__ import annotations

import numpy as np
import pytest

from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.names import General, Letter, Name, symbol
from question_bank.expressions.operations import OPERATIONS
from question_bank.expressions.program import compile_formula
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES
from question_bank.networks.losses import LOSSES
from tests import oracle

A = np.concatenate([np.linspace(-6.0, 6.0, 241), [-1e-7, 1e-7]])
A = A[np.abs(A) > 1e-9]


def values(formula: Expression, **named: np.ndarray | float) -> np.ndarray:
    index: dict[Name, int] = {symbol(name): position for position, name in enumerate(named)}
    columns = [np.asarray(column, float) for column in named.values()]
    return np.asarray(compile_formula(formula, index).values(columns))


def output(name: str, a: np.ndarray | float) -> np.ndarray:
    return values(FUNCTIONS[name].value(Ref(symbol("a"))), a=a)


def slope(name: str, a: np.ndarray | float) -> np.ndarray:
    found = values(FUNCTIONS[name].slope(Ref(symbol("a")), Ref(symbol("h"))), a=a, h=output(name, a))
    return np.broadcast_to(found, np.shape(a))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_slope_is_the_outputs(name: str) -> None:
    function = FUNCTIONS[name]
    step = 1e-8
    measured = (output(name, A + step) - output(name, A - step)) / (2 * step)
    ways = [function.slope(Ref(symbol("a")), Ref(symbol("h")))]
    ways += [function.slope_at(Ref(symbol("a")))] if function.slope_at else []
    ways += [function.slope_from(Ref(symbol("h")))] if function.slope_from else []
    ways += [function.steady(Ref(symbol("a")), Ref(symbol("h")))] if function.steady else []
    for way in ways:
        assert np.allclose(values(way, a=A, h=output(name, A)), measured, atol=3e-7)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_printed_is_what_is_worked(name: str) -> None:
    assert np.allclose(output(name, A), [oracle._activate(name, a) for a in A], rtol=1e-12, atol=1e-15)
    function = FUNCTIONS[name]
    if function.definition is not None:
        assert np.allclose(values(function.definition(Ref(symbol("a"))), a=A), output(name, A), rtol=1e-12)
    if function.rest is not None:
        assert np.allclose(values(function.rest(Ref(symbol("a"))), a=A), 1 - output(name, A), atol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_a_record_says_of_its_function(name: str) -> None:
    function, reached = FUNCTIONS[name], output(name, A)
    assert function.signed == bool(np.any(reached < 0))
    assert function.probability == bool(np.all((reached >= 0) & (reached <= 1)))
    assert (name in PROBABILITIES) == function.probability
    slopes = slope(name, A)
    assert function.exact_slope == bool(len(np.unique(slopes)) <= 2)
    often, times = np.unique(slopes.round(12), return_counts=True)
    assert sorted(function.levels) == sorted(often[times > 20])
    one, other = slope(name, -1e-12), slope(name, 1e-12)
    assert (function.kink is not None) == bool(abs(one - other) > 1e-3)
    if function.kink is not None:
        assert function.kink == slope(name, 0.0)
    tenths = output(name, np.round(A[np.round(A, 1) == A], 1))
    assert not function.exact_output or np.array_equal(tenths, np.round(tenths, 1))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_output_is_saturated_where_its_slope_is_nearly_0_by_its_bend(name: str) -> None:
    function = FUNCTIONS[name]
    near = function.saturated(output(name, A), 0.01)
    if not near.any():
        assert not function.probability
        return
    assert slope(name, A)[near].max() < 0.03
    assert slope(name, A)[~near].min() > 0.009


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_its_slope_and_its_levels(name: str) -> None:
    loss, step = LOSSES[name], 1e-7
    targets = np.repeat([0.0, 0.3, 1.0] if loss.probabilities else [-2.0, 0.0, 0.7, 3.0], 40)
    outputs = np.tile(np.linspace(0.02, 0.98, 40) if loss.probabilities else np.linspace(-4.03, 4.0, 40), 3)
    outputs = np.resize(outputs, targets.shape)
    term, formula = (make(Ref(symbol("y")), Ref(symbol("yhat")), 2) for make in (loss.term, loss.slope))
    above = values(term, y=targets, yhat=outputs + step)
    measured = (above - values(term, y=targets, yhat=outputs - step)) / (2 * step)
    found = values(formula, y=targets, yhat=outputs)
    assert np.allclose(found, measured, rtol=1e-5, atol=1e-5)
    often = [float(each) for each in np.unique(found.round(12)) if np.sum(np.isclose(found, each)) > 20]
    # What is given is the same for all outputs.
    assert loss.given or sorted(each for each in often if each) == sorted(loss.levels)


def put_in(formula: Expression, y: np.ndarray, yhat: np.ndarray) -> np.ndarray:
    """A general formula on numbers: `k` stands for every output, and K for how many there are."""
    match formula:
        case Ref(Letter()):
            return np.array(float(len(y)))
        case Ref(General(letter)):
            return y if letter == "y" else yhat
        case Const(value):
            return np.array(value)
        case Call("sum_over" | "sum_from_to", (*_, term)):
            return np.asarray(put_in(term, y, yhat).sum())
        case Call("part_of", (parts, whole)):
            return put_in(whole, y, yhat) / put_in(parts, y, yhat)
        case Call("applied", (Ref(Letter("H")), error)):
            e = np.abs(put_in(error, y, yhat))
            return np.where(e < 1, e**2 / 2, e - 0.5)
        case Call(operation, arguments):
            return OPERATIONS[operation].array(*(put_in(argument, y, yhat) for argument in arguments))
    raise AssertionError(formula)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if not loss.given])
def test_a_losss_printed_formula_is_the_loss(name: str) -> None:
    y, yhat = np.array([1.0, 0.0, 3.0 if name == "huber" else 0.25]), np.array([0.3, 0.2, 0.5])
    formula = LOSSES[name].formula(Ref(General("y", "k")), Ref(General("yhat", "k")), "k")
    assert put_in(formula, y, yhat) == pytest.approx(oracle._loss(name, y, yhat), rel=1e-12)
