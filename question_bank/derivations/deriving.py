"""How a derivation is made: its steps, paths and slots, built once for what is asked of a model, and cached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from question_bank.derivations.askable import require_askable, require_passes
from question_bank.derivations.backward import BackwardPass, backward
from question_bank.derivations.derivation import (
    Derivation,
    Path,
    Slot,
    lines_of,
    update_givens_of,
)
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.layout import Layout, Quantity
from question_bank.derivations.steps import Step, exact_factor
from question_bank.expressions.expression import (
    Const,
    Expression,
    Ref,
    product,
    references,
    substituted,
    total,
)
from question_bank.expressions.names import (
    GRADIENT,
    UPDATED,
    WRONG_LINE,
    Derived,
    Local,
    Name,
    Symbol,
    printed_line,
    slot_name,
    symbol,
)
from question_bank.expressions.program import compile_formula
from question_bank.networks.count import PARAMETERS, count_of
from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import (
    Model,
    askable,
    forward_answers,
    not_askable,
)
from question_bank.networks.nudge import nudges
from question_bank.networks.passes import carrier_of, in_pass, is_pass, new_value_of
from question_bank.networks.second_pass import second_pass
from question_bank.networks.updates import Update, Updated


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
    chosen = _where_it_tells(layout or Layout())
    of = model.graph().nodes if chosen.quantity == "forward" else askable(model)
    order = {value: number for number, value in enumerate(of)}
    if chosen.quantity == "forward" and not symbols:
        symbols = [*forward_answers(model)]
    return _derive(model, tuple(sorted(symbols, key=lambda value: order.get(value, len(order)))), chosen)


def _where_it_tells(layout: Layout) -> Layout:
    """The layout without `one_box` where no column ends with a product that is printed.

    Where paths are to be found, one box would tell that there is one; a worked solution has boxes for its answers only.
    """
    ends = layout.working == "paths" and layout.paths == "given" and layout.quantity in _ENDING
    return layout if ends or not layout.one_box else replace(layout, one_box=False)


_ENDING: tuple[Quantity, ...] = ("gradient", "updated", "quotient")


@lru_cache(maxsize=1024)
def _derive(model: Model, asked: tuple[Symbol, ...], layout: Layout) -> Derivation:
    if layout.update is not None and layout.update.passes > 1:
        return _in_passes(model, asked, layout, layout.update)
    graph = model.graph()
    require_askable(model, asked, layout)
    if layout.one_box and graph.count_paths(asked[0]) != 1:
        return _derive(model, asked, replace(layout, one_box=False))
    if layout.quantity == "error":
        return _with_error(model, asked, layout)
    steps = [Step(given, "given", "given", None, True) for given in model.givens()]
    update = layout.update
    wanted = {*asked}
    updated = [value for value in model.parameters() if value in wanted] if update else []
    steps += [Step(given, "given", "given", None, True) for given in update_givens_of(model, layout, updated)]
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
        beside = update if update and update.is_inline and not is_pass(model) else None
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


def _with_error(model: Model, asked: tuple[Symbol, ...], layout: Layout) -> Derivation:
    """A worked solution whose printed lines are givens, and what is asked of it.

    Behind the givens stand what is printed, the number of the wrong line, and from the right formula of that line on
    all that follows from it.
    """
    solution = _derive(model, asked, layout.solved)
    planted, lines = layout.planted, lines_of(solution)
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
        slots.append(Slot(GRADIENT.key, solution.gradient_of(asked[0]), None))
    return _built(model, asked, layout, steps, [], tuple(slots), {}, None, solution=solution)


def _in_passes(model: Model, asked: tuple[Symbol, ...], layout: Layout, update: Update) -> Derivation:
    """Updates that follow each other: what one of them leaves is given to the next."""
    require_passes(model, asked, layout, update)
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
        paths.append(Path(number, nodes, tuple(along), GRADIENT if layout.one_box else Derived("product", number)))
    steps = [*factors.values()]
    for path in paths:
        refs = tuple(Ref(factor) for factor in path.factors)
        # The error term of the output layer, dL/da, often has a formula of its own, such as yhat - y.
        joint = graph.joint(routes[path.number - 1])
        equal = () if joint is None else (product((joint, *refs[2:])),)
        steps.append(
            Step(path.product, "gradient" if layout.one_box else "product", "product", product(refs), False, equal)
        )
    if not layout.one_box:
        answer = total(tuple(Ref(path.product) for path in paths))
        steps.append(Step(GRADIENT, "gradient", "gradient", answer, False))
    update = layout.update
    updated = update.steps(Ref(asked), Ref(GRADIENT)) if update else ()
    again = second_pass(graph, {asked: UPDATED}) if update and update.again else ()
    checked = nudges(graph, asked) if layout.quantity == "quotient" else ()
    steps += [Step(new, KINDS[kind].role, kind, formula, False) for new, kind, formula in (*updated, *again, *checked)]
    return paths, steps, steady


def _after_table(model: Model, update: Update | None, gradients: Mapping[Symbol, Name]) -> list[Step]:
    """The update of these parameters where it does not stand beside their gradients, and the second forward pass."""
    if update is None:
        return []
    new = {value: new_value_of(model, value) for value in gradients}
    beside = update.is_inline and not is_pass(model)
    updated = [Updated(value, found, new[value], carrier_of(model, value)) for value, found in gradients.items()]
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
        slots += [Slot(slot_name(path.number, factor.key), factor, path.number) for factor in path.factors]
        slots.append(Slot(path.product.key, path.product, path.number))
    if layout.paths == "find":
        slots += _blank_columns(paths)
    if not layout.one_box:
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
            yield Slot(slot_name(column, f"factor_{box}"), factor, column, column > len(paths) or below)
        yield Slot(slot_name(column, "product"), path.product, column, column > len(paths))
