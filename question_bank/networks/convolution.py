"""Convolutions of one or two dimensions: a kernel laid over every window, a function, pooling, a linear unit behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, entries, found_text, refuse
from question_bank.expressions.names import Symbol
from question_bank.language.words import _
from question_bank.networks.convolution_grids import Shape, grids_of_convolution, places_in
from question_bank.networks.convolution_words import said_of_convolution
from question_bank.networks.functions import FUNCTIONS, function_words
from question_bank.networks.graph import Graph, Node
from question_bank.networks.losses import LOSSES, NO_LOSS
from question_bank.networks.model import CellGrid, Conventions, FunctionUse, GivenTable, PhrasePart
from question_bank.networks.phrases import Phrase, number_part, phrase, symbol_part
from question_bank.networks.rules import RULES
from question_bank.networks.windows import WINDOW_RULES

Pooling = Literal["max", "average"]

MOST_ALONG, MOST_CHANNELS = 12, 3
"""More than can be drawn, or worked by hand."""
LOSS, OUTPUT = Symbol("L"), Symbol("yhat")
_ALONG = ("row", "column")


@dataclass(frozen=True, slots=True)
class Convolution:
    """An input, and what is done with it: a convolution, a function, pooling, a linear unit; one of first and third.

    The kernel has as many dimensions as the input, and one part for each of its channels; it is laid over a window as
    it is, without flipping (cross-correlation), every `stride` entries, where need be over a border of `padding` zeros
    on each side. With the function "linear" the feature map is z itself. `window` is what is pooled, every
    `pooling_stride` entries, by default without overlap. With a `head`, one linear unit without a bias reads the last
    map, and its output is held against a target; else the map's entries are. With the loss "none" there are no targets.
    Raises NetworkError where the parts do not fit.

    >>> network = Convolution((5,), (2,), "half_squared_error", function="tanh", head=True)
    >>> network.map_shape, network.summary
    ((4,), 'convolution of 5 values with a kernel of 2, tanh, a linear unit')
    """

    size: Shape
    kernel: Shape
    loss: str
    channels: int = 1
    stride: int = 1
    padding: int = 0
    bias: bool = False
    function: str = "linear"
    pooling: Pooling | None = None
    window: Shape = ()
    pooling_stride: int | None = None
    head: bool = False

    def __post_init__(self) -> None:
        if len(self.size) not in (1, 2) or not all(1 <= along <= MOST_ALONG for along in self.size):
            raise NetworkError(
                f"an input of {found_text(list(self.size))}",
                place="convolution.input",
                expected=f"one length or two, rows and columns, each from 1 to {MOST_ALONG}",
            )
        refuse(self._problems())

    def _problems(self) -> Iterator[NetworkError]:
        if not self.kernel and self.pooling is None:
            yield NetworkError("neither a kernel nor pooling", place="convolution.kernel", expected="one of them")
        yield from self._problems_of_kernel() if self.kernel else self._problems_without_kernel()
        if self.function not in FUNCTIONS:
            yield NetworkError(
                f"function {found_text(self.function)}", place="convolution.function", expected=", ".join(FUNCTIONS)
            )
        losses = [*(name for name, loss in LOSSES.items() if not loss.probabilities), NO_LOSS]
        if self.loss not in losses:
            yield NetworkError(f"loss {found_text(self.loss)}", place="convolution.loss", expected=", ".join(losses))
        if self.pooling is None:
            for name, found in (("window", bool(self.window)), ("pooling_stride", self.pooling_stride is not None)):
                if found:
                    yield NetworkError(
                        "found without pooling", place=f"convolution.{name}", remedy='write pooling = "max"'
                    )
        else:
            yield from self._problems_of_pooling()

    def _problems_of_kernel(self) -> Iterator[NetworkError]:
        if not 1 <= self.channels <= MOST_CHANNELS:
            yield NetworkError(
                f"{self.channels} channels", place="convolution.channels", expected=f"from 1 to {MOST_CHANNELS}"
            )
        if not 0 <= self.padding < max(1, min(self.kernel)):
            # With more there would be windows of zeros alone.
            yield NetworkError(
                f"a border of {self.padding} zeros",
                place="convolution.padding",
                expected=f"from 0 to {min(self.kernel) - 1}, less than the kernel is long",
            )
        yield from _problems_of_windows(self.size, self.kernel, self.stride, self.padding, "kernel", "stride")

    def _problems_without_kernel(self) -> Iterator[NetworkError]:
        for name in ("channels", "stride", "padding", "bias", "function"):
            if getattr(self, name) != type(self).__dataclass_fields__[name].default:
                yield NetworkError(
                    "found without a kernel",
                    place=f"convolution.{name}",
                    remedy="write a kernel, or take the key away",
                )

    def _problems_of_pooling(self) -> Iterator[NetworkError]:
        if self.pooling not in get_args(Pooling):
            yield NetworkError(
                f"pooling {found_text(self.pooling)}", place="convolution.pooling", expected='"max" or "average"'
            )
        try:
            shape = self.map_shape
        except (ValueError, ZeroDivisionError):
            return  # what is wrong with the kernel is said already
        if any(along < 1 for along in shape):
            return
        if not self.window or prod(self.window) == 1:
            yield NetworkError(
                f"a window of {found_text(list(self.window))}" if self.window else "missing",
                place="convolution.window",
                expected="what is pooled, such as [2, 2]: more than one entry",
            )
            return
        yield from _problems_of_windows(shape, self.window, self._pooling_steps, 0, "window", "pooling_stride")

    @property
    def _pooling_steps(self) -> int | Shape:
        return self.window if self.pooling_stride is None else self.pooling_stride

    @property
    def has_loss(self) -> bool:
        """False where the forward pass is all that there is."""
        return self.loss != NO_LOSS

    @property
    def map_shape(self) -> Shape:
        """Entries of the feature map; of pooling alone those of the input."""
        return _windows(self.size, self.kernel, self.stride, self.padding) if self.kernel else self.size

    @property
    def last_shape(self) -> Shape:
        """Entries of the last map, pooled or not."""
        return _windows(self.map_shape, self.window, self._pooling_steps) if self.pooling else self.map_shape

    @property
    def map_letter(self) -> str:
        """What the entries are called that are pooled, or read by what comes behind: z, or h behind a function."""
        return "x" if not self.kernel else "z" if self.function == "linear" else "h"

    @property
    def last_letter(self) -> str:
        """What the entries of the last map are called."""
        return "p" if self.pooling else self.map_letter

    @property
    def summary(self) -> str:
        """What is done with which input, on a line."""
        size = str(self.size[0]) if len(self.size) == 1 else _by(self.size)
        parts: list[str] = []
        if self.kernel:
            said = (
                _("convolution of {size} values in {channels} channels with a kernel of {kernel}")
                if self.channels > 1
                else _("convolution of {size} values with a kernel of {kernel}")
            )
            parts.append(said.format(size=size, channels=self.channels, kernel=_by(self.kernel)))
            parts += [_("stride {count}").format(count=self.stride)] if self.stride > 1 else []
            parts += [_("zeros around: {count}").format(count=self.padding)] if self.padding else []
            parts += [] if self.function == "linear" else [function_words(self.function)]
        if self.pooling:
            pooled = _("max pooling of {window}") if self.pooling == "max" else _("average pooling of {window}")
            said = pooled.format(window=_by(self.window))
            parts.append(said if parts else _("{pooling} over {size} values").format(pooling=said, size=size))
            parts += [_("stride {count}").format(count=self.pooling_stride)] if self.pooling_stride else []
        return ", ".join([*parts, *([_("a linear unit")] if self.head else [])])

    def input(self, channel: int, at: Shape) -> Symbol:
        """An entry of the input, counted from 1; where there are channels, theirs comes first."""
        return Symbol("x", None, (channel, *at) if self.channels > 1 else at)

    def entry(self, channel: int, at: Shape) -> Symbol:
        """An entry of the kernel, likewise."""
        return Symbol("k", None, (channel, *at) if self.channels > 1 else at)

    @property
    def inputs(self) -> list[Symbol]:
        """All entries of the input, channel by channel."""
        return [self.input(channel, at) for channel in self._channels for at in places_in(self.size)]

    @property
    def targets(self) -> list[Symbol]:
        """What the output is held against, or each entry of the last map: a target, or a derivative that is given.

        Nothing without a loss.
        """
        if not self.has_loss:
            return []
        letter = LOSSES[self.loss].letter
        return [Symbol(letter)] if self.head else [Symbol(letter, None, at) for at in places_in(self.last_shape)]

    @property
    def _channels(self) -> range:
        return range(1, self.channels + 1)

    def parameters(self) -> Iterator[Symbol]:
        """The kernel's entries, the bias of all windows, the weights of the unit behind."""
        for channel in self._channels if self.kernel else ():
            yield from (self.entry(channel, at) for at in places_in(self.kernel))
        if self.bias:
            yield Symbol("b")
        if self.head:
            yield from (Symbol("w", None, at) for at in places_in(self.last_shape))

    def givens(self) -> Iterator[Symbol]:
        """Inputs, parameters and targets, in the order of every givens array."""
        yield from self.inputs
        yield from self.parameters()
        yield from self.targets

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other entries of its kernel, or weights of the unit, that as many windows use."""
        count = self.graph().count_paths
        return [
            other
            for other in self.parameters()
            if other != parameter and other.letter == parameter.letter and count(other) == count(parameter)
        ]

    def parameters_in_words(self) -> str:
        """The first of the kernel's entries and the last, the bias, and the first and last weight."""
        found = [f"an entry of the kernel from {keys}" for keys in self._first_to_last("k")]
        found += ["the bias b"] if self.bias else []
        found += [f"a weight of the linear unit from {keys}" for keys in self._first_to_last("w")]
        return ", or ".join(found) or "none: pooling has no parameters"

    def _first_to_last(self, letter: str) -> list[str]:
        some = [parameter.key for parameter in self.parameters() if parameter.letter == letter]
        return [f"{some[0]} to {some[-1]}"] if some else []

    def tables(self) -> tuple[GivenTable, ...]:
        """Kernel, weights and inputs as the grids that they are; a sequence is a row."""
        return _tables(self)

    def graph(self) -> Graph:
        """The scalar graph."""
        return _graph(self)

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """Input, feature map, pooled map, output, loss: entries that stand in one cell or circle by their last name."""
        maps = [
            [Symbol(self.map_letter, None, at) for at in places_in(self.map_shape)] if self.kernel else [],
            [Symbol("p", None, at) for at in places_in(self.last_shape)] if self.pooling else [],
        ]
        columns = [self.inputs, *maps, [OUTPUT] if self.head else [], [LOSS] if self.has_loss else []]
        return tuple(tuple(column) for column in columns if column)

    def grids(self) -> tuple[CellGrid, ...]:
        """The grids of its picture: kernel, input, maps, and what the last map's entries are held against."""
        return grids_of_convolution(self)

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The cell or circle in which a value stands; z stands in that of h."""
        if value.letter == "z":
            return replace(value, letter=self.map_letter)
        return value if value.letter in ("x", "h", "p", "yhat", "L") else None

    def layer_of(self, value: Symbol) -> int | None:
        """Which of its parts, if there are several, a value or parameter belongs to, counted from the input."""
        last = bool(self.kernel) + bool(self.pooling) + self.head
        if last == 1:
            return None
        layers = {"k": 1, "b": 1, "z": 1, "h": 1, "p": 1 + bool(self.kernel), "w": last, "yhat": last}
        return layers.get(value.letter)

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """Where an entry of the kernel stands, what a weight multiplies, or what an input or an entry of a map is."""
        match parameter.letter:
            case "k":
                dimensions = len(self.kernel)
                channel, at = parameter.index[:-dimensions], parameter.index[-dimensions:]
                words = phrase(_("the kernel’s entry {place}, which all windows share"), place=_counted(at))
                if not channel:
                    return words
                return phrase(_("{entry}, for channel {number}"), entry=words, number=number_part(channel[0]))
            case "b":
                return phrase(_("the bias that all windows share"))
            case "w":
                multiplied = Symbol(self.last_letter, None, parameter.index)
                return phrase(_("the linear unit’s weight of {value}"), value=symbol_part(multiplied))
            case "x":
                return phrase(_("an input"))
        return phrase(_("the output") if parameter == OUTPUT else _("an entry of the map"))

    def conventions(self) -> Conventions:
        """The loss, the function, and how the maps are worked."""
        use = FunctionUse("feature map", self.function, Symbol("h"), 1, entering=Symbol("z"))
        uses = () if self.function == "linear" else (use,)
        return Conventions(
            self.loss if self.has_loss else None, uses, None, self.bias, sentences=said_of_convolution(self)
        )


def _by(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _counted(at: Shape) -> Phrase:
    """A place in words: its number, or its row and column."""
    if len(at) == 1:
        return (number_part(at[0]),)
    row, column = at
    return phrase(_("in row {row}, column {column}"), row=number_part(row), column=number_part(column))


def _steps(steps: int | Shape, window: Shape) -> Shape:
    return (steps,) * len(window) if isinstance(steps, int) else steps


def _windows(shape: Shape, window: Shape, steps: int | Shape, padding: int = 0) -> Shape:
    """How many windows there are along each dimension."""
    along = zip(shape, window, _steps(steps, window), strict=True)
    return tuple((entries + 2 * padding - long) // step + 1 for entries, long, step in along)


def _problems_of_windows(
    shape: Shape, window: Shape, steps: int | Shape, padding: int, key: str, stride_key: str
) -> Iterator[NetworkError]:
    """Complain of windows that do not fit what they lie on."""
    what = "the input" if key == "kernel" else "what is pooled"
    if len(window) != len(shape):
        yield NetworkError(
            f"{len(window)} numbers", place=f"convolution.{key}", expected=f"{len(shape)}, as many as {what} has"
        )
        return
    border = f" with {padding} zeros on each side" if padding else ""
    longer = [at for at, entries in enumerate(shape) if not 1 <= window[at] <= entries + 2 * padding]
    for at in longer:
        along = f" along its {_ALONG[at]}s" if len(shape) == 2 else ""
        yield NetworkError(
            f"{entries(window[at])}, where {what} has {shape[at]}{along}{border}",
            place=f"convolution.{key}",
            expected=f"from 1 to {shape[at] + 2 * padding}",
        )
    if longer:
        return
    if isinstance(steps, int) and steps < 1:
        yield NetworkError(f"a stride of {steps}", place=f"convolution.{stride_key}", expected="1 or more")
        return
    rests = [entries + 2 * padding - long for entries, long in zip(shape, window, strict=True)]
    for at, (rest, step) in enumerate(zip(rests, _steps(steps, window), strict=True)):
        if rest % step:
            fitting = [n for n in range(1, max(rests) + 1) if all(other % n == 0 for other in rests)]
            yield NetworkError(
                f"a stride of {step} leaves {rest % step} of {shape[at] + 2 * padding} entries over{border}",
                place=f"convolution.{stride_key}",
                expected=" or ".join(map(str, fitting)),
            )
            return


@lru_cache(maxsize=256)
def _tables(model: Convolution) -> tuple[GivenTable, ...]:
    def headed(letter: str, channel: int) -> Symbol:
        return Symbol(letter, None, (channel,) if model.channels > 1 else ())

    found: list[GivenTable] = []
    for channel in model._channels if model.kernel else ():
        cells = _grid(model.kernel, [model.entry(channel, at) for at in places_in(model.kernel)])
        found.append(GivenTable(headed("k", channel), cells, "weights", layer_matrix=False))
    if model.head:
        weights = [Symbol("w", None, at) for at in places_in(model.last_shape)]
        found.append(GivenTable(Symbol("w"), _grid(model.last_shape, weights), "weights", layer_matrix=False))
    if model.bias:
        found.append(GivenTable(Symbol("b"), ((Symbol("b"),),), "biases"))
    for channel in model._channels:
        cells = _grid(model.size, [model.input(channel, at) for at in places_in(model.size)])
        found.append(GivenTable(headed("x", channel), cells, "inputs"))
    if not model.has_loss:
        return tuple(found)
    targets = model.targets
    shape = (1,) if model.head else model.last_shape
    return (*found, GivenTable(replace(targets[0], index=()), _grid(shape, targets), "targets"))


def _grid(shape: Shape, entries: Sequence[Symbol]) -> tuple[tuple[Symbol, ...], ...]:
    """Entries row by row; those of a sequence are one row."""
    wide = shape[-1]
    return tuple(tuple(entries[first : first + wide]) for first in range(0, len(entries), wide))


@lru_cache(maxsize=256)
def _graph(model: Convolution) -> Graph:
    nodes: dict[Symbol, Node] = {}
    if model.kernel:
        kink = FUNCTIONS[model.function].kink is not None
        for at in places_in(model.map_shape):
            read = [pair for channel in model._channels for pair in _under_kernel(model, channel, at)]
            z = Symbol("z", None, at)
            inputs = (*(each for pair in read for each in pair), *([Symbol("b")] if model.bias else []))
            nodes[z] = Node(z, "window_before_kink" if kink else "window", inputs, "preactivation")
        if model.function != "linear":
            for at in places_in(model.map_shape):
                h, z = (Symbol(letter, None, at) for letter in "hz")
                nodes[h] = Node(h, model.function, (z,), "activation")
    if model.pooling:
        for at in places_in(model.last_shape):
            p = Symbol("p", None, at)
            nodes[p] = Node(p, f"{model.pooling}_pooling", _pooled(model, at), "pooled")
    outputs = [Symbol(model.last_letter, None, at) for at in places_in(model.last_shape)]
    if model.head:
        pairs = [(Symbol("w", None, output.index), output) for output in outputs]
        nodes[OUTPUT] = Node(OUTPUT, "affine", tuple(each for pair in pairs for each in pair), "preactivation")
        outputs = [OUTPUT]
    if not model.has_loss:
        return Graph(MappingProxyType(nodes), _RULES)
    held = tuple(each for pair in zip(outputs, model.targets, strict=True) for each in pair)
    kind = "given_loss_value" if LOSSES[model.loss].given else "loss_value"
    nodes[LOSS] = Node(LOSS, model.loss, held, kind)
    return Graph(MappingProxyType(nodes), _RULES)


_RULES = MappingProxyType({**RULES, **WINDOW_RULES})


def _under_kernel(model: Convolution, channel: int, at: Shape) -> Iterator[tuple[Symbol, Symbol]]:
    """The kernel's entries and the inputs under them in a window; the border's zeros add nothing."""
    for entry in places_in(model.kernel):
        under = tuple(model.stride * (n - 1) - model.padding + place for n, place in zip(at, entry, strict=True))
        if all(1 <= place <= along for place, along in zip(under, model.size, strict=True)):
            yield model.entry(channel, entry), model.input(channel, under)


def _pooled(model: Convolution, at: Shape) -> tuple[Symbol, ...]:
    """What is pooled into an entry."""
    steps = _steps(model._pooling_steps, model.window)
    corner = [step * (n - 1) for step, n in zip(steps, at, strict=True)]
    under = (tuple(c + place for c, place in zip(corner, entry, strict=True)) for entry in places_in(model.window))
    return tuple(Symbol(model.map_letter, None, place) for place in under)
