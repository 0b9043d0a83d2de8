"""What an entry of the catalogue is, and the step that it strikes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType

from question_bank.derivations.backward import Contribution
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.names import GRADIENT, Derived, Local, Symbol
from question_bank.expressions.precision import Role
from question_bank.networks.graph import Graph, Node, Rule
from question_bank.networks.model import GivenTable, tables_of


@dataclass(frozen=True, slots=True)
class Site:
    """A step where a mistake can strike, with what the mistaken formulas need to know of its surroundings."""

    derivation: Derivation
    step: Step

    @property
    def own(self) -> Ref:
        """The node whose value or derivative this is."""
        return Ref(self.node.name)

    @property
    def graph(self) -> Graph:
        """The graph around it."""
        return self.derivation.graph

    @property
    def node(self) -> Node:
        """The node of a forward step, or the upper one of a factor."""
        name = self.step.name
        node = name.above if isinstance(name, Local) else name
        assert isinstance(node, Symbol)  # products and what comes after them are no nodes
        return self.graph.nodes[node]

    @property
    def below(self) -> Symbol:
        """What a factor differentiates with respect to."""
        assert isinstance(self.step.name, Local)
        return self.step.name.below

    @property
    def of(self) -> Symbol:
        """What a derivative or a new value is of: where paths are asked for, what that is."""
        name, derivation = self.step.name, self.derivation
        updated = derivation.parameter_of(name) if self.step.role == "update" else None
        if updated is not None:
            return updated
        return name.of if isinstance(name, Derived) and name.of is not None else derivation.asked[0]

    @property
    def uses(self) -> tuple[Contribution, ...]:
        """What each use of a value adds to the derivative by it, where each derivative is worked once."""
        assert self.derivation.backward is not None
        every, name = self.derivation.backward.contributions[self.of], self.step.name
        return tuple(replace(use, part=None) for use in every if use.part == name) or every

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
        return self.graph.rule(self.node.name)

    def works_by(self, *names: str) -> bool:
        """Whether the node computes one of these functions or losses."""
        return self.rule.function in names

    @property
    def unit_output(self) -> Symbol:
        """What leaves the unit whose pre-activation the node is: that itself where no function follows."""
        units = self.graph.nodes.values()
        own = (unit.name for unit in units if unit.kind == "activation" and unit.own_input == self.node.name)
        return next(own, self.node.name)

    @property
    def other_output(self) -> Symbol:
        """Of a cross term dyhat_i/da_j of softmax's Jacobian the other output, yhat_j."""
        return next(unit.name for unit in self.graph.layer(self.node.name) if unit.own_input == self.below)

    def weights_at(self, weight: Symbol) -> tuple[GivenTable, int, int]:
        """The matrix in which a weight stands, with its row and column."""
        matrices = tables_of(self.derivation.model, "weights")
        return next((table, *place) for table in matrices if (place := table.place(weight)))


_CORRECTED = {"corrected_line": "corrected", "corrected_gradient": "gradient"}
"""Kinds of what is corrected in a worked solution, whatever its own kind, and the slots where that is written."""


def kinds_of_sites(derivation: Derivation) -> frozenset[str]:
    """The kinds of which `sites` may find any: to ask for others is lost time."""
    kinds = {step.kind for step in derivation.steps if step.formula is not None}
    kinds.update(step.kind for part in derivation.parts for step in part.steps)
    if derivation.solution is not None:
        kinds.update(_CORRECTED)
    return frozenset(kinds | {GRADIENT.what} if derivation.layout.one_box else kinds)


def sites(derivation: Derivation, kinds: Collection[str]) -> Iterator[Site]:
    """The computed steps of these kinds, each in the pass where it is worked.

    Those of a worked solution that are to be corrected stand in that solution: formulas are over its steps. What asks
    for it by its place there stands in the derivation itself.
    """
    if derivation.solution is not None:
        for step in derivation.steps:
            if step.kind in kinds and step.formula is not None:
                own = step.name not in derivation.solution.index
                yield Site(derivation, step) if own else Site(derivation.solution, derivation.solution.step(step.name))
        for kind, name in _CORRECTED.items():
            slot = next((slot for slot in derivation.slots if slot.name == name), None)
            if kind in kinds and slot is not None:
                yield Site(derivation, derivation.step(slot.step))
        return
    # A single path's product that is the gradient is mistaken as either.
    both = GRADIENT if derivation.layout.one_box and GRADIENT.what in kinds else None
    for part in derivation.parts:
        for step in part.steps:
            if (step.kind in kinds or step.name == both) and step.formula is not None:
                yield Site(part, step)


Variants = tuple[Expression, ...]


def always_one(site: Site) -> Variants:
    """1."""
    return (Const(1.0),)


def always_zero(site: Site) -> Variants:
    """0."""
    return (Const(0.0),)


def negated(site: Site) -> Variants:
    """The right value with its sign turned."""
    return (-site.formula,)


@dataclass(frozen=True, slots=True)
class Misconception:
    """One entry of the catalogue.

    `kinds` are the kinds of step that it strikes; `mistaken(site)` its variants there, none where it does not apply.
    `student` is said to whoever made the mistake: what to look at, never the value; `instructor` says what was done.
    An entry is a key of caches and travels to worker processes: `mistaken` is a function of a module, or hashable.
    """

    id: str
    kinds: tuple[str, ...]
    mistaken: Callable[[Site], Variants]
    student: str
    instructor: str

    def __hash__(self) -> int:
        # A catalogue is hashed entry by entry.
        return hash(self.id)

    @property
    def role(self) -> Role:
        """What the steps that it strikes are for: kinds that are struck together have one role."""
        return KINDS[self.kinds[0]].role


class Entries(tuple[Misconception, ...]):
    """Entries in their order, hashed once: what is remembered of a catalogue is asked for at every box."""

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __reduce__(self) -> tuple[type[Entries], tuple[tuple[Misconception, ...]]]:
        # Another process has other hashes.
        return Entries, (tuple(self),)


@lru_cache(maxsize=8)
def by_id(catalogue: tuple[Misconception, ...]) -> MappingProxyType[str, Misconception]:
    """The entries by their ids.

    >>> from question_bank.misconceptions import CATALOGUE
    >>> by_id(CATALOGUE)["missed_path"].role
    'gradient'
    """
    return MappingProxyType({entry.id: entry for entry in catalogue})
