"""The derivatives of the loss worked back through a graph, each once, for as many values as are asked for.

The derivative by a value is the sum over its uses: that by the node which uses it, times the local derivative there.
So their number grows with the edges of the graph, and not with its paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from question_bank.derivations.arrangements import WorkingKind
from question_bank.derivations.steps import Step, exact_factor
from question_bank.expressions.expression import ONE, Const, Expression, Ref, product, references, total
from question_bank.expressions.names import UPDATED, Derived, Local, Name, Symbol
from question_bank.networks.graph import Factor, Graph
from question_bank.networks.updates import Update


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one use of a value adds to the derivative by it: the node that uses it, as its input in this position.

    `upstream` is the derivative by that node, None where that is the loss; `local` is the local derivative: a step of
    its own, or what such a step would only copy. `turned`: of the two derivatives one is written with its sign turned.
    `part` is the step that holds all this, where it is one. It `skips` where it comes along a skip connection.
    """

    node: Symbol
    position: int
    upstream: Name | None
    local: Expression
    turned: bool = False
    part: Derived | None = None
    skips: bool = False

    @property
    def formula(self) -> Expression:
        """Upstream times local, where neither is a plain 1, or the step that holds them."""
        return self.worked if self.part is None else Ref(self.part)

    @property
    def worked(self) -> Expression:
        """The same where it is not looked up."""
        return -self._product if self.turned else self._product

    @property
    def _product(self) -> Expression:
        if self.upstream is None:
            return self.local
        match self.local:
            case Const(1.0):
                return Ref(self.upstream)
            case Const(-1.0):
                return -Ref(self.upstream)
        return product((Ref(self.upstream), self.local))

    @property
    def passed_on(self) -> Expression:
        """What comes from above, as it is."""
        above = ONE if self.upstream is None else Ref(self.upstream)
        return -above if self.turned else above


@dataclass(frozen=True, slots=True)
class BackwardPass:
    """Steps from the loss back, layer by layer, and behind each layer what is asked for of it.

    `totals` says what the derivative by a value is called, and `contributions` what it is the sum of, both for what is
    asked for and for all nodes between that and the loss. `steady` are formulas of local derivatives that lose no
    digits where outputs are nearly 1. Steps that are `inside` have no box: they are worked in that of a later one.
    """

    steps: tuple[Step, ...]
    totals: Mapping[Symbol, Name]
    contributions: Mapping[Symbol, tuple[Contribution, ...]]
    steady: Mapping[Local, Expression]
    inside: frozenset[Name]


def backward(
    graph: Graph,
    asked: Sequence[Symbol],
    parameters: frozenset[Symbol],
    layer_of: Callable[[Symbol], int | None],
    exact: set[Name],
    update: Update | None,
    arrangement: WorkingKind,
    *,
    turned: bool = False,
) -> BackwardPass:
    """All derivatives that lead to what is asked for, which the loss depends on; new values of the parameters there.

    `exact` are the steps before that lose nothing when they are recorded. With `turned` error terms are those of target
    minus output: the derivatives with their signs turned.
    """
    return _Worked(graph, asked, parameters, exact, update, arrangement, turned).all(layer_of)


