"""The derivation: the number-free ordered steps and paths from the givens to the answer, built once and cached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

from question_bank.derivations.arrangements import ARRANGEMENTS, Working, WorkingKind
from question_bank.derivations.backward import BackwardPass, backward
from question_bank.derivations.kinds import KINDS, AnswerForm
from question_bank.derivations.steps import Step, exact_factor
from question_bank.errors import NetworkError
from question_bank.expressions.expression import (
    Call,
    Const,
    Expression,
    Ref,
    flattened,
    product,
    references,
    substituted,
    total,
)
from question_bank.expressions.names import (
    GRADIENT,
    QUOTIENT,
    UPDATED,
    WRONG_LINE,
    Derived,
    Local,
    Name,
    Symbol,
    as_name,
    is_line,
    printed_line,
    symbol,
)
from question_bank.expressions.program import Program, compile_formula
from question_bank.networks.count import PARAMETERS, count_of
from question_bank.networks.dense import Dense
from question_bank.networks.descent import Descent
from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import (
    InGrids,
    Model,
    askable,
    forward_answers,
    givens_of,
    not_askable,
    require_one_end,
)
from question_bank.networks.nudge import nudges, require_nudgeable
from question_bank.networks.passes import PassModel, in_pass
from question_bank.networks.second_pass import second_pass
from question_bank.networks.updates import EPSILON, Update, Updated

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
    its sign turned. `counts`: beside a forward pass alone it is asked how many parameters the network has.
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

    @property
    def arrangement(self) -> WorkingKind:
        """How it is worked, with all that is said of that."""
        return ARRANGEMENTS[self.working]


@dataclass(frozen=True, slots=True)
class Path:
    """A route from the parameter (first in `route`) to the loss; `factors` are steps, loss first."""

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
        return _update_givens(self.model, self.layout, [value for value in self.asked if self.is_updated(value)])

    @property
    def endings(self) -> tuple[Name, ...]:
        """What is worked after the paths: the gradient and, where there are, the steps of an update or a check."""
        return tuple(step.name for step in self.steps if step.role in ("gradient", "update"))

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
        return _lines(self.solution)

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
                or (isinstance(term.local, Ref) and self.step(term.local.name).kind == "dropped")
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
        if self.passes:
            return self.passes[-1].gradient_of(self._in_last_pass(value))
        return GRADIENT if self.backward is None else self.backward.totals[value]

    def updated_of(self, value: Symbol) -> Name:
        """The step that is the new value of what is asked for; of updates that follow each other the last."""
        if self.passes:
            return self.passes[-1].updated_of(self._in_last_pass(value))
        return UPDATED if self.backward is None else _new_value(self.model, value)

    def _in_last_pass(self, value: Symbol) -> Symbol:
        return self.passes[-1].asked[self.asked.index(value)] if value in self.asked else value

    def carrier_of(self, value: Symbol) -> Symbol | None:
        """For which parameter an update of it says that something is carried on; None for the only one."""
        return None if self.backward is None else _carrier(self.model, value)

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
            if isinstance(self.model, Descent):
                return "step by step"
            if self.model.conventions().unrolled is not None:
                return "step by step in time"
            if isinstance(self.model, InGrids):
                return "value by value"
        return self.layout.arrangement.title

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


def derive(model: Model, asked: Symbol | str | Sequence[Symbol | str], layout: Layout | None = None) -> Derivation:
    """The derivation of what is asked for: one value by its paths, or several; the same object for the same.

    Parameters, inputs and nodes may be asked for, by their symbols or keys. Of a forward pass alone nothing need be:
    then it is the outputs and the loss. Raises NetworkError for what the network does not have or what has no new
    value, and for several values by paths; TooManyPaths beyond the limit.

    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error")
    >>> [[value.key for value in path.route] for path in derive(network, "w1_31").paths]
    [['w1_31', 'a1_3', 'h1_3', 'a2_1', 'yhat_1', 'L'], ['w1_31', 'a1_3', 'h1_3', 'a2_2', 'yhat_2', 'L']]
    >>> table = derive(network, ["w2_11", "a1_3"], Layout(working="table"))
    >>> [slot.name for slot in table.slots][-4:]
    ['w2_11.gradient', 'h1_3.gradient', 'dh1_3/da1_3', 'a1_3.gradient']
    >>> [answer.key for answer in derive(network, (), Layout(quantity="forward")).answers]
    ['yhat_1', 'yhat_2', 'L']
    """
    values = (asked,) if isinstance(asked, Symbol | str) else tuple(asked)
    symbols: list[Symbol] = []
    for value in values:
        try:
            symbols.append(symbol(value) if isinstance(value, str) else value)
        except ValueError:
            raise not_askable(model, str(value)) from None
    chosen = layout or Layout()
    of = model.graph().nodes if chosen.quantity == "forward" else askable(model)
    order = {value: number for number, value in enumerate(of)}
    if chosen.quantity == "forward" and not symbols:
        symbols = [*forward_answers(model)]
    return _derive(model, tuple(sorted(symbols, key=lambda value: order.get(value, len(order)))), chosen)


@lru_cache(maxsize=1024)
def _derive(model: Model, asked: tuple[Symbol, ...], layout: Layout) -> Derivation:
    if layout.update is not None and layout.update.passes > 1:
        return _in_passes(model, asked, layout, layout.update)
    graph = model.graph()
    _require_askable(model, asked, layout)
    if layout.quantity == "error":
        return _with_error(model, asked, layout)
    steps = [Step(given, "given", "given", None, True) for given in model.givens()]
    update = layout.update
    wanted = {*asked}
    updated = [value for value in model.parameters() if value in wanted] if update else []
    steps += [Step(given, "given", "given", None, True) for given in _update_givens(model, layout, updated)]
    steps += _forward_steps(graph, layout)
    exact = {step.name for step in steps if step.exact}
    paths: list[Path] = []
    found: BackwardPass | None = None
    steady: Mapping[Local, Expression]
    if layout.quantity == "forward":
        steps += [Step(PARAMETERS, "forward", "parameter_count", count_of(model), True)] if layout.counts else []
        steady = {}
    elif layout.working == "paths":
        paths, behind, steady = _along_paths(graph, asked[0], exact, layout)
        if layout.quantity == "local":
            paths, behind = [], [step for step in behind if step.role == "factor"]
        steps += behind
    else:
        beside = update if update and update.is_inline and not isinstance(model, PassModel) else None
        found = backward(
            graph,
            asked,
            frozenset(model.parameters()),
            model.layer_of,
            exact,
            beside,
            layout.arrangement,
            turned=layout.error_sign == "target_minus_output",
        )
        steps += found.steps
        steps += _after_table(model, update, {value: found.totals[value] for value in updated})
        steady = found.steady
    if layout.forward == "given":
        steady = {}  # a printed output is rounded, and so is what comes of it

    slots = _slots(steps, paths, asked, layout, found)
    return _built(model, asked, layout, steps, paths, slots, steady, found)


def _lines(solution: Derivation) -> tuple[Step, ...]:
    worked = tuple(step for step in solution.steps if step.role != "given")
    return worked[:-1] if len(solution.paths) == 1 else worked


def _with_error(model: Model, asked: tuple[Symbol, ...], layout: Layout) -> Derivation:
    """A worked solution whose printed lines are givens, and what is asked of it.

    Behind the givens stand what is printed, the number of the wrong line, and from the right formula of that line on
    all that follows from it.
    """
    solution = _derive(model, asked, replace(layout, quantity="gradient", planted=None, correct="gradient"))
    planted, lines = layout.planted, _lines(solution)
    names = [step.name for step in lines]
    assert planted is not None  # asked of the layout
    follows = {solution.steps[at].name for at in solution.cone(planted.step)} if layout.correct == "gradient" else set()
    every: dict[Name, Expression] = {name: Ref(printed_line(number)) for number, name in enumerate(names, 1)}
    before = {name: line for name, line in every.items() if name != planted.step and name not in follows}
    steps = [step for step in solution.steps if step.role == "given"]
    for step in lines:
        mistaken = step.name == planted.step
        formulas = (planted.formula,) if mistaken else step.formulas
        name = every[step.name]
        assert isinstance(name, Ref)
        assert step.role != "given"  # a line is worked
        printed_as = None if step.exact and not mistaken else step.role
        others = tuple(substituted(formula, every) for formula in formulas)
        steps.append(Step(name.name, "given", "given", None, True, others, printed_as))
    steps.append(Step(WRONG_LINE, "update", "wrong_line", Const(float(names.index(planted.step) + 1)), True))
    for step in solution.steps:
        if (step.name == planted.step or step.name in follows) and step.formula is not None:
            right = substituted(step.formula, before)
            others = tuple(substituted(other, before) for other in step.others)
            steps.append(Step(step.name, step.role, step.kind, right, step.exact, others))
    slots = [Slot("line", WRONG_LINE, None), Slot("corrected", planted.step, None)]
    if layout.correct == "gradient":
        slots.append(Slot(GRADIENT.key, GRADIENT, None))
    return _built(model, asked, layout, steps, [], tuple(slots), {}, None, solution=solution)


def _in_passes(model: Model, asked: tuple[Symbol, ...], layout: Layout, update: Update) -> Derivation:
    """Updates that follow each other: what one of them leaves is given to the next."""
    _require_passes(model, asked, layout, update)
    parts: list[Derivation] = []
    for number in range(1, update.passes + 1):
        own = in_pass(model, number, asked)
        names = dict(zip(model.parameters(), own.parameters(), strict=True))
        exact_first = layout.exact_first and number == 1
        within = replace(layout, update=update.alone(number), exact_first=exact_first)
        parts.append(_derive(own, tuple(names[value] for value in asked), within))
    steps = [Step(given, "given", "given", None, True) for given in (*model.givens(), *parts[0].update_givens)]
    exact = {step.name for step in steps}
    for part in parts:
        for step in part.steps:
            if step.role == "given":
                continue
            # What an update left was rounded, and so is what copies it.
            copied = step.role == "forward" or isinstance(step.formula, Ref)
            if step.exact and copied and step.formula is not None and not exact.issuperset(references(step.formula)):
                step = replace(step, exact=False)
            if step.exact:
                exact.add(step.name)
            steps.append(step)
    steady = {name: formula for part in parts if part.backward for name, formula in part.backward.steady.items()}
    slots = tuple(slot for part in parts for slot in part.slots)
    return _built(model, asked, layout, steps, [], slots, steady, parts[0].backward, tuple(parts))


def problem_of_passes(model: Model, update: Update) -> tuple[str, str] | None:
    """Why updates of the model cannot follow each other: which key of the update it is, and what was found."""
    if update.clips:
        # Norm and scale have one name, whatever the step.
        return "clip", f"{update.passes} steps of an update that is clipped"
    if takes_turns(model) and update.passes != model.conventions().examples:
        return "steps", f"{update.passes} steps on {model.conventions().examples} examples in turn"
    if model.conventions().unrolled is not None:
        # Its values are numbered by the steps in time already.
        return "steps", f"{update.passes} steps of an update of what is unrolled in time"
    return None


def _require_passes(model: Model, asked: Sequence[Symbol], layout: Layout, update: Update) -> None:
    if problem := problem_of_passes(model, update):
        key, found = problem
        raise NetworkError(found, place=f"ask.update.{key}", remedy="take the key away")
    parameters = [*model.parameters()]
    fixed = next((value for value in asked if value not in parameters), None)
    if fixed is not None:
        raise NetworkError(
            f"{update.passes} steps, and {fixed.key} is no parameter", place="ask.parameters", expected="parameters"
        )
    if layout.working != "table":
        raise NetworkError(
            f"{update.passes} steps of an update, worked as {layout.working}",
            place="ask.update.steps",
            expected="1",
            remedy='write working = "table"',
        )
    if layout.forward == "given":
        raise NetworkError(
            f"{update.passes} steps with the forward values of one printed", place="ask.update.steps", expected="1"
        )


def _built(
    model: Model,
    asked: tuple[Symbol, ...],
    layout: Layout,
    steps: Sequence[Step],
    paths: Sequence[Path],
    slots: tuple[Slot, ...],
    steady: Mapping[Local, Expression],
    found: BackwardPass | None,
    passes: tuple[Derivation, ...] = (),
    solution: Derivation | None = None,
) -> Derivation:
    index = MappingProxyType({step.name: position for position, step in enumerate(steps)})
    programs = tuple(None if step.formula is None else compile_formula(step.formula, index) for step in steps)
    others = {
        position: tuple(compile_formula(formula, index) for formula in step.others)
        for position, step in enumerate(steps)
        if step.others
    }
    wider = {
        position: others[position]
        for position, step in enumerate(steps)
        if step.others
        and (step.kind == "output_error" or (step.role == "factor" and not step.exact and not _reads_output(step)))
    }
    printed = {step.name for step in steps if step.role == "given" and step.others}
    copies = {
        position: index[step.formula.name]
        for position, step in enumerate(steps)
        if isinstance(step.formula, Ref) and step.formula.name in printed
    }
    return Derivation(
        model,
        asked,
        layout,
        tuple(steps),
        tuple(paths),
        slots,
        index,
        programs,
        MappingProxyType(others),
        MappingProxyType(wider),
        MappingProxyType({index[name]: compile_formula(formula, index) for name, formula in steady.items()}),
        MappingProxyType(copies),
        found,
        passes,
        solution,
    )


def takes_turns(model: Model) -> bool:
    """Whether several examples are taken in turn, so that there are steps alone, one for each."""
    return model.conventions().in_turn


def _require_askable(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    if takes_turns(model):
        raise NetworkError(
            f"{layout.quantity!r} of examples that are taken in turn",
            place="ask.quantity",
            expected='"updated", with a learning rate: each example has a step of its own',
        )
    if layout.quantity == "forward":
        _require_forward(model, asked, layout)
        return
    require_one_end(model)
    parameters, every = {*model.parameters()}, {*askable(model)}
    for value in asked:
        if value not in parameters and value not in every:
            raise not_askable(model, value.key)
    if not asked or len({*asked}) < len(asked):
        raise NetworkError("a parameter twice" if asked else "nothing is asked for", place="ask.parameters")
    if layout.quantity == "quotient":
        _require_checkable(model, asked[0], layout)
    if layout.quantity == "local":
        _require_local(layout)
    if layout.quantity == "error":
        _require_error(model, layout)
    elif layout.planted is not None or layout.correct != "gradient":
        _refuse_keys(("ask.planted", True), beside=f'quantity = "{layout.quantity}"')
    if not layout.arrangement.several and len(asked) > 1:
        manner = "by their paths" if layout.working == "paths" else layout.arrangement.title
        raise NetworkError(
            f"{len(asked)} values {manner}",
            place="ask.working",
            expected="one",
            remedy='several stand in a table: working = "table"',
        )
    updated = [value for value in asked if value in parameters]
    if layout.update and layout.update.clips and len(updated) < 2:
        raise NetworkError(
            f"the gradient of {asked[0].key} alone is clipped",
            place="ask.update.clip",
            expected="several parameters, whose gradients have a norm together",
            remedy='ask for parameters = "all"',
        )
    biases = [value for value in updated if value in givens_of(model, "biases")]
    if layout.update and layout.update.decays and biases:
        raise NetworkError(
            f"weight decay of {biases[0].key}", place="ask.update.weight_decay", expected="weights to be asked for"
        )
    if layout.arrangement.errors:
        _require_units(model, asked, layout)
    elif layout.error_sign != "derivative":
        raise NetworkError(
            f"error_sign = {layout.error_sign}, {layout.arrangement.title}",
            place="ask.error_sign",
            expected='"derivative"',
            remedy='only working = "deltas" and "matrices" have error terms',
        )
    if layout.update and not updated:
        raise NetworkError(
            f"a new value of {asked[0].key}, which is no parameter",
            place="ask.learning_rate",
            remedy='take the learning rate away and ask for the "gradient"',
        )


def _require_checkable(model: Model, value: Symbol, layout: Layout) -> None:
    require_nudgeable(model)
    by_paths = layout.working == "paths"
    if not by_paths or layout.update is not None:
        raise NetworkError(
            "a difference quotient of a step" if by_paths else f"a difference quotient beside {layout.working!r}",
            place="ask.learning_rate" if by_paths else "ask.working",
            expected="one gradient by its paths",
            remedy="take the key away",
        )
    if value in model.graph().nodes:
        raise NetworkError(
            f"a difference quotient by {value.key}, which is worked from other values",
            place="ask.parameter",
            expected=f"{model.parameters_in_words()}, or an input",
        )


def _refuse_keys(*keys: tuple[str, bool], beside: str) -> None:
    """Raise NetworkError for the first of these keys, at their places, that is written where it has no meaning."""
    for place, written in keys:
        if written:
            raise NetworkError(f"beside {beside}", place=place, remedy="take the key away")


def _require_local(layout: Layout) -> None:
    _refuse_keys(
        ("ask.learning_rate", layout.update is not None),
        ("ask.paths", layout.paths == "find"),
        ("ask.working", layout.working != "paths"),
        beside='quantity = "local", which asks for single derivatives and nothing that is made of them',
    )


def _require_error(model: Model, layout: Layout) -> None:
    _refuse_keys(
        ("ask.learning_rate", layout.update is not None),
        ("ask.paths", layout.paths == "find"),
        ("ask.working", layout.working != "paths"),
        ("forward", layout.forward == "given"),
        ("precision.scratch", layout.scratch),
        beside='quantity = "error", which prints all of one gradient\'s paths',
    )
    if not isinstance(model, Dense):
        raise NetworkError(
            f"an error in the working of a {model.summary}", place="ask.quantity", expected="the same of a network"
        )
    if layout.planted is None:
        raise NetworkError("no error", place="ask.planted", expected="which step is worked by which misconception")


def _require_forward(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    graph = model.graph()
    if graph.has_loss and not graph.has_value:
        raise NetworkError(
            "the loss's derivatives are given, and the forward pass alone is asked for",
            place="network.loss",
            expected='"none", or a loss with a value',
        )
    for value in asked:
        if value not in graph.nodes:
            raise NetworkError(
                f"{value.key} is no value of the forward pass",
                place="ask.parameters",
                expected=f"one of {', '.join(node.key for node in graph.nodes)}",
            )
    _refuse_keys(
        ("forward", layout.forward == "given"),
        ("ask.learning_rate", layout.update is not None),
        ("ask.paths", layout.paths == "find"),
        ("ask.working", layout.working != "paths"),
        beside='quantity = "forward", which asks for the forward pass and nothing behind it',
    )


def _require_units(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    """Error terms are those of units; with their signs turned they are no derivatives that could be asked for."""
    nodes = model.graph().nodes
    if not any(node.kind == "preactivation" for node in nodes.values()):
        raise NetworkError(
            f"the error terms of a {model.summary}",
            place="ask.working",
            expected="a network of units",
            remedy='of a circuit take working = "graph"',
        )
    turned = next((value for value in asked if value in nodes), None) if layout.error_sign != "derivative" else None
    if turned is not None:
        raise NetworkError(
            f"the derivative by {turned.key}, where error terms have its sign turned",
            place="ask.error_sign",
            expected="parameters or inputs to be asked for",
        )


def _along_paths(
    graph: Graph, asked: Symbol, exact: set[Name], layout: Layout
) -> tuple[list[Path], list[Step], dict[Local, Expression]]:
    """The paths, the steps along them, and formulas of factors that lose no digits."""
    routes = graph.paths(asked)
    paths: list[Path] = []
    factors: dict[Local, Step] = {}
    steady: dict[Local, Expression] = {}
    for number, route in enumerate(routes, 1):
        along: list[Local] = []
        for node, i in route:
            name = graph.factor_name(node, i)
            along.append(name)
            if name not in factors:
                found = graph.factor(node, i)
                lossless = exact_factor(found, graph.rule(node), exact)
                factors[name] = Step(name, "factor", found.kind, found.formula, lossless, found.others)
                if (formula := found.steady or graph.steady(node, i)) is not None:
                    steady[name] = formula
        nodes = (asked, *(node for node, _ in reversed(route)))
        paths.append(Path(number, nodes, tuple(along), Derived("product", number)))
    steps = [*factors.values()]
    for path in paths:
        refs = tuple(Ref(factor) for factor in path.factors)
        # The error term of the output layer, dL/da, often has a formula of its own, such as yhat - y.
        joint = graph.joint(routes[path.number - 1])
        equal = () if joint is None else (product((joint, *refs[2:])),)
        steps.append(Step(path.product, "product", "product", product(refs), False, equal))
    answer = total(tuple(Ref(path.product) for path in paths))
    steps.append(Step(GRADIENT, "gradient", "gradient", answer, False))
    update = layout.update
    updated = update.steps(Ref(asked), Ref(GRADIENT)) if update else ()
    again = second_pass(graph, {asked: UPDATED}) if update and update.again else ()
    checked = nudges(graph, asked) if layout.quantity == "quotient" else ()
    steps += [Step(new, KINDS[kind].role, kind, formula, False) for new, kind, formula in (*updated, *again, *checked)]
    return paths, steps, steady


def _update_givens(model: Model, layout: Layout, updated: Sequence[Symbol]) -> tuple[Symbol, ...]:
    """The givens that the update of these parameters adds, or the check of a gradient."""
    if layout.quantity == "quotient":
        return (EPSILON,)
    if layout.update is None:
        return ()
    if layout.working == "paths":
        return layout.update.givens
    return layout.update.givens_of([_carrier(model, value) for value in updated])


def _carrier(model: Model, value: Symbol) -> Symbol | None:
    """For which parameter a table says that something is carried on."""
    return model.carrier(value) if isinstance(model, PassModel) else value


def _new_value(model: Model, value: Symbol) -> Name:
    """What the new value of one of a table's parameters is called."""
    return model.new_value(value) if isinstance(model, PassModel) else Derived("updated", of=value)


