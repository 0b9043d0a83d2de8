"""The derivation: the number-free ordered steps and paths from the givens to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from question_bank.derivations.backward import BackwardPass
from question_bank.derivations.kinds import KINDS, AnswerForm
from question_bank.derivations.layout import Layout, Planted
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import (
    Call,
    Expression,
    Ref,
    flattened,
    substituted,
)
from question_bank.expressions.names import (
    GRADIENT,
    QUOTIENT,
    UPDATED,
    Derived,
    Local,
    Name,
    Symbol,
    as_name,
    is_line,
    printed_line,
)
from question_bank.expressions.program import Program, compile_formula
from question_bank.language.words import _
from question_bank.networks.graph import Graph
from question_bank.networks.lettering import about
from question_bank.networks.model import (
    Model,
    givens_of,
    grids_of,
)
from question_bank.networks.passes import carrier_of, new_value_of
from question_bank.networks.updates import EPSILON, Update


@dataclass(frozen=True, slots=True)
class Path:
    """A route from the parameter (first in `route`) to the loss; `factors` are steps, loss first.

    Their `product` is the gradient itself where both have one box.
    """

    number: int
    route: tuple[Symbol, ...]
    factors: tuple[Local, ...]
    product: Derived

    @property
    def steps(self) -> tuple[Name, ...]:
        """Its factors and, last, their product."""
        return *self.factors, self.product


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where the student writes, by `name` in files; `path` is its column's number, None outside the columns.

    Where paths are to be found a column's number says nothing of its path: column i is listed with the steps of path
    i, and the spare column, which comes last, with those of the last path. Every column is then as long as the longest:
    boxes below a path's own factors are listed with its last one. They are `spare`, as is the spare column: worth
    nothing, and as good blank.
    """

    name: str
    step: Name
    path: int | None
    spare: bool = False


