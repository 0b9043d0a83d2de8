"""A name written for people: as LaTeX, and as plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from question_bank.expressions.expression import Expression, Ref
from question_bank.expressions.latex import latex
from question_bank.expressions.names import (
    QUOTIENT,
    WRONG_LINE,
    Derived,
    General,
    Letter,
    Local,
    Name,
    Symbol,
    is_line,
    named,
    slot_parts,
)
from question_bank.expressions.plain_text import plain_formula, raised_plain
from question_bank.language.words import N_, _
from question_bank.networks.lettering import CARRIED, IndexPart, Written, lettering, notation_in_force
from question_bank.networks.model import GivenTable, PhrasePart
from question_bank.networks.notations import WRITTEN_OUT

_LOSS = Symbol("L")
_WORDS = {
    WRONG_LINE.what: N_("wrong line"),
    "gradient": N_("gradient"),
    "updated": N_("updated"),
    "raised": N_("raised"),
    "lowered": N_("lowered"),
    "quotient": N_("quotient"),
}
"""What is no parameter's by name."""
_SLOTS = {"line": N_("wrong line"), "corrected": N_("corrected line")}
"""Slots that are called otherwise than their steps."""
_SIGNS_OF_EPSILON = {"raised": "+", "lowered": "-"}
"""How a parameter is moved to check its gradient."""
_EPSILON = Symbol("epsilon")
_SUBSCRIPTS = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
_NEW = r"\text{new}"


def _raised(name: Symbol, time: Callable[[int], str]) -> list[str]:
    """What stands behind a symbol as its exponents: the time, the example, and that it is new."""
    found = [] if name.time is None else [_bracketed(time(name.time))]
    found += [] if name.example is None else [_bracketed(str(name.example))]
    return [*found, *([_NEW] if _is_new(name) else [])]


def _bracketed(number: str) -> str:
    """The number of a time or an example; in square brackets where layers have round ones."""
    return f"[{number}]" if notation_in_force().layers == "(raised)" else f"({number})"


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


def _letter(name: Symbol) -> tuple[str, str]:
    return lettering().letter(name)


def _latex_below(parts: Iterable[IndexPart]) -> str:
    """What stands below a letter; a word stands upright."""
    found = []
    for text, upright in parts:
        word = text.rstrip(",")
        found.append(rf"\text{{{word}}}{text[len(word) :]}" if upright else text)
    return "".join(found)


def _latex_written(written: Written, above: Iterable[str], mark: str = "") -> str:
    """A letter with what stands below and above it."""
    below = _latex_below(written.below)
    raised = r"\,".join(filter(None, (written.layer, mark, *above)))
    letter = f"{written.prefix}{written.latex}"
    # The layer, which belongs to the name, stands before the unit as in most books; what comes later behind both.
    upper = f"^{{{raised}}}" if raised else ""
    lower = f"_{{{below}}}" if below else ""
    return f"{letter}{upper}{lower}" if written.layer else f"{letter}{lower}{upper}"


def _plain_written(written: Written, above: Iterable[str], mark: str = "") -> str:
    digits = "".join(part.text.rstrip(",") if part.upright else part.text for part in written.below)
    words = any(part.text[:1].isalpha() for part in written.below)
    below = ("_" if words else "") + digits.translate(_SUBSCRIPTS)
    raised = "".join(map(raised_plain, above))
    return f"{written.prefix}{written.plain}{raised_plain(written.layer)}{mark}{below}{raised}"


def named_parts(name: Symbol) -> tuple[Written, str]:
    """A symbol's letter with its indices, and its time, as they are set one after another."""
    return lettering().written(name), "" if name.time is None else _bracketed(str(name.time))


def latex_any(letter: str, at: str = "", layer: int | None = None, above: str = "") -> str:
    r"""A name that stands for any unit `at` (of a layer), time or example: `above` is one of the last two.

    >>> latex_any("yhat", "k"), latex_any("e", "k", layer=2), latex_any("y", above="t"), latex_any("L")
    ('\\hat{y}_{k}', 'e_{2k}', 'y^{(t)}', 'L')
    """
    return latex_name(General(letter, at, layer, above))


def _written_any(name: General) -> Written:
    return lettering().general_name(name.letter, (name.at,) if name.at else (), name.layer)


def latex_derivative(above: Name, below: Name) -> str:
    r"""A derivative as LaTeX, of any values too.

    >>> latex_derivative(General("yhat", "k"), General("a", "k"))
    '\\frac{\\partial \\hat{y}_{k}}{\\partial a_{k}}'
    """
    return rf"\frac{{\partial {latex_name(above)}}}{{\partial {latex_name(below)}}}"


