"""A name written for people: as LaTeX, and as plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from question_bank.expressions.names import (
    QUOTIENT,
    WRONG_LINE,
    Derived,
    Local,
    Name,
    Symbol,
    is_line,
    named,
    slot_parts,
)
from question_bank.expressions.plain_text import RAISED

_LOSS = Symbol("L")
_WORDS = {WRONG_LINE.what: "wrong line"}
_SIGNS_OF_EPSILON = {"raised": "+", "lowered": "-"}
"""How a parameter is moved to check its gradient."""
_SUBSCRIPTS = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
CARRIED = ("g", "m", "v", "mhat", "vhat")
"""What an update carries from step to step, or works on the way to it."""
OF_UPDATES = (*CARRIED, "norm", "scale", "clipped")
"""All that an update calls what it works."""
_LETTERS = {
    "yhat": (r"\hat{y}", "ŷ"),
    "eta": (r"\eta", "η"),
    "beta": (r"\beta", "β"),
    "lambda": (r"\lambda", "λ"),
    "epsilon": (r"\varepsilon", "ε"),
    "mhat": (r"\hat{m}", "m\N{COMBINING CIRCUMFLEX ACCENT}"),
    "vhat": (r"\hat{v}", "v\N{COMBINING CIRCUMFLEX ACCENT}"),
    "clip": ("c", "c"),
    "norm": (r"\left\|g\right\|", "‖g‖"),
    "scale": ("s", "s"),
    "clipped": (r"\tilde{g}", "g\N{COMBINING TILDE}"),
    "theta": (r"\theta", "θ"),
    "htilde": (r"\tilde{h}", "h\N{COMBINING TILDE}"),
    "mask": ("r", "r"),
    "count": ("N", "N"),
    "s": ("S", "S"),
    "alpha": (r"\alpha", "α"),
    "score": ("s", "s"),
    "scaled": ("z", "z"),
    "shortest": (r"k_{s}", "kₛ"),
    "longest": (r"k_{l}", "kₗ"),
}
_OF_GATES = re.compile("[wuba][ifgornyz]")
"""Parameters and weighted sums of a cell's gates, and of outputs: the gate's letter is an index."""
_OF_CELL = {"a": "", "h": "", "yhat": "y"}


def _letter(name: Symbol) -> tuple[str, str]:
    """The letter of a symbol as LaTeX and as plain text; a word stands upright."""
    word = name.letter[:1] if _gate(name) else name.letter
    return _LETTERS.get(word) or (rf"\text{{{word}}}" if len(word) > 1 else word, word)


def _indices(name: Symbol) -> str:
    """Gate, layer, indices and the number of a step joined; with commas where one is above 9."""
    numbers = (() if name.layer is None else (name.layer,)) + name.index
    if name.letter in CARRIED and name.round is not None and name.of is None:
        numbers += (name.round,)
    return _gate(name) + ("," if any(number > 9 for number in numbers) else "").join(map(str, numbers))


def _gate(name: Symbol) -> str:
    """The letter of a gate to which a parameter or a weighted sum belongs."""
    return name.letter[1:] if _OF_GATES.fullmatch(name.letter) else ""


def _raised(name: Symbol, time: Callable[[int], str]) -> list[str]:
    """What stands behind a symbol as its exponents: the time, the example, and that it is new."""
    found = [] if name.time is None else [f"({time(name.time)})"]
    found += [] if name.example is None else [f"({name.example})"]
    return [*found, *([r"\text{new}"] if _is_new(name) else [])]


def _is_new(name: Symbol) -> bool:
    """Whether it is a value of the network as it is after a step; what is carried along is numbered by its steps."""
    return bool(name.round) and name.letter not in CARRIED


def _latex_of(name: Symbol, of: Symbol) -> str:
    """What is carried for a parameter: its name as index, and the number of the step above."""
    step = "" if name.round is None else f"^{{({name.round})}}"
    return rf"{_letter(name)[0]}_{{{latex_name(of)}}}{step}"


def _plain_of(name: Symbol, of: Symbol) -> str:
    step = "" if name.round is None else f"{name.round}".translate(_SUBSCRIPTS)
    return f"{_letter(name)[1]}{step}[{plain_name(of)}]"


def plain_parts(name: Symbol) -> tuple[str, list[str], str]:
    """The letter, indices and time of a symbol, as they are set one after another: `ŷ`, `1,` and `12`, `(2)`."""
    indices, gate = _indices(name), _gate(name)
    numbers = indices.removeprefix(gate)
    parts = [f"{part}," for part in numbers.split(",")[:-1]] + [part for part in numbers.split(",")[-1:] if part]
    return _letter(name)[1], [gate, *parts] if gate else parts, "" if name.time is None else f"({name.time})"


def latex_name(name: Name, time: Callable[[int], str] = str) -> str:
    r"""A name as LaTeX; `time` writes a time.

    >>> latex_name(named("h1_3")), latex_name(named("yhat_1")), latex_name(named("w1_12,1"))
    ('h_{13}', '\\hat{y}_{1}', 'w_{1,12,1}')
    >>> latex_name(named("da2_1/dh1_3"))
    '\\frac{\\partial a_{21}}{\\partial h_{13}}'
    >>> latex_name(named("w1_31.gradient")), latex_name(named("w1_31.updated"))
    ('\\frac{\\partial L}{\\partial w_{131}}', 'w_{131}^{\\text{new}}')
    >>> latex_name(named("v~2")), latex_name(named("w1_31.v~2"))
    ('v_{2}', 'v_{w_{131}}^{(2)}')
    >>> latex_name(named("a1_3.error")), latex_name(named("h1_3.back"))
    ('\\delta_{13}', '\\delta_{13}^{\\text{in}}')
    >>> latex_name(named("a@2.error")), latex_name(named("af@2.error")), latex_name(named("c@1.back"))
    ('\\delta^{(2)}', '\\delta_{f}^{(2)}', '\\delta_{c}^{\\text{in}\\,(1)}')
    >>> latex_name(named("a1_3#2.error")), latex_name(named("h1_3#2.back"))
    ('\\delta_{13}^{(2)}', '\\delta_{13}^{\\text{in}\\,(2)}')
    >>> latex_name(named("h@2")), latex_name(named("x_1@2")), latex_name(named("af@2"))
    ('h^{(2)}', 'x_{1}^{(2)}', 'a_{f}^{(2)}')
    >>> latex_name(named("x_1#2")), latex_name(named("h1_3@2~1"))
    ('x_{1}^{(2)}', 'h_{13}^{(2)\\,\\text{new}}')
    """
    match name:
        case Local(above, below):
            return rf"\frac{{\partial {latex_name(above)}}}{{\partial {latex_name(below)}}}"
        case Derived("product", path):
            return rf"P_{{{path}}}"
        case Derived("gradient", of=Symbol() as of):
            return latex_name(Local(_LOSS, of))
        case Derived("error" | "back" as what, of=Symbol() as of):
            return _delta(of, r"\text{in}" if what == "back" else "")
        case Derived("part", of=Symbol() as of, through=Symbol() as through):
            return _part(of, through, _LOSS)
        case Derived(of=Symbol() as of):
            return rf"{latex_name(of)}^{{\text{{new}}}}"
        case Derived(what):
            return rf"\text{{{_WORDS.get(what, what)}}}"
        case Symbol(of=Symbol() as of):
            return _latex_of(name, of)
        case Symbol(index=(number,)) if is_line(name):
            return rf"\left({number}\right)"
        case Symbol():
            written, indices = _letter(name)[0], _indices(name)
            named = f"{written}_{{{indices}}}" if indices else written
            raised = r"\,".join(_raised(name, time))
            return f"{named}^{{{raised}}}" if raised else named


def _delta(value: Symbol, mark: str) -> str:
    """A unit's error term, or with a mark what comes back to it: the indices are the unit's."""
    indices = _of_unit(value)
    numbers = [f"({number})" for number in (value.time, value.example) if number is not None]
    raised = r"\,".join([*([mark] if mark else []), *numbers])
    return (rf"\delta_{{{indices}}}" if indices else r"\delta") + (f"^{{{raised}}}" if raised else "")


def _of_unit(value: Symbol) -> str:
    """The indices of a unit; of a cell, which has none, a letter where it is not the state's."""
    if value.time is None or _gate(value):
        return _indices(value)
    return _OF_CELL.get(value.letter, value.letter) + _indices(value)


