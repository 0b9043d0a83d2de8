"""Recurrent networks: one cell of a single unit, unrolled over a few steps that share its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from question_bank.errors import NetworkError, found_text, refuse
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_, _
from question_bank.networks.cells import CELL_RULES, CELLS, TimeStep
from question_bank.networks.functions import FUNCTIONS, PROBABILITIES, function_words
from question_bank.networks.graph import Graph, Node
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.networks.model import (
    Conventions,
    FunctionUse,
    GivenTable,
    PhrasePart,
    TableRole,
    Unrolled,
    givens_of,
)
from question_bank.networks.phrases import number_part, phrase

FEWEST_STEPS, MOST_STEPS = 2, 4
MOST_INPUTS = 3
"""Inputs that come in at each step."""
_LOSS = Symbol("L")


_WHERE = {
    ("w", False): N_("the weight of the input"),
    ("w", True): N_("the weight of the input {number}"),
    ("u", False): N_("the weight of the state before"),
    ("b", False): N_("the bias"),
    ("c", False): N_("the bias inside the reset"),
}
"""What a parameter of a cell is, by its letter and by whether it has a number."""


@dataclass(frozen=True, slots=True)
class Recurrent:
    """A cell over `steps` steps of `inputs` inputs each.

    `function` is that of a plain cell's state. Outputs are worked from states by a weight v and the function `output`,
    or, where that is None, the states themselves are held against the targets: at every step, or (`every` = False) at
    the last alone. The state before the first step is given, or (`initial` = False) 0. With a `truncation` no path goes
    back over more than so many steps: the steps are counted off from the last one, and behind each so many the state
    before counts as a number that hangs on nothing. A GRU's update gate keeps the old state or (`takes_new`) lets in
    the new one; its reset gate stands before the state or (`resets_after`) before what comes of the state's weight and,
    where there are biases, one inside. Raises NetworkError where the parts do not fit.
    """

    steps: int
    loss: str
    cell: str = "plain"
    inputs: int = 1
    function: str = "tanh"
    output: str | None = "linear"
    every: bool = False
    biases: bool = False
    initial: bool = False
    truncation: int | None = None
    takes_new: bool = False
    resets_after: bool = False

    def __post_init__(self) -> None:
        refuse(self._problems())

    def _problems(self) -> Iterator[NetworkError]:
        for key, most, least in (("steps", MOST_STEPS, FEWEST_STEPS), ("inputs", MOST_INPUTS, 1)):
            found = getattr(self, key)
            if not least <= found <= most:
                yield NetworkError(f"{found} {key}", place=f"recurrent.{key}", expected=f"{least} to {most}")
        if self.cell not in CELLS:
            yield NetworkError(f"cell {found_text(self.cell)}", place="recurrent.cell", expected=", ".join(CELLS))
        for key, function in (("function", self.function), ("output", self.output)):
            if function is not None and function not in FUNCTIONS:
                yield NetworkError(
                    f"{key} {found_text(function)}", place=f"recurrent.{key}", expected=", ".join(FUNCTIONS)
                )
        if self.loss not in (*LOSSES, NO_LOSS):
            known = ", ".join((*LOSSES, NO_LOSS))
            yield NetworkError(f"loss {found_text(self.loss)}", place="recurrent.loss", expected=known)
        elif self.has_loss and LOSSES[self.loss].probabilities and self.output not in PROBABILITIES:
            yield NetworkError(
                f"loss {found_text(self.loss)} of outputs that are no probabilities",
                place="recurrent.loss",
                remedy='make the output "sigmoid", or take another loss',
            )
        if self.cell == "lstm" and self.loss == "given_gradient":
            yield NetworkError(
                "derivatives of the loss that are given, for an LSTM",
                place="recurrent.loss",
                expected="a loss that is printed: the letter g is the candidate's",
            )
        for key, value, said in (("update_gate", "new", self.takes_new), ("reset", "after", self.resets_after)):
            if said and self.cell != "gru":
                yield NetworkError(
                    f'{key} = "{value}" of a cell {self.cell}',
                    place=f"recurrent.{key}",
                    remedy="take the key away: only a GRU has this gate",
                )
        if self.truncation is not None and not 1 <= self.truncation < self.steps:
            yield NetworkError(
                f"truncation after {self.truncation} steps of {self.steps}",
                place="recurrent.truncation",
                expected=f"1 to {self.steps - 1}: fewer steps than there are",
                remedy="take the key away: paths then go back to the first step",
            )

    @property
    def has_loss(self) -> bool:
        """Whether outputs are held against targets."""
        return self.loss != NO_LOSS

    @property
    def summary(self) -> str:
        """What it is, on a line: `recurrent unit over 3 steps, tanh, loss at the last`."""
        function = [function_words(self.function)] if self.cell == "plain" else []
        loss = (
            (_("loss at every step") if self.every else _("loss at the last step"))
            if self.has_loss
            else (_("output at every step") if self.every else _("output at the last step"))
        )
        cut = [] if self.truncation is None else [_("truncated after {count}").format(count=self.truncation)]
        cell = _("{cell} over {count} steps").format(cell=_(CELLS[self.cell].words), count=self.steps)
        return ", ".join([cell, *function, loss, *cut])

    @property
    def cuts(self) -> tuple[int, ...]:
        """The steps before which paths end."""
        if self.truncation is None:
            return ()
        return tuple(sorted(range(self.steps - self.truncation + 1, 1, -self.truncation)))

    @property
    def read_out(self) -> range:
        """The steps whose output is held against a target."""
        return range(1 if self.every else self.steps, self.steps + 1)

    def graph(self) -> Graph:
        """The scalar graph of the unrolled cell."""
        return _graph(self)

    def step(self, time: int) -> TimeStep:
        """What the cell reads at a time."""
        return TimeStep(
            time,
            self.inputs_at(time),
            time == 1 and not self.initial,
            time in self.cuts,
            self.biases,
            self.function,
            self.takes_new,
            self.resets_after,
        )

    def inputs_at(self, time: int) -> tuple[Symbol, ...]:
        """What comes in at a time: with an index only where that is several."""
        if self.inputs == 1:
            return (Symbol("x", time=time),)
        return tuple(Symbol("x", index=(number,), time=time) for number in range(1, self.inputs + 1))

    def output_at(self, time: int) -> Symbol:
        """What is held against the target of a time."""
        return Symbol("h" if self.output is None else "yhat", time=time)

    def target_at(self, time: int) -> Symbol:
        """What the output of a time is held against."""
        return Symbol(LOSSES[self.loss].letter if self.has_loss else "y", time=time)

    def givens(self) -> Iterator[Symbol]:
        """Weights and biases, the state before the first step, inputs and targets."""
        return (given for table in self.tables() for given in table.symbols)

    def parameters(self) -> Iterator[Symbol]:
        """The weights of each gate, those of the outputs, and biases."""
        return iter([*givens_of(self, "weights"), *givens_of(self, "biases")])

    def parameters_in_words(self) -> str:
        """All of them."""
        return "one of the parameters " + ", ".join(parameter.key for parameter in self.parameters())

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other weights of the inputs of the same gate."""
        return [other for other in self.parameters() if other != parameter and other.family == parameter.family]

    def tables(self) -> tuple[GivenTable, ...]:
        """Parameters by themselves, weights of several inputs in a row; inputs and targets step by step."""
        return _tables(self)

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """Step by step, of a cell with gates several columns each, and the loss last."""
        return _columns(self)

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The circle in which a value stands: a weighted sum in that of what its function makes of it."""
        return _circles(self).get(value)

    def layer_of(self, value: Symbol) -> int | None:
        """The step to which a value belongs; None for parameters, which all steps share, and for givens."""
        return value.time if value in self.graph().nodes else None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """What a weight multiplies, and in which gate; what a bias is added to."""
        if parameter in self.graph().nodes or parameter not in self.parameters():
            return phrase(_("a value") if parameter in self.graph().nodes else _("an input"))
        kind, gate = parameter.letter[0], parameter.letter[1:]
        if kind == "v" or gate == "y":
            words = phrase(_("the weight from the state to the output") if kind == "v" else _("the bias of the output"))
            return phrase(_("{parameter}, the same at every step"), parameter=words) if self.every else words
        whose = [number_part(each) for each in parameter.index[:1]]
        words = phrase(_(_WHERE[kind, bool(whose)]), number=whose)
        place = _(CELLS[self.cell].gates[gate])
        if kind in "bc":
            words = phrase(_("{bias} of {gate}"), bias=words, gate=place)
        elif gate:
            words = phrase(_("{weight} in {gate}"), weight=words, gate=place)
        return phrase(_("{parameter}, the same at every step"), parameter=words)

    def conventions(self) -> Conventions:
        """The formulas of one step, how the first begins, and where paths end."""
        functions = {name: None for name in (node.rule for node in self.graph().nodes.values()) if name in FUNCTIONS}
        shown = tuple(FunctionUse("", name, Symbol("h"), 1) for name in functions)
        return Conventions(
            self.loss if self.has_loss else None,
            shown,
            None,
            self.biases,
            unrolled=Unrolled(
                tuple(node for node in self.graph().nodes.values() if node.name.time == self.steps),
                self.steps,
                self.output_at(self.steps).letter,
                self.every,
                () if self.initial else tuple(Symbol(letter, time=0) for letter in CELLS[self.cell].carried),
                self.cuts,
            ),
        )


@lru_cache(maxsize=256)
def _graph(model: Recurrent) -> Graph:
    nodes: list[Node] = []
    pairs: list[Symbol] = []
    for time in range(1, model.steps + 1):
        step = model.step(time)
        nodes += CELLS[model.cell].nodes(step)
        if time in model.read_out:
            nodes += _output(model, step)
            pairs += [model.output_at(time), model.target_at(time)]
    if model.has_loss:
        kind = "given_loss_value" if LOSSES[model.loss].given else "loss_value"
        nodes.append(Node(_LOSS, model.loss, tuple(pairs), kind))
    return Graph(MappingProxyType({node.name: node for node in nodes}), CELL_RULES)


def _output(model: Recurrent, step: TimeStep) -> list[Node]:
    """The output of a step: a plain weighted sum, or a function of one."""
    if model.output is None:
        return []
    read = (Symbol("v"), step.at("h"), *([Symbol("by")] if model.biases else []))
    yhat = step.at("yhat")
    if model.output == "linear":
        return [Node(yhat, "affine", read, "preactivation")]
    a = step.at("ay")
    rule = "affine" if FUNCTIONS[model.output].kink is None else "affine_before_kink"
    return [Node(a, rule, read, "preactivation"), Node(yhat, model.output, (a,), "activation")]


@lru_cache(maxsize=256)
def _tables(model: Recurrent) -> tuple[GivenTable, ...]:
    cell, times = CELLS[model.cell], range(1, model.steps + 1)
    weights: list[GivenTable] = []
    biases = []
    for gate in cell.gates:
        row = tuple(Symbol("w" + gate, index=given.index) for given in model.inputs_at(1))
        weights += [GivenTable(Symbol("w" + gate), (row,), "weights"), _alone(Symbol("u" + gate), "weights")]
        biases.append(_alone(Symbol("b" + gate), "biases"))
        biases.append(_alone(Symbol("c" + gate), "biases"))
    if model.output is not None:
        weights.append(_alone(Symbol("v"), "weights"))
        biases.append(_alone(Symbol("by"), "biases"))
    used = {given for node in model.graph().nodes.values() for given in node.inputs}
    before = [_alone(Symbol(letter, time=0), "inputs") for letter in cell.carried]
    inputs = GivenTable(Symbol("x"), tuple(map(model.inputs_at, times)), "inputs")
    held = tuple((model.target_at(time),) for time in model.read_out)
    targets = GivenTable(Symbol(held[0][0].letter), held, "targets")
    every = (*weights, *biases, *before, inputs, targets)
    return tuple(table for table in every if used.issuperset(table.symbols))


def _alone(given: Symbol, role: TableRole) -> GivenTable:
    return GivenTable(given, ((given,),), role)


@lru_cache(maxsize=256)
def _columns(model: Recurrent) -> tuple[tuple[Symbol, ...], ...]:
    cell, times = CELLS[model.cell], range(1, model.steps + 1)
    known = {*model.graph().nodes, *model.givens()}
    before = tuple(Symbol(letter, time=0) for letter in cell.carried)
    columns: list[tuple[Symbol, ...]] = [before]
    for time in times:
        # The inputs of a cell with gates stand in front of them, below the state before.
        if len(cell.columns) > 1:
            columns[-1] = (*columns[-1], *model.inputs_at(time))
        columns += [tuple(Symbol(letter, time=time) for letter in column) for column in cell.columns]
        if len(cell.columns) == 1:
            columns[-1] = (*columns[-1], *model.inputs_at(time))
        columns[-1] = (Symbol("yhat", time=time), *columns[-1])
    found = [tuple(circle for circle in column if circle in known) for column in columns]
    return (*(column for column in found if column), *([(_LOSS,)] if model.has_loss else []))


@lru_cache(maxsize=256)
def _circles(model: Recurrent) -> Mapping[Symbol, Symbol]:
    """Of each value that stands in a circle, which: a weighted sum in that of what its function makes of it."""
    found = {circle: circle for column in _columns(model) for circle in column}
    units = [node for node in model.graph().nodes.values() if node.kind == "activation"]
    return MappingProxyType(found | {unit.own_input: unit.name for unit in units})
