"""What of a derivation is asked, apart from the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from question_bank.derivations.arrangements import ARRANGEMENTS, Working, WorkingKind
from question_bank.expressions.expression import (
    Expression,
)
from question_bank.expressions.names import (
    Name,
)
from question_bank.networks.updates import Update

Quantity = Literal["gradient", "updated", "quotient", "local", "forward", "error"]
PathsShown = Literal["given", "find"]
ErrorSign = Literal["derivative", "target_minus_output"]
Correct = Literal["gradient", "line"]


@dataclass(frozen=True, slots=True)
class Planted:
    """The error in a worked solution: a step worked by the mistaken `formula` of a misconception, one of its variants.

    Of one network the formula follows from the rest.
    """

    step: Name
    misconception: str
    variant: int
    formula: Expression = field(compare=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a derivation is asked, apart from the numbers.

    `forward`: the forward values are asked, or given (printed, each rounded). `quantity`: what the answer is: of
    "forward" it is the outputs and the loss, and nothing is differentiated; of "quotient" the gradient, and beside it
    the difference quotient; of "local" every derivative along its paths, each by itself; of "error" which line of a
    worked solution is wrong, by what is `planted` there, and what it should say; what is to `correct` is that line, or
    the gradient as well.
    `update`: how the parameter is updated, where it is. `exact_first`: pre-activations that are worked from givens
    alone can be written exactly in the recorded places, so they are no slots and never widened. `scratch`:
    pre-activations and softmax's exponentials and sum are no slots but carry the precision's scratch decimals. `paths`:
    every column's route is printed, or the columns are blank, in any order and with one to spare, since the paths are
    to be found. `working`: one parameter's gradient by its paths, or in another arrangement all derivatives between
    what is asked for and the loss, each worked once. `error_sign`: an error term is the loss's derivative, or that with
    its sign turned. `counts`: beside a forward pass alone it is asked how many parameters the network has. `one_box`:
    where a single path is printed, its product is the gradient, and one box asks for it; recipes and people always mean
    that. Questions that were handed out before it was so have two boxes. A derivation has it only where it tells.
    """

    forward: Literal["asked", "given"] = "asked"
    quantity: Quantity = "gradient"
    update: Update | None = None
    exact_first: bool = False
    scratch: bool = False
    paths: PathsShown = "given"
    working: Working = "paths"
    error_sign: ErrorSign = "derivative"
    counts: bool = False
    planted: Planted | None = None
    correct: Correct = "gradient"
    one_box: bool = False

    @property
    def solved(self) -> Layout:
        """How the solution is worked in which an error is to be found, line by line.

        Edge by edge a line is each derivative of a table: there local ones that are copies have no line of their own.
        """
        working: Working = "table" if self.working == "graph" else self.working
        return replace(Layout(), working=working, error_sign=self.error_sign)

    @property
    def arrangement(self) -> WorkingKind:
        """How it is worked, with all that is said of that."""
        return ARRANGEMENTS[self.working]