def _part(of: Symbol, through: Symbol, end: Symbol) -> str:
    """What comes back through one node: the derivative by that, times the local one."""
    local = latex_name(Local(through, of))
    return local if through == end else rf"{latex_name(Local(end, through))} \cdot {local}"


def plain_name(name: Name) -> str:
    """A name as plain text.

    >>> plain_name(named("dL/dyhat_1")), plain_name(named("w1_31")), plain_name(named("path_2.product"))
    ('∂L/∂ŷ₁', 'w₁₃₁', 'product of path 2')
    >>> plain_name(named("a1_3.gradient")), plain_name(named("b2.updated"))
    ('∂L/∂a₁₃', 'new b₂')
    >>> plain_name(named("v~2")), plain_name(named("w1_31.v~2"))
    ('v₂', 'v₂[w₁₃₁]')
    >>> plain_name(named("h@2")), plain_name(named("x_1@2")), plain_name(named("af@2")), plain_name(named("wf_1"))
    ('h⁽²⁾', 'x₁⁽²⁾', 'a_f⁽²⁾', 'w_f₁')
    >>> plain_name(named("x_1#2")), plain_name(named("w1_31@1.gradient")), plain_name(named("a1_3#2.error"))
    ('x₁⁽²⁾', '∂L/∂w₁₃₁⁽¹⁾', 'δ₁₃⁽²⁾')
    """
    match name:
        case Local(above, below):
            return f"∂{plain_name(above)}/∂{plain_name(below)}"
        case Derived("product", path):
            return f"product of path {path}"
        case Derived("gradient", of=Symbol() as of):
            return plain_name(Local(_LOSS, of))
        case Derived("error" | "back" as what, of=Symbol() as of):
            numbers = (number for number in (of.time, of.example) if number is not None)
            raised = "".join(f"({number})".translate(RAISED) for number in numbers)
            unit = _of_unit(of).translate(_SUBSCRIPTS)
            return f"δ{'ⁱⁿ' if what == 'back' else ''}{'_' if unit[:1].isalpha() else ''}{unit}{raised}"
        case Derived("part", of=Symbol() as of):
            return plain_target(name, of)
        case Derived(of=Symbol() as of):
            return f"new {plain_name(of)}"
        case Derived(what):
            return _WORDS.get(what, what)
        case Symbol(of=Symbol() as of):
            return _plain_of(name, of)
        case Symbol(index=(number,)) if is_line(name):
            return f"({number})"
        case Symbol():
            named = _letter(name)[1] + ("_" if _gate(name) else "") + _indices(name).translate(_SUBSCRIPTS)
            numbers = (number for number in (name.time, name.example) if number is not None)
            named += "".join(f"({number})".translate(RAISED) for number in numbers)
            return f"new {named}" if _is_new(name) else named