def equation(*sides: Name | Expression) -> str:
    r"""That one value or formula is another, and so the next one, as LaTeX.

    >>> from question_bank.expressions.expression import part_of, summed
    >>> any_y, loss = Ref(General("y", "k")), Symbol("L")
    >>> equation(loss, -summed("k", any_y * any_y))
    'L = -\\sum_{k} y_{k} \\cdot y_{k}'
    >>> equation(loss, part_of(Ref(Letter("K")), summed("k", any_y - 1.0, to="K")))
    'L = \\frac{1}{K} \\sum_{k=1}^{K} \\left(y_{k} - 1\\right)'
    """
    formulas = (side if isinstance(side, Expression) else Ref(side) for side in sides)
    return " = ".join(latex(formula, latex_name) for formula in formulas)


def entering_letters() -> list[str]:
    """What weighted sums are called, as LaTeX: those of hidden units, and those of outputs if otherwise."""
    return [_latex_written(written, []) for written in lettering().sums()]


def latex_letter_of(letter: str) -> str:
    """A letter by itself, as LaTeX: that of any unit's pre-activation, or of all weights."""
    return lettering().letter(Symbol(letter))[0]


def last_matrix() -> str:
    """The letter of the matrix of weights that lead to outputs, as LaTeX."""
    return lettering().letter(Symbol("W", lettering().layers))[0]


def any_time() -> str:
    """What stands for any time, as LaTeX."""
    return lettering().time


def any_error(*, back: bool = False) -> str:
    """Error terms of any layer, or what comes back to its outputs."""
    return _latex_error(lettering().error(Symbol("h" if back else "a"), back=back), back=back)


def printed_phrase(parts: Iterable[PhrasePart]) -> list[dict[str, str]]:
    """A phrase as the templates take it: symbols as LaTeX, numbers as the notation counts."""
    return [_phrase_part(part) for part in parts]


def _phrase_part(part: PhrasePart) -> dict[str, str]:
    match part:
        case PhrasePart(Symbol() as value, "unit"):
            return {"form": "number", "text": lettering().unit_of(value)}
        case PhrasePart(Symbol() as value):
            return {"form": part.form, "text": latex_name(value)}
        case PhrasePart(str() as text, "number"):
            return {"form": "number", "text": f"{unit_number(int(text))}"}
    return {"form": part.form, "text": str(part.text)}


def in_letters(sentence: str) -> str:
    """A sentence with the notation's letters where it names values: {a}, {h}, {yhat}, {y}, {beta}, {m}, {v}.

    `{rows}` is how a weight matrix stands, and {turned} the other way.

    >>> in_letters("Wrote {yhat}-{y} in the place of {h}(1-{h}), reading {turned}.")
    'Wrote ŷ-y in the place of h(1-h), reading [from][to].'
    """
    return _NAMED_THERE.sub(_plain_letter_in, sentence)


_NAMED_THERE = re.compile(r"\{(a|h|yhat|y|beta|m|v|rows|turned)\}")
_ORDERS = {"to-from": N_("[to][from]"), "from-to": N_("[from][to]")}


def _plain_letter_in(found: re.Match[str]) -> str:
    rows = notation_in_force().matrices
    match found[1]:
        case "rows":
            return _(_ORDERS[rows])
        case "turned":
            return _(_ORDERS["from-to" if rows == "to-from" else "to-from"])
        case letter:
            return lettering().letter(Symbol(letter))[1]


def is_transposed(table: GivenTable) -> bool:
    """Whether a table is printed with its rows as columns: a matrix of weights, where rows are those they lead from."""
    return table.is_layer_weights and notation_in_force().matrices == "from-to"


def layer_number(layer: int) -> int:
    """The number of a layer as the notation counts it."""
    return lettering().layer_number(layer)


def unit_number(unit: int) -> int:
    """The number of a unit, a row or a column as the notation counts it."""
    return lettering().unit_number(unit)


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
        case General(above=above):
            return _latex_written(_written_any(name), [_bracketed(above)] if above else [])
        case Letter(text):
            return text
        case Local(above, below):
            return latex_derivative(above, below)
        case Derived("product", path):
            return rf"{latex_letter_of('P')}_{{{path}}}"
        case Derived("gradient", of=Symbol() as of):
            return latex_name(Local(_LOSS, of))
        case Derived("error" | "back" as what, of=Symbol() as of):
            return _delta(of, back=what == "back")
        case Derived("part", of=Symbol() as of, through=Symbol() as through):
            return _part(of, through, _LOSS)
        case Derived(of=Symbol() as of):
            return _latex_written(lettering().written(of), [*_raised(of, time), _NEW])
        case Derived(what):
            return rf"\text{{{_WORDS.get(what, what)}}}"
        case Symbol(of=Symbol() as of):
            return _latex_of(name, of)
        case Symbol(index=(number,)) if is_line(name):
            return rf"\left({number}\right)"
        case Symbol():
            return _latex_written(lettering().written(name), _raised(name, time))


def _delta(value: Symbol, *, back: bool) -> str:
    """A unit's error term, or what comes back to it: the indices are the unit's."""
    if lettering().error_form == WRITTEN_OUT:
        return latex_name(Local(_LOSS, value))
    numbers = [_bracketed(str(number)) for number in (value.time, value.example) if number is not None]
    return _latex_error(lettering().error(value, back=back), numbers, back=back)