@dataclass(frozen=True)
class Derivation:
    """Steps in evaluation order, paths from the output back, and slots in the order of working.

    `asked` are the values by which the loss is differentiated: one of a derivation by paths, perhaps several of any
    other, which has no paths. Of a forward pass alone they are the values that it leads to.
    """

    model: Model
    asked: tuple[Symbol, ...]
    layout: Layout
    steps: tuple[Step, ...]
    paths: tuple[Path, ...]
    slots: tuple[Slot, ...]
    index: MappingProxyType[Name, int] = field(repr=False, compare=False)
    programs: tuple[Program | None, ...] = field(repr=False, compare=False)
    others: MappingProxyType[int, tuple[Program, ...]] = field(repr=False, compare=False)
    """Equal formulas but the printed one, of those steps that have any."""
    wider: MappingProxyType[int, tuple[Program, ...]] = field(repr=False, compare=False)
    """Of those, the ones that may give what the printed one does not.

    These are slopes from a unit's output where the printed one is from what enters it, which was rounded less, and a
    softmax's error from the other outputs.
    """
    steady: MappingProxyType[int, Program] = field(repr=False, compare=False)
    """What factors are evaluated by where the printed formula would lose digits."""
    copies: MappingProxyType[int, int] = field(repr=False, compare=False)
    """Factors that copy a printed forward value, with the position of that value.

    They are exact, since a copy loses nothing of what is printed; that was rounded itself.
    """
    backward: BackwardPass | None = field(repr=False, compare=False)
    """How the derivatives are found that are worked once each; None of a derivation by paths.

    Of several passes it is the first's.
    """
    passes: tuple[Derivation, ...] = field(default=(), repr=False, compare=False)
    """Of updates that follow each other the derivation of each; none where there is one at the most."""
    solution: Derivation | None = field(default=None, repr=False, compare=False)
    """Where an error is to be found, the derivation whose steps are the lines of the worked solution."""

    def naming(self) -> AbstractContextManager[None]:
        """Within, names are written as those of this network by the notation in force."""
        return about(self.model, turned=self.layout.error_sign != "derivative")

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Asked for wherever something is remembered of a derivation; a model has hundreds of parts.
        return hash((self.model, self.asked, self.layout))

    def __eq__(self, other: object) -> bool:
        # Everything else follows from these three.
        return isinstance(other, Derivation) and (self.model, self.asked, self.layout) == (
            other.model,
            other.asked,
            other.layout,
        )

    @property
    def graph(self) -> Graph:
        """The scalar graph that the derivation was found in."""
        return self.model.graph()

    @property
    def parts(self) -> tuple[Derivation, ...]:
        """The passes, or itself alone: the steps of each are those of one graph."""
        return self.passes or (self,)

    @property
    def update(self) -> Update | None:
        """How the updated value is worked, where there is one."""
        return self.layout.update

    @property
    def update_givens(self) -> tuple[Symbol, ...]:
        """The givens that the update adds, a learning rate first: in a table with the state of every parameter.

        A difference quotient adds ε.
        """
        if self.passes:
            return self.passes[0].update_givens
        return update_givens_of(self.model, self.layout, [value for value in self.asked if self.is_updated(value)])

    @property
    def endings(self) -> tuple[Name, ...]:
        """What is worked after the paths: the gradient and, where there are, the steps of an update or a check.

        A gradient that is a single path's product is worked along that.
        """
        along = {path.product for path in self.paths}
        return tuple(step.name for step in self.steps if step.role in ("gradient", "update") and step.name not in along)

    @property
    def parameter(self) -> Symbol:
        """What a derivation by paths is asked for: the first of what is asked for."""
        return self.asked[0]

    @property
    def asks_for_weight(self) -> bool:
        """Whether paths begin at a parameter that multiplies something where it comes in: a weight, and no bias."""
        return bool(self.paths) and self.step(self.paths[0].factors[-1]).kind in ("input", "window_value")

    @property
    def asks_for_bias(self) -> bool:
        """Whether paths begin at a parameter that is simply added."""
        return bool(self.paths) and self.step(self.paths[0].factors[-1]).kind == "bias"

    @cached_property
    def givens(self) -> tuple[Symbol, ...]:
        """The givens, in the order of every givens array."""
        return tuple(step.name for step in self.steps if isinstance(step.name, Symbol) and step.role == "given")

    @property
    def common_givens(self) -> frozenset[Name]:
        """Targets and what the update needs: few numbers to choose from, so that many sheets have the same."""
        needed = self.update.needs if self.update else self.update_givens
        return frozenset((*givens_of(self.model, "targets"), *needed))

    @property
    def answers(self) -> tuple[Name, ...]:
        """The steps that are asked for, one for each of `asked`: new values of parameters, or else derivatives.

        Of a forward pass alone it is the values themselves, of a check a derivative and the difference quotient, and
        of local derivatives each of these. Where an error is to be found they are all that has a box.
        """
        if self.solution:
            return tuple(dict.fromkeys(slot.step for slot in self.slots))
        if self.is_forward:
            return self.asked
        if self.is_local:
            return tuple(step.name for step in self.steps if step.role == "factor")
        if self.layout.quantity == "quotient":
            return GRADIENT, QUOTIENT
        updated = self.layout.quantity == "updated"
        return tuple(
            self.updated_of(value) if updated and self.is_updated(value) else self.gradient_of(value)
            for value in self.asked
        )

    @cached_property
    def forms(self) -> tuple[AnswerForm, ...]:
        """In what form each slot is answered, in their order."""
        return tuple(KINDS[self.step(slot.step).kind].form for slot in self.slots)

    @property
    def is_forward(self) -> bool:
        """Whether the forward pass is all that is asked."""
        return self.layout.quantity == "forward"

    @property
    def is_local(self) -> bool:
        """Whether local derivatives are asked for, each by itself: there are no products and no paths."""
        return self.layout.quantity == "local"

    @property
    def planted(self) -> Planted:
        """The error that is to be found, where one is."""
        assert self.layout.planted is not None  # asked of what has a solution
        return self.layout.planted

    @cached_property
    def lines(self) -> tuple[Step, ...]:
        """The steps that the lines of a worked solution show, in order; none where there is no such solution.

        The gradient along a single path is its product, and no line of its own.
        """
        if self.solution is None:
            return ()
        return lines_of(self.solution)

    @property
    def wrong_line(self) -> int:
        """The number of the line that is wrong, from 1 on."""
        return [step.name for step in self.lines].index(self.planted.step) + 1

    def line_formula(self, number: int) -> Expression:
        """What a line, numbered from 1 on, should be worked by: over the lines before it."""
        formula = self.lines[number - 1].formula
        assert formula is not None  # a line is worked
        every: dict[Name, Expression] = {step.name: Ref(printed_line(at)) for at, step in enumerate(self.lines, 1)}
        return substituted(formula, every)

    def over_printed(self, formula: Expression) -> Expression:
        """A formula of the worked solution over what is printed of it; of any other derivation it stays what it is.

        The wrong line's right value, and what follows from that, are steps and no printed values.
        """
        return substituted(formula, self._printed) if self.solution else formula

    def found_at(self, name: Name) -> Name:
        """Where a value of the network stands: at itself, or at the line of a worked solution that shows it."""
        found = self._printed.get(name) if self.solution else None
        return found.name if isinstance(found, Ref) else name

    @cached_property
    def _printed(self) -> Mapping[Name, Expression]:
        lines = ((step.name, printed_line(number)) for number, step in enumerate(self.lines, 1))
        return {name: Ref(line) for name, line in lines if name not in self.index}

    def shown_as(self, name: Name) -> Name:
        """The value that a printed line shows, by whose symbol it is called; any other name as it is.

        A single path's product is the gradient.
        """
        if self.solution is None:
            return name
        if isinstance(name, Symbol) and is_line(name):
            name = self.lines[name.index[0] - 1].name
        return GRADIENT if len(self.solution.paths) == 1 and name == self.solution.paths[0].product else name

    @cached_property
    def inside(self) -> frozenset[Name]:
        """The steps on the way back that have no box: they are worked in that of a later one.

        Of a worked solution these are the lines that follow from the corrected one, up to the gradient.
        """
        if self.solution:
            asked = {slot.step for slot in self.slots}
            return frozenset(step.name for step in self.steps if step.formula and step.name not in asked)
        known = (part.backward for part in self.parts)
        return frozenset(name for one in known if one for name in one.inside)

    @cached_property
    def carried(self) -> frozenset[Name]:
        """Those of them that are carried with all digits, and are put into the formula of the box.

        What follows from a corrected line is worked line by line, and may be rounded as the lines are; but the product
        of a single path is the gradient.
        """
        if self.solution is None:
            return self.inside
        paths = self.solution.paths
        return self.inside.intersection([paths[0].product]) if len(paths) == 1 else frozenset()

    def shown(self, name: Name | str) -> Expression | None:
        """A step's formula as it is written: what is carried inside a box is put in. None of a given."""
        formula = self.step(name).formula
        return formula if formula is None or not self.carried else self._put_in(formula)

    def _put_in(self, formula: Expression) -> Expression:
        match formula:
            case Ref(name) if name in self.carried:
                found = self.step(name).formula
                assert found is not None  # what is worked inside a box is no given
                return self._put_in(found)
            case Call(operation, arguments):
                return flattened(operation, tuple(map(self._put_in, arguments)))
        return formula

    @cached_property
    def on_the_way(self) -> frozenset[Symbol]:
        """The nodes between what is asked for and the loss; of a forward pass alone all nodes."""
        if self.is_forward:
            return frozenset(self.graph.nodes)
        if self.is_local:
            return frozenset(name.above for name in self.answers if isinstance(name, Local))
        if self.solution:
            return self.solution.on_the_way
        if self.passes:
            return frozenset(node for part in self.passes for node in part.on_the_way)
        if self.backward is not None:
            return frozenset(self.graph.nodes.keys() & self.backward.totals.keys())
        return frozenset(value for path in self.paths for value in path.route[1:])

    @cached_property
    def factors(self) -> frozenset[Name]:
        """The steps that are multiplied on the way back: local derivatives, and what would be copies of them."""
        if self.passes:
            return frozenset(factor for part in self.passes for factor in part.factors)
        if self.is_local:
            return frozenset(self.answers)
        if self.backward is None:
            return frozenset(factor for path in self.paths for factor in path.factors)
        local = (term.local for terms in self.backward.contributions.values() for term in terms)
        return frozenset(each.name for each in local if isinstance(each, Ref))

    @cached_property
    def sums(self) -> tuple[tuple[Program, ...], ...]:
        """The terms of every sum on the way back: over the paths, or else over the uses of a value."""
        if self.backward is None:
            return (tuple(self.program(Ref(path.product)) for path in self.paths),) if self.paths else ()
        known = (part.backward.contributions for part in self.parts if part.backward)
        found = (one for contributions in known for one in contributions.items())
        several = (terms for value, terms in found if len(terms) > 1 and value not in self.silent)
        return tuple(tuple(self.program(term.formula) for term in terms) for terms in several)

    @cached_property
    def dropped(self) -> frozenset[Name]:
        """What dropout leaves of units, worked or printed."""
        every = (node for part in self.parts for node in part.graph.nodes.values())
        return frozenset(node.name for node in every if node.kind == "dropped")

    @cached_property
    def silent(self) -> frozenset[Symbol]:
        """Values of a table to which nothing may come back.

        They only go into windows of which one value counts, or into units that dropout may leave out; or they are
        weights of what it may leave out.
        """
        if self.passes:
            return frozenset(value for part in self.passes for value in part.silent)
        if self.backward is None:
            return frozenset()
        nodes = self.graph.nodes
        dropped: set[Symbol] = set()
        for value, terms in self.backward.contributions.items():
            if all(
                nodes[term.node].kind == "dropped"
                or term.node in dropped
                or (isinstance(term.local, Ref) and term.local.name in self.dropped)
                for term in terms
            ):
                dropped.add(value)
        levels = {
            value: [self.graph.rule(term.node).levels if isinstance(term.local, Call) else () for term in terms]
            for value, terms in self.backward.contributions.items()
        }
        return frozenset(dropped | {value for value, some in levels.items() if all(0.0 in each for each in some)})

    @cached_property
    def most_paths(self) -> int:
        """Along how many paths the loss depends on what is asked for, at the most."""
        if self.is_forward or self.is_local:
            return 1
        if self.solution:
            return self.solution.most_paths
        return len(self.paths) or max(map(self.graph.count_paths, self.asked))

    @property
    def answers_at(self) -> tuple[int, ...]:
        """The positions of the answers among the steps."""
        return tuple(self.index[answer] for answer in self.answers)

    def gradient_of(self, value: Symbol) -> Name:
        """The step that is the derivative of the loss by what is asked for, or by a value between that and the loss."""
        if self.solution:
            return self.solution.gradient_of(value)
        if self.passes:
            return self.passes[-1].gradient_of(self._in_last_pass(value))
        return GRADIENT if self.backward is None else self.backward.totals[value]

    def updated_of(self, value: Symbol) -> Name:
        """The step that is the new value of what is asked for; of updates that follow each other the last."""
        if self.passes:
            return self.passes[-1].updated_of(self._in_last_pass(value))
        return UPDATED if self.backward is None else new_value_of(self.model, value)

    def _in_last_pass(self, value: Symbol) -> Symbol:
        return self.passes[-1].asked[self.asked.index(value)] if value in self.asked else value

    def carrier_of(self, value: Symbol) -> Symbol | None:
        """For which parameter an update of it says that something is carried on; None for the only one."""
        return None if self.backward is None else carrier_of(self.model, value)

    def parameter_of(self, step: Name) -> Symbol | None:
        """The parameter for which a step of the update of several is worked; None for what they have in common."""
        for value in self.asked:
            carried = isinstance(step, Symbol) and step.of is not None and step.of == self.carrier_of(value)
            if carried or step == self.updated_of(value):
                return value
        return None

    @property
    def manner(self) -> str:
        """How it is worked, in a few words; a table is one of layers only where a network has them."""
        if self.layout.working == "table":
            if self.model.conventions().optimiser is not None:
                return _("step by step")
            if self.model.conventions().unrolled is not None:
                return _("step by step in time")
            if grids_of(self.model):
                return _("value by value")
        return _(self.layout.arrangement.title)

    def is_updated(self, value: Symbol) -> bool:
        """Whether there is a new value of what is asked for: a parameter has one, where there is a learning rate."""
        return self.updated_of(value) in self.index

    def step(self, name: Name | str) -> Step:
        """The step with this name, which may be written as its key."""
        return self.steps[self.index[as_name(name)]]

    def program_of(self, position: int) -> Program:
        """The printed formula of a step that is worked out: of any but a given."""
        program = self.programs[position]
        assert program is not None
        return program

    def program(self, formula: Expression) -> Program:
        """A formula over this derivation's steps, compiled."""
        return compile_formula(formula, self.index)

    def cone(self, *names: Name) -> tuple[int, ...]:
        """Positions of the steps that depend on any of these, in evaluation order, themselves left out."""
        reached = {self.index[name] for name in names}
        own = frozenset(reached)
        for position, program in enumerate(self.programs):
            if program is not None and not reached.isdisjoint(program.reads):
                reached.add(position)
        return tuple(sorted(reached - own))


def lines_of(solution: Derivation) -> tuple[Step, ...]:
    """The lines of a worked solution; of a single path the sum of paths is none, nor is a single factor's product."""
    worked = tuple(step for step in solution.steps if step.role != "given")
    if len(solution.paths) != 1:
        return worked
    return worked[: -1 if len(solution.paths[0].factors) > 1 else -2]


def update_givens_of(model: Model, layout: Layout, updated: Sequence[Symbol]) -> tuple[Symbol, ...]:
    """The givens that the update of these parameters adds, or the check of a gradient."""
    if layout.quantity == "quotient":
        return (EPSILON,)
    if layout.update is None:
        return ()
    if layout.working == "paths":
        return layout.update.givens
    return layout.update.givens_of([carrier_of(model, value) for value in updated])
