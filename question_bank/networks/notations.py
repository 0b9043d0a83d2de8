"""What a lecture calls things: letters, how layers and units are counted, which index of a weight comes first.

A notation is nothing but data, and says only how names are read: keys, files and forms have always gradpath's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, get_args

from question_bank.errors import NotationError, refuse
from question_bank.expressions.plain_latex import ACCENTS, GREEK

Layers = Literal["joined", "raised", "(raised)", "[raised]", "letters", "running"]
"""How a layer is written: before the units below (w₁₃₁), above, bare or in brackets; not at all, since hidden and
output layers have letters of their own; or not at all, since units are numbered through all layers."""
Order = Literal["to-from", "from-to"]
Sign = Literal["·", "×"]

ACCENTED = frozenset("âĉêĝĥîĵôŝûŵŷÂĈÊĜĤÎĴÔŜÛŴŶãĩñõũÃĨÑÕŨ")
"""Letters with an accent that the fonts of drawings have."""
_WORD = re.compile(r"[A-Za-z]{2,8}")
_MARKED = re.compile(r"([^_]+)_([A-Za-z]{1,4})")
_TAKEN = {
    "e": "it is the base of the exponential function",
    "σ": "it is the logistic function",
    "∂": "it is the sign of a derivative",
    "Σ": "it is the sign of a sum",
}
WRITTEN_OUT, PREFIXED = "∂", "d"
"""Instead of a letter for error terms: the derivative written out, ∂L/∂a; or a d before what it is by: da."""

Letter = str
"""As a person writes it: z, δ, ŷ, a word such as net, or one with a mark below, such as z_in."""


@dataclass(frozen=True, slots=True)
class Notation:
    r"""What is written for what; the defaults are gradpath's own.

    Letters: `input`, `pre_activation`, `output` (of a hidden unit), `network_output`, `target`, `loss`, `rate`,
    `error_term` (δ; "∂": written out; "d": a d before what it is by), `weight`, `bias`, `momentum`. Where the layer of
    the outputs has letters of its own they are `output_pre_activation` and `output_weight`, else "".

    `layers` is how a layer is written. `order` is that of a weight's two units, `matrices` whether rows are those to or
    those from which weights lead. `units_from` is the first unit's number, `inputs_layer` that of the layer of inputs;
    a weight has the number of the layer `weights_of`: to which, or from which, it leads. `unit_marks` puts h or o
    before a unit's number, `numbered` counts weights through all layers. `bias_as_weight` writes a bias as the weight
    of a unit 0. `times` is the sign of a product.

    Raises NotationError, with all that is wrong, for letters that cannot be set or mean two things.

    >>> Notation(pre_activation="z", output="a").letter("pre_activation")
    'z'
    >>> latex_letter("δ"), latex_letter("ŷ"), latex_letter("net"), latex_letter("W")
    ('\\delta', '\\hat{y}', '\\text{net}', 'W')
    """

    input: Letter = "x"
    pre_activation: Letter = "a"
    output: Letter = "h"
    network_output: Letter = "ŷ"
    target: Letter = "y"
    loss: Letter = "L"
    rate: Letter = "η"
    error_term: Letter = "δ"
    weight: Letter = "w"
    bias: Letter = "b"
    momentum: Letter = "β"
    output_pre_activation: Letter = ""
    output_weight: Letter = ""
    layers: Layers = "joined"
    order: Order = "to-from"
    matrices: Order = "to-from"
    units_from: Literal[0, 1] = 1
    inputs_layer: Literal[0, 1] = 0
    weights_of: Literal["to", "from"] = "to"
    unit_marks: bool = False
    numbered: bool = False
    bias_as_weight: bool = False
    times: Sign = "·"

    def __post_init__(self) -> None:
        refuse(self._problems())

    def letter(self, role: str) -> Letter:
        """The letter of a role, of an output's own where it has none that of hidden units."""
        found: str = getattr(self, role)
        return found or str(getattr(self, role.removeprefix("output_")))

    @property
    def tells_layers_apart(self) -> bool:
        """Whether one letter may stand for values of several layers, the layer being written."""
        return self.layers != "letters" or self.unit_marks

    def _problems(self) -> Iterator[NotationError]:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                yield NotationError(
                    f"{getattr(self, name)!r}", place=name, expected=", ".join(f"{one!r}" for one in allowed)
                )
        letters = {role: getattr(self, role) for role in LETTERS}
        for role, letter in letters.items():
            if letter or role not in _OF_OUTPUTS:
                yield from _problems_of_letter(role, letter)
        yield from self._clashes({role: letter for role, letter in letters.items() if letter})
        if self.units_from == 0 and self.bias_as_weight:
            yield NotationError(
                "units counted from 0, where biases are the weights of a unit 0",
                place="units_from",
                expected="1, or bias_as_weight = false",
            )
        if self.numbered and self.layers not in ("letters", "running"):
            yield NotationError(
                f"weights counted through all layers with layers = {self.layers!r}",
                place="numbered",
                expected='layers = "letters"',
            )

    def _clashes(self, letters: dict[str, Letter]) -> Iterator[NotationError]:
        """Letters that would mean two things: outputs of several layers may share one where the layer is told."""
        seen: dict[Letter, str] = {}
        for role, letter in letters.items():
            if role == "bias" and self.bias_as_weight:
                continue
            other = seen.setdefault(letter, role)
            if other == role or {other, role} in _KINDRED:
                continue
            if self.tells_layers_apart and {other, role} <= _OUTPUTS:
                continue
            yield NotationError(
                f"{letter} is both {_WORDS[other]} and {_WORDS[role]}",
                place=role,
                expected=f"another letter than that of {other}",
            )


