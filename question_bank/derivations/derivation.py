"""The derivation: the number-free ordered steps and paths from the givens to the answer, built once and cached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from question_bank.errors import NetworkError
from question_bank.expressions.expression import Expression, Ref, product, references, total
from question_bank.expressions.names import GRADIENT, Derived, Local, Name, Symbol, as_name, symbol
from question_bank.expressions.precision import Role
from question_bank.expressions.program import Program, compile_formula
from question_bank.networks.graph import Factor, Graph, Node, Rule
from question_bank.networks.model import Model, givens_of
from question_bank.networks.updates import Update

Quantity = Literal["gradient", "updated"]
PathsShown = Literal["given", "find"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a derivation is asked, apart from the numbers.

    `forward`: the forward values are asked, or given (printed, each rounded). `quantity`: what the answer is.
    `update`: how the parameter is updated, where it is. `exact_first`: pre-activations that are worked from givens
    alone can be written exactly in the recorded places, so they are no slots and never widened. `scratch`:
    pre-activations and softmax's exponentials and sum are no slots but carry the precision's scratch decimals. `paths`:
    every column's route is printed, or the columns are blank, in any order and with one to spare, since the paths are
    to be found.
    """

    forward: Literal["asked", "given"] = "asked"
    quantity: Quantity = "gradient"
    update: Update | None = None
    exact_first: bool = False
    scratch: bool = False
    paths: PathsShown = "given"


@dataclass(frozen=True, slots=True)
class Step:
    """A named scalar: `kind` says what sort of formula it has, `exact` that recording it loses nothing.

    `others` are formulas that are equal to the one that is printed: each is an honest way. A printed forward value is
    a given, and its only one is what it was rounded from.
    """

    name: Name
    role: Role
    kind: str
    formula: Expression | None
    exact: bool
    others: tuple[Expression, ...] = ()

    @property
    def key(self) -> str:
        """Its name in files."""
        return self.name.key

    @property
    def formulas(self) -> tuple[Expression, ...]:
        """All equal formulas, the one that is printed first."""
        return self.others if self.formula is None else (self.formula, *self.others)


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
    """Steps in evaluation order, paths from the output back, and slots in the order of working."""

    model: Model
    parameter: Symbol
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

    def __hash__(self) -> int:
        return hash((self.model, self.parameter, self.layout))

    def __eq__(self, other: object) -> bool:
        # Everything else follows from these three.
        return isinstance(other, Derivation) and (self.model, self.parameter, self.layout) == (
            other.model,
            other.parameter,
            other.layout,
        )

    @property
    def graph(self) -> Graph:
        """The scalar graph that the derivation was found in."""
        return self.model.graph()

    @property
    def update(self) -> Update | None:
        """How the updated value is worked, where there is one."""
        return self.layout.update

    @property
    def endings(self) -> tuple[Name, ...]:
        """What is worked after the paths: the gradient and, where there is an update, its steps."""
        return tuple(step.name for step in self.steps if step.role in ("gradient", "update"))

    @property
    def asks_for_weight(self) -> bool:
        """Whether the parameter multiplies something where it comes in: a weight does, a bias does not."""
        return self.step(self.paths[0].factors[-1]).kind == "input"

    @property
    def givens(self) -> tuple[Symbol, ...]:
        """The givens, in the order of every givens array."""
        return tuple(step.name for step in self.steps if isinstance(step.name, Symbol) and step.role == "given")

    @property
    def common_givens(self) -> frozenset[Name]:
        """Targets and what the update needs: few numbers to choose from, so that many sheets have the same."""
        return frozenset((*givens_of(self.model, "targets"), *(self.update.needs if self.update else ())))

    @property
    def answer(self) -> Derived:
        """The step that is asked for."""
        return Derived(self.layout.quantity)

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


def derive(model: Model, parameter: Symbol | str, layout: Layout | None = None) -> Derivation:
    """The derivation of one parameter's gradient; the same object for the same question.

    The parameter may be written as its key. Raises NetworkError for one that the network does not have, TooManyPaths
    beyond the limit.

    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error")
    >>> [[value.key for value in path.route] for path in derive(network, "w1_31").paths]
    [['w1_31', 'a1_3', 'h1_3', 'a2_1', 'yhat_1', 'L'], ['w1_31', 'a1_3', 'h1_3', 'a2_2', 'yhat_2', 'L']]
    """
    if isinstance(parameter, str):
        key = parameter
        try:
            parameter = symbol(key)
        except ValueError:
            raise _no_parameter(model, key) from None
    return _derive(model, parameter, layout or Layout())


def _no_parameter(model: Model, key: str) -> NetworkError:
    return NetworkError(
        f"the network has no parameter {key!r}", place="ask.parameter", expected=model.parameters_in_words()
    )


