"""The table of updates: how a parameter's new value is worked from its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.names import UPDATED, Name, Symbol

Formulas = tuple[tuple[Name, Expression], ...]
"""Names of steps with their formulas, in the order of working."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update: `steps(old, gradient)` are its formulas, of which the last is the parameter's new value, `updated`.

    `needs` are the givens that they read beside those two, a learning rate first. `state` names what is carried from
    one round to the next, with its value before the first. `words` say what is done, formulas between dollar signs.
    """

    name: str
    steps: Callable[[Expression, Expression], Formulas]
    needs: tuple[Symbol, ...]
    words: str
    state: tuple[tuple[str, float], ...] = ()

    def new_value(self, old: Expression, gradient: Expression) -> Expression:
        """The parameter's new value as a formula."""
        return self.steps(old, gradient)[-1][1]


_RATE = Symbol("eta")

UPDATES: dict[str, Update] = {
    "plain": Update(
        "plain",
        lambda old, gradient: ((UPDATED, old - Ref(_RATE) * gradient),),
        (_RATE,),
        r"one step of gradient descent with learning rate $\eta$",
    ),
}
