"""What is asked of a kind of network: all that anybody behind the derivation learns of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

from question_bank.errors import NetworkError
from question_bank.expressions.expression import Expression
from question_bank.expressions.names import Symbol
from question_bank.networks.graph import Graph, Node
from question_bank.networks.links import Links
from question_bank.networks.skips import SkipAdded

SoftmaxRule = Literal["full", "diagonal"]
TableRole = Literal["weights", "biases", "inputs", "masks", "exponentials", "targets", "links"]
"""What givens are; links say of a connection whether it is there, 1, or not, 0."""


ENTERING = Symbol("a")
"""What enters a function, as formulas have it."""


@dataclass(frozen=True, slots=True)
class GivenTable:
    """Givens that are printed together: what heads them, what they are, and their symbols row by row.

    A layer's weights stand as [to][from]; everything else is a column, or (no `layer_matrix`) a grid in its own order.
    """

    heading: Symbol
    cells: tuple[tuple[Symbol, ...], ...]
    role: TableRole
    layer_matrix: bool = True

    @property
    def symbols(self) -> list[Symbol]:
        """All givens, row by row.

        >>> x_1, x_2 = Symbol("x", index=(1,)), Symbol("x", index=(2,))
        >>> [given.key for given in GivenTable(Symbol("x"), ((x_1,), (x_2,)), "inputs").symbols]
        ['x_1', 'x_2']
        """
        return [given for row in self.cells for given in row]

    @property
    def columns(self) -> tuple[tuple[Symbol, ...], ...]:
        """The same, column by column."""
        return tuple(zip(*self.cells, strict=True))

    @property
    def is_grid(self) -> bool:
        """Whether it has rows and columns that are no layer's matrix: an input, a kernel, what stands beside a map."""
        return len(self.columns) > 1 and not (self.role == "weights" and self.layer_matrix)

    @property
    def is_layer_weights(self) -> bool:
        """Whether it is the matrix of a layer's weights, which is printed as the notation has its rows."""
        return self.role in ("weights", "links") and self.layer_matrix and self.heading.letter == "W"

    @property
    def is_square(self) -> bool:
        """Whether it could be transposed: as many rows as columns, and more than one."""
        return len(self.cells) == len(self.cells[0]) > 1

    def place(self, given: Symbol) -> tuple[int, int] | None:
        """Row and column of a given, from 0; None where it does not stand here."""
        return next(((at, row.index(given)) for at, row in enumerate(self.cells) if given in row), None)

    def at(self, row: int, column: int) -> Symbol | None:
        """The given at a place, None where there is no such place."""
        return self.cells[row][column] if row < len(self.cells) and column < len(self.cells[0]) else None


@dataclass(frozen=True, slots=True)
class PhrasePart:
    """A part of a phrase: words, a number, which unit a value is of, the symbol of a value, or a formula as LaTeX.

    Numbers count from 1: what a page prints is as its notation counts.
    """

    text: str | Symbol
    form: Literal["words", "number", "unit", "symbol", "formula"] = "words"


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """A function and where it is used: `where` in words, and what leaves the units there and enters, without index."""

    where: str
    function: str
    output: Symbol
    layer: int
    entering: Symbol = ENTERING


