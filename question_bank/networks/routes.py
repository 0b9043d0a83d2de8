"""Routes: a layered network of which only the connections matter, and which of them lie between a weight and the loss.

Each connection is there (1) or not (0). A connection lies on a path if it is there, its beginning is reached from the
weight, and its end leads on to the loss. Paths are then counted along the connections that do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from question_bank.errors import NetworkError
from question_bank.expressions.expression import ONE, Const, Expression, Ref, call, product, references, total
from question_bank.expressions.names import Symbol, symbol, symbol_or_none
from question_bank.language.words import _
from question_bank.networks.graph import Factor, Graph, Node, Rule
from question_bank.networks.links import LONGEST, PATHS, SHORTEST, Link, Links, tick_of, ways_to
from question_bank.networks.model import Conventions, GivenTable, PhrasePart
from question_bank.networks.phrases import phrase

MOST_CONNECTIONS = 48
"""More than anybody can follow in a drawing."""
_FEWEST_LAYERS = 3
_LOSS = Symbol("L")
_NONE = Const(0.0)


@dataclass(frozen=True, slots=True)
class Routes:
    """Layers of so many units, the inputs first; paths lead from `weight`, one of the first layer's, to the loss.

    A `skip` past a layer joins every unit before it with every one behind it. The weight itself is always there. Raises
    NetworkError for fewer than three layers of weights, for more connections than can be drawn, and for a weight or a
    skip that cannot be.

    >>> routes = Routes((2, 2, 2, 1), "w1_11")
    >>> [link.name.key for link in routes.links.every][-2:], [node.key for node in routes.graph().outputs]
    (['w3_11', 'w3_12'], ['N'])
    """

    sizes: tuple[int, ...]
    weight: str
    skip: int | None = None

    def __post_init__(self) -> None:
        if len(self.sizes) <= _FEWEST_LAYERS or min(self.sizes) < 1:
            raise NetworkError(
                f"sizes is {list(self.sizes)}",
                place="routes.sizes",
                expected="four whole numbers above 0 or more, such as [3, 3, 2, 1]",
            )
        if self.skip is not None and not 2 <= self.skip < len(self.sizes) - 1:
            raise NetworkError(
                f"a connection past layer {self.skip}",
                place="routes.skip",
                expected=f"a layer from 2 to {len(self.sizes) - 2}: behind the weight, and with another one behind it",
            )
        if (many := sum(map(len, self._families()))) > MOST_CONNECTIONS:
            raise NetworkError(f"{many} connections", place="routes.sizes", expected=f"at most {MOST_CONNECTIONS}")
        if symbol_or_none(self.weight) not in [link.name for link in self._of_layer(1)]:
            last = self._of_layer(1)[-1].name.key
            raise NetworkError(
                f"paths from {self.weight!r}", place="routes.weight", expected=f"a weight from w1_11 to {last}"
            )

    @property
    def layers(self) -> int:
        """Layers after the input."""
        return len(self.sizes) - 1

    def units(self, layer: int) -> tuple[Symbol, ...]:
        """The units of a layer (0 is the input)."""
        letter, number = ("x", None) if layer == 0 else ("yhat", None) if layer == self.layers else ("h", layer)
        return tuple(Symbol(letter, number, (unit,)) for unit in range(1, self.sizes[layer] + 1))

    @property
    def links(self) -> Links:
        """The connections that may be there."""
        return _links(self)

    def _of_layer(self, layer: int) -> list[Link]:
        return _between("w", layer, self.units(layer - 1), self.units(layer))

    def _families(self) -> list[list[Link]]:
        """The connections layer by layer, those past a layer last."""
        skip = self.skip
        past = [] if skip is None else [_between("u", skip + 1, self.units(skip - 1), self.units(skip + 1))]
        return [*(self._of_layer(layer) for layer in range(1, self.layers + 1)), *past]

    @property
    def summary(self) -> str:
        """Its sizes, and where its paths begin."""
        sizes = "-".join(map(str, self.sizes))
        said = [_("routes through {sizes} from {weight}").format(sizes=sizes, weight=self.weight)]
        if self.skip is not None:
            said.append(_("skip past layer {layer}").format(layer=self.skip))
        return ", ".join(said)

    def graph(self) -> Graph:
        """Ticks and counts as nodes."""
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        """The connections: 1 where one is there."""
        return (link.name for link in self.links.every)

    def parameters(self) -> Iterator[Symbol]:
        """The connections."""
        return self.givens()

    def parameters_in_words(self) -> str:
        """The first connection and the last."""
        first, *_others, last = self.givens()
        return f"a connection from {first.key} to {last.key}"

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """None: the paths begin at one of them, and it says so itself."""
        return []

    def tables(self) -> tuple[GivenTable, ...]:
        """A matrix for each layer, as [to][from], and one of the connections past a layer."""
        return tuple(
            GivenTable(Symbol(links[0].name.letter.upper(), links[0].name.layer), _rows(links), "links")
            for links in self._families()
        )

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """The units, layer by layer, and the loss."""
        return (*(self.units(layer) for layer in range(self.layers + 1)), (_LOSS,))

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The unit to which ways are counted; a connection stands in none."""
        unit = value if value.of is None else value.of
        return unit if unit.letter in ("x", "h", "yhat", "L") else None

    def layer_of(self, value: Symbol) -> int | None:
        """That of a connection, or of the unit to which ways are counted."""
        unit = value if value.of is None else value.of
        return self.layers if unit.letter == "yhat" else unit.layer

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """That it is a connection."""
        return phrase(_("a connection"))

    def conventions(self) -> Conventions:
        """There are no functions and no numbers; `grader.sheets` says what is ticked and what is counted."""
        return Conventions(None, (), None, biases=False, sizes=self.sizes, links=self.links)


