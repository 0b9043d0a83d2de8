"""An optimiser alone: one or two variables, whose gradient at every step is given or that of a quadratic function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text
from question_bank.expressions.expression import Const, Expression, Ref, call, product
from question_bank.expressions.names import Symbol
from question_bank.language.counts import listed_in_words
from question_bank.language.words import _, ngettext
from question_bank.networks.graph import Factor, Graph, Node, Rule
from question_bank.networks.model import Conventions, GivenTable, OptimiserAlone, PhrasePart
from question_bank.networks.phrases import phrase
from question_bank.networks.rules import RULES

FunctionKind = Literal["quadratic", "given"]
_LETTERS = ("x", "y")
_COEFFICIENTS = {1: ("a", "b"), 2: ("a", "b", "c")}
MOST_STEPS = 6
_END = Symbol("f")


@dataclass(frozen=True, slots=True)
class Descent:
    """Steps on `variables` x (and y), from x_0 on.

    With a `quadratic` function gradients are those of a x² + b x, or of a x² + b y² + c x y, at the position of each
    step; else they are `given`, one for each step and variable.
    """

    variables: int
    steps: int
    function: FunctionKind

    def __post_init__(self) -> None:
        if self.variables not in _COEFFICIENTS:
            raise NetworkError(f"{self.variables} variables", place="descent.variables", expected="1 or 2")
        if not 1 <= self.steps <= MOST_STEPS:
            raise NetworkError(f"{self.steps} steps", place="descent.steps", expected=f"1 to {MOST_STEPS}")
        if self.function not in get_args(FunctionKind):
            raise NetworkError(
                f"function is {found_text(self.function)}",
                place="descent.function",
                expected="quadratic, or given for gradients that are given",
            )

    @property
    def letters(self) -> tuple[str, ...]:
        """What the variables are called."""
        return _LETTERS[: self.variables]

    @property
    def coefficients(self) -> tuple[Symbol, ...]:
        """Those of the function."""
        return tuple(map(Symbol, _COEFFICIENTS[self.variables])) if self.function == "quadratic" else ()

    def positions(self, step: int) -> tuple[Symbol, ...]:
        """The variables after so many steps."""
        return tuple(Symbol(letter, index=(step,)) for letter in self.letters)

    def gradients(self, step: int) -> tuple[Symbol, ...]:
        """The derivatives that a step is taken with, one for each variable."""
        return tuple(Symbol("g", round=step, of=self.carrier(one)) for one in self.positions(step))

    def carrier(self, position: Symbol) -> Symbol | None:
        """What a velocity is said to be of: nothing where there is one variable."""
        return None if self.variables == 1 else Symbol(position.letter)

    @property
    def _headings(self) -> tuple[Symbol, ...]:
        return (Symbol("g"),) if self.variables == 1 else tuple(Symbol(f"g{letter}") for letter in self.letters)

    @property
    def given_gradients(self) -> tuple[Symbol, ...]:
        """The gradients of all steps where they are given."""
        if self.function != "given":
            return ()
        return tuple(one for step in range(1, self.steps + 1) for one in self.gradients(step))

    @property
    def summary(self) -> str:
        """How many steps, and of what."""
        what = _("gradients given") if self.function == "given" else _("a quadratic function")
        steps = ngettext("{count} step on {letters}", "{count} steps on {letters}", self.steps)
        return f"{steps.format(count=self.steps, letters=listed_in_words(self.letters))}, {what}"

    def givens(self) -> Iterator[Symbol]:
        """Where it starts, and coefficients or gradients."""
        yield from self.positions(0)
        yield from self.coefficients
        yield from self.given_gradients

    def parameters(self) -> Iterator[Symbol]:
        """Where it starts."""
        return iter(self.positions(0))

    def parameters_in_words(self) -> str:
        """The starting values."""
        return " and ".join(one.key for one in self.positions(0))

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """None: two variables have each its own part in the function."""
        return []

    def tables(self) -> tuple[GivenTable, ...]:
        """Every given by itself; the gradients of one variable together."""
        alone = (*self.positions(0), *self.coefficients)
        roles: dict[Symbol, Literal["weights", "inputs"]] = dict.fromkeys(self.positions(0), "weights")
        gradients = [self.gradients(step) for step in range(1, self.steps + 1)] if self.function == "given" else []
        return (
            *(GivenTable(one, ((one,),), roles.get(one, "inputs")) for one in alone),
            *(
                GivenTable(heading, _column(column), "inputs")
                for heading, column in zip(self._headings, zip(*gradients, strict=True), strict=False)
            ),
        )

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """The positions, step by step."""
        return tuple(self.positions(step) for step in range(self.steps + 1))

    def circle_of(self, value: Symbol) -> Symbol | None:
        """A position stands in its own, and what a step is worked by in the one that it leads to."""
        if value.letter in self.letters and len(value.index) == 1:
            return value
        if value.round is None or value.round < 1 or value.round > self.steps:
            return None
        letter = self.letters[0] if value.of is None else value.of.letter
        return Symbol(letter, index=(value.round,))

    def layer_of(self, value: Symbol) -> int | None:
        """No value has one."""
        return None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """That it is a variable."""
        return phrase(_("a variable"))

    def conventions(self) -> Conventions:
        """There is no loss."""
        gradients = tuple(one for step in range(1, self.steps + 1) for one in self.gradients(step))
        alone = OptimiserAlone(self.letters, self.positions(0), gradients, self.formula)
        return Conventions(None, (), None, biases=False, own_names=True, optimiser=alone)

    def graph(self) -> Graph:
        """The positions one after another: what its picture shows."""
        return _timeline(self)

    @property
    def formula(self) -> Expression | None:
        """The function of x and y, where it has one."""
        if self.function == "given":
            return None
        a, b, *c = (Ref(one) for one in self.coefficients)
        x, *y = (Ref(Symbol(letter)) for letter in self.letters)
        if not y:
            return a * call("square", x) + b * x
        return a * call("square", x) + b * call("square", y[0]) + product((c[0], x, y[0]))


@dataclass(frozen=True, slots=True)
class DescentPass:
    """One step of a descent, from 1."""

    descent: Descent
    number: int

    def new_value(self, parameter: Symbol) -> Symbol:
        """The position behind the step."""
        return Symbol(parameter.letter, index=(self.number,))

    def value_before(self, parameter: Symbol) -> Symbol | None:
        """The position before the step before; None at the first."""
        return Symbol(parameter.letter, index=(self.number - 2,)) if self.number > 1 else None

    def carrier(self, parameter: Symbol) -> Symbol | None:
        """What a velocity is said to be of."""
        return self.descent.carrier(parameter)

    @property
    def positions(self) -> tuple[Symbol, ...]:
        """Where the step begins."""
        return self.descent.positions(self.number - 1)

    @property
    def gradients(self) -> tuple[Symbol, ...]:
        """What it is taken with."""
        return self.descent.gradients(self.number)

    @property
    def summary(self) -> str:
        """The whole descent's."""
        return self.descent.summary

    def graph(self) -> Graph:
        """The gradients, and what they are the derivatives of."""
        return _step_graph(self)

    def givens(self) -> Iterator[Symbol]:
        """Positions, and coefficients or gradients."""
        yield from self.positions
        yield from self.descent.coefficients
        if self.descent.function == "given":
            yield from self.gradients

    def parameters(self) -> Iterator[Symbol]:
        """The positions."""
        return iter(self.positions)

    def parameters_in_words(self) -> str:
        """Their keys."""
        return " and ".join(one.key for one in self.positions)

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """None."""
        return []

    def tables(self) -> tuple[GivenTable, ...]:
        """Positions as parameters, everything else as inputs."""
        rest = [one for one in self.givens() if one not in self.positions]
        return (
            *(GivenTable(one, ((one,),), "weights") for one in self.positions),
            *(GivenTable(one, ((one,),), "inputs") for one in rest),
        )

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """The whole descent's."""
        return self.descent.picture()

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The whole descent's."""
        return self.descent.circle_of(value)

    def layer_of(self, value: Symbol) -> int | None:
        """No value has one."""
        return None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """That it is a variable."""
        return self.descent.where(parameter)

    def conventions(self) -> Conventions:
        """The whole descent's."""
        return self.descent.conventions()