class _Worked:
    """Steps found so far."""

    def __init__(
        self,
        graph: Graph,
        asked: Sequence[Symbol],
        parameters: frozenset[Symbol],
        exact: set[Name],
        update: Update | None,
        arrangement: WorkingKind,
        turned: bool,
    ) -> None:
        self._graph, self._asked, self._parameters = graph, asked, parameters
        self._exact, self._update = {*exact}, update
        self._arrangement, self._turned = arrangement, turned
        self._uses = uses_on_the_way(graph)
        self._steps: list[Step] = []
        self._inside: set[Name] = set()
        self._totals: dict[Symbol, Name] = {}
        self._contributions: dict[Symbol, tuple[Contribution, ...]] = {}
        self._locals: dict[Local, Expression] = {}
        self._steady: dict[Local, Expression] = {}

    def all(self, layer_of: Callable[[Symbol], int | None]) -> BackwardPass:
        reached = {*self._asked}
        for node in self._graph.nodes:
            if any(source in reached for _, source in self._graph.uses(node)):
                reached.add(node)
        back = [node for node in reversed(self._graph.nodes) if node in reached and node in self._uses]
        for _, layer in groupby(back, layer_of):
            for node in reversed([*layer]):
                self._work(node)
            for value in self._asked:
                # A parameter comes behind the last of its uses.
                if value not in self._totals and all(
                    node in self._totals or node == self._graph.loss for node, _ in self._uses[value]
                ):
                    self._work(value)
        for value in self._asked:  # what the loss alone reads lies behind no layer
            self._work(value)
        return BackwardPass(
            tuple(self._steps),
            MappingProxyType(self._totals),
            MappingProxyType(self._contributions),
            MappingProxyType(self._steady),
            frozenset(self._inside),
        )

    def _work(self, value: Symbol) -> None:
        if value in self._totals:
            return
        for node, _ in self._uses[value]:
            if node != self._graph.loss:
                self._work(node)
        name, kind = self._named(value), self._kind(value)
        # What an output itself is differentiated by is no error term, nor worked from any.
        turned = self._is_turned(name) and (name.what == "error" or not self._is_output(value))
        terms = tuple(self._term(node, position, turned) for node, position in self._uses[value])
        if self._arrangement.parts and len(terms) > 1:
            terms = tuple(self._part(value, term) for term in terms)
        self._contributions[value] = terms
        formula = total(tuple(term.formula for term in terms))
        asked = value in self._asked
        if isinstance(formula, Ref) and self._is_copy(value, terms[0]):
            self._totals[value] = formula.name  # to write it once more would be no step
            return
        self._totals[value] = name
        copied = isinstance(formula, Ref | Const)
        exact = copied and self._exact.issuperset(references(formula))
        others = () if copied else self._equal(value, turned)
        self._add(
            Step(name, "gradient" if asked else "product", kind, formula, exact, others),
            boxed=asked
            or not self._arrangement.joined
            or len(terms) > 1
            or name.what == "error"
            or self._goes_two_ways(value),
        )
        if self._update and asked and value in self._parameters:
            for new, kind, worked in self._update.steps(Ref(value), Ref(name)):
                own = Derived("updated", of=value) if new == UPDATED else new
                self._steps.append(Step(own, "update", kind, worked, False))

    def _add(self, step: Step, *, boxed: bool) -> None:
        self._steps.append(step)
        if step.exact:
            self._exact.add(step.name)
        if not boxed:
            self._inside.add(step.name)

    def _is_copy(self, value: Symbol, term: Contribution) -> bool:
        """Whether a derivative that is another one's, or a local one, has no step of its own."""
        if value in self._asked and (term.upstream is not None or self._arrangement.factors):
            return False
        if self._arrangement.errors:
            return not self._is_preactivation(value) and value not in self._asked
        if value not in self._asked and isinstance(term.local, Ref) and isinstance(term.local.name, Local):
            return term.upstream is None and not self._arrangement.every
        # Of a circuit every value has its gradient below its edge, also where that is another one's, or a number.
        return not self._arrangement.every and (self._graph.has_loss or self._arrangement.factors)

    def _goes_two_ways(self, value: Symbol) -> bool:
        """Whether the derivative by a value goes two ways from it: through its function, and along a skip."""
        node = self._graph.nodes.get(value)
        return node is not None and node.kind == "skip_sum"

    def _is_preactivation(self, value: Symbol) -> bool:
        node = self._graph.nodes.get(value)
        return node is not None and node.kind == "preactivation"

    def _is_output(self, value: Symbol) -> bool:
        return all(node == self._graph.loss for node, _ in self._uses[value])

    def _named(self, value: Symbol) -> Derived:
        if self._arrangement.errors and value in self._graph.nodes:
            return Derived("error" if self._is_preactivation(value) else "back", of=value)
        return Derived("gradient", of=value)

    def _is_turned(self, name: Name | None) -> bool:
        return self._turned and isinstance(name, Derived) and name.what in ("error", "back")

    def _kind(self, value: Symbol) -> str:
        if self._arrangement.factors:
            return "chain_link" if len(self._uses[value]) == 1 else "backward_sum"
        if value in self._parameters:
            return "parameter_gradient"
        return "error_term" if self._is_preactivation(value) else "backward_sum"

    def _term(self, node: Symbol, position: int, turned: bool) -> Contribution:
        found = self._graph.factor(node, position)
        upstream = None if node == self._graph.loss else self._totals[node]
        against, skips = turned != self._is_turned(upstream), self._graph.is_skip(node, position)
        if (found.inline or isinstance(found.formula, Ref | Const)) and not self._arrangement.factors:
            return Contribution(node, position, upstream, found.formula, against, skips=skips)
        name = self._graph.factor_name(node, position)
        if name not in self._locals:
            self._record(name, node, position, found)
        return Contribution(node, position, upstream, Ref(name), against, skips=skips)

    def _part(self, value: Symbol, term: Contribution) -> Contribution:
        """The same as a step."""
        uses = [other for other in self._uses[value] if other[0] == term.node]
        name = Derived("part", None, value, term.node, 1 + uses.index((term.node, term.position)))
        formula = term.worked
        copied = isinstance(formula, Ref | Const)
        exact = copied and self._exact.issuperset(references(formula))
        self._add(Step(name, "product", "chain_link", formula, exact), boxed=True)
        return replace(term, part=name)

    def _record(self, name: Local, node: Symbol, position: int, found: Factor) -> None:
        lossless = exact_factor(found, self._graph.rule(node), self._exact)
        step = Step(name, "factor", found.kind, found.formula, lossless, found.others)
        self._add(step, boxed=self._arrangement.local)
        self._locals[name] = found.formula
        steady = found.steady or self._graph.steady(node, position)
        if steady is not None:
            self._steady[name] = steady

    def _equal(self, value: Symbol, turned: bool) -> tuple[Expression, ...]:
        """The same as one formula, where loss and output function together have one, such as yhat - y."""
        joint: list[Expression] = []
        for node, position in self._uses[value]:
            behind = self._uses.get(node, [])
            if [user for user, _ in behind] != [self._graph.loss]:
                return ()
            together = self._graph.joint((behind[0], (node, position)))
            if together is None:
                return ()
            joint.append(together)
        whole = total(tuple(joint))
        return (-whole if turned else whole,)


def uses_on_the_way(graph: Graph) -> dict[Symbol, list[tuple[Symbol, int]]]:
    """For each value that the loss depends on, the nodes that use it on the way there, with the input's position."""
    uses: dict[Symbol, list[tuple[Symbol, int]]] = {}
    for node in reversed(graph.nodes):
        if node == graph.loss or node in uses:
            for position, source in graph.uses(node):
                uses.setdefault(source, []).append((node, position))
    # A node's uses in the order of the graph: from the first unit on.
    order = {node: number for number, node in enumerate(graph.nodes)}
    return {value: sorted(found, key=lambda use: (order[use[0]], use[1])) for value, found in uses.items()}
