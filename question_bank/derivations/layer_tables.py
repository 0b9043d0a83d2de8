"""The steps of a table, layer by layer as they are worked: a row for each unit, then one for each parameter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.steps import Step
from question_bank.expressions.names import Derived, Local, Symbol

Row = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class LayerTable:
    """One layer, None where what is worked belongs to none.

    A row of `units` goes from what comes back to a unit's output to its error term; a row of `values` is what is asked
    for of one value: its gradient and, where there is one, its new value.
    """

    layer: int | None
    units: tuple[Row, ...]
    values: tuple[Row, ...]

    @property
    def steps(self) -> Row:
        """All of them, in the order of working."""
        return tuple(step for row in (*self.units, *self.values) for step in row)


def layer_tables(derivation: Derivation, steps: Iterable[Step] | None = None) -> tuple[LayerTable, ...]:
    """The tables of all steps behind the forward pass, or of some; none where a derivation has paths.

    >>> from question_bank.derivations.derivation import Layout, derive
    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((1, 2, 1), ("tanh", "linear"), "squared_error")
    >>> (last, first) = layer_tables(derive(network, ["w1_21", "w2_12"], Layout(working="table")))
    >>> [[step.key for step in row] for row in (*first.units, *first.values)]
    [['h1_2.gradient', 'dh1_2/da1_2', 'a1_2.gradient'], ['w1_21.gradient']]
    """
    if derivation.backward is None:
        return ()
    behind = [
        step
        for step in (derivation.steps if steps is None else steps)
        if not isinstance(step.name, Symbol) and step.formula is not None
    ]
    tables: list[tuple[int | None, dict[Symbol, list[Step]], dict[Symbol, list[Step]]]] = []
    for step in behind:
        value = _value(step)
        layer = derivation.model.layer_of(value)
        # What belongs to no layer, as an input, stands with the layer that was worked last.
        if not tables or (layer is not None and layer != tables[-1][0]):
            tables.append((layer, {}, {}))
        _, units, values = tables[-1]
        rows = units if value in derivation.graph.nodes else values
        rows.setdefault(_unit(derivation, value), []).append(step)
    return tuple(LayerTable(layer, _rows(units), _rows(values)) for layer, units, values in tables)


def _rows(rows: dict[Symbol, list[Step]]) -> tuple[Row, ...]:
    return tuple(tuple(row) for row in rows.values())


def _value(step: Step) -> Symbol:
    match step.name:
        case Local(below=value) | Derived(of=Symbol() as value):
            return value
    raise TypeError(f"{step.key} belongs to no value of a table")


def _unit(derivation: Derivation, value: Symbol) -> Symbol:
    """In whose row a node stands: an output in that of what enters its function."""
    node = derivation.graph.nodes.get(value)
    if node is not None and node.kind == "activation" and node.own_input in derivation.on_the_way:
        return node.own_input
    return value