def _column(symbols: Sequence[Symbol]) -> tuple[tuple[Symbol, ...], ...]:
    return tuple((one,) for one in symbols)


def _slope_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    """2 a x and what else the function has of x: b, or c y."""
    x, a, *others = (Ref(name) for name in node.inputs)
    rest = others[0] if len(others) == 1 else product(tuple(others))
    return ((node.name, "function_slope", product((Const(2.0), a, x)) + rest),)


DESCENT_RULES: dict[str, Rule] = {
    "given_gradient": RULES["given_gradient"],
    "quadratic_slope": Rule("quadratic", _slope_steps, lambda node, i: Factor(Const(0.0), "none"), lambda node: ()),
    "moved": Rule("moved", lambda node: (), lambda node, i: Factor(Const(1.0), "moved")),
}
"""What a descent's nodes are worked by; `moved` only joins its positions in the picture."""


@lru_cache(maxsize=64)
def _step_graph(one: DescentPass) -> Graph:
    nodes: dict[Symbol, Node] = {}
    pairs = tuple(zip(one.positions, one.gradients, strict=True))
    if one.descent.function == "quadratic":
        coefficients = one.descent.coefficients
        for number, (position, gradient) in enumerate(pairs):
            others = tuple(other for other in one.positions if other != position)
            rest = (coefficients[2], *others) if others else (coefficients[1],)
            inputs = (position, coefficients[number], *rest)
            nodes[gradient] = Node(gradient, "quadratic_slope", inputs, "function_slope")
    nodes[_END] = Node(_END, "given_gradient", tuple(each for pair in pairs for each in pair), "given_loss_value")
    return Graph(MappingProxyType(nodes), DESCENT_RULES)


@lru_cache(maxsize=64)
def _timeline(descent: Descent) -> Graph:
    nodes: dict[Symbol, Node] = {}
    for step in range(1, descent.steps + 1):
        for before, after in zip(descent.positions(step - 1), descent.positions(step), strict=True):
            nodes[after] = Node(after, "moved", (before,), "position")
    nodes[_END] = Node(_END, "given_gradient", _ends(descent), "given_loss_value")
    return Graph(MappingProxyType(nodes), DESCENT_RULES)


def _ends(descent: Descent) -> tuple[Symbol, ...]:
    pairs = zip(descent.positions(descent.steps), descent.positions(0), strict=True)
    return tuple(each for pair in pairs for each in pair)
