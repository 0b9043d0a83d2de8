"""The steps of the way back, layer by layer as they are worked: a row for each unit, then one for each parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.steps import Step
from question_bank.expressions.names import Derived, Local, Symbol
from question_bank.language.words import N_, _
from question_bank.networks.notation import layer_number
from question_bank.networks.passes import is_pass

Row = tuple[Step, ...]
Part = Literal["forward", "back", "local", "update", "again", "step", "error"]
_HEADINGS: dict[Part, str] = {
    "forward": N_("Forward pass"),
    "back": N_("Back"),
    "local": N_("Local derivatives"),
    "error": N_("The error"),
    "update": N_("Update"),
    "again": N_("Second forward pass"),
}
_WITHIN: dict[Part, str] = {
    "forward": N_("forward pass"),
    "back": N_("back"),
    "local": N_("local derivatives"),
    "error": N_("the error"),
    "update": N_("update"),
    "again": N_("second forward pass"),
}
"""The same within a sentence."""
_AGAIN = ("second_forward", "loss_value")


@dataclass(frozen=True, slots=True)
class LayerTable:
    """One layer on the way back, None where what is worked belongs to none; or what comes after that.

    `stage` is what a layer is called: one in time is a step.

    A row of `units` goes from what comes back to a unit's output to its error term; a row of `values` is what is asked
    for of one value: its gradient and, where there is one, its new value. An update that is more than one line, and the
    second forward pass, have tables of their own: rows of `units` are what belongs to no one parameter. Where updates
    follow each other `number` says in which of their passes it is; its forward pass then is a table, too, and a step of
    an optimiser alone is a single one.
    """

    layer: int | None
    units: tuple[Row, ...]
    values: tuple[Row, ...]
    part: Part = "back"
    stage: str = "layer"
    number: int | None = None

    @property
    def steps(self) -> Row:
        """All of them, in the order of working."""
        return tuple(step for row in (*self.units, *self.values) for step in row)

    @property
    def heading(self) -> str:
        """What stands above it."""
        if self.number is not None:
            return self._numbered(_("Step {number}"), _("Step {number}: {part}"))
        if self.layer is None:
            return _(_HEADINGS[self.part])
        through = _("Back through layer {number}") if self.stage == "layer" else _("Back through step {number}")
        return through.format(number=self._layer)

    @property
    def name(self) -> str:
        """What it is called within a sentence."""
        if self.number is not None:
            return self._numbered(_("step {number}"), _("step {number}: {part}"))
        if self.layer is None:
            return _("the way back") if self.part == "back" else _(_WITHIN[self.part])
        return (_("layer {number}") if self.stage == "layer" else _("step {number}")).format(number=self._layer)

    @property
    def _layer(self) -> int | None:
        """The layer's number as the notation counts; a step in time is no layer."""
        return self.layer if self.layer is None or self.stage == "step" else layer_number(self.layer)

    def _numbered(self, alone: str, with_part: str) -> str:
        if self.part == "step":
            return alone.format(number=self.number)
        part = _(_WITHIN[self.part])
        if self.layer is not None:
            through = _("back through layer {number}") if self.stage == "layer" else _("back through step {number}")
            part = through.format(number=self._layer)
        return with_part.format(number=self.number, part=part)


def layer_tables(derivation: Derivation, steps: Iterable[Step] | None = None) -> tuple[LayerTable, ...]:
    """The tables of all steps behind the forward pass, or of some; none where a derivation has paths.

    What has no box of its own is worked in another step's, and stands in none.

    >>> from question_bank.derivations.deriving import derive
    >>> from question_bank.derivations.layout import Layout
    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((1, 2, 1), ("tanh", "linear"), "squared_error")
    >>> (last, first) = layer_tables(derive(network, ["w1_21", "w2_12"], Layout(working="table")))
    >>> [[step.key for step in row] for row in (*first.units, *first.values)]
    [['h1_2.gradient', 'dh1_2/da1_2', 'a1_2.gradient'], ['w1_21.gradient']]
    """
    if derivation.is_local:
        local = (step for step in (derivation.steps if steps is None else steps) if step.role == "factor")
        return (LayerTable(None, tuple((step,) for step in local), (), "local"),)
    if derivation.solution:
        corrected = (step for step in derivation.steps if step.formula and step.name not in derivation.carried)
        wanted = None if steps is None else {step.name for step in steps}
        rows = tuple((step,) for step in corrected if wanted is None or step.name in wanted)
        return (LayerTable(None, rows, (), "error"),)
    if derivation.backward is None:
        return ()
    if derivation.passes:
        written = None if steps is None else {step.name for step in steps}
        return tuple(
            replace(table, number=number)
            for number, one in enumerate(derivation.passes, 1)
            for table in _of_pass(one, [step for step in one.steps if written is None or step.name in written])
        )
    behind = [
        step
        for step in (derivation.steps if steps is None else steps)
        if step.role not in ("given", "forward") and step.name not in derivation.inside
    ]
    by_part: dict[Part, list[Step]] = {}
    for step in behind:
        by_part.setdefault(_part(derivation, step), []).append(step)
    back = _layers(derivation, by_part.get("back", []))
    update, again = by_part.get("update", []), by_part.get("again", [])
    return (
        *back,
        *([_update_table(derivation, update)] if update else []),
        *([_second_pass_table(derivation, again)] if again else []),
    )