def _after_table(model: Model, update: Update | None, gradients: Mapping[Symbol, Name]) -> list[Step]:
    """The update of these parameters where it does not stand beside their gradients, and the second forward pass."""
    if update is None:
        return []
    new = {value: _new_value(model, value) for value in gradients}
    beside = update.is_inline and not isinstance(model, PassModel)
    updated = [Updated(value, found, new[value], _carrier(model, value)) for value, found in gradients.items()]
    worked = () if beside else update.together(updated)
    again = second_pass(model.graph(), new) if update.again else ()
    return [Step(name, "update", kind, formula, False) for name, kind, formula in (*worked, *again)]


def _forward_steps(graph: Graph, layout: Layout) -> list[Step]:
    steps: list[Step] = []
    exact: set[Name] = set()
    for node in graph.nodes.values():
        # Nobody needs the value of a loss to differentiate it.
        if node.name == graph.loss and graph.has_loss and layout.quantity != "forward":
            continue
        rule = graph.rule(node.name)
        first = layout.exact_first and _is_first(node, graph)
        for name, of, formula in rule.steps(node):
            kind = "forward_loss" if name == graph.loss and graph.has_loss else of
            if layout.forward == "given":
                # Exponentials and their sum are only the way to the outputs, which are printed.
                if kind not in ("exponential", "sum"):
                    printed = rule.at_once(node) or formula
                    steps.append(Step(name, "given", "given", None, True, (printed,), "forward"))
                continue
            if first or (rule.exact_value and exact.issuperset(references(formula))):
                exact.add(name)
            steps.append(Step(name, "forward", kind, formula, name in exact))
    return steps


