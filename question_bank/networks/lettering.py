"""What a symbol is written as by the notation in force: its letter, and what stands below and above it.

Which notation that is, and of which network a page speaks, is said once where the page is begun (`in_notation`,
`about`), and holds for all that is written within.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from question_bank.expressions.names import Symbol
from question_bank.expressions.product_sign import PRODUCT_SIGN
from question_bank.networks.model import Model
from question_bank.networks.notations import (
    OWN,
    PREFIXED,
    WRITTEN_OUT,
    Notation,
    latex_letter,
    latex_or_none,
    mark_below,
    plain_letter,
)

CARRIED = ("g", "m", "v", "mhat", "vhat")
"""What an update carries from step to step, or works on the way to it."""
OF_UPDATES = (*CARRIED, "norm", "scale", "clipped")
"""All that an update calls what it works."""
_HAT, _TILDE = "\N{COMBINING CIRCUMFLEX ACCENT}", "\N{COMBINING TILDE}"
_LETTERS = {
    "yhat": (r"\hat{y}", "ŷ"),
    "eta": (r"\eta", "η"),
    "beta": (r"\beta", "β"),
    "lambda": (r"\lambda", "λ"),
    "epsilon": (r"\varepsilon", "ε"),
    "mhat": (r"\hat{m}", f"m{_HAT}"),
    "vhat": (r"\hat{v}", f"v{_HAT}"),
    "clip": ("c", "c"),
    "norm": (r"\left\|g\right\|", "‖g‖"),
    "scale": ("s", "s"),
    "clipped": (r"\tilde{g}", f"g{_TILDE}"),
    "theta": (r"\theta", "θ"),
    "htilde": (r"\tilde{h}", f"h{_TILDE}"),
    "mask": ("r", "r"),
    "count": ("N", "N"),
    "s": ("S", "S"),
    "alpha": (r"\alpha", "α"),
    "score": ("s", "s"),
    "scaled": ("z", "z"),
    "shortest": (r"k_{s}", "kₛ"),
    "longest": (r"k_{l}", "kₗ"),
}
_ROLES = {
    "x": "input",
    "a": "pre_activation",
    "h": "output",
    "yhat": "network_output",
    "y": "target",
    "L": "loss",
    "eta": "rate",
    "w": "weight",
    "b": "bias",
}
"""What a notation has letters for, by gradpath's own."""
_BESIDES = ("output_pre_activation", "output_weight")
_ALWAYS = ("eta",)
"""What is no name that a person chose, in a circuit either."""
_OVER = {"mhat": ("m", "hat", _HAT), "vhat": ("v", "hat", _HAT), "clipped": ("g", "tilde", _TILDE)}
"""Letters that are others with an accent."""
_SPARES = {
    "c": "κ",
    "f": "φ",
    "g": "γ",
    "i": "ι",
    "k": "κ",
    "m": "μ",
    "n": "ν",
    "o": "ω",
    "p": "π",
    "q": "χ",
    "r": "ξ",
    "s": "τ",
    "u": "υ",
    "v": "ρ",
    "z": "ζ",
    "N": "M",
    "P": "Π",
    "S": "Z",
    r"\alpha": "ω",
    r"\beta": "ζ",
    r"\theta": "ψ",
    r"\varepsilon": "τ",
    r"\lambda": "κ",
}
"""What the notation has no letter for keeps gradpath's, unless the notation means something else by that."""
_OF_GATES = re.compile("[wuba][ifgornyz]|cn")
"""Parameters and weighted sums of a cell's gates, and of outputs: the gate's letter is an index."""
_COUNTED_FROM_ONE = ("beta", "line")
"""Whose numbers are no units'."""


class IndexPart(NamedTuple):
    """A piece of what stands below a letter; a word stands upright, as does a unit's mark."""

    text: str
    upright: bool = False


class Written(NamedTuple):
    """A symbol as it is written: `prefix` is the d of da, `latex` and `plain` are its letter.

    `layer` stands above before all else, bare or in brackets.
    """

    latex: str
    plain: str
    below: tuple[IndexPart, ...]
    layer: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A symbol's layer and indices, numbers or letters that stand for any."""

    letter: str
    gate: str
    layer: int | None
    index: tuple[int | str, ...]
    step: int | None = None