def _latex_error(written: Written, above: Iterable[str] = (), *, back: bool) -> str:
    if lettering().error_form == WRITTEN_OUT:
        of = "h" if back else "a"
        return latex_derivative(*(Letter(latex_letter_of(letter)) for letter in ("L", of)))
    return _latex_written(written, above, r"\text{in}" if back and not written.prefix else "")


def _part(of: Symbol, through: Symbol, end: Symbol) -> str:
    """What comes back through one node: the derivative by that, times the local one."""
    local = Ref(Local(through, of))
    return latex(local if through == end else Ref(Local(end, through)) * local, latex_name)


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
        case General(above=above):
            return _plain_written(_written_any(name), [_bracketed(above)] if above else [])
        case Letter(text):
            return text
        case Local(above, below):
            return f"∂{plain_name(above)}/∂{plain_name(below)}"
        case Derived("product", path):
            return _("product of path {number}").format(number=path)
        case Derived("gradient", of=Symbol() as of):
            return plain_name(Local(_LOSS, of))
        case Derived("error" | "back" as what, of=Symbol() as of):
            if lettering().error_form == WRITTEN_OUT:
                return plain_name(Local(_LOSS, of))
            written = lettering().error(of, back=what == "back")
            numbers = [_bracketed(str(number)) for number in (of.time, of.example) if number is not None]
            return _plain_written(written, numbers, "ⁱⁿ" if what == "back" and not written.prefix else "")
        case Derived("part", of=Symbol() as of):
            return plain_target(name, of)
        case Derived(of=Symbol() as of):
            return _("new {symbol}").format(symbol=plain_name(of))
        case Derived(what):
            return _(_WORDS[what]) if what in _WORDS else what
        case Symbol(of=Symbol() as of):
            return _plain_of(name, of)
        case Symbol(index=(number,)) if is_line(name):
            return f"({number})"
        case Symbol():
            numbers = [_bracketed(str(number)) for number in (name.time, name.example) if number is not None]
            named = _plain_written(lettering().written(name), numbers)
            return _("new {symbol}").format(symbol=named) if _is_new(name) else named


def plain_target(name: Name, parameter: Symbol, end: Symbol = _LOSS) -> str:
    """A step's name as plain text, where gradients are those of `end`, and the one without a name is the parameter's.

    >>> plain_target(named("x.gradient"), Symbol("x"), Symbol("f")), plain_target(Derived("gradient"), Symbol("b", 1))
    ('∂f/∂x', '∂L/∂b₁')
    >>> plain_target(Derived("raised"), Symbol("b", 1)), plain_target(Derived("quotient"), Symbol("b", 1))
    ('L(b₁ + ε)', 'ΔL/Δb₁')
    """
    match name:
        case Derived("part", of=Symbol() as of, through=Symbol() as through):
            local = Ref(Local(through, of))
            return plain_formula(local if through == end else Ref(Local(end, through)) * local, plain_name)
        case Derived("gradient" | "updated" as what):
            of = name.of or parameter
            if what == "gradient":
                return plain_name(Local(end, of))
            return _("new {symbol}").format(symbol=plain_name(of))
        case Derived("raised" | "lowered" as what):
            return f"{plain_name(end)}({plain_name(parameter)} {_SIGNS_OF_EPSILON[what]} {plain_name(_EPSILON)})"
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
        return _(_SLOTS[what]) if what in _SLOTS else plain_name(named(what))
    if what == "product":
        return _("product of path {number}").format(number=path)
    return _("{symbol} of path {number}").format(symbol=plain_name(named(what)), number=path)


def target_symbol(name: Name, parameter: Symbol, end: Symbol = _LOSS) -> str:
    r"""LaTeX of a step, where the one gradient and updated value are named after the parameter that is asked for.

    Gradients are those of `end`, as are the values by which they are checked.

    >>> target_symbol(Derived("updated"), Symbol("w", 1, (3, 1))), target_symbol(Derived("gradient"), Symbol("b", 1))
    ('w_{131}^{\\text{new}}', '\\frac{\\partial L}{\\partial b_{1}}')
    """
    if isinstance(name, Derived) and name.of is not None and name.through is not None:
        return _part(name.of, name.through, end)
    if isinstance(name, Derived) and name.what in _SIGNS_OF_EPSILON:
        moved = rf"{latex_name(parameter)} {_SIGNS_OF_EPSILON[name.what]} {latex_name(_EPSILON)}"
        return rf"{latex_name(end)}\left({moved}\right)"
    if name == QUOTIENT:
        return rf"\frac{{\Delta {latex_name(end)}}}{{\Delta {latex_name(parameter)}}}"
    if isinstance(name, Derived) and name.what in ("gradient", "updated"):
        of = name.of or parameter
        return latex_name(Local(end, of)) if name.what == "gradient" else latex_name(replace(name, of=of))
    return latex_name(name)