@lru_cache(maxsize=1024)
def _derive(model: Model, parameter: Symbol, layout: Layout) -> Derivation:
    if parameter not in model.parameters():
        raise _no_parameter(model, parameter.key)
    graph = model.graph()
    routes = graph.paths(parameter)
    steps = [Step(given, "given", "given", None, True) for given in model.givens()]
    update = layout.update
    steps += [Step(given, "given", "given", None, True) for given in (update.givens if update else ())]
    steps += _forward_steps(graph, layout)
    exact = {step.name for step in steps if step.exact}

    paths: list[Path] = []
    factors: dict[Local, Step] = {}
    steady: dict[Local, Expression | None] = {}
    for number, route in enumerate(routes, 1):
        along: list[Local] = []
        for node, i in route:
            name = graph.factor_name(node, i)
            along.append(name)
            if name not in factors:
                found = graph.factor(node, i)
                lossless = _exact_factor(found, graph.rule(node), exact)
                factors[name] = Step(name, "factor", found.kind, found.formula, lossless, found.others)
                # A printed output is rounded, and so is what comes of it.
                steady[name] = None if layout.forward == "given" else found.steady or graph.steady(node, i)
        nodes = (parameter, *(node for node, _ in reversed(route)))
        paths.append(Path(number, nodes, tuple(along), Derived("product", number)))
    steps += factors.values()
    for path in paths:
        refs = tuple(Ref(factor) for factor in path.factors)
        # The error term of the output layer, dL/da, often has a formula of its own, such as yhat - y.
        joint = graph.joint(routes[path.number - 1])
        equal = () if joint is None else (product((joint, *refs[2:])),)
        steps.append(Step(path.product, "product", "product", product(refs), False, equal))
    answer = total(tuple(Ref(path.product) for path in paths))
    steps.append(Step(GRADIENT, "gradient", "gradient", answer, False))
    for new, kind, formula in update.steps(Ref(parameter), Ref(GRADIENT)) if update else ():
        steps.append(Step(new, "update", kind, formula, False))

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
        and (step.kind == "output_error" or (step.kind == "slope" and not step.exact and not _reads_output(step)))
    }
    printed = {step.name for step in steps if step.role == "given" and step.others}
    copies = {
        position: index[step.formula.name]
        for position, step in enumerate(steps)
        if isinstance(step.formula, Ref) and step.formula.name in printed
    }
    slots = _slots(steps, paths, layout)
    return Derivation(
        model,
        parameter,
        layout,
        tuple(steps),
        tuple(paths),
        slots,
        index,
        programs,
        MappingProxyType(others),
        MappingProxyType(wider),
        MappingProxyType({index[name]: compile_formula(found, index) for name, found in steady.items() if found}),
        MappingProxyType(copies),
    )


def _forward_steps(graph: Graph, layout: Layout) -> list[Step]:
    steps: list[Step] = []
    exact: set[Name] = set()
    for node in graph.nodes.values():
        if node.name == graph.loss:
            continue
        rule = graph.rule(node.name)
        first = layout.exact_first and _is_first(node, graph)
        for name, kind, formula in rule.steps(node):
            if layout.forward == "given":
                # Exponentials and their sum are only the way to the outputs, which are printed.
                if kind not in ("exponential", "sum"):
                    steps.append(Step(name, "given", "given", None, True, (rule.at_once(node) or formula,)))
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


def _exact_factor(factor: Factor, rule: Rule, exact: set[Name]) -> bool:
    if factor.kind in ("input", "weight", "bias"):
        return exact.issuperset(references(factor.formula))
    # A piecewise constant slope is the same, however its argument was rounded.
    return factor.kind == "slope" and rule.exact_partial


_INSIDE = ("preactivation", "exponential", "sum")


def _slots(steps: list[Step], paths: list[Path], layout: Layout) -> tuple[Slot, ...]:
    slots = [
        Slot(step.key, step.name, None)
        for step in steps
        if step.role == "forward"
        and not (layout.scratch and step.kind in _INSIDE)
        and not (step.exact and step.kind == "preactivation")
    ]
    for path in paths if layout.paths == "given" else ():
        slots += [Slot(f"path_{path.number}.{factor.key}", factor, path.number) for factor in path.factors]
        slots.append(Slot(path.product.key, path.product, path.number))
    if layout.paths == "find":
        slots += _blank_columns(paths)
    slots.append(Slot(GRADIENT.key, GRADIENT, None))
    if layout.quantity == "updated":
        slots += [Slot(step.key, step.name, None) for step in steps if step.role == "update"]
    return tuple(slots)


def _blank_columns(paths: list[Path]) -> Iterator[Slot]:
    """Columns that do not tell their paths: all of one length, and one more than there are paths."""
    longest = max(len(path.factors) for path in paths)
    for column, path in enumerate([*paths, paths[-1]], 1):
        for box in range(1, longest + 1):
            factor = path.factors[min(box, len(path.factors)) - 1]
            below = box > len(path.factors)
            yield Slot(f"path_{column}.factor_{box}", factor, column, column > len(paths) or below)
        yield Slot(f"path_{column}.product", path.product, column, column > len(paths))
