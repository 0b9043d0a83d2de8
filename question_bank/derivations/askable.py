"""What cannot be asked of a model in a layout, each with the key of a written question that says it."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.derivations.arrangements import Working
from question_bank.derivations.layout import Layout
from question_bank.errors import NetworkError
from question_bank.expressions.names import (
    Symbol,
)
from question_bank.networks.graph import Graph
from question_bank.networks.model import (
    Model,
    askable,
    givens_of,
    not_askable,
    require_one_end,
)
from question_bank.networks.nudge import require_nudgeable
from question_bank.networks.updates import Update


def problem_of_passes(model: Model, update: Update, working: Working) -> tuple[str, str, str] | None:
    """Why updates of the model cannot follow each other: which key of the update it is, what was found, what to do."""
    away = "take the key away"
    if update.clips:
        # Norm and scale have one name, whatever the step.
        return "clip", f"{update.passes} steps of an update that is clipped", away
    if takes_turns(model) and update.passes != model.conventions().examples:
        return "steps", f"{update.passes} steps on {model.conventions().examples} examples in turn", away
    if model.conventions().unrolled is not None:
        # Its values are numbered by the steps in time already.
        return "steps", f"{update.passes} steps of an update of what is unrolled in time", away
    if model.conventions().exponentials:
        return "steps", f"{update.passes} steps of a network whose exponentials are given", away
    if working != "table":
        return "steps", f"{update.passes} steps of an update, worked as {working}", 'write working = "table"'
    return None


def require_passes(model: Model, asked: Sequence[Symbol], layout: Layout, update: Update) -> None:
    """Raise NetworkError where updates cannot follow each other."""
    if problem := problem_of_passes(model, update, layout.working):
        key, found, remedy = problem
        raise NetworkError(found, place=f"ask.update.{key}", remedy=remedy)
    parameters = [*model.parameters()]
    fixed = next((value for value in asked if value not in parameters), None)
    if fixed is not None:
        raise NetworkError(
            f"{update.passes} steps, and {fixed.key} is no parameter", place="ask.parameters", expected="parameters"
        )
    if layout.forward == "given":
        raise NetworkError(
            f"{update.passes} steps with the forward values of one printed", place="ask.update.steps", expected="1"
        )


def _require_ways_apart(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    """Refuse to write down each way by itself where two of them lead through the same values."""
    arrangement, graph = layout.arrangement, model.graph()
    if arrangement.shape not in ("columns", "lines", "edges"):
        return
    for value, node in graph.twins:
        if any(_leads_to(graph, each, value) for each in asked):
            raise NetworkError(
                f"{arrangement.title}, but from {value.key} to {node.key} lead a weight and a skip connection",
                place="ask.working",
                expected='"deltas", "matrices" or "table"',
                remedy='or add what skips the layer behind its function: skip_added = "after"',
            )


def _leads_to(graph: Graph, value: Symbol, later: Symbol) -> bool:
    """Whether a value is another one, or that is worked from it."""
    reached = {value}
    for node in graph.nodes:
        if any(source in reached for _, source in graph.uses(node)):
            reached.add(node)
    return later in reached


def takes_turns(model: Model) -> bool:
    """Whether several examples are taken in turn, so that there are steps alone, one for each."""
    return model.conventions().in_turn


def require_askable(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    """Raise NetworkError where these values cannot be asked for in this layout."""
    if takes_turns(model):
        raise NetworkError(
            f"{layout.quantity!r} of examples that are taken in turn",
            place="ask.quantity",
            expected='"updated", with a learning rate: each example has a step of its own',
        )
    _require_worked_sums(model, layout)
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
        _require_error(model, asked, layout)
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
    _require_ways_apart(model, asked, layout)
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


def _require_worked_sums(model: Model, layout: Layout) -> None:
    """Where exponentials are given, no other value of a weight tells what they would be with it, nor any loss."""
    update = layout.update
    found = {
        "ask.quantity": layout.quantity in ("forward", "quotient") and f'"{layout.quantity}"',
        "ask.update.again": update is not None and update.again and "a second forward pass",
    }
    for place, said in found.items():
        if said and model.conventions().exponentials:
            raise NetworkError(
                f"{said} of a network whose exponentials are given",
                place=place,
                expected="gradients, or one step of an update",
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


def _require_error(model: Model, asked: Sequence[Symbol], layout: Layout) -> None:
    _refuse_keys(
        ("ask.learning_rate", layout.update is not None),
        ("ask.paths", layout.paths == "find"),
        ("forward", layout.forward == "given"),
        ("precision.scratch", layout.scratch),
        beside='quantity = "error", which prints all of one gradient\'s working',
    )
    if len(asked) > 1:
        raise NetworkError(f"an error in the working for {len(asked)} values", place="ask.parameters", expected="one")
    if layout.arrangement.shape == "arrays":
        raise NetworkError(
            f"an error in a gradient {layout.arrangement.title}, which has no single lines",
            place="ask.working",
            remedy='write working = "deltas", which works the same unit by unit',
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