def forward_steps(derivation: Derivation) -> list[Step]:
    """The steps of the forward pass that stand in no table: of passes that follow each other none does.

    Nor does what is corrected in a worked solution. What is done in one's head, and what is ticked, has no line of its
    own.
    """
    forward = [step for step in derivation.steps if step.role == "forward"]
    kinds = KINDS.get
    shown = [step for step in forward if (kind := kinds(step.kind)) is None or (kind.boxed and kind.form == "number")]
    return [] if derivation.passes or derivation.solution else shown


def _of_pass(derivation: Derivation, steps: Sequence[Step]) -> Iterable[LayerTable]:
    """One of the passes that follow each other: of an optimiser alone a row for each variable."""
    worked = [step for step in steps if step.role != "given"]
    if derivation.model.conventions().optimiser is not None:
        common = tuple(step for step in worked if step.kind in ("norm", "scale"))
        rows: dict[Symbol | None, list[Step]] = {}
        for step in worked:
            if step not in common:
                circle = derivation.model.circle_of(step.name) if isinstance(step.name, Symbol) else None
                rows.setdefault(circle, []).append(step)
        return (LayerTable(None, (common,) if common else (), tuple(map(tuple, rows.values())), "step"),)
    by_layer: dict[int | None, list[Step]] = {}
    for step in worked:
        if step.role == "forward" and isinstance(step.name, Symbol):
            by_layer.setdefault(derivation.model.layer_of(step.name), []).append(step)
    forward = LayerTable(None, tuple(map(tuple, by_layer.values())), (), "forward")
    return (*([forward] if by_layer else []), *layer_tables(derivation, steps))


def _part(derivation: Derivation, step: Step) -> Part:
    if step.kind in _AGAIN:
        return "again"
    update = derivation.update
    beside = update is None or (update.is_inline and not is_pass(derivation.model))
    return "back" if step.role != "update" or beside else "update"


def _layers(derivation: Derivation, behind: Iterable[Step]) -> list[LayerTable]:
    tables: list[tuple[int | None, dict[Symbol, list[Step]], dict[Symbol, list[Step]]]] = []
    for step in behind:
        value = _value(step)
        layer = derivation.model.layer_of(value)
        # What belongs to no layer, as an input, stands with the layer that was worked last.
        if not tables or (layer is not None and layer != tables[-1][0]):
            tables.append((layer, {}, {}))
        _other, units, values = tables[-1]
        rows = units if value in derivation.graph.nodes else values
        rows.setdefault(_unit(derivation, value), []).append(step)
    stage = "layer" if derivation.model.conventions().unrolled is None else "step"
    return [LayerTable(layer, _rows(units), _rows(values), stage=stage) for layer, units, values in tables]


def _update_table(derivation: Derivation, steps: Iterable[Step]) -> LayerTable:
    """A row for each parameter; what they have in common stands before them."""
    common: list[Step] = []
    rows: dict[Symbol, list[Step]] = {}
    for step in steps:
        of = derivation.parameter_of(step.name)
        (common if of is None else rows.setdefault(of, [])).append(step)
    return LayerTable(None, (tuple(common),) if common else (), _rows(rows), "update")


def _second_pass_table(derivation: Derivation, steps: Iterable[Step]) -> LayerTable:
    """The loss before, a row for each layer, and the loss after."""
    rows: dict[tuple[str, int | None], list[Step]] = {}
    for step in steps:
        assert isinstance(step.name, Symbol)
        loss = step.key if step.kind == "loss_value" else ""
        rows.setdefault((loss, derivation.model.layer_of(step.name)), []).append(step)
    return LayerTable(None, tuple(tuple(row) for row in rows.values()), (), "again")


def _rows(rows: dict[Symbol, list[Step]]) -> tuple[Row, ...]:
    return tuple(tuple(row) for row in rows.values())


def _value(step: Step) -> Symbol:
    match step.name:
        case Local(below=value) | Derived(of=Symbol() as value):
            return value
    raise TypeError(f"{step.key} belongs to no value of a table")


def _unit(derivation: Derivation, value: Symbol) -> Symbol:
    """In whose row a node stands: an output in that of what enters its function, if nothing else does."""
    node = derivation.graph.nodes.get(value)
    if node is not None and node.kind == "activation" and node.own_input in derivation.on_the_way:
        others = [source for _other, source in derivation.graph.uses(value) if source != node.own_input]
        return value if others else node.own_input
    if node is not None and node.kind in ("dropped", "skip_sum") and node.own_input in derivation.on_the_way:
        return _unit(derivation, node.own_input)
    return value
