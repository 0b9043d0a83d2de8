"""A step: a named scalar with its formula over earlier steps."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.expressions.expression import Const, Expression, Ref, references
from question_bank.expressions.names import Name
from question_bank.expressions.precision import RecordedRole, Role
from question_bank.networks.graph import Factor, Rule


@dataclass(frozen=True, slots=True)
class Step:
    """A named scalar: `kind` says what sort of formula it has, `exact` that recording it loses nothing.

    `others` are formulas that are equal to the one that is printed: each is an honest way. A printed forward value, or
    a line of a worked solution, is a given, and its own are what it was rounded from, to the places of the role that it
    is `printed_as`; None where it is printed as it is.
    """

    name: Name
    role: Role
    kind: str
    formula: Expression | None
    exact: bool
    others: tuple[Expression, ...] = ()
    printed_as: RecordedRole | None = None

    @property
    def key(self) -> str:
        """Its name in files."""
        return self.name.key

    @property
    def is_product(self) -> bool:
        """Whether it is what comes back along a path or to a value, if it is the answer, too."""
        return self.role == "product" or self.kind == "product"

    @property
    def formulas(self) -> tuple[Expression, ...]:
        """All equal formulas, the one that is printed first."""
        return self.others if self.formula is None else (self.formula, *self.others)


def exact_factor(factor: Factor, rule: Rule, exact: set[Name]) -> bool:
    """Whether a local derivative loses nothing when it is recorded; `exact` are the steps that do not."""
    if isinstance(factor.formula, (Ref, Const)):
        return exact.issuperset(references(factor.formula))
    # A piecewise constant slope is the same, however its argument was rounded.
    return rule.exact_partial