def any_of(some: Sequence[Expression]) -> Expression:
    """1 where one of several is 1, which are 1 or 0.

    >>> from question_bank.expressions.plain_text import plain_formula
    >>> plain_formula(any_of([Ref(Symbol("a")), Ref(Symbol("b"))]), lambda name: name.key)
    'any(a, b)'
    """
    return some[0] if len(some) == 1 else call("any", *some)


def _between(letter: str, layer: int, tails: Sequence[Symbol], heads: Sequence[Symbol]) -> list[Link]:
    return [Link(Symbol(letter, layer, (head.index[0], tail.index[0])), tail, head) for head in heads for tail in tails]


@lru_cache(maxsize=256)
def _links(model: Routes) -> Links:
    families = model._families()
    past = () if model.skip is None else tuple(families[-1])
    begins = next(link for link in families[0] if link.name == symbol(model.weight))
    # Before the third layer there is one way at the most.
    counted = tuple(unit for layer in range(3, model.layers + 1) for unit in model.units(layer))
    every = tuple(link for family in families for link in family)
    return Links(every, past, begins, model.units(model.layers), counted)


def _rows(links: Sequence[Link]) -> tuple[tuple[Symbol, ...], ...]:
    rows: dict[Symbol, list[Symbol]] = {}
    for link in links:
        rows.setdefault(link.head, []).append(link.name)
    return tuple(map(tuple, rows.values()))


def reached(unit: Symbol) -> Symbol:
    """The step, without a box, that says whether a way leads from the weight to a unit."""
    return Symbol("reached", of=unit)


def leads_on(unit: Symbol) -> Symbol:
    """The step, without a box, that says whether a way leads from a unit to the loss."""
    return Symbol("leads", of=unit)


def _formulas(model: Routes) -> Iterator[tuple[Symbol, str, Expression]]:
    """All steps in their order: name, kind and formula."""
    links = model.links
    for unit in model.units(1):
        yield reached(unit), "reached", ONE if unit == links.begins.head else _NONE
    for layer in range(2, model.layers):
        for unit in model.units(layer):
            ways = [Ref(reached(link.tail)) * Ref(link.name) for link in links.into(unit)]
            yield reached(unit), "reached", any_of(ways)
    for unit in model.units(model.layers):
        yield leads_on(unit), "leads_on", ONE
    for layer in range(model.layers - 1, 1, -1):
        for unit in model.units(layer):
            ways = [Ref(link.name) * Ref(leads_on(link.head)) for link in links.out_of(unit)]
            yield leads_on(unit), "leads_on", any_of(ways)
    ticked = [link for link in links.every if link != links.begins]
    for link in ticked:
        first = link.name.letter == "w" and link.name.layer == 1
        formula = product((Ref(reached(link.tail)), Ref(link.name), Ref(leads_on(link.head)))) if not first else _NONE
        yield tick_of(link.name), "tick", formula
    for unit in links.counted:
        yield ways_to(unit), "ways", total(tuple(_ways_over(links, link) for link in links.into(unit)))
    outputs = model.units(model.layers)
    yield PATHS, "path_count", total(tuple(Ref(ways_to(unit)) for unit in outputs))
    if model.skip is not None:
        full, without = Const(float(model.layers)), Const(float(model.layers - 1))
        through = [link for link in ticked if link.head in model.units(model.skip)]
        yield SHORTEST, "path_length", full - any_of([Ref(tick_of(link.name)) for link in links.past])
        yield LONGEST, "path_length", without + any_of([Ref(tick_of(link.name)) for link in through])


def _ways_over(links: Links, link: Link) -> Expression:
    """The ways that come over a connection: as many as to its beginning, if it lies on a path."""
    tick = Ref(tick_of(link.name))
    if link.tail in links.counted:
        return tick * Ref(ways_to(link.tail))
    # To a unit before those there is a single way, along the connection that is ticked already.
    return tick


@lru_cache(maxsize=64)
def _graph(model: Routes) -> Graph:
    worked = {name: (kind, formula) for name, kind, formula in _formulas(model)}
    ticks = tuple(name for name, (kind, _formula) in worked.items() if kind == "tick")
    nodes: dict[Symbol, Node] = {}
    for name, (kind, formula) in worked.items():
        read = dict.fromkeys(each for each in references(formula) if isinstance(each, Symbol))
        # Paths are counted along all that is ticked, also what leads nowhere.
        inputs = (*read, *(tick for tick in ticks if tick not in read)) if kind == "path_count" else tuple(read)
        nodes[name] = Node(name, "routes", inputs, kind)
    rule = Rule(
        "routes",
        lambda node: ((node.name, *worked[node.name]),),
        lambda node, i: Factor(_NONE, "none"),
        lambda node: (),
        exact_value=True,
    )
    return Graph(MappingProxyType(nodes), {"routes": rule})