class Lettering:
    """A notation for the symbols of a network: of its layers, and of what it has.

    `turned` says that error terms are those of target minus output, which no derivative is.
    """

    def __init__(self, notation: Notation, model: Model | None = None, *, turned: bool = False) -> None:
        self.notation = notation
        found = None if model is None else model.conventions()
        self._sizes = () if found is None else found.sizes
        self._offsets = (0, *accumulate(self._sizes))
        own_names = found is not None and found.own_names
        self._roles = {letter: role for letter, role in _ROLES.items() if not own_names or letter in _ALWAYS}
        self._has = set() if model is None else {each.letter for each in (*model.graph().nodes, *model.givens())}
        if "k" in self._has and not own_names and notation != OWN:
            self._roles |= {"z": "pre_activation"} if "score" not in self._has else {}
        self._weights = _numbered(model) if notation.numbered and model is not None else {}
        written_out = notation.error_term in (WRITTEN_OUT, PREFIXED)
        self.error_form = notation.error_term if written_out and not turned else ""
        self._error = "δ" if written_out else notation.error_term
        there = {role for letter, role in self._roles.items() if letter in self._has or letter in _ALWAYS}
        there |= {role for role in _BESIDES if getattr(notation, role) and role.removeprefix("output_") in there}
        self._own_names = own_names
        own = not self._has or notation == OWN
        self._taken = set() if own else {latex_or_none(self._letter_of(role)) for role in there}

    @property
    def time(self) -> str:
        """What stands for any time: t, unless that is a target's letter."""
        return r"\tau" if "t" in (self.notation.target, self.notation.input, self.notation.output) else "t"

    @property
    def layers(self) -> int | None:
        """Layers behind the inputs; None of what has none."""
        return len(self._sizes) - 1 if self._sizes else None

    def _letter_of(self, role: str) -> str:
        if role == "error_term":
            return self._error
        if role == "network_output" and not self._sizes and "h" in self._has:
            # A letter that only the layer tells from a hidden unit's.
            same = self.notation.network_output == self.notation.output
            return "ŷ" if same and self.notation != OWN else self.notation.network_output
        return self.notation.letter(role)

    def _role(self, name: _Numbers) -> str | None:
        if name.letter == "beta":
            return None if name.index else "momentum"
        if self._own_names and name.letter not in _ALWAYS:
            return None
        role = self._roles.get(name.letter.lower() if name.letter in ("W", "X") else name.letter)
        if name.letter == "v" and self.notation.output_weight and name.index == () and "u" in self._has:
            return "output_weight"  # of a recurrent cell's state
        if (
            role in ("pre_activation", "weight")
            and getattr(self.notation, f"output_{role}")
            and self._is_of_outputs(name)
        ):
            return f"output_{role}"
        return role

    def _is_of_outputs(self, name: _Numbers) -> bool:
        if self._sizes:
            return name.layer == self.layers
        if name.letter == "w":
            return "k" in self._has  # the linear unit behind a map
        return name.gate == "y" or (name.letter == "a" and name.gate == "" and not self._has & {"x", "w"})

    def letter(self, name: Symbol | _Numbers) -> tuple[str, str]:
        """The letter of a symbol as LaTeX and as plain text, without what stands below; a word stands upright."""
        numbers = name if isinstance(name, _Numbers) else _numbers(name)
        role = self._role(numbers)
        if role is not None:
            if role == "bias" and self.notation.bias_as_weight:
                role = "output_weight" if self._is_of_outputs(numbers) else "weight"
            written = self._letter_of(role)
            capital = numbers.letter == "W"
            letter = plain_letter(written)
            return latex_letter(letter.upper() if capital else letter), letter.upper() if capital else letter
        return self._other(numbers.letter)

    def _other(self, letter: str) -> tuple[str, str]:
        """What the notation has no letter for: gradpath's own, or a spare one where that means something else."""
        if letter == "htilde" and "h" in self._roles:
            output = plain_letter(self._letter_of("output"))
            return rf"\tilde{{{latex_letter(output)}}}", output + _TILDE
        if letter in _OVER:
            under, accent, combining = _OVER[letter]
            latex, plain = self._other(under)
            return rf"\{accent}{{{latex}}}", plain + combining
        latex, plain = _LETTERS.get(letter) or (rf"\text{{{letter}}}" if len(letter) > 1 else letter, letter)
        if latex in self._taken and latex in _SPARES and (len(latex) > 1 or not self._own_names):
            return latex_letter(_SPARES[latex]), _SPARES[latex]
        return latex, plain

    def written(self, name: Symbol) -> Written:
        """A symbol's letter, and what stands below and above it, but for times and examples."""
        return self.general(_numbers(name))

    def general_name(self, letter: str, index: tuple[str, ...], layer: int | None) -> Written:
        """The same of a letter with indices that stand for any unit."""
        return self.general(_Numbers(letter, "", layer, index))

    def general(self, name: _Numbers) -> Written:
        """The same of what may stand for any unit."""
        latex, plain = self.letter(name)
        if self.notation == OWN or self._own_names:
            return Written(latex, plain, _joined(name.gate, self._own_numbers(name)))
        role = self._role(name)
        gate = name.gate
        if role == "output_pre_activation" and gate == "y" and self.notation.output_pre_activation:
            gate = ""  # the letter says it
        mark = mark_below(self._letter_of(role)) if role else ""
        if role in ("weight", "output_weight") and (number := self._weights.get(_key(name))) is not None:
            return Written(latex, plain, (IndexPart(str(number)),))
        index = self._index(name, role)
        below: tuple[int | str, ...] = index
        layer = self._layer(name, role)
        raised = ""
        if layer is not None:
            match self.notation.layers:
                case "joined":
                    below = (layer, *index)
                case "raised":
                    raised = str(layer)
                case "(raised)":
                    raised = f"({layer})"
                case "[raised]":
                    raised = f"[{layer}]"
                case "letters" if role == "bias" and not index:
                    below = (layer,)
                case "letters" | "running" if name.letter == "W" or (role == "bias" and not index):
                    raised = "" if self._matrices_differ else f"({layer})"
                case "letters" if self.layers is not None and self.layers > 2 and name.layer != self.layers:
                    raised = f"({layer})"
        parts = _joined(gate, below)
        if self.notation.unit_marks and (unit := self._unit_mark(name, role)):
            parts = (IndexPart(unit, upright=True), *parts)
        if mark:
            parts = (IndexPart(f"{mark}," if parts else mark, upright=True), *parts)
        return Written(latex, plain, parts, raised)

    def sums(self) -> list[Written]:
        """What weighted sums are called, of any unit: those of hidden units, and those of outputs if otherwise."""
        roles = ["pre_activation"] if self.layers != 1 else []
        if self.notation.output_pre_activation and (self.layers is not None):
            roles.append("output_pre_activation")
        found = []
        for letter in dict.fromkeys(map(self._letter_of, roles or ["pre_activation"])):
            mark = mark_below(letter)
            below = (IndexPart(mark, upright=True),) if mark else ()
            found.append(Written(latex_letter(plain_letter(letter)), plain_letter(letter), below))
        return found

    @property
    def _matrices_differ(self) -> bool:
        """Whether the letter alone says of which layer a matrix is."""
        return bool(self.notation.output_weight) and self.layers == 2

    def _own_numbers(self, name: _Numbers) -> tuple[int | str, ...]:
        own: tuple[int | str, ...] = (() if name.layer is None else (name.layer,)) + name.index
        return own if name.step is None else (*own, name.step)

    def _index(self, name: _Numbers, role: str | None) -> tuple[int | str, ...]:
        """The units of a symbol as the notation counts them, a weight's in its order."""
        notation = self.notation
        index = name.index
        if name.letter not in _COUNTED_FROM_ONE and self._roles.keys() >= {"x"}:
            index = tuple(self._unit(each, layer) for each, layer in zip(index, self._layers_of(name), strict=True))
        if role == "bias" and notation.bias_as_weight:
            index = (*index, 0)
            role = "weight"
        if role in ("weight", "output_weight") and len(index) == 2 and self._sizes and notation.order == "from-to":
            index = index[::-1]
        return index if name.step is None else (*index, name.step)

    def _layers_of(self, name: _Numbers) -> tuple[int | None, ...]:
        """In which layer each unit of a symbol is; None where nothing has layers."""
        if not self._sizes:
            return (None,) * len(name.index)
        if name.letter == "x":
            return (0,) * len(name.index)
        if name.letter in ("y", "yhat", "g") and name.layer is None:
            return (self.layers,) * len(name.index)
        if len(name.index) == 2 and name.layer is not None:
            skipped = 2 if name.letter == "u" else 1
            return (name.layer, name.layer - skipped)
        return (name.layer,) * len(name.index)

    def _unit(self, number: int | str, layer: int | None) -> int | str:
        if isinstance(number, str) or number == 0:
            return number  # the constant input is 0 in all countings
        if self.notation.layers == "running" and layer is not None:
            number += self._offsets[layer]
        return number - 1 + self.notation.units_from

    def _layer(self, name: _Numbers, role: str | None) -> int | None:
        """The number of the layer that is written; None where none is."""
        notation, layer = self.notation, name.layer
        if role == "input" and notation.input == notation.output:
            layer = 0
        elif role == "network_output" and notation.network_output == notation.output:
            layer = self.layers
        if layer is None or (notation.layers == "running" and name.index):
            return None
        of_parameter = role in ("weight", "output_weight", "bias") or name.letter in ("u", "U")
        return self.layer_number(layer) - (of_parameter and notation.weights_of == "from")

    def layer_number(self, layer: int) -> int:
        """The number of a layer, of which that of the inputs is 0 to gradpath."""
        return layer + self.notation.inputs_layer

    def unit_number(self, unit: int) -> int:
        """The number of a unit, a row or a column, of which the first is 1 to gradpath."""
        return unit - 1 + self.notation.units_from

    def _of_unit(self, of: _Numbers) -> IndexPart:
        """Whose an error term is, where no layer says it: the letter of what leaves the unit."""
        letter = plain_letter(self._letter_of("network_output" if of.layer == self.layers else "output"))
        return IndexPart(letter, upright=len(letter) > 1 and letter.isascii())

    def unit_of(self, value: Symbol) -> str:
        """The number of a unit, as it stands in the unit's name."""
        number = _numbers(value)
        return ",".join(
            f"{self._unit(each, layer)}" for each, layer in zip(number.index, self._layers_of(number), strict=True)
        )

    def _unit_mark(self, name: _Numbers, role: str | None) -> str:
        of_unit = role in ("pre_activation", "output_pre_activation", "output", "network_output") or (
            role == "bias" and name.index
        )
        if not self._sizes or not of_unit:
            return ""
        return "o" if role == "network_output" or name.layer == self.layers else "h"

    def error(self, value: Symbol, *, back: bool) -> Written:
        """A unit's error term, or what comes back to it: the indices are the unit's."""
        own = self.written(value)
        if self.error_form == PREFIXED:
            return own._replace(prefix="d")
        latex, plain = latex_letter(self._error), plain_letter(self._error)
        of = _numbers(value)
        if value.time is not None and not of.gate and not self._sizes:
            cell = _OF_CELL.get(value.letter, value.letter)
            return Written(latex, plain, _joined(cell, self._index(of, None)), own.layer)
        role = self._role(of)
        mark = mark_below(self._letter_of(role)) if role is not None and self.notation != OWN else ""
        parts = tuple(part for part in own.below if part.text.rstrip(",") != mark) if mark else own.below
        if self.notation.layers == "letters" and not self.notation.unit_marks and self._sizes and value.layer:
            parts = (self._of_unit(of), *parts)
        return Written(latex, plain, parts, own.layer)