def _is_first(node: Node, graph: Graph) -> bool:
    """Whether a node is a pre-activation that is worked from givens alone."""
    return node.kind == "preactivation" and graph.nodes.keys().isdisjoint(node.inputs)


def _reads_output(slope: Step) -> bool:
    """Whether a slope's printed formula reads the unit's output, its upper value."""
    assert isinstance(slope.name, Local)
    assert slope.formula is not None  # no given is a slope
    return slope.name.above in references(slope.formula)


_INSIDE = ("preactivation", "exponential", "sum")


def _slots(
    steps: list[Step], paths: list[Path], asked: Sequence[Symbol], layout: Layout, back: BackwardPass | None
) -> tuple[Slot, ...]:
    slots = [
        Slot(step.key, step.name, None)
        for step in steps
        if step.role == "forward"
        and KINDS[step.kind].boxed
        and not (layout.scratch and step.kind in _INSIDE)
        and not (step.exact and step.kind == "preactivation")
    ]
    if layout.quantity == "local":
        return *slots, *(Slot(step.key, step.name, None) for step in steps if step.role == "factor")
    if layout.quantity == "forward":
        return tuple(slots)
    if back is not None:
        behind = [step for step in steps if _has_cell(step, asked, layout) and step.name not in back.inside]
        return *slots, *(Slot(step.key, step.name, None) for step in behind)
    for path in paths if layout.paths == "given" else ():
        slots += [Slot(f"path_{path.number}.{factor.key}", factor, path.number) for factor in path.factors]
        slots.append(Slot(path.product.key, path.product, path.number))
    if layout.paths == "find":
        slots += _blank_columns(paths)
    slots.append(Slot(GRADIENT.key, GRADIENT, None))
    if layout.quantity in ("updated", "quotient"):
        behind = steps[[step.name for step in steps].index(GRADIENT) + 1 :]
        slots += [Slot(step.key, step.name, None) for step in behind]
    return tuple(slots)


def _has_cell(step: Step, asked: Sequence[Symbol], layout: Layout) -> bool:
    """Whether a step behind the forward pass is written down: a plain 1 is not, unless it is asked for."""
    if step.role in ("given", "forward"):
        return False
    if step.role == "update":
        return layout.quantity == "updated"
    fixed = isinstance(step.formula, Const) and not layout.arrangement.factors
    return not fixed or (isinstance(step.name, Derived) and step.name.of in asked)


def _blank_columns(paths: list[Path]) -> Iterator[Slot]:
    """Columns that do not tell their paths: all of one length, and one more than there are paths."""
    longest = max(len(path.factors) for path in paths)
    for column, path in enumerate([*paths, paths[-1]], 1):
        for box in range(1, longest + 1):
            factor = path.factors[min(box, len(path.factors)) - 1]
            below = box > len(path.factors)
            yield Slot(f"path_{column}.factor_{box}", factor, column, column > len(paths) or below)
        yield Slot(f"path_{column}.product", path.product, column, column > len(paths))
