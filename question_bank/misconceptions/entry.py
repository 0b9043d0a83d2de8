"""What an entry of the catalogue is, and the step that it strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType

from question_bank.derivations.derivation import Derivation, Step
from question_bank.expressions.expression import Call, Expression, Ref
from question_bank.expressions.precision import Role
from question_bank.networks.graph import Graph, Node, Rule
from question_bank.networks.model import GivenTable, tables_of
from question_bank.networks.names import Local, local, named


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
    def graph(self) -> Graph:
        """The graph around it."""
        return self.derivation.graph

    @property
    def node(self) -> Node:
        """The node of a forward step, or the upper one of a factor."""
        name = named(self.step.key)
        return self.graph.nodes[name.above.key if isinstance(name, Local) else name.key]

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
    def rule(self) -> Rule:
        """What the node computes by."""
        return self.graph.rule(self.node.key)

    def works_by(self, *names: str) -> bool:
        """Whether the node computes one of these functions or losses."""
        return self.rule.function in names

    @property
    def unit_output(self) -> str:
        """What leaves the unit whose pre-activation the node is."""
        units = self.graph.nodes.values()
        return next(unit.key for unit in units if unit.kind == "activation" and unit.own_input == self.node.key)

    @property
    def other_output(self) -> str:
        """The output that has for its own the pre-activation which a cross term is taken by."""
        return next(unit.key for unit in self.graph.layer(self.node.key) if unit.own_input == self.below)

    def weights_at(self, weight: str) -> tuple[GivenTable, int, int]:
        """The matrix in which a weight stands, with its row and column."""
        matrices = tables_of(self.derivation.model, "weights")
        return next((table, *place) for table in matrices if (place := table.place(weight)))


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