_OF_CELL = {"a": "", "h": "", "yhat": "y"}
"""By which letter an error term of a cell says whose it is."""


def _key(name: _Numbers) -> tuple[int | None, tuple[int | str, ...]]:
    return name.layer, name.index


def _numbered(model: Model) -> Mapping[tuple[int | None, tuple[int | str, ...]], int]:
    """The weights of a network in layers by number, layer by layer and unit by unit."""
    if not model.conventions().sizes:
        return {}
    weights = [each for each in model.parameters() if each.letter == "w"]
    return {(each.layer, each.index): number for number, each in enumerate(weights, 1)}


def _numbers(name: Symbol) -> _Numbers:
    gate = name.letter[1:] if _OF_GATES.fullmatch(name.letter) else ""
    letter = name.letter[:1] if gate else name.letter
    step = name.round if name.letter in CARRIED and name.of is None else None
    return _Numbers(letter, gate, name.layer, name.index, step)


def _joined(gate: str, numbers: tuple[int | str, ...]) -> tuple[IndexPart, ...]:
    """Gate, layer and indices joined; with commas where one is above 9."""
    apart = any(isinstance(number, int) and number > 9 for number in numbers)
    parts = [IndexPart(gate)] if gate else []
    if not apart:
        whole = "".join(map(str, numbers))
        return (*parts, IndexPart(whole)) if whole else tuple(parts)
    last = len(numbers) - 1
    return (*parts, *(IndexPart(f"{number}{',' if at < last else ''}") for at, number in enumerate(numbers)))