@dataclass(frozen=True, slots=True)
class Unrolled:
    """A cell that is used step after step: its nodes at the last one, `time`, which stand for those at every step.

    The loss is one of the values of the letter `output`, `every` step's or the last one's. What is carried on is 0
    before the first step for `zero`, and no path leads back from the steps in `cuts` to those before them.
    """

    nodes: tuple[Node, ...]
    time: int
    output: str
    every: bool
    zero: tuple[Symbol, ...]
    cuts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OptimiserAlone:
    """Steps without a network: variables, what they start from, their gradients, and the function if there is one."""

    letters: tuple[str, ...]
    start: tuple[Symbol, ...]
    gradients: tuple[Symbol, ...]
    function: Expression | None


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a page says of a network before its numbers: functions in the order in which they are used.

    `combined`: a path's first factor is the loss's derivative by what enters the outputs' function. A network may be
    without a loss; a circuit is, and its `nodes` are said one by one. Of what is `unrolled` in time one step's are.
    `sentences` say how values are worked that are no units' weighted sums, `backward_sentences` what holds of their
    derivatives. Of several `examples` the loss is the sum, or (`is_mean`) the mean, or (`in_turn`) each has a step of
    its own. Dropout lets hidden units through by a mask and divides by the share `keep`; biases may be the weights of a
    `constant` input. Along each of the `skips`, from layer to layer, what leaves a unit is added to another one before
    its function or after it. `sizes` are the units of each layer, the inputs first, where there are layers. The
    `exponentials` of what enters a softmax may be given. Where values have `own_names` a person or a function gave
    them: no notation calls them anything else. `links` are connections of which only the paths along them matter; an
    `optimiser` has no network. `all_asked` says in words what may be asked for where that is neither parameters nor
    inputs.
    """

    loss: str | None
    functions: tuple[FunctionUse, ...]
    softmax: SoftmaxRule | None
    biases: bool
    combined: bool = False
    nodes: tuple[Node, ...] = ()
    unrolled: Unrolled | None = None
    sentences: tuple[tuple[PhrasePart, ...], ...] = ()
    backward_sentences: tuple[tuple[PhrasePart, ...], ...] = ()
    examples: int = 1
    is_mean: bool = False
    in_turn: bool = False
    keep: float | None = None
    constant: float | None = None
    skips: tuple[tuple[int, int], ...] = ()
    skip_added: SkipAdded | None = None
    sizes: tuple[int, ...] = ()
    exponentials: bool = False
    own_names: bool = False
    links: Links | None = None
    optimiser: OptimiserAlone | None = None
    all_asked: str = ""


class Model(Hashable, Protocol):
    """A kind of network with its sizes and functions, as a scalar graph.

    Two models that are equal have the same graph and the same words.
    """

    @property
    def summary(self) -> str:
        """What it is, on a line: `4-4-2 network, sigmoid, softmax (diagonal)`."""
        ...

    def graph(self) -> Graph:
        """The scalar graph; the same object for equal models."""
        ...

    def givens(self) -> Iterator[Symbol]:
        """Inputs, parameters and targets, in the order of every givens array."""
        ...

    def parameters(self) -> Iterator[Symbol]:
        """All parameters, those that are alike one after another."""
        ...

    def parameters_in_words(self) -> str:
        """Which parameters there are, for whoever asked for another: `a weight from w1_11 to w2_22`."""
        ...

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other parameters that stand in for the same thing elsewhere: of its matrix, or of its layer's biases."""
        ...

    def tables(self) -> Sequence[GivenTable]:
        """The givens as they are printed, weights first."""
        ...

    def picture(self) -> Sequence[Sequence[Symbol]]:
        """The circles of its picture, column by column, each named by a value that stands in it."""
        ...

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The circle in which a value stands; None for a parameter and for what stands in none."""
        ...

    def layer_of(self, value: Symbol) -> int | None:
        """The layer, from 1, to which a value or parameter belongs; None for inputs, targets and the loss."""
        ...

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """Where a parameter sits, to stand behind its symbol: “the weight from x₁ to output unit 2, ŷ₂”."""
        ...

    def conventions(self) -> Conventions:
        """What a page says of it before the numbers."""
        ...


@dataclass(frozen=True, slots=True)
class CellGrid:
    """Values that are drawn as cells of one grid: each with its row and column, from 0, in cells.

    `marked` are those that are shown as a window or what becomes of it; `border` is how many zeros lie on each side.
    Before it stands a `sign`, or lines lead to it from the grid headed `after`; where there are lines, what is `aside`
    stands on the left of all others, out of their way.
    """

    heading: Symbol
    cells: tuple[tuple[Symbol, float, float], ...]
    marked: tuple[Symbol, ...] = ()
    border: int = 0
    sign: str = ""
    after: Symbol | None = None
    aside: bool = False


@runtime_checkable
class InGrids(Model, Protocol):
    """A model whose picture are grids side by side; of its columns' values, those that stand in none are circles."""

    def grids(self) -> Sequence[CellGrid]:
        """The grids, from left to right."""
        ...


