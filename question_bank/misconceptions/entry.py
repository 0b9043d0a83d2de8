"""What an entry of the catalogue is, and the step that it strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType

from question_bank.derivations.derivation import Derivation, Step
from question_bank.expressions.expression import Call, Expression, Ref
from question_bank.expressions.precision import Role
from question_bank.networks.graph import Node
from question_bank.networks.names import Local, local, named, symbol


@dataclass(frozen=True, slots=True)
class Site:
    """A step where a mistake can strike, with what the mistaken formulas need to know of its surroundings."""

    derivation: Derivation
    step: Step

    @property
    def own(self) -> Ref:
        """The node whose value or derivative this is."""
        return Ref(self.node.key)

    @property
    def node(self) -> Node:
        """The node of a forward step, or the upper one of a factor."""
        name = named(self.step.key)
        return self.derivation.graph.nodes[name.above.key if isinstance(name, Local) else name.key]

    @property
    def below(self) -> str:
        """The key that a factor differentiates with respect to."""
        return local(self.step.key).below.key

    @property
    def formula(self) -> Expression:
        """The right formula."""
        assert self.step.formula is not None  # a site is a computed step
        return self.step.formula

    @property
    def parts(self) -> tuple[Expression, ...]:
        """The terms of a sum or the factors of a product."""
        return self.formula.arguments if isinstance(self.formula, Call) else (self.formula,)

    @property
    def place(self) -> tuple[int, int]:
        """Layer and number of the unit that the node belongs to, counted from 1."""
        name = symbol(self.node.key)
        # Only the network's own outputs have no layer in their names.
        return name.layer or self.derivation.architecture.layers, name.index[0]

    def rule(self, *names: str) -> bool:
        """Whether the node computes by one of these rules."""
        return self.node.rule in names


Variants = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """One entry of the catalogue.

    `kinds` are the kinds of step that it strikes; `mistaken(site)` its variants there, none where it does not apply.
    `student` is said to whoever made the mistake: what to look at, never the value; `instructor` says what was done.
    An entry is a key of caches and travels to worker processes: `mistaken` is a function of a module, or hashable.
    """

    id: str
    role: Role
    kinds: tuple[str, ...]
    mistaken: Callable[[Site], Variants]
    student: str
    instructor: str


def by_id(catalogue: Iterable[Misconception]) -> MappingProxyType[str, Misconception]:
    """The entries by their ids.

    >>> from question_bank.misconceptions import CATALOGUE
    >>> by_id(CATALOGUE)["missed_path"].role
    'gradient'
    """
    return MappingProxyType({entry.id: entry for entry in catalogue})