_BY_ITSELF = Lettering(OWN)
_in_force: ContextVar[Lettering | None] = ContextVar("lettering", default=None)


def lettering() -> Lettering:
    """What is in force: gradpath's own notation, unless somebody said otherwise."""
    return _in_force.get() or _BY_ITSELF


def notation_in_force() -> Notation:
    """The notation in force, of whatever network."""
    return lettering().notation


@contextmanager
def in_notation(notation: Notation) -> Iterator[None]:
    """Write everything within by this notation.

    >>> from question_bank.networks.notation import latex_name
    >>> with in_notation(Notation(output="o")):
    ...     latex_name(Symbol("h", 1, (3,)))
    'o_{13}'
    """
    token, sign = _in_force.set(_lettering(notation)), PRODUCT_SIGN.set(notation.times)
    try:
        yield
    finally:
        _in_force.reset(token)
        PRODUCT_SIGN.reset(sign)


@contextmanager
def about(model: Model, *, turned: bool = False) -> Iterator[None]:
    """Write everything within as that of this network: which layer is the last, what a person has named."""
    notation = notation_in_force()
    if notation == OWN:
        yield
        return
    token = _in_force.set(_lettering(notation, model, turned))
    try:
        yield
    finally:
        _in_force.reset(token)


@lru_cache(maxsize=256)
def _lettering(notation: Notation, model: Model | None = None, turned: bool = False) -> Lettering:
    return Lettering(notation, model, turned=turned)