def plain_target(name: Name, parameter: Symbol, end: Symbol = _LOSS) -> str:
    """A step's name as plain text, where gradients are those of `end`, and the one without a name is the parameter's.

    >>> plain_target(named("x.gradient"), Symbol("x"), Symbol("f")), plain_target(Derived("gradient"), Symbol("b", 1))
    ('∂f/∂x', '∂L/∂b₁')
    >>> plain_target(Derived("raised"), Symbol("b", 1)), plain_target(Derived("quotient"), Symbol("b", 1))
    ('L(b₁ + ε)', 'ΔL/Δb₁')
    """
    match name:
        case Derived("part", of=Symbol() as of, through=Symbol() as through):
            local = plain_name(Local(through, of))
            return local if through == end else f"{plain_name(Local(end, through))} · {local}"
        case Derived("gradient" | "updated" as what):
            of = name.of or parameter
            return plain_name(Local(end, of)) if what == "gradient" else f"new {plain_name(of)}"
        case Derived("raised" | "lowered" as what):
            return f"{plain_name(end)}({plain_name(parameter)} {_SIGNS_OF_EPSILON[what]} ε)"
        case Derived("quotient"):
            return f"Δ{plain_name(end)}/Δ{plain_name(parameter)}"
    return plain_name(name)


def plain_slot(name: str) -> str:
    """A slot's name as plain text.

    >>> plain_slot("path_2.da2_1/dh1_3"), plain_slot("path_2.product"), plain_slot("h1_3")
    ('∂a₂₁/∂h₁₃ of path 2', 'product of path 2', 'h₁₃')
    """
    path, what = slot_parts(name)
    if path is None:
        return plain_name(named(what))
    return f"{what if what == 'product' else plain_name(named(what))} of path {path}"


def target_symbol(name: Name, parameter: Symbol, end: Symbol = _LOSS) -> str:
    r"""LaTeX of a step, where the one gradient and updated value are named after the parameter that is asked for.

    Gradients are those of `end`, as are the values by which they are checked.

    >>> target_symbol(Derived("updated"), Symbol("w", 1, (3, 1))), target_symbol(Derived("gradient"), Symbol("b", 1))
    ('w_{131}^{\\text{new}}', '\\frac{\\partial L}{\\partial b_{1}}')
    """
    if isinstance(name, Derived) and name.of is not None and name.through is not None:
        return _part(name.of, name.through, end)
    if isinstance(name, Derived) and name.what in _SIGNS_OF_EPSILON:
        moved = rf"{latex_name(parameter)} {_SIGNS_OF_EPSILON[name.what]} \varepsilon"
        return rf"{latex_name(end)}\left({moved}\right)"
    if name == QUOTIENT:
        return rf"\frac{{\Delta {latex_name(end)}}}{{\Delta {latex_name(parameter)}}}"
    if isinstance(name, Derived) and name.what in ("gradient", "updated"):
        of = name.of or parameter
        return latex_name(Local(end, of)) if name.what == "gradient" else latex_name(replace(name, of=of))
    return latex_name(name)