def grids_of(model: Model) -> Sequence[CellGrid]:
    """The grids of a model whose picture has any."""
    return model.grids() if isinstance(model, InGrids) else ()


@lru_cache(maxsize=256)
def askable(model: Model) -> tuple[Symbol, ...]:
    """All by which the loss may be differentiated: parameters, inputs and nodes that it depends on."""
    graph = model.graph()
    on_the_way = {graph.loss}
    for node in reversed(graph.nodes):
        if node in on_the_way:
            on_the_way.update(source for _, source in graph.uses(node))
    every = dict.fromkeys((*model.parameters(), *givens_of(model, "inputs"), *graph.nodes))
    return tuple(value for value in every if value in on_the_way and value != graph.loss)


def forward_answers(model: Model) -> tuple[Symbol, ...]:
    """What a forward pass leads to: the outputs and, where there is one, the loss."""
    graph = model.graph()
    return (*graph.outputs, graph.loss) if graph.has_loss else graph.outputs


def is_circuit(model: Model) -> bool:
    """Whether it is drawn with wires and said node by node, every value an operation of its own."""
    return bool(model.conventions().nodes)


def require_one_end(model: Model) -> None:
    """Raise NetworkError where there are several outputs and no loss: nothing is said to be differentiated."""
    graph = model.graph()
    if not graph.has_loss and len(graph.outputs) > 1:
        raise NetworkError(
            f"{len(graph.outputs)} outputs and no loss to differentiate",
            place="ask.quantity",
            expected='"forward"',
            remedy="ask for the forward pass alone, or name a loss",
        )


def not_askable(model: Model, key: str, place: str = "ask.parameter") -> NetworkError:
    """What is said of something asked for that the network does not have, or that its loss does not depend on."""
    nodes = model.graph().nodes
    parameters, givens = tuple(model.parameters()), givens_of(model, "inputs")
    inputs = [value.key for value in askable(model) if value in givens and value not in parameters]
    before = [value.key for value in askable(model) if value in nodes and nodes[value].kind == "preactivation"]
    others = [f"{name} ({_some(keys)})" for name, keys in (("an input", inputs), ("a pre-activation", before)) if keys]
    return NetworkError(
        f"the network has no parameter {key!r}",
        place=place,
        expected=", or ".join([model.parameters_in_words(), *others]),
    )


def _some(keys: Sequence[str]) -> str:
    return ", ".join(keys if len(keys) <= 6 else [*keys[:5], "…", keys[-1]])


def tables_of(model: Model, role: TableRole) -> list[GivenTable]:
    """A model's tables of one sort."""
    return [table for table in model.tables() if table.role == role]


def givens_of(model: Model, role: TableRole) -> list[Symbol]:
    """The givens in those tables, table by table and row by row."""
    return [given for table in tables_of(model, role) for given in table.symbols]


@lru_cache(maxsize=256)
def table_places(model: Model) -> Mapping[Symbol, tuple[GivenTable, int, int]]:
    """The table in which each given is printed, with its row and column there, from 0."""
    return MappingProxyType(
        {
            given: (table, at, place)
            for table in model.tables()
            for at, row in enumerate(table.cells)
            for place, given in enumerate(row)
        }
    )


@lru_cache(maxsize=256)
def roles_of(model: Model) -> Mapping[Symbol, TableRole]:
    """What each given is."""
    return MappingProxyType({given: table.role for table in model.tables() for given in table.symbols})