LETTERS = tuple(field.name for field in fields(Notation) if field.type == "Letter")
"""The roles that have a letter."""
_OF_OUTPUTS = ("output_pre_activation", "output_weight")
_OUTPUTS = {"input", "output", "network_output"}
_KINDRED = ({"pre_activation", "output_pre_activation"}, {"weight", "output_weight"})
_WORDS = {
    "input": "an input",
    "pre_activation": "a pre-activation",
    "output": "a hidden unit’s output",
    "network_output": "the network’s output",
    "target": "a target",
    "loss": "the loss",
    "rate": "the learning rate",
    "error_term": "an error term",
    "weight": "a weight",
    "bias": "a bias",
    "momentum": "the decay of a velocity",
    "output_pre_activation": "the pre-activation of an output",
    "output_weight": "a weight of the outputs",
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "layers": get_args(Layers),
    "order": get_args(Order),
    "matrices": get_args(Order),
    "units_from": (0, 1),
    "inputs_layer": (0, 1),
    "weights_of": ("to", "from"),
    "times": get_args(Sign),
}


def _problems_of_letter(role: str, letter: Letter) -> Iterator[NotationError]:
    if role == "error_term" and letter in (WRITTEN_OUT, PREFIXED):
        return
    if letter in _TAKEN:
        yield NotationError(f"{letter!r}", place=role, expected="another letter", remedy=_TAKEN[letter])
    elif latex_or_none(letter) is None:
        yield NotationError(
            f"{letter!r}, which cannot be set",
            place=role,
            expected="a Latin or Greek letter (with ^ or ~ above where fonts have that: ŷ, õ), a word of up to 8 "
            "letters (net), or a letter with a mark below (z_in)",
        )


def latex_or_none(letter: Letter) -> str | None:
    """A letter as LaTeX, without its mark below; None where it is none that can be set."""
    marked = _MARKED.fullmatch(letter)
    base = marked[1] if marked else letter
    plain = unicodedata.normalize("NFD", base)
    single = _single(plain[:1])
    if len(plain) == 1:
        return single
    if len(plain) == 2 and single is not None and unicodedata.normalize("NFC", base) in ACCENTED:
        return rf"\{ACCENTS[plain[1]]}{{{single}}}"
    return rf"\text{{{base}}}" if _WORD.fullmatch(base) else None


def _single(letter: str) -> str | None:
    if letter in GREEK:
        return rf"\{GREEK[letter]}"
    return letter if letter.isascii() and letter.isalpha() else None


def latex_letter(letter: Letter) -> str:
    """A letter that can be set, as LaTeX."""
    found = latex_or_none(letter)
    if found is None:
        raise ValueError(f"{letter!r} cannot be set")
    return found


def plain_letter(letter: Letter) -> str:
    """A letter as plain text, without its mark below."""
    marked = _MARKED.fullmatch(letter)
    return unicodedata.normalize("NFC", marked[1] if marked else letter)


def mark_below(letter: Letter) -> str:
    """What stands below a letter before everything else, such as the in of z_in; empty without it.

    >>> mark_below("z_in"), mark_below("z")
    ('in', '')
    """
    marked = _MARKED.fullmatch(letter)
    return marked[2] if marked else ""


OWN = Notation()
"""gradpath's own: that of the textbook by which it was begun."""
